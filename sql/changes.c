/* A meeting is edited by its form: all of it at once, told apart into what changed. */
#include "sql/changes.h"

#include "sql/answers.h"
#include "sql/letters_queue.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- what may change */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool has_begun(const struct edit *edit)
{
    return edit->was.starts_at <= edit->now;
}

/* While it runs, what it is and when it began stay. */
static bool touches_the_past(const struct edit *edit, const struct meeting *to)
{
    return has_begun(edit) &&
           (to->starts_at != edit->was.starts_at || !same_text(to->subject, edit->was.subject) ||
            !same_text(to->description, edit->was.description) || !same_text(to->tz, edit->was.tz) ||
            !same_text(to->language, edit->was.language));
}

int room_conflict(struct store *store, const struct meeting *meeting, int64_t *opens_at, int64_t *closes_at)
{
    const struct meeting_options *options = &meeting->options;
    int early =
        options->opens_before > options->guests_before ? options->opens_before : options->guests_before;
    struct query query = query_open(store, STMT_FIND_CONFLICT);
    bind_text(&query, ":room", meeting->room);
    bind_int_or_null(&query, ":id", meeting->id);
    bind_int(&query, ":opens_at", meeting->starts_at - early);
    bind_int(&query, ":closes_at", meeting->ends_at + options->grace);
    int status = query_step(&query);
    if (status > 0) {
        next_int(&query);
        *opens_at = next_int(&query);
        *closes_at = next_int(&query);
    }
    query_close(&query);
    return status;
}

/* > 0: may be stored. */
static int check(struct edit *edit, const struct meeting_change *change)
{
    struct meeting to = *change->meeting;
    if (change->revision != edit->was.revision)
        return edit_refuse(edit, REFUSED_STALE);
    if (to.ends_at <= edit->now)
        return edit_refuse(edit, REFUSED_OVER);
    if (touches_the_past(edit, &to))
        return edit_refuse(edit, REFUSED_BEGUN);
    to.room = edit->was.room;
    int taken = room_conflict(edit->store, &to, &edit->result->room_opens_at, &edit->result->room_closes_at);
    return taken < 0 ? -1 : taken > 0 ? edit_refuse(edit, REFUSED_ROOM) : 1;
}

/* ---------------------------------------------------------------------------------------- what changed */

enum { FIELDS_MAX = 20 };

struct field {
    const char *what, *before, *after;
};

struct fields {
    struct edit *edit;
    size_t count;
    struct field list[FIELDS_MAX];
};

static void add_text(struct fields *fields, const char *what, const char *before, const char *after)
{
    if (!same_text(before, after))
        fields->list[fields->count++] = (struct field){what, before, after};
}

static void add_number(struct fields *fields, const char *what, int64_t before, int64_t after)
{
    struct arena *arena = &fields->edit->arena;
    if (before != after)
        add_text(fields, what, arena_printf(arena, "%lld", (long long)before),
                 arena_printf(arena, "%lld", (long long)after));
}

/* A password is nobody's to read in the history. */
static void add_password(struct fields *fields, const char *before, const char *after)
{
    if (!same_text(before, after))
        fields->list[fields->count++] = (struct field){"password changed", NULL, NULL};
}

static void add_options(struct fields *fields, const struct meeting_options *was,
                        const struct meeting_options *to)
{
    struct arena *arena = &fields->edit->arena;
    struct options_text before, after;
    options_write(was, &before);
    options_write(to, &after);
    add_number(fields, "lobby changed", was->lobby, to->lobby);
    add_number(fields, "waiting changed", was->guests_wait, to->guests_wait);
    add_number(fields, "opening changed", was->opens_before, to->opens_before);
    add_number(fields, "opening for guests changed", was->guests_before, to->guests_before);
    add_number(fields, "grace changed", was->grace, to->grace);
    add_text(fields, "end of the room changed", at_end_word(was->at_end), at_end_word(to->at_end));
    add_number(fields, "maximum changed", was->maximum, to->maximum);
    add_password(fields, was->password, to->password);
    add_text(fields, "reminders in the room changed", arena_dup(arena, before.room_reminders),
             arena_dup(arena, after.room_reminders));
    add_text(fields, "reminders by mail changed", arena_dup(arena, before.mail_reminders),
             arena_dup(arena, after.mail_reminders));
    add_number(fields, "guest list changed", was->show_guests, to->show_guests);
    add_number(fields, "shared address changed", was->shared, to->shared);
}

