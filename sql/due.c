/* What time brings next, and the reminders that it brought. */
#include "sql/store_internal.h"

#include <string.h>

/* The first letter of one kind of urgency that is not handed out. */
static int first_letter(struct store *store, int urgent, int64_t *at)
{
    struct query query = query_open(store, STMT_DUE_LETTERS);
    bind_int(&query, ":urgent", urgent);
    int status;
    while ((status = query_step(&query)) > 0) {
        if (ids_has(&store->out, next_int(&query)))
            continue;
        *at = next_int(&query);
        break;
    }
    query_close(&query);
    return status;
}

static int find_next_due(struct store *store, int64_t *at)
{
    static const enum statement planned[] = {STMT_DUE_REMINDER, STMT_DUE_LETTER_PLAN};
    int64_t letter = 0, plan;
    int found = 0;
    for (size_t i = 0; i < sizeof planned / sizeof *planned && found >= 0; i++) {
        struct query query = query_open(store, planned[i]);
        int status = query_run_number(&query, &plan);
        if (status > 0 && (found == 0 || plan < *at))
            *at = plan;
        found = status < 0 ? -1 : found > 0 || status > 0;
    }
    for (int urgent = 0; urgent <= 1 && found >= 0; urgent++) {
        int status = first_letter(store, urgent, &letter);
        if (status > 0 && (found == 0 || letter < *at))
            *at = letter;
        found = status < 0 ? -1 : found > 0 || status > 0;
    }
    return found;
}

bool due_is_kept_in(const char *table)
{
    return strcmp(table, "reminder") == 0 || strcmp(table, "letter") == 0 ||
           strcmp(table, "letter_plan") == 0;
}

/* Four statements, each with its locks, cost more than what a join asks of the store. What goes with its
 * meeting (ON DELETE CASCADE), and what other programs write, shows in the next second. */
int store_next_due(struct store *store, int64_t now, int64_t *at)
{
    if (!store->due.known || store->due.asked_at != now || store->begun) {
        store->due.found = find_next_due(store, &store->due.at);
        store->due.known = store->due.found >= 0 && !store->begun;
        store->due.asked_at = now;
    }
    *at = store->due.at;
    return store->due.found;
}

int store_list_due(struct store *store, int64_t now, int limit,
                   bool (*each)(const struct due_reminder *reminder, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_DUE);
    bind_int(&query, ":now", now);
    bind_int(&query, ":limit", limit);
    while (query_list(&query)) {
        struct due_reminder reminder = {.id = next_int(&query)};
        reminder.kind = reminder_kind_of(next_text(&query));
        reminder.before = (int)next_int(&query);
        reminder.due_at = next_int(&query);
        reminder.meeting = next_int(&query);
        reminder.room = next_text(&query);
        reminder.subject = next_text(&query);
        reminder.language = next_text(&query);
        reminder.ends_at = next_int(&query);
        reminder.text = next_text(&query);
        reminder.first = next_bool(&query);
        if (!each(&reminder, context))
            break;
    }
    return query_list_end(&query);
}

static int reminder_done(struct store *store, int64_t id, int64_t said, int64_t now)
{
    struct query query = query_open(store, STMT_REMINDER_DONE);
    bind_int(&query, ":id", id);
    bind_int(&query, ":said", said);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_reminder_done(struct store *store, int64_t id, int64_t said, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, reminder_done(store, id, said, now));
}

int store_get_order(struct store *store, int64_t id, enum order_state *state, int64_t *said)
{
    struct query query = query_open(store, STMT_GET_ORDER);
    bind_int(&query, ":id", id);
    int status = query_step(&query);
    if (status > 0) {
        const char *word = next_text(&query);
        *state = strcmp(word, "waiting") == 0 ? ORDER_WAITING
                 : strcmp(word, "done") == 0  ? ORDER_DONE
                                              : ORDER_DROPPED;
        *said = next_int(&query);
    }
    query_close(&query);
    return status;
}

int store_count(struct store *store, struct store_counts *counts)
{
    struct query query = query_open(store, STMT_COUNTS);
    int status = query_step(&query);
    *counts = (struct store_counts){0};
    if (status > 0) {
        counts->meetings = next_int(&query);
        counts->letters_waiting = next_int(&query);
        counts->letters_failed = next_int(&query);
        counts->occupants = next_int(&query);
    }
    query_close(&query);
    return status;
}
