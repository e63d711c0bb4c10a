#include "http/history.h"

#include "http/view.h"

#include <stdlib.h>
#include <string.h>

enum { HISTORY_SHOWN = 100, LETTERS_SHOWN = 200 };

/* How the values of an act are written. */
enum value { VALUE_NONE, VALUE_TEXT, VALUE_TIME, VALUE_ROLE, VALUE_FLAG, VALUE_MINUTES };

static const struct {
    const char *what, *words; /* {who} is whom it was done to */
    enum value value;
} acts[] = {
    {"meeting booked", N_("booked the meeting"), VALUE_NONE},
    {"meeting cancelled", N_("cancelled the meeting"), VALUE_NONE},
    {"subject changed", N_("changed the subject"), VALUE_TEXT},
    {"description changed", N_("changed the description"), VALUE_NONE},
    {"start moved", N_("moved the start"), VALUE_TIME},
    {"end moved", N_("moved the end"), VALUE_TIME},
    {"zone changed", N_("changed the time zone"), VALUE_TEXT},
    {"language changed", N_("changed the language"), VALUE_TEXT},
    {"lobby changed", N_("changed the lobby"), VALUE_FLAG},
    {"waiting changed", N_("changed whether guests wait for a moderator"), VALUE_FLAG},
    {"opening changed", N_("changed how early the room opens"), VALUE_MINUTES},
    {"opening for guests changed", N_("changed how early guests come in"), VALUE_MINUTES},
    {"grace changed", N_("changed how long the room stays open"), VALUE_MINUTES},
    {"end of the room changed", N_("changed what happens at the end"), VALUE_NONE},
    {"maximum changed", N_("changed the most people in the room"), VALUE_TEXT},
    {"password changed", N_("changed the password"), VALUE_NONE},
    {"reminders in the room changed", N_("changed the reminders in the room"), VALUE_NONE},
    {"reminders by mail changed", N_("changed the reminders by mail"), VALUE_NONE},
    {"guest list changed", N_("changed whether guests see who else is invited"), VALUE_FLAG},
    {"shared address changed", N_("changed the address for everybody"), VALUE_FLAG},
    {"person invited", N_("invited {who}"), VALUE_ROLE},
    {"person came back", N_("invited {who} again"), VALUE_ROLE},
    {"person removed", N_("removed {who}"), VALUE_NONE},
    {"role changed", N_("changed the role of {who}"), VALUE_ROLE},
    {"link renewed", N_("made a new link for {who}"), VALUE_NONE},
    {"invitation sent again", N_("sent {who} the invitation again"), VALUE_NONE},
    {"handed over", N_("handed the meeting over to {who}"), VALUE_NONE},
    {"said in the room", N_("wrote into the room"), VALUE_TEXT},
    {"room closed", N_("closed the room"), VALUE_NONE},
};

static const char *role_words(struct request *request, const char *word)
{
    enum role role = ROLE_GUEST;
    role_read(word, &role);
    return view_role(request, role);
}

static const char *value_words(struct request *request, const struct zone *zone, enum value value,
                               const char *text)
{
    struct text words = {0};
    if (!text || !*text || value == VALUE_NONE)
        return NULL;
    switch (value) {
    case VALUE_ROLE:
        return role_words(request, text);
    case VALUE_FLAG:
        return *text == '1' ? request_text(request, "yes") : request_text(request, "no");
    case VALUE_TIME:
        when_add(&words, request_catalogue(request), zone, WHEN_SHORT, request->now, strtoll(text, NULL, 10));
        break;
    case VALUE_MINUTES:
        when_add_length(&words, request_catalogue(request), strtoll(text, NULL, 10));
        break;
    default:
        text_add(&words, text);
    }
    const char *copy = arena_dup(&request->arena, text_string(&words));
    text_free(&words);
    return copy;
}

json_t *history_line(struct request *request, const struct zone *zone, const struct history_row *row)
{
    json_t *line = json_object();
    enum value value = VALUE_NONE;
    const char *words = row->what;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].what, row->what) == 0) {
            words = request_text(request, acts[i].words);
            value = acts[i].value;
        }
    const char *whom = row->attendee_mail ? view_name(request, row->attendee_name, row->attendee_mail) : NULL;
    json_object_set_new(line, "at", data_time(request, request->zone, WHEN_SHORT, row->at));
    data_text(line, "who", row->who ? row->who : request_options(request)->site->name);
    data_text(line, "what", text_filled(request, words, (struct place[]){{"who", whom}, {NULL, NULL}}));
    data_text(line, "before", value_words(request, zone, value, row->before));
    data_text(line, "after", value_words(request, zone, value, row->after));
    return line;
}

struct gathering {
    struct request *request;
    const struct zone *zone;
    json_t *rows;
};

static bool add_line(const struct history_row *row, void *context)
{
    struct gathering *gathering = context;
    json_array_append_new(gathering->rows, history_line(gathering->request, gathering->zone, row));
    return true;
}

static const char *letter_words(struct request *request, const char *kind)
{
    static const char *const words[][2] = {
        {"invitation", N_("Invitation")},   {"change", N_("What changed")},
        {"role", N_("New role")},           {"people", N_("Who is invited")},
        {"removal", N_("Invited no more")}, {"cancellation", N_("Cancellation")},
        {"reminder", N_("Reminder")},       {"answer", N_("Answer of a guest")},
        {"summary", N_("Attendance")},      {"forward", N_("A reply by mail")},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], kind) == 0)
            return request_text(request, words[i][1]);
    return kind;
}

static bool add_letter(const struct letter_row *row, void *context)
{
    struct gathering *gathering = context;
    struct request *request = gathering->request;
    json_t *line = json_object();
    json_object_set_new(
        line, "at",
        data_time(request, request->zone, WHEN_SHORT, row->done_at ? row->done_at : row->created_at));
    data_text(line, "what", letter_words(request, row->kind));
    data_text(line, "to", view_name(request, row->name, row->to));
    data_text(line, "state", view_letter_state(request, row->state));
    data_text(line, "state_class", row->state);
    data_text(line, "error", strcmp(row->state, "sent") == 0 ? NULL : row->error);
    json_array_append_new(gathering->rows, line);
    return true;
}

static void rows_set(json_t *data, const char *name, json_t *rows)
{
    if (json_array_size(rows))
        json_object_set_new(data, name, json_pack("{s:O}", "items", rows));
    json_decref(rows);
}

int history_add(struct request *request, json_t *data, const struct zone *zone, int64_t meeting)
{
    struct store *store = request_store(request);
    struct gathering history = {request, zone, json_array()}, letters = {request, zone, json_array()};
    int listed = store_list_history(store, meeting, -1, HISTORY_SHOWN, add_line, &history);
    if (listed >= 0)
        listed = store_list_letters(store, meeting, LETTERS_SHOWN, add_letter, &letters);
    rows_set(data, "history", history.rows);
    rows_set(data, "letters", letters.rows);
    return listed;
}
