/* A meeting while it goes on: speaking, more time, the end; by its page, by the moderators' link, and by the
 * admin.
 */
#include "tests/http/house.h"

enum { QUARTER = 900 };

static const char *extend_link(struct house *house, const char *ref, const char *mail)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct house_search search = house_find(house, ref, mail);
    link_write(&house->keys, LINK_EXTEND, &search.link, link);
    snprintf(path, sizeof path, "/x/%s", link);
    return path;
}

static int64_t end_of(struct house *house, const char *ref)
{
    struct arena arena = {0};
    struct meeting meeting;
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    arena_free(&arena);
    return meeting.ends_at;
}

struct order {
    int count;
    enum reminder_kind kind;
    int64_t id, meeting;
    char text[2000], room[64];
};

static bool keep_order(const struct due_reminder *row, void *context)
{
    struct order *order = context;
    if (row->kind != REMINDER_SAY && row->kind != REMINDER_STOP)
        return true;
    order->count++;
    order->kind = row->kind;
    order->id = row->id;
    order->meeting = row->meeting;
    snprintf(order->text, sizeof order->text, "%s", row->text ? row->text : "");
    snprintf(order->room, sizeof order->room, "%s", row->room);
    return true;
}

static struct order order_of(struct house *house)
{
    struct order order = {0};
    store_list_due(house->store, house_seconds(house), 100, keep_order, &order);
    return order;
}

static int post(struct browser *browser, const char *path, const char *fields)
{
    struct text form = {0};
    text_addf(&form, "csrf=%s&%s", browser_csrf(browser), fields);
    int status = browser_post(browser, path, text_string(&form));
    text_free(&form);
    return status;
}

static const char *path_of(const char *ref, const char *what)
{
    static char path[100];
    snprintf(path, sizeof path, "/meetings/%s%s", ref, what);
    return path;
}

TEST(extend__by_link__moves_the_end_without_signing_in)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    const char *link = extend_link(house, ref, "michel@univ.test");
    assert_int_equal(browser_get(&someone, link), 200);
    assert_has(someone.body, "It ends at 14:00.");
    assert_has(someone.body, "value=\"15\">15 minutes more, until 14:15</button>");
    assert_has(someone.body, "value=\"60\">60 minutes more, until 15:00</button>");
    assert_int_equal(end_of(house, ref), NOON + 3600); /* looking changes nothing */
    assert_int_equal(browser_post(&someone, link, "minutes=30"), 303);
    assert_int_equal(end_of(house, ref), NOON + 3600 + 2 * QUARTER);
    assert_int_equal(browser_get(&someone, browser_location(&someone)), 200);
    assert_has(someone.body, "The meeting goes on until 14:30.");
    assert_int_equal(browser_post(&someone, link, "minutes=17"), 409);
    assert_int_equal(browser_post(&someone, link, ""), 409);
    assert_int_equal(end_of(house, ref), NOON + 3600 + 2 * QUARTER);
    someone.extra = "Origin: https://evil.example\r\n";
    assert_int_equal(browser_post(&someone, link, "minutes=15"), 403);
    browser_free(&someone);
    house_close(house);
}

TEST(extend__by_link__only_of_those_who_moderate_and_while_it_goes_on)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64], link[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 60, 3600));
    snprintf(link, sizeof link, "%s", extend_link(house, ref, "michel@univ.test"));
    assert_int_equal(browser_get(&someone, link), 410); /* not yet */
    house->now_ms += 61000;
    assert_int_equal(browser_get(&someone, link), 200);
    assert_int_equal(browser_get(&someone, extend_link(house, ref, "omar@elsewhere.test")), 403);
    assert_int_equal(browser_post(&someone, extend_link(house, ref, "omar@elsewhere.test"), "minutes=15"),
                     403);
    const char *join = house_link(house, LINK_JOIN, ref, "michel@univ.test");
    char forged[64];
    snprintf(forged, sizeof forged, "/x/%s", join + 3); /* a link of one purpose is none for another */
    assert_int_equal(browser_get(&someone, forged), 404);
    house->now_ms += (int64_t)(3600 + 600) * 1000;
    assert_int_equal(browser_get(&someone, link), 410);
    assert_int_equal(browser_post(&someone, link, "minutes=15"), 410);
    browser_free(&someone);
    house_close(house);
}

