/* Signing in: links that were asked for, their codes, sessions, and forms kept over a session's end. */
#include "sql/store_internal.h"
#include "sql/store_sign_ins.h"

enum {
    HOUR = 3600,
    DAY = 86400,
    SESSIONS_KEPT = 7 * DAY, /* after their end: whose it was decides who sees what was typed in it */
};

/* A few of the oldest go whenever one comes. */
static int purge(struct store *store, enum statement statement, const char *name, int64_t before)
{
    struct query query = query_open(store, statement);
    bind_int(&query, name, before);
    return query_run_done(&query);
}

static int open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                        int64_t now)
{
    struct query query = query_open(store, STMT_ADD_SIGN_IN);
    bind_link(&query, ":link", &sign_in->link);
    bind_text(&query, ":mail", sign_in->mail);
    if (!link_is_none(&sign_in->browser))
        bind_link(&query, ":browser", &sign_in->browser);
    if (!link_is_none(&sign_in->known))
        bind_link(&query, ":known", &sign_in->known);
    bind_int(&query, ":allowed", !sign_in->stranger);
    bind_int(&query, ":quiet", sign_in->quiet);
    bind_text(&query, ":code", sign_in->code);
    bind_text(&query, ":address", sign_in->address);
    bind_text(&query, ":next", sign_in->next);
    bind_int(&query, ":now", now);
    bind_int(&query, ":expires_at", sign_in->expires_at);
    int result = query_run(&query);
    if (result <= 0 || purge(store, STMT_PURGE_SIGN_INS, ":before", now - DAY) < 0)
        return result <= 0 ? result : -1;
    if (!letter)
        return result;
    query = query_open(store, STMT_ADD_SIGN_IN_LETTER);
    bind_text(&query, ":mail", sign_in->mail);
    bind_text(&query, ":language", language);
    bind_link(&query, ":link", &sign_in->link);
    bind_text(&query, ":domain", store->domain);
    bind_int(&query, ":leaves", !sign_in->stranger && !sign_in->quiet);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                       int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, open_sign_in(store, sign_in, letter, language, now));
}

int store_count_sign_ins(struct store *store, const struct sign_in *sign_in, int64_t since, int *of_mail)
{
    int64_t count = 0;
    struct query query = query_open(store, STMT_COUNT_SIGN_INS);
    bind_text(&query, ":mail", sign_in->mail);
    if (!link_is_none(&sign_in->known))
        bind_link(&query, ":known", &sign_in->known);
    bind_int(&query, ":since", since);
    int status = query_run_number(&query, &count);
    *of_mail = (int)count;
    return status;
}

int store_find_sign_in_crowd(struct store *store, enum sign_in_crowd crowd, const struct sign_in *sign_in,
                             int64_t since, int most, int64_t *asked_at)
{
    static const enum statement statements[] = {STMT_SIGN_INS_OF_BROWSER, STMT_SIGN_INS_OF_NETWORK,
                                                STMT_SIGN_INS_OF_NETWORK_ALL};
    struct query query = query_open(store, statements[crowd]);
    if (crowd == CROWD_BROWSER)
        bind_link(&query, ":asker", &sign_in->browser);
    else
        bind_text(&query, ":asker", sign_in->address);
    if (crowd != CROWD_NETWORK_ALL)
        bind_text(&query, ":mail", sign_in->mail);
    bind_int(&query, ":since", since);
    bind_int(&query, ":most", most);
    return query_run_number(&query, asked_at);
}

static int one_sign_in(struct query *query, struct arena *arena, struct sign_in *sign_in)
{
    int status = query_step(query);
    if (status > 0) {
        *sign_in = (struct sign_in){0};
        next_link(query, &sign_in->link);
        sign_in->mail = arena_dup(arena, next_text(query));
        next_link(query, &sign_in->browser);
        sign_in->code = arena_dup(arena, next_text(query));
        sign_in->tries = (int)next_int(query);
        sign_in->next = arena_dup(arena, next_text(query));
        sign_in->expires_at = next_int(query);
    }
    query_close(query);
    return status;
}

static int take_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                        struct sign_in *sign_in)
{
    struct query query = query_open(store, STMT_TAKE_SIGN_IN);
    bind_link(&query, ":link", link);
    bind_int(&query, ":now", now);
    return one_sign_in(&query, arena, sign_in);
}

int store_find_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in)
{
    struct query query = query_open(store, STMT_FIND_SIGN_IN);
    bind_link(&query, ":link", link);
    bind_int(&query, ":now", now);
    bind_int(&query, ":since", now - HOUR);
    return one_sign_in(&query, arena, sign_in);
}

