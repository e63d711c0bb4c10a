/* What was done with a meeting, in words. */
#ifndef HTTP_HISTORY_H
#define HTTP_HISTORY_H

#include "http/page.h"
#include "sql/store_changes.h"

/* A line of the history for a page: when (text, machine), who, what; the caller's. */
json_t *history_line(struct request *request, const struct zone *zone, const struct history_row *row);
/* The history and the letters of a meeting into data, as "history" and "letters": when, in the reader's zone;
 * what times were changed, in that of the meeting, `zone`. < 0: the store is broken. */
int history_add(struct request *request, json_t *data, const struct zone *zone, int64_t meeting);

#endif
