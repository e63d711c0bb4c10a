#include "tests/test.h"

#include "proto/embed.h"
#include "proto/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NBSP "\u00A0"

struct fixture {
    struct zones *zones;
    struct catalogues *catalogues;
    const struct zone *paris;
    const struct catalogue *english, *french;
    struct text text;
};

static struct fixture f;

static void add_zone(const char *name)
{
    char path[128];
    static unsigned char bytes[1 << 16];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(zones_add(f.zones, name, bytes, size), 1);
}

static int set_up(void **state)
{
    (void)state;
    f = (struct fixture){.zones = zones_new(), .catalogues = catalogues_new()};
    static const char *const names[] = {"Europe/Paris", "America/New_York", "Asia/Kolkata",
                                        "UTC",          "Europe/London",    "America/St_Johns"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_zone(names[i]);
    f.paris = zones_find(f.zones, "Europe/Paris");
    const struct embedded *file = embedded_find(catalogue_files, "fr.mo");
    assert_non_null(file);
    assert_int_equal(catalogues_add(f.catalogues, "fr", file->data, (size_t)(file->end - file->data)), 1);
    f.english = catalogues_find(f.catalogues, "en");
    f.french = catalogues_find(f.catalogues, "fr");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    text_free(&f.text);
    catalogues_free(f.catalogues);
    zones_free(f.zones);
    return 0;
}

/* An instant by the clock in Paris. */
static int64_t paris(int year, int month, int day, int hour, int minute)
{
    struct wall wall = {year, month, day, hour, minute, 0, 0};
    return zone_instant(f.paris, &wall);
}

static void assert_when(const struct catalogue *catalogue, enum when_style style, int64_t now, int64_t at,
                        const char *want)
{
    text_clear(&f.text);
    when_add(&f.text, catalogue, f.paris, style, now, at);
    assert_string_equal(text_string(&f.text), want);
}

static void assert_span(const struct catalogue *catalogue, enum when_style style, int64_t now, int64_t from,
                        int64_t to, const char *want)
{
    text_clear(&f.text);
    when_add_span(&f.text, catalogue, f.paris, style, now, from, to);
    assert_string_equal(text_string(&f.text), want);
}

static void assert_length(const struct catalogue *catalogue, int64_t seconds, const char *want)
{
    text_clear(&f.text);
    when_add_length(&f.text, catalogue, seconds);
    assert_string_equal(text_string(&f.text), want);
}

static void assert_zone(const char *zone, int64_t at, const char *want)
{
    text_clear(&f.text);
    when_add_zone(&f.text, zones_find(f.zones, zone), at);
    assert_string_equal(text_string(&f.text), want);
}

TEST(when__add__says_the_day_in_english)
{
    int64_t now = paris(2026, 11, 30, 9, 0); /* a Monday */
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 11, 30, 14, 0), "today 14:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 11, 30, 0, 0), "today 00:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 12, 1, 0, 0), "tomorrow 00:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 12, 3, 14, 0), "Thursday 14:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 12, 6, 14, 0), "Sunday 14:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 12, 7, 14, 0), "Mon 7 Dec 14:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2027, 1, 1, 14, 0), "Fri 1 Jan 2027 14:00");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 11, 29, 23, 59), "yesterday 23:59");
    assert_when(f.english, WHEN_RELATIVE, now, paris(2026, 11, 28, 14, 0), "Sat 28 Nov 14:00");
    assert_when(f.english, WHEN_SHORT, now, paris(2026, 11, 30, 14, 0), "Mon 30 Nov 14:00");
    assert_when(f.english, WHEN_SHORT, now, paris(2025, 11, 30, 14, 0), "Sun 30 Nov 2025 14:00");
    assert_when(f.english, WHEN_LONG, now, paris(2026, 12, 3, 14, 0), "Thursday 3 December 2026, 14:00");
    assert_when(f.english, WHEN_TIME, now, paris(2026, 12, 3, 9, 5), "09:05");
    assert_when(f.english, WHEN_DATE, now, paris(2026, 12, 3, 14, 0), "Thursday 3 December 2026");
}

