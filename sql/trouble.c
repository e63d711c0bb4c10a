/* What keeps the store from working: a full or failing disk, a damaged file. The verbs say < 0; the log and
 * the health page say why, and what to do. */
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
        return "another program holds it: end that one; copies are made by jmbctl backup";
    default:
        return "this is a fault of jmbd: please report it";
    }
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
    text_addf(&words, "%s: %s: %s (%d): %s", store->path, what, says, code, advice(primary));
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
}

const char *store_trouble(const struct store *store)
{
    return store->trouble;
}
