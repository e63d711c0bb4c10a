/* A mail message as bytes (RFC 5322, 2045-2047, 2231): CRLF everywhere, lines within limits, headers that
 * cannot be injected into. */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "proto/text.h"

struct message {
    const char *from_name, *from; /* addresses in ASCII form */
    const char *to_name, *to;
    const char *reply_to; /* NULL: none */
    const char *subject;
    const char *message_id, *in_reply_to; /* without <>; in_reply_to may be NULL */
    const char *language;                 /* Content-Language */
    int64_t date_at;
    const char *plain, *html;     /* \n or \r\n line ends */
    const char *calendar;         /* text/calendar part and invite.ics, or NULL */
    const char *calendar_method;  /* REQUEST, CANCEL */
    const char *list_unsubscribe; /* an https address for one click (RFC 8058), or NULL */
};

/* Adds the whole message. Control characters in header values become spaces; Auto-Submitted: auto-generated
 * (RFC 3834) is always there. */
void message_write(struct text *text, const struct message *message);

#endif
