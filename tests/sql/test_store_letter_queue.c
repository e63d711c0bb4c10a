/* What the queue of mail holds after each act: told once, told last, and nothing that is not true. */
#include "sql/store_changes.h"
#include "tests/sql/fixture.h"

static size_t waiting(struct fixture *f, const char *kind)
{
    char query[120];
    snprintf(query, sizeof query, "SELECT count(*) FROM letter WHERE state = 'waiting' AND kind = '%s'",
             kind);
    return (size_t)number_of(f, query);
}

static size_t waiting_at_all(struct fixture *f)
{
    return (size_t)number_of(f, "SELECT count(*) FROM letter WHERE state = 'waiting'");
}

/* All that waits was rendered at that time and taken by the relay. */
static void all_sent(struct fixture *f, int64_t now)
{
    struct letters letters = letters_due(f, now);
    for (size_t i = 0; i < letters.count; i++)
        assert_int_equal(letter_sent(f, letters.rows[i].id, now), 1);
    assert_true(store_commit(f->store) >= 0);
}

static struct meeting told_meeting(struct fixture *f, int64_t starts_at)
{
    struct meeting meeting = book(f, starts_at);
    all_sent(f, NOW);
    return meeting;
}

/* Alice moves it by `seconds`; bob and carol stay. */
static void move(struct fixture *f, const struct meeting *meeting, int seconds, int64_t now)
{
    struct meeting moved;
    struct change_result result;
    assert_int_equal(store_get_meeting(f->store, meeting->id, &f->arena, &moved), 1);
    moved.starts_at += seconds;
    moved.ends_at += seconds;
    const struct meeting_change change = {
        .revision = moved.revision, .meeting = &moved, .attendees = bob_and_carol, .count = 2};
    assert_int_equal(store_change(f->store, &change, f->alice, now, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
}

static int64_t id_of(struct fixture *f, const struct meeting *meeting, const char *mail)
{
    return attendee_of(f, meeting->id, mail).id;
}

STORE_TEST(queue__change__one_letter_each_however_often_it_moves)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    move(f, &meeting, HOUR, NOW + 10);
    move(f, &meeting, HOUR, NOW + 20);
    assert_int_equal(waiting(f, "change"), 3);
    assert_int_equal(waiting_at_all(f), 3);
    all_sent(f, NOW + 30);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE told_starts_at = starts_at"
                                  " AND told_sequence = 2"),
                     3);
}

STORE_TEST(queue__change__before_the_invitation_left__waits_with_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    move(f, &meeting, HOUR, NOW + 10);
    assert_int_equal(waiting(f, "invitation"), 3);
    assert_int_equal(waiting_at_all(f), 3);
}

STORE_TEST(queue__change__while_the_invitation_is_on_its_way__follows_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    int64_t first = letters.rows[0].id;
    const struct letter_told told = told_now(f, first);
    store_letter_handed_out(f->store, first);
    move(f, &meeting, HOUR, NOW + 10);
    assert_int_equal(waiting(f, "change"), 1);
    assert_int_equal(store_letter_sent(f->store, first, &told, NOW + 20), 1);
    struct letter_told before;
    assert_int_equal(store_get_told(f->store, letters.rows[0].attendee, &f->arena, &before), 1);
    assert_int_equal(before.starts_at, meeting.starts_at); /* what it said, and not what is true by now */
    struct letter_told now = before;
    now.starts_at += HOUR;
    assert_int_equal(letter_told_compare(&before, &now), DIFFERENT_TIME);
    assert_int_equal(waiting(f, "change"), 1);
}

/* Its change would be an invitation then, and there would be two of them. */
STORE_TEST(queue__change__invitation_refused_for_now__gives_way_to_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    store_letter_handed_out(f->store, letters.rows[0].id);
    move(f, &meeting, HOUR, NOW + 10);
    assert_int_equal(store_letter_retry(f->store, letters.rows[0].id, "451 later", NOW + 60), 1);
    assert_int_equal(waiting(f, "invitation"), 2);
    assert_int_equal(waiting(f, "change"), 1);
}

STORE_TEST(queue__removal__only_to_whoever_knew)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct change_result result;
    int64_t bob = id_of(f, &meeting, "bob@example.org");
    assert_int_equal(store_remove_attendee(f->store, bob, f->alice, NOW, &result), 1);
    assert_int_equal(waiting_at_all(f), 2); /* his invitation is gone */
    all_sent(f, NOW + 1);
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    assert_int_equal(store_remove_attendee(f->store, carol, f->alice, NOW + 2, &result), 1);
    assert_int_equal(waiting(f, "removal"), 1);
    all_sent(f, NOW + 3);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 4), 1);
    assert_int_equal(waiting(f, "cancellation"),
                     1); /* Alice's own: the others know that it is not for them */
}

