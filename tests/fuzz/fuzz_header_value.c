/* Values that sign-in modules set: always clean UTF-8 or nothing; and dates. */
#include "proto/header_value.h"
#include "proto/http_date.h"
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
    int64_t at = -1;
    if (http_date_read(value, &at) != (at != -1))
        abort();
    arena_free(&arena);
    return 0;
}
