/* Rooms against a module played by the test, a real store in memory and a clock of the test's own. */
#include "tests/component/module.h"

#include "sql/store_changes.h"
#include "sql/store_rooms.h"

#include <inttypes.h>

struct scene {
    struct fixture f;
    struct xmpp module;
    struct clock clock;
    int64_t now_ms;
    struct rooms *rooms;
    const char *node; /* of the booked meeting */
    bool logins;
};

static int64_t scene_ms(void *context)
{
    return ((struct scene *)context)->now_ms;
}

static void open_rooms(struct scene *s)
{
    s->rooms = rooms_open(&(struct rooms_options){.prosody = "main",
                                                  .muc = MUC,
                                                  .store = s->f.store,
                                                  .wire = &module_wire,
                                                  .clock = &s->clock,
                                                  .catalogues = s->f.catalogues,
                                                  .zones = s->f.zones,
                                                  .site = &s->f.site,
                                                  .moderation = "strict",
                                                  .unbooked = "open",
                                                  .sender = "Visio",
                                                  .logins = s->logins});
    rooms_attach(s->rooms, &s->module);
}

/* An hour before the meeting. */
static void open_scene(struct scene *s)
{
    struct meeting meeting = fixture_meeting(), stored;
    *s = (struct scene){.now_ms = (int64_t)(START - 3600) * 1000};
    fixture_open_at(&s->f, ":memory:");
    fixture_book(&s->f, &meeting);
    assert_true(store_get_meeting(s->f.store, s->f.booked.id, &s->f.arena, &stored) > 0);
    s->node = stored.room;
    s->clock = (struct clock){scene_ms, s};
    open_rooms(s);
}

static void close_scene(struct scene *s)
{
    module_free(&s->module);
    rooms_close(s->rooms);
    fixture_close(&s->f);
}

/* One turn's end. */
static void end_turn(struct scene *s)
{
    rooms_committed(s->rooms, store_commit(s->f.store) >= 0);
    rooms_run(s->rooms);
}

/* Connected, greeted, policies received. */
static void open_ready(struct scene *s)
{
    open_scene(s);
    rooms_connected(s->rooms);
    module_hello(s->rooms, "h0", 0, 0, 0);
    end_turn(s);
    module_confirms_all(&s->module, s->rooms);
    text_clear(&s->module.answers);
    assert_true(rooms_ready(s->rooms));
}

static int ignore_touched;

static void on_touched(int64_t meeting, void *context)
{
    (void)meeting, (void)context;
    ignore_touched++;
}

static bool count_visit(const struct visit *visit, void *context)
{
    (void)visit;
    ++*(int *)context;
    return true;
}

static int visits_of(struct scene *s)
{
    int count = 0;
    store_list_visits(s->f.store, s->f.booked.id, count_visit, &count);
    return count;
}

/* A room that opens and somebody who joins, numbered from n. */
static void module_events(struct scene *s, const char *id, int n)
{
    char events[800];
    snprintf(events, sizeof events,
             "<events xmlns='urn:jmb:rooms:1' boot='" BOOT "' now='%" PRId64 "'>"
             "<opened n='%d' t='%" PRId64 "' room='%s@" MUC "' instance='i1' kind='main'/>"
             "<joined n='%d' t='%" PRId64 "' room='%s@" MUC "' instance='i1' nick='n%d' jid='x@y/z' "
             "kind='participant' name='Bob' role='participant'/></events>",
             s->now_ms, n, s->now_ms, s->node, n + 1, s->now_ms, s->node, n);
    module_says(s->rooms, id, events);
}

/* A hello that held nothing makes the module send a snapshot of no room. */
static void module_empty_snapshot(struct scene *s, const char *id)
{
    char snapshot[300];
    snprintf(snapshot, sizeof snapshot,
             "<snapshot xmlns='urn:jmb:rooms:1' boot='" BOOT "' now='%" PRId64
             "' done='true' count='0' last='0'/>",
             s->now_ms);
    module_says(s->rooms, id, snapshot);
}

TEST(rooms__hello__answered_only_after_the_commit)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    expect_answers(&s.module, "");
    assert_false(rooms_ready(s.rooms));
    end_turn(&s);
    char answer[200];
    snprintf(answer, sizeof answer,
             "h1 result <hello xmlns='urn:jmb:rooms:1' version='1' snapshot='true' now='%" PRId64 "'/>\n",
             s.now_ms);
    expect_answers(&s.module, answer);
    close_scene(&s);
}

TEST(rooms__hello__without_a_common_version)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_says(s.rooms, "h1",
                "<hello xmlns='urn:jmb:rooms:1' version='9' least='2' boot='" BOOT
                "' now='1' last='0' held='0' "
                "mode='enforce' policies='0'/>");
    end_turn(&s);
    expect_answers(&s.module, "h1 error cancel feature-not-implemented\n");
    close_scene(&s);
}

static void module_hello_at(struct scene *s, const char *id, int64_t now_ms, const char *inside)
{
    char hello[500];
    snprintf(hello, sizeof hello,
             "<hello xmlns='urn:jmb:rooms:1' version='1' least='1' boot='" BOOT "' now='%" PRId64
             "' last='0' held='0' mode='observe' policies='0' software='Prosody 13.0.1'>%s</hello>",
             now_ms, inside);
    module_says(s->rooms, id, hello);
    end_turn(s);
}

