/* What the templates of letters may show: docs/letters.md has the names. */
#include "component/letter_parts.h"
#include "proto/addresses.h"
#include "proto/when.h"
#include "sql/store_meetings.h"

#include <string.h>

const char *letter_name(struct letter_facts *facts, const char *name, const char *mail)
{
    return name && *name ? name : address_show(&facts->arena, mail);
}

char *letter_link(const struct letters *letters, struct letter_facts *facts, enum link_purpose purpose,
                  const struct link_id *id)
{
    struct text text = {0};
    site_add_link(&text, letters->options.site, letters->options.keys, purpose, id);
    char *link = arena_dup(&facts->arena, text_string(&text));
    text_free(&text);
    return link;
}

const struct zone *letter_zone(const struct letters *letters, const char *name)
{
    const struct zones *zones = letters->options.zones;
    const struct zone *zone = name ? zones_find(zones, name) : NULL;
    if (!zone)
        zone = zones_find(zones, letters->options.site->tz);
    return zone ? zone : zones_find(zones, "UTC");
}

/* A text that is not UTF-8 (none comes from the store) is left out rather than the letter. */
void letter_put(json_t *into, const char *name, const char *value)
{
    if (value && *value)
        json_object_set_new(into, name, json_string(value));
}

void letter_put_text(json_t *into, const char *name, struct text *text)
{
    letter_put(into, name, text_string(text));
    text_free(text);
}

void letter_put_true(json_t *into, const char *name, bool value)
{
    json_object_set_new(into, name, json_boolean(value));
}

/* A template for HTML has no other way to keep the line ends. */
static void put_lines(json_t *into, const char *name, const char *text)
{
    json_t *lines = json_array();
    while (text && *text) {
        size_t size = strcspn(text, "\r\n");
        json_array_append_new(lines, json_stringn(text, size));
        text += size;
        if (text[0] == '\r' && text[1] == '\n')
            text++;
        if (*text)
            text++;
    }
    json_object_set_new(into, name, lines);
}

/* One language that the reader may have rather, with the page of the invitation in it. */
struct others {
    json_t *list;
    struct letter_facts *facts;
};

static void put_other(const struct catalogue *catalogue, void *context)
{
    const struct others *others = context;
    const char *language = catalogue_language(catalogue);
    if (strcmp(language, catalogue_language(others->facts->catalogue)) == 0)
        return;
    json_t *other = json_object();
    letter_put(other, "language", language);
    letter_put(other, "sentence", _(catalogue, "This invitation in English"));
    letter_put(other, "address",
               arena_printf(&others->facts->arena, "%s?lang=%s", others->facts->answer, language));
    json_array_append_new(others->list, other);
}

static void put_site(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const struct site *site = letters->options.site;
    const char *language = catalogue_language(facts->catalogue);
    letter_put(into, "language", language);
    letter_put_true(into, arena_printf(&facts->arena, "language_%s", language), true);
    letter_put(into, "site_name", site->name);
    letter_put(into, "site_url", site->url);
    letter_put(into, "contact", site->contact);
    letter_put(into, "dial_in", site_dial_in(site, language));
    letter_put(into, "to", address_show(&facts->arena, facts->letter->to));
    letter_put_true(into, "replies", letters->options.reply_address);
    struct others others = {json_array(), facts};
    if (facts->outsider && facts->answer)
        catalogues_each(letters->options.catalogues, put_other, &others);
    json_object_set_new(into, "others", others.list);
}

/* From when the reader's link opens the room: the time, with the day when it is not that of the start. */
static void put_opening(json_t *into, const struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    int before =
        facts->attendee.role == ROLE_GUEST ? meeting->options.guests_before : meeting->options.opens_before;
    int64_t at = meeting->starts_at - before;
    struct wall opens = zone_wall(facts->zone, at), starts = zone_wall(facts->zone, meeting->starts_at);
    struct text text = {0};
    when_add(&text, facts->catalogue, facts->zone, opens.day == starts.day ? WHEN_TIME : WHEN_SHORT,
             facts->now, at);
    letter_put_text(into, "opens", &text);
}

