/* The next slot of letters, rendered one a turn while the mailer sends the one before: fifty at once would
 * hold the loop, and whoever joins, for as long as a page may take. A letter of the slot is handed out: what
 * happens to its meeting from then on is told after it. */
#include "component/due_parts.h"
#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

/* Those that are no longer true cost a little too. */
enum { LOOKED_AT = 10 /* a turn */, A_MINUTE = 60 };

struct due_slot {
    struct arena arena; /* of what the offers borrow */
    size_t count;
    struct text messages[MAILER_SLOT];
    struct mailer_letter offers[MAILER_SLOT];
    struct due_flight flights[MAILER_SLOT];
};

static struct due_slot *slot_of(struct due *due)
{
    if (!due->slot)
        due->slot = mem_alloc(sizeof *due->slot);
    return due->slot;
}

static void slot_empty(struct due_slot *slot)
{
    for (size_t i = 0; i < slot->count; i++)
        text_free(&slot->messages[i]);
    slot->count = 0;
    arena_free(&slot->arena);
    slot->arena = (struct arena){0};
}

void due_slot_free(struct due *due)
{
    for (size_t i = 0; due->slot && i < due->slot->count; i++)
        letter_told_free(due->slot->flights[i].told);
    if (due->slot)
        slot_empty(due->slot);
    free(due->slot);
    due->slot = NULL;
}

/* How many letters may leave now, by per_minute. */
static int allowance(struct due *due, int64_t now)
{
    int most = due->options.per_minute;
    if (most <= 0)
        return MAILER_SLOT;
    if (now >= due->minute_at + A_MINUTE || now < due->minute_at) {
        due->minute_at = now;
        due->minute_left = most;
    }
    return due->minute_left;
}

static int of_organiser(const struct due_flight *flights, size_t count, int64_t organiser)
{
    int found = 0;
    for (size_t i = 0; i < count; i++)
        found += flights[i].organiser == organiser;
    return found;
}

/* Whether that organiser has used up the day, with what is on its way; then the letter waits. */
static bool is_held(struct due *due, const struct letter *letter, int64_t now)
{
    const struct due_slot *slot = due->slot;
    int64_t at = 0;
    if (due->options.per_organiser_day <= 0 || !letter->organiser)
        return false;
    int most = due->options.per_organiser_day - of_organiser(slot->flights, slot->count, letter->organiser) -
               of_organiser(due->flight, due->flying, letter->organiser);
    if (most <= 0)
        at = now + A_MINUTE; /* what becomes of those will tell */
    else if (store_organiser_limit(due->options.store, letter->organiser, most, now, &at) <= 0)
        return false;
    if (store_letter_hold(due->options.store, letter->id, at) < 0)
        due->hold_at = now + DUE_PAUSE;
    return true;
}

static void slot_add(struct due *due, const struct letter *letter, struct letter_told *told)
{
    struct due_slot *slot = due->slot;
    const struct text *message = &slot->messages[slot->count];
    slot->offers[slot->count] = (struct mailer_letter){.id = letter->id,
                                                       .to = letter->to,
                                                       .message = message->data,
                                                       .size = message->size,
                                                       .name = letter->message_id};
    slot->flights[slot->count++] = (struct due_flight){.id = letter->id,
                                                       .created_at = letter->created_at,
                                                       .organiser = letter->organiser,
                                                       .attempts = letter->attempts,
                                                       .told = told};
    due->minute_left--;
    store_letter_handed_out(due->options.store, letter->id);
}

/* Renders one: it joins the slot, or is dropped, or waits like one that the relay did not take. True: it
 * joined. */
static bool prepare(struct due *due, const struct letter *letter, int64_t now)
{
    if (is_held(due, letter, now))
        return false;
    struct text *message = &due->slot->messages[due->slot->count];
    struct letter_told *told = NULL;
    int rendered = letters_render(due->options.letters, letter, now, message, &told);
    due->rendered += rendered > 0;
    if (rendered > 0) {
        slot_add(due, letter, told);
        return true;
    }
    text_free(message);
    struct due_result failed = {.id = letter->id,
                                .outcome = MAILER_RETRY,
                                .answer = (char *)"the letter could not be made: see the log of jmbd",
                                .again_at = due_letter_again_at(letter->attempts, letter->created_at, now)};
    int written = rendered == 0 ? store_letter_drop(due->options.store, letter->id)
                                : due_letter_result(due->options.store, &failed, now);
    if (written < 0)
        due->hold_at = now + DUE_PAUSE;
    return false;
}

/* The rows are lent for the call only, and dropping one writes. */
struct listing {
    struct arena *arena;
    size_t count;
    struct letter letters[LOOKED_AT];
};

static bool list(const struct letter *row, void *context)
{
    struct listing *listing = context;
    struct letter *letter = &listing->letters[listing->count++];
    *letter = *row;
    letter->to = arena_dup(listing->arena, row->to);
    letter->to_name = arena_dup(listing->arena, row->to_name);
    letter->language = arena_dup(listing->arena, row->language);
    letter->message_id = arena_dup(listing->arena, row->message_id);
    letter->in_reply_to = arena_dup(listing->arena, row->in_reply_to);
    letter->words = arena_dup(listing->arena, row->words);
    letter->words_from = arena_dup(listing->arena, row->words_from);
    return listing->count < LOOKED_AT;
}

/* Adds one more letter, if there is one; true: there may be others. */
static bool slot_fill(struct due *due, int64_t now)
{
    struct due_slot *slot = slot_of(due);
    struct listing listing = {.arena = &slot->arena};
    if (slot->count >= due_relay_takes(due, now) || allowance(due, now) <= 0)
        return false;
    /* A few, as most of what is looked at may be no longer true; but seldom, so one first. */
    int most = due->dropping ? LOOKED_AT : 1;
    int listed = store_next_letters(due->options.store, now, most, list, &listing);
    if (listed < 0)
        due->hold_at = now + DUE_PAUSE;
    due->dropping = false;
    for (size_t i = 0; i < listing.count && now >= due->hold_at; i++) {
        if (prepare(due, &listing.letters[i], now))
            return true;
        due->dropping = true;
    }
    return listing.count > 0;
}

void due_letters_offer(struct due *due, int64_t now)
{
    due->filling = slot_fill(due, now);
    struct due_slot *slot = due->slot;
    if (due->filling || slot->count == 0 || due->flying > 0 || !mailer_is_free(due->options.mailer) ||
        !mailer_offer(due->options.mailer, slot->offers, slot->count))
        return;
    memcpy(due->flight, slot->flights, slot->count * sizeof *slot->flights);
    due->flying = slot->count;
    slot_empty(slot);
    due->filling = true; /* the next one */
}

bool due_letters_wait_for_mailer(const struct due *due)
{
    return (due->slot && due->slot->count == MAILER_SLOT) || due_relay_is_away(due);
}

void due_slot_give_back(struct due *due, int64_t now)
{
    /* What goes first is under way, or to be offered. */
    if (!due->slot || due->flying > 0 || now >= due->relay.probe_at)
        return;
    for (size_t i = 0; i < due->slot->count; i++)
        due_letter_add_result(due, &due->slot->flights[i], MAILER_UNTRIED, due->relay.words, now);
    slot_empty(due->slot);
}

bool due_letters_go_on(struct due *due)
{
    return due->filling ||
           (due->slot && due->slot->count > 0 && due->flying == 0 && mailer_is_free(due->options.mailer));
}

void due_letters_plan(struct due *due, int64_t now)
{
    if (store_post_planned(due->options.store, now) < 0)
        due->hold_at = now + DUE_PAUSE;
}
