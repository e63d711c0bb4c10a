#include "http/live.h"

#include "http/auth.h"
#include "http/routes.h"
#include "proto/booking_typed.h"
#include "sql/store_rooms.h"

#include <string.h>

/* Speaking into a meeting's room, giving it more time, ending it: for whoever may edit it. Each is a row
 * first, which the loop carries out after the commit. */

enum { WORDS_MOST = 500 /* characters said in a room, as the page says */ };

bool live_is_on(const struct request *request, const struct meeting *meeting)
{
    return meeting->status == MEETING_CONFIRMED && request->now >= meeting->starts_at &&
           request->now < view_closes_at(meeting);
}

static bool count_connected(const struct visit *visit, void *context)
{
    *(int *)context += !visit->left_ms && visit->room_kind != ROOM_LOBBY;
    return true;
}

/* The people in its rooms now; < 0: the store is broken. */
static int live_count(struct request *request, const struct meeting *meeting)
{
    int count = 0;
    int listed = store_list_visits(request_store(request), meeting->id, count_connected, &count);
    return listed < 0 ? -1 : count;
}

bool data_live(struct request *request, json_t *data, const struct meeting *meeting)
{
    int count = live_is_on(request, meeting) ? live_count(request, meeting) : 0;
    if (!live_is_on(request, meeting) || count < 0)
        return count >= 0;
    data_true(data, "in_room", true);
    data_text(data, "form", request_new_form(request));
    json_object_set_new(data, "connected_count", json_integer(count));
    return data_extend(request, data, meeting, request_path(request, "/meetings/%s/extend", meeting->ref));
}

static void live_done(struct request *request, const struct meeting *meeting, int done, const char *what)
{
    if (done < 0)
        page_unavailable(request);
    else
        reply_redirect(request, 303, request_path(request, "/meetings/%s?done=%s", meeting->ref, what));
}

/* The meeting when the reader may act on it and it goes on; else the reply is set. A form that came before is
 * `what` was done by then (NULL: it has no name), also when it ended the meeting. */
static bool live_find(struct request *request, struct meeting *meeting, const char *what)
{
    struct attendee me = {0};
    if (!auth_find_meeting(request, RIGHT_EDIT, meeting, &me))
        return false;
    const char *form = what ? request_form_name(request) : NULL;
    int sent = form ? store_find_order(request_store(request), meeting->id, form) : 0;
    if (sent != 0) {
        live_done(request, meeting, sent, what);
        return false;
    }
    if (live_is_on(request, meeting))
        return true;
    page_notice(request,
                &(struct notice){.status = 409,
                                 .title = request_text(request, "The meeting does not go on now"),
                                 .text = request_text(request, "This can be done from its start until "
                                                               "its room closes."),
                                 .action = request_text(request, "Go to the meeting"),
                                 .address = request_path(request, "/meetings/%s", meeting->ref)});
    return false;
}

/* `words`: what was typed, to be copied from there; or NULL. */
static void live_refuse(struct request *request, const struct meeting *meeting, const char *title,
                        const char *text, const char *words)
{
    page_notice(request, &(struct notice){.status = 422,
                                          .title = request_text(request, title),
                                          .text = request_text(request, text),
                                          .quote = words,
                                          .action = request_text(request, "Go to the meeting"),
                                          .address = request_path(request, "/meetings/%s", meeting->ref)});
}

static int live_order(struct request *request, const struct meeting *meeting, enum reminder_kind kind,
                      const char *words)
{
    return store_order_by_form(request_store(request), kind, meeting, *words ? words : NULL,
                               request->person.mail, request_form_name(request), request->now);
}

void live_post_say(struct request *request)
{
    struct meeting meeting = {0};
    const char *words = typed_text(&request->arena, request_field(request, "words"), false);
    if (!live_find(request, &meeting, "said"))
        return;
    if (!*words)
        live_refuse(request, &meeting, N_("There was nothing to say"), N_("Write what everybody is to read."),
                    NULL);
    else if (typed_count(words) > WORDS_MOST)
        live_refuse(request, &meeting, N_("That is too long to be read in a meeting"),
                    N_("Nothing was said. This is what you wrote: please shorten it."), words);
    else
        live_done(request, &meeting, live_order(request, &meeting, REMINDER_SAY, words), "said");
}

void live_post_extend(struct request *request)
{
    struct meeting meeting = {0};
    if (!live_find(request, &meeting, NULL))
        return;
    int done = extend_do(request, &meeting, request->person.mail);
    if (done == 0)
        live_refuse(request, &meeting, N_("The meeting cannot be given that much time"),
                    N_("Its room is booked for the next meeting. Nothing was changed."), NULL);
    else
        live_done(request, &meeting, done, "extended");
}

void live_get_end(struct request *request)
{
    struct meeting meeting = {0};
    if (!live_find(request, &meeting, NULL))
        return;
    int count = live_count(request, &meeting);
    if (count < 0) {
        page_unavailable(request);
        return;
    }
    json_t *data = view_meeting(request, &meeting);
    data_text(data, "title", request_text(request, "End this meeting for everybody?"));
    json_object_set_new(data, "connected_count", json_integer(count));
    data_text(data, "form", request_new_form(request));
    data_text(data, "words", request_field(request, "words")); /* kept over the end of a session */
    page_render(request, 200, "end.html", data);
}

void live_post_end(struct request *request)
{
    struct meeting meeting = {0};
    const char *words = typed_text(&request->arena, request_field(request, "words"), false);
    if (!live_find(request, &meeting, "ended"))
        return;
    if (typed_count(words) > WORDS_MOST)
        live_refuse(request, &meeting, N_("That is too long to be read in a meeting"),
                    N_("Nothing was said. This is what you wrote: please shorten it."), words);
    else
        live_done(request, &meeting, live_order(request, &meeting, REMINDER_STOP, words), "ended");
}
