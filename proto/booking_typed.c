#include "proto/booking_typed.h"

#include <string.h>

/* Digits, `least` to `most` of them, moved over. */
static bool take_digits(const char **at, size_t least, size_t most, int *number)
{
    size_t count = strspn(*at, "0123456789");
    if (count < least || count > most)
        return false;
    for (*number = 0; count; count--, ++*at)
        *number = *number * 10 + (**at - '0');
    return true;
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t\n");
}

static bool at_end(const char *at)
{
    skip_blanks(&at);
    return !*at;
}

static bool take(const char **at, const char *word)
{
    size_t size = strlen(word);
    bool found = strncmp(*at, word, size) == 0;
    *at += found ? size : 0;
    return found;
}

bool typed_date(const char *typed, struct wall *wall)
{
    skip_blanks(&typed);
    return take_digits(&typed, 4, 4, &wall->year) && take(&typed, "-") &&
           take_digits(&typed, 1, 2, &wall->month) && take(&typed, "-") &&
           take_digits(&typed, 1, 2, &wall->day) && at_end(typed);
}

bool typed_time(const char *typed, struct wall *wall)
{
    skip_blanks(&typed);
    if (!take_digits(&typed, 1, 2, &wall->hour))
        return false;
    wall->minute = wall->second = 0;
    skip_blanks(&typed);
    if (take(&typed, "h") || take(&typed, "H")) {
        skip_blanks(&typed);
        if (*typed && !take_digits(&typed, 2, 2, &wall->minute))
            return false;
    } else {
        if (!take(&typed, ":") || !take_digits(&typed, 2, 2, &wall->minute))
            return false;
        if (take(&typed, ":") && (!take_digits(&typed, 2, 2, &wall->second) || wall->second > 59))
            return false;
    }
    return wall->hour < 24 && wall->minute < 60 && at_end(typed);
}

bool typed_length(const char *typed, int64_t *seconds)
{
    int first, minutes = 0;
    skip_blanks(&typed);
    if (!take_digits(&typed, 1, 5, &first))
        return false;
    skip_blanks(&typed);
    if (take(&typed, ":") || take(&typed, "h") || take(&typed, "H")) {
        bool bare = typed[-1] != ':'; /* 2 h */
        skip_blanks(&typed);
        if (!(bare && !*typed) && (!take_digits(&typed, 2, 2, &minutes) || minutes > 59))
            return false;
        skip_blanks(&typed);
        if (bare)
            take(&typed, "min");
        *seconds = ((int64_t)first * 60 + minutes) * 60;
    } else {
        take(&typed, "min");
        *seconds = (int64_t)first * 60;
    }
    return at_end(typed);
}

bool typed_number(const char *typed, int64_t *number)
{
    int read;
    skip_blanks(&typed);
    if (!take_digits(&typed, 1, 9, &read) || !at_end(typed))
        return false;
    *number = read;
    return true;
}

bool typed_yes_or_no(const char *typed, bool *yes)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal_nocase(typed, words[i])) {
            *yes = i % 2;
            return true;
        }
    return false;
}

enum sort { DROPPED, BLANK, INVISIBLE, VISIBLE };

/* What is drawn as nothing, and yet stays beside what is seen: emoji, Persian, Korean and Braille need it.
 * Unicode's Default_Ignorable_Code_Point without what is dropped, and the empty pattern of Braille. */
static bool is_invisible(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
        {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2060, 0x206F},
        {0x2800, 0x2800}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static enum sort sort_of(uint32_t code)
{
    if (code == ' ' || code == '\t' || code == '\n' || code == 0xA0 || code == 0x1680 || code == 0x2028 ||
        code == 0x2029 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
        code == 0x3000)
        return BLANK;
    if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
        (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB))
        return DROPPED;
    if ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)) /* no characters at all */
        return DROPPED;
    return is_invisible(code) ? INVISIBLE : VISIBLE;
}

char *typed_text(struct arena *arena, const char *typed, bool one_line)
{
    char *text = arena_alloc(arena, strlen(typed) + 1), *out = text, *seen = text;
    bool visible = false;
    while (*typed) {
        uint32_t code = 0;
        size_t size = text_read_utf8(typed, &code);
        enum sort sort = size ? sort_of(code) : DROPPED;
        bool newline = code == '\n' || code == 0x2028 || code == 0x2029;
        if (sort == BLANK && (out == text || one_line || newline)) {
            if (out > text && (!one_line || out[-1] != ' '))
                *out++ = one_line ? ' ' : '\n';
        } else if (sort != DROPPED) {
            memcpy(out, typed, size);
            out += size;
        }
        visible = visible || sort == VISIBLE;
        seen = sort >= INVISIBLE ? out : seen; /* blanks at the end go */
        typed += size ? size : 1;
    }
    *(visible ? seen : text) = 0;
    return text;
}

size_t typed_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

const char *typed_short(struct arena *arena, const char *typed, size_t most)
{
    const char *at = typed;
    for (size_t count = 0; *at; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
        if (count > most)
            return arena_printf(arena, "%.*s\xE2\x80\xA6", (int)(at - typed), typed);
    }
    return typed;
}
