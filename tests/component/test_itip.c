/* The iTIP life of a meeting (RFC 5546) as each role sees it: after each act the letters that go out, and
 * what their calendar part says to its reader, with libical as the judge of it. */
#include "proto/mime.h"
#include "sql/store_changes.h"
#include "sql/store_live.h"
#include "sql/store_replies.h"
#include "tests/component/letters_kept.h"

#include <libical/ical.h>

enum { ADA, BOB, CHLOE, PEOPLE };
enum { STEP = 60 /* seconds from one act to the next */ };

static const char *const mails[PEOPLE] = {"ada@example.org", "bob@example.org", "chloe@example.net"};
static const struct new_attendee invited[] = {
    {.mail = "bob@example.org", .name = "Bob Marchand", .role = ROLE_MODERATOR},
    {.mail = "chloe@example.net", .name = "Chloé Petit", .role = ROLE_GUEST}};

struct life {
    struct fixture f;
    int64_t now;
    int64_t attendees[PEOPLE];
    time_t stamps[PEOPLE]; /* of the newest event that each was sent */
    int listed[PEOPLE];    /* how many ATTENDEEs it had */
    int participants;      /* in the organiser's newest, of ROLE=REQ-PARTICIPANT */
    const char *uid;
};

/* ---------------------------------------------------------------------------- what a letter says */

static const char *const kind_words[] = {
    [LETTER_INVITATION] = "invitation", [LETTER_CHANGE] = "change",   [LETTER_ROLE] = "role",
    [LETTER_PEOPLE] = "people",         [LETTER_REMOVAL] = "removal", [LETTER_CANCELLATION] = "cancellation",
    [LETTER_REMINDER] = "reminder",     [LETTER_ANSWER] = "answer",   [LETTER_SUMMARY] = "summary",
    [LETTER_FORWARD] = "forward"};

/* The calendar of a message; NULL: it has none. */
static icalcomponent *calendar_of(const struct text *message)
{
    struct arena arena = {0};
    icalcomponent *calendar = NULL;
    for (const struct mime_part *part = mime_read(&arena, message->data, message->size); part && !calendar;
         part = mime_next(part))
        if (strcmp(part->type, "text/calendar") == 0) {
            calendar = icalparser_parse_string(part->body);
            assert_non_null(calendar);
            assert_int_equal(icalcomponent_count_errors(calendar), 0);
        }
    arena_free(&arena);
    return calendar;
}

static icalproperty *attendee_in(icalcomponent *event, const char *mail)
{
    icalproperty *property = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);
    for (; property; property = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY)) {
        const char *value = icalproperty_get_attendee(property);
        if (strncasecmp(value, "mailto:", 7) == 0 && strcasecmp(value + 7, mail) == 0)
            return property;
    }
    fail_msg("%s is no attendee", mail);
    return NULL;
}

static const char *parameter(icalproperty *property, icalparameter_kind kind)
{
    icalparameter *found = icalproperty_get_first_parameter(property, kind);
    const char *text = found ? strchr(icalparameter_as_ical_string(found), '=') : NULL;
    return text ? text + 1 : "-";
}

static int count_participants(icalcomponent *event)
{
    int count = 0;
    icalproperty *attendee = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);
    for (; attendee; attendee = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY))
        count += strcmp(parameter(attendee, ICAL_ROLE_PARAMETER), "REQ-PARTICIPANT") == 0;
    return count;
}

/* METHOD, SEQUENCE, STATUS, then the reader's PARTSTAT and RSVP; DTSTAMP rises with each letter, the UID
 * stays, and answers go to the address that reaches us. */
