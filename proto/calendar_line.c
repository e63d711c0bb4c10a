#include "proto/calendar_line.h"

#include <string.h>

/* A feed is some hundred thousand bytes, most of which need nothing but to be copied: values are written in
 * one pass, escaped and folded, into memory that is reserved for the worst. */

enum {
    LINE_MOST = 75, /* bytes without CRLF */
    /* what one byte may become: U+FFFD or a code of three, and the folds of lines of nothing else */
    GROWTH_MOST = 4,
    MARGIN = 16
};

/* Where a byte of ASCII stands for itself, a bit for each place: made out of a set of characters for each,
 * those below 64 and those from there on. */
enum plain { PLAIN_TEXT = 1, PLAIN_PARAMETER = 2, PLAIN_URI = 4, PLAIN_MAIL = 8, PLAIN_ADDRESS = 16 };
#define LOW(c) (UINT64_C(1) << (c))
#define HIGH(c) (UINT64_C(1) << ((c)-64))
#define PRINTABLE_LOW (~UINT64_C(0) << ' ')
#define PRINTABLE_HIGH (~UINT64_C(0) >> 1) /* without DEL */
#define TEXT_LOW (PRINTABLE_LOW & ~(LOW(';') | LOW(',')))
#define TEXT_HIGH (PRINTABLE_HIGH & ~HIGH('\\'))
#define PARAMETER_LOW (PRINTABLE_LOW & ~LOW('"'))
#define PARAMETER_HIGH (PRINTABLE_HIGH & ~HIGH('^'))
#define URI_LOW (PRINTABLE_LOW & ~(LOW(' ') | LOW('"') | LOW('<') | LOW('>')))
#define URI_HIGH (PRINTABLE_HIGH & ~(HIGH('\\') | HIGH('^') | HIGH('`') | HIGH('{') | HIGH('|') | HIGH('}')))
#define MAIL_LOW (URI_LOW & ~(LOW('%') | LOW('/') | LOW('?') | LOW('#') | LOW('&') | LOW(';') | LOW('=')))
#define MAIL_HIGH (URI_HIGH & ~(HIGH('[') | HIGH(']')))
#define ADDRESS_LOW (TEXT_LOW & URI_LOW) /* in either */
#define ADDRESS_HIGH (TEXT_HIGH & URI_HIGH)
#define IS_PLAIN(c, PLACE) (((c) < 64 ? PLACE##_LOW : PLACE##_HIGH) >> ((c)&63) & 1 ? PLAIN_##PLACE : 0)
#define PLACES(c)                                                                                            \
    (IS_PLAIN(c, TEXT) | IS_PLAIN(c, PARAMETER) | IS_PLAIN(c, URI) | IS_PLAIN(c, MAIL) | IS_PLAIN(c, ADDRESS))
#define PLACES_4(c) PLACES(c), PLACES((c) + 1), PLACES((c) + 2), PLACES((c) + 3)
#define PLACES_16(c) PLACES_4(c), PLACES_4((c) + 4), PLACES_4((c) + 8), PLACES_4((c) + 12)
#define PLACES_64(c) PLACES_16(c), PLACES_16((c) + 16), PLACES_16((c) + 32), PLACES_16((c) + 48)
static const unsigned char plain_places[256] = {PLACES_64(0), PLACES_64(64)};

/* How many bytes at `at` stand for themselves. */
static size_t plain_span(const char *at, enum plain place)
{
    const unsigned char *byte = (const unsigned char *)at;
    while (plain_places[*byte] & place)
        byte++;
    return (size_t)(byte - (const unsigned char *)at);
}

bool line_is_plain(const char *value)
{
    return !value[plain_span(value, PLAIN_ADDRESS)];
}

/* Where the next byte goes, and how many more this physical line takes. */
struct pen {
    char *at;
    size_t room;
};

static struct pen pen_take(struct calendar_line *line, size_t size)
{
    char *at = text_reserve(line->text, size * GROWTH_MOST + MARGIN);
    size_t used = line->text->size - line->start;
    return (struct pen){at, used < LINE_MOST ? LINE_MOST - used : 0};
}

static void pen_give(struct calendar_line *line, const struct pen *pen)
{
    text_wrote(line->text, pen->at);
    line->start = line->text->size - (LINE_MOST - pen->room);
}

static void pen_fold(struct pen *pen)
{
    memcpy(pen->at, "\r\n ", 3);
    pen->at += 3;
    pen->room = LINE_MOST - 1;
}

/* Bytes that belong together: a character, an escape. */
static void pen_put(struct pen *pen, const char *bytes, size_t size)
{
    if (size > pen->room)
        pen_fold(pen);
    memcpy(pen->at, bytes, size);
    pen->at += size;
    pen->room -= size;
}

/* ASCII that may be folded anywhere. */
static void pen_put_plain(struct pen *pen, const char *bytes, size_t size)
{
    while (size > pen->room) {
        memcpy(pen->at, bytes, pen->room);
        pen->at += pen->room;
        bytes += pen->room;
        size -= pen->room;
        pen_fold(pen);
    }
    memcpy(pen->at, bytes, size);
    pen->at += size;
    pen->room -= size;
}

static void pen_end(struct calendar_line *line, struct pen *pen)
{
    memcpy(pen->at, "\r\n", 2);
    pen->at += 2;
    text_wrote(line->text, pen->at);
}

