#include "tests/test.h"

#include "proto/qr.h"

#include <stdlib.h>
#include <string.h>

TEST(qr__svg__is_a_picture_without_style_or_script)
{
    struct text text = {0};
    assert_int_equal(qr_add_svg(&text, "https://meet.example/booking/s/0123456789abcdef0123456789abcdef"), 0);
    assert_int_equal(
        strncmp(text_string(&text), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 45 45\"", 59),
        0);
    assert_non_null(strstr(text_string(&text), "M4 4h7v1h-7z")); /* the corner that scanners look for */
    assert_null(strstr(text_string(&text), "style"));
    assert_null(strstr(text_string(&text), "script"));
    assert_true(text.size < 16 * 1024);
    text_free(&text);
}

TEST(qr__svg__too_long__adds_nothing)
{
    struct text text = {0};
    char *string = malloc(4001);
    memset(string, 'x', 4000);
    string[4000] = 0;
    assert_true(qr_add_svg(&text, string) < 0);
    assert_int_equal(text.size, 0);
    free(string);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qr__svg__is_a_picture_without_style_or_script),
        cmocka_unit_test(qr__svg__too_long__adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
