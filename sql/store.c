#include "sql/checkpoint.h"
#include "sql/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x4A4D4231, /* schema.sql */
    BUSY_MS = 1000,
    SMALL_SIZE = 512, /* what a statement needs for its rows is taken from these, */
    SMALL_COUNT = 256 /* not from the heap: a page reads some thousand values */
};

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

static bool in_memory(const struct store *store)
{
    return strcmp(store->path, ":memory:") == 0;
}

/* The lock is held by the open file, so the kernel lets it go whatever happens to us; the number in it is for
 * people. */
static int take_lock(struct store *store, struct text *error)
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

/* The file is made by us and not by SQLite: what is in it is nobody else's to read. */
static int make_file(struct store *store, bool create, struct text *error)
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
        text_addf(error, "cannot make the database %s: %s", store->path, strerror(errno));
        return -1;
    }
    close(file);
    return 0;
}

static int broken(struct store *store, struct text *error)
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

/* Whose database is it, and how old? > 0: *version; else said in `error`. A file without any table is new. */
static int identify(struct store *store, int64_t *version, struct text *error)
{
    int64_t application, tables;
    if (!ask(store->db, "PRAGMA user_version", version) ||
        !ask(store->db, "PRAGMA application_id", &application) ||
        !ask(store->db, "SELECT count(*) FROM sqlite_schema", &tables))
        return broken(store, error);
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

static int open_database(struct store *store, struct text *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store->path, &store->db, flags | (in_memory(store) ? SQLITE_OPEN_CREATE : 0), NULL) !=
        SQLITE_OK)
        return broken(store, error);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, SMALL_SIZE, SMALL_COUNT);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        text_addf(error, "cannot write the database %s; it and its folder must belong to jmbd's user",
                  store->path);
        return -1;
    }
    int64_t version;
    if (identify(store, &version, error) < 0)
        return -1;
    /* WAL before anything is written: also for the migration. */
    if (sqlite3_exec(store->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;"
                     "PRAGMA cache_size = -8000;"
                     "PRAGMA cell_size_check = ON",
                     NULL, NULL, NULL) != SQLITE_OK)
        return broken(store, error);
    if (migrate(store->db, in_memory(store) ? NULL : store->path, (int)version, sql_files, error) < 0)
        return -1;
    if (sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK)
        return broken(store, error);
    return 0;
}

static int prepare(struct store *store, struct text *error)
{
    for (int i = 0; i < STMT_COUNT; i++)
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK) {
            text_addf(error, "%s does not fit this jmbd: %s in: %s", store->path, sqlite3_errmsg(store->db),
                      statement_texts[i] ? statement_texts[i] : "(no statement)");
            return -1;
        }
    return 0;
}

static int key_statement(struct store *store, const char *sql, const char *fingerprint, int first,
                         struct text *error)
{
    sqlite3_stmt *stmt = NULL;
    int status = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
    if (status == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, fingerprint, -1, SQLITE_STATIC);
        sqlite3_bind_int(stmt, 2, first);
        status = sqlite3_step(stmt);
    }
    bool bad = status != SQLITE_DONE && status != SQLITE_ROW;
    sqlite3_finalize(stmt);
    return bad ? broken(store, error) : status == SQLITE_ROW;
}

static bool has_key(const struct link_keys *keys, const char *fingerprint)
{
    char known[LINK_FINGERPRINT_SIZE + 1];
    for (size_t i = 0; i < keys->count; i++) {
        link_keys_fingerprint(keys, i, known);
        if (strcmp(known, fingerprint) == 0)
            return true;
    }
    return false;
}

/* Links need a key when it signed and anybody holds a link: an empty database forgives a lost key. */
static int check_keys(struct store *store, const struct store_options *options, struct text *error)
{
    sqlite3_stmt *stored = NULL;
    if (sqlite3_prepare_v2(store->db,
                           "SELECT fingerprint FROM link_key WHERE signed AND (EXISTS (SELECT 1 FROM person)"
                           " OR EXISTS (SELECT 1 FROM attendee))",
                           -1, &stored, NULL) != SQLITE_OK)
        return broken(store, error);
    int result = 0, status;
    while (result == 0 && (status = sqlite3_step(stored)) == SQLITE_ROW) {
        const char *fingerprint = (const char *)sqlite3_column_text(stored, 0);
        if (has_key(options->keys, fingerprint))
            continue;
        text_addf(error,
                  "links of %s were made with the link key %s, which is not in %s; bring that file back from "
                  "where you keep it (backups of the database leave it out), or all links that people hold "
                  "are dead",
                  store->path, fingerprint, options->key_file ? options->key_file : "link.key");
        result = -1;
    }
    if (result == 0 && status != SQLITE_DONE)
        result = broken(store, error);
    sqlite3_finalize(stored);
    return result;
}