TEST(rooms__status__what_the_module_says_of_itself)
{
    struct scene s;
    struct rooms_status status;
    open_scene(&s);
    rooms_connected(s.rooms);
    rooms_get_status(s.rooms, &status);
    assert_string_equal(status.mode, "");
    assert_int_equal(status.warning_count, 0);
    module_hello_at(
        &s, "h1", s.now_ms,
        "<warning code='lobby'>mod_muc_lobby_rooms is missing</warning><warning code='x'>two</warning>");
    rooms_get_status(s.rooms, &status);
    assert_string_equal(status.mode, "observe");
    assert_string_equal(status.software, "Prosody 13.0.1");
    assert_int_equal(status.warning_count, 2);
    assert_string_equal(status.warnings[0], "mod_muc_lobby_rooms is missing");
    assert_int_equal(status.clock_offset_ms, 0);
    assert_false(status.ready);
    module_confirms_all(&s.module, s.rooms);
    module_hello_at(&s, "h2", s.now_ms, ""); /* the admin mended it */
    rooms_get_status(s.rooms, &status);
    assert_int_equal(status.warning_count, 0);
    close_scene(&s);
}

TEST(rooms__status__a_clock_that_is_not_ours)
{
    struct scene s;
    struct rooms_status status;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello_at(&s, "h1", s.now_ms + 7000, "");
    rooms_get_status(s.rooms, &status);
    assert_int_equal(status.clock_offset_ms, -7000);
    for (int i = 0; i < 4; i++) { /* set right: believed after a minute */
        s.now_ms += 30000;
        module_hello_at(&s, "h2", s.now_ms, "");
    }
    rooms_get_status(s.rooms, &status);
    assert_int_equal(status.clock_offset_ms, 0);
    close_scene(&s);
}

TEST(rooms__status__counts_whom_the_module_sent_away)
{
    struct scene s;
    struct rooms_status status;
    open_ready(&s);
    module_empty_snapshot(&s, "s1");
    end_turn(&s);
    char events[600];
    snprintf(events, sizeof events,
             "<events xmlns='urn:jmb:rooms:1' boot='" BOOT "' now='%" PRId64 "'>"
             "<refused n='1' t='%" PRId64 "' room='r@" MUC "' jid='x@y/z' reason='early'/>"
             "<refused n='2' t='%" PRId64 "' room='r@" MUC
             "' jid='x@y/z' reason='early' observed='true'/></events>",
             s.now_ms, s.now_ms, s.now_ms);
    module_says(s.rooms, "e1", events);
    end_turn(&s);
    rooms_get_status(s.rooms, &status);
    assert_int_equal(status.refusals, 1); /* the other one came in */
    close_scene(&s);
}

TEST(rooms__hello__nonsense_is_a_bad_request)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_says(s.rooms, "h1", "<hello xmlns='urn:jmb:rooms:1' version='1' least='1'/>");
    module_says(s.rooms, "e1", "<events xmlns='urn:jmb:rooms:1'/>");
    module_says(s.rooms, "s1", "<snapshot xmlns='urn:jmb:rooms:1' boot='x'/>");
    end_turn(&s);
    expect_answers(&s.module, "h1 error modify bad-request\ne1 error modify bad-request\n"
                              "s1 error modify bad-request\n");
    close_scene(&s);
}

static void use_forged(const struct xml *iq, void *rooms)
{
    assert_true(rooms_iq(iq, rooms));
}

static void use_foreign(const struct xml *iq, void *rooms)
{
    assert_false(rooms_iq(iq, rooms));
}

TEST(rooms__iq__only_the_muc_is_believed)
{
    struct scene s;
    open_ready(&s);
    with_xml("<iq type='set' id='f1' from='evil@" MUC "'><end xmlns='urn:jmb:rooms:1'/></iq>", use_forged,
             s.rooms);
    with_xml("<iq type='set' id='f2' from='" MUC "/x'><events xmlns='urn:jmb:rooms:1'/></iq>", use_forged,
             s.rooms);
    with_xml("<iq type='set' id='f3' from='evil.example'><hello xmlns='urn:jmb:rooms:1'/></iq>", use_forged,
             s.rooms);
    expect_answers(&s.module, "evil@" MUC " f1 error auth forbidden\n" MUC "/x f2 error auth forbidden\n"
                              "evil.example f3 error auth forbidden\n");
    with_xml("<iq type='set' id='f4' from='" MUC "'><other xmlns='urn:x'/></iq>", use_foreign, s.rooms);
    with_xml("<iq type='get' id='f5' from='" MUC "'><hello xmlns='urn:jmb:rooms:1'/></iq>", use_foreign,
             s.rooms);
    with_xml("<iq type='set' id='f6' from='" MUC "'/>", use_foreign, s.rooms);
    with_xml("<iq type='set' id='f7' from='" MUC "'><nothing xmlns='urn:jmb:rooms:1'/></iq>", use_foreign,
             s.rooms);
    close_scene(&s);
}

TEST(rooms__events__receipt_after_the_commit_and_again_for_a_replay)
{
    struct scene s;
    open_ready(&s);
    module_empty_snapshot(&s, "s1");
    end_turn(&s);
    expect_answers(&s.module, "s1 result <snapshot xmlns='urn:jmb:rooms:1' boot='" BOOT "'/>\n");
    module_events(&s, "e1", 1);
    expect_answers(&s.module, "");
    end_turn(&s);
    expect_answers(&s.module, "e1 result <events xmlns='urn:jmb:rooms:1' boot='" BOOT "' last='2'/>\n");
    assert_int_equal(visits_of(&s), 1);
    module_events(&s, "e2", 1);
    end_turn(&s);
    expect_answers(&s.module, "e2 result <events xmlns='urn:jmb:rooms:1' boot='" BOOT "' last='2'/>\n");
    assert_int_equal(visits_of(&s), 1);
    close_scene(&s);
}

TEST(rooms__events__failed_commit_is_told)
{
    struct scene s;
    open_ready(&s);
    module_empty_snapshot(&s, "s1");
    end_turn(&s);
    text_clear(&s.module.answers);
    module_events(&s, "e1", 1);
    rooms_committed(s.rooms, false);
    expect_answers(&s.module, "e1 error wait resource-constraint\n");
    rooms_committed(s.rooms, true);
    expect_answers(&s.module, "");
    close_scene(&s);
}

