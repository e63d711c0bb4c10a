#include "sql/store_internal.h"
#include "tests/component/due_world.h"

static void assert_acted(const struct world *w, size_t index, int64_t at, enum reminder_kind kind,
                         const char *text)
{
    assert_true(index < w->count);
    assert_int_equal(w->acted[index].at, at);
    assert_int_equal(w->acted[index].kind, kind);
    assert_string_equal(w->acted[index].text, text);
}

TEST(due__sends__each_letter_once)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    settle(w);
    assert_int_equal(files(w->folder), 3);
    assert_int_equal(counts(w).letters_waiting, 0);
    folder_empty(w->folder);
    w->now += 3600;
    settle(w);
    assert_int_equal(files(w->folder), 0);
    world_close(w);
}

TEST(due__offers__nothing_while_the_turn_is_not_stored)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    fixture_person(&w->f, "dan@example.org", "Dan", NULL, NULL); /* a write that waits for its commit */
    due_run(w->due, w->now);
    assert_true(mailer_is_free(w->mailer));
    assert_true(due_next(w->due, w->now) <= w->now);
    commit(w);
    settle(w);
    assert_int_equal(files(w->folder), 3);
    world_close(w);
}

/* Runs until the mailer has written the letters, and its results wait to be taken. */
static void hand_over(struct world *w)
{
    struct pollfd wait = {.fd = mailer_fd(w->mailer), .events = POLLIN};
    while (files(w->folder) == 0 && mailer_is_free(w->mailer))
        due_run(w->due, w->now);
    while (!mailer_is_free(w->mailer))
        poll(&wait, 1, 10);
}

TEST(due__sends_again__under_the_same_name_after_a_kill_before_the_result)
{
    struct world *w = world_open();
    char database[100];
    world_stop(w);
    snprintf(database, sizeof database, "%s/jmb.db", w->folder);
    world_start(w, database);
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    hand_over(w);
    assert_int_equal(files(w->folder), 3);
    world_stop(w); /* nothing was taken: as after a kill */
    world_start(w, database);
    assert_int_equal(counts(w).letters_waiting, 3);
    settle(w);
    assert_int_equal(files(w->folder), 3); /* the same Message-IDs */
    assert_int_equal(counts(w).letters_waiting, 0);
    folder_empty(w->folder);
    settle(w);
    assert_int_equal(files(w->folder), 0);
    world_close(w);
}

TEST(due__writes_again__a_result_whose_turn_was_lost)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    hand_over(w);
    due_run(w->due, w->now);
    due_committed(w->due, false);
    folder_empty(w->folder);
    settle(w);
    assert_int_equal(files(w->folder), 0); /* nothing went out a second time */
    assert_int_equal(counts(w).letters_waiting, 0);
    world_close(w);
}

TEST(due__drops__invitations_of_a_meeting_that_is_over_before_they_left)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    w->now = END + 1;
    w->connected = false;
    settle(w);
    assert_int_equal(files(w->folder), 0);
    assert_int_equal(counts(w).letters_waiting, 0);
    world_close(w);
}

TEST(due__sends__more_letters_than_a_slot_holds)
{
    struct world *w = world_open();
    for (int i = 0; i < 40; i++) {
        struct meeting meeting = fixture_meeting();
        meeting.starts_at += i * DAY, meeting.ends_at += i * DAY;
        fixture_book(&w->f, &meeting);
    }
    settle(w);
    assert_int_equal(files(w->folder), 120);
    world_close(w);
}

TEST(due__limits__of_an_organiser_and_day__letters_wait_and_none_is_lost)
{
    struct world *w = world_open_limited(2, 0);
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    settle(w);
    assert_int_equal(files(w->folder), 2);
    live_until(w, BOOKED + DAY - 1);
    assert_int_equal(files(w->folder), 2);
    live_until(w, BOOKED + DAY + 60);
    assert_int_equal(files(w->folder), 3);
    assert_int_equal(counts(w).letters_waiting, 0);
    world_close(w);
}

/* Whoever knows of a meeting must not stand before a closed door because its organiser wrote much that day.
 */
TEST(due__limits__of_an_organiser_and_day__a_cancellation_does_not_wait)
{
    struct world *w = world_open_limited(3, 0);
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    settle(w);
    assert_int_equal(files(w->folder), 3);
    assert_int_equal(store_cancel(w->f.store, w->f.booked.id, w->f.ada, NULL, w->now), 1);
    assert_int_equal(store_commit(w->f.store), 1);
    settle(w);
    assert_int_equal(files(w->folder), 6);
    world_close(w);
}

