/* .mo files, and Accept-Language: the bytes are read as both. */
#include "proto/arena.h"
#include "proto/catalogue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t use(const struct catalogue *catalogue)
{
    static const char *const texts[] = {"", "a", "Join", "today", "{n} day", "\xFF"};
    size_t length = 0; /* so that every byte of an answer is read */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        length += strlen(catalogue_text(catalogue, texts[i]));
        length += strlen(catalogue_context(catalogue, "month", texts[i]));
        for (long count = 0; count < 3; count++)
            length += strlen(catalogue_plural(catalogue, texts[i], "many", count));
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogues *catalogues = catalogues_new();
    struct arena arena = {0};
    if (catalogues_add(catalogues, "fr", data, size) > 0 &&
        use(catalogues_find(catalogues, "fr")) > size * 100)
        abort();
    const char *field = arena_dup_bytes(&arena, data, size);
    if (!catalogues_negotiate(catalogues, field, catalogues_find(catalogues, field)))
        abort();
    arena_free(&arena);
    catalogues_free(catalogues);
    return 0;
}
