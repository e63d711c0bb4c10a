#include "http/auth.h"
#include "http/door.h"
#include "http/routes.h"
#include "sql/store_rooms.h"

#include <string.h>

/* GET /token?room=ROOM[&tenant=TENANT]: where Jitsi's tokenAuthUrl sends whoever opens a room there and wants
 * to be somebody. They are signed in by now; they go back into the room as who they are. */

enum { ROOM_MAX = 200 /* bytes */ };
enum { UNBOOKED_AGE = 86400 /* seconds that a token for a room without a booking is good */ };

/* What Jitsi asked for. */
struct wanted {
    const char *room, *tenant; /* tenant: NULL for none */
    const char *node;          /* of Prosody's address of the room */
};

static bool wanted_read(struct request *request, struct wanted *wanted)
{
    const char *room = request_parameter(request, "room"), *tenant = request_parameter(request, "tenant");
    if (!room || !*room || strlen(room) > ROOM_MAX || strpbrk(room, "/@[]"))
        return false;
    if (tenant && (strlen(tenant) > ROOM_MAX || strpbrk(tenant, "/@[]")))
        return false;
    wanted->tenant = tenant && *tenant ? tenant : NULL;
    wanted->room = text_lower(arena_dup(&request->arena, room));
    wanted->node =
        wanted->tenant ? text_lower(arena_printf(&request->arena, "[%s]%s", tenant, room)) : wanted->room;
    return true;
}

static void token_refuse_unbooked(struct request *request)
{
    page_notice(request, &(struct notice){
                             .status = 404,
                             .title = request_text(request, "This room is not booked"),
                             .text = request_text(
                                 request, "Rooms open for booked meetings here. Book one, or look whether "
                                          "your meeting is in your list."),
                             .action = request_text(request, "Book a meeting"),
                             .address = request_path(request, "/meetings/new"),
                             .second = request_text(request, "Go to my meetings"),
                             .second_address = request_path(request, "/")});
}

/* Any room that is no meeting's: a token says who they are, and gives no rights. */
static void token_go_unbooked(struct request *request, const struct wanted *wanted)
{
    struct link_id random; /* identity without a name that others could know again elsewhere */
    struct text ref = {0};
    request_random(&random);
    text_add_base64url(&ref, random.bytes, sizeof random.bytes);
    door_go(request, &(struct entrant){.ref = arena_dup(&request->arena, text_string(&ref)),
                                       .name = request->person.name,
                                       .tenant = wanted->tenant,
                                       .room = wanted->room,
                                       .until = request->now + UNBOOKED_AGE});
    text_free(&ref);
}

/* The owner comes in as such; others as who they are. */
static void token_go_personal(struct request *request, const struct wanted *wanted,
                              const struct personal_room *room)
{
    if (room->owner.id == request->person.id)
        door_go_home(request, room);
    else
        token_go_unbooked(request, wanted);
}

static void token_go_meeting(struct request *request, const struct wanted *wanted,
                             const struct meeting *meeting)
{
    struct attendee me = {0};
    const char *back = arena_printf(&request->arena, "/meetings/%s/join", meeting->ref);
    int invited =
        store_find_attendee_of(request_store(request), meeting->id, request->person.id, &request->arena, &me);
    if (invited < 0)
        page_unavailable(request);
    else if (invited == 0)
        door_refuse_uninvited(request, meeting);
    else if (!door_is_closed(request, meeting) && !door_is_early(request, meeting, me.role, back))
        door_go(request,
                &(struct entrant){.ref = me.ref, /* a guest too, whatever guest_tokens says: Jitsi asked */
                                  .name = me.name,
                                  .moderator = me.role != ROLE_GUEST,
                                  .tenant = wanted->tenant,
                                  .room = wanted->room,
                                  .subject = meeting->subject,
                                  .until = view_closes_at(meeting),
                                  .back = back});
}

void token_get(struct request *request)
{
    struct wanted wanted = {0};
    struct meeting meeting = {0};
    struct personal_room room = {0};
    const char *unbooked = request_options(request)->unbooked;
    int booked = 0, personal = 0;
    if (!wanted_read(request, &wanted)) {
        page_not_found(request);
        return;
    }
    booked =
        store_find_room_meeting(request_store(request), wanted.node, request->now, &request->arena, &meeting);
    if (booked == 0)
        personal = store_find_personal_room(request_store(request), wanted.node, &request->arena, &room);
    if (booked < 0 || personal < 0)
        page_unavailable(request);
    else if (booked > 0)
        token_go_meeting(request, &wanted, &meeting);
    else if (personal > 0)
        token_go_personal(request, &wanted, &room);
    else if (unbooked && strcmp(unbooked, "closed") == 0)
        token_refuse_unbooked(request);
    else
        token_go_unbooked(request, &wanted);
    request->reply.referrer = "no-referrer";
}