TEST(due__limits__of_a_minute__letters_wait_and_none_is_lost)
{
    struct world *w = world_open_limited(0, 50);
    for (int i = 0; i < 40; i++) {
        struct meeting meeting = fixture_meeting();
        meeting.starts_at += i * DAY, meeting.ends_at += i * DAY;
        fixture_book(&w->f, &meeting);
    }
    live_until(w, BOOKED + 59);
    assert_int_equal(files(w->folder), 50);
    live_until(w, BOOKED + 119);
    assert_int_equal(files(w->folder), 100);
    live_until(w, BOOKED + 120);
    assert_int_equal(files(w->folder), 120);
    world_close(w);
}

TEST(due__reminds__by_mail_and_sums_up)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    const int before[] = {7 * 86400, 86400, 3600, 600};
    memcpy(meeting.options.mail_reminders, before, sizeof before);
    fixture_book(&w->f, &meeting);
    settle(w);
    assert_int_equal(files(w->folder), 3);
    live_until(w, START - DAY);
    assert_int_equal(files(w->folder), 6); /* those before are past */
    live_until(w, START - 1);
    assert_int_equal(files(w->folder), 12);
    live_until(w, END + DAY);
    assert_int_equal(files(w->folder), 12); /* nobody came */
    assert_int_equal(counts(w).letters_waiting, 0);
    world_close(w);
}

/* While it lists, the store takes nothing. */
static bool run_meanwhile(const struct policy_row *row, void *context)
{
    struct world *w = context;
    (void)row;
    due_run(w->due, w->now);
    return false;
}

TEST(due__pauses__and_no_longer_when_the_clock_is_put_back)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    live_until(w, END - 301);
    w->now = END - 300;
    assert_true(store_list_policies(w->f.store, w->now, w->now + DAY, run_meanwhile, w) > 0);
    assert_int_equal(w->count, 1);
    assert_true(due_next(w->due, w->now) > w->now); /* tried again in a while */
    w->now -= 30 * DAY;
    meeting.starts_at = w->now + DAY, meeting.ends_at = meeting.starts_at + 3600;
    fixture_book(&w->f, &meeting);
    commit(w);
    assert_true(due_next(w->due, w->now) <= w->now); /* its invitations leave */
    world_close(w);
}

TEST(due__speaks__through_a_week_of_meetings_in_their_language)
{
    struct world *w = world_open();
    for (int day = 0; day < 7; day++) {
        struct meeting meeting = fixture_meeting();
        meeting.starts_at += day * DAY, meeting.ends_at += day * DAY;
        meeting.language = day % 2 ? "en" : "fr";
        fixture_book(&w->f, &meeting);
    }
    live_until(w, END + 8 * DAY);
    assert_int_equal(w->count, 35);
    for (size_t day = 0; day < 7; day++) {
        int64_t end = END + (int64_t)day * DAY;
        bool en = day % 2;
        assert_acted(w, day * 5, end - 300, REMINDER_ROOM,
                     en ? "This meeting ends in 5 minutes." : "Cette réunion se termine dans 5 minutes.");
        assert_acted(w, day * 5 + 1, end - 30, REMINDER_ROOM,
                     en ? "This meeting ends in 30 seconds." : "Cette réunion se termine dans 30 secondes.");
        assert_acted(w, day * 5 + 2, end, REMINDER_ROOM,
                     en ? "This meeting is over." : "Cette réunion est terminée.");
        assert_acted(w, day * 5 + 3, end + 840, REMINDER_LAST,
                     en ? "The room closes in one minute." : "La salle ferme dans une minute.");
        assert_acted(w, day * 5 + 4, end + 900, REMINDER_END,
                     en ? "This meeting is over: its room is closed."
                        : "Cette réunion est terminée : sa salle est fermée.");
    }
    world_close(w);
}

TEST(due__keeps_silent__about_what_an_outage_made_untrue)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    settle(w);
    w->now = END - 300 + 61; /* too late for '5 minutes' */
    settle(w);
    assert_int_equal(w->count, 0);
    w->now = END - 10; /* 20 s late for '30 seconds' */
    settle(w);
    assert_int_equal(w->count, 0);
    w->now = END + 40;
    settle(w);
    assert_int_equal(w->count, 1);
    assert_acted(w, 0, END + 40, REMINDER_ROOM, "Cette réunion est terminée.");
    w->now = END + 7200; /* closed, however late */
    settle(w);
    assert_int_equal(w->count, 2);
    assert_acted(w, 1, END + 7200, REMINDER_END, "Cette réunion est terminée : sa salle est fermée.");
    world_close(w);
}