TEST(rooms__events__a_gap_asks_for_hello)
{
    struct scene s;
    open_ready(&s);
    module_empty_snapshot(&s, "s1");
    end_turn(&s);
    text_clear(&s.module.answers);
    module_events(&s, "e1", 5);
    end_turn(&s);
    expect_answers(&s.module, "e1 error cancel item-not-found\n");
    module_hello(s.rooms, "h2", 6, 2, 0);
    end_turn(&s);
    assert_non_null(strstr(text_string(&s.module.answers), "snapshot='true'"));
    close_scene(&s);
}

TEST(rooms__disconnected__receipts_that_nobody_awaits_are_dropped)
{
    struct scene s;
    open_ready(&s);
    module_empty_snapshot(&s, "s1");
    rooms_disconnected(s.rooms);
    rooms_connected(s.rooms);
    end_turn(&s);
    expect_answers(&s.module, "");
    close_scene(&s);
}

TEST(rooms__policies__all_are_sent_after_the_first_hello)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 0);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    const char *first = s.module.orders[0].payload, *second = s.module.orders[1].payload;
    assert_non_null(strstr(first, "action='replace'"));
    assert_non_null(strstr(first, "<default admission='open' moderation='none'"));
    assert_non_null(
        strstr(first, "This room is not booked. Book it at https://meet.example/booking</refusal>"));
    assert_non_null(strstr(second, "action='update'"));
    assert_int_equal(revision_of(&s.module.orders[1]), revision_of(&s.module.orders[0]) + 1);
    char room[100];
    snprintf(room, sizeof room, "<policy room='%s@" MUC "'", s.node);
    assert_non_null(strstr(second, room));
    assert_non_null(strstr(second,
                           "admission='booked' moderation='strict' opens='1796301000' guests='1796302200' "
                           "closes='1796309100'"));
    assert_non_null(
        strstr(second, "La réunion commence à 14:00. La salle ouvre à 13:30, et à 13:50 pour les invités."));
    assert_non_null(strstr(second, "language='fr'"));
    assert_false(rooms_ready(s.rooms));
    module_confirms_all(&s.module, s.rooms);
    assert_true(rooms_ready(s.rooms));
    close_scene(&s);
}

static int occurrences(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

TEST(rooms__policies__organiser_and_moderators_are_entitled_by_their_refs)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    assert_int_equal(occurrences(s.module.orders[1].payload, "<moderator user='"), 2);
    assert_null(strstr(s.module.orders[1].payload, "example.org"));
    close_scene(&s);
}

TEST(rooms__policies__moderators_have_logins_only_where_these_count)
{
    for (int logins = 0; logins < 2; logins++) {
        struct scene s;
        open_scene(&s);
        const struct person ada = {.mail = "ada@example.org", .uid = "amoreau", .may_book = true};
        int64_t id;
        assert_true(store_put_person(s.f.store, &ada, BOOKED, &id) > 0);
        assert_true(store_commit(s.f.store) > 0);
        rooms_close(s.rooms);
        s.logins = logins;
        open_rooms(&s);
        rooms_connected(s.rooms);
        module_hello(s.rooms, "h1", 0, 0, 0);
        end_turn(&s);
        assert_int_equal(occurrences(s.module.orders[1].payload, " account='"), logins);
        assert_int_equal(occurrences(s.module.orders[1].payload, " account='amoreau'/>"), logins);
        close_scene(&s);
    }
}

TEST(rooms__policies__heartbeats_with_the_newest_revision_change_nothing)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    int64_t revision = revision_of(&s.module.orders[1]);
    module_hello(s.rooms, "h2", 0, 0, 0); /* said before they arrived */
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    module_confirms_all(&s.module, s.rooms);
    module_hello(s.rooms, "h3", 0, 0, revision);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 0);
    module_hello(s.rooms, "h4", 0, 0, revision - 1);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    assert_non_null(strstr(s.module.orders[0].payload, "action='replace'"));
    assert_int_equal(revision_of(&s.module.orders[0]), revision + 1);
    close_scene(&s);
}

TEST(rooms__policies__a_reconnection_with_the_newest_revision_sends_nothing)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    int64_t revision = revision_of(&s.module.orders[1]);
    module_confirms_all(&s.module, s.rooms);
    rooms_disconnected(s.rooms);
    assert_false(rooms_ready(s.rooms));
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h2", 0, 0, revision);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 0);
    assert_true(rooms_ready(s.rooms));
    close_scene(&s);
}

TEST(rooms__policies__another_life_of_jmbd_sends_all)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    int64_t revision = revision_of(&s.module.orders[1]);
    module_confirms_all(&s.module, s.rooms);
    rooms_disconnected(s.rooms);
    rooms_close(s.rooms);
    s.now_ms += 5000;
    open_rooms(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h2", 0, 0, revision);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    assert_true(revision_of(&s.module.orders[0]) > revision + 1);
    close_scene(&s);
}

TEST(rooms__policies__refused_all_are_sent_anew_after_a_pause)
{
    struct scene s;
    open_scene(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    module_confirms(&s.module);
    module_answers(&s.module, "<iq type='error' from='" MUC "'><error type='cancel'><conflict "
                              "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 0);
    assert_false(rooms_ready(s.rooms));
    assert_int_equal(rooms_next_ms(s.rooms), s.now_ms + 1000);
    s.now_ms += 1000;
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 2);
    assert_non_null(strstr(s.module.orders[0].payload, "action='replace'"));
    module_confirms_all(&s.module, s.rooms);
    assert_true(rooms_ready(s.rooms));
    close_scene(&s);
}

TEST(rooms__touched__only_a_difference_is_sent_and_the_turn_waits_for_it)
{
    struct scene s;
    open_ready(&s);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 7);
    assert_true(rooms_settled_turn(s.rooms) == 6);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 0);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);

    assert_true(store_cancel(s.f.store, s.f.booked.id, s.f.ada, NULL, s.now_ms / 1000) > 0);
    assert_true(store_commit(s.f.store) > 0);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 8);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_non_null(strstr(s.module.orders[0].payload, "admission='closed' reason='cancelled'"));
    assert_non_null(strstr(s.module.orders[0].payload, "Cette réunion a été annulée."));
    assert_true(rooms_settled_turn(s.rooms) == 7);
    assert_int_equal(rooms_next_ms(s.rooms), s.now_ms + 1000);
    module_confirms(&s.module);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    close_scene(&s);
}

