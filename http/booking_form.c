#include "http/booking_form.h"

#include "http/view.h"
#include "proto/addresses.h"
#include "proto/when.h"
#include "sql/store_feeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The booking form, of a new meeting and of one that is edited. A refused form comes back as it was typed,
 * each error beside its field and in a summary that takes the focus. */

enum {
    LENGTHS_MOST = 32,    /* as choices; more of them are a field to type into */
    START_STEP = 15 * 60, /* a new form proposes the next quarter of an hour */
    FORM_NAME_MAX = 64
};

static const char *const text_fields[] = {
    "subject",       "description", "date",           "time",           "length",
    "moderators",    "guests",      "maximum",        "password",       "opens_before",
    "guests_before", "grace",       "room_reminders", "mail_reminders", NULL};

/* A choice of a <select>. */
static void choices_add(json_t *choices, const char *value, const char *label, bool selected)
{
    json_t *choice = json_object();
    data_text(choice, "value", value);
    data_text(choice, "label", label);
    data_true(choice, "selected", selected);
    json_array_append_new(choices, choice);
}

/* Lengths in minutes, as choices when they are few; what was typed stays a choice. */
static void form_add_lengths(struct request *request, json_t *data, const char *typed)
{
    const struct booking_limits *limits = request_options(request)->limits;
    int step = limits->length_step > 0 ? limits->length_step : 60;
    bool found = !*typed;
    json_t *choices = json_array();
    if ((limits->length_most - limits->length_least) / step < LENGTHS_MOST) {
        for (int length = limits->length_least; length <= limits->length_most; length += step) {
            struct text label = {0};
            char value[16];
            snprintf(value, sizeof value, "%d", length / 60);
            when_add_length(&label, request_catalogue(request), length);
            found = found || strcmp(value, typed) == 0;
            choices_add(choices, value, text_string(&label), strcmp(value, typed) == 0);
            text_free(&label);
        }
        if (!found)
            choices_add(choices, typed, typed, true);
        json_object_set_new(data, "lengths", json_pack("{s:O}", "items", choices));
    }
    json_decref(choices);
}

struct languages {
    json_t *choices;
    const char *selected;
};

static void languages_add(const struct catalogue *catalogue, void *context)
{
    struct languages *languages = context;
    const char *language = catalogue_language(catalogue);
    choices_add(languages->choices, language, view_language(language),
                strcmp(language, languages->selected) == 0);
}

/* What happens at the end: the choice, and the default of the site. */
static void form_add_at_end(struct request *request, json_t *data, const char *typed)
{
    static const char *const words[][2] = {{"none", N_("Nothing happens")},
                                           {"warn", N_("People are told")},
                                           {"close", N_("The room is closed")}};
    json_t *choices = json_array();
    enum at_end usual = request_options(request)->limits->options.at_end;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        choices_add(choices, words[i][0], request_text(request, words[i][1]),
                    typed ? strcmp(typed, words[i][0]) == 0 : i == (size_t)usual);
    json_object_set_new(data, "at_end", choices);
}

static void form_add_choices(struct request *request, json_t *data, const char *tz, const char *language)
{
    struct languages languages = {json_array(), language};
    catalogues_each(request_options(request)->catalogues, languages_add, &languages);
    json_object_set_new(data, "languages", languages.choices);
    data_text(data, "tz", tz);
    data_text(data, "zones", page_zone_options(request));
}

/* Limits that hints name. */
static void form_add_limits(struct request *request, json_t *data)
{
    const struct booking_limits *limits = request_options(request)->limits;
    json_object_set_new(data, "moderators_most", json_integer(limits->moderators_most));
    json_object_set_new(data, "guests_most", json_integer(limits->guests_most));
    json_object_set_new(data, "least", json_integer(limits->length_least / 60));
    json_object_set_new(data, "most", json_integer(limits->length_most / 60));
}

