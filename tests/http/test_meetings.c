/* Booking, the list, one meeting, attendance: what each kind of person sees and may do. */
#include "sql/store_letters.h"

#include "tests/http/house.h"

#define GOOD                                                                                                 \
    "&subject=R%C3%A9union+d%27%C3%A9quipe&date=2026-12-01&time=14%3A00&length=90&tz=Europe%2FParis&"        \
    "guests=%22Zo%C3%A9+%26+Co%22+%3Czoe%40elsewhere.test%3E&moderators=michel%40univ.test&form="            \
    "0123456789abcdef"

static int post_meeting(struct browser *browser, const char *fields)
{
    struct text form = {0};
    text_addf(&form, "csrf=%s%s", browser_csrf(browser), fields);
    int status = browser_post(browser, "/meetings", text_string(&form));
    text_free(&form);
    return status;
}

TEST(booking__form__proposes_sensible_values)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/meetings/new"), 200);
    assert_has(anna.body, "value=\"2026-11-30\"");
    assert_has(anna.body, "value=\"13:15\"");
    assert_has(anna.body, "<option value=\"90\" selected>1 h 30 min</option>");
    assert_has(anna.body, "<option selected>Europe/Paris</option>");
    assert_has(anna.body, "<option>America/New_York</option>");
    assert_has(anna.body, "In the event in their calendars, of up to 300 people; else they see only you.");
    assert_has(anna.answer, "Cache-Control: private, no-cache");
    assert_int_equal(strlen(browser_hidden(&anna, "form")), 22);
    browser_free(&anna);
    house_close(house);
}

TEST(booking__form__many_lengths_are_a_field)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    house->limits.length_least = house->limits.length_step = 60;
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/meetings/new"), 200);
    assert_has(anna.body, "<input id=\"length\" name=\"length\" value=\"90\"");
    browser_free(&anna);
    house_close(house);
}

TEST(booking__post__goes_on_to_the_meeting)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(post_meeting(&anna, GOOD), 303);
    assert_int_equal(strncmp(browser_location(&anna), "/meetings/", 10), 0);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The meeting is booked.");
    assert_has(anna.body, "Réunion d&#39;équipe");
    assert_has(anna.body, "Tuesday 1 December 2026, 14:00–15:30");
    assert_has(anna.body, "Europe/Paris (UTC+1)");
    assert_has(anna.body, "Zoé &amp; Co");
    assert_has(anna.body, "zoe@elsewhere.test");
    browser_free(&anna);
    house_close(house);
}

TEST(booking__post__twice_is_one_meeting)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char first[128];
    struct store_counts counts;
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(post_meeting(&anna, GOOD), 303);
    snprintf(first, sizeof first, "%s", browser_location(&anna));
    assert_int_equal(post_meeting(&anna, GOOD), 303);
    assert_string_equal(browser_location(&anna), first);
    store_count(house->store, &counts);
    assert_int_equal(counts.meetings, 1);
    browser_free(&anna);
    house_close(house);
}

TEST(booking__post__errors_stand_beside_their_fields_and_nothing_is_lost)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct store_counts counts;
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(
        post_meeting(
            &anna,
            "&subject=&description=d%27%C3%A9t%C3%A9+%3Cb%3E%7C+%F0%9F%8E%93&date=2026-02-31&time=25%3A61"
            "&length=7&tz=Mars%2FBase&guests=no+address%2C+b%40&moderators=a%40b.test+c%40d.test+e%40f.test"
            "&maximum=many&password=%22s3cret%22&lobby=yes&lobby=no&form=abcdefghij"),
        422);
    static const char *const fields[] = {"subject", "date",   "time",       "length",
                                         "tz",      "guests", "moderators", "maximum"};
    const char *before = anna.body;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char link[64], beside[64];
        snprintf(link, sizeof link, "<a href=\"#%s\">", fields[i]);
        snprintf(beside, sizeof beside, "id=\"%s-error\"", fields[i]);
        assert_has(anna.body, beside);
        if (strcmp(fields[i], "moderators") == 0)
            continue;             /* stands before guests or behind them: only the others' order is checked */
        assert_has(before, link); /* in the page's order */
        before = strstr(before, link);
    }
    assert_has(anna.body, "tabindex=\"-1\" autofocus");
    assert_has(anna.body, ">d&#39;été &lt;b&gt;| 🎓</textarea>");
    assert_has(anna.body, "type=\"text\" value=\"2026-02-31\"");
    assert_has(anna.body, "type=\"text\" value=\"25:61\"");
    assert_has(anna.body, "<option value=\"7\" selected>7</option>");
    assert_has(anna.body, "<option selected>Mars/Base</option>");
    assert_has(anna.body, ">no address, b@</textarea>");
    assert_has(anna.body, ">a@b.test c@d.test e@f.test</textarea>");
    assert_has(anna.body, "value=\"many\"");
    assert_has(anna.body, "value=\"&quot;s3cret&quot;\"");
    assert_has(anna.body, "name=\"lobby\" type=\"checkbox\" value=\"yes\" checked");
    assert_has(anna.body, "<details open>");
    assert_string_equal(browser_hidden(&anna, "form"), "abcdefghij");
    store_count(house->store, &counts);
    assert_int_equal(counts.meetings, 0);
    browser_free(&anna);
    house_close(house);
}

