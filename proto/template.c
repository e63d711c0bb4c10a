#include "proto/template_nodes.h"

#include <stdlib.h>
#include <string.h>

struct templates *templates_new(void)
{
    return mem_alloc(sizeof(struct templates));
}

size_t templates_index(struct templates *set, struct slice name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strlen(set->list[i].name) == name.size && memcmp(set->list[i].name, name.start, name.size) == 0)
            return i;
    set->list = mem_resize(set->list, (set->count + 1) * sizeof *set->list);
    struct parsed *parsed = &set->list[set->count];
    *parsed = (struct parsed){.name = arena_dup_bytes(&set->arena, name.start, name.size)};
    bool html = name.size >= 5 && memcmp(name.start + name.size - 5, ".html", 5) == 0;
    parsed->kind = html ? TEMPLATE_HTML : TEMPLATE_TEXT;
    return set->count++;
}

int templates_add(struct templates *set, const char *name, const char *source, size_t size,
                  const char **error)
{
    size_t index = templates_index(set, (struct slice){name, strlen(name)});
    if (template_parse(set, index, (struct slice){source, size}))
        return 1;
    *error = set->error;
    return -1;
}

void templates_each_text(const struct templates *set,
                         void (*each)(const char *one, const char *many, void *context), void *context)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct parsed *parsed = &set->list[i];
        for (const struct node *node = parsed->nodes; node < parsed->nodes + parsed->count; node++)
            if (node->kind == NODE_SENTENCE)
                each(node->one, node->many, context);
    }
}

struct naming {
    void (*each)(const struct template_name *name, void *context);
    void *context;
    struct template_name name;
};

static void name_one(struct naming *naming, const char *name, size_t size)
{
    naming->name.name = name;
    naming->name.size = size;
    if (size)
        naming->each(&naming->name, naming->context);
}

/* The {places} of a sentence. */
static void name_places(struct naming *naming, const char *sentence)
{
    const char *open;
    for (; sentence && (open = strchr(sentence, '{')); sentence = open + 1) {
        size_t size = 0;
        while (template_is_name(open[1 + size]))
            size++;
        if (open[1 + size] == '}')
            name_one(naming, open + 1, size);
    }
}

void templates_each_name(const struct templates *set,
                         void (*each)(const struct template_name *name, void *context), void *context)
{
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->list[i].count; j++) {
            const struct node *node = &set->list[i].nodes[j];
            struct naming naming = {each, context, {.template = set->list[i].name, .line = node->line}};
            if (node->kind == NODE_PARTIAL) {
                const struct parsed *other = &set->list[node->partial];
                naming.name.is_template = true;
                naming.name.is_known = other->added;
                name_one(&naming, other->name, strlen(other->name));
                continue;
            }
            name_one(&naming, node->path.start, node->path.size);
            name_places(&naming, node->one);
            name_places(&naming, node->many);
        }
}

void templates_free(struct templates *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++)
        free(set->list[i].nodes);
    free(set->list);
    arena_free(&set->arena);
    free(set);
}

struct rendering {
    const struct templates *set;
    const struct catalogue *catalogue;
    struct text *text;
    int partials;         /* within one another, here */
    size_t steps, begins; /* where in the text */
};

/* What a name stands for: JSON, or the text of a field; neither: nothing. */
struct value {
    const json_t *json;
    const char *text;
};

/* What sections have put in front: the innermost value first. */
struct frame {
    const json_t *value;
    const struct template_field *fields; /* instead of it */
    const struct frame *outer;
};

static const char *field_find(const struct template_field *fields, struct slice name)
{
    for (; fields->name; fields++)
        if (*fields->name == *name.start && strncmp(fields->name, name.start, name.size) == 0 &&
            !fields->name[name.size])
            return fields->text;
    return NULL;
}

/* The value of a path: its first name from the innermost frame out, the others within what that is. */
static struct value lookup(const struct frame *frame, struct slice path)
{
    struct value value = {frame->value, NULL};
    if (path.size == 1 && *path.start == '.')
        return value;
    const char *end = path.start + path.size, *dot = memchr(path.start, '.', path.size);
    const char *name_end = dot ? dot : end;
    value.json = NULL;
    for (; frame && !value.json; frame = frame->outer) {
        if (frame->fields)
            return (struct value){NULL, field_find(frame->fields, path)};
        value.json = json_object_getn(frame->value, path.start, (size_t)(name_end - path.start));
    }
    while (value.json && name_end < end) {
        const char *name = name_end + 1;
        dot = memchr(name, '.', (size_t)(end - name));
        name_end = dot ? dot : end;
        value.json = json_object_getn(value.json, name, (size_t)(name_end - name));
    }
    return value;
}

static bool is_shown(struct value shown)
{
    const json_t *value = shown.json;
    if (shown.text)
        return *shown.text;
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) != 0;
    case JSON_OBJECT:
    case JSON_TRUE:
        return true;
    default:
        return false;
    }
}

static void add_escaped(const struct rendering *r, enum template_kind kind, struct slice bytes)
{
    if (kind == TEMPLATE_HTML)
        text_add_html_bytes(r->text, bytes.start, bytes.size);
    else
        text_add_bytes(r->text, bytes.start, bytes.size);
}

