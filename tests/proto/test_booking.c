#include "proto/booking.h"

#include "tests/proto/zone_files.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define NOW 1795420800 /* Monday 2026-11-23 08:00 UTC, 09:00 in Paris */

static const struct booking_limits limits = {.length_least = 15 * 60,
                                             .length_most = 12 * 3600,
                                             .length_step = 15 * 60,
                                             .length_default = 3600,
                                             .moderators_most = 3,
                                             .guests_most = 5,
                                             .ahead_most = 400 * 86400,
                                             .past_most = 600,
                                             .options = {.lobby = true,
                                                         .opens_before = 900,
                                                         .grace = 1800,
                                                         .at_end = AT_END_WARN,
                                                         .maximum = 75,
                                                         .room_reminders = {600, -1}}};

static struct zones *zones;
static struct arena arena;
static struct booking booking;

static int load(void **state)
{
    (void)state;
    zones = zones_new();
    return zone_from_system(zones, "Europe/Paris") && zone_from_system(zones, "Asia/Tokyo") ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    zones_free(zones);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* Reads a complete form in which later fields of `more` (NAME=VALUE&...) stand before the usual ones. */
static bool book_with(const char *more, const struct booking_limits *with)
{
    struct form form;
    struct text bytes = {0};
    text_addf(&bytes, "%s&subject=Weekly&date=2026-12-03&time=14:00&length=90&tz=Europe/Paris&language=fr",
              more);
    assert_true(form_read(&form, &arena, bytes.data, bytes.size));
    text_free(&bytes);
    return booking_read(&booking, &arena, &form, with, zones, "me@univ.example", "Asia/Tokyo", "en", NOW);
}

static bool book(const char *more)
{
    return book_with(more, &limits);
}

/* The only error of a form must be beside `field`. */
static void assert_error(const char *more, const char *field, const char *value, const char *limit)
{
    bool good = book(more);
    if (good || booking.error_count != 1)
        print_error("%s: %zu errors\n", more, booking.error_count);
    assert_false(good);
    assert_int_equal(booking.error_count, 1);
    assert_string_equal(booking.errors[0].field, field);
    assert_true(strlen(booking.errors[0].text) > 10);
    if (value)
        assert_string_equal(booking.errors[0].value, value);
    else
        assert_null(booking.errors[0].value);
    if (limit)
        assert_string_equal(booking.errors[0].limit, limit);
    else
        assert_null(booking.errors[0].limit);
}

TEST(booking__read__a_whole_form)
{
    assert_true(
        book("description=Line+1%0D%0A%0D%0A++Line+2%0D%0A&moderators=Alice+<alice@univ.example>"
             "&guests=bob@x.org,+me@Univ.example%0D%0Acarol@x.org&lobby=no&guests_wait=yes&at_end=close"
             "&maximum=20&password=+s3cret+"));
    const struct meeting *meeting = &booking.meeting;
    assert_string_equal(meeting->subject, "Weekly");
    assert_string_equal(meeting->description, "Line 1\n\n  Line 2");
    assert_int_equal(meeting->starts_at, 1796302800); /* 2026-12-03 13:00 UTC */
    assert_int_equal(meeting->ends_at, 1796302800 + 5400);
    assert_string_equal(meeting->tz, "Europe/Paris");
    assert_string_equal(meeting->language, "fr");
    assert_int_equal(booking.moderators.count, 1);
    assert_string_equal(booking.moderators.list[0].name, "Alice");
    assert_int_equal(booking.guests.count, 2);
    assert_string_equal(booking.guests.list[1].mail, "carol@x.org");
    assert_false(meeting->options.lobby);
    assert_true(meeting->options.guests_wait);
    assert_int_equal(meeting->options.at_end, AT_END_CLOSE);
    assert_int_equal(meeting->options.maximum, 20);
    assert_string_equal(meeting->options.password, "s3cret");
    assert_int_equal(meeting->options.opens_before, 900);
    assert_int_equal(meeting->options.room_reminders[0], 600);
    assert_int_equal(meeting->options.room_reminders[1], -1);
}

TEST(booking__read__what_is_absent_has_its_default)
{
    struct form form;
    const char bytes[] = "subject=S&date=2026-12-03&time=14:00";
    assert_true(form_read(&form, &arena, bytes, sizeof bytes - 1));
    assert_true(
        booking_read(&booking, &arena, &form, &limits, zones, "me@univ.example", "Asia/Tokyo", "en", NOW));
    assert_int_equal(booking.meeting.starts_at, 1796274000); /* 05:00 UTC */
    assert_int_equal(booking.meeting.ends_at - booking.meeting.starts_at, 3600);
    assert_string_equal(booking.meeting.tz, "Asia/Tokyo");
    assert_string_equal(booking.meeting.language, "en");
    assert_string_equal(booking.meeting.description, "");
    assert_true(booking.meeting.options.lobby);
    assert_int_equal(booking.meeting.options.maximum, 75);
    assert_null(booking.meeting.options.password);
    assert_true(book("maximum=&password=&length="));
    assert_int_equal(booking.meeting.options.maximum, 0);
    assert_int_equal(booking.meeting.ends_at - booking.meeting.starts_at, 3600);
}

TEST(booking__read__the_first_of_two_fields_counts)
{
    assert_true(book("lobby=yes&lobby=no"));
    assert_true(booking.meeting.options.lobby);
}

TEST(booking__read__times_as_people_write_them)
{
    static const char *const times[] = {"14:00", "14:00:00", "14h", "14h00", "14H00", "+14+h+00+"};
    static const struct {
        const char *typed;
        int minutes;
    } lengths[] = {{"45", 45},   {"90 min", 90},     {"1:30", 90}, {"1h30", 90}, {"1H30", 90},  {"2h", 120},
                   {"2 h", 120}, {"1 h 15 min", 75}, {"0:15", 15}, {"720", 720}, {"12:00", 720}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        assert_true(book(arena_printf(&arena, "time=%s", times[i])));
        assert_int_equal(booking.meeting.starts_at, 1796302800);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_true(book(arena_printf(&arena, "length=%s", lengths[i].typed)));
        assert_int_equal(booking.meeting.ends_at - booking.meeting.starts_at, lengths[i].minutes * 60);
    }
}

TEST(booking__read__subjects)
{
    struct text long_subject = {0};
    for (int i = 0; i < 200; i++)
        text_add(&long_subject, "%C3%A9");
    assert_true(book(arena_printf(&arena, "subject=%s", long_subject.data)));
    assert_int_equal(strlen(booking.meeting.subject), 400);
    assert_error(arena_printf(&arena, "subject=%sx", long_subject.data), "subject", "201", "200");
    text_free(&long_subject);
    assert_error("subject=", "subject", NULL, NULL);
    assert_error("subject=%0A+%E2%80%8B%E2%80%8D", "subject", NULL, NULL);
    /* letters and patterns that are drawn as nothing: Hangul's and Khmer's fillers, empty Braille, tags */
    assert_error("subject=%E3%85%A4%E1%85%9F%E1%85%A0%EF%BE%A0%E2%A0%80", "subject", NULL, NULL);
    assert_error("subject=%CD%8F%E1%9E%B4%E1%A0%8E%E2%81%A3%F3%A0%81%A2%EF%BF%BF%F4%8F%BF%BF", "subject",
                 NULL, NULL);
    assert_true(book("subject=%F0%9F%8F%B4%F3%A0%81%A7%F3%A0%81%BF%EF%BF%BF")); /* a flag made of tags */
    assert_string_equal(booking.meeting.subject, "\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF");
    assert_true(book("subject=+Two%0D%0Alines%09and%C2%A0spaces+"));
    assert_string_equal(booking.meeting.subject, "Two lines and spaces");
    assert_true(book("subject=%E2%80%AEesrever%01%7F+%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC"));
    assert_string_equal(booking.meeting.subject, "esrever \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC");
    assert_true(book("subject=%D7%A9%D7%9C%D7%95%D7%9D"));
}

TEST(booking__read__dates_and_times_that_are_wrong)
{
    assert_error("date=", "date", NULL, NULL);
    assert_error("date=3/12/2026", "date", "3/12/2026", "2026-12-03");
    assert_error("date=2027-02-31", "date", "2027-02-31", NULL);
    assert_error("date=2026-13-01", "date", "2026-13-01", NULL);
    assert_error("date=2026-12-03x", "date", "2026-12-03x", "2026-12-03");
    assert_error("time=", "time", NULL, NULL);
    assert_error("time=24:00", "time", "24:00", "14:30");
    assert_error("time=14:60", "time", "14:60", "14:30");
    assert_error("time=2 pm", "time", "2 pm", "14:30");
    assert_true(book("date=2028-02-29&time=00:00") || booking.error_count == 1);
    assert_error("tz=Mars/Olympus", "tz", "Mars/Olympus", "Europe/Paris");
    assert_error("language=<b>", "language", "<b>", NULL);
}

/* Beside `field`, with both instants, for whoever shows them to write. */
static void assert_past(const char *more, const char *field, int64_t at)
{
    assert_error(more, field, NULL, NULL);
    assert_true(booking.errors[0].instants);
    assert_int_equal(booking.errors[0].value_at, at);
    assert_int_equal(booking.errors[0].limit_at, NOW);
}

TEST(booking__read__past_and_future)
{
    assert_true(book("date=2026-11-23&time=08:50"));
    assert_past("date=2026-11-23&time=08:49", "time", NOW - 11 * 60);
    assert_past("date=2026-11-22&time=23:00", "date", NOW - 10 * 3600);
    assert_true(book("date=2027-12-28&time=09:00"));
    assert_error("date=2027-12-28&time=09:01", "date", NULL, "400");
    assert_error("date=9999-12-31", "date", NULL, "400");
    assert_false(booking.errors[0].instants);
}

TEST(booking__read__lengths_out_of_limits)
{
    assert_error("length=14", "length", "14", "15 min");
    assert_error("length=0", "length", "0", "15 min");
    assert_error("length=12:01", "length", "12:01", "12 h");
    assert_error("length=99999", "length", "99999", "12 h");
    assert_error("length=-30", "length", "-30", "1:30");
    assert_error("length=1:60", "length", "1:60", "1:30");
    assert_error("length=long", "length", "long", "1:30");
    assert_error("length=999999999999", "length", "999999999999", "1:30");
}

TEST(booking__read__gaps_and_overlaps)
{
    assert_true(book("date=2027-03-28&time=02:30"));         /* does not exist in Paris */
    assert_int_equal(booking.meeting.starts_at, 1806197400); /* 01:30Z, 03:30 there */
    struct booking_limits long_ahead = limits;
    long_ahead.ahead_most = 500 * 86400;
    assert_true(book_with("date=2027-10-31&time=02:30", &long_ahead)); /* twice */
    assert_int_equal(booking.meeting.starts_at, 1824942600);           /* 00:30Z, the first */
}

TEST(booking__read__people)
{
    assert_error("guests=bob,+carol@x.org,+dave@", "guests", "bob, dave@", NULL);
    assert_error("moderators=a@x.org+b@x.org+c@x.org+d@x.org", "moderators", "4", "3");
    assert_error("moderators=bob@x.org,eve@xn--cole-9oa.fr&guests=EVE@%C3%A9cole.fr,Bob+<bob@X.org>,c@x.org",
                 "guests",
                 "EVE@\xC3\xA9"
                 "cole.fr, bob@x.org",
                 NULL);
    assert_true(book("moderators=me@univ.example&guests=ME@univ.example"));
    assert_int_equal(booking.moderators.count, 0);
    assert_int_equal(booking.guests.count, 0);
    assert_error("guests=a+b+c%0Ad%0Ae%0Af%0Ag%0Ah", "guests", "a b c, d, e, f, g, \xE2\x80\xA6", NULL);
}

TEST(booking__read__options_that_are_wrong)
{
    assert_error("lobby=maybe", "lobby", "maybe", NULL);
    assert_error("guests_wait=2", "guests_wait", "2", NULL);
    assert_error("at_end=explode", "at_end", "explode", NULL);
    assert_error("maximum=1", "maximum", "1",
                 "2\xE2\x80\x93"
                 "10000");
    assert_error("maximum=-5", "maximum", "-5",
                 "2\xE2\x80\x93"
                 "10000");
    assert_error("maximum=10001", "maximum", "10001",
                 "2\xE2\x80\x93"
                 "10000");
    char password[120];
    memset(password, 'x', 101);
    password[101] = 0;
    assert_error(arena_printf(&arena, "password=%s", password), "password", "101", "100");
}

TEST(booking__read__every_error_at_once_in_the_order_of_the_fields)
{
    static const char *const fields[] = {"subject",     "description", "date",       "time",    "length",
                                         "tz",          "language",    "moderators", "guests",  "lobby",
                                         "guests_wait", "at_end",      "maximum",    "password"};
    struct text bytes = {0};
    for (size_t i = sizeof fields / sizeof *fields; i--;) {
        text_addf(&bytes, "%s=", fields[i]);
        for (int j = 0; strcmp(fields[i], "subject") != 0 && j < 6000; j++)
            text_add(&bytes, "?");
        text_add(&bytes, "&");
    }
    assert_false(book(bytes.data));
    text_free(&bytes);
    assert_int_equal(booking.error_count, 12); /* ? alone is nobody's address */
    size_t next = 0;
    for (size_t i = 0; i < booking.error_count; i++) {
        while (strcmp(fields[next], booking.errors[i].field) != 0)
            next++;
        assert_true(!booking.errors[i].value || strlen(booking.errors[i].value) < 700);
    }
    assert_true(next < sizeof fields / sizeof *fields);
}

TEST(booking__read__an_empty_form_and_megabytes)
{
    struct form form;
    assert_true(form_read(&form, &arena, "", 0));
    assert_false(
        booking_read(&booking, &arena, &form, &limits, zones, "me@univ.example", "Asia/Tokyo", "en", NOW));
    assert_int_equal(booking.error_count, 3); /* subject, date, time */
    size_t size = 1 << 20;
    static const char *const fields[] = {"subject", "description", "date",   "guests",
                                         "tz",      "password",    "maximum"};
    char *bytes = mem_alloc(size + 32);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        memset(bytes, 'a', size);
        bytes[size] = 0;
        memcpy(bytes, fields[i], strlen(fields[i]));
        bytes[strlen(fields[i])] = '=';
        assert_false(book(bytes));
        assert_int_equal(booking.error_count, 1);
        assert_string_equal(booking.errors[0].field, fields[i]);
    }
    free(bytes);
}

