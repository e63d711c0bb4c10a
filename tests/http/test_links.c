/* Personal links: joining, invitations. */
#include "tests/http/house.h"

#include "sql/store_letters.h"

#include <jwt.h>

/* The claims of the token in a Location, as JSON; to be freed. */
static json_t *claims_of(const struct house *house, const char *location)
{
    char token[1500];
    jwt_t *jwt;
    const char *at = strstr(location, "jwt=");
    assert_non_null(at);
    snprintf(token, sizeof token, "%.*s", (int)strcspn(at + 4, "#&"), at + 4);
    assert_int_equal(
        jwt_decode(&jwt, token, house->options.token_key.secret, (int)house->options.token_key.secret_size),
        0);
    char *text = jwt_get_grants_json(jwt, NULL);
    json_t *claims = json_loads(text, 0, NULL);
    free(text);
    jwt_free(jwt);
    return claims;
}

static const char *claim_user(const json_t *claims, const char *name)
{
    return json_string_value(
        json_object_get(json_object_get(json_object_get(claims, "context"), "user"), name));
}

TEST(join__open__goes_to_jitsi_with_a_token)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly & more", -60, 3600));
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "michel@univ.test")), 302);
    const char *location = browser_location(&someone);
    assert_int_equal(strncmp(location, "https://meet.test/", 18), 0);
    assert_has(location, "config.localSubject=%22Weekly%20%26%20more%22");
    assert_has(someone.answer, "Cache-Control: no-store");
    assert_has(someone.answer, "Referrer-Policy: no-referrer");
    assert_has_not(someone.answer, "jmb_session");
    json_t *claims = claims_of(house, location);
    assert_string_equal(claim_user(claims, "name"), "Michel Martin");
    assert_string_equal(claim_user(claims, "moderator"), "true");
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), NOON + 3600 + 600);
    char *text = json_dumps(claims, 0);
    assert_has_not(text, "univ.test\""); /* no mail address in it */
    free(text);
    json_decref(claims);
    browser_free(&someone);
    house_close(house);
}

TEST(join__guest__has_identity_but_no_rights)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "omar@elsewhere.test")), 302);
    json_t *claims = claims_of(house, browser_location(&someone));
    assert_null(claim_user(claims, "name"));
    assert_string_equal(claim_user(claims, "moderator"), "false");
    json_decref(claims);
    browser_free(&someone);
    house_close(house);
}

TEST(join__guest_tokens_off__sends_guests_to_the_bare_room)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    http_close(house->http);
    house->options.guest_tokens = false;
    house_open_http(house);
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "gaelle@elsewhere.test")), 302);
    assert_has_not(browser_location(&someone), "jwt");
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "michel@univ.test")), 302);
    assert_has(browser_location(&someone), "?jwt=");
    browser_free(&someone);
    house_close(house);
}

TEST(join__fragment__keeps_the_token_out_of_logs)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    http_close(house->http);
    house->options.token_in_fragment = true;
    house_open_http(house);
    const char *path = house_link(house, LINK_JOIN, house_book(house, "Weekly", -60, 3600), "anna@univ.test");
    assert_int_equal(browser_get(&someone, path), 302);
    assert_has(browser_location(&someone), "#jwt=");
    assert_has_not(browser_location(&someone), "?");
    browser_free(&someone);
    house_close(house);
}

/* Nobody sits in front of a page until tomorrow. */
TEST(join__a_day_early__says_to_come_back)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400 + 300, 90000));
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "gaelle@elsewhere.test")), 200);
    assert_has(someone.body, "The room opens in 1 day.");
    assert_has(someone.answer, "data-day=\"{n} day\" data-days=\"{n} days\" data-hours=\"{n} h\"");
    assert_has(someone.body, "Come back by the same link then.");
    assert_has_not(someone.body, "Keep this page open");
    browser_free(&someone);
    house_close(house);
}

