/* The parts of an address, between the files that read addresses. */
#ifndef PROTO_ADDRESS_PARTS_H
#define PROTO_ADDRESS_PARTS_H

#include "proto/arena.h"

/* `typed` in the few characters that a reader of addresses has to know: odd spaces become spaces, invisible
 * characters go, commas and at signs of other scripts become ASCII, what is not UTF-8 becomes U+FFFD. Line
 * ends (\n) stay. */
char *address_clean(struct arena *arena, const char *typed);

/* The bytes of the typographic quote at `at` (“ ” „ ‟ « »), 0 when it is none. Around a whole name they are
 * as good as ASCII's, since programs put them there; within one they belong to it. */
size_t address_quote(const char *at);

/* The mail address that these bytes are (a mailto: or such before it, and punctuation around it, go), its
 * domain in small letters and ASCII; NULL when they are none: RFC 5321 4.1.2 without quoted strings, literals
 * and SMTPUTF8, lengths of 4.5.3.1. */
const char *address_mail(struct arena *arena, const char *bytes, size_t size);

/* The person's name that these bytes are: quotes around it and RFC 2047 words undone; NULL when nothing is
 * left. */
const char *address_name(struct arena *arena, const char *bytes, size_t size);

#endif
