#include "proto/booking.h"

#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The booking form, and what it sends. A refused form comes back as it was typed, each error beside its field
 * and in a summary that takes the focus. */

enum {
    LENGTHS_MOST = 32,    /* as choices; more of them are a field to type into */
    START_STEP = 15 * 60, /* a new form proposes the next quarter of an hour */
    FORM_NAME_MAX = 64
};

static const char *const text_fields[] = {"subject",    "description", "date",    "time",     "length",
                                          "moderators", "guests",      "maximum", "password", NULL};

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
                                           {"warn", N_("People are told that the time is over")},
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

static const char *form_name(struct request *request)
{
    struct link_id random[2];
    struct text text = {0};
    request_random(&random[0]);
    request_random(&random[1]);
    text_add_base64url(&text, random, sizeof random);
    const char *name = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return name;
}

static void booking_show_typed(struct request *request, int status, const char *title,
                               const struct booking *booking, const char *form);

void booking_get_form(struct request *request)
{
    if (request->form.count) { /* kept over the end of a session */
        booking_show_typed(request, 200, request_text(request, "Book a meeting"), &(struct booking){0},
                           form_get(&request->form, "form"));
        return;
    }
    const struct booking_limits *limits = request_options(request)->limits;
    json_t *data = json_object();
    int64_t start = (request->now / START_STEP + 1) * START_STEP;
    struct wall wall = zone_wall(request->zone, start);
    const char *length = arena_printf(&request->arena, "%d", limits->length_default / 60);
    data_text(data, "title", request_text(request, "Book a meeting"));
    data_text(data, "form", form_name(request));
    data_text(data, "date", arena_printf(&request->arena, "%04d-%02d-%02d", wall.year, wall.month, wall.day));
    data_text(data, "time", arena_printf(&request->arena, "%02d:%02d", wall.hour, wall.minute));
    data_text(data, "length", length);
    data_true(data, "lobby", limits->options.lobby);
    data_true(data, "guests_wait", limits->options.guests_wait);
    if (limits->options.maximum)
        data_text(data, "maximum", arena_printf(&request->arena, "%d", limits->options.maximum));
    form_add_lengths(request, data, length);
    form_add_at_end(request, data, NULL);
    form_add_choices(request, data, zone_name(request->zone), catalogue_language(request_catalogue(request)));
    form_render(request, 200, data);
}

/* The fields in the order of the page, which is the order of the summary. */
static const char *const page_fields[] = {"subject",  "date",       "time",        "length",   "tz",
                                          "guests",   "moderators", "description", "lobby",    "guests_wait",
                                          "language", "at_end",     "maximum",     "password", NULL};
enum { FIRST_OPTION = 8 /* in page_fields: those that are folded away */ };

static void form_add_error(struct request *request, json_t *errors, json_t *by_field,
                           const struct booking_error *error)
{
    json_t *entry = json_object();
    const char *text =
        text_filled(request, request_text(request, error->text),
                    (struct place[]){{"value", error->value}, {"limit", error->limit}, {NULL, NULL}});
    data_text(entry, "field", error->field);
    data_text(entry, "text", text);
    data_text(by_field, error->field, text);
    json_array_append_new(errors, entry);
}

/* Errors, as a summary with links to the fields, and beside each field. */
static void form_add_errors(struct request *request, json_t *data, const struct booking *booking)
{
    json_t *errors = json_array(), *by_field = json_object();
    for (size_t field = 0; page_fields[field]; field++) {
        for (size_t i = 0; i < booking->error_count; i++) {
            if (strcmp(booking->errors[i].field, page_fields[field]) == 0) {
                form_add_error(request, errors, by_field, &booking->errors[i]);
                data_true(data, "options_open", field >= FIRST_OPTION);
            }
        }
    }
    json_object_set_new(data, "error_count", json_integer((json_int_t)booking->error_count));
    json_object_set_new(data, "errors", json_pack("{s:o}", "items", errors));
    json_object_set_new(data, "error", by_field);
}

static const char *typed_or(struct request *request, const char *field, const char *otherwise)
{
    const char *typed = form_get(&request->form, field);
    return typed && *typed ? typed : otherwise;
}

/* The form as it was typed, with what is wrong. */
static void booking_show_typed(struct request *request, int status, const char *title,
                               const struct booking *booking, const char *form)
{
    const struct meeting_options *usual = &request_options(request)->limits->options;
    json_t *data = json_object();
    data_text(data, "title", title);
    data_text(data, "form", form ? form : form_name(request));
    for (size_t i = 0; text_fields[i]; i++)
        data_text(data, text_fields[i], request_field(request, text_fields[i]));
    data_true(data, "lobby", strcmp(typed_or(request, "lobby", usual->lobby ? "yes" : ""), "yes") == 0);
    data_true(data, "guests_wait",
              strcmp(typed_or(request, "guests_wait", usual->guests_wait ? "yes" : ""), "yes") == 0);
    form_add_lengths(request, data, request_field(request, "length"));
    form_add_at_end(request, data, form_get(&request->form, "at_end"));
    form_add_choices(request, data, typed_or(request, "tz", zone_name(request->zone)),
                     typed_or(request, "language", catalogue_language(request_catalogue(request))));
    if (booking->error_count)
        form_add_errors(request, data, booking);
    form_render(request, status, data);
}

static size_t attendees_add(struct new_attendee *attendees, size_t count, const struct addresses *addresses,
                            enum role role)
{
    for (size_t i = 0; i < addresses->count; i++)
        attendees[count++] = (struct new_attendee){addresses->list[i].mail, addresses->list[i].name, role};
    return count;
}

static void booking_store(struct request *request, struct booking *booking, const char *form)
{
    struct booked booked = {0};
    size_t most = booking->moderators.count + booking->guests.count + 1, count;
    struct new_attendee *attendees = arena_array(&request->arena, most, sizeof *attendees);
    count = attendees_add(attendees, 0, &booking->moderators, ROLE_MODERATOR);
    count = attendees_add(attendees, count, &booking->guests, ROLE_GUEST);
    booking->meeting.organiser = request->person.id;
    int done =
        store_book(request_store(request), &booking->meeting, attendees, count,
                   request_options(request)->mail_domain, form, request->now, &request->arena, &booked);
    if (done >= 0 && booked.ref) /* 0: this form was stored before */
        reply_redirect(request, 303, request_path(request, "/meetings/%s?done=booked", booked.ref));
    else
        page_unavailable(request);
}

void booking_post(struct request *request)
{
    struct booking booking;
    const char *form = request_field(request, "form");
    if (!*form || strlen(form) > FORM_NAME_MAX)
        form = NULL;
    if (booking_read(&booking, &request->arena, &request->form, request_options(request)->limits,
                     request_options(request)->zones, request->person.mail, zone_name(request->zone),
                     catalogue_language(request_catalogue(request)), request->now))
        booking_store(request, &booking, form);
    else
        booking_show_typed(request, 422, request_text(request, "Please check: book a meeting"), &booking,
                           form);
}
