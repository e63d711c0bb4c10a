#include "http/routes.h"
#include "http/view.h"
#include "proto/calendar.h"
#include "proto/when.h"

#include <string.h>
#include <time.h>

/* A person's calendar, for programs that ask every hour: whoever has it already costs one small query. */

enum { DAY = 86400, SUFFIX_SIZE = 4 };

struct feed {
    struct request *request;
    struct calendar *calendar;
    bool only_organised; /* ?only=organised: the invitations are in the calendar already, by mail */
    bool alarms;         /* as configured, but not with ?alarms=no */
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

/* The meeting's reminders that are still to come, into `alarms`; none for who does not come. */
static int feed_alarms(const struct feed *feed, const struct feed_row *row, int alarms[REMINDERS_MAX])
{
    const int *reminders = row->meeting.options.mail_reminders;
    int count = 0;
    if (!feed->alarms || row->me.partstat == PARTSTAT_DECLINED)
        return 0;
    for (size_t i = 0; i < REMINDERS_MAX && reminders[i] > 0; i++) {
        if (row->meeting.starts_at - reminders[i] > feed->request->now)
            alarms[count++] = reminders[i];
    }
    return count;
}

static bool feed_add(const struct feed_row *row, void *context)
{
    struct feed *feed = context;
    struct request *request = feed->request;
    int alarms[REMINDERS_MAX];
    if (feed->only_organised && row->me.role != ROLE_ORGANISER)
        return true;
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
                                   .stamp_at = row->changed_at,
                                   .alarm_count = feed_alarms(feed, row, alarms),
                                   .alarms = alarms};
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

/* True when If-None-Match (RFC 9110 13.1.2) names the tag or, without it, If-Modified-Since repeats what
 * Last-Modified was. */
static bool feed_is_known(const struct request *request, const char *tag, const char *modified)
{
    const char *known = request_header(request, "If-None-Match");
    const char *since = request_header(request, "If-Modified-Since");
    if (known)
        return strcmp(known, "*") == 0 || strstr(known, tag) != NULL;
    return since && strcmp(since, modified) == 0;
}

/* A time as HTTP has it (RFC 9110 5.6.7), whatever the locale. */
static const char *feed_date(struct request *request, int64_t at)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = at;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return arena_printf(&request->arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
                        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* True when the address says ?name=value. */
static bool feed_option(const struct request *request, const char *name, const char *value)
{
    const char *given = request_parameter(request, name);
    return given && strcmp(given, value) == 0;
}

/* Every calendar program pulls it at its own pace; the list's window moves once a day, and has the whole of
 * its first and its last day. */
static void feed_render(struct feed *feed, int64_t today)
{
    struct request *request = feed->request;
    const struct site *site = request_options(request)->site;
    const char *name =
        request->person.name && *request->person.name ? request->person.name : request->person.mail;
    const char *title = arena_printf(&request->arena, "%s – %s", site->name, name);
    feed->calendar = calendar_open(CALENDAR_PUBLISH, title);
    const struct feed_options *options = &request_options(request)->feed;
    int listed = store_list_feed(request_store(request), request->person.mail, today - options->past,
                                 today + options->ahead + DAY, feed_add, feed);
    reply_begin(request, 200, "text/calendar; charset=utf-8");
    calendar_close(feed->calendar, &request->reply.body);
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
    struct feed feed = {.request = request,
                        .only_organised = feed_option(request, "only", "organised"),
                        .alarms = options->feed.alarms && !feed_option(request, "alarms", "no")};
    const char *tag = arena_printf(&request->arena, "\"%llx-%llx-%s-%d%d-" JMB_VERSION "\"",
                                   (long long)changed_at, (long long)(today / DAY),
                                   catalogue_language(request->catalogue), feed.only_organised, feed.alarms);
    const char *modified = feed_date(request, changed_at > today ? changed_at : today);
    /* What changes within the same second has the same tag: as long as this one lasts, nobody gets it. */
    bool settled = changed_at < request->now;
    if (settled && feed_is_known(request, tag, modified))
        reply_begin(request, 304, NULL);
    else
        feed_render(&feed, today);
    if (request->reply.status >= 400)
        return;
    /* Weak: alarms that went by since are the one thing that may differ. */
    if (settled) {
        reply_header(request, "ETag", arena_printf(&request->arena, "W/%s", tag));
        reply_header(request, "Last-Modified", modified);
    }
    request->reply.cache = "private, no-cache";
    request->reply.referrer = "no-referrer";
}
