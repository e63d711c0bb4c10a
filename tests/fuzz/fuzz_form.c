/* Form bodies: what is read is UTF-8, has no carriage returns, and is no longer than what came. */
#include "proto/form.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct form form;
    size_t sum = 0;
    if (form_read(&form, &arena, (const char *)data, size)) {
        for (size_t i = 0; i < form.count; i++) {
            const char *name = form.fields[i].name, *value = form.fields[i].value;
            if (!text_is_utf8(name, strlen(name)) || !text_is_utf8(value, strlen(value)) ||
                strchr(value, '\r') || !form_get(&form, name))
                abort();
            sum += strlen(name) + strlen(value);
        }
    } else if (form.count) {
        abort();
    }
    if (sum > size)
        abort();
    arena_free(&arena);
    return 0;
}
