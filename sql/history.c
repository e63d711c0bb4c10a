/* What was done with a meeting, and what was sent. */
#include "sql/store_changes.h"
#include "sql/store_internal.h"

int audit_add(struct store *store, const struct audit *audit, int64_t now)
{
    struct query query = query_open(store, STMT_ADD_AUDIT);
    bind_int(&query, ":now", now);
    bind_int_or_null(&query, ":who", audit->who);
    bind_text(&query, ":by", audit->by);
    bind_text(&query, ":what", audit->what);
    bind_int_or_null(&query, ":meeting", audit->meeting);
    bind_int_or_null(&query, ":attendee", audit->attendee);
    bind_text(&query, ":before", audit->before);
    bind_text(&query, ":after", audit->after);
    return query_run_done(&query);
}

int store_list_history(struct store *store, int64_t meeting, int64_t since, int limit,
                       bool (*each)(const struct history_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_HISTORY);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":since", since);
    bind_int(&query, ":limit", limit);
    while (query_list(&query)) {
        struct history_row row = {.at = next_int(&query)};
        row.who = next_text(&query);
        row.what = next_text(&query);
        row.before = next_text(&query);
        row.after = next_text(&query);
        row.attendee_name = next_text(&query);
        row.attendee_mail = next_text(&query);
        row.revision = next_int(&query);
        if (!each(&row, context))
            break;
    }
    return query_list_end(&query);
}

int store_list_letters(struct store *store, int64_t meeting, int limit,
                       bool (*each)(const struct letter_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_LETTERS);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":limit", limit);
    while (query_list(&query)) {
        struct letter_row row = {.kind = next_text(&query)};
        row.to = next_text(&query);
        row.name = next_text(&query);
        row.state = next_text(&query);
        row.error = next_text(&query);
        row.attempts = (int)next_int(&query);
        row.created_at = next_int(&query);
        row.done_at = next_int(&query);
        if (!each(&row, context))
            break;
    }
    return query_list_end(&query);
}
