/* Editing what is booked: what rises, who is asked again, who is told what, and what is refused. */
#include "sql/store_changes.h"

#include "tests/sql/fixture.h"

static struct meeting reread(struct fixture *f, int64_t id)
{
    struct meeting meeting;
    assert_int_equal(store_get_meeting(f->store, id, &f->arena, &meeting), 1);
    return meeting;
}

/* Everything that waits is sent, and its readers know what is true now. */
static void send_all(struct fixture *f, int64_t now)
{
    struct letters letters = letters_due(f, now);
    for (size_t i = 0; i < letters.count; i++) {
        struct attendee attendee;
        struct meeting meeting;
        assert_int_equal(
            store_get_attendee(f->store, letters.rows[i].attendee, &f->arena, &attendee, &meeting), 1);
        struct letter_told told = letter_told_now(&meeting, &attendee);
        store_letter_handed_out(f->store, letters.rows[i].id);
        assert_int_equal(store_letter_sent(f->store, letters.rows[i].id, &told, now), 1);
    }
    assert_true(store_commit(f->store) >= 0);
}

/* A meeting tomorrow whose invitations were read; all but the organiser accepted. */
static struct meeting settled(struct fixture *f)
{
    struct meeting meeting = book(f, NOW + DAY);
    send_all(f, NOW);
    struct roster roster = roster_of(f, meeting.id);
    for (size_t i = 1; i < roster.count; i++)
        assert_int_equal(
            store_answer(f->store, roster.rows[i].attendee.id, PARTSTAT_ACCEPTED, "Fine", NOW + 10), 1);
    assert_int_equal(store_commit(f->store), 1);
    /* what tells the organiser of answers is not about this */
    struct letters letters = letters_due(f, NOW + 10);
    for (size_t i = 0; i < letters.count; i++)
        assert_int_equal(store_letter_drop(f->store, letters.rows[i].id), 1);
    store_commit(f->store);
    return meeting;
}

static int change_at(struct fixture *f, const struct meeting *to, const struct new_attendee *people,
                     size_t count, const char *form, int64_t now, struct change_result *result)
{
    const struct meeting_change change = {
        .revision = to->revision, .form = form, .meeting = to, .attendees = people, .count = count};
    return store_change(f->store, &change, f->alice, now, result);
}

static int change(struct fixture *f, const struct meeting *to, struct change_result *result)
{
    return change_at(f, to, bob_and_carol, 2, NULL, NOW + 20, result);
}

static size_t letters_of(struct fixture *f, enum letter_kind kind, int64_t now)
{
    struct letters letters = letters_due(f, now);
    size_t count = 0;
    for (size_t i = 0; i < letters.count; i++)
        count += letters.rows[i].kind == kind;
    return count;
}

STORE_TEST(store_change__start_moves__asks_again_and_tells)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    meeting.starts_at += HOUR;
    meeting.ends_at += HOUR;
    assert_int_equal(change(f, &meeting, &result), 1);
    assert_int_equal(store_commit(f->store), 1);
    struct meeting now = reread(f, meeting.id);
    assert_int_equal(now.sequence, 1);
    assert_int_equal(now.revision, 1);
    assert_int_equal(now.starts_at, NOW + DAY + HOUR);
    assert_int_equal(now.updated_at, NOW + 20);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(bob.partstat, PARTSTAT_NEEDS_ACTION);
    assert_null(bob.comment);
    assert_int_equal(attendee_of(f, meeting.id, "alice@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE reset_at > 0"), 2);
    assert_int_equal(letters_of(f, LETTER_CHANGE, NOW + 20), 3);
    assert_int_equal(letters_due(f, NOW + 20).count, 3);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE what IN ('start moved', 'end moved')"),
                     2);
    /* what the room is told moved with it */
    assert_int_equal(number_of(f, "SELECT min(due_at) FROM reminder WHERE state = 'waiting'"),
                     NOW + DAY + 2 * HOUR - 300);
    int64_t first;
    assert_true(touched(f, &first) >= 1);
}

STORE_TEST(store_change__subject_only__keeps_answers_and_sequence)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    meeting.subject = "Monthly";
    assert_int_equal(change(f, &meeting, &result), 1);
    struct meeting now = reread(f, meeting.id);
    assert_int_equal(now.sequence, 0);
    assert_string_equal(now.subject, "Monthly");
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(letters_of(f, LETTER_CHANGE, NOW + 20), 3);
}

