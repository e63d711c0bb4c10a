/* The parts of an address, between the files that read addresses. */
#ifndef PROTO_ADDRESS_PARTS_H
#define PROTO_ADDRESS_PARTS_H

#include "proto/arena.h"

/* `typed` in the few characters that a reader of addresses has to know: odd spaces become spaces, invisible
 * characters go, typographic quotes, commas and at signs become ASCII, what is not UTF-8 becomes U+FFFD. Line
 * ends (\n) stay. */
char *address_clean(struct arena *arena, const char *typed);

/* The mail address that these bytes are (a mailto: or such before it, and punctuation around it, go), its
 * domain in small letters and ASCII; NULL when they are none: RFC 5321 4.1.2 without quoted strings, literals
 * and SMTPUTF8, lengths of 4.5.3.1. */
const char *address_mail(struct arena *arena, const char *bytes, size_t size);

/* The person's name that these bytes are: quotes and RFC 2047 words undone; NULL when nothing is left. */
const char *address_name(struct arena *arena, const char *bytes, size_t size);

#endif
