#include "sql/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A statement and the code around it disagree: no input can mend that, and going on would store nonsense. */
static void programming_error(struct query *query, const char *what, const char *name)
{
    fprintf(stderr, "<2>store: %s %s in: %s\n", what, name, sqlite3_sql(query->stmt));
    abort();
}

struct query query_open(struct store *store, enum statement statement)
{
    struct query query = {.store = store, .stmt = store->statements[statement]};
    turn_hold(store);
    store->due.known = store->due.known && !store->changes_due[statement];
    if (sqlite3_stmt_busy(query.stmt)) {
        query.own = true;
        if (sqlite3_prepare_v3(store->db, statement_texts[statement], -1, 0, &query.stmt, NULL) !=
            SQLITE_OK) {
            store_complain(store, "cannot prepare a statement");
            query.status = -1;
        }
    }
    query.columns = sqlite3_column_count(query.stmt);
    return query;
}

static int parameter(struct query *query, const char *name)
{
    int index = sqlite3_bind_parameter_index(query->stmt, name);
    if (!index && query->stmt)
        programming_error(query, "no parameter", name);
    return index;
}

/* Binding fails for want of memory or for a text of more than 10^9 bytes: the query is broken then. */
static void bound(struct query *query, int status)
{
    if (status != SQLITE_OK && query->status == 0) {
        store_complain(query->store, "cannot bind a value");
        query->status = -1;
    }
}

void bind_int(struct query *query, const char *name, int64_t value)
{
    bound(query, sqlite3_bind_int64(query->stmt, parameter(query, name), value));
}

void bind_int_or_null(struct query *query, const char *name, int64_t value)
{
    if (value)
        bind_int(query, name, value);
    else
        bound(query, sqlite3_bind_null(query->stmt, parameter(query, name)));
}

void bind_text(struct query *query, const char *name, const char *value)
{
    bound(query, sqlite3_bind_text(query->stmt, parameter(query, name), value, -1, SQLITE_STATIC));
}

void bind_link(struct query *query, const char *name, const struct link_id *link)
{
    bound(query,
          sqlite3_bind_blob(query->stmt, parameter(query, name), link->bytes, LINK_ID_SIZE, SQLITE_STATIC));
}

int query_step(struct query *query)
{
    if (query->status < 0)
        return -1;
    query->column = 0;
    int status = sqlite3_step(query->stmt);
    if (status == SQLITE_ROW)
        return query->status = 1;
    if (status == SQLITE_DONE)
        return query->status = 0;
    store_complain(query->store, "cannot read or write");
    query->refused = (status & 0xFF) == SQLITE_CONSTRAINT;
    return query->status = query->refused ? 0 : -1;
}

void query_close(struct query *query)
{
    if (query->own) {
        sqlite3_finalize(query->stmt);
        return;
    }
    sqlite3_reset(query->stmt);
    sqlite3_clear_bindings(query->stmt);
}

bool query_list(struct query *query)
{
    query->store->lists += !query->lends;
    query->lends = true;
    if (query_step(query) <= 0)
        return false;
    query->lent = true;
    return true;
}

int query_list_end(struct query *query)
{
    query->store->lists -= query->lends;
    query_close(query);
    return query->status < 0 ? -1 : query->lent;
}

int query_run(struct query *query)
{
    int64_t before = sqlite3_total_changes64(query->store->db);
    int status = query_step(query);
    while (status > 0)
        status = query_step(query);
    query_close(query);
    return status < 0 ? -1 : sqlite3_total_changes64(query->store->db) != before;
}

int query_run_done(struct query *query)
{
    return query_run(query) < 0 ? -1 : !query->refused;
}

int query_run_number(struct query *query, int64_t *value)
{
    int status = query_step(query);
    *value = status > 0 ? next_int(query) : 0;
    query_close(query);
    return status;
}

int query_run_at(struct store *store, enum statement statement, int64_t id, int64_t at)
{
    struct query query = query_open(store, statement);
    bind_int(&query, ":id", id);
    bind_int(&query, ":at", at);
    return query_run(&query);
}

static int column(struct query *query)
{
    if (query->column >= query->columns)
        programming_error(query, "no column", "left");
    return query->column++;
}

int64_t next_int(struct query *query)
{
    return sqlite3_column_int64(query->stmt, column(query));
}

bool next_bool(struct query *query)
{
    return next_int(query) != 0;
}

const char *next_text(struct query *query)
{
    return (const char *)sqlite3_column_text(query->stmt, column(query));
}

void next_link(struct query *query, struct link_id *link)
{
    int at = column(query);
    const void *bytes = sqlite3_column_blob(query->stmt, at);
    *link = (struct link_id){0};
    if (bytes && sqlite3_column_bytes(query->stmt, at) == LINK_ID_SIZE)
        memcpy(link->bytes, bytes, LINK_ID_SIZE);
}