TEST(booking__post__an_empty_form_is_refused_not_broken)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(post_meeting(&anna, ""), 422);
    assert_has(anna.body, "<a href=\"#subject\">");
    assert_has(anna.body, "<a href=\"#date\">");
    browser_free(&anna);
    house_close(house);
}

TEST(booking__post__unticked_boxes_stay_unticked)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    house->limits.options.lobby = true;
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    browser_get(&anna, "/meetings/new");
    assert_has(anna.body, "name=\"lobby\" type=\"checkbox\" value=\"yes\" checked");
    assert_int_equal(post_meeting(&anna, "&subject=&lobby=no"), 422);
    assert_has_not(anna.body, "name=\"lobby\" type=\"checkbox\" value=\"yes\" checked");
    browser_free(&anna);
    house_close(house);
}

/* One that was ended has seconds, which nobody wants to read. */
TEST(list__ended_early__its_length_is_in_minutes)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[80];
    snprintf(path, sizeof path, "/meetings/%s", house_book(house, "Weekly", -7200, -7200 + 321));
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "<span class=\"hint\">5 min</span>");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "<p class=\"hint\">5 min · ");
    browser_free(&anna);
    house_close(house);
}

/* Whoever is lost has the way back in the head of the page, as everywhere. */
TEST(not_found__signed_in__has_the_usual_head)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, nobody = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/nowhere"), 404);
    assert_has(anna.body, "href=\"/settings\"");
    assert_int_equal(browser_get(&nobody, "/nowhere"), 404);
    assert_has_not(nobody.body, "href=\"/settings\"");
    browser_free(&anna);
    browser_free(&nobody);
    house_close(house);
}

TEST(list__empty__teaches)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "No meeting is planned.");
    assert_has(anna.body, "http://jmb.test/ical/");
    browser_free(&anna);
    house_close(house);
}

TEST(list__items__each_has_the_one_action_that_makes_sense)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, michel = {.house = house}, gaelle = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&michel, "MICHEL@univ.test", "Michel");
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", "Gaëlle");
    house_book(house, "In ten minutes", 600, 4200);
    house_book(house, "Next week", 7 * 86400, 7 * 86400 + 3600);
    house_book(house, "Yesterday", -86400, -82800);
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "Starts in 10 min");
    assert_has(anna.body, "Join now<span class=\"unseen\"> – <bdi>In ten minutes</bdi>");
    assert_has(anna.body, "0 of 3 accepted");
    assert_has(anna.body, "Who was there<span class=\"unseen\"> – <bdi>Yesterday</bdi>");
    assert_has_not(anna.body, "Answer now");
    assert_int_equal(browser_get(&michel, "/"), 200);
    assert_has(
        michel.body,
        "Join now<span class=\"unseen\"> – <bdi>In ten minutes</bdi>"); /* moderators from 15 min before */
    assert_has(michel.body, "Answer now<span class=\"unseen\"> – <bdi>Next week</bdi>");
    assert_has(michel.body, "by Anna Arnould");
    assert_int_equal(browser_get(&gaelle, "/"), 200);
    assert_has(
        gaelle.body,
        "Answer now<span class=\"unseen\"> – <bdi>In ten minutes</bdi>"); /* guests from 5 min before */
    assert_has_not(gaelle.body, "Who was there");
    browser_free(&anna);
    browser_free(&michel);
    browser_free(&gaelle);
    house_close(house);
}

TEST(list__sections__live_coming_and_past)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room;
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Running", -600, 3600));
    house_book(house, "Later", 7200, 9000);
    house_book(house, "Before", -9000, -7200);
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house_enter(&room, "bbbb", NULL, "Nobody");
    assert_int_equal(browser_get(&anna, "/"), 200);
    const char *live = strstr(anna.body, "id=\"live\""), *coming = strstr(anna.body, "id=\"today\""),
               *past = strstr(anna.body, "id=\"past\"");
    assert_true(live && coming > live && past > coming);
    const char *running = strstr(anna.body, "<bdi>Running"), *later = strstr(anna.body, "<bdi>Later"),
               *earlier = strstr(anna.body, "<bdi>Before");
    assert_true(running > live && running < coming && later > coming && later < past && earlier > past);
    assert_has(anna.body, "2 people connected");
    assert_has(anna.body, "today 12:50–14:00");
    browser_free(&anna);
    house_close(house);
}

