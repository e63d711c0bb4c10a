#include "sql/room_events.h"

#include "sql/letters_queue.h"
#include "sql/room_visits.h"

/* Each event and what it does to rooms and visits. */

/* Joins within 60 s of a leave of the same person are stays of their own here; merging them is for whoever
 * reads the visits. */
static int event_joined(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    enum room_kind kind = event->event == ROOM_KNOCK ? ROOM_LOBBY : room->kind;
    struct open_visit visit;
    int open = visit_find(applying, event, room, &visit);
    if (applying->snapshot && (open == 0 || (open > 0 && visit.prosody_ms != applying->prosody_ms))) {
        int resumed = visit_resume(applying, event, room);
        if (resumed)
            open = resumed < 0 ? -1 : visit_find(applying, event, room, &visit);
    }
    if (open < 0)
        return -1;
    if (open > 0 && visit.prosody_ms == applying->prosody_ms && visit.kind == kind)
        return visit_keep(applying, event, &visit);
    if (open > 0 && visit_break(applying, &visit, event->at_ms) < 0)
        return -1;
    return visit_add(applying, event, room, kind);
}

static int event_opened(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    return applying->snapshot ? room_named(applying, room, event->number) : 0;
}

static int event_left(struct applying *applying, const struct room_event *event,
                      const struct known_room *room)
{
    return visit_leave(applying, room, event->nick, event->at_ms);
}

static int event_renamed(struct applying *applying, const struct room_event *event,
                         const struct known_room *room)
{
    struct open_visit visit;
    int open = visit_find(applying, event, room, &visit);
    if (open <= 0 || (event->to && visit_move(applying, event, room, visit.id) < 0))
        return open <= 0 ? open : -1;
    return visit.same_name ? 1 : visit_rename(applying, &visit, event->name, event->at_ms);
}

static int event_role(struct applying *applying, const struct room_event *event,
                      const struct known_room *room)
{
    struct open_visit visit;
    int open = visit_find(applying, event, room, &visit);
    return open <= 0 ? open : visit_set_role(applying, visit.id, event->moderator, event->at_ms);
}

static int event_closed(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    if (visits_leave(applying, room, event->at_ms) < 0 || room_close(applying, room, event->at_ms) < 0)
        return -1;
    return room->meeting ? letter_bring_summary(applying->store, room->meeting) : 1;
}

/* Nobody came in, so there need be no room. */
static int event_refused(struct applying *applying, const struct room_event *event)
{
    const char *node = rooms_node(&applying->arena, event->main ? event->main : event->room);
    int64_t meeting = room_meeting(applying->store, node, event->at_ms / 1000);
    if (meeting < 0)
        return -1;
    struct who who;
    if (who_is(applying, event, meeting, &who) < 0)
        return -1;
    touch(applying->store, meeting);
    return refusal_add(applying, event, meeting, &who);
}

/* An event at our time. */
static int apply_timed(struct applying *applying, const struct room_event *event)
{
    static int (*const apply[])(struct applying *, const struct room_event *, const struct known_room *) = {
        [ROOM_OPENED] = event_opened,   [ROOM_JOINED] = event_joined, [ROOM_KNOCK] = event_joined,
        [ROOM_RENAMED] = event_renamed, [ROOM_ROLE] = event_role,     [ROOM_LEFT] = event_left,
        [ROOM_CLOSED] = event_closed,
    };
    if (event->event == ROOM_OTHER)
        return 0; /* only its number counts; it names no room */
    if (event->event == ROOM_REFUSED)
        return event_refused(applying, event);
    struct known_room room;
    int known = room_find(applying, event->instance, &room);
    bool enters = event->event == ROOM_OPENED || event->event == ROOM_JOINED || event->event == ROOM_KNOCK;
    if (known == 0 && enters)
        known = room_add(applying, event, &room);
    if (known <= 0)
        return known;
    applying->instance = event->instance;
    applying->room = room;
    if (!applying->snapshot && event->number <= room.reflects)
        return 0;
    touch(applying->store, room.meeting);
    return apply[event->event](applying, event, &room);
}

int apply_event(struct applying *applying, const struct room_event *event)
{
    struct room_event timed = *event;
    applying->prosody_ms = event->at_ms;
    timed.at_ms += clock_offset(&applying->stream);
    if (timed.at_ms < 0)
        timed.at_ms = 0;
    return apply_timed(applying, &timed);
}
