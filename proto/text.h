/* A growing string of bytes, always closed by a 0. Starts as {0}; text_free ends it. */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *data; /* NULL while nothing was added */
    size_t size, room;
};

void text_add(struct text *text, const char *string);
void text_insert(struct text *text, size_t at, const void *bytes, size_t size); /* before byte `at` */
void text_add_char(struct text *text, char byte);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_grow(struct text *text, size_t more); /* text_reserve's, when the room does not do */

/* Room for `more` bytes behind what is there, for who writes them by hand: text_wrote closes them with a 0,
 * `end` being behind the last. These two are most of what a page or a feed is made by, so they are inline. */
static inline char *text_reserve(struct text *text, size_t more)
{
    if (more >= text->room - text->size)
        text_grow(text, more);
    return text->data + text->size;
}

static inline void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
    char *at = text_reserve(text, size);
    if (size)
        memcpy(at, bytes, size);
    text->size += size;
    at[size] = 0;
}

void text_wrote(struct text *text, char *end);
void text_clear(struct text *text); /* empty, the room is kept */
void text_fit(struct text *text);   /* gives back the room that is left, of what is kept for a while */
void text_free(struct text *text);
const char *text_string(const struct text *text); /* never NULL; lives until the next change */

/* Adds `sentence` with each {name} of `places` (a NULL name ends them) replaced by its value, as it is; other
 * braces stay. */
struct text_place {
    const char *name, *value;
};
void text_add_places(struct text *text, const char *sentence, const struct text_place *places);

/* Escapers: what is added stands for `string` in that language. NULL adds nothing. */
void text_add_html(struct text *text, const char *string); /* & < > " ' */
void text_add_html_bytes(struct text *text, const char *bytes, size_t size);
void text_add_xml(
    struct text *text,
    const char *string); /* the same, and what XML 1.0 forbids (control characters, bad UTF-8) as U+FFFD */
void text_add_json(struct text *text, const char *string); /* with its quotes; UTF-8 goes in as it is */
void text_add_url(struct text *text,
                  const char *string); /* RFC 3986 2.1: all but unreserved characters percent-encoded */
void text_add_base64url(struct text *text, const void *bytes, size_t size); /* RFC 4648 5, without padding */

/* The bytes of base64url `string` of `size` characters (no padding); false when it is not exactly `want`
 * bytes. */
bool text_read_base64url(const char *string, size_t size, void *bytes, size_t want);

/* How long the valid UTF-8 character at `string` is (1 to 4, RFC 3629), 0 for a 0 byte or what is not UTF-8;
 * *code gets its number. */
size_t text_read_utf8(const char *string, uint32_t *code);
bool text_is_utf8(const void *bytes, size_t size);

/* What a digit counts, -1 for anything else. Base64: `last` is the two that end the alphabet, "+/" (RFC 4648
 * 4) or "-_" (5). */
int text_read_hex(char digit);
int text_read_base64(char digit, const char *last);

/* ASCII only, whatever the locale: b equals a without regard to case. */
bool text_equal_nocase(const char *a, const char *b);
/* ASCII letters of `string` made small, in place; returned. */
char *text_lower(char *string);

#endif
