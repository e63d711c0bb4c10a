/* Booking a meeting, cancelling it, finding it. */
#include "sql/store_meetings.h"

#include "sql/answers.h"
#include "sql/changes.h"
#include "sql/letters_queue.h"
#include "sql/store_internal.h"
#include "sql/store_people.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------- booking */

/* What a booking is made of, gathered while it is stored. */
struct booking_in_work {
    struct store *store;
    struct meeting meeting;
    const char *domain;
    struct person organiser;
    int64_t now;
    struct arena *arena;
};

int store_find_booked(struct store *store, int64_t organiser, const char *form, struct arena *arena,
                      struct booked *booked)
{
    struct query query = query_open(store, STMT_FIND_BOOKED);
    bind_int(&query, ":organiser", organiser);
    bind_text(&query, ":form", form);
    int status = query_step(&query);
    if (status > 0) {
        booked->id = next_int(&query);
        booked->ref = arena_dup(arena, next_text(&query));
    }
    query_close(&query);
    return status;
}

static void name_meeting(struct booking_in_work *work)
{
    char ref[REF_SIZE + 1], uid[REF_SIZE + 1], room[ROOM_NAME_SIZE];
    random_ref(ref);
    random_ref(uid);
    random_room(room);
    work->meeting.ref = arena_dup(work->arena, ref);
    work->meeting.uid = arena_printf(work->arena, "%s@%s", uid, work->domain);
    if (!work->meeting.room)
        work->meeting.room = arena_dup(work->arena, room);
}

static int add_meeting(struct booking_in_work *work, const char *form)
{
    const struct meeting *meeting = &work->meeting;
    struct options_text texts;
    struct link_id shared;
    random_link(&shared);
    struct query query = query_open(work->store, STMT_ADD_MEETING);
    bind_link(&query, ":shared_link", &shared);
    bind_text(&query, ":ref", meeting->ref);
    bind_text(&query, ":uid", meeting->uid);
    bind_text(&query, ":room", meeting->room);
    bind_text(&query, ":subject", meeting->subject ? meeting->subject : "");
    bind_text(&query, ":description", meeting->description ? meeting->description : "");
    bind_int(&query, ":organiser", meeting->organiser);
    bind_int(&query, ":starts_at", meeting->starts_at);
    bind_int(&query, ":ends_at", meeting->ends_at);
    bind_text(&query, ":tz", meeting->tz ? meeting->tz : "UTC");
    bind_text(&query, ":language", meeting->language ? meeting->language : "en");
    bind_options(&query, &meeting->options, &texts);
    bind_text(&query, ":form", form);
    bind_int(&query, ":now", work->now);
    return query_run_number(&query, &work->meeting.id);
}

int attendee_add(struct store *store, const struct meeting *meeting, const struct new_attendee *attendee,
                 int64_t now)
{
    char ref[REF_SIZE + 1];
    struct link_id link;
    random_ref(ref);
    random_link(&link);
    bool organiser = attendee->role == ROLE_ORGANISER;
    struct query query = query_open(store, STMT_ADD_ATTENDEE);
    bind_int(&query, ":meeting", meeting->id);
    bind_text(&query, ":ref", ref);
    bind_text(&query, ":mail", attendee->mail);
    bind_text(&query, ":name", attendee->name);
    bind_text(&query, ":role", role_word(attendee->role));
    bind_text(&query, ":partstat", partstat_word(organiser ? PARTSTAT_ACCEPTED : PARTSTAT_NEEDS_ACTION));
    bind_int_or_null(&query, ":answered_at", organiser ? now : 0);
    bind_link(&query, ":link", &link);
    bind_int(&query, ":now", now);
    return query_run_done(&query);
}

static int add_attendees(struct booking_in_work *work, const struct new_attendee *attendees, size_t count)
{
    const struct new_attendee organiser = {work->organiser.mail, work->organiser.name, ROLE_ORGANISER};
    int result = attendee_add(work->store, &work->meeting, &organiser, work->now);
    for (size_t i = 0; i < count && result > 0; i++) {
        struct new_attendee attendee = attendees[i];
        attendee.role = attendee.role == ROLE_GUEST ? ROLE_GUEST : ROLE_MODERATOR;
        result = attendee_add(work->store, &work->meeting, &attendee, work->now);
    }
    return result;
}