TEST(rooms__settled__a_module_that_does_not_answer_holds_nobody_longer_than_a_second)
{
    struct scene s;
    open_ready(&s);
    assert_true(store_cancel(s.f.store, s.f.booked.id, s.f.ada, NULL, s.now_ms / 1000) > 0);
    assert_true(store_commit(s.f.store) > 0);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 3);
    rooms_run(s.rooms);
    s.now_ms += 999;
    assert_true(rooms_settled_turn(s.rooms) == 2);
    s.now_ms += 1;
    assert_true(rooms_next_ms(s.rooms) == s.now_ms);
    rooms_run(s.rooms);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    assert_true(rooms_next_ms(s.rooms) > s.now_ms);
    close_scene(&s);
}

/* The first stanza is under way still: the one after it has a second of its own, and wakes the loop then. */
TEST(rooms__settled__a_module_that_does_not_answer_holds_the_next_one_no_longer)
{
    struct scene s;
    open_ready(&s);
    for (uint64_t turn = 3; turn < 5; turn++) {
        struct meeting meeting = fixture_meeting();
        fixture_book(&s.f, &meeting);
        rooms_meeting_touched(s.rooms, s.f.booked.id, turn);
        rooms_run(s.rooms);
        assert_true(rooms_settled_turn(s.rooms) == turn - 1);
        assert_true(rooms_next_ms(s.rooms) == s.now_ms + 1000);
        s.now_ms += 1000;
        rooms_run(s.rooms);
        assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    }
    close_scene(&s);
}

TEST(rooms__settled__a_module_that_is_away_holds_nobody)
{
    struct scene s;
    open_scene(&s);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 3);
    rooms_run(s.rooms);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    assert_int_equal(s.module.order_count, 0);
    assert_true(rooms_next_ms(s.rooms) == INT64_MAX);
    close_scene(&s);
}

TEST(rooms__touched__many_changes_gather_while_some_are_under_way)
{
    struct scene s;
    int64_t ids[20];
    open_ready(&s);
    for (int i = 0; i < 20; i++) {
        struct meeting meeting = fixture_meeting();
        fixture_book(&s.f, &meeting);
        ids[i] = s.f.booked.id;
        rooms_meeting_touched(s.rooms, ids[i], (uint64_t)i + 1);
        rooms_run(s.rooms);
    }
    assert_int_equal(s.module.order_count, 4);
    assert_true(rooms_settled_turn(s.rooms) == 0);
    module_confirms(&s.module);
    assert_true(rooms_settled_turn(s.rooms) == 1);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 4);
    assert_int_equal(occurrences(s.module.orders[3].payload, "<policy "), 16);
    module_confirms_all(&s.module, s.rooms);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    close_scene(&s);
}

TEST(rooms__policies__more_than_a_stanza_holds_go_in_several)
{
    struct scene s;
    int sent = 0, stanzas = 0;
    open_scene(&s);
    for (int i = 0; i < 250; i++) {
        struct meeting meeting = fixture_meeting();
        fixture_book(&s.f, &meeting);
    }
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    int64_t revision = revision_of(&s.module.orders[0]);
    for (; s.module.order_count; stanzas++) {
        assert_true(s.module.order_count <= 4);
        assert_int_equal(revision_of(&s.module.orders[0]), revision + stanzas);
        sent += occurrences(s.module.orders[0].payload, "<policy ");
        /* the module keeps what was before until it holds all of them */
        assert_int_equal(strstr(s.module.orders[0].payload, "more='true'") != NULL, sent < 251);
        module_confirms(&s.module);
        rooms_run(s.rooms);
    }
    assert_int_equal(sent, 251);
    assert_true(stanzas >= 4);
    assert_true(rooms_ready(s.rooms));
    close_scene(&s);
}

static void keep_count(int64_t count, void *context)
{
    *(int64_t *)context = count;
}

TEST(rooms__end__a_room_that_nobody_booked_opens_again)
{
    struct scene s;
    int64_t ended = -7;
    open_ready(&s);
    assert_true(rooms_end(s.rooms, "r6", "cafe", "Fini", keep_count, &ended));
    module_answers(&s.module, "<iq type='result'><end xmlns='urn:jmb:rooms:1' key='r6' ended='1'/></iq>");
    s.now_ms += 899000;
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 0);
    assert_true(rooms_next_ms(s.rooms) <= s.now_ms + 1000);
    s.now_ms += 1000;
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_non_null(strstr(s.module.orders[0].payload, "<remove room='cafe@" MUC "'/>"));
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

