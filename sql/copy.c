/* SQLite copies a database that others write in (VACUUM INTO): it reads in one transaction. A plain copy of
 * the file would miss what is in the log, and mix the old with the new. */
#include "sql/store_copy.h"

#include "sql/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_durable(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int result = file < 0 ? -1 : fsync(file);
    if (file >= 0)
        close(file);
    return result;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_dup_bytes(arena, path, (size_t)(slash - path + 1)) : ".";
}

/* Makes what was written to `path` durable, and gives it its name. */
static int settle(const char *path, const char *name)
{
    struct arena arena = {0};
    int result =
        make_durable(path) < 0 || rename(path, name) < 0 ? -1 : make_durable(folder_of(&arena, name));
    arena_free(&arena);
    return result;
}

/* An empty file, which VACUUM INTO takes too: so it is nobody else's to read from its first moment. */
static int make_part(const char *part)
{
    unlink(part); /* of an attempt that was cut off */
    int file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    return file < 0 ? -1 : close(file);
}

/* *says gets SQLite's words when it is not done. */
static int vacuum_into(sqlite3 *db, const char *part, const char **says)
{
    sqlite3_stmt *vacuum = NULL;
    bool done = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &vacuum, NULL) == SQLITE_OK &&
                sqlite3_bind_text(vacuum, 1, part, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(vacuum) == SQLITE_DONE;
    sqlite3_finalize(vacuum);
    if (!done)
        *says = sqlite3_errmsg(db);
    return done ? 0 : -1;
}

int copy_into(sqlite3 *db, const char *name, struct text *error)
{
    struct arena arena = {0};
    const char *part = arena_printf(&arena, "%s.part", name), *says = NULL;
    int result = make_part(part) < 0 || vacuum_into(db, part, &says) < 0 ? -1 : settle(part, name);
    if (result < 0) {
        text_addf(error, "cannot copy the database to %s: %s", name, says ? says : strerror(errno));
        unlink(part);
    }
    arena_free(&arena);
    return result;
}

static struct store *handle(const char *path)
{
    struct store *store = mem_alloc(sizeof *store);
    store->lock = -1;
    store->path = mem_dup(path);
    return store;
}

/* A database in use must not be taken for the name of a copy. */
static int is_fit_for_a_copy(const char *path, const char *to, struct text *error)
{
    struct stat from, there;
    struct arena arena = {0};
    bool fit = stat(to, &there) < 0 || stat(path, &from) < 0 || from.st_dev != there.st_dev ||
               from.st_ino != there.st_ino;
    fit = fit && access(arena_printf(&arena, "%s.lock", to), F_OK) < 0;
    arena_free(&arena);
    if (!fit)
        text_addf(error, "%s is a database that jmbd uses, not a copy: give the copy another name", to);
    return fit ? 0 : -1;
}

static int copy(struct store *store, const char *to, struct text *error)
{
    int64_t version;
    if (is_fit_for_a_copy(store->path, to, error) < 0)
        return -1;
    if (access(store->path, F_OK) < 0) {
        text_addf(error, "%s: %s; the database is the one that [site] database names", store->path,
                  strerror(errno));
        return -1;
    }
    /* Nothing is written, but in a database that was opened for reading only SQLite 3.40's VACUUM INTO takes
     * generated columns for columns. */
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return store_broken(store, error);
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        text_addf(error, "%s is jmbd's: only root and jmbd's own user may copy it", store->path);
        return -1;
    }
    sqlite3_busy_timeout(store->db, 10000);
    if (store_identify(store, &version, error) < 0)
        return -1;
    return copy_into(store->db, to, error);
}

int store_copy(const char *path, const char *to, struct text *error)
{
    struct store *store = handle(path);
    int result = copy(store, to, error);
    store_close(store);
    return result;
}

/* ---------------------------------------------------------------------------------------- bringing back */

static int check_copy(const char *from, struct text *error)
{
    struct store *store = handle(from);
    struct arena arena = {0};
    int64_t version = 0;
    int result = -1;
    if (access(from, R_OK) < 0)
        text_addf(error, "%s: %s", from, strerror(errno));
    else if (access(arena_printf(&arena, "%s-wal", from), F_OK) == 0)
        text_addf(error, "%s is in use, or what is in %s-wal belongs to it: copies are made by jmbctl backup",
                  from, from);
    else if (store_open_unchanged(store, error) == 0 && store_identify(store, &version, error) == 0 &&
             store_check_pages(store, error) == 0)
        result = 0;
    if (result == 0 && version == 0) {
        text_addf(error, "%s is empty", from);
        result = -1;
    }
    arena_free(&arena);
    store_close(store);
    return result;
}

/* Whoever root does this for can write it afterwards: the owner of what is there, else of the folder. */
static int give(int file, const char *path)
{
    struct arena arena = {0};
    struct stat owner;
    int result = stat(path, &owner) < 0 && stat(folder_of(&arena, path), &owner) < 0 ? -1 : 0;
    if (result == 0 && geteuid() == 0)
        result = fchown(file, owner.st_uid, owner.st_gid);
    arena_free(&arena);
    return result;
}

static int copy_bytes(int from, int to)
{
    char bytes[65536];
    ssize_t got;
    while ((got = read(from, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0, done; at < got; at += done)
            if ((done = write(to, bytes + at, (size_t)(got - at))) < 0)
                return -1;
    return got < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *part, const char *path)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in >= 0 && make_part(part) == 0 ? open(part, O_WRONLY | O_CLOEXEC) : -1;
    int result = out >= 0 && give(out, path) == 0 && copy_bytes(in, out) == 0 ? 0 : -1;
    int failure = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    errno = failure;
    return result;
}

/* A second name for the database, and its log goes along: it stays whole there. The name that jmbd looks for
 * is never gone, since it would make a new one. */
static int put_aside(const char *path, const char **aside, struct arena *arena)
{
    *aside = NULL;
    for (int number = 1; !*aside; number++) {
        const char *name = arena_printf(arena, number > 1 ? "%s.replaced-%d" : "%s.replaced", path, number);
        if (link(path, name) == 0)
            *aside = name;
        else if (errno == ENOENT)
            break;
        else if (errno != EEXIST)
            return -1;
    }
    const char *log = arena_printf(arena, "%s-wal", path);
    if (*aside ? rename(log, arena_printf(arena, "%s-wal", *aside)) < 0 && errno != ENOENT
               : unlink(log) < 0 && errno != ENOENT)
        return -1;
    return unlink(arena_printf(arena, "%s-shm", path)) < 0 && errno != ENOENT ? -1 : 0;
}

int store_bring_back(const char *path, const char *from, char **aside, struct text *error)
{
    struct store *store = handle(path);
    struct arena arena = {0};
    const char *part = arena_printf(&arena, "%s.part", path), *kept = NULL;
    int result = -1;
    *aside = NULL;
    if (check_copy(from, error) == 0 && store_lock(store, error) == 0) {
        if (give(store->lock, path) < 0 || copy_file(from, part, path) < 0 ||
            put_aside(path, &kept, &arena) < 0 || settle(part, path) < 0)
            text_addf(error, "cannot put %s in the place of %s: %s", from, path, strerror(errno));
        else
            result = 0;
    }
    if (result < 0)
        unlink(part);
    else if (kept)
        *aside = mem_dup(kept);
    arena_free(&arena);
    store_close(store);
    return result;
}
