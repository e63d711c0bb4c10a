/* Cells that spreadsheets read as they were meant: quoted where it takes that, and never a formula. */
#include "proto/csv_write.h"

#include "tests/test.h"

#include <stdio.h>

static void assert_cell(const char *cell, const char *written)
{
    struct text text = {0};
    struct csv_writer csv = csv_begin(&text, ';');
    csv_add(&csv, cell);
    csv_add(&csv, "x");
    csv_end_row(&csv);
    assert_memory_equal(text_string(&text), "\xEF\xBB\xBF", 3);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s;x\r\n", written);
    assert_string_equal(text_string(&text) + 3, wanted);
    text_free(&text);
}

TEST(csv_write__cell__is_quoted_where_it_must_be)
{
    assert_cell("Anna", "Anna");
    assert_cell("", "");
    assert_cell("Anna Arnould", "\"Anna Arnould\"");
    assert_cell("a;b", "\"a;b\"");
    assert_cell("a,b", "a,b");
    assert_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
    assert_cell("two\r\nlines", "\"two\r\nlines\"");
    assert_cell("d'équipe", "\"d'équipe\"");
}

TEST(csv_write__formula__is_text)
{
    assert_cell("=1+1", "\"'=1+1\"");
    assert_cell("+33 1", "\"'+33 1\"");
    assert_cell("-", "\"'-\"");
    assert_cell("@SUM(A1)", "\"'@SUM(A1)\"");
    assert_cell("\t=1", "\"'\t=1\"");
    assert_cell("\r=1", "\"'\r=1\"");
    assert_cell("  =1", "\"'  =1\"");
    assert_cell("\uFF1D1", "\"'\uFF1D1\"");
    assert_cell("a=1", "a=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_write__cell__is_quoted_where_it_must_be),
        cmocka_unit_test(csv_write__formula__is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
