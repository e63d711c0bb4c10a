#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/addresses.h"

#include <string.h>

/* What a person chooses: language, zone, mail; who stands for them; the feed's address; sessions. */

enum {
    ORGANISED_MOST = 20, /* meetings shown of each whom one stands for */
    SEARCHED_MOST = 200,
    AHEAD_MOST = 366 * 86400, /* seconds */
};

/* What is wrong, to be shown beside its field. */
struct settings_error {
    const char *field, *text;
};

struct languages {
    struct request *request;
    json_t *choices;
};

/* What was typed: with an error beside it, or kept over the end of a session; else what is stored. */
static const char *settings_value(const struct request *request, const char *name, const char *stored)
{
    const char *typed = form_get(&request->form, name);
    if (!typed)
        return stored;
    return *typed ? typed : NULL;
}

static void languages_add(const struct catalogue *catalogue, void *context)
{
    struct languages *languages = context;
    const char *language = catalogue_language(catalogue),
               *own = settings_value(languages->request, "language", languages->request->person.language);
    json_t *choice = json_object();
    data_text(choice, "value", language);
    data_text(choice, "label", view_language(language));
    data_true(choice, "selected", own && strcmp(own, language) == 0);
    json_array_append_new(languages->choices, choice);
}

static bool people_add(const struct person *person, void *context)
{
    struct languages *people = context;
    json_t *data = json_object();
    data_text(data, "name", view_name(people->request, person->name, person->mail));
    data_text(data, "mail", address_show(&people->request->arena, person->mail));
    data_text(data, "address", person->mail);
    json_array_append_new(people->choices, data);
    return true;
}

/* The coming meetings that a principal organises, for whoever stands for them. */
struct organised {
    struct request *request;
    int64_t organiser;
    json_t *items;
};

static bool organised_add(const struct meeting_row *row, void *context)
{
    struct organised *organised = context;
    struct request *request = organised->request;
    const struct meeting *meeting = &row->meeting;
    if (meeting->organiser == organised->organiser && meeting->status == MEETING_CONFIRMED) {
        json_t *item = json_object();
        data_text(item, "subject", meeting->subject);
        data_text(item, "href", request_path(request, "/meetings/%s", meeting->ref));
        const struct zone *zone = view_zone(request, meeting);
        json_object_set_new(item, "when",
                            data_span(request, zone, WHEN_LONG, meeting->starts_at, meeting->ends_at));
        if (zone != request->zone)
            data_text(item, "zone", zone_name(zone));
        json_array_append_new(organised->items, item);
    }
    return json_array_size(organised->items) < ORGANISED_MOST;
}

static bool principals_add(const struct person *person, void *context)
{
    struct languages *people = context;
    struct request *request = people->request;
    struct organised organised = {request, person->id, json_array()};
    const struct meeting_query query = {
        .mail = person->mail, .from = request->now, .to = request->now + AHEAD_MOST, .limit = SEARCHED_MOST};
    people_add(person, people);
    store_list_meetings(request_store(request), &query, organised_add, &organised);
    if (json_array_size(organised.items))
        json_object_set_new(json_array_get(people->choices, json_array_size(people->choices) - 1), "meetings",
                            json_pack("{s:O}", "items", organised.items));
    json_decref(organised.items);
    return true;
}

/* Deputies and principals into data. < 0: the store is broken. */
static int data_people(struct request *request, json_t *data)
{
    struct languages deputies = {request, json_array()}, principals = {request, json_array()};
    int64_t me = request->person.id;
    int listed = store_list_deputies(request_store(request), me, people_add, &deputies);
    if (listed >= 0 && store_list_principals(request_store(request), me, principals_add, &principals) < 0)
        listed = -1;
    if (json_array_size(deputies.choices))
        json_object_set_new(data, "deputies", json_pack("{s:O}", "items", deputies.choices));
    if (json_array_size(principals.choices))
        json_object_set_new(data, "principals", json_pack("{s:O}", "items", principals.choices));
    json_decref(deputies.choices);
    json_decref(principals.choices);
    return listed;
}

static const char *done_text(struct request *request)
{
    static const char *const words[][2] = {
        {"saved", N_("Your settings are stored.")},
        {"added", N_("Your deputy can see, change and cancel your meetings from now on.")},
        {"removed", N_("This person does not stand for you any more.")},
        {"renewed",
         N_("Your calendar has a new address. The old one is no more: subscribe to the new one.")}};
    const char *done = request_parameter(request, "done");
    for (size_t i = 0; done && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], done) == 0)
            return request_text(request, words[i][1]);
    return NULL;
}

