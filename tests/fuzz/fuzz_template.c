/* Templates are our own files, yet what the parser accepts must render, and what it refuses must say why.
 * Then the bytes are data, which people type: in HTML nothing of them may become markup. */
#include "proto/arena.h"
#include "proto/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lists within lists multiply. Beyond that a rendering goes to its bound (test_template.c), for which
 * sanitizers take seconds: such a source is parsed, and that is all. */
enum { SOURCE_MAX = 2000, SECTIONS_MAX = 12 };

static size_t count_sections(const char *source, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += source[i] == '#';
    return count;
}

static void render(const char *source, size_t size, const json_t *data, struct text *text)
{
    struct templates *set = templates_new();
    struct catalogues *catalogues = catalogues_new();
    const char *error = NULL;
    int added = templates_add(set, "a.html", source, size, &error);
    if (added < 0 && (!error || !strstr(error, "line ")))
        abort();
    if (added > 0 && count_sections(source, size) <= SECTIONS_MAX)
        templates_render(set, "a.html", data, catalogues_find(catalogues, "en"), text);
    catalogues_free(catalogues);
    templates_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const page = "{{x}}{{_ \"a {x}\"}}{{#l}}{{.}}{{/l}}{{_ \"{x}\" | \"{x}\" n}}";
    static json_t *fixed;
    if (!fixed)
        fixed = json_pack("{s:s,s:{s:i},s:[i,s],s:b,s:n,s:i}", "x", "<x>", "o", "a", 1, "l", 1, "two", "t", 1,
                          "z", "n", 2);
    struct text text = {0};
    if (size <= SOURCE_MAX)
        render((const char *)data, size, fixed, &text);
    text_clear(&text);
    json_t *typed = json_stringn_nocheck((const char *)data, size);
    json_t *typed_data = json_pack("{s:O,s:[O],s:i}", "x", typed, "l", typed, "n", 1);
    render(page, strlen(page), typed_data, &text);
    if (text.size && strpbrk(text_string(&text), "<>\"'"))
        abort();
    text_free(&text);
    json_decref(typed_data);
    json_decref(typed);
    return 0;
}
