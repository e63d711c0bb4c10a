#include "tests/sql/fixture.h"

/* One Prosody that says what happens in its rooms; times are seconds after NOW. */
struct module {
    struct fixture *f;
    const char *boot;
    int64_t number, now_ms;
    size_t count;
    struct room_event events[32];
};

#define MUC "@conference.meet.example"

static struct module module_of(struct fixture *f, const char *boot)
{
    return (struct module){.f = f, .boot = boot, .now_ms = (int64_t)NOW * 1000};
}

static int hello_held(struct module *module, int64_t held, int64_t *resume)
{
    const struct room_hello hello = {
        .boot = module->boot, .now_ms = module->now_ms, .last = module->number, .held = held};
    *resume = -1;
    return store_hello(module->f->store, "main", &hello, module->now_ms, resume);
}

static struct room_event *report(struct module *module, enum room_event_kind kind, int64_t at,
                                 const char *room, const char *instance)
{
    assert_true(module->count < 32);
    struct room_event *event = &module->events[module->count++];
    *event = (struct room_event){.event = kind,
                                 .number = ++module->number,
                                 .at_ms = ((int64_t)NOW + at) * 1000,
                                 .room = room,
                                 .instance = instance};
    module->now_ms = event->at_ms;
    return event;
}

static struct room_event *join(struct module *module, int64_t at, const char *room, const char *instance,
                               const char *nick, const char *user)
{
    struct room_event *event = report(module, ROOM_JOINED, at, room, instance);
    event->nick = nick;
    event->jid = "x@meet.example/y";
    event->user = user;
    event->user_name = user ? "Token Name" : NULL;
    event->name = "Display";
    return event;
}

static int apply(struct module *module, int64_t *last)
{
    const struct room_events events = {
        .boot = module->boot, .now_ms = module->now_ms, .count = module->count, .events = module->events};
    *last = -1;
    int result = store_apply_events(module->f->store, "main", &events, module->now_ms, last);
    module->count = 0;
    return result;
}

/* Applies what was reported, and stores it. */
static void send_events(struct module *module)
{
    int64_t last;
    assert_int_equal(apply(module, &last), 1);
    assert_int_equal(last, module->number);
    assert_int_equal(store_commit(module->f->store), 1);
}

static int snapshot_of(struct module *module, bool done, int64_t count)
{
    for (size_t i = 0; i < module->count; i++)
        module->events[i].number = module->number;
    const struct room_snapshot snapshot = {.events = {.boot = module->boot,
                                                      .now_ms = module->now_ms,
                                                      .count = module->count,
                                                      .events = module->events},
                                           .done = done,
                                           .count = count,
                                           .last = module->number};
    int result = store_apply_snapshot(module->f->store, "main", &snapshot, module->now_ms);
    module->count = 0;
    return result;
}

/* A module whose empty snapshot was taken: events may follow. */
static struct module greeted(struct fixture *f, const char *boot)
{
    struct module module = module_of(f, boot);
    int64_t resume;
    assert_int_equal(hello_held(&module, 0, &resume), 0);
    assert_int_equal(snapshot_of(&module, true, 0), 1);
    assert_int_equal(store_commit(f->store), 1);
    return module;
}

struct visits {
    struct arena *arena;
    size_t count;
    struct visit rows[32];
};

static bool keep_visit_row(const struct visit *visit, void *context)
{
    struct visits *visits = context;
    assert_true(visits->count < 32);
    visits->rows[visits->count] = *visit;
    visits->rows[visits->count++].name = arena_dup(visits->arena, visit->name);
    return true;
}

static struct visits visits_of(struct fixture *f, int64_t meeting)
{
    struct visits visits = {.arena = &f->arena};
    assert_true(store_list_visits(f->store, meeting, keep_visit_row, &visits) >= 0);
    return visits;
}

static const char *address_of(struct fixture *f, const struct meeting *meeting)
{
    return arena_printf(&f->arena, "%s" MUC, meeting->room);
}

static int64_t ms(int64_t at)
{
    return ((int64_t)NOW + at) * 1000;
}

/* ------------------------------------------------------------------------------------------------ hello */

STORE_TEST(store_hello__unknown_boot__asks_for_a_snapshot)
{
    struct module module = module_of(f, "boot-1");
    int64_t resume, last;
    assert_int_equal(hello_held(&module, 0, &resume), 0);
    assert_int_equal(store_commit(f->store), 1);
    report(&module, ROOM_OPENED, 1, "a" MUC, "i1");
    assert_int_equal(apply(&module, &last), 0); /* not before the snapshot */
    assert_int_equal(hello_held(&module, 0, &resume), 0);
}

STORE_TEST(store_hello__known_boot__resumes)
{
    struct module module = greeted(f, "boot-1");
    int64_t resume;
    assert_int_equal(hello_held(&module, 0, &resume), 1);
    assert_int_equal(resume, 0);
    report(&module, ROOM_OPENED, 1, "a" MUC, "i1");
    send_events(&module);
    module.number = 5; /* four more happened and are held */
    assert_int_equal(hello_held(&module, 4, &resume), 1);
    assert_int_equal(resume, 1);
    assert_int_equal(hello_held(&module, 5, &resume), 1); /* the receipt of the first was lost */
    assert_int_equal(resume, 1);
}

STORE_TEST(store_hello__gap__asks_for_a_snapshot)
{
    struct module module = greeted(f, "boot-1");
    int64_t resume;
    module.number = 5;
    assert_int_equal(hello_held(&module, 4, &resume), 0);
    assert_int_equal(snapshot_of(&module, true, 0), 1);
    assert_int_equal(hello_held(&module, 0, &resume), 1);
    assert_int_equal(resume, 5);
}

STORE_TEST(store_hello__numbers_went_back__asks_for_a_snapshot)
{
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, "a" MUC, "i1");
    send_events(&module);
    int64_t resume;
    module.number = 0;
    assert_int_equal(hello_held(&module, 0, &resume), 0);
}

STORE_TEST(store_hello__new_boot__ends_visits_uncertain_at_the_last_heartbeat)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, address_of(f, &meeting), "i1");
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    send_events(&module);
    int64_t resume, first;
    module.now_ms = ms(32);
    assert_int_equal(hello_held(&module, 0, &resume), 1);
    assert_int_equal(store_commit(f->store), 1);
    touched(f, &first);
    struct module next = module_of(f, "boot-2");
    next.now_ms = ms(90);
    assert_int_equal(hello_held(&next, 0, &resume), 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
    assert_int_equal(first, meeting.id);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 1);
    assert_int_equal(visits.rows[0].left_ms, ms(32));
    assert_true(visits.rows[0].uncertain);
    assert_int_equal(number_of(f, "SELECT count(*) FROM room WHERE closed_ms IS NULL"), 0);
}

STORE_TEST(store_hello__new_boot__leaves_other_prosodys_alone)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    send_events(&module);
    const struct room_hello other = {.boot = "boot-9", .now_ms = ms(50)};
    int64_t resume;
    assert_int_equal(store_hello(f->store, "shard2", &other, ms(50), &resume), 0);
    assert_int_equal(visits_of(f, meeting.id).rows[0].left_ms, 0);
}

STORE_TEST(store_hello__events_of_a_stop_come_late__bounds_become_certain)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1"), next = module_of(f, "boot-2");
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    send_events(&module);
    int64_t resume, last;
    assert_int_equal(hello_held(&next, 0, &resume), 0);
    assert_true(visits_of(f, meeting.id).rows[0].uncertain);
    report(&module, ROOM_LEFT, 40, address_of(f, &meeting), "i1")->nick =
        "n1"; /* held since the clean stop */
    report(&module, ROOM_CLOSED, 40, address_of(f, &meeting), "i1");
    assert_int_equal(apply(&module, &last), 1);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.rows[0].left_ms, ms(40));
    assert_false(visits.rows[0].uncertain);
}

