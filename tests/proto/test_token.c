#include "proto/token.h"

#include "tests/test.h"

#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

static const struct token_key key = {
    .app_id = "jmb", .audience = "jitsi", .subject = "*", .secret = "s3cret\0binary", .secret_size = 13};
static const struct token_claims alice = {.room = "standup",
                                          .user_id = "k3v9",
                                          .user_name = "Al\"ice <\xC3\xA9>",
                                          .moderator = true,
                                          .now = 1795406400,
                                          .exp = 5000000000};

/* The JSON of the first or second part of a token. */
static json_t *token_part(const char *token, int which)
{
    const char *dot = strchr(token, '.');
    assert_non_null(dot);
    const char *start = which ? dot + 1 : token, *end = which ? strchr(start, '.') : dot;
    assert_non_null(end);
    size_t size = (size_t)(end - start), bytes = size * 3 / 4;
    char *raw = malloc(bytes + 1);
    assert_true(text_read_base64url(start, size, raw, bytes));
    json_t *json = json_loadb(raw, bytes, 0, NULL);
    free(raw);
    assert_non_null(json);
    return json;
}

static void assert_member(const json_t *object, const char *name, const char *value)
{
    assert_string_equal(json_string_value(json_object_get(object, name)), value);
}

TEST(token__sign__claims_as_prosody_reads_them)
{
    struct text text = {0};
    assert_int_equal(token_sign(&text, &key, &alice), 0);
    json_t *header = token_part(text.data, 0), *claims = token_part(text.data, 1);
    assert_int_equal(json_object_size(header), 2);
    assert_member(header, "typ", "JWT");
    assert_member(header, "alg", "HS256");
    assert_int_equal(json_object_size(claims), 8);
    assert_member(claims, "iss", "jmb");
    assert_member(claims, "aud", "jitsi");
    assert_member(claims, "sub", "*");
    assert_member(claims, "room", "standup");
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), 1795406400);
    assert_int_equal(json_integer_value(json_object_get(claims, "nbf")), 1795406340);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 5000000000);
    const json_t *user = json_object_get(json_object_get(claims, "context"), "user");
    assert_int_equal(json_object_size(user), 3);
    assert_member(user, "id", "k3v9");
    assert_member(user, "name", "Al\"ice <\xC3\xA9>");
    assert_member(user, "moderator", "true");
    json_decref(header);
    json_decref(claims);
    text_free(&text);
}

TEST(token__sign__no_name_is_no_null)
{
    struct text text = {0};
    struct token_claims guest = alice;
    guest.user_name = NULL;
    guest.moderator = false;
    assert_int_equal(token_sign(&text, &key, &guest), 0);
    json_t *claims = token_part(text.data, 1);
    const json_t *user = json_object_get(json_object_get(claims, "context"), "user");
    assert_int_equal(json_object_size(user), 2);
    assert_null(json_object_get(user, "name"));
    assert_member(user, "moderator", "false");
    json_decref(claims);
    text_free(&text);
}

TEST(token__sign__another_library_verifies_it)
{
    struct text text = {0};
    jwt_t *jwt = NULL;
    assert_int_equal(token_sign(&text, &key, &alice), 0);
    assert_int_equal(jwt_decode(&jwt, text.data, key.secret, (int)key.secret_size), 0);
    assert_int_equal(jwt_get_alg(jwt), JWT_ALG_HS256);
    assert_string_equal(jwt_get_grant(jwt, "room"), "standup");
    jwt_free(jwt);
    jwt = NULL;
    assert_int_not_equal(jwt_decode(&jwt, text.data, (const unsigned char *)"s3cret", 6), 0);
    text.data[text.size - 2] ^= 1;
    assert_int_not_equal(jwt_decode(&jwt, text.data, key.secret, (int)key.secret_size), 0);
    text_free(&text);
}

TEST(token__sign__adds_behind_what_is_there_and_nothing_when_refused)
{
    struct text text = {0};
    struct token_key none = key;
    struct token_claims bad = alice;
    none.secret_size = 0;
    bad.user_name = "\xFF";
    text_add(&text, "before:");
    assert_true(token_sign(&text, &none, &alice) < 0);
    assert_true(token_sign(&text, &key, &bad) < 0);
    bad = alice;
    bad.room = "\xFF";
    assert_true(token_sign(&text, &key, &bad) < 0);
    assert_string_equal(text.data, "before:");
    assert_int_equal(token_sign(&text, &key, &alice), 0);
    assert_memory_equal(text.data, "before:ey", 9);
    text_free(&text);
}

TEST(token__address__token_in_the_query)
{
    struct text text = {0};
    token_add_address(&text, "https://meet.example/", "standup", "a.b-_c", false, "Alice", "Weekly");
    assert_string_equal(text.data, "https://meet.example/standup?jwt=a.b-_c"
                                   "#userInfo.displayName=%22Alice%22&config.localSubject=%22Weekly%22");
    text_free(&text);
}

TEST(token__address__token_in_the_fragment)
{
    struct text text = {0};
    token_add_address(&text, "https://meet.example/", "standup", "a.b", true, NULL, "W");
    assert_string_equal(text.data, "https://meet.example/standup#jwt=%22a.b%22&config.localSubject=%22W%22");
    text_clear(&text);
    token_add_address(&text, "https://meet.example/", "standup", "a.b", false, NULL, NULL);
    assert_string_equal(text.data, "https://meet.example/standup?jwt=a.b");
    text_free(&text);
}

TEST(token__address__hostile_names_stay_values)
{
    struct text text = {0};
    token_add_address(&text, "https://meet.example/", "r\xC3\xA9/../?#&", "t", false,
                      "\"&x=1#\\\r\n<\xC3\xA9>", NULL);
    assert_string_equal(text.data, "https://meet.example/r%C3%A9%2F..%2F%3F%23%26?jwt=t"
                                   "#userInfo.displayName=%22%5C%22%26x%3D1%23%5C%5C%5Cr%5Cn%3C%C3%A9%3E%22");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token__sign__claims_as_prosody_reads_them),
        cmocka_unit_test(token__sign__no_name_is_no_null),
        cmocka_unit_test(token__sign__another_library_verifies_it),
        cmocka_unit_test(token__sign__adds_behind_what_is_there_and_nothing_when_refused),
        cmocka_unit_test(token__address__token_in_the_query),
        cmocka_unit_test(token__address__token_in_the_fragment),
        cmocka_unit_test(token__address__hostile_names_stay_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
