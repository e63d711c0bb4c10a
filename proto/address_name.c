/* Names beside addresses, and the cleaning of what was pasted. */
#include "proto/address_parts.h"
#include "proto/text.h"

#include <iconv.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_MOST = 200, NAME_TYPED_MOST = 2000, WORD_MOST = 1000 };

/* What stands for a character when addresses are read; "" for nothing, NULL for the character itself. */
static const char *plain_form(uint32_t code)
{
    if (code == '\n' || (code > ' ' && code < 0x7F))
        return NULL;
    if (code == '\r')
        return "";
    if (code < 0xA1 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
        code == 0x205F || code == 0x3000)
        return " ";
    if (code == 0x2028 || code == 0x2029)
        return "\n";
    if (code == 0xAD || (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
        (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF)
        return ""; /* soft hyphens, joiners, and marks that turn the direction of text */
    if (code == 0xAB || code == 0xBB || (code >= 0x201C && code <= 0x201F))
        return "\"";
    if (code == 0xFF0C || code == 0x3001 || code == 0x060C)
        return ",";
    return code == 0xFF1B || code == 0x061B ? ";" : code == 0xFF20 ? "@" : NULL;
}

char *address_clean(struct arena *arena, const char *typed)
{
    char *clean = arena_alloc(arena, 3 * strlen(typed) + 1), *out = clean; /* 3: the size of U+FFFD */
    while (*typed) {
        uint32_t code = 0xFFFD;
        size_t size = text_read_utf8(typed, &code);
        const char *form = size ? plain_form(code) : "\xEF\xBF\xBD";
        if (form) {
            out = stpcpy(out, form);
        } else {
            memcpy(out, typed, size);
            out += size;
        }
        typed += size ? size : 1;
    }
    *out = 0;
    return clean;
}

/* Base64 with what RFC 2045 6.8 says about strangers (ignored) and padding; the bytes written. */
static size_t decode_base64(const char *from, size_t size, char *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t written = 0;
    for (size_t i = 0; i < size && from[i] != '='; i++) {
        static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *at = memchr(alphabet, from[i], sizeof alphabet - 1);
        if (!at)
            continue;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        if ((count += 6) >= 8) {
            count -= 8;
            out[written++] = (char)(bits >> count);
        }
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

/* Adds bytes of a charset as UTF-8. Only charsets that mailers around here used, so that nobody makes iconv
 * load what he likes. */
static bool add_charset(struct text *text, const char *charset, char *bytes, size_t size)
{
    static const char *const known[] = {"iso-8859-1", "iso-8859-15", "windows-1252"};
    if (text_equal_nocase(charset, "utf-8") || text_equal_nocase(charset, "us-ascii")) {
        if (text_is_utf8(bytes, size) && !memchr(bytes, 0, size)) {
            text_add_bytes(text, bytes, size);
            return true;
        }
        return false;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!text_equal_nocase(charset, known[i]))
            continue;
        char out[4 * WORD_MOST], *to = out;
        size_t room = sizeof out;
        iconv_t conversion = iconv_open("UTF-8", known[i]);
        if (conversion == (iconv_t)-1) // NOLINT(performance-no-int-to-ptr): POSIX wants it so
            return false;
        bool good = iconv(conversion, &bytes, &size, &to, &room) != (size_t)-1;
        iconv_close(conversion);
        if (good && !memchr(out, 0, (size_t)(to - out))) {
            text_add_bytes(text, out, (size_t)(to - out));
            return true;
        }
        return false;
    }
    return false;
}

/* Adds what the encoded word at `word` (RFC 2047 2) stands for; its size, or 0 when it is none. */
static size_t decode_word(struct text *text, const char *word)
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
    return add_charset(text, charset, bytes, size) ? (size_t)(end + 2 - word) : 0;
}

/* Undoes quoted strings and encoded words; white space between two encoded words is none. */
static void add_decoded(struct text *text, const char *at)
{
    bool behind_word = false;
    while (*at) {
        size_t blanks = behind_word ? strspn(at, " \n") : 0;
        size_t size = decode_word(text, at + blanks);
        behind_word = size > 0;
        if (size) {
            at += blanks + size;
        } else if (*at == '"') {
            at++;
        } else {
            at += *at == '\\' && at[1];
            text_add_char(text, *at++);
        }
    }
}

/* White space to single spaces, in place; returned without those at the ends. */
static char *fold(char *name)
{
    char *out = name;
    for (const char *at = name; *at; at++) {
        bool space = *at == ' ' || *at == '\n';
        if (!space || (out > name && out[-1] != ' '))
            *out++ = space ? ' ' : *at;
    }
    while (out > name && out[-1] == ' ')
        out--;
    *out = 0;
    return name;
}

static bool starts_with(const char *string, const char *start)
{
    return strncmp(string, start, strlen(start)) == 0;
}

/* Takes list marks and separators off both ends, and a pair of single quotes. */
static char *trim(char *name)
{
    static const char *const marks[] = {" ",           "-",
                                        "*",           ">",
                                        "|",           ",",
                                        ":",           ";",
                                        "`",           "\xE2\x80\xA2", /* bullet */
                                        "\xC2\xB7",    "\xE2\x80\x93",
                                        "\xE2\x80\x94"}; /* dot, dashes */
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t mark = strlen(marks[i]), size = strlen(name);
        bool found = size && starts_with(name, marks[i]);
        if (found)
            name += mark;
        else if ((found = size >= mark && strcmp(name + size - mark, marks[i]) == 0))
            name[size - mark] = 0;
        if (found)
            i = SIZE_MAX; /* again from the first */
    }
    size_t size = strlen(name);
    if (size > 1 && name[0] == '\'' && name[size - 1] == '\'') {
        name[size - 1] = 0;
        return trim(name + 1);
    }
    return name;
}

static bool has_letter(const char *name)
{
    for (; *name; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (unsigned char)*name >= 0x80)
            return true;
    return false;
}

const char *address_name(struct arena *arena, const char *bytes, size_t size)
{
    static const char *const fillers[] = {"and", "or", "et", "ou", "und", "y", NULL};
    struct text decoded = {0};
    add_decoded(&decoded, arena_dup_bytes(arena, bytes, size < NAME_TYPED_MOST ? size : NAME_TYPED_MOST));
    char *name = trim(fold(address_clean(arena, text_string(&decoded))));
    text_free(&decoded);
    size = strlen(name);
    if (size > NAME_MOST) {
        for (size = NAME_MOST; ((unsigned char)name[size] & 0xC0) == 0x80;)
            size--;
        name[size] = 0;
        name = trim(name);
    }
    for (const char *const *filler = fillers; *filler; filler++)
        if (text_equal_nocase(name, *filler))
            return NULL;
    return has_letter(name) ? name : NULL;
}
