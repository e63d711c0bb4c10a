/* What the files of proto/reply share. */
#ifndef PROTO_REPLY_PARTS_H
#define PROTO_REPLY_PARTS_H

#include "proto/mime.h"
#include "proto/reply.h"

struct reply_reading {
    struct mail_reply *reply;
    struct arena *arena;
    const struct mime_part *message;
};

/* Without case; false for NULL. */
bool reply_begins(const char *string, const char *start);
/* The first part of a type, in the message itself (not in one that it quotes) or anywhere; NULL: none. */
const struct mime_part *reply_find_part(const struct mime_part *message, const char *type, bool anywhere);
/* Adds the identifiers of a field (RFC 5322 3.6.4), the last one first: References end with the newest. */
void reply_add_references(struct reply_reading *reading, const char *value);
/* Written by no human (RFC 3834 and what was used before it), or not to us alone. */
bool reply_is_automatic(const struct mime_fields *fields);

/* Words without control characters and without white space at both ends; at most `most` bytes, whole
 * characters, and a mark where more was. */
const char *reply_cut(struct arena *arena, const char *words, size_t most);
/* The text of the message itself: the first plain text that is no attachment, else the first HTML; "". */
const char *reply_text(struct reply_reading *reading);
/* What a human wrote, without the letter that is quoted below. */
const char *reply_human_words(struct reply_reading *reading);
/* Exchange writes no COMMENT: what its people type is the message's text. Other programs put words of their
 * own there, which are no comment. NULL: none. */
const char *reply_exchange_comment(struct reply_reading *reading);

/* Takes a report of a mail program, a bounce above all. False: it is none. */
bool reply_read_report(struct reply_reading *reading);

#endif
