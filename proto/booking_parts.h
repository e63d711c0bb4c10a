/* Reading a booking, between its files: booking.c has the plan and the people, booking_options.c what the
 * room does. */
#ifndef PROTO_BOOKING_PARTS_H
#define PROTO_BOOKING_PARTS_H

#include "proto/booking.h"

/* A booking being read. */
struct reading {
    struct booking *booking;
    struct arena *arena;
    const struct form *form;
    const struct booking_limits *limits;
    const struct meeting *was; /* that is changed; NULL: a new one */
    int64_t now;
    struct wall start; /* as typed */
    bool has_date, has_time, has_length;
    int64_t length;
    const struct zone *zone;
};

/* Puts an error in its place in the order of the fields; a field's first error stays. */
void booking_add_error(struct reading *reading, const char *field, const char *text, const char *value,
                       const char *limit);
/* What was typed into a field, cleaned; NULL when it is absent or nothing can be seen in it. */
const char *booking_typed(struct reading *reading, const char *field, bool one_line);
/* {value} of an error: the beginning of what was typed. */
const char *booking_shown(struct reading *reading, const char *typed);
const char *booking_number(struct arena *arena, int64_t number);
/* More than `most` characters: then that is the field's error. */
bool booking_is_too_long(struct reading *reading, const char *field, const char *typed, size_t most);

/* All options: what the form has, over those of the meeting that is changed, or the usual ones. */
void booking_read_options(struct reading *reading);

#endif
