#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"

#include <stdlib.h>

/* My meetings: live now, coming, past. */

enum {
    PAGE_SIZE = 100,
    PAST_ON_FRONT = 5,
    AHEAD_MOST = 10 * 366 * 86400, /* seconds */
    BEHIND_MOST = 365 * 86400
};

struct list {
    struct request *request;
    json_t *live, *coming, *past;
    int limit, count;
    int64_t last_at, last_id; /* where the next page goes on */
};

/* The one thing that makes sense now. */
static void row_add_action(struct request *request, json_t *data, const struct meeting_row *row)
{
    const struct meeting *meeting = &row->meeting;
    enum view_state state = view_state(meeting, request->now);
    const char *label = NULL, *href = NULL;
    if (row->me.id && view_is_open(meeting, row->me.role, request->now)) {
        label = _(request_catalogue(request), "Join now");
        href = request_link_path(request, LINK_JOIN, &row->me.link);
    } else if (state == VIEW_COMING && row->me.id && row->me.role != ROLE_ORGANISER) {
        label = row->me.partstat == PARTSTAT_NEEDS_ACTION ? _(request_catalogue(request), "Answer now")
                                                          : _(request_catalogue(request), "Change my answer");
        href = request_link_path(request, LINK_INVITATION, &row->me.link);
    } else if (state == VIEW_OVER && (row->me.role != ROLE_GUEST || !row->me.id)) {
        label = _(request_catalogue(request), "Who was there");
        href = request_path(request, "/meetings/%s/attendance", meeting->ref);
    }
    data_text(data, "action", label);
    data_text(data, "address", href);
    data_true(data, "main",
              state == VIEW_LIVE || (row->me.id && view_is_open(meeting, row->me.role, request->now)) ||
                  (label && row->me.partstat == PARTSTAT_NEEDS_ACTION && state == VIEW_COMING));
}

/* In the reader's zone, which the page names once. */
static json_t *row_data(struct request *request, const struct meeting_row *row)
{
    const struct meeting *meeting = &row->meeting;
    bool mine = meeting->organiser == request->person.id;
    json_t *data = view_meeting(request, meeting);
    if (view_state(meeting, request->now) == VIEW_LIVE || view_state(meeting, request->now) == VIEW_OVER)
        json_object_del(data, "state"); /* the section's heading says it */
    json_object_set_new(
        data, "when", data_span(request, request->zone, WHEN_RELATIVE, meeting->starts_at, meeting->ends_at));
    data_text(data, "role", view_role(request, mine ? ROLE_ORGANISER : row->me.role));
    data_text(data, "organiser", mine ? NULL : view_name(request, row->organiser_name, row->organiser_mail));
    if (!mine && row->me.id && meeting->status == MEETING_CONFIRMED) {
        data_text(data, "answer", view_answer(request, row->me.partstat));
        data_text(data, "answer_class", partstat_word(row->me.partstat));
    }
    json_object_set_new(data, "invited", json_integer(row->invited));
    json_object_set_new(data, "accepted", json_integer(row->accepted));
    json_object_set_new(data, "connected", json_integer(row->connected));
    data_true(data, "mine", mine && meeting->status == MEETING_CONFIRMED);
    row_add_action(request, data, row);
    return data;
}

static bool list_add(const struct meeting_row *row, void *context)
{
    struct list *list = context;
    enum view_state state = view_state(&row->meeting, list->request->now);
    bool over = row->meeting.ends_at <= list->request->now;
    if (over != !list->coming)
        return true; /* it belongs to the other half */
    if (list->count == list->limit)
        return false;
    list->count++;
    list->last_at = row->meeting.starts_at;
    list->last_id = row->meeting.id;
    json_array_append_new(over                 ? list->past
                          : state == VIEW_LIVE ? list->live
                                               : list->coming,
                          row_data(list->request, row));
    return true;
}

/* Sets a section when it has something. */
static void data_section(json_t *data, const char *name, json_t *rows)
{
    if (rows && json_array_size(rows))
        json_object_set_new(data, name, json_pack("{s:O}", "items", rows));
    json_decref(rows);
}

/* Reads "AT-ID" of a page's address. */
static bool after_read(struct request *request, struct meeting_query *query)
{
    const char *after = request_parameter(request, "after");
    char *end;
    if (!after)
        return false;
    query->after_at = strtoll(after, &end, 10);
    query->after_id = *end == '-' ? strtoll(end + 1, &end, 10) : 0;
    return query->after_id > 0 && !*end;
}

/* Lists one half into data; the link to the rest is called `more`. */
static int list_half(struct request *request, json_t *data, bool past, int limit)
{
    struct list list = {.request = request, .limit = limit};
    struct meeting_query query = {.mail = request->person.mail, .newest_first = past, .limit = PAGE_SIZE + 1};
    query.from = past ? request->now - BEHIND_MOST : request->now;
    query.to = past ? request->now : request->now + AHEAD_MOST;
    if (!after_read(request, &query))
        query.after_id = query.after_at = 0;
    if (past)
        list.past = json_array();
    else
        list.live = json_array(), list.coming = json_array();
    int listed = store_list_meetings(request_store(request), &query, list_add, &list);
    data_section(data, "live", list.live);
    data_section(data, "coming", list.coming);
    data_section(data, "past", list.past);
    if (list.count == limit && past && limit < PAGE_SIZE)
        data_text(data, "all_past", request_path(request, "/?view=past"));
    else if (list.count == limit)
        data_text(data, "more",
                  request_path(request, "/?%safter=%lld-%lld", past ? "view=past&" : "",
                               (long long)list.last_at, (long long)list.last_id));
    return listed;
}

void meetings_get_list(struct request *request)
{
    const char *view = request_parameter(request, "view");
    bool past = view && *view == 'p', front = !past && !request_parameter(request, "after");
    json_t *data = json_object();
    struct text zone = {0};
    int listed = past ? 1 : list_half(request, data, false, PAGE_SIZE);
    if (listed >= 0 && (past || front))
        listed = list_half(request, data, true, past ? PAGE_SIZE : PAST_ON_FRONT);
    if (listed < 0) {
        json_decref(data);
        page_unavailable(request);
        return;
    }
    when_add_zone(&zone, request->zone, request->now);
    data_text(data, "title",
              past ? request_text(request, "Past meetings") : request_text(request, "My meetings"));
    data_text(data, "zone", text_string(&zone));
    data_true(data, "none", !json_object_get(data, "live") && !json_object_get(data, "coming") && !past);
    data_true(data, "only_past", past);
    data_text(data, "feed", request_link_url(request, LINK_FEED, &request->person.link));
    text_free(&zone);
    page_render(request, 200, "meetings.html", data);
}
