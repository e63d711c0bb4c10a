#include "http/auth.h"
#include "http/history.h"
#include "http/live.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"
#include "proto/booking_typed.h"
#include "proto/when.h"

#include <string.h>

/* One meeting: facts, who is invited, what can be done; and cancelling it. */

struct roster {
    struct request *request;
    json_t *rows;
    int told, answered;    /* people beside the organiser who know of it; who answered */
    int knowing;           /* of those, who was told by mail */
    const char *organiser; /* name */
    bool editable;         /* by the reader, now */
};

/* How the newest letter went, and a class for its colour. */
static void letter_add(struct request *request, json_t *data, const struct attendee_row *row)
{
    const char *state = row->letter_state;
    if (!state)
        return;
    data_text(data, "letter", view_letter_state(request, state));
    data_text(data, "letter_state", state);
    data_text(data, "letter_error", strcmp(state, "sent") == 0 ? NULL : row->letter_error);
}

/* How often somebody came, and when first. */
static void visits_add(struct request *request, json_t *data, const struct attendee_row *row)
{
    data_true(data, "connected", row->connected);
    if (row->visits <= 0 || !row->first_joined_ms)
        return;
    json_object_set_new(data, "visits", json_integer(row->visits));
    json_object_set_new(data, "first",
                        data_time(request, request->zone, WHEN_TIME, row->first_joined_ms / 1000));
}

/* What the organiser can do with one person. */
static void acts_add(struct request *request, json_t *data, const struct attendee *attendee)
{
    const char *path =
        request_path(request, "/meetings/%s/attendees/%s", request->arguments[0], attendee->ref);
    bool guest = attendee->role == ROLE_GUEST;
    json_t *acts = json_object();
    data_text(acts, "path", path);
    data_text(acts, "role", guest ? "moderator" : "guest");
    data_text(acts, "role_words",
              guest ? request_text(request, "Make moderator") : request_text(request, "Make guest"));
    json_object_set_new(data, "acts", acts);
}

static bool roster_add(const struct attendee_row *row, void *context)
{
    struct roster *roster = context;
    struct request *request = roster->request;
    const struct attendee *attendee = &row->attendee;
    if (attendee->removed)
        return true;
    json_t *data = json_object();
    bool organiser = attendee->role == ROLE_ORGANISER;
    if (organiser)
        roster->organiser = arena_dup(&request->arena, view_name(request, attendee->name, attendee->mail));
    data_text(data, "name", view_name(request, attendee->name, attendee->mail));
    if (attendee->name && *attendee->name)
        data_text(data, "mail", address_show(&request->arena, attendee->mail));
    data_text(data, "role", view_role(request, attendee->role));
    if (!organiser) {
        data_text(data, "answer", view_answer(request, attendee->partstat));
        data_text(data, "answer_class", partstat_word(attendee->partstat));
        data_text(data, "comment", attendee->comment && *attendee->comment ? attendee->comment : NULL);
        letter_add(request, data, row);
        roster->told++;
        roster->answered += attendee->partstat != PARTSTAT_NEEDS_ACTION;
    }
    visits_add(request, data, row);
    roster->knowing += !organiser && row->told;
    if (roster->editable && !organiser)
        acts_add(request, data, attendee);
    json_array_append_new(roster->rows, data);
    return true;
}

/* The roster into data; false: the reply is set. */
static bool data_roster(struct request *request, json_t *data, const struct meeting *meeting, enum role role)
{
    enum view_state state = view_state(meeting, request->now);
    struct roster roster = {.request = request, .rows = json_array()};
    roster.editable = auth_may(request, RIGHT_EDIT) && (state == VIEW_COMING || state == VIEW_LIVE);
    int listed = store_list_attendees(request_store(request), meeting->id, roster_add, &roster);
    if (listed >= 0 && role != ROLE_GUEST && json_array_size(roster.rows))
        json_object_set_new(data, "roster", json_pack("{s:O}", "items", roster.rows));
    json_decref(roster.rows);
    data_text(data, "organiser", roster.organiser);
    json_object_set_new(data, "invited", json_integer(roster.told));
    json_object_set_new(data, "answered", json_integer(roster.answered));
    json_object_set_new(data, "knowing", json_integer(roster.knowing));
    if (listed < 0) {
        json_decref(data);
        page_unavailable(request);
    }
    return listed >= 0;
}

/* What the reader can do with it now. */
static void data_actions(struct request *request, json_t *data, const struct meeting *meeting,
                         const struct attendee *me)
{
    enum view_state state = view_state(meeting, request->now);
    if (me->id && view_is_open(meeting, me->role, request->now)) {
        data_text(data, "join", request_link_path(request, LINK_JOIN, &me->link));
    } else if (state == VIEW_COMING) {
        json_object_set_new(
            data, "opens",
            data_time(request, view_zone(request, meeting), WHEN_RELATIVE, view_opens_at(meeting, me->role)));
    }
    if (me->role != ROLE_GUEST && meeting->options.shared && state != VIEW_CANCELLED && state != VIEW_OVER) {
        const char *code = request_link_path(request, LINK_SHARED, &meeting->shared_link);
        view_shared(request, data, request_link_url(request, LINK_SHARED, &meeting->shared_link),
                    arena_printf(&request->arena, "%s/code.svg", code), meeting->subject);
    }
    if (me->id && state != VIEW_CANCELLED && request->now < view_closes_at(meeting))
        data_text(data, "my_link", request_link_url(request, LINK_JOIN, &me->link));
    if (me->id && me->role != ROLE_ORGANISER && state != VIEW_CANCELLED && state != VIEW_OVER) {
        data_text(data, "answer_link", request_link_path(request, LINK_INVITATION, &me->link));
        data_text(data, "my_answer", view_answer(request, me->partstat));
        data_true(data, "answer_due", me->partstat == PARTSTAT_NEEDS_ACTION);
    }
    if (auth_may(request, RIGHT_REPORT) && request->now >= view_opens_at(meeting, me->role))
        data_text(data, "attendance", request_path(request, "/meetings/%s/attendance", meeting->ref));
    if (auth_may(request, RIGHT_EDIT) && auth_may_book(request))
        data_text(data, "again", request_path(request, "/meetings/new?from=%s", meeting->ref));
    if (auth_may(request, RIGHT_EDIT) && (state == VIEW_COMING || state == VIEW_LIVE)) {
        data_text(data, "cancel", request_path(request, "/meetings/%s/cancel", meeting->ref));
        data_text(data, "edit", request_path(request, "/meetings/%s/edit", meeting->ref));
        data_text(data, "hand_over", request_path(request, "/meetings/%s/hand-over", meeting->ref));
        data_text(data, "action", request_path(request, "/meetings/%s/attendees", meeting->ref));
    }
    data_true(data, "todo",
              json_object_get(data, "edit") || json_object_get(data, "again") ||
                  json_object_get(data, "attendance"));
}

