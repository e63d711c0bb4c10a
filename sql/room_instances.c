/* The rooms that events speak of: one row an instance, from when it opens until it closes, and the meeting
 * that it belongs to. */
#include "sql/room_events.h"

#include <string.h>

int64_t room_meeting(struct store *store, const char *node, int64_t at)
{
    struct query query = query_open(store, STMT_ROOM_MEETING);
    bind_text(&query, ":node", node);
    bind_int(&query, ":at", at);
    int64_t meeting;
    return query_run_number(&query, &meeting) < 0 ? -1 : meeting;
}

/* What was open in the room and had no meeting, of one kind, has it now. */
static int adopt(struct store *store, enum statement statement, const char *node, int64_t meeting)
{
    struct query query = query_open(store, statement);
    bind_text(&query, ":node", node);
    bind_int(&query, ":meeting", meeting);
    return query_run(&query);
}

int room_adopt(struct store *store, const char *node, int64_t meeting, int64_t now)
{
    int64_t belongs = room_meeting(store, node, now);
    if (belongs != meeting)
        return belongs < 0 ? -1 : 0;
    if (adopt(store, STMT_ADOPT_VISITS, node, meeting) < 0)
        return -1;
    return adopt(store, STMT_ADOPT_ROOMS, node, meeting);
}

/* The meeting of a room that opens: a breakout or lobby has that of its main room. */
static int64_t meeting_of(struct applying *applying, const char *node, enum room_kind kind, int64_t at_ms)
{
    int64_t meeting = 0;
    if (kind != ROOM_MAIN) {
        struct query query = query_open(applying->store, STMT_MAIN_ROOM_MEETING);
        bind_int(&query, ":stream", applying->stream.id);
        bind_text(&query, ":node", node);
        if (query_run_number(&query, &meeting) < 0)
            return -1;
    }
    return meeting ? meeting : room_meeting(applying->store, node, at_ms / 1000);
}

int room_find(struct applying *applying, const char *instance, struct known_room *room)
{
    if (applying->instance && strcmp(applying->instance, instance) == 0) {
        *room = applying->room;
        return 1;
    }
    struct query query = query_open(applying->store, STMT_FIND_ROOM);
    bind_int(&query, ":stream", applying->stream.id);
    bind_text(&query, ":instance", instance);
    int status = query_step(&query);
    if (status > 0) {
        room->id = next_int(&query);
        room->kind = ROOM_MAIN;
        room_kind_read(next_text(&query), &room->kind);
        room->meeting = next_int(&query);
        room->reflects = next_int(&query);
    }
    query_close(&query);
    return status;
}

/* A room that nobody announced is what its first event makes it look like. */
static enum room_kind kind_of_event(const struct room_event *event)
{
    if (event->event == ROOM_OPENED)
        return event->room_kind;
    if (event->event == ROOM_KNOCK)
        return ROOM_LOBBY;
    return event->main ? ROOM_BREAKOUT : ROOM_MAIN;
}

int room_add(struct applying *applying, const struct room_event *event, struct known_room *room)
{
    const char *node = rooms_node(&applying->arena, event->main ? event->main : event->room);
    room->kind = kind_of_event(event);
    room->reflects = 0;
    room->meeting = meeting_of(applying, node, room->kind, event->at_ms);
    if (room->meeting < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_ADD_ROOM);
    bind_int(&query, ":stream", applying->stream.id);
    bind_text(&query, ":instance", event->instance);
    bind_text(&query, ":address", event->room);
    bind_text(&query, ":kind", room_kind_word(room->kind));
    bind_text(&query, ":main", event->main);
    bind_text(&query, ":node", node);
    bind_int_or_null(&query, ":meeting", room->meeting);
    bind_int(&query, ":at", event->at_ms);
    return query_run_number(&query, &room->id);
}

int room_named(struct applying *applying, const struct known_room *room, int64_t number)
{
    struct query query = query_open(applying->store, STMT_NAME_ROOM);
    bind_int(&query, ":id", room->id);
    bind_int(&query, ":snapshot", applying->snapshot);
    bind_int(&query, ":number", number);
    return query_run(&query);
}

int room_close(struct applying *applying, const struct known_room *room, int64_t at_ms)
{
    return query_run_at(applying->store, STMT_CLOSE_ROOM, room->id, at_ms);
}