TEST(list__search__by_title_and_organiser)
{
    struct house *house = house_open();
    struct browser michel = {.house = house};
    browser_sign_in(&michel, "michel@univ.test", "Michel");
    house_book(house, "Jury <b>", 90000, 93600);
    house_book(house, "Council", 90000, 93600);
    house_book(house, "Jury of old", -90000, -86400);
    house_book(house, "Jury of long ago", -400L * 86400, -400L * 86400 + 3600);
    assert_int_equal(browser_get(&michel, "/?q=JURY"), 200);
    assert_has(michel.body, "Jury &lt;b&gt;");
    assert_has(michel.body, "Jury of old");
    assert_has_not(michel.body, "Council");
    assert_has(michel.body, "value=\"JURY\"");
    assert_int_equal(browser_get(&michel, "/?q=arnould"), 200);
    assert_has(michel.body, "Council");
    assert_int_equal(browser_get(&michel, "/?q=anna%40univ"), 200);
    assert_has(michel.body, "Council");
    assert_int_equal(browser_get(&michel, "/?q=nothing+like+this"), 200);
    assert_has(michel.body, "Nothing was found.");
    assert_has(michel.body,
               "href=\"/?view=past&amp;q=nothing%20like%20this&amp;all=1\">Look through older ones too");
    assert_has(michel.body, "href=\"/\">All meetings</a>");
    assert_has_not(michel.body, "In your calendar"); /* nothing beside what was looked for */
    assert_int_equal(browser_get(&michel, "/?view=past&q=jury"), 200);
    assert_has_not(michel.body, "long ago");
    assert_has(michel.body, "/?view=past&amp;q=jury&amp;all=1");
    assert_int_equal(browser_get(&michel, "/?view=past&q=jury&all=1"), 200);
    assert_has(michel.body, "long ago");
    assert_has(michel.body, "href=\"/\">All meetings</a>");
    assert_int_equal(browser_get(&michel, "/"), 200);
    assert_has_not(michel.body, "All meetings");
    browser_free(&michel);
    house_close(house);
}

/* Latin accents of either side, capitals of other scripts, accents written beside their letters. */
TEST(list__search__does_not_count_case_and_accents)
{
    static const struct {
        const char *subject, *typed;
    } same[] = {{"Réunion d’équipe", "REUNION"},
                {"Réunion d’équipe", "d'Équipe"},
                {"Reunion du lundi", "réu"},
                {"Re\u0301union", "réunion"},
                {"ΣΥΝΕΔΡΙΟ", "συνεδριο"},
                {"Совещание", "СОВЕЩАНИЕ"},
                {"Cours de C++", "c++"},
                {"📅 Année", "📅"},
                {"Straße", "STRAßE"},
                {"Łódź", "Łodz"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct house *house = house_open();
        struct browser michel = {.house = house};
        struct text path = {0};
        browser_sign_in(&michel, "michel@univ.test", "Michel");
        house_book(house, same[i].subject, 90000, 93600);
        house_book(house, "Cuisine", 90000, 93600);
        text_add(&path, "/?q=");
        text_add_url(&path, same[i].typed);
        assert_int_equal(browser_get(&michel, text_string(&path)), 200);
        assert_has(michel.body, same[i].subject);
        assert_has_not(michel.body, "Cuisine");
        text_free(&path);
        browser_free(&michel);
        house_close(house);
    }
}

TEST(list__zone__is_named_where_it_is_another)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct person person = {.mail = "anna@univ.test", .tz = "America/New_York", .may_book = true};
    int64_t id;
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    house_book(house, "Weekly", 7200, 9000);
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "today 15:00–15:30</time>");
    assert_has_not(anna.body, "data-zone=");
    assert_true(store_put_person(house->store, &person, house_seconds(house), &id) > 0);
    assert_true(store_commit(house->store) > 0);
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "data-zone=\"Europe/Paris\">today 15:00–15:30</time>");
    assert_has(anna.body, "<span class=\"hint\">Europe/Paris (UTC+1)</span>");
    browser_free(&anna);
    house_close(house);
}

