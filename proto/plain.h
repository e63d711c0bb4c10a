/* HTML that others wrote, as plain text for people: no tags, line ends where blocks end, the usual entities.
 * Not a browser: what it says may look poor, and is never more than text. */
#ifndef PROTO_PLAIN_H
#define PROTO_PLAIN_H

#include "proto/text.h"

void plain_add_html(struct text *text, const char *html);

#endif
