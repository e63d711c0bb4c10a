/* The database as a file: made, locked, and known for what it is. */
#include "sql/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x4A4D4231 /* schema.sql */ };

/* The file is made by us and not by SQLite: what is in it is nobody else's to read. */
int store_make_file(struct store *store, bool create, struct text *error)
{
    struct stat there;
    if (stat(store->path, &there) == 0) {
        if (S_ISREG(there.st_mode))
            return 0;
        text_addf(error, "%s is no file; the database must be one", store->path);
        return -1;
    }
    if (errno == ENOENT && !create) {
        text_addf(error, "there is no database %s", store->path);
        return -1;
    }
    int file = errno == ENOENT ? open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640) : -1;
    if (file < 0) {
        text_addf(error,
                  "cannot make the database %s: %s; its folder must be there, and belong to jmbd's user",
                  store->path, strerror(errno));
        return -1;
    }
    close(file);
    return 0;
}

/* The lock is held by the open file, so the kernel lets it go whatever happens to us; the number in it is for
 * people. */
int store_lock(struct store *store, struct text *error)
{
    struct arena arena = {0};
    const char *path = arena_printf(&arena, "%s.lock", store->path);
    int result = -1;
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (store->lock < 0) {
        text_addf(error, "cannot write %s: %s; jmbd needs to write in the folder of its database", path,
                  strerror(errno));
    } else if (flock(store->lock, LOCK_EX | LOCK_NB) < 0) {
        char pid[24] = {0};
        if (errno == EWOULDBLOCK && pread(store->lock, pid, sizeof pid - 1, 0) >= 0)
            text_addf(error, "%s is in use by another jmbd (pid %ld); end that one first", store->path,
                      strtol(pid, NULL, 10));
        else
            text_addf(error, "cannot lock %s: %s", path, strerror(errno));
    } else if (ftruncate(store->lock, 0) < 0 || dprintf(store->lock, "%ld\n", (long)getpid()) < 0) {
        text_addf(error, "cannot write %s: %s", path, strerror(errno));
    } else {
        result = 0;
    }
    arena_free(&arena);
    return result;
}

int store_broken(struct store *store, struct text *error)
{
    if (sqlite3_errcode(store->db) == SQLITE_NOTADB)
        text_addf(error, "%s is no database; give jmbd the name of its own, or of one that is not there yet",
                  store->path);
    else if (sqlite3_errcode(store->db) == SQLITE_READONLY)
        text_addf(error, "cannot write the database %s; it and its folder must belong to jmbd's user",
                  store->path);
    else
        text_addf(error, "cannot use the database %s: %s", store->path, sqlite3_errmsg(store->db));
    return -1;
}

/* One number that SQLite says of the database; false when it cannot be asked. */
static bool ask(sqlite3 *db, const char *question, int64_t *answer)
{
    sqlite3_stmt *stmt = NULL;
    bool asked =
        sqlite3_prepare_v2(db, question, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW;
    *answer = asked ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return asked;
}

int store_identify(struct store *store, int64_t *version, struct text *error)
{
    int64_t application, tables;
    if (!ask(store->db, "PRAGMA user_version", version) ||
        !ask(store->db, "PRAGMA application_id", &application) ||
        !ask(store->db, "SELECT count(*) FROM sqlite_schema", &tables))
        return store_broken(store, error);
    if (tables == 0 && *version == 0)
        return 0;
    if (application != APPLICATION_ID || *version < 1) {
        text_addf(error, "%s is not a database of JMB; give jmbd the name of its own", store->path);
        return -1;
    }
    if (*version > migrate_newest(sql_files)) {
        text_addf(error,
                  "%s has version %d, newer than this jmbd, which knows %d; install the newer jmbd again, or "
                  "bring back the copy %s.before-%d",
                  store->path, (int)*version, migrate_newest(sql_files), store->path, (int)*version);
        return -1;
    }
    return 0;
}
