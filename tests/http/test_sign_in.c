/* Signing in by a link, sessions, and who may send what. */
#include "tests/http/house.h"

struct letters {
    int count;
    struct link_id link;
    char to[64];
};

static bool take_letter(const struct letter *letter, void *context)
{
    struct letters *letters = context;
    assert_int_equal(letter->kind, LETTER_SIGN_IN);
    letters->count++;
    letters->link = letter->sign_in;
    snprintf(letters->to, sizeof letters->to, "%s", letter->to);
    return true;
}

static struct letters letters_of(struct house *house)
{
    struct letters letters = {0};
    assert_true(store_next_letters(house->store, house_seconds(house), 50, take_letter, &letters) >= 0);
    return letters;
}

/* The path of the link in the newest letter. */
static const char *letter_path(struct house *house)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct letters letters = letters_of(house);
    assert_true(letters.count > 0);
    link_write(&house->keys, LINK_SIGN_IN, &letters.link, link);
    snprintf(path, sizeof path, "/sign-in/%s", link);
    return path;
}

TEST(sign_in__link__opens_a_session_in_the_browser_that_asked)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    assert_int_equal(browser_get(&anna, "/meetings/new"), 303);
    assert_string_equal(browser_location(&anna), "/sign-in?next=%2Fmeetings%2Fnew");
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_string_equal(browser_hidden(&anna, "next"), "/meetings/new");
    assert_int_equal(
        browser_post(&anna, "/sign-in", "mail=jean-luc.dupont%40univ.test&next=%2Fmeetings%2Fnew"), 200);
    assert_has(anna.answer, "Set-Cookie: jmb_browser=");
    assert_has(anna.body, "jean-luc.dupont@univ.test");
    assert_int_equal(letters_of(house).count, 1);
    const char *path = letter_path(house);
    assert_int_equal(browser_get(&anna, path), 200); /* a scanner may look, nothing is used up */
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Sign in now");
    assert_int_equal(browser_post(&anna, path, ""), 303);
    assert_string_equal(browser_location(&anna), "/meetings/new");
    assert_has(anna.answer, "HttpOnly; SameSite=Lax\r\n");
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "Jean-Luc Dupont");
    assert_int_equal(browser_post(&anna, path, ""), 410); /* once only */
    browser_free(&anna);
    house_close(house);
}

TEST(sign_in__link__another_browser_is_refused_and_uses_nothing_up)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, other = {.house = house};
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    const char *path = letter_path(house);
    assert_int_equal(browser_get(&other, path), 403);
    assert_int_equal(browser_post(&other, path, ""), 403);
    assert_has_not(other.answer, "jmb_session");
    snprintf(other.asker, sizeof other.asker, "AAAAAAAAAAA"); /* all 0: what an admin's links have */
    assert_int_equal(browser_post(&other, path, ""), 403);
    assert_int_equal(browser_post(&anna, path, ""), 303);
    browser_free(&anna);
    browser_free(&other);
    house_close(house);
}

TEST(sign_in__link__old_forged_or_cut_is_gone)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[64];
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    snprintf(path, sizeof path, "%s", letter_path(house));
    char last = path[strlen(path) - 1];
    path[strlen(path) - 1] = last == 'A' ? 'B' : 'A';
    assert_int_equal(browser_get(&anna, path), 410);
    path[strlen(path) - 1] = 0;
    assert_int_equal(browser_post(&anna, path, ""), 410);
    path[strlen(path)] = last;
    house->now_ms += (int64_t)901 * 1000;
    assert_int_equal(browser_post(&anna, path, ""), 410);
    assert_has(anna.body, "Ask for a new link");
    browser_free(&anna);
    house_close(house);
}

TEST(sign_in__ask__strangers_see_the_same_page_and_get_no_letter)
{
    struct house *house = house_open();
    struct browser one = {.house = house}, two = {.house = house};
    browser_post(&one, "/sign-in", "mail=stranger%40elsewhere.test");
    assert_int_equal(one.status, 200);
    assert_int_equal(letters_of(house).count, 0);
    browser_post(&two, "/sign-in", "mail=stranger%40univ.testx");
    assert_int_equal(letters_of(house).count, 0);
    browser_post(&two, "/sign-in", "mail=stranger%40UNIV.test");
    assert_int_equal(letters_of(house).count, 1);
    assert_has(two.answer, "Set-Cookie: jmb_browser=");
    assert_has(one.answer, "Set-Cookie: jmb_browser=");
    const char *told = strstr(one.body, "on its way");
    assert_non_null(told);
    browser_free(&one);
    browser_free(&two);
    house_close(house);
}

