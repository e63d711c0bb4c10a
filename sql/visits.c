/* Who was in rooms and who is, as it is read; and forgetting it. */
#include "sql/store_internal.h"
#include "sql/store_rooms.h"

int store_list_visits(struct store *store, int64_t meeting,
                      bool (*each)(const struct visit *visit, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_VISITS);
    bind_int(&query, ":meeting", meeting);
    while (query_list(&query)) {
        struct visit visit = {.id = next_int(&query)};
        visit.attendee = next_int(&query);
        visit.name = next_text(&query);
        visit.identity = next_text(&query);
        visit.verified = next_bool(&query);
        room_kind_read(next_text(&query), &visit.room_kind);
        visit.kind = occupant_kind_of(next_text(&query));
        visit.joined_ms = next_int(&query);
        visit.left_ms = next_int(&query);
        visit.uncertain = next_bool(&query);
        visit.moderator = next_bool(&query);
        if (!each(&visit, context))
            break;
    }
    return query_list_end(&query);
}

int store_list_moderators_present(struct store *store, int64_t meeting,
                                  bool (*each)(const struct present *present, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_MODERATORS_PRESENT);
    bind_int(&query, ":meeting", meeting);
    while (query_list(&query)) {
        struct present present;
        next_attendee(&query, &present.attendee);
        present.prosody = next_text(&query);
        present.room = next_text(&query);
        present.instance = next_text(&query);
        present.nick = next_text(&query);
        present.visit = next_int(&query);
        if (!each(&present, context))
            break;
    }
    return query_list_end(&query);
}

/* Visits before their rooms. */
int purge_unbooked(struct store *store, int64_t before_ms, int limit)
{
    static const enum statement purges[] = {STMT_PURGE_VISITS, STMT_PURGE_ROOMS, STMT_PURGE_REFUSALS};
    int64_t left = limit;
    for (size_t i = 0; i < sizeof purges / sizeof *purges && left > 0; i++) {
        int64_t before = sqlite3_total_changes64(store->db);
        struct query query = query_open(store, purges[i]);
        bind_int(&query, ":before", before_ms);
        bind_int(&query, ":limit", left);
        if (query_run(&query) < 0)
            return -1;
        left -= sqlite3_total_changes64(store->db) - before;
    }
    return left <= 0;
}

int store_purge_unbooked(struct store *store, int64_t before_ms, int limit)
{
    if (verb_begin(store) < 0)
        return -1;
    int more = purge_unbooked(store, before_ms, limit);
    return verb_end(store, more < 0 ? -1 : 1) < 0 ? -1 : more;
}
