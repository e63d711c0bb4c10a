#include "proto/rooms.h"

#include "tests/test.h"
#include "tests/trees.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS " xmlns='urn:jmb:rooms:1'"
#define BOOT " boot='5f2c7f1e9d0a4b7c'"
#define IN_ROOM " room='standup@conference.meet.example' instance='d2b1c0ffee'"
#define ALICE " nick='a1b2c3d4' jid='x7@meet.example/abc' user='k3v9' user-name='Alice Martin' name='Alice'"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const char *events_error(const char *xml)
{
    struct room_events events;
    const char *error = NULL;
    const struct xml *tree = tree_read(&arena, xml);
    assert_non_null(tree);
    bool good = rooms_read_events(&events, &arena, tree, &error);
    assert_int_equal(good, error == NULL);
    return error;
}

static const char *hello_error(const char *xml, struct room_hello *hello)
{
    const char *error = NULL;
    const struct xml *tree = tree_read(&arena, xml);
    assert_non_null(tree);
    bool good = rooms_read_hello(hello, &arena, tree, &error);
    assert_int_equal(good, error == NULL);
    return error;
}

TEST(rooms_hello__read__as_in_the_protocol)
{
    struct room_hello hello;
    assert_null(hello_error(
        "<hello" NS " version='1' least='1'" BOOT " now='1795406400123' last='20' held='3' mode='enforce'"
        " policies='7' software='Prosody 0.12.3' later='x'><muc jid='conference.meet.example' kind='main'/>"
        "<warning code='muc_allowners'>mod_muc_allowners is enabled</warning><novelty/>"
        "<warning code='empty'/></hello>",
        &hello));
    assert_string_equal(hello.boot, "5f2c7f1e9d0a4b7c");
    assert_string_equal(hello.software, "Prosody 0.12.3");
    assert_string_equal(hello.mode, "enforce");
    assert_int_equal(hello.now_ms, 1795406400123);
    assert_int_equal(hello.last, 20);
    assert_int_equal(hello.held, 3);
    assert_int_equal(hello.policies, 7);
    assert_int_equal(hello.warning_count, 1);
    assert_string_equal(hello.warnings[0], "mod_muc_allowners is enabled");
    assert_false(hello.foreign);
}

