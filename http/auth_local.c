#include "http/auth_parts.h"
#include "http/page.h"
#include "http/peer.h"
#include "proto/addresses.h"

#include <string.h>

/* auth = local: a link by mail. In the browser that asked, one button signs in. In any other (a mail
 * scanner's among them, which runs pages as people do) the link only shows a code, which is worth something
 * in the browser that asked and nowhere else.
 *
 * Anybody may ask in anybody's name, and the letters that a person gets in an hour would soon be used up by
 * them: a browser that has signed in as that person before, which a cookie of its own says, is counted apart.
 * In any other, a letter that somebody else asked for does as well: once no further one leaves, the code of
 * each that is less than an hour old signs in wherever it is typed, and only who reads that mail has it. */

enum {
    MAIL_MAX = 254,
    HOUR = 3600,
    CODE_SIZE = 8,
};

/* Nothing that looks like something else. 29 to the power of 8 codes and five tries: whoever asks from a
 * thousand clients at once (sign_ins_per_address_most) for one person, whose five letters an hour are there
 * to be found out, finds one in some years. */
static const char code_letters[] = "ABCDEFGHJKMNPQRTUVWXYZ2346789";

static const char *code_make(struct request *request)
{
    struct link_id random;
    uint64_t draw;
    char *code = arena_alloc(&request->arena, CODE_SIZE + 1);
    request_random(&random);
    memcpy(&draw, random.bytes, sizeof draw);
    for (int i = 0; i < CODE_SIZE; i++, draw /= sizeof code_letters - 1)
        code[i] = code_letters[draw % (sizeof code_letters - 1)];
    return code;
}

/* As it was typed: small letters, spaces and hyphens do not count. What looks like another letter (O, 5) is
 * a wrong code like others. NULL: nothing that a code could be. */
static const char *code_read(struct request *request, const char *typed)
{
    char code[CODE_SIZE + 1] = "";
    size_t size = 0;
    for (; *typed; typed++) {
        char letter = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;
        if (strchr(" -\t", letter))
            continue;
        bool written = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
        if (size == CODE_SIZE || !written)
            return NULL;
        code[size++] = letter;
    }
    return size == CODE_SIZE ? arena_dup(&request->arena, code) : NULL;
}

static void sign_in_form(struct request *request, int status, const char *typed, const char *next,
                         const char *error)
{
    json_t *data = json_object();
    data_title(data, request_text(request, "Sign in"),
               request_text(request, "Sign in: please check your address"), error);
    data_text(data, "mail", typed);
    data_text(data, "next", next);
    data_true(data, "signed_out", request_parameter(request, "out") != NULL);
    page_render(request, status, "sign_in.html", data);
}

void auth_local_ask(struct request *request, const char *next)
{
    sign_in_form(request, 200, NULL, next, NULL);
}

/* Letters go to people of the directory or of the site's own domains, so that nobody else can have mail sent
 * in the site's name. *mail becomes the main address; *before: they have signed in at some time. < 0: the
 * store is broken. */
static int sign_in_is_allowed(struct request *request, const char **mail, bool *before)
{
    struct person person;
    int found = store_resolve_address(request_store(request), *mail, &request->arena, &person);
    bool invited = found > 0 && (person.source == PERSON_DIRECTORY || person.source == PERSON_ADMIN);
    *before = found > 0 && person.signed_in_at > 0;
    if (found > 0)
        *mail = person.mail;
    const char *at = strrchr(*mail, '@');
    for (const char *const *domain = request_options(request)->local_domains;
         !invited && at && domain && *domain; domain++)
        invited = text_equal_nocase(at + 1, *domain);
    return found < 0 ? -1 : invited;
}

/* The page after asking, which is the same whoever asks for whomever. crowded_until: letters leave only for
 * those who signed in before; 0: for all. */
static void sign_in_sent(struct request *request, int status, const char *mail, const char *error,
                         int64_t crowded_until)
{
    const struct http_options *options = request_options(request);
    json_t *data = json_object();
    data_title(data, request_text(request, "Look into your mail"),
               request_text(request, "Sign in: please check the code"), error);
    data_text(data, "mail", mail ? address_show(&request->arena, mail) : NULL);
    data_text(data, "crowded", crowded_until ? auth_wait_words(request, crowded_until) : NULL);
    data_text(data, "typed", error ? request_field(request, "code") : NULL);
    json_object_set_new(data, "minutes", json_integer(options->sign_in_age / 60));
    json_object_set_new(data, "letters", json_integer(options->sign_ins_per_person));
    page_render(request, status, "sign_in_sent.html", data);
}