TEST(list__deputy__sees_whom_they_stand_for_and_nobody_else)
{
    struct house *house = house_open();
    struct browser dora = {.house = house}, other = {.house = house};
    struct arena arena = {0};
    struct person anna, deputy;
    browser_sign_in(&dora, "dora@univ.test", "Dora");
    browser_sign_in(&other, "other@univ.test", "Other");
    house_book(house, "Council", 90000, 93600);
    assert_true(store_find_person(house->store, "anna@univ.test", &arena, &anna) > 0);
    assert_true(store_find_person(house->store, "dora@univ.test", &arena, &deputy) > 0);
    assert_true(store_add_deputy(house->store, &anna, &deputy, house_seconds(house)) > 0);
    assert_true(store_commit(house->store) > 0);
    assert_int_equal(browser_get(&dora, "/"), 200);
    assert_has_not(dora.body, "Council");
    assert_int_equal(browser_get(&dora, "/?for=anna%40univ.test"), 200);
    assert_has(dora.body, "You see the meetings of Anna Arnould");
    assert_has(dora.body, "<h1>Meetings of Anna Arnould</h1>");
    assert_has_not(dora.body, "Book a meeting"); /* it would be Dora's */
    assert_has(dora.body, "Council");
    assert_has_not(dora.body, "/ical/"); /* the feed is Anna's alone */
    assert_int_equal(browser_get(&other, "/?for=anna%40univ.test"), 404);
    arena_free(&arena);
    browser_free(&dora);
    browser_free(&other);
    house_close(house);
}

TEST(list__many__go_on_behind_100)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char next[256];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    for (int i = 1; i <= 103; i++) {
        char subject[32];
        snprintf(subject, sizeof subject, "Number %03d", i);
        house_book(house, subject, i * 86400, i * 86400 + 3600);
    }
    for (int i = 1; i <= 7; i++) {
        char subject[32];
        snprintf(subject, sizeof subject, "Past %03d", i);
        house_book(house, subject, -i * 86400, -i * 86400 + 3600);
    }
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "Number 100");
    assert_has_not(anna.body, "Number 101");
    assert_has(anna.body, "Past 005");
    assert_has_not(anna.body, "Past 006");
    const char *more = strstr(anna.body, "/?after=");
    assert_non_null(more);
    snprintf(next, sizeof next, "%.*s", (int)strcspn(more, "\""), more);
    assert_int_equal(browser_get(&anna, next), 200);
    assert_has_not(anna.body, "Number 100");
    assert_has(anna.body, "Number 101");
    assert_has(anna.body, "Number 103");
    assert_int_equal(browser_get(&anna, "/?view=past"), 200);
    assert_has(anna.body, "Past 007");
    assert_has_not(anna.body, "Number");
    assert_int_equal(browser_get(&anna, "/?after=nonsense"), 200);
    browser_free(&anna);
    house_close(house);
}

enum { NOBODY, GUEST, MODERATOR, ORGANISER, OTHER, KINDS };

/* Every page about a meeting as every kind of person: the one table to read. */
TEST(rights__walk__every_route_as_every_kind_of_person)
{
    struct house *house = house_open();
    struct browser people[KINDS];
    static const char *const mails[KINDS] = {NULL, "gaelle@elsewhere.test", "michel@univ.test",
                                             "anna@univ.test", "other@univ.test"};
    static const struct {
        const char *method, *path;
        int status[KINDS]; /* nobody, guest, moderator, organiser, other */
    } routes[] = {
        {"GET", "/", {303, 200, 200, 200, 200}},
        {"GET", "/meetings/new", {303, 200, 200, 200, 200}},
        {"POST", "/meetings", {401, 422, 422, 422, 422}},
        {"GET", "/meetings/@", {303, 200, 200, 200, 404}},
        {"GET", "/meetings/@/attendance", {303, 403, 200, 200, 404}},
        {"GET", "/meetings/@/cancel", {303, 403, 403, 200, 404}},
        {"POST", "/meetings/@/cancel", {401, 403, 403, 303, 404}},
        {"GET", "/meetings/unknown", {303, 404, 404, 404, 404}},
        {"GET", "/sign-in", {200, 303, 303, 303, 303}},
        {"GET", "/about/health", {200, 200, 200, 200, 200}},
    };
    char ref[64], form[80], path[128];
    for (int who = 0; who < KINDS; who++) {
        people[who] = (struct browser){.house = house};
        if (mails[who])
            browser_sign_in(&people[who], mails[who], NULL);
    }
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        for (int who = 0; who < KINDS; who++) {
            const char *place = strchr(routes[i].path, '@');
            snprintf(form, sizeof form, "csrf=%s", mails[who] ? browser_csrf(&people[who]) : "");
            if (place)
                snprintf(path, sizeof path, "%.*s%s%s", (int)(place - routes[i].path), routes[i].path, ref,
                         place + 1);
            else
                snprintf(path, sizeof path, "%s", routes[i].path);
            int status =
                browser_ask(&people[who], routes[i].method, path, *routes[i].method == 'P' ? form : NULL);
            if (status != routes[i].status[who])
                fail_msg("%s %s as %s: %d instead of %d", routes[i].method, routes[i].path,
                         mails[who] ? mails[who] : "nobody", status, routes[i].status[who]);
        }
    }
    for (int who = 0; who < KINDS; who++)
        browser_free(&people[who]);
    house_close(house);
}

