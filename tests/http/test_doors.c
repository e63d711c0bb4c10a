/* Ways into a room beside the plain personal link: moderators who sign in, the shared address, Jitsi's
 * tokenAuthUrl, the personal room; and the way back. */
#include "sql/store_directory.h"
#include "tests/http/house.h"

#include <jwt.h>

/* A claim of context.user in the token of a Location; "" for none, and for no token. */
static const char *token_user(const struct house *house, const char *location, const char *name)
{
    static char value[128];
    char token[1500];
    jwt_t *jwt;
    const char *at = strstr(location, "jwt=");
    value[0] = 0;
    if (!at)
        return value;
    snprintf(token, sizeof token, "%.*s", (int)strcspn(at + 4, "#&"), at + 4);
    assert_int_equal(
        jwt_decode(&jwt, token, house->options.token_key.secret, (int)house->options.token_key.secret_size),
        0);
    char *text = jwt_get_grants_json(jwt, NULL);
    json_t *claims = json_loads(text, 0, NULL);
    const char *claim =
        json_string_value(json_object_get(json_object_get(json_object_get(claims, "context"), "user"), name));
    snprintf(value, sizeof value, "%s", claim ? claim : "");
    assert_has_not(text, "@"); /* no mail address, whoever it is */
    json_decref(claims);
    free(text);
    jwt_free(jwt);
    return value;
}

static struct house *house_open_strict(void)
{
    struct house *house = house_open();
    http_close(house->http);
    house->options.internal_domains = house->options.local_domains;
    house->options.moderators_sign_in = true;
    house_open_http(house);
    return house;
}

TEST(join__moderator_of_the_house__signs_in_first)
{
    struct house *house = house_open_strict();
    struct browser nobody = {.house = house}, michel = {.house = house}, other = {.house = house},
                   omar = {.house = house};
    char ref[64], path[64], mine[96];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    snprintf(path, sizeof path, "%s", house_link(house, LINK_JOIN, ref, "michel@univ.test"));
    snprintf(mine, sizeof mine, "/meetings/%s/join", ref);
    browser_sign_in(&michel, "MICHEL@univ.test", "Michel Martin");
    browser_sign_in(&other, "other@univ.test", "Other");
    browser_sign_in(&omar, "omar@elsewhere.test", "Omar");
    assert_int_equal(browser_get(&nobody, path), 403);
    assert_has(nobody.body, "Please sign in to join as a moderator");
    assert_has(nobody.body, "/sign-in?next=%2Fmeetings%2F");
    assert_has_not(nobody.body, path + 3); /* the link itself goes into no address that is logged */
    assert_has(nobody.body, "Join as a guest");
    assert_int_equal(browser_get(&other, path), 403);
    assert_has(other.body, "This is somebody else’s link");
    assert_has(other.body, "signed in as Other");
    assert_int_equal(browser_get(&other, mine), 403);
    assert_has(other.body, "You are not invited to this meeting");
    assert_has_not(other.body, "Weekly");
    assert_int_equal(browser_get(&omar, path), 403);
    assert_int_equal(browser_get(&omar, mine), 302);
    assert_string_equal(token_user(house, browser_location(&omar), "moderator"), "false");
    assert_int_equal(browser_get(&michel, path), 302);
    assert_string_equal(token_user(house, browser_location(&michel), "moderator"), "true");
    assert_int_equal(browser_get(&michel, mine), 302);
    assert_string_equal(token_user(house, browser_location(&michel), "name"), "Michel Martin");
    /* guests need no sign-in */
    assert_int_equal(browser_get(&nobody, house_link(house, LINK_JOIN, ref, "omar@elsewhere.test")), 302);
    browser_free(&nobody);
    browser_free(&michel);
    browser_free(&other);
    browser_free(&omar);
    house_close(house);
}

