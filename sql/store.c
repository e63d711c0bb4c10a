/* Opening the store and closing it: what SQLite shall be like, and the statements. */
#include "sql/checkpoint.h"
#include "sql/opening.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SMALL_SIZE = 512, /* what a statement needs for its rows is taken from these, */
    SMALL_COUNT = 256 /* not from the heap: a page reads some thousand values */
};

static bool in_memory(const struct store *store)
{
    return strcmp(store->path, ":memory:") == 0;
}

static int open_database(struct store *store, struct text *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store->path, &store->db, flags | (in_memory(store) ? SQLITE_OPEN_CREATE : 0), NULL) !=
        SQLITE_OK)
        return store_broken(store, error);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, SMALL_SIZE, SMALL_COUNT);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        text_addf(error, "cannot write the database %s; it and its folder must belong to jmbd's user",
                  store->path);
        return -1;
    }
    int64_t version;
    if (store_identify(store, &version, error) < 0)
        return -1;
    /* WAL before anything is written: also for the migration. */
    if (sqlite3_exec(store->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;"
                     "PRAGMA cache_size = -16000;"
                     "PRAGMA cell_size_check = ON",
                     NULL, NULL, NULL) != SQLITE_OK)
        return store_broken(store, error);
    if (migrate(store->db, in_memory(store) ? NULL : store->path, (int)version, sql_files, error) < 0)
        return -1;
    if (sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK)
        return store_broken(store, error);
    return 0;
}

/* While a statement is prepared SQLite names each table that it, or a trigger of it, will write. */
static int may_write(void *context, int action, const char *table, const char *column, const char *database,
                     const char *trigger)
{
    bool *changes_due = context;
    (void)column, (void)database, (void)trigger;
    if ((action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE) &&
        due_is_kept_in(table))
        *changes_due = true;
    return SQLITE_OK;
}

static int prepare(struct store *store, struct text *error)
{
    for (int i = 0; i < STMT_COUNT; i++) {
        sqlite3_set_authorizer(store->db, may_write, &store->changes_due[i]);
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK) {
            text_addf(error, "%s does not fit this jmbd: %s in: %s", store->path, sqlite3_errmsg(store->db),
                      statement_texts[i] ? statement_texts[i] : "(no statement)");
            return -1;
        }
    }
    sqlite3_set_authorizer(store->db, NULL, NULL);
    return 0;
}

static int open_all(struct store *store, const struct store_options *options, struct text *error)
{
    if (!in_memory(store) &&
        (store_make_file(store, options->create, error) < 0 || store_lock(store, error) < 0))
        return -1;
    if (open_database(store, error) < 0)
        return -1;
    if (!fold_open(store))
        return store_broken(store, error);
    if (prepare(store, error) < 0)
        return -1;
    if (options->keys && (keys_check(store, options, error) < 0 || keys_remember(store, options, error) < 0))
        return -1;
    return 0;
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
