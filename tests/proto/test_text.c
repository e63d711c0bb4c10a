#include "tests/test.h"

#include "proto/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct text text;

static int clear(void **state)
{
    (void)state;
    text_free(&text);
    return 0;
}

static void assert_text(const char *want)
{
    assert_string_equal(text_string(&text), want);
    assert_int_equal(text.size, strlen(want));
    text_clear(&text);
}

TEST(text__string__of_nothing_is_empty)
{
    assert_string_equal(text_string(&text), "");
    text_add(&text, NULL);
    text_add(&text, "");
    text_add_bytes(&text, NULL, 0);
    assert_text("");
}

TEST(text__add__grows_and_stays_closed)
{
    for (int i = 0; i < 10000; i++) {
        text_add_char(&text, (char)('a' + i % 26));
        assert_int_equal(text.data[text.size], 0);
    }
    assert_int_equal(text.size, 10000);
    assert_int_equal(text.data[9999], 'a' + 9999 % 26);
    size_t room = text.room;
    text_clear(&text);
    assert_int_equal(text.room, room);
    text_add_bytes(&text, "a\0b", 3);
    assert_memory_equal(text.data, "a\0b\0", 4);
}

TEST(text__reserve__is_written_by_hand)
{
    text_add(&text, "ab");
    for (size_t size = 1; size < 300; size *= 3) {
        char *end = text_reserve(&text, size);
        memset(end, 'c', size);
        size_t before = text.size;
        text_wrote(&text, end + size);
        assert_int_equal(text.size, before + size);
        assert_int_equal(strlen(text.data), text.size);
    }
}

TEST(text__insert__anywhere)
{
    text_insert(&text, 0, "d", 1);
    text_insert(&text, 0, "ab", 2);
    text_insert(&text, 2, "c", 1);
    text_insert(&text, 4, "e", 1);
    text_insert(&text, 1, NULL, 0);
    assert_string_equal(text_string(&text), "abcde");
    assert_int_equal(text.size, 5);
}

TEST(text__addf__takes_any_length)
{
    text_add(&text, "<");
    text_addf(&text, "%5000d|", 1);
    assert_int_equal(text.size, 5002);
    assert_string_equal(text.data + 4999, " 1|");
    text_clear(&text);
    text_addf(&text, "%s", "");
    assert_text("");
    /* exactly the room that is there, and one more */
    for (int i = 250; i < 262; i++) {
        text_free(&text);
        text_addf(&text, "%*d", i, 7);
        assert_int_equal(text.size, i);
        assert_int_equal(text.data[i - 1], '7');
    }
}

TEST(text__add_places__fills_what_it_knows)
{
    const struct text_place places[] = {{"n", "3"}, {"name", "{n} <b>"}, {"none", NULL}, {NULL, NULL}};
    text_add_places(&text, "{n} for {name}{none}, {other} {n", places);
    assert_text("3 for {n} <b>, {other} {n");
    text_add_places(&text, "{{n}} {nam} {namex} {}", places);
    assert_text("{3} {nam} {namex} {}");
    text_add_places(&text, "", places);
    assert_text("");
    text_add_places(&text, "{n}", &places[3]);
    assert_text("{n}");
}

TEST(text__add_json__is_read_back_by_jansson)
{
    /* every control character, what is special, and characters of each length */
    char hostile[64] = "\"\\/é€\xF0\x9F\x98\x80\x7F</script>";
    size_t size = strlen(hostile);
    for (char code = 1; code < 0x20; code++)
        hostile[size++] = code;
    text_add_json(&text, hostile);
    json_t *json = json_loads(text_string(&text), JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json), hostile);
    char *theirs = json_dumps(json, JSON_ENCODE_ANY);
    assert_int_equal(strcasecmp(text_string(&text), theirs), 0); /* \u001f or \u001F */
    free(theirs);
    json_decref(json);
    text_clear(&text);
    text_add_json(&text, "");
    assert_text("\"\"");
    text_add_json(&text, NULL);
    assert_text("");
}

