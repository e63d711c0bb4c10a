#include "tests/sql/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static bool is_there(struct fixture *f, const char *mail)
{
    struct person person;
    int found = store_find_person(f->store, mail, &f->arena, &person);
    assert_true(found >= 0);
    return found > 0;
}

STORE_TEST(store_commit__nothing_to_store__is_0)
{
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), 0);
}

STORE_TEST(store_commit__a_verb_that_was_refused__is_0)
{
    assert_int_equal(store_cancel(f->store, 4711, f->alice, "no", NOW), 0);
    assert_false(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), 0);
}

STORE_TEST(store_commit__ends_the_turn)
{
    put_person(f, "bob@example.org", "Bob");
    assert_true(store_is_dirty(f->store));
    assert_int_equal(store_commit(f->store), 1);
    assert_false(store_is_dirty(f->store));
    close_store(f);
    open_again(f);
    assert_true(is_there(f, "bob@example.org"));
}

static void write_beside(struct fixture *f, const char *sql)
{
    sqlite3 *beside = NULL;
    assert_int_equal(sqlite3_open(f->path, &beside), SQLITE_OK);
    assert_int_equal(sqlite3_exec(beside, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(beside);
}

STORE_TEST(store_begin_turn__reads_see_one_state_and_hold_up_no_writer)
{
    put_person(f, "bob@example.org", "Bob");
    store_commit(f->store);
    store_begin_turn(f->store);
    assert_true(is_there(f, "bob@example.org"));
    write_beside(f, "DELETE FROM person WHERE mail = 'bob@example.org'");
    assert_true(is_there(f, "bob@example.org"));
    assert_int_equal(store_commit(f->store), 0);
    assert_false(is_there(f, "bob@example.org"));
}

STORE_TEST(store_begin_turn__a_verb_writes_though_another_wrote_since_the_first_read)
{
    store_begin_turn(f->store);
    assert_false(is_there(f, "bob@example.org"));
    write_beside(f, "UPDATE person SET name = 'Alicia'");
    put_person(f, "bob@example.org", "Bob");
    assert_true(is_there(f, "bob@example.org"));
    assert_int_equal(store_commit(f->store), 1);
    store_begin_turn(f->store);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person WHERE name IN ('Alicia', 'Bob')"), 2);
    assert_int_equal(store_commit(f->store), 0);
    close_store(f);
    open_again(f);
    assert_true(is_there(f, "bob@example.org"));
}

STORE_TEST(store_close__undoes_an_open_turn)
{
    put_person(f, "bob@example.org", "Bob");
    close_store(f);
    open_again(f);
    assert_false(is_there(f, "bob@example.org"));
}

STORE_TEST(verb__fails__leaves_no_half_and_the_rest_of_the_turn)
{
    put_person(f, "bob@example.org", "Bob");
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    meeting.options.maximum = -1; /* the schema refuses it */
    struct booked booked;
    assert_int_equal(
        store_book(f->store, &meeting, bob_and_carol, 2, "example.org", NULL, NOW, &f->arena, &booked), 0);
    const struct new_attendee nobody = {"", NULL, ROLE_GUEST}; /* and this after the meeting is stored */
    meeting.options.maximum = 0;
    assert_true(store_book(f->store, &meeting, &nobody, 1, "example.org", NULL, NOW, &f->arena, &booked) <=
                0);
    assert_int_equal(store_commit(f->store), 1);
    assert_true(is_there(f, "bob@example.org"));
    assert_int_equal(number_of(f, "SELECT count(*) FROM meeting"), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee"), 0);
    int64_t first;
    assert_int_equal(touched(f, &first), 0);
}

STORE_TEST(store_each_touched__after_the_commit__each_once)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked booked = book_as(f, &meeting, NULL);
    struct attendee bob = attendee_of(f, booked.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    int64_t first;
    assert_int_equal(touched(f, &first), 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
    assert_int_equal(first, booked.id);
    assert_int_equal(touched(f, &first), 0);
}

/* Verbs until one fails or many are done. */
static bool fill(struct fixture *f)
{
    char mail[64], *name = mem_alloc(4001);
    memset(name, 'x', 4000);
    int result = 1;
    for (int i = 0; i < 2000 && result > 0; i++) {
        snprintf(mail, sizeof mail, "p%d@example.org", i);
        const struct person person = {.mail = mail, .name = name};
        int64_t id;
        result = store_put_person(f->store, &person, NOW, &id);
    }
    free(name);
    return result > 0;
}

static void assert_undone(struct fixture *f, int64_t meeting, int64_t attendee)
{
    int64_t first;
    assert_int_equal(touched(f, &first), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person"), 1);
    struct meeting row;
    struct attendee bob;
    assert_int_equal(store_get_attendee(f->store, attendee, &f->arena, &bob, &row), 1);
    assert_int_equal(row.id, meeting);
    assert_int_equal(bob.partstat, PARTSTAT_NEEDS_ACTION);
}

STORE_TEST(store_commit__database_full__the_verb_is_undone_and_the_turn_goes_on)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", (int)number_of(f, "PRAGMA page_count") + 20);
    assert_int_equal(sqlite3_exec(f->store->db, limit, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    assert_false(fill(f));
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(fill(f));
    assert_int_equal(store_commit(f->store), 1);
}

static void limit_files(rlim_t bytes, struct rlimit *before)
{
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, before), 0);
    struct rlimit little = *before;
    little.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
}

/* A turn too big for memory meets the full disk before its commit. */
STORE_TEST(store_commit__disk_full_in_the_middle__all_is_undone_and_said)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    int64_t first, id;
    touched(f, &first);
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = 10",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    struct rlimit before;
    limit_files(65536, &before);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    assert_false(fill(f));
    struct person person = {.mail = "late@example.org"};
    int late = store_put_person(f->store, &person, NOW, &id);
    bool dirty = store_is_dirty(f->store);
    int committed = store_commit(f->store);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(late, -1);
    assert_true(dirty);
    assert_int_equal(committed, -1);
    assert_undone(f, meeting.id, bob.id);
    put_person(f, "bob@example.org", "Bob");
    assert_int_equal(store_commit(f->store), 1);
}

/* The same where the disk is full, which the write-ahead log meets at the commit. */
STORE_TEST(store_commit__disk_full__all_is_undone_and_the_next_turn_works)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    int64_t first;
    touched(f, &first);
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
                     SQLITE_OK);
    struct rlimit before;
    limit_files(8192, &before);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, "I come", NOW), 1);
    struct person person = {.mail = "late@example.org"};
    int64_t id;
    store_put_person(f->store, &person, NOW, &id);
    int committed = store_commit(f->store);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(committed, -1);
    assert_false(store_is_dirty(f->store));
    assert_non_null(store_trouble(f->store));
    assert_non_null(strstr(store_trouble(f->store), "full")); /* as an admin may read it */
    assert_undone(f, meeting.id, bob.id);
    assert_int_equal(store_commit(f->store), 0);
    assert_non_null(store_trouble(f->store)); /* nothing was stored since */
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_DECLINED, NULL, NOW), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_null(store_trouble(f->store));
    assert_int_equal(touched(f, &first), 0); /* no policy follows from an answer */
    assert_int_equal(store_cancel(f->store, meeting.id, meeting.organiser, NULL, NOW), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
}