TEST(rooms_hello__read__versions)
{
    static const struct {
        const char *versions;
        bool foreign;
    } cases[] = {{" version='3' least='1'", false},
                 {" version='3' least='2'", true},
                 {" version='0' least='0'", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct room_hello hello;
        char xml[512];
        snprintf(xml, sizeof xml,
                 "<hello" NS "%s" BOOT " now='1' last='0' held='0' mode='off' policies='0'/>",
                 cases[i].versions);
        assert_int_equal(hello_error(xml, &hello) != NULL, cases[i].foreign);
        assert_int_equal(hello.foreign, cases[i].foreign);
    }
}

TEST(rooms_hello__read__says_what_is_wrong)
{
    static const struct {
        const char *attributes, *error;
    } cases[] = {
        {"least='1'", "hello: attribute version is missing"},
        {"version='one' least='1'", "hello: attribute version is not a number in range"},
        {"version='1' least='1'", "hello: attribute boot is missing"},
        {"version='1' least='1' boot='5f2c7f1e9d0a4b7'",
         "hello: attribute boot is not 16 hexadecimal digits"},
        {"version='1' least='1' boot='5f2c7f1e9d0a4b7c0'",
         "hello: attribute boot is not 16 hexadecimal digits"},
        {"version='1' least='1' boot=''", "hello: attribute boot is empty"},
        {"version='1' least='1'" BOOT " now='-1'", "hello: attribute now is not a number in range"},
        {"version='1' least='1'" BOOT " now='1' last='2' held='3' policies='0' mode='off'",
         "hello: attribute held is more than last"},
        {"version='1' least='1'" BOOT " now='1' last='2' held='2' policies='0' mode='on'",
         "hello: attribute mode is no word known here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct room_hello hello;
        char xml[512];
        snprintf(xml, sizeof xml, "<hello" NS " %s/>", cases[i].attributes);
        assert_string_equal(hello_error(xml, &hello), cases[i].error);
        assert_false(hello.foreign);
    }
}

TEST(rooms_hello__read__only_so_many_warnings)
{
    struct text xml = {0};
    struct room_hello hello;
    text_add(&xml, "<hello" NS " version='1' least='1'" BOOT
                   " now='1' last='0' held='0' mode='observe' policies='0'>");
    for (int i = 0; i < 40; i++)
        text_addf(&xml, "<warning>number %d</warning>", i);
    text_add(&xml, "</hello>");
    assert_null(hello_error(xml.data, &hello));
    assert_int_equal(hello.warning_count, 16);
    assert_string_equal(hello.warnings[15], "number 15");
    text_free(&xml);
}

TEST(rooms_events__read__every_kind)
{
    struct room_events events;
    const char *error = NULL;
    const struct xml *tree = tree_read(
        &arena,
        "<events" NS BOOT " now='1795406400300'>"
        "<opened n='21' t='1795406400210'" IN_ROOM " kind='breakout' main='m@conference.meet.example'/>"
        "<joined n='22' t='1795406400215'" IN_ROOM ALICE " kind='phone' role='moderator'/>"
        "<renamed n='23' t='3'" IN_ROOM " nick='a1b2c3d4' to='b2' name='Alice M.'/>"
        "<role n='24' t='4'" IN_ROOM " nick='a1b2c3d4' role='visitor'/>"
        "<left n='25' t='5'" IN_ROOM " nick='a1b2c3d4'/>"
        "<knock n='26' t='6'" IN_ROOM " nick='k' jid='k@meet.example/1' main='m@c'/>"
        "<refused n='27' t='7' room='standup@conference.meet.example' jid='k@meet.example/1' reason='early' "
        "observed='true'/>"
        "<closed n='28' t='8'" IN_ROOM "/></events>");
    assert_true(rooms_read_events(&events, &arena, tree, &error));
    assert_int_equal(events.count, 8);
    assert_string_equal(events.boot, "5f2c7f1e9d0a4b7c");
    assert_int_equal(events.now_ms, 1795406400300);
    const struct room_event *event = events.events;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(event[i].event, ROOM_OPENED + i);
        assert_int_equal(event[i].number, 21 + i);
        assert_string_equal(event[i].room, "standup@conference.meet.example");
        if (event[i].event != ROOM_REFUSED)
            assert_string_equal(event[i].instance, "d2b1c0ffee");
    }
    assert_int_equal(event[0].room_kind, ROOM_BREAKOUT);
    assert_string_equal(event[0].main, "m@conference.meet.example");
    assert_int_equal(event[1].at_ms, 1795406400215);
    assert_int_equal(event[1].kind, OCCUPANT_PHONE);
    assert_string_equal(event[1].nick, "a1b2c3d4");
    assert_string_equal(event[1].jid, "x7@meet.example/abc");
    assert_string_equal(event[1].user, "k3v9");
    assert_string_equal(event[1].user_name, "Alice Martin");
    assert_string_equal(event[1].name, "Alice");
    assert_true(event[1].moderator);
    assert_string_equal(event[2].name, "Alice M.");
    assert_string_equal(event[2].to, "b2");
    assert_false(event[3].moderator);
    assert_null(event[5].user);
    assert_null(event[5].name);
    assert_string_equal(event[5].main, "m@c");
    assert_string_equal(event[6].reason, "early");
    assert_true(event[6].observed);
    assert_null(event[6].main);
    assert_null(event[6].instance);
}

TEST(rooms_events__read__passes_over_what_it_does_not_know)
{
    struct room_events events;
    const char *error = NULL;
    const struct xml *tree =
        tree_read(&arena, "<events" NS BOOT " now='1' more='x'><note>text</note>"
                          "<left n='1' t='1'" IN_ROOM " nick='a' mood='good'><why/></left>"
                          "<left xmlns='urn:else' n='9'/>"
                          "<lost n='2' t='2'/>"
                          "<closed n='3' t='3'" IN_ROOM "/></events>");
    assert_true(rooms_read_events(&events, &arena, tree, &error));
    assert_int_equal(events.count, 3);
    assert_int_equal(events.events[1].event, ROOM_OTHER);
    assert_int_equal(events.events[1].number, 2);
    assert_int_equal(events.events[2].event, ROOM_CLOSED);
}

TEST(rooms_events__read__says_what_is_wrong)
{
#define LEFT(n) "<left n='" n "' t='1'" IN_ROOM " nick='a'/>"
    static const struct {
        const char *events, *error;
    } cases[] = {
        {LEFT("1") LEFT("3"), "left: attribute n does not follow the one before"},
        {LEFT("2") LEFT("2"), "left: attribute n does not follow the one before"},
        {LEFT("0"), "left: attribute n is not a number in range"},
        {LEFT("9007199254740993"), "left: attribute n is not a number in range"},
        {"<left t='1'" IN_ROOM " nick='a'/>", "left: attribute n is missing"},
        {"<left n='1'" IN_ROOM " nick='a'/>", "left: attribute t is missing"},
        {"<left n='1' t='99999999999999999'" IN_ROOM " nick='a'/>",
         "left: attribute t is not a number in range"},
        {"<left n='1' t='1' instance='x' nick='a'/>", "left: attribute room is missing"},
        {"<left n='1' t='1' room='r@x' nick='a'/>", "left: attribute instance is missing"},
        {"<left n='1' t='1'" IN_ROOM " nick=''/>", "left: attribute nick is empty"},
        {"<role n='1' t='1'" IN_ROOM " nick='a' role='owner'/>",
         "role: attribute role is no word known here"},
        {"<opened n='1' t='1'" IN_ROOM " kind='cellar'/>",
         "opened: attribute kind is none of main, breakout, lobby"},
        {"<opened n='1' t='1'" IN_ROOM " kind='lobby'/>", "opened: attribute main is missing"},
        {"<joined n='1' t='1'" IN_ROOM ALICE " kind='robot' role='moderator'/>",
         "joined: attribute kind is no word known here"},
        {"<joined n='1' t='1'" IN_ROOM ALICE " kind='phone'/>", "joined: attribute role is missing"},
        {"<joined n='1' t='1'" IN_ROOM " nick='\xC3' jid='j' kind='phone' role='visitor'/>",
         "joined: attribute nick is not UTF-8"},
        {"<knock n='1' t='1'" IN_ROOM " nick='n' jid='j' name='\xFF'/>",
         "knock: attribute name is not UTF-8"},
        {"<refused n='1' t='1' room='r@x' jid='j'/>", "refused: attribute reason is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char xml[1024];
        snprintf(xml, sizeof xml, "<events" NS BOOT " now='1'>%s</events>", cases[i].events);
        assert_string_equal(events_error(xml), cases[i].error);
    }
    assert_string_equal(events_error("<events" NS " now='1'/>"), "events: attribute boot is missing");
    assert_string_equal(events_error("<events" NS BOOT "/>"), "events: attribute now is missing");
}

TEST(rooms_events__read__lengths)
{
    char *long_string = mem_alloc(ROOMS_STRING_MAX + 2);
    memset(long_string, 'x', ROOMS_STRING_MAX + 1);
    struct text xml = {0};
    text_addf(&xml, "<events" NS BOOT " now='1'><left n='1' t='1'" IN_ROOM " nick='%s'/></events>",
              long_string);
    assert_string_equal(events_error(xml.data), "left: attribute nick is too long (at most 3071 bytes)");
    text_clear(&xml);
    text_addf(&xml, "<events" NS BOOT " now='1'><left n='1' t='1'" IN_ROOM " nick='%s'/></events>",
              long_string + 1);
    assert_null(events_error(xml.data));
    text_free(&xml);
    free(long_string);
}

TEST(rooms_events__read__long_names_are_cut_between_characters)
{
    struct text xml = {0};
    struct room_events events;
    const char *error = NULL;
    text_add(&xml, "<events" NS BOOT " now='1'><renamed n='1' t='1'" IN_ROOM " nick='a' name='");
    for (int i = 0; i < 2000; i++)
        text_add(&xml, "\xC3\xA9");
    text_add(&xml, "'/></events>");
    assert_true(rooms_read_events(&events, &arena, tree_read(&arena, xml.data), &error));
    assert_int_equal(strlen(events.events[0].name), 3070);
    assert_true(text_is_utf8(events.events[0].name, 3070));
    text_free(&xml);
}

TEST(rooms_events__read__at_most_a_batch)
{
    for (int count = ROOMS_BATCH_MAX; count <= ROOMS_BATCH_MAX + 1; count++) {
        struct text xml = {0};
        text_add(&xml, "<events" NS BOOT " now='1'>");
        for (int i = 1; i <= count; i++)
            text_addf(&xml, "<left n='%d' t='1'" IN_ROOM " nick='a'/>", i);
        text_add(&xml, "</events>");
        const char *error = events_error(xml.data);
        assert_int_equal(error != NULL, count > ROOMS_BATCH_MAX);
        if (error)
            assert_string_equal(error, "events: more than 200 in one stanza");
        text_free(&xml);
    }
}

TEST(rooms_snapshot__read__is_events)
{
    struct room_snapshot snapshot;
    const char *error = NULL;
    const struct xml *tree = tree_read(
        &arena, "<snapshot" NS BOOT " now='1795406400200' done='true' count='2' last='20'>"
                "<room jid='standup@c' instance='i1' kind='main' created='1795406390000' last='20'>"
                "<occupant" ALICE " kind='participant' role='moderator' joined='1795406391000'/>"
                "<occupant nick='b' jid='b@x/1' kind='phone' role='participant' joined='5'/><other/></room>"
                "<room jid='l@lobby' instance='i2' kind='lobby' main='standup@c' created='6' last='18'/>"
                "</snapshot>");
    assert_true(rooms_read_snapshot(&snapshot, &arena, tree, &error));
    assert_true(snapshot.done);
    assert_int_equal(snapshot.count, 2);
    assert_int_equal(snapshot.last, 20);
    assert_int_equal(snapshot.events.count, 4);
    const struct room_event *event = snapshot.events.events;
    assert_int_equal(event[0].event, ROOM_OPENED);
    assert_int_equal(event[0].at_ms, 1795406390000);
    assert_int_equal(event[0].number, 20);
    assert_int_equal(event[1].event, ROOM_JOINED);
    assert_int_equal(event[1].number, 20);
    assert_int_equal(event[1].at_ms, 1795406391000);
    assert_string_equal(event[1].room, "standup@c");
    assert_string_equal(event[1].instance, "i1");
    assert_string_equal(event[1].user_name, "Alice Martin");
    assert_true(event[1].moderator);
    assert_int_equal(event[2].kind, OCCUPANT_PHONE);
    assert_int_equal(event[3].room_kind, ROOM_LOBBY);
    assert_string_equal(event[3].main, "standup@c");
    assert_int_equal(event[3].number, 18);
}

TEST(rooms_snapshot__read__says_what_is_wrong)
{
    static const struct {
        const char *xml, *error;
    } cases[] = {
        {"<snapshot" NS BOOT " now='1' done='true' last='1'/>", "snapshot: attribute count is missing"},
        {"<snapshot" NS BOOT " now='1'><room jid='r' instance='i' kind='main' created='1'/></snapshot>",
         "room: attribute last is missing"},
        {"<snapshot" NS BOOT " now='1'><room instance='i' kind='main' created='1' last='1'/></snapshot>",
         "room: attribute jid is missing"},
        {"<snapshot" NS BOOT " now='1'><room jid='r' instance='i' kind='main' created='1' last='1'>"
         "<occupant nick='b' jid='b@x/1' kind='phone' role='participant'/></room></snapshot>",
         "occupant: attribute joined is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct room_snapshot snapshot;
        const char *error = NULL;
        assert_false(rooms_read_snapshot(&snapshot, &arena, tree_read(&arena, cases[i].xml), &error));
        assert_string_equal(error, cases[i].error);
    }
}

TEST(rooms_write__results__as_in_the_protocol)
{
    struct text text = {0};
    rooms_write_hello_result(&text, false, 17, 1795406400130);
    assert_string_equal(text.data, "<hello" NS " version='1' resume='17' now='1795406400130'/>");
    text_clear(&text);
    rooms_write_hello_result(&text, true, 17, 1795406400130);
    assert_string_equal(text.data, "<hello" NS " version='1' snapshot='true' now='1795406400130'/>");
    text_clear(&text);
    rooms_write_events_result(&text, "5f2c7f1e9d0a4b7c", 28);
    assert_string_equal(text.data, "<events" NS BOOT " last='28'/>");
    text_clear(&text);
    rooms_write_snapshot_result(&text, "5f2c7f1e9d0a4b7c");
    assert_string_equal(text.data, "<snapshot" NS BOOT "/>");
    text_free(&text);
}

TEST(rooms_write__policies__as_in_the_protocol)
{
    struct text text = {0};
    const char *moderators[] = {"k3v9", "m<1>"};
    const struct room_refusal early[] = {{"early", "Pas encore ouverte. D\xC3\xA9sol\xC3\xA9 & merci"}};
    const struct room_policy policies[] = {
        {.admission = "open", .moderation = "none", .language = "en"},
        {.room = "standup@conference.meet.example",
         .meeting = "a4Fh",
         .admission = "booked",
         .moderation = "strict",
         .language = "fr",
         .opens_at = 1795405500,
         .guests_at = 1795406100,
         .closes_at = 1795410300,
         .maximum = 50,
         .lobby = true,
         .wait = true,
         .password = "p'w",
         .subject = "Stand-up",
         .moderator_count = 2,
         .moderators = moderators,
         .refusal_count = 1,
         .refusals = early},
        {.room = "cancelled@conference.meet.example", .removed = true},
    };
    rooms_open_policies(&text, true, false, 8);
    for (size_t i = 0; i < 3; i++)
        rooms_write_policy(&text, &policies[i]);
    rooms_close_policies(&text);
    assert_string_equal(
        text.data,
        "<policies" NS " action='replace' revision='8'>"
        "<default admission='open' moderation='none' language='en'></default>"
        "<policy room='standup@conference.meet.example' meeting='a4Fh' admission='booked' moderation='strict'"
        " opens='1795405500' guests='1795406100' closes='1795410300' maximum='50' lobby='true' wait='true'"
        " password='p&#39;w' subject='Stand-up' language='fr'><moderator user='k3v9'/>"
        "<moderator user='m&lt;1&gt;'/>"
        "<refusal reason='early' lang='fr'>Pas encore ouverte. D\xC3\xA9sol\xC3\xA9 &amp; "
        "merci</refusal></policy>"
        "<remove room='cancelled@conference.meet.example'/></policies>");
    assert_non_null(tree_read(&arena, text.data));
    text_clear(&text);
    rooms_open_policies(&text, false, true, 9);
    assert_string_equal(text.data, "<policies" NS " action='update' more='true' revision='9'>");
    text_free(&text);
}

TEST(rooms_write__say_and_end__hostile_text_stays_text)
{
    struct text text = {0};
    rooms_write_say(&text, "r517", "s@c", "d2", NULL, "JMB", "</body><end/>\x01\xFF & \"5\" minutes");
    assert_string_equal(text.data, "<say" NS " key='r517' room='s@c' instance='d2' name='JMB'><body>"
                                   "&lt;/body&gt;&lt;end/&gt;\xEF\xBF\xBD\xEF\xBF\xBD &amp; &quot;5&quot; "
                                   "minutes</body></say>");
    text_clear(&text);
    rooms_write_say(&text, "r1", "s@c", NULL, "nick'><x", "JMB", "Hi");
    assert_string_equal(text.data, "<say" NS " key='r1' room='s@c' to='nick&#39;&gt;&lt;x' name='JMB'>"
                                   "<body>Hi</body></say>");
    text_clear(&text);
    rooms_write_end(&text, "e12", "s@c", "d2", "The meeting is over.");
    assert_string_equal(text.data, "<end" NS " key='e12' room='s@c' instance='d2'>"
                                   "<reason>The meeting is over.</reason></end>");
    text_free(&text);
}

TEST(rooms_node__addresses_of_rooms)
{
    static const char *const cases[][2] = {
        {"standup@conference.meet.example", "standup"},
        {"StandUp@conference.meet.example/nick", "standup"},
        {"[tenant]weekly@conference.meet.example", "[tenant]weekly"},
        {"[Tenant]R%C3%89union@c", "[tenant]r\xC3\x89union"}, /* no client leaves it capital */
        {"%5btenant%5dweekly@c", "%5btenant%5dweekly"},       /* not the tenant's */
        {"r%c3%a9union%20du%20lundi@c", "r\xC3\xA9union du lundi"},
        {"%73tandup@c", "%73tandup"}, /* no client of Jitsi's: another room */
        {"a%2Fb@c", "a/b"},
        {"%00%0a%7f@c", "%00%0a%7f"},
        {"%c3@c", "%c3"},
        {"100%@c", "100%"},
        {"%c3%a9%@c", "\xC3\xA9%"},
        {"plain", "plain"},
        {"@c", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rooms_node(&arena, cases[i][0]), cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(rooms_hello__read__as_in_the_protocol, release),
        cmocka_unit_test_teardown(rooms_hello__read__versions, release),
        cmocka_unit_test_teardown(rooms_hello__read__says_what_is_wrong, release),
        cmocka_unit_test_teardown(rooms_hello__read__only_so_many_warnings, release),
        cmocka_unit_test_teardown(rooms_events__read__every_kind, release),
        cmocka_unit_test_teardown(rooms_events__read__passes_over_what_it_does_not_know, release),
        cmocka_unit_test_teardown(rooms_events__read__says_what_is_wrong, release),
        cmocka_unit_test_teardown(rooms_events__read__lengths, release),
        cmocka_unit_test_teardown(rooms_events__read__long_names_are_cut_between_characters, release),
        cmocka_unit_test_teardown(rooms_events__read__at_most_a_batch, release),
        cmocka_unit_test_teardown(rooms_snapshot__read__is_events, release),
        cmocka_unit_test_teardown(rooms_snapshot__read__says_what_is_wrong, release),
        cmocka_unit_test_teardown(rooms_write__results__as_in_the_protocol, release),
        cmocka_unit_test_teardown(rooms_write__policies__as_in_the_protocol, release),
        cmocka_unit_test_teardown(rooms_write__say_and_end__hostile_text_stays_text, release),
        cmocka_unit_test_teardown(rooms_node__addresses_of_rooms, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
