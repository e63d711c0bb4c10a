#include "proto/when.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 86400, HOUR = 3600, MINUTE = 60 };

static const char *const weekdays[] = {
    NC_("weekday", "Monday"),   NC_("weekday", "Tuesday"), NC_("weekday", "Wednesday"),
    NC_("weekday", "Thursday"), NC_("weekday", "Friday"),  NC_("weekday", "Saturday"),
    NC_("weekday", "Sunday"),
};
static const char *const weekdays_short[] = {
    NC_("short weekday", "Mon"), NC_("short weekday", "Tue"), NC_("short weekday", "Wed"),
    NC_("short weekday", "Thu"), NC_("short weekday", "Fri"), NC_("short weekday", "Sat"),
    NC_("short weekday", "Sun"),
};
static const char *const months[] = {
    NC_("month", "January"),   NC_("month", "February"), NC_("month", "March"),    NC_("month", "April"),
    NC_("month", "May"),       NC_("month", "June"),     NC_("month", "July"),     NC_("month", "August"),
    NC_("month", "September"), NC_("month", "October"),  NC_("month", "November"), NC_("month", "December"),
};
static const char *const months_short[] = {
    NC_("short month", "Jan"), NC_("short month", "Feb"), NC_("short month", "Mar"),
    NC_("short month", "Apr"), NC_("short month", "May"), NC_("short month", "Jun"),
    NC_("short month", "Jul"), NC_("short month", "Aug"), NC_("short month", "Sep"),
    NC_("short month", "Oct"), NC_("short month", "Nov"), NC_("short month", "Dec"),
};

/* A number of at least `digits` digits: printf's costs more than all the rest of a time, and lists have many.
 */
static void add_number(struct text *text, int number, int digits)
{
    char bytes[12], *at = bytes + sizeof bytes;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number || bytes + sizeof bytes - at < digits);
    text_add_bytes(text, at, (size_t)(bytes + sizeof bytes - at));
}

/* Who reads, and where that one is. */
struct reader {
    const struct catalogue *catalogue;
    const struct zone *zone;
    enum when_style style;
    int64_t now;
};

static int64_t local_day(const struct wall *wall)
{
    const struct wall midnight = {.year = wall->year, .month = wall->month, .day = wall->day};
    return wall_seconds(&midnight) / DAY;
}

/* Thursday 3 December 2026 */
static void add_date(struct text *text, const struct reader *reader, const struct wall *wall, bool full,
                     bool year)
{
    const struct catalogue *c = reader->catalogue;
    char day[16], number[16];
    snprintf(day, sizeof day, "%d", wall->day);
    snprintf(number, sizeof number, "%d", wall->year);
    const struct text_place places[] = {
        {"weekday", full ? catalogue_context(c, "weekday", weekdays[wall->weekday])
                         : catalogue_context(c, "short weekday", weekdays_short[wall->weekday])},
        /* French writes the first day of a month as 1er. */
        {"day", wall->day == 1 ? catalogue_context(c, "day of the month", "1") : day},
        {"month", full ? catalogue_context(c, "month", months[wall->month - 1])
                       : catalogue_context(c, "short month", months_short[wall->month - 1])},
        {"year", number},
        {NULL, NULL}};
    text_add_places(text, year ? _(c, "{weekday} {day} {month} {year}") : _(c, "{weekday} {day} {month}"),
                    places);
}

/* today, tomorrow, Thursday: NULL when the day is further away. */
static const char *near_day(const struct reader *reader, const struct wall *wall, const struct wall *now)
{
    int64_t days = local_day(wall) - local_day(now);
    if (days == -1)
        return _(reader->catalogue, "yesterday");
    if (days == 0)
        return _(reader->catalogue, "today");
    if (days == 1)
        return _(reader->catalogue, "tomorrow");
    if (days > 1 && days < 7)
        return catalogue_context(reader->catalogue, "weekday", weekdays[wall->weekday]);
    return NULL;
}

/* The day in the reader's style. */
static void add_day(struct text *text, const struct reader *reader, const struct wall *wall)
{
    if (reader->style == WHEN_LONG || reader->style == WHEN_DATE) {
        add_date(text, reader, wall, true, true);
        return;
    }
    struct wall now = zone_wall(reader->zone, reader->now);
    const char *near = reader->style == WHEN_RELATIVE ? near_day(reader, wall, &now) : NULL;
    if (near)
        text_add(text, near);
    else
        add_date(text, reader, wall, false, wall->year != now.year);
}

