/* What is kept only for a while: forgotten a bite at a time, so that no turn is long. */
#include "component/due_parts.h"
#include "sql/store_rooms.h"

enum { BITE = 500 /* rows a turn */, ROUND = 3600 /* seconds from the end of one round to the next */ };

void due_retention_run(struct due *due, int64_t now)
{
    if (!due->options.unbooked_kept || now < due->forget_at)
        return;
    int more = store_purge_unbooked(due->options.store, (now - due->options.unbooked_kept) * 1000, BITE);
    due->forget_at = more < 0 ? now + DUE_PAUSE : more > 0 ? now : now + ROUND;
}

int64_t due_retention_next(const struct due *due)
{
    int64_t at = due->forget_at > due->hold_at ? due->forget_at : due->hold_at;
    return due->options.unbooked_kept ? at : INT64_MAX;
}