TEST(join__early__waits_until_its_role_may_enter)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64], guest[64], moderator[64], stay[80];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 1200, 3600));
    snprintf(guest, sizeof guest, "%s", house_link(house, LINK_JOIN, ref, "gaelle@elsewhere.test"));
    snprintf(moderator, sizeof moderator, "%s", house_link(house, LINK_JOIN, ref, "michel@univ.test"));
    assert_int_equal(browser_get(&someone, moderator), 200);
    assert_has(someone.body, "The room opens in 5 min.");
    assert_has(someone.body, "today 13:05");
    assert_has(someone.answer, "http-equiv=\"refresh\" content=\"300\"");
    assert_has(someone.answer, "Referrer-Policy: no-referrer");
    assert_int_equal(browser_get(&someone, guest), 200);
    assert_has(someone.body, "The room opens in 15 min.");
    assert_has(someone.body, "Keep this page open");
    snprintf(stay, sizeof stay, "%s?stay=1", guest);
    assert_int_equal(browser_get(&someone, stay), 200);
    assert_has_not(someone.answer, "http-equiv=\"refresh\"");
    house->now_ms += (int64_t)300 * 1000;
    assert_int_equal(browser_get(&someone, moderator), 302);
    assert_int_equal(browser_get(&someone, guest), 200);
    house->now_ms += (int64_t)598 * 1000;
    assert_int_equal(browser_get(&someone, guest), 200);
    assert_has(someone.body, "The room opens in 2 s.");
    assert_has(someone.answer, "http-equiv=\"refresh\" content=\"2\"");
    house->now_ms += 2000;
    assert_int_equal(browser_get(&someone, guest), 302);
    browser_free(&someone);
    house_close(house);
}

TEST(join__late__grace_and_then_over)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char path[64];
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_JOIN, house_book(house, "Weekly", -7200, -599), "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&someone, path), 302);
    house->now_ms += 1000;
    assert_int_equal(browser_get(&someone, path), 410);
    assert_has(someone.body, "This meeting is over");
    assert_has(someone.body, "mailto:anna@univ.test");
    browser_free(&someone);
    house_close(house);
}

TEST(join__cancelled__says_so)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly <b>", 1200, 3600));
    assert_true(store_cancel(house->store, house_find(house, ref, "anna@univ.test").meeting, 1, NULL,
                             house_seconds(house)) > 0);
    assert_true(store_commit(house->store) > 0);
    assert_int_equal(browser_get(&someone, house_link(house, LINK_JOIN, ref, "gaelle@elsewhere.test")), 410);
    assert_has(someone.body, "“Weekly &lt;b&gt;” does not take place.");
    assert_int_equal(browser_get(&someone, house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test")),
                     200);
    assert_has(someone.body, "there is nothing to answer any more");
    assert_has_not(someone.body, "<button");
    browser_free(&someone);
    house_close(house);
}

TEST(links__forged_cut_or_of_another_purpose__are_not_found)
{
    struct house *house = house_open();
    struct browser someone = {.house = house};
    char ref[64], good[64], path[80];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 3600));
    snprintf(good, sizeof good, "%s", house_link(house, LINK_JOIN, ref, "anna@univ.test"));
    for (size_t i = 3; i < strlen(good); i++) {
        snprintf(path, sizeof path, "%s", good);
        path[i] = path[i] == 'A' ? 'B' : 'A';
        assert_int_equal(browser_get(&someone, path), 404);
    }
    assert_has(someone.body, "This link is not valid");
    snprintf(path, sizeof path, "%.20s", good);
    assert_int_equal(browser_get(&someone, path), 404);
    snprintf(path, sizeof path, "%sA", good);
    assert_int_equal(browser_get(&someone, path), 404);
    snprintf(path, sizeof path, "/i/%s", good + 3);
    assert_int_equal(browser_get(&someone, path), 404);
    assert_int_equal(browser_post(&someone, path, "answer=accepted"), 404);
    snprintf(path, sizeof path, "/ical/%s.ics", good + 3);
    assert_int_equal(browser_get(&someone, path), 404);
    struct link_id unknown = {{1, 2, 3}};
    char link[LINK_SIZE + 1];
    link_write(&house->keys, LINK_JOIN, &unknown, link);
    snprintf(path, sizeof path, "/j/%s", link);
    assert_int_equal(browser_get(&someone, path), 404);
    assert_int_equal(browser_get(&someone, good), 302);
    browser_free(&someone);
    house_close(house);
}

