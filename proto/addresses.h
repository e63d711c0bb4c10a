/* Mail addresses as people paste them: "Name" <a@b>, Name <a@b>, a@b; separated by commas, semicolons, lines
 * or spaces, out of a To: header too. A comma is of the name (Dupont, Jean <a@b>, as Outlook writes) where
 * everybody up to the next semicolon or line end is written so and begins as names do, with a capital:
 * alice, Bob <a@b> has an alice whom nobody could invite, and so has Alice, Bob, Carol <a@b>. */
#ifndef PROTO_ADDRESSES_H
#define PROTO_ADDRESSES_H

#include "proto/arena.h"

#include <stdbool.h>

struct address {
    const char *name; /* NULL: none; RFC 2047 words decoded, white space folded, no control characters */
    /* Of a name with a comma and without quotes: what may have been meant by itself, and the rest; or NULL.
     */
    const char *before, *behind;
    const char *mail; /* the domain small and in ASCII form (RFC 5891), the local part as it was typed */
};

struct addresses {
    size_t count;
    struct address *list; /* without duplicates (mail compared without case), in the order typed */
    size_t bad_count;
    const char **bad; /* what could not be read as an address, as it was typed */
};

/* Never fails: what is wrong is in `bad`. All memory is of the arena. */
void addresses_read(struct addresses *addresses, struct arena *arena, const char *typed);
/* Whether a name with a comma may as well be two people, the first without an address (Alice, Bob <bob@x>):
 * it has `before`, and nothing of that is in the address, as in Dupont, Jean <jean.dupont@x>. The pages'
 * script goes by the same rule. */
bool address_is_doubtful(const struct address *address);
/* One address alone; NULL when it is none. */
const char *address_read_one(struct arena *arena, const char *typed);
/* True when mail to `mail` comes to the mailbox that writes as `writer`: the same address, `writer` with a
 * tag (bob+meetings, RFC 5233), and Gmail's, which reads dots and tags as nothing and has two domains. */
bool address_is_of(const char *writer, const char *mail);
/* The address as people know it, its domain in Unicode: for pages and letters' text. */
const char *address_show(struct arena *arena, const char *mail);

#endif
