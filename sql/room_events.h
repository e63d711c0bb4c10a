/* What one event of a room changes. Within sql/ only. */
#ifndef SQL_ROOM_EVENTS_H
#define SQL_ROOM_EVENTS_H

#include "sql/store_internal.h"
#include "sql/store_rooms.h"

struct stream {
    int64_t id, last, snapshot;
    bool awaits_snapshot;
};

/* What is applied, and to which stream; `snapshot` is 0 for events. */
struct applying {
    struct store *store;
    struct arena arena;
    struct stream stream;
    int64_t snapshot;
};

/* < 0 when it could not be stored. What speaks of a room or person that is not known changes nothing. */
int apply_event(struct applying *applying, const struct room_event *event);

#endif
