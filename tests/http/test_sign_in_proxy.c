/* Signing in by the web server: what it says is believed, what others say is refused. */
#include "tests/http/house.h"

static const char *const loopback[] = {"127.0.0.1", NULL};
static const char *const elsewhere[] = {"10.0.0.0/8", "2001:db8::/32", NULL};

static struct house *house_open_proxy(const char *const *trusted)
{
    struct house *house = house_open();
    http_close(house->http);
    house->options.auth = AUTH_PROXY;
    house->options.trusted = trusted;
    house->options.identity_headers[IDENTITY_UID] = "X-JMB-Uid";
    house->options.identity_headers[IDENTITY_MAIL] = "X-JMB-Mail";
    house->options.identity_headers[IDENTITY_GIVEN_NAME] = "X-JMB-Given-Name";
    house->options.identity_headers[IDENTITY_SURNAME] = "X-JMB-Surname";
    house->options.identity_headers[IDENTITY_NAME] = "X-JMB-Name";
    house->options.identity_headers[IDENTITY_GROUPS] = "X-JMB-Groups";
    house_open_http(house);
    return house;
}

static struct person person_of(struct house *house, struct arena *arena, const char *mail)
{
    struct person person = {0};
    assert_true(store_find_person(house->store, mail, arena, &person) > 0);
    return person;
}

TEST(proxy__sign_in__opens_a_session_and_goes_on)
{
    struct house *house = house_open_proxy(loopback);
    struct browser gaelle = {.house = house};
    struct arena arena = {0};
    assert_int_equal(browser_get(&gaelle, "/meetings/new"), 303);
    gaelle.extra = "X-JMB-Mail: gaelle@univ.test\r\n"; /* nowhere but at /sign-in */
    assert_int_equal(browser_get(&gaelle, "/"), 303);
    assert_has_not(gaelle.answer, "Set-Cookie");
    gaelle.extra = "X-JMB-Uid: gguerin\r\nX-JMB-Mail: Gaelle@Univ.test;g@univ.test\r\n"
                   "X-JMB-Given-Name: Ga%C3%ABlle\r\nX-JMB-Surname: Gu\xC3\x83\xC2\xA9rin\r\n";
    assert_int_equal(browser_get(&gaelle, "/sign-in?next=%2Fmeetings%2Fnew"), 303);
    assert_string_equal(browser_location(&gaelle), "/meetings/new");
    gaelle.extra = NULL; /* no other page needs them */
    assert_int_equal(browser_get(&gaelle, "/"), 200);
    assert_has(gaelle.body, "Gaëlle Guérin");
    struct person person = person_of(house, &arena, "gaelle@univ.test");
    assert_string_equal(person.uid, "gguerin");
    gaelle.extra = "X-JMB-Mail: gaelle@univ.test\r\n";
    assert_int_equal(browser_get(&gaelle, "/sign-in?next=%2F%2Fevil.test"), 303);
    assert_string_equal(browser_location(&gaelle), "/");
    arena_free(&arena);
    browser_free(&gaelle);
    house_close(house);
}

TEST(proxy__sign_in__stored_before_it_is_said)
{
    struct house *house = house_open_proxy(loopback);
    struct browser anna = {.house = house, .extra = "X-JMB-Mail: anna@univ.test\r\n"};
    house->fails = true; /* the turn cannot be committed */
    assert_int_equal(browser_get(&anna, "/sign-in"), 503);
    house->fails = false;
    assert_int_equal(browser_ask(&anna, "HEAD", "/sign-in", NULL), 303);
    assert_has_not(anna.answer, "Set-Cookie");
    browser_free(&anna);
    house_close(house);
}

TEST(proxy__headers__from_elsewhere__are_refused_everywhere)
{
    struct house *house = house_open_proxy(elsewhere);
    struct browser eve = {.house = house, .extra = "X-JMB-Mail: anna@univ.test\r\n"};
    static const char *const paths[] = {"/sign-in", "/", "/about/health", "/nothing"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(browser_get(&eve, paths[i]), 403);
        assert_has_not(eve.answer, "Set-Cookie");
    }
    assert_has(eve.body, "mailto:help@univ.test"); /* a web server that is not listed, mostly */
    const char *style = strstr(eve.body, "/static/");
    assert_non_null(style);
    char path[100];
    snprintf(path, sizeof path, "%.*s", (int)strcspn(style, "\""), style);
    assert_int_equal(browser_get(&eve, path), 200);
    eve.extra = "x-jmb-GROUPS: staff\r\n";
    assert_int_equal(browser_get(&eve, "/"), 403);
    eve.extra = NULL;
    assert_int_equal(browser_get(&eve, "/about/health"), 200);
    assert_int_equal(browser_get(&eve, "/sign-in"), 403); /* not by the front door */
    browser_free(&eve);
    house_close(house);
}

