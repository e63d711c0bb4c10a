#include "proto/link.h"

#include "proto/mac.h"
#include "proto/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { MAC_SIZE = 16, RAW_SIZE = LINK_ID_SIZE + MAC_SIZE };

_Static_assert(RAW_SIZE * 4 == LINK_SIZE * 3, "base64url without padding");

/* What the MAC is over, before the id: one of these with its 0. They never change: links live for years. */
static const char *const purpose_words[] = {[LINK_JOIN] = "join",     [LINK_INVITATION] = "invitation",
                                            [LINK_FEED] = "feed",     [LINK_SIGN_IN] = "sign-in",
                                            [LINK_STOP] = "stop",     [LINK_SESSION] = "session",
                                            [LINK_CSRF] = "csrf",     [LINK_EXTEND] = "extend",
                                            [LINK_SHARED] = "shared", [LINK_KNOWN] = "known"};

static bool key_read(unsigned char *key, const char *line, size_t size)
{
    if (size != (size_t)LINK_KEY_SIZE * 2)
        return false;
    for (size_t i = 0; i < LINK_KEY_SIZE; i++) {
        int high = text_read_hex(line[2 * i]), low = text_read_hex(line[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

int link_keys_read(struct link_keys *keys, const char *bytes, size_t size, int *line)
{
    const char *at = bytes, *end = bytes + size;
    *keys = (struct link_keys){0};
    for (*line = 1; at < end; ++*line) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        while (at < stop && is_blank(*at))
            at++;
        while (stop > at && is_blank(stop[-1]))
            stop--;
        if (at < stop && *at != '#') {
            if (keys->count == LINK_KEYS_MAX || !key_read(keys->keys[keys->count], at, (size_t)(stop - at)))
                return -1;
            keys->count++;
        }
        at = next;
    }
    *line = 0;
    return keys->count ? 0 : -1;
}

void link_keys_fingerprint(const struct link_keys *keys, size_t index,
                           char fingerprint[LINK_FINGERPRINT_SIZE + 1])
{
    static const char label[] = "jmb link key";
    static const char digits[] = "0123456789abcdef";
    unsigned char input[sizeof label + LINK_KEY_SIZE], hash[EVP_MAX_MD_SIZE] = {0};
    memcpy(input, label, sizeof label);
    memcpy(input + sizeof label, keys->keys[index], LINK_KEY_SIZE);
    EVP_Digest(input, sizeof input, hash, NULL, EVP_sha256(), NULL);
    OPENSSL_cleanse(input, sizeof input);
    for (size_t i = 0; i < LINK_FINGERPRINT_SIZE; i++)
        fingerprint[i] = digits[i % 2 ? hash[i / 2] & 15 : hash[i / 2] >> 4];
    fingerprint[LINK_FINGERPRINT_SIZE] = 0;
}

/* The first MAC_SIZE bytes of HMAC-SHA-256 (RFC 2104 5 allows to cut at half). False: the library failed. */
static bool link_mac(const unsigned char *key, enum link_purpose purpose, const struct link_id *id,
                     const char *whom, unsigned char mac[MAC_SIZE])
{
    unsigned char input[32 + LINK_WHOM_MAX + 1], full[MAC_BYTES];
    size_t size = strlen(purpose_words[purpose]) + 1, whom_size = strlen(whom);
    if (whom_size > LINK_WHOM_MAX)
        return false;
    memcpy(input, purpose_words[purpose], size);
    memcpy(input + size, id->bytes, LINK_ID_SIZE);
    stpcpy((char *)input + size + LINK_ID_SIZE, whom);
    if (!mac_sign(key, LINK_KEY_SIZE, input, size + LINK_ID_SIZE + whom_size, full))
        return false;
    memcpy(mac, full, MAC_SIZE);
    return true;
}

void link_write_for(const struct link_keys *keys, enum link_purpose purpose, const struct link_id *id,
                    const char *whom, char link[LINK_SIZE + 1])
{
    unsigned char raw[RAW_SIZE] = {0};
    struct text text = {0};
    memcpy(raw, id->bytes, LINK_ID_SIZE);
    link_mac(keys->keys[0], purpose, id, whom, raw + LINK_ID_SIZE); /* a MAC that failed opens nothing */
    text_add_base64url(&text, raw, RAW_SIZE);
    memcpy(link, text.data, LINK_SIZE + 1);
    text_free(&text);
}

void link_write(const struct link_keys *keys, enum link_purpose purpose, const struct link_id *id,
                char link[LINK_SIZE + 1])
{
    link_write_for(keys, purpose, id, "", link);
}

bool link_read_for(const struct link_keys *keys, enum link_purpose purpose, const char *link,
                   const char *whom, struct link_id *id)
{
    unsigned char raw[RAW_SIZE], mac[MAC_SIZE];
    struct link_id read;
    if (!link || strnlen(link, LINK_SIZE + 1) != LINK_SIZE ||
        !text_read_base64url(link, LINK_SIZE, raw, RAW_SIZE))
        return false;
    memcpy(read.bytes, raw, LINK_ID_SIZE);
    for (size_t i = 0; i < keys->count; i++) {
        if (link_mac(keys->keys[i], purpose, &read, whom, mac) &&
            CRYPTO_memcmp(mac, raw + LINK_ID_SIZE, MAC_SIZE) == 0) {
            *id = read;
            return true;
        }
    }
    return false;
}

bool link_read(const struct link_keys *keys, enum link_purpose purpose, const char *link, struct link_id *id)
{
    return link_read_for(keys, purpose, link, "", id);
}

static bool is_personal(const struct link_keys *keys, const char *token)
{
    static const enum link_purpose purposes[] = {LINK_JOIN, LINK_INVITATION, LINK_STOP,
                                                 LINK_FEED, LINK_EXTEND,     LINK_SIGN_IN};
    struct link_id id;
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (link_read(keys, purposes[i], token, &id))
            return true;
    return false;
}

/* Where a personal link begins in the `size` letters at `token`; size: nowhere. Programs put letters of their
 * own beside it: %2F for a slash, _ for what is slanted. */
static size_t find_personal(const struct link_keys *keys, const char *token, size_t size)
{
    enum { BESIDE_MOST = 8 };
    if (size < LINK_SIZE || size > LINK_SIZE + BESIDE_MOST)
        return size;
    for (size_t at = 0; at + LINK_SIZE <= size; at++) {
        char link[LINK_SIZE + 1];
        memcpy(link, token + at, LINK_SIZE);
        link[LINK_SIZE] = 0;
        if (is_personal(keys, link))
            return at;
    }
    return size;
}

void link_hide(const struct link_keys *keys, const char *words, struct text *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    while (*words) {
        size_t between = strcspn(words, letters), size = strspn(words + between, letters);
        const char *token = words + between;
        size_t at = find_personal(keys, token, size);
        text_add_bytes(text, words, between + at);
        if (at < size) {
            text_add(text, "\xE2\x80\xA6");
            text_add_bytes(text, token + at + LINK_SIZE, size - at - LINK_SIZE);
        }
        words = token + size;
    }
}
