/* What is due in rooms goes to every Prosody: which of them has the room is theirs to know. */
#include "component/loop_parts.h"
#include "proto/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One reminder in the rooms of every Prosody. */
struct act {
    struct loop *loop;
    int64_t reminder;
    int waiting, failed;
    int64_t count;
};

static void finish_act(struct act *act)
{
    if (--act->waiting > 0)
        return;
    /* Nobody heard it where it could be said, and somewhere it could not: there may be people there. */
    int64_t said = act->count == 0 && act->failed ? -1 : act->count;
    due_reminder_done(act->loop->o.due, act->reminder, said, clock_now(act->loop->o.clock));
    free(act);
}

static void on_act_done(int64_t count, void *context)
{
    struct act *act = context;
    act->failed += count < 0;
    act->count += count > 0 ? count : 0;
    finish_act(act);
}

static bool act_in(struct rooms *rooms, const struct due_reminder *reminder, const char *text,
                   struct act *act)
{
    char key[32];
    snprintf(key, sizeof key, "r%" PRId64, reminder->id);
    bool ends = reminder->kind == REMINDER_END || reminder->kind == REMINDER_STOP;
    return ends ? rooms_end(rooms, key, reminder->room, text, on_act_done, act)
                : rooms_say(rooms, key, reminder->room, text, on_act_done, act);
}

bool loop_act(const struct due_reminder *reminder, const char *text, void *context)
{
    struct loop *loop = context;
    struct act *act = mem_alloc(sizeof *act);
    *act =
        (struct act){.loop = loop, .reminder = reminder->id, .waiting = 1}; /* itself, until all are asked */
    int asked = 0;
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        act->waiting++;
        if (act_in(loop->prosody[i].rooms, reminder, text, act)) {
            asked++;
        } else {
            act->waiting--;
            act->failed++;
        }
    }
    if (asked == 0) {
        free(act);
        return false;
    }
    finish_act(act);
    return true;
}

void loop_whisper(const struct present *present, const char *key, const char *text, void *context)
{
    const struct loop *loop = context;
    for (size_t i = 0; i < loop->o.prosody_count; i++)
        if (strcmp(loop->prosody[i].name, present->prosody) == 0)
            rooms_whisper(loop->prosody[i].rooms, key, present, text);
}
