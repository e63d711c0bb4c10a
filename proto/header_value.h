/* Values of header fields that a web server's sign-in module sets: who somebody is, in the ways that modules
 * write it. */
#ifndef PROTO_HEADER_VALUE_H
#define PROTO_HEADER_VALUE_H

#include "proto/arena.h"

#include <stdbool.h>

/* The value as UTF-8 of the arena, trimmed, white space run together, no control characters; NULL when
 * nothing is left. It may come as UTF-8; as UTF-8 that was taken for Latin-1 and encoded again; as Latin-1;
 * with RFC 2047 words; or percent-encoded (RFC 3986 2.1), which it is when it has codes, no space, and they
 * make UTF-8. */
const char *header_value_read(struct arena *arena, const char *value);
/* True when `wanted` is one of the values, which are separated by ; or , (either may be part of a value, as
 * in a DN). ASCII case does not count. */
bool header_value_has(const char *values, const char *wanted);

#endif
