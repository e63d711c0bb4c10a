/* Bodies: transfer encodings (RFC 2045 6). */
#include "proto/message_parts.h"

#include <string.h>

enum { LINE_MOST = 76, BASE64_BYTES = 57 };

/* The bytes from `body` on that are ASCII and no line end. */
static size_t plain_run(const char *body)
{
    size_t size = 0;
    while ((unsigned char)body[size] < 0x80 && body[size] && body[size] != '\r' && body[size] != '\n')
        size++;
    return size;
}

static void add_normal(struct text *text, const char *body)
{
    while (body && *body) {
        size_t run = plain_run(body);
        text_add_bytes(text, body, run);
        body += run;
        if (!*body)
            break;
        uint32_t code = 0;
        size_t size = text_read_utf8(body, &code);
        if (code == '\r' || code == '\n')
            text_add(text, "\r\n");
        else if (size)
            text_add_bytes(text, body, size);
        else
            text_add(text, "\xEF\xBF\xBD");
        body += size ? size : 1;
        if (code == '\r' && *body == '\n')
            body++;
    }
    if (text->size && text->data[text->size - 1] != '\n')
        text_add(text, "\r\n");
}

/* Whether mail programs on the way take these lines for something else: mbox files take "From ", SMTP takes
 * dots, boundaries begin with "--" and ours contain "=_". */
static bool line_is_risky(const char *line)
{
    return line[0] == '.' || strncmp(line, "From ", 5) == 0;
}

static bool is_seven_bit(const char *body)
{
    for (const char *line = body; *line;) {
        size_t size = strcspn(line, "\r\n");
        if (size > LINE_MOST || line_is_risky(line) ||
            (size && (line[size - 1] == ' ' || line[size - 1] == '\t')))
            return false;
        for (size_t i = 0; i < size; i++)
            if ((line[i] < ' ' && line[i] != '\t') || line[i] == 0x7F)
                return false; /* char is signed or not: bytes from 0x80 on are caught here or there */
        line += size + 2;
    }
    return !strstr(body, "=_");
}

static bool is_quoted(const char *body, size_t at)
{
    unsigned char byte = (unsigned char)body[at];
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
        return false;
    if (byte == ' ' || byte == '\t')
        return body[at + 1] == '\r';
    bool line_start = at == 0 || body[at - 1] == '\n';
    return byte < 0x20 || byte > 0x7E || byte == '=' || (line_start && line_is_risky(body + at));
}

static void add_quoted_printable(struct text *text, const char *body)
{
    static const char digits[] = "0123456789ABCDEF";
    char line[LINE_MOST + 4];
    size_t column = 0;
    for (size_t at = 0; body[at]; at++) {
        if (body[at] == '\r') {
            memcpy(line + column, "\r\n", 2);
            text_add_bytes(text, line, column + 2);
            column = 0;
            at++;
            continue;
        }
        bool quoted = is_quoted(body, at);
        if (column + (quoted ? 3 : 1) > LINE_MOST - 1) {
            memcpy(line + column, "=\r\n", 3);
            text_add_bytes(text, line, column + 3);
            column = 0;
        }
        unsigned char byte = (unsigned char)body[at];
        line[column++] = quoted ? '=' : body[at];
        if (quoted) {
            line[column++] = digits[byte >> 4];
            line[column++] = digits[byte & 15];
        }
    }
    text_add_bytes(text, line, column);
}

static size_t quoted_count(const char *body)
{
    size_t count = 0;
    for (size_t at = 0; body[at]; at++)
        count += body[at] != '\r' && body[at] != '\n' && is_quoted(body, at);
    return count;
}

static void add_base64(struct text *text, const char *body, size_t size)
{
    for (size_t at = 0; at < size; at += BASE64_BYTES) {
        size_t start = text->size;
        text_add_base64url(text, body + at, size - at < BASE64_BYTES ? size - at : BASE64_BYTES);
        for (size_t i = start; i < text->size; i++)
            text->data[i] = text->data[i] == '-' ? '+' : text->data[i] == '_' ? '/' : text->data[i];
        while ((text->size - start) % 4)
            text_add_char(text, '=');
        text_add(text, "\r\n");
    }
}

void message_add_body(struct text *text, const char *body, bool opaque)
{
    struct text normal = {0};
    add_normal(&normal, body);
    const char *lines = text_string(&normal);
    text_add(text, "Content-Transfer-Encoding: ");
    if (!opaque && is_seven_bit(lines)) {
        text_add(text, "7bit\r\n\r\n");
        text_add(text, lines);
    } else if (!opaque &&
               6 * quoted_count(lines) <= normal.size) { /* 2 more bytes each against a third more */
        text_add(text, "quoted-printable\r\n\r\n");
        add_quoted_printable(text, lines);
    } else {
        text_add(text, "base64\r\n\r\n");
        add_base64(text, lines, normal.size);
    }
    text_free(&normal);
}
