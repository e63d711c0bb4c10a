#include "proto/fold.h"

#include "tests/test.h"

static void assert_folded(const char *string, const char *want)
{
    struct text text = {0};
    text_add_folded(&text, string);
    assert_string_equal(text_string(&text), want);
    text_free(&text);
}

TEST(fold__letters__become_those_that_stand_for_them)
{
    assert_folded("", "");
    assert_folded("plain Letters 42", "plain Letters 42");
    assert_folded("Œuvre œ Æ æ", "oeuvre oe ae ae");
    assert_folded("Straße STRASSE ẞ", "Strasse STRASSE ss");
    assert_folded("Ø ø Ł ł Đ đ Ð ð Þ þ ı", "o o l l d d d d th th i");
    assert_folded("Άέήίόύώ ΐΰϊϋ ς", "αεηιουω ιυιυ σ");
    assert_folded("ﬁn ﬂeur ﬀ", "fin fleur ff");
}

TEST(fold__the_rest__stays_as_it_is)
{
    assert_folded("é Ü ñ", "é Ü ñ"); /* the tokenizer's work */
    assert_folded("汉语 🎓 علی", "汉语 🎓 علی");
    assert_folded("\xFF\xC3\xE2\x80", "\xFF\xC3\xE2\x80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold__letters__become_those_that_stand_for_them),
        cmocka_unit_test(fold__the_rest__stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
