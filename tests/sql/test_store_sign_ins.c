/* Links to sign in with, their codes, sessions, and forms that outlive them. */
#include "tests/sql/fixture.h"

static const struct link_id link_a = {{1, 2, 3, 4, 5, 6, 7, 8}}, link_b = {{9}}, none;

static struct sign_in a_sign_in(void)
{
    return (struct sign_in){.link = link_a,
                            .mail = "alice@example.org",
                            .browser = link_b,
                            .code = "ABC234",
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
    int64_t whose = 0;
    assert_int_equal(store_close_session(f->store, &link_a, NOW), 1);
    assert_int_equal(store_close_session(f->store, &link_a, NOW), 0);
    assert_int_equal(store_session_person(f->store, &link_a, &whose), 1); /* it is known for some days */
    assert_int_equal(whose, f->alice);
    assert_int_equal(store_find_session(f->store, &link_a, NOW, &f->arena, &person), 0);
}

STORE_TEST(store_open_session__nobody__is_refused)
{
    assert_true(store_open_session(f->store, &link_a, 4711, NOW, NOW + 60) <= 0);
    assert_int_equal(store_commit(f->store), 0);
}

STORE_TEST(store_close_sessions__all_of_one_person)
{
    struct person person;
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    static const struct link_id link_c = {{77}};
    store_open_session(f->store, &link_a, f->alice, NOW, NOW + 60);
    store_open_session(f->store, &link_b, f->alice, NOW, NOW + 60);
    store_open_session(f->store, &link_c, bob, NOW, NOW + 60);
    assert_int_equal(store_close_sessions(f->store, f->alice, NOW + 1), 1);
    assert_int_equal(store_find_session(f->store, &link_a, NOW + 1, &f->arena, &person), 0);
    assert_int_equal(store_find_session(f->store, &link_b, NOW + 1, &f->arena, &person), 0);
    assert_int_equal(store_find_session(f->store, &link_c, NOW + 1, &f->arena, &person), 1);
}

STORE_TEST(store_open_session__those_that_ended_long_ago_go)
{
    store_open_session(f->store, &link_a, f->alice, NOW, NOW + 60);
    store_open_session(f->store, &link_b, f->alice, NOW + 8 * DAY, NOW + 9 * DAY);
    int64_t whose;
    assert_int_equal(store_session_person(f->store, &link_a, &whose), 0);
    assert_int_equal(store_session_person(f->store, &link_b, &whose), 1);
}

STORE_TEST(store_open_sign_in__stranger__opens_nothing_and_no_letter_leaves)
{
    struct sign_in asked = a_sign_in(), got;
    asked.stranger = true;
    assert_int_equal(store_open_sign_in(f->store, &asked, true, "fr", NOW), 1);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW, &f->arena, &got), 0);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW, &f->arena, &got), 0);
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW, &f->arena, &got), 1);
    assert_null(got.mail);
    assert_int_equal(letters_due(f, NOW).count, 0);
}

STORE_TEST(store_count_sign_ins__by_person)
{
    struct sign_in asked = a_sign_in();
    int of_mail;
    assert_int_equal(store_open_sign_in(f->store, &asked, false, NULL, NOW), 1);
    struct sign_in next = {.mail = "ALICE@example.org"};
    assert_int_equal(store_count_sign_ins(f->store, &next, NOW - 1, &of_mail), 1);
    assert_int_equal(of_mail, 1);
    store_count_sign_ins(f->store, &next, NOW, &of_mail);
    assert_int_equal(of_mail, 0);
}

/* Asks for somebody. */
static void ask(struct fixture *f, struct sign_in *asked, const char *mail, int64_t at)
{
    asked->link.bytes[0]++;
    asked->mail = mail;
    assert_int_equal(store_open_sign_in(f->store, asked, false, NULL, at), 1);
}

static int crowd(struct fixture *f, enum sign_in_crowd crowd, const struct sign_in *by, int64_t since,
                 int most)
{
    int64_t at;
    int found = store_find_sign_in_crowd(f->store, crowd, by, since, most, &at);
    return found > 0 ? (int)(at - NOW) : -1;
}