STORE_TEST(queue__removal__cancelled_before_it_left__is_told_all_the_same)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    struct change_result result;
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    assert_int_equal(store_remove_attendee(f->store, carol, f->alice, NOW + 2, &result), 1);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 4), 1);
    assert_int_equal(waiting(f, "cancellation"), 3);
    assert_int_equal(waiting_at_all(f), 3);
}

STORE_TEST(queue__removal__while_the_invitation_is_on_its_way__follows_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    struct letters letters = letters_due(f, NOW);
    struct change_result result;
    int64_t hers = 0;
    for (size_t i = 0; i < letters.count; i++)
        if (letters.rows[i].attendee == carol)
            hers = letters.rows[i].id;
    const struct letter_told told = told_now(f, hers);
    store_letter_handed_out(f->store, hers);
    assert_int_equal(store_remove_attendee(f->store, carol, f->alice, NOW + 2, &result), 1);
    assert_int_equal(waiting(f, "removal"), 0);
    assert_int_equal(store_letter_sent(f->store, hers, &told, NOW + 3), 1);
    assert_int_equal(waiting(f, "removal"), 1);
}

/* Ten minutes later, one about all of them; until then the organiser's own letter counts as it was. */
STORE_TEST(queue__people__one_letter_to_the_organiser_later)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    struct change_result result;
    const struct new_attendee dan = {"dan@example.org", "Dan", ROLE_GUEST},
                              eve = {"eve@example.org", "Eve", ROLE_GUEST};
    assert_int_equal(store_add_attendee(f->store, meeting.id, &dan, f->alice, NOW + 60, &result), 1);
    assert_int_equal(store_add_attendee(f->store, meeting.id, &eve, f->alice, NOW + 120, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(waiting(f, "people"), 1);
    assert_string_equal(roster_of(f, meeting.id).rows[0].letter_state, "sent");
    assert_int_equal(letters_due(f, NOW + 659).count, 2); /* the invitations */
    struct letters letters = letters_due(f, NOW + 660);
    assert_int_equal(letters.count, 3);
    assert_int_equal(letters.rows[2].kind, LETTER_PEOPLE);
    assert_string_equal(letters.rows[2].to, "alice@example.org");
    move(f, &meeting, HOUR, NOW + 300); /* says all of it at once */
    assert_int_equal(waiting(f, "people"), 0);
}

STORE_TEST(queue__role_then_back__is_one_letter_that_says_nothing_new)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    struct change_result result;
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    assert_int_equal(store_set_role(f->store, carol, ROLE_MODERATOR, f->alice, NOW + 1, &result), 1);
    assert_int_equal(waiting(f, "role"), 1);
    assert_int_equal(store_set_role(f->store, carol, ROLE_GUEST, f->alice, NOW + 2, &result), 1);
    assert_int_equal(waiting(f, "role"), 1); /* dropped when it is rendered: see test_letters.c */
}

STORE_TEST(queue__answer__goes_to_the_organiser_once)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    assert_int_equal(store_answer(f->store, carol, PARTSTAT_ACCEPTED, NULL, NOW + 1), 1);
    assert_int_equal(store_answer(f->store, carol, PARTSTAT_DECLINED, "ill", NOW + 2), 1);
    assert_int_equal(store_commit(f->store), 1);
    struct letters letters = letters_due(f, NOW + 2);
    assert_int_equal(letters.count, 1);
    assert_int_equal(letters.rows[0].kind, LETTER_ANSWER);
    assert_string_equal(letters.rows[0].to, "alice@example.org");
    assert_string_equal(letters.rows[0].to_name, "Alice");
    assert_int_equal(letters.rows[0].attendee, carol);
    assert_int_equal(letters.rows[0].organiser, 0);                             /* counts for nobody's day */
    assert_string_equal(roster_of(f, meeting.id).rows[2].letter_state, "sent"); /* her invitation's */
}

STORE_TEST(queue__answer__not_to_an_organiser_who_wants_none)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE person SET answer_mails = 0", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(
        store_answer(f->store, id_of(f, &meeting, "carol@example.org"), PARTSTAT_ACCEPTED, NULL, NOW + 1), 1);
    assert_int_equal(waiting_at_all(f), 0);
}

