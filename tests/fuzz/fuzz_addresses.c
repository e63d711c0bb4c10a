/* Lists of addresses: what is read as an address is one when it is read again, and can stand in a header. */
#include "proto/addresses.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mail(struct arena *arena, const char *mail)
{
    const char *again = address_read_one(arena, mail);
    if (!again || strcmp(again, mail) != 0 || strlen(mail) > 254)
        abort();
    for (; *mail; mail++)
        if (*mail <= ' ' || *mail >= 0x7F || strchr("<>\",;:\\()", *mail))
            abort();
}

static void check_text(const char *text)
{
    if (!text_is_utf8(text, strlen(text)))
        abort();
    for (; *text; text++)
        if ((unsigned char)*text < ' ' && *text != '\n')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct addresses found;
    addresses_read(&found, &arena, arena_dup_bytes(&arena, data, size));
    for (size_t i = 0; i < found.count; i++) {
        check_mail(&arena, found.list[i].mail);
        check_text(address_show(&arena, found.list[i].mail));
        if (found.list[i].name) {
            check_text(found.list[i].name);
            if (!*found.list[i].name || strlen(found.list[i].name) > 200 || strchr(found.list[i].name, '\n'))
                abort();
        }
        for (size_t j = 0; j < i && i < 50; j++)
            if (text_equal_nocase(found.list[i].mail, found.list[j].mail))
                abort();
    }
    for (size_t i = 0; i < found.bad_count; i++) {
        check_text(found.bad[i]);
        if (!*found.bad[i])
            abort();
    }
    arena_free(&arena);
    return 0;
}