TEST(booking_read__reminders_by_mail__days_hours_minutes)
{
    assert_true(book("mail_reminders=7d,+24h+1+h;10min"));
    const int *list = booking.meeting.options.mail_reminders;
    assert_int_equal(list[0], 7 * 86400);
    assert_int_equal(list[1], 86400);
    assert_int_equal(list[2], 3600);
    assert_int_equal(list[3], 600);
    assert_int_equal(list[4], -1);
    assert_string_equal(booking_reminders_text(&arena, list, 1), "7d, 24h, 1h, 10m");
    assert_true(book("mail_reminders=2+jours"));
    assert_int_equal(booking.meeting.options.mail_reminders[0], 2 * 86400);
    assert_true(book("mail_reminders="));
    assert_string_equal(booking_reminders_text(&arena, booking.meeting.options.mail_reminders, 1), "");
    assert_error("mail_reminders=soon", "mail_reminders", "soon", "7d, 24h, 10m");
    assert_error("mail_reminders=1h+before", "mail_reminders", "1h before", "7d, 24h, 10m");
    assert_error("mail_reminders=0m", "mail_reminders", "0m", "7d, 24h, 10m");
    assert_error("mail_reminders=1m,2m,3m,4m,5m,6m,7m,8m,9m", "mail_reminders", "1m,2m,3m,4m,5m,6m,7m,8m,9m",
                 "7d, 24h, 10m");
}

