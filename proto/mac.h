/* HMAC-SHA-256 (RFC 2104, FIPS 180-4) under few keys, again and again: links and tokens. OpenSSL's one call
 * takes 2 microseconds, most of it to set the key up; kept set up, it is a fifth of that. */
#ifndef PROTO_MAC_H
#define PROTO_MAC_H

#include <stdbool.h>
#include <stddef.h>

enum { MAC_BYTES = 32 };

/* False: the library failed, and `mac` holds nothing. Keys of 1 to 256 bytes are kept, the last few of each
 * thread, until the process ends. */
bool mac_sign(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char mac[MAC_BYTES]);

#endif
