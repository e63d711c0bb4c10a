#include "http/door.h"

#include "http/auth.h"
#include "http/routes.h"
#include "proto/addresses.h"
#include "proto/when.h"

#include <stdio.h>
#include <string.h>

/* Everybody comes at the same minute, so the good way does nothing that it could do without. */

enum {
    LOOK_AGAIN_MOST = 300, /* seconds: the meeting may have been moved */
    FAR = 3600,            /* seconds: nobody waits longer in front of a page */
    HOME_AGE = 12 * 3600   /* seconds that an owner's token is good for coming in */
};

/* Holds the path that brings somebody back. It goes to /closed and nowhere else. */
#define BACK_COOKIE "jmb_back"
#define BACK_PATH "/closed"

const char *door_contact(struct request *request, const struct meeting *meeting)
{
    struct person organiser;
    int found = store_get_person(request_store(request), meeting->organiser, &request->arena, &organiser);
    return found > 0 ? address_show(&request->arena, organiser.mail) : NULL;
}

static const char *with_subject(struct request *request, const struct meeting *meeting, const char *text)
{
    return text_filled(request, text, (struct place[]){{"subject", meeting->subject}, {NULL, NULL}});
}

bool door_is_closed(struct request *request, const struct meeting *meeting)
{
    struct notice notice = {.status = 410};
    const char *text;
    if (meeting->status == MEETING_CANCELLED) {
        notice.title = request_text(request, "This meeting is cancelled");
        text = request_text(
            request, "“{subject}” does not take place. If you have questions, write to the organiser.");
        notice.quote = meeting->cancel_reason;
        notice.quote_language = meeting->language;
    } else if (request->now >= view_closes_at(meeting)) {
        notice.title = request_text(request, "This meeting is over");
        text = request_text(request,
                            "“{subject}” has ended. If you think that it goes on, write to the organiser.");
    } else {
        return false;
    }
    notice.text = with_subject(request, meeting, text);
    notice.contact = door_contact(request, meeting);
    page_notice(request, &notice);
    return true;
}

/* For the script, which counts down in the same words: {left} and {n} stay as they are. */
static void data_countdown(struct request *request, json_t *data)
{
    const struct catalogue *catalogue = request_catalogue(request);
    data_text(data, "left_words", request_text(request, "The room opens in {left}."));
    data_text(data, "day", when_unit_words(catalogue, WHEN_DAYS, 1));
    data_text(data, "days", when_unit_words(catalogue, WHEN_DAYS, 2));
    data_text(data, "hours", when_unit_words(catalogue, WHEN_HOURS, 2));
    data_text(data, "minutes", when_unit_words(catalogue, WHEN_MINUTES, 2));
    data_text(data, "seconds", when_unit_words(catalogue, WHEN_SECONDS, 2));
}

bool door_is_early(struct request *request, const struct meeting *meeting, enum role role, const char *back)
{
    int64_t opens_at = view_opens_at(meeting, role), left = opens_at - request->now;
    bool stay = request_parameter(request, "stay") != NULL;
    struct text text = {0};
    if (left <= 0)
        return false;
    json_t *data = view_meeting(request, meeting);
    data_text(data, "title", request_text(request, "You are early"));
    when_add_length(&text, request_catalogue(request), left > 60 ? (left + 59) / 60 * 60 : left);
    data_text(data, "left", text_string(&text));
    text_clear(&text);
    json_object_set_new(data, "opens",
                        data_time(request, view_zone(request, meeting), WHEN_RELATIVE, opens_at));
    data_countdown(request, data);
    data_text(data, "reload", request_path(request, "%s", back));
    data_text(data, "other", request_path(request, stay ? "%s" : "%s?stay=1", back));
    data_true(data, "goes_on", !stay);
    data_true(data, "far", left > FAR);
    if (!stay) /* without the script, which counts down by itself */
        json_object_set_new(data, "refresh", json_integer(left > LOOK_AGAIN_MOST ? LOOK_AGAIN_MOST : left));
    when_add_machine(&text, request->now);
    data_text(data, "now", text_string(&text));
    text_free(&text);
    data_text(data, "contact", door_contact(request, meeting));
    page_render(request, 200, "waiting.html", data);
    return true;
}