TEST(booking_read__reminders_in_the_room__down_to_the_end_itself)
{
    const int *list = booking.meeting.options.room_reminders;
    assert_true(book("room_reminders=1h,+15min;90s+0m"));
    assert_int_equal(list[0], 3600);
    assert_int_equal(list[1], 900);
    assert_int_equal(list[2], 90);
    assert_int_equal(list[3], 0);
    assert_int_equal(list[4], -1);
    assert_string_equal(booking_reminders_text(&arena, list, 0), "1h, 15m, 90s, 0m");
    assert_true(book("room_reminders=1d"));
    assert_int_equal(list[0], 86400);
    assert_string_equal(booking_reminders_text(&arena, list, 0), "24h");
    assert_true(book("room_reminders="));
    assert_int_equal(list[0], -1);
    assert_string_equal(booking_reminders_text(&arena, list, 0), "");
    assert_true(book("subject=Other")); /* not in the form: the usual ones */
    assert_int_equal(list[0], 600);
    assert_true(book("room_reminders=8m,7m,6m,5m,4m,3m,2m,1m")); /* all places taken: nothing ends the list */
    assert_string_equal(booking_reminders_text(&arena, list, 0), "8m, 7m, 6m, 5m, 4m, 3m, 2m, 1m");
    assert_error("room_reminders=soon", "room_reminders", "soon", "15m, 5m, 0m");
    assert_error("room_reminders=-5m", "room_reminders", "-5m", "15m, 5m, 0m");
    assert_error("room_reminders=25h", "room_reminders", "25h", "15m, 5m, 0m");
    assert_error("room_reminders=86401s", "room_reminders", "86401s", "15m, 5m, 0m");
    assert_error("room_reminders=5", "room_reminders", "5", "15m, 5m, 0m");
    assert_error("mail_reminders=30s", "mail_reminders", "30s",
                 "7d, 24h, 10m"); /* letters are not that fast */
}

