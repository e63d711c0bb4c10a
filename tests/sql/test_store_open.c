#include "tests/sql/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void write_file(const char *path, const char *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
}

static struct store_options options_for(struct fixture *f)
{
    return (struct store_options){.path = f->path, .keys = &f->keys, .create = true};
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

STORE_TEST(store_open__finds_again_what_was_stored)
{
    close_store(f);
    open_again(f);
    struct person person;
    assert_int_equal(store_find_person(f->store, "alice@example.org", &f->arena, &person), 1);
    assert_string_equal(person.name, "Alice");
}

STORE_TEST(store_open__the_file_is_nobody_elses_to_read)
{
    struct stat there;
    assert_int_equal(stat(f->path, &there), 0);
    assert_int_equal(there.st_mode & 07, 0);
}

STORE_TEST(store_open__is_durable_and_strict)
{
    assert_int_equal(number_of(f, "PRAGMA synchronous"), 2);
    assert_int_equal(number_of(f, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number_of(f, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number_of(f, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(number_of(f,
                               "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
                               " AND type = 'table' AND name NOT LIKE 'sqlite_%'"),
                     0);
}

STORE_TEST(store_open__an_empty_file_becomes_a_database)
{
    close_store(f);
    snprintf(f->path, sizeof f->path, "%s/empty.db", f->folder);
    write_file(f->path, "", 0);
    open_again(f);
    assert_int_equal(number_of(f, "PRAGMA user_version"), 1);
}

STORE_TEST(store_open__in_use__names_the_process)
{
    const struct store_options options = options_for(f);
    char pid[32];
    snprintf(pid, sizeof pid, "another jmbd (pid %ld)", (long)getpid());
    const char *line = refusal_of(f, &options);
    assert_contains(line, "in use by");
    assert_contains(line, pid);
    close_store(f);
    open_again(f);
}

STORE_TEST(store_open__killed_holder__lock_is_free)
{
    close_store(f);
    pid_t child = fork();
    if (child == 0) {
        open_again(f);
        kill(getpid(), SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    open_again(f);
}

STORE_TEST(store_open__missing_and_not_to_be_made__says_so)
{
    const char *path = arena_printf(&f->arena, "%s/none.db", f->folder);
    const struct store_options options = {.path = path, .keys = &f->keys};
    assert_contains(refusal_of(f, &options), "there is no database");
    assert_int_equal(access(path, F_OK), -1);
}

STORE_TEST(store_open__folder_missing__says_so)
{
    const struct store_options options = {
        .path = arena_printf(&f->arena, "%s/none/jmb.db", f->folder), .keys = &f->keys, .create = true};
    assert_contains(refusal_of(f, &options), "cannot make the database");
}

STORE_TEST(store_open__a_folder__says_so)
{
    const struct store_options options = {.path = f->folder, .keys = &f->keys, .create = true};
    assert_contains(refusal_of(f, &options), "is no file");
}

STORE_TEST(store_open__not_a_database__is_left_alone)
{
    close_store(f);
    static const char text[] = "This is a letter to my aunt and no database at all, so please let it be. ";
    write_file(f->path, text, sizeof text);
    const struct store_options options = options_for(f);
    assert_contains(refusal_of(f, &options), "is no database");
    struct stat there;
    assert_int_equal(stat(f->path, &there), 0);
    assert_int_equal(there.st_size, sizeof text);
}

STORE_TEST(store_open__somebody_elses_database__is_left_alone)
{
    close_store(f);
    snprintf(f->path, sizeof f->path, "%s/other.db", f->folder);
    run_sql(f->path, "CREATE TABLE recipe (name TEXT); PRAGMA user_version = 1");
    const struct store_options options = options_for(f);
    assert_contains(refusal_of(f, &options), "not a database of JMB");
}

STORE_TEST(store_open__newer_version__says_both)
{
    close_store(f);
    run_sql(f->path, "PRAGMA user_version = 4711");
    const struct store_options options = options_for(f);
    const char *line = refusal_of(f, &options);
    assert_contains(line, "version 4711");
    assert_contains(line, "knows 1");
}

STORE_TEST(store_open__key_gone__says_which_file_to_bring_back)
{
    close_store(f);
    char fingerprint[LINK_FINGERPRINT_SIZE + 1];
    link_keys_fingerprint(&f->keys, 0, fingerprint);
    const struct link_keys other = {.count = 1, .keys = {{2}}};
    const struct store_options options = {
        .path = f->path, .keys = &other, .key_file = "/etc/jitsi/jmb/link.key", .create = true};
    const char *line = refusal_of(f, &options);
    assert_contains(line, fingerprint);
    assert_contains(line, "/etc/jitsi/jmb/link.key");
    open_again(f);
}

STORE_TEST(store_open__new_key_before_the_old__both_are_needed_from_then)
{
    close_store(f);
    const struct link_keys old = f->keys, fresh = {.count = 1, .keys = {{2}}};
    f->keys = (struct link_keys){.count = 2, .keys = {{2}, {1}}};
    open_again(f);
    assert_int_equal(number_of(f, "SELECT count(*) FROM link_key WHERE signed"), 2);
    close_store(f);
    struct store_options options = options_for(f);
    options.keys = &old;
    assert_contains(refusal_of(f, &options), "link key");
    options.keys = &fresh;
    assert_contains(refusal_of(f, &options), "link key");
}

STORE_TEST(store_open__key_that_never_signed__may_go)
{
    close_store(f);
    f->keys = (struct link_keys){.count = 2, .keys = {{1}, {2}}};
    open_again(f);
    close_store(f);
    f->keys.count = 1;
    open_again(f);
}

STORE_TEST(store_open__key_gone_but_nobody_has_a_link__is_forgiven)
{
    assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM person", NULL, NULL, NULL), SQLITE_OK);
    close_store(f);
    f->keys = (struct link_keys){.count = 1, .keys = {{2}}};
    open_again(f);
}

/* Root may write everywhere, so this is played by somebody else. 0: refused and said so. */
static int open_as_nobody(struct fixture *f)
{
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 2;
    struct text error = {0};
    const struct store_options options = options_for(f);
    struct store *store = store_open(&options, &error);
    int result = store ? 1 : strstr(text_string(&error), "cannot write") ? 0 : 3;
    if (result)
        fprintf(stderr, "result %d: %s\n", result, text_string(&error));
    store_close(store);
    text_free(&error);
    return result;
}

static void assert_refused_to_nobody(struct fixture *f)
{
    pid_t child = fork();
    if (child == 0)
        _exit(open_as_nobody(f));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int check_of(const struct store_options *options, const char *words)
{
    struct text error = {0};
    int result = store_check(options, &error);
    if (words)
        assert_contains(text_string(&error), words);
    else
        assert_int_equal(error.size, 0);
    text_free(&error);
    return result;
}

static bool is_there(struct fixture *f, const char *name)
{
    return access(arena_printf(&f->arena, "%s/%s", f->folder, name), F_OK) == 0;
}

STORE_TEST(store_check__not_there_yet__makes_nothing)
{
    struct store_options options = options_for(f);
    options.path = arena_printf(&f->arena, "%s/none.db", f->folder);
    assert_int_equal(check_of(&options, NULL), 0);
    assert_false(is_there(f, "none.db"));
    assert_false(is_there(f, "none.db.lock"));
    options.path = "/nowhere/jmb.db";
    assert_int_equal(check_of(&options, "cannot make the database"), -1);
}

STORE_TEST(store_check__there__changes_nothing)
{
    close_store(f);
    const struct link_keys other = {.count = 1, .keys = {{2}}};
    struct store_options options = options_for(f);
    unlink(arena_printf(&f->arena, "%s.lock", f->path));
    assert_int_equal(check_of(&options, NULL), 1);
    assert_false(is_there(f, "jmb.db.lock") || is_there(f, "jmb.db-wal") || is_there(f, "jmb.db-shm"));
    options.keys = &other;
    assert_int_equal(check_of(&options, "links of"), -1);
    run_sql(f->path, "PRAGMA user_version = 4711");
    assert_int_equal(check_of(&options, "version 4711"), -1);
    static const char text[] = "This is a letter to my aunt and no database at all, so please let it be. ";
    write_file(f->path, text, sizeof text);
    assert_int_equal(check_of(&options, "is no database"), -1);
}

STORE_TEST(store_check__odd_name__is_found)
{
    close_store(f);
    const char *odd = arena_printf(&f->arena, "%s/a ?b#c%%41.db", f->folder);
    assert_int_equal(rename(f->path, odd), 0);
    struct store_options options = options_for(f);
    options.path = odd;
    assert_int_equal(check_of(&options, NULL), 1);
}

STORE_TEST(store_open__unwritable_file__says_whose_it_must_be)
{
    close_store(f);
    const char *lock = arena_printf(&f->arena, "%s.lock", f->path);
    assert_int_equal(chmod(f->folder, 0777), 0);
    assert_int_equal(chmod(lock, 0666), 0);
    assert_int_equal(chmod(f->path, 0444), 0);
    assert_refused_to_nobody(f);
}

STORE_TEST(store_open__unwritable_folder__says_so)
{
    close_store(f);
    assert_int_equal(unlink(arena_printf(&f->arena, "%s.lock", f->path)), 0);
    assert_int_equal(chmod(f->path, 0666), 0);
    assert_int_equal(chmod(f->folder, 0555), 0);
    assert_refused_to_nobody(f);
}

TEST(names__random__are_of_their_alphabet_and_never_twice)
{
    char seen[64][ROOM_NAME_SIZE], ref[REF_SIZE + 1];
    for (size_t i = 0; i < 64; i++) {
        random_room(seen[i]);
        assert_int_equal(strspn(seen[i], "abcdefghijklmnoprstuvz-"), strlen(seen[i]) - 2);
        assert_int_equal(strspn(seen[i] + strlen(seen[i]) - 2, "0123456789"), 2);
        assert_int_equal(strlen(seen[i]), 23);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
        random_ref(ref);
        assert_int_equal(strspn(ref, "abcdefghijklmnopqrstuvwxyz234567"), REF_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(store_open__finds_again_what_was_stored),
        IN_FOLDER(store_open__the_file_is_nobody_elses_to_read),
        IN_FOLDER(store_open__is_durable_and_strict),
        IN_FOLDER(store_open__an_empty_file_becomes_a_database),
        IN_FOLDER(store_open__in_use__names_the_process),
        IN_FOLDER(store_open__killed_holder__lock_is_free),
        IN_FOLDER(store_open__missing_and_not_to_be_made__says_so),
        IN_FOLDER(store_open__folder_missing__says_so),
        IN_FOLDER(store_open__a_folder__says_so),
        IN_FOLDER(store_open__not_a_database__is_left_alone),
        IN_FOLDER(store_open__somebody_elses_database__is_left_alone),
        IN_FOLDER(store_open__newer_version__says_both),
        IN_FOLDER(store_open__key_gone__says_which_file_to_bring_back),
        IN_FOLDER(store_open__new_key_before_the_old__both_are_needed_from_then),
        IN_FOLDER(store_open__key_that_never_signed__may_go),
        IN_FOLDER(store_open__key_gone_but_nobody_has_a_link__is_forgiven),
        IN_FOLDER(store_check__not_there_yet__makes_nothing),
        IN_FOLDER(store_check__there__changes_nothing),
        IN_FOLDER(store_check__odd_name__is_found),
        IN_FOLDER(store_open__unwritable_file__says_whose_it_must_be),
        IN_FOLDER(store_open__unwritable_folder__says_so),
        cmocka_unit_test(names__random__are_of_their_alphabet_and_never_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