static int book(struct booking_in_work *work, const struct new_attendee *attendees, size_t count,
                const char *form, struct booked *booked)
{
    struct store *store = work->store;
    int result = store_get_person(store, work->meeting.organiser, work->arena, &work->organiser);
    if (result <= 0)
        return result;
    if (work->meeting.room) {
        work->meeting.id = 0;
        result = room_conflict(store, &work->meeting, &booked->room_opens_at, &booked->room_closes_at);
        booked->room_taken = result > 0;
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    name_meeting(work);
    if ((result = add_meeting(work, form)) <= 0 || (result = add_attendees(work, attendees, count)) <= 0 ||
        (result = letter_queue_invitations(store, work->meeting.id, 0, work->now)) <= 0 ||
        (result = letter_plan_reminders(store, &work->meeting, work->now)) <= 0 ||
        (result = reminders_plan(store, &work->meeting, work->now)) <= 0)
        return result;
    const struct audit audit = {.who = work->organiser.id,
                                .what = "meeting booked",
                                .meeting = work->meeting.id,
                                .after = work->meeting.subject};
    if ((result = audit_add(store, &audit, work->now)) <= 0)
        return result;
    if (room_adopt(store, work->meeting.room, work->meeting.id, work->now) < 0)
        return -1;
    booked->id = work->meeting.id;
    booked->ref = work->meeting.ref;
    touch(store, booked->id);
    return 1;
}

int store_book(struct store *store, const struct meeting *meeting, const struct new_attendee *attendees,
               size_t count, const char *uid_domain, const char *form, int64_t now, struct arena *arena,
               struct booked *booked)
{
    if (form) {
        int known = store_find_booked(store, meeting->organiser, form, arena, booked);
        if (known != 0)
            return known;
    }
    if (verb_begin(store) < 0)
        return -1;
    struct booking_in_work work = {
        .store = store, .meeting = *meeting, .domain = uid_domain, .now = now, .arena = arena};
    return verb_end(store, book(&work, attendees, count, form, booked));
}

/* ---------------------------------------------------------------------------------------- cancelling */

static int cancel(struct store *store, int64_t meeting, int64_t by, const char *reason, int64_t now)
{
    struct query query = query_open(store, STMT_CANCEL_MEETING);
    bind_int(&query, ":id", meeting);
    bind_int_or_null(&query, ":by", by);
    bind_text(&query, ":reason", reason);
    bind_int(&query, ":now", now);
    int result = query_run(&query);
    if (result <= 0)
        return result;
    const struct audit audit = {.who = by, .what = "meeting cancelled", .meeting = meeting, .after = reason};
    if (reminders_drop(store, meeting) < 0 || letter_queue_cancellations(store, meeting, 0, now) < 0 ||
        audit_add(store, &audit, now) <= 0)
        return -1;
    touch(store, meeting);
    return 1;
}

int store_cancel(struct store *store, int64_t meeting, int64_t by, const char *reason, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, cancel(store, meeting, by, reason, now));
}

/* --------------------------------------------------------------------------------------- single rows */

static int one_meeting(struct query *query, struct arena *arena, struct meeting *meeting)
{
    int status = query_step(query);
    if (status > 0) {
        next_meeting(query, meeting);
        copy_meeting(arena, meeting);
    }
    query_close(query);
    return status;
}

int store_get_meeting(struct store *store, int64_t id, struct arena *arena, struct meeting *meeting)
{
    struct query query = query_open(store, STMT_GET_MEETING);
    bind_int(&query, ":id", id);
    return one_meeting(&query, arena, meeting);
}

int store_find_meeting(struct store *store, const char *ref, struct arena *arena, struct meeting *meeting)
{
    struct query query = query_open(store, STMT_FIND_MEETING);
    bind_text(&query, ":ref", ref);
    return one_meeting(&query, arena, meeting);
}

int store_find_shared(struct store *store, const struct link_id *link, struct arena *arena,
                      struct meeting *meeting)
{
    struct query query = query_open(store, STMT_FIND_SHARED);
    bind_link(&query, ":link", link);
    return one_meeting(&query, arena, meeting);
}

static int one_attendee(struct query *query, struct arena *arena, struct attendee *attendee,
                        struct meeting *meeting, void (*next)(struct query *query, struct meeting *meeting))
{
    int status = query_step(query);
    if (status > 0) {
        next_attendee(query, attendee);
        copy_attendee(arena, attendee);
        next(query, meeting);
        copy_meeting(arena, meeting);
    }
    query_close(query);
    return status;
}