/* Writing elsewhere goes on, but mends nothing. */
STORE_TEST(store_trouble__damaged_file__is_said_until_the_end)
{
    struct meeting meeting = book(f, NOW + DAY);
    off_t page = (off_t)number_of(f, "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size)"
                                     " FROM sqlite_schema WHERE name = 'meeting'");
    assert_null(store_trouble(f->store));
    close_store(f);
    int file = open(f->path, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "no page of any tree", 19, page), 19);
    close(file);
    open_again(f);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), -1);
    assert_non_null(strstr(store_trouble(f->store), "jmbctl restore"));
    put_person(f, "bob@example.org", "Bob");
    assert_int_equal(store_commit(f->store), 1);
    assert_non_null(store_trouble(f->store));
}

STORE_TEST(store_letter_sent__commit_fails__is_not_sent_again)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    assert_int_equal(letters.count, 3);
    assert_int_equal(letters.rows[0].meeting, meeting.id);
    store_letter_handed_out(f->store, letters.rows[0].id);
    assert_int_equal(letter_sent(f, letters.rows[0].id, NOW), 1);
    f->store->lost = true; /* as a full disk does */
    assert_int_equal(store_commit(f->store), -1);
    assert_int_equal(letters_due(f, NOW).count, 2);
    assert_int_equal(letter_sent(f, letters.rows[0].id, NOW), 1); /* the mailer's result, again */
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter WHERE state = 'sent'"), 1);
    assert_int_equal(letters_due(f, NOW).count, 2);
}

struct meddler {
    struct fixture *f;
    int rows, inner;
};

static bool count_row(const struct attendee_row *row, void *context)
{
    (void)row;
    ++*(int *)context;
    return true;
}

static bool meddle(const struct attendee_row *row, void *context)
{
    struct meddler *meddler = context;
    struct store *store = meddler->f->store;
    assert_int_equal(store_answer(store, row->attendee.id, PARTSTAT_DECLINED, NULL, NOW), -1);
    assert_int_equal(store_commit(store), -1);
    assert_int_equal(store_list_attendees(store, row->attendee.meeting, count_row, &meddler->inner), 1);
    meddler->rows++;
    return true;
}