TEST(booking_read__times_around_the_meeting)
{
    const struct meeting_options *options = &booking.meeting.options;
    assert_true(book("opens_before=30&guests_before=30&grace=0"));
    assert_int_equal(options->opens_before, 1800);
    assert_int_equal(options->guests_before, 1800);
    assert_int_equal(options->grace, 0);
    assert_true(book("opens_before=&guests_before=&grace="));
    assert_int_equal(options->opens_before, 900);
    assert_int_equal(options->guests_before, 0);
    assert_int_equal(options->grace, 1800);
    assert_true(book("guests_before=15&grace=1440"));
    assert_int_equal(options->guests_before, 900);
    assert_int_equal(options->grace, 86400);
    assert_error("guests_before=16", "guests_before", NULL, "15");
    assert_error("opens_before=5&guests_before=6", "guests_before", NULL, "5");
    assert_error("guests_before=soon", "guests_before", "soon", "1440");
    assert_error("grace=1441", "grace", "1441", "1440");
    assert_error("grace=-1", "grace", "-1", "1440");
    assert_error("opens_before=x&guests_before=20", "opens_before", "x", "1440");
}

/* The form shows minutes; a default of the site in seconds must not change by being sent back. */
TEST(booking_read__seconds_that_the_form_cannot_show__stay)
{
    struct booking_limits odd = limits;
    odd.options.opens_before = 95;
    odd.options.grace = 30;
    assert_true(book_with("opens_before=1&grace=0", &odd));
    assert_int_equal(booking.meeting.options.opens_before, 95);
    assert_int_equal(booking.meeting.options.grace, 30);
    assert_true(book_with("opens_before=2&grace=1", &odd));
    assert_int_equal(booking.meeting.options.opens_before, 120);
    assert_int_equal(booking.meeting.options.grace, 60);
}

