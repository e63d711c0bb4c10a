/* The rule at the end of a zone's file, for all time after its last change (POSIX TZ, RFC 8536 3.3.1). */
#include "proto/zone_data.h"

#include <string.h>

enum { DAY = 86400, HOUR = 3600, EVENTS = 10 /* two a year, of five years */ };

struct reader {
    const char *at, *end;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool read_byte(struct reader *reader, char byte)
{
    if (reader->at == reader->end || *reader->at != byte)
        return false;
    reader->at++;
    return true;
}

static bool read_number(struct reader *reader, int least, int most, int *number)
{
    if (reader->at == reader->end || !is_digit(*reader->at))
        return false;
    for (*number = 0; reader->at < reader->end && is_digit(*reader->at); reader->at++) {
        *number = *number * 10 + (*reader->at - '0');
        if (*number > most)
            return false;
    }
    return *number >= least;
}

/* CET or <+03> */
static bool read_abbreviation(struct reader *reader, struct zone_type *type)
{
    bool quoted = read_byte(reader, '<');
    size_t size = 0;
    for (; reader->at < reader->end; reader->at++) {
        char byte = *reader->at;
        if (!is_letter(byte) && !(quoted && (is_digit(byte) || byte == '+' || byte == '-')))
            break;
        if (size == ZONE_ABBREVIATION_MAX)
            return false;
        type->abbreviation[size++] = byte;
    }
    type->abbreviation[size] = 0;
    return size >= 3 && (!quoted || read_byte(reader, '>'));
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool read_time(struct reader *reader, int hours_most, int *seconds)
{
    bool negative = read_byte(reader, '-');
    if (!negative)
        read_byte(reader, '+');
    int hours, minutes = 0, rest = 0;
    if (!read_number(reader, 0, hours_most, &hours))
        return false;
    if (read_byte(reader, ':')) {
        if (!read_number(reader, 0, 59, &minutes))
            return false;
        if (read_byte(reader, ':') && !read_number(reader, 0, 59, &rest))
            return false;
    }
    *seconds = (hours * HOUR + minutes * 60 + rest) * (negative ? -1 : 1);
    return true;
}

static bool read_day(struct reader *reader, struct zone_day *day)
{
    day->time = 2 * HOUR;
    if (!read_byte(reader, ','))
        return false;
    if (read_byte(reader, 'M')) {
        day->form = ZONE_DAY_MONTH;
        if (!read_number(reader, 1, 12, &day->month) || !read_byte(reader, '.') ||
            !read_number(reader, 1, 5, &day->week) || !read_byte(reader, '.') ||
            !read_number(reader, 0, 6, &day->weekday))
            return false;
    } else {
        day->form = read_byte(reader, 'J') ? ZONE_DAY_JULIAN : ZONE_DAY_ORDINAL;
        if (!read_number(reader, day->form == ZONE_DAY_JULIAN, 365, &day->day))
            return false;
    }
    return !read_byte(reader, '/') || read_time(reader, 167, &day->time);
}

/* POSIX counts offsets to the west. */
static bool read_offset(struct reader *reader, struct zone_type *type)
{
    int west;
    if (!read_time(reader, 24, &west))
        return false;
    type->offset = -west;
    return true;
}

bool zone_rule_read(struct zone_rule *rule, const char *string, size_t size)
{
    struct reader reader = {string, string + size};
    *rule = (struct zone_rule){.known = size > 0};
    if (size == 0)
        return true;
    if (!read_abbreviation(&reader, &rule->standard) || !read_offset(&reader, &rule->standard))
        return false;
    if (reader.at == reader.end)
        return true;
    rule->alternate = true;
    rule->daylight.dst = true;
    rule->daylight.offset = rule->standard.offset + HOUR;
    if (!read_abbreviation(&reader, &rule->daylight))
        return false;
    if (reader.at < reader.end && *reader.at != ',' && !read_offset(&reader, &rule->daylight))
        return false;
    return read_day(&reader, &rule->daylight_from) && read_day(&reader, &rule->standard_from) &&
           reader.at == reader.end;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Seconds from 1970-01-01T00:00:00 to the change in that year, on the clock that it ends. */
static int64_t day_seconds(const struct zone_day *day, int year)
{
    int64_t first = wall_days(year, day->form == ZONE_DAY_MONTH ? day->month : 1, 1), days = first;
    switch (day->form) {
    case ZONE_DAY_MONTH: {
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        int64_t next = day->month == 12 ? wall_days(year + 1, 1, 1) : wall_days(year, day->month + 1, 1);
        days += (day->weekday - weekday + 7) % 7 + 7 * (int64_t)(day->week - 1);
        if (days >= next)
            days -= 7;
        break;
    }
    case ZONE_DAY_JULIAN:
        days += day->day - 1 + (is_leap(year) && day->day >= 60);
        break;
    case ZONE_DAY_ORDINAL:
        days += day->day;
        break;
    }
    return days * DAY + day->time;
}

struct event {
    int64_t at;
    const struct zone_type *to;
};

/* The changes around `at` in order. Where summer time begins in the very second that it ends (it is for
 * ever), the beginning comes behind. */
static void rule_events(const struct zone_rule *rule, int64_t at, struct event events[EVENTS])
{
    int year = wall_from_seconds(at).year - 2;
    for (size_t count = 0; count < EVENTS; year++)
        for (int daylight = 0; daylight < 2; daylight++, count++) {
            const struct zone_day *day = daylight ? &rule->daylight_from : &rule->standard_from;
            const struct zone_type *before = daylight ? &rule->standard : &rule->daylight;
            struct event event = {day_seconds(day, year) - before->offset,
                                  daylight ? &rule->daylight : &rule->standard};
            size_t i = count;
            for (; i > 0 && (events[i - 1].at > event.at || (events[i - 1].at == event.at && !daylight)); i--)
                events[i] = events[i - 1];
            events[i] = event;
        }
}

const struct zone_type *zone_rule_at(const struct zone_rule *rule, int64_t at)
{
    const struct zone_type *type = &rule->standard;
    if (!rule->alternate)
        return type;
    struct event events[EVENTS] = {0};
    rule_events(rule, at, events);
    for (size_t i = 0; i < EVENTS && events[i].at <= at; i++)
        type = events[i].to;
    return type;
}

/* Finds the first change behind `at`, or the last up to it. */
static bool rule_change(const struct zone_rule *rule, int64_t at, bool next, struct zone_change *change)
{
    bool found = false;
    struct event events[EVENTS] = {0};
    if (!rule->alternate)
        return false;
    rule_events(rule, at, events);
    /* The first only tells the state, and the last may have a partner of the same second that is not here. */
    const struct zone_type *from = NULL;
    for (size_t i = 0; i < EVENTS - 1; i++) {
        if (events[i + 1].at == events[i].at)
            continue;
        const struct zone_type *to = events[i].to;
        if (from && from->offset != to->offset && (events[i].at > at) == next) {
            *change = (struct zone_change){events[i].at, from, to};
            found = true;
            if (next)
                break;
        }
        from = to;
    }
    return found;
}

bool zone_rule_next(const struct zone_rule *rule, int64_t at, struct zone_change *change)
{
    return rule_change(rule, at, true, change);
}

bool zone_rule_previous(const struct zone_rule *rule, int64_t at, struct zone_change *change)
{
    return rule_change(rule, at, false, change);
}
