#include "tests/sql/fixture.h"

static const struct link_id link_a = {{1, 2, 3, 4, 5, 6, 7, 8}}, link_b = {{9}}, none;

STORE_TEST(store_put_person__new__gets_a_link_of_its_own)
{
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    struct person a, b, found;
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &a), 1);
    assert_int_equal(store_get_person(f->store, bob, &f->arena, &b), 1);
    assert_memory_not_equal(&a.link, &none, sizeof none);
    assert_memory_not_equal(&a.link, &b.link, sizeof none);
    assert_true(b.may_book);
    assert_int_equal(store_find_person_by_link(f->store, &b.link, &f->arena, &found), 1);
    assert_int_equal(found.id, bob);
    assert_int_equal(store_find_person_by_link(f->store, &link_a, &f->arena, &found), 0);
}

STORE_TEST(store_put_person__known__null_fields_stay)
{
    struct person before, after;
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &before), 1);
    const struct person person = {
        .mail = "ALICE@Example.ORG", .language = "fr", .tz = "Europe/Paris", .uid = "al"};
    int64_t id;
    assert_int_equal(store_put_person(f->store, &person, NOW + 1, &id), 1);
    assert_int_equal(id, f->alice);
    assert_int_equal(store_find_person(f->store, "aLiCe@example.org", &f->arena, &after), 1);
    assert_string_equal(after.mail, "alice@example.org");
    assert_string_equal(after.name, "Alice");
    assert_string_equal(after.language, "fr");
    assert_string_equal(after.tz, "Europe/Paris");
    assert_string_equal(after.uid, "al");
    assert_false(after.may_book);
    assert_memory_equal(&before.link, &after.link, sizeof none);
}

STORE_TEST(store_put_person__empty_mail__is_refused)
{
    const struct person person = {.mail = ""};
    int64_t id;
    assert_int_equal(store_put_person(f->store, &person, NOW, &id), 0);
}

STORE_TEST(store_find_person__hostile_strings__come_back_as_typed)
{
    static const char *const names[] = {"'; DROP TABLE person; --",
                                        "%s%n\\",
                                        "Zo\xC3\xAB \xF0\x9F\x8E\x82",
                                        "\"><script>",
                                        "a\nb\tc\x01",
                                        "\xFF\xFE not UTF-8",
                                        "%25 :mail ?1 $x @y"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char mail[64];
        snprintf(mail, sizeof mail, "o'neill+%zu%%\"@example.org", i);
        int64_t id = put_person(f, mail, names[i]);
        struct person person;
        assert_int_equal(store_get_person(f->store, id, &f->arena, &person), 1);
        assert_string_equal(person.name, names[i]);
        assert_string_equal(person.mail, mail);
    }
    struct person person;
    assert_int_equal(store_find_person(f->store, "' OR 1=1 --", &f->arena, &person), 0);
}

static struct sign_in a_sign_in(void)
{
    return (struct sign_in){.link = link_a,
                            .mail = "alice@example.org",
                            .browser = link_b,
                            .next = "/meetings/new",
                            .expires_at = NOW + 600};
}

STORE_TEST(store_take_sign_in__once_only)
{
    const struct sign_in asked = a_sign_in();
    struct sign_in got;
    assert_int_equal(store_open_sign_in(f->store, &asked, true, "fr", NOW), 1);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW, &f->arena, &got), 1);
    assert_string_equal(got.mail, "alice@example.org");
    assert_string_equal(got.next, "/meetings/new");
    assert_memory_equal(&got.browser, &link_b, sizeof link_b);
    assert_int_equal(got.expires_at, NOW + 600);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW, &f->arena, &got), 1);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW, &f->arena, &got), 1);
    assert_string_equal(got.mail, "alice@example.org");
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW, &f->arena, &got), 0);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW, &f->arena, &got), 0);
}

STORE_TEST(store_take_sign_in__expired_or_unknown__is_refused)
{
    const struct sign_in asked = a_sign_in();
    struct sign_in got;
    assert_int_equal(store_open_sign_in(f->store, &asked, false, NULL, NOW), 1);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW + 600, &f->arena, &got), 0);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW + 600, &f->arena, &got), 0);
    assert_int_equal(store_take_sign_in(f->store, &link_b, NOW, &f->arena, &got), 0);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW + 599, &f->arena, &got), 1);
}

STORE_TEST(store_open_sign_in__older_ones_stay_valid)
{
    struct sign_in one = a_sign_in(), two = a_sign_in(), got;
    two.link = link_b;
    two.browser = none;
    two.next = NULL;
    assert_int_equal(store_open_sign_in(f->store, &one, false, NULL, NOW), 1);
    assert_int_equal(store_open_sign_in(f->store, &two, false, NULL, NOW), 1);
    assert_int_equal(store_take_sign_in(f->store, &link_b, NOW, &f->arena, &got), 1);
    assert_memory_equal(&got.browser, &none, sizeof none);
    assert_null(got.next);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW, &f->arena, &got), 1);
}

STORE_TEST(store_open_sign_in__with_letter__is_queued_before_all_others)
{
    book(f, NOW + DAY);
    const struct sign_in asked = a_sign_in();
    assert_int_equal(store_open_sign_in(f->store, &asked, true, "fr", NOW + 5), 1);
    struct letters letters = letters_due(f, NOW + 5);
    assert_int_equal(letters.count, 4);
    assert_int_equal(letters.rows[0].kind, LETTER_SIGN_IN);
    assert_string_equal(letters.rows[0].to, "alice@example.org");
    assert_string_equal(letters.rows[0].to_name, "Alice");
    assert_string_equal(letters.rows[0].language, "fr");
    assert_memory_equal(&letters.rows[0].sign_in, &link_a, sizeof link_a);
    assert_int_equal(letters.rows[0].meeting, 0);
    assert_contains(letters.rows[0].message_id, "@localhost");
}

STORE_TEST(store_find_session__until_it_expires_or_is_closed)
{
    struct person person;
    assert_int_equal(store_open_session(f->store, &link_a, f->alice, NOW, NOW + 60), 1);
    assert_int_equal(store_find_session(f->store, &link_a, NOW + 59, &f->arena, &person), 1);
    assert_int_equal(person.id, f->alice);
    assert_int_equal(store_find_session(f->store, &link_a, NOW + 60, &f->arena, &person), 0);
    assert_int_equal(store_find_session(f->store, &link_b, NOW, &f->arena, &person), 0);
    assert_int_equal(store_close_session(f->store, &link_a), 1);
    assert_int_equal(store_close_session(f->store, &link_a), 0);
    assert_int_equal(store_find_session(f->store, &link_a, NOW, &f->arena, &person), 0);
}

STORE_TEST(store_open_session__nobody__is_refused)
{
    assert_true(store_open_session(f->store, &link_a, 4711, NOW, NOW + 60) <= 0);
    assert_int_equal(store_commit(f->store), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_put_person__new__gets_a_link_of_its_own),
        IN_MEMORY(store_put_person__known__null_fields_stay),
        IN_MEMORY(store_put_person__empty_mail__is_refused),
        IN_MEMORY(store_find_person__hostile_strings__come_back_as_typed),
        IN_MEMORY(store_take_sign_in__once_only),
        IN_MEMORY(store_take_sign_in__expired_or_unknown__is_refused),
        IN_MEMORY(store_open_sign_in__older_ones_stay_valid),
        IN_MEMORY(store_open_sign_in__with_letter__is_queued_before_all_others),
        IN_MEMORY(store_find_session__until_it_expires_or_is_closed),
        IN_MEMORY(store_open_session__nobody__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