/* ----------------------------------------------------------------------------------------------- events */

STORE_TEST(store_apply_events__a_meeting__who_was_there_from_when_to_when)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct attendee alice = attendee_of(f, meeting.id, "alice@example.org");
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, -60, room, "i1");
    join(&module, -60, room, "i1", "n1", alice.ref)->moderator = true;
    join(&module, 5, room, "i1", "n2", carol.ref);
    join(&module, 9, room, "i1", "n3", NULL)->kind = OCCUPANT_PHONE;
    send_events(&module);
    int64_t first;
    touched(f, &first);
    assert_int_equal(first, meeting.id);

    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 3);
    assert_int_equal(visits.rows[0].attendee, alice.id);
    assert_true(visits.rows[0].verified);
    assert_true(visits.rows[0].moderator);
    assert_string_equal(visits.rows[0].name, "Token Name");
    assert_int_equal(visits.rows[0].joined_ms, ms(-60));
    assert_int_equal(visits.rows[0].left_ms, 0);
    assert_int_equal(visits.rows[1].attendee, carol.id);
    assert_false(visits.rows[1].moderator);
    assert_int_equal(visits.rows[2].attendee, 0);
    assert_false(visits.rows[2].verified);
    assert_string_equal(visits.rows[2].name, "Display");
    assert_int_equal(visits.rows[2].kind, OCCUPANT_PHONE);

    struct roster roster = roster_of(f, meeting.id);
    assert_true(roster.rows[0].connected);
    assert_int_equal(roster.rows[0].visits, 1);
    assert_int_equal(roster.rows[0].first_joined_ms, ms(-60));
    assert_false(roster.rows[1].connected);
    struct store_counts counts;
    assert_int_equal(store_count(f->store, &counts), 1);
    assert_int_equal(counts.occupants, 3);

    report(&module, ROOM_RENAMED, 20, room, "i1")->nick = "n3";
    module.events[module.count - 1].name = "Dave <3";
    report(&module, ROOM_ROLE, 25, room, "i1")->nick = "n2";
    module.events[module.count - 1].moderator = true;
    report(&module, ROOM_ROLE, 26, room, "i1")->nick = "n2"; /* and no more */
    report(&module, ROOM_LEFT, 30, room, "i1")->nick = "n1";
    report(&module, ROOM_CLOSED, 50, room, "i1");
    send_events(&module);
    visits = visits_of(f, meeting.id);
    assert_int_equal(visits.rows[0].left_ms, ms(30));
    assert_true(visits.rows[1].moderator);
    assert_int_equal(visits.rows[1].left_ms, ms(50));
    assert_false(visits.rows[1].uncertain);
    assert_string_equal(visits.rows[2].name, "Dave <3");
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit_name WHERE name = 'Display'"), 1);
    assert_false(roster_of(f, meeting.id).rows[0].connected);
}

static int64_t summaries(struct fixture *f, int64_t now)
{
    assert_true(store_post_planned(f->store, now) >= 0);
    assert_true(store_commit(f->store) >= 0);
    return number_of(f, "SELECT count(*) FROM letter WHERE kind = 'summary'");
}

/* The organiser orders it, and the room is empty some moments later. */
/* How often a role changed, and when that was last, counted from NOW in ms. */
static int64_t role_changes(struct fixture *f, int to, int64_t *last)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT max(at_ms) FROM visit_role WHERE moderator = %d", to);
    *last = number_of(f, sql);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM visit_role WHERE moderator = %d", to);
    return number_of(f, sql);
}

STORE_TEST(store_apply_events__role__is_kept_with_its_time)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    int64_t at;
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    report(&module, ROOM_ROLE, 25, room, "i1")->nick = "n1";
    module.events[module.count - 1].moderator = true;
    report(&module, ROOM_ROLE, 40, room, "i1")->nick = "n1";
    report(&module, ROOM_ROLE, 41, room, "i1")->nick = "nobody";
    send_events(&module);
    assert_int_equal(role_changes(f, 1, &at), 1);
    assert_int_equal(at, ms(25));
    assert_int_equal(role_changes(f, 0, &at), 1);
    assert_int_equal(at, ms(40));
    assert_true(visits_of(f, meeting.id).rows[0].moderator); /* at any time */
}

/* What a newer module says, or gave up: it has a number, and stands anywhere in a batch. */
STORE_TEST(store_apply_events__unknown_among_known__takes_its_number_only)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    for (int i = 0; i < 2; i++)
        report(&module, ROOM_OTHER, i, NULL, NULL);
    report(&module, ROOM_OPENED, 3, room, "i1");
    join(&module, 4, room, "i1", "n1", NULL);
    report(&module, ROOM_OTHER, 5, NULL, NULL);
    report(&module, ROOM_LEFT, 6, room, "i1")->nick = "n1";
    report(&module, ROOM_OTHER, 7, NULL, NULL);
    send_events(&module); /* to the last number */
    assert_int_equal(visits_of(f, meeting.id).count, 1);
    assert_int_equal(visits_of(f, meeting.id).rows[0].left_ms, ms(6));
}

/* Somebody who changes their name all the time fills no disk. */
STORE_TEST(store_apply_events__renamed_again_and_again__keeps_so_many_names)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    char names[300][8];
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    send_events(&module);
    for (int i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "N%d", i);
        report(&module, ROOM_RENAMED, 3 + i, room, "i1")->nick = "n1";
        module.events[module.count - 1].name = names[i];
        if (i % 10 == 9)
            send_events(&module);
    }
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit_name"), 100);
    assert_string_equal(visits_of(f, meeting.id).rows[0].name, "N299");
}

STORE_TEST(store_apply_events__closed_when_it_was_ended__brings_the_summary)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    int64_t order;
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    send_events(&module);
    assert_int_equal(
        store_order(f->store, REMINDER_STOP, meeting.id, meeting.room, NULL, "jmbctl", NOW + 60, &order), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(summaries(f, NOW + 60), 0); /* they are still there */
    report(&module, ROOM_LEFT, 61, room, "i1")->nick = "n1";
    report(&module, ROOM_CLOSED, 61, room, "i1");
    send_events(&module);
    assert_int_equal(summaries(f, NOW + 61), 1);
}

STORE_TEST(store_apply_events__closed_before_the_end__brings_no_summary)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    int64_t closes_at = meeting.ends_at + meeting.options.grace;
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    report(&module, ROOM_CLOSED, 600, room, "i1");
    send_events(&module);
    assert_int_equal(summaries(f, closes_at - 1), 0); /* they may come back */
    assert_int_equal(summaries(f, closes_at), 1);
}

STORE_TEST(store_apply_events__twice__changes_nothing)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, address_of(f, &meeting), "i1");
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    report(&module, ROOM_LEFT, 3, address_of(f, &meeting), "i1")->nick = "n1";
    struct module again = module;
    send_events(&module);
    send_events(&again);
    assert_int_equal(visits_of(f, meeting.id).count, 1);
    /* and with one more behind */
    again = module;
    again.count = 3;
    join(&again, 9, address_of(f, &meeting), "i1", "n2", NULL);
    send_events(&again);
    assert_int_equal(visits_of(f, meeting.id).count, 2);
}