TEST(when__add__says_the_day_in_french)
{
    int64_t now = paris(2026, 11, 30, 9, 0);
    assert_when(f.french, WHEN_RELATIVE, now, paris(2026, 11, 30, 14, 0), "aujourd\u2019hui 14:00");
    assert_when(f.french, WHEN_RELATIVE, now, paris(2026, 12, 1, 14, 0), "demain 14:00");
    assert_when(f.french, WHEN_RELATIVE, now, paris(2026, 11, 29, 14, 0), "hier 14:00");
    assert_when(f.french, WHEN_RELATIVE, now, paris(2026, 12, 3, 14, 0), "jeudi 14:00");
    assert_when(f.french, WHEN_SHORT, now, paris(2026, 12, 3, 14, 0), "jeu. 3 d\u00E9c. 14:00");
    assert_when(f.french, WHEN_LONG, now, paris(2026, 12, 3, 14, 0), "jeudi 3 d\u00E9cembre 2026, 14:00");
    assert_when(f.french, WHEN_LONG, now, paris(2026, 8, 1, 14, 0), "samedi 1er ao\u00FBt 2026, 14:00");
    assert_when(f.french, WHEN_SHORT, now, paris(2027, 2, 1, 14, 0), "lun. 1er f\u00E9vr. 2027 14:00");
    assert_when(f.french, WHEN_DATE, now, paris(2026, 7, 14, 14, 0), "mardi 14 juillet 2026");
    assert_when(f.french, WHEN_SHORT, now, paris(2026, 5, 5, 14, 0), "mar. 5 mai 14:00");
}

/* The clocks go back on 25 October 2026: that day has 25 hours, and days are counted on the wall. */
TEST(when__add__counts_days_on_the_wall)
{
    assert_when(f.english, WHEN_RELATIVE, paris(2026, 10, 25, 0, 30), paris(2026, 10, 25, 23, 30),
                "today 23:30");
    assert_when(f.english, WHEN_RELATIVE, paris(2026, 10, 24, 23, 30), paris(2026, 10, 25, 23, 59),
                "tomorrow 23:59");
    assert_when(f.english, WHEN_RELATIVE, paris(2026, 3, 28, 23, 59), paris(2026, 3, 29, 2, 30),
                "tomorrow 03:30");
}

TEST(when__add_span__says_a_shared_day_once)
{
    int64_t now = paris(2026, 11, 30, 9, 0), from = paris(2026, 11, 30, 14, 0),
            to = paris(2026, 11, 30, 15, 30);
    assert_span(f.english, WHEN_RELATIVE, now, from, to, "today 14:00\u201315:30");
    assert_span(f.french, WHEN_RELATIVE, now, from, to, "aujourd\u2019hui 14:00\u201315:30");
    assert_span(f.english, WHEN_SHORT, now, from, to, "Mon 30 Nov 14:00\u201315:30");
    assert_span(f.english, WHEN_LONG, now, from, to, "Monday 30 November 2026, 14:00\u201315:30");
    assert_span(f.english, WHEN_TIME, now, from, to, "14:00\u201315:30");
    assert_span(f.english, WHEN_DATE, now, from, to, "Monday 30 November 2026");
}

TEST(when__add_span__says_both_days_when_they_differ)
{
    int64_t now = paris(2026, 11, 30, 9, 0), from = paris(2026, 11, 30, 23, 0), to = paris(2026, 12, 1, 1, 0);
    assert_span(f.english, WHEN_RELATIVE, now, from, to, "today 23:00 \u2013 tomorrow 01:00");
    assert_span(f.french, WHEN_SHORT, now, from, to, "lun. 30 nov. 23:00 \u2013 mar. 1er d\u00E9c. 01:00");
    assert_span(f.english, WHEN_DATE, now, from, to,
                "Monday 30 November 2026 \u2013 Tuesday 1 December 2026");
    assert_span(f.english, WHEN_TIME, now, from, to, "23:00\u201301:00");
}