STORE_TEST(queue__letters_of_a_meeting__are_a_thread)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters first = letters_due(f, NOW);
    assert_null(first.rows[0].in_reply_to);
    all_sent(f, NOW);
    move(f, &meeting, HOUR, NOW + 10);
    struct letters second = letters_due(f, NOW + 10);
    assert_string_equal(second.rows[0].to, first.rows[0].to);
    assert_string_equal(second.rows[0].in_reply_to, first.rows[0].message_id);
}

/* ------------------------------------------------------------------------------------------- reminders */

static struct meeting reminded_meeting(struct fixture *f, int64_t starts_at)
{
    struct meeting meeting = plain_meeting(f, starts_at);
    const int before[] = {7 * DAY, DAY, HOUR, 600};
    memcpy(meeting.options.mail_reminders, before, sizeof before);
    int64_t id = book_as(f, &meeting, NULL).id;
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_get_meeting(f->store, id, &f->arena, &meeting), 1);
    all_sent(f, NOW);
    return meeting;
}

static size_t posted_at(struct fixture *f, int64_t now)
{
    assert_true(store_post_planned(f->store, now) >= 0);
    assert_true(store_commit(f->store) >= 0);
    return waiting(f, "reminder");
}

STORE_TEST(reminders__are_planned_ahead_and_not_in_the_past)
{
    struct meeting meeting = reminded_meeting(f, NOW + 2 * DAY);
    assert_int_equal(meeting.options.mail_reminders[3], 600);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter_plan WHERE kind = 'reminder'"), 3);
    assert_int_equal(posted_at(f, NOW + DAY - 1), 0);
    assert_int_equal(posted_at(f, NOW + DAY), 3);
    struct letters letters = letters_due(f, NOW + DAY);
    assert_int_equal(letters.rows[0].kind, LETTER_REMINDER);
    assert_non_null(letters.rows[0].in_reply_to);
    assert_int_equal(letters.rows[0].organiser, 0);
    all_sent(f, NOW + DAY);
    assert_int_equal(posted_at(f, NOW + DAY), 0); /* once */
    int64_t at = 0;
    assert_int_equal(store_next_due(f->store, NOW, &at), 1);
    assert_int_equal(at, NOW + 2 * DAY - HOUR);
}

STORE_TEST(reminders__of_an_outage__are_one)
{
    reminded_meeting(f, NOW + 8 * DAY);
    assert_int_equal(posted_at(f, NOW + 8 * DAY - 300), 3);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter_plan WHERE kind = 'reminder'"), 0);
}

STORE_TEST(reminders__after_the_start__are_none)
{
    reminded_meeting(f, NOW + 8 * DAY);
    assert_int_equal(posted_at(f, NOW + 8 * DAY), 0);
}

STORE_TEST(reminders__a_change__plans_anew_and_drops_what_waits)
{
    struct meeting meeting = reminded_meeting(f, NOW + 2 * DAY);
    assert_int_equal(posted_at(f, NOW + DAY), 3);
    move(f, &meeting, 30 * DAY, NOW + DAY);
    assert_int_equal(waiting(f, "reminder"), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter_plan WHERE kind = 'reminder'"), 4);
    assert_int_equal(posted_at(f, NOW + 25 * DAY), 3); /* a week before */
}

STORE_TEST(reminders__go_not_to_those_who_want_none)
{
    struct meeting meeting = reminded_meeting(f, NOW + 2 * DAY);
    int64_t bob = id_of(f, &meeting, "bob@example.org"), carol = id_of(f, &meeting, "carol@example.org");
    bool this_meeting, all;
    assert_int_equal(store_answer(f->store, bob, PARTSTAT_DECLINED, NULL, NOW), 1);
    assert_int_equal(store_stop_reminders(f->store, "Carol@Example.org", true, NOW), 1);
    assert_int_equal(store_reminders_stopped(f->store, carol, &this_meeting, &all), 1);
    assert_true(all && !this_meeting);
    assert_int_equal(posted_at(f, NOW + DAY), 1);
    struct letters letters = letters_due(f, NOW + DAY); /* reminders go before Bob's answer */
    assert_int_equal(letters.rows[0].kind, LETTER_REMINDER);
    assert_string_equal(letters.rows[0].to, "alice@example.org");
}

STORE_TEST(reminders__stop_and_start_again)
{
    struct meeting meeting = reminded_meeting(f, NOW + 2 * DAY);
    int64_t carol = id_of(f, &meeting, "carol@example.org");
    bool this_meeting, all;
    assert_int_equal(store_stop_meeting_reminders(f->store, carol, true), 1);
    assert_int_equal(posted_at(f, NOW + DAY), 2);
    all_sent(f, NOW + DAY);
    assert_int_equal(store_stop_meeting_reminders(f->store, carol, false), 1);
    assert_int_equal(store_stop_reminders(f->store, "carol@example.org", true, NOW), 1);
    assert_int_equal(store_stop_reminders(f->store, "carol@example.org", false, NOW), 1);
    assert_int_equal(store_reminders_stopped(f->store, carol, &this_meeting, &all), 1);
    assert_false(all || this_meeting);
    assert_int_equal(posted_at(f, NOW + 2 * DAY - HOUR), 3);
}

STORE_TEST(reminders__cancelled__are_none)
{
    struct meeting meeting = reminded_meeting(f, NOW + 2 * DAY);
    assert_int_equal(posted_at(f, NOW + DAY), 3);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + DAY), 1);
    assert_int_equal(waiting(f, "reminder"), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter_plan"), 0);
}

