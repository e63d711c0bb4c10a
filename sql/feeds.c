/* The calendars that people subscribe to. */
#include "sql/store_feeds.h"

#include "sql/store_internal.h"

#include <stdlib.h>

/* As FEED_COLUMNS has them: the attendee's begin here. A meeting has a row for each attendee shown. */
enum { ATTENDEE_AT = 15 };

struct reader {
    const struct feed_query *asked;
    bool (*each)(const struct feed_row *row, void *context);
    void *context;
    struct arena arena; /* of the strings of the event */
    struct feed_row row;
    bool open; /* there is an event in `row` */
    size_t room;
    struct calendar_attendee *attendees;
};

static void add_attendee(struct reader *reader, const struct calendar_attendee *attendee)
{
    size_t used = reader->row.attendee_count++;
    reader->attendees = mem_grow(reader->attendees, used, &reader->room, sizeof *attendee);
    reader->attendees[used] = *attendee;
}

/* Hands the event over that is complete; false: no more is wanted. */
static bool give(struct reader *reader)
{
    bool more = true;
    if (reader->open) {
        reader->row.attendees = reader->attendees;
        more = reader->each(&reader->row, reader->context);
    }
    reader->open = false;
    arena_clear(&reader->arena);
    return more;
}

static const char *keep_text(struct reader *reader, struct query *query)
{
    return arena_dup(&reader->arena, next_text(query));
}

/* The columns of the meeting, behind its id. */
static void begin_event(struct reader *reader, struct query *query, int64_t id)
{
    struct meeting *meeting = &reader->row.meeting;
    const struct person *person = reader->asked->person;
    reader->row = (struct feed_row){.meeting.id = id};
    reader->open = true;
    meeting->uid = keep_text(reader, query);
    meeting->subject = keep_text(reader, query);
    meeting->description = keep_text(reader, query);
    meeting->starts_at = next_int(query);
    meeting->ends_at = next_int(query);
    meeting->tz = keep_text(reader, query);
    meeting->status = next_bool(query) ? MEETING_CANCELLED : MEETING_CONFIRMED;
    meeting->sequence = (int)next_int(query);
    reminders_read(next_text(query), meeting->options.mail_reminders);
    meeting->created_at = next_int(query);
    meeting->updated_at = next_int(query);
    reader->row.organiser_mail = keep_text(reader, query);
    reader->row.organiser_name = keep_text(reader, query);
    if (!reader->row.organiser_mail) {
        reader->row.organiser_mail = person->mail;
        reader->row.organiser_name = person->name;
    }
    if (next_bool(query))
        add_attendee(reader,
                     &(struct calendar_attendee){reader->row.organiser_mail, reader->row.organiser_name,
                                                 ROLE_ORGANISER, PARTSTAT_ACCEPTED});
}

static void next_shown(struct reader *reader, struct query *query)
{
    struct calendar_attendee attendee = {.role = ROLE_GUEST, .partstat = PARTSTAT_NEEDS_ACTION};
    query->column = ATTENDEE_AT;
    role_read(next_text(query), &attendee.role);
    partstat_read(next_text(query), &attendee.partstat);
    attendee.mail = keep_text(reader, query);
    attendee.name = keep_text(reader, query);
    int64_t changed_at = next_int(query);
    if (changed_at > reader->row.changed_at) /* an organiser sees what each of them changed */
        reader->row.changed_at = changed_at;
    if (next_bool(query)) {
        reader->row.role = attendee.role;
        reader->row.partstat = attendee.partstat;
        next_link(query, &reader->row.link);
    }
    add_attendee(reader, &attendee);
}

int store_list_feed(struct store *store, const struct feed_query *asked,
                    bool (*each)(const struct feed_row *row, void *context), void *context)
{
    struct reader reader = {.asked = asked, .each = each, .context = context};
    struct query query = query_open(store, STMT_LIST_FEED);
    bool more = true;
    bind_text(&query, ":mail", asked->person->mail);
    bind_int(&query, ":from", asked->from);
    bind_int(&query, ":to", asked->to);
    bind_int(&query, ":person", asked->person->id);
    bind_int(&query, ":invited", !asked->only_organised);
    bind_int(&query, ":most", FEED_LIST_MOST);
    bind_int(&query, ":cancelled_from", asked->cancelled_from);
    bind_int(&query, ":cancelled_since", asked->cancelled_since);
    while (more && query_list(&query)) {
        int64_t id = next_int(&query);
        if (!reader.open || id != reader.row.meeting.id) {
            more = give(&reader);
            begin_event(&reader, &query, id);
        }
        next_shown(&reader, &query);
    }
    if (more && query.status >= 0)
        give(&reader);
    int listed = query_list_end(&query);
    arena_free(&reader.arena);
    free(reader.attendees);
    return listed;
}

/* All of them, or the organiser and that attendee. */
static int list_people(struct store *store, const struct attendee *me, bool all, struct arena *arena,
                       struct calendar_people *people)
{
    struct query query = query_open(store, all ? STMT_LIST_CALENDAR_PEOPLE : STMT_LIST_CALENDAR_PAIR);
    struct calendar_attendee *list = NULL;
    size_t room = 0;
    int status;
    *people = (struct calendar_people){0};
    bind_int(&query, ":meeting", me->meeting);
    bind_int(&query, ":me", me->id);
    while ((status = query_step(&query)) > 0) {
        list = arena_grow(arena, list, people->count, &room, sizeof *list);
        struct calendar_attendee *one = &list[people->count++];
        *one = (struct calendar_attendee){.role = ROLE_GUEST, .partstat = PARTSTAT_NEEDS_ACTION};
        role_read(next_text(&query), &one->role);
        partstat_read(next_text(&query), &one->partstat);
        one->mail = arena_dup(arena, next_text(&query));
        one->name = arena_dup(arena, next_text(&query));
        int64_t changed_at = next_int(&query);
        people->changed_at = changed_at > people->changed_at ? changed_at : people->changed_at;
    }
    query_close(&query);
    people->list = list;
    return status < 0 ? -1 : people->count > 0;
}

int store_get_calendar_people(struct store *store, const struct meeting *meeting, const struct attendee *me,
                              bool alone, struct arena *arena, struct calendar_people *people)
{
    bool organiser = me->role == ROLE_ORGANISER;
    bool all = !alone && (organiser || meeting->options.show_guests);
    int status = list_people(store, me, all, arena, people);
    if (all && !organiser && people->count > FEED_LIST_MOST)
        status = list_people(store, me, false, arena, people);
    return status;
}

int store_find_feed(struct store *store, const struct link_id *link, int64_t since, int64_t to,
                    struct arena *arena, struct person *person, int64_t *changed_at)
{
    struct query query = query_open(store, STMT_FIND_FEED);
    bind_link(&query, ":link", link);
    bind_int(&query, ":since", since);
    bind_int(&query, ":to", to);
    int status = query_step(&query);
    if (status > 0) {
        next_person(&query, person);
        copy_person(arena, person);
        *changed_at = next_int(&query);
    }
    query_close(&query);
    return status;
}