void line_add_plain_bytes(struct calendar_line *line, const char *plain, size_t size)
{
    if (size <= LINE_MOST - (line->text->size - line->start)) { /* most of what is added */
        text_add_bytes(line->text, plain, size);
        return;
    }
    struct pen pen = pen_take(line, size);
    pen_put_plain(&pen, plain, size);
    pen_give(line, &pen);
}

/* The size of the character at `at` and what stands for it: itself (NULL), a new line, U+FFFD, or nothing.
 * Line and paragraph separators and the controls of ISO 8859 would end lines in some readers. */
static size_t clean_character(const char *at, const char **instead)
{
    uint32_t code = 0;
    size_t size = text_read_utf8(at, &code);
    *instead = NULL;
    if (!size)
        *instead = "\xEF\xBF\xBD";
    else if (code == '\r')
        *instead = at[1] == '\n' ? "" : "\n";
    else if (code == 0x85 || code == 0x2028 || code == 0x2029)
        *instead = "\n";
    else if ((code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7F && code < 0xA0))
        *instead = "";
    return size ? size : 1;
}

/* The character at *value, which is not plain, as it stands in a text; *value goes behind it. */
static void put_text_character(struct pen *pen, const char **value)
{
    const char *instead;
    size_t size = clean_character(*value, &instead);
    if (**value == '\\' || **value == ';' || **value == ',')
        pen_put(pen, (const char[]){'\\', **value}, 2);
    else if (**value == '\n' || (instead && *instead == '\n'))
        pen_put(pen, "\\n", 2);
    else if (!instead || *instead)
        pen_put(pen, instead ? instead : *value, instead ? strlen(instead) : size);
    *value += size;
}

void line_close_text(struct calendar_line *line, const char *value)
{
    struct pen pen = pen_take(line, strlen(value));
    pen_put(&pen, ":", 1);
    while (*value) {
        size_t size = plain_span(value, PLAIN_TEXT);
        pen_put_plain(&pen, value, size);
        value += size;
        if (*value)
            put_text_character(&pen, &value);
    }
    pen_end(line, &pen);
}

/* The same within the quotes of a parameter. */
static void put_parameter_character(struct pen *pen, const char **value)
{
    const char *instead;
    size_t size = clean_character(*value, &instead);
    if (**value == '"')
        pen_put(pen, "'", 1);
    else if (**value == '^')
        pen_put(pen, "^^", (*value)[1] && strchr("^n'\"", (*value)[1]) ? 2 : 1);
    else if (**value == '\n' || **value == '\t' || (instead && *instead == '\n'))
        pen_put(pen, " ", 1);
    else if (!instead || *instead)
        pen_put(pen, instead ? instead : *value, instead ? strlen(instead) : size);
    *value += size;
}

void line_add_parameter(struct calendar_line *line, const char *name, const char *value)
{
    size_t name_size = strlen(name);
    struct pen pen = pen_take(line, name_size + strlen(value));
    pen_put(&pen, ";", 1);
    pen_put_plain(&pen, name, name_size);
    pen_put(&pen, "=\"", 2);
    while (*value) {
        size_t size = plain_span(value, PLAIN_PARAMETER);
        pen_put_plain(&pen, value, size);
        value += size;
        if (*value)
            put_parameter_character(&pen, &value);
    }
    pen_put(&pen, "\"", 1);
    pen_give(line, &pen);
}

/* The bytes of a URI behind `before`, those encoded that are not plain, and the end of the line. */
static void close_uri(struct calendar_line *line, const char *before, const char *uri, enum plain place)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t before_size = strlen(before);
    struct pen pen = pen_take(line, before_size + strlen(uri));
    pen_put_plain(&pen, before, before_size);
    while (*uri) {
        size_t size = plain_span(uri, place);
        pen_put_plain(&pen, uri, size);
        uri += size;
        if (*uri) {
            unsigned char byte = (unsigned char)*uri++;
            pen_put(&pen, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
        }
    }
    pen_end(line, &pen);
}

void line_close_uri(struct calendar_line *line, const char *uri)
{
    close_uri(line, ":", uri, PLAIN_URI);
}

void line_close_mailto(struct calendar_line *line, const char *mail)
{
    close_uri(line, ":mailto:", mail, PLAIN_MAIL);
}

static char *put_two(char *out, int number)
{
    *out++ = (char)('0' + number / 10);
    *out++ = (char)('0' + number % 10);
    return out;
}

static void close_wall(struct calendar_line *line, const struct wall *wall, const char *zulu)
{
    char out[20], *at = out;
    *at++ = ':';
    at = put_two(at, wall->year / 100 % 100);
    at = put_two(at, wall->year % 100);
    at = put_two(at, wall->month);
    at = put_two(at, wall->day);
    *at++ = 'T';
    at = put_two(at, wall->hour);
    at = put_two(at, wall->minute);
    at = put_two(at, wall->second);
    if (*zulu)
        *at++ = *zulu;
    struct pen pen = pen_take(line, sizeof out);
    pen_put_plain(&pen, out, (size_t)(at - out));
    pen_end(line, &pen);
}

void line_close_utc(struct calendar_line *line, int64_t at)
{
    struct wall wall = wall_from_seconds(at);
    close_wall(line, &wall, "Z");
}

void line_close_wall(struct calendar_line *line, const struct wall *wall)
{
    close_wall(line, wall, "");
}

void line_add_number(struct calendar_line *line, int number)
{
    char out[16], *at = out + sizeof out;
    unsigned left = number < 0 ? 0U - (unsigned)number : (unsigned)number;
    *--at = 0;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        *--at = '-';
    line_add_plain(line, at);
}
