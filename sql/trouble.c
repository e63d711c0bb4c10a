/* What keeps the store from working: a full or failing disk, a damaged file. The verbs say < 0; the log and
 * the health page say why, and what to do. */
#include "sql/holder.h"
#include "sql/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* For SQLite's primary result codes. */
static const char *advice(int code)
{
    switch (code) {
    case SQLITE_FULL:
        return "make room on its disk: what comes meanwhile is refused, and whoever sent it is told so";
    case SQLITE_IOERR:
        return "the disk is full or fails: df and the log of the kernel tell which";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the file is damaged: end jmbd and bring back the last copy by jmbctl restore";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "it and its folder must belong to jmbd's user";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "end that one, or its transaction; copies are made by jmbctl backup";
    default:
        return "this is a fault of jmbd: please report it";
    }
}

static bool is_held(int code)
{
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

/* Everybody has waited for that program once. From here on it is asked for and not waited for, or each page
 * would stand in line behind all who want to write. */
static void add_holder(struct store *store, struct text *words)
{
    struct text holder = {0};
    holder_add(&holder, store->path);
    text_addf(words, "another program (%s) holds it: ", holder.size ? text_string(&holder) : "see lsof");
    text_free(&holder);
    sqlite3_busy_timeout(store->db, 0);
}

/* Once until a turn is stored again: a full disk must not fill the journal too. One row that a constraint
 * refuses is no trouble of the store. */
void store_complain(struct store *store, const char *what)
{
    int code = sqlite3_extended_errcode(store->db), primary = code & 0xFF;
    const char *says = sqlite3_errmsg(store->db);
    if (primary == SQLITE_CONSTRAINT) {
        fprintf(stderr, "<3>store: %s: %s: %s (%d)\n", store->path, what, says, code);
        return;
    }
    store->damaged = store->damaged || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
    if (store->trouble)
        return;
    struct text words = {0};
    text_addf(&words, "%s: %s: %s (%d): ", store->path, what, says, code);
    if (is_held(primary))
        add_holder(store, &words);
    text_add(&words, advice(primary));
    store->trouble = mem_dup(text_string(&words));
    fprintf(stderr, "<3>store: %s; said once until storing works again\n", store->trouble);
    text_free(&words);
}

void trouble_is_over(struct store *store)
{
    if (!store->trouble || store->damaged)
        return;
    fprintf(stderr, "<5>store: storing works again\n");
    free(store->trouble);
    store->trouble = NULL;
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
}

const char *store_trouble(const struct store *store)
{
    return store->trouble;
}