TEST(meeting__page__guests_do_not_see_who_else_is_invited)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house}, michel = {.house = house};
    char path[64];
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL);
    browser_sign_in(&michel, "michel@univ.test", NULL);
    snprintf(path, sizeof path, "/meetings/%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "Anna Arnould");
    assert_has_not(gaelle.body, "omar@elsewhere.test");
    assert_has_not(gaelle.body, "Cancel this meeting");
    assert_int_equal(browser_get(&michel, path), 200);
    assert_has(michel.body, "omar@elsewhere.test");
    assert_has_not(michel.body, "Cancel this meeting");
    browser_free(&gaelle);
    browser_free(&michel);
    house_close(house);
}

/* The address that the organiser was led to after booking, and gave to somebody else. */
TEST(meeting__page__what_was_done_is_told_to_who_did_it)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, michel = {.house = house};
    char path[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&michel, "michel@univ.test", NULL);
    snprintf(path, sizeof path, "/meetings/%s?done=booked", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "The meeting is booked.");
    assert_int_equal(browser_get(&michel, path), 200);
    assert_has_not(michel.body, "The meeting is booked.");
    browser_free(&anna);
    browser_free(&michel);
    house_close(house);
}

TEST(meeting__subject__comes_back_as_it_was_typed)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    static const char *const subjects[][2] = {{"d'équipe", "d&#39;équipe"},
                                              {"<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"},
                                              {"a | b * C++ & \"q\"", "a | b * C++ &amp; &quot;q&quot;"},
                                              {"🎓 𝔘", "🎓 𝔘"},
                                              {"اجتماع", "اجتماع"},
                                              {"{{subject}} {place}", "{{subject}} {place}"}};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        char path[64];
        snprintf(path, sizeof path, "/meetings/%s", house_book(house, subjects[i][0], 3600, 7200));
        static const char *const pages[] = {"", "/cancel", "/attendance"};
        for (size_t page = 0; page < 3; page++) {
            char whole[80];
            snprintf(whole, sizeof whole, "%s%s", path, pages[page]);
            assert_int_equal(browser_get(&anna, whole), 200);
            if (!strstr(anna.body, subjects[i][1]))
                fail_msg("%s is not on %s: %s", subjects[i][1], pages[page], anna.body);
        }
        browser_get(&anna, "/");
        assert_has(anna.body, subjects[i][1]);
    }
    browser_free(&anna);
    house_close(house);
}

static bool keep_letter(const struct letter *letter, void *context)
{
    struct letter *last = context;
    last->id = letter->id;
    last->attendee = letter->attendee;
    return false;
}

/* Every letter that waits is with its reader. */
static void deliver(struct house *house)
{
    struct letter letter = {0};
    struct arena arena = {0};
    while (store_next_letters(house->store, house_seconds(house), 1, keep_letter, &letter) > 0) {
        struct attendee attendee;
        struct meeting meeting;
        assert_int_equal(store_get_attendee(house->store, letter.attendee, &arena, &attendee, &meeting), 1);
        struct letter_told told = letter_told_now(&meeting, &attendee);
        assert_int_equal(store_letter_sent(house->store, letter.id, &told, house_seconds(house)), 1);
    }
    store_commit(house->store);
    arena_free(&arena);
}

TEST(meeting__over__has_no_link_to_give_away_and_nobody_to_wait_for)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, gaelle = {.house = house};
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL);
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    snprintf(path, sizeof path, "/meetings/%s", ref);
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "My own join link");
    assert_has(gaelle.body, ">answer</a>");
    house->now_ms += (int64_t)3 * 3600 * 1000;
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL);
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "Over</span>");
    assert_has_not(gaelle.body, "/j/");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has_not(anna.body, "/j/");
    snprintf(path, sizeof path, "/meetings/%s/attendance", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Nobody came.");
    browser_free(&anna);
    browser_free(&gaelle);
    house_close(house);
}

