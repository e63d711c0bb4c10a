/* Calendars are written line by line, not through libical: measured, that took 17 us an event, where a whole
 * feed may cost 8, and this takes 4; its strings would need the same cleaning before (CN, URIs, control
 * characters), and its TZIDs and VTIMEZONEs would have to be replaced. What lines must be is a page of RFC
 * 5545 (calendar_line.c); the tests read them with libical and with Python's icalendar. */
#include "proto/calendar.h"

#include "proto/arena.h"
#include "proto/calendar_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A zone that events named, and the time within which they lie. */
struct zone_use {
    const struct zone *zone;
    int64_t from, to;
};

struct calendar {
    enum calendar_method method;
    char *name;
    struct text events;
    size_t zone_count;
    struct zone_use *zones;
};

struct calendar *calendar_open(enum calendar_method method, const char *name)
{
    struct calendar *calendar = mem_alloc(sizeof *calendar);
    calendar->method = method;
    calendar->name = mem_dup(name);
    return calendar;
}

static void note_zone(struct calendar *calendar, const struct zone *zone, int64_t from, int64_t to)
{
    struct zone_use *use = calendar->zones, *end = use ? use + calendar->zone_count : NULL;
    while (use < end && use->zone != zone)
        use++;
    if (use == end) {
        size_t count = ++calendar->zone_count;
        calendar->zones = mem_resize(calendar->zones, count * sizeof *calendar->zones);
        use = &calendar->zones[count - 1];
        *use = (struct zone_use){zone, from, to};
    }
    use->from = from < use->from ? from : use->from;
    use->to = to > use->to ? to : use->to;
}

/* A time on the wall of its zone, so that readers keep it when the rules of the zone change; in UTC when
 * there is no zone, or when the wall shows that time twice and it is the second (3.3.5 means the first). */
static void add_time(struct calendar *calendar, const char *name, const struct zone *zone, int64_t at)
{
    struct calendar_line line;
    struct text *text = &calendar->events;
    struct wall wall = {0};
    bool local = zone && strcmp(zone_name(zone), "UTC") != 0 && strcmp(zone_name(zone), "Etc/UTC") != 0;
    if (local) {
        wall = zone_wall(zone, at);
        local = zone_instant(zone, &wall) == at;
    }
    line_open(&line, text, name);
    if (local) {
        note_zone(calendar, zone, at, at);
        text_add(text, ";TZID=");
        text_add(text, zone_name(zone)); /* at most 64 characters of tzdata's: never a long line */
        line_close_wall(&line, &wall);
    } else {
        line_close_utc(&line, at);
    }
}

static void add_utc(struct text *text, const char *name, int64_t at)
{
    struct calendar_line line;
    line_open(&line, text, name);
    line_close_utc(&line, at);
}

static void add_text(struct text *text, const char *name, const char *value)
{
    struct calendar_line line;
    if (!value || !*value)
        return;
    line_open(&line, text, name);
    line_close_text(&line, value);
}

static void add_uri(struct text *text, const char *name, const char *uri)
{
    struct calendar_line line;
    line_open(&line, text, name);
    line_close_uri(&line, uri);
}

static void add_person(struct text *text, const char *property, const char *name, const char *mail)
{
    struct calendar_line line;
    line_open(&line, text, property);
    if (name && *name)
        line_add_parameter(&line, "CN", name);
    line_close_mailto(&line, mail);
}

static void add_attendees(struct text *text, const struct calendar_event *event)
{
    static const char *const partstats[] = {[PARTSTAT_NEEDS_ACTION] = "NEEDS-ACTION",
                                            [PARTSTAT_ACCEPTED] = "ACCEPTED",
                                            [PARTSTAT_TENTATIVE] = "TENTATIVE",
                                            [PARTSTAT_DECLINED] = "DECLINED"};
    for (size_t i = 0; i < event->attendee_count; i++) {
        const struct calendar_attendee *attendee = &event->attendees[i];
        char property[128];
        snprintf(property, sizeof property, "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=%s;PARTSTAT=%s;RSVP=%s",
                 attendee->role == ROLE_ORGANISER ? "CHAIR" : "REQ-PARTICIPANT",
                 partstats[attendee->partstat],
                 event->rsvp && attendee->role != ROLE_ORGANISER ? "TRUE" : "FALSE");
        add_person(text, property, attendee->name, attendee->mail);
    }
}

