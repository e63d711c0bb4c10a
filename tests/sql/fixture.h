/* What the tests of the store share: a store with a person and a meeting, in memory or in a folder that goes
 * away. NOW is the time of these tests: 2026-12-03 09:00 UTC. */
#ifndef TESTS_SQL_FIXTURE_H
#define TESTS_SQL_FIXTURE_H

#include "sql/store_internal.h"
#include "sql/store_letters.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"
#include "sql/store_rooms.h"
#include "sql/store_sign_ins.h"
#include "tests/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1796288400, HOUR = 3600, DAY = 86400 };

struct fixture {
    struct arena arena;
    struct link_keys keys;
    char folder[32], path[64]; /* "" and ":memory:" for a store in memory */
    struct store *store;
    int64_t alice; /* person of alice@example.org */
};

__attribute__((unused)) static void open_again(struct fixture *f)
{
    struct text error = {0};
    const struct store_options options = {.path = f->path, .keys = &f->keys, .create = true};
    f->store = store_open(&options, &error);
    if (!f->store)
        fail_msg("%s", text_string(&error));
    assert_string_equal(text_string(&error), "");
}

__attribute__((unused)) static void close_store(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

/* The line that an opening that must not succeed gives; lives as long as the fixture. */
__attribute__((unused)) static const char *refusal_of(struct fixture *f, const struct store_options *options)
{
    struct text error = {0};
    assert_null(store_open(options, &error));
    const char *line = arena_dup(&f->arena, text_string(&error));
    text_free(&error);
    assert_null(strchr(line, '\n'));
    return line;
}

__attribute__((unused)) static void assert_contains(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text ? text : "(null)");
}

static inline int64_t put_person(struct fixture *f, const char *mail, const char *name)
{
    const struct person person = {.mail = mail, .name = name, .may_book = true};
    int64_t id = 0;
    assert_true(store_put_person(f->store, &person, NOW, &id) > 0);
    return id;
}

static inline struct fixture *fixture_in_memory(void)
{
    struct fixture *f = mem_alloc(sizeof *f);
    f->keys = (struct link_keys){.count = 1, .keys = {{1}}};
    strcpy(f->path, ":memory:");
    open_again(f);
    f->alice = put_person(f, "alice@example.org", "Alice");
    assert_int_equal(store_commit(f->store), 1);
    return f;
}

static inline struct fixture *fixture_in_folder(void)
{
    struct fixture *f = mem_alloc(sizeof *f);
    f->keys = (struct link_keys){.count = 1, .keys = {{1}}};
    strcpy(f->folder, "/tmp/jmb-store-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/jmb.db", f->folder);
    open_again(f);
    f->alice = put_person(f, "alice@example.org", "Alice");
    assert_int_equal(store_commit(f->store), 1);
    return f;
}

static inline int remove_entry(const char *path, const struct stat *stat, int flag, struct FTW *at)
{
    (void)stat, (void)flag, (void)at;
    return remove(path);
}

static inline void fixture_end(struct fixture *f)
{
    close_store(f);
    if (f->folder[0])
        nftw(f->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(&f->arena);
    free(f);
}

__attribute__((unused)) static int setup_in_memory(void **state)
{
    *state = fixture_in_memory();
    return 0;
}

__attribute__((unused)) static int setup_in_folder(void **state)
{
    *state = fixture_in_folder();
    return 0;
}

__attribute__((unused)) static int teardown(void **state)
{
    fixture_end(*state);
    return 0;
}

/* A test of a fixture `f`. */
#define STORE_TEST(name)                                                                                     \
    static void name##_with(struct fixture *f);                                                              \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        name##_with(*state);                                                                                 \
    }                                                                                                        \
    static void name##_with(struct fixture *f)

#define IN_MEMORY(name) cmocka_unit_test_setup_teardown(name, setup_in_memory, teardown)
#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, setup_in_folder, teardown)

/* Alice's meeting from starts_at for an hour; opens 15 minutes before, guests 5; 10 minutes of grace; told 5
 * minutes before the end and closed at it. */
static inline struct meeting plain_meeting(struct fixture *f, int64_t starts_at)
{
    return (struct meeting){.subject = "Weekly",
                            .description = "Bring cake",
                            .organiser = f->alice,
                            .starts_at = starts_at,
                            .ends_at = starts_at + HOUR,
                            .tz = "Europe/Paris",
                            .language = "fr",
                            .options = {.opens_before = 900,
                                        .guests_before = 300,
                                        .grace = 600,
                                        .at_end = AT_END_CLOSE,
                                        .room_reminders = {300, -1}}};
}

