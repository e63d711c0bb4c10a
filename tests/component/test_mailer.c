#include "tests/component/mailer_results.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[100];

static int folder_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/jmb-mailer-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    return rmdir(folder);
}

static struct mailer *folder_mailer(void)
{
    struct text error = {0};
    struct mailer *mailer = mailer_open(
        &(struct mailer_options){.transport = MAILER_FOLDER, .folder = folder, .timeout = 5}, &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(mailer);
    return mailer;
}

static char *file_read(const char *name, size_t *size)
{
    static char bytes[10000];
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    *size = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

static struct mailer_letter letter(int64_t id, const char *name, const char *message)
{
    return (struct mailer_letter){
        .id = id, .to = "ada@example.org", .message = message, .size = strlen(message), .name = name};
}

TEST(mailer__sends__one_file_a_letter_named_by_its_message_id)
{
    struct mailer *mailer = folder_mailer();
    const struct mailer_letter letters[] = {letter(7, "m1.x@example.org", "Subject: one\r\n\r\nbody\r\n"),
                                            letter(8, "m2@example.org", "Subject: two\r\n\r\nbody\r\n")};
    assert_true(mailer_offer(mailer, letters, 2));
    take(mailer, 2);
    assert_int_equal(got.id[0], 7);
    assert_int_equal(got.id[1], 8);
    assert_int_equal(got.outcome[0], MAILER_SENT);
    assert_int_equal(got.outcome[1], MAILER_SENT);
    size_t size;
    assert_string_equal(file_read("m1.x@example.org.eml", &size), "Subject: one\r\n\r\nbody\r\n");
    assert_string_equal(file_read("m2@example.org.eml", &size), "Subject: two\r\n\r\nbody\r\n");
    struct stat about;
    char path[300];
    snprintf(path, sizeof path, "%s/m2@example.org.eml", folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    mailer_close(mailer);
}

TEST(mailer__sends__the_same_letter_again_into_the_same_file)
{
    struct mailer *mailer = folder_mailer();
    const struct mailer_letter one = letter(7, "same@example.org", "a\r\n");
    for (int i = 0; i < 2; i++) {
        assert_true(mailer_offer(mailer, &one, 1));
        take(mailer, 1);
        wait_until_free(mailer);
    }
    mailer_close(mailer);
    int files = 0;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; (entry = readdir(entries));)
        files += strstr(entry->d_name, "same@") != NULL;
    closedir(entries);
    assert_int_equal(files, 1);
}

TEST(mailer__makes_safe__names_that_would_leave_the_folder_or_hide)
{
    struct mailer *mailer = folder_mailer();
    const struct mailer_letter letters[] = {letter(1, "../../etc/passwd", "a\r\n"),
                                            letter(2, ".hidden", "b\r\n"), letter(3, "", "c\r\n"),
                                            letter(4, "a b\n\xC3\xA9/c", "d\r\n")};
    assert_true(mailer_offer(mailer, letters, 4));
    take(mailer, 4);
    size_t size;
    assert_string_equal(file_read("_._.._etc_passwd.eml", &size), "a\r\n");
    assert_string_equal(file_read("_hidden.eml", &size), "b\r\n");
    assert_string_equal(file_read("letter.eml", &size), "c\r\n");
    assert_string_equal(file_read("a_b____c.eml", &size), "d\r\n");
    mailer_close(mailer);
}

TEST(mailer__cleans__line_ends_and_zeros_that_could_smuggle_a_second_letter)
{
    struct mailer *mailer = folder_mailer();
    struct mailer_letter one = letter(1, "clean", "");
    one.message = "a\nb\rc\r\n\n.\r\nd\0e";
    one.size = 14;
    assert_true(mailer_offer(mailer, &one, 1));
    take(mailer, 1);
    size_t size;
    assert_string_equal(file_read("clean.eml", &size), "a\r\nb\r\nc\r\n\r\n.\r\nde\r\n");
    assert_int_equal(size, 18);
    mailer_close(mailer);
}

TEST(mailer__takes__one_slot_at_a_time_and_no_more_than_fifty)
{
    struct mailer *mailer = folder_mailer();
    struct mailer_letter letters[MAILER_SLOT + 1];
    char names[MAILER_SLOT + 1][20];
    for (int i = 0; i <= MAILER_SLOT; i++) {
        snprintf(names[i], sizeof names[i], "n%d", i);
        letters[i] = letter(i, names[i], "x\r\n");
    }
    assert_false(mailer_offer(mailer, letters, MAILER_SLOT + 1));
    assert_true(mailer_offer(mailer, letters, MAILER_SLOT));
    take(mailer, MAILER_SLOT);
    for (int i = 0; i < MAILER_SLOT; i++)
        assert_int_equal(got.id[i], i);
    wait_until_free(mailer);
    assert_true(mailer_offer(mailer, letters, 1));
    take(mailer, 1);
    mailer_close(mailer);
}

TEST(mailer__says_later__when_the_folder_went_away)
{
    struct mailer *mailer = folder_mailer();
    folder_remove(NULL);
    const struct mailer_letter one = letter(1, "gone", "x\r\n");
    assert_true(mailer_offer(mailer, &one, 1));
    take(mailer, 1);
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_non_null(strstr(got.answer[0], "No such file"));
    mailer_close(mailer);
    assert_int_equal(mkdir(folder, 0700), 0);
}

/* What jmbd -t says, and that it makes nothing. */
TEST(mailer__check__looks_at_the_folder_and_says_what_to_do)
{
    char missing[120];
    snprintf(missing, sizeof missing, "%s/mail", folder);
    const struct {
        const char *folder;
        int result;
        const char *words[2];
    } table[] = {{folder, 1, {"", ""}},
                 {missing, 0, {"", ""}},
                 {"/proc/version", -1, {"not a folder", "name another"}},
                 {"/nowhere/at/all",
                  -1,
                  {"/nowhere/at/all is not there, and cannot be made", "install -d -m 750 -o "}},
                 {"/proc/version/mail", -1, {"cannot be made", "name another"}},
                 {"", -1, {"no folder is given", ""}}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct text error = {0};
        const struct mailer_options options = {.transport = MAILER_FOLDER, .folder = table[i].folder};
        assert_int_equal(mailer_check(&options, &error), table[i].result);
        assert_int_equal(error.size > 0, table[i].result < 0);
        for (size_t j = 0; j < 2; j++)
            if (!strstr(text_string(&error), table[i].words[j]))
                fail_msg("%s: %s", table[i].folder, text_string(&error));
        text_free(&error);
    }
    assert_int_equal(access(missing, F_OK), -1);
}

TEST(mailer__opens__only_with_a_folder_that_takes_letters)
{
    static const char *const wrong[][2] = {{"/proc/version", "it is not a folder"},
                                           {"/nowhere/at/all", "cannot be made"},
                                           {"", "no folder is given"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text error = {0};
        assert_null(mailer_open(
            &(struct mailer_options){.transport = MAILER_FOLDER, .folder = wrong[i][0], .timeout = 1},
            &error));
        assert_non_null(strstr(text_string(&error), wrong[i][1]));
        text_free(&error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mailer__sends__one_file_a_letter_named_by_its_message_id, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(mailer__sends__the_same_letter_again_into_the_same_file, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(mailer__makes_safe__names_that_would_leave_the_folder_or_hide,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(
            mailer__cleans__line_ends_and_zeros_that_could_smuggle_a_second_letter, folder_make,
            folder_remove),
        cmocka_unit_test_setup_teardown(mailer__takes__one_slot_at_a_time_and_no_more_than_fifty, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(mailer__says_later__when_the_folder_went_away, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(mailer__check__looks_at_the_folder_and_says_what_to_do, folder_make,
                                        folder_remove),
        cmocka_unit_test(mailer__opens__only_with_a_folder_that_takes_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
