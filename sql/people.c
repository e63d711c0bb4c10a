#include "sql/store_people.h"

#include "sql/store_internal.h"

#include <string.h>

static bool link_is_none(const struct link_id *link)
{
    static const struct link_id none;
    return memcmp(link, &none, sizeof none) == 0;
}

static int put_person(struct store *store, const struct person *person, int64_t now, int64_t *id)
{
    struct link_id link = person->link;
    if (link_is_none(&link))
        random_link(&link);
    struct query query = query_open(store, STMT_FIND_PERSON);
    bind_text(&query, ":mail", person->mail);
    int known = query_run_number(&query, id);
    if (known < 0)
        return -1;
    query = query_open(store, known ? STMT_CHANGE_PERSON : STMT_ADD_PERSON);
    bind_text(&query, ":mail", person->mail);
    bind_text(&query, ":uid", person->uid);
    bind_text(&query, ":name", person->name);
    bind_text(&query, ":language", person->language);
    bind_text(&query, ":tz", person->tz);
    bind_int(&query, ":may_book", person->may_book);
    bind_text(&query, ":source", person_source_word(person->source));
    bind_int(&query, ":now", now);
    if (!known)
        bind_link(&query, ":link", &link);
    int put = query_run_number(&query, id);
    if (put > 0 && known)
        touch_person(store, *id);
    return put > 0 ? person_index(store, *id) : put;
}

int store_put_person(struct store *store, const struct person *person, int64_t now, int64_t *id)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, put_person(store, person, now, id));
}

static int one_person(struct query *query, struct arena *arena, struct person *person)
{
    int status = query_step(query);
    if (status > 0) {
        next_person(query, person);
        copy_person(arena, person);
    }
    query_close(query);
    return status;
}

int store_get_person(struct store *store, int64_t id, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_GET_PERSON);
    bind_int(&query, ":id", id);
    return one_person(&query, arena, person);
}

int store_find_person(struct store *store, const char *mail, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_FIND_PERSON);
    bind_text(&query, ":mail", mail);
    return one_person(&query, arena, person);
}

int store_find_person_by_link(struct store *store, const struct link_id *link, struct arena *arena,
                              struct person *person)
{
    struct query query = query_open(store, STMT_FIND_PERSON_BY_LINK);
    bind_link(&query, ":link", link);
    return one_person(&query, arena, person);
}

static int open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                        int64_t now)
{
    struct query query = query_open(store, STMT_ADD_SIGN_IN);
    bind_link(&query, ":link", &sign_in->link);
    bind_text(&query, ":mail", sign_in->mail);
    if (!link_is_none(&sign_in->browser))
        bind_link(&query, ":browser", &sign_in->browser);
    bind_text(&query, ":next", sign_in->next);
    bind_int(&query, ":now", now);
    bind_int(&query, ":expires_at", sign_in->expires_at);
    int result = query_run(&query);
    if (result <= 0 || !letter)
        return result;
    query = query_open(store, STMT_ADD_SIGN_IN_LETTER);
    bind_text(&query, ":mail", sign_in->mail);
    bind_text(&query, ":language", language);
    bind_link(&query, ":link", &sign_in->link);
    bind_text(&query, ":domain", store->domain);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                       int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, open_sign_in(store, sign_in, letter, language, now));
}

static int one_sign_in(struct store *store, enum statement statement, const struct link_id *link, int64_t now,
                       struct arena *arena, struct sign_in *sign_in)
{
    struct query query = query_open(store, statement);
    bind_link(&query, ":link", link);
    bind_int(&query, ":now", now);
    int status = query_step(&query);
    if (status > 0) {
        next_link(&query, &sign_in->link);
        sign_in->mail = arena_dup(arena, next_text(&query));
        next_link(&query, &sign_in->browser);
        sign_in->next = arena_dup(arena, next_text(&query));
        sign_in->expires_at = next_int(&query);
    }
    query_close(&query);
    return status;
}

int store_find_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in)
{
    return one_sign_in(store, STMT_FIND_SIGN_IN, link, now, arena, sign_in);
}

int store_take_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in)
{
    if (verb_begin(store) < 0)
        return -1;
    return verb_end(store, one_sign_in(store, STMT_TAKE_SIGN_IN, link, now, arena, sign_in));
}

static int open_session(struct store *store, const struct link_id *session, int64_t person, int64_t now,
                        int64_t expires_at)
{
    struct query query = query_open(store, STMT_ADD_SESSION);
    bind_link(&query, ":id", session);
    bind_int(&query, ":person", person);
    bind_int(&query, ":now", now);
    bind_int(&query, ":expires_at", expires_at);
    return query_run(&query);
}

int store_open_session(struct store *store, const struct link_id *session, int64_t person, int64_t now,
                       int64_t expires_at)
{
    return verb_begin(store) < 0 ? -1
                                 : verb_end(store, open_session(store, session, person, now, expires_at));
}

int store_find_session(struct store *store, const struct link_id *session, int64_t now, struct arena *arena,
                       struct person *person)
{
    struct query query = query_open(store, STMT_FIND_SESSION);
    bind_link(&query, ":id", session);
    bind_int(&query, ":now", now);
    return one_person(&query, arena, person);
}

static int close_session(struct store *store, const struct link_id *session)
{
    struct query query = query_open(store, STMT_CLOSE_SESSION);
    bind_link(&query, ":id", session);
    return query_run(&query);
}

int store_close_session(struct store *store, const struct link_id *session)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, close_session(store, session));
}
