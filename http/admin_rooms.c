#include "http/routes.h"
#include "proto/rooms.h"
#include "sql/store_rooms.h"

#include <stdlib.h>
#include <string.h>

/* Admin socket: {"room": ..., "text": ...} is said in a room, or ends it, and becomes {"order": N}; what came
 * of it is asked later, since Prosody is asked after the commit. */

enum { WORDS_MAX = 1000 };

/* The meeting that has the room now. */
static bool note_meeting(const struct policy_row *row, void *context)
{
    const struct meeting *meeting = &row->meeting;
    struct meeting *found = context;
    int before = meeting->options.opens_before > meeting->options.guests_before
                     ? meeting->options.opens_before
                     : meeting->options.guests_before;
    if (meeting->status == MEETING_CONFIRMED && meeting->starts_at - before <= found->starts_at &&
        meeting->ends_at + meeting->options.grace > found->starts_at)
        found->id = meeting->id;
    return false;
}

static void refuse(struct request *request, int status, const char *words)
{
    json_t *answer = json_pack("{s:s}", "error", words);
    reply_json(request, status, answer);
    json_decref(answer);
}

static void order(struct request *request, enum reminder_kind kind)
{
    json_t *asked = json_loadb(text_string(&request->body), request->body.size, 0, NULL);
    const char *room = json_string_value(json_object_get(asked, "room"));
    const char *text = json_string_value(json_object_get(asked, "text"));
    struct meeting meeting = {.starts_at = request->now};
    const char *node = room ? rooms_node(&request->arena, room) : "";
    int64_t id = 0;
    text = text && *text ? arena_dup(&request->arena, text) : NULL;
    json_decref(asked);
    if (!*node || strlen(node) > ROOMS_STRING_MAX)
        refuse(request, 422, "room: not the name or the address of a room");
    else if ((kind == REMINDER_SAY && !text) || (text && strlen(text) > WORDS_MAX))
        refuse(request, 422, "text: from 1 to 1000 bytes are needed");
    else if (store_room_policy(request_store(request), node, request->now, note_meeting, &meeting) < 0 ||
             store_order(request_store(request), kind, meeting.id, node, text, "jmbctl", request->now, &id) <=
                 0)
        refuse(request, 503, "the database is broken; see the log");
    else {
        json_t *answer = json_pack("{s:I}", "order", (json_int_t)id);
        reply_json(request, 200, answer);
        json_decref(answer);
    }
}

void admin_post_say(struct request *request)
{
    order(request, REMINDER_SAY);
}

void admin_post_end(struct request *request)
{
    order(request, REMINDER_STOP);
}

void admin_get_order(struct request *request)
{
    static const char *const words[] = {
        [ORDER_WAITING] = "waiting", [ORDER_DONE] = "done", [ORDER_DROPPED] = "dropped"};
    enum order_state state;
    int64_t said;
    int found =
        store_get_order(request_store(request), strtoll(request->arguments[0], NULL, 10), &state, &said);
    if (found <= 0) {
        refuse(request, found < 0 ? 503 : 404,
               found < 0 ? "the database is broken; see the log" : "no such order");
        return;
    }
    json_t *answer = json_pack("{s:s, s:I}", "state", words[state], "said", (json_int_t)said);
    reply_json(request, 200, answer);
    json_decref(answer);
}
