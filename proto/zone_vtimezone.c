/* A zone as calendars carry it (RFC 5545 3.6.5), as far as the events in them need it. */
#include "proto/zone_data.h"

#include <string.h>

enum {
    DAY = 86400,
    TWO_DAYS = 2 * DAY,
    CHANGES_MAX = 400 /* two a year for two centuries: a bound on a calendar's size */
};

/* Calendars write four digits of a year. */
static const int64_t INSTANT_LEAST = -62000000000, INSTANT_MOST = 253400000000;

static int64_t clamp(int64_t at)
{
    return at < INSTANT_LEAST ? INSTANT_LEAST : at > INSTANT_MOST ? INSTANT_MOST : at;
}

static void add_wall(struct text *text, const char *property, int64_t seconds)
{
    struct wall wall = wall_from_seconds(seconds);
    text_addf(text, "%s:%04d%02d%02dT%02d%02d%02d\r\n", property, wall.year, wall.month, wall.day, wall.hour,
              wall.minute, wall.second);
}

static void add_offset(struct text *text, const char *property, int offset)
{
    int east = offset < 0 ? -offset : offset;
    text_addf(text, "%s:%c%02d%02d", property, offset < 0 ? '-' : '+', east / 3600, east / 60 % 60);
    if (east % 60)
        text_addf(text, "%02d", east % 60);
    text_add(text, "\r\n");
}

/* Summer time is what is ahead, whatever tzdata calls it: Ireland's and Morocco's standard time is the one
 * that it is in summer, and readers do not expect a DAYLIGHT that goes back. */
static bool is_daylight(const struct zone_change *change)
{
    return (change->from->dst || change->to->dst) && change->to->offset > change->from->offset;
}

/* A component without its end: `onset` is in seconds of the clock before the change. */
static void open_component(struct text *text, bool daylight, const struct zone_change *change, int64_t onset)
{
    text_add(text, daylight ? "BEGIN:DAYLIGHT\r\n" : "BEGIN:STANDARD\r\n");
    add_wall(text, "DTSTART", onset);
    add_offset(text, "TZOFFSETFROM", change->from->offset);
    add_offset(text, "TZOFFSETTO", change->to->offset);
    text_addf(text, "TZNAME:%s\r\n", change->to->abbreviation);
}

static void close_component(struct text *text, bool daylight)
{
    text_add(text, daylight ? "END:DAYLIGHT\r\n" : "END:STANDARD\r\n");
}

/* Adds the RRULE of a day of each year; false when none says it in a way that all readers know. A time under
 * 0 h or from 24 h on moves the days: the Friday after the 4th Thursday is the Friday of 23 to 29. */
