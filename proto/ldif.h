/* LDIF (RFC 2849) as ldapsearch prints it: entries with wrapped lines, base64 values and comments. */
#ifndef PROTO_LDIF_H
#define PROTO_LDIF_H

#include "proto/directory.h"

/* A reading: start as {bytes, bytes + size}. The bytes must outlive it. */
struct ldif {
    const char *at, *end;
    int line;       /* of `at`, from 0 */
    bool searching; /* behind ldapsearch's head, which promises a 'result:' */
    /* When the server gave less than there is, its word for it (what stands behind 'result:'), or that
     * ldapsearch was cut off; else NULL. Known when there are no more. */
    const char *unfinished;
};

/* The next entry, all memory of the arena: > 0 it is in *entry, 0 there are no more, < 0 this one is
 * malformed
 * (*wrong says how, entry->line where) and the next call goes on behind it. Values that are no UTF-8 text
 * (pictures, certificates) are left out. */
int ldif_next(struct ldif *ldif, struct arena *arena, struct entry *entry, const char **wrong);

#endif