TEST(join__moderator_from_outside__needs_the_link_alone)
{
    static const char *const domains[] = {"elsewhere.example", NULL};
    struct house *house = house_open_strict();
    struct browser nobody = {.house = house};
    http_close(house->http);
    house->options.internal_domains = domains;
    house_open_http(house);
    const char *path =
        house_link(house, LINK_JOIN, house_book(house, "Weekly", -60, 3600), "michel@univ.test");
    assert_int_equal(browser_get(&nobody, path), 302);
    assert_string_equal(token_user(house, browser_location(&nobody), "moderator"), "true");
    browser_free(&nobody);
    house_close(house);
}

/* The web server may say no more than a mail address, and a directory have no accounts. */
TEST(join__moderator_whom_the_web_server_knows__signs_in_first_without_an_account_too)
{
    struct house *house = house_open_strict();
    struct browser nobody = {.house = house};
    const char *aliases[] = {"michel@univ.test"}; /* by which he was invited */
    const struct directory_person michel = {.mail = "mm@lab.test", .alias_count = 1, .aliases = aliases};
    enum imported how;
    const char *why = NULL;
    char ref[64];
    http_close(house->http);
    house->options.internal_domains = NULL;
    house->options.auth = AUTH_PROXY;
    house_open_http(house);
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600)); /* by Anna, who signed in */
    assert_int_equal(browser_get(&nobody, house_link(house, LINK_JOIN, ref, "anna@univ.test")), 403);
    assert_has(nobody.body, "Please sign in to join as a moderator");
    assert_int_equal(browser_get(&nobody, house_link(house, LINK_JOIN, ref, "michel@univ.test")), 302);
    assert_int_equal(store_import_person(house->store, &michel, 1, house_seconds(house), &how, &why), 1);
    assert_true(store_commit(house->store) > 0);
    assert_int_equal(browser_get(&nobody, house_link(house, LINK_JOIN, ref, "michel@univ.test")), 403);
    browser_free(&nobody);
    house_close(house);
}

TEST(join__moderator_of_the_house__is_asked_before_the_wait_not_after_it)
{
    struct house *house = house_open_strict();
    struct browser nobody = {.house = house}, anna = {.house = house};
    char ref[64], path[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 7200, 9000));
    snprintf(path, sizeof path, "%s", house_link(house, LINK_JOIN, ref, "anna@univ.test"));
    assert_int_equal(browser_get(&nobody, path), 403);
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "You are early");
    browser_free(&nobody);
    browser_free(&anna);
    house_close(house);
}

TEST(join__cancelled__tells_the_reason)
{
    struct house *house = house_open();
    struct browser omar = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 1200, 3600));
    store_cancel(house->store, house_find(house, ref, "anna@univ.test").meeting, 1,
                 "Snow <b> closes the site", house_seconds(house));
    store_commit(house->store);
    assert_int_equal(browser_get(&omar, house_link(house, LINK_JOIN, ref, "omar@elsewhere.test")), 410);
    assert_has(omar.body, "Snow &lt;b&gt; closes the site</blockquote>");
    assert_has(omar.body, "mailto:anna@univ.test");
    browser_free(&omar);
    house_close(house);
}

/* The path of a meeting's shared address. */
static const char *shared_path(struct house *house, const char *ref)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct arena arena = {0};
    struct meeting meeting;
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    link_write(&house->keys, LINK_SHARED, &meeting.shared_link, link);
    snprintf(path, sizeof path, "/s/%s", link);
    arena_free(&arena);
    return path;
}

