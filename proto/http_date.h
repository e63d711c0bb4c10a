/* Dates in fields of HTTP (RFC 9110 5.6.7), whatever the locale. */
#ifndef PROTO_HTTP_DATE_H
#define PROTO_HTTP_DATE_H

#include "proto/text.h"

/* Adds a time, in UTC seconds, as IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT. */
void http_date_add(struct text *text, int64_t at);
/* Reads that form and the two old ones, which servers have to understand: Sunday, 06-Nov-94 08:49:37 GMT and
 * Sun Nov  6 08:49:37 1994. False: it is none, and *at is as it was. */
bool http_date_read(const char *value, int64_t *at);

#endif
