/* Which link keys a database was made with: it remembers their fingerprints, never the keys. */
#include "sql/opening.h"

#include <string.h>

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
    return bad ? store_broken(store, error) : status == SQLITE_ROW;
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
int keys_check(struct store *store, const struct store_options *options, struct text *error)
{
    sqlite3_stmt *stored = NULL;
    if (sqlite3_prepare_v2(store->db,
                           "SELECT fingerprint FROM link_key WHERE signed AND (EXISTS (SELECT 1 FROM person)"
                           " OR EXISTS (SELECT 1 FROM attendee))",
                           -1, &stored, NULL) != SQLITE_OK)
        return store_broken(store, error);
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
        result = store_broken(store, error);
    sqlite3_finalize(stored);
    return result;
}

int keys_remember(struct store *store, const struct store_options *options, struct text *error)
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
