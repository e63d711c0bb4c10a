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

/* How many bytes from `at` on stand for themselves whatever is around them: nearly all of a letter. A line's
 * first byte may be risky, and what ends a line is looked at by itself. */
static size_t unquoted_run(const char *body, size_t at)
{
    size_t size = 0;
    if (at == 0 || body[at - 1] == '\n')
        return 0;
    for (;; size++) {
        unsigned char byte = (unsigned char)body[at + size];
        bool blank = byte == ' ' && body[at + size + 1] != '\r';
        if (!blank && (byte < '!' || byte > '~' || byte == '='))
            return size;
    }
}

struct quoted_line {
    struct text *text;
    size_t column;
};

static void line_break(struct quoted_line *line, const char *end)
{
    text_add(line->text, end);
    line->column = 0;
}

static void line_add(struct quoted_line *line, const char *bytes, size_t size)
{
    if (line->column + size > LINE_MOST - 1)
        line_break(line, "=\r\n");
    text_add_bytes(line->text, bytes, size);
    line->column += size;
}

static void line_add_run(struct quoted_line *line, const char *bytes, size_t size)
{
    while (size) {
        if (line->column == LINE_MOST - 1)
            line_break(line, "=\r\n");
        size_t room = LINE_MOST - 1 - line->column, some = size < room ? size : room;
        line_add(line, bytes, some);
        bytes += some;
        size -= some;
    }
}

static void add_quoted_printable(struct text *text, const char *body)
{
    static const char digits[] = "0123456789ABCDEF";
    struct quoted_line line = {.text = text};
    for (size_t at = 0, run; body[at]; at += run) {
        run = unquoted_run(body, at);
        if (run) {
            line_add_run(&line, body + at, run);
        } else if (body[at] == '\r') {
            line_break(&line, "\r\n");
            run = 2;
        } else if (is_quoted(body, at)) {
            unsigned char byte = (unsigned char)body[at];
            line_add(&line, (char[]){'=', digits[byte >> 4], digits[byte & 15]}, 3);
            run = 1;
        } else {
            line_add(&line, body + at, 1);
            run = 1;
        }
    }
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
    struct text normal = {0}, quoted = {0};
    add_normal(&normal, body);
    const char *lines = text_string(&normal);
    bool seven_bit = !opaque && is_seven_bit(lines);
    if (!opaque && !seven_bit)
        add_quoted_printable(&quoted, lines);
    text_add(text, "Content-Transfer-Encoding: ");
    if (seven_bit) {
        text_add(text, "7bit\r\n\r\n");
        text_add(text, lines);
    } else if (quoted.size && 3 * quoted.size <= 4 * normal.size) { /* base64 makes four bytes of three */
        text_add(text, "quoted-printable\r\n\r\n");
        text_add_bytes(text, quoted.data, quoted.size);
    } else {
        text_add(text, "base64\r\n\r\n");
        add_base64(text, lines, normal.size);
    }
    text_free(&normal);
    text_free(&quoted);
}
