/* Called with "write" it is no test but writes the calendar that stands in JSON on its standard input:
 * test_calendar_readers.py holds it against Python's icalendar. */
#include "proto/calendar.h"

#include "tests/proto/zone_files.h"
#include "tests/test.h"

#include <jansson.h>
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

static struct zones *zones;

static const struct meeting weekly = {.uid = "a4Fh@meet.example",
                                      .subject = "Weekly",
                                      .description = "The usual",
                                      .starts_at = 1796302800,
                                      .ends_at = 1796306400,
                                      .tz = "Europe/Paris",
                                      .sequence = 2,
                                      .created_at = 1795420800,
                                      .updated_at = 1795420860};
static const struct calendar_attendee people[] = {
    {"alice@univ.example", "Alice Martin", ROLE_ORGANISER, PARTSTAT_ACCEPTED},
    {"bob@x.org", NULL, ROLE_GUEST, PARTSTAT_NEEDS_ACTION}};

static struct calendar_event event_of(const struct meeting *meeting)
{
    return (struct calendar_event){.meeting = meeting,
                                   .zone = zones_find(zones, "Europe/Paris"),
                                   .organiser_mail = "alice@univ.example",
                                   .organiser_name = "Alice Martin",
                                   .attendee_count = 2,
                                   .attendees = people,
                                   .join_address =
                                       "https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH",
                                   .stamp_at = 1795420870};
}

static char *write_one(enum calendar_method method, const char *name, const struct calendar_event *event)
{
    struct text text = {0};
    struct calendar *calendar = calendar_open(method, name);
    calendar_add(calendar, event);
    calendar_close(calendar, &text);
    return text.data;
}

/* The event of a calendar, without folds. */
static char *event_lines(char *bytes)
{
    char *start = strstr(bytes, "BEGIN:VEVENT"), *out = bytes;
    assert_non_null(start);
    for (char *at = start; *at; at++) {
        if (strncmp(at, "\r\n ", 3) == 0)
            at += 2;
        else
            *out++ = *at;
    }
    *out = 0;
    return bytes;
}

/* What libical makes of it: no errors, and lines of at most 75 bytes that end in CRLF and are UTF-8. */
static void assert_wire(const char *bytes)
{
    for (const char *at = bytes; *at;) {
        size_t size = strcspn(at, "\r\n");
        assert_in_range(size, 1, 75);
        assert_true(text_is_utf8(at, size));
        for (size_t i = 0; i < size; i++)
            assert_true((unsigned char)at[i] >= ' ' || at[i] == '\t');
        assert_memory_equal(at + size, "\r\n", 2);
        at += size + 2;
    }
    icalcomponent *component = icalparser_parse_string(bytes);
    assert_non_null(component);
    assert_int_equal(icalcomponent_isa(component), ICAL_VCALENDAR_COMPONENT);
    assert_int_equal(icalcomponent_count_errors(component), 0);
    icalcomponent_free(component);
}

TEST(calendar__write__an_invitation)
{
    struct calendar_event event = event_of(&weekly);
    event.rsvp = true;
    char *bytes = write_one(CALENDAR_REQUEST, NULL, &event);
    assert_wire(bytes);
    static const char head[] =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//JMB//Jitsi Meet Booking " JMB_VERSION
        "//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\n"
        "TZID:Europe/Paris\r\n";
    assert_memory_equal(bytes, head, sizeof head - 1);
    assert_string_equal(
        event_lines(bytes),
        "BEGIN:VEVENT\r\n"
        "UID:a4Fh@meet.example\r\n"
        "SEQUENCE:2\r\n"
        "DTSTAMP:20261123T080110Z\r\n"
        "CREATED:20261123T080000Z\r\n"
        "LAST-MODIFIED:20261123T080100Z\r\n"
        "DTSTART;TZID=Europe/Paris:20261203T140000\r\n"
        "DTEND;TZID=Europe/Paris:20261203T150000\r\n"
        "STATUS:CONFIRMED\r\n"
        "SUMMARY:Weekly\r\n"
        "DESCRIPTION:The usual\r\n"
        "LOCATION:https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH\r\n"
        "URL:https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH\r\n"
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Jitsi Meet\":"
        "https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH\r\n"
        "X-GOOGLE-CONFERENCE:https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH\r\n"
        "ORGANIZER;CN=\"Alice Martin\":mailto:alice@univ.example\r\n"
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=FALSE;CN=\"Alice Martin\":"
        "mailto:alice@univ.example\r\n"
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@x.org\r\n"
        "END:VEVENT\r\n"
        "END:VCALENDAR\r\n");
    free(bytes);
}