/* --------------------------------------------------------------------------------------------- summary */

static void visit(struct fixture *f, const struct meeting *meeting, int64_t from, int64_t to)
{
    char query[400], left[32] = "NULL";
    if (to)
        snprintf(left, sizeof left, "%lld", (long long)to * 1000);
    snprintf(query, sizeof query,
             "INSERT OR IGNORE INTO stream (id, prosody, boot, heartbeat_ms) VALUES (1, 'a', 'b', 0);"
             "INSERT OR IGNORE INTO room (id, stream, instance, address, kind, node, opened_ms)"
             " VALUES (1, 1, 'i', 'a@b', 'main', 'a', 0);"
             "INSERT INTO visit (room, meeting, nick, room_kind, kind, prosody_ms, joined_ms, left_ms)"
             " VALUES (1, %lld, 'n', 'main', 'participant', 0, %lld, %s)",
             (long long)meeting->id, (long long)from * 1000, left);
    assert_int_equal(sqlite3_exec(f->store->db, query, NULL, NULL, NULL), SQLITE_OK);
}

STORE_TEST(summary__after_the_end__to_the_organiser)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    visit(f, &meeting, meeting.starts_at, meeting.ends_at);
    int64_t closes_at = meeting.ends_at + meeting.options.grace;
    posted_at(f, closes_at - 1);
    assert_int_equal(waiting(f, "summary"), 0);
    posted_at(f, closes_at);
    struct letters letters = letters_due(f, closes_at);
    assert_int_equal(letters.count, 1);
    assert_int_equal(letters.rows[0].kind, LETTER_SUMMARY);
    assert_string_equal(letters.rows[0].to, "alice@example.org");
}

STORE_TEST(summary__waits_until_the_last_has_left)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    int64_t closes_at = meeting.ends_at + meeting.options.grace;
    visit(f, &meeting, meeting.starts_at, 0);
    posted_at(f, closes_at);
    assert_int_equal(waiting(f, "summary"), 0);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE visit SET left_ms = joined_ms + 1", NULL, NULL, NULL),
                     SQLITE_OK);
    posted_at(f, closes_at + 600);
    assert_int_equal(waiting(f, "summary"), 1);
}

static void stop(struct fixture *f, const struct meeting *meeting, int64_t now)
{
    int64_t id;
    assert_int_equal(
        store_order(f->store, REMINDER_STOP, meeting->id, meeting->room, NULL, "alice@example.org", now, &id),
        1);
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(summary__ended_by_the_organiser__follows_at_once)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    int64_t ended_at = meeting.starts_at + 600, due_at = 0;
    visit(f, &meeting, meeting.starts_at, ended_at - 1);
    posted_at(f, ended_at);
    assert_int_equal(waiting(f, "summary"), 0);
    stop(f, &meeting, ended_at);
    assert_int_equal(store_next_due(f->store, ended_at, &due_at), 1);
    assert_true(due_at <= ended_at);
    posted_at(f, ended_at);
    assert_int_equal(waiting(f, "summary"), 1);
    posted_at(f, meeting.ends_at + DAY);
    assert_int_equal(waiting(f, "summary"), 1); /* once */
}

STORE_TEST(summary__ended_within_the_grace__follows_at_once)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    visit(f, &meeting, meeting.starts_at, meeting.ends_at);
    stop(f, &meeting, meeting.ends_at + 60);
    posted_at(f, meeting.ends_at + 60);
    assert_int_equal(waiting(f, "summary"), 1);
}