TEST(text__add_html__escapes_markup_only)
{
    text_add_html(&text, "a<b>&\"c\"'d'\xC3\xA9;");
    assert_text("a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;\xC3\xA9;");
    text_add_html(&text, NULL);
    text_add_html(&text, "");
    assert_text("");
    text_add_html_bytes(&text, "<<x", 2);
    assert_text("&lt;&lt;");
}

TEST(text__add_xml__replaces_what_xml_forbids)
{
    text_add_xml(&text, "a\tb\n<&>\"'");
    assert_text("a\tb\n&lt;&amp;&gt;&quot;&#39;");
    text_add_xml(&text, "\x01"
                        "a\x1F");
    assert_text("\uFFFD"
                "a\uFFFD");
    text_add_xml(&text, "\xFF\xC3");
    assert_text("\uFFFD\uFFFD");
    text_add_xml(&text, "\xED\xA0\x80"); /* a surrogate */
    assert_text("\uFFFD\uFFFD\uFFFD");
    text_add_xml(&text, "\xEF\xBF\xBE|\xEF\xBF\xBF|\xF0\x9F\x98\x80\x7F");
    assert_text("\uFFFD|\uFFFD|\xF0\x9F\x98\x80\x7F");
    text_add_xml(&text, NULL);
    assert_text("");
}

TEST(text__add_url__keeps_unreserved_only)
{
    text_add_url(&text, "AZaz09-._~ /?#&=+%\xC3\xA9\n");
    assert_text("AZaz09-._~%20%2F%3F%23%26%3D%2B%25%C3%A9%0A");
    text_add_url(&text, NULL);
    assert_text("");
}

/* RFC 4648 10 */
TEST(text__add_base64url__gives_the_vectors_of_the_rfc)
{
    static const char *const vectors[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char back[8] = "";
        size_t size = strlen(vectors[i][0]);
        text_add_base64url(&text, vectors[i][0], size);
        assert_text(vectors[i][1]);
        assert_true(text_read_base64url(vectors[i][1], strlen(vectors[i][1]), back, size));
        assert_string_equal(back, vectors[i][0]);
    }
    text_add_base64url(&text, "\xFB\xFF\xFE", 3);
    assert_text("-__-");
}

TEST(text__read_base64__knows_the_digits_of_either_alphabet)
{
    static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (int byte = -128; byte < 128; byte++) {
        const char *at = byte ? strchr(common, (char)byte) : NULL;
        int value = at ? (int)(at - common) : -1;
        assert_int_equal(text_read_base64((char)byte, "+/"), byte == '+' ? 62 : byte == '/' ? 63 : value);
        assert_int_equal(text_read_base64((char)byte, "-_"), byte == '-' ? 62 : byte == '_' ? 63 : value);
    }
}

TEST(text__read_base64url__refuses_all_but_the_one_spelling)
{
    unsigned char bytes[4];
    assert_false(text_read_base64url("Zh", 2, bytes, 1)); /* stray bits */
    assert_false(text_read_base64url("Zm9", 3, bytes, 2));
    assert_false(text_read_base64url("Zg==", 4, bytes, 1));
    assert_false(text_read_base64url("Zg", 2, bytes, 2));
    assert_false(text_read_base64url("Zm9v", 4, bytes, 2));
    assert_false(text_read_base64url("Zm+v", 4, bytes, 3));
    assert_false(text_read_base64url("Zm/v", 4, bytes, 3));
    assert_false(text_read_base64url("Zm\0v", 4, bytes, 3));
    assert_false(text_read_base64url("Z", 1, bytes, 0));
    assert_true(text_read_base64url("", 0, bytes, 0));
}

