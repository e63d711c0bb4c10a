#include "sql/store_live.h"
#include "tests/sql/fixture.h"

static int64_t next_due(struct fixture *f)
{
    int64_t at = 0;
    assert_true(store_next_due(f->store, NOW, &at) >= 0);
    return at;
}

static const struct letter *letter_to(const struct letters *letters, const char *mail)
{
    for (size_t i = 0; i < letters->count; i++)
        if (strcmp(letters->rows[i].to, mail) == 0)
            return &letters->rows[i];
    fail_msg("no letter to %s", mail);
    return NULL;
}

STORE_TEST(store_next_letters__of_a_booking__one_for_everybody_in_their_language)
{
    int64_t id;
    const struct person bob = {.mail = "Bob@Example.org", .language = "en"};
    assert_int_equal(store_put_person(f->store, &bob, NOW, &id), 1);
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    assert_int_equal(letters.count, 3);
    const struct letter *letter = letter_to(&letters, "bob@example.org");
    assert_int_equal(letter->kind, LETTER_INVITATION);
    assert_string_equal(letter->language, "en");
    assert_string_equal(letter->to_name, "Bob");
    assert_int_equal(letter->meeting, meeting.id);
    assert_int_equal(letter->attendee, attendee_of(f, meeting.id, "bob@example.org").id);
    assert_int_equal(letter->created_at, NOW);
    assert_contains(letter->message_id, "@example.org");
    assert_string_equal(letter_to(&letters, "carol@example.org")->language, "fr");
    assert_null(letter_to(&letters, "carol@example.org")->to_name);
    assert_string_equal(letter_to(&letters, "alice@example.org")->to_name, "Alice");
    assert_string_not_equal(letters.rows[0].message_id, letters.rows[1].message_id);
}

STORE_TEST(store_next_letters__before_it_is_due__has_none)
{
    book(f, NOW + DAY);
    assert_int_equal(letters_due(f, NOW - 1).count, 0);
    assert_int_equal(next_due(f), NOW);
}

static bool first_only(const struct letter *letter, void *context)
{
    *(int64_t *)context = letter->id;
    return false;
}

STORE_TEST(store_next_letters__limit_and_callback_end_it)
{
    book(f, NOW + DAY);
    struct letters letters = {.arena = &f->arena};
    assert_int_equal(store_next_letters(f->store, NOW, 2, keep_letter, &letters), 1);
    assert_int_equal(letters.count, 2);
    int64_t id = 0;
    assert_int_equal(store_next_letters(f->store, NOW, 2, first_only, &id), 1);
    assert_int_equal(id, letters.rows[0].id);
}

STORE_TEST(store_letter_handed_out__is_not_listed_and_not_due_until_its_result)
{
    book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    for (size_t i = 0; i < 3; i++)
        store_letter_handed_out(f->store, letters.rows[i].id);
    assert_int_equal(letters_due(f, NOW).count, 0);
    assert_int_equal(next_due(f), NOW + DAY + HOUR - 300); /* the reminder */
    assert_int_equal(store_letter_retry(f->store, letters.rows[1].id, "451 later", NOW + 60), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(next_due(f), NOW + 60);
    assert_int_equal(letters_due(f, NOW + 59).count, 0);
    struct letters again = letters_due(f, NOW + 60);
    assert_int_equal(again.count, 1);
    assert_int_equal(again.rows[0].attempts, 1);
    assert_string_equal(again.rows[0].message_id, letters.rows[1].message_id);
}

STORE_TEST(store_letter_handed_out__after_a_crash__is_due_again)
{
    book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    store_letter_handed_out(f->store, letters.rows[0].id);
    close_store(f);
    open_again(f);
    struct letters again = letters_due(f, NOW);
    assert_int_equal(again.count, 3);
    assert_string_equal(again.rows[0].message_id, letters.rows[0].message_id);
}

STORE_TEST(store_letter_sent__tells_the_attendee_and_shows_in_the_roster)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    int64_t first;
    touched(f, &first);
    assert_int_equal(letter_sent(f, letter_to(&letters, "bob@example.org")->id, NOW + 3), 1);
    assert_int_equal(
        store_letter_failed(f->store, letter_to(&letters, "carol@example.org")->id, "550 no", NOW + 3), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 0); /* no policy says anything of letters */
    struct roster roster = roster_of(f, meeting.id);
    assert_string_equal(roster.rows[0].letter_state, "waiting");
    assert_string_equal(roster.rows[1].letter_state, "sent");
    assert_null(roster.rows[1].letter_error);
    assert_string_equal(roster.rows[2].letter_state, "failed");
    assert_string_equal(roster.rows[2].letter_error, "550 no");
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM attendee WHERE mail = 'bob@example.org' AND told_at IS NOT"
                     " NULL AND told_status = 'confirmed' AND told_subject = 'Weekly' AND"
                     " told_starts_at = starts_at AND told_role = 'moderator' AND told_sequence = 0"),
        1);
    assert_int_equal(letter_sent(f, letter_to(&letters, "bob@example.org")->id, NOW + 4), 0);
    assert_int_equal(store_letter_retry(f->store, letter_to(&letters, "carol@example.org")->id, "x", NOW), 0);
    assert_int_equal(store_letter_drop(f->store, 4711), 0);
}

