/* What people were last told decides: a change that is undone before they heard of it takes no answer from
 * them and sends no letter, while SEQUENCE rises all the same. */
#include "sql/store_changes.h"
#include "sql/store_replies.h"
#include "tests/sql/fixture.h"

static struct meeting reread(struct fixture *f, const struct meeting *meeting)
{
    struct meeting now;
    assert_int_equal(store_get_meeting(f->store, meeting->id, &f->arena, &now), 1);
    return now;
}

/* Alice moves start and end; Bob and Carol stay. */
static void move(struct fixture *f, const struct meeting *meeting, int start, int end, int64_t now)
{
    struct meeting to = reread(f, meeting);
    struct change_result result;
    to.starts_at += start;
    to.ends_at += end;
    const struct meeting_change change = {
        .revision = to.revision, .meeting = &to, .attendees = bob_and_carol, .count = 2};
    assert_int_equal(store_change(f->store, &change, f->alice, now, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
}

/* All that waits was rendered at that time and taken by the relay. */
static void all_sent(struct fixture *f, int64_t now)
{
    struct letters letters = letters_due(f, now);
    for (size_t i = 0; i < letters.count; i++)
        assert_int_equal(letter_sent(f, letters.rows[i].id, now), 1);
    assert_true(store_commit(f->store) >= 0);
}

static struct attendee bob_of(struct fixture *f, const struct meeting *meeting)
{
    return attendee_of(f, meeting->id, "bob@example.org");
}

static void answer(struct fixture *f, const struct meeting *meeting, enum partstat partstat, int64_t now)
{
    assert_int_equal(store_answer(f->store, bob_of(f, meeting).id, partstat, "By train", now), 1);
    assert_int_equal(store_commit(f->store), 1);
}

/* A meeting tomorrow that everybody knows of, and Bob accepted. */
static struct meeting settled(struct fixture *f)
{
    struct meeting meeting = book(f, NOW + DAY);
    all_sent(f, NOW);
    answer(f, &meeting, PARTSTAT_ACCEPTED, NOW + 10);
    all_sent(f, NOW + 10);
    return meeting;
}

static void assert_stands(struct fixture *f, const struct meeting *meeting)
{
    struct attendee bob = bob_of(f, meeting);
    assert_int_equal(bob.partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(bob.answered_at, NOW + 10);
    assert_string_equal(bob.comment, "By train");
}

static void assert_asked_again(struct fixture *f, const struct meeting *meeting)
{
    struct attendee bob = bob_of(f, meeting);
    assert_int_equal(bob.partstat, PARTSTAT_NEEDS_ACTION);
    assert_null(bob.comment);
}

/* In what a letter to Bob would differ from what he knows. */
static unsigned news_for_bob(struct fixture *f, const struct meeting *meeting)
{
    struct letter_told before;
    const struct meeting now = reread(f, meeting);
    const struct attendee bob = bob_of(f, meeting);
    assert_int_equal(store_get_told(f->store, bob.id, &f->arena, &before), 1);
    assert_int_equal(before.status, TOLD_CONFIRMED);
    const struct letter_told told = letter_told_now(&now, &bob);
    return letter_told_compare(&before, &told);
}

static enum reply_outcome reply_of_bob(struct fixture *f, const struct meeting *meeting, int sequence,
                                       int64_t stamp_at)
{
    enum reply_outcome outcome;
    int64_t found;
    const struct mail_reply reply = {.kind = MAIL_ANSWER,
                                     .from = "bob@example.org",
                                     .attendee = "bob@example.org",
                                     .uid = meeting->uid,
                                     .partstat = PARTSTAT_DECLINED,
                                     .sequence = sequence,
                                     .stamp_at = stamp_at,
                                     .words = ""};
    assert_int_equal(store_take_reply(f->store, &reply, NOW + HOUR, &outcome, &found), 1);
    return outcome;
}

STORE_TEST(moved_and_back__before_anybody_was_told__answers_stand)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    assert_asked_again(f, &meeting);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    assert_stands(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), 0);
    assert_int_equal(reread(f, &meeting).sequence, 2);
}

STORE_TEST(moved_and_back__by_way_of_other_times__answers_stand)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    move(f, &meeting, 0, HOUR, NOW + 30);
    move(f, &meeting, -HOUR, -2 * HOUR, NOW + 40);
    assert_stands(f, &meeting);
    move(f, &meeting, 0, HOUR, NOW + 50); /* longer beforehand, and not after all */
    assert_asked_again(f, &meeting);
    move(f, &meeting, 0, -HOUR, NOW + 60);
    assert_stands(f, &meeting);
    assert_int_equal(reread(f, &meeting).sequence, 5);
}

