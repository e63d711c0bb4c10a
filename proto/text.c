#include "proto/text.h"

#include "proto/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 256, FIT_LEAST = 4096 /* bytes: for less it is not worth the call */ };

void text_grow(struct text *text, size_t more)
{
    size_t room = text->room ? text->room : ROOM_AT_FIRST;
    while (room - text->size <= more && room < SIZE_MAX)
        room = room > SIZE_MAX / 2 ? SIZE_MAX : room * 2; /* what cannot be had ends in mem_resize */
    text->data = mem_resize(text->data, room);
    text->room = room;
}

void text_wrote(struct text *text, char *end)
{
    *end = 0;
    text->size = (size_t)(end - text->data);
}

void text_insert(struct text *text, size_t at, const void *bytes, size_t size)
{
    char *end = text_reserve(text, size) + size, *place = text->data + at;
    memmove(place + size, place, text->size - at);
    if (size)
        memcpy(place, bytes, size);
    text_wrote(text, end);
}

void text_add(struct text *text, const char *string)
{
    if (string)
        text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char byte)
{
    text_add_bytes(text, &byte, 1);
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    text_reserve(text, 0); /* most of what is added fits the room that there is: it is written once */
    size_t room = text->room - text->size;
    int size = vsnprintf(text->data + text->size, room, format, arguments);
    va_end(arguments);
    if (size >= 0 && (size_t)size >= room) {
        text_reserve(text, (size_t)size);
        vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
    }
    text->size += size > 0 ? (size_t)size : 0;
    va_end(again);
}

void text_clear(struct text *text)
{
    text->size = 0;
    if (text->data)
        text->data[0] = 0;
}

