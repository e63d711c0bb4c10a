#include "http/attendance_report.h"

#include "http/auth.h"
#include "http/page.h"
#include "http/view.h"

#include <string.h>

/* The invited, gathered. */
struct invited {
    struct arena *arena;
    size_t count, room;
    struct attendee *list;
};

static bool invited_add(const struct attendee_row *row, void *context)
{
    struct invited *invited = context;
    if (row->attendee.removed && !row->visits)
        return true;
    invited->list =
        arena_grow(invited->arena, invited->list, invited->count, &invited->room, sizeof *invited->list);
    struct attendee *kept = &invited->list[invited->count++];
    *kept = row->attendee;
    kept->name = arena_dup(invited->arena, row->attendee.name);
    kept->mail = arena_dup(invited->arena, row->attendee.mail);
    return true;
}

static const struct attendee *invited_find(const struct invited *invited, int64_t id)
{
    for (size_t i = 0; id && i < invited->count; i++)
        if (invited->list[i].id == id)
            return &invited->list[i];
    return NULL;
}

static void report_add(struct request *request, struct report *report, const struct present_person *person,
                       const struct attendee *attendee)
{
    const char *name = attendee ? view_name(request, attendee->name, attendee->mail) : NULL;
    if (!attendee && person)
        name = person->name;
    report->lines[report->count++] = (struct report_line){person, attendee, name ? name : ""};
}

static void report_make(struct request *request, struct report *report, const struct invited *invited)
{
    const struct attendance *attendance = &report->attendance;
    report->lines =
        arena_array(&request->arena, attendance->count + invited->count + 1, sizeof *report->lines);
    for (size_t i = 0; i < attendance->count; i++)
        report_add(request, report, &attendance->people[i],
                   invited_find(invited, attendance->people[i].attendee));
    size_t seen = report->count;
    for (size_t i = 0; i < invited->count; i++) {
        size_t line = 0;
        while (line < seen && report->lines[line].attendee != &invited->list[i])
            line++;
        if (line == seen)
            report_add(request, report, NULL, &invited->list[i]);
    }
}

/* Whom the room sent away, gathered. */
struct refusals {
    struct arena *arena;
    struct report *report;
    size_t room;
};

static bool refused_add(const struct refusal *refusal, void *context)
{
    struct refusals *refusals = context;
    struct report *report = refusals->report;
    report->refused = arena_grow(refusals->arena, report->refused, report->refused_count, &refusals->room,
                                 sizeof *report->refused);
    struct refusal *kept = &report->refused[report->refused_count++];
    *kept = *refusal;
    kept->name = arena_dup(refusals->arena, refusal->name);
    kept->reason = arena_dup(refusals->arena, refusal->reason);
    return true;
}

static int read_refused(struct request *request, struct report *report)
{
    struct refusals refusals = {&request->arena, report, 0};
    return store_list_refusals(request_store(request), report->meeting.id, refused_add, &refusals);
}

bool report_read(struct request *request, struct report *report)
{
    struct attendee me = {0};
    struct invited invited = {.arena = &request->arena};
    struct visits visits = {.arena = &request->arena};
    *report = (struct report){0};
    if (!auth_find_meeting(request, RIGHT_REPORT, &report->meeting, &me))
        return false;
    if (store_list_attendees(request_store(request), report->meeting.id, invited_add, &invited) < 0 ||
        store_list_visits(request_store(request), report->meeting.id, visits_add, &visits) < 0 ||
        read_refused(request, report) < 0) {
        page_unavailable(request);
        return false;
    }
    report->attendance = attendance_make(&request->arena, visits.list, visits.count,
                                         request_options(request)->rejoin * INT64_C(1000),
                                         clock_ms(request_options(request)->clock));
    report_make(request, report, &invited);
    return true;
}

bool report_line_was_there(const struct report_line *line)
{
    return line->person && line->person->stay_count > 0;
}

bool report_next_stay(const struct report_line *line, enum room_kind kind, size_t *next, struct stay *stay)
{
    const struct present_person *person = line->person;
    bool found = false;
    for (; person && *next < person->stay_count; ++*next) {
        const struct stay *at = &person->stays[*next];
        if (at->room_kind != kind)
            continue;
        if (!found) {
            *stay = *at;
            found = true;
        } else if (stay->left_ms && at->joined_ms > stay->left_ms) {
            break;
        } else if (stay->left_ms && (!at->left_ms || at->left_ms > stay->left_ms)) {
            stay->left_ms = at->left_ms;
            stay->uncertain = at->uncertain;
        }
    }
    return found;
}

json_t *report_time(struct request *request, const struct meeting *meeting, int64_t known, int64_t at)
{
    const struct zone *zone = view_zone(request, meeting);
    struct wall wall = zone_wall(zone, at), before = zone_wall(zone, known);
    bool same = wall.year == before.year && wall.month == before.month && wall.day == before.day;
    return data_time(request, zone, same ? WHEN_TIME : WHEN_SHORT, at);
}
