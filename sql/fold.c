#include "sql/store_directory.h"
#include "sql/store_internal.h"

#include <string.h>

/* Words without case and accents, by the tokenizer that the search for people is indexed with (schema.sql:
 * person_words), so that both find alike. FTS5 lends it: SQLite's fts5.html 7. */

/* Beside letters and figures: an address stays in one piece, C++ is not C, an emoji can be looked for. The
 * apostrophes are not among them: typed and typographic ones are the same. */
#define KEPT "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~"

static fts5_api *find_api(sqlite3 *db)
{
    fts5_api *api = NULL;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
        sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    return api;
}

bool fold_open(struct store *store)
{
    const char *options[] = {"remove_diacritics", "2", "categories", "L* N* Co S*", "tokenchars", KEPT};
    fts5_api *api = find_api(store->db);
    void *context = NULL;
    return api && api->xFindTokenizer(api, "unicode61", &context, &store->words) == SQLITE_OK &&
           store->words.xCreate(context, options, sizeof options / sizeof *options, &store->folder) ==
               SQLITE_OK;
}

void fold_close(struct store *store)
{
    if (store->folder)
        store->words.xDelete(store->folder);
}

static int add_word(void *context, int flags, const char *word, int size, int begin, int end)
{
    struct text *text = context;
    (void)flags, (void)begin, (void)end;
    if (text->size)
        text_add_char(text, ' ');
    text_add_bytes(text, word, (size_t)size);
    return SQLITE_OK;
}

void store_fold(struct store *store, const char *string, struct text *text)
{
    text_clear(text);
    store->words.xTokenize(store->folder, text, FTS5_TOKENIZE_QUERY, string, (int)strlen(string), add_word);
}