static int remember_keys(struct store *store, const struct store_options *options, struct text *error)
{
    for (size_t i = 0; i < options->keys->count; i++) {
        char fingerprint[LINK_FINGERPRINT_SIZE + 1];
        link_keys_fingerprint(options->keys, i, fingerprint);
        int known = key_statement(store, "SELECT 1 FROM link_key WHERE fingerprint = ?1 AND signed >= ?2",
                                  fingerprint, i == 0, error);
        if (known == 0)
            known = key_statement(store,
                                  "INSERT INTO link_key (fingerprint, signed) VALUES (?1, ?2)"
                                  " ON CONFLICT (fingerprint) DO UPDATE SET signed = 1",
                                  fingerprint, i == 0, error);
        if (known < 0)
            return -1;
    }
    return 0;
}

static int open_all(struct store *store, const struct store_options *options, struct text *error)
{
    if (!in_memory(store) && (make_file(store, options->create, error) < 0 || take_lock(store, error) < 0))
        return -1;
    if (open_database(store, error) < 0)
        return -1;
    if (!fold_open(store))
        return broken(store, error);
    if (prepare(store, error) < 0)
        return -1;
    if (options->keys && (check_keys(store, options, error) < 0 || remember_keys(store, options, error) < 0))
        return -1;
    return 0;
}

/* The folder of a database that is not there yet. */
static int check_folder(const char *path, struct text *error)
{
    struct arena arena = {0};
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_dup_bytes(&arena, path, (size_t)(slash - path + 1)) : ".";
    int result = 0;
    if (access(folder, W_OK | X_OK) < 0) {
        text_addf(error, "cannot make the database %s: %s", path, strerror(errno));
        result = -1;
    }
    arena_free(&arena);
    return result;
}

/* Read as it lies on the disk: no lock, no log of changes, no file beside it. */
static int open_unchanged(struct store *store, struct text *error)
{
    struct text uri = {0};
    text_add(&uri, "file:");
    text_add_url(&uri, store->path);
    text_add(&uri, "?immutable=1");
    int status = sqlite3_open_v2(text_string(&uri), &store->db,
                                 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    text_free(&uri);
    return status == SQLITE_OK ? 0 : broken(store, error);
}

/* SQLite's own check of a file that lies still: what a crash left in the log beside it is not in it yet. */
static int check_pages(struct store *store, struct text *error)
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
    if (open_unchanged(store, error) < 0 || identify(store, &version, error) < 0)
        return -1;
    if (access(store->path, W_OK) < 0) {
        text_addf(error, "cannot write the database %s; it and its folder must belong to jmbd's user",
                  store->path);
        return -1;
    }
    if (version && options->keys && check_keys(store, options, error) < 0)
        return -1;
    return check_pages(store, error) < 0 ? -1 : 1;
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

/* A list that NULL ends, or NULL. */
static char **dup_list(const char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    char **copy = list ? mem_alloc((count + 1) * sizeof *copy) : NULL;
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_dup(list[i]);
    return copy;
}

struct store *store_open(const struct store_options *options, struct text *error)
{
    struct store *store = mem_alloc(sizeof *store);
    /* No connection is shared by threads (refused, and no harm, when something asked SQLite before). */
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    store->lock = -1;
    store->path = mem_dup(options->path);
    store->domain = mem_dup(options->domain ? options->domain : "localhost");
    store->identity_hosts = dup_list(options->identity_hosts);
    store->forget_unbooked = options->forget_unbooked;
    if (open_all(store, options, error) == 0) {
        if (!in_memory(store))
            store->checkpoint = checkpoint_open(store->db, store->path);
        return store;
    }
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    for (int i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    fold_close(store);
    checkpoint_close(store->checkpoint);
    sqlite3_close(store->db); /* rolls back */
    if (store->lock >= 0)
        close(store->lock);
    for (size_t i = 0; i < TOUCHED_KINDS; i++)
        ids_free(&store->turn[i]);
    for (size_t i = 0; i < TOUCHED_KINDS; i++)
        ids_free(&store->touched[i]);
    ids_free(&store->out);
    ids_free(&store->back);
    for (size_t i = 0; store->identity_hosts && store->identity_hosts[i]; i++)
        free(store->identity_hosts[i]);
    free(store->identity_hosts);
    free(store->domain);
    free(store->trouble);
    free(store->path);
    free(store);
}