STORE_TEST(store_apply_events__gap__changes_nothing)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    int64_t last;
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    module.number++;
    join(&module, 3, address_of(f, &meeting), "i1", "n2", NULL);
    assert_int_equal(apply(&module, &last), 0);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(visits_of(f, meeting.id).count, 0);
}

STORE_TEST(store_apply_events__unknown_boot__is_refused)
{
    struct module module = module_of(f, "boot-1");
    int64_t last;
    report(&module, ROOM_OPENED, 2, "a" MUC, "i1");
    assert_int_equal(apply(&module, &last), 0);
}

STORE_TEST(store_apply_events__undone_turn__can_be_sent_again)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 2, address_of(f, &meeting), "i1", "n1", NULL);
    struct module again = module;
    int64_t last;
    assert_int_equal(apply(&module, &last), 1);
    f->store->lost = true; /* as a full disk does */
    assert_int_equal(store_commit(f->store), -1);
    assert_int_equal(visits_of(f, meeting.id).count, 0);
    send_events(&again);
    assert_int_equal(visits_of(f, meeting.id).count, 1);
}

STORE_TEST(store_apply_events__senseless_ones__are_taken_and_change_nothing)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_LEFT, 1, room, "nowhere")->nick = "n1";
    report(&module, ROOM_CLOSED, 1, room, "nowhere");
    report(&module, ROOM_OPENED, 1, room, "i1");
    report(&module, ROOM_LEFT, 2, room, "i1")->nick = "nobody";
    report(&module, ROOM_RENAMED, 2, room, "i1")->nick = "nobody";
    report(&module, ROOM_ROLE, 2, room, "i1")->nick = "nobody";
    report(&module, ROOM_JOINED, 2, room, "i1"); /* without a nick */
    report(&module, ROOM_CLOSED, 3, room, "i1");
    report(&module, ROOM_CLOSED, 4, room, "i1");
    send_events(&module);
    assert_int_equal(visits_of(f, meeting.id).count, 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM room WHERE closed_ms IS NOT NULL"), 1);
}

STORE_TEST(store_apply_events__left_before_joined_by_the_clock__is_a_visit_of_no_length)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 9, address_of(f, &meeting), "i1", "n1", NULL);
    report(&module, ROOM_LEFT, 5, address_of(f, &meeting), "i1")->nick = "n1";
    send_events(&module);
    assert_int_equal(visits_of(f, meeting.id).rows[0].left_ms, ms(9));
}

STORE_TEST(store_apply_events__same_nick_comes_again__are_two_visits)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, room, "i1", "n1", NULL);
    report(&module, ROOM_LEFT, 2, room, "i1")->nick = "n1";
    join(&module, 3, room, "i1", "n1", NULL);
    join(&module, 7, room, "i1", "n1", NULL); /* the leave was never seen */
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 3);
    assert_false(visits.rows[0].uncertain);
    assert_int_equal(visits.rows[1].left_ms, ms(7));
    assert_true(visits.rows[1].uncertain);
    assert_int_equal(visits.rows[2].left_ms, 0);
}

STORE_TEST(store_apply_events__token_of_another_meeting__is_nobody_here)
{
    struct meeting meeting = book(f, NOW), other = book(f, NOW);
    struct attendee bob = attendee_of(f, other.id, "bob@example.org");
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &meeting), "i1", "n1", bob.ref);
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.rows[0].attendee, 0);
    assert_false(visits.rows[0].verified);
    assert_string_equal(visits.rows[0].name, "Token Name");
}

STORE_TEST(store_apply_events__breakout_and_lobby__belong_to_the_main_rooms_meeting)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, room, "i1");
    struct room_event *event = report(&module, ROOM_OPENED, 2, "0b5e-uuid@breakout.meet.example", "b1");
    event->room_kind = ROOM_BREAKOUT;
    event->main = room;
    join(&module, 3, "0b5e-uuid@breakout.meet.example", "b1", "n1", bob.ref);
    event =
        join(&module, 4, arena_printf(&f->arena, "%s@lobby.meet.example", meeting.room), "l1", "n2", NULL);
    event->event = ROOM_KNOCK;
    event->main = room;
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.rows[0].room_kind, ROOM_BREAKOUT);
    assert_int_equal(visits.rows[0].attendee, bob.id);
    assert_int_equal(visits.rows[1].room_kind, ROOM_LOBBY);
    struct store_counts counts;
    assert_int_equal(store_count(f->store, &counts), 1);
    assert_int_equal(counts.occupants, 1); /* who waits in the lobby is not in */
    assert_true(roster_of(f, meeting.id).rows[1].connected);
    assert_int_equal(roster_of(f, meeting.id).rows[1].visits, 0);
}

STORE_TEST(store_apply_events__another_nick__is_the_same_visit)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    const char *room = address_of(f, &meeting);
    join(&module, 1, room, "i1", "n1", NULL);
    struct room_event *event = report(&module, ROOM_RENAMED, 5, room, "i1");
    event->nick = "n1", event->to = "n2", event->name = "Display";
    join(&module, 6, room, "i1", "n1", NULL)->jid = "b@meet.example/y"; /* the nick is free */
    event = report(&module, ROOM_RENAMED, 7, room, "i1");
    event->nick = "n2", event->to = "n3", event->name = "Another";
    report(&module, ROOM_LEFT, 9, room, "i1")->nick = "n1";
    report(&module, ROOM_LEFT, 10, room, "i1")->nick = "n3";
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 2);
    assert_string_equal(visits.rows[0].name, "Another");
    assert_int_equal(visits.rows[0].joined_ms, ms(1));
    assert_int_equal(visits.rows[0].left_ms, ms(10));
    assert_int_equal(visits.rows[1].left_ms, ms(9));
    assert_false(visits.rows[0].uncertain || visits.rows[1].uncertain);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit_name"), 1);
}

/* Two who took each other's nicks while nobody listened: a snapshot knows them by when and from where they
 * came. */
STORE_TEST(store_apply_snapshot__nicks_changed_in_a_gap__are_the_same_visits)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    const char *room = address_of(f, &meeting);
    join(&module, 1, room, "i1", "n1", NULL)->jid = "a@meet.example/y";
    join(&module, 2, room, "i1", "n2", NULL)->jid = "b@meet.example/y";
    join(&module, 3, room, "i1", "n3", NULL)->jid = "c@meet.example/y";
    send_events(&module);
    module.number += 100;
    int64_t resume;
    assert_int_equal(hello_held(&module, 5, &resume), 0);
    report(&module, ROOM_OPENED, 0, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL)->jid = "b@meet.example/y";
    join(&module, 1, room, "i1", "n2", NULL)->jid = "a@meet.example/y";
    join(&module, 20, room, "i1", "n3", NULL)->jid = "d@meet.example/y";
    module.now_ms = ms(30);
    assert_int_equal(snapshot_of(&module, true, 1), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(visits_of(f, meeting.id).count, 4);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit WHERE left_ms IS NULL AND uncertain = 0"), 3);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM visit WHERE (nick, jid) IN (VALUES ('n1', 'b@meet.example/y'),"
                     " ('n2', 'a@meet.example/y'), ('n3', 'd@meet.example/y'))"),
        3);
    assert_int_equal(number_of(f, "SELECT uncertain FROM visit WHERE jid = 'c@meet.example/y'"), 1);
}

STORE_TEST(store_apply_events__refused__is_kept)
{
    struct meeting meeting = book(f, NOW);
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct module module = greeted(f, "boot-1");
    struct room_event *event = report(&module, ROOM_REFUSED, -400, address_of(f, &meeting), NULL);
    event->jid = "x@meet.example/y";
    event->user = carol.ref;
    event->reason = "early-guest";
    send_events(&module);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM refusal WHERE reason = 'early-guest' AND attendee IS NOT NULL"
                     " AND meeting IS NOT NULL"),
        1);
    assert_int_equal(visits_of(f, meeting.id).count, 0);
}