int store_find_attendee(struct store *store, const struct link_id *link, struct arena *arena,
                        struct attendee *attendee, struct meeting *meeting)
{
    struct query query = query_open(store, STMT_FIND_ATTENDEE);
    bind_link(&query, ":link", link);
    return one_attendee(&query, arena, attendee, meeting, next_meeting);
}

int store_find_entrant(struct store *store, const struct link_id *link, struct arena *arena,
                       struct attendee *attendee, struct meeting *meeting)
{
    struct query query = query_open(store, STMT_FIND_ENTRANT);
    bind_link(&query, ":link", link);
    return one_attendee(&query, arena, attendee, meeting, next_meeting_at_door);
}

int store_get_attendee(struct store *store, int64_t id, struct arena *arena, struct attendee *attendee,
                       struct meeting *meeting)
{
    struct query query = query_open(store, STMT_GET_ATTENDEE);
    bind_int(&query, ":id", id);
    return one_attendee(&query, arena, attendee, meeting, next_meeting);
}

int store_find_room_meeting(struct store *store, const char *room, int64_t now, struct arena *arena,
                            struct meeting *meeting)
{
    struct query query = query_open(store, STMT_ROOM_POLICY);
    bind_text(&query, ":room", room);
    bind_int(&query, ":now", now);
    return one_meeting(&query, arena, meeting);
}

int store_find_attendee_of(struct store *store, int64_t meeting, int64_t person, struct arena *arena,
                           struct attendee *attendee)
{
    struct query query = query_open(store, STMT_FIND_ATTENDEE_OF);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":person", person);
    int status = query_step(&query);
    if (status > 0) {
        next_attendee(&query, attendee);
        copy_attendee(arena, attendee);
    }
    query_close(&query);
    return status;
}

/* What an answer brings with it. */
struct after_answer {
    int64_t meeting;
    bool guests_see;           /* in their feeds: the list is shown */
    bool organiser_by_mail;    /* and in the feed anyway */
    bool kept;                 /* there is an older answer for the case that the old time comes back */
    int64_t organiser, reader; /* whose feeds change; 0: has none, or it did in this second */
};

static int find_after_answer(struct store *store, int64_t attendee, int64_t now, struct after_answer *after)
{
    struct query query = query_open(store, STMT_AFTER_ANSWER);
    bind_int(&query, ":attendee", attendee);
    bind_int(&query, ":now", now);
    int status = query_step(&query);
    if (status > 0) {
        after->meeting = next_int(&query);
        after->guests_see = next_bool(&query);
        after->organiser_by_mail = next_bool(&query);
        after->kept = next_bool(&query);
        after->organiser = next_int(&query);
        after->reader = next_int(&query);
    }
    query_close(&query);
    return status;
}

static int feed_changed(struct store *store, enum statement whose, const char *of, int64_t id, int64_t now)
{
    struct query query = query_open(store, whose);
    bind_int(&query, of, id);
    bind_int(&query, ":now", now);
    return query_run_done(&query);
}

static int tell_answer(struct store *store, int64_t attendee, int64_t now)
{
    struct after_answer after;
    if (find_after_answer(store, attendee, now, &after) <= 0 ||
        (after.kept && answer_given(store, attendee) <= 0) ||
        (after.organiser && feed_changed(store, STMT_FEED_CHANGED, ":person", after.organiser, now) <= 0) ||
        (after.reader && feed_changed(store, STMT_FEED_CHANGED, ":person", after.reader, now) <= 0) ||
        (after.guests_see &&
         feed_changed(store, STMT_SHOWN_LIST_CHANGED, ":meeting", after.meeting, now) <= 0))
        return -1;
    if (after.organiser_by_mail && letter_queue_answer(store, after.meeting, attendee, now) < 0)
        return -1;
    return 1;
}

int attendee_answer(struct store *store, int64_t attendee, enum partstat partstat, const char *comment,
                    int64_t now)
{
    struct query query = query_open(store, STMT_ANSWER);
    bind_int(&query, ":id", attendee);
    bind_text(&query, ":partstat", partstat_word(partstat));
    bind_text(&query, ":comment", comment);
    bind_int(&query, ":now", now);
    int result = query_run(&query);
    return result <= 0 ? result : tell_answer(store, attendee, now);
}

int store_answer(struct store *store, int64_t attendee, enum partstat partstat, const char *comment,
                 int64_t now)
{
    return verb_begin(store) < 0 ? -1
                                 : verb_end(store, attendee_answer(store, attendee, partstat, comment, now));
}