/* Counts and stores; false: the reply is set. Who asks too often for one person gets the usual page, and no
 * further letter: it must not tell who is known here, nor cost another work. */
static bool sign_in_open(struct request *request, struct sign_in *sign_in, int64_t *crowded_until)
{
    const struct http_options *options = request_options(request);
    struct store *store = request_store(request);
    int of_mail = 0;
    bool before;
    int allowed = sign_in_is_allowed(request, &sign_in->mail, &before);
    bool known = auth_known(request, sign_in->mail, &sign_in->known);
    if (allowed < 0 || store_count_sign_ins(store, sign_in, request->now - HOUR, &of_mail) < 0) {
        page_unavailable(request);
        return false;
    }
    if (!known && !auth_crowd_has_room(request, sign_in, crowded_until))
        return false;
    sign_in->stranger = allowed == 0;
    sign_in->quiet = of_mail >= options->sign_ins_per_person || (*crowded_until && !before);
    if (store_open_sign_in(store, sign_in, true, catalogue_language(request_catalogue(request)),
                           request->now) > 0)
        return true;
    page_unavailable(request);
    return false;
}

void auth_post_sign_in(struct request *request)
{
    const struct http_options *options = request_options(request);
    if (options->auth != AUTH_LOCAL) {
        reply_redirect(request, 303, request_path(request, "/sign-in"));
        return;
    }
    const char *typed = request_field(request, "mail"), *next = auth_next(request_field(request, "next"));
    const char *mail = address_read_one(&request->arena, typed);
    if (!mail || strlen(mail) > MAIL_MAX) {
        sign_in_form(request, 422, typed, next,
                     request_text(request, "This is not a mail address. Write it like name@example.org."));
        return;
    }
    struct sign_in sign_in = {.mail = mail,
                              .code = code_make(request),
                              .address = peer_client(request),
                              .next = next,
                              .expires_at = request->now + options->sign_in_age};
    if (!auth_browser(request, &sign_in.browser))
        request_random(&sign_in.browser);
    request_random(&sign_in.link);
    int64_t crowded_until = 0;
    if (!sign_in_open(request, &sign_in, &crowded_until))
        return;
    sign_in_sent(request, crowded_until ? 429 : 200, mail, NULL, crowded_until);
    if (crowded_until)
        auth_retry_after(request, crowded_until);
    auth_set_browser(request, &sign_in.browser, options->sign_in_age);
}

static void sign_in_refuse_link(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "It was used already, or it is too old, or a part of it is missing. Ask for a new one: "
          "it takes a minute.");
    page_notice(request, &(struct notice){.status = 410,
                                          .title = request_text(request, "This sign-in link is not valid"),
                                          .text = text,
                                          .action = request_text(request, "Ask for a new link"),
                                          .address = request_path(request, "/sign-in")});
}

/* The link in another browser: a code for the one that asked. */
static void sign_in_show_code(struct request *request, const struct sign_in *sign_in)
{
    json_t *data = json_object();
    data_text(data, "title", request_text(request, "Type this code where you asked for it"));
    data_text(data, "mail", address_show(&request->arena, sign_in->mail));
    data_text(data, "code", arena_printf(&request->arena, "%.4s-%s", sign_in->code, sign_in->code + 4));
    page_render(request, 200, "sign_in_code.html", data);
    request->reply.referrer = "no-referrer";
}

/* The sign-in of the link in the address, when there is one that can be used; else the reply is set. `here`:
 * this is the browser that asked. */
static bool sign_in_find(struct request *request, struct sign_in *sign_in, bool *here)
{
    static const struct link_id any;
    struct link_id link, browser;
    int found = 0;
    if (link_read(request_options(request)->keys, LINK_SIGN_IN, request->arguments[0], &link))
        found = store_find_sign_in(request_store(request), &link, request->now, &request->arena, sign_in);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        sign_in_refuse_link(request);
    else
        *here =
            sign_in->expires_at > request->now &&
            (memcmp(&sign_in->browser, &any, sizeof any) == 0 ||
             (auth_browser(request, &browser) && memcmp(&browser, &sign_in->browser, sizeof browser) == 0));
    return found > 0;
}

