#include "proto/form.h"

#include "proto/text.h"

#include <string.h>

/* Decodes from..end to `out` and closes it by a 0; returns the place behind that, or NULL. Never more bytes
 * come out than went in, and the 0. */
static char *form_decode(char *out, const char *from, const char *end)
{
    char *start = out;
    for (; from < end; from++) {
        char byte = *from;
        if (byte == '+')
            byte = ' ';
        else if (byte == '%') {
            int high = end - from > 2 ? text_read_hex(from[1]) : -1;
            int low = end - from > 2 ? text_read_hex(from[2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            byte = (char)(high << 4 | low);
            from += 2;
        }
        if (!byte)
            return NULL;
        if (byte == '\n' && out > start && out[-1] == '\r')
            out[-1] = '\n'; /* browsers send \r\n */
        else
            *out++ = byte;
    }
    for (char *at = start; at < out; at++)
        if (*at == '\r')
            *at = '\n';
    *out++ = 0;
    return text_is_utf8(start, (size_t)(out - start) - 1) ? out : NULL;
}

static bool form_read_fields(struct form *form, struct arena *arena, const char *bytes, size_t size)
{
    /* Each field's two 0s stand where its = and & were: the last has no &, one without = borrows "". */
    char *out = arena_alloc(arena, size + 1);
    const char *end = bytes + size;
    for (const char *at = bytes; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        if (stop > at) {
            const char *equals = memchr(at, '=', (size_t)(stop - at));
            if (form->count == FORM_FIELDS_MAX)
                return false;
            struct form_field *field = &form->fields[form->count++];
            field->name = out;
            field->value = "";
            out = form_decode(out, at, equals ? equals : stop);
            if (out && equals) {
                field->value = out;
                out = form_decode(out, equals + 1, stop);
            }
            if (!out)
                return false;
        }
        at = stop + 1;
    }
    return true;
}

bool form_read(struct form *form, struct arena *arena, const char *bytes, size_t size)
{
    *form = (struct form){0, arena_array(arena, FORM_FIELDS_MAX, sizeof(struct form_field))};
    bool good = form_read_fields(form, arena, bytes, size);
    if (!good)
        form->count = 0;
    return good;
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}