STORE_TEST(moved_and_back__once_they_were_told__are_asked_again)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    all_sent(f, NOW + 25);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    assert_asked_again(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), DIFFERENT_TIME);
}

/* The letter was with the mailer as the meeting moved back: it arrives, and so he knows of the move. */
STORE_TEST(moved_and_back__while_the_letter_is_on_its_way__are_asked_again)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    struct letters out = letters_due(f, NOW + 20);
    struct letter_told told[3];
    assert_int_equal(out.count, 3);
    for (size_t i = 0; i < out.count; i++) {
        told[i] = told_now(f, out.rows[i].id);
        store_letter_handed_out(f->store, out.rows[i].id);
    }
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    for (size_t i = 0; i < out.count; i++)
        assert_int_equal(store_letter_sent(f->store, out.rows[i].id, &told[i], NOW + 40), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_asked_again(f, &meeting);
    assert_int_equal(attendee_of(f, meeting.id, "alice@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(news_for_bob(f, &meeting), DIFFERENT_TIME);
    assert_int_equal(reply_of_bob(f, &meeting, 0, 0), REPLY_OLD);
}

STORE_TEST(moved_and_back__while_the_letter_is_refused__answers_stand)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    struct letters out = letters_due(f, NOW + 20);
    for (size_t i = 0; i < out.count; i++)
        store_letter_handed_out(f->store, out.rows[i].id);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    for (size_t i = 0; i < out.count; i++)
        assert_int_equal(store_letter_retry(f->store, out.rows[i].id, "451 later", NOW + 100), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_stands(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), 0);
}

/* The page of the invitation shows the new time: who answers there knows of it, whatever mail told. */
STORE_TEST(moved_and_back__answered_on_the_page_between__are_asked_again_and_told)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    answer(f, &meeting, PARTSTAT_TENTATIVE, NOW + 25);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    assert_asked_again(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), DIFFERENT_TIME);
    struct letter_told before;
    assert_int_equal(store_get_told(f->store, bob_of(f, &meeting).id, &f->arena, &before), 1);
    assert_int_equal(before.starts_at, meeting.starts_at + HOUR);
    all_sent(f, NOW + 40);
    assert_int_equal(news_for_bob(f, &meeting), 0);
}

STORE_TEST(moved_and_back__answer_of_a_calendar_to_what_it_knows__counts)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    assert_int_equal(reply_of_bob(f, &meeting, 0, NOW + 25), REPLY_OLD);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    assert_int_equal(reply_of_bob(f, &meeting, 0, NOW + 25), REPLY_STORED);
    assert_int_equal(bob_of(f, &meeting).partstat, PARTSTAT_DECLINED);
}

STORE_TEST(moved_and_back__not_told_at_all__answers_of_the_page_stand)
{
    struct meeting meeting = book(f, NOW + DAY);
    answer(f, &meeting, PARTSTAT_ACCEPTED, NOW + 10);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    assert_asked_again(f, &meeting);
    move(f, &meeting, -HOUR, -HOUR, NOW + 30);
    assert_stands(f, &meeting);
}

