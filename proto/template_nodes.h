/* A parsed template, between template_parse.c and template.c only. */
#ifndef PROTO_TEMPLATE_NODES_H
#define PROTO_TEMPLATE_NODES_H

#include "proto/arena.h"
#include "proto/template.h"

#include <stdbool.h>

enum {
    TEMPLATE_SECTIONS_MAX = 32, /* within one another */
    TEMPLATE_PARTIALS_MAX = 16,
    /* Of one rendering: lists within lists multiply, and a site's own template may nest them. */
    TEMPLATE_STEPS_MAX = 10 * 1000 * 1000,
    TEMPLATE_TEXT_MAX = 64 << 20 /* bytes */
};

enum node_kind {
    NODE_LITERAL,
    NODE_VALUE,
    NODE_RAW,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_SENTENCE
};

/* Some bytes without a 0. */
struct slice {
    const char *start;
    size_t size;
};

struct node {
    enum node_kind kind;
    size_t line;            /* where its tag stands */
    struct slice literal;   /* LITERAL */
    struct slice path;      /* VALUE, RAW, SECTION, INVERTED; the number of a SENTENCE with a plural */
    const char *one, *many; /* SENTENCE: the English; many is NULL without a plural */
    size_t end;             /* SECTION, INVERTED: index of the first node behind it */
    size_t partial;         /* PARTIAL: index in the set's list */
};

/* A name of the set: added, or so far only mentioned by a partial. */
struct parsed {
    const char *name;
    bool added;
    enum template_kind kind;
    size_t count;
    struct node *nodes; /* malloced; what they point to is of the set's arena */
};

struct templates {
    struct arena arena;
    size_t count;
    struct parsed *list;
    char error[256];
};

/* The index of a name in the list; it is put there when it is new. */
size_t templates_index(struct templates *set, struct slice name);
/* Fills that template with the nodes of `source`. False: set->error says why, and it is as it was. */
bool template_parse(struct templates *set, size_t index, struct slice source);
/* Is it one of the characters of names and paths? */
bool template_is_name(char byte);

#endif
