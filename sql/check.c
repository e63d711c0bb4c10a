/* Looking at a database without changing anything: `jmbd -t`, and what is to be brought back. */
#include "sql/opening.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of a database that is not there yet. */
static int check_folder(const char *path, struct text *error)
{
    struct arena arena = {0};
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_dup_bytes(&arena, path, (size_t)(slash - path + 1)) : ".";
    int result = 0;
    if (access(folder, W_OK | X_OK) < 0) {
        text_addf(error,
                  "cannot make the database %s: %s; its folder must be there, and belong to jmbd's user",
                  path, strerror(errno));
        result = -1;
    }
    arena_free(&arena);
    return result;
}

int store_open_unchanged(struct store *store, struct text *error)
{
    struct text uri = {0};
    text_add(&uri, "file:");
    text_add_url(&uri, store->path);
    text_add(&uri, "?immutable=1");
    int status = sqlite3_open_v2(text_string(&uri), &store->db,
                                 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    text_free(&uri);
    return status == SQLITE_OK ? 0 : store_broken(store, error);
}

/* SQLite's own check of a file that lies still: what a crash left in the log beside it is not in it yet. */
int store_check_pages(struct store *store, struct text *error)
{
    struct arena arena = {0};
    struct stat log;
    sqlite3_stmt *check = NULL;
    bool still = stat(arena_printf(&arena, "%s-wal", store->path), &log) < 0 || log.st_size == 0;
    arena_free(&arena);
    if (!still)
        return 0;
    bool asked = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &check, NULL) == SQLITE_OK &&
                 sqlite3_step(check) == SQLITE_ROW;
    const char *found = asked ? (const char *)sqlite3_column_text(check, 0) : sqlite3_errmsg(store->db);
    bool good = asked && found && strcmp(found, "ok") == 0;
    if (!good)
        text_addf(error, "%s is damaged (%s): end jmbd and bring back the last copy by jmbctl restore",
                  store->path, found ? found : "no memory");
    sqlite3_finalize(check);
    return good ? 0 : -1;
}

static int check(struct store *store, const struct store_options *options, struct text *error)
{
    int64_t version;
    if (access(store->path, F_OK) < 0 && errno == ENOENT)
        return check_folder(store->path, error);
    if (store_open_unchanged(store, error) < 0 || store_identify(store, &version, error) < 0)
        return -1;
    if (access(store->path, W_OK) < 0) {
        text_addf(error, "cannot write the database %s; it and its folder must belong to jmbd's user",
                  store->path);
        return -1;
    }
    if (version && options->keys && keys_check(store, options, error) < 0)
        return -1;
    return store_check_pages(store, error) < 0 ? -1 : 1;
}

int store_check(const struct store_options *options, struct text *error)
{
    struct store *store = mem_alloc(sizeof *store);
    store->lock = -1;
    store->path = mem_dup(options->path);
    int result = check(store, options, error);
    store_close(store);
    return result;
}