static void say_event(struct life *life, int reader, icalcomponent *calendar, struct text *line)
{
    icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    icalproperty *me = attendee_in(event, mails[reader]);
    icalproperty *status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
    text_addf(line, " %s %d %s", icalproperty_method_to_string(icalcomponent_get_method(calendar)),
              icalcomponent_get_sequence(event),
              status ? icalproperty_status_to_string(icalproperty_get_status(status)) : "-");
    text_addf(line, " %s", parameter(me, ICAL_PARTSTAT_PARAMETER));
    text_addf(line, " %s", parameter(me, ICAL_RSVP_PARAMETER));
    life->listed[reader] = icalcomponent_count_properties(event, ICAL_ATTENDEE_PROPERTY);
    if (reader == ADA)
        life->participants = count_participants(event);
    icalproperty *organizer = icalcomponent_get_first_property(event, ICAL_ORGANIZER_PROPERTY);
    assert_string_equal(icalproperty_get_organizer(organizer), "mailto:meetings@meet.example");
    assert_string_equal(icalcomponent_get_uid(event), life->uid);
    time_t stamp = icaltime_as_timet(icalcomponent_get_dtstamp(event));
    assert_true(stamp > life->stamps[reader]);
    life->stamps[reader] = stamp;
}

/* Sends all that is due; what each is sent stands in lines[] ("" for nothing), several letters with '; '. */
static void send_due(struct life *life, struct text *lines)
{
    struct letters_due due;
    list_due(&life->f, &due, life->now);
    for (size_t i = 0; i < due.count; i++) {
        struct text message = {0};
        struct letter_told *told = NULL;
        int reader = 0;
        while (strcmp(mails[reader], due.rows[i].to) != 0)
            assert_true(++reader < PEOPLE);
        if (letters_render(life->f.letters, &due.rows[i], life->now, &message, &told) > 0) {
            icalcomponent *calendar = calendar_of(&message);
            text_addf(&lines[reader], "%s%s", lines[reader].size ? "; " : "", kind_words[due.rows[i].kind]);
            if (calendar)
                say_event(life, reader, calendar, &lines[reader]);
            if (calendar)
                icalcomponent_free(calendar);
            assert_true(store_letter_sent(life->f.store, due.rows[i].id, told, life->now) > 0);
        } else {
            assert_true(store_letter_drop(life->f.store, due.rows[i].id) > 0);
        }
        letter_told_free(told);
        text_free(&message);
    }
    assert_true(store_commit(life->f.store) >= 0);
    arena_free(&due.arena);
}

/* --------------------------------------------------------------------------------------- the acts */

static void book(struct life *life)
{
    struct meeting meeting = fixture_meeting();
    struct letters_due due;
    fixture_book(&life->f, &meeting);
    list_due(&life->f, &due, life->now);
    for (int i = 0; i < PEOPLE; i++)
        life->attendees[i] = letter_to(&due, mails[i])->attendee;
    arena_free(&due.arena);
    assert_true(store_get_meeting(life->f.store, life->f.booked.id, &life->f.arena, &meeting) > 0);
    life->uid = meeting.uid;
}

static void change(struct life *life, const char *subject, int later, int longer)
{
    struct meeting meeting;
    struct change_result result;
    assert_true(store_get_meeting(life->f.store, life->f.booked.id, &life->f.arena, &meeting) > 0);
    meeting.subject = subject ? subject : meeting.subject;
    meeting.starts_at += later;
    meeting.ends_at += later + longer;
    const struct meeting_change made = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = invited, .count = 2};
    assert_int_equal(store_change(life->f.store, &made, life->f.ada, life->now, &result), 1);
}

static void move(struct life *life)
{
    change(life, NULL, 3600, 0);
}

static void move_back(struct life *life)
{
    change(life, NULL, -3600, 0);
}

static void lengthen(struct life *life)
{
    change(life, NULL, 0, 1800);
}

static void rename_it(struct life *life)
{
    change(life, "Autre titre", 0, 0);
}

static void accept_by_link(struct life *life)
{
    assert_int_equal(store_answer(life->f.store, life->attendees[BOB], PARTSTAT_ACCEPTED, NULL, life->now),
                     1);
}

static void reply(struct life *life, int sequence, int64_t stamp_at, enum reply_outcome expected)
{
    enum reply_outcome outcome;
    int64_t meeting;
    const struct mail_reply message = {.kind = MAIL_ANSWER,
                                       .from = mails[CHLOE],
                                       .uid = life->uid,
                                       .attendee = mails[CHLOE],
                                       .partstat = PARTSTAT_TENTATIVE,
                                       .sequence = sequence,
                                       .stamp_at = stamp_at,
                                       .words = ""};
    assert_int_equal(store_take_reply(life->f.store, &message, life->now, &outcome, &meeting), 1);
    assert_int_equal(outcome, expected);
}

