/* What a person chooses, who stands for whom, and completion. */
#include "tests/http/house.h"

static int post(struct browser *browser, const char *path, const char *fields)
{
    char form[600];
    snprintf(form, sizeof form, "csrf=%s&%s", browser_csrf(browser), fields);
    return browser_post(browser, path, form);
}

static struct person person_of(struct house *house, struct arena *arena, const char *mail)
{
    struct person person = {0};
    assert_true(store_find_person(house->store, mail, arena, &person) > 0);
    return person;
}

TEST(settings__language_and_zone__hold_from_the_next_page_on)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/settings"), 200);
    assert_has(anna.body, "lang=\"en\"");
    assert_has(anna.body, "name=\"answer_mails\" type=\"checkbox\" value=\"yes\" checked");
    assert_int_equal(post(&anna, "/settings", "language=fr&tz=America%2FNew_York"), 303);
    assert_string_equal(browser_location(&anna), "/settings?done=saved");
    assert_int_equal(browser_get(&anna, "/settings?done=saved"), 200);
    assert_has(anna.body, "<html lang=\"fr\">");
    assert_has(anna.body, "Vos préférences sont enregistrées.");
    assert_has(anna.body, "<option selected>America/New_York</option>");
    assert_false(person_of(house, &arena, "anna@univ.test").answer_mails);
    assert_int_equal(post(&anna, "/settings", "language=&tz=&answer_mails=yes"), 303);
    assert_null(person_of(house, &arena, "anna@univ.test").tz);
    assert_null(person_of(house, &arena, "anna@univ.test").language);
    assert_true(person_of(house, &arena, "anna@univ.test").answer_mails);
    assert_int_equal(post(&anna, "/settings", "tz=Mars%2FOlympus"), 422);
    assert_has(anna.body, "<a href=\"#tz\">");
    assert_has_not(anna.body, "deputy-error");
    assert_int_equal(post(&anna, "/settings", "language=xx"), 422);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

/* The meeting's facts are in its zone, which is named; what was sent and done is told in the reader's. */
TEST(settings__zone__what_was_done_when_is_told_in_it)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[80];
    snprintf(path, sizeof path, "/meetings/%s", house_book(house, "Weekly", 7200, 10800));
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(strstr(anna.body, "What was sent when"), " 13:00</time>"); /* noon UTC */
    assert_has(strstr(anna.body, "What was changed when"),
               " 13:00</time> <bdi>Anna</bdi> booked the meeting");
    assert_int_equal(post(&anna, "/settings", "language=&tz=America%2FNew_York"), 303);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "15:00–16:00");
    assert_has(strstr(anna.body, "What was sent when"), " 07:00</time> <strong>Invitation");
    assert_has(strstr(anna.body, "What was changed when"),
               " 07:00</time> <bdi>Anna</bdi> booked the meeting");
    browser_free(&anna);
    house_close(house);
}

TEST(settings__feed__renewed__the_old_address_is_gone)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char before[80];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    browser_get(&anna, "/settings");
    const char *at = strstr(anna.body, "http://jmb.test/ical/");
    assert_non_null(at);
    snprintf(before, sizeof before, "%.*s", (int)strcspn(at + 15, "\""), at + 15);
    assert_int_equal(browser_get(&anna, before), 200);
    assert_int_equal(post(&anna, "/settings/feed", ""), 303);
    assert_int_equal(browser_get(&anna, before), 404);
    browser_get(&anna, "/settings?done=renewed");
    at = strstr(anna.body, "http://jmb.test/ical/");
    snprintf(before, sizeof before, "%.*s", (int)strcspn(at + 15, "\""), at + 15);
    assert_int_equal(browser_get(&anna, before), 200);
    browser_free(&anna);
    house_close(house);
}

/* The page says what each address is for, and each is one that works. */
TEST(settings__feed__without_invitations_or_alarms)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    for (int alarms = 1; alarms >= 0; alarms--) {
        http_close(house->http);
        house->options.feed.alarms = alarms;
        house_open_http(house);
        browser_get(&anna, "/settings");
        assert_has(anna.body, "Then you see these meetings twice.");
        assert_has(anna.body, ".ics?only=organised\"");
        assert_int_equal(strstr(anna.body, ".ics?alarms=no\"") != NULL, alarms);
        assert_int_equal(strstr(anna.body, ".ics?only=organised&amp;alarms=no\"") != NULL, alarms);
        assert_int_equal(strstr(anna.body, "sounds an alarm") != NULL, alarms);
    }
    const char *at = strstr(anna.body, "http://jmb.test/ical/");
    char address[120];
    snprintf(address, sizeof address, "%.*s?only=organised&alarms=no", (int)strcspn(at + 15, "\""), at + 15);
    assert_int_equal(browser_get(&anna, address), 200);
    browser_free(&anna);
    house_close(house);
}

