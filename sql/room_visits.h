/* Visits as they begin, go on and end: a visit is one occupant's stay in one instance of a room. Within sql/
 * only. Times are ours, in ms. All return < 0 when it could not be stored. */
#ifndef SQL_ROOM_VISITS_H
#define SQL_ROOM_VISITS_H

#include "sql/room_events.h"

/* A visit that is open. */
struct open_visit {
    int64_t id, prosody_ms; /* when it began, by Prosody's clock */
    enum room_kind kind;
    bool same_name; /* as the event that it was looked for with */
};

/* Who is in the room under the event's nick. > 0: *visit is; 0: nobody. */
int visit_find(struct applying *applying, const struct room_event *event, const struct known_room *room,
               struct open_visit *visit);
int visit_add(struct applying *applying, const struct room_event *event, const struct known_room *room,
              enum room_kind kind);
/* An open visit that a snapshot, or the same event in another dress, names again. */
int visit_keep(struct applying *applying, const struct room_event *event, const struct open_visit *visit);
/* A visit that was ended for want of news, or whose new nick nobody heard of, and goes on as a snapshot
 * shows. 0: there is none. */
int visit_resume(struct applying *applying, const struct room_event *event, const struct known_room *room);

int visit_rename(struct applying *applying, const struct open_visit *visit, const char *name, int64_t at_ms);
/* It goes on under the event's other nick; who had that one has gone. */
int visit_move(struct applying *applying, const struct room_event *event, const struct known_room *room,
               int64_t visit);
int visit_set_role(struct applying *applying, int64_t visit, bool moderator, int64_t at_ms);

/* An open visit whose end nobody saw, since the same occupant begins another one: it was true at the last
 * news before the gap that the snapshot mends, or, without a gap, until now. */
int visit_break(struct applying *applying, const struct open_visit *visit, int64_t at_ms);
int visit_leave(struct applying *applying, const struct known_room *room, const char *nick, int64_t at_ms);
/* Everybody leaves it. */
int visits_leave(struct applying *applying, const struct known_room *room, int64_t at_ms);

#endif
