#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"
#include "sql/store_rooms.h"

/* Who was there, from when to when. One row a person: visits of one attendee belong together, whoever came
 * without a link of ours has a row a visit. */

enum { BREAK_MS = 5000 /* moving to a breakout room looks like leaving and joining: no gap */ };

struct stay {
    int64_t from_ms, to_ms; /* to_ms 0: still there */
    bool uncertain;
    struct stay *next;
};

struct presence {
    int64_t attendee; /* 0: nobody that we know */
    const char *name;
    enum role role;
    bool known, verified, moderator;
    struct stay *first, *last;
    struct presence *next;
};

struct report {
    struct request *request;
    struct presence *first, **last;
};

static struct presence *report_add(struct report *report, int64_t attendee, const char *name)
{
    struct presence *presence = arena_alloc(&report->request->arena, sizeof *presence);
    presence->attendee = attendee;
    presence->name = arena_dup(&report->request->arena, name);
    *report->last = presence;
    report->last = &presence->next;
    return presence;
}

static bool report_add_attendee(const struct attendee_row *row, void *context)
{
    struct report *report = context;
    const struct attendee *attendee = &row->attendee;
    if (attendee->removed && !row->visits)
        return true;
    struct presence *presence =
        report_add(report, attendee->id, view_name(report->request, attendee->name, attendee->mail));
    presence->known = true;
    presence->role = attendee->role;
    return true;
}

/* Joins a stay to the one before when they touch. Visits come by the time of joining. */
static void presence_add(struct presence *presence, struct arena *arena, const struct visit *visit)
{
    struct stay *last = presence->last;
    if (last && (!last->to_ms || visit->joined_ms <= last->to_ms + BREAK_MS)) {
        if (last->to_ms && (!visit->left_ms || visit->left_ms > last->to_ms)) {
            last->to_ms = visit->left_ms;
            last->uncertain = visit->uncertain;
        }
        return;
    }
    struct stay *stay = arena_alloc(arena, sizeof *stay);
    *stay = (struct stay){visit->joined_ms, visit->left_ms, visit->uncertain, NULL};
    if (last)
        last->next = stay;
    else
        presence->first = stay;
    presence->last = stay;
}

static bool report_add_visit(const struct visit *visit, void *context)
{
    struct report *report = context;
    struct presence *presence = visit->attendee ? report->first : NULL;
    if (visit->room_kind == ROOM_LOBBY)
        return true; /* waiting is not being there */
    while (presence && presence->attendee != visit->attendee)
        presence = presence->next;
    if (!presence)
        presence = report_add(report, visit->attendee, visit->name);
    presence->verified |= visit->verified;
    presence->moderator |= visit->moderator;
    presence_add(presence, &report->request->arena, visit);
    return true;
}

/* "14:00" or, when it is not the day of the meeting, with its date. */
static json_t *stay_time(struct request *request, const struct meeting *meeting, int64_t at)
{
    const struct zone *zone = view_zone(request, meeting);
    struct wall wall = zone_wall(zone, at), start = zone_wall(zone, meeting->starts_at);
    bool same = wall.year == start.year && wall.month == start.month && wall.day == start.day;
    return data_time(request, zone, same ? WHEN_TIME : WHEN_SHORT, at);
}

static json_t *stays_data(struct request *request, const struct meeting *meeting,
                          const struct presence *presence, int64_t *total_ms)
{
    json_t *stays = json_array();
    int64_t now_ms = clock_ms(request_options(request)->clock);
    *total_ms = 0;
    for (const struct stay *stay = presence->first; stay; stay = stay->next) {
        json_t *data = json_object();
        json_object_set_new(data, "from", stay_time(request, meeting, stay->from_ms / 1000));
        if (stay->to_ms)
            json_object_set_new(data, "to", stay_time(request, meeting, stay->to_ms / 1000));
        data_true(data, "there", !stay->to_ms);
        data_true(data, "uncertain", stay->uncertain);
        int64_t to_ms = stay->to_ms ? stay->to_ms : now_ms;
        *total_ms += to_ms > stay->from_ms ? to_ms - stay->from_ms : 0;
        json_array_append_new(stays, data);
    }
    return stays;
}

static json_t *presence_data(struct request *request, const struct meeting *meeting,
                             const struct presence *presence)
{
    json_t *data = json_object();
    struct text total = {0};
    int64_t total_ms;
    data_text(data, "name",
              presence->name && *presence->name ? presence->name : request_text(request, "Without a name"));
    data_text(data, "role",
              presence->known ? view_role(request, presence->role) : request_text(request, "Not invited"));
    data_true(data, "verified", presence->verified);
    json_object_set_new(data, "stays", stays_data(request, meeting, presence, &total_ms));
    when_add_length(&total, request_catalogue(request), (total_ms + 500) / 1000);
    data_text(data, "total", text_string(&total));
    text_free(&total);
    return data;
}

void attendance_get(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee me = {0};
    struct report report = {.request = request};
    report.last = &report.first;
    if (!auth_find_meeting(request, RIGHT_REPORT, &meeting, &me))
        return;
    if (store_list_attendees(request_store(request), meeting.id, report_add_attendee, &report) < 0 ||
        store_list_visits(request_store(request), meeting.id, report_add_visit, &report) < 0) {
        page_unavailable(request);
        return;
    }
    json_t *data = view_meeting(request, &meeting), *present = json_array(), *absent = json_array();
    for (const struct presence *presence = report.first; presence; presence = presence->next)
        json_array_append_new(presence->first ? present : absent, presence_data(request, &meeting, presence));
    data_text(data, "title",
              text_filled(request, request_text(request, "Attendance: {subject}"),
                          (struct place[]){{"subject", meeting.subject}, {NULL, NULL}}));
    json_object_set_new(data, "count", json_integer((json_int_t)json_array_size(present)));
    if (json_array_size(present))
        json_object_set_new(data, "present", json_pack("{s:O}", "items", present));
    if (json_array_size(absent))
        json_object_set_new(data, "absent", json_pack("{s:O}", "items", absent));
    json_decref(present);
    json_decref(absent);
    page_render(request, 200, "attendance.html", data);
}
