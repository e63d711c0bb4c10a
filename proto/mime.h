/* Mail that others write to us, read (RFC 5322, 2045, 2046). A reader of our own: gmime would bring GLib and
 * an object system into the daemon for a page of rules, and reads without bounds. Here nothing fails: what is
 * malformed is read as far as it makes sense, and depth, parts and fields are bounded (what is beyond them is
 * not there), so that the worst message costs a few passes over its bytes. */
#ifndef PROTO_MIME_H
#define PROTO_MIME_H

#include "proto/arena.h"
#include "proto/text.h"

enum { MIME_DEPTH_MAX = 10, MIME_PARTS_MAX = 200, MIME_FIELDS_MAX = 300 };

struct mime_field {
    const char *name, *value; /* as written, unfolded; without blanks at both ends */
};

struct mime_fields {
    size_t count;
    struct mime_field *list;
};

struct mime_part {
    struct mime_fields fields;
    const char *type; /* in small letters; text/plain when the part does not say; application/ics for a file
                         that is named so; of S/MIME multipart/signed where what was written can be read, and
                         application/pkcs7-mime where it is encrypted */
    bool attachment;  /* by its Content-Disposition */
    /* Of a leaf: without its transfer encoding; text and calendars as UTF-8, the lines of calendars unfolded.
     * A 0 stands behind it. "" for others. */
    const char *body;
    size_t size;
    struct mime_part *parent; /* NULL: the message itself */
    struct mime_part *child;  /* the first of a multipart/; the message of a message/rfc822 */
    struct mime_part *next;   /* beside it */
};

/* Reads a message; an mbox line before it ("From ...", as MTAs pipe) is passed over. All memory is of the
 * arena, the bytes are not needed any more. */
struct mime_part *mime_read(struct arena *arena, const char *bytes, size_t size);

/* The next part in the order of the message, children first; NULL: that was the last one. */
struct mime_part *mime_next(const struct mime_part *part);
/* A part of a message within the message: forwarded, or returned. */
bool mime_is_quoted(const struct mime_part *part);

/* A field's value, the first of that name; NULL: none. */
const char *mime_get(const struct mime_fields *fields, const char *name);
/* Reads fields up to an empty line (RFC 5322 2.2); the bytes that they and that line take. */
size_t mime_read_fields(struct mime_fields *fields, struct arena *arena, const char *bytes, size_t size);
/* A parameter of a field's value (RFC 2045 5.1), unquoted; NULL: none. */
const char *mime_parameter(struct arena *arena, const char *value, const char *name);

#endif