TEST(invitation__answer__is_stored_and_shown)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house}, anna = {.house = house};
    char ref[64], path[64], page[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(page, sizeof page, "/meetings/%s", ref);
    snprintf(path, sizeof path, "%s", house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "Are you coming?");
    assert_has(gaelle.body, "Anna Arnould");
    assert_has(gaelle.body, "Europe/Paris (UTC+1)");
    assert_has(gaelle.answer, "Referrer-Policy: strict-origin");
    gaelle.extra = "Origin: http://jmb.test\r\n";
    assert_int_equal(browser_post(&gaelle, path, "answer=tentative&comment=Peut-%C3%AAtre+%3Cb%3E"), 303);
    assert_int_equal(browser_get(&gaelle, browser_location(&gaelle)), 200);
    assert_has(gaelle.body, "Thank you. Your answer: Maybe");
    assert_has(gaelle.body, ">Peut-être &lt;b&gt;</textarea>");
    assert_int_equal(browser_post(&gaelle, path, "answer=tentative&comment=Peut-%C3%AAtre+%3Cb%3E"), 303);
    assert_int_equal(browser_post(&gaelle, path, "answer=declined"), 303);
    assert_int_equal(browser_post(&gaelle, path, "answer=accepted&comment=Yes"), 303);
    assert_int_equal(browser_get(&anna, page), 200);
    assert_has(anna.body, "<span class=\"tag accepted\">Accepted</span>");
    assert_has(anna.body, ">Yes</p>");
    assert_has(anna.body, "1 of 3 invited people answered");
    browser_free(&gaelle);
    browser_free(&anna);
    house_close(house);
}

TEST(invitation__link_of_a_letter__has_the_answer_at_hand_and_stores_nothing)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house};
    char path[128], ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(path, sizeof path, "%s?answer=declined",
             house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "<button class=\"button\" name=\"answer\" value=\"declined\" autofocus>");
    assert_has(gaelle.body, "<button class=\"button second\" name=\"answer\" value=\"accepted\">");
    assert_has(gaelle.body, "Are you coming?");
    snprintf(path, sizeof path, "%s?lang=fr",
             house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "<html lang=\"fr\"");
    browser_free(&gaelle);
    house_close(house);
}

TEST(stop__reminders__of_a_meeting_or_all__and_again)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house};
    char ref[64], path[128];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly <b>", 86400, 90000));
    snprintf(path, sizeof path, "%s", house_link(house, LINK_STOP, ref, "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&gaelle, path), 200); /* changes nothing: mail scanners follow links */
    assert_has(gaelle.body, "No reminders of “Weekly &lt;b&gt;”");
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "Which letters shall we leave out?");
    assert_int_equal(browser_post(&gaelle, path, "what=nonsense"), 422);
    assert_int_equal(browser_post(&gaelle, path, "what=meeting"), 303);
    assert_int_equal(browser_get(&gaelle, browser_location(&gaelle)), 200);
    assert_has(gaelle.body, "gaelle@elsewhere.test gets no more reminders of “Weekly &lt;b&gt;”.");
    assert_int_equal(browser_post(&gaelle, path, "what=all"), 303);
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "gets no more reminders of any meeting.");
    assert_int_equal(browser_post(&gaelle, path, "what=again"), 303);
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "Which letters shall we leave out?");
    browser_free(&gaelle);
    house_close(house);
}

/* RFC 8058: the mail provider POSTs, with no cookie, page or Origin before, and takes no redirection. */
TEST(stop__one_click__stops_them_all)
{
    struct house *house = house_open();
    struct browser provider = {.house = house};
    char ref[64], path[128];
    bool this_meeting, all;
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(path, sizeof path, "%s", house_link(house, LINK_STOP, ref, "gaelle@elsewhere.test"));
    assert_int_equal(browser_post(&provider, path, "List-Unsubscribe=One-Click"), 200);
    struct attendee me;
    struct meeting meeting;
    struct arena arena = {0};
    struct link_id link;
    assert_true(link_read(&house->keys, LINK_STOP, strrchr(path, '/') + 1, &link));
    assert_true(store_find_attendee(house->store, &link, &arena, &me, &meeting) > 0);
    assert_true(store_reminders_stopped(house->store, me.id, &this_meeting, &all) > 0);
    assert_true(all);
    path[strlen(path) - 1] ^= 1;
    assert_int_equal(browser_post(&provider, path, "List-Unsubscribe=One-Click"), 404);
    arena_free(&arena);
    browser_free(&provider);
    house_close(house);
}

/* As long as the field lets people type, in any script. */
TEST(invitation__answer__a_thousand_characters_are_no_thousand_bytes)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house};
    struct text form = {0};
    char path[64];
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_INVITATION, house_book(house, "Weekly", 86400, 90000),
                        "gaelle@elsewhere.test"));
    text_add(&form, "answer=accepted");
    form_repeat(&form, "comment", "%E6%BC%A2", 1000);
    assert_int_equal(browser_post(&gaelle, path, text_string(&form)), 303);
    browser_get(&gaelle, path);
    assert_has(gaelle.body, "漢漢</textarea>");
    text_free(&form);
    browser_free(&gaelle);
    house_close(house);
}

