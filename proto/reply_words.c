#include "proto/plain.h"
#include "proto/reply_parts.h"

#include <string.h>
#include <strings.h>

/* What a human wrote. */

/* Line ends as \n; other control characters go. */
static const char *clean(struct arena *arena, const char *words)
{
    char *out = arena_alloc(arena, strlen(words) + 1), *end = out;
    for (; *words; words++)
        if (*words == '\n' || *words == '\t' || (unsigned char)*words >= ' ')
            if (*words != 0x7F)
                *end++ = *words;
    return out;
}

const char *reply_cut(struct arena *arena, const char *words, size_t most)
{
    words = clean(arena, words);
    words += strspn(words, " \t\n");
    size_t size = strlen(words), all = size;
    if (size > most)
        for (size = most; size && ((unsigned char)words[size] & 0xC0) == 0x80;)
            size--;
    while (size && strchr(" \t\n", words[size - 1]))
        size--;
    const char *kept = arena_dup_bytes(arena, words, size);
    return all > most ? arena_printf(arena, "%s [\xE2\x80\xA6]", kept) : kept;
}

const char *reply_text(struct reply_reading *reading)
{
    const struct mime_part *html = NULL;
    for (const struct mime_part *part = reading->message; part; part = mime_next(part)) {
        if (mime_is_quoted(part) || part->attachment)
            continue;
        if (strcmp(part->type, "text/plain") == 0 && part->body[strspn(part->body, " \t\r\n")])
            return clean(reading->arena, part->body);
        if (!html && strcmp(part->type, "text/html") == 0)
            html = part;
    }
    if (!html)
        return "";
    struct text text = {0};
    plain_add_html(&text, html->body);
    const char *words = clean(reading->arena, text_string(&text));
    text_free(&text);
    return words;
}

/* ------------------------------------------------------------------------------ what is quoted below */

static bool is_blank(const char *line)
{
    line += strspn(line, " \t");
    return !*line || *line == '\n';
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* The start of the line before the one at `line`, which is not the first. */
static const char *line_before(const char *words, const char *line)
{
    for (line--; line > words && line[-1] != '\n';)
        line--;
    return line;
}

/* A field's name and its colon, in any language: 'From:', 'De :'. */
static bool is_field(const char *line)
{
    enum { NAME_MOST = 24 /* bytes */ };
    size_t size = strcspn(line, ":\n");
    return line[size] == ':' && size && size <= NAME_MOST;
}

/* A line of strokes with the head of a message below it, as Outlook and Zimbra write. */
static bool is_outlook_quote(const char *line)
{
    if (!reply_begins(line, "-----") && !reply_begins(line, "_____"))
        return false;
    do
        line = next_line(line);
    while (*line && is_blank(line));
    return is_field(line);
}

/* The line above a quote that says whose it is: it ends with a colon. */
static bool is_attribution(const char *line)
{
    size_t size = strcspn(line, "\n");
    while (size && (line[size - 1] == ' ' || line[size - 1] == '\t'))
        size--;
    return size && line[size - 1] == ':';
}

/* Where the lines with > begin that end the words, with what stands above them of whom they are. */
static const char *find_quote(const char *words)
{
    const char *end = words + strlen(words), *quote = end;
    for (const char *line = end; line > words;) {
        line = line_before(words, line);
        if (*line == '>')
            quote = line;
        else if (!is_blank(line))
            break;
    }
    if (!*quote)
        return end;
    const char *above = quote;
    while (above > words && is_blank(above = line_before(words, above)))
        ;
    return above < quote && is_attribution(above) ? above : quote;
}

/* What nothing stands above is not quoted below. */
static const char *above_quote(struct arena *arena, const char *words)
{
    const char *quote = find_quote(words);
    for (const char *line = words; line < quote; line = next_line(line))
        if (is_outlook_quote(line))
            quote = line;
    const char *above = arena_dup_bytes(arena, words, (size_t)(quote - words));
    return above[strspn(above, " \t\n")] ? above : words;
}

const char *reply_human_words(struct reply_reading *reading)
{
    return above_quote(reading->arena, reply_text(reading));
}

const char *reply_exchange_comment(struct reply_reading *reading)
{
    const struct mime_fields *fields = &reading->message->fields;
    if (!mime_get(fields, "X-MS-Has-Attach") && !mime_get(fields, "Thread-Index"))
        return NULL;
    const char *words = reply_text(reading);
    for (const char *line = words; *line; line = next_line(line))
        if (reply_begins(line, "-----") || reply_begins(line, "_____")) {
            words = arena_dup_bytes(reading->arena, words, (size_t)(line - words));
            break;
        }
    const char *comment = reply_cut(reading->arena, words, REPLY_COMMENT_MOST);
    return *comment ? comment : NULL;
}
