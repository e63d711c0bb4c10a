#include "tests/test.h"

#include "proto/http_date.h"

static int64_t read_date(const char *value)
{
    int64_t at = -1;
    http_date_read(value, &at);
    return at;
}

TEST(http_date__add__is_fixed)
{
    static const struct {
        int64_t at;
        const char *date;
    } dates[] = {{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
                 {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
                 {1709164799, "Wed, 28 Feb 2024 23:59:59 GMT"},
                 {1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct text text = {0};
        http_date_add(&text, dates[i].at);
        assert_string_equal(text_string(&text), dates[i].date);
        assert_int_equal(read_date(text_string(&text)), dates[i].at);
        text_free(&text);
    }
}

TEST(http_date__read__the_old_forms_too)
{
    assert_int_equal(read_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    assert_int_equal(read_date("Sun Nov  6 08:49:37 1994"), 784111777);
    assert_int_equal(read_date("Wednesday, 16-Nov-94 08:49:37 GMT"), 784975777);
    assert_int_equal(read_date("Wed Nov 16 08:49:37 1994"), 784975777);
    assert_int_equal(read_date("Thursday, 03-Dec-26 09:00:00 GMT"), 1796288400);
}

TEST(http_date__read__nothing_else)
{
    static const char *const none[] = {"",
                                       "yesterday",
                                       "Sun, 06 Nov 1994 08:49:37",
                                       "Sun, 06 Nov 1994 08:49:37 UTC",
                                       "Sun, 06 Nov 1994 08:49:37 GMT ",
                                       "Sun, 6 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 94 08:49:37 GMT",
                                       "Son, 06 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 nov 1994 08:49:37 GMT",
                                       "Sun, 31 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 24:49:37 GMT",
                                       "Sunday, 06-Nov-1994 08:49:37 GMT",
                                       "Sun Nov 6 08:49:37 1994",
                                       "Sun Nov  6 08:49:37 1994 GMT",
                                       "784111777"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (read_date(none[i]) != -1)
            fail_msg("'%s' is no date", none[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_date__add__is_fixed),
        cmocka_unit_test(http_date__read__the_old_forms_too),
        cmocka_unit_test(http_date__read__nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
