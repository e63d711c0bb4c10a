#include "proto/xml.h"

#include "tests/test.h"

static struct xml_attribute attributes[] = {
    {"n", "17"},        {"negative", "-5"}, {"big", "99999999999999999999"},
    {"plus", "+1"},     {"space", " 1"},    {"tail", "1x"},
    {"empty", ""},      {"minus", "-"},     {"most", "9223372036854775807"},
    {"fraction", "1.5"}};
static struct xml third = {.name = "say", .ns = NULL};
static struct xml second = {.name = "say", .ns = "urn:jmb:rooms:1", .next = &third};
static struct xml first = {.name = "say", .ns = "urn:else", .next = &second};
static const struct xml element = {.name = "events",
                                   .ns = "urn:jmb:rooms:1",
                                   .attribute_count = sizeof attributes / sizeof *attributes,
                                   .attributes = attributes,
                                   .child = &first};

TEST(xml__attribute__by_name)
{
    assert_string_equal(xml_attribute(&element, "n"), "17");
    assert_string_equal(xml_attribute(&element, "empty"), "");
    assert_null(xml_attribute(&element, "N"));
    assert_null(xml_attribute(&first, "n"));
}

TEST(xml__child__by_name_and_namespace)
{
    assert_ptr_equal(xml_child(&element, "say", NULL), &first);
    assert_ptr_equal(xml_child(&element, "say", "urn:jmb:rooms:1"), &second);
    assert_null(xml_child(&element, "say", "urn:third"));
    assert_null(xml_child(&element, "body", NULL));
    assert_null(xml_child(&third, "say", NULL));
}

TEST(xml__number__within_bounds)
{
    int64_t number = 0;
    assert_true(xml_number(&element, "n", 0, 17, &number));
    assert_int_equal(number, 17);
    assert_true(xml_number(&element, "negative", -5, 0, &number));
    assert_int_equal(number, -5);
    assert_true(xml_number(&element, "most", 0, INT64_MAX, &number));
    assert_true(number == INT64_MAX);
}

TEST(xml__number__anything_else_changes_nothing)
{
    static const char *const wrong[] = {"big",   "plus",  "space",    "tail",
                                        "empty", "minus", "fraction", "absent"};
    int64_t number = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(xml_number(&element, wrong[i], INT64_MIN, INT64_MAX, &number));
    assert_false(xml_number(&element, "n", 18, 20, &number));
    assert_false(xml_number(&element, "n", 0, 16, &number));
    assert_int_equal(number, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml__attribute__by_name),
        cmocka_unit_test(xml__child__by_name_and_namespace),
        cmocka_unit_test(xml__number__within_bounds),
        cmocka_unit_test(xml__number__anything_else_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
