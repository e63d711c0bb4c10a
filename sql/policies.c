/* Meetings as the module must know them. */
#include "sql/store_internal.h"
#include "sql/store_rooms.h"

#include <stdlib.h>

/* Who may moderate; freed by moderators_free. */
struct moderators {
    struct arena arena;
    const char **refs, **accounts;
    size_t count, room;
};

static void moderators_add(struct moderators *list, const char *ref, const char *account)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 8;
        list->refs = mem_resize(list->refs, list->room * sizeof *list->refs);
        list->accounts = mem_resize(list->accounts, list->room * sizeof *list->accounts);
    }
    list->refs[list->count] = arena_dup(&list->arena, ref);
    list->accounts[list->count++] = arena_dup(&list->arena, account);
}

static int moderators_read(struct store *store, int64_t meeting, struct moderators *list)
{
    struct query query = query_open(store, STMT_LIST_MODERATORS);
    bind_int(&query, ":meeting", meeting);
    int status;
    while ((status = query_step(&query)) > 0) {
        const char *ref = next_text(&query);
        moderators_add(list, ref, next_text(&query));
    }
    query_close(&query);
    return status;
}

static void moderators_free(struct moderators *list)
{
    free(list->refs);
    free(list->accounts);
    arena_free(&list->arena);
}

/* Lends the meetings of a query as policies; closes it. */
static int list_policies(struct store *store, struct query *query,
                         bool (*each)(const struct policy_row *row, void *context), void *context)
{
    int status, count = 0;
    bool more = true;
    store->lists++;
    while (more && (status = query_step(query)) > 0) {
        struct policy_row row = {0};
        struct moderators moderators = {0};
        next_meeting(query, &row.meeting);
        status = moderators_read(store, row.meeting.id, &moderators);
        row.moderators = moderators.refs;
        row.accounts = moderators.accounts;
        row.moderator_count = moderators.count;
        more = status >= 0 && each(&row, context);
        count++;
        moderators_free(&moderators);
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
