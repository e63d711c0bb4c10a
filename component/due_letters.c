#include "component/due_parts.h"
#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

/* Letters to look through in one turn: those that are no longer true cost a little too. */
enum { ROUNDS = 10, A_MINUTE = 60 };

/* Growing pauses: a greylisting relay takes the second try, one that is away for the night the tenth. */
static int64_t again_at(int attempts, int64_t created_at, int64_t now)
{
    static const int pauses[] = {60, 5 * 60, 15 * 60, 60 * 60};
    enum { PAUSES = sizeof pauses / sizeof *pauses };
    int64_t at = now + pauses[attempts < PAUSES ? (attempts < 0 ? 0 : attempts) : PAUSES - 1];
    return at - created_at > DUE_GIVE_UP ? 0 : at;
}

/* Takes flight->told over. */
static void result_add(struct due *due, const struct due_flight *flight, enum mailer_outcome outcome,
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
        result_add(due, &flight, posted->outcome, posted->answer, taking->now);
        return;
    }
}

static int result_write(struct store *store, const struct due_result *result, int64_t now)
{
    if (result->outcome == MAILER_SENT)
        return store_letter_sent(store, result->id, result->told, now);
    if (result->outcome == MAILER_RETRY && result->again_at)
        return store_letter_retry(store, result->id, result->answer, result->again_at);
    return store_letter_failed(store, result->id, result->answer, now);
}

void due_letters_finish(struct due *due, int64_t now)
{
    mailer_take_results(due->options.mailer, take, &(struct taking){.due = due, .now = now});
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

void due_letters_free(struct due *due)
{
    for (size_t i = 0; i < due->flying; i++)
        letter_told_free(due->flight[i].told);
    due_letters_committed(due, false);
    while (due->results) {
        struct due_result *result = due->results;
        due->results = result->next;
        result_free(result);
    }
}

/* ---- What is due ---- */

struct listing {
    struct arena arena; /* the rows are lent for the call only, and dropping one writes */
    struct letter letters[MAILER_SLOT];
    size_t count;
    struct text messages[MAILER_SLOT];
    struct mailer_letter offers[MAILER_SLOT];
    int64_t organisers[MAILER_SLOT]; /* of the offers */
    size_t offered;
};

static bool list(const struct letter *row, void *context)
{
    struct listing *listing = context;
    struct letter *letter = &listing->letters[listing->count++];
    *letter = *row;
    letter->to = arena_dup(&listing->arena, row->to);
    letter->to_name = arena_dup(&listing->arena, row->to_name);
    letter->language = arena_dup(&listing->arena, row->language);
    letter->message_id = arena_dup(&listing->arena, row->message_id);
    letter->in_reply_to = arena_dup(&listing->arena, row->in_reply_to);
    return listing->count < MAILER_SLOT;
}

/* How many letters may leave now, by per_minute. */
static size_t allowance(struct due *due, int64_t now)
{
    int most = due->options.per_minute;
    if (most <= 0)
        return MAILER_SLOT;
    if (now >= due->minute_at + A_MINUTE || now < due->minute_at) {
        due->minute_at = now;
        due->minute_left = most;
    }
    return due->minute_left < MAILER_SLOT ? (size_t)due->minute_left : MAILER_SLOT;
}

/* Whether that organiser has used up the day, with what is in the slot already; then the letter waits. */
static bool is_held(struct due *due, const struct listing *listing, const struct letter *letter, int64_t now)
{
    int most = due->options.per_organiser_day;
    int64_t at = 0;
    if (most <= 0 || !letter->organiser)
        return false;
    for (size_t i = 0; i < listing->offered; i++)
        most -= listing->organisers[i] == letter->organiser;
    if (most <= 0)
        at = now + A_MINUTE; /* the slot's results will tell */
    else if (store_organiser_limit(due->options.store, letter->organiser, most, now, &at) <= 0)
        return false;
    if (store_letter_hold(due->options.store, letter->id, at) < 0)
        due->hold_at = now + DUE_PAUSE;
    return true;
}

/* Renders one: it joins the slot, or is dropped, or waits like one that the relay did not take. */
static void letter_prepare(struct due *due, struct listing *listing, const struct letter *letter, int64_t now)
{
    if (is_held(due, listing, letter, now))
        return;
    struct text *message = &listing->messages[listing->offered];
    struct letter_told *told = NULL;
    int rendered = letters_render(due->options.letters, letter, now, message, &told);
    if (rendered > 0) {
        listing->offers[listing->offered] = (struct mailer_letter){.id = letter->id,
                                                                   .to = letter->to,
                                                                   .message = message->data,
                                                                   .size = message->size,
                                                                   .name = letter->message_id};
        listing->organisers[listing->offered] = letter->organiser;
        due->flight[listing->offered++] = (struct due_flight){
            .id = letter->id, .created_at = letter->created_at, .attempts = letter->attempts, .told = told};
        return;
    }
    text_free(message);
    struct due_result failed = {.id = letter->id,
                                .outcome = MAILER_RETRY,
                                .answer = (char *)"the letter could not be made: see the log of jmbd",
                                .again_at = again_at(letter->attempts, letter->created_at, now)};
    int written = rendered == 0 ? store_letter_drop(due->options.store, letter->id)
                                : result_write(due->options.store, &failed, now);
    if (written < 0)
        due->hold_at = now + DUE_PAUSE;
}

static void slot_offer(struct due *due, struct listing *listing)
{
    if (listing->offered > 0 && mailer_offer(due->options.mailer, listing->offers, listing->offered)) {
        due->flying = listing->offered;
        due->minute_left -= (int)listing->offered;
        for (size_t i = 0; i < listing->offered; i++)
            store_letter_handed_out(due->options.store, listing->offers[i].id);
    } else {
        for (size_t i = 0; i < listing->offered; i++)
            letter_told_free(due->flight[i].told);
    }
    for (size_t i = 0; i < listing->offered; i++)
        text_free(&listing->messages[i]);
}

/* A slot is filled from one list: those behind it that are dropped instead are followed by a next list. */
void due_letters_offer(struct due *due, int64_t now)
{
    size_t room = allowance(due, now);
    if (due->flying > 0 || room == 0 || !mailer_is_free(due->options.mailer))
        return;
    struct listing *listing = mem_alloc(sizeof *listing);
    for (int round = 0; round < ROUNDS && listing->offered == 0 && now >= due->hold_at; round++) {
        listing->count = 0;
        int listed = store_next_letters(due->options.store, now, (int)room, list, listing);
        if (listed < 0)
            due->hold_at = now + DUE_PAUSE;
        if (listed <= 0)
            break;
        for (size_t i = 0; i < listing->count; i++)
            letter_prepare(due, listing, &listing->letters[i], now);
    }
    slot_offer(due, listing);
    arena_free(&listing->arena);
    free(listing);
}

void due_letters_plan(struct due *due, int64_t now)
{
    if (store_post_planned(due->options.store, now) < 0)
        due->hold_at = now + DUE_PAUSE;
}
