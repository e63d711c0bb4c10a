#include "http/booking_form.h"

#include "proto/when.h"

#include <string.h>

/* What is wrong with a form. */

/* The fields in the order of the page, which is the order of the summary. */
static const char *const page_fields[] = {
    "subject",        "date",        "time",           "length",       "tz",
    "guests",         "moderators",  "description",    "lobby",        "guests_wait",
    "shared",         "show_guests", "language",       "opens_before", "guests_before",
    "mail_reminders", "at_end",      "room_reminders", "grace",        "maximum",
    "password",       NULL};
enum { FIRST_OPTION = 8 /* in page_fields: those that are folded away */ };

static const char *instant_words(struct request *request, const char *tz, int64_t at)
{
    const struct zone *zone = zones_find(request_options(request)->zones, tz);
    struct text text = {0};
    when_add(&text, request_catalogue(request), zone ? zone : request->zone, WHEN_SHORT, request->now, at);
    const char *words = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return words;
}

static void error_add(struct request *request, json_t *errors, json_t *by_field,
                      const struct booking *booking, const struct booking_error *error)
{
    json_t *entry = json_object();
    const char *tz = booking->meeting.tz, *value = error->value, *limit = error->limit;
    if (error->instants) {
        value = instant_words(request, tz, error->value_at);
        limit = instant_words(request, tz, error->limit_at);
    }
    const char *text = text_filled(request, request_text(request, error->text),
                                   (struct place[]){{"value", value}, {"limit", limit}, {NULL, NULL}});
    data_text(entry, "field", error->field);
    data_text(entry, "text", text);
    data_text(by_field, error->field, text);
    json_array_append_new(errors, entry);
}

void booking_form_add_errors(struct request *request, json_t *data, const struct booking *booking)
{
    json_t *errors = json_array(), *by_field = json_object();
    for (size_t field = 0; page_fields[field]; field++) {
        for (size_t i = 0; i < booking->error_count; i++) {
            if (strcmp(booking->errors[i].field, page_fields[field]) == 0) {
                error_add(request, errors, by_field, booking, &booking->errors[i]);
                data_true(data, "options_open", field >= FIRST_OPTION);
            }
        }
    }
    json_object_set_new(data, "error_count", json_integer((json_int_t)booking->error_count));
    json_object_set_new(data, "errors", json_pack("{s:o}", "items", errors));
    json_object_set_new(data, "error", by_field);
}