TEST(cancel__post__says_so_everywhere_and_only_once)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64], path[96], form[128];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    snprintf(path, sizeof path, "/meetings/%s/cancel", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, ">Cancel the meeting</button>"); /* nobody was told of it yet */
    deliver(house);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Cancel the meeting and tell 3 people");
    snprintf(form, sizeof form, "csrf=%s&reason=I+am+ill", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, path, form), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The meeting is cancelled.");
    assert_int_equal(browser_get(&anna, path), 409);
    assert_int_equal(browser_post(&anna, path, form), 409);
    browser_get(&anna, "/");
    assert_has(anna.body, "Cancelled");
    browser_free(&anna);
    house_close(house);
}

TEST(cancel__reason__is_kept_whole_or_refused_and_never_cut)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct text form = {0};
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    snprintf(path, sizeof path, "/meetings/%s/cancel", ref);
    text_addf(&form, "csrf=%s", browser_csrf(&anna));
    form_repeat(&form, "reason", "%C3%A9", 1001);
    assert_int_equal(browser_post(&anna, path, text_string(&form)), 422);
    assert_has(anna.body, "Your word is too long. Please shorten it.");
    assert_has(anna.body, "tabindex=\"-1\" autofocus");
    assert_has(anna.body, "éé</textarea>");
    assert_int_equal(browser_get(&anna, path), 200); /* not cancelled */
    form.size = 0;
    text_addf(&form, "csrf=%s", browser_csrf(&anna));
    form_repeat(&form, "reason", "%C3%A9", 1000);
    assert_int_equal(browser_post(&anna, path, text_string(&form)), 303);
    struct arena arena = {0};
    struct meeting meeting = {0};
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    assert_int_equal(strlen(meeting.cancel_reason), 2000);
    arena_free(&arena);
    text_free(&form);
    browser_free(&anna);
    house_close(house);
}

TEST(cancel__over__is_refused)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[96], form[80];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(path, sizeof path, "/meetings/%s/cancel", house_book(house, "Weekly", -7200, -3600));
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, path, form), 409);
    assert_has(anna.body, "The meeting is over");
    browser_free(&anna);
    house_close(house);
}

TEST(attendance__page__who_was_there_from_when_to_when)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room;
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 0, 3600));
    snprintf(path, sizeof path, "/meetings/%s/attendance", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Nobody has come yet.");
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house_enter(&room, "bbbb", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)600 * 1000;
    house_enter(&room, "cccc", NULL, "<i>Stranger</i>");
    house_leave(&room, "bbbb");
    house->now_ms += 3000; /* a moment: no gap */
    house_enter(&room, "bbb2", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)597 * 1000;
    house_leave(&room, "bbb2");
    house->now_ms += (int64_t)300 * 1000;
    house_enter(&room, "bbb3", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)300 * 1000;
    house_leave(&room, "bbb3");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "3 people were there");
    assert_has(anna.body, "<bdi>Gaëlle Guérin</bdi>");
    assert_has(anna.body, "13:00</time>–<time datetime=\"2026-11-30T12:20:00Z\">13:20</time>");
    assert_has(anna.body, "13:25</time>–<time datetime=\"2026-11-30T12:30:00Z\">13:30</time>");
    assert_has(anna.body, "<td class=\"number\">25 min</td>"); /* Gaëlle: 20 and 5 */
    assert_has(anna.body, "<td class=\"number\">30 min</td>"); /* Anna, still there */
    assert_has(anna.body, "still there");
    assert_has(anna.body, "&lt;i&gt;Stranger&lt;/i&gt;");
    assert_has(anna.body, "Not invited");
    assert_has(anna.body, "not verified");
    const char *absent = strstr(anna.body, "Invited, not there");
    assert_non_null(absent);
    assert_has(absent, "omar@elsewhere.test");
    assert_has_not(absent, "Gaëlle");
    browser_free(&anna);
    house_close(house);
}

/* The day stands where it is not that of the start, and once for a stay within it: phones are narrow. */
TEST(attendance__over_midnight__the_day_is_said_once)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room;
    char path[96];
    house->now_ms += (int64_t)(10 * 3600 + 1800) * 1000; /* 23:30 in Paris */
    snprintf(path, sizeof path, "/meetings/%s/attendance", house_book(house, "Night", 0, 7200));
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    char ref[64];
    snprintf(ref, sizeof ref, "%.*s", (int)strcspn(path + 10, "/"), path + 10);
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)2700 * 1000;
    house_leave(&room, "aaaa");
    house->now_ms += (int64_t)300 * 1000;
    house_enter(&room, "bbbb", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)300 * 1000;
    house_leave(&room, "bbbb");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, ">23:30</time>–<time datetime=\"2026-11-30T23:15:00Z\">Tue 1 Dec 00:15</time>");
    assert_has(anna.body, ">Tue 1 Dec 00:20</time>–<time datetime=\"2026-11-30T23:25:00Z\">00:25</time>");
    browser_free(&anna);
    house_close(house);
}

