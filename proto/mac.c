#include "proto/mac.h"

#include <nettle/hmac.h>
#include <string.h>

enum { KEPT = 4 /* the keys of links, the one before, and the token's */, KEY_MOST = 256 };

struct kept {
    struct hmac_sha256_ctx context; /* as the key left it */
    size_t size;                    /* 0: none */
    unsigned char key[KEY_MOST];
};

static struct hmac_sha256_ctx *context_of(const void *key, size_t size)
{
    static _Thread_local struct kept kept[KEPT];
    static _Thread_local size_t next;
    for (size_t i = 0; i < KEPT; i++)
        if (kept[i].size == size && memcmp(kept[i].key, key, size) == 0)
            return &kept[i].context;
    struct kept *slot = &kept[next++ % KEPT];
    hmac_sha256_set_key(&slot->context, size, key);
    slot->size = size;
    memcpy(slot->key, key, size);
    return &slot->context;
}

bool mac_sign(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char mac[MAC_BYTES])
{
    struct hmac_sha256_ctx own, *context = &own;
    if (key_size == 0)
        return false;
    if (key_size > KEY_MOST)
        hmac_sha256_set_key(&own, key_size, key);
    else
        context = context_of(key, key_size);
    hmac_sha256_update(context, size, bytes);
    hmac_sha256_digest(context, MAC_BYTES, mac); /* and begins anew with the same key */
    return true;
}