STORE_TEST(store_apply_events__hostile_strings__come_back_as_typed)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    struct room_event *event = join(&module, 1, address_of(f, &meeting), "i'1", "n\"1;--", "' OR 1=1 --");
    event->user_name = NULL;
    event->name = "<script>\xE2\x80\xAE%n'";
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_string_equal(visits.rows[0].name, event->name);
    assert_int_equal(visits.rows[0].attendee, 0);
}

/* ------------------------------------------------------------------------------- which meeting it is */

static void assert_belongs(struct fixture *f, struct module *module, const struct meeting *meeting,
                           int64_t at, const char *instance, size_t visits)
{
    join(module, at, address_of(f, meeting), instance, "n1", NULL);
    send_events(module);
    if (visits_of(f, meeting->id).count != visits)
        fail_msg("at %lld: %zu visits", (long long)at, visits_of(f, meeting->id).count);
}

STORE_TEST(room__belongs__to_the_meeting_of_its_window_or_the_nearest_within_a_day)
{
    struct meeting meeting = book(f, NOW + 10 * DAY);
    struct module module = greeted(f, "boot-1");
    assert_belongs(f, &module, &meeting, 10 * DAY, "in", 1);
    assert_belongs(f, &module, &meeting, 10 * DAY - 900, "opens", 2);
    assert_belongs(f, &module, &meeting, 10 * DAY + HOUR + 600, "grace", 3);
    assert_belongs(f, &module, &meeting, 9 * DAY, "day before", 4);
    assert_belongs(f, &module, &meeting, 11 * DAY, "day after", 5);
    assert_belongs(f, &module, &meeting, 8 * DAY, "too early", 5);
    assert_belongs(f, &module, &meeting, 12 * DAY, "too late", 5);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit WHERE meeting IS NULL"), 2);
}

STORE_TEST(room__belongs__address_in_other_letters__is_the_same_room)
{
    struct meeting meeting = book(f, NOW);
    char *room = arena_printf(&f->arena, "%s@Conference.Meet.Example", meeting.room);
    room[0] = (char)(room[0] - 'a' + 'A');
    struct module module = greeted(f, "boot-1");
    join(&module, 1, room, "i1", "n1", NULL);
    send_events(&module);
    assert_int_equal(visits_of(f, meeting.id).count, 1);
}

STORE_TEST(room__belongs__every_spelling_of_a_tenants_room__to_one_meeting)
{
    struct meeting a = plain_meeting(f, NOW), b = plain_meeting(f, NOW);
    a.room = "[law]r\xC3\xA9union du lundi";
    b.room = "r\xC3\xA9union du lundi";
    a.id = book_as(f, &a, NULL).id;
    b.id = book_as(f, &b, NULL).id;
    struct module module = greeted(f, "boot-1");
    join(&module, 1, "[law]r%c3%a9union%20du%20lundi" MUC, "i1", "n1", NULL);
    join(&module, 2, "[LAW]R%C3%A9union%20DU%20lundi" MUC, "i2", "n1", NULL);
    join(&module, 3, "r\xC3\xA9union%20du%20lundi" MUC, "i3", "n1", NULL);
    join(&module, 4, "%5blaw%5dr%c3%a9union%20du%20lundi" MUC, "i4", "n1", NULL);
    send_events(&module);
    assert_int_equal(visits_of(f, a.id).count, 2);
    assert_int_equal(visits_of(f, b.id).count, 1);
}

/* Nobody can book what overlaps, early opening and grace included; what was there before that rule may. */
static void share_room(struct fixture *f, int64_t meeting, const char *room)
{
    char *sql = sqlite3_mprintf("UPDATE meeting SET room = %Q WHERE id = %lld RETURNING 1", room, meeting);
    assert_int_equal(number_of(f, sql), 1);
    sqlite3_free(sql);
}

STORE_TEST(room__belongs__two_meetings_in_a_room__the_one_that_runs)
{
    struct meeting a = plain_meeting(f, NOW), b = plain_meeting(f, NOW + HOUR);
    a.room = "weekly-room";
    a.id = book_as(f, &a, NULL).id;
    b.id = book_as(f, &b, NULL).id;
    b.room = a.room;
    share_room(f, b.id, b.room);
    struct module module = greeted(f, "boot-1");
    assert_belongs(f, &module, &a, HOUR - 10, "i1", 1); /* b's window is open too */
    assert_belongs(f, &module, &b, HOUR + 10, "i2", 1); /* a's grace goes on */
    assert_belongs(f, &module, &a, -5 * HOUR, "i3", 2);
    assert_belongs(f, &module, &b, 7 * HOUR, "i4", 2);
}

STORE_TEST(room__belongs__cancelled__to_none)
{
    struct meeting meeting = book(f, NOW);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW), 1);
    struct module module = greeted(f, "boot-1");
    assert_belongs(f, &module, &meeting, 1, "i1", 0);
}

STORE_TEST(store_book__for_a_room_that_is_open__takes_it_over)
{
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, -50, "standup" MUC, "i1");
    join(&module, -40, "standup" MUC, "i1", "n1", NULL);
    join(&module, -30, "elsewhere" MUC, "i2", "n2", NULL);
    send_events(&module);
    struct meeting meeting = plain_meeting(f, NOW);
    meeting.room = "standup";
    struct booked booked = book_as(f, &meeting, NULL);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(visits_of(f, booked.id).count, 1);
    join(&module, 5, "standup" MUC, "i1", "n3", attendee_of(f, booked.id, "bob@example.org").ref);
    send_events(&module);
    assert_int_equal(visits_of(f, booked.id).count, 2);
    assert_true(visits_of(f, booked.id).rows[1].verified);
}

/* -------------------------------------------------------------------------------------------- snapshots */

STORE_TEST(store_apply_snapshot__gap__keeps_who_is_there_and_ends_the_rest)
{
    struct meeting meeting = book(f, NOW), other = book(f, NOW);
    const char *room = address_of(f, &meeting), *gone = address_of(f, &other);
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "stays", NULL);
    join(&module, 3, room, "i1", "leaves", NULL);
    join(&module, 4, room, "i1", "returns", NULL);
    join(&module, 5, gone, "i2", "n1", NULL);
    send_events(&module);
    int64_t resume, first;
    module.number += 10; /* more happened than the module could hold */
    module.now_ms = ms(60);
    assert_int_equal(hello_held(&module, 3, &resume), 0);
    assert_int_equal(store_commit(f->store), 1);
    touched(f, &first);

    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "stays", NULL)->moderator = true;
    join(&module, 50, room, "i1", "returns", NULL);
    join(&module, 55, room, "i1", "new", NULL);
    module.number = 15;
    assert_int_equal(snapshot_of(&module, true, 1), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 2);

    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 5);
    assert_int_equal(visits.rows[0].left_ms, 0); /* stays */
    assert_false(visits.rows[0].uncertain);
    assert_true(visits.rows[0].moderator);
    assert_true(visits.rows[1].uncertain); /* leaves: at the last moment that was known */
    assert_int_equal(visits.rows[1].left_ms, ms(5));
    assert_true(visits.rows[2].uncertain); /* returns: the first stay */
    assert_int_equal(visits.rows[3].joined_ms, ms(50));
    assert_int_equal(visits.rows[3].left_ms, 0);
    assert_int_equal(visits.rows[4].left_ms, 0);
    visits = visits_of(f, other.id);
    assert_true(visits.rows[0].uncertain);
    assert_int_equal(visits.rows[0].left_ms, ms(5));
    assert_int_equal(number_of(f, "SELECT count(*) FROM room WHERE closed_ms IS NOT NULL AND uncertain"), 1);

    report(&module, ROOM_LEFT, 70, room, "i1")->nick = "new"; /* and the events go on behind it */
    send_events(&module);
    assert_int_equal(visits_of(f, meeting.id).rows[4].left_ms, ms(70));
}

