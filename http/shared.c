#include "http/auth.h"
#include "http/door.h"
#include "http/routes.h"
#include "proto/booking_typed.h"
#include "proto/qr.h"

#include <string.h>

/* The one address of a meeting that everybody may have: whoever opens it types a name and comes in as a guest
 * whom nobody has verified. They get no token, since a token's name is one that we vouch for: Jitsi hears the
 * name from the address, as it hears any other that people type, and the attendance says 'not verified'.
 * Lobby, password and the hours of guests hold for them as for all. */

enum { NAME_MOST = 60 /* characters, as the page says */ };

/* The meeting of the address; false: the reply is set. */
static bool shared_find(struct request *request, struct meeting *meeting)
{
    struct link_id link;
    int found = 0;
    if (link_read(request_options(request)->keys, LINK_SHARED, request->arguments[0], &link))
        found = store_find_shared(request_store(request), &link, &request->arena, meeting);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    else if (!meeting->options.shared)
        page_notice(request,
                    &(struct notice){.status = 410,
                                     .title = request_text(request, "This address is turned off"),
                                     .text = request_text(
                                         request, "The meeting takes its guests by personal invitation only. "
                                                  "Ask the organiser for one."),
                                     .contact = door_contact(request, meeting)});
    else
        return !door_is_closed(request, meeting);
    return false;
}

/* Whoever is signed in and invited comes in as themselves. True: the reply is set. */
static bool shared_knows(struct request *request, const struct meeting *meeting)
{
    struct attendee me = {0};
    int found = 0;
    auth_load(request);
    if (request->signed_in)
        found = store_find_attendee_of(request_store(request), meeting->id, request->person.id,
                                       &request->arena, &me);
    if (found < 0)
        page_unavailable(request);
    if (found > 0)
        reply_redirect(request, 303, request_path(request, "/meetings/%s/join", meeting->ref));
    return request->reply.status != 0;
}

static void shared_render(struct request *request, int status, const struct meeting *meeting,
                          const char *name, const char *error)
{
    struct person organiser = {0};
    json_t *data = view_meeting(request, meeting);
    if (store_get_person(request_store(request), meeting->organiser, &request->arena, &organiser) > 0)
        data_text(data, "organiser", view_name(request, organiser.name, organiser.mail));
    data_text(data, "contact", door_contact(request, meeting));
    data_title(data, request_text(request, "Join the meeting"),
               request_text(request, "Please check: your name"), error);
    data_text(data, "action", request_path(request, "/s/%s", request->arguments[0]));
    data_text(data, "name", name);
    data_true(data, "lobby", meeting->options.lobby);
    data_true(data, "asks_password", meeting->options.password != NULL);
    page_render(request, status, "shared.html", data);
}

/* GET /s/LINK */
void shared_get(struct request *request)
{
    struct meeting meeting = {0};
    if (shared_find(request, &meeting) && !shared_knows(request, &meeting) &&
        !door_is_early(request, &meeting, ROLE_GUEST, request->path))
        shared_render(request, 200, &meeting, request->signed_in ? request->person.name : NULL, NULL);
    request->reply.referrer =
        "strict-origin"; /* keeps the link to us, and still lets forms say where they come from */
}

/* POST /s/LINK: name=... */
void shared_post(struct request *request)
{
    struct meeting meeting = {0};
    const char *name = typed_text(&request->arena, request_field(request, "name"), true);
    if (!shared_find(request, &meeting) || door_is_early(request, &meeting, ROLE_GUEST, request->path))
        return;
    if (!*name || typed_count(name) > NAME_MOST)
        shared_render(request, 422, &meeting, name,
                      *name ? request_text(request, "This name is too long. Please shorten it.")
                            : request_text(request, "Please say who you are: others see that name."));
    else
        door_go(request, &(struct entrant){.name = name,
                                           .room = meeting.room,
                                           .subject = meeting.subject,
                                           .until = view_closes_at(&meeting),
                                           .back = request->path});
}

/* GET /s/LINK/code.svg: the address as a picture for phones. */
void shared_get_code(struct request *request)
{
    struct link_id link;
    if (!link_read(request_options(request)->keys, LINK_SHARED, request->arguments[0], &link)) {
        page_link_not_found(request);
        return;
    }
    reply_begin(request, 200, "image/svg+xml");
    qr_add_svg(&request->reply.body, request_link_url(request, LINK_SHARED, &link));
    request->reply.cache = "private, max-age=86400";
}
