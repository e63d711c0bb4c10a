/* Brings a database to the form that this program knows, step by step, whole or not at all. */
#include "sql/opening.h"

#include <stdio.h>
#include <stdlib.h>

/* The version that a file brings: 7 of 007-series.sql; 0: it is no migration. */
static int version_of(const char *name)
{
    char *end;
    long version = strtol(name, &end, 10);
    return end > name && *end == '-' && version > 1 && version < 10000 ? (int)version : 0;
}

int migrate_newest(const struct embedded *files)
{
    int newest = 1;
    for (; files->name; files++)
        if (version_of(files->name) > newest)
            newest = version_of(files->name);
    return newest;
}

static const struct embedded *step_to(const struct embedded *files, int version)
{
    if (version == 1)
        return embedded_find(files, "schema.sql");
    for (; files->name; files++)
        if (version_of(files->name) == version)
            return files;
    return NULL;
}

static int failed(struct text *error, sqlite3 *db, const char *what, const char *name)
{
    text_addf(error, "%s %s: %s; nothing was changed", what, name, sqlite3_errmsg(db));
    return -1;
}

/* PATH.before-VERSION, a complete database. */
static int back_up(sqlite3 *db, const char *path, int version, struct text *error)
{
    struct arena arena = {0};
    int result = copy_into(db, arena_printf(&arena, "%s.before-%d", path, version), error);
    if (result < 0)
        text_add(error, "; nothing was changed");
    arena_free(&arena);
    return result;
}

/* True when no row points to nowhere. */
static bool is_whole(sqlite3 *db)
{
    sqlite3_stmt *check = NULL;
    bool whole = sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &check, NULL) == SQLITE_OK &&
                 sqlite3_step(check) == SQLITE_DONE;
    sqlite3_finalize(check);
    return whole;
}

static int take_step(sqlite3 *db, int version, const struct embedded *files, struct text *error)
{
    const struct embedded *step = step_to(files, version);
    if (!step) {
        text_addf(error, "this program has no migration to version %d of the database; nothing was changed",
                  version);
        return -1;
    }
    char mark[40];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", version);
    if (sqlite3_exec(db, (const char *)step->data, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, mark, NULL, NULL, NULL) != SQLITE_OK)
        return failed(error, db, "cannot migrate the database by", step->name);
    return 0;
}

/* Foreign keys are checked at the end and not enforced meanwhile: a table may be made anew under its name. */
int migrate(sqlite3 *db, const char *path, int from, const struct embedded *files, struct text *error)
{
    int newest = migrate_newest(files);
    if (from == newest)
        return 0;
    if (from > 0 && path && back_up(db, path, newest, error) < 0)
        return -1;
    if (sqlite3_exec(db, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return failed(error, db, "cannot write", "the database");
    int result = 0;
    for (int version = from + 1; version <= newest && result == 0; version++)
        result = take_step(db, version, files, error);
    if (result == 0 && !is_whole(db)) {
        text_add(error, "the migrated database has rows that point to nowhere; nothing was changed");
        result = -1;
    }
    if (result == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        result = failed(error, db, "cannot write", "the database");
    if (result < 0 && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}