STORE_TEST(store_find_sign_in_crowd__other_people_who_have_not_signed_in)
{
    struct sign_in asked = a_sign_in(), got;
    asked.address = "192.0.2.1";
    asked.expires_at = NOW + 3600;
    ask(f, &asked, "zoe@elsewhere.example", NOW);
    ask(f, &asked, "yan@elsewhere.example", NOW + 10);
    ask(f, &asked, "ZOE@elsewhere.example", NOW + 20);
    asked.browser.bytes[1] = 1; /* another browser there */
    ask(f, &asked, "xen@elsewhere.example", NOW + 30);
    struct sign_in next = {.mail = "alice@example.org", .address = "192.0.2.1", .browser = link_b};
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 3), 10); /* yan's; zoe's newest is at 20 */
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 4), -1);
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW + 10, 3), -1);
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW + 10, 2), 20);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &next, NOW - 1, 4), 0);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &next, NOW - 1, 5), -1);
    assert_int_equal(crowd(f, CROWD_BROWSER, &next, NOW - 1, 2), 10);
    assert_int_equal(crowd(f, CROWD_BROWSER, &next, NOW - 1, 3), -1);
    next.mail = "Zoe@elsewhere.example"; /* no other */
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 2), 10);
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 3), -1);
    /* one of the two of zoe's is used: both are gone */
    next.mail = "alice@example.org";
    struct link_id link = link_a;
    link.bytes[0] += 3;
    assert_int_equal(store_take_sign_in(f->store, &link, NOW + 40, &f->arena, &got), 1);
    assert_string_equal(got.mail, "ZOE@elsewhere.example");
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 2), 10);
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 3), -1);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &next, NOW - 1, 3), -1);
    /* told to wait: a request, but none more whose letter is awaited */
    asked.quiet = true;
    ask(f, &asked, "wim@elsewhere.example", NOW + 50);
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 3), -1);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &next, NOW - 1, 3), 10);
    next.address = NULL;
    assert_int_equal(crowd(f, CROWD_NETWORK, &next, NOW - 1, 1), -1);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &next, NOW - 1, 1), -1);
}

STORE_TEST(store_count_sign_ins__known_browsers_are_counted_apart)
{
    struct sign_in asked = a_sign_in();
    int of_mail;
    asked.address = "192.0.2.1";
    asked.known = link_a;
    assert_int_equal(store_open_sign_in(f->store, &asked, false, NULL, NOW), 1);
    store_count_sign_ins(f->store, &asked, NOW - 1, &of_mail);
    assert_int_equal(of_mail, 1);
    assert_int_equal(crowd(f, CROWD_NETWORK_ALL, &asked, NOW - 1, 1), -1);
    asked.known = link_b; /* another of the same person's */
    store_count_sign_ins(f->store, &asked, NOW - 1, &of_mail);
    assert_int_equal(of_mail, 0);
    asked.known = none;
    store_count_sign_ins(f->store, &asked, NOW - 1, &of_mail);
    assert_int_equal(of_mail, 0);
}

STORE_TEST(store_open_session__the_person_has_signed_in)
{
    struct person person;
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &person), 1);
    assert_int_equal(person.signed_in_at, 0);
    assert_int_equal(store_open_session(f->store, &link_a, f->alice, NOW + 5, NOW + 600), 1);
    assert_int_equal(store_close_sessions(f->store, f->alice, NOW + 6), 1);
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &person), 1);
    assert_int_equal(person.signed_in_at, NOW + 5);
}

STORE_TEST(store_try_code__in_the_browser_that_asked_five_times)
{
    const struct sign_in asked = a_sign_in();
    struct sign_in got;
    assert_int_equal(store_open_sign_in(f->store, &asked, false, NULL, NOW), 1);
    assert_int_equal(store_try_code(f->store, &link_a, "ABC234", NOW, &f->arena, &got), 0); /* another one */
    for (int i = 0; i < SIGN_IN_TRIES - 1; i++) {
        assert_int_equal(store_try_code(f->store, &link_b, "XYZ234", NOW, &f->arena, &got), 1);
        assert_null(got.mail);
    }
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW + 600, &f->arena, &got),
                     0); /* too late */
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW, &f->arena, &got), 1);
    assert_string_equal(got.mail, "alice@example.org");
    assert_string_equal(got.next, "/meetings/new");
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW, &f->arena, &got), 0); /* used up */
}

