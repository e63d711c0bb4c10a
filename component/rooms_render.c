/* From a room to its policy: which meeting counts in it now, or whose room it is, written as the module is
 * told it. */
#include "component/rooms_texts.h"
#include "sql/store_rooms.h"

/* FNV-1a, never 0 or HASH_SHUT: to know a policy again, not to defend against anybody. */
static uint64_t hash_of(const char *bytes, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
    return hash > HASH_SHUT ? hash : HASH_SHUT + 1;
}

struct rendering {
    const struct rooms *rooms;
    struct entry *entry;
    struct text *text;
    int64_t now, recheck_at;
    bool relevant;
};

/* What is cancelled is told until it would have been over; what took place a day longer, to say 'over'. */
static void note_meeting(struct rendering *rendering, const struct meeting *meeting)
{
    int64_t ends = meeting->ends_at, closes = meeting_closes_at(meeting), now = rendering->now;
    int64_t forgotten = meeting->status == MEETING_CANCELLED ? closes : closes + ROOMS_KEEP;
    rendering->recheck_at = now < ends ? ends : now < closes ? closes : forgotten;
    rendering->relevant = meeting_opens_at(meeting) <= now + ROOMS_HORIZON && forgotten > now;
}

static bool render_row(const struct policy_row *row, void *context)
{
    struct rendering *rendering = context;
    struct arena arena = {0};
    struct room_policy policy;
    note_meeting(rendering, &row->meeting);
    if (!rendering->relevant)
        return false;
    rendering->entry->meeting = row->meeting.id;
    if (row->meeting.status == MEETING_CANCELLED)
        policy_of_cancelled(rendering->rooms, &arena, &row->meeting, &policy);
    else
        policy_of_meeting(rendering->rooms, &arena, row, &policy);
    rooms_write_policy(rendering->text, &policy);
    arena_free(&arena);
    return false;
}

/* Whose room it is, when nothing is booked in it. < 0: broken. */
static int render_personal(struct rendering *rendering)
{
    struct arena arena = {0};
    struct personal_room room;
    struct room_policy policy;
    int found = store_find_personal_room(rendering->rooms->o.store, rendering->entry->node, &arena, &room);
    if (found > 0) {
        policy_of_personal(rendering->rooms, &arena, &room, &policy);
        rooms_write_policy(rendering->text, &policy);
        rendering->entry->owner = room.owner.id;
        rendering->relevant = true;
    }
    arena_free(&arena);
    return found;
}

static void render_removal(const struct rooms *rooms, const char *node, struct text *text)
{
    struct arena arena = {0};
    struct room_policy policy = {.room = arena_printf(&arena, "%s@%s", node, rooms->o.muc), .removed = true};
    rooms_write_policy(text, &policy);
    arena_free(&arena);
}

/* A meeting that is too far away to be told yet is looked at again by the sweeps. */
static int render(struct rendering *rendering)
{
    struct entry *entry = rendering->entry;
    entry->meeting = entry->owner = 0;
    if (store_room_policy(rendering->rooms->o.store, entry->node, rendering->now, render_row, rendering) < 0)
        return -1;
    return rendering->relevant ? 1 : render_personal(rendering);
}

/* The room was ended, and nothing was decided about it since: that people left it is no reason to open it. */
static bool stays_shut(const struct entry *entry, uint64_t hash, int64_t now)
{
    return entry->hash == HASH_SHUT && hash == entry->before_shut && now < entry->shut_until;
}

enum looked rooms_look_at(struct rooms *rooms, struct entry *entry, struct text *text)
{
    struct rendering rendering = {.rooms = rooms,
                                  .entry = entry,
                                  .text = text,
                                  .now = clock_now(rooms->o.clock),
                                  .recheck_at = INT64_MAX};
    if (render(&rendering) < 0)
        return LOOKED_BROKEN;
    uint64_t hash = rendering.relevant ? hash_of(text->data, text->size) : 0;
    int64_t recheck_at = rendering.relevant ? rendering.recheck_at : INT64_MAX;
    if (stays_shut(entry, hash, rendering.now)) {
        table_recheck(&rooms->policies, entry,
                      entry->shut_until < recheck_at ? entry->shut_until : recheck_at);
        text_clear(text);
        return LOOKED_SAME;
    }
    table_recheck(&rooms->policies, entry, recheck_at);
    if (!rendering.relevant) {
        if (entry->hash)
            render_removal(rooms, entry->node, text);
        return LOOKED_GONE;
    }
    if (hash == entry->hash) {
        text_clear(text);
        return LOOKED_SAME;
    }
    entry->hash = hash;
    return LOOKED_CHANGED;
}
