/* Links that are keys: base64url of 8 random bytes (link_id, stored) and 16 bytes of HMAC-SHA-256 (RFC 2104)
 * over the purpose and them. A forged link costs no query, a stolen database opens nothing, and a link of one
 * purpose is none for another. */
#ifndef PROTO_LINK_H
#define PROTO_LINK_H

#include "proto/model.h"
#include "proto/text.h"

enum {
    LINK_KEY_SIZE = 32,
    LINK_KEYS_MAX = 8,
    LINK_SIZE = 32, /* characters, without the 0 */
    LINK_WHOM_MAX = 255,
    LINK_FINGERPRINT_SIZE = 32, /* hexadecimal characters, without the 0 */
};

enum link_purpose {
    LINK_JOIN,
    LINK_INVITATION,
    LINK_FEED,
    LINK_SIGN_IN,
    LINK_STOP,
    LINK_SESSION,
    LINK_CSRF,
    LINK_EXTEND,
    LINK_SHARED,
    LINK_KNOWN
};

/* The first signs, all verify. */
struct link_keys {
    size_t count;
    unsigned char keys[LINK_KEYS_MAX][LINK_KEY_SIZE];
};

/* Reads a key file: a line of 64 hexadecimal digits each, empty lines and lines with # passed over. 0, or < 0
 * with *line the number of the wrong line (0: no key at all). */
int link_keys_read(struct link_keys *keys, const char *bytes, size_t size, int *line);
/* What the database keeps of a key, to know it again: hexadecimal of a hash. */
void link_keys_fingerprint(const struct link_keys *keys, size_t index,
                           char fingerprint[LINK_FINGERPRINT_SIZE + 1]);

void link_write(const struct link_keys *keys, enum link_purpose purpose, const struct link_id *id,
                char link[LINK_SIZE + 1]);
/* True and *id when `link` is a link of that purpose under one of the keys; constant time in the MAC. */
bool link_read(const struct link_keys *keys, enum link_purpose purpose, const char *link, struct link_id *id);
/* The same for a link that is good for one person alone: `whom` is in the MAC and not to be
 * read from the link. With more than LINK_WHOM_MAX bytes of it, what is written is no link. */
void link_write_for(const struct link_keys *keys, enum link_purpose purpose, const struct link_id *id,
                    const char *whom, char link[LINK_SIZE + 1]);
bool link_read_for(const struct link_keys *keys, enum link_purpose purpose, const char *link,
                   const char *whom, struct link_id *id);

/* Adds words that somebody wrote, with an ellipsis for each personal link under one of the keys that stands
 * in them: who quotes a letter gives away what is theirs alone. */
void link_hide(const struct link_keys *keys, const char *words, struct text *text);

#endif
