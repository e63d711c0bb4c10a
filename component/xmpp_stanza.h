/* Stanzas between libstrophe, struct xml and bytes: a part of xmpp.c. */
#ifndef COMPONENT_XMPP_STANZA_H
#define COMPONENT_XMPP_STANZA_H

#include "proto/text.h"
#include "proto/xml.h"

#include <strophe.h>

enum {
    STANZA_DEPTH_MAX = 16,       /* our protocols need 5 */
    STANZA_ELEMENTS_MAX = 20000, /* a snapshot of 128 KiB has some 1,000 */
};

/* Copies a stanza into the arena. NULL: deeper or larger than anything that makes sense here. */
const struct xml *stanza_read(struct arena *arena, xmpp_stanza_t *stanza);

/* Adds <iq type id to from>payload</iq>; payload is XML already, "" for none. */
void stanza_add_iq(struct text *text, const char *type, const char *id, const char *to, const char *from,
                   const char *payload);
/* Adds the <error/> of an iq (RFC 6120 8.3.2); words may be NULL. */
void stanza_add_error(struct text *text, const char *type, const char *condition, const char *words);
/* Makes what is about to be sent harmless: control characters that XML 1.0 forbids and bytes that are not
 * UTF-8 become question marks. Everything is escaped where it is written; this is the net below, since one
 * such byte makes Prosody end the stream. */
void stanza_clean(struct text *text);

/* Answers a get that every component should (disco#info XEP-0030, software version XEP-0092, ping XEP-0199)
 * by adding the result's payload. False: not one of these. */
bool stanza_answer_citizen(struct text *text, const struct xml *iq);

#endif