TEST(booking_read__opening_and_flags)
{
    assert_true(book("opens_before=30&shared=yes&show_guests=yes"));
    assert_int_equal(booking.meeting.options.opens_before, 1800);
    assert_true(booking.meeting.options.shared && booking.meeting.options.show_guests);
    assert_true(book("opens_before=0&shared=no"));
    assert_int_equal(booking.meeting.options.opens_before, 0);
    assert_int_equal(booking.meeting.options.guests_before, 0); /* never before the moderators */
    assert_false(booking.meeting.options.shared);
    assert_error("opens_before=9999", "opens_before", "9999", "1440");
    assert_error("opens_before=early", "opens_before", "early", "1440");
}

static bool change_with(const char *bytes, const struct meeting *was, int64_t now)
{
    struct form form;
    assert_true(form_read(&form, &arena, bytes, strlen(bytes)));
    return booking_read_change(&booking, &arena, &form, &limits, zones, "me@univ.example", was, now);
}

TEST(booking_read_change__begun__keeps_what_it_is)
{
    struct meeting was = {.id = 7,
                          .room = "room",
                          .subject = "Weekly",
                          .description = "",
                          .tz = "Europe/Paris",
                          .language = "fr",
                          .starts_at = NOW - 600,
                          .ends_at = NOW + 3000,
                          .options = limits.options};
    assert_true(
        change_with("subject=Other&date=2030-01-01&time=09:00&length=120&guests=a@b.example", &was, NOW));
    assert_string_equal(booking.meeting.subject, "Weekly");
    assert_int_equal(booking.meeting.id, 7);
    assert_int_equal(booking.meeting.starts_at, NOW - 600);
    assert_int_equal(booking.meeting.ends_at, NOW - 600 + 7200);
    assert_int_equal(booking.guests.count, 1);
    assert_false(change_with("length=15", &was, NOW + 1800)); /* that would have been over */
    assert_string_equal(booking.errors[0].field, "length");
    /* before the start all of it is read, and a start that stays may lie too far ahead by now */
    was.starts_at = NOW + (int64_t)limits.ahead_most + 86400 - NOW % 60;
    was.ends_at = was.starts_at + 3600;
    struct wall wall = zone_wall(zones_find(zones, "Europe/Paris"), was.starts_at);
    const char *bytes = arena_printf(&arena, "subject=Other&date=%04d-%02d-%02d&time=%02d:%02d&length=60",
                                     wall.year, wall.month, wall.day, wall.hour, wall.minute);
    assert_true(change_with(bytes, &was, NOW));
    assert_string_equal(booking.meeting.subject, "Other");
    assert_int_equal(booking.meeting.starts_at, was.starts_at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(booking_read__reminders_by_mail__days_hours_minutes, release),
        cmocka_unit_test_teardown(booking_read__reminders_in_the_room__down_to_the_end_itself, release),
        cmocka_unit_test_teardown(booking_read__times_around_the_meeting, release),
        cmocka_unit_test_teardown(booking_read__seconds_that_the_form_cannot_show__stay, release),
        cmocka_unit_test_teardown(booking_read__opening_and_flags, release),
        cmocka_unit_test_teardown(booking_read_change__begun__keeps_what_it_is, release),
        cmocka_unit_test_teardown(booking__read__a_whole_form, release),
        cmocka_unit_test_teardown(booking__read__what_is_absent_has_its_default, release),
        cmocka_unit_test_teardown(booking__read__the_first_of_two_fields_counts, release),
        cmocka_unit_test_teardown(booking__read__times_as_people_write_them, release),
        cmocka_unit_test_teardown(booking__read__subjects, release),
        cmocka_unit_test_teardown(booking__read__dates_and_times_that_are_wrong, release),
        cmocka_unit_test_teardown(booking__read__past_and_future, release),
        cmocka_unit_test_teardown(booking__read__lengths_out_of_limits, release),
        cmocka_unit_test_teardown(booking__read__gaps_and_overlaps, release),
        cmocka_unit_test_teardown(booking__read__people, release),
        cmocka_unit_test_teardown(booking__read__options_that_are_wrong, release),
        cmocka_unit_test_teardown(booking__read__every_error_at_once_in_the_order_of_the_fields, release),
        cmocka_unit_test_teardown(booking__read__an_empty_form_and_megabytes, release),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
