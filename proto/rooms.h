/* The room protocol, urn:jmb:rooms:1: between stanzas and structs. docs/protocol.md is its reference. Strings
 * read are of the stanza (or the arena); names that a client chose are cut at ROOMS_STRING_MAX, everything
 * else longer is an error. */
#ifndef PROTO_ROOMS_H
#define PROTO_ROOMS_H

#include "proto/model.h"
#include "proto/text.h"
#include "proto/xml.h"

#define ROOMS_NS "urn:jmb:rooms:1"

enum {
    ROOMS_VERSION = 1,
    ROOMS_BATCH_MAX = 200,         /* events in a stanza */
    ROOMS_STANZA_MAX = 128 * 1024, /* bytes */
    ROOMS_STRING_MAX = 3071,       /* bytes of an address (RFC 7622) and of any other attribute */
};

struct room_hello {
    const char *boot, *software, *mode;
    int64_t now_ms, last, held, policies;
    bool foreign; /* not read, because the module speaks no version of ours: feature-not-implemented */
    size_t warning_count;
    const char *warnings[16];
};

enum room_event_kind {
    ROOM_OPENED,
    ROOM_JOINED,
    ROOM_RENAMED,
    ROOM_ROLE,
    ROOM_LEFT,
    ROOM_KNOCK,
    ROOM_REFUSED,
    ROOM_CLOSED,
    ROOM_OTHER /* lost, or said by a newer module: nothing but its number counts */
};

struct room_event {
    enum room_event_kind event;
    enum room_kind room_kind; /* opened */
    int64_t number, at_ms;
    const char *room, *instance; /* the room's address */
    const char *main;            /* opened, knock, refused: the main room of a breakout or lobby, else NULL */
    const char *nick, *jid, *to; /* to: renamed, the nick from now on; NULL: the same */
    const char *user, *user_name; /* of the token; NULL: none */
    const char *name;             /* the display name, NULL: none */
    const char *reason;           /* refused */
    enum occupant_kind kind;
    bool moderator; /* joined, role */
    bool observed;  /* refused in mode observe only: the person came in */
};

struct room_events {
    const char *boot;
    int64_t now_ms;
    size_t count;
    struct room_event *events; /* numbers rise by one */
};

/* Events too: an opened for each room, a joined for each occupant, with the number that it reflects. */
struct room_snapshot {
    struct room_events events;
    bool done;
    int64_t count, last; /* valid when done */
};

/* Read the element (hello, events, snapshot) of an iq. False: *error says what is wrong, for the iq's error
 * and the log. */
bool rooms_read_hello(struct room_hello *hello, struct arena *arena, const struct xml *element,
                      const char **error);
bool rooms_read_events(struct room_events *events, struct arena *arena, const struct xml *element,
                       const char **error);
bool rooms_read_snapshot(struct room_snapshot *snapshot, struct arena *arena, const struct xml *element,
                         const char **error);

/* What the module is told about one room. */
struct room_policy {
    const char *room; /* full address; NULL: the default for unknown rooms */
    const char *meeting, *admission, *moderation, *language;
    const char *reason; /* of admission closed: the refusal's reason, say cancelled; NULL: closed */
    int64_t opens_at, guests_at, closes_at; /* 0: no bound */
    int maximum;
    bool lobby;
    bool wait;                      /* guests wait in a lobby until a moderator is in */
    const char *password, *subject; /* NULL: none */
    size_t moderator_count;
    const char *const *moderators; /* attendee.ref of each who is entitled */
    const char *const *accounts;   /* their logins, as many; NULL: none has one, or this one has none */
    size_t refusal_count;
    const struct room_refusal {
        const char *reason, *text;
    } * refusals; /* in `language` */
    bool removed; /* forget this room */
};

/* Write the payloads of iqs, and of their results. Text is escaped and cleaned for XML. */
void rooms_write_hello_result(struct text *text, bool snapshot, int64_t resume, int64_t now_ms);
void rooms_write_events_result(struct text *text, const char *boot, int64_t last);
void rooms_write_snapshot_result(struct text *text, const char *boot);
void rooms_open_policies(struct text *text, bool replace, bool more, int64_t revision);
void rooms_write_policy(struct text *text, const struct room_policy *policy);
void rooms_close_policies(struct text *text);
void rooms_write_say(struct text *text, const char *key, const char *room, const char *instance,
                     const char *to_nick, const char *sender, const char *body);
/* The same words in several rooms: between opening and closing, each room. */
void rooms_open_say(struct text *text, const char *sender, const char *body);
void rooms_write_place(struct text *text, const char *key, const char *room);
void rooms_close_say(struct text *text);
void rooms_write_end(struct text *text, const char *key, const char *room, const char *instance,
                     const char *reason);

/* The name of a room from its address, the Jitsi web client's mapping undone: percent-decoded where the
 * client encodes, ASCII letters small (the client has made all letters small, and NFKC, before it encoded
 * them); `[tenant]room` keeps its tenant. */
const char *rooms_node(struct arena *arena, const char *address);

#endif
