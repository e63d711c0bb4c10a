/* The rooms that the module holds a policy of, or shall: sorted by name, each with what was sent of it. */
#include "component/rooms_parts.h"

#include <stdlib.h>
#include <string.h>

static size_t place_of(const struct policies *policies, const char *node, bool *found)
{
    size_t low = 0, high = policies->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(policies->entries[middle].node, node);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

struct entry *table_entry(struct policies *policies, const char *node)
{
    bool found = false;
    size_t place = place_of(policies, node, &found);
    if (found)
        return &policies->entries[place];
    policies->entries =
        mem_grow(policies->entries, policies->count, &policies->room, sizeof *policies->entries);
    memmove(&policies->entries[place + 1], &policies->entries[place],
            (policies->count - place) * sizeof *policies->entries);
    policies->count++;
    policies->entries[place] =
        (struct entry){.node = mem_dup(node), .turn = NO_TURN, .recheck_at = INT64_MAX};
    return &policies->entries[place];
}

void table_remove(struct policies *policies, struct entry *entry)
{
    size_t place = (size_t)(entry - policies->entries);
    free(entry->node);
    memmove(entry, entry + 1, (policies->count - place - 1) * sizeof *entry);
    policies->count--;
}

void table_want(struct rooms *rooms, struct entry *entry, uint64_t turn)
{
    struct policies *policies = &rooms->policies;
    if (!entry->wanted) {
        entry->wanted = true;
        entry->since_ms = rooms_now_ms(rooms);
        policies->wanted++;
    }
    if (turn != NO_TURN && entry->turn == NO_TURN)
        policies->urgent++;
    if (turn < entry->turn)
        entry->turn = turn;
}

void table_satisfied(struct policies *policies, struct entry *entry)
{
    policies->wanted--;
    policies->urgent -= entry->turn != NO_TURN;
    entry->wanted = false;
    entry->turn = NO_TURN;
}

void table_recheck(struct policies *policies, struct entry *entry, int64_t at)
{
    entry->recheck_at = at;
    if (at < policies->recheck_at)
        policies->recheck_at = at;
}

void table_want_rechecks(struct rooms *rooms, int64_t now)
{
    struct policies *policies = &rooms->policies;
    if (now < policies->recheck_at)
        return;
    policies->recheck_at = INT64_MAX;
    for (size_t i = 0; i < policies->count; i++) {
        struct entry *entry = &policies->entries[i];
        if (entry->recheck_at <= now) {
            entry->recheck_at = INT64_MAX;
            table_want(rooms, entry, NO_TURN);
        } else if (entry->recheck_at < policies->recheck_at) {
            policies->recheck_at = entry->recheck_at;
        }
    }
}

void table_want_all(struct rooms *rooms)
{
    for (size_t i = 0; i < rooms->policies.count; i++)
        table_want(rooms, &rooms->policies.entries[i], NO_TURN);
}

void table_want_of(struct rooms *rooms, int64_t meeting, int64_t owner, uint64_t turn)
{
    for (size_t i = 0; i < rooms->policies.count; i++) {
        struct entry *entry = &rooms->policies.entries[i];
        if ((meeting && entry->meeting == meeting) || (owner && entry->owner == owner))
            table_want(rooms, entry, turn);
    }
}
