#include "http/people.h"

#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"
#include "sql/store_directory.h"

#include <string.h>

/* GET /people?q=TYPED: completion for whoever books. JSON, best first:
 *
 *   {"results": [{"kind": "person", "mail": "anna@univ.test", "name": "Anna Arnould"},
 *                {"kind": "list", "name": "dept-physics", "members": 41}]}
 *
 * From 3 letters on (else no results), at most 10; every word of TYPED begins a word of a name, a uid, the
 * local part of an address, or a list's name; case and accents do not count. "name" of a person may be
 * missing. What goes into the field is the address ("Name" <mail>) or the list's name, which the form
 * expands. 401 when nobody is signed in, 403 for whoever may not book: {"error": ...}. */

enum { LETTERS_LEAST = 3, RESULTS_MOST = 10, LISTS_MOST = 3, TYPED_MOST = 200 };

static bool list_add(const char *name, int members, void *context)
{
    json_array_append_new(context,
                          json_pack("{s:s, s:s, s:i}", "kind", "list", "name", name, "members", members));
    return true;
}

static bool person_add(const char *mail, const char *name, void *context)
{
    json_array_append_new(context,
                          json_pack("{s:s, s:s, s:s*}", "kind", "person", "mail", mail, "name", name));
    return json_array_size(context) < RESULTS_MOST;
}

/* Letters and digits, as people count them. */
static size_t count_letters(const char *typed)
{
    size_t count = 0;
    for (; *typed; typed++)
        count += ((unsigned char)*typed & 0xC0) != 0x80 && (unsigned char)*typed > ' ';
    return count;
}

static void people_refuse(struct request *request, int status, const char *why)
{
    json_t *answer = json_pack("{s:s}", "error", why);
    reply_json(request, status, answer);
    json_decref(answer);
}

void people_get(struct request *request)
{
    const char *typed = request_parameter(request, "q");
    json_t *results = json_array();
    int searched = 1;
    auth_load(request);
    if (!request->reply.status && !request->signed_in)
        people_refuse(request, 401, request_text(request, "Please sign in again"));
    else if (!request->reply.status && !auth_may_book(request))
        people_refuse(request, 403, request_text(request, "You cannot book meetings here"));
    if (!request->reply.status && typed && strlen(typed) <= TYPED_MOST &&
        count_letters(typed) >= LETTERS_LEAST) {
        searched = store_search_lists(request_store(request), typed, LISTS_MOST, list_add, results);
        if (searched >= 0)
            searched = store_search_people(request_store(request), typed, RESULTS_MOST, person_add, results);
    }
    if (searched < 0) {
        people_refuse(request, 503, request_text(request, "That did not work"));
    } else if (!request->reply.status) {
        json_t *answer = json_pack("{s:O}", "results", results);
        reply_json(request, 200, answer);
        request->reply.cache = "private, max-age=60";
        json_decref(answer);
    }
    json_decref(results);
}

/* ----------------------------------------------------------------------------------- whom a name means */

static bool member_add(const struct list_member *member, void *context)
{
    view_add_address(context, member->name, member->mail);
    return true;
}

/* Whether the words before a comma are of that person's name, as the directory has it. */
static bool name_has(const char *name, const char *before)
{
    for (size_t size; name && before && *before; before += size + (before[size] == ' ')) {
        size = strcspn(before, " ");
        for (const char *at = name; size && *at; at += strcspn(at, " -"), at += *at != 0)
            if (strncasecmp(at, before, size) == 0 && (!at[size] || strchr(" -,", at[size])))
                return true;
    }
    return false;
}

static int address_add(struct request *request, const struct address *address, struct text *text)
{
    struct person person = {0};
    const char *name = address->name, *mail = address->mail;
    int list =
        address->before ? store_list_members(request_store(request), address->before, member_add, text) : 0;
    if (list > 0)
        name = address->behind;
    int found = store_resolve_address(request_store(request), mail, &request->arena, &person);
    /* where scripts run, each person was seen as one before the form was sent */
    bool asks = address->before && list == 0 && address_is_doubtful(address) &&
                !*request_field(request, "chips") && !(found > 0 && name_has(person.name, address->before));
    if (found > 0) {
        name = name ? name : person.name;
        mail = person.mail;
    }
    if (asks)
        text_addf(text, "%s <%s>\n", name, mail);
    else
        view_add_address(text, name, mail);
    return list < 0 ? list : found;
}

const char *people_quote(struct request *request, const char *typed)
{
    struct addresses found;
    struct text text = {0};
    addresses_read(&found, &request->arena, typed);
    for (size_t i = 0; i < found.count; i++) {
        const struct address *address = &found.list[i];
        struct text members = {0};
        if (address->before &&
            store_list_members(request_store(request), address->before, member_add, &members) > 0)
            text_addf(&text, "%s <%s>\n", address->name, address->mail);
        else
            view_add_address(&text, address->name, address->mail);
        text_free(&members);
    }
    for (size_t i = 0; i < found.bad_count; i++)
        text_addf(&text, "%s\n", found.bad[i]);
    const char *quoted = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return quoted;
}

int people_resolve(struct request *request, const char **typed)
{
    struct addresses found;
    struct text text = {0};
    int result = 0;
    addresses_read(&found, &request->arena, *typed);
    for (size_t i = 0; i < found.count && result >= 0; i++)
        result = address_add(request, &found.list[i], &text);
    for (size_t i = 0; i < found.bad_count && result >= 0; i++) {
        result = store_list_members(request_store(request), found.bad[i], member_add, &text);
        if (result == 0)
            text_addf(&text, "%s\n", found.bad[i]);
    }
    *typed = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return result;
}
