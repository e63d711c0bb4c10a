/* A meeting in the calendars that this door hands out, the feed and the file of an invitation: what stands in
 * its description. */
#ifndef HTTP_EVENT_H
#define HTTP_EVENT_H

#include "http/request.h"
#include "proto/calendar.h"

struct event_words {
    const char *join, *answer; /* before the links */
    const char *dial_in;       /* a line; NULL: the site has no way */
};

/* In the language of the request; they live as long as it does. */
void event_words_open(struct event_words *words, struct request *request);
/* `text` becomes what the meeting is about, and the reader's own links; a link that is NULL is left out. */
void event_describe(const struct event_words *words, const struct meeting *meeting, const char *join,
                    const char *answer, struct text *text);
/* Who said no keeps the time free, and nothing is held for what is cancelled; who has not said yes may come.
 */
enum calendar_time event_time(const struct meeting *meeting, enum partstat partstat);

#endif
