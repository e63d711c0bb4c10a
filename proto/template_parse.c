/* Reads a template into a tree of nodes; template.c renders it. */
#include "proto/template_nodes.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct templates *set;
    const char *name;              /* of the template, for messages */
    const char *source, *at, *end; /* `at` is the first byte not yet read */
    const char *counted;           /* up to there lines are counted */
    size_t line;
    size_t count, room;
    struct node *nodes;
    size_t depth, open[TEMPLATE_SECTIONS_MAX]; /* indexes of the sections that are not closed yet */
};

static bool __attribute__((format(printf, 3, 4)))
fail(struct parser *parser, const char *where, const char *format, ...)
{
    size_t line = 1;
    for (const char *at = parser->source; at < where; at++)
        line += *at == '\n';
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(parser->set->error, sizeof parser->set->error, "%.80s, line %zu: %s", parser->name, line, what);
    return false;
}

/* The line that is read now. */
static size_t line_now(struct parser *parser)
{
    for (; parser->counted < parser->at; parser->counted++)
        parser->line += *parser->counted == '\n';
    return parser->line;
}

static struct node *node_add(struct parser *parser, enum node_kind kind)
{
    parser->nodes = mem_grow(parser->nodes, parser->count, &parser->room, sizeof *parser->nodes);
    struct node *node = &parser->nodes[parser->count++];
    *node = (struct node){.kind = kind, .line = line_now(parser)};
    return node;
}

bool template_is_name(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '-' || byte == '.';
}

static void skip_blank(struct parser *parser)
{
    while (parser->at < parser->end && isspace((unsigned char)*parser->at))
        parser->at++;
}

static bool read_name(struct parser *parser, struct slice *name)
{
    skip_blank(parser);
    const char *start = parser->at;
    while (parser->at < parser->end && template_is_name(*parser->at))
        parser->at++;
    *name = (struct slice){start, (size_t)(parser->at - start)};
    if (name->size)
        return true;
    return fail(parser, start, "a name is expected (letters, digits, _ - .)");
}

/* A path is `.` or names with dots between them. */
static bool read_path(struct parser *parser, struct slice *path)
{
    if (!read_name(parser, path))
        return false;
    if (path->size == 1)
        return true;
    bool dot = true; /* a name must follow */
    for (size_t i = 0; i < path->size; i++) {
        if (dot && path->start[i] == '.')
            break;
        dot = path->start[i] == '.';
    }
    if (!dot)
        return true;
    return fail(parser, path->start, "'%.*s' is no path: names with one dot between them", (int)path->size,
                path->start);
}

/* A text between quotes on one line; \" and \\ stand for " and \, as in C. */
static bool read_string(struct parser *parser, const char **string)
{
    skip_blank(parser);
    const char *start = parser->at;
    if (start == parser->end || *start != '"')
        return fail(parser, start, "a text in quotes is expected");
    struct text text = {0};
    bool closed = false;
    for (parser->at++; parser->at < parser->end && !closed; parser->at++) {
        char byte = *parser->at;
        bool escape = byte == '\\' && parser->end - parser->at > 1;
        if (byte == '\n' || byte == 0)
            break;
        if (escape && parser->at[1] != '"' && parser->at[1] != '\\')
            break;
        if (byte == '"')
            closed = true;
        else
            text_add_char(&text, escape ? *++parser->at : byte);
    }
    *string = closed && text.size ? arena_dup(&parser->set->arena, text_string(&text)) : NULL;
    text_free(&text);
    if (*string)
        return true;
    return fail(parser, start, "a text ends with \" on its line, is not empty, and knows only \\\" and \\\\");
}

static bool read_close(struct parser *parser, const char *open)
{
    skip_blank(parser);
    if (parser->end - parser->at >= 2 && memcmp(parser->at, "}}", 2) == 0) {
        parser->at += 2;
        return true;
    }
    return fail(parser, open, "this tag does not end with }}");
}

static bool parse_value(struct parser *parser, const char *open, enum node_kind kind)
{
    struct slice path;
    if (!read_path(parser, &path) || !read_close(parser, open))
        return false;
    node_add(parser, kind)->path = path;
    return true;
}

static bool parse_section(struct parser *parser, const char *open, enum node_kind kind)
{
    if (parser->depth == TEMPLATE_SECTIONS_MAX)
        return fail(parser, open, "more than %d sections within one another", TEMPLATE_SECTIONS_MAX);
    parser->open[parser->depth++] = parser->count;
    return parse_value(parser, open, kind);
}

static bool parse_section_end(struct parser *parser, const char *open)
{
    struct slice path;
    if (!read_path(parser, &path) || !read_close(parser, open))
        return false;
    if (parser->depth == 0)
        return fail(parser, open,
                    "section '%.*s' was not opened: {{#%.*s}} or {{^%.*s}} is missing before it",
                    (int)path.size, path.start, (int)path.size, path.start, (int)path.size, path.start);
    struct node *section = &parser->nodes[parser->open[--parser->depth]];
    if (section->path.size != path.size || memcmp(section->path.start, path.start, path.size) != 0)
        return fail(parser, open, "section '%.*s' ends where '%.*s' is open: {{/%.*s}} is missing before it",
                    (int)path.size, path.start, (int)section->path.size, section->path.start,
                    (int)section->path.size, section->path.start);
    section->end = parser->count;
    return true;
}

