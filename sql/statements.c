#include "sql/statements.h"

#include <stddef.h>

/* First what statements of several subjects have in common. */

/* How long the longest meeting keeps its room open: whoever looks for what is not over yet at a time need not
 * look at starts before that time minus this. */
#define LONGEST "coalesce((SELECT max(closes_at - opens_at) FROM meeting), 0)"

/* A random name that ends like the meeting's uid. */
#define MESSAGE_ID                                                                                           \
    "lower(hex(randomblob(16))) || iif(instr(m.uid, '@'), substr(m.uid, instr(m.uid, '@')), '@localhost')"

#define STATEMENT(name, text) [STMT_##name] = (text),

const char *const statement_texts[STMT_COUNT] = {
#include "sql/statements/all.inc"
};