STORE_TEST(store_letter_drop__is_gone_and_not_shown)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    assert_int_equal(store_letter_drop(f->store, letter_to(&letters, "bob@example.org")->id), 1);
    assert_int_equal(letters_due(f, NOW).count, 2);
    assert_null(roster_of(f, meeting.id).rows[1].letter_state);
}

STORE_TEST(store_cancel__tells_only_those_who_were_told)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    assert_int_equal(letter_sent(f, letter_to(&letters, "bob@example.org")->id, NOW), 1);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, "ill", NOW + 10), 1);
    assert_int_equal(store_commit(f->store), 1);
    letters = letters_due(f, NOW + 10);
    assert_int_equal(letters.count, 1);
    assert_int_equal(letters.rows[0].kind, LETTER_CANCELLATION);
    assert_string_equal(letters.rows[0].to, "bob@example.org");
    assert_contains(letters.rows[0].message_id, "@example.org");
    assert_int_equal(letter_sent(f, letters.rows[0].id, NOW + 11), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE told_status = 'cancelled'"), 1);
    assert_int_equal(letters_due(f, NOW + 12).count, 0);
    assert_int_equal(next_due(f), 0);
}

STORE_TEST(store_cancel__invitation_on_its_way__is_followed_by_a_cancellation)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    const struct letter *to_bob = letter_to(&letters, "bob@example.org");
    const struct letter *to_carol = letter_to(&letters, "carol@example.org");
    store_letter_handed_out(f->store, to_bob->id);
    store_letter_handed_out(f->store, to_carol->id);
    const struct letter_told told = told_now(f, to_bob->id);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 10), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(letters_due(f, NOW + 10).count, 0);
    assert_int_equal(store_letter_sent(f->store, to_bob->id, &told, NOW + 11), 1);    /* it had left */
    assert_int_equal(store_letter_retry(f->store, to_carol->id, "451", NOW + 60), 1); /* it had not */
    assert_int_equal(store_commit(f->store), 1);
    letters = letters_due(f, NOW + DAY);
    assert_int_equal(letters.count, 1);
    assert_int_equal(letters.rows[0].kind, LETTER_CANCELLATION);
    assert_string_equal(letters.rows[0].to, "bob@example.org");
}

struct reminders {
    struct arena *arena;
    size_t count;
    struct due_reminder rows[16];
};

static bool keep_reminder(const struct due_reminder *reminder, void *context)
{
    struct reminders *reminders = context;
    struct due_reminder *kept = &reminders->rows[reminders->count++];
    *kept = *reminder;
    kept->room = arena_dup(reminders->arena, reminder->room);
    kept->subject = arena_dup(reminders->arena, reminder->subject);
    kept->language = arena_dup(reminders->arena, reminder->language);
    kept->text = arena_dup(reminders->arena, reminder->text);
    return reminders->count < 16;
}

static struct reminders reminders_due(struct fixture *f, int64_t now)
{
    struct reminders reminders = {.arena = &f->arena};
    assert_true(store_list_due(f->store, now, 16, keep_reminder, &reminders) >= 0);
    return reminders;
}

