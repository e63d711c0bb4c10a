/* The rooms of one Prosody: takes the module's hello, snapshots and events into the store, and gives it
 * policies, words and ends. Speaks urn:jmb:rooms:1 (docs/protocol.md) through an xmpp connection that it is
 * handed as callbacks, so that a test can be the module. */
#ifndef COMPONENT_ROOMS_H
#define COMPONENT_ROOMS_H

#include "component/xmpp.h"
#include "proto/catalogue.h"
#include "proto/site.h"
#include "proto/zone.h"
#include "sql/store_rooms.h"

struct rooms;

/* What rooms needs of an xmpp connection: xmpp_send_iq, xmpp_answer, xmpp_refuse. */
struct rooms_wire {
    bool (*send_iq)(struct xmpp *xmpp, const char *to, const char *payload,
                    void (*result)(const struct xml *iq, void *context), void *context);
    void (*answer)(struct xmpp *xmpp, const char *to, const char *id, const char *payload);
    void (*refuse)(struct xmpp *xmpp, const char *to, const char *id, const char *type, const char *condition,
                   const char *text);
};

struct rooms_options {
    const char *prosody; /* NAME of the section */
    const char *muc;     /* whom we believe, and whom we ask */
    struct store *store;
    struct xmpp *xmpp;             /* set by rooms_attach */
    const struct rooms_wire *wire; /* NULL: the real one; a test is the module with another */
    const struct clock *clock;
    const struct catalogues *catalogues;
    const struct zones *zones;
    const struct site *site;
    const char *moderation, *unbooked, *sender; /* see conf.h */
    bool logins; /* there are hosts where the login is the identity: moderators are entitled by it too */
};

struct rooms *rooms_open(const struct rooms_options *options);
void rooms_close(struct rooms *rooms);
void rooms_attach(struct rooms *rooms, struct xmpp *xmpp);

/* The callbacks of xmpp_options; context is the struct rooms. */
void rooms_connected(void *rooms);
void rooms_disconnected(void *rooms);
bool rooms_iq(const struct xml *iq, void *rooms);

/* The turn ended: receipts that waited for it go out, or errors (resource-constraint, wait) when it failed.
 */
void rooms_committed(struct rooms *rooms, bool stored);
/* A meeting changed in turn `turn`: its policy goes to the module. */
void rooms_meeting_touched(struct rooms *rooms, int64_t meeting, uint64_t turn);
/* The same for a person: of their own room. */
void rooms_person_touched(struct rooms *rooms, int64_t person, uint64_t turn);
/* Sends gathered policies, opens coming ones, drops old ones; when it is wanted next. */
void rooms_run(struct rooms *rooms);
int64_t rooms_next_ms(const struct rooms *rooms);
/* The newest turn whose policies the module holds: replies of that turn and before may leave. UINT64_MAX when
 * nothing is under way; a module that is away or does not answer within 1 s holds nobody up. */
uint64_t rooms_settled_turn(const struct rooms *rooms);
bool rooms_ready(const struct rooms *rooms); /* connected, said hello, policies sent and received */

/* What an administrator wants to know; lives until the next hello. */
struct rooms_status {
    bool ready;
    const char *mode, *software; /* of the module; "" before its first hello */
    int64_t revision;            /* of the newest policies that were sent */
    int64_t rooms;               /* that have a policy of their own */
    int64_t refusals;            /* whom the module sent away since the start */
    int64_t clock_offset_ms;     /* what is added to its clock; 0: nothing */
    size_t warning_count;
    const char *const *warnings; /* what the module says of its neighbours and settings */
};
void rooms_get_status(const struct rooms *rooms, struct rooms_status *status);

/* Says `text` in a room, at the end of the turn (rooms_run), or closes the room with it as the reason, at
 * once: a room that no booking keeps closed opens again after a quarter of an hour. `done` gets how many
 * heard it, 0 for no such room, < 0 when it could not be asked. False: not connected. */
bool rooms_say(struct rooms *rooms, const char *key, const char *room_node, const char *text,
               void (*done)(int64_t said, void *context), void *context);
/* Says it to one person of one instance of a room (its address), alone. */
void rooms_whisper(struct rooms *rooms, const char *key, const struct present *present, const char *text);
bool rooms_end(struct rooms *rooms, const char *key, const char *room_node, const char *reason,
               void (*done)(int64_t ended, void *context), void *context);

#endif