TEST(due__says__only_the_newest_of_several_that_fell_due_together)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    meeting.options.room_reminders[0] = 60, meeting.options.room_reminders[1] = 50;
    meeting.options.room_reminders[2] = 40, meeting.options.room_reminders[3] = -1;
    fixture_book(&w->f, &meeting);
    w->now = END - 39;
    settle(w);
    assert_int_equal(w->count, 1);
    assert_acted(w, 0, END - 39, REMINDER_ROOM, "Cette réunion se termine dans 40 secondes.");
    world_close(w);
}

TEST(due__leaves_open__a_room_that_the_next_meeting_has_taken_over)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    meeting.room = "weekly";
    fixture_book(&w->f, &meeting);
    struct meeting next = fixture_meeting();
    next.room = "weekly";
    next.starts_at = END + 3600, next.ends_at = END + 7200;
    fixture_book(&w->f, &next);
    w->now = END + 3700; /* jmbd was away meanwhile */
    settle(w);
    for (size_t i = 0; i < w->count; i++)
        assert_int_not_equal(w->acted[i].kind, REMINDER_END);
    world_close(w);
}

TEST(due__tries_again__while_nobody_is_connected)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    live_until(w, END - 301);
    w->connected = false;
    live_until(w, END - 290);
    assert_int_equal(w->count, 0);
    w->connected = true;
    live_until(w, END - 280);
    assert_int_equal(w->count, 1);
    assert_true(w->acted[0].at <= END - 285);
    live_until(w, END - 100);
    assert_int_equal(w->count, 1);
    world_close(w);
}

TEST(due__waits__for_the_answer_and_asks_again_when_it_could_not_be_said)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    live_until(w, END - 301);
    w->answer = -2;
    live_until(w, END - 295);
    assert_int_equal(w->count, 1); /* asked once, though there is no answer for 5 s */
    due_reminder_done(w->due, w->acted[0].id, -1, w->now);
    live_until(w, END - 285);
    assert_int_equal(w->count, 2);
    assert_int_equal(w->acted[1].id, w->acted[0].id);
    due_reminder_done(w->due, w->acted[1].id, 12, w->now);
    live_until(w, END - 31);
    assert_int_equal(w->count, 2);
    world_close(w);
}

static int64_t order(struct world *w, enum reminder_kind kind, int64_t meeting, const char *room,
                     const char *text)
{
    int64_t id;
    assert_int_equal(store_order(w->f.store, kind, meeting, room, text, "jmbctl", w->now, &id), 1);
    assert_true(store_commit(w->f.store) > 0);
    return id;
}

TEST(due__orders__are_carried_out_and_told)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    enum order_state became;
    int64_t said;
    fixture_book(&w->f, &meeting);
    w->now = START + 60;
    settle(w);
    int64_t first = order(w, REMINDER_SAY, 0, "cafe", "Coffee & <cake>");
    assert_int_equal(store_get_order(w->f.store, first, &became, &said), 1);
    assert_int_equal(became, ORDER_WAITING);
    settle(w);
    assert_acted(w, 0, w->now, REMINDER_SAY, "Coffee & <cake>");
    assert_int_equal(store_get_order(w->f.store, first, &became, &said), 1);
    assert_int_equal(became, ORDER_DONE);
    assert_int_equal(said, 4);
    order(w, REMINDER_STOP, 0, "cafe", NULL);
    settle(w);
    assert_acted(w, 1, w->now, REMINDER_STOP, "This meeting was ended by its organisers.");
    order(w, REMINDER_STOP, w->f.booked.id, "any", NULL);
    settle(w);
    assert_acted(w, 2, w->now, REMINDER_STOP, "Cette réunion a été close par ses organisateurs.");
    order(w, REMINDER_STOP, 0, "cafe", "Alarme incendie");
    settle(w);
    assert_acted(w, 3, w->now, REMINDER_STOP, "Alarme incendie");
    live_until(w, END + DAY);
    assert_int_equal(w->count, 4); /* the meeting was over: nothing of its plan is left */
    assert_int_equal(store_get_order(w->f.store, 4711, &became, &said), 0);
    world_close(w);
}

TEST(due__orders__that_could_not_be_carried_out_in_a_minute_are_too_late)
{
    struct world *w = world_open();
    enum order_state became;
    int64_t said, id = order(w, REMINDER_STOP, 0, "cafe", NULL);
    w->connected = false;
    settle(w);
    live_until(w, w->now + 61);
    w->connected = true;
    live_until(w, w->now + 60);
    assert_int_equal(w->count, 0);
    assert_int_equal(store_get_order(w->f.store, id, &became, &said), 1);
    assert_int_equal(became, ORDER_DONE);
    assert_int_equal(said, 0);
    world_close(w);
}

