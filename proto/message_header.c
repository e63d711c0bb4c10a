/* Header fields: nothing that is written here can end its line, begin another field, or leave ASCII. */
#include "proto/message_parts.h"

#include <string.h>

enum { LINE_MOST = 76, WORD_MOST = 75 };

/* Adds `value` as valid UTF-8 with a space for each control character, and for line and paragraph separators.
 */
static void add_clean(struct text *text, const char *value)
{
    while (value && *value) {
        uint32_t code = 0;
        size_t size = text_read_utf8(value, &code);
        if (!size)
            text_add(text, "\xEF\xBF\xBD");
        else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029)
            text_add_char(text, ' ');
        else
            text_add_bytes(text, value, size);
        value += size ? size : 1;
    }
}

static bool is_ascii(const char *value)
{
    while (*value && (unsigned char)*value < 0x80)
        value++;
    return !*value;
}

/* Where the last line began. */
static size_t column(const struct text *text)
{
    size_t size = 0;
    while (size < text->size && text->data[text->size - size - 1] != '\n')
        size++;
    return size;
}

/* May stand for itself in a Q word, in names too (RFC 2047 5 (3)). */
static bool is_plain_q(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("!*+-/", byte));
}

static size_t q_size(const char *bytes, size_t size)
{
    size_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += is_plain_q(bytes[i]) || bytes[i] == ' ' ? 1 : 3;
    return sum;
}

static size_t b_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static void add_q(struct text *text, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (is_plain_q(bytes[i]) || bytes[i] == ' ')
            text_add_char(text, bytes[i] == ' ' ? '_' : bytes[i]);
        else
            text_addf(text, "=%02X", (unsigned char)bytes[i]);
    }
}

static void add_b(struct text *text, const char *bytes, size_t size)
{
    size_t start = text->size;
    text_add_base64url(text, bytes, size);
    for (size_t i = start; i < text->size; i++)
        text->data[i] = text->data[i] == '-' ? '+' : text->data[i] == '_' ? '/' : text->data[i];
    while ((text->size - start) % 4)
        text_add_char(text, '=');
}

/* Adds `value` in encoded words (RFC 2047 2), each of whole characters and within its line. */
static void add_words(struct text *text, const char *value)
{
    static const char start[] = "=?UTF-8?", end[] = "?=";
    size_t around = sizeof start - 1 + 2 + sizeof end - 1;
    bool q = q_size(value, strlen(value)) <= b_size(strlen(value));
    while (*value) {
        size_t room = LINE_MOST - column(text), size = 0;
        room = (room < WORD_MOST ? room : WORD_MOST) - around;
        while (value[size]) {
            uint32_t code;
            size_t more = size + text_read_utf8(value + size, &code);
            if ((q ? q_size(value, more) : b_size(more)) > room)
                break;
            size = more;
        }
        text_addf(text, "%s%c?", start, q ? 'Q' : 'B');
        if (q)
            add_q(text, value, size);
        else
            add_b(text, value, size);
        text_add(text, end);
        value += size;
        if (*value)
            text_add(text, "\r\n ");
    }
}

/* Whether a field of that much plain text can stand as it is: in one line, with no white space that a reader
 * might change and nothing that looks like an encoded word. */
static bool is_plain(const char *value, size_t room)
{
    size_t size = strlen(value);
    return is_ascii(value) && size <= room && !strstr(value, "=?") && !strstr(value, "  ") &&
           (!size || (value[0] != ' ' && value[size - 1] != ' '));
}

void message_add_unstructured(struct text *text, const char *name, const char *value)
{
    struct text clean = {0};
    add_clean(&clean, value);
    text_addf(text, "%s: ", name);
    if (is_plain(text_string(&clean), LINE_MOST - column(text)))
        text_add(text, clean.data);
    else
        add_words(text, clean.data);
    text_add(text, "\r\n");
    text_free(&clean);
}

/* RFC 5322 3.2.4 */
static void add_quoted(struct text *text, const char *value)
{
    text_add_char(text, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *value);
    }
    text_add_char(text, '"');
}

void message_add_token(struct text *text, const char *token)
{
    for (; token && *token; token++)
        if (*token > ' ' && *token < 0x7F && !strchr("<>\"\\;", *token))
            text_add_char(text, *token);
}

void message_add_mailbox(struct text *text, const char *name, const char *person, const char *mail)
{
    struct text clean = {0}, address = {0};
    add_clean(&clean, person);
    text_add_char(&address, '<');
    message_add_token(&address, mail);
    text_add_char(&address, '>');
    text_addf(text, "%s: ", name);
    if (clean.size) {
        if (is_plain(clean.data, LINE_MOST - column(text) - 4))
            add_quoted(text, clean.data);
        else
            add_words(text, clean.data);
        text_add(text, column(text) + 1 + address.size > LINE_MOST ? "\r\n " : " ");
    }
    text_add(text, address.data);
    text_add(text, "\r\n");
    text_free(&clean);
    text_free(&address);
}

void message_add_angle(struct text *text, const char *name, const char *token)
{
    struct text clean = {0};
    message_add_token(&clean, token);
    bool fits = strlen(name) + strlen(": <>") + clean.size <= LINE_MOST;
    text_addf(text, "%s:%s <%s>\r\n", name, fits ? "" : "\r\n", text_string(&clean));
    text_free(&clean);
}
