#include "http/booking_form.h"

#include "http/history.h"
#include "http/view.h"
#include "proto/addresses.h"

#include <string.h>

/* Two people edited one meeting, and the second is told what the first did. The lists of people are merged
 * three ways: as they were when the second one's form was made (the history tells), as they are now, and as
 * they were typed. Whom the first added, removed or gave another role, and the second left alone, is taken
 * over into what is typed, and marked; where both decided about a person, the second one's word stays. */

enum { CHANGES_SHOWN = 20 };

enum taken_over { TAKEN_NOTHING, TAKEN_IN, TAKEN_OUT };

struct place_in_lists {
    bool there;
    enum role role;
};

/* Somebody whom the history since then is about. */
struct touched {
    const char *mail, *name;
    struct place_in_lists base, now, typed;
    enum taken_over taken_over;
    bool marked;
};

struct merge {
    struct request *request;
    const struct booking *booking;
    size_t count, room;
    struct touched *people;
    const char *former; /* who was organiser then, by name or mail; NULL: still is */
    json_t *rows;
};

/* ------------------------------------------------------------------------- who was, is and shall be invited
 */

static struct touched *find_touched(struct merge *merge, const char *mail)
{
    for (size_t i = 0; mail && i < merge->count; i++)
        if (text_equal_nocase(merge->people[i].mail, mail))
            return &merge->people[i];
    return NULL;
}

static struct touched *add_touched(struct merge *merge, const char *mail, const char *name)
{
    struct arena *arena = &merge->request->arena;
    merge->people = arena_grow(arena, merge->people, merge->count, &merge->room, sizeof *merge->people);
    struct touched *person = &merge->people[merge->count++];
    *person = (struct touched){.mail = arena_dup(arena, mail), .name = arena_dup(arena, name)};
    return person;
}

/* From the newest act to the oldest: what the oldest one found is how it was. */
static bool undo_act(const struct history_row *row, void *context)
{
    struct merge *merge = context;
    bool came = strcmp(row->what, "person invited") == 0 || strcmp(row->what, "person came back") == 0;
    bool went = strcmp(row->what, "person removed") == 0, other = strcmp(row->what, "role changed") == 0;
    if (strcmp(row->what, "handed over") == 0)
        merge->former = arena_dup(&merge->request->arena, row->before);
    if (!row->attendee_mail || (!came && !went && !other))
        return true;
    struct touched *person = find_touched(merge, row->attendee_mail);
    if (!person)
        person = add_touched(merge, row->attendee_mail, row->attendee_name);
    person->base = (struct place_in_lists){.there = !came};
    if (!came)
        role_read(row->before, &person->base.role);
    return true;
}

/* The roster as it is. An organiser is in neither list; who was it is a moderator by now, like one that came.
 */
static bool see_now(const struct attendee_row *row, void *context)
{
    struct merge *merge = context;
    const struct attendee *attendee = &row->attendee;
    struct touched *person = find_touched(merge, attendee->mail);
    bool former = merge->former && attendee->role == ROLE_MODERATOR &&
                  (text_equal_nocase(merge->former, attendee->mail) ||
                   (attendee->name && strcmp(merge->former, attendee->name) == 0));
    if (!person && former)
        person = add_touched(merge, attendee->mail, attendee->name);
    if (person)
        person->now = (struct place_in_lists){attendee->role != ROLE_ORGANISER, attendee->role};
    return true;
}

static void see_typed(struct merge *merge, const struct addresses *list, enum role role)
{
    for (size_t i = 0; i < list->count; i++) {
        struct touched *person = find_touched(merge, list->list[i].mail);
        if (person)
            person->typed = (struct place_in_lists){true, role};
    }
}

static enum taken_over decide(const struct touched *person)
{
    const struct place_in_lists *base = &person->base, *now = &person->now, *typed = &person->typed;
    if (!base->there)
        return now->there && !typed->there ? TAKEN_IN : TAKEN_NOTHING;
    if (!typed->there)
        return TAKEN_NOTHING; /* taken out by who typed: that stays */
    if (!now->there)
        return TAKEN_OUT;
    return now->role != base->role && typed->role == base->role ? TAKEN_IN : TAKEN_NOTHING;
}

/* ---------------------------------------------------------------------------------------- what is typed then
 */

static bool leaves(const struct touched *person, enum role list)
{
    return person && person->taken_over != TAKEN_NOTHING && person->typed.there && person->typed.role == list;
}