STORE_TEST(store_list_due__reminder_then_end__each_done_once)
{
    struct meeting meeting = book(f, NOW + DAY);
    assert_int_equal(reminders_due(f, meeting.ends_at - 301).count, 0);
    struct reminders due = reminders_due(f, meeting.ends_at - 300);
    assert_int_equal(due.count, 1);
    assert_int_equal(due.rows[0].kind, REMINDER_ROOM);
    assert_int_equal(due.rows[0].before, 300);
    assert_int_equal(due.rows[0].meeting, meeting.id);
    assert_int_equal(due.rows[0].ends_at, meeting.ends_at);
    assert_string_equal(due.rows[0].room, meeting.room);
    assert_string_equal(due.rows[0].subject, "Weekly");
    assert_string_equal(due.rows[0].language, "fr");
    assert_int_equal(store_reminder_done(f->store, due.rows[0].id, 12, meeting.ends_at - 299), 1);
    assert_int_equal(store_reminder_done(f->store, due.rows[0].id, 12, meeting.ends_at - 299), 0);
    assert_int_equal(reminders_due(f, meeting.ends_at + 539).count, 0);
    due = reminders_due(f, meeting.ends_at + 599);
    assert_int_equal(due.count, 1);
    assert_int_equal(due.rows[0].kind, REMINDER_LAST);
    assert_int_equal(due.rows[0].due_at, meeting.ends_at + 540);
    assert_null(due.rows[0].text);
    assert_int_equal(store_reminder_done(f->store, due.rows[0].id, 12, meeting.ends_at + 540), 1);
    due = reminders_due(f, meeting.ends_at + 600);
    assert_int_equal(due.count, 1);
    assert_int_equal(due.rows[0].kind, REMINDER_END);
    assert_int_equal(due.rows[0].due_at, meeting.ends_at + 600);
    assert_int_equal(number_of(f, "SELECT min(said) FROM reminder WHERE state = 'done'"), 12);
}

STORE_TEST(store_list_due__past_at_booking_or_unwanted__are_not_made)
{
    struct meeting meeting = plain_meeting(f, NOW - HOUR + 120); /* ends in 120 s */
    meeting.options =
        (struct meeting_options){.at_end = AT_END_WARN, .room_reminders = {300, 120, 30, 0, 30, -1}};
    book_as(f, &meeting, NULL);
    struct reminders due = reminders_due(f, NOW + DAY);
    assert_int_equal(due.count, 3);
    assert_int_equal(due.rows[0].before, 120);
    assert_int_equal(due.rows[1].before, 30);
    assert_int_equal(due.rows[2].before, 0);
    assert_int_equal(due.rows[2].kind, REMINDER_ROOM);
    meeting.options.at_end = AT_END_NONE;
    book_as(f, &meeting, NULL);
    assert_int_equal(reminders_due(f, NOW + DAY).count, 3);
}

STORE_TEST(store_list_due__last_warning__gives_way_to_words_within_the_same_minute)
{
    static const struct {
        int grace, before;
        size_t count;
        enum reminder_kind first;
    } cases[] = {{600, 300, 3, REMINDER_ROOM},
                 {4, 30, 2, REMINDER_ROOM}, /* half a minute before: told already */
                 {0, 60, 2, REMINDER_LAST}, /* the same second: one toast */
                 {60, 0, 2, REMINDER_LAST},
                 {30, 0, 3, REMINDER_LAST}, /* what is said at the end warns of nothing */
                 {0, 300, 3, REMINDER_ROOM}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct meeting meeting = plain_meeting(f, NOW + ((int64_t)i + 1) * DAY);
        meeting.options.grace = cases[i].grace;
        meeting.options.room_reminders[0] = cases[i].before;
        int64_t id = book_as(f, &meeting, NULL).id;
        struct reminders due = reminders_due(f, meeting.ends_at + DAY / 2);
        if (due.count != cases[i].count || due.rows[0].kind != cases[i].first)
            fail_msg("case %zu: %zu reminders, first of kind %d", i, due.count, due.rows[0].kind);
        assert_int_equal(due.rows[due.count - 1].kind, REMINDER_END);
        assert_int_equal(store_cancel(f->store, id, f->alice, NULL, NOW), 1);
    }
}

STORE_TEST(store_list_due__cancelled__has_none)
{
    struct meeting meeting = book(f, NOW + DAY);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW), 1);
    assert_int_equal(reminders_due(f, NOW + 2 * DAY).count, 0);
}

