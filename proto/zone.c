#include "proto/zone_data.h"

#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

enum { ZONE_NAME_MAX = 64 };

struct zones {
    size_t count, room;
    struct zone **list; /* by name */
    bool chosen;        /* a table said which of them are offered */
};

struct zones *zones_new(void)
{
    return mem_alloc(sizeof(struct zones));
}

static void zone_free(struct zone *zone)
{
    for (size_t i = 0; zone->kept && i < ZONE_BLOCKS; i++)
        text_free(&zone->kept->blocks[i].text);
    free(zone->kept);
    free(zone->name);
    free(zone->times);
    free(zone->types_at);
    free(zone->types);
    free(zone);
}

void zones_free(struct zones *zones)
{
    if (!zones)
        return;
    for (size_t i = 0; i < zones->count; i++)
        zone_free(zones->list[i]);
    free(zones->list);
    free(zones);
}

/* The index of the first zone whose name is not before `name`. */
static size_t zones_index(const struct zones *zones, const char *name)
{
    size_t low = 0, high = zones->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(zones->list[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct zone *zones_find(const struct zones *zones, const char *name)
{
    size_t index = name ? zones_index(zones, name) : zones->count;
    return index < zones->count && strcmp(zones->list[index]->name, name) == 0 ? zones->list[index] : NULL;
}

void zones_each(const struct zones *zones, void (*each)(const char *name, void *context), void *context)
{
    for (size_t i = 0; i < zones->count; i++)
        if (zones->list[i]->offered || !zones->chosen)
            each(zones->list[i]->name, context);
}

/* A name that is not closed by a 0. */
static void offer(struct zones *zones, const char *name, size_t size)
{
    char closed[ZONE_NAME_MAX + 1] = "";
    if (size > ZONE_NAME_MAX)
        return;
    memcpy(closed, name, size);
    size_t index = zones_index(zones, closed);
    if (index < zones->count && strcmp(zones->list[index]->name, closed) == 0)
        zones->list[index]->offered = zones->chosen = true;
}

/* The third column of a line, or NULL; *size gets its bytes. */
static const char *third_column(const char *line, const char *end, size_t *size)
{
    for (int i = 0; i < 2 && line; i++) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        line = tab ? tab + 1 : NULL;
    }
    const char *stop = line ? memchr(line, '\t', (size_t)(end - line)) : NULL;
    *size = line ? (size_t)((stop ? stop : end) - line) : 0;
    return line;
}

void zones_offer(struct zones *zones, const char *table, size_t size)
{
    const char *end = table + size;
    while (table < end) {
        const char *stop = memchr(table, '\n', (size_t)(end - table));
        size_t length;
        const char *name = third_column(table, stop ? stop : end, &length);
        if (*table != '#' && name)
            offer(zones, name, length);
        table = stop ? stop + 1 : end;
    }
    if (zones->chosen)
        offer(zones, "UTC", 3);
}

static void zones_insert(struct zones *zones, struct zone *zone)
{
    size_t index = zones_index(zones, zone->name);
    if (index < zones->count && strcmp(zones->list[index]->name, zone->name) == 0) {
        zone_free(zones->list[index]);
        zones->list[index] = zone;
        return;
    }
    zones->list = mem_grow(zones->list, zones->count, &zones->room, sizeof(struct zone *));
    memmove(&zones->list[index + 1], &zones->list[index], (zones->count - index) * sizeof(struct zone *));
    zones->list[index] = zone;
    zones->count++;
}

/* A name goes into calendars as it is, so it has nothing that they would have to escape or fold. */
static bool name_is_valid(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/.";
    size_t size = strlen(name);
    return size > 0 && size <= ZONE_NAME_MAX && strspn(name, allowed) == size;
}

int zones_add(struct zones *zones, const char *name, const void *bytes, size_t size)
{
    struct zone *zone = mem_alloc(sizeof *zone);
    if (!name_is_valid(name) || !zone_file_read(zone, bytes, size)) {
        zone_free(zone);
        return -1;
    }
    zone->name = mem_dup(name);
    zone->kept = mem_alloc(sizeof *zone->kept);
    zones_insert(zones, zone);
    return 1;
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

/* How many transitions are not after `at`. */
static size_t transitions_until(const struct zone *zone, int64_t at)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->times[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What holds between transition `passed` - 1 and the next one of the table; the rule takes over at the last.
 */
static const struct zone_type *type_after(const struct zone *zone, size_t passed, int64_t at)
{
    if (passed == zone->count && zone->rule.known)
        return zone_rule_at(&zone->rule, at);
    return &zone->types[passed ? zone->types_at[passed - 1] : 0];
}

const struct zone_type *zone_type_at(const struct zone *zone, int64_t at)
{
    return type_after(zone, transitions_until(zone, at), at);
}

/* Transition `index` of the table; false when it leaves the offset as it was. */
static bool table_change(const struct zone *zone, size_t index, struct zone_change *change)
{
    int64_t at = zone->times[index];
    change->at = at;
    change->from = &zone->types[index ? zone->types_at[index - 1] : 0];
    change->to = type_after(zone, index + 1, at);
    return change->from->offset != change->to->offset;
}

bool zone_change_next(const struct zone *zone, int64_t at, struct zone_change *change)
{
    for (size_t i = transitions_until(zone, at); i < zone->count; i++)
        if (table_change(zone, i, change))
            return true;
    int64_t last = zone->count ? zone->times[zone->count - 1] : at;
    return zone->rule.known && zone_rule_next(&zone->rule, at > last ? at : last, change);
}

bool zone_change_previous(const struct zone *zone, int64_t at, struct zone_change *change)
{
    size_t passed = transitions_until(zone, at);
    if (passed == zone->count && zone->rule.known && zone_rule_previous(&zone->rule, at, change) &&
        (passed == 0 || change->at > zone->times[passed - 1]))
        return true;
    for (; passed; passed--)
        if (table_change(zone, passed - 1, change))
            return true;
    return false;
}

int zone_offset(const struct zone *zone, int64_t at, bool *dst, const char **abbreviation)
{
    const struct zone_type *type = zone_type_at(zone, at);
    if (dst)
        *dst = type->dst;
    if (abbreviation)
        *abbreviation = type->abbreviation;
    return type->offset;
}

struct zone_stretch zone_stretch_at(const struct zone *zone, int64_t at)
{
    struct zone_stretch stretch = {INT64_MIN, INT64_MAX, zone_type_at(zone, at)->offset};
    struct zone_change change;
    if (zone_change_previous(zone, at, &change))
        stretch.since = change.at;
    if (zone_change_next(zone, at, &change))
        stretch.until = change.at;
    return stretch;
}

int64_t zone_next_change(const struct zone *zone, int64_t at)
{
    struct zone_change change;
    return zone_change_next(zone, at, &change) ? change.at : INT64_MAX;
}

struct wall zone_wall(const struct zone *zone, int64_t at)
{
    int offset = zone_type_at(zone, at)->offset;
    return wall_from_seconds(
        at > INT64_MAX - ZONE_OFFSET_MOST || at < INT64_MIN - (int64_t)ZONE_OFFSET_LEAST ? at : at + offset);
}

/* Walks over the stretches of one offset from before the earliest instant that the wall time can mean. A
 * stretch that it falls into gives the instant; when it falls between two, the offset before counts. */
int64_t zone_instant(const struct zone *zone, const struct wall *wall)
{
    int64_t local = wall_seconds(wall), from = local - ZONE_OFFSET_MOST;
    int64_t at = local - zone_type_at(zone, from)->offset;
    struct zone_change change;
    while (zone_change_next(zone, from, &change) && at >= change.at) {
        if (local - change.to->offset < change.at)
            break;
        from = change.at;
        at = local - change.to->offset;
    }
    return at;
}