static bool parse_partial(struct parser *parser, const char *open)
{
    struct slice name;
    if (!read_name(parser, &name) || !read_close(parser, open))
        return false;
    size_t index = templates_index(parser->set, name);
    node_add(parser, NODE_PARTIAL)->partial = index;
    return true;
}

static bool parse_sentence(struct parser *parser, const char *open)
{
    struct node sentence = {.kind = NODE_SENTENCE};
    if (!read_string(parser, &sentence.one))
        return false;
    skip_blank(parser);
    if (parser->at < parser->end && *parser->at == '|') {
        parser->at++;
        if (!read_string(parser, &sentence.many) || !read_path(parser, &sentence.path))
            return false;
    }
    if (!read_close(parser, open))
        return false;
    sentence.line = line_now(parser);
    *node_add(parser, NODE_SENTENCE) = sentence;
    return true;
}

static bool parse_comment(struct parser *parser, const char *open)
{
    parser->at = memmem(parser->at, (size_t)(parser->end - parser->at), "}}", 2);
    if (!parser->at)
        return fail(parser, open, "this comment does not end with }}");
    parser->at += 2;
    return true;
}

/* A tag whose mark is behind {{. */
static bool parse_marked(struct parser *parser, const char *open, char mark)
{
    parser->at++;
    switch (mark) {
    case '&':
        return parse_value(parser, open, NODE_RAW);
    case '#':
        return parse_section(parser, open, NODE_SECTION);
    case '^':
        return parse_section(parser, open, NODE_INVERTED);
    case '/':
        return parse_section_end(parser, open);
    case '>':
        return parse_partial(parser, open);
    case '_':
        return parse_sentence(parser, open);
    default:
        return parse_comment(parser, open);
    }
}

/* Where the line of `at` starts when only blanks stand before it, else NULL. */
static const char *blank_before(const struct parser *parser, const char *at)
{
    while (at > parser->source && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    return at == parser->source || at[-1] == '\n' ? at : NULL;
}

/* The first byte of the next line when only blanks stand before it, else NULL. */
static const char *blank_behind(const struct parser *parser, const char *at)
{
    while (at < parser->end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at == parser->end ? at : *at == '\n' ? at + 1 : NULL;
}

static void add_literal(struct parser *parser, const char *start, const char *end)
{
    if (end > start)
        node_add(parser, NODE_LITERAL)->literal = (struct slice){start, (size_t)(end - start)};
}

static bool parse_tag(struct parser *parser, const char *literal, const char *open)
{
    parser->at = open + 2;
    char mark = parser->at < parser->end ? *parser->at : 0;
    bool leaves_line = !mark || !strchr("#^/>!", mark);
    bool marked = mark && strchr("&#^/>_!", mark);
    const char *line = leaves_line ? NULL : blank_before(parser, open);
    size_t before = parser->count;
    add_literal(parser, literal, open);
    if (!(marked ? parse_marked(parser, open, mark) : parse_value(parser, open, NODE_VALUE)))
        return false;
    const char *next = line ? blank_behind(parser, parser->at) : NULL;
    if (!next)
        return true;
    parser->at = next;
    if (open > literal)
        parser->nodes[before].literal.size = (size_t)(line - literal);
    return true;
}

static bool parse(struct parser *parser)
{
    while (parser->at < parser->end) {
        const char *literal = parser->at;
        const char *open = memmem(literal, (size_t)(parser->end - literal), "{{", 2);
        if (!open) {
            add_literal(parser, literal, parser->end);
            break;
        }
        if (!parse_tag(parser, literal, open))
            return false;
    }
    if (parser->depth == 0)
        return true;
    const struct slice *path = &parser->nodes[parser->open[parser->depth - 1]].path;
    return fail(parser, path->start, "section '%.*s' is not closed: {{/%.*s}} is missing", (int)path->size,
                path->start, (int)path->size, path->start);
}

bool template_parse(struct templates *set, size_t index, struct slice source)
{
    const char *copy = arena_dup_bytes(&set->arena, source.start, source.size);
    struct parser parser = {.set = set,
                            .name = set->list[index].name,
                            .source = copy,
                            .at = copy,
                            .counted = copy,
                            .line = 1,
                            .end = copy + source.size};
    if (!parse(&parser)) {
        free(parser.nodes);
        return false;
    }
    struct parsed *parsed = &set->list[index]; /* only now: partials make the list grow */
    free(parsed->nodes);
    parsed->nodes = parser.nodes;
    parsed->count = parser.count;
    parsed->added = true;
    return true;
}