STORE_TEST(store_next_due__nothing_is_0)
{
    int64_t at = 42;
    assert_int_equal(store_next_due(f->store, NOW, &at), 0);
    book(f, NOW + DAY);
    assert_int_equal(store_next_due(f->store, NOW, &at), 1);
    assert_int_equal(at, NOW);
}

STORE_TEST(store_count__counts)
{
    struct meeting meeting = book(f, NOW + DAY);
    book(f, NOW + 2 * DAY);
    struct letters letters = letters_due(f, NOW);
    assert_int_equal(store_letter_failed(f->store, letters.rows[0].id, "550", NOW), 1);
    assert_int_equal(letter_sent(f, letters.rows[1].id, NOW), 1);
    struct store_counts counts;
    assert_int_equal(store_count(f->store, &counts), 1);
    assert_int_equal(counts.meetings, 2);
    assert_int_equal(counts.letters_waiting, 4);
    assert_int_equal(counts.letters_failed, 1);
    assert_int_equal(counts.occupants, 0);
    assert_int_equal(meeting.sequence, 0);
}

/* ---------------------------------------------------------------------------------------------- orders */

STORE_TEST(store_order__say__is_due_at_once_with_its_text)
{
    struct meeting meeting = book(f, NOW);
    int64_t id, unbooked, first;
    touched(f, &first);
    assert_int_equal(store_order(f->store, REMINDER_SAY, meeting.id, meeting.room, "Coffee <now>",
                                 "alice@example.org", NOW + 5, &id),
                     1);
    assert_int_equal(
        store_order(f->store, REMINDER_SAY, 0, "standup", "Move on", "jmbctl", NOW + 5, &unbooked), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
    assert_int_equal(first, meeting.id);
    int64_t at;
    assert_int_equal(store_next_due(f->store, NOW, &at), 1);
    struct reminders due = reminders_due(f, NOW + 5);
    assert_int_equal(due.count, 2);
    assert_int_equal(due.rows[0].id, id);
    assert_int_equal(due.rows[0].kind, REMINDER_SAY);
    assert_string_equal(due.rows[0].text, "Coffee <now>");
    assert_string_equal(due.rows[0].room, meeting.room);
    assert_string_equal(due.rows[0].subject, "Weekly");
    assert_int_equal(due.rows[1].id, unbooked);
    assert_int_equal(due.rows[1].meeting, 0);
    assert_string_equal(due.rows[1].room, "standup");
    assert_null(due.rows[1].subject);
    assert_null(due.rows[1].language);
    assert_int_equal(store_reminder_done(f->store, unbooked, 2, NOW + 6), 1);
    assert_int_equal(reminders_due(f, NOW + 6).count, 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE what = 'said in the room' AND"
                                  " (who IS NULL) = (by_name = 'jmbctl')"),
                     2);
}

STORE_TEST(store_order__stop__ends_the_meeting_for_good)
{
    struct meeting meeting = book(f, NOW);
    int64_t id, until;
    assert_int_equal(
        store_order(f->store, REMINDER_STOP, meeting.id, meeting.room, NULL, "jmbctl", NOW + 100, &id), 1);
    struct reminders due = reminders_due(f, NOW + DAY);
    assert_int_equal(due.count, 1);
    assert_int_equal(due.rows[0].kind, REMINDER_STOP);
    assert_null(due.rows[0].text);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 1);
    assert_int_equal(meeting.ends_at, NOW + 100);
    assert_int_equal(meeting.options.grace, 0);
    assert_int_equal(meeting.sequence, 0);
    assert_int_equal(store_extend(f->store, meeting.id, 900, "x", NOW + 101, &until), 0);
}

STORE_TEST(store_order__stop_before_the_start__leaves_the_meeting)
{
    struct meeting meeting = book(f, NOW), after;
    int64_t id;
    assert_int_equal(
        store_order(f->store, REMINDER_STOP, meeting.id, meeting.room, "Not yet", "jmbctl", NOW - 100, &id),
        1);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &after), 1);
    assert_int_equal(after.ends_at, meeting.ends_at);
    assert_int_equal(reminders_due(f, NOW + DAY).count, 4);
    assert_string_equal(reminders_due(f, NOW).rows[0].text, "Not yet");
}