TEST(sign_in__ask__people_of_the_directory_may_from_anywhere)
{
    struct house *house = house_open();
    struct browser guest = {.house = house};
    struct person person = {.mail = "prof@elsewhere.test", .name = "Professor"};
    int64_t id;
    store_put_person(house->store, &person, house_seconds(house), &id);
    browser_post(&guest, "/sign-in", "mail=prof%40elsewhere.test");
    assert_int_equal(letters_of(house).count, 1);
    assert_int_equal(browser_post(&guest, letter_path(house), ""), 303);
    browser_get(&guest, "/");
    assert_has(guest.body, "Professor");
    browser_free(&guest);
    house_close(house);
}

TEST(sign_in__ask__what_is_no_address_comes_back_with_the_error)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    assert_int_equal(browser_post(&nobody, "/sign-in", "mail=%3Cb%3E%22nobody&next=%2Fmeetings%2Fnew"), 422);
    assert_has(nobody.body, "value=\"&lt;b&gt;&quot;nobody\"");
    assert_has(nobody.body, "<a href=\"#mail\">");
    assert_has(nobody.body, "autofocus");
    assert_string_equal(browser_hidden(&nobody, "next"), "/meetings/new");
    browser_free(&nobody);
    house_close(house);
}

TEST(sign_in__next__only_paths_of_this_site)
{
    struct house *house = house_open();
    static const char *const wrong[] = {"https%3A%2F%2Fevil.test", "%2F%2Fevil.test", "%2F%5Cevil.test",
                                        "evil", "%2Fa%0D%0AX%3A%20y"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct browser anna = {.house = house};
        char form[128];
        snprintf(form, sizeof form, "mail=anna%%40univ.test&next=%s", wrong[i]);
        browser_post(&anna, "/sign-in", form);
        struct letters letters = letters_of(house);
        char link[LINK_SIZE + 1], path[64];
        /* letters come the oldest first: the last one listed is this one */
        link_write(&house->keys, LINK_SIGN_IN, &letters.link, link);
        snprintf(path, sizeof path, "/sign-in/%s", link);
        assert_int_equal(browser_post(&anna, path, ""), 303);
        assert_string_equal(browser_location(&anna), "/");
        browser_free(&anna);
    }
    house_close(house);
}

TEST(session__cookie__forged_or_expired_is_nobody)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/"), 200);
    char good[64];
    snprintf(good, sizeof good, "%s", anna.session);
    anna.session[5] ^= 1;
    assert_int_equal(browser_get(&anna, "/"), 303);
    snprintf(anna.session, sizeof anna.session, "%s", good);
    house->now_ms += (int64_t)3601 * 1000;
    assert_int_equal(browser_get(&anna, "/"), 303);
    browser_free(&anna);
    house_close(house);
}

TEST(session__sign_out__ends_it_here_and_in_the_store)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    char form[80], before[64];
    snprintf(before, sizeof before, "%s", anna.session);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/sign-out", "csrf=wrong"), 403);
    assert_int_equal(browser_post(&anna, "/sign-out", form), 303);
    assert_has(anna.answer, "jmb_session=; Path=/; Max-Age=0");
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "You are signed out.");
    snprintf(anna.session, sizeof anna.session, "%s", before);
    assert_int_equal(browser_get(&anna, "/"), 303);
    browser_free(&anna);
    house_close(house);
}

TEST(post__token__missing_or_of_another_session_stores_nothing)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, eve = {.house = house};
    char path[64], form[80];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    browser_sign_in(&eve, "eve@univ.test", "Eve");
    snprintf(path, sizeof path, "/meetings/%s/cancel", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_post(&anna, path, ""), 403);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&eve));
    assert_int_equal(browser_post(&anna, path, form), 403);
    assert_has(anna.body, "Nothing was stored");
    snprintf(form, sizeof form, "csrf=%s", anna.session); /* the cookie itself is no token */
    assert_int_equal(browser_post(&anna, path, form), 403);
    struct browser nobody = {.house = house};
    assert_int_equal(browser_post(&nobody, path, form), 401);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, path, form), 303);
    browser_free(&anna);
    browser_free(&eve);
    browser_free(&nobody);
    house_close(house);
}