TEST(calendar__write__a_feed)
{
    static const int alarms[] = {900, 90, 0};
    struct calendar_event event = event_of(&weekly);
    event.alarm_count = 3;
    event.alarms = alarms;
    char *bytes = write_one(CALENDAR_PUBLISH, "Réunions, Alice", &event);
    assert_wire(bytes);
    assert_null(strstr(bytes, "METHOD"));
    assert_non_null(strstr(bytes, "\r\nNAME:Réunions\\, Alice\r\nX-WR-CALNAME:Réunions\\, Alice\r\n"
                                  "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"));
    assert_non_null(strstr(bytes, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Weekly\r\n"
                                  "END:VALARM\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT90S\r\n"));
    assert_non_null(strstr(bytes, "TRIGGER:-PT0M\r\n"));
    assert_non_null(strstr(bytes, "RSVP=FALSE"));
    free(bytes);
}

TEST(calendar__write__an_empty_feed)
{
    struct text text = {0};
    calendar_close(calendar_open(CALENDAR_PUBLISH, "Nothing"), &text);
    assert_wire(text.data);
    assert_null(strstr(text.data, "VEVENT"));
    assert_null(strstr(text.data, "VTIMEZONE"));
    text_free(&text);
}

TEST(calendar__write__cancelled)
{
    static const int alarm = 900;
    struct meeting meeting = weekly;
    struct calendar_event event = event_of(&meeting);
    event.alarm_count = 1;
    event.alarms = &alarm;
    char *bytes = write_one(CALENDAR_CANCEL, NULL, &event); /* one who was taken off the list */
    assert_wire(bytes);
    assert_non_null(strstr(bytes, "METHOD:CANCEL\r\n"));
    assert_null(strstr(bytes, "STATUS")); /* RFC 5546 3.2.5: the others still have the event */
    assert_null(strstr(bytes, "VALARM"));
    free(bytes);
    meeting.status = MEETING_CANCELLED;
    bytes = write_one(CALENDAR_CANCEL, NULL, &event);
    assert_non_null(strstr(bytes, "METHOD:CANCEL\r\n"));
    assert_non_null(strstr(bytes, "STATUS:CANCELLED\r\n"));
    free(bytes);
    event.join_address = NULL;
    bytes = write_one(CALENDAR_PUBLISH, NULL, &event);
    assert_non_null(strstr(bytes, "STATUS:CANCELLED\r\n"));
    assert_null(strstr(bytes, "VALARM"));
    assert_null(strstr(bytes, "LOCATION"));
    assert_null(strstr(bytes, "CONFERENCE"));
    free(bytes);
}

