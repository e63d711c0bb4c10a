#include "component/letter_parts.h"
#include "proto/attendance.h"
#include "proto/when.h"
#include "sql/store_rooms.h"

#include <string.h>

/* Who was there, for the organiser after the meeting: the page of the attendance in short. */

enum { SHOWN_MOST = 50 /* people; the page shows them all */ };

/* The invited: their names, and who of them was not there. */
struct invited {
    struct letter_facts *facts;
    const struct attendance *attendance;
    json_t *people;
    int shown, more, came;
    struct text absent;
};

static const struct present_person *present(const struct attendance *attendance, int64_t attendee)
{
    for (size_t i = 0; i < attendance->count; i++)
        if (attendance->people[i].attendee == attendee && attendance->people[i].stay_count > 0)
            return &attendance->people[i];
    return NULL;
}

static void add_present(struct invited *invited, const struct present_person *person, const char *name)
{
    struct text time = {0};
    invited->came++;
    if (invited->shown == SHOWN_MOST) {
        invited->more++;
        return;
    }
    json_t *row = json_object();
    when_add_length(&time, invited->facts->catalogue, person->present_ms / 1000);
    letter_put(row, "name", name);
    letter_put_text(row, "time", &time);
    json_array_append_new(invited->people, row);
    invited->shown++;
}

static bool add_invited(const struct attendee_row *row, void *context)
{
    struct invited *invited = context;
    const struct attendee *attendee = &row->attendee;
    const char *name = letter_name(invited->facts, attendee->name, attendee->mail);
    const struct present_person *person = present(invited->attendance, attendee->id);
    if (person)
        add_present(invited, person, name);
    else if (attendee->role != ROLE_ORGANISER)
        text_addf(&invited->absent, "%s%s", invited->absent.size ? ", " : "", name);
    return true;
}

void letter_put_summary(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    struct store *store = letters->options.store;
    struct visits visits = {.arena = &facts->arena};
    store_list_visits(store, facts->meeting.id, visits_add, &visits);
    struct attendance attendance =
        attendance_make(&facts->arena, visits.list, visits.count, letters->options.rejoin * INT64_C(1000),
                        facts->letter->created_at * 1000);
    struct invited invited = {.facts = facts, .attendance = &attendance, .people = json_array()};
    store_list_attendees(store, facts->meeting.id, add_invited, &invited);
    for (size_t i = 0; i < attendance.count; i++) {
        const struct present_person *person = &attendance.people[i];
        if (person->stay_count > 0 && !person->attendee)
            add_present(&invited, person,
                        person->name ? person->name : _(facts->catalogue, "Without a name"));
    }
    json_object_set_new(into, "people", invited.people);
    json_object_set_new(into, "came", json_integer(invited.came));
    json_object_set_new(into, "more", json_integer(invited.more));
    letter_put_text(into, "absent", &invited.absent);
    letter_put(into, "attendance",
               arena_printf(&facts->arena, "%s/meetings/%s/attendance", letters->options.site->url,
                            facts->meeting.ref));
}
