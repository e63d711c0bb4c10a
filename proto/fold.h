/* Letters as people type them who have not the keyboard for a name: œuvre, Straße, Sørensen, Łódź, Κώστας.
 * Case and accents of Latin letters are for the tokenizer behind (sql/fold.c), which knows those, but not
 * these. */
#ifndef PROTO_FOLD_H
#define PROTO_FOLD_H

#include "proto/text.h"

/* Adds `string` with ligatures and letters with strokes as the plain letters that stand for them (œ oe, ß ss,
 * ø o, ł l), and Greek letters small and without accents. The rest goes in as it is. */
void text_add_folded(struct text *text, const char *string);

#endif