static void maybe_by_mail(struct life *life)
{
    reply(life, 0, life->now, REPLY_STORED);
}

/* Written before the meeting moved, and late. */
static void old_maybe_by_mail(struct life *life)
{
    reply(life, 0, life->now, REPLY_OLD);
}

static void maybe_after_removal(struct life *life)
{
    reply(life, 2, life->now, REPLY_OVER);
}

static void maybe_from_before_coming_back(struct life *life)
{
    reply(life, 2, life->now, REPLY_OLD);
}

static void maybe_after_coming_back(struct life *life)
{
    reply(life, 4, life->now, REPLY_STORED);
}

static void maybe_after_cancellation(struct life *life)
{
    reply(life, 5, life->now, REPLY_OVER);
}

static void promote(struct life *life)
{
    struct change_result result;
    assert_int_equal(store_set_role(life->f.store, life->attendees[CHLOE], ROLE_MODERATOR, life->f.ada,
                                    life->now, &result),
                     1);
}

static void demote(struct life *life)
{
    struct change_result result;
    assert_int_equal(
        store_set_role(life->f.store, life->attendees[CHLOE], ROLE_GUEST, life->f.ada, life->now, &result),
        1);
}

static void take_off(struct life *life)
{
    struct change_result result;
    assert_int_equal(
        store_remove_attendee(life->f.store, life->attendees[CHLOE], life->f.ada, life->now, &result), 1);
}

static void invite_again(struct life *life)
{
    struct change_result result;
    assert_int_equal(
        store_add_attendee(life->f.store, life->f.booked.id, &invited[1], life->f.ada, life->now, &result),
        1);
    assert_int_equal(result.attendee, life->attendees[CHLOE]);
}

static void wait_a_while(struct life *life)
{
    life->now += 600;
}

/* The organiser's calendar has all who are invited, the others' themselves and the organiser. */
static void all_are_listed(struct life *life)
{
    assert_int_equal(life->listed[ADA], 3);
    assert_int_equal(life->listed[BOB], 2);
}

static void show_list(struct life *life, bool shown)
{
    struct meeting meeting;
    struct change_result result;
    assert_true(store_get_meeting(life->f.store, life->f.booked.id, &life->f.arena, &meeting) > 0);
    meeting.options.show_guests = shown;
    const struct meeting_change made = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = invited, .count = 2};
    assert_int_equal(store_change(life->f.store, &made, life->f.ada, life->now, &result), 1);
    assert_false(result.same);
}

static void show_the_list(struct life *life)
{
    show_list(life, true);
}

static void hide_the_list(struct life *life)
{
    show_list(life, false);
}

static void rename_again(struct life *life)
{
    change(life, "Encore un titre", 0, 0);
}

static void all_see_all(struct life *life)
{
    for (int who = 0; who < PEOPLE; who++)
        assert_int_equal(life->listed[who], 3);
}

/* Bob, who moderates, and Chloé. */
static void both_are_participants(struct life *life)
{
    assert_int_equal(life->participants, 2);
}

static void one_less_is_listed(struct life *life)
{
    assert_int_equal(life->listed[ADA], 2);
}

static void shorten(struct life *life)
{
    change(life, NULL, 0, -1800);
}

static void begin(struct life *life)
{
    life->now = START + 60;
}

static void extend_early(struct life *life)
{
    int64_t until;
    life->now = START + 600;
    assert_int_equal(store_extend(life->f.store, life->f.booked.id, 900, "ada", life->now, &until), 1);
}

static void extend(struct life *life)
{
    int64_t until;
    life->now = START + 3600 + 600; /* it runs */
    assert_int_equal(store_extend(life->f.store, life->f.booked.id, 900, "ada", life->now, &until), 1);
}

static void cancel(struct life *life)
{
    assert_int_equal(store_cancel(life->f.store, life->f.booked.id, life->f.ada, NULL, life->now), 1);
}

/* In the second in which the letters before were made. */
static void at_once(struct life *life)
{
    life->now -= STEP;
}