void door_go(struct request *request, const struct entrant *entrant)
{
    const struct http_options *options = request_options(request);
    struct text token = {0}, base = {0}, address = {0};
    struct token_claims claims = {.room = entrant->room,
                                  .user_id = entrant->ref,
                                  .user_name = entrant->name,
                                  .moderator = entrant->moderator,
                                  .now = request->now,
                                  .exp = entrant->until};
    if (entrant->ref && token_sign(&token, &options->token_key, &claims) < 0) {
        fprintf(stderr, "<3>http: a token could not be signed; see [jitsi] in the configuration\n");
        page_unavailable(request);
    } else {
        text_add(&base, options->jitsi_url);
        text_add_url(&base, entrant->tenant);
        text_add(&base, entrant->tenant ? "/" : "");
        /* Without a token: the fragment form leaves jwt out. */
        token_add_address(&address, text_string(&base), entrant->room, entrant->ref ? token.data : NULL,
                          options->token_in_fragment || !entrant->ref, entrant->name, entrant->subject);
        reply_redirect(request, request->method == METHOD_POST ? 303 : 302,
                       arena_dup(&request->arena, text_string(&address)));
        if (entrant->back)
            reply_cookie(request, BACK_COOKIE, entrant->back, request_path(request, BACK_PATH),
                         (int)(entrant->until - request->now));
    }
    request->reply.referrer = "no-referrer";
    text_free(&token);
    text_free(&base);
    text_free(&address);
}

void door_go_as(struct request *request, const struct meeting *meeting, const struct attendee *me,
                const char *back)
{
    bool wanted = me->role != ROLE_GUEST || request_options(request)->guest_tokens;
    door_go(request, &(struct entrant){.ref = wanted ? me->ref : NULL,
                                       .name = me->name,
                                       .moderator = me->role != ROLE_GUEST,
                                       .room = meeting->room,
                                       .subject = meeting->subject,
                                       .until = view_closes_at(meeting),
                                       .back = back});
}

void door_enter(struct request *request, const struct meeting *meeting, const struct attendee *me,
                const char *back)
{
    if (!door_is_closed(request, meeting) && !door_is_early(request, meeting, me->role, back))
        door_go_as(request, meeting, me, back);
}

void door_refuse_uninvited(struct request *request, const struct meeting *meeting)
{
    struct notice notice = {.status = 403, .contact = door_contact(request, meeting)};
    notice.title = request_text(request, "You are not invited to this meeting");
    notice.text = text_filled(
        request,
        request_text(request, "You are signed in as {me}. Ask the organiser to invite that address."),
        (struct place[]){{"me", address_show(&request->arena, request->person.mail)}, {NULL, NULL}});
    if (meeting->options.shared) {
        notice.second = request_text(request, "Join as a guest");
        notice.second_address = request_link_path(request, LINK_SHARED, &meeting->shared_link);
    }
    page_notice(request, &notice);
}

void door_go_home(struct request *request, const struct personal_room *room)
{
    door_go(request, &(struct entrant){.ref = room->ref,
                                       .name = request->person.name,
                                       .moderator = true,
                                       .room = room->node,
                                       .until = request->now + HOME_AGE,
                                       .back = "/my-room/enter"});
}

/* Ours, or NULL: somebody else's cookie must lead nowhere. */
static const char *back_read(const char *cookie)
{
    static const char *const ours[] = {"/j/", "/s/", "/meetings/", "/my-room/", NULL};
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/";
    for (size_t i = 0; cookie && ours[i]; i++)
        if (strncmp(cookie, ours[i], strlen(ours[i])) == 0)
            return cookie[strspn(cookie, bytes)] ? NULL : cookie;
    return NULL;
}

/* GET /closed: where Jitsi sends people after a conference. */
void door_get_closed(struct request *request)
{
    const char *back = back_read(request_cookie(request, BACK_COOKIE));
    const char *text = back ? _(request_catalogue(request),
                                "If you left by mistake, or the connection broke, come back with one click. "
                                "Otherwise you may close this page.")
                            : _(request_catalogue(request), "You may close this page.");
    auth_load(request);
    if (request->reply.status)
        return;
    const char *next = request->signed_in ? request_text(request, "Go to my meetings") : NULL;
    page_notice(request,
                &(struct notice){.status = 200,
                                 .title = request_text(request, "You have left the meeting"),
                                 .text = text,
                                 .action = back ? request_text(request, "Come back to the meeting") : next,
                                 .address = request_path(request, "%s", back ? back : "/"),
                                 .second = back ? next : NULL,
                                 .second_address = request_path(request, "/")});
}
