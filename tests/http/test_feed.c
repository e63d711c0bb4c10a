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
    assert_has_not(program.body, "michel@");
    assert_has(program.body, "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=FALSE");
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

/* A house whose meetings have reminders a week, a day and an hour before, Anna's feed in `path`. */
static struct house *house_of_anna(char path[64], int64_t *id)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    const int reminders[] = {7 * 86400, 86400, 3600, -1};
    memcpy(house->limits.options.mail_reminders, reminders, sizeof reminders);
    *id = browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(path, 64, "%s", feed_path(house, *id));
    browser_free(&anna);
    return house;
}

static int count_of(const char *text, const char *piece)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, piece)); at += strlen(piece))
        count++;
    return count;
}

/* How many alarms a feed has. */
static int alarms_of(struct browser *program, const char *path)
{
    assert_int_equal(browser_get(program, path), 200);
    assert_int_equal(count_of(program->body, "BEGIN:VALARM"), count_of(program->body, "END:VALARM"));
    return count_of(program->body, "BEGIN:VALARM");
}

TEST(feed__alarms__at_the_reminders_that_are_to_come)
{
    char path[64], quiet[80];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house};
    house_book(house, "In two days", 2 * 86400, 2 * 86400 + 3600);
    assert_int_equal(alarms_of(&program, path), 2);
    assert_has(program.body, "ACTION:DISPLAY\r\nTRIGGER:-PT1440M\r\nDESCRIPTION:In two days\r\n");
    assert_has(program.body, "TRIGGER:-PT60M\r\nDESCRIPTION:In two days\r\n");
    assert_has_not(program.body, "TRIGGER:-PT10080M"); /* a week before is over */
    snprintf(quiet, sizeof quiet, "%s?alarms=no", path);
    assert_int_equal(alarms_of(&program, quiet), 0);
    assert_has(program.body, "SUMMARY:In two days");
    house->now_ms += INT64_C(86400000) - 1000;
    assert_int_equal(alarms_of(&program, path), 2);
    house->now_ms += 1000; /* now */
    assert_int_equal(alarms_of(&program, path), 1);
    assert_has(program.body, "TRIGGER:-PT60M");
    house->now_ms += INT64_C(86400000);
    assert_int_equal(alarms_of(&program, path), 0);
    browser_free(&program);
    house_close(house);
}

TEST(feed__alarms__none_for_who_does_not_come_or_where_the_site_has_none)
{
    char path[64], guest[64], ref[64];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house}, gaelle = {.house = house};
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 2 * 86400, 2 * 86400 + 3600));
    snprintf(guest, sizeof guest, "%s",
             feed_path(house, browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL)));
    static const struct {
        enum partstat partstat;
        int alarms;
    } answers[] = {{PARTSTAT_TENTATIVE, 2}, {PARTSTAT_DECLINED, 0}, {PARTSTAT_ACCEPTED, 2}};
    assert_int_equal(alarms_of(&program, guest), 2); /* who has not answered may still come */
    for (size_t i = 0; i < 3; i++) {
        store_answer(house->store, house_find(house, ref, "gaelle@elsewhere.test").id, answers[i].partstat,
                     NULL, house_seconds(house));
        store_commit(house->store);
        assert_int_equal(alarms_of(&program, guest), answers[i].alarms);
    }
    http_close(house->http);
    house->options.feed.alarms = false;
    house_open_http(house);
    assert_int_equal(alarms_of(&program, guest), 0);
    assert_int_equal(alarms_of(&program, path), 0);
    http_close(house->http);
    house->options.feed.alarms = true;
    house_open_http(house);
    assert_int_equal(alarms_of(&program, path), 2);
    store_cancel(house->store, house_find(house, ref, "anna@univ.test").meeting, id, NULL,
                 house_seconds(house));
    store_commit(house->store);
    assert_int_equal(alarms_of(&program, path), 0);
    assert_int_equal(alarms_of(&program, guest), 0);
    browser_free(&program);
    browser_free(&gaelle);
    house_close(house);
}

/* The time that the one event of a feed or a file takes its reader. */
static const char *time_of(struct browser *program, const char *path)
{
    assert_int_equal(browser_get(program, path), 200);
    bool is_free = strstr(program->body, "\r\nTRANSP:TRANSPARENT\r\n");
    assert_true(is_free == (strstr(program->body, "\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n") != NULL));
    return is_free                                                                                   ? "free"
           : strstr(program->body, "\r\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\nSUMMARY:Weekly\r\n") ? "maybe"
                                                                                                     : "busy";
}

/* A calendar that is subscribed to knows not which attendee its reader is: it would say 'busy' of what they
 * declined. */