STORE_TEST(store_apply_snapshot__in_parts__ends_nothing_before_the_last)
{
    struct meeting a = book(f, NOW), b = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &a), "i1", "n1", NULL);
    join(&module, 2, address_of(f, &b), "i2", "n2", NULL);
    send_events(&module);
    int64_t resume, last;
    module.number = 40;
    assert_int_equal(hello_held(&module, 1, &resume), 0);
    report(&module, ROOM_OPENED, 1, address_of(f, &a), "i1");
    join(&module, 1, address_of(f, &a), "i1", "n1", NULL);
    module.number = 40;
    assert_int_equal(snapshot_of(&module, false, 0), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(visits_of(f, b.id).rows[0].left_ms, 0);
    module.number = 41;
    report(&module, ROOM_LEFT, 9, address_of(f, &a), "i1")->nick = "n1";
    assert_int_equal(apply(&module, &last), 0); /* not before it is done */
    module.number = 40;
    report(&module, ROOM_OPENED, 2, address_of(f, &b), "i2");
    join(&module, 2, address_of(f, &b), "i2", "n2", NULL);
    module.number = 40;
    assert_int_equal(snapshot_of(&module, true, 2), 1);
    assert_int_equal(visits_of(f, a.id).rows[0].left_ms, 0);
    assert_int_equal(visits_of(f, b.id).rows[0].left_ms, 0);
    assert_int_equal(visits_of(f, b.id).count, 1);
}

STORE_TEST(store_apply_snapshot__a_part_is_missing__is_refused)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &meeting), "i1", "n1", NULL);
    send_events(&module);
    int64_t resume;
    module.number = 40;
    assert_int_equal(hello_held(&module, 1, &resume), 0);
    assert_int_equal(snapshot_of(&module, true, 1), 0);
    assert_int_equal(visits_of(f, meeting.id).rows[0].left_ms, 0);
    assert_int_equal(hello_held(&module, 1, &resume), 0);
}

STORE_TEST(store_apply_snapshot__events_it_reflects__are_not_applied_again)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = module_of(f, "boot-1");
    int64_t resume, last;
    module.number = 20;
    assert_int_equal(hello_held(&module, 0, &resume), 0);
    struct room_event events[] = {
        {.event = ROOM_OPENED, .number = 22, .at_ms = ms(1), .room = room, .instance = "i1"},
        {.event = ROOM_JOINED, .number = 22, .at_ms = ms(2), .room = room, .instance = "i1", .nick = "n1"}};
    const struct room_snapshot snapshot = {
        .events = {.boot = "boot-1", .now_ms = ms(3), .count = 2, .events = events},
        .done = true,
        .count = 1,
        .last = 20};
    assert_int_equal(store_apply_snapshot(f->store, "main", &snapshot, ms(3)), 1);
    report(&module, ROOM_OPENED, 1, room, "i1");            /* 21 */
    join(&module, 2, room, "i1", "was gone already", NULL); /* 22 */
    report(&module, ROOM_LEFT, 9, room, "i1")->nick = "n1"; /* 23: this one is news */
    assert_int_equal(apply(&module, &last), 1);
    assert_int_equal(last, 23);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 1);
    assert_int_equal(visits.rows[0].left_ms, ms(9));
}

STORE_TEST(store_apply_snapshot__not_asked_for__is_refused)
{
    struct module module = greeted(f, "boot-1");
    assert_int_equal(snapshot_of(&module, true, 0), 0);
    struct module stranger = module_of(f, "boot-2");
    assert_int_equal(snapshot_of(&stranger, true, 0), 0);
}

STORE_TEST(store_apply_snapshot__visit_that_was_given_up__goes_on)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    struct module module = greeted(f, "boot-1"), other = module_of(f, "boot-2");
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    send_events(&module);
    int64_t resume;
    assert_int_equal(hello_held(&other, 0, &resume), 0); /* gave it up */
    module.number = 40;
    assert_int_equal(hello_held(&module, 0, &resume), 0);
    report(&module, ROOM_OPENED, 1, room, "i1");
    join(&module, 2, room, "i1", "n1", NULL);
    module.number = 40;
    assert_int_equal(snapshot_of(&module, true, 1), 1);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 1);
    assert_int_equal(visits.rows[0].left_ms, 0);
    assert_false(visits.rows[0].uncertain);
}

/* ------------------------------------------------------------------------------------------ who it is */

static void open_with(struct fixture *f, const struct store_options *options)
{
    struct text error = {0};
    store_close(f->store);
    f->store = store_open(options, &error);
    assert_string_equal(text_string(&error), "");
    f->alice = put_person(f, "alice@example.org", "Alice");
}

static void knows_logins(struct fixture *f)
{
    static const char *const hosts[] = {"Auth.Meet.Example", NULL};
    open_with(f, &(struct store_options){.path = ":memory:", .identity_hosts = hosts});
}

static void put_uid(struct fixture *f, const char *mail, const char *uid)
{
    int64_t id;
    const struct person person = {.mail = mail, .name = "Of the Directory", .uid = uid};
    assert_true(store_put_person(f->store, &person, NOW, &id) > 0);
}

STORE_TEST(room__login__is_the_attendee_that_it_belongs_to)
{
    knows_logins(f);
    struct meeting meeting = book(f, NOW);
    put_uid(f, "bob@example.org", "U123");
    put_uid(f, "not-invited@example.org", "carol"); /* so carol is not carol@example.org */
    int64_t alice = attendee_of(f, meeting.id, "alice@example.org").id,
            bob = attendee_of(f, meeting.id, "bob@example.org").id;
    const struct {
        const char *jid;
        int64_t attendee;
        bool verified;
        const char *name;
    } cases[] = {{"u123@auth.meet.example/web", bob, true, "Of the Directory"},
                 {"alice@auth.meet.example/web", alice, true, "Alice"},
                 {"alice\\40example.org@auth.meet.example", alice, true, "Alice"},
                 {"carol@auth.meet.example/web", 0, true, "Of the Directory"},
                 {"eve@auth.meet.example/web", 0, true, "eve@auth.meet.example"},
                 {"alice@guest.meet.example/web", 0, false, "Display"},
                 {"auth.meet.example/alice@auth.meet.example", 0, false, "Display"},
                 {"@auth.meet.example/x", 0, false, "Display"},
                 {"alice@auth.meet.example.evil/x", 0, false, "Display"}};
    enum { COUNT = sizeof cases / sizeof *cases };
    struct module module = greeted(f, "boot-1");
    for (int i = 0; i < COUNT; i++)
        join(&module, i, address_of(f, &meeting), "i1", arena_printf(&f->arena, "n%d", i), NULL)->jid =
            cases[i].jid;
    send_events(&module);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        if (visits.rows[i].attendee != cases[i].attendee || visits.rows[i].verified != cases[i].verified ||
            strcmp(visits.rows[i].name, cases[i].name) != 0)
            fail_msg("%s: attendee %lld, %s", cases[i].jid, (long long)visits.rows[i].attendee,
                     visits.rows[i].name);
}

