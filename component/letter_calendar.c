#include "component/letter_parts.h"
#include "sql/store_feeds.h"

/* The calendar part of a letter (RFC 5546, 6047). */

/* The people of an event as its reader may see them. */
struct people {
    struct calendar_attendee *list;
    size_t count;
    size_t most; /* one more is too many: the list is left; 0: no bound */
    struct arena *arena;
};

static void add_person(struct people *people, const char *mail, const char *name, enum role role,
                       enum partstat partstat)
{
    if (people->count % 16 == 0) {
        struct calendar_attendee *more = arena_array(people->arena, people->count + 16, sizeof *people->list);
        for (size_t i = 0; i < people->count; i++)
            more[i] = people->list[i];
        people->list = more;
    }
    people->list[people->count++] = (struct calendar_attendee){mail, name, role, partstat};
}

static bool add_row(const struct attendee_row *row, void *context)
{
    struct people *people = context;
    if (people->most && people->count == people->most) {
        people->count = 0;
        return false;
    }
    const struct attendee *attendee = &row->attendee;
    add_person(people, arena_dup(people->arena, attendee->mail), arena_dup(people->arena, attendee->name),
               attendee->role, attendee->partstat);
    return true;
}

/* The organiser sees everybody; the others themselves and the organiser, unless the organiser shows the list.
 * That is asked as each letter leaves, so whoever has the event already sees it from the next letter on. Who
 * is removed is no longer on the list. */
static void gather(const struct letters *letters, struct letter_facts *facts, bool cancel,
                   struct people *people)
{
    const struct attendee *me = &facts->attendee;
    const struct person *organiser = &facts->organiser;
    bool all = me->role == ROLE_ORGANISER || facts->meeting.options.show_guests;
    if (me->role != ROLE_ORGANISER)
        people->most = FEED_LIST_MOST;
    if (all && !cancel &&
        store_list_attendees(letters->options.store, facts->meeting.id, add_row, people) > 0 && people->count)
        return;
    add_person(people, organiser->mail, organiser->name, ROLE_ORGANISER, PARTSTAT_ACCEPTED);
    if (me->role != ROLE_ORGANISER)
        add_person(people, me->mail, me->name, me->role, me->partstat);
}

/* ORGANIZER is where answers go (RFC 5546 3.2.3): to us, under the organiser's name. Without an address that
 * reaches us an answer by mail would go to the organiser, whose calendar knows nothing of this event: then
 * none is asked for, and the links in the description are the way. */
char *letter_calendar(const struct letters *letters, struct letter_facts *facts, enum calendar_method method,
                      const json_t *values)
{
    const struct person *organiser = &facts->organiser;
    const char *reply_address = letters->options.reply_address;
    struct people people = {.arena = &facts->arena};
    gather(letters, facts, method == CALENDAR_CANCEL, &people);
    int64_t stamp_at = facts->letter->created_at;
    const struct calendar_event event = {
        .meeting = &facts->meeting,
        .zone = letter_zone(letters, facts->meeting.tz),
        .organiser_mail = reply_address ? reply_address : organiser->mail,
        .organiser_name =
            reply_address ? letter_name(facts, organiser->name, organiser->mail) : organiser->name,
        .attendee_count = people.count,
        .attendees = people.list,
        .rsvp = reply_address && method == CALENDAR_REQUEST,
        .join_address = facts->join,
        .description = method == CALENDAR_REQUEST      ? letter_text(letters, facts, "calendar.txt", values)
                       : facts->kind == LETTER_REMOVAL ? "" /* it may be newer than the removal */
                                                       : NULL,
        /* what came later than the letter's cause is in it too */
        .stamp_at = facts->meeting.updated_at > stamp_at ? facts->meeting.updated_at : stamp_at};
    struct text text = {0};
    struct calendar *calendar = calendar_open(method, NULL);
    calendar_add(calendar, &event);
    calendar_close(calendar, &text);
    char *copy = arena_dup_bytes(&facts->arena, text_string(&text), text.size);
    text_free(&text);
    return copy;
}
