/* Answers by mail, held against who is invited: from whom, for whom, and when they count. */
#include "sql/store_replies.h"

#include "proto/directory.h"
#include "sql/store_changes.h"
#include "sql/store_directory.h"
#include "tests/sql/fixture.h"

static struct mail_reply answer_to(const struct meeting *meeting, const char *mail)
{
    return (struct mail_reply){.kind = MAIL_ANSWER,
                               .from = mail,
                               .uid = meeting->uid,
                               .attendee = mail,
                               .partstat = PARTSTAT_ACCEPTED,
                               .sequence = meeting->sequence,
                               .stamp_at = NOW + 60,
                               .words = ""};
}

static enum reply_outcome take_at(struct fixture *f, const struct mail_reply *reply, int64_t now)
{
    enum reply_outcome outcome;
    int64_t meeting = 0;
    assert_int_equal(store_take_reply(f->store, reply, now, &outcome, &meeting), 1);
    assert_int_equal(meeting != 0, outcome != REPLY_UNKNOWN);
    assert_true(store_commit(f->store) >= 0);
    return outcome;
}

static enum partstat partstat_of(struct fixture *f, const struct meeting *meeting, const char *mail)
{
    return attendee_of(f, meeting->id, mail).partstat;
}

static struct meeting edit(struct fixture *f, struct meeting meeting, const char *subject, int later,
                           int64_t now)
{
    struct change_result result;
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 1);
    meeting.subject = subject;
    meeting.starts_at += later;
    meeting.ends_at += later;
    const struct meeting_change change = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = bob_and_carol, .count = 2};
    assert_int_equal(store_change(f->store, &change, f->alice, now, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 1);
    return meeting;
}

STORE_TEST(store_take_reply__of_an_attendee__is_the_answer_with_its_comment)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct mail_reply reply = answer_to(&meeting, "Bob@Example.ORG");
    reply.comment = "By train";
    assert_int_equal(take_at(f, &reply, NOW + 60), REPLY_STORED);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(bob.partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(bob.answered_at, NOW + 60);
    assert_string_equal(bob.comment, "By train");
    assert_int_equal(partstat_of(f, &meeting, "carol@example.org"), PARTSTAT_NEEDS_ACTION);
}

/* The mail server comes again when it did not hear that we have it. */
STORE_TEST(store_take_reply__twice__tells_the_organiser_once)
{
    struct meeting meeting = book(f, NOW + DAY);
    const struct mail_reply reply = answer_to(&meeting, "bob@example.org");
    assert_int_equal(take_at(f, &reply, NOW + 60), REPLY_STORED);
    assert_int_equal(take_at(f, &reply, NOW + 120), REPLY_STORED);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_ACCEPTED);
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").answered_at, NOW + 60);
    assert_int_equal(number_of(f, "SELECT count(*) FROM letter WHERE kind = 'answer'"), 1);
}

/* Two mails of one person overtake each other. */
STORE_TEST(store_take_reply__that_was_overtaken__is_old)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct mail_reply first = answer_to(&meeting, "bob@example.org"), second = first;
    second.partstat = PARTSTAT_DECLINED;
    second.stamp_at = first.stamp_at + 1;
    assert_int_equal(take_at(f, &second, NOW + 70), REPLY_STORED);
    assert_int_equal(take_at(f, &first, NOW + 80), REPLY_OLD);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_DECLINED);
}

STORE_TEST(store_take_reply__written_before_an_answer_by_link__is_old)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct mail_reply reply = answer_to(&meeting, "bob@example.org");
    int64_t bob = attendee_of(f, meeting.id, "bob@example.org").id;
    assert_int_equal(store_answer(f->store, bob, PARTSTAT_DECLINED, NULL, NOW + HOUR), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(take_at(f, &reply, NOW + HOUR + 60), REPLY_OLD);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_DECLINED);
    reply.stamp_at = NOW + HOUR + 120;
    assert_int_equal(take_at(f, &reply, NOW + HOUR + 120), REPLY_STORED);
}

