/* CSV (RFC 4180) with a header line; commas, semicolons or tabs between the fields, whichever the header
 * has. */
#ifndef PROTO_CSV_H
#define PROTO_CSV_H

#include "proto/directory.h"

struct csv {
    const char *at, *end;
    int line; /* of `at`, from 0 */
    char separator;
    size_t column_count;
    const char **columns; /* names, in small letters */
};

/* Reads the header (a byte order mark before it is passed over). false: *wrong says what is the matter. The
 * bytes must outlive the reading, names are of the arena. */
bool csv_open(struct csv *csv, struct arena *arena, const char *bytes, size_t size, const char **wrong);
/* The next record as an entry of columns and values, empty ones left out; results as of ldif_next. */
int csv_next(struct csv *csv, struct arena *arena, struct entry *entry, const char **wrong);

#endif