TEST(invitation__answer__nonsense_is_refused_and_kept)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house};
    char path[64];
    struct text long_form = {0};
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_INVITATION, house_book(house, "Weekly", 86400, 90000),
                        "gaelle@elsewhere.test"));
    assert_int_equal(browser_post(&gaelle, path, "comment=Hello+%22you%22"), 422);
    assert_has(gaelle.body, ">Hello &quot;you&quot;</textarea>");
    assert_int_equal(browser_post(&gaelle, path, "answer=needs-action"), 422);
    assert_int_equal(browser_post(&gaelle, path, "answer=organiser"), 422);
    text_add(&long_form, "answer=accepted");
    form_repeat(&long_form, "comment", "x", 1001);
    assert_int_equal(browser_post(&gaelle, path, text_string(&long_form)), 422);
    gaelle.extra = "Origin: http://evil.test\r\n";
    assert_int_equal(browser_post(&gaelle, path, "answer=accepted"), 403);
    gaelle.extra = NULL;
    browser_get(&gaelle, path);
    assert_has(gaelle.body, "Are you coming?");
    text_free(&long_form);
    browser_free(&gaelle);
    house_close(house);
}

/* On all that tells how to come in, in the reader's language; not when there is nothing to come to. */
TEST(dial_in__text__is_shown_while_the_meeting_can_be_joined)
{
    struct house *house = house_open();
    struct browser omar = {.house = house}, french = {.house = house, .extra = "Accept-Language: fr\r\n"};
    char ref[64], path[96];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 60, 3600));
    snprintf(path, sizeof path, "%s", house_link(house, LINK_INVITATION, ref, "omar@elsewhere.test"));
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has_not(omar.body, "By telephone:");
    house->site.dial_in = "+33 1 02 03 04 05 <first>";
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has(omar.body, "By telephone: <bdi>+33 1 02 03 04 05 &lt;first&gt;</bdi>");
    assert_int_equal(browser_get(&french, path), 200);
    assert_has(french.body, "Par téléphone : <bdi>+33 1 02 03 04 05 &lt;first&gt;</bdi>");
    house->site.dial_in_fr = "01 02 03 04 05";
    assert_int_equal(browser_get(&french, path), 200);
    assert_has(french.body, "Par téléphone : <bdi>01 02 03 04 05</bdi>");
    snprintf(
        path, sizeof path, "%s",
        house_link(house, LINK_INVITATION, house_book(house, "Before", -7200, -3600), "omar@elsewhere.test"));
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has_not(omar.body, "By telephone:");
    browser_free(&omar);
    browser_free(&french);
    house_close(house);
}

TEST(invitation__over__says_so)
{
    struct house *house = house_open();
    struct browser gaelle = {.house = house};
    char path[64];
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_INVITATION, house_book(house, "Weekly", -7200, -3600),
                        "gaelle@elsewhere.test"));
    assert_int_equal(browser_get(&gaelle, path), 200);
    assert_has(gaelle.body, "This meeting is over: there is nothing to answer any more.");
    assert_int_equal(browser_post(&gaelle, path, "answer=accepted"), 409);
    browser_free(&gaelle);
    house_close(house);
}

TEST(invitation__calendar__is_one_event_with_the_own_link)
{
    struct house *house = house_open();
    struct browser omar = {.house = house};
    char ref[64], path[96];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(path, sizeof path, "%s/invite.ics",
             house_link(house, LINK_INVITATION, ref, "omar@elsewhere.test"));
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has(omar.answer, "Content-Type: text/calendar; charset=utf-8");
    assert_has(omar.answer, "Content-Disposition: attachment; filename=\"invite.ics\"");
    assert_has(omar.body, "SUMMARY:Weekly\r\n");
    assert_has(omar.body, "http://jmb.test/j/");
    assert_has_not(omar.body, "gaelle@");
    assert_has(omar.body, "\r\nDESCRIPTION:Join:\\nhttp://jmb.test/j/");
    assert_has(omar.body, "er:\\nhttp://jmb.test/i/");
    snprintf(path, sizeof path, "%s", house_link(house, LINK_INVITATION, ref, "omar@elsewhere.test"));
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has(omar.body, "/invite.ics\"");
    store_cancel(house->store, house_find(house, ref, "anna@univ.test").meeting, 1, "Snow <b>",
                 house_seconds(house));
    store_commit(house->store);
    assert_int_equal(browser_get(&omar, path), 200);
    assert_has(omar.body, "Snow &lt;b&gt;</blockquote>");
    assert_has_not(omar.body, "/invite.ics\"");
    browser_free(&omar);
    house_close(house);
}