static void settings_show(struct request *request, int status, const struct settings_error *error)
{
    const struct site *site = request_options(request)->site;
    json_t *data = json_object();
    struct languages languages = {request, json_array()};
    if (data_people(request, data) < 0) {
        json_decref(languages.choices);
        json_decref(data);
        page_unavailable(request);
        return;
    }
    catalogues_each(request_options(request)->catalogues, languages_add, &languages);
    json_object_set_new(data, "languages", languages.choices);
    data_text(data, "title",
              error ? request_text(request, "Settings: please check") : request_text(request, "Settings"));
    data_text(data, "mail", address_show(&request->arena, request->person.mail));
    data_text(data, "site_language", view_language(site->language));
    data_text(data, "site_tz", site->tz);
    data_text(data, "tz", settings_value(request, "tz", request->person.tz));
    data_text(data, "zones", page_zone_options(request));
    data_text(data, "deputy", request_field(request, "deputy"));
    data_true(data, "answer_mails",
              form_get(&request->form, "tz") ? strcmp(request_field(request, "answer_mails"), "yes") == 0
                                             : request->person.answer_mails);
    view_feed(request, data);
    data_text(data, "done", error ? NULL : done_text(request));
    if (error)
        json_object_set_new(data, "error",
                            json_pack("{s:s, s:s, s:b}", "field", error->field, "text", error->text, "deputy",
                                      strcmp(error->field, "deputy") == 0));
    page_render(request, status, "settings.html", data);
}

void settings_get(struct request *request)
{
    settings_show(request, 200, NULL);
}

/* Goes back to the page, which says what was done; `done` < 0: the store is broken. */
static void settings_done(struct request *request, int done, const char *word)
{
    if (done < 0)
        page_unavailable(request);
    else
        reply_redirect(request, 303, request_path(request, "/settings?done=%s", word));
}

static void settings_refuse(struct request *request, const char *field, const char *text)
{
    settings_show(request, 422, &(struct settings_error){field, text});
}

static bool settings_knows_language(const struct catalogues *catalogues, const char *language)
{
    return strcmp(catalogue_language(catalogues_find(catalogues, language)), language) == 0;
}

void settings_post(struct request *request)
{
    const struct http_options *options = request_options(request);
    const char *language = request_field(request, "language"), *tz = request_field(request, "tz");
    struct person person = {.id = request->person.id,
                            .language = *language ? language : NULL,
                            .tz = *tz ? tz : NULL,
                            .answer_mails = strcmp(request_field(request, "answer_mails"), "yes") == 0};
    if (person.tz && !zones_find(options->zones, tz))
        settings_refuse(request, "tz", request_text(request, "This time zone is not known here."));
    else if (person.language && !settings_knows_language(options->catalogues, language))
        settings_refuse(request, "language", request_text(request, "This language is not known here."));
    else
        settings_done(request, store_set_person(request_store(request), &person, request->now), "saved");
}

/* Somebody of this site who may book, by any of the addresses; NULL: the reply is set. */
static const struct person *deputy_read(struct request *request)
{
    const char *mail = address_read_one(&request->arena, request_field(request, "deputy"));
    struct person *person = arena_alloc(&request->arena, sizeof *person);
    int found = mail ? store_resolve_address(request_store(request), mail, &request->arena, person) : 0;
    if (found < 0)
        page_unavailable(request);
    else if (!mail)
        settings_refuse(request, "deputy",
                        request_text(request, "This is not a mail address. Write it like name@example.org."));
    else if (found == 0 || !auth_person_may_book(request, person))
        settings_refuse(request, "deputy",
                        request_text(request,
                                     "Nobody who books meetings here has this address. A colleague who "
                                     "never signed in has to do so once."));
    else if (person->id == request->person.id)
        settings_refuse(request, "deputy", request_text(request, "That is you yourself."));
    else
        return person;
    return NULL;
}

void settings_post_deputy(struct request *request)
{
    const struct person *deputy = deputy_read(request);
    if (deputy)
        settings_done(request,
                      store_add_deputy(request_store(request), &request->person, deputy, request->now),
                      "added");
}

void settings_post_deputy_gone(struct request *request)
{
    struct person person;
    int done =
        store_find_person(request_store(request), request_field(request, "deputy"), &request->arena, &person);
    if (done > 0)
        done = store_remove_deputy(request_store(request), &request->person, &person, request->now);
    settings_done(request, done, "removed");
}

void settings_post_feed(struct request *request)
{
    settings_done(request, store_renew_feed(request_store(request), request->person.id, request->now),
                  "renewed");
}
