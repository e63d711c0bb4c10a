#include "http/auth.h"
#include "http/door.h"
#include "http/routes.h"
#include "proto/addresses.h"
#include "sql/store_directory.h"

#include <string.h>

/* Personal links, and the same for whoever is signed in. A link is enough to be a guest. It is enough to be a
 * moderator from outside too; one of the house signs in first, so that a forwarded letter does not hand the
 * meeting over ([auth] moderators_sign_in). */

/* One of the house: of its domains, or (auth = proxy) of its directory, or one whom the web server signed in
 * before. < 0: the store is broken. */
static int is_internal(struct request *request, const char *mail)
{
    const struct http_options *options = request_options(request);
    const char *at = strrchr(mail, '@');
    for (const char *const *domain = options->internal_domains; at && domain && *domain; domain++)
        if (text_equal_nocase(at + 1, *domain))
            return 1;
    struct person person = {0};
    if (options->auth != AUTH_PROXY)
        return 0;
    int found = store_resolve_address(request_store(request), mail, &request->arena, &person);
    return found > 0 ? person.uid || person.source == PERSON_DIRECTORY || person.source == PERSON_SIGNED_IN
                     : found;
}

/* Whoever has no session, or another's: what to do now. */
static void join_ask(struct request *request, const struct meeting *meeting)
{
    const char *mine = request_path(request, "/meetings/%s/join", meeting->ref);
    struct notice notice = {.status = 403};
    if (request->signed_in) {
        notice.title = request_text(request, "This is somebody else’s link");
        notice.text = text_filled(
            request,
            request_text(request,
                         "It opens “{subject}” for one of its moderators, and you are signed in as {me}. "
                         "If you were invited too, join as yourself."),
            (struct place[]){{"subject", meeting->subject},
                             {"me", view_name(request, request->person.name, request->person.mail)},
                             {NULL, NULL}});
        notice.action = request_text(request, "Join as myself");
        notice.address = mine;
    } else {
        notice.title = request_text(request, "Please sign in to join as a moderator");
        notice.text = text_filled(
            request,
            request_text(
                request,
                "This link opens “{subject}” for one of its moderators. Signing in shows that it is you: "
                "a forwarded letter does not hand the meeting over."),
            (struct place[]){{"subject", meeting->subject}, {NULL, NULL}});
        notice.action = request_text(request, "Sign in");
        notice.address =
            auth_address(request, arena_printf(&request->arena, "/meetings/%s/join", meeting->ref));
    }
    if (meeting->options.shared) {
        notice.second = request_text(request, "Join as a guest");
        notice.second_address = request_link_path(request, LINK_SHARED, &meeting->shared_link);
    }
    notice.contact = door_contact(request, meeting);
    page_notice(request, &notice);
}

/* False: the reply is set. */
static bool join_is_proved(struct request *request, const struct meeting *meeting, const struct attendee *me)
{
    struct attendee mine = {0};
    int internal = 0, found = 0;
    if (me->role == ROLE_GUEST || !request_options(request)->moderators_sign_in ||
        (internal = is_internal(request, me->mail)) == 0)
        return true;
    if (internal > 0)
        auth_load(request);
    if (request->reply.status)
        return false;
    if (request->signed_in)
        found = store_find_attendee_of(request_store(request), meeting->id, request->person.id,
                                       &request->arena, &mine);
    if (internal < 0 || found < 0)
        page_unavailable(request);
    else if (found == 0 || mine.id != me->id)
        join_ask(request, meeting);
    else
        return true;
    return false;
}

static void join_as(struct request *request, const struct meeting *meeting, const struct attendee *me)
{
    if (me->removed) {
        page_notice(request,
                    &(struct notice){
                        .status = 410,
                        .title = request_text(request, "You are not invited any more"),
                        .text = text_filled(
                            request,
                            request_text(request, "The organiser took you off the list of “{subject}”. If "
                                                  "that is a mistake, write to them."),
                            (struct place[]){{"subject", meeting->subject}, {NULL, NULL}}),
                        .contact = door_contact(request, meeting)});
        return;
    }
    if (!door_is_closed(request, meeting) && join_is_proved(request, meeting, me) &&
        !door_is_early(request, meeting, me->role, request->path))
        door_go_as(request, meeting, me, request->path);
}

/* GET /j/LINK */
void join_get(struct request *request)
{
    struct link_id link;
    struct meeting meeting = {0};
    struct attendee me = {0};
    int found = 0;
    if (link_read(request_options(request)->keys, LINK_JOIN, request->arguments[0], &link))
        found = store_find_entrant(request_store(request), &link, &request->arena, &me, &meeting);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    else
        join_as(request, &meeting, &me);
    request->reply.referrer = "no-referrer";
}

/* GET /meetings/REF/join: as whoever is signed in. */
void join_get_mine(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee me = {0};
    int found = store_find_meeting(request_store(request), request->arguments[0], &request->arena, &meeting);
    if (found > 0)
        found = store_find_attendee_of(request_store(request), meeting.id, request->person.id,
                                       &request->arena, &me);
    if (found < 0)
        page_unavailable(request);
    else if (!meeting.id)
        page_not_found(request);
    else if (found == 0)
        door_refuse_uninvited(request, &meeting);
    else
        door_enter(request, &meeting, &me, request->path);
    request->reply.referrer = "no-referrer";
}
