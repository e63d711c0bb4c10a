/* What rooms are told when its time comes, and their end: asked of the modules, and written when they
 * answered. */
#include "component/due_parts.h"
#include "proto/arena.h"
#include "sql/store_rooms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct due_asked *asked_find(const struct due *due, int64_t id)
{
    for (size_t i = 0; i < due->asked_count; i++)
        if (due->asked[i].id == id)
            return &due->asked[i];
    return NULL;
}

static struct due_asked *asked_get(struct due *due, int64_t id)
{
    struct due_asked *asked = asked_find(due, id);
    if (asked)
        return asked;
    due->asked = mem_grow(due->asked, due->asked_count, &due->asked_room, sizeof *due->asked);
    asked = &due->asked[due->asked_count++];
    *asked = (struct due_asked){.id = id};
    return asked;
}

static void asked_write(struct due *due, struct due_asked *asked, int64_t now)
{
    if (asked->state != ANSWERED || asked->written == DUE_WRITTEN || now < due->hold_at)
        return;
    if (store_reminder_done(due->options.store, asked->id, asked->said, now) < 0)
        due->hold_at = now + DUE_PAUSE;
    else
        asked->written = DUE_WRITTEN;
}

void due_reminder_done(struct due *due, int64_t id, int64_t said, int64_t now)
{
    struct due_asked *asked = asked_get(due, id);
    if (asked->state == ANSWERED)
        return;
    asked->state = said < 0 ? ASK_LATER : ANSWERED;
    asked->said = said;
    asked->again_at = now + DUE_PAUSE;
    asked_write(due, asked, now);
}

void due_reminders_finish(struct due *due, int64_t now)
{
    for (size_t i = 0; i < due->asked_count; i++)
        asked_write(due, &due->asked[i], now);
}

void due_reminders_committed(struct due *due, bool stored)
{
    for (size_t i = 0; i < due->asked_count;) {
        struct due_asked *asked = &due->asked[i];
        bool done = asked->state == ANSWERED && asked->written == DUE_WRITTEN;
        if (done && stored) {
            *asked = due->asked[--due->asked_count];
            continue;
        }
        asked->written = DUE_TO_WRITE;
        i++;
    }
}

/* ---- What is due ---- */

struct listing {
    struct arena arena;
    struct due_reminder *rows;
    size_t count, room;
};

static bool list(const struct due_reminder *row, void *context)
{
    struct listing *listing = context;
    if (listing->count == listing->room)
        return false;
    struct due_reminder *copy = &listing->rows[listing->count++];
    *copy = *row;
    copy->room = arena_dup(&listing->arena, row->room);
    copy->subject = arena_dup(&listing->arena, row->subject);
    copy->language = arena_dup(&listing->arena, row->language);
    copy->text = arena_dup(&listing->arena, row->text);
    return true;
}

/* Ordered by somebody, and not planned. */
static bool is_order(const struct due_reminder *row)
{
    return row->kind == REMINDER_SAY || row->kind == REMINDER_STOP;
}

/* Another one of the same meeting is due too, and says what is true now. */
static bool is_overtaken(const struct listing *listing, const struct due_reminder *row)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct due_reminder *other = &listing->rows[i];
        if (!is_order(other) && other->meeting == row->meeting && other->id != row->id &&
            (other->due_at > row->due_at || (other->due_at == row->due_at && other->kind == REMINDER_END)))
            return true;
    }
    return false;
}

static bool note_meeting(const struct policy_row *row, void *context)
{
    struct meeting *meeting = context;
    meeting->id = row->meeting.id;
    meeting->starts_at = row->meeting.starts_at;
    meeting->options.opens_before = row->meeting.options.opens_before;
    return false;
}

/* After an outage the room may belong to another meeting already: that one is not closed. */
static bool is_taken_over(const struct due *due, const struct due_reminder *row, int64_t now)
{
    struct meeting other = {.id = row->meeting};
    store_room_policy(due->options.store, row->room, now, note_meeting, &other);
    return other.id != row->meeting && other.starts_at - other.options.opens_before <= now;
}

/* Does it still tell the truth? A room is closed however late; words that come late by more than a minute, or
 * by half of the time that they speak of, are worse than none; who ordered something sees that it was not
 * done. */
static bool is_true(const struct due *due, const struct listing *listing, const struct due_reminder *row,
                    int64_t now)
{
    int64_t late = now - row->due_at;
    if (is_order(row))
        return late <= DUE_LATE;
    if (row->kind == REMINDER_END)
        return late <= DUE_LATE || !is_taken_over(due, row, now);
    return late <= DUE_LATE && (row->before == 0 || late * 2 <= row->before) && !is_overtaken(listing, row);
}

struct whispering {
    const struct due *due;
    const struct due_reminder *row;
    const struct catalogue *catalogue;
};

static bool whisper(const struct present *present, void *context)
{
    const struct whispering *whispering = context;
    const struct due_options *options = &whispering->due->options;
    struct text address = {0}, words = {0};
    char key[64], link[LINK_SIZE + 1];
    snprintf(key, sizeof key, "r%" PRId64 "v%" PRId64, whispering->row->id, present->visit);
    link_write(options->keys, LINK_EXTEND, &present->attendee.link, link);
    text_addf(&address, "%s/x/%s", options->site->url, link);
    due_words_add_extend(&words, whispering->catalogue, text_string(&address));
    options->whisper(present, key, text_string(&words), options->context);
    text_free(&address);
    text_free(&words);
    return true;
}

/* Before the end, the first time that anything is said of it: moderators learn how to move it. */
static void tell_moderators(struct due *due, const struct due_reminder *row,
                            const struct catalogue *catalogue)
{
    struct whispering whispering = {due, row, catalogue};
    if (row->first && due->options.whisper)
        store_list_moderators_present(due->options.store, row->meeting, whisper, &whispering);
}

/* False: it was asked already. */
static bool reminder_act(struct due *due, const struct listing *listing, const struct due_reminder *row,
                         int64_t now)
{
    struct due_asked *asked = asked_find(due, row->id);
    if (asked && (asked->state != ASK_LATER || now < asked->again_at))
        return false;
    asked = asked_get(due, row->id);
    asked->state = ASKED;
    if (!is_true(due, listing, row, now)) {
        due_reminder_done(due, row->id, 0, now);
        return true;
    }
    const char *language = row->language ? row->language : due->options.site->language;
    const struct catalogue *catalogue = catalogues_find(due->options.catalogues, language);
    struct text words = {0};
    due_words_add(&words, catalogue, row);
    if (due->options.act(row, text_string(&words), due->options.context))
        tell_moderators(due, row, catalogue);
    else
        due_reminder_done(due, row->id, -1, now);
    text_free(&words);
    return true;
}

void due_reminders_act(struct due *due, int64_t now)
{
    struct listing listing = {.room = DUE_REMINDERS_AT_ONCE + due->asked_count};
    listing.rows = arena_array(&listing.arena, listing.room, sizeof *listing.rows);
    if (store_list_due(due->options.store, now, (int)listing.room, list, &listing) < 0)
        due->hold_at = now + DUE_PAUSE;
    size_t asked = 0;
    for (size_t i = 0; i < listing.count; i++)
        asked += reminder_act(due, &listing, &listing.rows[i], now);
    due->more = asked >= DUE_REMINDERS_AT_ONCE;
    arena_free(&listing.arena);
}
