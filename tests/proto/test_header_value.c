#include "proto/header_value.h"
#include "tests/test.h"

#include <string.h>

static void reads(const char *value, const char *wanted)
{
    struct arena arena = {0};
    const char *read = header_value_read(&arena, value);
    if (wanted ? !read || strcmp(read, wanted) != 0 : read != NULL)
        fail_msg("'%s' is read as '%s'", value, read ? read : "(null)");
    arena_free(&arena);
}

TEST(header_value_read__utf8_as_it_is)
{
    reads("Gaëlle Guérin", "Gaëlle Guérin");
    reads("  Anna \t Arnould ", "Anna Arnould");
    reads("نورا", "نورا");
    reads("100 % Anna", "100 % Anna");
    reads("O'Neill \"Bob\" \\ C++", "O'Neill \"Bob\" \\ C++");
    reads("a+b@univ.test", "a+b@univ.test");
    reads("", NULL);
    reads(" \t", NULL);
}

TEST(header_value_read__as_modules_write_it)
{
    reads("Ga\xC3\x83\xC2\xABlle", "Gaëlle"); /* UTF-8 twice */
    reads("Ga\xEBlle", "Gaëlle");             /* Latin-1 */
    reads("Ga%C3%ABlle%20Gu%C3%A9rin", "Gaëlle Guérin");
    reads("100%25", "100%");
    reads("=?utf-8?B?R2HDq2xsZQ==?=", "Gaëlle");
    reads("=?iso-8859-1?Q?Ga=EBlle?= =?iso-8859-1?Q?_Gu=E9rin?=", "Gaëlle Guérin");
    reads("%ZZ", "%ZZ");
    reads("%E9", "%E9"); /* codes that make no UTF-8 */
    reads("a%00b", "a%00b");
    reads("caf\xC3\xA9 \xC2\xA9", "café ©"); /* Latin-1 letters that are UTF-8 once */
}

TEST(header_value_read__no_control_characters_come_through)
{
    reads("Anna%0D%0ABcc:%20x", "Anna Bcc: x");
    reads("Anna\x01\x7F"
          "Arnould",
          "Anna Arnould");
    reads("=?utf-8?Q?a=0D=0Ab?=", "a b");
    char longest[3000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    reads(longest, NULL);
}

TEST(header_value_has__one_of_several)
{
    assert_true(header_value_has("staff", "staff"));
    assert_true(header_value_has("students;staff", "staff"));
    assert_true(header_value_has("students, Staff , x", "staff"));
    assert_true(header_value_has("cn=a,ou=g,dc=x;cn=staff,ou=g,dc=x", "cn=staff,ou=g,dc=x"));
    assert_false(header_value_has("staffing;non-staff;staff x", "staff"));
    assert_false(header_value_has("", "staff"));
    assert_false(header_value_has("staff", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_value_read__utf8_as_it_is),
        cmocka_unit_test(header_value_read__as_modules_write_it),
        cmocka_unit_test(header_value_read__no_control_characters_come_through),
        cmocka_unit_test(header_value_has__one_of_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