TEST(rooms__end__before_the_meeting__its_policy_comes_back)
{
    struct scene s;
    int64_t ended = -7;
    open_ready(&s);
    assert_true(rooms_end(s.rooms, "r6", s.node, "Fini", keep_count, &ended));
    module_answers(&s.module, "<iq type='result'><end xmlns='urn:jmb:rooms:1' key='r6' ended='1'/></iq>");
    s.now_ms += 900000;
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_non_null(strstr(s.module.orders[0].payload, "admission='booked'"));
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

TEST(rooms__whisper__to_one_device_of_one_instance)
{
    struct scene s;
    open_ready(&s);
    const struct present present = {.room = "r@" MUC, .instance = "i1", .nick = "n1"};
    rooms_whisper(s.rooms, "r1v2", &present, "Only you");
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_string_equal(s.module.orders[0].payload,
                        "<say xmlns='urn:jmb:rooms:1' key='r1v2' room='r@" MUC
                        "' instance='i1' to='n1' name='Visio'><body>Only you</body></say>");
    module_answers(&s.module, NULL);
    close_scene(&s);
}

/* The policy that follows from what the store holds now of the booked meeting; NULL: none had to be sent. */
static const char *policy_after(struct scene *s)
{
    static char policy[8000];
    assert_true(store_commit(s->f.store) > 0);
    rooms_meeting_touched(s->rooms, s->f.booked.id, 9);
    rooms_run(s->rooms);
    if (!s->module.order_count)
        return NULL;
    assert_true(rooms_settled_turn(s->rooms) == 8); /* the reply waits for it */
    snprintf(policy, sizeof policy, "%s", s->module.orders[0].payload);
    module_confirms_all(&s->module, s->rooms);
    assert_true(rooms_settled_turn(s->rooms) == UINT64_MAX);
    return policy;
}

static void change_meeting(struct scene *s, void (*edit)(struct meeting *meeting))
{
    static const struct new_attendee attendees[] = {
        {.mail = "bob@example.org", .name = "Bob Marchand", .role = ROLE_MODERATOR},
        {.mail = "chloe@example.net", .name = "Chloé Petit", .role = ROLE_GUEST}};
    struct meeting meeting;
    struct change_result result;
    assert_true(store_get_meeting(s->f.store, s->f.booked.id, &s->f.arena, &meeting) > 0);
    struct meeting_change change = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = attendees, .count = 2};
    edit(&meeting);
    assert_true(store_change(s->f.store, &change, s->f.ada, s->now_ms / 1000, &result) > 0);
}

static void edit_options(struct meeting *meeting)
{
    meeting->subject = "Autre sujet";
    meeting->options.lobby = true;
    meeting->options.password = "sésame";
    meeting->options.maximum = 12;
}

static void edit_times(struct meeting *meeting)
{
    meeting->starts_at += 3600;
    meeting->ends_at += 7200;
}

static void edit_description(struct meeting *meeting)
{
    meeting->description = "Nothing that a room knows of";
}

static void edit_far(struct meeting *meeting)
{
    meeting->starts_at += INT64_C(10) * 86400;
    meeting->ends_at += INT64_C(10) * 86400;
}

TEST(rooms__touched__what_was_edited_follows_before_the_reply)
{
    struct scene s;
    struct change_result result;
    struct attendee chloe;
    struct meeting meeting;
    open_ready(&s);
    change_meeting(&s, edit_options);
    const char *policy = policy_after(&s);
    assert_non_null(strstr(policy, "maximum='12' lobby='true' password='sésame' subject='Autre sujet'"));
    assert_non_null(strstr(policy, "<refusal reason='full' lang='fr'>"));
    change_meeting(&s, edit_description);
    assert_null(policy_after(&s));
    change_meeting(&s, edit_times);
    policy = policy_after(&s);
    assert_non_null(strstr(policy, "opens='1796304600' guests='1796305800' closes='1796316300'"));
    assert_true(store_get_attendee(s.f.store, 3, &s.f.arena, &chloe, &meeting) > 0);
    assert_true(store_set_role(s.f.store, chloe.id, ROLE_MODERATOR, s.f.ada, s.now_ms / 1000, &result) > 0);
    policy = policy_after(&s);
    assert_int_equal(occurrences(policy, "<moderator user='"), 3);
    assert_non_null(strstr(policy, chloe.ref));
    assert_true(store_remove_attendee(s.f.store, chloe.id, s.f.ada, s.now_ms / 1000, &result) > 0);
    assert_int_equal(occurrences(policy_after(&s), "<moderator user='"), 2);
    change_meeting(&s, edit_far); /* too far to be told: what was told of the old time goes */
    assert_int_equal(occurrences(policy_after(&s), "<remove room='"), 1);
    close_scene(&s);
}