TEST(shared__visitor__types_a_name_and_comes_in_without_a_token)
{
    struct house *house = house_open();
    struct browser visitor = {.house = house}, gaelle = {.house = house};
    char ref[64], path[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Open day", -60, 3600));
    snprintf(path, sizeof path, "%s", shared_path(house, ref));
    assert_int_equal(browser_get(&visitor, path), 200);
    assert_has(visitor.body, "Open day");
    assert_has(visitor.body, "Anna Arnould");
    assert_has_not(visitor.body, "omar@");
    assert_has(visitor.answer, "form-action 'self' https://meet.test;");
    assert_int_equal(browser_post(&visitor, path, "name=++"), 422);
    assert_has(visitor.body, "Please say who you are");
    struct text name = {0}; /* as long as the field lets people type, in any script */
    form_repeat(&name, "name", "%E6%BC%A2", 60);
    assert_int_equal(browser_post(&visitor, path, text_string(&name)), 303);
    name.size = 0;
    form_repeat(&name, "name", "x", 61);
    assert_int_equal(browser_post(&visitor, path, text_string(&name)), 422);
    text_free(&name);
    assert_int_equal(browser_post(&visitor, path, "name=Zo%C3%A9+%22Z%22+%3Cb%3E"), 303);
    assert_has_not(browser_location(&visitor), "jwt");
    assert_has(browser_location(&visitor), "#userInfo.displayName=%22Zo%C3%A9%20%5C%22Z%5C%22%20%3Cb%3E%22");
    assert_has(visitor.answer, "Referrer-Policy: no-referrer");
    /* a name that nobody sees is none, and none turns the text around it or breaks its line */
    assert_int_equal(browser_post(&visitor, path, "name=%C2%A0%0A%09%E2%80%8B"), 422);
    assert_has(visitor.body, "Please say who you are");
    assert_int_equal(browser_post(&visitor, path, "name=+%E2%80%AEZo%0A%07%C3%A9+"), 303);
    assert_has(browser_location(&visitor), "#userInfo.displayName=%22Zo%20%C3%A9%22");
    visitor.extra = "Origin: http://evil.test\r\n";
    assert_int_equal(browser_post(&visitor, path, "name=Zo"), 403);
    /* who is invited comes in as such */
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", "Gaëlle");
    assert_int_equal(browser_get(&gaelle, path), 303);
    assert_int_equal(browser_get(&gaelle, browser_location(&gaelle)), 302);
    assert_string_equal(token_user(house, browser_location(&gaelle), "name"), "Gaëlle Guérin");
    browser_free(&visitor);
    browser_free(&gaelle);
    house_close(house);
}

TEST(shared__early_over_cancelled_off__says_so)
{
    struct house *house = house_open();
    struct browser visitor = {.house = house};
    char ref[64], path[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Open day", 1200, 3600));
    snprintf(path, sizeof path, "%s", shared_path(house, ref));
    assert_int_equal(browser_get(&visitor, path), 200);
    assert_has(visitor.body, "The room opens in 15 min.");
    assert_int_equal(browser_post(&visitor, path, "name=Zo"), 200);
    assert_has(visitor.body, "The room opens in 15 min.");
    house->now_ms += (int64_t)901 * 1000;
    assert_int_equal(browser_post(&visitor, path, "name=Zo"), 303);
    house->now_ms += (int64_t)3600 * 1000;
    assert_int_equal(browser_get(&visitor, path), 410);
    assert_int_equal(browser_post(&visitor, path, "name=Zo"), 410);
    house->limits.options.shared = false;
    snprintf(path, sizeof path, "%s", shared_path(house, house_book(house, "Closed", -60, 3600)));
    assert_int_equal(browser_get(&visitor, path), 410);
    assert_has(visitor.body, "This address is turned off");
    assert_int_equal(browser_post(&visitor, path, "name=Zo"), 410);
    path[9] = path[9] == 'A' ? 'B' : 'A';
    assert_int_equal(browser_get(&visitor, path), 404);
    browser_free(&visitor);
    house_close(house);
}

TEST(shared__code__is_a_picture)
{
    struct house *house = house_open();
    struct browser visitor = {.house = house}, anna = {.house = house};
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Open day", 1200, 3600));
    snprintf(path, sizeof path, "%s/code.svg", shared_path(house, ref));
    assert_int_equal(browser_get(&visitor, path), 200);
    assert_has(visitor.answer, "Content-Type: image/svg+xml");
    assert_has(visitor.body, "<svg ");
    path[9] = path[9] == 'A' ? 'B' : 'A';
    assert_int_equal(browser_get(&visitor, path), 404);
    snprintf(path, sizeof path, "/meetings/%s", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, shared_path(house, ref));
    browser_free(&visitor);
    browser_free(&anna);
    house_close(house);
}

TEST(closed__after_a_join__brings_back)
{
    struct house *house = house_open();
    struct browser omar = {.house = house};
    char path[64], cookie[256];
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_JOIN, house_book(house, "Weekly", -60, 3600), "omar@elsewhere.test"));
    assert_int_equal(browser_get(&omar, "/closed"), 200);
    assert_has(omar.body, "You have left the meeting");
    assert_has_not(omar.body, "Come back");
    assert_int_equal(browser_get(&omar, path), 302);
    snprintf(cookie, sizeof cookie,
             "Set-Cookie: jmb_back=%s; Path=/closed; Max-Age=4200; HttpOnly; SameSite=Lax", path);
    assert_has(omar.answer, cookie);
    /* browser_write sends a Cookie line of its own: this one alone */
    snprintf(cookie, sizeof cookie,
             "GET /closed HTTP/1.1\r\nHost: jmb.test\r\nConnection: close\r\nCookie: jmb_back=%s\r\n\r\n",
             path);
    char *answer = house_ask(house, cookie);
    assert_has(answer, "Come back to the meeting");
    assert_has(answer, path);
    free(answer);
    static const char *const bad[] = {"//evil.test", "https://evil.test", "/sign-out", "/j/../sign-out",
                                      "/j/x\"y"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(cookie, sizeof cookie,
                 "GET /closed HTTP/1.1\r\nHost: jmb.test\r\nConnection: close\r\nCookie: jmb_back=%s\r\n\r\n",
                 bad[i]);
        answer = house_ask(house, cookie);
        assert_has_not(answer, "Come back");
        free(answer);
    }
    browser_free(&omar);
    house_close(house);
}