STORE_TEST(store_order__senseless__is_refused)
{
    int64_t id, meeting = book(f, NOW).id;
    assert_int_equal(store_order(f->store, REMINDER_SAY, meeting, "a", NULL, "x", NOW, &id), 0);
    assert_int_equal(store_order(f->store, REMINDER_SAY, meeting, "a", "", "x", NOW, &id), 0);
    assert_int_equal(store_order(f->store, REMINDER_END, meeting, "a", "b", "x", NOW, &id), 0);
    assert_int_equal(store_order(f->store, REMINDER_SAY, 0, NULL, "b", "x", NOW, &id), 0);
    assert_int_equal(store_order(f->store, REMINDER_SAY, 0, "", "b", "x", NOW, &id), 0);
    assert_int_equal(store_order(f->store, REMINDER_STOP, 999, "a", NULL, "x", NOW, &id), 0);
    assert_int_equal(store_commit(f->store), 0);
}

/* -------------------------------------------------------------------------------------- moving the end */

static struct meeting extended(struct fixture *f, int64_t id)
{
    struct meeting meeting;
    assert_int_equal(store_get_meeting(f->store, id, &f->arena, &meeting), 1);
    return meeting;
}

STORE_TEST(store_extend__live__plans_anew_and_keeps_what_was_said)
{
    struct meeting meeting = book(f, NOW);
    int64_t end = meeting.ends_at, until, first;
    assert_int_equal(store_reminder_done(f->store, reminders_due(f, end - 300).rows[0].id, 3, end - 300), 1);
    assert_int_equal(store_commit(f->store), 1);
    touched(f, &first);
    assert_int_equal(store_extend(f->store, meeting.id, 900, "alice@example.org", end - 60, &until), 1);
    assert_int_equal(until, 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
    meeting = extended(f, meeting.id);
    assert_int_equal(meeting.ends_at, end + 900);
    assert_int_equal(meeting.sequence, 0);
    assert_int_equal(meeting.updated_at, end - 60);
    assert_int_equal(letters_due(f, end).count, 3); /* the invitations of the booking */
    struct reminders due = reminders_due(f, NOW + DAY);
    assert_int_equal(due.count, 3);
    assert_int_equal(due.rows[0].kind, REMINDER_ROOM);
    assert_int_equal(due.rows[0].due_at, end + 600);
    assert_int_equal(due.rows[0].ends_at, end + 900);
    assert_int_equal(due.rows[1].kind, REMINDER_LAST);
    assert_int_equal(due.rows[1].due_at, end + 900 + 540);
    assert_int_equal(due.rows[2].kind, REMINDER_END);
    assert_int_equal(due.rows[2].due_at, end + 900 + 600);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE what = 'end moved' AND who IS NOT NULL"
                                  " AND after - before = 900"),
                     1);
    char query[64];
    snprintf(query, sizeof query, "SELECT changed_at = %lld FROM attendee", (long long)(end - 60));
    assert_int_equal(number_of(f, query), 1); /* feeds show it */
}

STORE_TEST(store_extend__shorter__says_only_what_is_still_ahead)
{
    struct meeting meeting = book(f, NOW);
    int64_t until;
    assert_int_equal(store_extend(f->store, meeting.id, -1800, "x", NOW + 1700, &until), 1);
    assert_int_equal(extended(f, meeting.id).ends_at, NOW + 1800);
    struct reminders due = reminders_due(f, NOW + DAY);
    assert_int_equal(due.count, 2); /* '5 minutes' would be no longer true */
    assert_int_equal(due.rows[0].kind, REMINDER_LAST);
    assert_int_equal(store_extend(f->store, meeting.id, -9000, "x", NOW + 1750, &until), 1);
    assert_int_equal(extended(f, meeting.id).ends_at, NOW + 1750);
    assert_int_equal(store_extend(f->store, meeting.id, -60, "x", NOW + 1760, &until), 0);
    assert_int_equal(store_extend(f->store, meeting.id, 5, "x", NOW + 1760, &until), 0); /* still past */
    assert_int_equal(store_extend(f->store, meeting.id, 0, "x", NOW + 1760, &until), 0);
    assert_int_equal(extended(f, meeting.id).ends_at, NOW + 1750);
}

STORE_TEST(store_extend__before_the_start__never_ends_before_it)
{
    struct meeting meeting = book(f, NOW + DAY);
    int64_t until;
    assert_int_equal(store_extend(f->store, meeting.id, -2 * HOUR, "x", NOW, &until), 1);
    assert_int_equal(extended(f, meeting.id).ends_at, NOW + DAY + 1);
}

