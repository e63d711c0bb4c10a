/* Content lines of calendars (RFC 5545 3.1), one at a time: opened with their name, given parameters and one
 * value, closed. Whatever is given stays within its place: nothing ends a line or begins another. */
#ifndef PROTO_CALENDAR_LINE_H
#define PROTO_CALENDAR_LINE_H

#include "proto/text.h"
#include "proto/zone.h"

struct calendar_line {
    struct text *text; /* the calendar */
    size_t start;      /* where its last physical line begins */
};

/* More of a name, or of a value that needs no care; inline, as mostly it is a literal. */
void line_add_plain_bytes(struct calendar_line *line, const char *plain, size_t size);
static inline void line_add_plain(struct calendar_line *line, const char *plain)
{
    line_add_plain_bytes(line, plain, strlen(plain));
}
/* `name` is the property with such parameters as are plain words: ATTENDEE;RSVP=TRUE. */
static inline void line_open(struct calendar_line *line, struct text *text, const char *name)
{
    *line = (struct calendar_line){text, text->size};
    line_add_plain(line, name);
}
void line_add_number(struct calendar_line *line, int number);
/* ;NAME="VALUE" with RFC 6868 where a reader could take ^ for its escape; " becomes '. */
void line_add_parameter(struct calendar_line *line, const char *name, const char *value);
/* True when a value needs no care, in a text or as a URI: line_add_plain is enough. */
bool line_is_plain(const char *value);
/* The value, its colon, and the end of the line. */
void line_close_text(struct calendar_line *line, const char *value); /* 3.3.11, escaped */
void line_close_uri(struct calendar_line *line, const char *uri); /* 3.3.13, what no URI contains encoded */
void line_close_mailto(struct calendar_line *line, const char *mail);      /* 3.3.3, RFC 6068 */
void line_close_utc(struct calendar_line *line, int64_t at);               /* 3.3.5 form 2 */
void line_close_wall(struct calendar_line *line, const struct wall *wall); /* form 1 or 3 */
static inline void line_close(struct calendar_line *line)                  /* a value was added already */
{
    text_add_bytes(line->text, "\r\n", 2);
}

/* A whole line with a short plain value. */
static inline void line_add(struct text *text, const char *plain)
{
    struct calendar_line line;
    line_open(&line, text, plain);
    line_close(&line);
}

#endif
