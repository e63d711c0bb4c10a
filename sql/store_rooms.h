/* The store's verbs about rooms: the streams of events from each Prosody, visits, policies. See store.h for
 * results and lives. */
#ifndef SQL_STORE_ROOMS_H
#define SQL_STORE_ROOMS_H

#include "proto/rooms.h"
#include "sql/store.h"

/* A module said hello. `prosody` is the NAME of the configuration's section. > 0: *resume is the last number
 * stored; 0: a snapshot is needed (an unknown boot, or what is held starts behind a gap). A boot that was not
 * there before ends the visits of the older ones, 'uncertain', at the last heartbeat. A hello with
 * nothing held is a heartbeat. */
int store_hello(struct store *store, const char *prosody, const struct room_hello *hello, int64_t now_ms,
                int64_t *resume);

/* What is added to the times of that Prosody, because its clock is not ours: > 0 and *offset_ms when it is
 * over 2 s (log it), 0 when it is not worth it. Known after a hello and kept up with every stanza: a clock
 * that went forward by hers, or back by ours, is known at once, the other way round after a minute, since a
 * stanza may just have waited long. */
int store_clock_offset(struct store *store, const char *prosody, int64_t *offset_ms);

/* Applies a batch. Numbers that are stored already are passed over. > 0: *last is the newest number stored;
 * 0: a gap or an unknown boot: the module must say hello. */
int store_apply_events(struct store *store, const char *prosody, const struct room_events *events,
                       int64_t now_ms, int64_t *last);

/* Applies a part of a snapshot: opens rooms and visits that are not known, keeps those that are, and when it
 * is done ends, 'uncertain', what the snapshot did not name. 0: none was asked for, or a part is missing: the
 * module must say hello. */
int store_apply_snapshot(struct store *store, const char *prosody, const struct room_snapshot *snapshot,
                         int64_t now_ms);

/* The visits of a meeting by the time of joining; lobby visits too. */
int store_list_visits(struct store *store, int64_t meeting,
                      bool (*each)(const struct visit *visit, void *context), void *context);

/* Whom the module sent away from a meeting's rooms: a line for each person and reason, by the first time;
 * last those who were too many an hour to be told apart, whose number alone is known. Not who came in all the
 * same, since the module only observed. */
struct refusal {
    int64_t attendee;   /* 0: nobody invited */
    const char *name;   /* as in a visit; NULL: they gave none */
    bool verified;      /* as in a visit */
    bool others;        /* many, told by no name */
    const char *reason; /* of docs/protocol.md */
    int64_t times, first_ms, last_ms;
};
int store_list_refusals(struct store *store, int64_t meeting,
                        bool (*each)(const struct refusal *refusal, void *context), void *context);

/* The moderators and organiser of a meeting who are in one of its main rooms now. */
struct present {
    struct attendee attendee;
    const char *prosody;         /* NAME of the section */
    const char *room, *instance; /* the room's address */
    const char *nick;
    int64_t visit; /* visit.id */
};
int store_list_moderators_present(struct store *store, int64_t meeting,
                                  bool (*each)(const struct present *present, void *context), void *context);

/* Drops what was seen in rooms without a booking before `before_ms`, at most `limit` rows: > 0 when there may
 * be more. */
int store_purge_unbooked(struct store *store, int64_t before_ms, int limit);

/* Somebody's own room. It opens when the owner comes in, whose token carries `ref` there as context.user.id
 * (and nothing else does: who has that token is the owner). Visits there are visits without a booking. */
struct personal_room {
    struct person owner;
    const char *node, *ref;
    int inside, waiting; /* people there now, in its breakouts too; and in its lobby */
};
/* Makes it when there is none yet. Whether the person may have one is for the caller to know; while
 * owner.may_book is false, the room is closed. 0: no such person. */
int store_open_personal_room(struct store *store, int64_t person, int64_t now, struct arena *arena,
                             struct personal_room *room);
int store_get_personal_room(struct store *store, int64_t person, struct arena *arena,
                            struct personal_room *room);
int store_find_personal_room(struct store *store, const char *node, struct arena *arena,
                             struct personal_room *room);
/* All of them by node. */
int store_list_personal_rooms(struct store *store,
                              bool (*each)(int64_t person, const char *node, void *context), void *context);

/* A meeting as the module must know it. */
struct policy_row {
    struct meeting meeting;
    size_t moderator_count;
    const char *const *moderators; /* attendee.ref of organiser and moderators */
    const char *const *accounts; /* as many: the local part of each one's login (XEP-0106), NULL: not known */
};
/* Meetings whose room may be entered within from..to (or might, had they not been cancelled), by room and
 * start: one room may have several, one after the other. */
int store_list_policies(struct store *store, int64_t from, int64_t to,
                        bool (*each)(const struct policy_row *row, void *context), void *context);
/* The one of that room that counts at `now`: running, else the next, else the last; a cancelled one only when
 * there is no other. 0: none. Lent through `each`. */
int store_room_policy(struct store *store, const char *room, int64_t now,
                      bool (*each)(const struct policy_row *row, void *context), void *context);

#endif
