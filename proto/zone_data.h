/* A zone's inside, between the files of zone only. */
#ifndef PROTO_ZONE_DATA_H
#define PROTO_ZONE_DATA_H

#include "proto/zone.h"

enum { ZONE_OFFSET_LEAST = -89999, ZONE_OFFSET_MOST = 93599 /* RFC 8536 3.2 */, ZONE_ABBREVIATION_MAX = 15 };

struct zone_type {
    int offset;
    bool dst;
    char abbreviation[ZONE_ABBREVIATION_MAX + 1];
};

/* A day of each year and a time of it, as POSIX TZ writes them. */
struct zone_day {
    enum { ZONE_DAY_MONTH /* Mm.w.d */, ZONE_DAY_JULIAN /* Jn */, ZONE_DAY_ORDINAL /* n */ } form;
    int month, week, weekday; /* MONTH: 1..12, 1..5 (5 is the last), 0 is Sunday */
    int day;                  /* JULIAN: 1..365, never 29 February; ORDINAL: 0..365 */
    int time;                 /* seconds from that day's midnight, -167 h..167 h (RFC 8536 3.3.1) */
};

/* What goes on for ever behind the last transition: the footer of a TZif file. */
struct zone_rule {
    bool known;     /* false: an empty footer */
    bool alternate; /* it changes twice a year; else `standard` alone */
    struct zone_type standard, daylight;
    struct zone_day daylight_from,
        standard_from; /* the time counts on the clock as it is before the change */
};

struct zone_change {
    int64_t at;
    const struct zone_type *from, *to;
};

/* A VTIMEZONE as it was written before. */
struct zone_block {
    int64_t from, to;
    struct text text; /* empty: none yet */
};

enum { ZONE_BLOCKS = 2 }; /* events near each other lie in two years */

struct zone_kept {
    unsigned next; /* to be written over */
    struct zone_block blocks[ZONE_BLOCKS];
};

struct zone {
    char *name;
    bool offered; /* people choose from these */
    struct zone_kept *kept;
    size_t count;
    int64_t *times; /* ascending */
    unsigned char *types_at;
    size_t type_count;
    struct zone_type *types; /* the first holds before the first transition */
    struct zone_rule rule;
};

/* Reads a POSIX TZ text (RFC 8536 3.3); false when it is none. An empty one is a rule that is not known. */
bool zone_rule_read(struct zone_rule *rule, const char *string, size_t size);
const struct zone_type *zone_rule_at(const struct zone_rule *rule, int64_t at);
/* The first change of offset after `at` (strictly), or the last one up to `at`. False: there is none. */
bool zone_rule_next(const struct zone_rule *rule, int64_t at, struct zone_change *change);
bool zone_rule_previous(const struct zone_rule *rule, int64_t at, struct zone_change *change);

/* Reads a TZif file (RFC 8536) into a zone of zeros. False: malformed; what was allocated is the zone's. */
bool zone_file_read(struct zone *zone, const void *bytes, size_t size);

/* The same for a whole zone. */
const struct zone_type *zone_type_at(const struct zone *zone, int64_t at);
bool zone_change_next(const struct zone *zone, int64_t at, struct zone_change *change);
bool zone_change_previous(const struct zone *zone, int64_t at, struct zone_change *change);

/* Days since 1970-01-01; any day number. */
int64_t wall_days(int year, int month, int day);

#endif