TEST(post__origin__only_the_sites_own)
{
    struct house *house = house_open();
    struct browser anna = {.house = house, .extra = "Origin: http://evil.test\r\n"};
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    anna.extra = "Origin: null\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    anna.extra = "Origin: http://jmb.test.evil.test\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    assert_int_equal(letters_of(house).count, 0);
    anna.extra = "Origin: http://jmb.test\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 200);
    browser_free(&anna);
    house_close(house);
}

/* A request on the admin's socket; the answer is to be freed. */
static char *admin_ask(struct house *house, const char *method, const char *path, const char *body)
{
    struct text request = {0}, answer = {0};
    text_addf(&request, "%s %s HTTP/1.1\r\nHost: jmb\r\nConnection: close\r\n", method, path);
    if (body)
        text_addf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    text_addf(&request, "\r\n%s", body ? body : "");
    int fd = house_connect_admin(house);
    house_send(fd, text_string(&request));
    house_talk(house, fd, &answer);
    close(fd);
    text_free(&request);
    return answer.data;
}

TEST(admin__sign_in__makes_a_link_for_any_browser)
{
    struct house *house = house_open();
    struct browser anyone = {.house = house};
    char path[64];
    char *answer = admin_ask(house, "POST", "/sign-in", "{\"mail\":\"root@elsewhere.test\"}");
    const char *link = strstr(answer, "{\"link\":\"http://jmb.test/sign-in/");
    assert_non_null(link);
    snprintf(path, sizeof path, "/sign-in/%.32s", link + 33);
    assert_int_equal(letters_of(house).count, 0);
    assert_int_equal(browser_get(&anyone, path), 200);
    assert_int_equal(browser_post(&anyone, path, ""), 303);
    assert_int_equal(browser_get(&anyone, "/"), 200);
    free(answer);
    answer = admin_ask(house, "POST", "/sign-in", "{\"mail\":\"nobody\"}");
    assert_has(answer, "HTTP/1.1 422");
    free(answer);
    answer = admin_ask(house, "POST", "/sign-in", "[");
    assert_has(answer, "HTTP/1.1 422");
    free(answer);
    browser_free(&anyone);
    house_close(house);
}

TEST(admin__health__numbers_are_for_the_socket_only)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    house_book(house, "Weekly", 3600, 7200);
    char *answer = admin_ask(house, "GET", "/about/health", NULL);
    assert_has(answer, "\"status\":\"ok\"");
    assert_has(answer, "\"meetings\":1");
    free(answer);
    answer = admin_ask(house, "GET", "/metrics", NULL);
    assert_has(answer, "jmb_meetings 1\n");
    assert_has(answer, "jmb_letters_waiting ");
    free(answer);
    answer = admin_ask(house, "GET", "/", NULL);
    assert_has(answer, "HTTP/1.1 404");
    free(answer);
    assert_int_equal(browser_get(&nobody, "/about/health"), 200);
    assert_string_equal(nobody.body, "ok\n");
    assert_int_equal(browser_get(&nobody, "/metrics"), 404);
    browser_free(&nobody);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_in__link__opens_a_session_in_the_browser_that_asked),
        cmocka_unit_test(sign_in__link__another_browser_is_refused_and_uses_nothing_up),
        cmocka_unit_test(sign_in__link__old_forged_or_cut_is_gone),
        cmocka_unit_test(sign_in__ask__strangers_see_the_same_page_and_get_no_letter),
        cmocka_unit_test(sign_in__ask__people_of_the_directory_may_from_anywhere),
        cmocka_unit_test(sign_in__ask__what_is_no_address_comes_back_with_the_error),
        cmocka_unit_test(sign_in__next__only_paths_of_this_site),
        cmocka_unit_test(session__cookie__forged_or_expired_is_nobody),
        cmocka_unit_test(session__sign_out__ends_it_here_and_in_the_store),
        cmocka_unit_test(post__token__missing_or_of_another_session_stores_nothing),
        cmocka_unit_test(post__origin__only_the_sites_own),
        cmocka_unit_test(admin__sign_in__makes_a_link_for_any_browser),
        cmocka_unit_test(admin__health__numbers_are_for_the_socket_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