STORE_TEST(room__login__that_fits_two_attendees_is_neither)
{
    knows_logins(f);
    struct meeting meeting = plain_meeting(f, NOW);
    const struct new_attendee two[] = {{"sam@a.example", NULL, ROLE_GUEST},
                                       {"sam@b.example", NULL, ROLE_GUEST}};
    struct booked booked;
    assert_int_equal(store_book(f->store, &meeting, two, 2, "x.example", NULL, NOW, &f->arena, &booked), 1);
    assert_int_equal(store_get_meeting(f->store, booked.id, &f->arena, &meeting), 1);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &meeting), "i1", "n1", NULL)->jid = "sam@auth.meet.example/x";
    send_events(&module);
    assert_int_equal(visits_of(f, booked.id).rows[0].attendee, 0);
    assert_true(visits_of(f, booked.id).rows[0].verified);
}

STORE_TEST(room__token__counts_more_than_the_login)
{
    knows_logins(f);
    struct meeting meeting = book(f, NOW);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &meeting), "i1", "n1", bob.ref)->jid = "alice@auth.meet.example/x";
    send_events(&module);
    assert_int_equal(visits_of(f, meeting.id).rows[0].attendee, bob.id);
}

/* ------------------------------------------------------------------------------- moderators who are there */

struct presents {
    size_t count;
    char mails[4][32], nicks[4][8], rooms[4][64];
};

static bool keep_present(const struct present *present, void *context)
{
    struct presents *presents = context;
    size_t at = presents->count++;
    snprintf(presents->mails[at], sizeof presents->mails[at], "%s", present->attendee.mail);
    snprintf(presents->nicks[at], sizeof presents->nicks[at], "%s", present->nick);
    snprintf(presents->rooms[at], sizeof presents->rooms[at], "%s %s", present->prosody, present->instance);
    return true;
}

STORE_TEST(store_list_moderators_present__in_main_rooms_now)
{
    struct meeting meeting = book(f, NOW);
    const char *room = address_of(f, &meeting);
    const char *bob = attendee_of(f, meeting.id, "bob@example.org").ref,
               *alice = attendee_of(f, meeting.id, "alice@example.org").ref;
    struct presents presents = {0};
    assert_int_equal(store_list_moderators_present(f->store, meeting.id, keep_present, &presents), 0);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, room, "i1", "n1", alice);
    join(&module, 2, room, "i1", "n2", bob);
    join(&module, 3, room, "i1", "n3", attendee_of(f, meeting.id, "carol@example.org").ref);
    join(&module, 4, room, "i1", "n4", NULL)->moderator = true;
    join(&module, 5, room, "l1", "n5", bob)->event = ROOM_KNOCK;
    report(&module, ROOM_LEFT, 6, room, "i1")->nick = "n1";
    send_events(&module);
    assert_int_equal(store_list_moderators_present(f->store, meeting.id, keep_present, &presents), 1);
    assert_int_equal(presents.count, 1);
    assert_string_equal(presents.mails[0], "bob@example.org");
    assert_string_equal(presents.nicks[0], "n2");
    assert_string_equal(presents.rooms[0], "main i1");
}

/* ---------------------------------------------------------------------------------- rooms without a booking
 */

STORE_TEST(store_purge_unbooked__old_ones__go_a_few_at_a_time)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    for (int i = 0; i < 5; i++) {
        join(&module, i, "chat" MUC, "i1", "n1", NULL);
        report(&module, ROOM_LEFT, i, "chat" MUC, "i1")->nick = "n1";
    }
    join(&module, 5, "chat" MUC, "i2", "stays", NULL);
    struct room_event *event = report(&module, ROOM_REFUSED, 6, "chat" MUC, NULL);
    event->reason = "closed";
    join(&module, 7, address_of(f, &meeting), "i3", "n1", NULL);
    report(&module, ROOM_CLOSED, 8, address_of(f, &meeting), "i3");
    report(&module, ROOM_CLOSED, 9, "chat" MUC, "i1");
    send_events(&module);
    assert_int_equal(store_purge_unbooked(f->store, ms(4), 3), 1);
    assert_int_equal(store_purge_unbooked(f->store, ms(4), 3), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit WHERE meeting IS NULL"), 2);
    assert_int_equal(store_purge_unbooked(f->store, ms(100), 100), 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit WHERE meeting IS NULL AND nick = 'stays'"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM room"), 2);
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 0);
    assert_int_equal(visits_of(f, meeting.id).count, 1);
}

STORE_TEST(store_open__forget_unbooked__keeps_only_who_is_there)
{
    open_with(f, &(struct store_options){.path = ":memory:", .forget_unbooked = true});
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, "chat" MUC, "i1", "n1", NULL);
    join(&module, 2, "chat" MUC, "i1", "n2", NULL);
    join(&module, 3, address_of(f, &meeting), "i2", "n1", NULL);
    report(&module, ROOM_LEFT, 4, "chat" MUC, "i1")->nick = "n1";
    report(&module, ROOM_LEFT, 4, address_of(f, &meeting), "i2")->nick = "n1";
    report(&module, ROOM_REFUSED, 5, "chat" MUC, NULL)->reason = "closed";
    send_events(&module);
    struct store_counts counts;
    assert_int_equal(store_count(f->store, &counts), 1);
    assert_int_equal(counts.occupants, 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit"), 2);
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 0);
    struct module next = module_of(f, "boot-2"); /* Prosody crashed */
    int64_t resume;
    assert_int_equal(hello_held(&next, 0, &resume), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM room"), 1);
    assert_int_equal(visits_of(f, meeting.id).count, 1);
}

STORE_TEST(room__closes__with_its_last_person_whoever_records_on)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 1, address_of(f, &meeting), "i1", "n1", NULL);
    report(&module, ROOM_LEFT, 60, address_of(f, &meeting), "i1")->nick = "n1";
    report(&module, ROOM_CLOSED, 3600, address_of(f, &meeting), "i1");
    join(&module, 3700, address_of(f, &meeting), "i2", "n1", NULL); /* under the same name, a new one */
    send_events(&module);
    assert_int_equal(number_of(f, "SELECT closed_ms / 1000 FROM room WHERE instance = 'i1'"), NOW + 60);
    assert_int_equal(number_of(f, "SELECT count(*) FROM room"), 2);
    assert_int_equal(visits_of(f, meeting.id).count, 2);
}

/* ------------------------------------------------------------------------------------------------ clocks */

/* A heartbeat of Prosody's, whose clock shows `theirs` when ours shows `ours` (seconds after NOW). */
static int64_t beat(struct module *module, int64_t theirs, int64_t ours)
{
    const struct room_hello hello = {
        .boot = module->boot, .now_ms = ms(theirs), .last = module->number, .held = 0};
    int64_t resume, offset;
    assert_true(store_hello(module->f->store, "main", &hello, ms(ours), &resume) >= 0);
    int found = store_clock_offset(module->f->store, "main", &offset);
    assert_int_equal(found, offset != 0);
    return offset;
}

static void apply_at(struct module *module, int64_t theirs, int64_t ours)
{
    int64_t last;
    const struct room_events events = {
        .boot = module->boot, .now_ms = ms(theirs), .count = module->count, .events = module->events};
    assert_int_equal(store_apply_events(module->f->store, "main", &events, ms(ours), &last), 1);
    module->count = 0;
}

