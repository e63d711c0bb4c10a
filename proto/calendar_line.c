#include "proto/calendar_line.h"

#include <string.h>

enum { LINE_MOST = 75 }; /* bytes without CRLF */

/* Adds `size` bytes that belong together (a character, an escape), on the next physical line when this one is
 * full. */
static void line_put(struct calendar_line *line, const char *bytes, size_t size)
{
    if (line->text->size - line->start + size > LINE_MOST) {
        text_add(line->text, "\r\n ");
        line->start = line->text->size - 1;
    }
    text_add_bytes(line->text, bytes, size);
}

/* Adds ASCII that may be folded anywhere. */
static void line_put_plain(struct calendar_line *line, const char *bytes, size_t size)
{
    while (size) {
        size_t used = line->text->size - line->start;
        size_t room = used < LINE_MOST ? LINE_MOST - used : LINE_MOST - 1;
        size_t now = size < room ? size : room;
        if (used < LINE_MOST)
            text_add_bytes(line->text, bytes, now);
        else
            line_put(line, bytes, now);
        bytes += now;
        size -= now;
    }
}

static void line_close(struct calendar_line *line)
{
    text_add_bytes(line->text, "\r\n", 2);
}

void line_open(struct calendar_line *line, struct text *text, const char *name)
{
    *line = (struct calendar_line){text, text->size};
    line_put_plain(line, name, strlen(name));
}

void line_add(struct text *text, const char *plain)
{
    struct calendar_line line;
    line_open(&line, text, plain);
    line_close(&line);
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

/* How many bytes of ASCII without special meaning stand at `at`. */
static size_t plain_span(const char *at, const char *special)
{
    size_t size = 0;
    while (at[size] >= ' ' && at[size] < 0x7F && !strchr(special, at[size]))
        size++;
    return size;
}

void line_close_text(struct calendar_line *line, const char *value)
{
    line_put(line, ":", 1);
    while (value && *value) {
        size_t size = plain_span(value, "\\;,");
        line_put_plain(line, value, size);
        value += size;
        if (!*value)
            break;
        const char *instead;
        size = clean_character(value, &instead);
        if (*value == '\\' || *value == ';' || *value == ',')
            line_put(line, (const char[]){'\\', *value}, 2);
        else if (*value == '\n' || (instead && *instead == '\n'))
            line_put(line, "\\n", 2);
        else if (!instead || *instead)
            line_put(line, instead ? instead : value, instead ? strlen(instead) : size);
        value += size;
    }
    line_close(line);
}

void line_add_parameter(struct calendar_line *line, const char *name, const char *value)
{
    line_put(line, ";", 1);
    line_put_plain(line, name, strlen(name));
    line_put(line, "=\"", 2);
    while (*value) {
        size_t size = plain_span(value, "\"^");
        line_put_plain(line, value, size);
        value += size;
        if (!*value)
            break;
        const char *instead;
        size = clean_character(value, &instead);
        if (*value == '"')
            line_put(line, "'", 1);
        else if (*value == '^' && value[1] && strchr("^n'\"", value[1]))
            line_put(line, "^^", 2);
        else if (*value == '\n' || *value == '\t' || (instead && *instead == '\n'))
            line_put(line, " ", 1);
        else if (!instead || *instead)
            line_put(line, instead ? instead : value, instead ? strlen(instead) : size);
        value += size;
    }
    line_put(line, "\"", 1);
}

/* Adds the bytes of a URI, those encoded that are not printable ASCII or in `special`. */
static void put_uri(struct calendar_line *line, const char *uri, const char *special)
{
    static const char digits[] = "0123456789ABCDEF";
    while (uri && *uri) {
        size_t size = plain_span(uri, special);
        line_put_plain(line, uri, size);
        uri += size;
        if (*uri) {
            unsigned char byte = (unsigned char)*uri++;
            line_put(line, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
        }
    }
}

void line_close_uri(struct calendar_line *line, const char *uri)
{
    line_put(line, ":", 1);
    put_uri(line, uri, " \"<>\\^`{|}");
    line_close(line);
}

void line_close_mailto(struct calendar_line *line, const char *mail)
{
    line_put_plain(line, ":mailto:", 8);
    put_uri(line, mail, " \"<>\\^`{|}%/?#[]&;=");
    line_close(line);
}

static char *put_digits(char *out, int number, int count)
{
    for (int i = count; i--; number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + count;
}

static void put_wall(struct calendar_line *line, const struct wall *wall, const char *zulu)
{
    char out[18], *at = out;
    *at++ = ':';
    at = put_digits(at, wall->year, 4);
    at = put_digits(at, wall->month, 2);
    at = put_digits(at, wall->day, 2);
    *at++ = 'T';
    at = put_digits(at, wall->hour, 2);
    at = put_digits(at, wall->minute, 2);
    at = put_digits(at, wall->second, 2);
    line_put_plain(line, out, (size_t)(at - out));
    line_put_plain(line, zulu, strlen(zulu));
    line_close(line);
}

void line_close_utc(struct calendar_line *line, int64_t at)
{
    struct wall wall = wall_from_seconds(at);
    put_wall(line, &wall, "Z");
}

void line_close_wall(struct calendar_line *line, const struct wall *wall)
{
    put_wall(line, wall, "");
}