STORE_TEST(store_try_code__quiet__takes_the_codes_that_left_within_the_hour)
{
    struct sign_in one = a_sign_in(), quiet = a_sign_in(), got;
    static const struct link_id link_c = {{77}};
    int of_mail;
    one.browser = link_c; /* a stranger's */
    quiet.link = link_b;
    quiet.code = "XYZ234";
    quiet.next = NULL;
    quiet.quiet = true;
    quiet.expires_at = NOW + 3599 + 600;
    assert_int_equal(store_open_sign_in(f->store, &one, true, "fr", NOW), 1);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW + 600, &f->arena, &got), 0);
    assert_int_equal(store_open_sign_in(f->store, &quiet, true, "fr", NOW + 3599), 1);
    assert_int_equal(letters_due(f, NOW + 3599).count, 1);
    store_count_sign_ins(f->store, &quiet, NOW - 1, &of_mail);
    assert_int_equal(of_mail, 1);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW + 3599, &f->arena, &got), 1);
    assert_int_equal(store_find_sign_in(f->store, &link_a, NOW + 3600, &f->arena, &got), 0);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW + 3599, &f->arena, &got), 0);
    assert_int_equal(store_try_code(f->store, &link_c, "ABC234", NOW + 3599, &f->arena, &got), 0);
    assert_int_equal(store_try_code(f->store, &link_b, "XYZ234", NOW + 3599, &f->arena, &got), 1);
    assert_null(got.mail); /* in no letter */
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW + 3600, &f->arena, &got), 1);
    assert_null(got.mail);
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW + 3599, &f->arena, &got), 1);
    assert_string_equal(got.mail, "alice@example.org");
    assert_null(got.next);
    quiet.link.bytes[0] = 98;
    assert_int_equal(store_open_sign_in(f->store, &quiet, true, "fr", NOW + 3599), 1);
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW + 3599, &f->arena, &got), 1);
    assert_null(got.mail); /* used up */
}

STORE_TEST(store_try_code__after_five_wrong_ones__the_right_one_is_too_late)
{
    const struct sign_in asked = a_sign_in();
    struct sign_in got;
    assert_int_equal(store_open_sign_in(f->store, &asked, false, NULL, NOW), 1);
    for (int i = 0; i < SIGN_IN_TRIES; i++)
        assert_int_equal(store_try_code(f->store, &link_b, "XYZ234", NOW, &f->arena, &got), 1);
    assert_int_equal(store_try_code(f->store, &link_b, "ABC234", NOW, &f->arena, &got), 0);
    assert_int_equal(store_take_sign_in(f->store, &link_a, NOW, &f->arena, &got),
                     1); /* the link still does */
}

STORE_TEST(store_keep_form__comes_back_to_the_same_person_and_browser_for_a_while)
{
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    struct kept_form form = {link_b, f->alice, "/meetings/new", "subject=A", NOW + 60}, got;
    assert_int_equal(store_keep_form(f->store, &form, NOW), 1);
    form.body = "subject=B&x=%00";
    assert_int_equal(store_keep_form(f->store, &form, NOW), 1);
    assert_int_equal(store_find_kept_form(f->store, &link_b, f->alice, NOW + 59, &f->arena, &got), 1);
    assert_string_equal(got.path, "/meetings/new");
    assert_string_equal(got.body, "subject=B&x=%00");
    assert_int_equal(store_find_kept_form(f->store, &link_b, bob, NOW, &f->arena, &got), 0);
    assert_int_equal(store_find_kept_form(f->store, &link_a, f->alice, NOW, &f->arena, &got), 0);
    assert_int_equal(store_find_kept_form(f->store, &link_b, f->alice, NOW + 60, &f->arena, &got), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_take_sign_in__once_only),
        IN_MEMORY(store_take_sign_in__expired_or_unknown__is_refused),
        IN_MEMORY(store_open_sign_in__older_ones_stay_valid),
        IN_MEMORY(store_open_sign_in__with_letter__is_queued_before_all_others),
        IN_MEMORY(store_find_session__until_it_expires_or_is_closed),
        IN_MEMORY(store_open_session__nobody__is_refused),
        IN_MEMORY(store_close_sessions__all_of_one_person),
        IN_MEMORY(store_open_session__those_that_ended_long_ago_go),
        IN_MEMORY(store_open_sign_in__stranger__opens_nothing_and_no_letter_leaves),
        IN_MEMORY(store_count_sign_ins__by_person),
        IN_MEMORY(store_find_sign_in_crowd__other_people_who_have_not_signed_in),
        IN_MEMORY(store_open_session__the_person_has_signed_in),
        IN_MEMORY(store_count_sign_ins__known_browsers_are_counted_apart),
        IN_MEMORY(store_try_code__in_the_browser_that_asked_five_times),
        IN_MEMORY(store_try_code__quiet__takes_the_codes_that_left_within_the_hour),
        IN_MEMORY(store_try_code__after_five_wrong_ones__the_right_one_is_too_late),
        IN_MEMORY(store_keep_form__comes_back_to_the_same_person_and_browser_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
