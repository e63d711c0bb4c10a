#include "proto/decode.h"

#include <iconv.h>
#include <string.h>
#include <strings.h>

enum { WORD_MOST = 1000 };

size_t decode_base64(const char *from, size_t size, char *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t written = 0;
    for (size_t i = 0; i < size && from[i] != '='; i++) {
        int value = text_read_base64(from[i], "+/");
        if (value < 0)
            continue;
        bits = bits << 6 | (uint32_t)value;
        if ((count += 6) >= 8) {
            count -= 8;
            out[written++] = (char)(bits >> count);
        }
    }
    return written;
}

/* How many bytes a soft line break takes behind its '=', with the blanks that a gateway put there; 0: none.
 */
static size_t soft_break(const char *from, size_t size)
{
    size_t blanks = 0;
    while (blanks < size && (from[blanks] == ' ' || from[blanks] == '\t'))
        blanks++;
    if (blanks < size && from[blanks] == '\n')
        return blanks + 1;
    return blanks + 1 < size && from[blanks] == '\r' && from[blanks + 1] == '\n' ? blanks + 2 : 0;
}

size_t decode_quoted_printable(const char *from, size_t size, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] != '=') {
            out[written++] = from[i];
            continue;
        }
        int high = i + 2 < size ? text_read_hex(from[i + 1]) : -1;
        int low = high >= 0 ? text_read_hex(from[i + 2]) : -1;
        size_t broken = low < 0 ? soft_break(from + i + 1, size - i - 1) : 0;
        if (low >= 0)
            out[written++] = (char)(high << 4 | low);
        else if (!broken)
            out[written++] = '=';
        i += low >= 0 ? 2 : broken;
    }
    return written;
}

/* RFC 2047 4.2 */
static size_t decode_q(const char *from, size_t size, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        int high = from[i] == '=' && i + 2 < size ? text_read_hex(from[i + 1]) : -1;
        int low = high >= 0 ? text_read_hex(from[i + 2]) : -1;
        if (low >= 0)
            i += 2;
        out[written++] = low >= 0 ? (char)(high << 4 | low) : from[i] == '_' ? ' ' : from[i];
    }
    return written;
}

/* Adds what iconv makes of the bytes, all of them or nothing. */
static bool convert(struct text *text, const char *charset, const char *bytes, size_t size)
{
    char *from = (char *)bytes, out[1024]; /* iconv does not write to what it reads */
    size_t before = text->size;
    iconv_t conversion = iconv_open("UTF-8", charset);
    if (conversion == (iconv_t)-1) // NOLINT(performance-no-int-to-ptr): POSIX wants it so
        return false;
    bool good = true;
    while (size && good) {
        char *to = out;
        size_t room = sizeof out, left = size;
        iconv(conversion, &from, &size, &to, &room);
        good = size < left && !memchr(out, 0, (size_t)(to - out));
        if (good)
            text_add_bytes(text, out, (size_t)(to - out));
    }
    iconv_close(conversion);
    if (!good && text->size > before) {
        text->size = before;
        text->data[before] = 0;
    }
    return good;
}

/* Adds bytes of a charset as UTF-8. False, and nothing is added: they are not of that charset, it is not one
 * of those known, or they contain a 0. Only charsets that mailers used, so that nobody makes iconv load what
 * he likes. */
static bool decode_charset(struct text *text, const char *charset, const char *bytes, size_t size)
{
    static const char *const known[] = {
        "iso-8859-1",   "iso-8859-2",   "iso-8859-7",   "iso-8859-9",   "iso-8859-15", "windows-1250",
        "windows-1251", "windows-1252", "windows-1253", "windows-1254", "koi8-r",      "iso-2022-jp",
        "shift_jis",    "gb2312",       "gb18030",      "big5",         "euc-kr"};
    if (text_equal_nocase(charset, "utf-8") || text_equal_nocase(charset, "us-ascii")) {
        bool good = text_is_utf8(bytes, size) && !memchr(bytes, 0, size);
        if (good)
            text_add_bytes(text, bytes, size);
        return good;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal_nocase(charset, known[i]))
            return convert(text, known[i], bytes, size);
    return false;
}

/* What Windows makes of a byte that is no ASCII; it has five that are no character. */
static uint32_t windows_character(unsigned char byte)
{
    static const uint16_t others[] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                      0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                      0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                      0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    return byte >= 0xA0 ? byte : byte >= 0x80 ? others[byte - 0x80] : 0xFFFD;
}

static void add_character(struct text *text, uint32_t code) /* of the Basic Multilingual Plane, no ASCII */
{
    if (code >= 0x800)
        text_add_char(text, (char)(0xE0 | code >> 12));
    text_add_char(text, (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3F) : 0xC0 | code >> 6));
    text_add_char(text, (char)(0x80 | (code & 0x3F)));
}

void decode_charset_anyhow(struct text *text, const char *charset, const char *bytes, size_t size)
{
    if ((charset && decode_charset(text, charset, bytes, size)) || decode_charset(text, "utf-8", bytes, size))
        return;
    for (size_t at = 0; at < size; at++) {
        size_t run = 0; /* of ASCII */
        while (at + run < size && bytes[at + run] > 0)
            run++;
        text_add_bytes(text, bytes + at, run);
        at += run;
        if (at < size)
            add_character(text, windows_character((unsigned char)bytes[at]));
    }
}

size_t decode_word(struct text *text, const char *word)
{
    char charset[32], bytes[WORD_MOST];
    if (strncmp(word, "=?", 2) != 0)
        return 0;
    size_t charset_size = strcspn(word + 2, "?*"); /* *: the language of RFC 2231 5 */
    const char *kind = strchr(word + 2, '?');
    if (!kind || charset_size >= sizeof charset || !kind[1] || kind[2] != '?')
        return 0;
    const char *from = kind + 3, *end = strstr(from, "?=");
    if (!end || end - from >= WORD_MOST || strcspn(from, " \n") < (size_t)(end - from))
        return 0;
    memcpy(charset, word + 2, charset_size);
    charset[charset_size] = 0;
    size_t size = (size_t)(end - from);
    if (kind[1] == 'B' || kind[1] == 'b')
        size = decode_base64(from, size, bytes);
    else if (kind[1] == 'Q' || kind[1] == 'q')
        size = decode_q(from, size, bytes);
    else
        return 0;
    return decode_charset(text, charset, bytes, size) ? (size_t)(end + 2 - word) : 0;
}

void decode_words(struct text *text, const char *value)
{
    struct text decoded = {0};
    bool behind_word = false;
    while (*value) {
        size_t blanks = behind_word ? strspn(value, " \t\r\n") : 0;
        size_t size = decode_word(&decoded, value + blanks);
        behind_word = size > 0;
        if (size) {
            value += blanks + size;
        } else {
            size = strcspn(value + 1, "= \t\r\n") + 1; /* up to where a word may begin */
            decode_charset_anyhow(&decoded, NULL, value, size);
            value += size;
        }
    }
    for (size_t i = 0; i < decoded.size; i++)
        text_add_char(
            text, (unsigned char)decoded.data[i] < ' ' || decoded.data[i] == 0x7F ? ' ' : decoded.data[i]);
    text_free(&decoded);
}
