/* Copies of the database, made while somebody writes, and brought back. */
#include "sql/store_copy.h"
#include "tests/sql/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *beside(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name);
}

static int copy(struct fixture *f, const char *to, const char **line)
{
    struct text error = {0};
    int result = store_copy(f->path, to, &error);
    *line = arena_dup(&f->arena, text_string(&error));
    text_free(&error);
    return result;
}

static int bring_back(struct fixture *f, const char *from, const char **aside, const char **line)
{
    struct text error = {0};
    char *name;
    int result = store_bring_back(f->path, from, &name, &error);
    *line = arena_dup(&f->arena, text_string(&error));
    *aside = arena_dup(&f->arena, name);
    free(name);
    text_free(&error);
    return result;
}

static void damage(const char *path, off_t at)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, "no page of any tree", 19, at), 19);
    close(file);
}

STORE_TEST(store_copy__while_it_is_written__holds_what_is_stored)
{
    const char *line, *to = beside(f, "copy.db");
    struct stat about;
    book(f, NOW + DAY);
    put_person(f, "bob@example.org", "Bob");
    assert_int_equal(store_commit(f->store), 1);
    put_person(f, "not@example.org", "Not yet"); /* of a turn that is open */
    assert_int_equal(copy(f, to, &line), 0);
    assert_string_equal(line, "");
    assert_int_equal(stat(to, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640 & ~(int)umask(umask(0)));
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(copy(f, to, &line), 0); /* in the place of the older one */
    close_store(f);
    snprintf(f->path, sizeof f->path, "%s", to);
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM meeting"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person WHERE name = 'Not yet'"), 1);
}

STORE_TEST(store_copy__open_turn__is_not_in_it)
{
    const char *line, *to = beside(f, "copy.db");
    put_person(f, "not@example.org", "Not yet");
    assert_int_equal(copy(f, to, &line), 0);
    close_store(f);
    snprintf(f->path, sizeof f->path, "%s", to);
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person WHERE name = 'Not yet'"), 0);
}

STORE_TEST(store_copy__onto_what_is_in_use__is_refused)
{
    const char *line;
    assert_int_equal(copy(f, f->path, &line), -1);
    assert_contains(line, "give the copy another name");
    assert_int_equal(copy(f, "/nowhere/copy.db", &line), -1);
    assert_contains(line, "/nowhere/copy.db: No such file or directory");
    put_person(f, "bob@example.org", "Bob");
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(store_bring_back__while_jmbd_runs__is_refused)
{
    const char *line, *aside, *from = beside(f, "copy.db");
    assert_int_equal(copy(f, from, &line), 0);
    assert_int_equal(bring_back(f, from, &aside, &line), -1);
    assert_contains(line, "in use by another jmbd");
    assert_null(aside);
    assert_int_equal(access(beside(f, "jmb.db.part"), F_OK), -1);
}

/* As after a crash: what is in the log goes with the database that it belongs to. */
STORE_TEST(store_bring_back__beside_a_log__keeps_all_of_the_old_one)
{
    const char *line, *aside, *from = beside(f, "copy.db"), *log = beside(f, "jmb.db-wal");
    struct text bytes = {0};
    char part[4096];
    ssize_t got;
    assert_int_equal(copy(f, from, &line), 0);
    put_person(f, "late@example.org", "Late");
    assert_int_equal(store_commit(f->store), 1);
    int file = open(log, O_RDONLY | O_CLOEXEC);
    while ((got = read(file, part, sizeof part)) > 0)
        text_add_bytes(&bytes, part, (size_t)got);
    close(file);
    assert_true(bytes.size > 0);
    close_store(f); /* which takes the log away */
    file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    assert_int_equal(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(file);
    text_free(&bytes);
    assert_int_equal(bring_back(f, from, &aside, &line), 0);
    assert_string_equal(aside, beside(f, "jmb.db.replaced"));
    assert_int_equal(access(log, F_OK), -1);
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person WHERE name = 'Late'"), 0);
    close_store(f);
    assert_int_equal(bring_back(f, from, &aside, &line), 0);
    assert_string_equal(aside, beside(f, "jmb.db.replaced-2")); /* the first is not lost */
    snprintf(f->path, sizeof f->path, "%s", beside(f, "jmb.db.replaced"));
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person WHERE name = 'Late'"), 1);
}

STORE_TEST(store_bring_back__where_none_is__makes_it)
{
    const char *line, *aside, *from = beside(f, "copy.db");
    assert_int_equal(copy(f, from, &line), 0);
    close_store(f);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(bring_back(f, from, &aside, &line), 0);
    assert_null(aside);
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person"), 1);
}

STORE_TEST(store_bring_back__what_is_no_copy__changes_nothing)
{
    const char *line, *aside, *from = beside(f, "copy.db");
    off_t page = (off_t)number_of(f, "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size)"
                                     " FROM sqlite_schema WHERE name = 'meeting'");
    assert_int_equal(copy(f, from, &line), 0);
    close_store(f);
    assert_int_equal(bring_back(f, beside(f, "nothing.db"), &aside, &line), -1);
    assert_contains(line, "nothing.db: No such file or directory");
    damage(from, page);
    assert_int_equal(bring_back(f, from, &aside, &line), -1);
    assert_contains(line, "copy.db is damaged");
    damage(from, 0);
    assert_int_equal(bring_back(f, from, &aside, &line), -1);
    assert_contains(line, "copy.db is no database");
    assert_int_equal(truncate(from, 0), 0);
    assert_int_equal(bring_back(f, from, &aside, &line), -1);
    assert_contains(line, "copy.db is empty");
    assert_int_equal(access(beside(f, "jmb.db.replaced"), F_OK), -1);
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM person"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(store_copy__while_it_is_written__holds_what_is_stored),
        IN_FOLDER(store_copy__open_turn__is_not_in_it),
        IN_FOLDER(store_copy__onto_what_is_in_use__is_refused),
        IN_FOLDER(store_bring_back__while_jmbd_runs__is_refused),
        IN_FOLDER(store_bring_back__beside_a_log__keeps_all_of_the_old_one),
        IN_FOLDER(store_bring_back__where_none_is__makes_it),
        IN_FOLDER(store_bring_back__what_is_no_copy__changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
