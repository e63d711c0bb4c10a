/* Who was there, from when to when, and whom the room sent away: what the page and its exports show. */
#ifndef HTTP_ATTENDANCE_REPORT_H
#define HTTP_ATTENDANCE_REPORT_H

#include "http/request.h"
#include "proto/attendance.h"
#include "sql/store_rooms.h"

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
    size_t refused_count;
    struct refusal *refused; /* as store_list_refusals lends them */
};

/* The report of the address's meeting for whoever may read it; else false, and the reply is set. Strings are
 * of the request's arena. */
bool report_read(struct request *request, struct report *report);
/* > 0 stays in the rooms; waiting in the lobby is not being there. */
bool report_line_was_there(const struct report_line *line);
/* The stays of a kind as people mean them: two devices at once are one time. `next` is where to look on, 0 at
 * first; false: no more. */
bool report_next_stay(const struct report_line *line, enum room_kind kind, size_t *next, struct stay *stay);

/* "14:00"; with its date unless `known`, which stands before it, is on the same day of the meeting. */
json_t *report_time(struct request *request, const struct meeting *meeting, int64_t known, int64_t at);

#endif
