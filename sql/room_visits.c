#include "sql/room_visits.h"

#include <string.h>

/* Visits as they begin, go on and end. */

int visit_add(struct applying *applying, const struct room_event *event, const struct known_room *room,
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

int visit_find(struct applying *applying, const struct room_event *event, const struct known_room *room,
               struct open_visit *visit)
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

int visit_rename(struct applying *applying, const struct open_visit *visit, const char *name, int64_t at_ms)
{
    if (query_run_at(applying->store, STMT_KEEP_VISIT_NAME, visit->id, at_ms) < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_RENAME_VISIT);
    bind_int(&query, ":id", visit->id);
    bind_text(&query, ":name", name);
    return query_run(&query);
}

int visit_keep(struct applying *applying, const struct room_event *event, const struct open_visit *visit)
{
    struct query query = query_open(applying->store, STMT_KEEP_VISIT);
    bind_int(&query, ":id", visit->id);
    bind_int(&query, ":snapshot", applying->snapshot);
    bind_int(&query, ":moderator", event->moderator);
    if (query_run(&query) < 0)
        return -1;
    return visit->same_name ? 0 : visit_rename(applying, visit, event->name, event->at_ms);
}

int visit_break(struct applying *applying, const struct open_visit *visit, int64_t at_ms)
{
    int64_t heartbeat_ms = applying->stream.heartbeat_ms;
    bool gap = applying->snapshot && heartbeat_ms < at_ms;
    return query_run_at(applying->store, STMT_BREAK_VISIT, visit->id, gap ? heartbeat_ms : at_ms);
}

/* Ends what is open under a nick, unless it is that visit: somebody else has it now. */
static int free_nick(struct applying *applying, const struct known_room *room, const char *nick,
                     int64_t visit, int64_t at_ms)
{
    const struct room_event there = {.nick = nick};
    struct open_visit other;
    int open = visit_find(applying, &there, room, &other);
    return open > 0 && other.id != visit ? visit_break(applying, &other, at_ms) : open;
}

int visit_resume(struct applying *applying, const struct room_event *event, const struct known_room *room)
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

int visit_move(struct applying *applying, const struct room_event *event, const struct known_room *room,
               int64_t visit)
{
    if (free_nick(applying, room, event->to, visit, event->at_ms) < 0)
        return -1;
    struct query query = query_open(applying->store, STMT_MOVE_VISIT);
    bind_int(&query, ":id", visit);
    bind_text(&query, ":nick", event->to);
    return query_run(&query);
}

int visit_set_role(struct applying *applying, int64_t visit, bool moderator, int64_t at_ms)
{
    struct query query = query_open(applying->store, STMT_KEEP_VISIT_ROLE);
    bind_int(&query, ":id", visit);
    bind_int(&query, ":at", at_ms);
    bind_int(&query, ":moderator", moderator);
    int kept = query_run(&query);
    if (kept < 0 || !moderator)
        return kept;
    query = query_open(applying->store, STMT_PROMOTE_VISIT);
    bind_int(&query, ":id", visit);
    return query_run(&query);
}

int visit_leave(struct applying *applying, const struct known_room *room, const char *nick, int64_t at_ms)
{
    struct query query = query_open(applying->store, STMT_LEAVE_VISIT);
    bind_int(&query, ":room", room->id);
    bind_text(&query, ":nick", nick);
    bind_int(&query, ":at", at_ms);
    return query_run(&query);
}

int visits_leave(struct applying *applying, const struct known_room *room, int64_t at_ms)
{
    return query_run_at(applying->store, STMT_CLOSE_VISITS_OF_ROOM, room->id, at_ms);
}
