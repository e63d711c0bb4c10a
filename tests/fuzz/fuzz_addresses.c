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

/* What is asked about comes back in quotation marks, which no one need be asked about again. */
static void check_doubtful(struct arena *arena, const struct address *address)
{
    struct text quoted = {0};
    struct addresses again;
    if (!address_is_doubtful(address))
        return;
    text_add_char(&quoted, '"');
    for (const char *at = address->name; *at; at++) {
        if (*at == '"' || *at == '\\')
            text_add_char(&quoted, '\\');
        text_add_char(&quoted, *at);
    }
    text_addf(&quoted, "\" <%s>", address->mail);
    addresses_read(&again, arena, text_string(&quoted));
    text_free(&quoted);
    if (again.count != 1 || again.bad_count || strcmp(again.list[0].mail, address->mail) != 0 ||
        address_is_doubtful(&again.list[0]))
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
        check_doubtful(&arena, &found.list[i]);
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
