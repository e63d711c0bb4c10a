/* What time brings to rooms, as it is planned: with the meeting, again when its end moves, and what somebody
 * orders. What is due is in due.c. */
#include "sql/letters_queue.h"
#include "sql/store_internal.h"
#include "sql/store_live.h"
#include "sql/store_meetings.h"

#include <stdio.h>

enum { LAST_WARNING = 60 /* seconds before the room closes */ };

/* ----------------------------------------------------------------------------------------- the plan */

/* > 0 also for what is past already and not made. */
static int add_reminder(struct store *store, const struct meeting *meeting, enum reminder_kind kind,
                        int before, int64_t due_at, int64_t now)
{
    if (due_at < now)
        return 1;
    struct query query = query_open(store, STMT_ADD_REMINDER);
    bind_int(&query, ":meeting", meeting->id);
    bind_text(&query, ":kind", reminder_word(kind));
    bind_int(&query, ":before", before);
    bind_int(&query, ":due_at", due_at);
    return query_run_done(&query);
}

/* The last warning comes a minute before the room closes, unless people are told of the end within that
 * minute anyway; what falls into its very second gives way to it. */
static bool has_last_warning(const struct meeting *meeting, int64_t last_at)
{
    const struct meeting_options *options = &meeting->options;
    if (options->at_end != AT_END_CLOSE)
        return false;
    for (int i = 0; i < REMINDERS_MAX && options->room_reminders[i] >= 0; i++)
        if (options->room_reminders[i] > 0 && meeting->ends_at - options->room_reminders[i] > last_at)
            return false;
    return true;
}

int reminders_plan(struct store *store, const struct meeting *meeting, int64_t now)
{
    const struct meeting_options *options = &meeting->options;
    int64_t closes_at = meeting->ends_at + options->grace, last_at = closes_at - LAST_WARNING;
    bool last = has_last_warning(meeting, last_at);
    int result = 1;
    if (options->at_end == AT_END_NONE)
        return result;
    for (int i = 0; i < REMINDERS_MAX && options->room_reminders[i] >= 0 && result > 0; i++) {
        int64_t due_at = meeting->ends_at - options->room_reminders[i];
        if (!last || due_at != last_at)
            result = add_reminder(store, meeting, REMINDER_ROOM, options->room_reminders[i], due_at, now);
    }
    if (result > 0 && last)
        result = add_reminder(store, meeting, REMINDER_LAST, LAST_WARNING, last_at, now);
    if (result > 0 && options->at_end == AT_END_CLOSE)
        result = add_reminder(store, meeting, REMINDER_END, 0, closes_at, now);
    return result;
}

int reminders_drop(struct store *store, int64_t meeting)
{
    struct query query = query_open(store, STMT_DROP_PLAN);
    bind_int(&query, ":meeting", meeting);
    return query_run(&query);
}

/* ------------------------------------------------------------------------------------------- orders */

/* A meeting that somebody stops is over: whoever comes back is refused. One that has not begun yet is not
 * touched, only whoever came early is sent away. */
static int stop_meeting(struct store *store, int64_t meeting, int64_t now)
{
    struct query query = query_open(store, STMT_STOP_MEETING);
    bind_int(&query, ":id", meeting);
    bind_int(&query, ":now", now);
    int stopped = query_run(&query);
    if (stopped <= 0)
        return stopped;
    return reminders_drop(store, meeting) < 0 ? -1 : letter_bring_summary(store, meeting);
}

static int add_order(struct store *store, enum reminder_kind kind, int64_t meeting, const char *room,
                     const char *text, const char *form, int64_t now, int64_t *id)
{
    struct query query = query_open(store, STMT_ADD_ORDER);
    bind_int_or_null(&query, ":meeting", meeting);
    bind_text(&query, ":room", room);
    bind_text(&query, ":kind", reminder_word(kind));
    bind_text(&query, ":text", text);
    bind_text(&query, ":form", form);
    bind_int(&query, ":now", now);
    return query_run_number(&query, id);
}

static int order(struct store *store, enum reminder_kind kind, int64_t meeting, const char *room,
                 const char *text, const char *by, const char *form, int64_t now, int64_t *id)
{
    if ((kind != REMINDER_SAY && kind != REMINDER_STOP) || (kind == REMINDER_SAY && !text))
        return 0;
    int result = add_order(store, kind, meeting, room, text, form, now, id);
    if (result <= 0)
        return result;
    if (kind == REMINDER_STOP && meeting && stop_meeting(store, meeting, now) < 0)
        return -1;
    const struct audit audit = {.by = by,
                                .what = kind == REMINDER_SAY ? "said in the room" : "room closed",
                                .meeting = meeting,
                                .before = room,
                                .after = text};
    touch(store, meeting);
    return audit_add(store, &audit, now);
}