/* The link, wherever one reader or another looks for it. */
static void add_conference(struct text *text, const char *address)
{
    add_text(text, "LOCATION", address);
    add_uri(text, "URL", address);
    add_uri(text, "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Jitsi Meet\"",
            address); /* RFC 7986 5.11 */
    add_uri(text, "X-GOOGLE-CONFERENCE", address);
}

static void add_alarms(struct text *text, const struct calendar_event *event)
{
    for (int i = 0; i < event->alarm_count; i++) {
        char trigger[48];
        int seconds = event->alarms[i] > 0 ? event->alarms[i] : 0;
        snprintf(trigger, sizeof trigger, seconds % 60 ? "TRIGGER:-PT%dS" : "TRIGGER:-PT%dM",
                 seconds % 60 ? seconds : seconds / 60);
        line_add(text, "BEGIN:VALARM");
        line_add(text, "ACTION:DISPLAY");
        line_add(text, trigger);
        add_text(text, "DESCRIPTION", event->meeting->subject);
        line_add(text, "END:VALARM");
    }
}

void calendar_add(struct calendar *calendar, const struct calendar_event *event)
{
    const struct meeting *meeting = event->meeting;
    struct text *text = &calendar->events;
    char sequence[32];
    bool cancelled = meeting->status == MEETING_CANCELLED;
    snprintf(sequence, sizeof sequence, "SEQUENCE:%d", meeting->sequence);
    line_add(text, "BEGIN:VEVENT");
    add_text(text, "UID", meeting->uid);
    line_add(text, sequence);
    add_utc(text, "DTSTAMP", event->stamp_at);
    add_utc(text, "CREATED", meeting->created_at);
    add_utc(text, "LAST-MODIFIED", meeting->updated_at);
    add_time(calendar, "DTSTART", event->zone, meeting->starts_at);
    add_time(calendar, "DTEND", event->zone, meeting->ends_at);
    /* One who is taken off the list gets a CANCEL too: there no STATUS may stand (RFC 5546 3.2.5). */
    if (cancelled || calendar->method != CALENDAR_CANCEL)
        line_add(text, cancelled ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
    add_text(text, "SUMMARY", meeting->subject);
    add_text(text, "DESCRIPTION", event->description ? event->description : meeting->description);
    if (event->join_address)
        add_conference(text, event->join_address);
    if (event->organiser_mail)
        add_person(text, "ORGANIZER", event->organiser_name, event->organiser_mail);
    add_attendees(text, event);
    if (calendar->method == CALENDAR_PUBLISH && !cancelled)
        add_alarms(text, event);
    line_add(text, "END:VEVENT");
}

void calendar_close(struct calendar *calendar, struct text *text)
{
    line_add(text, "BEGIN:VCALENDAR");
    line_add(text, "VERSION:2.0");
    line_add(text, "PRODID:-//JMB//Jitsi Meet Booking " JMB_VERSION "//EN");
    line_add(text, "CALSCALE:GREGORIAN");
    if (calendar->method != CALENDAR_PUBLISH)
        line_add(text, calendar->method == CALENDAR_REQUEST ? "METHOD:REQUEST" : "METHOD:CANCEL");
    add_text(text, "NAME", calendar->name);
    add_text(text, "X-WR-CALNAME", calendar->name);
    if (calendar->method == CALENDAR_PUBLISH) {
        line_add(text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
        line_add(text, "X-PUBLISHED-TTL:PT1H");
    }
    for (size_t i = 0; i < calendar->zone_count; i++)
        zone_add_vtimezone(text, calendar->zones[i].zone, calendar->zones[i].from, calendar->zones[i].to);
    text_add_bytes(text, calendar->events.data, calendar->events.size);
    line_add(text, "END:VCALENDAR");
    text_free(&calendar->events);
    free(calendar->zones);
    free(calendar->name);
    free(calendar);
}