TEST(extend__into_the_next_meeting_of_the_room__is_refused)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    struct arena arena = {0};
    struct meeting meeting, next;
    struct booked booked;
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    next = meeting;
    next.starts_at = meeting.ends_at + 600 + 900 + 2 * QUARTER; /* its early opening, and the grace, fit */
    next.ends_at = next.starts_at + 3600;
    assert_true(store_book(house->store, &next, NULL, 0, "univ.test", NULL, house_seconds(house), &arena,
                           &booked) > 0);
    assert_true(store_commit(house->store) > 0);
    const char *link = extend_link(house, ref, "michel@univ.test");
    assert_int_equal(browser_get(&someone, link), 200);
    assert_has(someone.body, "value=\"30\"");
    assert_has_not(someone.body, "value=\"45\"");
    assert_int_equal(browser_post(&someone, link, "minutes=45"), 409);
    assert_has(someone.body, "cannot be given that much time");
    assert_int_equal(browser_post(&someone, link, "minutes=30"), 303);
    assert_int_equal(browser_get(&someone, link), 200);
    assert_has_not(someone.body, "name=\"minutes\"");
    assert_has(someone.body, "its room is booked for the next meeting");
    arena_free(&arena);
    browser_free(&someone);
    house_close(house);
}

TEST(live__double_click__is_done_once)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    assert_int_equal(browser_get(&anna, path_of(ref, "")), 200);
    const char *named = strstr(anna.body, "name=\"form\" value=\"");
    assert_non_null(named);
    const char *form = arena_dup_bytes(&arena, named + strlen("name=\"form\" value=\""), 22);
    const char *said = arena_printf(&arena, "form=%s&words=Coffee", form);
    assert_int_equal(post(&anna, path_of(ref, "/say"), said), 303);
    assert_int_equal(post(&anna, path_of(ref, "/say"), said), 303);
    assert_has(browser_location(&anna), "?done=said");
    assert_int_equal(order_of(house).count, 1);
    assert_int_equal(post(&anna, path_of(ref, "/say"), "form=another&words=Coffee"), 303);
    assert_int_equal(order_of(house).count, 2);
    /* the button says until when: two who press it, or one twice, mean that */
    int64_t end = end_of(house, ref);
    const char *more = arena_printf(&arena, "minutes=15&ends=%lld", (long long)end);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), more), 303);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), more), 303);
    assert_int_equal(end_of(house, ref), end + QUARTER);
    more = arena_printf(&arena, "minutes=30&ends=%lld", (long long)end);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), more), 303);
    assert_int_equal(end_of(house, ref), end + 2 * QUARTER);
    more = arena_printf(&arena, "minutes=60&ends=%lld", (long long)end + 99999);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), more), 422);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), "minutes=7"), 422);
    /* the second click of the end finds it ended */
    assert_int_equal(post(&anna, path_of(ref, "/end"), "form=last&words=Bye"), 303);
    assert_int_equal(post(&anna, path_of(ref, "/end"), "form=last&words=Bye"), 303);
    assert_has(browser_location(&anna), "?done=ended");
    assert_int_equal(order_of(house).count, 3);
    assert_int_equal(post(&anna, path_of(ref, "/end"), "form=later&words=Bye"), 409);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(live__organiser__speaks_extends_and_ends)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    assert_int_equal(browser_get(&anna, path_of(ref, "")), 200);
    assert_has(anna.body, "Now in the room");
    assert_int_equal(post(&anna, path_of(ref, "/say"), "words=+Back+in+5+%3Cminutes%3E%0D%0A"), 303);
    struct order order = order_of(house);
    assert_int_equal(order.count, 1);
    assert_int_equal(order.kind, REMINDER_SAY);
    assert_string_equal(order.text, "Back in 5 <minutes>");
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "It is said in the room.");
    assert_int_equal(post(&anna, path_of(ref, "/say"), "words=+%0A"), 422);
    struct text words = {0}; /* as many as the field lets people type, in any script */
    form_repeat(&words, "words", "%E6%BC%A2", 500);
    assert_int_equal(post(&anna, path_of(ref, "/say"), text_string(&words)), 303);
    assert_int_equal(strlen(order_of(house).text), 1500);
    words.size = 0;
    form_repeat(&words, "words", "%E6%BC%A2", 501);
    assert_int_equal(post(&anna, path_of(ref, "/say"), text_string(&words)), 422);
    text_free(&words);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), "minutes=15"), 303);
    assert_int_equal(end_of(house, ref), NOON + 3600 + QUARTER);
    assert_int_equal(post(&anna, path_of(ref, "/extend"), "minutes=999"), 422);
    assert_int_equal(browser_get(&anna, path_of(ref, "/end")), 200);
    assert_has(anna.body, "Nobody is in the room now.");
    assert_int_equal(end_of(house, ref), NOON + 3600 + QUARTER);
    assert_int_equal(post(&anna, path_of(ref, "/end"), "words=Fire+alarm"), 303);
    order = order_of(house);
    assert_int_equal(order.kind, REMINDER_STOP);
    assert_string_equal(order.text, "Fire alarm");
    assert_int_equal(end_of(house, ref), NOON);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The meeting is over, and its room is closed.");
    assert_has_not(anna.body, "Now in the room");
    assert_int_equal(post(&anna, path_of(ref, "/say"), "words=x"), 409);
    assert_int_equal(browser_get(&anna, path_of(ref, "/end")), 409);
    browser_free(&anna);
    house_close(house);
}

