/* Who was there, as the page and its exports show it. */
#ifndef HTTP_ATTENDANCE_H
#define HTTP_ATTENDANCE_H

#include "http/request.h"
#include "proto/attendance.h"

/* One person of the report: somebody invited, or somebody who came. */
struct report_line {
    const struct present_person *person; /* NULL: was never seen */
    const struct attendee *attendee;     /* NULL: not invited */
    const char *name;                    /* "" when nobody said one */
};

struct report {
    struct meeting meeting;
    struct attendance attendance;
    size_t count;
    struct report_line *lines; /* by first joining, then who was invited and did not come */
};

/* The report of the address's meeting for whoever may read it; else false, and the reply is set. Strings are
 * of the request's arena. */
bool report_read(struct request *request, struct report *report);
/* > 0 stays in the rooms; waiting in the lobby is not being there. */
bool report_line_was_there(const struct report_line *line);
/* The stays of a kind as people mean them: two devices at once are one time. `next` is where to look on, 0 at
 * first; false: no more. */
bool report_next_stay(const struct report_line *line, enum room_kind kind, size_t *next, struct stay *stay);

#endif
