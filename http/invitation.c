#include "http/auth.h"
#include "http/event.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"
#include "proto/booking_typed.h"
#include "proto/calendar.h"
#include "proto/when.h"
#include "sql/store_feeds.h"

#include <string.h>

/* A guest's page: what, who, when; accept, maybe, decline. The link in the address says who it is. */

enum { COMMENT_MOST = 1000 /* characters of the word to the organiser, as the page says */ };

/* Whoever cannot answer any more reads why. */
static const char *invitation_closed(struct request *request, const struct attendee *me,
                                     const struct meeting *meeting)
{
    if (me->removed)
        return request_text(request,
                            "The organiser took you off the list. If that is a mistake, write to them.");
    switch (view_state(meeting, request->now)) {
    case VIEW_CANCELLED:
        return request_text(request, "This meeting is cancelled: there is nothing to answer any more.");
    case VIEW_OVER:
        return request_text(request, "This meeting is over: there is nothing to answer any more.");
    case VIEW_COMING:
    case VIEW_LIVE:
        break;
    }
    return NULL;
}

static void data_answer(struct request *request, json_t *data, const struct attendee *me)
{
    static const char *const chose[] = {[PARTSTAT_ACCEPTED] = "chose_accepted",
                                        [PARTSTAT_TENTATIVE] = "chose_tentative",
                                        [PARTSTAT_DECLINED] = "chose_declined"};
    enum partstat chosen = PARTSTAT_NEEDS_ACTION;
    const char *word = request_parameter(request, "answer");
    /* A letter's link names one: its button is the main one, and at hand. Following a link answers nothing,
     * programs do that too. */
    if (word && partstat_read(word, &chosen) && chosen != PARTSTAT_NEEDS_ACTION)
        data_true(data, chose[chosen], true);
    data_true(data, "chose", chosen != PARTSTAT_NEEDS_ACTION);
    data_text(data, "answer", view_answer(request, me->partstat));
    data_text(data, "answer_class", partstat_word(me->partstat));
    data_true(data, "answered", me->partstat != PARTSTAT_NEEDS_ACTION);
    data_text(data, "comment", me->comment);
    data_true(data, "done",
              me->partstat != PARTSTAT_NEEDS_ACTION && request_parameter(request, "done") != NULL);
}

static void invitation_render(struct request *request, int status, const struct attendee *me,
                              const struct meeting *meeting, const char *error)
{
    struct person organiser = {0};
    const char *closed = invitation_closed(request, me, meeting);
    json_t *data = view_meeting(request, meeting);
    if (store_get_person(request_store(request), meeting->organiser, &request->arena, &organiser) > 0) {
        data_text(data, "organiser", view_name(request, organiser.name, organiser.mail));
        data_text(data, "contact", address_show(&request->arena, organiser.mail));
    }
    data_text(data, "title", meeting->subject);
    data_text(data, "me", view_name(request, me->name, me->mail));
    data_text(data, "role", me->role == ROLE_GUEST ? NULL : view_role(request, me->role));
    data_text(data, "closed", closed);
    data_text(data, "password", closed ? NULL : meeting->options.password); /* as in the letter */
    data_text(data, "error", error);
    if (meeting->status == MEETING_CANCELLED && meeting->cancel_reason && *meeting->cancel_reason)
        data_text(data, "reason", meeting->cancel_reason);
    if (!closed)
        data_text(data, "calendar", request_path(request, "/i/%s/invite.ics", request->arguments[0]));
    data_true(data, "open", !closed && me->role != ROLE_ORGANISER);
    data_text(data, "action", request_path(request, "/i/%s", request->arguments[0]));
    if (!me->removed && view_is_open(meeting, me->role, request->now))
        data_text(data, "join", request_link_path(request, LINK_JOIN, &me->link));
    else if (!closed)
        json_object_set_new(
            data, "opens",
            data_time(request, view_zone(request, meeting), WHEN_RELATIVE, view_opens_at(meeting, me->role)));
    data_answer(request, data, me);
    page_render(request, status, "invitation.html", data);
    request->reply.referrer =
        "strict-origin"; /* keeps the link to us, and still lets forms say where they come from */
}

void invitation_get(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    if (auth_find_invited(request, LINK_INVITATION, &me, &meeting))
        invitation_render(request, 200, &me, &meeting, NULL);
}

void invitation_post(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    enum partstat answer;
    const char *comment = typed_text(&request->arena, request_field(request, "comment"), false);
    if (!auth_find_invited(request, LINK_INVITATION, &me, &meeting))
        return;
    bool readable =
        partstat_read(request_field(request, "answer"), &answer) && answer != PARTSTAT_NEEDS_ACTION;
    if (invitation_closed(request, &me, &meeting) || me.role == ROLE_ORGANISER) {
        invitation_render(request, 409, &me, &meeting, NULL);
    } else if (!readable || typed_count(comment) > COMMENT_MOST) {
        me.comment = comment;
        invitation_render(
            request, 422, &me, &meeting,
            readable ? request_text(request, "Your word to the organiser is too long. Please shorten it.")
                     : request_text(request, "Please choose: accept, maybe or decline."));
    } else if (store_answer(request_store(request), me.id, answer, *comment ? comment : NULL, request->now) <
               0) {
        page_unavailable(request);
    } else {
        reply_redirect(request, 303, request_path(request, "/i/%s?done=1", request->arguments[0]));
    }
}

/* GET /i/LINK/invite.ics: the event for whoever keeps a calendar without a feed. It asks for no answer: this
 * page does. */
void invitation_get_calendar(struct request *request)
{
    struct attendee me = {0};
    struct meeting meeting = {0};
    struct person organiser = {0};
    if (!auth_find_invited(request, LINK_INVITATION, &me, &meeting))
        return;
    struct store *store = request_store(request);
    struct calendar_people people = {0};
    int found = store_get_person(store, meeting.organiser, &request->arena, &organiser);
    if (found > 0 && !me.removed)
        found = store_get_calendar_people(store, &meeting, &me, false, &request->arena, &people);
    if (found <= 0 || me.removed) {
        found < 0 ? page_unavailable(request) : page_link_not_found(request);
        return;
    }
    const char *join =
        meeting.status == MEETING_CONFIRMED ? request_link_url(request, LINK_JOIN, &me.link) : NULL;
    const char *answer =
        me.role != ROLE_ORGANISER ? request_link_url(request, LINK_INVITATION, &me.link) : NULL;
    struct event_words words;
    struct text description = {0};
    event_words_open(&words, request);
    event_describe(&words, &meeting, join, answer, &description);
    struct calendar *calendar = calendar_open(CALENDAR_PUBLISH, NULL);
    calendar_add(calendar, &(struct calendar_event){.meeting = &meeting,
                                                    .zone = view_zone(request, &meeting),
                                                    .organiser_mail = organiser.mail,
                                                    .organiser_name = organiser.name,
                                                    .attendee_count = people.count,
                                                    .attendees = people.list,
                                                    .join_address = join,
                                                    .description = text_string(&description),
                                                    .time = event_time(&meeting, me.partstat),
                                                    .stamp_at = people.changed_at});
    reply_begin(request, 200, "text/calendar; charset=utf-8");
    calendar_close(calendar, &request->reply.body);
    text_free(&description);
    reply_header(request, "Content-Disposition", "attachment; filename=\"invite.ics\"");
    request->reply.referrer = "no-referrer";
}
