/* Who was there, from visits: stays that belong together become one, time counts once. Pure: the store keeps
 * visits as Prosody saw them, this reads them as people mean them. */
#ifndef PROTO_ATTENDANCE_H
#define PROTO_ATTENDANCE_H

#include "proto/arena.h"
#include "proto/model.h"

struct stay {
    int64_t joined_ms, left_ms; /* left_ms 0: still there */
    bool uncertain;             /* the end was not seen but concluded */
    enum room_kind room_kind;   /* ROOM_MAIN or ROOM_BREAKOUT, each a stay of its own */
};

/* One person: an attendee, one whom a token or login names, or somebody under one display name. */
struct present_person {
    int64_t attendee; /* 0: nobody that we know */
    const char *name; /* the newest, or NULL */
    bool verified, moderator;
    bool phone;               /* by phone only */
    size_t stay_count;        /* 0: never got past the lobby */
    const struct stay *stays; /* by joining; on two devices at once, and in a breakout, they overlap */
    int visits;               /* before joining what belongs together */
    int64_t present_ms;  /* overlapping time once; breakouts count, lobbies do not; whoever is still there
                            counts to `now_ms` */
    int64_t breakout_ms; /* of that, in breakouts only */
    int64_t waited_ms;   /* in the lobby */
};

struct attendance {
    size_t count;
    const struct present_person *people; /* by first joining; who never did, by first waiting */
    int most_at_once;                    /* people, not devices */
};

/* Visits that are lent one by one, gathered: an `each` of the store's lists, whose context is a struct visits
 * with its arena set. */
struct visits {
    struct arena *arena;
    size_t count, room;
    struct visit *list;
};
bool visits_add(const struct visit *visit, void *visits);

/* `visits` by joining; what they borrow must live as long as the result. A stay that begins at most
 * `rejoin_ms` after one of the same person in the same kind of room ended goes on with it; a stay in the main
 * room also goes on over the time in a breakout, which is shown as a stay within it. Nobody but a token or a
 * login makes two visits that overlap one person's: without, the same display name is the same person only
 * when they do not, and who gives no name at all only within `rejoin_ms`. */
struct attendance attendance_make(struct arena *arena, const struct visit *visits, size_t count,
                                  int64_t rejoin_ms, int64_t now_ms);

#endif
