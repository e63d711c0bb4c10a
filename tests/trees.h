/* Trees of proto/xml.h from text, for tests and fuzzing: elements, attributes, text and the five entities of
 * XML, namespaces by xmlns alone. Malformed text gives NULL. The daemon's own trees come from libstrophe. */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include "proto/text.h"
#include "proto/xml.h"

#include <string.h>

struct tree_reader {
    struct arena *arena;
    const char *at;
    int depth;
};

static inline void tree_skip_space(struct tree_reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

/* A name, or NULL. */
static inline const char *tree_read_name(struct tree_reader *reader)
{
    size_t size = strcspn(reader->at, " \t\r\n/>='\"<&");
    const char *name = size ? arena_dup_bytes(reader->arena, reader->at, size) : NULL;
    reader->at += size;
    return name;
}

/* The text up to one of `ends`, entities undone. */
static inline char *tree_read_text(struct tree_reader *reader, const char *ends)
{
    static const struct {
        const char *entity;
        char byte;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    size_t size = strcspn(reader->at, ends);
    char *text = arena_dup_bytes(reader->arena, reader->at, size), *out = text;
    reader->at += size;
    for (const char *at = text; *at;) {
        char byte = *at;
        size_t step = 1;
        for (size_t i = 0; byte == '&' && step == 1 && i < sizeof entities / sizeof *entities; i++)
            if (strncmp(at, entities[i].entity, strlen(entities[i].entity)) == 0) {
                byte = entities[i].byte;
                step = strlen(entities[i].entity);
            }
        *out++ = byte;
        at += step;
    }
    *out = 0;
    return text;
}

static inline bool tree_read_attributes(struct tree_reader *reader, struct xml *element)
{
    element->attributes = arena_array(reader->arena, 32, sizeof *element->attributes);
    for (tree_skip_space(reader); !strchr("/>", *reader->at); tree_skip_space(reader)) {
        const char *name = tree_read_name(reader);
        char quote[2] = {0};
        if (!name || *reader->at++ != '=' || !strchr("'\"", *reader->at))
            return false;
        if (!*reader->at || element->attribute_count == 32)
            return false;
        quote[0] = *reader->at++;
        const char *value = tree_read_text(reader, quote);
        if (*reader->at++ != quote[0])
            return false;
        element->attributes[element->attribute_count++] = (struct xml_attribute){name, value};
    }
    const char *ns = xml_attribute(element, "xmlns");
    element->ns = ns ? ns : element->ns;
    return true;
}

static inline struct xml *tree_read_element(struct tree_reader *reader, const char *ns);

static inline bool tree_read_content(struct tree_reader *reader, struct xml *element)
{
    struct text text = {0};
    struct xml **last = &element->child;
    bool good = true;
    while (good && strncmp(reader->at, "</", 2) != 0) {
        if (*reader->at == '<') {
            *last = tree_read_element(reader, element->ns);
            good = *last;
            last = good ? &(*last)->next : last;
        } else {
            text_add(&text, tree_read_text(reader, "<"));
            good = *reader->at;
        }
    }
    element->text = text.size ? arena_dup(reader->arena, text.data) : NULL;
    text_free(&text);
    return good;
}

// NOLINTNEXTLINE(misc-no-recursion)
static inline struct xml *tree_read_element(struct tree_reader *reader, const char *ns)
{
    struct xml *element = arena_alloc(reader->arena, sizeof *element);
    element->ns = ns;
    if (*reader->at++ != '<' || !(element->name = tree_read_name(reader)) || reader->depth == 64)
        return NULL;
    if (!tree_read_attributes(reader, element))
        return NULL;
    if (strncmp(reader->at, "/>", 2) == 0) {
        reader->at += 2;
        return element;
    }
    if (*reader->at++ != '>')
        return NULL;
    reader->depth++;
    bool good = tree_read_content(reader, element);
    reader->depth--;
    if (!good)
        return NULL;
    reader->at += 2;
    const char *name = tree_read_name(reader);
    tree_skip_space(reader);
    return name && strcmp(name, element->name) == 0 && *reader->at++ == '>' ? element : NULL;
}

static inline struct xml *tree_read(struct arena *arena, const char *xml)
{
    struct tree_reader reader = {arena, xml, 0};
    tree_skip_space(&reader);
    return tree_read_element(&reader, NULL);
}

#endif
