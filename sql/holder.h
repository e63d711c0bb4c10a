/* Who else writes in the database. */
#ifndef SQL_HOLDER_H
#define SQL_HOLDER_H

#include "proto/text.h"

/* Adds the name and number of the process that holds the write lock of the database at `path`, for people:
 * "sqlite3, pid 4711"; nothing when it cannot be told. Linux (proc(5), /proc/locks), SQLite in WAL mode. The
 * file is not opened for it: closing it would let our own locks go. */
void holder_add(struct text *text, const char *path);

#endif