STORE_TEST(store_change__options_only__sends_nothing)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    meeting.options.lobby = true;
    meeting.options.show_guests = true;
    meeting.options.maximum = 12;
    meeting.options.mail_reminders[0] = 3600;
    assert_int_equal(change(f, &meeting, &result), 1);
    struct meeting now = reread(f, meeting.id);
    assert_true(now.options.lobby && now.options.show_guests);
    assert_int_equal(now.options.maximum, 12);
    assert_int_equal(now.options.mail_reminders[0], 3600);
    assert_int_equal(now.sequence, 0);
    assert_int_equal(letters_due(f, NOW + 20).count, 0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE revision = 1"), 4);
}

STORE_TEST(store_change__nothing__stores_nothing)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    assert_int_equal(change(f, &meeting, &result), 1);
    assert_true(result.same);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(reread(f, meeting.id).revision, 0);
}

STORE_TEST(store_change__made_from_an_older_one__is_refused_and_told)
{
    struct meeting meeting = settled(f), older = meeting;
    struct change_result result;
    meeting.subject = "First";
    assert_int_equal(change(f, &meeting, &result), 1);
    older.subject = "Second";
    assert_int_equal(change(f, &older, &result), 0);
    assert_int_equal(result.refused, REFUSED_STALE);
    assert_string_equal(reread(f, meeting.id).subject, "First");
    older.revision = 1;
    assert_int_equal(change(f, &older, &result), 1);
}

STORE_TEST(store_change__same_form_twice__is_one_edit)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    meeting.subject = "Once";
    assert_int_equal(change_at(f, &meeting, bob_and_carol, 2, "form-1", NOW + 20, &result), 1);
    assert_false(result.same);
    assert_int_equal(change_at(f, &meeting, bob_and_carol, 2, "form-1", NOW + 21, &result), 1);
    assert_true(result.same);
    assert_int_equal(reread(f, meeting.id).revision, 1);
}

STORE_TEST(store_change__while_it_runs__only_length_people_and_options)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    int64_t live = NOW + DAY + 600;
    struct meeting moved = meeting;
    moved.subject = "Other";
    assert_int_equal(change_at(f, &moved, bob_and_carol, 2, NULL, live, &result), 0);
    assert_int_equal(result.refused, REFUSED_BEGUN);
    moved = meeting;
    moved.starts_at += 60;
    assert_int_equal(change_at(f, &moved, bob_and_carol, 2, NULL, live, &result), 0);
    assert_int_equal(result.refused, REFUSED_BEGUN);
    moved = meeting;
    moved.ends_at += HOUR;
    moved.options.lobby = true;
    assert_int_equal(change_at(f, &moved, bob_and_carol, 2, NULL, live, &result), 1);
    struct meeting now = reread(f, meeting.id);
    assert_int_equal(now.sequence, 0); /* a live extension is no change of plan */
    assert_int_equal(now.ends_at, meeting.ends_at + HOUR);
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(letters_due(f, live).count, 0);
    moved = now;
    moved.ends_at = live;
    assert_int_equal(change_at(f, &moved, bob_and_carol, 2, NULL, live, &result), 0);
    assert_int_equal(result.refused, REFUSED_OVER);
    assert_int_equal(change_at(f, &now, bob_and_carol, 2, NULL, now.ends_at, &result), 0);
    assert_int_equal(result.refused, REFUSED_OVER);
}

STORE_TEST(store_change__people__come_go_and_change_roles)
{
    static const struct new_attendee people[] = {{"BOB@example.org", "Bob", ROLE_GUEST},
                                                 {"dora@example.org", "Dora", ROLE_MODERATOR},
                                                 {"alice@example.org", "Alice", ROLE_GUEST}};
    struct meeting meeting = settled(f);
    struct change_result result;
    assert_int_equal(change_at(f, &meeting, people, 3, NULL, NOW + 20, &result), 1);
    struct roster roster = roster_of(f, meeting.id);
    assert_int_equal(roster.count, 3);
    assert_int_equal(attendee_of(f, meeting.id, "alice@example.org").role, ROLE_ORGANISER);
    assert_int_equal(attendee_of(f, meeting.id, "bob@example.org").role, ROLE_GUEST);
    assert_int_equal(attendee_of(f, meeting.id, "dora@example.org").role, ROLE_MODERATOR);
    assert_int_equal(reread(f, meeting.id).sequence, 1); /* one was removed */
    assert_int_equal(letters_of(f, LETTER_ROLE, NOW + 20), 1);
    assert_int_equal(letters_of(f, LETTER_INVITATION, NOW + 20), 1);
    assert_int_equal(letters_of(f, LETTER_REMOVAL, NOW + 20), 1);
    assert_int_equal(letters_due(f, NOW + 20).count, 3);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE removed_at IS NOT NULL"), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM audit WHERE attendee IS NOT NULL"), 3);
}

