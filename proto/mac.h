/* HMAC-SHA-256 (RFC 2104, FIPS 180-4) under few keys, again and again: links and tokens. By nettle, which
 * libmicrohttpd's GnuTLS brings into the process anyway: a feed makes two for each event, and OpenSSL's, even
 * with the key set up, allocates and frees for each and takes twice the time. */
#ifndef PROTO_MAC_H
#define PROTO_MAC_H

#include <stdbool.h>
#include <stddef.h>

enum { MAC_BYTES = 32 };

/* False: there is no key, and `mac` holds nothing. Keys of 1 to 256 bytes are kept, the last few of each
 * thread, until the process ends. */
bool mac_sign(const void *key, size_t key_size, const void *bytes, size_t size, unsigned char mac[MAC_BYTES]);

#endif