/* `when` in its two parts, where it has just two, so that HTML can keep each on a line. */
static void put_hours(json_t *into, const struct letter_facts *facts, const char *when)
{
    const struct meeting *meeting = &facts->meeting;
    struct text day = {0}, hours = {0}, both = {0};
    when_add(&day, facts->catalogue, facts->zone, WHEN_DATE, facts->now, meeting->starts_at);
    when_add_span(&hours, facts->catalogue, facts->zone, WHEN_TIME, facts->now, meeting->starts_at,
                  meeting->ends_at);
    text_addf(&both, "%s, %s", text_string(&day), text_string(&hours));
    if (strcmp(text_string(&both), when) == 0) {
        letter_put(into, "when_day", text_string(&day));
        letter_put(into, "when_hours", text_string(&hours));
    }
    text_free(&day);
    text_free(&hours);
    text_free(&both);
}

static void put_times(json_t *into, const struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    struct text text = {0};
    when_add_span(&text, facts->catalogue, facts->zone, WHEN_LONG, facts->now, meeting->starts_at,
                  meeting->ends_at);
    put_hours(into, facts, text_string(&text));
    letter_put_text(into, "when", &text);
    when_add(&text, facts->catalogue, facts->zone, WHEN_SHORT, facts->now, meeting->starts_at);
    letter_put_text(into, "when_short", &text);
    when_add(&text, facts->catalogue, facts->zone, WHEN_RELATIVE, facts->now, meeting->starts_at);
    letter_put_text(into, "when_near", &text);
    when_add_zone(&text, facts->zone, meeting->starts_at);
    letter_put_text(into, "zone", &text);
    when_add_machine(&text, meeting->starts_at);
    letter_put_text(into, "starts", &text);
    put_opening(into, facts);
}

static void put_words(json_t *into, const struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    letter_put(into, "subject", meeting->subject);
    letter_put(into, "description", meeting->description);
    put_lines(into, "lines", meeting->description);
    put_lines(into, "reason_lines", meeting->cancel_reason);
    letter_put(into, "reason", meeting->cancel_reason);
    letter_put_true(into, "has_description", meeting->description && *meeting->description);
    letter_put(into, "meeting_language", meeting->language);
    letter_put_true(into, "is_cancelled", facts->told.status == TOLD_CANCELLED);
    letter_put(into, "password", meeting->options.password);
}

static void put_answer(json_t *into, enum partstat partstat)
{
    letter_put_true(into, "is_accepted", partstat == PARTSTAT_ACCEPTED);
    letter_put_true(into, "is_tentative", partstat == PARTSTAT_TENTATIVE);
    letter_put_true(into, "is_declined", partstat == PARTSTAT_DECLINED);
    letter_put_true(into, "is_unanswered", partstat == PARTSTAT_NEEDS_ACTION);
}

/* The reader's own addresses, and what they answered. */
static void put_reader(json_t *into, struct letter_facts *facts)
{
    enum role role = facts->attendee.role;
    letter_put(into, "join", facts->join);
    letter_put(into, "answer", facts->answer);
    letter_put(into, "stop", facts->stop);
    if (facts->answer) {
        letter_put(into, "accept", arena_printf(&facts->arena, "%s?answer=accepted", facts->answer));
        letter_put(into, "maybe", arena_printf(&facts->arena, "%s?answer=tentative", facts->answer));
        letter_put(into, "decline", arena_printf(&facts->arena, "%s?answer=declined", facts->answer));
    }
    letter_put_true(into, "is_organiser", facts->to_organiser);
    letter_put_true(into, "is_moderator", !facts->to_organiser && role == ROLE_MODERATOR);
    letter_put_true(into, "is_guest", !facts->to_organiser && role == ROLE_GUEST);
    put_answer(into, facts->attendee.partstat);
}

static bool count_answer(const struct attendee_row *row, void *context)
{
    int *counts = context;
    if (row->attendee.role != ROLE_ORGANISER && !row->attendee.removed)
        counts[row->attendee.partstat]++;
    return true;
}

