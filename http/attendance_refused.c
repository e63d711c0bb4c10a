#include "http/attendance_refused.h"

#include "http/page.h"
#include "http/view.h"

#include <string.h>

/* Whom the room sent away: the end of the attendance page, and of its JSON. */

enum { SHOWN_MOST = 100 };

static const struct attendee *attendee_of(const struct report *report, const struct refusal *refusal)
{
    for (size_t i = 0; refusal->attendee && i < report->count; i++)
        if (report->lines[i].attendee && report->lines[i].attendee->id == refusal->attendee)
            return report->lines[i].attendee;
    return NULL;
}

/* Why, in words; NULL: nothing that says more than that they were turned away. */
static const char *reason_words(struct request *request, const char *reason)
{
    static const struct {
        const char *reason, *words;
    } known[] = {{"early", N_("too early")},
                 {"early-guest", N_("too early")},
                 {"over", N_("after the end")},
                 {"closed", N_("the meeting had been ended")},
                 {"cancelled", N_("the meeting was cancelled")},
                 {"full", N_("the room was full")},
                 {"unbooked", N_("no meeting at that time")},
                 {"sign-in", N_("not signed in")}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].reason, reason) == 0)
            return request_text(request, known[i].words);
    return NULL;
}

static json_t *line_data(struct request *request, const struct report *report, const struct refusal *refusal)
{
    const struct attendee *attendee = attendee_of(report, refusal);
    json_t *data = json_object();
    data_text(data, "name",
              refusal->others ? request_text(request, "Others, too many to name")
              : attendee      ? view_name(request, attendee->name, attendee->mail)
              : refusal->name ? refusal->name
                              : request_text(request, "Without a name"));
    data_text(data, "role",
              attendee            ? view_role(request, attendee->role)
              : refusal->verified ? request_text(request, "Not invited")
                                  : request_text(request, "not verified"));
    data_text(data, "reason", reason_words(request, refusal->reason));
    int64_t first = refusal->first_ms / 1000, last = refusal->last_ms / 1000;
    json_object_set_new(data, "from",
                        report_time(request, &report->meeting, report->meeting.starts_at, first));
    if (last / 60 != first / 60)
        json_object_set_new(data, "to",
                            report_time(request, &report->meeting, report->meeting.starts_at, last));
    json_object_set_new(data, "times", json_integer((json_int_t)refusal->times));
    data_true(data, "often", refusal->times > 1);
    return data;
}

void refused_data(struct request *request, json_t *data, const struct report *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < report->refused_count; i++)
        if (i < SHOWN_MOST || report->refused[i].others)
            json_array_append_new(items, line_data(request, report, &report->refused[i]));
    size_t hidden = report->refused_count - json_array_size(items);
    if (json_array_size(items)) {
        json_t *refused = json_pack("{s:O}", "items", items);
        if (hidden)
            json_object_set_new(refused, "more", json_integer((json_int_t)hidden));
        json_object_set_new(data, "refused", refused);
    }
    json_decref(items);
}

json_t *refused_json(const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->refused_count; i++) {
        const struct refusal *refusal = &report->refused[i];
        const struct attendee *attendee = attendee_of(report, refusal);
        json_array_append_new(
            list,
            json_pack("{s:s?, s:s?, s:b, s:b, s:s, s:I, s:I, s:I}", "name", refusal->name, "mail",
                      attendee ? attendee->mail : NULL, "verified", (int)refusal->verified, "others",
                      (int)refusal->others, "reason", refusal->reason, "times", (json_int_t)refusal->times,
                      "first_ms", (json_int_t)refusal->first_ms, "last_ms", (json_int_t)refusal->last_ms));
    }
    return list;
}