int store_take_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, take_sign_in(store, link, now, arena, sign_in));
}

/* Wherever else it would sign in. */
static int use_code(struct store *store, const char *mail, const char *code, int64_t now)
{
    struct query query = query_open(store, STMT_USE_CODE);
    bind_text(&query, ":mail", mail);
    bind_text(&query, ":code", code);
    bind_int(&query, ":now", now);
    return query_run_done(&query) < 0 ? -1 : 1;
}

static int try_code(struct store *store, const struct link_id *browser, const char *code, int64_t now,
                    struct arena *arena, struct sign_in *sign_in)
{
    struct query query = query_open(store, STMT_TAKE_SIGN_IN_BY_CODE);
    bind_link(&query, ":browser", browser);
    bind_text(&query, ":code", code);
    bind_int(&query, ":tries", SIGN_IN_TRIES);
    bind_int(&query, ":now", now);
    bind_int(&query, ":since", now - HOUR);
    int found = one_sign_in(&query, arena, sign_in);
    if (found != 0)
        return found < 0 ? found : use_code(store, sign_in->mail, code, now);
    *sign_in = (struct sign_in){0};
    query = query_open(store, STMT_COUNT_TRY);
    bind_link(&query, ":browser", browser);
    bind_int(&query, ":tries", SIGN_IN_TRIES);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_try_code(struct store *store, const struct link_id *browser, const char *code, int64_t now,
                   struct arena *arena, struct sign_in *sign_in)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, try_code(store, browser, code, now, arena, sign_in));
}

static int open_session(struct store *store, const struct link_id *session, int64_t person, int64_t now,
                        int64_t expires_at)
{
    struct query query = query_open(store, STMT_ADD_SESSION);
    bind_link(&query, ":id", session);
    bind_int(&query, ":person", person);
    bind_int(&query, ":now", now);
    bind_int(&query, ":expires_at", expires_at);
    int result = query_run(&query);
    if (result > 0) {
        query = query_open(store, STMT_SET_SIGNED_IN);
        bind_int(&query, ":person", person);
        bind_int(&query, ":now", now);
        result = query_run(&query);
    }
    if (result > 0 && purge(store, STMT_PURGE_SESSIONS, ":before", now - SESSIONS_KEPT) < 0)
        return -1;
    return result;
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
    return query_run_person(&query, arena, person);
}

static int close_session(struct store *store, const struct link_id *session, int64_t now)
{
    struct query query = query_open(store, STMT_CLOSE_SESSION);
    bind_link(&query, ":id", session);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_close_session(struct store *store, const struct link_id *session, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, close_session(store, session, now));
}

static int close_sessions(struct store *store, int64_t person, int64_t now)
{
    struct query query = query_open(store, STMT_CLOSE_SESSIONS);
    bind_int(&query, ":person", person);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_close_sessions(struct store *store, int64_t person, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, close_sessions(store, person, now));
}

int store_session_person(struct store *store, const struct link_id *session, int64_t *person)
{
    struct query query = query_open(store, STMT_SESSION_PERSON);
    bind_link(&query, ":id", session);
    return query_run_number(&query, person);
}

static int keep_form(struct store *store, const struct kept_form *form, int64_t now)
{
    struct query query = query_open(store, STMT_KEEP_FORM);
    bind_link(&query, ":browser", &form->browser);
    bind_int(&query, ":person", form->person);
    bind_text(&query, ":path", form->path);
    bind_text(&query, ":body", form->body);
    bind_int(&query, ":expires_at", form->expires_at);
    int result = query_run(&query);
    if (result > 0 && purge(store, STMT_PURGE_FORMS, ":now", now) < 0)
        return -1;
    return result;
}

int store_keep_form(struct store *store, const struct kept_form *form, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, keep_form(store, form, now));
}

int store_find_kept_form(struct store *store, const struct link_id *browser, int64_t person, int64_t now,
                         struct arena *arena, struct kept_form *form)
{
    struct query query = query_open(store, STMT_FIND_FORM);
    bind_link(&query, ":browser", browser);
    bind_int(&query, ":person", person);
    bind_int(&query, ":now", now);
    int status = query_step(&query);
    if (status > 0) {
        *form = (struct kept_form){.browser = *browser, .person = person};
        form->path = arena_dup(arena, next_text(&query));
        form->body = arena_dup(arena, next_text(&query));
        form->expires_at = next_int(&query);
    }
    query_close(&query);
    return status;
}
