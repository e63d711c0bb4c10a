#include "http/view.h"

#include "proto/addresses.h"
#include "proto/when.h"

#include <string.h>

enum { SOON = 3600 /* seconds before the start that a page counts down */ };

enum view_state view_state(const struct meeting *meeting, int64_t now)
{
    if (meeting->status == MEETING_CANCELLED)
        return VIEW_CANCELLED;
    if (now >= meeting->ends_at)
        return VIEW_OVER;
    return now >= meeting->starts_at ? VIEW_LIVE : VIEW_COMING;
}

int64_t view_opens_at(const struct meeting *meeting, enum role role)
{
    const struct meeting_options *options = &meeting->options;
    return meeting->starts_at - (role == ROLE_GUEST ? options->guests_before : options->opens_before);
}

int64_t view_closes_at(const struct meeting *meeting)
{
    return meeting->ends_at + meeting->options.grace;
}

bool view_is_open(const struct meeting *meeting, enum role role, int64_t now)
{
    return meeting->status == MEETING_CONFIRMED && now >= view_opens_at(meeting, role) &&
           now < view_closes_at(meeting);
}

const struct zone *view_zone(struct request *request, const struct meeting *meeting)
{
    const struct zone *zone = meeting->tz ? zones_find(request_options(request)->zones, meeting->tz) : NULL;
    return zone ? zone : request->zone;
}

const char *view_role(struct request *request, enum role role)
{
    static const char *const words[] = {
        [ROLE_GUEST] = N_("Guest"), [ROLE_MODERATOR] = N_("Moderator"), [ROLE_ORGANISER] = N_("Organiser")};
    return request_text(request, words[role]);
}

const char *view_answer(struct request *request, enum partstat partstat)
{
    static const char *const words[] = {[PARTSTAT_NEEDS_ACTION] = N_("No answer yet"),
                                        [PARTSTAT_ACCEPTED] = N_("Accepted"),
                                        [PARTSTAT_TENTATIVE] = N_("Maybe"),
                                        [PARTSTAT_DECLINED] = N_("Declined")};
    return request_text(request, words[partstat]);
}

void view_add_length(struct text *text, const struct catalogue *catalogue, const struct meeting *meeting)
{
    int64_t seconds = meeting->ends_at - meeting->starts_at;
    when_add_length(text, catalogue, seconds < 60 ? seconds : (seconds + 30) / 60 * 60);
}

const char *view_letter_state(struct request *request, const char *state)
{
    static const char *const words[][2] = {{"sent", N_("Mail sent")},
                                           {"waiting", N_("Mail on its way")},
                                           {"failed", N_("Not delivered")},
                                           {"bounced", N_("Came back")}};
    for (size_t i = 0; state && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], state) == 0)
            return request_text(request, words[i][1]);
    return NULL;
}

void view_add_address(struct text *text, const char *name, const char *mail)
{
    if (!name || !*name) {
        text_addf(text, "%s\n", mail);
        return;
    }
    text_add(text, "\"");
    for (const char *at = name; *at; at++) {
        if (*at == '"' || *at == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *at);
    }
    text_addf(text, "\" <%s>\n", mail);
}

const char *view_state_words(struct request *request, const struct meeting *meeting, const char **class)
{
    struct text left = {0};
    int64_t wait = meeting->starts_at - request->now;
    const char *words = NULL;
    switch (view_state(meeting, request->now)) {
    case VIEW_CANCELLED:
        *class = "cancelled";
        return request_text(request, "Cancelled");
    case VIEW_LIVE:
        *class = "live";
        return request_text(request, "Live now");
    case VIEW_OVER:
        *class = "over";
        return request_text(request, "Over");
    case VIEW_COMING:
        break;
    }
    *class = "soon";
    if (wait <= SOON) {
        when_add_length(&left, request_catalogue(request), wait < 60 ? wait : wait / 60 * 60);
        words = text_filled(request, request_text(request, "Starts in {length}"),
                            (struct place[]){{"length", text_string(&left)}, {NULL, NULL}});
        text_free(&left);
    }
    return words;
}

/* For the script, which adds the time on the reader's own clock where that is another. */
static json_t *view_local(struct request *request, const struct meeting *meeting, const struct zone *zone)
{
    struct text text = {0};
    json_t *data = json_object();
    when_add_machine(&text, meeting->starts_at);
    data_text(data, "from", text_string(&text));
    text_clear(&text);
    when_add_machine(&text, meeting->ends_at);
    data_text(data, "until", text_string(&text));
    text_free(&text);
    data_text(data, "zone", zone_name(zone));
    data_text(data, "words", request_text(request, "for you: {time}"));
    return data;
}

const char *view_dial_in(struct request *request)
{
    return site_dial_in(request_options(request)->site, catalogue_language(request_catalogue(request)));
}

json_t *view_meeting(struct request *request, const struct meeting *meeting)
{
    const struct zone *zone = view_zone(request, meeting);
    const char *class = NULL, *state = view_state_words(request, meeting, &class);
    struct text text = {0};
    json_t *data = json_object();
    data_text(data, "subject", meeting->subject);
    data_text(data, "description", meeting->description);
    data_text(data, "language", meeting->language); /* of what people wrote */
    json_object_set_new(data, "when",
                        data_span(request, zone, WHEN_LONG, meeting->starts_at, meeting->ends_at));
    json_object_set_new(data, "local", view_local(request, meeting, zone));
    when_add_zone(&text, zone, meeting->starts_at);
    data_text(data, "zone", text_string(&text));
    text_clear(&text);
    view_add_length(&text, request_catalogue(request), meeting);
    data_text(data, "length", text_string(&text));
    text_free(&text);
    data_text(data, "href", request_path(request, "/meetings/%s", meeting->ref));
    data_text(data, "state", state);
    data_text(data, "state_class", class);
    data_true(data, "cancelled", meeting->status == MEETING_CANCELLED);
    if (meeting->status == MEETING_CONFIRMED && request->now < view_closes_at(meeting))
        data_text(data, "dial_in", view_dial_in(request));
    data_true(data, "live", view_state(meeting, request->now) == VIEW_LIVE);
    data_true(data, "over", view_state(meeting, request->now) == VIEW_OVER);
    return data;
}

const char *view_name(struct request *request, const char *name, const char *mail)
{
    return name && *name ? name : address_show(&request->arena, mail);
}

void view_shared(struct request *request, json_t *data, const char *address, const char *code,
                 const char *title)
{
    json_t *shared = json_object();
    data_text(shared, "address", address);
    data_text(shared, "code", code);
    data_text(shared, "title", title ? title : request_options(request)->site->name);
    json_object_set_new(data, "shared", shared);
}

void view_feed(struct request *request, json_t *data)
{
    const char *feed = request_link_url(request, LINK_FEED, &request->person.link);
    data_text(data, "feed", feed);
    data_text(data, "feed_organised", arena_printf(&request->arena, "%s?only=organised", feed));
    if (!request_options(request)->feed.alarms)
        return;
    data_text(data, "feed_quiet", arena_printf(&request->arena, "%s?alarms=no", feed));
    data_text(data, "feed_both", arena_printf(&request->arena, "%s?only=organised&alarms=no", feed));
}

const char *view_language(const char *language)
{
    static const char *const names[][2] = {{"en", "English"}, {"fr", "Français"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], language) == 0)
            return names[i][1];
    return language;
}

void view_people_field(json_t *data)
{
    data_text(data, "count", "{count}");
    data_text(data, "name", "{name}");
    data_text(data, "mail_shown", "{mail_shown}");
}