TEST(rooms__policies__cancelled__is_said_until_its_window_is_over)
{
    struct scene s;
    open_scene(&s);
    assert_true(store_cancel(s.f.store, s.f.booked.id, s.f.ada, NULL, s.now_ms / 1000) > 0);
    end_turn(&s);
    rooms_close(s.rooms);
    open_rooms(&s); /* another life of jmbd */
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    const char *policy = s.module.orders[1].payload;
    assert_non_null(strstr(policy, "admission='closed' reason='cancelled'"));
    assert_non_null(strstr(policy, "<refusal reason='cancelled' lang='fr'>Cette réunion a été annulée."));
    module_confirms_all(&s.module, s.rooms);
    s.now_ms = (int64_t)(END + 900) * 1000;
    rooms_run(s.rooms);
    assert_int_equal(occurrences(s.module.orders[0].payload, "<remove "), 1);
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

TEST(rooms__policies__nothing_is_booked__the_replacement_is_whole_at_once)
{
    struct scene s;
    open_scene(&s);
    s.now_ms += INT64_C(30) * 86400 * 1000;
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    assert_int_equal(s.module.order_count, 1);
    assert_null(strstr(s.module.orders[0].payload, "more="));
    module_confirms_all(&s.module, s.rooms);
    assert_true(rooms_ready(s.rooms));
    close_scene(&s);
}

TEST(rooms__policies__nothing_that_is_wanted_is_told__the_replacement_ends_all_the_same)
{
    struct scene s;
    open_scene(&s);
    s.now_ms = (int64_t)(END + 900 + 86399) * 1000; /* told in a second no more */
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    rooms_committed(s.rooms, store_commit(s.f.store) >= 0);
    module_hello(s.rooms, "h2", 0, 0, 0);
    end_turn(&s);
    module_confirms_all(&s.module, s.rooms);
    s.now_ms += 1000;
    module_hello(s.rooms, "h3", 0, 0, 0); /* the module forgot */
    end_turn(&s);
    assert_int_equal(s.module.order_count, 2);
    assert_non_null(strstr(s.module.orders[0].payload, "more='true'"));
    assert_null(strstr(s.module.orders[1].payload, "more="));
    assert_int_equal(occurrences(s.module.orders[1].payload, "<policy "), 0);
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

static struct personal_room personal_room_of(struct scene *s)
{
    struct personal_room room = {.node = NULL};
    assert_true(store_open_personal_room(s->f.store, s->f.ada, s->now_ms / 1000, &s->f.arena, &room) > 0);
    assert_true(store_commit(s->f.store) >= 0);
    return room;
}

TEST(rooms__policies__personal_room__opens_for_its_owner)
{
    struct scene s;
    open_scene(&s);
    struct personal_room room = personal_room_of(&s);
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    char policy[400];
    snprintf(policy, sizeof policy,
             "<policy room='%s@" MUC "' admission='owner' moderation='strict' wait='true' language='fr'>"
             "<moderator user='%s'/><refusal reason='owner-away' lang='fr'>Cette salle ouvre à l’arrivée "
             "de Ada Moreau.",
             room.node, room.ref);
    assert_non_null(strstr(s.module.orders[1].payload, policy));
    assert_null(strstr(s.module.orders[1].payload, "example.org"));
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

TEST(rooms__person_touched__their_room_follows)
{
    struct scene s;
    open_ready(&s);
    struct personal_room room = personal_room_of(&s);
    rooms_person_touched(s.rooms, s.f.ada, 7);
    assert_true(rooms_settled_turn(s.rooms) == 6);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_non_null(strstr(s.module.orders[0].payload, room.node));
    module_confirms_all(&s.module, s.rooms);
    const struct person barred = {.mail = "ada@example.org", .may_book = false};
    int64_t id;
    assert_true(store_put_person(s.f.store, &barred, s.now_ms / 1000, &id) > 0);
    assert_true(store_commit(s.f.store) > 0);
    rooms_person_touched(s.rooms, s.f.ada, 8);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 1);
    assert_non_null(strstr(s.module.orders[0].payload, "admission='closed'"));
    assert_non_null(strstr(s.module.orders[0].payload, "<refusal reason='closed' lang='fr'>"));
    module_confirms_all(&s.module, s.rooms);
    close_scene(&s);
}

TEST(rooms__run__a_far_meeting_comes_when_it_is_a_day_away)
{
    struct scene s;
    struct meeting meeting = fixture_meeting();
    open_ready(&s);
    meeting.starts_at += 172800;
    meeting.ends_at += 172800;
    fixture_book(&s.f, &meeting);
    store_each_touched(s.f.store, on_touched, NULL);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 5);
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 0);
    assert_true(rooms_settled_turn(s.rooms) == UINT64_MAX);
    int policies = 0;
    int64_t opens_ms = (meeting.starts_at - 1800) * 1000;
    while (s.now_ms < opens_ms - INT64_C(23) * 3600 * 1000) { /* each time that rooms wants */
        assert_true(rooms_next_ms(s.rooms) > s.now_ms);
        s.now_ms = rooms_next_ms(s.rooms);
        rooms_run(s.rooms);
        while (s.module.order_count) {
            policies += occurrences(s.module.orders[0].payload, "opens='1796473800'");
            module_confirms(&s.module);
        }
    }
    assert_int_equal(policies, 1);
    close_scene(&s);
}

/* A machine that began with next month's date, until it had asked a time server. */
TEST(rooms__run__a_clock_put_back_by_a_month_leaves_no_meeting_out)
{
    struct scene s;
    const int64_t hour = 3600 * 1000, month = 30 * 24 * hour;
    open_scene(&s);
    s.now_ms += month;
    rooms_connected(s.rooms);
    module_hello(s.rooms, "h1", 0, 0, 0);
    rooms_committed(s.rooms, true);
    rooms_run(s.rooms);
    module_confirms_all(&s.module, s.rooms);
    s.now_ms -= month;
    struct meeting meeting = fixture_meeting();
    meeting.starts_at += 172800;
    meeting.ends_at += 172800;
    fixture_book(&s.f, &meeting);
    store_each_touched(s.f.store, on_touched, NULL);
    rooms_meeting_touched(s.rooms, s.f.booked.id, 5); /* too far away to be told yet */
    int policies = 0;
    for (int i = 0; i < 48; i++, s.now_ms += hour) {
        rooms_run(s.rooms);
        while (s.module.order_count) {
            policies += occurrences(s.module.orders[0].payload, "opens='1796473800'");
            module_confirms(&s.module);
        }
    }
    assert_true(policies > 0); /* again when its day has come, which the words name until then */
    close_scene(&s);
}

TEST(rooms__run__an_old_meeting_is_forgotten_a_day_later)
{
    struct scene s;
    char removal[100];
    bool removed = false;
    open_ready(&s);
    snprintf(removal, sizeof removal, "<remove room='%s@" MUC "'/>", s.node);
    while (s.now_ms < (int64_t)(END + 900 + 86400 + 7200) * 1000) {
        int64_t next = rooms_next_ms(s.rooms);
        assert_true(next > s.now_ms);
        s.now_ms = next;
        rooms_run(s.rooms);
        while (s.module.order_count) {
            if (strstr(s.module.orders[0].payload, removal)) {
                assert_true(s.now_ms >= (int64_t)(END + 900 + 86400) * 1000);
                removed = true;
            }
            module_confirms(&s.module);
        }
    }
    assert_true(removed);
    close_scene(&s);
}