STORE_TEST(summary__nobody_came__is_none)
{
    struct meeting meeting = told_meeting(f, NOW + DAY);
    posted_at(f, meeting.ends_at + meeting.options.grace);
    assert_int_equal(waiting(f, "summary"), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter_plan"), 0);
}

/* ------------------------------------------------------------------------------------- bounces, limits */

STORE_TEST(letter_bounced__is_shown_in_the_servers_words)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    const char *id = letters.rows[1].message_id;
    assert_int_equal(store_letter_bounced(f->store, id, "550 too early", NOW), 0); /* it has not left */
    all_sent(f, NOW);
    assert_int_equal(store_letter_bounced(f->store, id, "550 5.1.1 no such person", NOW + 9), 1);
    assert_int_equal(store_commit(f->store), 1);
    struct roster roster = roster_of(f, meeting.id);
    assert_string_equal(roster.rows[1].letter_state, "bounced");
    assert_string_equal(roster.rows[1].letter_error, "550 5.1.1 no such person");
    assert_int_equal(store_letter_bounced(f->store, id, "again", NOW + 10), 0);
    assert_int_equal(store_letter_bounced(f->store, "nobody@example.org", "550", NOW + 10), 0);
}

STORE_TEST(organiser_limit__counts_what_left_within_a_day)
{
    int64_t at = 0;
    book(f, NOW + DAY);
    assert_int_equal(store_organiser_limit(f->store, f->alice, 3, NOW, &at), 0);
    struct letters letters = letters_due(f, NOW);
    for (size_t i = 0; i < letters.count; i++) {
        assert_int_equal(letters.rows[i].organiser, f->alice);
        assert_int_equal(letter_sent(f, letters.rows[i].id, NOW + (int64_t)i), 1);
    }
    assert_int_equal(store_organiser_limit(f->store, f->alice, 4, NOW + 9, &at), 0);
    assert_int_equal(store_organiser_limit(f->store, f->alice, 3, NOW + 9, &at), 1);
    assert_int_equal(at, NOW + DAY);
    assert_int_equal(store_organiser_limit(f->store, f->alice, 2, NOW + 9, &at), 1);
    assert_int_equal(at, NOW + DAY + 1);
    assert_int_equal(store_organiser_limit(f->store, f->alice, 3, NOW + DAY, &at), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(queue__change__one_letter_each_however_often_it_moves),
        IN_MEMORY(queue__change__before_the_invitation_left__waits_with_it),
        IN_MEMORY(queue__change__while_the_invitation_is_on_its_way__follows_it),
        IN_MEMORY(queue__change__invitation_refused_for_now__gives_way_to_it),
        IN_MEMORY(queue__removal__only_to_whoever_knew),
        IN_MEMORY(queue__removal__cancelled_before_it_left__is_told_all_the_same),
        IN_MEMORY(queue__removal__while_the_invitation_is_on_its_way__follows_it),
        IN_MEMORY(queue__people__one_letter_to_the_organiser_later),
        IN_MEMORY(queue__role_then_back__is_one_letter_that_says_nothing_new),
        IN_MEMORY(queue__answer__goes_to_the_organiser_once),
        IN_MEMORY(queue__answer__not_to_an_organiser_who_wants_none),
        IN_MEMORY(queue__letters_of_a_meeting__are_a_thread),
        IN_MEMORY(reminders__are_planned_ahead_and_not_in_the_past),
        IN_MEMORY(reminders__of_an_outage__are_one),
        IN_MEMORY(reminders__after_the_start__are_none),
        IN_MEMORY(reminders__a_change__plans_anew_and_drops_what_waits),
        IN_MEMORY(reminders__go_not_to_those_who_want_none),
        IN_MEMORY(reminders__stop_and_start_again),
        IN_MEMORY(reminders__cancelled__are_none),
        IN_MEMORY(summary__after_the_end__to_the_organiser),
        IN_MEMORY(summary__waits_until_the_last_has_left),
        IN_MEMORY(summary__ended_by_the_organiser__follows_at_once),
        IN_MEMORY(summary__ended_within_the_grace__follows_at_once),
        IN_MEMORY(summary__nobody_came__is_none),
        IN_MEMORY(letter_bounced__is_shown_in_the_servers_words),
        IN_MEMORY(organiser_limit__counts_what_left_within_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