void text_fit(struct text *text)
{
    if (text->room - text->size <= FIT_LEAST)
        return;
    text->room = text->size + 1;
    text->data = mem_resize(text->data, text->room);
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

const char *text_string(const struct text *text)
{
    return text->data ? text->data : "";
}

/* The place whose name stands between braces at the start of `brace`, or NULL. */
static const struct text_place *place_at(const char *brace, const struct text_place *place)
{
    for (; place->name; place++) {
        size_t size = strlen(place->name);
        if (strncmp(brace + 1, place->name, size) == 0 && brace[size + 1] == '}')
            return place;
    }
    return NULL;
}

void text_add_places(struct text *text, const char *sentence, const struct text_place *places)
{
    for (const char *brace = strchr(sentence, '{'); brace; brace = strchr(brace, '{')) {
        const struct text_place *place = place_at(brace++, places);
        if (!place)
            continue;
        text_add_bytes(text, sentence, (size_t)(brace - 1 - sentence));
        text_add(text, place->value);
        sentence = brace = brace + strlen(place->name) + 1;
    }
    text_add(text, sentence);
}

static const char *markup_entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void text_add_html_bytes(struct text *text, const char *bytes, size_t size)
{
    const char *start = bytes, *end = bytes + size;
    for (; bytes < end; bytes++) {
        const char *entity = *bytes > '>' ? NULL : markup_entity(*bytes); /* letters are most of it */
        if (!entity)
            continue;
        text_add_bytes(text, start, (size_t)(bytes - start));
        text_add(text, entity);
        start = bytes + 1;
    }
    text_add_bytes(text, start, (size_t)(end - start));
}

void text_add_html(struct text *text, const char *string)
{
    if (string)
        text_add_html_bytes(text, string, strlen(string));
}

/* XML 1.0 production [2] Char, of which text_read_utf8 has already refused surrogates. */
static bool xml_allows(uint32_t code)
{
    return code >= 0x20 ? code != 0xFFFE && code != 0xFFFF : code == '\t' || code == '\n' || code == '\r';
}

void text_add_xml(struct text *text, const char *string)
{
    while (string && *string) {
        uint32_t code = 0;
        size_t size = text_read_utf8(string, &code);
        const char *entity = markup_entity(*string);
        if (entity)
            text_add(text, entity);
        else if (size && xml_allows(code))
            text_add_bytes(text, string, size);
        else
            text_add(text, "\xEF\xBF\xBD");
        string += size ? size : 1;
    }
}

/* RFC 8259 7: the quote, the backslash, and control characters. */
static void text_add_json_escape(struct text *text, char byte)
{
    static const char digits[] = "0123456789abcdef", letters[] = "btn\0fr";
    const unsigned char code = (unsigned char)byte;
    if (code < 0x20) {
        const char letter = code >= '\b' && code <= '\r' ? letters[code - '\b'] : 0;
        const char short_form[] = {'\\', letter};
        const char long_form[] = {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
        text_add_bytes(text, letter ? short_form : long_form, letter ? sizeof short_form : sizeof long_form);
    } else {
        text_add_char(text, '\\');
        text_add_char(text, byte);
    }
}

void text_add_json(struct text *text, const char *string)
{
    if (!string)
        return;
    text_add_char(text, '"');
    for (const char *start = string;; start = string) {
        while ((unsigned char)*string >= 0x20 && *string != '"' && *string != '\\')
            string++;
        text_add_bytes(text, start, (size_t)(string - start));
        if (!*string)
            break;
        text_add_json_escape(text, *string++);
    }
    text_add_char(text, '"');
}

static bool url_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void text_add_url(struct text *text, const char *string)
{
    static const char digits[] = "0123456789ABCDEF";
    while (string && *string) {
        const char *start = string;
        while (url_unreserved((unsigned char)*string))
            string++;
        text_add_bytes(text, start, (size_t)(string - start));
        for (; *string && !url_unreserved((unsigned char)*string); string++) {
            unsigned char byte = (unsigned char)*string;
            const char code[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            text_add_bytes(text, code, 3);
        }
    }
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_add_base64url(struct text *text, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    char *out = text_reserve(text, size / 3 * 4 + 4);
    for (; size >= 3; size -= 3, in += 3) {
        *out++ = base64url[in[0] >> 2];
        *out++ = base64url[(in[0] << 4 | in[1] >> 4) & 63];
        *out++ = base64url[(in[1] << 2 | in[2] >> 6) & 63];
        *out++ = base64url[in[2] & 63];
    }
    if (size) {
        *out++ = base64url[in[0] >> 2];
        *out++ = base64url[(in[0] << 4 | (size > 1 ? in[1] >> 4 : 0)) & 63];
        if (size > 1)
            *out++ = base64url[in[1] << 2 & 63];
    }
    text_wrote(text, out);
}

bool text_read_base64url(const char *string, size_t size, void *bytes, size_t want)
{
    if (size != (want * 4 + 2) / 3)
        return false;
    unsigned char *out = bytes;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) {
        int value = text_read_base64(string[i], "-_");
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *out++ = (unsigned char)(bits >> count);
        }
    }
    return (bits & ((1U << count) - 1)) == 0; /* one text for the same bytes only: stray bits are refused */
}

size_t text_read_utf8(const char *string, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)string;
    if (s[0] < 0x80) {
        *code = s[0];
        return s[0] != 0;
    }
    size_t size = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    uint32_t value = s[0] & (0xFFU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3F);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return size;
}

bool text_is_utf8(const void *bytes, size_t size)
{
    const char *at = bytes, *end = at + size;
    while (at < end) {
        if (*at > 0) {
            at++;
            continue;
        }
        char window[5] = {0}; /* so that a character cut at the end is not read past it */
        memcpy(window, at, (size_t)(end - at) < 4 ? (size_t)(end - at) : 4);
        uint32_t code;
        size_t step = text_read_utf8(window, &code);
        if (!step)
            return false;
        at += step;
    }
    return true;
}

int text_read_base64(char digit, const char *last)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == last[0] ? 62 : digit == last[1] ? 63 : -1;
}

int text_read_hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool text_equal_nocase(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

char *text_lower(char *string)
{
    for (char *at = string; *at; at++)
        *at = lower(*at);
    return string;
}
