/* Calendars that others send, read as far as an answer to an invitation goes (RFC 5545, 5546). Recurrences
 * are never looked at, let alone expanded: the most hostile RRULE is a line that is passed over. Nothing
 * fails: what makes no sense is not there, and all is bounded. */
#ifndef PROTO_CALENDAR_READ_H
#define PROTO_CALENDAR_READ_H

#include "proto/arena.h"
#include "proto/model.h"

enum { CALENDAR_EVENTS_MAX = 16, CALENDAR_ATTENDEES_MAX = 64 };

struct calendar_said {
    const char *mail;     /* as addresses_read gives them; NULL: none that can be read */
    const char *delegate; /* who comes in their place, likewise */
    const char *comment;  /* of Google's parameter for it; NULL: none */
    bool answers;         /* `partstat` is accepted, tentative or declined */
    enum partstat partstat;
};

/* One VEVENT of it. */
struct calendar_read_event {
    const char *uid;         /* NULL: none */
    const char *comment;     /* NULL: none */
    int64_t starts;          /* DTSTART on the wall of its zone, in seconds as if that were UTC; 0: none */
    const char *starts_zone; /* as the calendar calls it, or UTC; NULL: it says none */
    int sequence;            /* -1: none */
    int64_t stamp_at;        /* 0: none */
    size_t attendee_count;
    struct calendar_said *attendees;
};

struct calendar_read {
    const char *method; /* in capital letters; NULL: none */
    size_t event_count;
    struct calendar_read_event *events;
};

/* All memory is of the arena; `bytes` have a 0 behind them. */
void calendar_read(struct calendar_read *read, struct arena *arena, const char *bytes, size_t size);

#endif