/* What was just done, as the address says after a POST: to whoever did it, not to all who got that address.
 */
static void data_done(struct request *request, json_t *data)
{
    static const char *const words[][2] = {
        {"booked", N_("The meeting is booked. The invitations are on their way.")},
        {"cancelled", N_("The meeting is cancelled. Everybody who had been invited is told.")},
        {"said", N_("It is said in the room.")},
        {"extended", N_("The meeting has more time. Nobody gets a letter of it.")},
        {"ended", N_("The meeting is over, and its room is closed.")},
        {"changed", N_("The changes are stored. Whom they concern is told by mail.")},
        {"same", N_("Nothing was to be changed.")},
        {"there", N_("That person is invited already.")},
        {"all-there", N_("They are all invited already.")},
        {"resent", N_("The invitation is on its way again.")},
        {"moderator", N_("That person is a moderator now.")},
        {"guest", N_("That person is a guest now.")},
        {"renewed", N_("The new link is on its way. The old one does not work any more.")},
        {"removed", N_("That person is removed.")},
        {"invited", N_("The invitation is on its way.")},
        {"handed", N_("The meeting is handed over. Everybody invited is told.")},
    };
    const char *done = request_parameter(request, "done");
    for (size_t i = 0; done && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], done) == 0 && (auth_may(request, RIGHT_EDIT) || strcmp(done, "handed") == 0))
            data_text(data, "done", request_text(request, words[i][1]));
}

void meeting_get(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee me = {0};
    if (!auth_find_meeting(request, RIGHT_SEE, &meeting, &me))
        return;
    json_t *data = view_meeting(request, &meeting);
    data_text(data, "title", meeting.subject);
    data_text(data, "role", view_role(request, me.role));
    data_true(data, "mine", me.role == ROLE_ORGANISER);
    data_actions(request, data, &meeting, &me);
    data_done(request, data);
    data_text(data, "words", request_field(request, "words")); /* kept over the end of a session */
    if (meeting.status == MEETING_CONFIRMED && request->now < view_closes_at(&meeting))
        data_text(data, "password", meeting.options.password);
    view_people_field(data);
    if (auth_may(request, RIGHT_EDIT) &&
        (!data_live(request, data, &meeting) ||
         history_add(request, data, view_zone(request, &meeting), meeting.id) < 0)) {
        json_decref(data);
        page_unavailable(request);
        return;
    }
    if (data_roster(request, data, &meeting, me.role))
        page_render(request, 200, "meeting.html", data);
}

static void cancel_refuse(struct request *request, const struct meeting *meeting)
{
    bool over = meeting->status != MEETING_CANCELLED;
    page_notice(
        request,
        &(struct notice){.status = 409,
                         .title = over ? request_text(request, "The meeting is over")
                                       : request_text(request, "The meeting is cancelled already"),
                         .text = over ? request_text(request, "What is over cannot be cancelled any more.")
                                      : request_text(request, "Everybody who had been invited is told."),
                         .action = request_text(request, "Go to the meeting"),
                         .address = request_path(request, "/meetings/%s", meeting->ref)});
}

static void cancel_show(struct request *request, int status, const struct meeting *meeting, const char *error)
{
    json_t *data = view_meeting(request, meeting);
    data_title(data, request_text(request, "Cancel this meeting?"),
               request_text(request, "Please check: cancel this meeting"), error);
    data_text(data, "reason", request_field(request, "reason"));
    if (data_roster(request, data, meeting, ROLE_ORGANISER))
        page_render(request, status, "cancel.html", data);
}

void meeting_get_cancel(struct request *request)
{
    struct meeting meeting = {0};
    if (auth_find_editable(request, &meeting, cancel_refuse))
        cancel_show(request, 200, &meeting, NULL);
}

enum { REASON_MOST = 1000 /* characters, as the page says */ };

void meeting_post_cancel(struct request *request)
{
    struct meeting meeting = {0};
    const char *reason = typed_text(&request->arena, request_field(request, "reason"), false);
    if (!auth_find_editable(request, &meeting, cancel_refuse))
        return;
    if (typed_count(reason) > REASON_MOST) {
        cancel_show(request, 422, &meeting,
                    request_text(request, "Your word is too long. Please shorten it."));
        return;
    }
    int done = store_cancel(request_store(request), meeting.id, request->person.id, *reason ? reason : NULL,
                            request->now);
    if (done < 0)
        page_unavailable(request);
    else
        reply_redirect(request, 303, request_path(request, "/meetings/%s?done=cancelled", meeting.ref));
}
