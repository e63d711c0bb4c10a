/* Meetings as the module must know them. */
#include "sql/store_internal.h"
#include "sql/store_rooms.h"

#include <stdlib.h>

/* Who may moderate, in the arena: an array that the caller frees, or NULL. < 0: broken. */
static int read_moderators(struct store *store, int64_t meeting, struct arena *arena,
                           const char ***moderators, size_t *count)
{
    const char **list = NULL;
    size_t used = 0, room = 0;
    struct query query = query_open(store, STMT_LIST_MODERATORS);
    bind_int(&query, ":meeting", meeting);
    int status;
    while ((status = query_step(&query)) > 0) {
        if (used == room) {
            room = room ? room * 2 : 8;
            list = mem_resize(list, room * sizeof *list);
        }
        list[used++] = arena_dup(arena, next_text(&query));
    }
    query_close(&query);
    *moderators = list;
    *count = used;
    return status;
}

/* Lends the meetings of a query as policies; closes it. */
static int list_policies(struct store *store, struct query *query,
                         bool (*each)(const struct policy_row *row, void *context), void *context)
{
    int status, count = 0;
    bool more = true;
    store->lists++;
    while (more && (status = query_step(query)) > 0) {
        struct arena arena = {0};
        struct policy_row row = {0};
        const char **moderators = NULL;
        next_meeting(query, &row.meeting);
        status = read_moderators(store, row.meeting.id, &arena, &moderators, &row.moderator_count);
        row.moderators = moderators;
        more = status >= 0 && each(&row, context);
        count++;
        free(moderators);
        arena_free(&arena);
    }
    store->lists--;
    query_close(query);
    return status < 0 ? -1 : count > 0;
}

int store_list_policies(struct store *store, int64_t from, int64_t to,
                        bool (*each)(const struct policy_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_POLICIES);
    bind_int(&query, ":from", from);
    bind_int(&query, ":to", to);
    return list_policies(store, &query, each, context);
}

int store_room_policy(struct store *store, const char *room, int64_t now,
                      bool (*each)(const struct policy_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_ROOM_POLICY);
    bind_text(&query, ":room", room);
    bind_int(&query, ":now", now);
    return list_policies(store, &query, each, context);
}