TEST(settings__deputy__sees_and_cancels_until_removed)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, zoe = {.house = house};
    char path[96], cancel[128];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&zoe, "zoe@univ.test", "Zoé");
    snprintf(path, sizeof path, "/meetings/%s", house_book(house, "Weekly", 3600, 7200));
    snprintf(cancel, sizeof cancel, "%s/cancel", path);
    assert_int_equal(browser_get(&zoe, path), 404);
    assert_int_equal(post(&anna, "/settings/deputies", "deputy=zoe%40univ.test"), 303);
    assert_int_equal(browser_get(&anna, "/settings?done=added"), 200);
    assert_has(anna.body, "<bdi>Zoé</bdi>");
    assert_int_equal(browser_get(&zoe, "/settings"), 200);
    assert_has(zoe.body, "You stand for");
    assert_has(zoe.body, path);
    assert_has_not(zoe.body, "/j/");
    assert_int_equal(browser_get(&zoe, path), 200);
    assert_has(zoe.body, cancel);
    assert_has(zoe.body, "gaelle@elsewhere.test"); /* the roster */
    assert_has_not(zoe.body, "/j/");               /* no link of the organiser's own */
    assert_int_equal(browser_get(&zoe, cancel), 200);
    assert_int_equal(post(&anna, "/settings/deputies/remove", "deputy=zoe%40univ.test"), 303);
    assert_int_equal(post(&zoe, cancel, "reason=x"), 404);
    assert_int_equal(post(&anna, "/settings/deputies", "deputy=zoe%40univ.test"), 303);
    assert_int_equal(post(&zoe, cancel, "reason=x"), 303);
    browser_free(&anna);
    browser_free(&zoe);
    house_close(house);
}

TEST(settings__deputy__who_cannot_be_one_is_said_beside_the_field)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(post(&anna, "/settings/deputies", "deputy=%3Cb%3E"), 422);
    assert_has(anna.body, "value=\"&lt;b&gt;\"");
    assert_has(anna.body, "id=\"deputy-error\"");
    assert_int_equal(post(&anna, "/settings/deputies", "deputy=guest%40elsewhere.test"), 422);
    assert_has(anna.body, "Nobody who books meetings here");
    assert_int_equal(post(&anna, "/settings/deputies", "deputy=ANNA%40univ.test"), 422);
    assert_has(anna.body, "That is you yourself.");
    browser_free(&anna);
    house_close(house);
}

TEST(people__completion__for_whoever_books)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, nobody = {.house = house};
    struct person person = {.mail = "gaelle@univ.test", .name = "Gaëlle \"G\" <b>"};
    int64_t id;
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    store_put_person(house->store, &person, house_seconds(house), &id);
    store_commit(house->store);
    assert_int_equal(browser_get(&anna, "/people?q=gae"), 200);
    assert_has(anna.answer, "Content-Type: application/json");
    assert_has(anna.body,
               "{\"results\":[{\"kind\":\"person\",\"mail\":\"gaelle@univ.test\",\"name\":\"Gaëlle "
               "\\\"G\\\" <b>\"}]}");
    assert_int_equal(browser_get(&anna, "/people?q=ga"), 200);
    assert_has(anna.body, "{\"results\":[]}");
    assert_int_equal(browser_get(&anna, "/people"), 200);
    assert_int_equal(browser_get(&nobody, "/people?q=gae"), 401);
    assert_has(nobody.body, "{\"error\":");
    http_close(house->http);
    house->options.may_book = MAY_BOOK_DIRECTORY;
    house_open_http(house);
    person = (struct person){.mail = "anna@univ.test"};
    store_put_person(house->store, &person, house_seconds(house), &id);
    assert_int_equal(browser_get(&anna, "/people?q=gae"), 403);
    browser_free(&anna);
    browser_free(&nobody);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings__language_and_zone__hold_from_the_next_page_on),
        cmocka_unit_test(settings__zone__what_was_done_when_is_told_in_it),
        cmocka_unit_test(settings__feed__renewed__the_old_address_is_gone),
        cmocka_unit_test(settings__feed__without_invitations_or_alarms),
        cmocka_unit_test(settings__deputy__sees_and_cancels_until_removed),
        cmocka_unit_test(settings__deputy__who_cannot_be_one_is_said_beside_the_field),
        cmocka_unit_test(people__completion__for_whoever_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
