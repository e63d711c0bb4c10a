#include "proto/mac.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

enum { KEPT = 4 /* the keys of links, the one before, and the token's */, KEY_MOST = 256 };

struct kept {
    EVP_MAC_CTX *context;
    size_t size;
    unsigned char key[KEY_MOST];
};

/* The context holds its own reference to the algorithm. */
static EVP_MAC_CTX *context_open(const void *key, size_t size)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                     OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
    EVP_MAC_free(algorithm);
    if (context && EVP_MAC_init(context, key, size, parameters))
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

static EVP_MAC_CTX *context_of(const void *key, size_t size)
{
    static _Thread_local struct kept kept[KEPT];
    static _Thread_local size_t next;
    for (size_t i = 0; i < KEPT; i++)
        if (kept[i].context && kept[i].size == size && memcmp(kept[i].key, key, size) == 0)
            return EVP_MAC_init(kept[i].context, NULL, 0, NULL) ? kept[i].context : NULL;
    struct kept *slot = &kept[next++ % KEPT];
    EVP_MAC_CTX_free(slot->context);
    slot->context = context_open(key, size);
    slot->size = size;
    memcpy(slot->key, key, size);
    return slot->context;
}

bool mac_sign(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char mac[MAC_BYTES])
{
    size_t written = 0;
    if (key_size == 0)
        return false;
    EVP_MAC_CTX *own = key_size > KEY_MOST ? context_open(key, key_size) : NULL;
    EVP_MAC_CTX *context = key_size > KEY_MOST ? own : context_of(key, key_size);
    bool good = context && EVP_MAC_update(context, bytes, size) &&
                EVP_MAC_final(context, mac, &written, MAC_BYTES) && written == MAC_BYTES;
    EVP_MAC_CTX_free(own);
    return good;
}
