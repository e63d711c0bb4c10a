/* What one event of a room changes. Within sql/ only. */
#ifndef SQL_ROOM_EVENTS_H
#define SQL_ROOM_EVENTS_H

#include "sql/store_internal.h"
#include "sql/store_rooms.h"

struct stream {
    int64_t id, last, snapshot;
    bool awaits_snapshot;
    int64_t heartbeat_ms;
    int64_t offset_ms; /* of the clocks (clock.c) */
    int64_t late_ms, late_since_ms;
};

/* A stanza that said it was `their_ms` has come: what is to be added to Prosody's times from now on. < 0:
 * broken. */
int clock_note(struct store *store, struct stream *stream, int64_t their_ms, int64_t now_ms);
/* What is added: an offset that is not worth it is none. */
int64_t clock_offset(const struct stream *stream);

struct known_room {
    int64_t id, meeting, reflects;
    enum room_kind kind;
};

/* What is applied, and to which stream; `snapshot` is 0 for events. */
struct applying {
    struct store *store;
    struct arena arena;
    struct stream stream;
    int64_t snapshot;
    int64_t prosody_ms; /* of the event under way: by Prosody's clock */
    const char
        *instance; /* of the event before, whose room is `room`: a snapshot names its people one by one */
    struct known_room room;
};

/* The meeting that a room belongs to at a time (room_instances.c); 0: none, < 0: broken. */
int64_t room_meeting(struct store *store, const char *node, int64_t at);
/* The room of that instance: > 0, or 0 when none is known. */
int room_find(struct applying *applying, const char *instance, struct known_room *room);
/* The room that an event speaks of first. */
int room_add(struct applying *applying, const struct room_event *event, struct known_room *room);
/* The snapshot under way names it; `number` is the newest event that this reflects. */
int room_named(struct applying *applying, const struct known_room *room, int64_t number);
int room_close(struct applying *applying, const struct known_room *room, int64_t at_ms);

/* Who somebody is beside what they say themselves (identity.c). */
struct who {
    int64_t attendee;  /* of the meeting; 0: nobody invited */
    int64_t person;    /* by the login, or the token of their personal room; 0: not known */
    const char *name;  /* in the arena of `applying`, or the event's; NULL: not known */
    const char *login; /* bare JID on a host where logins count, or NULL */
};
int who_is(struct applying *applying, const struct room_event *event, int64_t meeting, struct who *who);

/* Keeps that somebody was sent away (refusals.c). < 0: broken. */
int refusal_add(struct applying *applying, const struct room_event *event, int64_t meeting,
                const struct who *who);

/* < 0 when it could not be stored. What speaks of a room or person that is not known changes nothing. */
int apply_event(struct applying *applying, const struct room_event *event);

#endif
