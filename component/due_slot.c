/* The next slot of letters, rendered one a turn while the mailer sends the one before: fifty at once would
 * hold the loop, and whoever joins, for as long as a page may take. A letter that was looked at is handed
 * out: what happens to its meeting from then on is told after it. */
#include "component/due_parts.h"
#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 10 /* at once: the look costs as much as a third of a letter */, A_MINUTE = 60 };

struct due_slot {
    struct arena arena; /* of what the offers borrow */
    size_t count;
    struct text messages[MAILER_SLOT];
    struct mailer_letter offers[MAILER_SLOT];
    struct due_flight flights[MAILER_SLOT];
    struct arena listed; /* of those that were looked at, and come next */
    struct letter next[LOOKED_AT];
    size_t next_count, next_at;
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
    if (due->slot) {
        slot_empty(due->slot);
        arena_free(&due->slot->listed);
    }
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

/* Whether that organiser has used up the day, with what is on its way; then the letter waits. That somebody
 * need not come any more, who was told to, does not wait for anything. */
static bool is_held(struct due *due, const struct letter *letter, int64_t now)
{
    const struct due_slot *slot = due->slot;
    int64_t at = 0;
    if (due->options.per_organiser_day <= 0 || !letter->organiser || letter->kind == LETTER_CANCELLATION ||
        letter->kind == LETTER_REMOVAL)
        return false;
    int most = due->options.per_organiser_day - of_organiser(slot->flights, slot->count, letter->organiser) -
               of_organiser(due->flight, due->flying, letter->organiser);
    if (most <= 0)
        at = now + A_MINUTE; /* what becomes of those will tell */
    else if (store_organiser_limit(due->options.store, letter->organiser, most, now, &at) <= 0)
        return false;
    due_letter_add_fate(due, letter->id, DUE_HELD, at);
    return true;
}

static struct due_flight flight_of(const struct letter *letter)
{
    return (struct due_flight){.id = letter->id,
                               .created_at = letter->created_at,
                               .organiser = letter->organiser,
                               .attempts = letter->attempts};
}

static void slot_add(struct due *due, const struct letter *letter, struct letter_told *told)
{
    struct due_slot *slot = due->slot;
    const struct text *message = &slot->messages[slot->count];
    slot->offers[slot->count] = (struct mailer_letter){.id = letter->id,
                                                       .to = arena_dup(&slot->arena, letter->to),
                                                       .message = message->data,
                                                       .size = message->size,
                                                       .name = arena_dup(&slot->arena, letter->message_id)};
    slot->flights[slot->count] = flight_of(letter);
    slot->flights[slot->count++].told = told;
    due->minute_left--;
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
    const struct due_flight flight = flight_of(letter);
    if (rendered == 0)
        due_letter_add_fate(due, letter->id, DUE_DROPPED, 0);
    else
        due_letter_add_result(due, &flight, MAILER_RETRY, "the letter could not be made: see the log of jmbd",
                              now);
    return false;
}

/* The rows are lent for the call only. */
static bool list(const struct letter *row, void *context)
{
    struct due_slot *slot = context;
    struct letter *letter = &slot->next[slot->next_count++];
    *letter = *row;
    letter->to = arena_dup(&slot->listed, row->to);
    letter->to_name = arena_dup(&slot->listed, row->to_name);
    letter->language = arena_dup(&slot->listed, row->language);
    letter->message_id = arena_dup(&slot->listed, row->message_id);
    letter->in_reply_to = arena_dup(&slot->listed, row->in_reply_to);
    struct forwarded *forwarded = &letter->forwarded;
    forwarded->words = arena_dup(&slot->listed, forwarded->words);
    forwarded->from = arena_dup(&slot->listed, forwarded->from);
    forwarded->said_by = arena_dup(&slot->listed, forwarded->said_by);
    forwarded->delegate = arena_dup(&slot->listed, forwarded->delegate);
    forwarded->proposed_zone = arena_dup(&slot->listed, forwarded->proposed_zone);
    return slot->next_count < LOOKED_AT;
}

/* The letters that come next; false: there are none. */
static bool look(struct due *due, int64_t now)
{
    struct due_slot *slot = due->slot;
    if (slot->next_at < slot->next_count)
        return true;
    arena_free(&slot->listed);
    slot->listed = (struct arena){0};
    slot->next_at = slot->next_count = 0;
    int most = due_relay_is_away(due) ? 1 : LOOKED_AT;
    if (store_next_letters(due->options.store, now, most, list, slot) < 0)
        due->hold_at = now + DUE_PAUSE;
    for (size_t i = 0; i < slot->next_count; i++)
        store_letter_handed_out(due->options.store, slot->next[i].id);
    return slot->next_count > 0;
}

/* Adds one more letter, if there is one; true: there may be others. */
static bool slot_fill(struct due *due, int64_t now)
{
    struct due_slot *slot = slot_of(due);
    if (slot->count >= due_relay_takes(due, now) || allowance(due, now) <= 0 || !look(due, now))
        return false;
    bool joined = false;
    while (!joined && slot->next_at < slot->next_count)
        joined = prepare(due, &slot->next[slot->next_at++], now);
    return true;
}

void due_slot_offer(struct due *due, int64_t now)
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

bool due_slot_waits(const struct due *due)
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
    for (struct due_slot *slot = due->slot; slot->next_at < slot->next_count; slot->next_at++) {
        const struct due_flight flight = flight_of(&slot->next[slot->next_at]);
        due_letter_add_result(due, &flight, MAILER_UNTRIED, due->relay.words, now);
    }
}

bool due_slot_goes_on(struct due *due)
{
    return due->filling ||
           (due->slot && due->slot->count > 0 && due->flying == 0 && mailer_is_free(due->options.mailer));
}
