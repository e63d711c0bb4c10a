#include "component/due_parts.h"
#include "proto/arena.h"

#include <stdlib.h>

struct due *due_open(const struct due_options *options)
{
    struct due *due = mem_alloc(sizeof *due);
    due->options = *options;
    return due;
}

void due_close(struct due *due)
{
    if (!due)
        return;
    due_letters_free(due);
    free(due->asked);
    free(due);
}

/* A pause is over, too, when the clock was put back. */
static void follow_clock(struct due *due, int64_t now)
{
    if (due->hold_at > now + DUE_PAUSE)
        due->hold_at = now;
}

void due_run(struct due *due, int64_t now)
{
    follow_clock(due, now);
    bool stored = !store_is_dirty(due->options.store);
    if (stored)
        due_committed(due, true);
    due_letters_finish(due, now);
    due_reminders_finish(due, now);
    if (!stored || now < due->hold_at)
        return;
    due_slot_offer(due, now);
    due_reminders_act(due, now);
    due_retention_run(due, now);
    due_letters_plan(due, now);
    due_relay_give_up(due, now);
    due->ran_at = now;
}

void due_committed(struct due *due, bool stored)
{
    due_letters_committed(due, stored);
    due_reminders_committed(due, stored);
}

/* The first of all that waits for its time in memory. */
static int64_t next_in_memory(const struct due *due)
{
    int64_t next = INT64_MAX;
    for (const struct due_result *result = due->results; result; result = result->next)
        if (result->written == DUE_TO_WRITE)
            next = due->hold_at;
    for (size_t i = 0; i < due->asked_count; i++) {
        const struct due_asked *asked = &due->asked[i];
        int64_t at = asked->state == ASK_LATER                                    ? asked->again_at
                     : asked->state == ANSWERED && asked->written == DUE_TO_WRITE ? due->hold_at
                                                                                  : INT64_MAX;
        next = at < next ? at : next;
    }
    return next;
}

/* What the store has waiting is not always to be had: a letter while the mailer is busy, a reminder that was
 * asked and has no answer yet. The eventfd and the answer wake us then, and a look each second is for what
 * falls due meanwhile behind them. */
int64_t due_next(struct due *due, int64_t now)
{
    follow_clock(due, now);
    int64_t at = due_retention_next(due), next = next_in_memory(due);
    next = at < next ? at : next;
    if (due_slot_goes_on(due) && now >= due->hold_at)
        return now;
    int found = store_next_due(due->options.store, now, &at);
    if (found < 0)
        at = now + DUE_PAUSE;
    size_t in_flight_most = due->more ? DUE_REMINDERS_AT_ONCE : 0;
    bool blocked = due->asked_count > in_flight_most || due_slot_waits(due);
    /* letters may wait for the next minute, and something else be due */
    blocked = blocked || (due->options.per_minute > 0 && due->minute_left <= 0);
    if (found > 0 && at <= due->ran_at && blocked)
        at = due->ran_at == now ? now + 1 : now;
    if (found != 0 && at < due->hold_at)
        at = due->hold_at;
    return found != 0 && at < next ? at : next;
}