STORE_TEST(store_remove_attendee__and_back__keeps_the_row_and_asks_again)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org"), again;
    struct meeting of;
    assert_int_equal(store_remove_attendee(f->store, bob.id, f->alice, NOW + 20, &result), 1);
    assert_int_equal(roster_of(f, meeting.id).count, 2);
    assert_int_equal(store_find_attendee(f->store, &bob.link, &f->arena, &again, &of), 1);
    assert_true(again.removed);
    assert_int_equal(letters_of(f, LETTER_REMOVAL, NOW + 20), 1);
    assert_int_equal(store_remove_attendee(f->store, bob.id, f->alice, NOW + 20, &result), 0);
    assert_int_equal(result.refused, REFUSED_ABSENT);
    send_all(f, NOW + 20);
    const struct new_attendee back = {"bob@example.org", NULL, ROLE_GUEST};
    assert_int_equal(store_add_attendee(f->store, meeting.id, &back, f->alice, NOW + 30, &result), 1);
    assert_int_equal(result.attendee, bob.id);
    again = attendee_of(f, meeting.id, "bob@example.org");
    assert_memory_equal(&again.link, &bob.link, sizeof bob.link);
    assert_int_equal(again.partstat, PARTSTAT_NEEDS_ACTION);
    assert_int_equal(again.role, ROLE_GUEST);
    assert_int_equal(reread(f, meeting.id).sequence, 2);
    assert_int_equal(letters_of(f, LETTER_INVITATION, NOW + 30), 1);
    assert_int_equal(store_add_attendee(f->store, meeting.id, &back, f->alice, NOW + 31, &result), 1);
    assert_true(result.same);
}

STORE_TEST(store_remove_attendee__never_told__hears_nothing)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct change_result result;
    int64_t carol = attendee_of(f, meeting.id, "carol@example.org").id;
    assert_int_equal(store_remove_attendee(f->store, carol, f->alice, NOW, &result), 1);
    assert_int_equal(letters_due(f, NOW).count, 2);
    assert_int_equal(letters_of(f, LETTER_REMOVAL, NOW), 0);
}

STORE_TEST(store_set_role__of_the_organiser__is_refused)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    int64_t alice = attendee_of(f, meeting.id, "alice@example.org").id;
    int64_t carol = attendee_of(f, meeting.id, "carol@example.org").id;
    assert_int_equal(store_set_role(f->store, alice, ROLE_GUEST, f->alice, NOW + 20, &result), 0);
    assert_int_equal(result.refused, REFUSED_ORGANISER);
    assert_int_equal(store_remove_attendee(f->store, alice, f->alice, NOW + 20, &result), 0);
    assert_int_equal(result.refused, REFUSED_ORGANISER);
    assert_int_equal(store_set_role(f->store, carol, ROLE_ORGANISER, f->alice, NOW + 20, &result), 0);
    assert_int_equal(store_set_role(f->store, carol, ROLE_MODERATOR, f->alice, NOW + 20, &result), 1);
    assert_int_equal(letters_of(f, LETTER_ROLE, NOW + 20), 1);
    assert_int_equal(store_set_role(f->store, carol, ROLE_MODERATOR, f->alice, NOW + 20, &result), 1);
    assert_true(result.same);
    assert_int_equal(reread(f, meeting.id).revision, 1);
}

