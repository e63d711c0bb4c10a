/* The booking form: what was typed becomes a meeting, or a list of what is wrong beside each field; nothing
 * typed is lost. */
#ifndef PROTO_BOOKING_H
#define PROTO_BOOKING_H

#include "proto/addresses.h"
#include "proto/form.h"
#include "proto/model.h"
#include "proto/zone.h"

enum { BOOKING_ERRORS_MAX = 24 };

struct booking_limits {
    int length_least, length_most, length_default; /* seconds */
    int length_step; /* between the lengths that a form offers; others may be typed */
    int moderators_most, guests_most;
    int ahead_most;                 /* seconds from now to the start */
    int past_most;                  /* seconds that a start may lie back: somebody filled the form slowly */
    struct meeting_options options; /* what a new meeting has until somebody changes it */
};

struct booking_error {
    const char *field; /* the form's name for it */
    const char *text;  /* English, a catalogue key; {value} and {limit} are places */
    const char *value; /* what was typed, or NULL */
    const char *limit; /* what is allowed, or NULL */
    bool instants;     /* {value} and {limit} are these, to be written as people read them, in meeting.tz */
    int64_t value_at, limit_at;
};

/* Of names that may be those of two people, {value}; in quotation marks they are one's. */
#define BOOKING_DOUBTFUL                                                                                     \
    N_("Taken for the name of one person each: {value}. Is that right? Then send the form again. If "        \
       "somebody "                                                                                           \
       "else stands before a comma, their address is missing: add it.")

/* Fields read: subject description date (YYYY-MM-DD) time (HH:MM or HH:MM:SS) length (minutes, or H:MM) tz
 * language moderators guests lobby guests_wait shared show_guests (yes or no) opens_before guests_before
 * grace (minutes) at_end (none, warn or close) room_reminders ("15m, 5m, 0m" before the end; empty: none)
 * mail_reminders ("7d, 24h, 10m" before the start; empty: none) maximum (empty: no bound) password. Absent
 * options mean the default of the limits; of a field sent twice the first one counts (a box that is not
 * ticked sends the hidden "no" behind it).
 */
struct booking {
    struct meeting meeting; /* subject, description, starts_at, ends_at, tz, language, options are set */
    struct addresses moderators, guests;
    size_t error_count;
    struct booking_error errors[BOOKING_ERRORS_MAX]; /* in the order of the fields, each field once */
};

/* Checks a form. All strings are of the arena (or literals). True when there is no error. `organiser` is that
 * person's mail, merged out of both lists; `tz` and `language` stand in when the form has none. */
bool booking_read(struct booking *booking, struct arena *arena, const struct form *form,
                  const struct booking_limits *limits, const struct zones *zones, const char *organiser,
                  const char *tz, const char *language, int64_t now);

/* The same for a booked meeting, whose values stand in for what the form does not have: what is over by now
 * may keep its start, and once the meeting runs only length, people and options are read. */
bool booking_read_change(struct booking *booking, struct arena *arena, const struct form *form,
                         const struct booking_limits *limits, const struct zones *zones,
                         const char *organiser, const struct meeting *was, int64_t now);

/* The form's words for a list of reminders: "7d, 24h, 1h, 10m". What is less than `least` ends the list: 1
 * for reminders by mail, 0 for those in the room. Of the arena. */
const char *booking_reminders_text(struct arena *arena, const int reminders[REMINDERS_MAX], int least);

#endif
