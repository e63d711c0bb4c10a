/* The write-ahead log of a database is carried into the database by a thread of its own.
 *
 * SQLite does that in the commit that makes the log 1,000 pages long, which then takes as long as a slow disk
 * wants for 1,000 pages all over the file; and the loop, whose commit it was, answers nobody meanwhile. A
 * checkpoint that waits for nobody (SQLITE_CHECKPOINT_PASSIVE) disturbs neither readers nor writers, from
 * whichever connection it comes. Within sql/ only. */
#ifndef SQL_CHECKPOINT_H
#define SQL_CHECKPOINT_H

#include <sqlite3.h>

struct checkpoint;

/* Takes the log of `db` over, an open connection in WAL mode to the file `path`, in place of SQLite's
 * automatic checkpoints. NULL when there can be no thread: then those stay. To be closed before `db` is. */
struct checkpoint *checkpoint_open(sqlite3 *db, const char *path);

/* Waits for a checkpoint under way. NULL is fine. */
void checkpoint_close(struct checkpoint *checkpoint);

#endif
