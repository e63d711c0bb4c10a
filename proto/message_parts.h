/* The parts of a message, between the files that write messages. */
#ifndef PROTO_MESSAGE_PARTS_H
#define PROTO_MESSAGE_PARTS_H

#include "proto/text.h"

/* Adds NAME: VALUE CRLF for free text (RFC 5322 2.2.1): plain when it is short ASCII, else in encoded words.
 */
void message_add_unstructured(struct text *text, const char *name, const char *value);
/* Adds NAME: PERSON <MAIL> CRLF; the person's name may be NULL. */
void message_add_mailbox(struct text *text, const char *name, const char *person, const char *mail);
/* Adds NAME: <TOKEN> CRLF, for identifiers and addresses of the web. */
void message_add_angle(struct text *text, const char *name, const char *token);
/* Adds what of `token` may stand in an identifier or a parameter: visible ASCII without <>"\;. */
void message_add_token(struct text *text, const char *token);

/* Adds Content-Transfer-Encoding, the empty line and `body` (its line ends as CRLF, what is not UTF-8 as
 * U+FFFD): 7bit, quoted-printable or base64, whichever is smallest; `opaque`: base64. In none of them can
 * "=_" occur. */
void message_add_body(struct text *text, const char *body, bool opaque);

#endif
