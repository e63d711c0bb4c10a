#include "tests/test.h"

#include "proto/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES "/usr/share/zoneinfo"
#define ORACLE "/usr/bin/python3 tests/proto/zone_oracle.py "

static bool add_file(struct zones *zones, const char *folder, const char *name)
{
    char path[256];
    static char bytes[1 << 20];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return zones_add(zones, name, bytes, size) > 0;
}

static const struct zone *get(struct zones *zones, const char *folder, const char *name)
{
    const struct zone *zone = zones_find(zones, name);
    if (!zone && add_file(zones, folder, name))
        zone = zones_find(zones, name);
    return zone;
}

/* A version 2 file with the footer `tz`, and before it one transition at `last` (to the same UTC+0 as before,
 * or none when `last` is 0). The result is the size. */
static size_t make_file(unsigned char bytes[512], const char *tz, int64_t last)
{
    memset(bytes, 0, 512);
    unsigned char *at = bytes;
    memcpy(at, "TZif2", 5);
    at[39] = 1;
    at[43] = 4;
    at += 44 + 6 + 4;
    memcpy(at, "TZif2", 5);
    at[35] = last != 0;
    at[39] = 1;
    at[43] = 4;
    at += 44;
    if (last) {
        for (int i = 0; i < 8; i++)
            at[i] = (unsigned char)((uint64_t)last >> (56 - 8 * i));
        at += 9;
    }
    memcpy(at + 6, "GMT", 3);
    at += 10;
    return (size_t)(at - bytes) + (size_t)sprintf((char *)at, "\n%s\n", tz);
}

/* A zone that only its footer makes; NULL when it is refused. */
static const struct zone *from_footer(struct zones *zones, const char *tz)
{
    unsigned char bytes[512];
    size_t size = make_file(bytes, tz, 0);
    return zones_add(zones, "Test/Footer", bytes, size) > 0 ? zones_find(zones, "Test/Footer") : NULL;
}

static int64_t instant(const struct zone *zone, int year, int month, int day, int hour, int minute)
{
    struct wall wall = {year, month, day, hour, minute, 0, 0};
    return zone_instant(zone, &wall);
}

static int64_t utc(int year, int month, int day, int hour, int minute)
{
    struct wall wall = {year, month, day, hour, minute, 0, 0};
    return wall_seconds(&wall);
}

TEST(wall__seconds__goes_there_and_back)
{
    for (int64_t at = -100000000000; at < 300000000000; at += 12345677) {
        struct wall wall = wall_from_seconds(at);
        assert_int_equal(wall_seconds(&wall), at);
    }
    struct wall wall = wall_from_seconds(0);
    assert_int_equal(wall.year, 1970);
    assert_int_equal(wall.weekday, 3);
    wall = wall_from_seconds(-1);
    assert_int_equal(wall.year, 1969);
    assert_int_equal(wall.second, 59);
    assert_int_equal(wall.weekday, 2);
    assert_int_equal(utc(2000, 2, 29, 0, 0), 951782400);
    assert_int_equal(utc(2000, 3, 1, 0, 0), 951868800);
}

TEST(wall__seconds__survives_absurd_numbers)
{
    assert_true(wall_from_seconds(INT64_MAX).year > 1000000);
    assert_true(wall_from_seconds(INT64_MIN).year < -1000000);
    struct wall wall = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, 0};
    assert_true(wall_seconds(&wall) > 0);
    wall = (struct wall){INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, 0};
    assert_true(wall_seconds(&wall) < 0);
}

