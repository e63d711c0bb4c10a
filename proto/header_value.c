#include "proto/header_value.h"

#include "proto/decode.h"
#include "proto/text.h"

#include <string.h>

enum { VALUE_MOST = 2000 /* bytes */ };

/* Bytes of Latin-1 as UTF-8. */
static char *from_latin1(struct arena *arena, const char *value)
{
    char *text = arena_alloc(arena, 2 * strlen(value) + 1), *out = text;
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;
        if (byte >= 0x80) {
            *out++ = (char)(0xC0 | byte >> 6);
            *out++ = (char)(0x80 | (byte & 0x3F));
        } else {
            *out++ = (char)byte;
        }
    }
    return text;
}

/* UTF-8 that somebody took for Latin-1 and made UTF-8 again, made one again; NULL when it is none. */
static const char *undo_twice(struct arena *arena, const char *value)
{
    char *text = arena_alloc(arena, strlen(value) + 1), *out = text;
    bool plain = true;
    while (*value) {
        uint32_t code = 0;
        size_t size = text_read_utf8(value, &code);
        if (!size || code > 0xFF)
            return NULL;
        plain = plain && code < 0x80;
        *out++ = (char)code;
        value += size;
    }
    return !plain && text_is_utf8(text, (size_t)(out - text)) ? text : NULL;
}

/* Percent codes undone; NULL when it is not written so. */
static const char *undo_percent(struct arena *arena, const char *value)
{
    char *text = arena_alloc(arena, strlen(value) + 1), *out = text;
    if (!strchr(value, '%') || strchr(value, ' '))
        return NULL;
    for (; *value; value++) {
        int high = *value == '%' ? text_read_hex(value[1]) : -1;
        int low = high >= 0 ? text_read_hex(value[2]) : -1;
        if ((*value == '%' && (low < 0 || high + low == 0)) || (unsigned char)*value >= 0x80)
            return NULL;
        *out++ = low >= 0 ? (char)(high << 4 | low) : *value;
        value += low >= 0 ? 2 : 0;
    }
    return text_is_utf8(text, (size_t)(out - text)) ? text : NULL;
}

/* White space and control characters as single spaces between words, in place. */
static char *fold(char *text)
{
    char *out = text;
    for (const char *at = text; *at;) {
        uint32_t code = 0;
        size_t size = text_read_utf8(at, &code);
        bool space = code <= 0x20 || (code >= 0x7F && code <= 0xA0);
        size = size ? size : 1;
        if (!space) {
            memmove(out, at, size);
            out += size;
        } else if (out > text && out[-1] != ' ') {
            *out++ = ' ';
        }
        at += size;
    }
    while (out > text && out[-1] == ' ')
        out--;
    *out = 0;
    return text;
}

const char *header_value_read(struct arena *arena, const char *value)
{
    if (strlen(value) > VALUE_MOST)
        return NULL;
    const char *plain = text_is_utf8(value, strlen(value)) ? value : from_latin1(arena, value);
    const char *undone = undo_twice(arena, plain);
    plain = undone ? undone : plain;
    undone = undo_percent(arena, plain);
    plain = undone ? undone : plain;
    struct text words = {0};
    decode_words(&words, plain);
    char *text = fold(arena_dup(arena, text_string(&words)));
    text_free(&words);
    return *text ? text : NULL;
}

static bool is_edge(char byte)
{
    return byte == ';' || byte == ',';
}

bool header_value_has(const char *values, const char *wanted)
{
    size_t size = strlen(wanted);
    for (const char *at = values; size && *at; at++) {
        const char *before = at;
        while (before > values && before[-1] == ' ')
            before--;
        if ((before > values && !is_edge(before[-1])) || strncasecmp(at, wanted, size) != 0)
            continue;
        const char *behind = at + size + strspn(at + size, " ");
        if (!*behind || is_edge(*behind))
            return true;
    }
    return false;
}
