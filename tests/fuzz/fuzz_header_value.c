/* Values that sign-in modules set: always clean UTF-8 or nothing. */
#include "proto/header_value.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena arena = {0};
    const char *value = arena_dup_bytes(&arena, bytes, size);
    const char *read = header_value_read(&arena, value);
    if (read && (!*read || !text_is_utf8(read, strlen(read)) || strpbrk(read, "\r\n\t\x01\x7f")))
        abort();
    header_value_has(value, "staff");
    arena_free(&arena);
    return 0;
}