static void find_fields(struct fields *fields, const struct meeting *to)
{
    const struct meeting *was = &fields->edit->was;
    add_text(fields, "subject changed", was->subject, to->subject);
    add_text(fields, "description changed", was->description, to->description);
    add_number(fields, "start moved", was->starts_at, to->starts_at);
    add_number(fields, "end moved", was->ends_at, to->ends_at);
    add_text(fields, "zone changed", was->tz, to->tz);
    add_text(fields, "language changed", was->language, to->language);
    add_options(fields, &was->options, &to->options);
}

/* ---------------------------------------------------------------------------------------------- people */

static int compare_ids(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

static int name_attendee(struct edit *edit, int64_t attendee, const char *name)
{
    struct query query = query_open(edit->store, STMT_NAME_ATTENDEE);
    bind_int(&query, ":id", attendee);
    bind_text(&query, ":name", name);
    bind_int(&query, ":now", edit->now);
    return query_run(&query);
}

/* One who shall be invited: new, back, or there with another role or name. */
static int sync_one(struct edit *edit, const struct new_attendee *wanted, int64_t *id, bool *changed)
{
    struct attendee there = {0};
    int result = edit_invite(edit, wanted, id);
    *changed |= result == 1;
    if (result != 2)
        return result;
    result = edit_find(edit, wanted->mail, &there);
    if (result <= 0 || there.role == ROLE_ORGANISER)
        return result;
    if (wanted->name && *wanted->name && !same_text(wanted->name, there.name) &&
        name_attendee(edit, *id, wanted->name) <= 0)
        return -1;
    if (there.role == wanted->role)
        return 1;
    *changed = true;
    return edit_set_role(edit, &there, wanted->role);
}

/* Those who are invited and no longer wanted: an array that the caller frees. */
static int read_unwanted(struct edit *edit, const int64_t *wanted, size_t count, struct attendee **unwanted,
                         size_t *unwanted_count)
{
    struct attendee attendee;
    size_t room = 0;
    struct query query = query_open(edit->store, STMT_LIST_ROSTER);
    bind_int(&query, ":meeting", edit->was.id);
    int status;
    while ((status = query_step(&query)) > 0) {
        next_attendee(&query, &attendee);
        if (attendee.role == ROLE_ORGANISER ||
            (count && bsearch(&attendee.id, wanted, count, sizeof *wanted, compare_ids)))
            continue;
        *unwanted = mem_grow(*unwanted, *unwanted_count, &room, sizeof **unwanted);
        copy_attendee(&edit->arena, &attendee);
        (*unwanted)[(*unwanted_count)++] = attendee;
    }
    query_close(&query);
    return status;
}

static int remove_others(struct edit *edit, const int64_t *wanted, size_t count, bool *changed)
{
    struct attendee *unwanted = NULL;
    size_t unwanted_count = 0;
    int result = read_unwanted(edit, wanted, count, &unwanted, &unwanted_count);
    for (size_t i = 0; i < unwanted_count && result >= 0; i++)
        result = edit_remove(edit, &unwanted[i]);
    *changed |= unwanted_count > 0;
    free(unwanted);
    return result < 0 ? -1 : 1;
}

static int sync_people(struct edit *edit, const struct meeting_change *change, bool *changed)
{
    int64_t *wanted = arena_array(&edit->arena, change->count, sizeof *wanted);
    int result = 1;
    for (size_t i = 0; i < change->count && result > 0; i++)
        result = sync_one(edit, &change->attendees[i], &wanted[i], changed);
    if (result <= 0)
        return result < 0 ? -1 : 0;
    if (change->count)
        qsort(wanted, change->count, sizeof *wanted, compare_ids);
    return remove_others(edit, wanted, change->count, changed);
}

/* --------------------------------------------------------------------------------------------- storing */

static int write_meeting(struct edit *edit, const struct meeting *to, const char *form)
{
    struct options_text text;
    struct query query = query_open(edit->store, STMT_CHANGE_MEETING);
    bind_int(&query, ":id", edit->was.id);
    bind_text(&query, ":subject", to->subject ? to->subject : "");
    bind_text(&query, ":description", to->description ? to->description : "");
    bind_int(&query, ":starts_at", to->starts_at);
    bind_int(&query, ":ends_at", to->ends_at);
    bind_text(&query, ":tz", to->tz ? to->tz : edit->was.tz);
    bind_text(&query, ":language", to->language ? to->language : edit->was.language);
    bind_options(&query, &to->options, &text);
    bind_text(&query, ":form", form);
    bind_int(&query, ":now", edit->now);
    return query_run(&query);
}

/* What follows when start or end moved: before the start it is another date, and the invited are asked again
 * who had answered to another one; a meeting that runs only lasts longer or less. */
static int follow_times(struct edit *edit, const struct meeting *to)
{
    if (to->starts_at == edit->was.starts_at && to->ends_at == edit->was.ends_at)
        return 1;
    if (has_begun(edit))
        return 1;
    return edit_raise_sequence(edit) <= 0 ? -1 : answers_reset(edit, to);
}

static int plan_again(struct edit *edit, const struct meeting *to)
{
    struct meeting meeting = *to;
    meeting.id = edit->was.id;
    if (reminders_drop(edit->store, meeting.id) < 0 ||
        letter_plan_reminders(edit->store, &meeting, edit->now) <= 0)
        return -1;
    return reminders_plan(edit->store, &meeting, edit->now);
}

/* What letters say of the meeting, before it begins: an end that moves while it runs is told in the room. */
static bool has_news(const struct edit *edit, const struct meeting *to)
{
    const struct meeting *was = &edit->was;
    return !has_begun(edit) &&
           (to->starts_at != was->starts_at || to->ends_at != was->ends_at ||
            !same_text(to->subject, was->subject) || !same_text(to->description, was->description) ||
            !same_text(to->options.password, was->options.password));
}

static int apply(struct edit *edit, const struct meeting_change *change)
{
    const struct meeting *to = change->meeting;
    struct fields fields = {.edit = edit};
    bool changed = false;
    find_fields(&fields, to);
    if (write_meeting(edit, to, change->form) <= 0)
        return -1;
    for (size_t i = 0; i < fields.count; i++)
        if (edit_note(edit, fields.list[i].what, 0, fields.list[i].before, fields.list[i].after) <= 0)
            return -1;
    /* People first come and go, then all who are there are asked again. */
    int result = sync_people(edit, change, &changed);
    if (result <= 0)
        return result;
    edit->result->same = fields.count == 0 && !changed;
    if (edit->result->same)
        return 0; /* all of it is undone: nothing was edited */
    if (follow_times(edit, to) <= 0 || plan_again(edit, to) <= 0)
        return -1;
    return edit_tell(edit, has_news(edit, to)) < 0 ? -1 : 1;
}

/* True when this form was stored already: a double click, a reload. */
static int is_known_form(struct edit *edit, const struct meeting_change *change)
{
    struct query query = query_open(edit->store, STMT_FIND_CHANGED);
    bind_int(&query, ":id", change->meeting->id);
    bind_text(&query, ":form", change->form);
    int64_t id;
    return query_run_number(&query, &id);
}

static int change_meeting(struct edit *edit, const struct meeting_change *change)
{
    int known = change->form ? is_known_form(edit, change) : 0;
    edit->result->same = known > 0;
    if (known != 0)
        return known < 0 ? -1 : 0;
    int result = edit_begin(edit, change->meeting->id);
    if (result > 0)
        result = check(edit, change);
    return result > 0 ? apply(edit, change) : result;
}

int store_change(struct store *store, const struct meeting_change *change, int64_t by, int64_t now,
                 struct change_result *result)
{
    *result = (struct change_result){0};
    if (verb_begin(store) < 0)
        return -1;
    struct edit edit = {.store = store, .result = result, .by = by, .now = now};
    int done = verb_end(store, change_meeting(&edit, change));
    arena_free(&edit.arena);
    return done == 0 && result->same ? 1 : done;
}
