#include "proto/plain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool name_is(const char *tag, size_t size, const char *name)
{
    return strlen(name) == size && strncasecmp(tag, name, size) == 0;
}

static bool name_is_any(const char *tag, size_t size, const char *const *names)
{
    while (*names && !name_is(tag, size, *names))
        names++;
    return *names;
}

static void add_line_end(struct text *text)
{
    while (text->size && text->data[text->size - 1] == ' ')
        text->data[--text->size] = 0;
    /* at most one empty line */
    if (text->size && (text->size < 2 || memcmp(text->data + text->size - 2, "\n\n", 2) != 0))
        text_add_char(text, '\n');
}

/* Behind the tag at `at`, and behind what is between it and its end where nobody reads that. */
static const char *skip_tag(struct text *text, const char *at)
{
    static const char *const blocks[] = {"br", "p",  "div",        "tr",    "li", "h1",
                                         "h2", "h3", "blockquote", "table", NULL};
    static const char *const unread[] = {"style", "script", "head", "title", NULL};
    if (strncmp(at, "<!--", 4) == 0) {
        const char *end = strstr(at, "-->");
        return end ? end + 3 : at + strlen(at);
    }
    bool closes = at[1] == '/';
    const char *name = at + 1 + closes;
    size_t size = strcspn(name, " \t\r\n/>");
    if (name_is_any(name, size, blocks) && (closes || name_is(name, size, "br")))
        add_line_end(text);
    bool passed_over = !closes && name_is_any(name, size, unread);
    const char *behind = at + strcspn(at, ">");
    while (passed_over && *behind) {
        behind = strstr(behind, "</");
        if (!behind)
            return at + strlen(at);
        passed_over = strncasecmp(behind + 2, name, size) != 0;
        behind += 2;
    }
    behind += strcspn(behind, ">");
    return behind + (*behind == '>');
}

static void add_code(struct text *text, unsigned long code)
{
    bool good =
        code >= ' ' && code < 0x110000 && (code < 0x7F || code >= 0xA0) && (code < 0xD800 || code > 0xDFFF);
    if (!good)
        code = 0xFFFD;
    if (code < 0x80) {
        text_add_char(text, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const int leads[] = {0, 0xC0, 0xE0, 0xF0};
    text_add_char(text, (char)((unsigned long)leads[more] | code >> 6 * more));
    while (more--)
        text_add_char(text, (char)(0x80 | (code >> 6 * more & 0x3F)));
}

/* Behind the character reference at `at`; what is none is an ampersand. */
static const char *add_entity(struct text *text, const char *at)
{
    static const struct {
        const char *name, *value;
    } known[] = {{"amp;", "&"},         {"lt;", "<"},          {"gt;", ">"},          {"quot;", "\""},
                 {"apos;", "'"},        {"nbsp;", " "},        {"eacute;", "\u00E9"}, {"egrave;", "\u00E8"},
                 {"agrave;", "\u00E0"}, {"ccedil;", "\u00E7"}, {"ecirc;", "\u00EA"},  {"ugrave;", "\u00F9"},
                 {"rsquo;", "\u2019"},  {"ndash;", "\u2013"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(at + 1, known[i].name, strlen(known[i].name)) == 0) {
            text_add(text, known[i].value);
            return at + 1 + strlen(known[i].name);
        }
    if (at[1] == '#') {
        bool hex = at[2] == 'x' || at[2] == 'X';
        const char *digits = at + 2 + hex;
        char *end = (char *)digits;
        unsigned long code = text_read_hex(*digits) >= 0 ? strtoul(digits, &end, hex ? 16 : 10) : 0;
        if (end > digits && *end == ';') {
            add_code(text, code);
            return end + 1;
        }
    }
    text_add_char(text, '&');
    return at + 1;
}

void plain_add_html(struct text *text, const char *html)
{
    while (*html) {
        if (*html == '<') {
            html = skip_tag(text, html);
        } else if (*html == '&') {
            html = add_entity(text, html);
        } else if (strchr(" \t\r\n", *html)) {
            if (text->size && !strchr(" \n", text->data[text->size - 1]))
                text_add_char(text, ' ');
            html++;
        } else {
            size_t size = strcspn(html, "<& \t\r\n");
            text_add_bytes(text, html, size);
            html += size;
        }
    }
}