static bool add_recurrence(struct text *text, const struct zone_day *day)
{
    static const char *const names[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
    int shift = day->time / DAY - (day->time % DAY < 0);
    int first = day->week == 5 ? -7 : 7 * day->week - 6; /* of the seven days of the month that it can be */
    if (day->form != ZONE_DAY_MONTH)
        return false;
    const char *name = names[((day->weekday + shift) % 7 + 7) % 7];
    if (shift == 0) {
        text_addf(text, "RRULE:FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s\r\n", day->month,
                  day->week == 5 ? -1 : day->week, name);
        return true;
    }
    first += shift;
    int last = first + 6;
    if ((day->week == 5) != (first < 0) || (day->week == 5) != (last < 0) || first == 0 ||
        last > 28 + (day->month != 2) * 2)
        return false;
    text_addf(text, "RRULE:FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=", day->month);
    for (int i = first; i <= last; i++)
        text_addf(text, "%d%s", i, i < last ? "," : "");
    text_addf(text, ";BYDAY=%s\r\n", name);
    return true;
}

static bool changes_equal(const struct zone_change *a, const struct zone_change *b)
{
    return a->at == b->at && a->from->offset == b->from->offset && a->to->offset == b->to->offset &&
           strcmp(a->to->abbreviation, b->to->abbreviation) == 0;
}

/* Does the rule alone give every change of after..to? Behind the table's last transition it does anyhow. */
static bool rule_governs(const struct zone *zone, int64_t after, int64_t to)
{
    struct zone_change change, ruled;
    for (int64_t at = after; zone_change_next(zone, at, &change); at = change.at) {
        if (!zone_rule_next(&zone->rule, at, &ruled))
            return false;
        if (change.at > to && ruled.at > to)
            return true;
        if (!changes_equal(&change, &ruled))
            return false;
        if (zone->count == 0 || at >= zone->times[zone->count - 1])
            return true;
    }
    return false;
}

/* Two components that go on for ever; false, and nothing added, when that would not be right. */
static bool add_rule(struct text *text, const struct zone *zone, int64_t from, int64_t to)
{
    struct zone_change changes[2];
    if (!zone_change_previous(zone, from, &changes[1]) || changes[1].at < 0 ||
        !zone_change_previous(zone, changes[1].at - 1, &changes[0]) || changes[0].at < 0 ||
        !rule_governs(zone, changes[0].at - 1, to))
        return false;
    size_t size = text->size;
    for (int i = 0; i < 2; i++) {
        bool to_daylight = changes[i].to->offset == zone->rule.daylight.offset;
        open_component(text, is_daylight(&changes[i]), &changes[i], changes[i].at + changes[i].from->offset);
        if (!add_recurrence(text, to_daylight ? &zone->rule.daylight_from : &zone->rule.standard_from)) {
            text->size = size;
            text->data[size] = 0;
            return false;
        }
        close_component(text, is_daylight(&changes[i]));
    }
    return true;
}

static bool same_component(const struct zone_change *a, const struct zone_change *b)
{
    return a->from->offset == b->from->offset && a->to->offset == b->to->offset &&
           is_daylight(a) == is_daylight(b) && strcmp(a->to->abbreviation, b->to->abbreviation) == 0;
}

/* The changes of from..to one by one, and the one that holds at `from`. */
static size_t collect_changes(const struct zone *zone, int64_t from, int64_t to,
                              struct zone_change changes[CHANGES_MAX])
{
    size_t count = zone_change_previous(zone, from, &changes[0]) && changes[0].at >= 0;
    while (count < CHANGES_MAX && zone_change_next(zone, from, &changes[count]) && changes[count].at <= to)
        from = changes[count++].at;
    return count;
}

/* The onsets of the kind of change i from i on as RDATE, when there are several: the first too, though it is
 * DTSTART already, since ical.js (and libical before it) passes over the DTSTART of what has an RDATE. */
static void add_onsets(struct text *text, const struct zone_change *changes, size_t count, size_t i,
                       bool *added)
{
    bool several = false;
    for (size_t j = i + 1; j < count && !several; j++)
        several = same_component(&changes[i], &changes[j]);
    for (size_t j = i; j < count && several; j++) {
        if (!same_component(&changes[i], &changes[j]))
            continue;
        add_wall(text, "RDATE", changes[j].at + changes[j].from->offset);
        added[j] = true;
    }
}

/* Each kind of change once. `standard`: there is a STANDARD already; without any, the DAYLIGHT of a zone that
 * went ahead and stayed there is one, since some readers choke on a DAYLIGHT alone. */
static void add_changes(struct text *text, const struct zone_change *changes, size_t count, bool standard)
{
    bool added[CHANGES_MAX] = {false};
    for (size_t i = 0; i < count; i++)
        standard = standard || !is_daylight(&changes[i]);
    for (size_t i = 0; i < count; i++) {
        bool daylight = standard && is_daylight(&changes[i]);
        if (added[i])
            continue;
        open_component(text, daylight, &changes[i], changes[i].at + changes[i].from->offset);
        add_onsets(text, changes, count, i, added);
        close_component(text, daylight);
    }
}

/* Without a change since 1970 what holds at `from` starts then: many readers choke on years before. */
static void add_fixed(struct text *text, const struct zone *zone, int64_t from)
{
    const struct zone_type *type = zone_type_at(zone, from);
    struct zone_change change = {0, type, type};
    open_component(text, false, &change, from < TWO_DAYS ? from - TWO_DAYS : 0);
    close_component(text, false);
}

static void write_vtimezone(struct text *text, const struct zone *zone, int64_t from, int64_t to)
{
    text_addf(text, "BEGIN:VTIMEZONE\r\nTZID:%s\r\n", zone->name);
    if (!add_rule(text, zone, from, to)) {
        struct zone_change changes[CHANGES_MAX];
        size_t count = collect_changes(zone, from, to, changes);
        bool fixed = count == 0 || changes[0].at > from;
        if (fixed)
            add_fixed(text, zone, from);
        add_changes(text, changes, count, fixed);
    }
    text_add(text, "END:VTIMEZONE\r\n");
}

static int64_t begin_of_year(int year)
{
    return wall_seconds(&(struct wall){.year = year, .month = 1, .day = 1});
}

/* Every feed and letter has some, and they are dear: what is written is right for two whole years at least,
 * so that the next one finds it written. */
void zone_add_vtimezone(struct text *text, const struct zone *zone, int64_t from, int64_t to)
{
    int first = wall_from_seconds(clamp(from)).year, last = wall_from_seconds(clamp(to)).year;
    from = clamp(begin_of_year(first));
    to = clamp(begin_of_year((last > first ? last : first + 1) + 1));
    struct zone_kept *kept = zone->kept;
    struct zone_block *block = kept->blocks;
    while (block < kept->blocks + ZONE_BLOCKS &&
           !(block->text.size && block->from == from && block->to == to))
        block++;
    if (block == kept->blocks + ZONE_BLOCKS) {
        block = &kept->blocks[kept->next++ % ZONE_BLOCKS];
        block->from = from;
        block->to = to;
        text_clear(&block->text);
        write_vtimezone(&block->text, zone, from, to);
    }
    text_add_bytes(text, block->text.data, block->text.size);
}