/* Who organises it comes, whatever they had said before. */
STORE_TEST(moved_handed_over_and_back__the_new_organiser_comes)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct change_result result;
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    all_sent(f, NOW);
    answer(f, &meeting, PARTSTAT_DECLINED, NOW + 10);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    assert_int_equal(store_hand_over(f->store, meeting.id, bob, f->alice, NOW + 25, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    struct meeting to = reread(f, &meeting);
    const struct new_attendee others[] = {{"alice@example.org", "Alice", ROLE_MODERATOR}, bob_and_carol[1]};
    to.starts_at -= HOUR;
    to.ends_at -= HOUR;
    const struct meeting_change change = {
        .revision = to.revision, .meeting = &to, .attendees = others, .count = 2};
    assert_int_equal(store_change(f->store, &change, bob, NOW + 30, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(bob_of(f, &meeting).role, ROLE_ORGANISER);
    assert_int_equal(bob_of(f, &meeting).partstat, PARTSTAT_ACCEPTED);
}

STORE_TEST(moved_on_and_told__what_was_kept__is_forgotten)
{
    struct meeting meeting = settled(f);
    move(f, &meeting, HOUR, HOUR, NOW + 20);
    all_sent(f, NOW + 25);
    assert_int_equal(number_of(f, "SELECT count(*) FROM kept_answer"), 0);
    answer(f, &meeting, PARTSTAT_DECLINED, NOW + 30);
    move(f, &meeting, HOUR, HOUR, NOW + 40);
    move(f, &meeting, -HOUR, -HOUR, NOW + 50);
    assert_int_equal(bob_of(f, &meeting).partstat, PARTSTAT_DECLINED);
}

static void take_off(struct fixture *f, const struct meeting *meeting, int64_t now)
{
    struct change_result result;
    assert_int_equal(store_remove_attendee(f->store, bob_of(f, meeting).id, f->alice, now, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
}

static void invite_again(struct fixture *f, const struct meeting *meeting, int64_t now)
{
    struct change_result result;
    assert_int_equal(store_add_attendee(f->store, meeting->id, &bob_and_carol[0], f->alice, now, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(removed_and_back__before_he_was_told__his_answer_stands)
{
    struct meeting meeting = settled(f);
    take_off(f, &meeting, NOW + 20);
    invite_again(f, &meeting, NOW + 30);
    assert_stands(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter WHERE state = 'waiting'"
                                  " AND kind IN ('removal', 'invitation')"),
                     0);
    assert_int_equal(reread(f, &meeting).sequence, 2);
    assert_int_equal(reply_of_bob(f, &meeting, 0, NOW + 35), REPLY_STORED);
}

STORE_TEST(removed_and_back__once_he_was_told__is_invited_anew)
{
    struct meeting meeting = settled(f);
    take_off(f, &meeting, NOW + 20);
    all_sent(f, NOW + 25);
    invite_again(f, &meeting, NOW + 30);
    assert_asked_again(f, &meeting);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM letter WHERE state = 'waiting' AND kind = 'invitation'"), 1);
    assert_int_equal(reply_of_bob(f, &meeting, 0, NOW + 35), REPLY_OLD);
}

STORE_TEST(removed_and_back__while_the_letter_is_on_its_way__is_asked_again)
{
    struct meeting meeting = settled(f);
    take_off(f, &meeting, NOW + 20);
    struct letters out = letters_due(f, NOW + 20);
    const struct letter *removal = NULL;
    for (size_t i = 0; i < out.count; i++)
        if (out.rows[i].kind == LETTER_REMOVAL)
            removal = &out.rows[i];
    assert_non_null(removal);
    const struct letter_told told = told_now(f, removal->id);
    store_letter_handed_out(f->store, removal->id);
    invite_again(f, &meeting, NOW + 30);
    assert_int_equal(store_letter_sent(f->store, removal->id, &told, NOW + 40), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_asked_again(f, &meeting);
    struct letter_told before;
    assert_int_equal(store_get_told(f->store, bob_of(f, &meeting).id, &f->arena, &before), 1);
    assert_int_equal(before.status, TOLD_CANCELLED); /* so the letter that waits is an invitation */
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter l JOIN attendee a ON a.id = l.attendee"
                                  " WHERE l.state = 'waiting' AND a.mail = 'bob@example.org'"),
                     1);
}

STORE_TEST(removed_moved_and_back__is_told_the_new_time_and_asked_again)
{
    struct meeting meeting = settled(f);
    const struct new_attendee carol = bob_and_carol[1];
    take_off(f, &meeting, NOW + 20);
    struct meeting to = reread(f, &meeting);
    struct change_result result;
    to.starts_at += HOUR;
    to.ends_at += HOUR;
    const struct meeting_change change = {
        .revision = to.revision, .meeting = &to, .attendees = &carol, .count = 1};
    assert_int_equal(store_change(f->store, &change, f->alice, NOW + 25, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    invite_again(f, &meeting, NOW + 30);
    assert_asked_again(f, &meeting);
    assert_int_equal(news_for_bob(f, &meeting), DIFFERENT_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(moved_and_back__before_anybody_was_told__answers_stand),
        IN_MEMORY(moved_and_back__by_way_of_other_times__answers_stand),
        IN_MEMORY(moved_and_back__once_they_were_told__are_asked_again),
        IN_MEMORY(moved_and_back__while_the_letter_is_on_its_way__are_asked_again),
        IN_MEMORY(moved_and_back__while_the_letter_is_refused__answers_stand),
        IN_MEMORY(moved_and_back__answered_on_the_page_between__are_asked_again_and_told),
        IN_MEMORY(moved_and_back__answer_of_a_calendar_to_what_it_knows__counts),
        IN_MEMORY(moved_and_back__not_told_at_all__answers_of_the_page_stand),
        IN_MEMORY(moved_handed_over_and_back__the_new_organiser_comes),
        IN_MEMORY(moved_on_and_told__what_was_kept__is_forgotten),
        IN_MEMORY(removed_and_back__before_he_was_told__his_answer_stands),
        IN_MEMORY(removed_and_back__once_he_was_told__is_invited_anew),
        IN_MEMORY(removed_and_back__while_the_letter_is_on_its_way__is_asked_again),
        IN_MEMORY(removed_moved_and_back__is_told_the_new_time_and_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
