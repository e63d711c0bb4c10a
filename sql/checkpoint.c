#include "sql/checkpoint.h"

#include "proto/arena.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    PAGES = 1000, /* in the log that are not in the database: then the thread is told; SQLite's own number */
    /* The log begins again when all of it is in the database. Where commits follow so close that the thread
     * never has the last one, a commit that finds little left carries that itself; the longer the log, the
     * more it takes on. */
    LONG = 3000,
    LITTLE = 100,
    LONGEST = 8000
};

struct checkpoint {
    sqlite3 *db, *own; /* the store's, with our hook, and the thread's connection */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool busy, ending; /* the thread has something to do; has to end */
    int carried;       /* pages of the log as it is now that the thread found or put into the database */
};

/* Carries what it can. What goes wrong is no fault of a commit: the next one tries again. */
static int carry(sqlite3 *db)
{
    int carried = 0;
    sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, &carried);
    return carried;
}

/* After each commit: so many pages are in the log. */
static int committed(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)name;
    struct checkpoint *checkpoint = context;
    pthread_mutex_lock(&checkpoint->lock);
    if (pages < checkpoint->carried)
        checkpoint->carried = 0;                 /* it began again */
    while (checkpoint->busy && pages >= LONGEST) /* who writes faster than the disk has to wait */
        pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
    int left = pages - checkpoint->carried;
    bool now = !checkpoint->busy && pages >= LONG && (left <= LITTLE || pages >= LONGEST);
    if (!now && !checkpoint->busy && (left >= PAGES || pages >= LONG)) {
        checkpoint->busy = true;
        pthread_cond_broadcast(&checkpoint->changed);
    }
    pthread_mutex_unlock(&checkpoint->lock);
    if (now)
        carry(db);
    return SQLITE_OK;
}

static void *run(void *context)
{
    struct checkpoint *checkpoint = context;
    pthread_mutex_lock(&checkpoint->lock);
    while (!checkpoint->ending || checkpoint->busy) {
        if (!checkpoint->busy) {
            pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
            continue;
        }
        pthread_mutex_unlock(&checkpoint->lock);
        int carried = carry(checkpoint->own);
        pthread_mutex_lock(&checkpoint->lock);
        checkpoint->carried = carried;
        checkpoint->busy = false;
        pthread_cond_broadcast(&checkpoint->changed);
    }
    pthread_mutex_unlock(&checkpoint->lock);
    return NULL;
}

/* The first question opens the log. */
static bool open_own(struct checkpoint *checkpoint, const char *path)
{
    return sqlite3_open_v2(path, &checkpoint->own, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
               SQLITE_OK &&
           sqlite3_exec(checkpoint->own, "PRAGMA synchronous = FULL; SELECT count(*) FROM sqlite_schema",
                        NULL, NULL, NULL) == SQLITE_OK;
}

/* Signals belong to the loop's thread. */
static bool start(struct checkpoint *checkpoint)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void release(struct checkpoint *checkpoint)
{
    sqlite3_close(checkpoint->own);
    pthread_cond_destroy(&checkpoint->changed);
    pthread_mutex_destroy(&checkpoint->lock);
    free(checkpoint);
}

struct checkpoint *checkpoint_open(sqlite3 *db, const char *path)
{
    struct checkpoint *checkpoint = mem_alloc(sizeof *checkpoint);
    checkpoint->db = db;
    pthread_mutex_init(&checkpoint->lock, NULL);
    pthread_cond_init(&checkpoint->changed, NULL);
    if (!sqlite3_threadsafe() || !open_own(checkpoint, path) || !start(checkpoint)) {
        release(checkpoint);
        return NULL;
    }
    sqlite3_wal_hook(db, committed, checkpoint);
    return checkpoint;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    sqlite3_wal_hook(checkpoint->db, NULL, NULL);
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->ending = true;
    pthread_cond_broadcast(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->lock);
    pthread_join(checkpoint->thread, NULL);
    release(checkpoint);
}
