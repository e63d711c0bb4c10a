#include "sql/checkpoint.h"

#include "tests/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char folder[32], path[64], log[64];
    sqlite3 *db;
    struct checkpoint *checkpoint;
};

static void run_sql(struct fixture *f, const char *sql)
{
    if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(f->db));
}

static long size_of(const char *path)
{
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    return (long)(there.st_size / 4096);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->folder, "/tmp/jmb-checkpoint-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/jmb.db", f->folder);
    snprintf(f->log, sizeof f->log, "%s/jmb.db-wal", f->folder);
    assert_int_equal(sqlite3_open(f->path, &f->db), SQLITE_OK);
    run_sql(f, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE page (content)");
    f->checkpoint = checkpoint_open(f->db, f->path);
    assert_non_null(f->checkpoint);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    checkpoint_close(f->checkpoint);
    sqlite3_close(f->db);
    nftw(f->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

/* So many pages or a few more, in transactions of ten. */
static void write_pages(struct fixture *f, int pages)
{
    for (int i = 0; i < pages; i += 10)
        run_sql(f, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)"
                   " INSERT INTO page SELECT zeroblob(4000) FROM n");
}

static void close_checkpoint(struct fixture *f)
{
    checkpoint_close(f->checkpoint); /* what the thread was told is done then */
    f->checkpoint = NULL;
}

TEST(checkpoint_open__a_short_log__stays_one)
{
    struct fixture *f = *state;
    write_pages(f, 500);
    close_checkpoint(f);
    assert_true(size_of(f->path) < 10);
    assert_true(size_of(f->log) >= 500);
}

TEST(checkpoint_open__a_log_of_1000_pages__is_carried_into_the_database)
{
    struct fixture *f = *state;
    write_pages(f, 1200);
    close_checkpoint(f);
    assert_true(size_of(f->path) >= 800);
}

TEST(checkpoint_open__commits_without_a_pause__leave_the_log_short)
{
    struct fixture *f = *state;
    write_pages(f, 30000);
    assert_true(size_of(f->log) < 9000);
    assert_true(size_of(f->path) > 20000);
}

TEST(checkpoint_open__while_somebody_reads_an_old_state__loses_nothing_and_begins_again_later)
{
    struct fixture *f = *state;
    sqlite3 *reader = NULL;
    assert_int_equal(sqlite3_open(f->path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM page", NULL, NULL, NULL), SQLITE_OK);
    write_pages(f, 12000);
    assert_true(size_of(f->log) >= 12000);
    sqlite3_close(reader);
    write_pages(f, 12000);
    assert_true(size_of(f->log) < 24000);
    sqlite3_stmt *count = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->db, "SELECT count(*) FROM page", -1, &count, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(count, 0), 24000);
    sqlite3_finalize(count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checkpoint_open__a_short_log__stays_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checkpoint_open__a_log_of_1000_pages__is_carried_into_the_database,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(checkpoint_open__commits_without_a_pause__leave_the_log_short, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            checkpoint_open__while_somebody_reads_an_old_state__loses_nothing_and_begins_again_later, set_up,
            tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
