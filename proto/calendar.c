/* Calendars are written line by line, not through libical: measured, that took 17 us an event, where a whole
 * feed may cost 8, and this takes 4; its strings would need the same cleaning before (CN, URIs, control
 * characters), and its TZIDs and VTIMEZONEs would have to be replaced. What lines must be is a page of RFC
 * 5545 (calendar_line.c); the tests read them with libical and with Python's icalendar. */
#include "proto/calendar.h"

#include "proto/arena.h"
#include "proto/calendar_line.h"

#include <stdlib.h>
#include <string.h>

enum { TWO_DAYS = 2 * 86400 };

/* A zone that events named, and the time within which they lie. */
struct zone_use {
    const struct zone *zone;
    bool is_utc;
    int64_t from, to; /* from INT64_MAX: only asked about, not named */
    struct zone_stretch stretch;
};

struct calendar {
    enum calendar_method method;
    char *name;
    struct text events;
    int64_t utc_at; /* what was written last, and where in `events`; utc_size 0: nothing yet */
    size_t utc, utc_size;
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

static struct zone_use *find_zone(struct calendar *calendar, const struct zone *zone)
{
    for (size_t i = 0; i < calendar->zone_count; i++)
        if (calendar->zones[i].zone == zone)
            return &calendar->zones[i];
    size_t count = ++calendar->zone_count;
    calendar->zones = mem_resize(calendar->zones, count * sizeof *calendar->zones);
    struct zone_use *use = &calendar->zones[count - 1];
    const char *name = zone_name(zone);
    *use = (struct zone_use){.zone = zone,
                             .is_utc = strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0,
                             .from = INT64_MAX,
                             .to = INT64_MIN};
    return use;
}

/* The time on the wall of the zone; false when the wall shows it twice: 3.3.5 means the first, but ical.js
 * and Python's icalendar take the second. That is so within a day of a change; away from one there is nothing
 * to look up. */
static bool find_wall(struct zone_use *use, int64_t at, struct wall *wall)
{
    struct zone_stretch *stretch = &use->stretch;
    if (at < stretch->since || at >= stretch->until)
        *stretch = zone_stretch_at(use->zone, at);
    *wall = wall_from_seconds(at + stretch->offset);
    if (stretch->since >= at - TWO_DAYS && zone_instant(use->zone, wall) != at)
        return false;
    return stretch->until > at + TWO_DAYS ||
           at + stretch->offset - zone_offset(use->zone, stretch->until, NULL, NULL) < stretch->until;
}

/* A time on the wall of its zone, so that readers keep it when the rules of the zone change; in UTC when
 * there is no zone or the wall cannot say it. */
static void add_time(struct calendar *calendar, const char *name, const struct zone *zone, int64_t at)
{
    struct calendar_line line;
    struct wall wall;
    struct zone_use *use = zone ? find_zone(calendar, zone) : NULL;
    line_open(&line, &calendar->events, name);
    if (!use || use->is_utc || !find_wall(use, at, &wall)) {
        line_close_utc(&line, at);
        return;
    }
    use->from = at < use->from ? at : use->from;
    use->to = at > use->to ? at : use->to;
    line_add_plain(&line, ";TZID=");
    line_add_plain(&line, zone_name(zone));
    line_close_wall(&line, &wall);
}

/* Mostly an event is as old as its last change: what was written last is copied. */
static void add_utc(struct calendar *calendar, const char *name, int64_t at)
{
    struct text *text = &calendar->events;
    struct calendar_line line;
    line_open(&line, text, name);
    if (calendar->utc_size && at == calendar->utc_at) {
        text_reserve(text, calendar->utc_size);
        text_add_bytes(text, text->data + calendar->utc, calendar->utc_size);
        return;
    }
    calendar->utc_at = at;
    calendar->utc = text->size;
    line_close_utc(&line, at);
    calendar->utc_size = text->size - calendar->utc;
}

static void add_text(struct text *text, const char *name, const char *value)
{
    struct calendar_line line;
    if (!value || !*value)
        return;
    line_open(&line, text, name);
    line_close_text(&line, value);
}

static void close_person(struct calendar_line *line, const char *name, const char *mail)
{
    if (name && *name)
        line_add_parameter(line, "CN", name);
    line_close_mailto(line, mail);
}

/* The organiser chairs (RFC 5545 3.2.16); who moderates is a matter of the room. So a role that changes alone
 * changes nobody's calendar, and is told to whom it is about. */
static void add_attendees(struct text *text, const struct calendar_event *event)
{
    static const char *const partstats[] = {[PARTSTAT_NEEDS_ACTION] = "NEEDS-ACTION",
                                            [PARTSTAT_ACCEPTED] = "ACCEPTED",
                                            [PARTSTAT_TENTATIVE] = "TENTATIVE",
                                            [PARTSTAT_DECLINED] = "DECLINED"};
    for (size_t i = 0; i < event->attendee_count; i++) {
        const struct calendar_attendee *attendee = &event->attendees[i];
        bool chair = attendee->role == ROLE_ORGANISER;
        struct calendar_line line;
        line_open(&line, text,
                  chair ? "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT="
                        : "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=");
        line_add_plain(&line, partstats[attendee->partstat]);
        line_add_plain(&line, event->rsvp && !chair ? ";RSVP=TRUE" : ";RSVP=FALSE");
        close_person(&line, attendee->name, attendee->mail);
    }
}

/* The link, wherever one reader or another looks for it (CONFERENCE: RFC 7986 5.11). An address of ours needs
 * no care. */
static void add_conference(struct text *text, const char *address)
{
    static const char *const names[] = {"LOCATION", "URL",
                                        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Jitsi Meet\"",
                                        "X-GOOGLE-CONFERENCE"};
    bool plain = line_is_plain(address);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct calendar_line line;
        line_open(&line, text, names[i]);
        if (plain) {
            line_add_plain(&line, ":");
            line_add_plain(&line, address);
            line_close(&line);
        } else if (i == 0) {
            line_close_text(&line, address);
        } else {
            line_close_uri(&line, address);
        }
    }
}