STORE_TEST(store_renew_link__old_one__is_worth_nothing)
{
    struct meeting meeting = settled(f), of;
    struct change_result result;
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org"), found;
    assert_int_equal(store_renew_link(f->store, bob.id, f->alice, NOW + 20, &result), 1);
    assert_int_equal(store_find_attendee(f->store, &bob.link, &f->arena, &found, &of), 0);
    struct attendee now = attendee_of(f, meeting.id, "bob@example.org");
    assert_string_not_equal(now.ref, bob.ref); /* nor is a token that is out */
    assert_int_equal(now.partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(letters_of(f, LETTER_INVITATION, NOW + 20), 1);
}

STORE_TEST(store_resend_invitation__twice_at_once__is_one_letter)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    int64_t bob = attendee_of(f, meeting.id, "bob@example.org").id;
    assert_int_equal(store_resend_invitation(f->store, bob, f->alice, NOW + 20, &result), 1);
    assert_false(result.same);
    assert_int_equal(store_resend_invitation(f->store, bob, f->alice, NOW + 21, &result), 1);
    assert_true(result.same);
    assert_int_equal(letters_due(f, NOW + 21).count, 1);
}

STORE_TEST(store_hand_over__the_former_becomes_a_moderator)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    int64_t dora = put_person(f, "dora@example.org", "Dora");
    int64_t carol = put_person(f, "carol@example.org", "Carol");
    assert_int_equal(store_hand_over(f->store, meeting.id, 4711, f->alice, NOW + 20, &result), 0);
    assert_int_equal(result.refused, REFUSED_ABSENT);
    assert_int_equal(store_hand_over(f->store, meeting.id, dora, f->alice, NOW + 20, &result), 1);
    assert_int_equal(reread(f, meeting.id).organiser, dora);
    assert_int_equal(attendee_of(f, meeting.id, "dora@example.org").role, ROLE_ORGANISER);
    assert_int_equal(attendee_of(f, meeting.id, "dora@example.org").partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(attendee_of(f, meeting.id, "alice@example.org").role, ROLE_MODERATOR);
    assert_int_equal(letters_due(f, NOW + 20).count, 4);
    /* to one who is a guest already, and back */
    assert_int_equal(store_hand_over(f->store, meeting.id, carol, dora, NOW + 21, &result), 1);
    assert_int_equal(attendee_of(f, meeting.id, "carol@example.org").role, ROLE_ORGANISER);
    assert_int_equal(store_hand_over(f->store, meeting.id, f->alice, carol, NOW + 22, &result), 1);
    assert_int_equal(store_hand_over(f->store, meeting.id, f->alice, carol, NOW + 22, &result), 1);
    assert_true(result.same);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM attendee WHERE role = 'organiser' AND removed_at IS NULL"), 1);
    assert_int_equal(letters_due(f, NOW + 22).count, 4);
}

STORE_TEST(store_change__cancelled__stays_so)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 15), 1);
    meeting = reread(f, meeting.id);
    meeting.subject = "Alive";
    assert_int_equal(change(f, &meeting, &result), 0);
    assert_int_equal(result.refused, REFUSED_CANCELLED);
}

STORE_TEST(store_book__a_room_that_is_taken__is_refused)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked booked = {0};
    meeting.room = "alice-room";
    meeting.id = book_as(f, &meeting, NULL).id;
    struct meeting next = plain_meeting(f, meeting.ends_at + 600 + 900 - 1); /* a second of both overlaps */
    next.room = "alice-room";
    assert_int_equal(
        store_book(f->store, &next, bob_and_carol, 2, "example.org", NULL, NOW, &f->arena, &booked), 0);
    assert_true(booked.room_taken);
    assert_int_equal(booked.room_opens_at, meeting.starts_at - 900);
    assert_int_equal(booked.room_closes_at, meeting.ends_at + 600);
    next.starts_at++;
    next.ends_at++;
    assert_int_equal(
        store_book(f->store, &next, bob_and_carol, 2, "example.org", NULL, NOW, &f->arena, &booked), 1);
    /* nor may one be moved there */
    struct change_result result;
    struct meeting moved = reread(f, booked.id);
    moved.starts_at--;
    moved.ends_at--;
    assert_int_equal(change(f, &moved, &result), 0);
    assert_int_equal(result.refused, REFUSED_ROOM);
    assert_int_equal(result.room_closes_at, meeting.ends_at + 600);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW), 1);
    assert_int_equal(change(f, &moved, &result), 1);
}

struct lines {
    size_t count;
    char first[64];
};

static bool keep_line(const struct history_row *row, void *context)
{
    struct lines *lines = context;
    if (lines->count++ == 0)
        snprintf(lines->first, sizeof lines->first, "%s: %s %s", row->who, row->what,
                 row->attendee_mail ? row->attendee_mail : "");
    return true;
}

