#include "http/event.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/calendar.h"
#include "proto/http_date.h"
#include "sql/store_feeds.h"

#include <string.h>

/* A person's calendar, for programs that ask every hour: whoever has it already costs one small query. */

enum { DAY = 86400, SUFFIX_SIZE = 4, CANCELLED_DAYS = 30 };

struct feed {
    struct request *request;
    struct calendar *calendar;
    struct feed_query query;
    int64_t today, changed_at; /* midnight in UTC; the newest change of what it shows */
    const struct zone *zone;
    bool alarms; /* as configured, but not with ?alarms=no */
    /* of each event, written over the one before */
    struct text join, answer, description;
    struct event_words words;
};

static const char *feed_link(struct feed *feed, struct text *text, enum link_purpose purpose,
                             const struct link_id *id)
{
    const struct http_options *options = request_options(feed->request);
    text_clear(text);
    site_add_link(text, options->site, options->keys, purpose, id);
    return text_string(text);
}

/* The meeting's reminders that are still to come, into `alarms`; none for who does not come. */
static int feed_alarms(const struct feed *feed, const struct feed_row *row, int alarms[REMINDERS_MAX])
{
    const int *reminders = row->meeting.options.mail_reminders;
    int count = 0;
    if (!feed->alarms || row->partstat == PARTSTAT_DECLINED)
        return 0;
    for (size_t i = 0; i < REMINDERS_MAX && reminders[i] > 0; i++) {
        if (row->meeting.starts_at - reminders[i] > feed->request->now)
            alarms[count++] = reminders[i];
    }
    return count;
}

/* Mostly it is the zone of the event before. */
static const struct zone *feed_zone(struct feed *feed, const struct meeting *meeting)
{
    if (!feed->zone || !meeting->tz || strcmp(zone_name(feed->zone), meeting->tz) != 0)
        feed->zone = view_zone(feed->request, meeting);
    return feed->zone;
}

static bool feed_add(const struct feed_row *row, void *context)
{
    struct feed *feed = context;
    int alarms[REMINDERS_MAX];
    const char *join =
        row->meeting.status == MEETING_CONFIRMED ? feed_link(feed, &feed->join, LINK_JOIN, &row->link) : NULL;
    const char *answer =
        row->role != ROLE_ORGANISER ? feed_link(feed, &feed->answer, LINK_INVITATION, &row->link) : NULL;
    event_describe(&feed->words, &row->meeting, join, answer, &feed->description);
    struct calendar_event event = {.meeting = &row->meeting,
                                   .zone = feed_zone(feed, &row->meeting),
                                   .organiser_mail = row->organiser_mail,
                                   .organiser_name = row->organiser_name,
                                   .attendee_count = row->attendee_count,
                                   .attendees = row->attendees,
                                   .join_address = join,
                                   .description = text_string(&feed->description),
                                   .time = event_time(&row->meeting, row->partstat),
                                   .stamp_at = row->changed_at,
                                   .alarm_count = feed_alarms(feed, row, alarms),
                                   .alarms = alarms};
    calendar_add(feed->calendar, &event);
    return true;
}

/* True when the address says ?name=value. */
static bool feed_option(const struct request *request, const char *name, const char *value)
{
    const char *given = request_parameter(request, name);
    return given && strcmp(given, value) == 0;
}

/* What the address asks for. The window moves once a day, and has the whole of its first and its last day;
 * what was cancelled goes when its day is over everywhere, or sooner when that is far away. */
static void feed_open(struct feed *feed, struct request *request)
{
    const struct feed_options *options = &request_options(request)->feed;
    int64_t today = request->now / DAY * DAY;
    *feed = (struct feed){.request = request,
                          .today = today,
                          .query = {.person = &request->person,
                                    .only_organised = feed_option(request, "only", "organised"),
                                    .from = today - options->past,
                                    .to = today + options->ahead + DAY,
                                    .cancelled_from = today - DAY,
                                    .cancelled_since = today - (int64_t)CANCELLED_DAYS * DAY},
                          .alarms = options->alarms && !feed_option(request, "alarms", "no")};
}

/* The person of LINK.ics, and when the feed changed; false: the reply is set. */
static bool feed_find(struct feed *feed)
{
    struct request *request = feed->request;
    const char *name = request->arguments[0];
    size_t size = strlen(name);
    struct link_id link;
    int found = 0;
    if (size == LINK_SIZE + SUFFIX_SIZE && strcmp(name + LINK_SIZE, ".ics") == 0 &&
        link_read(request_options(request)->keys, LINK_FEED,
                  arena_dup_bytes(&request->arena, name, LINK_SIZE), &link))
        found = store_find_feed(request_store(request), &link, feed->query.cancelled_from, feed->query.to,
                                &request->arena, &request->person, &feed->changed_at);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    return found > 0;
}