TEST(calendar__write__each_zone_once_and_utc_for_what_the_wall_cannot_say)
{
    struct text text = {0};
    struct calendar *calendar = calendar_open(CALENDAR_PUBLISH, NULL);
    struct meeting meeting = weekly;
    struct calendar_event event = event_of(&meeting);
    calendar_add(calendar, &event);
    meeting.starts_at = 1824944400; /* 2027-10-31 01:00 UTC: 02:00 in Paris for the second time */
    meeting.ends_at = 1824951600;
    calendar_add(calendar, &event);
    struct meeting first = meeting;
    struct calendar_event early = event;
    first.starts_at = 1824940799; /* 01:59:59 */
    first.ends_at = 1824940800;   /* 02:00 for the first time, which not all readers take it for */
    early.meeting = &first;
    calendar_add(calendar, &early);
    event.zone = NULL;
    calendar_add(calendar, &event);
    event.zone = zones_find(zones, "UTC");
    calendar_add(calendar, &event);
    calendar_close(calendar, &text);
    assert_wire(text.data);
    const char *zone = strstr(text.data, "BEGIN:VTIMEZONE");
    assert_non_null(zone);
    assert_null(strstr(zone + 1, "BEGIN:VTIMEZONE"));
    const char *second =
        strstr(text.data, "DTSTART:20271031T010000Z\r\nDTEND;TZID=Europe/Paris:20271031T040000\r\n");
    assert_non_null(second);
    assert_non_null(
        strstr(text.data, "DTSTART;TZID=Europe/Paris:20271031T015959\r\nDTEND:20271031T000000Z\r\n"));
    const char *third = strstr(second + 1, "DTSTART:20271031T010000Z\r\nDTEND:20271031T030000Z\r\n");
    assert_non_null(third);
    assert_non_null(strstr(third + 1, "DTSTART:20271031T010000Z\r\nDTEND:20271031T030000Z\r\n"));
    assert_null(strstr(text.data, "TZID=UTC"));
    text_free(&text);
}

TEST(calendar__write__hostile_text_adds_no_line)
{
    static const char hostile[] =
        "a\r\nATTENDEE:mailto:x@y\nb\rc;d,e\\f\"g:h^n^'^^i^j\x01\x07\x7F\xC2\x85k\xE2\x80\xA8l\xFF\xC3(";
    struct meeting meeting = weekly;
    struct calendar_attendee attendee = {"x@y>\r\nSUMMARY:z\"?#%", hostile, ROLE_GUEST, PARTSTAT_DECLINED};
    struct calendar_event event = event_of(&meeting);
    meeting.uid = meeting.subject = meeting.description = hostile;
    event.organiser_name = event.join_address = hostile;
    event.organiser_mail = "\xC3\xA9@x";
    event.attendees = &attendee;
    event.attendee_count = 1;
    char *bytes = write_one(CALENDAR_PUBLISH, hostile, &event);
    assert_wire(bytes);
    event_lines(bytes);
    static const char *const injected[] = {"\nATTENDEE:", "\nSUMMARY:z", "\nb", "\rc", NULL};
    for (size_t i = 0; injected[i]; i++)
        assert_null(strstr(bytes, injected[i]));
    assert_non_null(strstr(bytes,
                           "\nSUMMARY:a\\nATTENDEE:mailto:x@y\\nb\\nc\\;d\\,e\\\\f\"g:h^n^'^^i^j\\nk\\nl"
                           "\xEF\xBF\xBD\xEF\xBF\xBD(\r\n"));
    assert_non_null(strstr(bytes,
                           "CN=\"a ATTENDEE:mailto:x@y b c;d,e\\f'g:h^^n^^'^^^i^j k l"
                           "\xEF\xBF\xBD\xEF\xBF\xBD(\":mailto:x@y%3E%0D%0ASUMMARY:z%22%3F%23%25\r\n"));
    assert_non_null(strstr(bytes, ":mailto:%C3%A9@x\r\n"));
    assert_non_null(strstr(bytes, "\nURL:a%0D%0AATTENDEE:mailto:x@y%0Ab%0Dc;d,e%5Cf%22g"));
    free(bytes);
}

TEST(calendar__write__folds_between_characters_at_75_bytes)
{
    for (size_t shift = 0; shift < 6; shift++) {
        struct text subject = {0};
        struct meeting meeting = weekly;
        struct calendar_event event = event_of(&meeting);
        for (size_t i = 0; i < shift; i++)
            text_add(&subject, "x");
        for (int i = 0; i < 200; i++)
            text_add(&subject, i % 3 == 0 ? "\xF0\x9F\x8E\x89" : i % 3 == 1 ? "," : "\xC3\xA9");
        meeting.subject = meeting.description = event.organiser_name = subject.data;
        char *bytes = write_one(CALENDAR_PUBLISH, subject.data, &event);
        assert_wire(bytes);
        assert_null(strstr(bytes, "\\\r\n"));
        free(bytes);
        text_free(&subject);
    }
}

