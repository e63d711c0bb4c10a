/* For tests of what time brings: a store, letters and a mailer, and a clock that the test turns. */
#ifndef TESTS_COMPONENT_DUE_WORLD_H
#define TESTS_COMPONENT_DUE_WORLD_H

#include "component/due.h"
#include "sql/store_live.h"
#include "sql/store_rooms.h"
#include "tests/component/fixture.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t DAY = 86400;

/* What was acted, in order. */
struct acted {
    int64_t at, id;
    enum reminder_kind kind;
    char text[100];
};

struct world {
    struct fixture f;
    char folder[60];
    struct mailer *mailer;
    struct due *due;
    int64_t now;
    int unbooked_kept;
    bool connected;
    int port;       /* of the relay; 0: letters go to the folder */
    int64_t answer; /* of the module, at once; -2: none yet */
    int per_organiser_day, per_minute;
    size_t count;
    struct acted acted[200];
    size_t whispers;
    struct {
        int64_t at;
        char nick[8], key[40], text[200];
    } whispered[8];
};

static inline void whisper(const struct present *present, const char *key, const char *text, void *context)
{
    struct world *w = context;
    assert_true(w->whispers < 8);
    w->whispered[w->whispers].at = w->now;
    snprintf(w->whispered[w->whispers].nick, 8, "%s", present->nick);
    snprintf(w->whispered[w->whispers].key, 40, "%s", key);
    snprintf(w->whispered[w->whispers++].text, 200, "%s", text);
}

static inline bool act(const struct due_reminder *reminder, const char *text, void *context)
{
    struct world *w = context;
    if (!w->connected)
        return false;
    assert_true(w->count < 200);
    struct acted *acted = &w->acted[w->count++];
    *acted = (struct acted){.at = w->now, .id = reminder->id, .kind = reminder->kind};
    snprintf(acted->text, sizeof acted->text, "%s", text);
    if (w->answer != -2)
        due_reminder_done(w->due, reminder->id, w->answer, w->now);
    return true;
}

static inline void world_start(struct world *w, const char *database)
{
    struct text error = {0};
    fixture_open_at(&w->f, database);
    w->mailer = mailer_open(&(struct mailer_options){.transport = w->port ? MAILER_SMTP : MAILER_FOLDER,
                                                     .folder = w->folder,
                                                     .host = "127.0.0.1",
                                                     .port = w->port,
                                                     .sender = "jmb@meet.example",
                                                     .timeout = 5},
                            &error);
    assert_string_equal(text_string(&error), "");
    w->due = due_open(&(struct due_options){.store = w->f.store,
                                            .letters = w->f.letters,
                                            .mailer = w->mailer,
                                            .catalogues = w->f.catalogues,
                                            .per_organiser_day = w->per_organiser_day,
                                            .per_minute = w->per_minute,
                                            .act = act,
                                            .whisper = whisper,
                                            .keys = &w->f.keys,
                                            .site = &w->f.site,
                                            .unbooked_kept = w->unbooked_kept,
                                            .context = w});
}

static inline struct world *world_open_limited(int per_organiser_day, int per_minute)
{
    struct world *w = mem_alloc(sizeof *w);
    w->per_organiser_day = per_organiser_day;
    w->per_minute = per_minute;
    w->now = BOOKED;
    w->connected = true;
    w->answer = 4;
    snprintf(w->folder, sizeof w->folder, "/tmp/jmb-due-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    world_start(w, ":memory:");
    return w;
}

static inline struct world *world_open(void)
{
    return world_open_limited(0, 0);
}

static inline void world_stop(struct world *w)
{
    due_close(w->due);
    mailer_close(w->mailer);
    fixture_close(&w->f);
}

static inline void folder_empty(const char *folder)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

static inline void world_close(struct world *w)
{
    world_stop(w);
    folder_empty(w->folder);
    rmdir(w->folder);
    free(w);
}

static inline int files(const char *folder)
{
    int count = 0;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        count += strstr(entry->d_name, ".eml") != NULL;
    if (entries)
        closedir(entries);
    return count;
}

static inline bool commit(struct world *w)
{
    int stored = store_commit(w->f.store);
    assert_true(stored >= 0);
    due_committed(w->due, true);
    return stored > 0;
}

/* Turns at `now` until nothing moves any more: due, commit, and the mailer's results as they come. */
static inline void settle(struct world *w)
{
    struct pollfd wait = {.fd = mailer_fd(w->mailer), .events = POLLIN};
    for (;;) {
        /* As the loop does: nobody looks but when it is asked for. */
        if (poll(&wait, 1, 0) > 0 || due_next(w->due, w->now) <= w->now)
            due_run(w->due, w->now);
        bool moved = commit(w);
        if (poll(&wait, 1, mailer_is_free(w->mailer) ? 0 : 60000) == 0 && !moved &&
            due_next(w->due, w->now) > w->now)
            return;
    }
}

/* Lets time pass from one due thing to the next. */
static inline void live_until(struct world *w, int64_t until)
{
    while (w->now <= until) {
        settle(w);
        int64_t next = due_next(w->due, w->now);
        if (next > until)
            break;
        w->now = next;
    }
    w->now = until;
    settle(w);
}

static inline struct store_counts counts(struct world *w)
{
    struct store_counts counts;
    assert_true(store_count(w->f.store, &counts) > 0);
    return counts;
}

#endif
