#include "sql/opening.h"
#include "tests/sql/fixture.h"

#include <sys/stat.h>

/* A file of SQL as the program carries it. */
#define FILE_OF(name, sql)                                                                                   \
    {                                                                                                        \
        name, (const unsigned char *)(sql), (const unsigned char *)(sql) + sizeof(sql) - 1                   \
    }

static const struct embedded two_steps[] = {
    FILE_OF("003-colour.sql", "UPDATE shape SET colour = 'red'"), /* their numbers count, not their order */
    FILE_OF("schema.sql", "CREATE TABLE never (happened)"),
    FILE_OF("002-shape.sql", "CREATE TABLE shape (id INTEGER PRIMARY KEY, colour TEXT) STRICT;"
                             "INSERT INTO shape (colour) VALUES ('blue')"),
    {NULL, NULL, NULL}};

static int run_migrate(struct fixture *f, const struct embedded *files, const char **line)
{
    struct text error = {0};
    int result = migrate(f->store->db, f->path, (int)number_of(f, "PRAGMA user_version"), files, &error);
    *line = arena_dup(&f->arena, text_string(&error));
    text_free(&error);
    return result;
}

STORE_TEST(migrate__two_versions_behind__runs_both_after_a_copy)
{
    const char *line;
    assert_int_equal(migrate_newest(two_steps), 3);
    assert_int_equal(run_migrate(f, two_steps, &line), 0);
    assert_string_equal(line, "");
    assert_int_equal(number_of(f, "PRAGMA user_version"), 3);
    assert_int_equal(number_of(f, "SELECT count(*) FROM shape WHERE colour = 'red'"), 1);
    close_store(f);
    snprintf(f->path, sizeof f->path, "%s/jmb.db.before-3", f->folder);
    open_again(f); /* the copy is a whole database of the version before */
    assert_int_equal(number_of(f, "PRAGMA user_version"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'shape'"), 0);
}

STORE_TEST(migrate__newest_already__does_nothing)
{
    const char *line;
    assert_int_equal(run_migrate(f, sql_files, &line), 0);
    assert_int_equal(access(arena_printf(&f->arena, "%s.before-1", f->path), F_OK), -1);
}

STORE_TEST(migrate__a_step_fails__nothing_is_changed)
{
    static const struct embedded bad[] = {FILE_OF("002-good.sql", "CREATE TABLE good (id INTEGER) STRICT"),
                                          FILE_OF("003-bad.sql", "CREATE TABLE oops ("),
                                          {NULL, NULL, NULL}};
    const char *line;
    assert_int_equal(run_migrate(f, bad, &line), -1);
    assert_contains(line, "003-bad.sql");
    assert_contains(line, "nothing was changed");
    assert_int_equal(number_of(f, "PRAGMA user_version"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'good'"), 0);
}

STORE_TEST(migrate__a_step_breaks_a_reference__nothing_is_changed)
{
    book(f, NOW + DAY);
    static const struct embedded bad[] = {FILE_OF("002-orphans.sql", "DELETE FROM person"),
                                          {NULL, NULL, NULL}};
    const char *line;
    assert_int_equal(run_migrate(f, bad, &line), -1);
    assert_contains(line, "point to nowhere");
    assert_int_equal(number_of(f, "SELECT count(*) FROM person"), 1);
}

STORE_TEST(migrate__a_number_is_missing__says_which)
{
    static const struct embedded gap[] = {FILE_OF("003-late.sql", "SELECT 1"), {NULL, NULL, NULL}};
    const char *line;
    assert_int_equal(run_migrate(f, gap, &line), -1);
    assert_contains(line, "version 2");
}

STORE_TEST(migrate__copy_cannot_be_made__nothing_is_changed)
{
    assert_int_equal(mkdir(arena_printf(&f->arena, "%s.before-3", f->path), 0700), 0);
    const char *line;
    assert_int_equal(run_migrate(f, two_steps, &line), -1);
    assert_contains(line, "before-3");
    assert_int_equal(number_of(f, "PRAGMA user_version"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(migrate__two_versions_behind__runs_both_after_a_copy),
        IN_FOLDER(migrate__newest_already__does_nothing),
        IN_FOLDER(migrate__a_step_fails__nothing_is_changed),
        IN_FOLDER(migrate__a_step_breaks_a_reference__nothing_is_changed),
        IN_FOLDER(migrate__a_number_is_missing__says_which),
        IN_FOLDER(migrate__copy_cannot_be_made__nothing_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
