/* Who was there, from visits: stays that belong together become one, time counts once. Pure: the store keeps
 * visits as Prosody saw them, this reads them as people mean them. */
#ifndef PROTO_ATTENDANCE_H
#define PROTO_ATTENDANCE_H

#include "proto/arena.h"
#include "proto/model.h"

struct stay {
    int64_t joined_ms, left_ms; /* left_ms 0: still there */
    bool uncertain;             /* a bound was concluded */
    enum room_kind room_kind;   /* ROOM_MAIN or ROOM_BREAKOUT: consecutive ones stay apart by kind */
};

/* One person: an attendee, or somebody without a token under one display name. */
struct present_person {
    int64_t attendee; /* 0: nobody that we know */
    const char *name; /* the newest */
    bool verified, moderator, phone;
    size_t stay_count;
    const struct stay *stays; /* by joining; on two devices at once they overlap */
    int visits;               /* before joining what belongs together */
    int64_t present_ms;  /* overlapping time once; breakouts count, lobbies do not; whoever is still there
                            counts to `now_ms` */
    int64_t breakout_ms; /* of that, in breakouts only */
    int64_t waited_ms;   /* in the lobby */
};

struct attendance {
    size_t count;
    const struct present_person *people; /* by first joining */
    int most_at_once;
};

/* `visits` by joining. A stay that begins at most `rejoin_ms` after the last one of the same person in the
 * same kind of room ended is the same stay; so is the way through a breakout. Without a token the same
 * display name is the same person only when the stays do not overlap. */
struct attendance attendance_make(struct arena *arena, const struct visit *visits, size_t count,
                                  int64_t rejoin_ms, int64_t now_ms);

#endif