static bool count_row(const struct letter_row *row, void *context)
{
    assert_non_null(row->to);
    ++*(size_t *)context;
    return true;
}

STORE_TEST(store_list_history__since_a_revision__newest_first)
{
    struct meeting meeting = settled(f);
    struct change_result result;
    struct lines lines = {0};
    meeting.subject = "Monthly";
    assert_int_equal(change(f, &meeting, &result), 1);
    int64_t bob = attendee_of(f, meeting.id, "bob@example.org").id;
    assert_int_equal(store_remove_attendee(f->store, bob, f->alice, NOW + 30, &result), 1);
    assert_int_equal(store_list_history(f->store, meeting.id, 1, 100, keep_line, &lines), 1);
    assert_int_equal(lines.count, 1);
    assert_string_equal(lines.first, "Alice: person removed bob@example.org");
    lines.count = 0;
    assert_int_equal(store_list_history(f->store, meeting.id, -1, 100, keep_line, &lines), 1);
    assert_int_equal(lines.count, 3);
    assert_int_equal(store_list_history(f->store, meeting.id, 2, 100, keep_line, &lines), 0);
    size_t letters = 0;
    assert_int_equal(store_list_letters(f->store, meeting.id, 100, count_row, &letters), 1);
    assert_int_equal(letters, 3 + 2 + 1); /* three invitations, two changes (Bob's was dropped), a removal */
}

/* ---- edits at random against a model ---- */

enum { PEOPLE = 6, STEPS = 400 };

/* Somebody's answer counts while the meeting is when they answered it to be, until a letter tells them
 * something else. */
struct model {
    int64_t starts_at, ends_at;
    int sequence;
    enum role roles[PEOPLE];
    bool there[PEOPLE], answered[PEOPLE];
    int64_t answered_starts[PEOPLE], answered_ends[PEOPLE];
};

static const char *const mails[PEOPLE] = {"p0@example.org", "p1@example.org", "p2@example.org",
                                          "p3@example.org", "p4@example.org", "p5@example.org"};

static unsigned next_random(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245 + 12345;
    return (*seed >> 16) % below;
}

static void edit_by_form(struct fixture *f, int64_t id, struct model *model, unsigned *seed, int64_t now)
{
    struct new_attendee people[PEOPLE];
    struct meeting meeting = reread(f, id);
    struct model wanted = *model;
    size_t count = 0;
    bool moved = next_random(seed, 3) == 0, people_moved = false;
    if (moved) {
        wanted.starts_at = NOW + DAY + HOUR * next_random(seed, 5);
        wanted.ends_at = wanted.starts_at + HOUR * (1 + next_random(seed, 3));
    }
    moved = wanted.starts_at != model->starts_at || wanted.ends_at != model->ends_at;
    for (int i = 0; i < PEOPLE; i++) {
        wanted.there[i] = next_random(seed, 4) != 0;
        wanted.roles[i] = next_random(seed, 4) ? model->roles[i] : ROLE_MODERATOR;
        if (wanted.there[i])
            people[count++] = (struct new_attendee){mails[i], NULL, wanted.roles[i]};
        bool new_row = wanted.there[i] && !model->there[i];
        /* a first row is new; a row that comes back raises SEQUENCE, as one that goes does */
        char *sql = sqlite3_mprintf("SELECT count(*) FROM attendee WHERE mail = %Q", mails[i]);
        people_moved |= (model->there[i] && !wanted.there[i]) || (new_row && number_of(f, sql) > 0);
        sqlite3_free(sql);
        if (!wanted.there[i])
            wanted.roles[i] = model->roles[i];
    }
    wanted.sequence += moved || people_moved;
    meeting.starts_at = wanted.starts_at;
    meeting.ends_at = wanted.ends_at;
    struct change_result result;
    assert_int_equal(change_at(f, &meeting, people, count, NULL, now, &result), 1);
    *model = wanted;
}

static void answer_one(struct fixture *f, int64_t id, struct model *model, unsigned *seed, int64_t now)
{
    int i = (int)next_random(seed, PEOPLE);
    if (!model->there[i])
        return;
    int64_t attendee = attendee_of(f, id, mails[i]).id;
    assert_true(store_answer(f->store, attendee, PARTSTAT_ACCEPTED, NULL, now) >= 0);
    model->answered[i] = true;
    model->answered_starts[i] = model->starts_at;
    model->answered_ends[i] = model->ends_at;
}