TEST(wall__is_valid__knows_the_calendar)
{
    static const struct {
        struct wall wall;
        bool valid;
    } cases[] = {
        {{2026, 12, 3, 14, 0, 0, 0}, true},   {{2024, 2, 29, 0, 0, 0, 0}, true},
        {{2026, 2, 29, 0, 0, 0, 0}, false},   {{2100, 2, 29, 0, 0, 0, 0}, false},
        {{2000, 2, 29, 23, 59, 59, 0}, true}, {{2026, 4, 31, 0, 0, 0, 0}, false},
        {{2026, 13, 1, 0, 0, 0, 0}, false},   {{2026, 0, 1, 0, 0, 0, 0}, false},
        {{2026, 1, 0, 0, 0, 0, 0}, false},    {{2026, 1, 1, 24, 0, 0, 0}, false},
        {{2026, 1, 1, -1, 0, 0, 0}, false},   {{2026, 1, 1, 0, 60, 0, 0}, false},
        {{2026, 1, 1, 0, 0, 60, 0}, false},   {{1969, 12, 31, 0, 0, 0, 0}, false},
        {{10000, 1, 1, 0, 0, 0, 0}, false},   {{1970, 1, 1, 0, 0, 0, 0}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(wall_is_valid(&cases[i].wall), cases[i].valid);
}

TEST(zone__instant__paris_gap_and_overlap)
{
    struct zones *zones = zones_new();
    const struct zone *paris = get(zones, FILES, "Europe/Paris");
    assert_non_null(paris);
    assert_int_equal(instant(paris, 2026, 3, 29, 1, 59), utc(2026, 3, 29, 0, 59));
    assert_int_equal(instant(paris, 2026, 3, 29, 2, 30), utc(2026, 3, 29, 1, 30));
    assert_int_equal(instant(paris, 2026, 3, 29, 3, 0), utc(2026, 3, 29, 1, 0));
    assert_int_equal(instant(paris, 2026, 10, 25, 1, 59), utc(2026, 10, 24, 23, 59));
    assert_int_equal(instant(paris, 2026, 10, 25, 2, 30), utc(2026, 10, 25, 0, 30));
    assert_int_equal(instant(paris, 2026, 10, 25, 3, 0), utc(2026, 10, 25, 2, 0));
    bool dst;
    const char *abbreviation;
    assert_int_equal(zone_offset(paris, utc(2026, 7, 1, 0, 0), &dst, &abbreviation), 7200);
    assert_true(dst);
    assert_string_equal(abbreviation, "CEST");
    assert_int_equal(zone_offset(paris, utc(2126, 1, 1, 0, 0), &dst, &abbreviation), 3600);
    assert_false(dst);
    assert_string_equal(abbreviation, "CET");
    assert_int_equal(zone_next_change(paris, utc(2026, 7, 1, 0, 0)), utc(2026, 10, 25, 1, 0));
    struct wall wall = zone_wall(paris, utc(2026, 12, 31, 23, 30));
    assert_int_equal(wall.year, 2027);
    assert_int_equal(wall.hour, 0);
    assert_int_equal(wall.weekday, 4);
    zones_free(zones);
}

TEST(zone__stretch_at__ends_where_the_offset_changes)
{
    struct zones *zones = zones_new();
    const struct zone *paris = get(zones, FILES, "Europe/Paris");
    int64_t spring = utc(2026, 3, 29, 1, 0), autumn = utc(2026, 10, 25, 1, 0);
    const int64_t summer[] = {spring, spring + 1, utc(2026, 7, 1, 0, 0), autumn - 1};
    for (size_t i = 0; i < 4; i++) {
        struct zone_stretch stretch = zone_stretch_at(paris, summer[i]);
        assert_int_equal(stretch.offset, 7200);
        assert_int_equal(stretch.since, spring);
        assert_int_equal(stretch.until, autumn);
    }
    assert_int_equal(zone_stretch_at(paris, autumn).offset, 3600);
    assert_int_equal(zone_stretch_at(paris, autumn).since, autumn);
    struct zone_stretch fixed = zone_stretch_at(get(zones, FILES, "UTC"), 0);
    assert_true(fixed.since == INT64_MIN && fixed.until == INT64_MAX && fixed.offset == 0);
    zones_free(zones);
}

/* Samoa had no 30 December 2011. */
TEST(zone__instant__apia_lost_a_day)
{
    struct zones *zones = zones_new();
    const struct zone *apia = get(zones, FILES, "Pacific/Apia");
    assert_non_null(apia);
    assert_int_equal(instant(apia, 2011, 12, 29, 23, 59), utc(2011, 12, 30, 9, 59));
    assert_int_equal(instant(apia, 2011, 12, 30, 12, 0), utc(2011, 12, 30, 22, 0));
    assert_int_equal(instant(apia, 2011, 12, 31, 0, 0), utc(2011, 12, 30, 10, 0));
    zones_free(zones);
}

TEST(zone__offset__survives_the_ends_of_time)
{
    struct zones *zones = zones_new();
    static const char *const names[] = {"Europe/Paris", "UTC", "Africa/Casablanca", "Asia/Tokyo"};
    for (size_t i = 0; i < 4; i++) {
        const struct zone *zone = get(zones, FILES, names[i]);
        assert_non_null(zone);
        zone_offset(zone, INT64_MIN, NULL, NULL);
        zone_offset(zone, INT64_MAX, NULL, NULL);
        assert_true(zone_wall(zone, INT64_MAX).year > 9999);
        assert_true(zone_wall(zone, INT64_MIN).year < 0);
        assert_int_equal(zone_next_change(zone, INT64_MAX), INT64_MAX);
        struct wall wall = {INT32_MAX, 12, 31, 23, 59, 59, 0};
        assert_true(zone_instant(zone, &wall) > 0);
    }
    zones_free(zones);
}

/* Does the zone give what a line of the oracle's table says? */
static bool check_line(const struct zone *zone, const char *line)
{
    long at, want, got;
    struct wall wall = {0};
    char abbreviation[32];
    const char *short_name = abbreviation;
    if (sscanf(line, "I %*s %ld %ld %31s", &at, &want, abbreviation) == 3)
        got = zone_offset(zone, at, NULL, &short_name);
    else if (sscanf(line, "W %*s %d %d %d %d %d %d %ld", &wall.year, &wall.month, &wall.day, &wall.hour,
                    &wall.minute, &wall.second, &want) == 7)
        got = zone_instant(zone, &wall);
    else if (sscanf(line, "N %*s %ld %ld", &at, &want) == 2)
        got = zone_next_change(zone, at);
    else
        return false;
    return got == want && (*line != 'I' || strcmp(short_name, abbreviation) == 0);
}

/* Holds every zone from the files in `folder` against Python; how many probes were wrong, or -1 when there
 * was no table. */
static long count_wrong(const char *folder)
{
    char command[128], line[256], name[64];
    snprintf(command, sizeof command, ORACLE "table %s", folder);
    FILE *table = popen(command, "r"); /* NOLINT(cert-env33-c): our own words */
    if (!table)
        return -1;
    struct zones *zones = zones_new();
    long lines = 0, wrong = 0;
    while (fgets(line, sizeof line, table)) {
        lines++;
        const struct zone *zone = sscanf(line, "%*c %63s", name) == 1 ? get(zones, folder, name) : NULL;
        if ((!zone || !check_line(zone, line)) && wrong++ < 20)
            print_error("wrong: %s", line);
    }
    zones_free(zones);
    print_message("%ld probes\n", lines);
    return pclose(table) == 0 && lines > 50000 ? wrong : -1;
}

TEST(zone__every_zone__agrees_with_python)
{
    assert_int_equal(count_wrong(FILES), 0);
}

/* The same zones as zic writes them by default: a short table, and the footer for the rest. */
TEST(zone__every_zone__agrees_with_python_when_the_files_are_slim)
{
    char folder[] = "/tmp/jmb-zones-XXXXXX", command[128];
    if (access(FILES "/tzdata.zi", R_OK) != 0 || access("/usr/sbin/zic", X_OK) != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "/usr/sbin/zic -b slim -d %s " FILES "/tzdata.zi", folder);
    int made = system(command); /* NOLINT(cert-env33-c): a fixed command */
    long wrong = made == 0 ? count_wrong(folder) : -1;
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    assert_int_equal(wrong, 0);
}

static bool has(const struct text *text, const char *part)
{
    return strstr(text_string(text), part) != NULL;
}

/* The VTIMEZONE of a zone for the years first..last, in *text. */
static void vtimezone(struct text *text, const struct zone *zone, int first, int last)
{
    text_clear(text);
    zone_add_vtimezone(text, zone, utc(first, 1, 1, 0, 0), utc(last, 12, 31, 0, 0));
}

TEST(zone__add_vtimezone__is_a_rule_where_one_governs)
{
    struct zones *zones = zones_new();
    struct text text = {0};
    vtimezone(&text, get(zones, FILES, "Europe/Paris"), 2026, 2027);
    assert_string_equal(text_string(&text), "BEGIN:VTIMEZONE\r\n"
                                            "TZID:Europe/Paris\r\n"
                                            "BEGIN:DAYLIGHT\r\n"
                                            "DTSTART:20250330T020000\r\n"
                                            "TZOFFSETFROM:+0100\r\n"
                                            "TZOFFSETTO:+0200\r\n"
                                            "TZNAME:CEST\r\n"
                                            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
                                            "END:DAYLIGHT\r\n"
                                            "BEGIN:STANDARD\r\n"
                                            "DTSTART:20251026T030000\r\n"
                                            "TZOFFSETFROM:+0200\r\n"
                                            "TZOFFSETTO:+0100\r\n"
                                            "TZNAME:CET\r\n"
                                            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
                                            "END:STANDARD\r\n"
                                            "END:VTIMEZONE\r\n");
    vtimezone(&text, get(zones, FILES, "Asia/Jerusalem"), 2026, 2027);
    assert_true(has(&text, "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR\r\n"));
    vtimezone(&text, get(zones, FILES, "America/Nuuk"), 2026, 2027);
    assert_true(has(&text, "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-8,-7,-6,-5,-4,-3,-2;BYDAY=SA\r\n"));
    text_free(&text);
    zones_free(zones);
}

TEST(zone__add_vtimezone__calls_summer_what_is_ahead)
{
    struct zones *zones = zones_new();
    struct text text = {0};
    vtimezone(&text, get(zones, FILES, "Europe/Dublin"), 2026, 2027);
    assert_true(
        has(&text, "BEGIN:DAYLIGHT\r\nDTSTART:20250330T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100"));
    text_free(&text);
    zones_free(zones);
}

TEST(zone__add_vtimezone__lists_onsets_where_no_rule_governs)
{
    struct zones *zones = zones_new();
    struct text text = {0};
    vtimezone(&text, get(zones, FILES, "Africa/Casablanca"), 2026, 2030);
    assert_true(has(&text, "RDATE:"));
    assert_false(has(&text, "RRULE"));
    vtimezone(&text, get(zones, FILES, "Africa/Cairo"), 2026, 2030); /* the day after the last Thursday */
    assert_true(has(&text, "RDATE:"));
    assert_false(has(&text, "RRULE"));
    const char *start = strstr(text.data, "DTSTART:"),
               *onset = strstr(start, "RDATE:"); /* itself the first */
    assert_memory_equal(start + strlen("DTSTART:"), onset + strlen("RDATE:"), strlen("20260424T000000"));
    text_free(&text);
    zones_free(zones);
}

TEST(zone__add_vtimezone__is_one_standard_where_nothing_changes)
{
    struct zones *zones = zones_new();
    struct text text = {0};
    vtimezone(&text, get(zones, FILES, "Asia/Kolkata"), 2026, 2027);
    assert_string_equal(text_string(&text), "BEGIN:VTIMEZONE\r\n"
                                            "TZID:Asia/Kolkata\r\n"
                                            "BEGIN:STANDARD\r\n"
                                            "DTSTART:19700101T000000\r\n"
                                            "TZOFFSETFROM:+0530\r\n"
                                            "TZOFFSETTO:+0530\r\n"
                                            "TZNAME:IST\r\n"
                                            "END:STANDARD\r\n"
                                            "END:VTIMEZONE\r\n");
    text_free(&text);
    zones_free(zones);
}

/* What is kept from before is what would be written now, whatever was asked between. */
TEST(zone__add_vtimezone__again__is_the_same)
{
    static const char *const names[] = {"Africa/Casablanca", "Europe/Paris"};
    struct zones *zones = zones_new(), *fresh = zones_new();
    struct text text = {0}, other = {0};
    for (int round = 0; round < 3; round++)
        for (int first = 2024; first < 2030; first++)
            for (size_t i = 0; i < 2; i++) {
                vtimezone(&text, get(zones, FILES, names[i]), first, first + round);
                zones_free(fresh);
                fresh = zones_new();
                vtimezone(&other, get(fresh, FILES, names[i]), first, first + round);
                assert_string_equal(text_string(&text), text_string(&other));
            }
    text_free(&text);
    text_free(&other);
    zones_free(fresh);
    zones_free(zones);
}

TEST(zone__add_vtimezone__without_an_end_stays_bounded)
{
    struct zones *zones = zones_new();
    struct text text = {0};
    zone_add_vtimezone(&text, get(zones, FILES, "Africa/Cairo"), 0, INT64_MAX);
    assert_true(text.size < 20000);
    text_clear(&text);
    zone_add_vtimezone(&text, get(zones, FILES, "Europe/Paris"), utc(2026, 1, 1, 0, 0), INT64_MAX);
    assert_true(has(&text, "RRULE"));
    text_free(&text);
    zones_free(zones);
}

struct vtimezones {
    struct zones *zones;
    FILE *judge;
};

static void send_vtimezones(const char *name, void *context)
{
    struct vtimezones *sent = context;
    static const int spans[][2] = {{2026, 2027}, {2023, 2026}, {2008, 2012}, {2030, 2037}, {2022, 2022}};
    const struct zone *zone = zones_find(sent->zones, name);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct text text = {0};
        int64_t from = utc(spans[i][0], 1 + (int)(i * 2), 29, 1, 0), to = utc(spans[i][1], 12, 31, 0, 0);
        zone_add_vtimezone(&text, zone, from, to);
        fprintf(sent->judge, "%s %ld %ld\n%s", name, (long)from, (long)to, text_string(&text));
        text_free(&text);
    }
}

TEST(zone__add_vtimezone__of_every_zone_is_read_alike_by_icalendar)
{
    struct vtimezones sent = {zones_new(), popen(ORACLE "vtimezones", "w")};
    assert_non_null(sent.judge);
    FILE *names = popen("cd " FILES " && sha256sum $(awk '$1 ~ /^[^#]/ {print $3}' tzdata.zi zone1970.tab | "
                        "sort -u | grep / | while read n; do test -f $n && echo $n; done) UTC EST5EDT | "
                        "sort -u -k1,1 | cut -c67-",
                        "r");
    assert_non_null(names);
    char name[128];
    int count = 0;
    while (fgets(name, sizeof name, names)) {
        name[strcspn(name, "\n")] = 0;
        assert_true(add_file(sent.zones, FILES, name));
        count++;
    }
    assert_int_equal(pclose(names), 0);
    assert_true(count > 300);
    zones_each(sent.zones, send_vtimezones, &sent);
    zones_free(sent.zones);
    assert_int_equal(pclose(sent.judge), 0);
}

TEST(zones__add__reads_every_form_of_footer)
{
    struct zones *zones = zones_new();
    const struct zone *zone = from_footer(zones, "<+0330>-3:30");
    assert_non_null(zone);
    assert_int_equal(zone_offset(zone, 0, NULL, NULL), 12600);
    assert_int_equal(zone_next_change(zone, 0), INT64_MAX);
    zone = from_footer(zones, "AAA3:30:15BBB2,J60/0,300/-1:30");
    assert_non_null(zone);
    assert_int_equal(zone_offset(zone, 0, NULL, NULL), -(3 * 3600 + 30 * 60 + 15));
    /* J60 is 1 March in leap years too; 300 counts from 0 and with 29 February. */
    assert_int_equal(zone_next_change(zone, utc(2028, 1, 1, 0, 0)), utc(2028, 3, 1, 3, 30) + 15);
    assert_int_equal(zone_next_change(zone, utc(2028, 4, 1, 0, 0)), utc(2028, 10, 27, 0, 30));
    assert_int_equal(zone_next_change(zone, utc(2027, 1, 1, 0, 0)), utc(2027, 3, 1, 3, 30) + 15);
    zone = from_footer(zones, "EST5EDT,M3.2.0,M11.1.0");
    assert_non_null(zone);
    assert_int_equal(zone_next_change(zone, utc(2026, 1, 1, 0, 0)), utc(2026, 3, 8, 7, 0));
    zone = from_footer(zones, "AAA-2BBB,M3.4.4/50,M10.4.4/-167");
    assert_non_null(zone);
    assert_int_equal(zone_next_change(zone, utc(2026, 1, 1, 0, 0)), utc(2026, 3, 28, 0, 0));
    assert_int_equal(zone_next_change(zone, utc(2026, 6, 1, 0, 0)), utc(2026, 10, 14, 22, 0));
    zones_free(zones);
}

/* RFC 8536 3.3.1: summer time all year is two changes in the same second. */
TEST(zones__add__reads_summer_time_for_ever)
{
    struct zones *zones = zones_new();
    static const char *const footers[] = {"XXX3EDT4,0/0,J365/23", "EST5EDT,0/0,J365/25"};
    for (size_t i = 0; i < 2; i++) {
        const struct zone *zone = from_footer(zones, footers[i]);
        assert_non_null(zone);
        for (int64_t at = utc(2024, 1, 1, 0, 0); at < utc(2030, 1, 1, 0, 0); at += 3600)
            assert_int_equal(zone_offset(zone, at, NULL, NULL), -4 * 3600);
        assert_int_equal(zone_next_change(zone, utc(2026, 1, 1, 0, 0)), INT64_MAX);
        struct text text = {0};
        vtimezone(&text, zone, 2026, 2027);
        assert_false(has(&text, "RRULE"));
        assert_true(has(&text, "TZOFFSETTO:-0400"));
        text_free(&text);
    }
    zones_free(zones);
}

TEST(zones__add__refuses_footers_that_are_none)
{
    static const char *const footers[] = {
        "CET",
        "-1",
        "CE-1",
        "CET-25",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J5",
        "CET-1CEST,J366,J5",
        "CET-1CEST,366,5",
        "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0,",
        "<CET-1",
        "CET-1:60",
        "CET-1 ",
        "<C\rT>-1",
        "ABCDEFGHIJKLMNOPQ-1",
        "CET-99999999999999999999",
    };
    struct zones *zones = zones_new();
    for (size_t i = 0; i < sizeof footers / sizeof *footers; i++)
        if (from_footer(zones, footers[i]))
            fail_msg("accepted: %s", footers[i]);
    zones_free(zones);
}

TEST(zones__add__refuses_a_file_that_is_cut_anywhere)
{
    struct zones *zones = zones_new();
    static unsigned char bytes[8192];
    FILE *file = fopen(FILES "/Europe/Paris", "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *copy = malloc(cut + !cut); /* exactly so many, for ASan to see a byte read too far */
        memcpy(copy, bytes, cut);
        assert_int_equal(zones_add(zones, "Cut", copy, cut), -1);
        free(copy);
    }
    assert_null(zones_find(zones, "Cut"));
    assert_int_equal(zones_add(zones, "Whole", bytes, size), 1);
    zones_free(zones);
}

TEST(zones__add__refuses_what_is_malformed)
{
    struct zones *zones = zones_new();
    unsigned char good[512], bad[512];
    size_t size = make_file(good, "GMT0", 1000);
    assert_int_equal(zones_add(zones, "Good", good, size), 1);
    enum { SECOND = 44 + 6 + 4 };
    static const struct {
        size_t at;
        unsigned char byte;
        const char *what;
    } cases[] = {
        {0, 'X', "magic"},
        {4, 0, "version 1"},
        {4, '1', "version 1"},
        {SECOND, 'X', "second magic"},
        {SECOND + 32, 0x80, "too many transitions"},
        {SECOND + 39, 0, "no type"},
        {SECOND + 31, 1, "leap seconds"},
        {SECOND + 44 + 8, 1, "a type that there is not"},
        {SECOND + 44 + 9, 0x7F, "offset"},
        {SECOND + 44 + 9 + 4, 2, "dst"},
        {SECOND + 44 + 9 + 5, 4, "abbreviation outside"},
        {SECOND + 44 + 9 + 6, '\n', "abbreviation with a line end"},
        {SECOND + 44 + 9 + 9, 'T', "abbreviation without an end"},
        {SECOND + 44 + 9 + 10, 'x', "no footer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(bad, good, sizeof bad);
        bad[cases[i].at] = cases[i].byte;
        if (zones_add(zones, "Bad", bad, size) != -1)
            fail_msg("accepted: %s", cases[i].what);
    }
    zones_free(zones);
}

static void join(const char *name, void *context)
{
    text_addf(context, "%s ", name);
}

TEST(zones__each__is_in_order_and_later_names_win)
{
    struct zones *zones = zones_new();
    unsigned char bytes[512];
    size_t size = make_file(bytes, "AAA1", 0);
    assert_int_equal(zones_add(zones, "C", bytes, size), 1);
    assert_int_equal(zones_add(zones, "A", bytes, size), 1);
    assert_int_equal(zones_add(zones, "B", bytes, size), 1);
    size = make_file(bytes, "BBB2", 0);
    assert_int_equal(zones_add(zones, "B", bytes, size), 1);
    struct text text = {0};
    zones_each(zones, join, &text);
    assert_string_equal(text_string(&text), "A B C ");
    assert_int_equal(zone_offset(zones_find(zones, "B"), 0, NULL, NULL), -7200);
    assert_string_equal(zone_name(zones_find(zones, "B")), "B");
    assert_null(zones_find(zones, "b"));
    assert_null(zones_find(zones, ""));
    assert_null(zones_find(zones, NULL));
    text_free(&text);
    zones_free(zones);
}

TEST(zones__offer__people_choose_from_the_table_and_all_is_found)
{
    static const char table[] = "# a comment\twith\tB\n"
                                "FR\t+4852+00220\tC\n"
                                "RU,UA\t+4457+03406\tA\tCrimea\n"
                                "XX\t+0000+00000\tNowhere\n"
                                "no columns\nXX\t\n\nYY\t+0000+00000\tD";
    static const char *const names[] = {"A", "B", "C", "D", "UTC"};
    struct zones *zones = zones_new();
    struct text text = {0};
    unsigned char bytes[512];
    size_t size = make_file(bytes, "AAA1", 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(zones_add(zones, names[i], bytes, size), 1);
    zones_offer(zones, "", 0); /* nothing to choose from is no table */
    zones_each(zones, join, &text);
    assert_string_equal(text_string(&text), "A B C D UTC ");
    text_clear(&text);
    zones_offer(zones, table, sizeof table - 1);
    zones_each(zones, join, &text);
    assert_string_equal(text_string(&text), "A C D UTC ");
    assert_non_null(zones_find(zones, "B"));
    text_free(&text);
    zones_free(zones);
}

TEST(zones__add__refuses_names_that_calendars_cannot_hold)
{
    struct zones *zones = zones_new();
    unsigned char bytes[512];
    size_t size = make_file(bytes, "AAA1", 0);
    static const char *const names[] = {
        "",    "a b", "a\r\nX:1", "a;b",
        "a,b", "a:b", "\xC3\xA9", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(zones_add(zones, names[i], bytes, size), -1);
    zones_free(zones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall__seconds__goes_there_and_back),
        cmocka_unit_test(wall__seconds__survives_absurd_numbers),
        cmocka_unit_test(wall__is_valid__knows_the_calendar),
        cmocka_unit_test(zone__instant__paris_gap_and_overlap),
        cmocka_unit_test(zone__instant__apia_lost_a_day),
        cmocka_unit_test(zone__offset__survives_the_ends_of_time),
        cmocka_unit_test(zone__every_zone__agrees_with_python),
        cmocka_unit_test(zone__every_zone__agrees_with_python_when_the_files_are_slim),
        cmocka_unit_test(zone__add_vtimezone__is_a_rule_where_one_governs),
        cmocka_unit_test(zone__add_vtimezone__calls_summer_what_is_ahead),
        cmocka_unit_test(zone__add_vtimezone__lists_onsets_where_no_rule_governs),
        cmocka_unit_test(zone__add_vtimezone__is_one_standard_where_nothing_changes),
        cmocka_unit_test(zone__stretch_at__ends_where_the_offset_changes),
        cmocka_unit_test(zone__add_vtimezone__again__is_the_same),
        cmocka_unit_test(zone__add_vtimezone__without_an_end_stays_bounded),
        cmocka_unit_test(zone__add_vtimezone__of_every_zone_is_read_alike_by_icalendar),
        cmocka_unit_test(zones__add__reads_every_form_of_footer),
        cmocka_unit_test(zones__add__reads_summer_time_for_ever),
        cmocka_unit_test(zones__add__refuses_footers_that_are_none),
        cmocka_unit_test(zones__add__refuses_a_file_that_is_cut_anywhere),
        cmocka_unit_test(zones__add__refuses_what_is_malformed),
        cmocka_unit_test(zones__each__is_in_order_and_later_names_win),
        cmocka_unit_test(zones__offer__people_choose_from_the_table_and_all_is_found),
        cmocka_unit_test(zones__add__refuses_names_that_calendars_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
