/* Templates for pages and letters: a small mustache whose data is JSON and whose default is escaped.
 *
 *   {{name}}          the value, escaped for the template's kind (HTML: text and quoted attributes; TEXT: as
 * it is). Dots walk: {{meeting.subject}}
 *   {{&name}}         raw: only for what is markup already (made by the program), never for what people typed
 *   {{#name}}..{{/name}}  an array: once for each; an object, true, a non-empty string or non-zero number:
 * once; inside, names are looked up from the innermost out
 *   {{^name}}..{{/name}}  when it is absent, false, empty or zero
 *   {{>file}}         another template of the same set
 *   {{_ "English text with {place}"}}   its translation; {place} is filled from the data, escaped
 *   {{_ "{n} guest" | "{n} guests" count}}  plural by a number of the data (here `count`); {n} is that number
 *   {{! comment}}     nothing
 * A section tag, partial or comment alone on its line leaves no line. */
#ifndef PROTO_TEMPLATE_H
#define PROTO_TEMPLATE_H

#include "proto/catalogue.h"
#include "proto/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum template_kind { TEMPLATE_HTML, TEMPLATE_TEXT };

struct templates; /* a set, by name; partials are looked up in it when it is rendered */

struct templates *templates_new(void);
/* Parses one; the name's ending gives its kind (.html is HTML, all else TEXT). < 0: *error says what is wrong
 * in which line (in a buffer of the set). */
int templates_add(struct templates *set, const char *name, const char *source, size_t size,
                  const char **error);
/* Renders with `data` (borrowed). < 0: no such template, or partials nested deeper than 16, or more than
 * anybody waits for. What was added before stays. */
int templates_render(const struct templates *set, const char *name, const json_t *data,
                     const struct catalogue *catalogue, struct text *text);
/* The same for a thing of many (a row of a list), whose data is a short array of fields instead of JSON: five
 * times cheaper. A NULL name ends it; NULL and "" are absent; a number is its digits, true any text. */
struct template_field {
    const char *name, *text;
};
int templates_render_fields(const struct templates *set, const char *name,
                            const struct template_field *fields, const struct catalogue *catalogue,
                            struct text *text);
/* Calls with every text to translate (many is NULL without a plural): a test holds them against the
 * catalogues. */
void templates_each_text(const struct templates *set,
                         void (*each)(const char *one, const char *many, void *context), void *context);

/* A name that a template uses: a variable (of a tag, or a {place} of a sentence), or another template. */
struct template_name {
    const char *template; /* which uses it */
    size_t line;
    const char *name; /* `size` bytes */
    size_t size;
    bool is_template, is_known; /* another template, and it was added */
};
void templates_each_name(const struct templates *set,
                         void (*each)(const struct template_name *name, void *context), void *context);
void templates_free(struct templates *set);

#endif
