/* TZif files, and the table of zones to choose from: whatever is accepted answers every question without
 * tripping, and consistently. */
#include "proto/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct zone *zone, int64_t at)
{
    bool dst;
    const char *abbreviation;
    int offset = zone_offset(zone, at, &dst, &abbreviation);
    struct wall wall = zone_wall(zone, at);
    struct zone_stretch stretch = zone_stretch_at(zone, at);
    if (at > -1000000000000 && at < 1000000000000) {
        /* A wall time has at most the instant itself and earlier ones. */
        if (wall_seconds(&wall) != at + offset || zone_instant(zone, &wall) > at)
            abort();
        if (stretch.since > INT64_MIN && zone_offset(zone, stretch.since - 1, NULL, NULL) == offset)
            abort();
    }
    if (stretch.offset != offset || stretch.since > at || (stretch.until <= at && stretch.until != INT64_MAX))
        abort();
    int64_t next = zone_next_change(zone, at);
    if (stretch.until != next)
        abort();
    if (next <= at && next != INT64_MAX)
        abort();
    if (next != INT64_MAX && zone_offset(zone, next, NULL, NULL) == zone_offset(zone, next - 1, NULL, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t instants[] = {INT64_MIN,  -10000000000, -1,         0,         1000000000,
                                       1743296400, 1792890000,   4102444800, INT64_MAX, INT64_MAX - 1};
    struct zones *zones = zones_new();
    if (zones_add(zones, "Fuzz/Zone", data, size) > 0) {
        const struct zone *zone = zones_find(zones, "Fuzz/Zone");
        for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
            ask(zone, instants[i]);
        struct text text = {0};
        zone_add_vtimezone(&text, zone, 1792890000, 1892890000);
        zone_add_vtimezone(&text, zone, INT64_MIN, INT64_MAX);
        text_free(&text);
    }
    zones_offer(zones, (const char *)data, size); /* the same bytes as a table of names */
    zones_free(zones);
    return 0;
}