/* Numbers and booleans need no escape in either kind. */
static void add_value(const struct rendering *r, enum template_kind kind, struct value added)
{
    const json_t *value = added.json;
    if (added.text) {
        add_escaped(r, kind, (struct slice){added.text, strlen(added.text)});
        return;
    }
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        add_escaped(r, kind, (struct slice){json_string_value(value), json_string_length(value)});
        break;
    case JSON_INTEGER:
        text_addf(r->text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        text_addf(r->text, "%.15g", json_real_value(value));
        break;
    case JSON_TRUE:
        text_add(r->text, "true");
        break;
    case JSON_FALSE:
        text_add(r->text, "false");
        break;
    default:
        break;
    }
}

/* The end of the place that starts with the { at `brace`, or NULL when that is only a brace. */
static const char *place_end(const char *brace)
{
    const char *end = brace + 1;
    while (template_is_name(*end))
        end++;
    return *end == '}' && end > brace + 1 ? end : NULL;
}

static void add_sentence(const struct rendering *r, enum template_kind kind, const struct node *node,
                         const struct frame *frame)
{
    struct value number = node->many ? lookup(frame, node->path) : (struct value){NULL, NULL};
    long count = number.text ? strtol(number.text, NULL, 10) : (long)json_number_value(number.json);
    const char *at = node->many ? catalogue_plural(r->catalogue, node->one, node->many, count)
                                : catalogue_text(r->catalogue, node->one);
    const char *brace = strchr(at, '{');
    while (brace) {
        const char *end = place_end(brace);
        if (end) {
            add_escaped(r, kind, (struct slice){at, (size_t)(brace - at)});
            bool is_number = node->many && end == brace + 2 && brace[1] == 'n';
            add_value(r, kind,
                      is_number ? number
                                : lookup(frame, (struct slice){brace + 1, (size_t)(end - brace - 1)}));
            at = end + 1;
        }
        brace = strchr(end ? at : brace + 1, '{');
    }
    add_escaped(r, kind, (struct slice){at, strlen(at)});
}

static int render_nodes(struct rendering *r, const struct parsed *parsed, size_t from, size_t to,
                        const struct frame *frame);

/* < 0: this would never come to an end that anybody waits for. */
static int take_step(struct rendering *r)
{
    return ++r->steps > TEMPLATE_STEPS_MAX || r->text->size - r->begins > TEMPLATE_TEXT_MAX ? -1 : 1;
}

static int render_partial(struct rendering *r, size_t index, const struct frame *frame)
{
    const struct parsed *parsed = &r->set->list[index];
    if (!parsed->added || r->partials == TEMPLATE_PARTIALS_MAX)
        return -1;
    r->partials++;
    int result = render_nodes(r, parsed, 0, parsed->count, frame);
    r->partials--;
    return result;
}

static int render_section(struct rendering *r, const struct parsed *parsed, size_t index,
                          const struct frame *frame)
{
    const struct node *section = &parsed->nodes[index];
    struct value found = lookup(frame, section->path);
    const json_t *value = found.json;
    if (is_shown(found) != (section->kind == NODE_SECTION))
        return 1;
    if (!json_is_array(value) || section->kind == NODE_INVERTED) {
        struct frame inner = {value, NULL, frame};
        bool pushes = value && is_shown(found) && !json_is_true(value);
        return render_nodes(r, parsed, index + 1, section->end, pushes ? &inner : frame);
    }
    int result = 1;
    for (size_t i = 0; i < json_array_size(value) && result > 0; i++) {
        struct frame inner = {json_array_get(value, i), NULL, frame};
        result = render_nodes(r, parsed, index + 1, section->end, &inner);
    }
    return result;
}

static int render_nodes(struct rendering *r, const struct parsed *parsed, size_t from, size_t to,
                        const struct frame *frame)
{
    int result = take_step(r);
    for (size_t i = from; i < to && result > 0; i++) {
        const struct node *node = &parsed->nodes[i];
        if (take_step(r) < 0)
            return -1;
        switch (node->kind) {
        case NODE_LITERAL:
            text_add_bytes(r->text, node->literal.start, node->literal.size);
            break;
        case NODE_VALUE:
            add_value(r, parsed->kind, lookup(frame, node->path));
            break;
        case NODE_RAW:
            add_value(r, TEMPLATE_TEXT, lookup(frame, node->path));
            break;
        case NODE_SENTENCE:
            add_sentence(r, parsed->kind, node, frame);
            break;
        case NODE_PARTIAL:
            result = render_partial(r, node->partial, frame);
            break;
        case NODE_SECTION:
        case NODE_INVERTED:
            result = render_section(r, parsed, i, frame);
            i = node->end - 1;
            break;
        }
    }
    return result;
}

static int render_named(const struct templates *set, const char *name, const struct frame *frame,
                        const struct catalogue *catalogue, struct text *text)
{
    struct rendering r = {.set = set, .catalogue = catalogue, .text = text, .begins = text->size};
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i].name, name) == 0)
            return render_partial(&r, i, frame);
    return -1;
}

int templates_render(const struct templates *set, const char *name, const json_t *data,
                     const struct catalogue *catalogue, struct text *text)
{
    const struct frame frame = {data, NULL, NULL};
    return render_named(set, name, &frame, catalogue, text);
}

int templates_render_fields(const struct templates *set, const char *name,
                            const struct template_field *fields, const struct catalogue *catalogue,
                            struct text *text)
{
    const struct frame frame = {NULL, fields, NULL};
    return render_named(set, name, &frame, catalogue, text);
}