/* Bob, a moderator, and Chloé, a guest, come into the room; Bob on two devices. */
static void come_in(struct world *w)
{
    struct room_event events[4];
    char address[100], refs[3][40];
    int64_t number, now_ms = w->now * 1000;
    struct meeting meeting;
    assert_true(store_get_meeting(w->f.store, w->f.booked.id, &w->f.arena, &meeting) > 0);
    snprintf(address, sizeof address, "%s@conference.meet.example", meeting.room);
    for (int i = 0; i < 3; i++) { /* Ada, Bob, Chloé, in the order of their rows */
        struct attendee attendee;
        assert_true(store_get_attendee(w->f.store, i + 1, &w->f.arena, &attendee, &meeting) > 0);
        snprintf(refs[i], sizeof refs[i], "%s", attendee.ref);
    }
    const char *const users[] = {refs[1], refs[2], refs[1]}, *const nicks[] = {"bob", "chloe", "bob2"};
    events[0] = (struct room_event){.event = ROOM_OPENED};
    for (int i = 0; i < 3; i++)
        events[i + 1] = (struct room_event){
            .event = ROOM_JOINED, .nick = nicks[i], .user = users[i], .jid = "x@y/z", .moderator = i != 1};
    for (int i = 0; i < 4; i++) {
        events[i].number = i + 1;
        events[i].at_ms = now_ms;
        events[i].room = address;
        events[i].instance = "i1";
    }
    const struct room_hello hello = {.boot = "b1", .now_ms = now_ms};
    const struct room_snapshot none = {.events = {.boot = "b1", .now_ms = now_ms}, .done = true};
    const struct room_events batch = {.boot = "b1", .now_ms = now_ms, .count = 4, .events = events};
    assert_int_equal(store_hello(w->f.store, "main", &hello, now_ms, &number), 0);
    assert_int_equal(store_apply_snapshot(w->f.store, "main", &none, now_ms), 1);
    assert_int_equal(store_apply_events(w->f.store, "main", &batch, now_ms, &number), 1);
    assert_true(store_commit(w->f.store) > 0);
}

TEST(due__whispers__to_moderators_how_to_extend_with_the_first_reminder_of_each_end)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    char link[LINK_SIZE + 1], words[200];
    int64_t until;
    struct attendee bob;
    fixture_book(&w->f, &meeting);
    w->now = START;
    settle(w);
    come_in(w);
    live_until(w, END - 1); /* told at -300 and -30 */
    assert_int_equal(w->whispers, 2);
    assert_int_equal(w->whispered[0].at, END - 300);
    assert_string_equal(w->whispered[0].nick, "bob");
    assert_string_equal(w->whispered[1].nick, "bob2");
    assert_string_not_equal(w->whispered[0].key, w->whispered[1].key);
    assert_true(store_get_attendee(w->f.store, 2, &w->f.arena, &bob, &meeting) > 0);
    link_write(&w->f.keys, LINK_EXTEND, &bob.link, link);
    snprintf(words, sizeof words,
             "Vous seul voyez ce message. Vous pouvez prolonger cette réunion : "
             "https://meet.example/booking/x/%s",
             link);
    assert_string_equal(w->whispered[0].text, words);
    assert_int_equal(store_extend(w->f.store, w->f.booked.id, 900, "bob@example.org", w->now, &until), 1);
    live_until(w, END + 900 - 1);
    assert_int_equal(w->whispers, 4); /* of the new end, once more */
    assert_int_equal(w->whispered[2].at, END + 600);
    world_close(w);
}

