#include "http/routes.h"

#include <string.h>

/* The directory comes in by the admin socket, in batches that jmbctl keeps small, so that nobody waits long
 * behind one:
 *
 *   POST /people {"run": N, "people": [{"line": 7, "mail": ..., "uid": ..., "name": ..., "language": ...,
 *                 "may_book": true, "aliases": [...]}, ...]}
 *     -> {"run": N, "added": 1, "changed": 0, "same": 499, "refused": [{"line": 7, "why": "..."}]}
 *   POST /people/prune {"run": N, "force": false} -> {"removed": 3, "kept": 1, "more": true}
 *
 * and the same for /lists, with {"line", "list", "mail", "name"}. The first batch goes without "run" and is
 * told its number. */

enum {
    BATCH_MOST = 1000,
    PRUNE_BATCH = 200,
    PRUNE_FREE = 20,  /* so many may always go */
    PRUNE_SHARE = 10, /* and beyond that, one in so many, unless it is forced */
};

struct import {
    struct request *request;
    int64_t run;
    int counts[IMPORT_ADDED + 1];
    json_t *refused;
};

static void import_refuse(struct request *request, int status, const char *why)
{
    json_t *answer = json_pack("{s:s}", "error", why);
    reply_json(request, status, answer);
    json_decref(answer);
}

/* The request's JSON and the number of the run; NULL: the reply is set. */
static json_t *import_read(struct request *request, int64_t *run)
{
    json_t *asked = json_loadb(text_string(&request->body), request->body.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *number = json_object_get(asked, "run");
    *run = json_integer_value(number);
    if (!json_is_object(asked) || (number && !json_is_integer(number))) {
        import_refuse(request, 400, "this is not what jmbctl sends: is it of another version?");
        json_decref(asked);
        return NULL;
    }
    return asked;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int import_one_person(struct import *import, const json_t *row, const char **why)
{
    struct request *request = import->request;
    const json_t *aliases = json_object_get(row, "aliases");
    struct directory_person person = {.mail = text_of(row, "mail"),
                                      .uid = text_of(row, "uid"),
                                      .name = text_of(row, "name"),
                                      .language = text_of(row, "language"),
                                      .may_book = json_is_true(json_object_get(row, "may_book"))};
    person.aliases = arena_array(&request->arena, json_array_size(aliases) + 1, sizeof *person.aliases);
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        const char *alias = json_string_value(json_array_get(aliases, i));
        if (alias && *alias)
            person.aliases[person.alias_count++] = alias;
    }
    enum imported how = IMPORT_SAME;
    *why = "there is no mail address";
    int done = person.mail && *person.mail ? store_import_person(request_store(request), &person, import->run,
                                                                 request->now, &how, why)
                                           : 0;
    import->counts[how] += done > 0;
    return done;
}

static int import_one_member(struct import *import, const json_t *row, const char **why)
{
    const char *list = text_of(row, "list"), *mail = text_of(row, "mail");
    enum imported how = IMPORT_SAME;
    *why = "a line is LIST MEMBER";
    int done = list && *list && mail && *mail
                   ? store_import_member(request_store(import->request), list, mail, text_of(row, "name"),
                                         import->run, &how)
                   : 0;
    import->counts[how] += done > 0;
    return done;
}

static void import_batch(struct request *request, const char *member,
                         int (*one)(struct import *import, const json_t *row, const char **why))
{
    struct import import = {.request = request, .refused = json_array()};
    json_t *asked = import_read(request, &import.run), *rows = json_object_get(asked, member);
    int done = 1;
    if (import.run <= 0)
        import.run = clock_ms(request_options(request)->clock);
    if (asked && json_array_size(rows) > BATCH_MOST)
        import_refuse(request, 413, "more than 1000 in a batch");
    for (size_t i = 0; !request->reply.status && done >= 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *why = NULL;
        done = one(&import, row, &why);
        if (done == 0)
            json_array_append_new(import.refused,
                                  json_pack("{s:I, s:s}", "line",
                                            json_integer_value(json_object_get(row, "line")), "why", why));
    }
    if (done < 0) {
        import_refuse(request, 503, "the database is broken; see the log");
    } else if (!request->reply.status) {
        json_t *answer = json_pack("{s:I, s:i, s:i, s:i, s:O}", "run", (json_int_t)import.run, "added",
                                   import.counts[IMPORT_ADDED], "changed", import.counts[IMPORT_CHANGED],
                                   "same", import.counts[IMPORT_SAME], "refused", import.refused);
        reply_json(request, 200, answer);
        json_decref(answer);
    }
    json_decref(asked);
    json_decref(import.refused);
}

void import_post_people(struct request *request)
{
    import_batch(request, "people", import_one_person);
}

void import_post_lists(struct request *request)
{
    import_batch(request, "members", import_one_member);
}

/* A search that broke off halfway would take half of the site away: false: the reply is set. */
static bool prune_is_plausible(struct request *request, bool force, int64_t unseen, int64_t all)
{
    if (force || unseen <= PRUNE_FREE || unseen <= all / PRUNE_SHARE)
        return true;
    import_refuse(request, 409,
                  arena_printf(&request->arena,
                               "%lld of %lld would go: was the export complete? --force does it all the same",
                               (long long)unseen, (long long)all));
    return false;
}

static void import_prune(struct request *request, bool people)
{
    struct store *store = request_store(request);
    int64_t run, unseen = 0, all = 0, removed = 0, kept = 0;
    json_t *asked = import_read(request, &run);
    if (!asked)
        return;
    bool force = json_is_true(json_object_get(asked, "force"));
    json_decref(asked);
    int more = people ? store_count_unseen(store, run, &unseen, &all)
                      : store_count_unseen_members(store, run, &unseen, &all);
    if (more >= 0 && !prune_is_plausible(request, force, unseen, all))
        return;
    if (more >= 0)
        more = people ? store_prune_people(store, run, PRUNE_BATCH, request->now, &removed, &kept)
                      : store_prune_members(store, run, PRUNE_BATCH, &removed);
    if (more < 0) {
        import_refuse(request, 503, "the database is broken; see the log");
        return;
    }
    json_t *answer = json_pack("{s:I, s:I, s:b}", "removed", (json_int_t)removed, "kept", (json_int_t)kept,
                               "more", more > 0);
    reply_json(request, 200, answer);
    json_decref(answer);
}

void import_post_people_prune(struct request *request)
{
    import_prune(request, true);
}

void import_post_lists_prune(struct request *request)
{
    import_prune(request, false);
}