TEST(live__others__may_not)
{
    struct house *house = house_open();
    struct browser michel = {.house = house}, nobody = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    assert_int_equal(browser_get(&michel, path_of(ref, "")), 200);
    assert_has_not(michel.body, "Now in the room");
    static const char *const paths[] = {"/say", "/extend", "/end"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(post(&michel, path_of(ref, paths[i]), "words=x&minutes=15") >= 403);
        assert_true(browser_post(&nobody, path_of(ref, paths[i]), "words=x&minutes=15") >= 401);
    }
    assert_int_equal(order_of(house).count, 0);
    assert_int_equal(end_of(house, ref), NOON + 3600);
    browser_free(&michel);
    browser_free(&nobody);
    house_close(house);
}

/* What the admin socket answers to a request; to be freed. */
static char *admin_ask(struct house *house, const char *method, const char *path, const char *json)
{
    struct text request = {0}, answer = {0};
    int fd = house_connect_admin(house);
    text_addf(&request, "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n", method,
              path);
    if (json)
        text_addf(&request, "Content-Length: %zu\r\n", strlen(json));
    text_addf(&request, "\r\n%s", json ? json : "");
    house_send(fd, text_string(&request));
    house_talk(house, fd, &answer);
    close(fd);
    text_free(&request);
    return answer.data;
}

static void assert_admin(struct house *house, const char *method, const char *path, const char *json,
                         const char *status, const char *words)
{
    char *answer = admin_ask(house, method, path, json);
    assert_has(answer, status);
    assert_has(answer, words);
    free(answer);
}

TEST(admin__say_and_end__rooms_booked_or_not)
{
    struct house *house = house_open();
    struct arena arena = {0};
    struct meeting meeting;
    char ref[64], path[40];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    assert_admin(house, "POST", "/say",
                 "{\"room\": \"Caf\\u00e9@conference.meet.test\", \"text\": \"Hello\"}", " 200 ",
                 "\"order\"");
    struct order order = order_of(house);
    assert_string_equal(order.room, "caf\u00e9");
    assert_string_equal(order.text, "Hello");
    assert_int_equal(order.meeting, 0);
    snprintf(path, sizeof path, "/orders/%d", (int)order.id);
    assert_admin(house, "GET", path, NULL, " 200 ", "\"waiting\"");
    assert_true(store_reminder_done(house->store, order.id, 7, house_seconds(house)) > 0);
    assert_admin(house, "GET", path, NULL, " 200 ", "\"said\":7");
    const char *json = arena_printf(&arena, "{\"room\": \"%s\", \"text\": \"\"}", meeting.room);
    assert_admin(house, "POST", "/end", json, " 200 ", "\"order\"");
    order = order_of(house);
    assert_int_equal(order.kind, REMINDER_STOP);
    assert_int_equal(order.meeting, meeting.id);
    assert_int_equal(end_of(house, ref), NOON);
    assert_admin(house, "POST", "/say", "{\"room\": \"x\", \"text\": \"\"}", " 422 ", "text:");
    assert_admin(house, "POST", "/say", "{\"text\": \"x\"}", " 422 ", "room:");
    assert_admin(house, "POST", "/say", "nonsense", " 422 ", "room:");
    assert_admin(house, "GET", "/orders/4711", NULL, " 404 ", "no such order");
    arena_free(&arena);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extend__by_link__moves_the_end_without_signing_in),
        cmocka_unit_test(extend__by_link__only_of_those_who_moderate_and_while_it_goes_on),
        cmocka_unit_test(extend__into_the_next_meeting_of_the_room__is_refused),
        cmocka_unit_test(live__double_click__is_done_once),
        cmocka_unit_test(live__organiser__speaks_extends_and_ends),
        cmocka_unit_test(live__others__may_not),
        cmocka_unit_test(admin__say_and_end__rooms_booked_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