/* People are invited under an address as they gave it, and write under it as their mail program has it. */
STORE_TEST(store_take_reply__from_the_same_mailbox__counts)
{
    static const struct {
        const char *invited, *attendee, *from;
        enum reply_outcome outcome;
    } answers[] = {
        {"dan+jmb@example.org", "dan+jmb@example.org", "dan@example.org", REPLY_STORED},
        {"dan+jmb@example.org", "dan@example.org", "dan@example.org", REPLY_STORED},
        {"chloe.petit@gmail.com", "chloepetit@gmail.com", "chloepetit@gmail.com", REPLY_STORED},
        {"chloe.petit@gmail.com", "chloe.petit@gmail.com", "chloepetit@googlemail.com", REPLY_STORED},
        {"dan@example.org", "dan@example.org", "dan+jmb@example.org", REPLY_UNINVITED},
        {"dan+jmb@example.org", "dan+jmb@example.org", "eve@example.org", REPLY_UNINVITED},
        {"dan+jmb@example.org", "bob@example.org", "dan@example.org", REPLY_UNINVITED},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct meeting meeting = book(f, NOW + DAY);
        struct change_result result;
        const struct new_attendee other = {.mail = "dan+other@example.org", .role = ROLE_GUEST},
                                  dan = {.mail = answers[i].invited, .role = ROLE_GUEST};
        if (i == 0) /* which of the two answers is what the calendar says */
            assert_int_equal(store_add_attendee(f->store, meeting.id, &other, f->alice, NOW, &result), 1);
        assert_int_equal(store_add_attendee(f->store, meeting.id, &dan, f->alice, NOW, &result), 1);
        struct mail_reply reply = answer_to(&meeting, answers[i].attendee);
        reply.from = answers[i].from;
        assert_int_equal(take_at(f, &reply, NOW + 60), answers[i].outcome);
        assert_int_equal(partstat_of(f, &meeting, answers[i].invited),
                         answers[i].outcome == REPLY_STORED ? PARTSTAT_ACCEPTED : PARTSTAT_NEEDS_ACTION);
    }
}

/* Who is asked again has not answered what is asked now; a change of the subject asks nobody. */
STORE_TEST(store_take_reply__before_the_last_reset__is_old)
{
    static const struct {
        int sequence; /* of the answer, behind that of the meeting; 1: not told */
        int64_t stamp_at;
        enum reply_outcome outcome;
    } answers[] = {
        {-1, NOW + HOUR + 900, REPLY_OLD},   /* to the invitation, after the move: the SEQUENCE knows */
        {1, NOW + HOUR - 301, REPLY_OLD},    /* no SEQUENCE: by the clock */
        {1, NOW + HOUR - 299, REPLY_STORED}, /* clocks differ by some minutes */
        {0, NOW + HOUR + 60, REPLY_STORED},  /* to the move */
        {1, 0, REPLY_STORED},                /* nothing is told: as good as now */
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct meeting meeting = book(f, NOW + (2 + (int64_t)i) * DAY);
        meeting = edit(f, meeting, "Weekly", HOUR, NOW + HOUR);
        meeting = edit(f, meeting, "Renamed", 0, NOW + 2 * HOUR);
        struct mail_reply reply = answer_to(&meeting, "carol@example.org");
        reply.sequence = answers[i].sequence > 0 ? -1 : meeting.sequence + answers[i].sequence;
        reply.stamp_at = answers[i].stamp_at;
        assert_int_equal(take_at(f, &reply, NOW + 3 * HOUR), answers[i].outcome);
        assert_int_equal(partstat_of(f, &meeting, "carol@example.org"),
                         answers[i].outcome == REPLY_STORED ? PARTSTAT_ACCEPTED : PARTSTAT_NEEDS_ACTION);
    }
}

STORE_TEST(store_take_reply__when_it_is_over_cancelled_or_theirs__changes_nothing)
{
    struct change_result result;
    struct meeting meeting = book(f, NOW + DAY);
    struct mail_reply reply = answer_to(&meeting, "bob@example.org");
    struct mail_reply own = answer_to(&meeting, "alice@example.org");
    own.partstat = PARTSTAT_DECLINED;
    assert_int_equal(take_at(f, &own, NOW + 60), REPLY_OVER);
    assert_int_equal(partstat_of(f, &meeting, "alice@example.org"), PARTSTAT_ACCEPTED);
    assert_int_equal(take_at(f, &reply, meeting.ends_at), REPLY_OVER);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_NEEDS_ACTION);
    int64_t carol = attendee_of(f, meeting.id, "carol@example.org").id;
    assert_int_equal(store_remove_attendee(f->store, carol, f->alice, NOW + 60, &result), 1);
    struct mail_reply removed = answer_to(&meeting, "carol@example.org");
    removed.sequence = 9;
    assert_int_equal(take_at(f, &removed, NOW + 120), REPLY_OVER);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 180), 1);
    reply.sequence = 9;
    assert_int_equal(take_at(f, &reply, NOW + 240), REPLY_OVER);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_NEEDS_ACTION);
}

