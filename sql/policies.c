/* Meetings as the module must know them. */
#include "sql/store_internal.h"
#include "sql/store_rooms.h"

#include <stdlib.h>

/* Who may moderate; freed by moderators_free. */
struct moderators {
    struct arena arena;
    const char **refs, **accounts;
    size_t count, refs_room, accounts_room;
};

static void moderators_add(struct moderators *list, const char *ref, const char *account)
{
    list->refs = mem_grow(list->refs, list->count, &list->refs_room, sizeof *list->refs);
    list->accounts = mem_grow(list->accounts, list->count, &list->accounts_room, sizeof *list->accounts);
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
static int list_policies(struct query *query, bool (*each)(const struct policy_row *row, void *context),
                         void *context)
{
    bool good = true, more = true;
    while (more && query_list(query)) {
        struct policy_row row = {0};
        struct moderators moderators = {0};
        next_meeting(query, &row.meeting);
        good = moderators_read(query->store, row.meeting.id, &moderators) >= 0;
        row.moderators = moderators.refs;
        row.accounts = moderators.accounts;
        row.moderator_count = moderators.count;
        more = good && each(&row, context);
        moderators_free(&moderators);
    }
    int listed = query_list_end(query);
    return good ? listed : -1;
}

int store_list_policies(struct store *store, int64_t from, int64_t to,
                        bool (*each)(const struct policy_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_POLICIES);
    bind_int(&query, ":from", from);
    bind_int(&query, ":to", to);
    return list_policies(&query, each, context);
}

int store_room_policy(struct store *store, const char *room, int64_t now,
                      bool (*each)(const struct policy_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_ROOM_POLICY);
    bind_text(&query, ":room", room);
    bind_int(&query, ":now", now);
    return list_policies(&query, each, context);
}
