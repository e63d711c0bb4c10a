/* Whom the room sent away, in an attendance report. */
#ifndef HTTP_ATTENDANCE_REFUSED_H
#define HTTP_ATTENDANCE_REFUSED_H

#include "http/attendance_report.h"

/* `refused` of the page's data: items and, when there are more than it shows, how many more; left out when
 * nobody was. */
void refused_data(struct request *request, json_t *data, const struct report *report);
/* All of them, for other programs; owned by the caller. */
json_t *refused_json(const struct report *report);

#endif