static int64_t outcome_of(struct scene *s, const char *iq)
{
    int64_t said = -7;
    assert_true(rooms_say(s->rooms, "r5", s->node, "Bonjour & <salut>", keep_count, &said));
    assert_int_equal(s->module.order_count, 0); /* more may follow in this turn */
    rooms_run(s->rooms);
    char payload[300];
    snprintf(payload, sizeof payload,
             "<say xmlns='urn:jmb:rooms:1' key='r5' room='%s@" MUC "' name='Visio'><body>Bonjour &amp; "
             "&lt;salut&gt;</body></say>",
             s->node);
    assert_string_equal(s->module.orders[0].payload, payload);
    module_answers(&s->module, iq);
    return said;
}

TEST(rooms__say__how_many_heard_it)
{
    struct scene s;
    open_ready(&s);
    assert_int_equal(
        outcome_of(&s, "<iq type='result'><say xmlns='urn:jmb:rooms:1' key='r5' said='12'/></iq>"), 12);
    assert_int_equal(
        outcome_of(&s, "<iq type='result'><say xmlns='urn:jmb:rooms:1' said='0' repeated='true'/></iq>"), 1);
    assert_int_equal(outcome_of(&s, "<iq type='error'><error type='cancel'><item-not-found/></error></iq>"),
                     0);
    assert_int_equal(outcome_of(&s, "<iq type='error'><error type='cancel'><not-allowed/></error></iq>"), 0);
    assert_int_equal(
        outcome_of(&s, "<iq type='error'><error type='wait'><internal-server-error/></error></iq>"), -1);
    assert_int_equal(outcome_of(&s, "<iq type='result'/>"), -1);
    assert_int_equal(outcome_of(&s, NULL), -1);
    close_scene(&s);
}

TEST(rooms__say__the_same_words_in_many_rooms__one_stanza)
{
    struct scene s;
    int64_t said[5] = {-7, -7, -7, -7, -7}, other = -7;
    const struct present present = {.room = "r@" MUC, .instance = "i1", .nick = "n1"};
    static const char *const rooms[] = {"a", "b", "c'<", "d", "e"};
    open_ready(&s);
    rooms_whisper(s.rooms, "r1v2", &present, "Only you");
    for (size_t i = 0; i < 5; i++) {
        char key[8];
        snprintf(key, sizeof key, "r%zu", i);
        assert_true(rooms_say(s.rooms, key, rooms[i], "Same & <same>", keep_count, &said[i]));
        if (i == 2)
            assert_true(rooms_say(s.rooms, "o", "a", "Other", keep_count, &other));
    }
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 3);
    assert_string_equal(s.module.orders[0].payload,
                        "<say xmlns='urn:jmb:rooms:1' name='Visio'><body>Same &amp; &lt;same&gt;</body>"
                        "<in key='r0' room='a@" MUC "'/><in key='r1' room='b@" MUC "'/>"
                        "<in key='r2' room='c&#39;&lt;@" MUC "'/><in key='r3' room='d@" MUC "'/>"
                        "<in key='r4' room='e@" MUC "'/></say>");
    assert_non_null(strstr(s.module.orders[1].payload, "<body>Other</body>"));
    assert_non_null(strstr(s.module.orders[2].payload, "to='n1'")); /* behind what all hear */
    module_answers(&s.module,
                   "<iq type='result'><say xmlns='urn:jmb:rooms:1' said='12 gone repeated 0'/></iq>");
    static const int64_t expected[] = {12, 0, 1, 0, -1}; /* of the last it says nothing */
    assert_memory_equal(said, expected, sizeof said);
    module_answers(&s.module, NULL);
    assert_int_equal(other, -1);
    module_answers(&s.module, NULL);
    close_scene(&s);
}

/* What makes no sense is nobody's number; errors count for all of them. */
TEST(rooms__say__in_many_rooms__answers_that_make_no_sense)
{
    static const struct {
        const char *iq;
        int64_t counts[2];
    } cases[] = {
        {"<iq type='result'><say xmlns='urn:jmb:rooms:1' said='7x 3'/></iq>", {-1, 3}},
        {"<iq type='result'><say xmlns='urn:jmb:rooms:1' said='-1 99999999999999999999'/></iq>", {-1, -1}},
        {"<iq type='result'><say xmlns='urn:jmb:rooms:1' said='  1   2  3 '/></iq>", {1, 2}},
        {"<iq type='result'><say xmlns='urn:jmb:rooms:1' said=''/></iq>", {-1, -1}},
        {"<iq type='result'><say xmlns='urn:jmb:rooms:1'/></iq>", {-1, -1}},
        {"<iq type='result'/>", {-1, -1}},
        {"<iq type='error'><error type='cancel'><not-allowed/></error></iq>", {0, 0}},
        {"<iq type='error'><error type='modify'><bad-request/></error></iq>", {-1, -1}},
        {NULL, {-1, -1}},
    };
    struct scene s;
    open_ready(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t said[2] = {-7, -7};
        assert_true(rooms_say(s.rooms, "r1", "a", "x", keep_count, &said[0]));
        assert_true(rooms_say(s.rooms, "r2", "b", "x", keep_count, &said[1]));
        rooms_run(s.rooms);
        module_answers(&s.module, cases[i].iq);
        assert_memory_equal(said, cases[i].counts, sizeof said);
    }
    close_scene(&s);
}

