/* Writing CSV (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, by which they know it. A cell that a
 * spreadsheet would take for a formula gets an apostrophe in front, so that a name is never a command. */
#ifndef PROTO_CSV_WRITE_H
#define PROTO_CSV_WRITE_H

#include "proto/text.h"

struct csv_writer {
    struct text *text;
    char separator;
    bool begun; /* the row has a cell */
};

/* Adds to `text`, which must live as long as the writer. */
struct csv_writer csv_begin(struct text *text, char separator);
void csv_add(struct csv_writer *csv, const char *cell);
void csv_end_row(struct csv_writer *csv);

#endif