/* GET /token for that room. */
static int ask_token(struct browser *browser, const char *room, const char *tenant)
{
    char path[256];
    snprintf(path, sizeof path, "/token?room=%s%s%s", room, tenant ? "&tenant=" : "", tenant ? tenant : "");
    return browser_get(browser, path);
}

/* The room's name of a meeting. */
static const char *room_of(struct house *house, const char *ref)
{
    static char room[128];
    struct arena arena = {0};
    struct meeting meeting;
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    snprintf(room, sizeof room, "%s", meeting.room);
    arena_free(&arena);
    return room;
}

TEST(token__meeting__everybody_as_who_they_are)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house}, michel = {.house = house}, gaelle = {.house = house},
                   other = {.house = house};
    char ref[64], room[128], upper[128];
    http_close(house->http);
    house->options.guest_tokens = false; /* Jitsi asks for one all the same */
    house_open_http(house);
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    snprintf(room, sizeof room, "%s", room_of(house, ref));
    snprintf(upper, sizeof upper, "%s", room);
    upper[0] = (char)(upper[0] - 32);
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", "Gaëlle");
    browser_sign_in(&other, "other@univ.test", "Other");
    assert_int_equal(ask_token(&nobody, room, NULL), 303);
    assert_has(browser_location(&nobody), "/sign-in?next=%2Ftoken%3Froom%3D");
    assert_int_equal(ask_token(&michel, upper, NULL), 302);
    assert_has(browser_location(&michel), room);
    assert_string_equal(token_user(house, browser_location(&michel), "moderator"), "true");
    assert_has(michel.answer, "Referrer-Policy: no-referrer");
    assert_int_equal(ask_token(&gaelle, room, NULL), 302);
    assert_string_equal(token_user(house, browser_location(&gaelle), "moderator"), "false");
    assert_int_equal(ask_token(&other, room, NULL), 403);
    assert_has(other.body, "You are not invited to this meeting");
    assert_int_equal(ask_token(&other, "", NULL), 404);
    assert_int_equal(ask_token(&other, "a%2Fb", NULL), 404);
    house->now_ms += (int64_t)7200 * 1000 - 1;
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    assert_int_equal(ask_token(&michel, room, NULL), 410);
    browser_free(&nobody);
    browser_free(&michel);
    browser_free(&gaelle);
    browser_free(&other);
    house_close(house);
}

