/* Time zones: local time to UTC and back, from the bytes of TZif files (RFC 8536). Nothing global, no TZ
 * variable: libc's own is one zone a process, and libical's is wrong in gaps and overlaps. */
#ifndef PROTO_ZONE_H
#define PROTO_ZONE_H

#include "proto/text.h"

#include <stdbool.h>
#include <stdint.h>

struct zone;
struct zones; /* all that were added, by name */

/* A time on a wall: proleptic Gregorian, month and day from 1; weekday 0 is Monday. */
struct wall {
    int year, month, day, hour, minute, second, weekday;
};

struct zones *zones_new(void);
/* Reads one TZif file (version 2 or later); `bytes` are copied as needed. < 0: malformed, nothing is added.
 * Later names win. */
int zones_add(struct zones *zones, const char *name, const void *bytes, size_t size);
const struct zone *zones_find(const struct zones *zones, const char *name); /* NULL: no such zone */
/* Reads a table of tzdata (zone.tab: a zone a line, its name the third of the columns that tabs part, #
 * begins a comment): people choose from these, where they are, and from UTC; the others are names of former
 * times. */
void zones_offer(struct zones *zones, const char *table, size_t size);
/* Calls with each name that is offered, in alphabetical order; with all while no table was read. */
void zones_each(const struct zones *zones, void (*each)(const char *name, void *context), void *context);
void zones_free(struct zones *zones);

const char *zone_name(const struct zone *zone);
/* Seconds east of UTC at `at`; *dst and *abbreviation (borrowed from the zone) may be NULL. */
int zone_offset(const struct zone *zone, int64_t at, bool *dst, const char **abbreviation);
struct wall zone_wall(const struct zone *zone, int64_t at);
/* The instant of a wall time. In a gap: as if the offset before it went on (02:30 in Paris's gap is 01:30Z);
 * in an overlap: the first occurrence (RFC 5545 3.3.5). */
int64_t zone_instant(const struct zone *zone, const struct wall *wall);
/* The stretch of one offset around `at`: it holds for since..until, INT64_MIN and INT64_MAX where there is no
 * change. Who asks for many times near each other keeps it. */
struct zone_stretch {
    int64_t since, until;
    int offset;
};
struct zone_stretch zone_stretch_at(const struct zone *zone, int64_t at);
/* The next change of offset after `at`, or INT64_MAX. */
int64_t zone_next_change(const struct zone *zone, int64_t at);
/* A small VTIMEZONE (RFC 5545 3.6.5, CRLF lines) with TZID the zone's name, right for all instants of
 * from..to. */
void zone_add_vtimezone(struct text *text, const struct zone *zone, int64_t from, int64_t to);

/* Calendar arithmetic without a zone. */
int64_t
wall_seconds(const struct wall *wall); /* since 1970-01-01T00:00:00 on the same wall; weekday is not read */
struct wall wall_from_seconds(int64_t seconds);
bool wall_is_valid(const struct wall *wall); /* ranges, days of the month; years 1970 to 9999 */

#endif