/* Each alarm says what the meeting is about: the line is written once, and copied. */
static void add_alarms(struct text *text, const struct calendar_event *event)
{
    static const char before[] = "BEGIN:VALARM\r\nACTION:DISPLAY\r\n", after[] = "END:VALARM\r\n";
    size_t said = 0, said_size = 0;
    for (int i = 0; i < event->alarm_count; i++) {
        int seconds = event->alarms[i] > 0 ? event->alarms[i] : 0;
        struct calendar_line line;
        text_add_bytes(text, before, sizeof before - 1);
        line_open(&line, text, "TRIGGER:-PT");
        line_add_number(&line, seconds % 60 ? seconds : seconds / 60);
        line_add_plain(&line, seconds % 60 ? "S" : "M");
        line_close(&line);
        text_reserve(text, said_size);
        if (said_size) {
            text_add_bytes(text, text->data + said, said_size);
        } else {
            said = text->size;
            add_text(text, "DESCRIPTION", event->meeting->subject);
            said_size = text->size - said;
        }
        text_add_bytes(text, after, sizeof after - 1);
    }
}

/* Which one, and when. */
static void add_head(struct calendar *calendar, const struct calendar_event *event)
{
    const struct meeting *meeting = event->meeting;
    struct text *text = &calendar->events;
    struct calendar_line line;
    line_add(text, "BEGIN:VEVENT");
    add_text(text, "UID", meeting->uid);
    line_open(&line, text, "SEQUENCE:");
    line_add_number(&line, meeting->sequence);
    line_close(&line);
    add_utc(calendar, "DTSTAMP", event->stamp_at);
    add_utc(calendar, "CREATED", meeting->created_at);
    add_utc(calendar, "LAST-MODIFIED", meeting->updated_at);
    add_time(calendar, "DTSTART", event->zone, meeting->starts_at);
    add_time(calendar, "DTEND", event->zone, meeting->ends_at);
}

void calendar_add(struct calendar *calendar, const struct calendar_event *event)
{
    const struct meeting *meeting = event->meeting;
    struct text *text = &calendar->events;
    bool cancelled = meeting->status == MEETING_CANCELLED;
    add_head(calendar, event);
    /* One who is taken off the list gets a CANCEL too: there no STATUS may stand (RFC 5546 3.2.5). */
    if (cancelled || calendar->method != CALENDAR_CANCEL)
        line_add(text, cancelled ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
    if (event->time == CALENDAR_FREE)
        line_add(text, "TRANSP:TRANSPARENT");
    if (event->time != CALENDAR_BUSY)
        line_add(text, event->time == CALENDAR_FREE ? "X-MICROSOFT-CDO-BUSYSTATUS:FREE"
                                                    : "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE");
    add_text(text, "SUMMARY", meeting->subject);
    add_text(text, "DESCRIPTION", event->description ? event->description : meeting->description);
    if (event->join_address)
        add_conference(text, event->join_address);
    if (event->organiser_mail) {
        struct calendar_line line;
        line_open(&line, text, "ORGANIZER");
        close_person(&line, event->organiser_name, event->organiser_mail);
    }
    add_attendees(text, event);
    if (calendar->method == CALENDAR_PUBLISH && !cancelled)
        add_alarms(text, event);
    line_add(text, "END:VEVENT");
}

/* What stands before the events. */
static void add_calendar_head(const struct calendar *calendar, struct text *text)
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
    for (size_t i = 0; i < calendar->zone_count; i++) {
        const struct zone_use *use = &calendar->zones[i];
        if (use->from <= use->to)
            zone_add_vtimezone(text, use->zone, use->from, use->to);
    }
}

void calendar_close(struct calendar *calendar, struct text *text)
{
    struct text head = {0}, *events = &calendar->events;
    add_calendar_head(calendar, &head);
    line_add(events, "END:VCALENDAR");
    /* A feed can be large: what stands before the events, which only they tell, is put there at the end. */
    text_insert(events, 0, head.data, head.size);
    text_free(&head);
    text_free(text);
    *text = *events;
    free(calendar->zones);
    free(calendar->name);
    free(calendar);
}
