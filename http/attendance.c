#include "http/attendance_refused.h"
#include "http/attendance_report.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"

/* Who was there, from when to when, as a page. */

/* A list of its own for each kind of room. */
static void data_stays(struct request *request, json_t *data, const char *name, const struct report *report,
                       const struct report_line *line, enum room_kind kind)
{
    json_t *stays = json_array();
    size_t next = 0;
    struct stay stay;
    while (report_next_stay(line, kind, &next, &stay)) {
        json_t *one = json_object();
        json_object_set_new(
            one, "from",
            report_time(request, &report->meeting, report->meeting.starts_at, stay.joined_ms / 1000));
        if (stay.left_ms)
            json_object_set_new(
                one, "to",
                report_time(request, &report->meeting, stay.joined_ms / 1000, stay.left_ms / 1000));
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
    refused_data(request, data, &report);
    data_text(data, "csv", request_path(request, "/meetings/%s/attendance.csv", report.meeting.ref));
    page_render(request, 200, "attendance.html", data);
}
