/* The calendar that somebody subscribes to. */
#include "tests/http/house.h"

/* The path of somebody's feed. */
static const char *feed_path(struct house *house, int64_t person)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct arena arena = {0};
    struct person found;
    assert_true(store_get_person(house->store, person, &arena, &found) > 0);
    link_write(&house->keys, LINK_FEED, &found.link, link);
    snprintf(path, sizeof path, "/ical/%s.ics", link);
    arena_free(&arena);
    return path;
}

/* The entity tag of the last answer, as a field to send. */
static const char *tag_of(const struct browser *browser)
{
    static char field[160];
    const char *at = strstr(browser->answer, "ETag: ");
    assert_non_null(at);
    snprintf(field, sizeof field, "If-None-Match: %.*s\r\n", (int)strcspn(at + 6, "\r"), at + 6);
    return field;
}

TEST(feed__get__is_a_calendar_and_304_until_something_changes)
{
    struct house *house = house_open();
    struct browser program = {.house = house}, anna = {.house = house};
    char path[64], tag[160], ref[64];
    int64_t id = browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(path, sizeof path, "%s", feed_path(house, id));
    house->now_ms += 60000;
    assert_int_equal(browser_get(&program, path), 200);
    assert_has(program.answer, "Content-Type: text/calendar; charset=utf-8");
    assert_has(program.body, "BEGIN:VCALENDAR\r\n");
    assert_has(program.body, "SUMMARY:Weekly\r\n");
    assert_has(program.body, "http://jmb.test/j/");
    snprintf(tag, sizeof tag, "%s", tag_of(&program));
    program.extra = tag;
    assert_int_equal(browser_get(&program, path), 304);
    assert_string_equal(program.body, "");
    assert_int_equal(browser_ask(&program, "HEAD", path, NULL), 304);
    store_answer(house->store, house_find(house, ref, "gaelle@elsewhere.test").id, PARTSTAT_ACCEPTED, NULL,
                 house_seconds(house));
    store_commit(house->store);
    assert_int_equal(browser_get(&program, path), 200);
    program.extra = NULL;
    assert_int_equal(browser_ask(&program, "HEAD", path, NULL), 200);
    assert_string_equal(program.body, "");
    path[strlen(path) - 4] = 0;
    assert_int_equal(browser_get(&program, path), 404);
    browser_free(&program);
    browser_free(&anna);
    house_close(house);
}

TEST(feed__options__of_the_address)
{
    struct house *house = house_open();
    struct browser program = {.house = house}, gaelle = {.house = house}, anna = {.house = house};
    char path[96], own[64], since[96];
    int64_t id = browser_sign_in(&gaelle, "gaelle@elsewhere.test", "Gaëlle");
    int64_t organiser = browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    house_book(house, "Weekly", 86400, 90000);
    house->now_ms += 60000;
    snprintf(own, sizeof own, "%s", feed_path(house, id));
    snprintf(path, sizeof path, "%s?only=organised", own);
    assert_int_equal(browser_get(&program, path), 200);
    assert_has_not(program.body, "BEGIN:VEVENT");
    assert_int_equal(browser_get(&program, own), 200);
    assert_has(program.body, "BEGIN:VEVENT");
    const char *at = strstr(program.answer, "Last-Modified: ");
    assert_non_null(at);
    snprintf(since, sizeof since, "If-Modified-Since: %.*s\r\n", (int)strcspn(at + 15, "\r"), at + 15);
    program.extra = since;
    assert_int_equal(browser_get(&program, own), 304);
    program.extra = tag_of(&program);
    assert_int_equal(browser_get(&program, own), 304);
    assert_int_equal(browser_get(&program, path), 200); /* the same tag, other options */
    program.extra = NULL;
    snprintf(path, sizeof path, "%s?only=organised&alarms=no", feed_path(house, organiser));
    assert_int_equal(browser_get(&program, path), 200);
    assert_has(program.body, "BEGIN:VEVENT");
    assert_has_not(program.body, "BEGIN:VALARM");
    browser_free(&program);
    browser_free(&gaelle);
    browser_free(&anna);
    house_close(house);
}

TEST(feed__guest__sees_no_other_guests)
{
    struct house *house = house_open();
    struct browser program = {.house = house}, gaelle = {.house = house};
    int64_t id = browser_sign_in(&gaelle, "gaelle@elsewhere.test", "Gaëlle");
    house_book(house, "Weekly", 86400, 90000);
    assert_int_equal(browser_get(&program, feed_path(house, id)), 200);
    assert_has(program.body, "SUMMARY:Weekly");
    assert_has_not(program.body, "omar@");
    browser_free(&program);
    browser_free(&gaelle);
    house_close(house);
}

TEST(feed__window__has_whole_days_of_past_and_ahead)
{
    struct house *house = house_open();
    struct browser program = {.house = house}, anna = {.house = house};
    char path[64], tag[160];
    int64_t id = browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(path, sizeof path, "%s", feed_path(house, id));
    http_close(house->http);
    house->options.feed = (struct feed_options){.past = 2 * 86400, .ahead = 10 * 86400};
    house_open_http(house);
    int64_t first = -43200 - 2 * 86400, behind = 43200 + 10 * 86400; /* it is noon */
    house_book(house, "Over as it begins", first - 3600, first);
    house_book(house, "Over a second later", first - 3600, first + 1);
    house_book(house, "In its last second", behind - 1, behind + 3600);
    house_book(house, "A second too late", behind, behind + 3600);
    house->now_ms += INT64_C(43200000) - 1000;
    assert_int_equal(browser_get(&program, path), 200);
    assert_has_not(program.body, "Over as it begins");
    assert_has(program.body, "Over a second later");
    assert_has(program.body, "In its last second");
    assert_has_not(program.body, "A second too late");
    snprintf(tag, sizeof tag, "%s", tag_of(&program));
    program.extra = tag;
    assert_int_equal(browser_get(&program, path), 304);
    house->now_ms += 1000; /* midnight, in UTC */
    assert_int_equal(browser_get(&program, path), 200);
    assert_has_not(program.body, "Over a second later");
    assert_has(program.body, "A second too late");
    browser_free(&program);
    browser_free(&anna);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed__get__is_a_calendar_and_304_until_something_changes),
        cmocka_unit_test(feed__options__of_the_address),
        cmocka_unit_test(feed__guest__sees_no_other_guests),
        cmocka_unit_test(feed__window__has_whole_days_of_past_and_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