TEST(token__unbooked__identity_where_the_site_lets_people_in)
{
    struct house *house = house_open();
    struct browser other = {.house = house};
    browser_sign_in(&other, "other@univ.test", "Other Person");
    assert_int_equal(ask_token(&other, "coffee", "chem"), 302);
    assert_int_equal(strncmp(browser_location(&other), "https://meet.test/chem/coffee?jwt=", 34), 0);
    assert_string_equal(token_user(house, browser_location(&other), "name"), "Other Person");
    assert_string_equal(token_user(house, browser_location(&other), "moderator"), "false");
    http_close(house->http);
    house->options.unbooked = "closed";
    house_open_http(house);
    assert_int_equal(ask_token(&other, "coffee", NULL), 404);
    assert_has(other.body, "This room is not booked");
    browser_free(&other);
    house_close(house);
}

TEST(my_room__owner__enters_with_a_token_and_gives_the_address_away)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, other = {.house = house};
    struct arena arena = {0};
    struct personal_room room;
    char form[64], address[256];
    int64_t id = browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&other, "other@univ.test", "Other");
    assert_int_equal(browser_get(&anna, "/my-room"), 200);
    assert_has(anna.body, "Get my room");
    assert_int_equal(store_get_personal_room(house->store, id, &arena, &room), 0); /* looking makes none */
    assert_int_equal(browser_get(&anna, "/my-room/enter"), 303);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/my-room", form), 303);
    assert_true(store_get_personal_room(house->store, id, &arena, &room) > 0);
    snprintf(address, sizeof address, "value=\"https://meet.test/%s\"", room.node);
    assert_int_equal(browser_get(&anna, "/my-room"), 200);
    assert_has(anna.body, address);
    assert_int_equal(browser_get(&anna, "/my-room/code.svg"), 200);
    assert_has(anna.body, "<svg ");
    assert_int_equal(browser_get(&anna, "/my-room/enter"), 302);
    assert_has(browser_location(&anna), room.node);
    assert_string_equal(token_user(house, browser_location(&anna), "id"), room.ref);
    assert_string_equal(token_user(house, browser_location(&anna), "moderator"), "true");
    assert_int_equal(ask_token(&anna, room.node, NULL), 302);
    assert_string_equal(token_user(house, browser_location(&anna), "id"), room.ref);
    assert_int_equal(ask_token(&other, room.node, NULL), 302);
    assert_string_equal(token_user(house, browser_location(&other), "moderator"), "false");
    assert_string_not_equal(token_user(house, browser_location(&other), "id"), room.ref);
    arena_free(&arena);
    browser_free(&anna);
    browser_free(&other);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join__moderator_of_the_house__signs_in_first),
        cmocka_unit_test(join__moderator_from_outside__needs_the_link_alone),
        cmocka_unit_test(join__moderator_whom_the_web_server_knows__signs_in_first_without_an_account_too),
        cmocka_unit_test(join__moderator_of_the_house__is_asked_before_the_wait_not_after_it),
        cmocka_unit_test(join__cancelled__tells_the_reason),
        cmocka_unit_test(shared__visitor__types_a_name_and_comes_in_without_a_token),
        cmocka_unit_test(shared__early_over_cancelled_off__says_so),
        cmocka_unit_test(shared__code__is_a_picture),
        cmocka_unit_test(closed__after_a_join__brings_back),
        cmocka_unit_test(token__meeting__everybody_as_who_they_are),
        cmocka_unit_test(token__unbooked__identity_where_the_site_lets_people_in),
        cmocka_unit_test(my_room__owner__enters_with_a_token_and_gives_the_address_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