TEST(feed__time__is_free_for_who_declined_and_when_it_is_cancelled)
{
    static const struct {
        enum partstat partstat;
        const char *time;
    } answers[] = {{PARTSTAT_ACCEPTED, "busy"}, {PARTSTAT_DECLINED, "free"}, {PARTSTAT_TENTATIVE, "maybe"}};
    char path[64], guest[64], ref[64], file[96];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house}, gaelle = {.house = house};
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 2 * 86400, 2 * 86400 + 3600));
    snprintf(guest, sizeof guest, "%s",
             feed_path(house, browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL)));
    snprintf(file, sizeof file, "%s/invite.ics",
             house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    assert_string_equal(time_of(&program, guest), "maybe");
    for (size_t i = 0; i < 3; i++) {
        store_answer(house->store, house_find(house, ref, "gaelle@elsewhere.test").id, answers[i].partstat,
                     NULL, house_seconds(house));
        store_commit(house->store);
        assert_string_equal(time_of(&program, guest), answers[i].time);
        assert_string_equal(time_of(&program, file), answers[i].time);
        assert_string_equal(time_of(&program, path), "busy");
    }
    store_cancel(house->store, house_find(house, ref, "anna@univ.test").meeting, id, NULL,
                 house_seconds(house));
    store_commit(house->store);
    assert_string_equal(time_of(&program, path), "free");
    assert_string_equal(time_of(&program, guest), "free");
    browser_free(&program);
    browser_free(&gaelle);
    house_close(house);
}

TEST(feed__cancelled__stays_as_such_for_a_while)
{
    char path[64], soon[64], far[64];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house};
    snprintf(soon, sizeof soon, "%s", house_book(house, "Soon", 86400, 90000));
    snprintf(far, sizeof far, "%s", house_book(house, "Far", 60 * 86400, 60 * 86400 + 3600));
    house_book(house, "Stays", 86400, 90000);
    const char *refs[] = {soon, far};
    for (size_t i = 0; i < 2; i++)
        assert_true(store_cancel(house->store, house_find(house, refs[i], "anna@univ.test").meeting, id, NULL,
                                 house_seconds(house)) > 0);
    store_commit(house->store);
    assert_int_equal(browser_get(&program, path), 200);
    assert_int_equal(count_of(program.body, "STATUS:CANCELLED"), 2);
    assert_has_not(program.body, "METHOD");
    house->now_ms += INT64_C(2) * 86400000; /* the day after */
    assert_int_equal(browser_get(&program, path), 200);
    assert_has(program.body, "SUMMARY:Soon");
    house->now_ms += INT64_C(86400000);
    assert_int_equal(browser_get(&program, path), 200);
    assert_has_not(program.body, "SUMMARY:Soon");
    assert_has(program.body, "SUMMARY:Far");
    assert_has(program.body, "SUMMARY:Stays");
    house->now_ms += INT64_C(27) * 86400000; /* 30 days */
    assert_int_equal(browser_get(&program, path), 200);
    assert_has(program.body, "SUMMARY:Far");
    house->now_ms += INT64_C(86400000);
    assert_int_equal(browser_get(&program, path), 200);
    assert_has_not(program.body, "SUMMARY:Far");
    assert_has(program.body, "SUMMARY:Stays");
    browser_free(&program);
    house_close(house);
}

static long length_of(const struct browser *browser)
{
    const char *at = strstr(browser->answer, "Content-Length: ");
    assert_non_null(at);
    return strtol(at + strlen("Content-Length: "), NULL, 10);
}

TEST(feed__head__has_the_length_of_get)
{
    char path[64];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house};
    house_book(house, "Weekly", 86400, 90000);
    house->now_ms += 60000;
    assert_int_equal(browser_get(&program, path), 200);
    long length = length_of(&program);
    char tag[160];
    snprintf(tag, sizeof tag, "%s", tag_of(&program));
    assert_int_equal(length, strlen(program.body));
    assert_int_equal(browser_ask(&program, "HEAD", path, NULL), 200);
    assert_string_equal(program.body, "");
    assert_int_equal(length_of(&program), length);
    assert_string_equal(tag_of(&program), tag);
    assert_has(program.answer, "Content-Type: text/calendar; charset=utf-8");
    browser_free(&program);
    house_close(house);
}

