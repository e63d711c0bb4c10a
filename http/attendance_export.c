#include "http/attendance_refused.h"
#include "http/attendance_report.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/csv_write.h"

#include <string.h>

/* The attendance for other programs: a row a stay for spreadsheets, and the same as JSON. */

static const char *kind_word(enum room_kind kind)
{
    return kind == ROOM_BREAKOUT ? "breakout" : "main";
}

/* 2026-11-30 14:00:05 on the clock of the meeting: what spreadsheets read as a time. */
static const char *clock_time(struct request *request, const struct zone *zone, int64_t at_ms)
{
    struct wall wall = zone_wall(zone, at_ms / 1000);
    return at_ms ? arena_printf(&request->arena, "%04d-%02d-%02d %02d:%02d:%02d", wall.year, wall.month,
                                wall.day, wall.hour, wall.minute, wall.second)
                 : "";
}

static void csv_head(struct request *request, struct csv_writer *csv, const struct zone *zone)
{
    static const char *const names[] = {N_("Name"),     N_("Mail address"), N_("Role"),
                                        N_("Identity"), N_("Came"),         N_("Left"),
                                        N_("Seconds"),  N_("Room"),         N_("Certain")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        csv_add(csv, request_text(request, names[i]));
    csv_add(csv,
            arena_printf(&request->arena, "%s: %s", request_text(request, "Time zone"), zone_name(zone)));
    csv_end_row(csv);
}

static void csv_person(struct request *request, struct csv_writer *csv, const struct report_line *line)
{
    csv_add(csv, line->name);
    csv_add(csv, line->attendee ? line->attendee->mail : "");
    csv_add(csv,
            line->attendee ? view_role(request, line->attendee->role) : request_text(request, "Not invited"));
    csv_add(csv, !line->person            ? ""
                 : line->person->verified ? request_text(request, "verified")
                                          : request_text(request, "not verified"));
}

static void csv_stay(struct request *request, struct csv_writer *csv, const struct zone *zone,
                     const struct stay *stay)
{
    csv_add(csv, clock_time(request, zone, stay->joined_ms));
    csv_add(csv, clock_time(request, zone, stay->left_ms));
    csv_add(csv, stay->left_ms ? arena_printf(&request->arena, "%lld",
                                              (long long)(stay->left_ms - stay->joined_ms + 500) / 1000)
                               : "");
    csv_add(csv, stay->room_kind == ROOM_BREAKOUT ? request_text(request, "Breakout room")
                                                  : request_text(request, "Main room"));
    csv_add(csv, stay->uncertain ? request_text(request, "about") : request_text(request, "yes"));
    csv_add(csv, "");
    csv_end_row(csv);
}

/* Spreadsheets expect a semicolon where the comma is the decimal point. */
static char csv_separator(struct request *request)
{
    return strcmp(catalogue_language(request_catalogue(request)), "fr") == 0 ? ';' : ',';
}

/* GET /meetings/REF/attendance.csv */
void attendance_get_csv(struct request *request)
{
    struct report report;
    if (!report_read(request, &report))
        return;
    const struct zone *zone = view_zone(request, &report.meeting);
    reply_begin(request, 200, "text/csv; charset=utf-8");
    reply_header(
        request, "Content-Disposition",
        arena_printf(&request->arena, "attachment; filename=\"attendance-%s.csv\"", report.meeting.ref));
    struct csv_writer csv = csv_begin(&request->reply.body, csv_separator(request));
    csv_head(request, &csv, zone);
    for (size_t i = 0; i < report.count; i++) {
        const struct report_line *line = &report.lines[i];
        struct stay stay;
        for (enum room_kind kind = ROOM_MAIN; kind <= ROOM_BREAKOUT; kind++) {
            for (size_t next = 0; report_next_stay(line, kind, &next, &stay);) {
                csv_person(request, &csv, line);
                csv_stay(request, &csv, zone, &stay);
            }
        }
        if (!report_line_was_there(line)) {
            csv_person(request, &csv, line);
            csv_end_row(&csv);
        }
    }
}

static json_t *line_json(const struct report_line *line)
{
    const struct present_person *person = line->person;
    const struct attendee *attendee = line->attendee;
    json_t *stays = json_array();
    struct stay stay;
    for (enum room_kind kind = ROOM_MAIN; kind <= ROOM_BREAKOUT; kind++)
        for (size_t next = 0; report_next_stay(line, kind, &next, &stay);)
            json_array_append_new(
                stays, json_pack("{s:s, s:I, s:o, s:b}", "room", kind_word(kind), "joined_ms",
                                 (json_int_t)stay.joined_ms, "left_ms",
                                 stay.left_ms ? json_integer((json_int_t)stay.left_ms) : json_null(),
                                 "uncertain", (int)stay.uncertain));
    return json_pack("{s:s, s:s?, s:s?, s:b, s:b, s:I, s:I, s:I, s:o}", "name", line->name, "mail",
                     attendee ? attendee->mail : NULL, "role", attendee ? role_word(attendee->role) : NULL,
                     "verified", person ? (int)person->verified : 0, "phone", person ? (int)person->phone : 0,
                     "present_ms", (json_int_t)(person ? person->present_ms : 0), "breakout_ms",
                     (json_int_t)(person ? person->breakout_ms : 0), "waited_ms",
                     (json_int_t)(person ? person->waited_ms : 0), "stays", stays);
}

/* GET /meetings/REF/attendance.json: times in milliseconds since 1970, UTC. */
void attendance_get_json(struct request *request)
{
    struct report report;
    if (!report_read(request, &report))
        return;
    json_t *people = json_array();
    for (size_t i = 0; i < report.count; i++)
        json_array_append_new(people, line_json(&report.lines[i]));
    json_t *data =
        json_pack("{s:s, s:s, s:I, s:I, s:i, s:o, s:o}", "meeting", report.meeting.ref, "subject",
                  report.meeting.subject, "starts_at", (json_int_t)report.meeting.starts_at, "ends_at",
                  (json_int_t)report.meeting.ends_at, "most_at_once", report.attendance.most_at_once,
                  "people", people, "refused", refused_json(&report));
    reply_json(request, 200, data);
    json_decref(data);
}