TEST(text__read_utf8__follows_rfc3629)
{
    static const struct {
        const char *string;
        size_t size;
        uint32_t code;
    } cases[] = {
        {"a", 1, 'a'},
        {"", 0, 0},
        {"\x7F", 1, 0x7F},
        {"\xC2\x80", 2, 0x80},
        {"\xDF\xBF", 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 0x800},
        {"\xED\x9F\xBF", 3, 0xD7FF},
        {"\xEE\x80\x80", 3, 0xE000},
        {"\xF0\x90\x80\x80", 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        {"\x80", 0, 0},
        {"\xC0\x80", 0, 0},
        {"\xC1\xBF", 0, 0},
        {"\xE0\x9F\xBF", 0, 0},
        {"\xED\xA0\x80", 0, 0},
        {"\xF0\x8F\xBF\xBF", 0, 0},
        {"\xF4\x90\x80\x80", 0, 0},
        {"\xF5\x80\x80\x80", 0, 0},
        {"\xFF", 0, 0},
        {"\xC3", 0, 0},
        {"\xE2\x82", 0, 0},
        {"\xF0\x9F\x98", 0, 0},
        {"\xC3(", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        assert_int_equal(text_read_utf8(cases[i].string, &code), cases[i].size);
        assert_int_equal(code, cases[i].code);
    }
}

TEST(text__is_utf8__reads_nothing_past_the_end)
{
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("a\xC3\xA9\xF0\x9F\x98\x80", 7));
    assert_false(text_is_utf8("a\0b", 3));
    assert_false(text_is_utf8("\xC3\xA9", 1));
    assert_false(text_is_utf8("\xF0\x9F\x98\x80", 3));
    const char cut[2] = {'a', (char)0xC3};
    assert_false(text_is_utf8(cut, 2));
}

TEST(text__equal_nocase__is_about_ascii_only)
{
    assert_true(text_equal_nocase("", ""));
    assert_true(text_equal_nocase("aZ@[`{", "Az@[`{"));
    assert_false(text_equal_nocase("a", "ab"));
    assert_false(text_equal_nocase("ab", "a"));
    assert_false(text_equal_nocase("@", "`"));
    assert_false(text_equal_nocase("\xC3\xA9", "\xC3\x89"));
}

TEST(text__lower__works_in_place)
{
    char string[] = "AZaz@[\xC3\x89";
    assert_ptr_equal(text_lower(string), string);
    assert_string_equal(string, "azaz@[\xC3\x89");
}

#define CLEAR_TEST(name) cmocka_unit_test_teardown(name, clear)

TEST(text__fit__keeps_what_is_there)
{
    struct text kept = {0};
    text_fit(&kept);
    assert_null(kept.data);
    text_add(&kept, "short");
    text_reserve(&kept, 100000);
    text_fit(&kept);
    assert_int_equal(kept.room, 6);
    assert_string_equal(text_string(&kept), "short");
    text_add(&kept, " and longer");
    assert_string_equal(text_string(&kept), "short and longer");
    text_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAR_TEST(text__string__of_nothing_is_empty),
        CLEAR_TEST(text__add__grows_and_stays_closed),
        CLEAR_TEST(text__reserve__is_written_by_hand),
        CLEAR_TEST(text__insert__anywhere),
        CLEAR_TEST(text__fit__keeps_what_is_there),
        CLEAR_TEST(text__addf__takes_any_length),
        CLEAR_TEST(text__add_places__fills_what_it_knows),
        CLEAR_TEST(text__add_json__is_read_back_by_jansson),
        CLEAR_TEST(text__add_html__escapes_markup_only),
        CLEAR_TEST(text__add_xml__replaces_what_xml_forbids),
        CLEAR_TEST(text__add_url__keeps_unreserved_only),
        CLEAR_TEST(text__add_base64url__gives_the_vectors_of_the_rfc),
        CLEAR_TEST(text__read_base64__knows_the_digits_of_either_alphabet),
        CLEAR_TEST(text__read_base64url__refuses_all_but_the_one_spelling),
        CLEAR_TEST(text__read_utf8__follows_rfc3629),
        CLEAR_TEST(text__is_utf8__reads_nothing_past_the_end),
        CLEAR_TEST(text__equal_nocase__is_about_ascii_only),
        CLEAR_TEST(text__lower__works_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
