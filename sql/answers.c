#include "sql/answers.h"

static struct query about_times(struct edit *edit, enum statement statement, const struct meeting *times)
{
    struct query query = query_open(edit->store, statement);
    bind_int(&query, ":meeting", edit->was.id);
    bind_int(&query, ":starts_at", times->starts_at);
    bind_int(&query, ":ends_at", times->ends_at);
    return query;
}

int answers_reset(struct edit *edit, const struct meeting *to)
{
    struct query query = about_times(edit, STMT_KEEP_ANSWERS, &edit->was);
    if (query_run(&query) < 0)
        return -1;
    query = query_open(edit->store, STMT_RESET_ANSWERS);
    bind_int(&query, ":meeting", edit->was.id);
    bind_int(&query, ":now", edit->now);
    if (query_run(&query) < 0)
        return -1;
    query = about_times(edit, STMT_RESTORE_ANSWERS, to);
    int restored = query_run(&query);
    if (restored <= 0)
        return restored < 0 ? -1 : 1;
    query = about_times(edit, STMT_FORGET_ANSWERS, to);
    return query_run_done(&query);
}

int answer_reset(struct store *store, int64_t attendee, int64_t now)
{
    struct query query = query_open(store, STMT_RESET_ANSWER);
    bind_int(&query, ":attendee", attendee);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int answer_given(struct store *store, int64_t attendee)
{
    struct query query = query_open(store, STMT_FORGET_ANSWER);
    bind_int(&query, ":attendee", attendee);
    return query_run_done(&query);
}

static struct query about_told(struct store *store, enum statement statement, int64_t attendee,
                               const struct letter_told *told)
{
    struct query query = query_open(store, statement);
    bind_int(&query, ":attendee", attendee);
    bind_int(&query, ":cancelled", told->status == TOLD_CANCELLED);
    bind_int(&query, ":starts_at", told->starts_at);
    bind_int(&query, ":ends_at", told->ends_at);
    return query;
}

int answer_told(struct store *store, int64_t attendee, const struct letter_told *told, int64_t created_at,
                int64_t now)
{
    struct query query = about_told(store, STMT_FORGET_ANSWER_TOLD, attendee, told);
    if (query_run(&query) < 0)
        return -1;
    query = about_told(store, STMT_RESET_ANSWER_TOLD, attendee, told);
    bind_int(&query, ":sequence", told->sequence);
    bind_int(&query, ":created_at", created_at);
    bind_int(&query, ":now", now);
    return query_run(&query);
}