TEST(rooms__say__more_rooms_than_a_stanza_holds)
{
    struct scene s;
    int64_t said[120];
    open_ready(&s);
    for (size_t i = 0; i < 120; i++)
        assert_true(rooms_say(s.rooms, "r1", "a", "x", keep_count, &said[i]));
    rooms_run(s.rooms);
    assert_int_equal(s.module.order_count, 3);
    for (int i = 0; i < 3; i++)
        module_answers(&s.module, "<iq type='error'><error type='cancel'><not-allowed/></error></iq>");
    for (size_t i = 0; i < 120; i++)
        assert_int_equal(said[i], 0);
    assert_true(rooms_say(s.rooms, "r1", "a", "x", keep_count, &said[0])); /* not sent: freed */
    close_scene(&s);
}

TEST(rooms__say__not_connected)
{
    struct scene s;
    int64_t said = -7;
    open_scene(&s);
    assert_false(rooms_say(s.rooms, "r5", s.node, "x", keep_count, &said));
    rooms_connected(s.rooms);
    assert_false(rooms_say(s.rooms, "r5", s.node, "x", keep_count, &said));
    module_hello(s.rooms, "h1", 0, 0, 0);
    end_turn(&s);
    module_confirms_all(&s.module, s.rooms);
    assert_int_equal(said, -7);
    s.module.deaf = true;
    assert_true(rooms_say(s.rooms, "r5", s.node, "x", keep_count, &said));
    rooms_run(s.rooms);
    assert_int_equal(said, -1);
    said = -7;
    assert_true(rooms_say(s.rooms, "r5", s.node, "x", keep_count, &said));
    rooms_disconnected(s.rooms);
    assert_int_equal(said, -1);
    close_scene(&s);
}

TEST(rooms__end__how_many_rooms_were_ended)
{
    struct scene s;
    int64_t ended = -7;
    open_ready(&s);
    assert_true(rooms_end(s.rooms, "r6", s.node, "Fini", keep_count, &ended));
    assert_non_null(strstr(s.module.orders[0].payload, "<end xmlns='urn:jmb:rooms:1' key='r6'"));
    assert_non_null(strstr(s.module.orders[0].payload, "<reason>Fini</reason>"));
    module_answers(&s.module, "<iq type='result'><end xmlns='urn:jmb:rooms:1' key='r6' ended='3'/></iq>");
    assert_int_equal(ended, 3);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms__hello__answered_only_after_the_commit),
        cmocka_unit_test(rooms__hello__without_a_common_version),
        cmocka_unit_test(rooms__status__what_the_module_says_of_itself),
        cmocka_unit_test(rooms__status__a_clock_that_is_not_ours),
        cmocka_unit_test(rooms__status__counts_whom_the_module_sent_away),
        cmocka_unit_test(rooms__hello__nonsense_is_a_bad_request),
        cmocka_unit_test(rooms__iq__only_the_muc_is_believed),
        cmocka_unit_test(rooms__events__receipt_after_the_commit_and_again_for_a_replay),
        cmocka_unit_test(rooms__events__failed_commit_is_told),
        cmocka_unit_test(rooms__events__a_gap_asks_for_hello),
        cmocka_unit_test(rooms__disconnected__receipts_that_nobody_awaits_are_dropped),
        cmocka_unit_test(rooms__policies__all_are_sent_after_the_first_hello),
        cmocka_unit_test(rooms__policies__organiser_and_moderators_are_entitled_by_their_refs),
        cmocka_unit_test(rooms__policies__moderators_have_logins_only_where_these_count),
        cmocka_unit_test(rooms__policies__heartbeats_with_the_newest_revision_change_nothing),
        cmocka_unit_test(rooms__policies__a_reconnection_with_the_newest_revision_sends_nothing),
        cmocka_unit_test(rooms__policies__another_life_of_jmbd_sends_all),
        cmocka_unit_test(rooms__policies__refused_all_are_sent_anew_after_a_pause),
        cmocka_unit_test(rooms__policies__more_than_a_stanza_holds_go_in_several),
        cmocka_unit_test(rooms__end__a_room_that_nobody_booked_opens_again),
        cmocka_unit_test(rooms__end__before_the_meeting__its_policy_comes_back),
        cmocka_unit_test(rooms__whisper__to_one_device_of_one_instance),
        cmocka_unit_test(rooms__touched__what_was_edited_follows_before_the_reply),
        cmocka_unit_test(rooms__policies__cancelled__is_said_until_its_window_is_over),
        cmocka_unit_test(rooms__policies__nothing_is_booked__the_replacement_is_whole_at_once),
        cmocka_unit_test(rooms__policies__nothing_that_is_wanted_is_told__the_replacement_ends_all_the_same),
        cmocka_unit_test(rooms__policies__personal_room__opens_for_its_owner),
        cmocka_unit_test(rooms__person_touched__their_room_follows),
        cmocka_unit_test(rooms__touched__only_a_difference_is_sent_and_the_turn_waits_for_it),
        cmocka_unit_test(rooms__touched__many_changes_gather_while_some_are_under_way),
        cmocka_unit_test(rooms__settled__a_module_that_does_not_answer_holds_nobody_longer_than_a_second),
        cmocka_unit_test(rooms__settled__a_module_that_does_not_answer_holds_the_next_one_no_longer),
        cmocka_unit_test(rooms__settled__a_module_that_is_away_holds_nobody),
        cmocka_unit_test(rooms__run__a_far_meeting_comes_when_it_is_a_day_away),
        cmocka_unit_test(rooms__run__a_clock_put_back_by_a_month_leaves_no_meeting_out),
        cmocka_unit_test(rooms__run__an_old_meeting_is_forgotten_a_day_later),
        cmocka_unit_test(rooms__say__how_many_heard_it),
        cmocka_unit_test(rooms__say__the_same_words_in_many_rooms__one_stanza),
        cmocka_unit_test(rooms__say__in_many_rooms__answers_that_make_no_sense),
        cmocka_unit_test(rooms__say__more_rooms_than_a_stanza_holds),
        cmocka_unit_test(rooms__say__not_connected),
        cmocka_unit_test(rooms__end__how_many_rooms_were_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