static bool answer_counts(const struct model *model, int i)
{
    return model->answered[i] && model->answered_starts[i] == model->starts_at &&
           model->answered_ends[i] == model->ends_at;
}

/* Whoever gets a letter knows how it is, and that an answer to something else is none. */
static void tell(struct fixture *f, struct model *model, int64_t now)
{
    struct letters letters = letters_due(f, now);
    for (size_t n = 0; n < letters.count; n++)
        for (int i = 0; i < PEOPLE; i++)
            if (strcmp(letters.rows[n].to, mails[i]) == 0)
                model->answered[i] = model->there[i] && answer_counts(model, i);
    send_all(f, now);
}

/* Whoever is told at last of what differs knows what is true: nothing is owed to anybody. */
static void assert_as_model(struct fixture *f, int64_t id, const struct model *model)
{
    struct meeting meeting = reread(f, id);
    assert_int_equal(meeting.starts_at, model->starts_at);
    assert_int_equal(meeting.ends_at, model->ends_at);
    assert_int_equal(meeting.sequence, model->sequence);
    struct roster roster = roster_of(f, id);
    size_t count = 1;
    for (int i = 0; i < PEOPLE; i++) {
        count += model->there[i];
        if (!model->there[i])
            continue;
        struct attendee attendee = attendee_of(f, id, mails[i]);
        assert_int_equal(attendee.role, model->roles[i]);
        assert_int_equal(attendee.partstat,
                         answer_counts(model, i) ? PARTSTAT_ACCEPTED : PARTSTAT_NEEDS_ACTION);
    }
    assert_int_equal(roster.count, count);
    assert_int_equal(number_of(f, "SELECT count(*) FROM (SELECT attendee FROM letter WHERE state = 'waiting'"
                                  " AND kind <> 'answer' GROUP BY attendee HAVING count(*) > 1)"),
                     0);
}

STORE_TEST(store_change__at_random__is_as_the_model_says)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked booked = {0};
    unsigned seed = 20261203;
    assert_int_equal(store_book(f->store, &meeting, NULL, 0, "example.org", NULL, NOW, &f->arena, &booked),
                     1);
    struct model model = {.starts_at = meeting.starts_at, .ends_at = meeting.ends_at};
    for (int step = 0; step < STEPS; step++) {
        int64_t now = NOW + step;
        switch (next_random(&seed, 4)) {
        case 0:
            edit_by_form(f, booked.id, &model, &seed, now);
            break;
        case 1:
            tell(f, &model, now);
            break;
        default:
            answer_one(f, booked.id, &model, &seed, now);
        }
        assert_as_model(f, booked.id, &model);
        store_commit(f->store);
    }
    send_all(f, NOW + STEPS);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee a JOIN meeting m ON m.id = a.meeting WHERE"
                                  " a.removed_at IS NULL AND (a.told_status IS NOT 'confirmed' OR"
                                  " a.told_starts_at <> m.starts_at OR a.told_role <> a.role)"),
                     0);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee WHERE removed_at IS NOT NULL"
                                  " AND told_status = 'confirmed'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_change__start_moves__asks_again_and_tells),
        IN_MEMORY(store_change__subject_only__keeps_answers_and_sequence),
        IN_MEMORY(store_change__options_only__sends_nothing),
        IN_MEMORY(store_change__nothing__stores_nothing),
        IN_MEMORY(store_change__made_from_an_older_one__is_refused_and_told),
        IN_MEMORY(store_change__same_form_twice__is_one_edit),
        IN_MEMORY(store_change__while_it_runs__only_length_people_and_options),
        IN_MEMORY(store_change__people__come_go_and_change_roles),
        IN_MEMORY(store_remove_attendee__and_back__keeps_the_row_and_asks_again),
        IN_MEMORY(store_remove_attendee__never_told__hears_nothing),
        IN_MEMORY(store_set_role__of_the_organiser__is_refused),
        IN_MEMORY(store_renew_link__old_one__is_worth_nothing),
        IN_MEMORY(store_resend_invitation__twice_at_once__is_one_letter),
        IN_MEMORY(store_hand_over__the_former_becomes_a_moderator),
        IN_MEMORY(store_change__cancelled__stays_so),
        IN_MEMORY(store_book__a_room_that_is_taken__is_refused),
        IN_MEMORY(store_list_history__since_a_revision__newest_first),
        IN_MEMORY(store_change__at_random__is_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