static const struct new_attendee bob_and_carol[] = {{"bob@example.org", "Bob", ROLE_MODERATOR},
                                                    {"carol@example.org", NULL, ROLE_GUEST}};

__attribute__((unused)) static struct booked book_as(struct fixture *f, const struct meeting *meeting,
                                                     const char *form)
{
    struct booked booked = {0};
    assert_int_equal(
        store_book(f->store, meeting, bob_and_carol, 2, "example.org", form, NOW, &f->arena, &booked), 1);
    return booked;
}

/* Books it, commits, gives the row. */
__attribute__((unused)) static struct meeting book(struct fixture *f, int64_t starts_at)
{
    struct meeting meeting = plain_meeting(f, starts_at);
    struct booked booked = book_as(f, &meeting, NULL);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_get_meeting(f->store, booked.id, &f->arena, &meeting), 1);
    return meeting;
}

struct roster {
    struct arena *arena;
    size_t count;
    struct attendee_row rows[16];
};

static inline bool keep_attendee(const struct attendee_row *row, void *context)
{
    struct roster *roster = context;
    assert_true(roster->count < 16);
    struct attendee_row *kept = &roster->rows[roster->count++];
    *kept = *row;
    copy_attendee(roster->arena, &kept->attendee);
    kept->letter_state = arena_dup(roster->arena, row->letter_state);
    kept->letter_error = arena_dup(roster->arena, row->letter_error);
    return true;
}

__attribute__((unused)) static struct roster roster_of(struct fixture *f, int64_t meeting)
{
    struct roster roster = {.arena = &f->arena};
    assert_true(store_list_attendees(f->store, meeting, keep_attendee, &roster) >= 0);
    return roster;
}

__attribute__((unused)) static struct attendee attendee_of(struct fixture *f, int64_t meeting,
                                                           const char *mail)
{
    struct roster roster = roster_of(f, meeting);
    for (size_t i = 0; i < roster.count; i++)
        if (strcmp(roster.rows[i].attendee.mail, mail) == 0)
            return roster.rows[i].attendee;
    fail_msg("%s is not invited", mail);
    return (struct attendee){0};
}

struct letters {
    struct arena *arena;
    size_t count;
    struct letter rows[32];
};

static inline bool keep_letter(const struct letter *letter, void *context)
{
    struct letters *letters = context;
    assert_true(letters->count < 32);
    struct letter *kept = &letters->rows[letters->count++];
    *kept = *letter;
    kept->to = arena_dup(letters->arena, letter->to);
    kept->to_name = arena_dup(letters->arena, letter->to_name);
    kept->language = arena_dup(letters->arena, letter->language);
    kept->message_id = arena_dup(letters->arena, letter->message_id);
    kept->in_reply_to = arena_dup(letters->arena, letter->in_reply_to);
    return true;
}

__attribute__((unused)) static struct letters letters_due(struct fixture *f, int64_t now)
{
    struct letters letters = {.arena = &f->arena};
    assert_true(store_next_letters(f->store, now, 32, keep_letter, &letters) >= 0);
    return letters;
}

__attribute__((unused)) static int64_t number_of(struct fixture *f, const char *sql);

/* What a letter says that is rendered now. */
__attribute__((unused)) static struct letter_told told_now(struct fixture *f, int64_t letter)
{
    char query[80];
    snprintf(query, sizeof query, "SELECT coalesce(max(attendee), 0) FROM letter WHERE id = %lld",
             (long long)letter);
    struct attendee attendee;
    struct meeting meeting;
    if (store_get_attendee(f->store, number_of(f, query), &f->arena, &attendee, &meeting) <= 0)
        return (struct letter_told){0};
    return letter_told_now(&meeting, &attendee);
}

/* It was rendered now, and the relay took it. */
__attribute__((unused)) static int letter_sent(struct fixture *f, int64_t letter, int64_t now)
{
    const struct letter_told told = told_now(f, letter);
    return store_letter_sent(f->store, letter, told.status ? &told : NULL, now);
}

/* The first number that a statement of SQL gives. */
__attribute__((unused)) static int64_t number_of(struct fixture *f, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(f->store->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s in %s", sqlite3_errmsg(f->store->db), sql);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return number;
}

static inline void add_touched(int64_t meeting, void *context)
{
    ids_add(context, meeting);
}

/* How many meetings were touched since the last call; *first gets one of them. */
__attribute__((unused)) static size_t touched(struct fixture *f, int64_t *first)
{
    struct ids ids = {0};
    store_each_touched(f->store, add_touched, &ids);
    size_t count = ids.count;
    *first = count ? ids.ids[0] : 0;
    ids_free(&ids);
    return count;
}

#endif