/* Mail scanners follow links: a look at it uses nothing up. */
void auth_get_link(struct request *request)
{
    struct sign_in sign_in;
    bool here = false;
    if (!sign_in_find(request, &sign_in, &here))
        return;
    if (!here) {
        sign_in_show_code(request, &sign_in);
        return;
    }
    json_t *data = json_object();
    data_text(data, "title", request_text(request, "Sign in"));
    data_text(data, "mail", address_show(&request->arena, sign_in.mail));
    data_text(data, "action", request_path(request, "/sign-in/%s", request->arguments[0]));
    page_render(request, 200, "sign_in_link.html", data);
    request->reply.referrer = "strict-origin";
}

/* The row of who signs in, made at the first time. */
static int sign_in_person(struct request *request, const struct sign_in *sign_in, int64_t *id)
{
    static const struct link_id any;
    struct person person = {0};
    int found = store_resolve_address(request_store(request), sign_in->mail, &request->arena, &person);
    if (found > 0)
        *id = person.id;
    if (found != 0)
        return found;
    bool by_admin = memcmp(&sign_in->browser, &any, sizeof any) == 0;
    person = (struct person){.mail = sign_in->mail,
                             .name = auth_name_of_mail(&request->arena, sign_in->mail),
                             .source = by_admin ? PERSON_ADMIN : PERSON_SIGNED_IN,
                             .may_book = request_options(request)->may_book == MAY_BOOK_EVERYONE};
    return store_put_person(request_store(request), &person, request->now, id);
}

static void sign_in_go_on(struct request *request, const struct sign_in *sign_in)
{
    int64_t person = 0;
    if (sign_in_person(request, sign_in, &person) <= 0) {
        page_unavailable(request);
        return;
    }
    auth_begin_session(request, person, auth_next(sign_in->next));
    if (request->reply.status == 303)
        auth_set_known(request, sign_in->mail);
}

void auth_post_link(struct request *request)
{
    struct sign_in sign_in;
    bool here = false;
    if (!sign_in_find(request, &sign_in, &here))
        return;
    if (!here) {
        sign_in_show_code(request, &sign_in);
        return;
    }
    const struct link_id link = sign_in.link;
    int taken = store_take_sign_in(request_store(request), &link, request->now, &request->arena, &sign_in);
    if (taken == 0)
        sign_in_refuse_link(request);
    else if (taken < 0)
        page_unavailable(request);
    else
        sign_in_go_on(request, &sign_in);
}

void auth_get_code(struct request *request)
{
    sign_in_sent(request, 200, NULL, NULL, 0);
}

void auth_post_code(struct request *request)
{
    struct link_id browser;
    struct sign_in sign_in = {0};
    const char *code = code_read(request, request_field(request, "code"));
    if (!code) {
        sign_in_sent(request, 422, NULL,
                     request_text(request, "The code has eight letters and digits, like ABCD-2346."), 0);
        return;
    }
    int tried = auth_browser(request, &browser) ? store_try_code(request_store(request), &browser, code,
                                                                 request->now, &request->arena, &sign_in)
                                                : 0;
    if (tried < 0)
        page_unavailable(request);
    else if (tried == 0)
        sign_in_sent(
            request, 422, NULL,
            request_text(request, "No code is awaited in this browser any more. Ask for a new letter."), 0);
    else if (!sign_in.mail)
        sign_in_sent(request, 422, NULL,
                     request_text(request,
                                  "This is not the code. Look at it again, in the page that the link "
                                  "of the newest letter opens."),
                     0);
    else
        sign_in_go_on(request, &sign_in);
}

void auth_admin_link(struct request *request)
{
    json_t *asked = json_loadb(text_string(&request->body), request->body.size, 0, NULL);
    const char *typed = json_string_value(json_object_get(asked, "mail"));
    struct sign_in sign_in = {.mail = typed ? address_read_one(&request->arena, typed) : NULL,
                              .expires_at = request->now + request_options(request)->sign_in_age};
    json_decref(asked);
    json_t *answer = json_object();
    int status = 200;
    request_random(&sign_in.link);
    if (!sign_in.mail) {
        status = 422;
        data_text(answer, "error", "mail: not a mail address");
    } else if (store_open_sign_in(request_store(request), &sign_in, false,
                                  catalogue_language(request_catalogue(request)), request->now) <= 0) {
        status = 503;
        data_text(answer, "error", "the database is broken; see the log");
    } else {
        data_text(answer, "link", request_link_url(request, LINK_SIGN_IN, &sign_in.link));
    }
    reply_json(request, status, answer);
    json_decref(answer);
}