int store_order(struct store *store, enum reminder_kind kind, int64_t meeting, const char *room,
                const char *text, const char *by, int64_t now, int64_t *id)
{
    *id = 0;
    if (verb_begin(store) < 0)
        return -1;
    return verb_end(store, order(store, kind, meeting, room, text, by, NULL, now, id));
}

int store_find_order(struct store *store, int64_t meeting, const char *form)
{
    struct query query = query_open(store, STMT_FIND_ORDERED);
    int64_t id;
    bind_int(&query, ":meeting", meeting);
    bind_text(&query, ":form", form);
    return query_run_number(&query, &id);
}

int store_order_by_form(struct store *store, enum reminder_kind kind, const struct meeting *meeting,
                        const char *text, const char *by, const char *form, int64_t now)
{
    int64_t id;
    int found = form ? store_find_order(store, meeting->id, form) : 0;
    if (found != 0 || verb_begin(store) < 0)
        return found > 0 ? 1 : -1;
    return verb_end(store, order(store, kind, meeting->id, meeting->room, text, by, form, now, &id));
}

/* ---------------------------------------------------------------------------------- moving the end */

/* The latest end that leaves the room free when it opens for the next meeting; 0: no bound. */
static int latest_end(struct store *store, const struct meeting *meeting, int64_t *until)
{
    struct query query = query_open(store, STMT_NEXT_OPENING);
    bind_text(&query, ":room", meeting->room);
    bind_int(&query, ":starts_at", meeting->starts_at);
    bind_int(&query, ":id", meeting->id);
    int64_t opens_at;
    int status = query_run_number(&query, &opens_at);
    *until = status > 0 ? opens_at - meeting->options.grace : 0;
    return status;
}

/* Where the end goes to; the present one when it must stay. */
static int64_t new_end(const struct meeting *meeting, int seconds, int64_t until, int64_t now)
{
    int64_t least = now > meeting->starts_at ? now : meeting->starts_at + 1;
    int64_t end = meeting->ends_at + seconds;
    if (seconds > 0)
        return (until && end > until) || end < least ? meeting->ends_at : end;
    if (end < least)
        end = least;
    return end < meeting->ends_at ? end : meeting->ends_at;
}

static int move_end(struct store *store, struct meeting *meeting, int64_t end, const char *by, int64_t now)
{
    char before[24], after[24];
    snprintf(before, sizeof before, "%lld", (long long)meeting->ends_at);
    snprintf(after, sizeof after, "%lld", (long long)end);
    struct query query = query_open(store, STMT_MOVE_END);
    bind_int(&query, ":id", meeting->id);
    bind_int(&query, ":ends_at", end);
    bind_int(&query, ":now", now);
    meeting->ends_at = end;
    if (query_run(&query) <= 0 || reminders_drop(store, meeting->id) < 0 ||
        reminders_plan(store, meeting, now) <= 0 || letter_plan_reminders(store, meeting, now) <= 0)
        return -1;
    const struct audit audit = {
        .by = by, .what = "end moved", .meeting = meeting->id, .before = before, .after = after};
    touch(store, meeting->id);
    return audit_add(store, &audit, now);
}

static int extend(struct store *store, int64_t id, int seconds, const char *by, int64_t now, int64_t *until,
                  struct arena *arena)
{
    struct meeting meeting;
    int found = store_get_meeting(store, id, arena, &meeting);
    if (found <= 0)
        return found;
    if (meeting.status == MEETING_CANCELLED || meeting.ends_at + meeting.options.grace <= now)
        return 0;
    if (latest_end(store, &meeting, until) < 0)
        return -1;
    int64_t end = new_end(&meeting, seconds, *until, now);
    return end == meeting.ends_at ? 0 : move_end(store, &meeting, end, by, now);
}

int store_latest_end(struct store *store, const struct meeting *meeting, int64_t *until)
{
    return latest_end(store, meeting, until);
}

int store_extend(struct store *store, int64_t meeting, int seconds, const char *by, int64_t now,
                 int64_t *until)
{
    *until = 0;
    if (verb_begin(store) < 0)
        return -1;
    struct arena arena = {0};
    int result = verb_end(store, extend(store, meeting, seconds, by, now, until, &arena));
    arena_free(&arena);
    return result;
}
