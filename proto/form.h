/* Fields as browsers send them: application/x-www-form-urlencoded (WHATWG URL 5.1). */
#ifndef PROTO_FORM_H
#define PROTO_FORM_H

#include "proto/arena.h"

#include <stdbool.h>

struct form_field {
    const char *name, *value; /* valid UTF-8 without 0 bytes; line ends are \n */
};

struct form {
    size_t count;
    struct form_field *fields;
};

enum { FORM_FIELDS_MAX = 256 };

/* Decodes `bytes` into the arena. False: a bad percent code, a 0 byte, what is not UTF-8, or more than
 * FORM_FIELDS_MAX fields. */
bool form_read(struct form *form, struct arena *arena, const char *bytes, size_t size);
/* The first value of that name, or NULL. */
const char *form_get(const struct form *form, const char *name);

#endif