TEST(feed__link__unknown_renewed_or_cut__is_not_found)
{
    char path[64], other[80], link[LINK_SIZE + 1];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house};
    static const char *const suffixes[] = {"", ".icsx", ".ICS", ".ic", "/.ics"};
    assert_int_equal(browser_get(&program, path), 200);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(other, sizeof other, "%.*s%s", (int)(strlen(path) - 4), path, suffixes[i]);
        assert_int_equal(browser_get(&program, other), 404);
        assert_has_not(program.answer, "ETag");
    }
    const struct link_id unknown = {{1, 2, 3}};
    link_write(&house->keys, LINK_FEED, &unknown, link);
    snprintf(other, sizeof other, "/ical/%s.ics", link);
    assert_int_equal(browser_get(&program, other), 404);
    assert_int_equal(browser_ask(&program, "HEAD", other, NULL), 404);
    assert_true(store_renew_feed(house->store, id, house_seconds(house)) > 0);
    store_commit(house->store);
    assert_int_equal(browser_get(&program, path), 404);
    program.extra = "If-None-Match: *\r\n";
    assert_int_equal(browser_get(&program, path), 404);
    program.extra = NULL;
    assert_int_equal(browser_get(&program, feed_path(house, id)), 200);
    browser_free(&program);
    house_close(house);
}

TEST(feed__if_modified_since__is_a_date)
{
    char path[64], tag[160], both[400];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house};
    house_book(house, "Weekly", 86400, 90000); /* Monday, 30 November 2026, 12:00 UTC */
    house->now_ms += 600000;
    static const struct {
        const char *since;
        int status;
    } cases[] = {
        {"Mon, 30 Nov 2026 12:00:00 GMT", 304}, {"Mon, 30 Nov 2026 12:00:01 GMT", 304},
        {"Mon, 30 Nov 2026 12:09:59 GMT", 304}, {"Monday, 30-Nov-26 12:00:00 GMT", 304},
        {"Mon Nov 30 12:00:00 2026", 304},      {"Mon, 30 Nov 2026 11:59:59 GMT", 200},
        {"Sun, 29 Nov 2026 12:00:00 GMT", 200}, {"Mon, 30 Nov 2026 12:10:01 GMT", 200}, /* in the future */
        {"Mon, 30 Nov 2026 12:00:00 CET", 200}, {"1796040000", 200}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char field[80];
        snprintf(field, sizeof field, "If-Modified-Since: %s\r\n", cases[i].since);
        program.extra = field;
        if (browser_get(&program, path) != cases[i].status)
            fail_msg("%s gives %d", cases[i].since, program.status);
        assert_has(program.answer, "Last-Modified: Mon, 30 Nov 2026 12:00:00 GMT\r\n");
        assert_has(program.answer, "Cache-Control: private, no-cache");
    }
    snprintf(tag, sizeof tag, "%s", tag_of(&program));
    /* a tag that is not the one of now counts more than the date */
    snprintf(both, sizeof both,
             "If-None-Match: \"other\"\r\nIf-Modified-Since: Mon, 30 Nov 2026 12:00:00 GMT\r\n");
    program.extra = both;
    assert_int_equal(browser_get(&program, path), 200);
    snprintf(both, sizeof both,
             "If-None-Match: \"a\", %sIf-Modified-Since: Sun, 29 Nov 2026 12:00:00 GMT\r\n",
             tag + strlen("If-None-Match: "));
    program.extra = both;
    assert_int_equal(browser_get(&program, path), 304);
    /* and a strong one of the same name is the same, weakly compared */
    snprintf(both, sizeof both, "If-None-Match: %s", strstr(tag, "W/") + 2);
    program.extra = both;
    assert_int_equal(browser_get(&program, path), 304);
    browser_free(&program);
    house_close(house);
}

/* The tag of now is none of the `count` before; it is added to them. */
static void assert_new_tag(struct house *house, const char *path, char tags[][160], size_t *count)
{
    struct browser program = {.house = house};
    house->now_ms += 5000;
    assert_int_equal(browser_get(&program, path), 200);
    const char *tag = tag_of(&program);
    for (size_t i = 0; i < *count; i++)
        if (strcmp(tags[i], tag) == 0)
            fail_msg("what changed as number %zu leaves the tag as it was after %zu", *count, i);
    snprintf(tags[(*count)++], 160, "%s", tag);
    browser_free(&program);
}

static void reopen(struct house *house)
{
    http_close(house->http);
    house_open_http(house);
}