static void take_off_at_once(struct life *life)
{
    at_once(life);
    take_off(life);
}

static void rename_at_once(struct life *life)
{
    at_once(life);
    rename_it(life);
}

static bool count_one(const struct attendee *attendee, void *context)
{
    (void)attendee;
    ++*(int *)context;
    return true;
}

/* Whoever came or went was told to the organiser. */
static void nobody_is_news(struct life *life)
{
    struct letter_told told;
    int count = 0;
    assert_int_equal(store_get_told(life->f.store, life->attendees[ADA], &life->f.arena, &told), 1);
    assert_int_equal(
        store_list_people_since(life->f.store, life->f.booked.id, told.revision, count_one, &count), 0);
    assert_int_equal(count, 0);
}

struct step {
    const char *name;
    void (*act)(struct life *life);
    /* kind METHOD SEQUENCE STATUS PARTSTAT RSVP; "": no letter; NULL: letters wait, the next step comes
     * before */
    const char *seen[PEOPLE];
};

static size_t wrong_lines(struct life *life, const struct step *step)
{
    struct text lines[PEOPLE] = {0};
    size_t wrong = 0;
    send_due(life, lines);
    for (int who = 0; who < PEOPLE; who++) {
        if (strcmp(text_string(&lines[who]), step->seen[who]) != 0) {
            print_error("%s: %s gets '%s' and not '%s'\n", step->name, mails[who], text_string(&lines[who]),
                        step->seen[who]);
            wrong++;
        }
        text_free(&lines[who]);
    }
    return wrong;
}

static void live(const struct step *steps, size_t count)
{
    struct life life = {.now = BOOKED};
    size_t wrong = 0;
    fixture_open_as(&life.f, ":memory:", "meetings@meet.example", NULL);
    for (size_t i = 0; i < count; i++) {
        steps[i].act(&life);
        assert_true(store_commit(life.f.store) >= 0);
        if (steps[i].seen[ADA])
            wrong += wrong_lines(&life, &steps[i]);
        life.now += STEP;
    }
    assert_int_equal(wrong, 0);
    fixture_close(&life.f);
}

