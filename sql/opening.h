/* Within sql/ only: the database as a file, from its lock to its copies. All return < 0 and a line for people
 * in `error` when it is not as it should be. */
#ifndef SQL_OPENING_H
#define SQL_OPENING_H

#include "proto/embed.h"
#include "sql/store_internal.h"

/* The file, empty when it is not there yet and `create` (file.c). */
int store_make_file(struct store *store, bool create, struct text *error);
/* PATH.lock keeps a second jmbd away (file.c): held by store->lock. */
int store_lock(struct store *store, struct text *error);
/* Whose database is it, and how old (file.c)? *version is 0 of a file without any table, which is new. */
int store_identify(struct store *store, int64_t *version, struct text *error);
/* Says in `error` what SQLite says: -1 (file.c). */
int store_broken(struct store *store, struct text *error);

/* Opens the file as it lies on the disk: no lock, no log of changes, nothing made beside it (check.c). */
int store_open_unchanged(struct store *store, struct text *error);
/* Do its pages make sense (check.c)? Not asked while there is a log beside it, which belongs to them. */
int store_check_pages(struct store *store, struct text *error);

/* Are the keys there that its links were signed with (keys.c)? And then it shall know ours. */
int keys_check(struct store *store, const struct store_options *options, struct text *error);
int keys_remember(struct store *store, const struct store_options *options, struct text *error);

/* Brings it from version `from` to the newest that `files` (NNN-name.sql) know; `path` NULL: no copy is made
 * before. < 0: nothing was changed (migrate.c). */
int migrate(sqlite3 *db, const char *path, int from, const struct embedded *files, struct text *error);
int migrate_newest(const struct embedded *files);

/* A complete copy of it called `name`, which is there whole and on the disk, or not at all (copy.c). */
int copy_into(sqlite3 *db, const char *name, struct text *error);

/* What store_fold needs (fold.c). */
bool fold_open(struct store *store);
void fold_close(struct store *store);

#endif
