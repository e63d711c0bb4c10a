/* What people type into single fields, for whoever reads forms. False: not understood. */
#ifndef PROTO_BOOKING_TYPED_H
#define PROTO_BOOKING_TYPED_H

#include "proto/arena.h"
#include "proto/zone.h"

#include <stdbool.h>

bool typed_date(const char *typed, struct wall *wall);  /* 2026-12-03; also days that do not exist */
bool typed_time(const char *typed, struct wall *wall);  /* 14:30, 9:05, 14:30:00, 14h30, 14h */
bool typed_length(const char *typed, int64_t *seconds); /* 90, 90 min, 1:30, 1h30, 2 h; up to 99999 min */
bool typed_number(const char *typed, int64_t *number);  /* up to nine digits */
bool typed_yes_or_no(const char *typed, bool *yes);

/* `typed` without control characters and marks that turn the direction of text, white space at its ends taken
 * off; when `one_line`, white space within is single spaces, else line ends stay. "" when nothing can be
 * seen. */
char *typed_text(struct arena *arena, const char *typed, bool one_line);
/* How many characters (code points). */
size_t typed_count(const char *text);
/* `typed` cut to `most` characters, with an ellipsis. */
const char *typed_short(struct arena *arena, const char *typed, size_t most);

#endif