TEST(when__add_span__until_midnight_is_one_day)
{
    int64_t now = paris(2026, 11, 30, 9, 0);
    assert_span(f.english, WHEN_RELATIVE, now, paris(2026, 11, 30, 22, 0), paris(2026, 12, 1, 0, 0),
                "today 22:00\u201300:00");
    assert_span(f.english, WHEN_RELATIVE, now, paris(2026, 11, 29, 22, 0), paris(2026, 12, 1, 0, 0),
                "yesterday 22:00 \u2013 tomorrow 00:00");
}

TEST(when__add_length__is_in_words)
{
    assert_length(f.english, 5400, "1 h 30 min");
    assert_length(f.english, 2700, "45 min");
    assert_length(f.english, 20, "20 s");
    assert_length(f.english, 90, "1 min 30 s");
    assert_length(f.english, 3600, "1 h");
    assert_length(f.english, 3659, "1 h");
    assert_length(f.english, 0, "0 s");
    assert_length(f.english, -5, "0 s");
    assert_length(f.english, 86400, "1 day");
    assert_length(f.english, 2 * 86400 + 3 * 3600 + 60, "2 days 3 h 1 min");
    assert_length(f.french, 5400, "1" NBSP "h 30" NBSP "min");
    assert_length(f.french, 86400, "1" NBSP "jour");
    assert_length(f.french, 7 * 86400, "7" NBSP "jours");
    assert_length(f.english, INT64_MAX, "106751991167300 days 15 h 30 min");
}

TEST(when__add_length__adds_to_what_is_there)
{
    text_clear(&f.text);
    text_add(&f.text, "in ");
    when_add_length(&f.text, f.english, 3660);
    assert_string_equal(text_string(&f.text), "in 1 h 1 min");
}

TEST(when__add_zone__names_the_offset_of_that_time)
{
    assert_zone("Europe/Paris", paris(2026, 12, 3, 14, 0), "Europe/Paris (UTC+1)");
    assert_zone("Europe/Paris", paris(2026, 7, 3, 14, 0), "Europe/Paris (UTC+2)");
    assert_zone("America/New_York", paris(2026, 12, 3, 14, 0), "America/New York (UTC\u22125)");
    assert_zone("Asia/Kolkata", paris(2026, 12, 3, 14, 0), "Asia/Kolkata (UTC+5:30)");
    assert_zone("America/St_Johns", paris(2026, 12, 3, 14, 0), "America/St Johns (UTC\u22123:30)");
    assert_zone("Europe/London", paris(2026, 12, 3, 14, 0), "Europe/London (UTC)");
    assert_zone("UTC", 0, "UTC");
}

TEST(when__add_machine__is_rfc3339)
{
    text_clear(&f.text);
    when_add_machine(&f.text, paris(2026, 12, 3, 14, 0));
    assert_string_equal(text_string(&f.text), "2026-12-03T13:00:00Z");
}

TEST(when__add_mail__is_rfc5322_in_english_always)
{
    text_clear(&f.text);
    when_add_mail(&f.text, paris(2026, 12, 3, 14, 0) + 7);
    assert_string_equal(text_string(&f.text), "Thu, 03 Dec 2026 13:00:07 +0000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when__add__says_the_day_in_english),
        cmocka_unit_test(when__add__says_the_day_in_french),
        cmocka_unit_test(when__add__counts_days_on_the_wall),
        cmocka_unit_test(when__add_span__says_a_shared_day_once),
        cmocka_unit_test(when__add_span__says_both_days_when_they_differ),
        cmocka_unit_test(when__add_span__until_midnight_is_one_day),
        cmocka_unit_test(when__add_length__is_in_words),
        cmocka_unit_test(when__add_length__adds_to_what_is_there),
        cmocka_unit_test(when__add_zone__names_the_offset_of_that_time),
        cmocka_unit_test(when__add_machine__is_rfc3339),
        cmocka_unit_test(when__add_mail__is_rfc5322_in_english_always),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