TEST(proxy__headers__twice_or_without_mail__sign_nobody_in)
{
    struct house *house = house_open_proxy(loopback);
    struct browser eve = {.house = house,
                          .extra = "X-JMB-Mail: eve@univ.test\r\nX-JMB-Mail: anna@univ.test\r\n"};
    assert_int_equal(browser_get(&eve, "/sign-in"), 403);
    assert_has_not(eve.answer, "Set-Cookie");
    eve.extra = "X-JMB-Mail: eve@univ.test\r\nX-JMB-Uid: a\r\nx-jmb-uid: b\r\n";
    assert_int_equal(browser_get(&eve, "/sign-in"), 403);
    eve.extra = "X-JMB-Uid: eve\r\n";
    assert_int_equal(browser_get(&eve, "/sign-in"), 403);
    assert_has(eve.body, "Your account has no mail address");
    assert_has(eve.body, "mailto:help@univ.test");
    eve.extra = NULL;
    assert_int_equal(browser_get(&eve, "/sign-in"), 403);
    assert_has(eve.body, "Nobody knows who you are");
    browser_free(&eve);
    house_close(house);
}

TEST(proxy__group__decides_at_each_sign_in)
{
    struct house *house = house_open_proxy(loopback);
    struct browser anna = {.house = house};
    http_close(house->http);
    house->options.may_book = MAY_BOOK_GROUP;
    house->options.group = "staff";
    house_open_http(house);
    anna.extra = "X-JMB-Mail: anna@univ.test\r\nX-JMB-Groups: students;staff\r\n";
    assert_int_equal(browser_get(&anna, "/sign-in"), 303);
    anna.extra = NULL;
    assert_int_equal(browser_get(&anna, "/meetings/new"), 200);
    anna.extra = "X-JMB-Mail: anna@univ.test\r\nX-JMB-Groups: students\r\n";
    assert_int_equal(browser_get(&anna, "/sign-in"), 303);
    anna.extra = NULL;
    assert_int_equal(browser_get(&anna, "/meetings/new"), 403);
    browser_free(&anna);
    house_close(house);
}

TEST(proxy__known_person__by_address_or_uid__keeps_the_directorys_word)
{
    struct house *house = house_open_proxy(loopback);
    struct browser anna = {.house = house};
    struct arena arena = {0};
    struct person person = {.mail = "anna.arnould@univ.test",
                            .name = "Anna Arnould",
                            .uid = "aarnould",
                            .source = PERSON_DIRECTORY};
    int64_t id;
    store_put_person(house->store, &person, house_seconds(house), &id);
    anna.extra = "X-JMB-Mail: aa@univ.test\r\nX-JMB-Uid: aarnould\r\nX-JMB-Name: A.\r\n";
    assert_int_equal(browser_get(&anna, "/sign-in"), 303);
    anna.extra = NULL;
    browser_get(&anna, "/");
    assert_has(anna.body, "Anna Arnould");
    assert_int_equal(store_find_person(house->store, "aa@univ.test", &arena, &person), 0);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(proxy__sign_out__does_not_sign_in_again_at_once)
{
    struct house *house = house_open_proxy(loopback);
    struct browser anna = {.house = house};
    char form[80];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/sign-out", form), 303);
    assert_string_equal(browser_location(&anna), "/signed-out");
    assert_int_equal(browser_get(&anna, "/signed-out"), 200);
    assert_has(anna.body, "You are signed out");
    assert_int_equal(browser_get(&anna, "/"), 303);
    browser_free(&anna);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxy__sign_in__opens_a_session_and_goes_on),
        cmocka_unit_test(proxy__sign_in__stored_before_it_is_said),
        cmocka_unit_test(proxy__headers__from_elsewhere__are_refused_everywhere),
        cmocka_unit_test(proxy__headers__twice_or_without_mail__sign_nobody_in),
        cmocka_unit_test(proxy__group__decides_at_each_sign_in),
        cmocka_unit_test(proxy__known_person__by_address_or_uid__keeps_the_directorys_word),
        cmocka_unit_test(proxy__sign_out__does_not_sign_in_again_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