STORE_TEST(clock__offset__is_taken_out_of_what_is_stored)
{
    struct meeting meeting = book(f, NOW);
    struct module module = module_of(f, "boot-1");
    int64_t offset;
    assert_int_equal(store_clock_offset(f->store, "main", &offset), 0);
    assert_int_equal(beat(&module, -3600, 0), 3600 * 1000);
    const struct room_snapshot empty = {.events = {.boot = "boot-1", .now_ms = ms(-3600)}, .done = true};
    assert_int_equal(store_apply_snapshot(f->store, "main", &empty, ms(0)), 1);
    join(&module, -3590, address_of(f, &meeting), "i1", "n1", NULL);
    apply_at(&module, -3590, 10);
    assert_int_equal(visits_of(f, meeting.id).rows[0].joined_ms, ms(10));
    /* somebody sets the clock right: known at once, and no visit ends before it began */
    report(&module, ROOM_LEFT, 30, address_of(f, &meeting), "i1")->nick = "n1";
    apply_at(&module, 30, 30);
    assert_int_equal(store_clock_offset(f->store, "main", &offset), 0);
    assert_int_equal(visits_of(f, meeting.id).rows[0].left_ms, ms(30));
    assert_false(visits_of(f, meeting.id).rows[0].uncertain);
}

STORE_TEST(clock__offset_changes__a_snapshot_still_names_the_same_visit)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    report(&module, ROOM_OPENED, 1, address_of(f, &meeting), "i1");
    join(&module, 5, address_of(f, &meeting), "i1", "n1", NULL);
    apply_at(&module, 5, 5);
    module.number = 40;
    assert_int_equal(beat(&module, 10000, 10), -9990 * 1000); /* and a gap */
    report(&module, ROOM_OPENED, 1, address_of(f, &meeting), "i1");
    join(&module, 5, address_of(f, &meeting), "i1", "n1", NULL);
    module.number = 40;
    for (size_t i = 0; i < module.count; i++)
        module.events[i].number = 40;
    const struct room_snapshot snapshot = {
        .events = {.boot = "boot-1", .now_ms = ms(10000), .count = module.count, .events = module.events},
        .done = true,
        .count = 1,
        .last = 40};
    assert_int_equal(store_apply_snapshot(f->store, "main", &snapshot, ms(10)), 1);
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 1);
    assert_int_equal(visits.rows[0].joined_ms, ms(5));
    assert_int_equal(visits.rows[0].left_ms, 0);
}

STORE_TEST(clock__stanza_that_waited__is_no_offset)
{
    struct module module = greeted(f, "boot-1");
    assert_int_equal(beat(&module, 1, 0), 0);    /* under 2 s */
    assert_int_equal(beat(&module, 30, 150), 0); /* we were stopped for two minutes */
    assert_int_equal(beat(&module, 151, 151), 0);
    assert_int_equal(beat(&module, 180, 240), 0); /* and again */
    assert_int_equal(beat(&module, 241, 241), 0);
}

STORE_TEST(clock__ours_went_forward__is_believed_after_a_minute)
{
    struct module module = greeted(f, "boot-1");
    assert_int_equal(beat(&module, 30, 630), 0);
    assert_int_equal(beat(&module, 60, 659), 0);
    assert_int_equal(beat(&module, 90, 690), 599 * 1000); /* the nearest of them */
    assert_int_equal(beat(&module, 120, 120), 0);         /* and back */
}

STORE_TEST(clock__goes_back__a_visit_ends_no_earlier_than_it_began)
{
    struct meeting meeting = book(f, NOW);
    struct module module = greeted(f, "boot-1");
    join(&module, 500, address_of(f, &meeting), "i1", "n1", NULL);
    apply_at(&module, 500, 500);
    report(&module, ROOM_LEFT, 100, address_of(f, &meeting), "i1")->nick = "n1";
    join(&module, 110, address_of(f, &meeting), "i1", "n1", NULL);
    report(&module, ROOM_LEFT, 120, address_of(f, &meeting), "i1")->nick = "n1";
    apply_at(&module, 120, 120); /* both clocks: one machine */
    struct visits visits = visits_of(f, meeting.id);
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.rows[0].joined_ms, ms(110));
    assert_int_equal(visits.rows[0].left_ms, ms(120));
    assert_false(visits.rows[0].uncertain);
    assert_int_equal(visits.rows[1].left_ms, ms(500));
    assert_true(visits.rows[1].uncertain);
}

/* --------------------------------------------------------------------------------------------- policies */

struct policies {
    size_t count;
    int64_t ids[8];
    size_t moderators[8];
    char first[8][REF_SIZE + 1];
    enum meeting_status status[8];
};

static bool keep_policy(const struct policy_row *row, void *context)
{
    struct policies *policies = context;
    assert_true(policies->count < 8);
    policies->ids[policies->count] = row->meeting.id;
    policies->moderators[policies->count] = row->moderator_count;
    policies->status[policies->count] = row->meeting.status;
    snprintf(policies->first[policies->count], REF_SIZE + 1, "%s", row->moderators[0]);
    policies->count++;
    return true;
}

STORE_TEST(store_list_policies__open_within__by_room_and_start)
{
    struct meeting b = plain_meeting(f, NOW + DAY), a = plain_meeting(f, NOW + 2 * DAY);
    a.room = b.room = "weekly";
    int64_t second = book_as(f, &a, NULL).id, first = book_as(f, &b, NULL).id;
    struct meeting c = plain_meeting(f, NOW + DAY);
    c.room = "aardvark";
    int64_t aardvark = book_as(f, &c, NULL).id, cancelled = book(f, NOW + DAY).id;
    assert_int_equal(store_cancel(f->store, cancelled, f->alice, NULL, NOW), 1);
    struct policies policies = {0};
    assert_int_equal(store_list_policies(f->store, NOW, NOW + 3 * DAY, keep_policy, &policies), 1);
    assert_int_equal(policies.count, 4); /* whoever comes to the cancelled one is to be told */
    size_t others = 0;
    for (size_t i = 0; i < policies.count; i++)
        if (policies.ids[i] != cancelled)
            policies.ids[others++] = policies.ids[i];
    assert_int_equal(others, 3);
    assert_int_equal(policies.ids[0], aardvark);
    assert_int_equal(policies.ids[1], first);
    assert_int_equal(policies.ids[2], second);
    assert_int_equal(policies.moderators[0], 2);
    assert_string_equal(policies.first[0], attendee_of(f, aardvark, "alice@example.org").ref);

    const struct {
        int64_t from, to;
        size_t count;
    } windows[] = {{0, DAY - 900, 0},
                   {0, DAY - 899, 3},
                   {DAY + HOUR + 599, DAY + HOUR + 700, 3},
                   {DAY + HOUR + 600, DAY + HOUR + 700, 0}};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        policies.count = 0;
        store_list_policies(f->store, NOW + windows[i].from, NOW + windows[i].to, keep_policy, &policies);
        assert_int_equal(policies.count, windows[i].count);
    }
}

struct accounts {
    size_t count;
    char refs[4][REF_SIZE + 1], accounts[4][40];
};

static bool keep_accounts(const struct policy_row *row, void *context)
{
    struct accounts *accounts = context;
    assert_true(row->moderator_count <= 4);
    for (size_t i = 0; i < row->moderator_count; i++) {
        snprintf(accounts->refs[i], REF_SIZE + 1, "%s", row->moderators[i]);
        snprintf(accounts->accounts[i], 40, "%s", row->accounts[i] ? row->accounts[i] : "none");
    }
    accounts->count = row->moderator_count;
    return false;
}