/* Whom and when a calendar names: its lines about people and its DTSTAMP, as they were folded. */
static void keep_people(struct browser *browser, const char *path, struct text *people)
{
    static const char *const kept[] = {"DTSTAMP", "ORGANIZER", "ATTENDEE", " "};
    bool keeping = false;
    assert_int_equal(browser_get(browser, path), 200);
    text_clear(people);
    for (const char *line = browser->body; *line; line = strstr(line, "\r\n") + 2) {
        bool keeps = false;
        for (size_t i = 0; i < 4; i++)
            keeps = keeps || (strncmp(line, kept[i], strlen(kept[i])) == 0 && (i < 3 || keeping));
        keeping = keeps;
        if (keeps)
            text_add_bytes(people, line, strcspn(line, "\n") + 1);
    }
}

/* One rule says whom a calendar names, whichever way it came. */
TEST(invitation__calendar__names_the_people_that_the_feed_names)
{
    static const struct {
        bool shown;
        const char *mail;
        int people;
    } readers[] = {{false, "omar@elsewhere.test", 2},
                   {true, "omar@elsewhere.test", 4},
                   {true, "michel@univ.test", 4},
                   {false, "anna@univ.test", 4}};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct house *house = house_open();
        struct browser browser = {.house = house};
        struct text file = {0}, feed = {0};
        struct person person = {.mail = readers[i].mail};
        char ref[64], path[96], link[LINK_SIZE + 1];
        house->limits.options.show_guests = readers[i].shown;
        snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
        assert_true(store_put_person(house->store, &person, house_seconds(house), &person.id) > 0);
        house->now_ms += 60000;
        assert_true(store_answer(house->store, house_find(house, ref, "gaelle@elsewhere.test").id,
                                 PARTSTAT_DECLINED, NULL, house_seconds(house)) > 0);
        assert_true(store_commit(house->store) > 0);
        snprintf(path, sizeof path, "%s/invite.ics",
                 house_link(house, LINK_INVITATION, ref, readers[i].mail));
        keep_people(&browser, path, &file);
        struct arena arena = {0};
        assert_true(store_get_person(house->store, person.id, &arena, &person) > 0);
        link_write(&house->keys, LINK_FEED, &person.link, link);
        snprintf(path, sizeof path, "/ical/%s.ics", link);
        keep_people(&browser, path, &feed);
        assert_string_equal(text_string(&file), text_string(&feed));
        int people = 0;
        for (const char *at = text_string(&file); (at = strstr(at, "\nATTENDEE;")); at++)
            people++;
        assert_int_equal(people, readers[i].people);
        arena_free(&arena);
        text_free(&file);
        text_free(&feed);
        browser_free(&browser);
        house_close(house);
    }
}

TEST(invitation__organiser__has_nothing_to_answer)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[64];
    snprintf(path, sizeof path, "%s",
             house_link(house, LINK_INVITATION, house_book(house, "Weekly", 86400, 90000), "anna@univ.test"));
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has_not(anna.body, "<button");
    assert_int_equal(browser_post(&anna, path, "answer=declined"), 409);
    browser_free(&anna);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join__open__goes_to_jitsi_with_a_token),
        cmocka_unit_test(join__guest__has_identity_but_no_rights),
        cmocka_unit_test(join__guest_tokens_off__sends_guests_to_the_bare_room),
        cmocka_unit_test(join__fragment__keeps_the_token_out_of_logs),
        cmocka_unit_test(join__early__waits_until_its_role_may_enter),
        cmocka_unit_test(join__a_day_early__says_to_come_back),
        cmocka_unit_test(join__late__grace_and_then_over),
        cmocka_unit_test(join__cancelled__says_so),
        cmocka_unit_test(links__forged_cut_or_of_another_purpose__are_not_found),
        cmocka_unit_test(invitation__answer__is_stored_and_shown),
        cmocka_unit_test(dial_in__text__is_shown_while_the_meeting_can_be_joined),
        cmocka_unit_test(invitation__link_of_a_letter__has_the_answer_at_hand_and_stores_nothing),
        cmocka_unit_test(stop__reminders__of_a_meeting_or_all__and_again),
        cmocka_unit_test(stop__one_click__stops_them_all),
        cmocka_unit_test(invitation__answer__a_thousand_characters_are_no_thousand_bytes),
        cmocka_unit_test(invitation__answer__nonsense_is_refused_and_kept),
        cmocka_unit_test(invitation__over__says_so),
        cmocka_unit_test(invitation__calendar__is_one_event_with_the_own_link),
        cmocka_unit_test(invitation__calendar__names_the_people_that_the_feed_names),
        cmocka_unit_test(invitation__organiser__has_nothing_to_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
