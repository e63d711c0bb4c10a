/* The form of a meeting (booking_form.c), filled by what is known or by what was typed, for the pages that
 * read it (booking.c). What it shows is request->form. */
#ifndef HTTP_BOOKING_FORM_H
#define HTTP_BOOKING_FORM_H

#include "http/page.h"
#include "proto/booking.h"

/* Fills request->form for a new meeting, or from a booked one: to be edited, or booked again (the same people
 * and options, at its hour in the next week that is still to come). < 0: the store is broken. */
void booking_form_fill_new(struct request *request);
int booking_form_fill(struct request *request, const struct meeting *meeting, bool again);

struct booking_form {
    const char *heading, *title;   /* title NULL: the heading */
    const struct meeting *meeting; /* that is edited; NULL: a new one */
    int64_t revision;              /* that the form is made from; -1: as it was sent */
    const struct booking *booking; /* with its errors; NULL: none */
    json_t *overlaps;              /* of booking_find_overlaps, borrowed; NULL: none */
    json_t *changes;               /* what others changed meanwhile, borrowed; NULL: none */
    bool merged;                   /* people that they added or removed are, or are not, in the form */
    const char *trouble;           /* what else is wrong, or NULL */
};
/* Meetings at that time that the organiser holds or goes to, unless the form says that it may be: rows of the
 * page, the caller's. */
json_t *booking_find_overlaps(struct request *request, const struct meeting *meeting, int64_t organiser);

/* Somebody changed the meeting behind revision `since`, which the form was made from and `booking` read out
 * of it: tells what they did in form->changes, and takes people whom they added or removed into
 * request->form, unless what was typed says otherwise about them (form->merged: there were some). < 0: the
 * store is broken. */
int booking_merge(struct request *request, const struct meeting *meeting, const struct booking *booking,
                  int64_t since, struct booking_form *form);

/* Errors, for the page: as a summary with links to the fields, and beside each field. */
void booking_form_add_errors(struct request *request, json_t *data, const struct booking *booking);

void booking_form_show(struct request *request, int status, const struct booking_form *form);

#endif
