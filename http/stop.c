#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"
#include "sql/store_letters.h"

#include <string.h>

/* Reminders by mail: none more of one meeting, or of any, and again. Every reminder carries the address, and
 * names it in List-Unsubscribe too: there mail programs POST at one click (RFC 8058), with no page before. */

static void stop_render(struct request *request, int status, const struct attendee *me,
                        const struct meeting *meeting)
{
    bool this_meeting = false, all = false;
    if (store_reminders_stopped(request_store(request), me->id, &this_meeting, &all) < 0) {
        page_unavailable(request);
        return;
    }
    json_t *data = view_meeting(request, meeting);
    data_text(data, "title", request_text(request, "Reminders by mail"));
    data_text(data, "subject", meeting->subject);
    data_text(data, "mail", address_show(&request->arena, me->mail));
    data_true(data, "all", all);
    data_true(data, "this_meeting", this_meeting && !all);
    data_true(data, "none", !this_meeting && !all);
    data_text(data, "action", request_path(request, "/u/%s", request->arguments[0]));
    page_render(request, status, "stop.html", data);
    request->reply.referrer =
        "strict-origin"; /* keeps the link to us, and still lets forms say where they come from */
}

void stop_get(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    if (auth_find_invited(request, LINK_STOP, &me, &meeting))
        stop_render(request, 200, &me, &meeting);
}

static int stop_do(struct request *request, const struct attendee *me, const char *what)
{
    struct store *store = request_store(request);
    if (strcmp(what, "meeting") == 0)
        return store_stop_meeting_reminders(store, me->id, true);
    if (strcmp(what, "all") == 0)
        return store_stop_reminders(store, me->mail, true, request->now);
    int result = store_stop_reminders(store, me->mail, false, request->now);
    return result < 0 ? result : store_stop_meeting_reminders(store, me->id, false);
}

void stop_post(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    bool one_click = strcmp(request_field(request, "List-Unsubscribe"), "One-Click") == 0;
    const char *what = one_click ? "all" : request_field(request, "what");
    bool readable = strcmp(what, "meeting") == 0 || strcmp(what, "all") == 0 || strcmp(what, "again") == 0;
    if (!auth_find_invited(request, LINK_STOP, &me, &meeting))
        return;
    if (!readable)
        stop_render(request, 422, &me, &meeting);
    else if (stop_do(request, &me, what) < 0)
        page_unavailable(request);
    else if (one_click)
        stop_render(request, 200, &me, &meeting); /* RFC 8058 3.1: no redirection */
    else
        reply_redirect(request, 303, request_path(request, "/u/%s", request->arguments[0]));
}