TEST(attendance__breakouts_and_two_devices__count_once_and_are_shown)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room, breakout;
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 0, 3600));
    snprintf(path, sizeof path, "/meetings/%s/attendance", ref);
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house_enter(&room, "aaa2", "anna@univ.test", "Anna"); /* her phone */
    house->now_ms += (int64_t)600 * 1000;
    house_leave(&room, "aaa2");
    house_leave(&room, "aaaa");
    house_open_breakout(&room, &breakout);
    house_enter(&breakout, "aaab", "anna@univ.test", "Anna");
    house->now_ms += (int64_t)300 * 1000;
    house_leave(&breakout, "aaab");
    house_enter(&room, "aaac", "anna@univ.test", "Anna");
    house->now_ms += (int64_t)300 * 1000;
    house_leave(&room, "aaac");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body,
               "<td class=\"number\">20 min<br><span class=\"hint\">5 min of it in breakout rooms");
    assert_has(anna.body, "<li><time datetime=\"2026-11-30T12:00:00Z\">13:00</time>–<time "
                          "datetime=\"2026-11-30T12:20:00Z\">13:20</time></li></ul>");
    assert_has(anna.body, "In breakout rooms:");
    assert_has(anna.body, "13:10</time>–<time datetime=\"2026-11-30T12:15:00Z\">13:15</time>");
    assert_has(anna.body, "At most 1 person at the same time.");
    browser_free(&anna);
    house_close(house);
}

TEST(attendance__exports__say_the_same_and_no_name_is_a_formula)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room;
    char path[96], ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 0, 3600));
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house->now_ms += 60 * 1000;
    house_enter(&room, "cccc", NULL, "=HYPERLINK(\"http://e.test\")");
    house->now_ms += (int64_t)600 * 1000;
    house_leave(&room, "cccc");
    snprintf(path, sizeof path, "/meetings/%s/attendance.csv", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.answer, "text/csv; charset=utf-8");
    assert_has(anna.answer, "attachment; filename=\"attendance-");
    assert_has(anna.body, "\"Anna Arnould\",anna@univ.test,Organiser,verified,\"2026-11-30 13:00:00\",,,");
    assert_has(anna.body, "\"'=HYPERLINK(\"\"http://e.test\"\")\",,\"Not invited\",\"not verified\","
                          "\"2026-11-30 13:01:00\",\"2026-11-30 13:11:00\",600,\"Main room\",yes,");
    assert_has(anna.body, "omar@elsewhere.test,omar@elsewhere.test,Guest,\r\n");
    snprintf(path, sizeof path, "/meetings/%s/attendance.json", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    json_t *data = json_loads(anna.body, 0, NULL), *people = json_object_get(data, "people");
    assert_int_equal(json_integer_value(json_object_get(data, "most_at_once")), 2);
    assert_int_equal(json_array_size(people), 5); /* three invited did not come */
    json_t *stranger = json_array_get(people, 1);
    assert_string_equal(json_string_value(json_object_get(stranger, "name")),
                        "=HYPERLINK(\"http://e.test\")");
    assert_int_equal(json_integer_value(json_object_get(stranger, "present_ms")), 600000);
    assert_true(json_is_false(json_object_get(stranger, "verified")));
    json_decref(data);
    browser_free(&anna);
    house_close(house);
}

/* Somebody is sent away from the room; `mail` is of somebody invited, NULL: `name` is all there is. */
static void refuse(struct house_room *room, const char *mail, const char *name, const char *reason)
{
    struct arena arena = {0};
    struct attendee attendee = {0};
    struct meeting meeting;
    if (mail) {
        struct house_search search = house_find(room->house, room->ref, mail);
        assert_true(store_get_attendee(room->house->store, search.id, &arena, &attendee, &meeting) > 0);
    }
    house_event(room, (struct room_event){.event = ROOM_REFUSED,
                                          .jid = "x@guest.meet.test/x",
                                          .user = attendee.ref,
                                          .name = name,
                                          .reason = reason});
    arena_free(&arena);
}

