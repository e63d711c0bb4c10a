#include "sql/room_events.h"

#include "sql/letters_queue.h"

#include <string.h>

/* The meeting that a room belongs to at a time; 0: none, < 0: broken. */
static int64_t room_meeting(struct store *store, const char *node, int64_t at)
{
    struct query query = query_open(store, STMT_ROOM_MEETING);
    bind_text(&query, ":node", node);
    bind_int(&query, ":at", at);
    int64_t meeting;
    return query_run_number(&query, &meeting) < 0 ? -1 : meeting;
}

int room_adopt(struct store *store, const char *node, int64_t meeting, int64_t now)
{
    int64_t belongs = room_meeting(store, node, now);
    if (belongs != meeting)
        return belongs < 0 ? -1 : 0;
    static const enum statement adopts[] = {STMT_ADOPT_VISITS, STMT_ADOPT_ROOMS};
    int status = 0;
    for (size_t i = 0; i < sizeof adopts / sizeof *adopts && status >= 0; i++) {
        struct query query = query_open(store, adopts[i]);
        bind_text(&query, ":node", node);
        bind_int(&query, ":meeting", meeting);
        status = query_run(&query);
    }
    return status;
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

static int find_room(struct applying *applying, const char *instance, struct known_room *room)
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

static int add_room(struct applying *applying, const struct room_event *event, struct known_room *room)
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

static int add_visit(struct applying *applying, const struct room_event *event, const struct known_room *room,
                     enum room_kind kind)
{
    struct who who;
    if (who_is(applying, event, room->meeting, &who) < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_ADD_VISIT);
    bind_int_or_null(&query, ":meeting", room->meeting);
    bind_int_or_null(&query, ":attendee", who.attendee);
    bind_int_or_null(&query, ":person", who.person);
    bind_text(&query, ":login", who.login);
    bind_text(&query, ":jid", event->jid);
    bind_text(&query, ":user", event->user);
    bind_text(&query, ":user_name", who.name);
    bind_text(&query, ":name", event->name);
    bind_int(&query, ":at", event->at_ms);
    bind_int(&query, ":room", room->id);
    bind_text(&query, ":nick", event->nick);
    bind_text(&query, ":room_kind", room_kind_word(kind));
    bind_text(&query, ":kind", occupant_word(event->kind));
    bind_int(&query, ":moderator", event->moderator);
    bind_int(&query, ":snapshot", applying->snapshot);
    bind_int(&query, ":prosody_ms", applying->prosody_ms);
    return query_run(&query);
}

/* A visit that is open. */
struct open_visit {
    int64_t id, prosody_ms;
    enum room_kind kind;
    bool same_name;
};

static int find_visit(struct applying *applying, const struct room_event *event,
                      const struct known_room *room, struct open_visit *visit)
{
    struct query query = query_open(applying->store, STMT_FIND_OPEN_VISIT);
    bind_int(&query, ":room", room->id);
    bind_text(&query, ":nick", event->nick);
    int status = query_step(&query);
    if (status > 0) {
        visit->id = next_int(&query);
        visit->prosody_ms = next_int(&query);
        visit->kind = ROOM_MAIN;
        room_kind_read(next_text(&query), &visit->kind);
        const char *name = next_text(&query);
        visit->same_name = name == event->name || (name && event->name && strcmp(name, event->name) == 0);
    }
    query_close(&query);
    return status;
}

/* Runs a statement about one visit that takes the time. */
static int visit_at(struct applying *applying, enum statement statement, int64_t visit, int64_t at_ms)
{
    struct query query = query_open(applying->store, statement);
    bind_int(&query, ":id", visit);
    bind_int(&query, ":at", at_ms);
    return query_run(&query);
}

static int rename_visit(struct applying *applying, const struct open_visit *visit, const char *name,
                        int64_t at_ms)
{
    if (visit_at(applying, STMT_KEEP_VISIT_NAME, visit->id, at_ms) < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_RENAME_VISIT);
    bind_int(&query, ":id", visit->id);
    bind_text(&query, ":name", name);
    return query_run(&query);
}

/* An open visit that a snapshot, or the same event in another dress, names again. */
static int keep_visit(struct applying *applying, const struct room_event *event,
                      const struct open_visit *visit)
{
    struct query query = query_open(applying->store, STMT_KEEP_VISIT);
    bind_int(&query, ":id", visit->id);
    bind_int(&query, ":snapshot", applying->snapshot);
    bind_int(&query, ":moderator", event->moderator);
    if (query_run(&query) < 0)
        return -1;
    return visit->same_name ? 0 : rename_visit(applying, visit, event->name, event->at_ms);
}

/* An open visit whose end nobody saw, since the same occupant begins another one: it was true at the last
 * news before the gap that the snapshot mends, or, without a gap, until now. */
static int break_visit(struct applying *applying, const struct open_visit *visit, int64_t at_ms)
{
    int64_t heartbeat_ms = applying->stream.heartbeat_ms;
    bool gap = applying->snapshot && heartbeat_ms < at_ms;
    return visit_at(applying, STMT_BREAK_VISIT, visit->id, gap ? heartbeat_ms : at_ms);
}

/* Ends what is open under a nick, unless it is that visit: somebody else has it now. */
static int free_nick(struct applying *applying, const struct known_room *room, const char *nick,
                     int64_t visit, int64_t at_ms)
{
    const struct room_event there = {.nick = nick};
    struct open_visit other;
    int open = find_visit(applying, &there, room, &other);
    return open > 0 && other.id != visit ? break_visit(applying, &other, at_ms) : open;
}

/* A visit that was ended for want of news, or whose new nick nobody heard of, and goes on as a snapshot
 * shows. */
static int resume_visit(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    int64_t id;
    struct query query = query_open(applying->store, STMT_FIND_VISIT_OF_SESSION);
    bind_int(&query, ":room", room->id);
    bind_text(&query, ":jid", event->jid);
    bind_int(&query, ":prosody_ms", applying->prosody_ms);
    if (query_run_number(&query, &id) < 0)
        return -1;
    if (!id)
        return 0;
    if (free_nick(applying, room, event->nick, id, event->at_ms) < 0)
        return -1;
    query = query_open(applying->store, STMT_REOPEN_VISIT);
    bind_int(&query, ":id", id);
    bind_text(&query, ":nick", event->nick);
    return query_run(&query);
}

/* Joins within 60 s of a leave of the same person are stays of their own here; merging them is for whoever
 * reads the visits. */
static int event_joined(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    enum room_kind kind = event->event == ROOM_KNOCK ? ROOM_LOBBY : room->kind;
    struct open_visit visit;
    int open = find_visit(applying, event, room, &visit);
    if (applying->snapshot && (open == 0 || (open > 0 && visit.prosody_ms != applying->prosody_ms))) {
        int resumed = resume_visit(applying, event, room);
        if (resumed)
            open = resumed < 0 ? -1 : find_visit(applying, event, room, &visit);
    }
    if (open < 0)
        return -1;
    if (open > 0 && visit.prosody_ms == applying->prosody_ms && visit.kind == kind)
        return keep_visit(applying, event, &visit);
    if (open > 0 && break_visit(applying, &visit, event->at_ms) < 0)
        return -1;
    return add_visit(applying, event, room, kind);
}

static int event_opened(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    if (!applying->snapshot)
        return 0;
    struct query query = query_open(applying->store, STMT_NAME_ROOM);
    bind_int(&query, ":id", room->id);
    bind_int(&query, ":snapshot", applying->snapshot);
    bind_int(&query, ":number", event->number);
    return query_run(&query);
}

static int event_left(struct applying *applying, const struct room_event *event,
                      const struct known_room *room)
{
    struct query query = query_open(applying->store, STMT_LEAVE_VISIT);
    bind_int(&query, ":room", room->id);
    bind_text(&query, ":nick", event->nick);
    bind_int(&query, ":at", event->at_ms);
    return query_run(&query);
}

/* The visit goes on under another nick. */
static int move_visit(struct applying *applying, const struct room_event *event,
                      const struct known_room *room, int64_t visit)
{
    if (free_nick(applying, room, event->to, visit, event->at_ms) < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_MOVE_VISIT);
    bind_int(&query, ":id", visit);
    bind_text(&query, ":nick", event->to);
    return query_run(&query);
}

static int event_renamed(struct applying *applying, const struct room_event *event,
                         const struct known_room *room)
{
    struct open_visit visit;
    int open = find_visit(applying, event, room, &visit);
    if (open <= 0 || (event->to && move_visit(applying, event, room, visit.id) < 0))
        return open <= 0 ? open : -1;
    return visit.same_name ? 1 : rename_visit(applying, &visit, event->name, event->at_ms);
}

static int event_role(struct applying *applying, const struct room_event *event,
                      const struct known_room *room)
{
    struct open_visit visit;
    int open = find_visit(applying, event, room, &visit);
    if (open <= 0)
        return open;
    struct query query = query_open(applying->store, STMT_KEEP_VISIT_ROLE);
    bind_int(&query, ":id", visit.id);
    bind_int(&query, ":at", event->at_ms);
    bind_int(&query, ":moderator", event->moderator);
    int kept = query_run(&query);
    if (kept < 0 || !event->moderator)
        return kept;
    query = query_open(applying->store, STMT_PROMOTE_VISIT);
    bind_int(&query, ":id", visit.id);
    return query_run(&query);
}

static int event_closed(struct applying *applying, const struct room_event *event,
                        const struct known_room *room)
{
    struct query query = query_open(applying->store, STMT_CLOSE_VISITS_OF_ROOM);
    bind_int(&query, ":room", room->id);
    bind_int(&query, ":at", event->at_ms);
    if (query_run(&query) < 0 || visit_at(applying, STMT_CLOSE_ROOM, room->id, event->at_ms) < 0)
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
    int known = find_room(applying, event->instance, &room);
    bool enters = event->event == ROOM_OPENED || event->event == ROOM_JOINED || event->event == ROOM_KNOCK;
    if (known == 0 && enters)
        known = add_room(applying, event, &room);
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
