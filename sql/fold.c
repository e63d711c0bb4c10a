#include "proto/fold.h"
#include "sql/opening.h"
#include "sql/store_directory.h"

#include <string.h>

/* Words without case and accents: special letters by proto/fold.h, which statements call plain(), then by the
 * tokenizer that the search for people is indexed with (schema.sql: person_words), so that both find alike.
 * FTS5 lends it: SQLite's fts5.html 7. */

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

static void plain(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *string = (const char *)sqlite3_value_text(values[0]);
    struct text text = {0};
    (void)count;
    text_add_folded(&text, string ? string : "");
    sqlite3_result_text(context, text_string(&text), (int)text.size, SQLITE_TRANSIENT);
    text_free(&text);
}

bool fold_open(struct store *store)
{
    const char *options[] = {"remove_diacritics", "2", "categories", "L* N* Co S*", "tokenchars", KEPT};
    fts5_api *api = find_api(store->db);
    void *context = NULL;
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function(store->db, "plain", 1, flags, NULL, plain, NULL, NULL) != SQLITE_OK)
        return false;
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
    struct text folded = {0};
    text_clear(text);
    text_add_folded(&folded, string);
    store->words.xTokenize(store->folder, text, FTS5_TOKENIZE_QUERY, text_string(&folded), (int)folded.size,
                           add_word);
    text_free(&folded);
}