STORE_TEST(store_take_reply__from_somebody_else__changes_nothing)
{
    static const struct {
        const char *from, *attendee;
    } strange[] = {{"mallory@example.org", "bob@example.org"}, /* a stranger for Bob */
                   {"carol@example.org", "bob@example.org"},   /* one who is invited for another */
                   {"bob@example.org", "mallory@example.org"}, /* Bob for whom nobody invited */
                   {"mallory@example.org", "mallory@example.org"}};
    struct meeting meeting = book(f, NOW + DAY);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        struct mail_reply reply = answer_to(&meeting, strange[i].attendee);
        reply.from = strange[i].from;
        assert_int_equal(take_at(f, &reply, NOW + 60), REPLY_UNINVITED);
    }
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE answered_at IS NOT NULL"
                                  " AND role <> 'organiser'"),
                     0);
    struct mail_reply reply = answer_to(&meeting, "bob@example.org");
    reply.uid = "another@example.org";
    assert_int_equal(take_at(f, &reply, NOW + 60), REPLY_UNKNOWN);
}

/* People write from whichever of their addresses; the directory knows that they are one. */
STORE_TEST(store_take_reply__from_another_address_of_theirs__counts)
{
    const char *aliases[] = {"b.marchand@example.org", "bob@lab.example.org"};
    enum imported how;
    const char *why;
    const struct directory_person bob = {
        .uid = "bob", .mail = "bob@example.org", .name = "Bob", .aliases = aliases, .alias_count = 2};
    assert_int_equal(store_import_person(f->store, &bob, 1, NOW, &how, &why), 1);
    struct meeting meeting = book(f, NOW + DAY);
    struct mail_reply reply = answer_to(&meeting, "bob@example.org");
    reply.from = "bob@lab.example.org";
    assert_int_equal(take_at(f, &reply, NOW + 60), REPLY_STORED);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_ACCEPTED);
    reply = answer_to(&meeting, "b.marchand@example.org"); /* a calendar that has another address of his */
    reply.from = "bob@lab.example.org";
    reply.partstat = PARTSTAT_DECLINED;
    reply.stamp_at = NOW + 120;
    assert_int_equal(take_at(f, &reply, NOW + 120), REPLY_STORED);
    assert_int_equal(partstat_of(f, &meeting, "bob@example.org"), PARTSTAT_DECLINED);
}

STORE_TEST(store_forward__too_often__is_bounded_for_a_meeting_and_a_day)
{
    const struct forwarded hello = {.words = "Hello", .from = "carol@example.org"};
    struct meeting meeting = book(f, NOW + DAY), other = book(f, NOW + 3 * DAY);
    for (int i = 0; i < 30; i++)
        assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + i), 1);
    assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + 60), 0);
    assert_int_equal(store_forward(f->store, other.id, &hello, NOW + 60), 1);
    assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + DAY + 1), 1);
    assert_int_equal(store_forward(f->store, 999, &hello, NOW), 0);
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(store_forward__of_what_was_guessed__is_bounded_sooner)
{
    const struct forwarded guess = {.words = "...", .from = "carol@example.org", .guessed = true};
    const struct forwarded hello = {.words = "Hello", .from = "carol@example.org"};
    struct meeting meeting = book(f, NOW + DAY);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + i), 1);
        assert_int_equal(store_forward(f->store, meeting.id, &guess, NOW + i), 1);
    }
    assert_int_equal(store_forward(f->store, meeting.id, &guess, NOW + 60), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + 60), 1);
    assert_int_equal(store_forward(f->store, meeting.id, &guess, NOW + DAY + 2),
                     1); /* three have grown old */
    assert_int_equal(store_forward(f->store, meeting.id, &hello, NOW + DAY + 2), 1);
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(store_find_replied_to__by_letter_or_by_the_uid_of_who_is_invited)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct letters letters = letters_due(f, NOW);
    struct mail_reply reply = {.reference_count = 2, .references = {"no@such", letters.rows[1].message_id}};
    int64_t found = 0;
    bool guessed = true;
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed),
                     0); /* nobody can have it yet */
    assert_int_equal(letter_sent(f, letters.rows[1].id, NOW + 1), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed), 1);
    assert_int_equal(found, meeting.id);
    reply = (struct mail_reply){.uid = meeting.uid, .from = "mallory@example.org"};
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed), 0);
    reply.from = "carol@example.org";
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed), 1);
    assert_int_equal(found, meeting.id);
}