/* 14:00, with the day before it unless the style or the reader knows it. */
static void add_moment(struct text *text, const struct reader *reader, const struct wall *wall, bool day)
{
    if (day && reader->style != WHEN_TIME) {
        add_day(text, reader, wall);
        if (reader->style == WHEN_DATE)
            return;
        text_add(text, reader->style == WHEN_LONG ? ", " : " ");
    }
    add_number(text, wall->hour, 2);
    text_add_char(text, ':');
    add_number(text, wall->minute, 2);
}

void when_add(struct text *text, const struct catalogue *catalogue, const struct zone *zone,
              enum when_style style, int64_t now, int64_t at)
{
    const struct reader reader = {catalogue, zone, style, now};
    struct wall wall = zone_wall(zone, at);
    add_moment(text, &reader, &wall, true);
}

void when_add_span(struct text *text, const struct catalogue *catalogue, const struct zone *zone,
                   enum when_style style, int64_t now, int64_t starts_at, int64_t ends_at)
{
    const struct reader reader = {catalogue, zone, style, now};
    struct wall start = zone_wall(zone, starts_at), end = zone_wall(zone, ends_at);
    int64_t days = local_day(&end) - local_day(&start);
    /* Midnight ends the evening before it: 22:00-00:00 is one day for people. */
    bool midnight = days == 1 && end.hour == 0 && end.minute == 0;
    add_moment(text, &reader, &start, true);
    if (days == 0 || midnight || style == WHEN_TIME) {
        if (style == WHEN_DATE)
            return;
        text_add(text, "\u2013");
        add_moment(text, &reader, &end, false);
    } else {
        text_add(text, " \u2013 ");
        add_moment(text, &reader, &end, true);
    }
}

static void add_part(struct text *text, size_t start, const char *pattern, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    if (text->size > start)
        text_add(text, " ");
    text_add_places(text, pattern, (const struct text_place[]){{"n", digits}, {NULL, NULL}});
}

const char *when_unit_words(const struct catalogue *catalogue, enum when_unit unit, int64_t number)
{
    switch (unit) {
    case WHEN_DAYS:
        return catalogue_plural(catalogue, "{n} day", "{n} days", (long)number);
    case WHEN_HOURS:
        return _(catalogue, "{n} h");
    case WHEN_MINUTES:
        return _(catalogue, "{n} min");
    default:
        return _(catalogue, "{n} s");
    }
}

void when_add_length(struct text *text, const struct catalogue *catalogue, int64_t seconds)
{
    int64_t length = seconds > 0 ? seconds : 0;
    const int64_t numbers[] = {[WHEN_DAYS] = length / DAY,
                               [WHEN_HOURS] = length / HOUR % 24,
                               [WHEN_MINUTES] = length / MINUTE % 60,
                               /* Nobody wants the seconds of hours. */
                               [WHEN_SECONDS] = length < HOUR ? length % MINUTE : 0};
    size_t start = text->size;
    for (enum when_unit unit = WHEN_DAYS; unit <= WHEN_SECONDS; unit++)
        if (numbers[unit] || (length == 0 && unit == WHEN_SECONDS))
            add_part(text, start, when_unit_words(catalogue, unit, numbers[unit]), numbers[unit]);
}

void when_add_zone(struct text *text, const struct zone *zone, int64_t at)
{
    int offset = zone_offset(zone, at, NULL, NULL), east = offset < 0 ? -offset : offset;
    const char *name = zone_name(zone);
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0) {
        text_add(text, "UTC");
        return;
    }
    for (; *name; name++)
        text_add_char(text, *name == '_' ? ' ' : *name);
    text_add(text, " (UTC");
    if (offset)
        text_addf(text, "%s%d", offset < 0 ? "\u2212" : "+", east / HOUR);
    if (east % HOUR)
        text_addf(text, ":%02d", east / MINUTE % 60);
    text_add(text, ")");
}

void when_add_machine(struct text *text, int64_t at)
{
    struct wall wall = wall_from_seconds(at);
    const struct {
        int number, digits;
        char behind;
    } parts[] = {{wall.year, 4, '-'}, {wall.month, 2, '-'},  {wall.day, 2, 'T'},
                 {wall.hour, 2, ':'}, {wall.minute, 2, ':'}, {wall.second, 2, 'Z'}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        add_number(text, parts[i].number, parts[i].digits);
        text_add_char(text, parts[i].behind);
    }
}

void when_add_mail(struct text *text, int64_t at)
{
    struct wall wall = wall_from_seconds(at);
    text_addf(text, "%s, %02d %s %04d %02d:%02d:%02d +0000", weekdays_short[wall.weekday], wall.day,
              months_short[wall.month - 1], wall.year, wall.hour, wall.minute, wall.second);
}
