#include "http/routes.h"
#include "http/view.h"
#include "proto/calendar.h"
#include "proto/when.h"

#include <string.h>

/* A person's calendar, for programs that ask every hour: whoever has it already costs one small query. */

enum { DAY = 86400, BEHIND_DAYS = 90, AHEAD_DAYS = 730, SUFFIX_SIZE = 4 };

struct feed {
    struct request *request;
    struct calendar *calendar;
};

static struct calendar_attendee *feed_attendees(struct request *request, const struct feed_row *row)
{
    struct calendar_attendee *attendees =
        arena_array(&request->arena, row->attendee_count + 1, sizeof *attendees);
    for (size_t i = 0; i < row->attendee_count; i++)
        attendees[i] = (struct calendar_attendee){row->attendees[i].mail, row->attendees[i].name,
                                                  row->attendees[i].role, row->attendees[i].partstat};
    return attendees;
}

/* What the meeting is about, and the reader's own links. */
static const char *feed_description(struct request *request, const struct feed_row *row, const char *join)
{
    struct text text = {0};
    if (row->meeting.description && *row->meeting.description)
        text_addf(&text, "%s\n\n", row->meeting.description);
    if (join)
        text_addf(&text, "%s\n%s\n", request_text(request, "Join:"), join);
    if (join && view_dial_in(request))
        text_addf(&text, "%s %s\n", request_text(request, "By telephone:"), view_dial_in(request));
    if (row->me.id && row->me.role != ROLE_ORGANISER)
        text_addf(&text, "%s\n%s\n", request_text(request, "Answer:"),
                  request_link_url(request, LINK_INVITATION, &row->me.link));
    const char *description = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return description;
}

static bool feed_add(const struct feed_row *row, void *context)
{
    struct feed *feed = context;
    struct request *request = feed->request;
    bool joins = row->me.id && !row->me.removed && row->meeting.status == MEETING_CONFIRMED;
    const char *join = joins ? request_link_url(request, LINK_JOIN, &row->me.link) : NULL;
    struct calendar_event event = {.meeting = &row->meeting,
                                   .zone = view_zone(request, &row->meeting),
                                   .organiser_mail = row->organiser_mail,
                                   .organiser_name = row->organiser_name,
                                   .attendee_count = row->attendee_count,
                                   .attendees = feed_attendees(request, row),
                                   .join_address = join,
                                   .description = feed_description(request, row, join),
                                   .stamp_at = row->changed_at};
    calendar_add(feed->calendar, &event);
    return true;
}

/* The person of LINK.ics; false: the reply is set. */
static bool feed_find(struct request *request)
{
    const char *name = request->arguments[0];
    size_t size = strlen(name);
    struct link_id link;
    int found = 0;
    if (size == LINK_SIZE + SUFFIX_SIZE && strcmp(name + LINK_SIZE, ".ics") == 0 &&
        link_read(request_options(request)->keys, LINK_FEED,
                  arena_dup_bytes(&request->arena, name, LINK_SIZE), &link))
        found = store_find_person_by_link(request_store(request), &link, &request->arena, &request->person);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    return found > 0;
}

/* True when If-None-Match (RFC 9110 13.1.2) names the tag. */
static bool tag_is_known(const struct request *request, const char *tag)
{
    const char *known = request_header(request, "If-None-Match");
    return known && (strcmp(known, "*") == 0 || strstr(known, tag) != NULL);
}

/* Every calendar program pulls it at its own pace; the list's window moves once a day. */
static void feed_render(struct request *request, int64_t today)
{
    const struct site *site = request_options(request)->site;
    const char *name =
        request->person.name && *request->person.name ? request->person.name : request->person.mail;
    const char *title = arena_printf(&request->arena, "%s – %s", site->name, name);
    struct feed feed = {request, calendar_open(CALENDAR_PUBLISH, title)};
    int listed =
        store_list_feed(request_store(request), request->person.mail, today - (int64_t)BEHIND_DAYS * DAY,
                        today + (int64_t)AHEAD_DAYS * DAY, feed_add, &feed);
    reply_begin(request, 200, "text/calendar; charset=utf-8");
    calendar_close(feed.calendar, &request->reply.body);
    if (listed < 0)
        page_unavailable(request);
}

void feed_get(struct request *request)
{
    const struct http_options *options = request_options(request);
    int64_t changed_at = 0, today = request->now / DAY * DAY;
    if (!feed_find(request))
        return;
    const char *language = request->person.language ? request->person.language : options->site->language;
    request->catalogue = catalogues_find(options->catalogues, language);
    if (store_feed_changed(request_store(request), request->person.mail, &changed_at) < 0) {
        page_unavailable(request);
        return;
    }
    const char *tag = arena_printf(&request->arena, "\"%llx-%llx-%s-" JMB_VERSION "\"", (long long)changed_at,
                                   (long long)(today / DAY), catalogue_language(request->catalogue));
    /* What changes within the same second has the same tag: as long as this one lasts, nobody gets it. */
    bool settled = changed_at < request->now;
    if (settled && tag_is_known(request, tag))
        reply_begin(request, 304, NULL);
    else
        feed_render(request, today);
    if (request->reply.status >= 400)
        return;
    if (settled)
        reply_header(request, "ETag", tag);
    request->reply.cache = "private, no-cache";
    request->reply.referrer = "no-referrer";
}
