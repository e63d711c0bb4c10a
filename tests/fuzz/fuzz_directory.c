/* Exports of a directory: every value that comes out is UTF-8, every address is one. The first byte says
 * which format follows. */
#include "proto/csv.h"
#include "proto/ldif.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void check_person(struct arena *arena, const struct entry *entry)
{
    static const char *const filters[] = {"a=*b*", "mail=x", NULL};
    struct directory_map map = directory_usual;
    struct directory_person person;
    for (size_t i = 0; i < entry->count; i++)
        if (!text_is_utf8(entry->values[i].value, strlen(entry->values[i].value)))
            abort();
    map.may_book = entry->count % 2 ? filters : NULL;
    if (directory_read(&person, arena, entry, &map))
        return;
    for (size_t i = 0; i <= person.alias_count; i++) {
        const char *mail = i ? person.aliases[i - 1] : person.mail;
        if (!strchr(mail, '@') || strpbrk(mail, " \r\n"))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena arena = {0};
    struct entry entry;
    const char *wrong, *text = size ? arena_dup_bytes(&arena, bytes + 1, size - 1) : "";
    size = size ? size - 1 : 0;
    if (size && bytes[0] == 'c') {
        struct csv csv;
        int found;
        if (csv_open(&csv, &arena, text, size, &wrong))
            while ((found = csv_next(&csv, &arena, &entry, &wrong)) != 0)
                if (found > 0)
                    check_person(&arena, &entry);
    } else {
        struct ldif ldif = {.at = text, .end = text + size};
        int found;
        while ((found = ldif_next(&ldif, &arena, &entry, &wrong)) != 0)
            if (found > 0)
                check_person(&arena, &entry);
    }
    arena_free(&arena);
    return 0;
}