/* 600 people who come to a room that nobody booked, and leave it at `left_ms`. */
static void visit_unbooked(struct world *w, int64_t left_ms)
{
    enum { PEOPLE = 600, BATCH = 100 };
    static char nicks[PEOPLE][8];
    int64_t number, now_ms = left_ms;
    const struct room_hello hello = {.boot = "b1", .now_ms = now_ms};
    const struct room_snapshot none = {.events = {.boot = "b1", .now_ms = now_ms}, .done = true};
    assert_int_equal(store_hello(w->f.store, "main", &hello, now_ms, &number), 0);
    assert_int_equal(store_apply_snapshot(w->f.store, "main", &none, now_ms), 1);
    for (int i = 0; i < PEOPLE; i += BATCH) {
        struct room_event events[2 * BATCH];
        for (int j = 0; j < 2 * BATCH; j++) {
            snprintf(nicks[i + j / 2], sizeof nicks[0], "n%d", i + j / 2);
            events[j] = (struct room_event){.event = j % 2 ? ROOM_LEFT : ROOM_JOINED,
                                            .number = 2 * i + j + 1,
                                            .at_ms = left_ms,
                                            .room = "cafe@conference.meet.example",
                                            .instance = "i1",
                                            .nick = nicks[i + j / 2],
                                            .jid = "x@y/z"};
        }
        const struct room_events batch = {
            .boot = "b1", .now_ms = now_ms, .count = 2 * BATCH, .events = events};
        assert_int_equal(store_apply_events(w->f.store, "main", &batch, now_ms, &number), 1);
    }
    assert_true(store_commit(w->f.store) > 0);
}

static int visits_left(struct world *w)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(w->f.store->db,
                                        "SELECT count(*) FROM room r JOIN visit v ON v.room = r.id"
                                        " WHERE r.node = 'cafe'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int count = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return count;
}

TEST(due__forgets__visits_of_unbooked_rooms_after_their_time_and_a_bite_a_turn)
{
    struct world *w = world_open();
    world_stop(w);
    w->unbooked_kept = (int)(30 * DAY);
    world_start(w, ":memory:");
    visit_unbooked(w, w->now * 1000);
    live_until(w, BOOKED + 30 * DAY - 1);
    assert_int_equal(visits_left(w), 600);
    w->now = BOOKED + 30 * DAY + 3600;
    due_run(w->due, w->now);
    commit(w);
    assert_int_equal(visits_left(w), 100);
    assert_true(due_next(w->due, w->now) <= w->now);
    settle(w);
    assert_int_equal(visits_left(w), 0);
    assert_int_equal(due_next(w->due, w->now), w->now + 3600);
    world_close(w);
}

TEST(due__forgets__reminders_and_invitations_of_a_cancelled_meeting)
{
    struct world *w = world_open();
    struct meeting meeting = fixture_meeting();
    fixture_book(&w->f, &meeting);
    assert_true(store_cancel(w->f.store, w->f.booked.id, w->f.ada, NULL, BOOKED + 1) > 0);
    commit(w);
    live_until(w, END + 3600);
    assert_int_equal(files(w->folder), 0); /* nobody was told of it, so nobody is told that it is off */
    assert_int_equal(w->count, 0);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due__sends__each_letter_once),
        cmocka_unit_test(due__offers__nothing_while_the_turn_is_not_stored),
        cmocka_unit_test(due__sends_again__under_the_same_name_after_a_kill_before_the_result),
        cmocka_unit_test(due__writes_again__a_result_whose_turn_was_lost),
        cmocka_unit_test(due__drops__invitations_of_a_meeting_that_is_over_before_they_left),
        cmocka_unit_test(due__sends__more_letters_than_a_slot_holds),
        cmocka_unit_test(due__limits__of_an_organiser_and_day__letters_wait_and_none_is_lost),
        cmocka_unit_test(due__limits__of_an_organiser_and_day__a_cancellation_does_not_wait),
        cmocka_unit_test(due__limits__of_a_minute__letters_wait_and_none_is_lost),
        cmocka_unit_test(due__reminds__by_mail_and_sums_up),
        cmocka_unit_test(due__pauses__and_no_longer_when_the_clock_is_put_back),
        cmocka_unit_test(due__speaks__through_a_week_of_meetings_in_their_language),
        cmocka_unit_test(due__keeps_silent__about_what_an_outage_made_untrue),
        cmocka_unit_test(due__says__only_the_newest_of_several_that_fell_due_together),
        cmocka_unit_test(due__leaves_open__a_room_that_the_next_meeting_has_taken_over),
        cmocka_unit_test(due__tries_again__while_nobody_is_connected),
        cmocka_unit_test(due__waits__for_the_answer_and_asks_again_when_it_could_not_be_said),
        cmocka_unit_test(due__orders__are_carried_out_and_told),
        cmocka_unit_test(due__orders__that_could_not_be_carried_out_in_a_minute_are_too_late),
        cmocka_unit_test(due__whispers__to_moderators_how_to_extend_with_the_first_reminder_of_each_end),
        cmocka_unit_test(due__forgets__visits_of_unbooked_rooms_after_their_time_and_a_bite_a_turn),
        cmocka_unit_test(due__forgets__reminders_and_invitations_of_a_cancelled_meeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
