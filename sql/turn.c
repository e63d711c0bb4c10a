/* Turns: a durable transaction each, with a savepoint for every verb; and what they touched. */
#include "sql/store_internal.h"

#include <stdio.h>

void touch(struct store *store, int64_t meeting)
{
    if (meeting)
        ids_add(&store->turn[TOUCHED_MEETING], meeting);
}

void touch_person(struct store *store, int64_t person)
{
    ids_add(&store->turn[TOUCHED_PERSON], person);
}

static int run(struct store *store, enum statement statement)
{
    struct query query = query_open(store, statement);
    return query_run(&query);
}

void store_begin_turn(struct store *store)
{
    store->reads = !store->begun;
}

/* It begins with the first statement and not with the turn: most turns ask the store for nothing. */
void turn_hold(struct store *store)
{
    if (!store->reads || store->held)
        return;
    store->held = true; /* run() comes here too */
    if (run(store, STMT_HOLD) < 0)
        store->held = store->reads = false;
}

/* A transaction that read may be too old to write in. */
static void end_hold(struct store *store)
{
    store->reads = false;
    if (store->held)
        run(store, STMT_COMMIT);
    store->held = false;
}

/* SQLite ends a transaction by itself when the disk is full or fails: nothing of the turn is left then. */
static bool turn_is_lost(struct store *store)
{
    if (store->begun && sqlite3_get_autocommit(store->db))
        store->lost = true;
    return store->lost;
}

int verb_begin(struct store *store)
{
    if (store->lists) {
        fprintf(stderr, "<3>store: a callback of a list tried to write; refused\n");
        return -1;
    }
    if (turn_is_lost(store))
        return -1;
    if (!store->begun) {
        end_hold(store);
        if (run(store, STMT_BEGIN) < 0)
            return -1;
        store->begun = true;
    }
    for (size_t i = 0; i < TOUCHED_KINDS; i++)
        store->verb_touched[i] = store->turn[i].count;
    return run(store, STMT_SAVEPOINT) < 0 ? -1 : 0;
}

int verb_end(struct store *store, int result)
{
    if (result > 0 && !turn_is_lost(store) && run(store, STMT_RELEASE) >= 0) {
        store->wrote = true;
        return result;
    }
    for (size_t i = 0; i < TOUCHED_KINDS; i++)
        store->turn[i].count = store->verb_touched[i];
    /* A savepoint that cannot be undone leaves half a verb: then the turn has to go. */
    if (turn_is_lost(store) || run(store, STMT_UNDO) < 0 || run(store, STMT_RELEASE) < 0) {
        store->lost = true;
        return -1;
    }
    return result > 0 ? -1 : result;
}

/* What the turn promised in memory is kept or forgotten with it. A letter whose result could not be stored
 * stays handed out: listed again, it would go to the same people again and again for as long as the disk is
 * full. */
static void end_turn(struct store *store, bool stored)
{
    for (size_t kind = 0; kind < TOUCHED_KINDS; kind++) {
        for (size_t i = 0; stored && i < store->turn[kind].count; i++)
            ids_add(&store->touched[kind], store->turn[kind].ids[i]);
        store->turn[kind].count = 0;
    }
    store->due.known = store->due.known && store->back.count == 0;
    for (size_t i = 0; stored && i < store->back.count; i++)
        ids_remove(&store->out, store->back.ids[i]);
    store->back.count = 0;
    store->begun = store->wrote = store->lost = false;
}

int store_commit(struct store *store)
{
    if (store->lists) {
        fprintf(stderr, "<3>store: a callback of a list tried to commit; refused\n");
        return -1;
    }
    end_hold(store);
    if (!store->begun)
        return 0;
    bool wrote = store->wrote;
    bool stored = !turn_is_lost(store) && run(store, STMT_COMMIT) >= 0 && sqlite3_get_autocommit(store->db);
    if (!stored && !sqlite3_get_autocommit(store->db))
        run(store, STMT_ROLLBACK);
    end_turn(store, stored);
    if (!stored)
        return -1;
    if (wrote)
        trouble_is_over(store);
    return wrote;
}

bool store_is_dirty(const struct store *store)
{
    return store->wrote || store->lost;
}

static void each_touched(struct store *store, enum touched kind, void (*each)(int64_t id, void *context),
                         void *context)
{
    struct ids touched = store->touched[kind]; /* `each` may commit again: that goes into the next call */
    store->touched[kind] = (struct ids){0};
    for (size_t i = 0; i < touched.count; i++)
        each(touched.ids[i], context);
    ids_free(&touched);
}

void store_each_touched(struct store *store, void (*each)(int64_t meeting, void *context), void *context)
{
    each_touched(store, TOUCHED_MEETING, each, context);
}

void store_each_touched_person(struct store *store, void (*each)(int64_t person, void *context),
                               void *context)
{
    each_touched(store, TOUCHED_PERSON, each, context);
}
