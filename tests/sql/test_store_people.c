#include "tests/sql/fixture.h"

#include "sql/store_feeds.h"

static const struct link_id link_a = {{1, 2, 3, 4, 5, 6, 7, 8}}, none;

STORE_TEST(store_put_person__new__gets_a_link_of_its_own)
{
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    struct person a, b, found;
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &a), 1);
    assert_int_equal(store_get_person(f->store, bob, &f->arena, &b), 1);
    assert_memory_not_equal(&a.link, &none, sizeof none);
    assert_memory_not_equal(&a.link, &b.link, sizeof none);
    assert_true(b.may_book);
    int64_t at;
    assert_int_equal(store_find_feed(f->store, &b.link, NOW, NOW, &f->arena, &found, &at), 1);
    assert_int_equal(found.id, bob);
    assert_int_equal(store_find_feed(f->store, &link_a, NOW, NOW, &f->arena, &found, &at), 0);
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

STORE_TEST(store_set_person__what_people_choose)
{
    struct person person;
    store_get_person(f->store, f->alice, &f->arena, &person);
    assert_true(person.answer_mails);
    person.language = "fr";
    person.tz = "Europe/Paris";
    person.answer_mails = false;
    assert_int_equal(store_set_person(f->store, &person, NOW), 1);
    store_get_person(f->store, f->alice, &f->arena, &person);
    assert_string_equal(person.language, "fr");
    assert_false(person.answer_mails);
    person.tz = NULL;
    assert_int_equal(store_set_person(f->store, &person, NOW), 1);
    store_get_person(f->store, f->alice, &f->arena, &person);
    assert_null(person.tz);
}

STORE_TEST(store_renew_feed__the_old_link_is_none)
{
    struct person before, after;
    store_get_person(f->store, f->alice, &f->arena, &before);
    assert_int_equal(store_renew_feed(f->store, f->alice, NOW), 1);
    store_get_person(f->store, f->alice, &f->arena, &after);
    assert_memory_not_equal(&before.link, &after.link, sizeof after.link);
    int64_t at;
    assert_int_equal(store_find_feed(f->store, &before.link, NOW, NOW, &f->arena, &after, &at), 0);
}

static bool count_people(const struct person *person, void *context)
{
    (void)person;
    ++*(int *)context;
    return true;
}

STORE_TEST(store_add_deputy__once_and_not_of_oneself)
{
    struct person alice, bob;
    int count = 0;
    store_get_person(f->store, f->alice, &f->arena, &alice);
    store_get_person(f->store, put_person(f, "bob@example.org", "Bob"), &f->arena, &bob);
    assert_int_equal(store_add_deputy(f->store, &alice, &bob, NOW), 1);
    assert_int_equal(store_add_deputy(f->store, &alice, &bob, NOW), 0);
    assert_int_equal(store_add_deputy(f->store, &alice, &alice, NOW), 0);
    assert_int_equal(store_is_deputy(f->store, alice.id, bob.id), 1);
    assert_int_equal(store_is_deputy(f->store, bob.id, alice.id), 0);
    assert_int_equal(store_list_deputies(f->store, alice.id, count_people, &count), 1);
    assert_int_equal(store_list_principals(f->store, bob.id, count_people, &count), 1);
    assert_int_equal(count, 2);
    assert_int_equal(store_list_deputies(f->store, bob.id, count_people, &count), 0);
    assert_int_equal(store_remove_deputy(f->store, &alice, &bob, NOW), 1);
    assert_int_equal(store_is_deputy(f->store, alice.id, bob.id), 0);
    assert_int_equal(store_remove_deputy(f->store, &alice, &bob, NOW), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE what LIKE 'deputy %'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_put_person__new__gets_a_link_of_its_own),
        IN_MEMORY(store_put_person__known__null_fields_stay),
        IN_MEMORY(store_put_person__empty_mail__is_refused),
        IN_MEMORY(store_find_person__hostile_strings__come_back_as_typed),
        IN_MEMORY(store_set_person__what_people_choose),
        IN_MEMORY(store_renew_feed__the_old_link_is_none),
        IN_MEMORY(store_add_deputy__once_and_not_of_oneself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