TEST(attendance__turned_away__who_how_often_when_and_why)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct house_room room;
    char path[96], ref[64], name[32];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 600, 3600));
    house_open_room(house, &room, ref);
    snprintf(path, sizeof path, "/meetings/%s/attendance", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has_not(anna.body, "Turned away");
    refuse(&room, "gaelle@elsewhere.test", NULL, "early-guest");
    house->now_ms += 60 * 1000;
    refuse(&room, NULL, "<i>Stranger</i>", "full");
    house->now_ms += 60 * 1000;
    refuse(&room, "gaelle@elsewhere.test", NULL, "early-guest");
    refuse(&room, NULL, NULL, "unheard-of");
    assert_int_equal(browser_get(&anna, path), 200);
    const char *away = strstr(anna.body, "<h2>Turned away</h2>");
    assert_non_null(away);
    assert_has(away, "<bdi>Gaëlle Guérin</bdi> <span class=\"hint\">Guest, too early, <time "
                     "datetime=\"2026-11-30T12:00:00Z\">13:00</time>–<time "
                     "datetime=\"2026-11-30T12:02:00Z\">13:02</time>, 2 times</span>");
    assert_has(away, "<bdi>&lt;i&gt;Stranger&lt;/i&gt;</bdi> <span class=\"hint\">not verified, the room was "
                     "full, <time datetime=\"2026-11-30T12:01:00Z\">13:01</time></span>");
    assert_has(away, "<bdi>Without a name</bdi> <span class=\"hint\">not verified, <time");
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "Name %d", i);
        refuse(&room, NULL, name, "early-guest");
    }
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "<bdi>Name 96</bdi>");
    assert_has_not(anna.body, "<bdi>Name 97</bdi>");
    assert_has(anna.body, "<bdi>Others, too many to name</bdi>");
    assert_has(anna.body, "102 times");
    assert_has(anna.body, "And 401 more.");
    snprintf(path, sizeof path, "/meetings/%s/attendance.json", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    json_t *data = json_loads(anna.body, 0, NULL), *refused = json_object_get(data, "refused");
    assert_int_equal(json_array_size(refused), 502);
    json_t *gaelle = json_array_get(refused, 0);
    assert_string_equal(json_string_value(json_object_get(gaelle, "mail")), "gaelle@elsewhere.test");
    assert_string_equal(json_string_value(json_object_get(gaelle, "reason")), "early-guest");
    assert_int_equal(json_integer_value(json_object_get(gaelle, "times")), 2);
    assert_int_equal(json_integer_value(json_object_get(gaelle, "last_ms")) -
                         json_integer_value(json_object_get(gaelle, "first_ms")),
                     120000);
    assert_true(json_is_true(json_object_get(json_array_get(refused, 501), "others")));
    json_decref(data);
    browser_free(&anna);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list__ended_early__its_length_is_in_minutes),
        cmocka_unit_test(not_found__signed_in__has_the_usual_head),
        cmocka_unit_test(booking__form__proposes_sensible_values),
        cmocka_unit_test(booking__form__many_lengths_are_a_field),
        cmocka_unit_test(booking__post__goes_on_to_the_meeting),
        cmocka_unit_test(booking__post__twice_is_one_meeting),
        cmocka_unit_test(booking__post__errors_stand_beside_their_fields_and_nothing_is_lost),
        cmocka_unit_test(booking__post__an_empty_form_is_refused_not_broken),
        cmocka_unit_test(booking__post__unticked_boxes_stay_unticked),
        cmocka_unit_test(list__empty__teaches),
        cmocka_unit_test(list__items__each_has_the_one_action_that_makes_sense),
        cmocka_unit_test(list__sections__live_coming_and_past),
        cmocka_unit_test(list__search__by_title_and_organiser),
        cmocka_unit_test(list__search__does_not_count_case_and_accents),
        cmocka_unit_test(list__zone__is_named_where_it_is_another),
        cmocka_unit_test(list__deputy__sees_whom_they_stand_for_and_nobody_else),
        cmocka_unit_test(list__many__go_on_behind_100),
        cmocka_unit_test(rights__walk__every_route_as_every_kind_of_person),
        cmocka_unit_test(meeting__page__guests_do_not_see_who_else_is_invited),
        cmocka_unit_test(meeting__page__what_was_done_is_told_to_who_did_it),
        cmocka_unit_test(meeting__subject__comes_back_as_it_was_typed),
        cmocka_unit_test(meeting__over__has_no_link_to_give_away_and_nobody_to_wait_for),
        cmocka_unit_test(cancel__post__says_so_everywhere_and_only_once),
        cmocka_unit_test(cancel__reason__is_kept_whole_or_refused_and_never_cut),
        cmocka_unit_test(cancel__over__is_refused),
        cmocka_unit_test(attendance__page__who_was_there_from_when_to_when),
        cmocka_unit_test(attendance__over_midnight__the_day_is_said_once),
        cmocka_unit_test(attendance__breakouts_and_two_devices__count_once_and_are_shown),
        cmocka_unit_test(attendance__exports__say_the_same_and_no_name_is_a_formula),
        cmocka_unit_test(attendance__turned_away__who_how_often_when_and_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
