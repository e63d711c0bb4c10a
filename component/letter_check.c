#include "component/letter_parts.h"
#include "proto/embed.h"

#include <string.h>

/* What `jmbd -t` says of a site's templates once they can be parsed: a line for each name that there is not,
 * and for each that would take itself in, which no letter would survive. */

enum { NAME_MOST = 40, TEMPLATES_MOST = 100 };

struct checking {
    const struct templates *set;
    const char *folder; /* NULL: of our own files */
    struct text *error;
};

/* ---- The one that was meant ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be changed, added or taken away to make one name of the other (Levenshtein). */
static size_t distance(const char *a, size_t a_size, const char *b)
{
    size_t row[NAME_MOST + 1], b_size = strlen(b);
    if (a_size > NAME_MOST || b_size > NAME_MOST)
        return NAME_MOST;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t changed = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_size];
}

void letter_add_meant(struct text *error, bool is_template, const char *name, size_t size)
{
    const char *meant = NULL;
    size_t nearest = size < 6 ? 2 : 3; /* and nearer */
    for (size_t i = 0; is_template ? letters_files[i].name != NULL : letter_variables[i] != NULL; i++) {
        const char *known = is_template ? letters_files[i].name : letter_variables[i];
        size_t here = distance(name, size, known);
        if (here < nearest) {
            nearest = here;
            meant = known;
        }
    }
    if (meant)
        text_addf(error, ": is '%s' meant?", meant);
    text_addf(error, "%s docs/letters.md has them all", meant ? "" : ":");
}

/* ---- Names ---- */

void letter_add_place(struct text *error, const char *folder, const char *name, size_t line)
{
    text_addf(error, "%s%s%s%s", error->size ? "\n" : "", folder ? folder : "", folder ? "/" : "", name);
    if (line)
        text_addf(error, ":%zu", line);
    text_add(error, ": ");
}

static void check_name(const struct template_name *name, void *context)
{
    const struct checking *checking = context;
    int size = (int)name->size;
    if (name->is_template ? name->is_known : letter_is_variable(name->name, name->size))
        return;
    letter_add_place(checking->error, checking->folder, name->template, name->line);
    text_addf(checking->error,
              name->is_template ? "there is no template '%.*s'" : "letters have no variable '%.*s'", size,
              name->name);
    letter_add_meant(checking->error, name->is_template, name->name, name->size);
}

/* ---- Circles ---- */

/* Whether `from` leads to `to` by what templates take in. */
struct walk {
    const char *to;
    bool reached[TEMPLATES_MOST], more, found;
};

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (letters_files[i].name && strcmp(letters_files[i].name, name) != 0)
        i++;
    return i;
}

static void step(const struct template_name *name, void *context)
{
    struct walk *walk = context;
    if (!name->is_template || !walk->reached[index_of(name->template)])
        return;
    bool *reached = &walk->reached[index_of(name->name)];
    walk->more |= !*reached;
    *reached = true;
    walk->found |= strcmp(name->name, walk->to) == 0;
}

static bool leads_to(const struct templates *set, const char *from, const char *to)
{
    struct walk walk = {.to = to, .more = true, .found = strcmp(from, to) == 0};
    walk.reached[index_of(from)] = true;
    while (walk.more && !walk.found) {
        walk.more = false;
        templates_each_name(set, step, &walk);
    }
    return walk.found;
}

static void check_circle(const struct template_name *name, void *context)
{
    const struct checking *checking = context;
    if (!name->is_template || !leads_to(checking->set, name->name, name->template))
        return;
    letter_add_place(checking->error, checking->folder, name->template, name->line);
    text_addf(checking->error, "'%s' takes itself in", name->template);
    if (strcmp(name->name, name->template) != 0)
        text_addf(checking->error, " by way of '%s'", name->name);
    text_addf(checking->error, ": take this {{>%s}} out", name->name);
}

bool letter_check(const struct templates *set, const char *folder, struct text *error)
{
    struct checking checking = {set, folder, error};
    templates_each_name(set, check_name, &checking);
    if (!error->size)
        templates_each_name(set, check_circle, &checking);
    return !error->size;
}