/* Only the directory says whose login it is: a stranger's address may begin like anybody's. */
STORE_TEST(store_room_policy__moderators_of_the_directory__are_known_by_their_login_too)
{
    static const struct new_attendee attendees[] = {
        {.mail = "bob@example.org", .role = ROLE_MODERATOR},
        {.mail = "alice@elsewhere.example", .role = ROLE_MODERATOR}};
    put_uid(f, "alice@example.org", "Alice");
    put_uid(f, "bob@example.org", "bob@Campus");
    struct meeting meeting = plain_meeting(f, NOW);
    struct booked booked;
    assert_int_equal(
        store_book(f->store, &meeting, attendees, 2, "example.org", NULL, NOW, &f->arena, &booked), 1);
    assert_int_equal(store_get_meeting(f->store, booked.id, &f->arena, &meeting), 1);
    struct accounts accounts = {0};
    assert_int_equal(store_room_policy(f->store, meeting.room, NOW, keep_accounts, &accounts), 1);
    assert_int_equal(accounts.count, 3);
    assert_string_equal(accounts.accounts[0], "alice");
    assert_string_equal(accounts.accounts[1], "bob\\40campus");
    assert_string_equal(accounts.accounts[2], "none");
}

static int64_t policy_at(struct fixture *f, int64_t at)
{
    struct policies policies = {0};
    int found = store_room_policy(f->store, "weekly", NOW + at, keep_policy, &policies);
    assert_int_equal(found, policies.count);
    return found ? policies.ids[0] : 0;
}

STORE_TEST(store_room_policy__running_else_next_else_last)
{
    assert_int_equal(policy_at(f, 0), 0);
    struct meeting a = plain_meeting(f, NOW + DAY), b = plain_meeting(f, NOW + DAY + HOUR),
                   c = plain_meeting(f, NOW + 3 * DAY);
    a.room = c.room = "weekly";
    a.id = book_as(f, &a, NULL).id;
    b.id = book_as(f, &b, NULL).id;
    share_room(f, b.id, "weekly");
    c.id = book_as(f, &c, NULL).id;
    assert_int_equal(policy_at(f, 0), a.id);
    assert_int_equal(policy_at(f, DAY - 900), a.id);
    assert_int_equal(policy_at(f, DAY + HOUR - 1), a.id);
    assert_int_equal(policy_at(f, DAY + HOUR), b.id);
    assert_int_equal(policy_at(f, 2 * DAY), c.id);
    assert_int_equal(policy_at(f, 5 * DAY), c.id);
    assert_int_equal(store_cancel(f->store, b.id, f->alice, NULL, NOW), 1);
    assert_int_equal(policy_at(f, DAY + HOUR + 700), c.id);
    assert_int_equal(store_cancel(f->store, c.id, f->alice, NULL, NOW), 1);
    assert_int_equal(policy_at(f, 5 * DAY), a.id);
}

STORE_TEST(store_room_policy__only_a_cancelled_one__is_told_as_such)
{
    struct meeting meeting = book(f, NOW);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW), 1);
    struct policies policies = {0};
    assert_int_equal(store_room_policy(f->store, meeting.room, NOW, keep_policy, &policies), 1);
    assert_int_equal(policies.status[0], MEETING_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_hello__unknown_boot__asks_for_a_snapshot),
        IN_MEMORY(store_hello__known_boot__resumes),
        IN_MEMORY(store_hello__gap__asks_for_a_snapshot),
        IN_MEMORY(store_hello__numbers_went_back__asks_for_a_snapshot),
        IN_MEMORY(store_hello__new_boot__ends_visits_uncertain_at_the_last_heartbeat),
        IN_MEMORY(store_hello__new_boot__leaves_other_prosodys_alone),
        IN_MEMORY(store_hello__events_of_a_stop_come_late__bounds_become_certain),
        IN_MEMORY(store_apply_events__a_meeting__who_was_there_from_when_to_when),
        IN_MEMORY(store_apply_events__role__is_kept_with_its_time),
        IN_MEMORY(store_apply_events__unknown_among_known__takes_its_number_only),
        IN_MEMORY(store_apply_events__renamed_again_and_again__keeps_so_many_names),
        IN_MEMORY(store_apply_events__closed_when_it_was_ended__brings_the_summary),
        IN_MEMORY(store_apply_events__closed_before_the_end__brings_no_summary),
        IN_MEMORY(store_apply_events__twice__changes_nothing),
        IN_MEMORY(store_apply_events__gap__changes_nothing),
        IN_MEMORY(store_apply_events__unknown_boot__is_refused),
        IN_MEMORY(store_apply_events__undone_turn__can_be_sent_again),
        IN_MEMORY(store_apply_events__senseless_ones__are_taken_and_change_nothing),
        IN_MEMORY(store_apply_events__left_before_joined_by_the_clock__is_a_visit_of_no_length),
        IN_MEMORY(store_apply_events__same_nick_comes_again__are_two_visits),
        IN_MEMORY(store_apply_events__token_of_another_meeting__is_nobody_here),
        IN_MEMORY(store_apply_events__breakout_and_lobby__belong_to_the_main_rooms_meeting),
        IN_MEMORY(store_apply_events__another_nick__is_the_same_visit),
        IN_MEMORY(store_apply_snapshot__nicks_changed_in_a_gap__are_the_same_visits),
        IN_MEMORY(store_apply_events__refused__is_kept),
        IN_MEMORY(store_apply_events__hostile_strings__come_back_as_typed),
        IN_MEMORY(room__belongs__to_the_meeting_of_its_window_or_the_nearest_within_a_day),
        IN_MEMORY(room__belongs__address_in_other_letters__is_the_same_room),
        IN_MEMORY(room__belongs__two_meetings_in_a_room__the_one_that_runs),
        IN_MEMORY(room__belongs__cancelled__to_none),
        IN_MEMORY(store_book__for_a_room_that_is_open__takes_it_over),
        IN_MEMORY(store_apply_snapshot__gap__keeps_who_is_there_and_ends_the_rest),
        IN_MEMORY(store_apply_snapshot__in_parts__ends_nothing_before_the_last),
        IN_MEMORY(store_apply_snapshot__a_part_is_missing__is_refused),
        IN_MEMORY(store_apply_snapshot__events_it_reflects__are_not_applied_again),
        IN_MEMORY(store_apply_snapshot__not_asked_for__is_refused),
        IN_MEMORY(store_apply_snapshot__visit_that_was_given_up__goes_on),
        IN_MEMORY(store_list_policies__open_within__by_room_and_start),
        IN_MEMORY(store_room_policy__running_else_next_else_last),
        IN_MEMORY(store_room_policy__moderators_of_the_directory__are_known_by_their_login_too),
        IN_MEMORY(store_room_policy__only_a_cancelled_one__is_told_as_such),
        IN_MEMORY(room__login__is_the_attendee_that_it_belongs_to),
        IN_MEMORY(room__login__that_fits_two_attendees_is_neither),
        IN_MEMORY(room__token__counts_more_than_the_login),
        IN_MEMORY(store_list_moderators_present__in_main_rooms_now),
        IN_MEMORY(store_purge_unbooked__old_ones__go_a_few_at_a_time),
        IN_MEMORY(store_open__forget_unbooked__keeps_only_who_is_there),
        IN_MEMORY(room__closes__with_its_last_person_whoever_records_on),
        IN_MEMORY(clock__offset__is_taken_out_of_what_is_stored),
        IN_MEMORY(clock__offset_changes__a_snapshot_still_names_the_same_visit),
        IN_MEMORY(clock__stanza_that_waited__is_no_offset),
        IN_MEMORY(clock__ours_went_forward__is_believed_after_a_minute),
        IN_MEMORY(clock__goes_back__a_visit_ends_no_earlier_than_it_began),
        IN_MEMORY(room__belongs__every_spelling_of_a_tenants_room__to_one_meeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