TEST(itip__life_of_a_meeting__as_each_role_sees_it)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"accept by link", accept_by_link, {"answer", "", ""}},
        {"maybe by mail", maybe_by_mail, {"answer", "", ""}},
        {"rename",
         rename_it,
         {"change REQUEST 0 CONFIRMED ACCEPTED FALSE", "change REQUEST 0 CONFIRMED ACCEPTED TRUE",
          "change REQUEST 0 CONFIRMED TENTATIVE TRUE"}},
        {"move",
         move,
         {"change REQUEST 1 CONFIRMED ACCEPTED FALSE", "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE"}},
        {"accept again", accept_by_link, {"answer", "", ""}},
        {"old answer", old_maybe_by_mail, {"", "", ""}},
        {"lengthen beforehand",
         lengthen,
         {"change REQUEST 2 CONFIRMED ACCEPTED FALSE", "change REQUEST 2 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 2 CONFIRMED NEEDS-ACTION TRUE"}},
        {"accept once more", accept_by_link, {"answer", "", ""}},
        {"promote", promote, {"", "", "role REQUEST 2 CONFIRMED NEEDS-ACTION TRUE"}},
        {"remove", take_off, {"", "", "removal CANCEL 3 - NEEDS-ACTION FALSE"}},
        {"answer of who is removed", maybe_after_removal, {"", "", ""}},
        {"invite again", invite_again, {"", "", "invitation REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
        {"answer from before", maybe_from_before_coming_back, {"", "", ""}},
        {"answer after coming back", maybe_after_coming_back, {"answer", "", ""}},
        {"extend while it runs", extend, {"", "", ""}},
        {"cancel",
         cancel,
         {"cancellation CANCEL 5 CANCELLED ACCEPTED FALSE", "cancellation CANCEL 5 CANCELLED ACCEPTED FALSE",
          "cancellation CANCEL 5 CANCELLED TENTATIVE FALSE"}},
        {"answer to what is cancelled", maybe_after_cancellation, {"", "", ""}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* What is undone before its letters leave is heard of by nobody; SEQUENCE has risen, and says so next time.
 */
TEST(itip__undone_before_the_letters_left__nobody_hears_of_it)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"accept by link", accept_by_link, {"answer", "", ""}},
        {"move", move, {NULL, NULL, NULL}},
        {"move back", move_back, {"", "", ""}},
        {"maybe by mail", maybe_by_mail, {"answer", "", ""}},
        {"remove", take_off, {NULL, NULL, NULL}},
        {"invite again", invite_again, {"", "", ""}},
        {"rename",
         rename_it,
         {"change REQUEST 4 CONFIRMED ACCEPTED FALSE", "change REQUEST 4 CONFIRMED ACCEPTED TRUE",
          "change REQUEST 4 CONFIRMED TENTATIVE TRUE"}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* Each gets a letter of their own; the organiser one a while later about all of them, so that a calendar
 * which was booked by mail has the list that the feed has. */
TEST(itip__people_come_and_go__the_organisers_calendar_follows)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"listed", all_are_listed, {"", "", ""}},
        {"remove", take_off, {"", "", "removal CANCEL 1 - NEEDS-ACTION FALSE"}},
        {"some time later", wait_a_while, {"people REQUEST 1 CONFIRMED ACCEPTED FALSE", "", ""}},
        {"listed", one_less_is_listed, {"", "", ""}},
        {"invite again", invite_again, {"", "", "invitation REQUEST 2 CONFIRMED NEEDS-ACTION TRUE"}},
        {"remove", take_off, {"", "", "removal CANCEL 3 - NEEDS-ACTION FALSE"}},
        {"as it was", wait_a_while, {"", "", ""}},
        {"invite again", invite_again, {"", "", "invitation REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
        {"rename",
         rename_it,
         {"change REQUEST 4 CONFIRMED ACCEPTED FALSE", "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
        {"listed", all_are_listed, {"", "", ""}},
        {"it is told", wait_a_while, {"", "", ""}},
        {"remove", take_off, {"", "", "removal CANCEL 5 - NEEDS-ACTION FALSE"}},
        {"extend while it runs", extend, {"", "", ""}},
        {"not while it runs", wait_a_while, {"", "", ""}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* The second in which a letter was made ends later than the letter: what is done then is told, and once. */
TEST(itip__acts_in_the_second_of_a_letter__are_told_next_and_once)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"remove", take_off_at_once, {"", "", "removal CANCEL 1 - NEEDS-ACTION FALSE"}},
        {"some time later", wait_a_while, {"people REQUEST 1 CONFIRMED ACCEPTED FALSE", "", ""}},
        {"listed", one_less_is_listed, {"", "", ""}},
        {"invite again", invite_again, {"", "", "invitation REQUEST 2 CONFIRMED NEEDS-ACTION TRUE"}},
        {"some time later", wait_a_while, {"people REQUEST 2 CONFIRMED ACCEPTED FALSE", "", ""}},
        {"remove", take_off_at_once, {"", "", "removal CANCEL 3 - NEEDS-ACTION FALSE"}},
        {"some time later", wait_a_while, {"people REQUEST 3 CONFIRMED ACCEPTED FALSE", "", ""}},
        {"invite again", invite_again, {NULL, NULL, NULL}},
        {"rename",
         rename_at_once,
         {"change REQUEST 4 CONFIRMED ACCEPTED FALSE", "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
        {"listed", all_are_listed, {"", "", ""}},
        {"and told", nobody_is_news, {"", "", ""}},
        {"rename again",
         rename_again,
         {"change REQUEST 4 CONFIRMED ACCEPTED FALSE", "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
        {"and back",
         rename_at_once,
         {"change REQUEST 4 CONFIRMED ACCEPTED FALSE", "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 4 CONFIRMED NEEDS-ACTION TRUE"}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* Who moderates is a matter of the room: calendars have guests and moderators as participants. So a role that
 * changes alone is news to nobody but the one whom it is about. */
TEST(itip__role_changes_alone__is_told_to_that_person_only)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"participants", both_are_participants, {"", "", ""}},
        {"promote", promote, {"", "", "role REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"some time later", wait_a_while, {"", "", ""}},
        {"demote", demote, {"", "", "role REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"some time later", wait_a_while, {"", "", ""}},
        {"rename",
         rename_it,
         {"change REQUEST 0 CONFIRMED ACCEPTED FALSE", "change REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"participants", both_are_participants, {"", "", ""}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* The organiser shows the list, or hides it again: that alone is worth no letter, and is no new SEQUENCE; the
 * calendars in the letters that go out from then on follow, their DTSTAMP newer (say_event). */
TEST(itip__list_of_guests_shown_and_hidden__the_next_letters_calendars_follow)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"they see themselves", all_are_listed, {"", "", ""}},
        {"accept by link", accept_by_link, {"answer", "", ""}},
        {"show the list", show_the_list, {"", "", ""}},
        {"promote", promote, {"", "", "role REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"rename",
         rename_it,
         {"change REQUEST 0 CONFIRMED ACCEPTED FALSE", "change REQUEST 0 CONFIRMED ACCEPTED TRUE",
          "change REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"all see all", all_see_all, {"", "", ""}},
        {"hide the list", hide_the_list, {"", "", ""}},
        {"rename again",
         rename_again,
         {"change REQUEST 0 CONFIRMED ACCEPTED FALSE", "change REQUEST 0 CONFIRMED ACCEPTED TRUE",
          "change REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"they see themselves", all_are_listed, {"", "", ""}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* A live extension sends no letters, those that still waited as it came included. */
TEST(itip__extended_while_letters_wait__says_nothing_of_it)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"move", move, {NULL, NULL, NULL}},
        {"move back", move_back, {NULL, NULL, NULL}},
        {"begin", begin, {NULL, NULL, NULL}},
        {"edit the length while it runs", lengthen, {NULL, NULL, NULL}},
        {"extend while it runs", extend, {"", "", ""}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

/* A length that was edited beforehand is told, however late the letter leaves; what is extended from then on
 * is told with it, and alone is not. */
TEST(itip__length_edited_before_the_start__is_told_even_after_it)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"accept by link", accept_by_link, {"answer", "", ""}},
        {"lengthen", lengthen, {NULL, NULL, NULL}},
        {"begin",
         begin,
         {"change REQUEST 1 CONFIRMED ACCEPTED FALSE", "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE"}},
        {"extend", extend_early, {"", "", ""}},
        {"promote", promote, {"", "", "role REQUEST 1 CONFIRMED NEEDS-ACTION TRUE"}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

TEST(itip__length_edited_then_extended__is_one_letter)
{
    static const struct step steps[] = {
        {"book",
         book,
         {"invitation REQUEST 0 CONFIRMED ACCEPTED FALSE", "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE",
          "invitation REQUEST 0 CONFIRMED NEEDS-ACTION TRUE"}},
        {"shorten", shorten, {NULL, NULL, NULL}},
        {"extend",
         extend_early,
         {"change REQUEST 1 CONFIRMED ACCEPTED FALSE", "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE",
          "change REQUEST 1 CONFIRMED NEEDS-ACTION TRUE"}},
        {"extend again", extend_early, {"", "", ""}},
        {"promote", promote, {"", "", "role REQUEST 1 CONFIRMED NEEDS-ACTION TRUE"}},
    };
    live(steps, sizeof steps / sizeof *steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(itip__life_of_a_meeting__as_each_role_sees_it),
        cmocka_unit_test(itip__undone_before_the_letters_left__nobody_hears_of_it),
        cmocka_unit_test(itip__acts_in_the_second_of_a_letter__are_told_next_and_once),
        cmocka_unit_test(itip__role_changes_alone__is_told_to_that_person_only),
        cmocka_unit_test(itip__list_of_guests_shown_and_hidden__the_next_letters_calendars_follow),
        cmocka_unit_test(itip__length_edited_before_the_start__is_told_even_after_it),
        cmocka_unit_test(itip__length_edited_then_extended__is_one_letter),
        cmocka_unit_test(itip__extended_while_letters_wait__says_nothing_of_it),
        cmocka_unit_test(itip__people_come_and_go__the_organisers_calendar_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
