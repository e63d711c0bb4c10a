/* A set of row ids: few in a turn, and the newest are asked for most. */
#include "sql/store_internal.h"

#include <stdlib.h>
#include <string.h>

void ids_add(struct ids *ids, int64_t id)
{
    if (ids_has(ids, id))
        return;
    ids->ids = mem_grow(ids->ids, ids->count, &ids->room, sizeof *ids->ids);
    ids->ids[ids->count++] = id;
}

bool ids_has(const struct ids *ids, int64_t id)
{
    for (size_t i = ids->count; i > 0; i--)
        if (ids->ids[i - 1] == id)
            return true;
    return false;
}

void ids_remove(struct ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->ids[i] == id) {
            memmove(ids->ids + i, ids->ids + i + 1, (ids->count - i - 1) * sizeof *ids->ids);
            ids->count--;
            return;
        }
}

void ids_free(struct ids *ids)
{
    free(ids->ids);
    *ids = (struct ids){0};
}
