/* Within rooms*.c only: the handle, and how its parts meet. rooms.c takes what the module says;
 * rooms_orders.c has it say and end; rooms_policies.c keeps what the module holds up to date, by the table of
 * rooms (rooms_table.c) that it looks at (rooms_render.c); rooms_texts.c makes a policy of a meeting. */
#ifndef COMPONENT_ROOMS_PARTS_H
#define COMPONENT_ROOMS_PARTS_H

#include "component/rooms.h"

enum {
    ROOMS_HORIZON = 24 * 3600, /* seconds ahead of its opening that a meeting's policy is sent */
    ROOMS_KEEP = 24 * 3600,    /* and how long it is kept after the end, to say 'over' */
};

/* A room that the module holds a policy of, or shall. */
struct entry {
    char *node;
    uint64_t hash; /* of the policy as it was sent last; 0: the module holds none */
    bool wanted;   /* to be looked at: sent when it differs */
    uint64_t turn; /* whose replies wait for it; NO_TURN: none */
    int64_t since_ms;
    int64_t recheck_at;     /* when another meeting of the room may count, or none any more */
    int64_t meeting, owner; /* of the policy: the meeting, or the person whose room it is; 0: neither */
    uint64_t before_shut;   /* of a room that was ended (hash HASH_SHUT): what hash was before */
    int64_t shut_until;     /* as long as the policy is still that one, it stays closed until then */
};

/* Unlike that of any policy: what the module holds is not what was sent. */
#define HASH_SHUT 1

/* A policies stanza that the module has not confirmed yet. */
struct flight {
    struct flight *next;
    struct rooms *rooms;
    int64_t revision;
    uint64_t turn;
    int64_t since_ms;
};

/* A result that waits for the commit. */
struct receipt {
    struct receipt *next;
    char *to, *id;
    char *payload;
    bool hello;
    int64_t policies; /* hello: the revision that the module holds */
};

#define NO_TURN UINT64_MAX

struct policies {
    struct entry *entries; /* sorted by node */
    size_t count, room;
    size_t wanted;        /* entries that are */
    size_t urgent;        /* of these, those with a turn */
    struct flight *first; /* oldest first */
    size_t flying;
    int64_t revision; /* of the newest stanza */
    bool replace;     /* all is to be sent anew: the next stanza forgets what was before it */
    bool replacing;   /* a replacement has begun, and more of it follows */
    int64_t replace_at_ms, pause_ms;
    int64_t recheck_at; /* no entry's lies before this */
    int64_t sweep_at_ms;
    int64_t ran_ms;      /* when rooms_run ran last */
    int64_t retry_at_ms; /* the store could not be read: not before this */
};

struct rooms {
    struct arena arena; /* of the options' strings */
    struct rooms_options o;
    bool connected, greeted;
    char *boot; /* of the last hello */
    struct {
        struct arena arena; /* of the strings */
        const char *mode, *software;
        size_t warning_count;
        const char *warnings[16];
    } module;
    int64_t refusals, clock_offset_ms;
    struct receipt *receipts, **receipts_end;
    struct saying *sayings;   /* that leave at the end of the turn, in this order, */
    struct whisper *whispers; /* and these behind them */
    struct policies policies;
};

static inline int64_t rooms_now_ms(const struct rooms *rooms)
{
    return clock_ms(rooms->o.clock);
}

/* rooms_policies.c */
void policies_open(struct rooms *rooms);
void policies_close(struct rooms *rooms);
void policies_greeted(struct rooms *rooms, int64_t revision); /* the module holds this revision */
void policies_disconnected(struct rooms *rooms);
bool policies_settled(const struct rooms *rooms);
/* The module closed this room by itself: it gets its policy back after a while. */
void policies_shut(struct rooms *rooms, const char *node);

/* rooms_orders.c: sends what was asked since the last time; not connected: nobody is reached. */
void orders_send(struct rooms *rooms);
void orders_free(struct rooms *rooms); /* those that were not sent; nobody is told */

/* rooms_table.c. table_entry makes it when there is none. */
struct entry *table_entry(struct policies *policies, const char *node);
void table_remove(struct policies *policies, struct entry *entry);
void table_want(struct rooms *rooms, struct entry *entry, uint64_t turn);
void table_want_all(struct rooms *rooms);
/* Those whose policy is of this meeting, or of this person's own room (0: of none). */
void table_want_of(struct rooms *rooms, int64_t meeting, int64_t owner, uint64_t turn);
void table_want_rechecks(struct rooms *rooms, int64_t now);
void table_recheck(struct policies *policies, struct entry *entry, int64_t at);
void table_satisfied(struct policies *policies, struct entry *entry);

/* rooms_render.c: adds the room's policy (or its removal) to `text`, which is empty; nothing when the module
 * has it so already. */
enum looked { LOOKED_SAME, LOOKED_CHANGED, LOOKED_GONE, LOOKED_BROKEN };
enum looked rooms_look_at(struct rooms *rooms, struct entry *entry, struct text *text);

#endif
