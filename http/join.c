#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"
#include "proto/when.h"

#include <stdio.h>

/* The way into a meeting: a personal link becomes Jitsi's address with a token. Everybody comes at the same
 * minute, so the good way does nothing that it could do without. */

enum { LOOK_AGAIN_MOST = 300 /* seconds: the meeting may have been moved */ };

/* Whom to write to: the organiser. */
static const char *join_contact(struct request *request, const struct meeting *meeting)
{
    struct person organiser;
    int found = store_get_person(request_store(request), meeting->organiser, &request->arena, &organiser);
    return found > 0 ? address_show(&request->arena, organiser.mail) : NULL;
}

static void join_refuse(struct request *request, const struct meeting *meeting, const char *title,
                        const char *text)
{
    page_notice(request, &(struct notice){.status = 410,
                                          .title = request_text(request, title),
                                          .text = text_filled(
                                              request, request_text(request, text),
                                              (struct place[]){{"subject", meeting->subject}, {NULL, NULL}}),
                                          .contact = join_contact(request, meeting)});
}

/* Too early: the page says when, and loads itself again then, unless the reader stopped that. */
static void join_wait(struct request *request, const struct meeting *meeting, int64_t opens_at)
{
    int64_t left = opens_at - request->now;
    struct text text = {0};
    json_t *data = view_meeting(request, meeting);
    bool stay = request_parameter(request, "stay") != NULL;
    data_text(data, "title", request_text(request, "You are early"));
    when_add_length(&text, request_catalogue(request), left > 60 ? (left + 59) / 60 * 60 : left);
    data_text(data, "left", text_string(&text));
    text_free(&text);
    json_object_set_new(data, "opens",
                        data_time(request, view_zone(request, meeting), WHEN_RELATIVE, opens_at));
    data_text(data, "left_words", request_text(request, "The room opens in {left}."));
    data_text(data, "reload", request_path(request, "%s", request->path));
    data_text(data, "other", request_path(request, stay ? "%s" : "%s?stay=1", request->path));
    data_true(data, "goes_on", !stay);
    if (!stay) /* without the script, which counts down by itself */
        json_object_set_new(data, "refresh", json_integer(left > LOOK_AGAIN_MOST ? LOOK_AGAIN_MOST : left));
    when_add_machine(&text, request->now);
    data_text(data, "now", text_string(&text));
    text_free(&text);
    data_text(data, "contact", join_contact(request, meeting));
    page_render(request, 200, "waiting.html", data);
}

/* Jitsi's address, with a token for whoever gets one. */
static void join_go(struct request *request, const struct meeting *meeting, const struct attendee *me)
{
    const struct http_options *options = request_options(request);
    struct text token = {0}, address = {0};
    bool wanted = me->role != ROLE_GUEST || options->guest_tokens;
    struct token_claims claims = {.room = meeting->room,
                                  .user_id = me->ref,
                                  .user_name = me->name,
                                  .moderator = me->role != ROLE_GUEST,
                                  .now = request->now,
                                  .exp = view_closes_at(meeting)};
    if (wanted && token_sign(&token, &options->token_key, &claims) < 0) {
        fprintf(stderr, "<3>http: a token could not be signed; see [jitsi] in the configuration\n");
        page_unavailable(request);
    } else {
        /* Without a token: the fragment form leaves jwt out. */
        token_add_address(&address, options->jitsi_url, meeting->room, wanted ? token.data : NULL,
                          options->token_in_fragment || !wanted, me->name, meeting->subject);
        reply_redirect(request, 302, arena_dup(&request->arena, text_string(&address)));
    }
    text_free(&token);
    text_free(&address);
}

static void join_answer(struct request *request, const struct meeting *meeting, const struct attendee *me)
{
    if (me->removed)
        join_refuse(
            request, meeting, N_("You are not invited any more"),
            N_("The organiser took you off the list of “{subject}”. If that is a mistake, write to them."));
    else if (meeting->status == MEETING_CANCELLED)
        join_refuse(request, meeting, N_("This meeting is cancelled"),
                    N_("“{subject}” does not take place. If you have questions, write to the organiser."));
    else if (request->now >= view_closes_at(meeting))
        join_refuse(request, meeting, N_("This meeting is over"),
                    N_("“{subject}” has ended. If you think that it goes on, write to the organiser."));
    else if (request->now < view_opens_at(meeting, me->role))
        join_wait(request, meeting, view_opens_at(meeting, me->role));
    else
        join_go(request, meeting, me);
}

void join_get(struct request *request)
{
    struct link_id link;
    struct meeting meeting = {0};
    struct attendee me = {0};
    int found = 0;
    if (link_read(request_options(request)->keys, LINK_JOIN, request->arguments[0], &link))
        found = store_find_attendee(request_store(request), &link, &request->arena, &me, &meeting);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    else
        join_answer(request, &meeting, &me);
    request->reply.referrer = "no-referrer";
}