/* Outlook's answers that cannot be read have no UID, and not always a letter that they refer to. */
STORE_TEST(store_find_replied_to__by_the_subject__when_nothing_else_can_be_read)
{
    struct meeting meeting = book(f, NOW + DAY);
    char subject[200];
    int64_t found = 0;
    bool guessed = true;
    snprintf(subject, sizeof subject, "Accepted: %s", meeting.subject);
    struct mail_reply reply = {.from = "carol@example.org", .subject = subject};
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed),
                     0); /* it can be read, so it would say */
    reply.unread = REPLY_OUTLOOK;
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed), 1);
    assert_int_equal(found, meeting.id);
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW + 3 * DAY, &found, &guessed), 0);
    assert_false(guessed);
    reply.from = "mallory@example.org";
    assert_int_equal(store_find_replied_to(f->store, &reply, NOW, &found, &guessed), 0);
}

static void assert_found(struct fixture *f, const struct mail_reply *reply, int64_t now, int64_t expected)
{
    int64_t found = 0;
    bool guessed = false;
    assert_int_equal(store_find_replied_to(f->store, reply, now, &found, &guessed), expected > 0);
    assert_true(guessed == (expected > 0));
    if (expected)
        assert_int_equal(found, expected);
}

/* What PGP leaves of a subject is '...'. */
STORE_TEST(store_find_replied_to__by_the_sender__while_one_organiser_can_be_meant)
{
    struct mail_reply reply = {.from = "carol@example.org", .subject = "...", .unread = REPLY_ENCRYPTED};
    assert_found(f, &reply, NOW, 0);
    struct meeting later = book(f, NOW + 3 * DAY), next = book(f, NOW + DAY);
    assert_found(f, &reply, NOW, next.id);
    assert_found(f, &reply, NOW + 2 * DAY, later.id);
    assert_found(f, &reply, NOW + 4 * DAY, 0);
    reply.from = "mallory@example.org";
    assert_found(f, &reply, NOW, 0);
    reply.from = "alice@example.org"; /* who would write to herself */
    assert_found(f, &reply, NOW, 0);
    reply.from = "carol@example.org";
    struct meeting of_dave = plain_meeting(f, NOW + 2 * DAY);
    of_dave.organiser = put_person(f, "dave@example.org", "Dave");
    book_as(f, &of_dave, NULL);
    assert_int_equal(store_commit(f->store), 1);
    assert_found(f, &reply, NOW, 0);
    assert_found(f, &reply, of_dave.ends_at, later.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_take_reply__of_an_attendee__is_the_answer_with_its_comment),
        IN_MEMORY(store_take_reply__twice__tells_the_organiser_once),
        IN_MEMORY(store_take_reply__that_was_overtaken__is_old),
        IN_MEMORY(store_take_reply__written_before_an_answer_by_link__is_old),
        IN_MEMORY(store_take_reply__from_the_same_mailbox__counts),
        IN_MEMORY(store_take_reply__before_the_last_reset__is_old),
        IN_MEMORY(store_take_reply__when_it_is_over_cancelled_or_theirs__changes_nothing),
        IN_MEMORY(store_take_reply__from_somebody_else__changes_nothing),
        IN_MEMORY(store_take_reply__from_another_address_of_theirs__counts),
        IN_MEMORY(store_forward__too_often__is_bounded_for_a_meeting_and_a_day),
        IN_MEMORY(store_find_replied_to__by_letter_or_by_the_uid_of_who_is_invited),
        IN_MEMORY(store_find_replied_to__by_the_subject__when_nothing_else_can_be_read),
        IN_MEMORY(store_find_replied_to__by_the_sender__while_one_organiser_can_be_meant),
        IN_MEMORY(store_forward__of_what_was_guessed__is_bounded_sooner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
