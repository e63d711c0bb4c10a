#include "http/attendance.h"

#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"

#include <string.h>

/* Who was there, from when to when: one row a person, read from the visits by proto/attendance. */

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
    if (invited->count == invited->room) {
        invited->room = invited->room ? invited->room * 2 : 64;
        struct attendee *more = arena_array(invited->arena, invited->room, sizeof *more);
        if (invited->count)
            memcpy(more, invited->list, invited->count * sizeof *more);
        invited->list = more;
    }
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
        report_read_refused(request, report) < 0) {
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

/* With the day, unless `known`, which stands before it, is on the same. */
static json_t *time_after(struct request *request, const struct meeting *meeting, int64_t known, int64_t at)
{
    const struct zone *zone = view_zone(request, meeting);
    struct wall wall = zone_wall(zone, at), before = zone_wall(zone, known);
    bool same = wall.year == before.year && wall.month == before.month && wall.day == before.day;
    return data_time(request, zone, same ? WHEN_TIME : WHEN_SHORT, at);
}

json_t *report_time(struct request *request, const struct meeting *meeting, int64_t at)
{
    return time_after(request, meeting, meeting->starts_at, at);
}

/* A list of its own for each kind of room. */
static void data_stays(struct request *request, json_t *data, const char *name, const struct report *report,
                       const struct report_line *line, enum room_kind kind)
{
    json_t *stays = json_array();
    size_t next = 0;
    struct stay stay;
    while (report_next_stay(line, kind, &next, &stay)) {
        json_t *one = json_object();
        json_object_set_new(one, "from", report_time(request, &report->meeting, stay.joined_ms / 1000));
        if (stay.left_ms)
            json_object_set_new(
                one, "to", time_after(request, &report->meeting, stay.joined_ms / 1000, stay.left_ms / 1000));
        data_true(one, "there", !stay.left_ms);
        data_true(one, "uncertain", stay.uncertain);
        json_array_append_new(stays, one);
    }
    if (json_array_size(stays))
        json_object_set_new(data, name, json_pack("{s:O}", "items", stays));
    json_decref(stays);
}

static void data_length(struct request *request, json_t *data, const char *name, int64_t ms)
{
    struct text text = {0};
    when_add_length(&text, request_catalogue(request), (ms + 500) / 1000);
    data_text(data, name, text_string(&text));
    text_free(&text);
}

static json_t *line_data(struct request *request, const struct report *report, const struct report_line *line)
{
    const struct present_person *person = line->person;
    json_t *data = json_object();
    data_text(data, "name", *line->name ? line->name : request_text(request, "Without a name"));
    data_text(data, "role",
              line->attendee ? view_role(request, line->attendee->role)
                             : request_text(request, "Not invited"));
    if (!person)
        return data;
    data_true(data, "verified", person->verified);
    data_true(data, "phone", person->phone);
    data_stays(request, data, "stays", report, line, ROOM_MAIN);
    data_stays(request, data, "breakouts", report, line, ROOM_BREAKOUT);
    data_length(request, data, "total", person->present_ms);
    if (person->breakout_ms)
        data_length(request, data, "breakout", person->breakout_ms);
    if (person->waited_ms)
        data_length(request, data, "waited", person->waited_ms);
    return data;
}

/* Who was there, who only waited at the door, who never came. */
static void data_lines(struct request *request, json_t *data, const struct report *report)
{
    static const char *const names[] = {"present", "outside", "absent"};
    json_t *groups[] = {json_array(), json_array(), json_array()};
    for (size_t i = 0; i < report->count; i++) {
        const struct report_line *line = &report->lines[i];
        int group = report_line_was_there(line) ? 0 : line->person ? 1 : 2;
        json_array_append_new(groups[group], line_data(request, report, line));
    }
    json_object_set_new(data, "count", json_integer((json_int_t)json_array_size(groups[0])));
    json_object_set_new(data, "most", json_integer(report->attendance.most_at_once));
    for (int group = 0; group < 3; group++) {
        if (json_array_size(groups[group]))
            json_object_set_new(data, names[group], json_pack("{s:O}", "items", groups[group]));
        json_decref(groups[group]);
    }
}

void attendance_get(struct request *request)
{
    struct report report;
    if (!report_read(request, &report))
        return;
    json_t *data = view_meeting(request, &report.meeting);
    data_text(data, "title",
              text_filled(request, request_text(request, "Attendance: {subject}"),
                          (struct place[]){{"subject", report.meeting.subject}, {NULL, NULL}}));
    data_lines(request, data, &report);
    report_refused_data(request, data, &report);
    data_text(data, "csv", request_path(request, "/meetings/%s/attendance.csv", report.meeting.ref));
    page_render(request, 200, "attendance.html", data);
}
