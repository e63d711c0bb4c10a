/* Names beside addresses, and the cleaning of what was pasted. */
#include "proto/address_parts.h"
#include "proto/decode.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_MOST = 200, NAME_TYPED_MOST = 2000 };

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
    if (code == 0xFF0C || code == 0x3001 || code == 0x060C)
        return ",";
    return code == 0xFF1B || code == 0x061B ? ";" : code == 0xFF20 ? "@" : NULL;
}

size_t address_quote(const char *at)
{
    uint32_t code = 0;
    size_t size = text_read_utf8(at, &code);
    return code == 0xAB || code == 0xBB || (code >= 0x201C && code <= 0x201F) ? size : 0;
}

char *address_clean(struct arena *arena, const char *typed)
{
    char *clean = arena_alloc(arena, 3 * strlen(typed) + 1), *out = clean; /* 3: the size of U+FFFD */
    while (*typed) {
        uint32_t code = 0xFFFD;
        size_t size = text_read_utf8(typed, &code);
        const char *form = size ? plain_form(code) : "\xEF\xBF\xBD";
        /* Joiners within a word: Persian names and emoji need them. */
        bool inside = out > clean && (unsigned char)out[-1] >= 0x80 && (unsigned char)typed[size] >= 0x80;
        if (inside && (code == 0x200C || code == 0x200D))
            form = NULL;
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

static char *trim_single(char *name)
{
    size_t size = strlen(name);
    if (size < 2 || name[0] != '\'' || name[size - 1] != '\'')
        return name;
    name[size - 1] = 0;
    return name + 1;
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
    char *inside = trim_single(name);
    return inside == name ? name : trim(inside);
}

/* Takes a pair of typographic quotes off a name that they frame, or one that has lost the other. */
static char *unframe(char *name)
{
    size_t size = strlen(name), first = address_quote(name), count = 0, last = 0;
    for (const char *at = name; *at; at++) {
        size_t quote = address_quote(at);
        count += quote > 0;
        last = quote && at + quote == name + size ? quote : last;
    }
    if (count != (size_t)(first > 0) + (last > 0) || count == 0)
        return name; /* some stand within */
    name[size - last] = 0;
    return trim(name + first);
}

static bool has_letter(const char *name)
{
    for (; *name; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (unsigned char)*name >= 0x80)
            return true;
    return false;
}

/* All of it is a quoted string: then what is in it is the name. */
static bool is_quoted(const char *bytes, size_t size)
{
    while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\n'))
        size--;
    return size > 1 && bytes[0] == '"' && bytes[size - 1] == '"';
}

const char *address_name(struct arena *arena, const char *bytes, size_t size)
{
    static const char *const fillers[] = {"and", "or", "et", "ou", "und", "y", NULL};
    struct text decoded = {0};
    add_decoded(&decoded, arena_dup_bytes(arena, bytes, size < NAME_TYPED_MOST ? size : NAME_TYPED_MOST));
    char *name = fold(address_clean(arena, text_string(&decoded)));
    text_free(&decoded);
    if (!is_quoted(bytes, size))
        name = unframe(trim(name));
    else
        name = trim_single(name);
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