/* A step of FNV-1a. */
static uint64_t feed_hash(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x100000001B3);
}

static uint64_t feed_hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = feed_hash(hash, (unsigned char)*text);
    return feed_hash(hash, 0);
}

/* Two feeds with the same tag say the same: it is made of all that shows in one. Weak: alarms that went by
 * since are the one thing that may differ. */
static const char *feed_tag(const struct feed *feed)
{
    static const char digits[] = "0123456789abcdef";
    struct request *request = feed->request;
    const struct site *site = request_options(request)->site;
    const struct person *person = &request->person;
    const char *texts[] = {JMB_VERSION,          catalogue_language(request->catalogue),
                           person->mail,         person->name,
                           site->name,           site->url,
                           view_dial_in(request)};
    const int64_t numbers[] = {feed->changed_at, feed->query.from, feed->query.to, feed->alarms,
                               feed->query.only_organised};
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        hash = feed_hash(hash, (uint64_t)numbers[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hash = feed_hash_text(hash, texts[i]);
    char *tag = arena_dup(&request->arena, "W/\"0123456789abcdef\"");
    for (size_t i = 0; i < 16; i++, hash >>= 4)
        tag[3 + i] = digits[hash & 15];
    return tag;
}

/* True when If-None-Match (RFC 9110 13.1.2) names the tag or, without it, nothing changed since
 * If-Modified-Since (13.1.3). A date in the future is of a clock that goes wrong. */
static bool feed_is_known(const struct request *request, const char *tag, int64_t modified_at)
{
    const char *known = request_header(request, "If-None-Match");
    const char *since = request_header(request, "If-Modified-Since");
    int64_t since_at;
    if (known)
        return strcmp(known, "*") == 0 || strstr(known, tag + 2) != NULL; /* weak or not (8.8.3.2) */
    return since && http_date_read(since, &since_at) && modified_at <= since_at && since_at <= request->now;
}

static void feed_render(struct feed *feed)
{
    struct request *request = feed->request;
    event_words_open(&feed->words, request);
    const char *title = arena_printf(&request->arena, "%s – %s", request_options(request)->site->name,
                                     view_name(request, request->person.name, request->person.mail));
    feed->calendar = calendar_open(CALENDAR_PUBLISH, title);
    int listed = store_list_feed(request_store(request), &feed->query, feed_add, feed);
    reply_begin(request, 200, "text/calendar; charset=utf-8");
    calendar_close(feed->calendar, &request->reply.body);
    text_free(&feed->join);
    text_free(&feed->answer);
    text_free(&feed->description);
    if (listed < 0)
        page_unavailable(request);
}

/* For Last-Modified: the newest of what changes a feed, which are its meetings, the day, and the
 * configuration, read at the start. */
static int64_t feed_modified(const struct feed *feed)
{
    int64_t started_at = request_started_at(feed->request);
    int64_t newest = feed->changed_at > feed->today ? feed->changed_at : feed->today;
    return newest > started_at ? newest : started_at;
}

static void feed_name_version(struct request *request, const char *tag, int64_t modified_at)
{
    struct text modified = {0};
    http_date_add(&modified, modified_at);
    reply_header(request, "ETag", tag);
    reply_header(request, "Last-Modified", arena_dup(&request->arena, text_string(&modified)));
    text_free(&modified);
}

void feed_get(struct request *request)
{
    const struct http_options *options = request_options(request);
    struct feed feed;
    feed_open(&feed, request);
    if (!feed_find(&feed))
        return;
    const char *language = request->person.language ? request->person.language : options->site->language;
    request->catalogue = catalogues_find(options->catalogues, language);
    const char *tag = feed_tag(&feed);
    int64_t modified_at = feed_modified(&feed);
    /* What changes within the same second has the same tag: as long as this one lasts, nobody gets it. */
    bool settled = modified_at < request->now;
    if (settled && feed_is_known(request, tag, modified_at))
        reply_begin(request, 304, NULL);
    else
        feed_render(&feed);
    if (request->reply.status >= 400)
        return;
    if (settled)
        feed_name_version(request, tag, modified_at);
    request->reply.cache = "private, no-cache";
    request->reply.referrer = "no-referrer";
}