TEST(calendar__write__texts_come_out_of_libical_as_they_went_in)
{
    static const char *const texts[] = {"a\\nb",
                                        "\\\\,;\\",
                                        "\\",
                                        "one\ntwo\n\n three",
                                        "R\xC3\xA9union; \"salle\", 12:",
                                        "tab\there",
                                        "\xF0\x9F\x8E\x89 \xD7\xA9",
                                        "BEGIN:VEVENT"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct meeting meeting = weekly;
        struct calendar_event event = event_of(&meeting);
        meeting.subject = "S";
        event.description = texts[i];
        char *bytes = write_one(CALENDAR_REQUEST, NULL, &event);
        icalcomponent *component = icalparser_parse_string(bytes);
        assert_string_equal(icalcomponent_get_description(component), texts[i]);
        icalcomponent_free(component);
        free(bytes);
    }
}

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static int64_t number(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static void add_event(struct calendar *calendar, const json_t *json)
{
    struct calendar_attendee attendees[32];
    int alarms[8], alarm_count = 0;
    size_t count = 0, i;
    json_t *one;
    const struct meeting meeting = {.uid = member(json, "uid"),
                                    .subject = member(json, "subject"),
                                    .description = member(json, "description"),
                                    .starts_at = number(json, "starts_at"),
                                    .ends_at = number(json, "ends_at"),
                                    .sequence = (int)number(json, "sequence"),
                                    .created_at = number(json, "created_at"),
                                    .updated_at = number(json, "updated_at")};
    json_array_foreach(json_object_get(json, "attendees"), i, one)
    {
        attendees[count++] = (struct calendar_attendee){member(one, "mail"), member(one, "name"),
                                                        (enum role)number(one, "role"),
                                                        (enum partstat)number(one, "partstat")};
    }
    json_array_foreach(json_object_get(json, "alarms"), i, one) alarms[alarm_count++] =
        (int)json_integer_value(one);
    calendar_add(calendar, &(struct calendar_event){.meeting = &meeting,
                                                    .zone = zone_from_system(zones, member(json, "tz")),
                                                    .organiser_mail = member(json, "organiser_mail"),
                                                    .organiser_name = member(json, "organiser_name"),
                                                    .attendee_count = count,
                                                    .attendees = attendees,
                                                    .join_address = member(json, "join_address"),
                                                    .stamp_at = number(json, "stamp_at"),
                                                    .alarm_count = alarm_count,
                                                    .alarms = alarms});
}

static int write_calendar(void)
{
    struct text text = {0};
    json_t *json = json_loadf(stdin, 0, NULL), *event;
    size_t i;
    if (!json)
        return 1;
    zones = zones_new();
    struct calendar *calendar =
        calendar_open((enum calendar_method)number(json, "method"), member(json, "name"));
    json_array_foreach(json_object_get(json, "events"), i, event) add_event(calendar, event);
    calendar_close(calendar, &text);
    fwrite(text.data, 1, text.size, stdout);
    text_free(&text);
    zones_free(zones);
    json_decref(json);
    return 0;
}

static int load(void **state)
{
    (void)state;
    zones = zones_new();
    return zone_from_system(zones, "Europe/Paris") && zone_from_system(zones, "UTC") ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    zones_free(zones);
    icalmemory_free_ring();
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar__write__an_invitation),
        cmocka_unit_test(calendar__write__a_feed),
        cmocka_unit_test(calendar__write__an_empty_feed),
        cmocka_unit_test(calendar__write__cancelled),
        cmocka_unit_test(calendar__write__each_zone_once_and_utc_for_what_the_wall_cannot_say),
        cmocka_unit_test(calendar__write__hostile_text_adds_no_line),
        cmocka_unit_test(calendar__write__texts_come_out_of_libical_as_they_went_in),
        cmocka_unit_test(calendar__write__folds_between_characters_at_75_bytes),
    };
    if (count > 1 && strcmp(arguments[1], "write") == 0)
        return write_calendar();
    return cmocka_run_group_tests(tests, load, unload);
}
