#include "http/auth.h"
#include "http/door.h"
#include "http/routes.h"
#include "proto/qr.h"

/* A room of one's own, always under the same address: it opens for others when its owner comes in. */

/* The room of whoever is signed in; false: the reply is set. */
static bool my_room_find(struct request *request, struct personal_room *room)
{
    int found = store_get_personal_room(request_store(request), request->person.id, &request->arena, room);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0 || !auth_may_book(request))
        reply_redirect(request, 303, request_path(request, "/my-room"));
    else
        return true;
    return false;
}

/* What to give away: Jitsi's own address. */
static const char *my_room_address(struct request *request, const struct personal_room *room)
{
    struct text text = {0};
    text_add(&text, request_options(request)->jitsi_url);
    text_add_url(&text, room->node);
    const char *address = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return address;
}

static void my_room_refuse(struct request *request)
{
    page_notice(request,
                &(struct notice){
                    .status = 403,
                    .title = request_text(request, "You have no room of your own"),
                    .text = request_text(request, "Rooms are for those who may book meetings here. If you "
                                                  "should be one of them, write to us."),
                    .action = request_text(request, "Go to my meetings"),
                    .address = request_path(request, "/"),
                    .contact = request_options(request)->site->contact});
}

/* GET /my-room */
void my_room_get(struct request *request)
{
    struct personal_room room = {0};
    int found = store_get_personal_room(request_store(request), request->person.id, &request->arena, &room);
    if (found < 0) {
        page_unavailable(request);
    } else if (!auth_may_book(request)) {
        my_room_refuse(request);
    } else {
        json_t *data = json_object();
        data_text(data, "title", request_text(request, "My room"));
        if (found > 0)
            view_shared(request, data, my_room_address(request, &room),
                        request_path(request, "/my-room/code.svg"), request->person.name);
        json_object_set_new(data, "inside", json_integer(room.inside));
        json_object_set_new(data, "waiting", json_integer(room.waiting));
        page_render(request, 200, "my_room.html", data);
    }
}

/* POST /my-room: gives whoever has none a room. */
void my_room_post(struct request *request)
{
    struct personal_room room = {0};
    if (!auth_may_book(request))
        my_room_refuse(request);
    else if (store_open_personal_room(request_store(request), request->person.id, request->now,
                                      &request->arena, &room) <= 0)
        page_unavailable(request);
    else
        reply_redirect(request, 303, request_path(request, "/my-room"));
}

/* GET /my-room/enter */
void my_room_get_enter(struct request *request)
{
    struct personal_room room = {0};
    if (my_room_find(request, &room))
        door_go_home(request, &room);
}

/* GET /my-room/code.svg */
void my_room_get_code(struct request *request)
{
    struct personal_room room = {0};
    if (!my_room_find(request, &room))
        return;
    reply_begin(request, 200, "image/svg+xml");
    qr_add_svg(&request->reply.body, my_room_address(request, &room));
    request->reply.cache = "private, max-age=86400";
}