STORE_TEST(store_extend__next_meeting_of_the_room__is_not_run_into)
{
    struct meeting first = plain_meeting(f, NOW), next = plain_meeting(f, NOW + 3 * HOUR),
                   other = plain_meeting(f, NOW + HOUR), past = plain_meeting(f, NOW - DAY);
    first.room = next.room = past.room = "weekly";
    book_as(f, &past, NULL);
    int64_t id = book_as(f, &first, NULL).id, following = book_as(f, &next, NULL).id, until;
    book_as(f, &other, NULL);                    /* in a room of its own */
    int64_t latest = NOW + 3 * HOUR - 900 - 600; /* it opens 15 minutes before; 10 minutes of our grace */
    assert_int_equal(store_extend(f->store, id, (int)(latest - first.ends_at) + 1, "x", NOW, &until), 0);
    assert_int_equal(until, latest);
    assert_int_equal(extended(f, id).ends_at, first.ends_at);
    assert_int_equal(store_extend(f->store, id, (int)(latest - first.ends_at), "x", NOW, &until), 1);
    assert_int_equal(until, latest);
    assert_int_equal(extended(f, id).ends_at, latest);
    assert_int_equal(store_extend(f->store, id, -60, "x", NOW, &until), 1); /* shorter always may */
    assert_int_equal(store_cancel(f->store, following, f->alice, NULL, NOW), 1);
    assert_int_equal(store_extend(f->store, id, 7200, "x", NOW, &until), 1);
    assert_int_equal(until, 0);
}

STORE_TEST(store_extend__over_or_cancelled_or_unknown__is_refused)
{
    struct meeting meeting = book(f, NOW), cancelled = book(f, NOW);
    int64_t until;
    assert_int_equal(store_extend(f->store, meeting.id, 900, "x", meeting.ends_at + 600, &until), 0);
    assert_int_equal(store_extend(f->store, meeting.id, 900, "x", meeting.ends_at + 599, &until), 1);
    assert_int_equal(store_cancel(f->store, cancelled.id, f->alice, NULL, NOW), 1);
    assert_int_equal(store_extend(f->store, cancelled.id, 900, "x", NOW, &until), 0);
    assert_int_equal(store_extend(f->store, 999, 900, "x", NOW, &until), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_next_letters__of_a_booking__one_for_everybody_in_their_language),
        IN_MEMORY(store_next_letters__before_it_is_due__has_none),
        IN_MEMORY(store_next_letters__limit_and_callback_end_it),
        IN_MEMORY(store_letter_handed_out__is_not_listed_and_not_due_until_its_result),
        IN_FOLDER(store_letter_handed_out__after_a_crash__is_due_again),
        IN_MEMORY(store_letter_sent__tells_the_attendee_and_shows_in_the_roster),
        IN_MEMORY(store_letter_drop__is_gone_and_not_shown),
        IN_MEMORY(store_cancel__tells_only_those_who_were_told),
        IN_MEMORY(store_cancel__invitation_on_its_way__is_followed_by_a_cancellation),
        IN_MEMORY(store_list_due__reminder_then_end__each_done_once),
        IN_MEMORY(store_list_due__past_at_booking_or_unwanted__are_not_made),
        IN_MEMORY(store_list_due__cancelled__has_none),
        IN_MEMORY(store_next_due__nothing_is_0),
        IN_MEMORY(store_count__counts),
        IN_MEMORY(store_list_due__last_warning__gives_way_to_words_within_the_same_minute),
        IN_MEMORY(store_order__say__is_due_at_once_with_its_text),
        IN_MEMORY(store_order__stop__ends_the_meeting_for_good),
        IN_MEMORY(store_order__stop_before_the_start__leaves_the_meeting),
        IN_MEMORY(store_order__senseless__is_refused),
        IN_MEMORY(store_extend__live__plans_anew_and_keeps_what_was_said),
        IN_MEMORY(store_extend__shorter__says_only_what_is_still_ahead),
        IN_MEMORY(store_extend__before_the_start__never_ends_before_it),
        IN_MEMORY(store_extend__next_meeting_of_the_room__is_not_run_into),
        IN_MEMORY(store_extend__over_or_cancelled_or_unknown__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