/* What only the organiser sees. */
static void put_organiser(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const char *url = letters->options.site->url;
    int counts[4] = {0};
    store_list_attendees(letters->options.store, facts->meeting.id, count_answer, counts);
    json_object_set_new(into, "invited", json_integer(counts[0] + counts[1] + counts[2] + counts[3]));
    json_object_set_new(into, "accepted", json_integer(counts[PARTSTAT_ACCEPTED]));
    json_object_set_new(into, "tentative", json_integer(counts[PARTSTAT_TENTATIVE]));
    json_object_set_new(into, "declined", json_integer(counts[PARTSTAT_DECLINED]));
    json_object_set_new(into, "waiting", json_integer(counts[PARTSTAT_NEEDS_ACTION]));
    letter_put(into, "manage", arena_printf(&facts->arena, "%s/meetings/%s", url, facts->meeting.ref));
    letter_put(into, "settings", arena_printf(&facts->arena, "%s/settings", url));
}

/* The time that somebody proposes, for its reader; where the zone is none that we know, as it was on their
 * wall, with the zone's name. */
static void put_proposed(json_t *into, const struct letters *letters, const struct letter_facts *facts)
{
    const struct forwarded *forwarded = &facts->letter->forwarded;
    const struct zones *zones = letters->options.zones;
    const char *name = forwarded->proposed_zone;
    const struct zone *theirs = name ? zones_find(zones, name) : NULL, *utc = zones_find(zones, "UTC");
    const struct wall wall = wall_from_seconds(forwarded->proposed);
    struct text text = {0};
    if (!forwarded->proposed || !utc)
        return;
    when_add(&text, facts->catalogue, theirs ? facts->zone : utc, WHEN_LONG, facts->now,
             theirs ? zone_instant(theirs, &wall) : forwarded->proposed);
    if (name && !theirs)
        text_addf(&text, " (%s)", name);
    letter_put_text(into, "proposed", &text);
}

static void put_forwarded(json_t *into, const struct letters *letters, const struct letter_facts *facts)
{
    const struct forwarded *forwarded = &facts->letter->forwarded;
    letter_put(into, "words", forwarded->words);
    put_lines(into, "words_lines", forwarded->words);
    letter_put(into, "words_from", forwarded->from);
    letter_put(into, "said_by", forwarded->said_by);
    letter_put_true(into, "is_encrypted", forwarded->unread == REPLY_ENCRYPTED);
    letter_put_true(into, "is_outlook", forwarded->unread == REPLY_OUTLOOK);
    letter_put_true(into, "is_guessed", forwarded->guessed);
    letter_put(into, "delegate", forwarded->delegate);
    put_answer(into, forwarded->said_by ? forwarded->said : PARTSTAT_NEEDS_ACTION);
    put_proposed(into, letters, facts);
}

static void put_meeting(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const struct attendee *attendee = &facts->attendee;
    put_words(into, facts);
    put_times(into, facts);
    letter_put(into, "by", letter_name(facts, facts->organiser.name, facts->organiser.mail));
    letter_put(into, "by_mail", address_show(&facts->arena, facts->organiser.mail));
    put_reader(into, facts);
    if (facts->to_organiser)
        put_organiser(into, letters, facts);
    if (facts->kind == LETTER_ANSWER) {
        letter_put(into, "who", letter_name(facts, attendee->name, attendee->mail));
        letter_put(into, "who_mail", address_show(&facts->arena, attendee->mail));
        letter_put(into, "comment", attendee->comment);
        put_lines(into, "comment_lines", attendee->comment);
    }
    if (facts->kind == LETTER_CHANGE || facts->kind == LETTER_ROLE)
        letter_put_changes(into, letters, facts);
    if (facts->kind == LETTER_FORWARD)
        put_forwarded(into, letters, facts);
    if (facts->kind == LETTER_SUMMARY)
        letter_put_summary(into, letters, facts);
}

static void put_sign_in(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    struct text text = {0};
    letter_put(into, "sign_in", letter_link(letters, facts, LINK_SIGN_IN, &facts->sign_in.link));
    when_add(&text, facts->catalogue, facts->zone, WHEN_SHORT, facts->now, facts->sign_in.expires_at);
    letter_put_text(into, "expires", &text);
    when_add_zone(&text, facts->zone, facts->sign_in.expires_at);
    letter_put_text(into, "zone", &text);
}

json_t *letter_values(const struct letters *letters, struct letter_facts *facts)
{
    json_t *values = json_object();
    put_site(values, letters, facts);
    if (facts->letter->kind == LETTER_SIGN_IN)
        put_sign_in(values, letters, facts);
    else
        put_meeting(values, letters, facts);
    return values;
}
