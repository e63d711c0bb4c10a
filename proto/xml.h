/* A stanza as a tree of plain structs, so that what reads it needs no XMPP library (and is fuzzed without
 * one). */
#ifndef PROTO_XML_H
#define PROTO_XML_H

#include "proto/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct xml_attribute {
    const char *name, *value;
};

struct xml {
    const char *name; /* never NULL */
    const char *ns;   /* namespace, inherited from the parent when it was not written; may be NULL */
    size_t attribute_count;
    struct xml_attribute *attributes;
    const char *text;         /* all text directly within, NULL: none */
    struct xml *child, *next; /* first child, next sibling; elements only */
};

/* The value of an attribute, or NULL. */
const char *xml_attribute(const struct xml *element, const char *name);
/* The first child of that name and namespace (NULL: any), or NULL. */
const struct xml *xml_child(const struct xml *element, const char *name, const char *ns);
/* A decimal number within least..most in an attribute; false when it is absent or anything else. */
bool xml_number(const struct xml *element, const char *name, int64_t least, int64_t most, int64_t *number);

#endif