STORE_TEST(list__callback_writes_or_lists_again__cannot_disturb_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct meddler meddler = {.f = f};
    assert_int_equal(store_list_attendees(f->store, meeting.id, meddle, &meddler), 1);
    assert_int_equal(meddler.rows, 3);
    assert_int_equal(meddler.inner, 9);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").partstat, PARTSTAT_NEEDS_ACTION);
}

static bool stop_at_once(const struct attendee_row *row, void *context)
{
    (void)row;
    ++*(int *)context;
    return false;
}

STORE_TEST(list__callback_ends_it__leaves_no_reader_behind)
{
    struct meeting meeting = book(f, NOW + DAY);
    int rows = 0;
    assert_int_equal(store_list_attendees(f->store, meeting.id, stop_at_once, &rows), 1);
    assert_int_equal(rows, 1);
    for (int i = 0; i < STMT_COUNT; i++)
        assert_false(sqlite3_stmt_busy(f->store->statements[i]));
}

/* Commits people until it is killed; says each commit through the pipe. */
static void store_until_killed(struct fixture *f, int pipe)
{
    open_again(f);
    for (int i = 0;; i++) {
        char mail[64];
        for (int half = 0; half < 2; half++) {
            snprintf(mail, sizeof mail, "%d-%d@example.org", i, half);
            put_person(f, mail, "Somebody");
        }
        if (store_commit(f->store) != 1 || write(pipe, &i, sizeof i) != sizeof i)
            _exit(1);
    }
}

STORE_TEST(store_commit__kill_9__what_was_promised_is_there_and_turns_are_whole)
{
    for (int round = 0; round < 5; round++) {
        close_store(f);
        int ends[2], last = -1;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            store_until_killed(f, ends[1]);
        close(ends[1]);
        while (last < 20 + round * 7 && read(ends[0], &last, sizeof last) == sizeof last)
            ;
        kill(child, SIGKILL);
        int promised;
        while (read(ends[0], &promised, sizeof promised) == sizeof promised)
            last = promised;
        close(ends[0]);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        open_again(f);
        int64_t people = number_of(f, "SELECT count(*) FROM person WHERE name = 'Somebody'");
        assert_true(people % 2 == 0);
        assert_true(people / 2 == last + 1 ||
                    people / 2 == last + 2); /* the last may be stored and not said */
        assert_int_equal(number_of(f, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
        assert_int_equal(
            sqlite3_exec(f->store->db, "DELETE FROM person WHERE name = 'Somebody'", NULL, NULL, NULL),
            SQLITE_OK);
    }
}

STORE_TEST(store__an_unwanted_statement_of_the_schema__is_refused)
{
    /* An organiser cannot go while there are meetings; a meeting takes all of its own with it. */
    struct meeting meeting = book(f, NOW + DAY);
    assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM person", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE attendee SET role = 'organiser'", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE meeting SET ends_at = starts_at", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM meeting", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(number_of(f, "SELECT (SELECT count(*) FROM attendee) + (SELECT count(*) FROM letter) +"
                                  " (SELECT count(*) FROM reminder) + (SELECT count(*) FROM audit)"),
                     0);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_commit__nothing_to_store__is_0),
        IN_MEMORY(store_commit__a_verb_that_was_refused__is_0),
        IN_FOLDER(store_commit__ends_the_turn),
        IN_FOLDER(store_begin_turn__reads_see_one_state_and_hold_up_no_writer),
        IN_FOLDER(store_begin_turn__a_verb_writes_though_another_wrote_since_the_first_read),
        IN_FOLDER(store_close__undoes_an_open_turn),
        IN_MEMORY(verb__fails__leaves_no_half_and_the_rest_of_the_turn),
        IN_MEMORY(store_each_touched__after_the_commit__each_once),
        IN_FOLDER(store_commit__database_full__the_verb_is_undone_and_the_turn_goes_on),
        IN_FOLDER(store_commit__disk_full_in_the_middle__all_is_undone_and_said),
        IN_FOLDER(store_commit__disk_full__all_is_undone_and_the_next_turn_works),
        IN_FOLDER(store_trouble__damaged_file__is_said_until_the_end),
        IN_MEMORY(store_letter_sent__commit_fails__is_not_sent_again),
        IN_MEMORY(list__callback_writes_or_lists_again__cannot_disturb_it),
        IN_MEMORY(list__callback_ends_it__leaves_no_reader_behind),
        IN_FOLDER(store_commit__kill_9__what_was_promised_is_there_and_turns_are_whole),
        IN_MEMORY(store__an_unwanted_statement_of_the_schema__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