/* The field of one list. It stays as it was typed, unless somebody leaves it: then the addresses stand there
 * that it was read as. */
static const char *merged_list(struct merge *merge, const char *typed, const struct addresses *read,
                               enum role list)
{
    struct request *request = merge->request;
    struct text text = {0};
    bool leaving = false;
    for (size_t i = 0; i < merge->count; i++)
        leaving = leaving || leaves(&merge->people[i], list);
    for (size_t i = 0; leaving && i < read->count; i++)
        if (!leaves(find_touched(merge, read->list[i].mail), list))
            view_add_address(&text, read->list[i].name, address_show(&request->arena, read->list[i].mail));
    if (!leaving)
        text_add(&text, typed);
    if (text.size && text.data[text.size - 1] != '\n')
        text_add(&text, "\n");
    for (size_t i = 0; i < merge->count; i++)
        if (merge->people[i].taken_over == TAKEN_IN && merge->people[i].now.role == list)
            view_add_address(&text, merge->people[i].name,
                             address_show(&request->arena, merge->people[i].mail));
    const char *merged = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return merged;
}

/* The first of a name counts, so what is merged goes before what was sent. */
static void put_lists(struct merge *merge)
{
    struct request *request = merge->request;
    const struct form *sent = &request->form;
    struct form_field *fields = arena_array(&request->arena, sent->count + 2, sizeof *fields);
    fields[0] = (struct form_field){
        "guests", merged_list(merge, request_field(request, "guests"), &merge->booking->guests, ROLE_GUEST)};
    fields[1] = (struct form_field){"moderators", merged_list(merge, request_field(request, "moderators"),
                                                              &merge->booking->moderators, ROLE_MODERATOR)};
    memcpy(fields + 2, sent->fields, sent->count * sizeof *fields);
    request->form = (struct form){sent->count + 2, fields};
}

/* ------------------------------------------------------------------------------------------- what is told */

static const char *mark_words(struct merge *merge, const struct touched *person)
{
    struct request *request = merge->request;
    const char *words =
        person->taken_over == TAKEN_OUT      ? request_text(request, "{who} is no longer in the form below.")
        : person->now.role == ROLE_MODERATOR ? request_text(request, "{who} is among the moderators below.")
                                             : request_text(request, "{who} is among the guests below.");
    return text_filled(
        request, words,
        (struct place[]){{"who", view_name(request, person->name, person->mail)}, {NULL, NULL}});
}

/* Whom a line is about, when that was taken over and is not marked yet. */
static struct touched *find_marked(struct merge *merge, const struct history_row *row)
{
    struct touched *person = find_touched(merge, row->attendee_mail);
    if (strcmp(row->what, "handed over") == 0 && row->before)
        for (size_t i = 0; i < merge->count; i++)
            if (text_equal_nocase(merge->people[i].mail, row->before) ||
                (merge->people[i].name && strcmp(merge->people[i].name, row->before) == 0))
                person = &merge->people[i];
    return person && person->taken_over != TAKEN_NOTHING && !person->marked ? person : NULL;
}

/* The newest lines, and all that say whom the form has or lacks now. */
static bool tell_act(const struct history_row *row, void *context)
{
    struct merge *merge = context;
    struct touched *person = find_marked(merge, row);
    if (!person && json_array_size(merge->rows) >= CHANGES_SHOWN)
        return true;
    json_t *line = history_line(merge->request, merge->request->zone, row);
    if (person) {
        person->marked = true;
        data_text(line, "taken_over", mark_words(merge, person));
    }
    json_array_append_new(merge->rows, line);
    return true;
}

int booking_merge(struct request *request, const struct meeting *meeting, const struct booking *booking,
                  int64_t since, struct booking_form *form)
{
    struct store *store = request_store(request);
    struct merge merge = {.request = request, .booking = booking, .rows = form->changes};
    if (store_list_history(store, meeting->id, since, -1, undo_act, &merge) < 0 ||
        store_list_attendees(store, meeting->id, see_now, &merge) < 0)
        return -1;
    see_typed(&merge, &booking->guests, ROLE_GUEST);
    see_typed(&merge, &booking->moderators, ROLE_MODERATOR);
    for (size_t i = 0; i < merge.count; i++) {
        merge.people[i].taken_over = decide(&merge.people[i]);
        form->merged = form->merged || merge.people[i].taken_over != TAKEN_NOTHING;
    }
    if (form->merged)
        put_lists(&merge);
    return store_list_history(store, meeting->id, since, -1, tell_act, &merge);
}
