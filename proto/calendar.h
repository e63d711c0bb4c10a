/* Calendars (RFC 5545, 5546, 7986): a person's feed and the invitation in a letter. Every string is cleaned
 * on the way in: line ends stay in descriptions, other control characters go. */
#ifndef PROTO_CALENDAR_H
#define PROTO_CALENDAR_H

#include "proto/model.h"
#include "proto/text.h"
#include "proto/zone.h"

enum calendar_method { CALENDAR_PUBLISH /* a feed: no METHOD */, CALENDAR_REQUEST, CALENDAR_CANCEL };

/* How the event takes its reader's time, for calendars that cannot know which attendee that is. */
enum calendar_time { CALENDAR_BUSY /* as all say by themselves */, CALENDAR_MAYBE, CALENDAR_FREE };

struct calendar_attendee {
    const char *mail, *name; /* name may be NULL */
    enum role role;
    enum partstat partstat;
};

/* One VEVENT as one reader sees it. Borrowed strings. */
struct calendar_event {
    const struct meeting *meeting;
    const struct zone *zone;                     /* of meeting->tz; NULL: times in UTC */
    const char *organiser_mail, *organiser_name; /* ORGANIZER */
    size_t attendee_count;
    const struct calendar_attendee *attendees; /* those that this reader may see */
    bool rsvp;                                 /* an answer by mail is understood */
    const char *join_address; /* the reader's own link: LOCATION, URL, CONFERENCE, X-GOOGLE-CONFERENCE; NULL
                                 when there is none */
    const char
        *description; /* complete text, in the reader's language, links included; NULL: the meeting's */
    enum calendar_time time; /* TRANSP and X-MICROSOFT-CDO-BUSYSTATUS (MS-OXCICAL) */
    int64_t stamp_at;        /* DTSTAMP: when the event last changed for this reader */
    int alarm_count;
    const int *alarms; /* seconds before the start (feeds only) */
};

struct calendar;

/* A calendar to add events to. `name` is NAME and X-WR-CALNAME (feeds; NULL for letters). */
struct calendar *calendar_open(enum calendar_method method, const char *name);
void calendar_add(struct calendar *calendar, const struct calendar_event *event);
/* `text` becomes the calendar (CRLF, folded at 75 bytes) with the VTIMEZONEs needed, each zone once; frees
 * what was gathered. */
void calendar_close(struct calendar *calendar, struct text *text);

#endif
