#include "proto/link.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "FFfe020304050607080910111213141516171819202122232425262728293031"

static const struct link_id some_id = {{1, 2, 3, 4, 5, 6, 7, 255}};

static struct link_keys keys_of(const char *bytes)
{
    struct link_keys keys;
    int line = -1;
    assert_int_equal(link_keys_read(&keys, bytes, strlen(bytes), &line), 0);
    return keys;
}

TEST(link_keys__read__comments_empty_lines_and_crlf)
{
    struct link_keys keys = keys_of("# made on Monday\r\n\r\n" KEY_A "\r\n  \n\t" KEY_B " ");
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.keys[0][31], 0x1f);
    assert_int_equal(keys.keys[1][0], 0xff);
}

TEST(link_keys__read__names_the_wrong_line)
{
    static const struct {
        const char *bytes;
        int line;
    } wrong[] = {
        {"", 0},
        {"# nothing\n\n", 0},
        {KEY_A "\n\n" KEY_A "0\n", 3},
        {KEY_A "\nzz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 2},
        {"00", 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct link_keys keys;
        int line = -1;
        assert_true(link_keys_read(&keys, wrong[i].bytes, strlen(wrong[i].bytes), &line) < 0);
        assert_int_equal(line, wrong[i].line);
    }
}

TEST(link_keys__read__too_many_keys)
{
    char bytes[(LINK_KEYS_MAX + 1) * 65 + 1] = "";
    for (int i = 0; i <= LINK_KEYS_MAX; i++)
        strcat(bytes, KEY_A "\n");
    struct link_keys keys;
    int line = -1;
    assert_int_equal(link_keys_read(&keys, bytes, strlen(bytes) - 65, &line), 0);
    assert_true(link_keys_read(&keys, bytes, strlen(bytes), &line) < 0);
    assert_int_equal(line, LINK_KEYS_MAX + 1);
}

TEST(link_keys__fingerprint__is_stable_and_differs_by_key)
{
    struct link_keys keys = keys_of(KEY_A "\n" KEY_B);
    char a[LINK_FINGERPRINT_SIZE + 1], b[LINK_FINGERPRINT_SIZE + 1];
    link_keys_fingerprint(&keys, 0, a);
    link_keys_fingerprint(&keys, 1, b);
    /* python3: hashlib.sha256(b'jmb link key\0' + bytes(range(32))).hexdigest()[:32] */
    assert_string_equal(a, "0cc0c054ccf6a77b8382ba6065c1b3e2");
    assert_int_equal(strlen(b), LINK_FINGERPRINT_SIZE);
    assert_string_not_equal(a, b);
}

TEST(link__write__is_what_the_rfc_says)
{
    struct link_keys keys = keys_of(KEY_A);
    char link[LINK_SIZE + 1];
    link_write(&keys, LINK_JOIN, &some_id, link);
    /* python3: base64.urlsafe_b64encode(id + hmac.digest(bytes(range(32)), b'join\0' + id, 'sha256')[:16]) */
    assert_string_equal(link, "AQIDBAUGB_9VpXC1MBQp7CqWi93gYW-j");
}

TEST(link__read__what_was_written)
{
    struct link_keys keys = keys_of(KEY_A);
    for (int purpose = LINK_JOIN; purpose <= LINK_KNOWN; purpose++) {
        char link[LINK_SIZE + 1];
        struct link_id id = {{0}};
        link_write(&keys, (enum link_purpose)purpose, &some_id, link);
        assert_true(link_read(&keys, (enum link_purpose)purpose, link, &id));
        assert_memory_equal(id.bytes, some_id.bytes, LINK_ID_SIZE);
        for (int other = LINK_JOIN; other <= LINK_KNOWN; other++)
            assert_int_equal(link_read(&keys, (enum link_purpose)other, link, &id), other == purpose);
    }
}

TEST(link__read__an_old_key_still_verifies_and_the_first_signs)
{
    struct link_keys old = keys_of(KEY_A), both = keys_of(KEY_B "\n" KEY_A), other = keys_of(KEY_B);
    char link[LINK_SIZE + 1], newer[LINK_SIZE + 1];
    struct link_id id;
    link_write(&old, LINK_FEED, &some_id, link);
    assert_true(link_read(&both, LINK_FEED, link, &id));
    assert_false(link_read(&other, LINK_FEED, link, &id));
    link_write(&both, LINK_FEED, &some_id, newer);
    assert_true(link_read(&other, LINK_FEED, newer, &id));
    assert_false(link_read(&old, LINK_FEED, newer, &id));
}

TEST(link__read__every_changed_character_is_refused)
{
    struct link_keys keys = keys_of(KEY_A);
    char link[LINK_SIZE + 1];
    struct link_id id = {{9}};
    link_write(&keys, LINK_JOIN, &some_id, link);
    for (int i = 0; i < LINK_SIZE; i++) {
        char forged[LINK_SIZE + 1];
        memcpy(forged, link, sizeof forged);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        assert_false(link_read(&keys, LINK_JOIN, forged, &id));
    }
    assert_int_equal(id.bytes[0], 9);
}

TEST(link__read__what_is_no_link)
{
    struct link_keys keys = keys_of(KEY_A), none = {0};
    char link[LINK_SIZE + 1], longer[LINK_SIZE + 2];
    struct link_id id;
    link_write(&keys, LINK_JOIN, &some_id, link);
    assert_false(link_read(&none, LINK_JOIN, link, &id));
    snprintf(longer, sizeof longer, "%sA", link);
    assert_false(link_read(&keys, LINK_JOIN, longer, &id));
    link[LINK_SIZE - 1] = 0;
    assert_false(link_read(&keys, LINK_JOIN, link, &id));
    assert_false(link_read(&keys, LINK_JOIN, "", &id));
    assert_false(link_read(&keys, LINK_JOIN, NULL, &id));
    assert_false(
        link_read(&keys, LINK_JOIN, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9=+/%\n =+/%\n =+/%\n =+/%", &id));
}

TEST(link__hide__personal_ones_and_nothing_else)
{
    struct link_keys keys = keys_of(KEY_A), other = keys_of(KEY_B);
    char join[LINK_SIZE + 1], stop[LINK_SIZE + 1], shared[LINK_SIZE + 1], strange[LINK_SIZE + 1], words[400],
        expected[400];
    struct text text = {0};
    link_write(&keys, LINK_JOIN, &some_id, join);
    link_write(&keys, LINK_STOP, &some_id, stop);
    link_write(&keys, LINK_SHARED, &some_id, shared);
    link_write(&other, LINK_JOIN, &some_id, strange);
    static const char form[] =
        "Voil\u00e0 https://m.test/j/%s, <https://m.test/u/%s?x=y>\n%s "
        "url=https%%3A%%2F%%2Fm.test%%2Fj%%2F%s&d m.test/s/%s m.test/j/%s _m.test/j/%s_ %.31s";
    snprintf(words, sizeof words, form, join, stop, join, join, shared, strange, join, join);
    snprintf(expected, sizeof expected, form, "\u2026", "\u2026", "\u2026", "\u2026", shared, strange,
             "\u2026", join);
    link_hide(&keys, words, &text);
    assert_string_equal(text_string(&text), expected);
    text_clear(&text);
    link_hide(&keys, "", &text);
    assert_string_equal(text_string(&text), "");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_keys__read__comments_empty_lines_and_crlf),
        cmocka_unit_test(link_keys__read__names_the_wrong_line),
        cmocka_unit_test(link_keys__read__too_many_keys),
        cmocka_unit_test(link_keys__fingerprint__is_stable_and_differs_by_key),
        cmocka_unit_test(link__write__is_what_the_rfc_says),
        cmocka_unit_test(link__read__what_was_written),
        cmocka_unit_test(link__read__an_old_key_still_verifies_and_the_first_signs),
        cmocka_unit_test(link__read__every_changed_character_is_refused),
        cmocka_unit_test(link__read__what_is_no_link),
        cmocka_unit_test(link__hide__personal_ones_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