TEST(feed__tag__changes_with_all_that_shows)
{
    char path[64], quiet[80], tags[16][160];
    size_t count = 0;
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    house_book(house, "Weekly", 86400, 90000);
    assert_new_tag(house, path, tags, &count);
    house->site.name = "Meetings of the faculty";
    reopen(house);
    assert_new_tag(house, path, tags, &count);
    house->site.url = "https://jmb.test";
    reopen(house);
    assert_new_tag(house, path, tags, &count);
    house->site.dial_in = "+33 1 02 03 04 05";
    reopen(house);
    assert_new_tag(house, path, tags, &count);
    house->options.feed.ahead -= 86400;
    reopen(house);
    assert_new_tag(house, path, tags, &count);
    house->options.feed.past -= 86400;
    reopen(house);
    assert_new_tag(house, path, tags, &count);
    snprintf(quiet, sizeof quiet, "%s?alarms=no", path);
    assert_new_tag(house, quiet, tags, &count);
    struct person anna = {.id = id, .mail = "anna@univ.test", .name = "Anna A."};
    assert_true(store_put_person(house->store, &anna, house_seconds(house), &id) > 0);
    store_commit(house->store);
    assert_new_tag(house, path, tags, &count);
    struct browser program = {.house = house};
    anna.language = "fr";
    assert_true(store_set_person(house->store, &anna, house_seconds(house)) > 0);
    store_commit(house->store);
    assert_new_tag(house, path, tags, &count);
    assert_int_equal(browser_get(&program, path), 200);
    assert_has(program.body, "NAME:Meetings of the faculty – Anna A.\r\n");
    assert_has(program.body, "Par téléphone");
    /* and with nothing else: a restart is no change */
    reopen(house);
    house->now_ms += 5000;
    program.extra = tags[count - 1];
    assert_int_equal(browser_get(&program, path), 304);
    browser_free(&program);
    house_close(house);
}

/* The DTSTAMP of the first event. */
static const char *stamp_of(const struct browser *browser)
{
    static char stamp[32];
    const char *at = strstr(browser->body, "DTSTAMP:");
    assert_non_null(at);
    snprintf(stamp, sizeof stamp, "%.16s", at + strlen("DTSTAMP:"));
    return stamp;
}

TEST(feed__shown_list__others_see_answers_and_are_told_so)
{
    char path[64], guest[64], ref[64], tag[160], folded[512];
    int64_t id;
    struct house *house = house_of_anna(path, &id);
    struct browser program = {.house = house}, gaelle = {.house = house};
    house->limits.options.show_guests = true;
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 86400, 90000));
    snprintf(guest, sizeof guest, "%s",
             feed_path(house, browser_sign_in(&gaelle, "gaelle@elsewhere.test", NULL)));
    house->now_ms += 60000;
    assert_int_equal(browser_get(&program, guest), 200);
    assert_int_equal(count_of(program.body, "\r\nATTENDEE;"), 4);
    assert_string_equal(stamp_of(&program), "20261130T120000Z");
    snprintf(tag, sizeof tag, "%s", tag_of(&program));
    program.extra = tag;
    assert_int_equal(browser_get(&program, guest), 304);
    store_answer(house->store, house_find(house, ref, "omar@elsewhere.test").id, PARTSTAT_TENTATIVE, NULL,
                 house_seconds(house));
    store_commit(house->store);
    house->now_ms += 60000;
    assert_int_equal(browser_get(&program, guest), 200);
    assert_string_equal(stamp_of(&program), "20261130T120100Z");
    assert_has(program.answer, "Last-Modified: Mon, 30 Nov 2026 12:01:00 GMT\r\n");
    snprintf(folded, sizeof folded, "%s", strstr(program.body, "PARTSTAT=TENTATIVE"));
    assert_has(folded, "omar@");
    /* whose links are theirs alone, the list shown or not */
    assert_has(program.body, house_link(house, LINK_JOIN, ref, "gaelle@elsewhere.test"));
    assert_has(program.body, house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    static const char *const others[] = {"omar@elsewhere.test", "michel@univ.test", "anna@univ.test"};
    for (size_t i = 0; i < 3; i++) {
        assert_has_not(program.body, house_link(house, LINK_JOIN, ref, others[i]));
        assert_has_not(program.body, house_link(house, LINK_INVITATION, ref, others[i]));
    }
    browser_free(&program);
    browser_free(&gaelle);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed__get__is_a_calendar_and_304_until_something_changes),
        cmocka_unit_test(feed__options__of_the_address),
        cmocka_unit_test(feed__guest__sees_no_other_guests),
        cmocka_unit_test(feed__window__has_whole_days_of_past_and_ahead),
        cmocka_unit_test(feed__alarms__at_the_reminders_that_are_to_come),
        cmocka_unit_test(feed__alarms__none_for_who_does_not_come_or_where_the_site_has_none),
        cmocka_unit_test(feed__time__is_free_for_who_declined_and_when_it_is_cancelled),
        cmocka_unit_test(feed__cancelled__stays_as_such_for_a_while),
        cmocka_unit_test(feed__head__has_the_length_of_get),
        cmocka_unit_test(feed__link__unknown_renewed_or_cut__is_not_found),
        cmocka_unit_test(feed__if_modified_since__is_a_date),
        cmocka_unit_test(feed__tag__changes_with_all_that_shows),
        cmocka_unit_test(feed__shown_list__others_see_answers_and_are_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
