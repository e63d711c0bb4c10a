#include "http/auth.h"
#include "http/live.h"
#include "http/routes.h"
#include "sql/store_live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More time for a meeting that goes on: by the link that moderators get in the room, without signing in, or
 * from the meeting's page. One button for each quarter of an hour that its room is free for. */

enum { QUARTER = 15 * 60, QUARTERS = 4 };

/* The latest end; INT64_MAX: no bound. < 0: broken. */
static int extend_bound(struct request *request, const struct meeting *meeting, int64_t *until)
{
    int bound = store_latest_end(request_store(request), meeting, until);
    if (bound == 0)
        *until = INT64_MAX;
    return bound;
}

bool data_extend(struct request *request, json_t *data, const struct meeting *meeting, const char *action)
{
    int64_t until;
    if (extend_bound(request, meeting, &until) < 0)
        return false;
    json_t *items = json_array();
    for (int i = 1; i <= QUARTERS; i++) {
        int64_t end = meeting->ends_at + (int64_t)i * QUARTER;
        if (end <= request->now || end > until)
            continue;
        json_t *item = json_object(), *time = data_time(request, view_zone(request, meeting), WHEN_TIME, end);
        data_text(item, "minutes", arena_printf(&request->arena, "%d", i * QUARTER / 60));
        data_text(item, "end", json_string_value(json_object_get(time, "text")));
        json_decref(time);
        json_array_append_new(items, item);
    }
    bool any = json_array_size(items) > 0;
    data_text(data, "extend_action", action);
    data_text(data, "extend_from", arena_printf(&request->arena, "%" PRId64, meeting->ends_at));
    data_true(data, "extend_none", !any);
    if (any)
        json_object_set_new(data, "extend", json_pack("{s:o}", "items", items));
    else
        json_decref(items);
    return true;
}

int extend_do(struct request *request, const struct meeting *meeting, const char *by)
{
    const char *typed = request_field(request, "minutes");
    int64_t until, from = strtoll(request_field(request, "ends"), NULL, 10), more = 0;
    for (int i = 1; i <= QUARTERS; i++)
        if (strcmp(typed, arena_printf(&request->arena, "%d", i * QUARTER / 60)) == 0)
            more = (int64_t)i * QUARTER;
    if (!more)
        return 0;
    if (from) /* somebody, or the first click of two, was quicker */
        more -= meeting->ends_at - from;
    if (more > (int64_t)QUARTERS * QUARTER)
        return 0;
    return more <= 0 ? 1
                     : store_extend(request_store(request), meeting->id, (int)more, by, request->now, &until);
}

/* The moderator of the link, and the meeting while it goes on; false: the reply is set. */
static bool extend_find(struct request *request, struct attendee *me, struct meeting *meeting)
{
    bool found = auth_find_invited(request, LINK_EXTEND, me, meeting);
    if (found && (me->removed || me->role == ROLE_GUEST))
        page_notice(
            request,
            &(struct notice){
                .status = 403,
                .title = request_text(request, "You do not moderate this meeting any more"),
                .text = request_text(
                    request, "Only its organiser and moderators can give it more time. Ask one of them.")});
    else if (found && !live_is_on(request, meeting))
        page_notice(request,
                    &(struct notice){.status = 410,
                                     .title = meeting->status == MEETING_CANCELLED
                                                  ? request_text(request, "This meeting is cancelled")
                                                  : request_text(request, "This meeting is over"),
                                     .text = request_text(request, "It cannot be extended any more. "
                                                                   "Book another one to go on.")});
    request->reply.referrer = "strict-origin"; /* keeps the link to us, and still lets forms say where they
                                                  come from */
    return !request->reply.status;
}

static void extend_render(struct request *request, int status, const struct meeting *meeting, bool refused)
{
    json_t *data = view_meeting(request, meeting);
    data_text(data, "title", request_text(request, "More time for this meeting"));
    data_true(data, "refused", refused);
    data_true(data, "moved", request_parameter(request, "done") != NULL);
    json_object_set_new(data, "ends",
                        data_time(request, view_zone(request, meeting), WHEN_TIME, meeting->ends_at));
    if (data_extend(request, data, meeting, request_path(request, "/x/%s", request->arguments[0]))) {
        page_render(request, status, "extend.html", data);
    } else {
        json_decref(data);
        page_unavailable(request);
    }
    request->reply.referrer = "strict-origin";
}

void extend_get(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    if (extend_find(request, &me, &meeting))
        extend_render(request, 200, &meeting, false);
}

void extend_post(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    if (!extend_find(request, &me, &meeting))
        return;
    int done = extend_do(request, &meeting, me.mail);
    if (done < 0)
        page_unavailable(request);
    else if (done == 0)
        extend_render(request, 409, &meeting, true);
    else
        reply_redirect(request, 303, request_path(request, "/x/%s?done=1", request->arguments[0]));
}