/* True when `text` has the digits that `shape` shows as 0, and its other characters. */
static bool has_shape(const char *text, const char *shape)
{
    for (; *text && *shape; text++, shape++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return !*text && !*shape;
}

/* Native fields for day and time, unless what was typed would not show in them. */
static void form_add_types(json_t *data)
{
    const char *date = json_string_value(json_object_get(data, "date"));
    const char *time = json_string_value(json_object_get(data, "time"));
    struct wall day = {.year = 2000, .month = 1, .day = 1}, hour = day;
    if (has_shape(date, "0000-00-00"))
        day = (struct wall){.year = (int)strtol(date, NULL, 10),
                            .month = (int)strtol(date + 5, NULL, 10),
                            .day = (int)strtol(date + 8, NULL, 10)};
    else if (*date)
        day.month = 13;
    if (has_shape(time, "00:00"))
        hour = (struct wall){.year = 2000,
                             .month = 1,
                             .day = 1,
                             .hour = (int)strtol(time, NULL, 10),
                             .minute = (int)strtol(time + 3, NULL, 10)};
    else if (*time)
        hour.hour = 24;
    data_text(data, "date_type", wall_is_valid(&day) ? "date" : "text");
    data_text(data, "time_type", wall_is_valid(&hour) ? "time" : "text");
}

static void form_render(struct request *request, int status, json_t *data)
{
    form_add_limits(request, data);
    form_add_types(data);
    page_render(request, status, "book.html", data);
    request->reply.cache =
        "private, no-cache"; /* browsers bring typed fields back only of what they may keep */
}

static int64_t zone_in_a_week(const struct zone *zone, int64_t at)
{
    struct wall wall = zone_wall(zone, at);
    wall = wall_from_seconds(wall_seconds(&wall) + (int64_t)7 * 24 * 3600);
    return zone_instant(zone, &wall);
}

/* Fills the request's form like one that was typed. */
struct filling {
    struct request *request;
    struct form_field fields[32];
};

static void fill(struct filling *filling, const char *name, const char *value)
{
    struct form *form = &filling->request->form;
    if (form->count < sizeof filling->fields / sizeof *filling->fields)
        form->fields[form->count++] = (struct form_field){name, value ? value : ""};
}

static void fill_flag(struct filling *filling, const char *name, bool yes)
{
    fill(filling, name, yes ? "yes" : "no");
}

static void fill_times(struct filling *filling, const struct zone *zone, int64_t start, int64_t length)
{
    struct arena *arena = &filling->request->arena;
    struct wall wall = zone_wall(zone, start);
    fill(filling, "date", arena_printf(arena, "%04d-%02d-%02d", wall.year, wall.month, wall.day));
    fill(filling, "time", arena_printf(arena, "%02d:%02d", wall.hour, wall.minute));
    fill(filling, "length", arena_printf(arena, "%lld", (long long)length / 60));
    fill(filling, "tz", zone_name(zone));
}

static void fill_options(struct filling *filling, const struct meeting_options *options)
{
    static const char *const at_end[] = {
        [AT_END_NONE] = "none", [AT_END_WARN] = "warn", [AT_END_CLOSE] = "close"};
    struct arena *arena = &filling->request->arena;
    fill_flag(filling, "lobby", options->lobby);
    fill_flag(filling, "guests_wait", options->guests_wait);
    fill_flag(filling, "shared", options->shared);
    fill_flag(filling, "show_guests", options->show_guests);
    fill(filling, "opens_before", arena_printf(arena, "%d", options->opens_before / 60));
    fill(filling, "guests_before", arena_printf(arena, "%d", options->guests_before / 60));
    fill(filling, "grace", arena_printf(arena, "%d", options->grace / 60));
    fill(filling, "at_end", at_end[options->at_end]);
    fill(filling, "room_reminders", booking_reminders_text(arena, options->room_reminders, 0));
    fill(filling, "mail_reminders", booking_reminders_text(arena, options->mail_reminders, 1));
    fill(filling, "maximum", options->maximum ? arena_printf(arena, "%d", options->maximum) : "");
    fill(filling, "password", options->password);
}

struct lists {
    struct request *request;
    struct text guests, moderators;
};

static bool lists_add(const struct attendee_row *row, void *context)
{
    struct lists *lists = context;
    const struct attendee *attendee = &row->attendee;
    if (attendee->removed || attendee->role == ROLE_ORGANISER)
        return true;
    struct text *list = attendee->role == ROLE_GUEST ? &lists->guests : &lists->moderators;
    const char *mail = address_show(&lists->request->arena, attendee->mail);
    view_add_address(list, attendee->name, mail);
    return true;
}

static int fill_people(struct filling *filling, const struct meeting *meeting)
{
    struct request *request = filling->request;
    struct lists lists = {.request = request};
    int listed = store_list_attendees(request_store(request), meeting->id, lists_add, &lists);
    fill(filling, "guests", arena_dup(&request->arena, text_string(&lists.guests)));
    fill(filling, "moderators", arena_dup(&request->arena, text_string(&lists.moderators)));
    text_free(&lists.guests);
    text_free(&lists.moderators);
    return listed;
}

static struct filling *filling_begin(struct request *request)
{
    struct filling *filling = arena_alloc(&request->arena, sizeof *filling);
    filling->request = request;
    request->form = (struct form){.fields = filling->fields};
    request->form_filled = true;
    fill(filling, "form", request_new_form(request));
    return filling;
}

void booking_form_fill_new(struct request *request)
{
    const struct booking_limits *limits = request_options(request)->limits;
    struct filling *filling = filling_begin(request);
    fill_times(filling, request->zone, (request->now / START_STEP + 1) * START_STEP, limits->length_default);
    fill(filling, "language", catalogue_language(request_catalogue(request)));
    fill_options(filling, &limits->options);
}

int booking_form_fill(struct request *request, const struct meeting *meeting, bool again)
{
    struct filling *filling = filling_begin(request);
    int64_t start = meeting->starts_at;
    const struct zone *zone = view_zone(request, meeting);
    while (again && start <= request->now) /* the same day of the week, at the same hour */
        start = zone_in_a_week(zone, start);
    fill_times(filling, zone, start, meeting->ends_at - meeting->starts_at);
    fill(filling, "subject", meeting->subject);
    fill(filling, "description", meeting->description);
    fill(filling, "language", meeting->language);
    fill(filling, "revision", arena_printf(&request->arena, "%lld", (long long)meeting->revision));
    fill_options(filling, &meeting->options);
    return fill_people(filling, meeting);
}

static const char *typed_or(struct request *request, const char *field, const char *otherwise)
{
    const char *typed = form_get(&request->form, field);
    return typed && *typed ? typed : otherwise;
}

static void add_flag(struct request *request, json_t *data, const char *field, bool usual)
{
    data_true(data, field, strcmp(typed_or(request, field, usual ? "yes" : "no"), "yes") == 0);
}

static bool count_knowing(const struct attendee_row *row, void *context)
{
    *(int *)context += row->told && row->attendee.role != ROLE_ORGANISER;
    return true;
}

/* How many people a mail may go to: those who know of the meeting, until it begins. */
static void form_add_knowing(struct request *request, json_t *data, const struct meeting *meeting)
{
    int knowing = 0;
    if (meeting->starts_at > request->now)
        store_list_attendees(request_store(request), meeting->id, count_knowing, &knowing);
    json_object_set_new(data, "knowing", json_integer(knowing));
}

static void form_add_overlaps(struct request *request, json_t *data, const struct booking_form *form)
{
    bool theirs = form->meeting && form->meeting->organiser != request->person.id;
    const char *words = theirs ? request_text(request, "The organiser has another meeting at that time")
                               : request_text(request, "You have another meeting at that time");
    json_object_set_new(data, "overlaps", json_pack("{s:s, s:O}", "words", words, "items", form->overlaps));
}

void booking_form_show(struct request *request, int status, const struct booking_form *form)
{
    const struct meeting_options *usual = &request_options(request)->limits->options;
    const char *name = form_get(&request->form, "form");
    json_t *data = json_object();
    if (form->heading)
        data_text(data, "heading", form->heading);
    data_text(data, "title", form->title ? form->title : form->heading);
    data_text(data, "action",
              form->meeting ? request_path(request, "/meetings/%s", form->meeting->ref)
                            : request_path(request, "/meetings"));
    data_text(data, "back", form->meeting ? request_path(request, "/meetings/%s", form->meeting->ref) : NULL);
    data_true(data, "change", form->meeting != NULL);
    data_true(data, "running", form->meeting && form->meeting->starts_at <= request->now);
    if (form->meeting && form->meeting->starts_at <= request->now) {
        json_t *facts = view_meeting(request, form->meeting);
        json_object_set(data, "when", json_object_get(facts, "when"));
        json_decref(facts);
    }
    data_text(data, "revision",
              form->revision >= 0 ? arena_printf(&request->arena, "%lld", (long long)form->revision)
                                  : form_get(&request->form, "revision"));
    data_text(data, "form", name && *name ? name : request_new_form(request));
    for (size_t i = 0; text_fields[i]; i++)
        data_text(data, text_fields[i], request_field(request, text_fields[i]));
    add_flag(request, data, "lobby", usual->lobby);
    add_flag(request, data, "guests_wait", usual->guests_wait);
    add_flag(request, data, "shared", usual->shared);
    add_flag(request, data, "show_guests", usual->show_guests);
    json_object_set_new(data, "list_most", json_integer(FEED_LIST_MOST));
    form_add_lengths(request, data, request_field(request, "length"));
    form_add_at_end(request, data, form_get(&request->form, "at_end"));
    form_add_choices(request, data, typed_or(request, "tz", zone_name(request->zone)),
                     typed_or(request, "language", catalogue_language(request_catalogue(request))));
    if (form->booking && form->booking->error_count)
        booking_form_add_errors(request, data, form->booking);
    if (form->overlaps)
        form_add_overlaps(request, data, form);
    if (form->changes)
        json_object_set_new(data, "changes",
                            json_pack("{s:O, s:b}", "items", form->changes, "merged", form->merged));
    if (form->meeting)
        form_add_knowing(request, data, form->meeting);
    view_people_field(data);
    data_text(data, "trouble", form->trouble);
    form_render(request, status, data);
}
