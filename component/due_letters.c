/* What became of letters that left, kept until the store has it; and when one is tried again. */
#include "component/due_parts.h"
#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

/* When a letter of so many attempts is tried again; 0: no more. Growing pauses: a greylisting relay takes the
 * second try. One that a limit held for days, or that a stopped jmbd did, gets them all. */
static int64_t again_at(int attempts, int64_t created_at, int64_t now)
{
    static const int pauses[] = {60, 5 * 60, 15 * 60, 60 * 60};
    enum { PAUSES = sizeof pauses / sizeof *pauses };
    int64_t at = now + pauses[attempts < PAUSES ? (attempts < 0 ? 0 : attempts) : PAUSES - 1];
    return at - created_at > DUE_GIVE_UP && attempts >= PAUSES ? 0 : at;
}

void due_letter_add_result(struct due *due, const struct due_flight *flight, enum mailer_outcome outcome,
                           const char *answer, int64_t now)
{
    struct due_result *result = mem_alloc(sizeof *result);
    *result = (struct due_result){.next = due->results,
                                  .id = flight->id,
                                  .outcome = outcome,
                                  .answer = mem_dup(answer ? answer : ""),
                                  .told = flight->told,
                                  .again_at = again_at(flight->attempts, flight->created_at, now)};
    due->results = result;
    due->answered += outcome != MAILER_UNTRIED;
    due->minute_left += outcome == MAILER_UNTRIED;
}

void due_letter_add_fate(struct due *due, int64_t id, enum due_fate fate, int64_t again_at)
{
    struct due_result *result = mem_alloc(sizeof *result);
    *result = (struct due_result){.next = due->results, .id = id, .fate = fate, .again_at = again_at};
    due->results = result;
}

static void result_free(struct due_result *result)
{
    letter_told_free(result->told);
    free(result->answer);
    free(result);
}

struct taking {
    struct due *due;
    int64_t now;
};

static void take(const struct mailer_result *posted, void *context)
{
    const struct taking *taking = context;
    struct due *due = taking->due;
    for (size_t i = 0; i < due->flying; i++) {
        struct due_flight flight = due->flight[i];
        if (flight.id != posted->id)
            continue;
        due->flight[i] = due->flight[--due->flying];
        due_letter_add_result(due, &flight, posted->outcome, posted->answer, taking->now);
        due_relay_heard(due, posted->outcome, posted->answer, taking->now);
        return;
    }
}

static int result_write(struct store *store, const struct due_result *result, int64_t now)
{
    if (result->fate == DUE_DROPPED)
        return store_letter_drop(store, result->id);
    if (result->fate == DUE_HELD)
        return store_letter_hold(store, result->id, result->again_at);
    if (result->outcome == MAILER_SENT)
        return store_letter_sent(store, result->id, result->told, now);
    if (result->outcome == MAILER_UNTRIED)
        return store_letter_untried(store, result->id, result->answer);
    if (result->outcome != MAILER_FAILED && result->again_at)
        return store_letter_retry(store, result->id, result->answer, result->again_at);
    return store_letter_failed(store, result->id, result->answer, now);
}

void due_letters_finish(struct due *due, int64_t now)
{
    mailer_take_results(due->options.mailer, take, &(struct taking){.due = due, .now = now});
    if (due_relay_is_away(due))
        due_slot_give_back(due, now);
    for (struct due_result *result = due->results; result && now >= due->hold_at; result = result->next) {
        if (result->written == DUE_WRITTEN)
            continue;
        if (result_write(due->options.store, result, now) < 0)
            due->hold_at = now + DUE_PAUSE;
        else
            result->written = DUE_WRITTEN;
    }
}

void due_letters_committed(struct due *due, bool stored)
{
    for (struct due_result **at = &due->results; *at;) {
        struct due_result *result = *at;
        if (!stored || result->written == DUE_TO_WRITE) {
            result->written = DUE_TO_WRITE;
            at = &result->next;
            continue;
        }
        *at = result->next;
        result_free(result);
    }
}

void due_letters_plan(struct due *due, int64_t now)
{
    if (store_post_planned(due->options.store, now) < 0)
        due->hold_at = now + DUE_PAUSE;
}

void due_letters_free(struct due *due)
{
    for (size_t i = 0; i < due->flying; i++)
        letter_told_free(due->flight[i].told);
    due_slot_free(due);
    due_relay_free(due);
    due_letters_committed(due, false);
    while (due->results) {
        struct due_result *result = due->results;
        due->results = result->next;
        result_free(result);
    }
}
