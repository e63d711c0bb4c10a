#include "proto/form.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static bool read_form(struct form *form, struct arena *arena, const char *bytes)
{
    return form_read(form, arena, bytes, strlen(bytes));
}

TEST(form__read__names_and_values)
{
    struct arena arena = {0};
    struct form form;
    assert_true(read_form(&form, &arena, "subject=R%C3%A9union+du+lundi&x=1&a%26b=%3D%2b&empty=&bare&&x=2"));
    assert_int_equal(form.count, 6);
    assert_string_equal(form_get(&form, "subject"), "R\xC3\xA9union du lundi");
    assert_string_equal(form_get(&form, "x"), "1");
    assert_string_equal(form_get(&form, "a&b"), "=+");
    assert_string_equal(form_get(&form, "empty"), "");
    assert_string_equal(form_get(&form, "bare"), "");
    assert_null(form_get(&form, "absent"));
    assert_string_equal(form.fields[5].value, "2");
    arena_free(&arena);
}

TEST(form__read__line_ends_become_newlines)
{
    struct arena arena = {0};
    struct form form;
    assert_true(read_form(&form, &arena, "t=a%0D%0Ab%0Dc%0Ad%0D%0D%0Ae&u=%0A"));
    assert_string_equal(form_get(&form, "t"), "a\nb\nc\nd\n\ne");
    assert_string_equal(form_get(&form, "u"), "\n");
    arena_free(&arena);
}

TEST(form__read__nothing_is_a_form_without_fields)
{
    struct arena arena = {0};
    struct form form;
    assert_true(form_read(&form, &arena, "", 0));
    assert_int_equal(form.count, 0);
    assert_true(read_form(&form, &arena, "&&&"));
    assert_int_equal(form.count, 0);
    arena_free(&arena);
}

TEST(form__read__refuses_what_is_malformed)
{
    static const char *const wrong[] = {"a=%",   "a=%4",  "a=%zz",  "%0g=1",       "a=1&b=%c3",
                                        "a=%00", "%00=a", "a=\xff", "a=%ed%a0%80", "a%c3=%a9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena arena = {0};
        struct form form;
        assert_false(read_form(&form, &arena, wrong[i]));
        assert_int_equal(form.count, 0);
        assert_null(form_get(&form, "a"));
        arena_free(&arena);
    }
    struct arena arena = {0};
    struct form form;
    assert_false(form_read(&form, &arena, "a=\0b", 4));
    arena_free(&arena);
}

TEST(form__read__counts_fields)
{
    struct arena arena = {0};
    struct form form;
    char bytes[4 * (FORM_FIELDS_MAX + 1)];
    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(bytes + 4 * i, "a=1&", 4);
    assert_true(form_read(&form, &arena, bytes, 4 * FORM_FIELDS_MAX));
    assert_int_equal(form.count, FORM_FIELDS_MAX);
    assert_false(form_read(&form, &arena, bytes, 4 * (FORM_FIELDS_MAX + 1)));
    arena_free(&arena);
}

TEST(form__read__a_megabyte)
{
    struct arena arena = {0};
    struct form form;
    size_t size = 3 << 20;
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i += 3)
        memcpy(bytes + i, "%41", 3);
    memcpy(bytes, "a==", 3);
    assert_true(form_read(&form, &arena, bytes, size));
    assert_int_equal(strlen(form_get(&form, "a")), size / 3);
    free(bytes);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form__read__names_and_values),
        cmocka_unit_test(form__read__line_ends_become_newlines),
        cmocka_unit_test(form__read__nothing_is_a_form_without_fields),
        cmocka_unit_test(form__read__refuses_what_is_malformed),
        cmocka_unit_test(form__read__counts_fields),
        cmocka_unit_test(form__read__a_megabyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
