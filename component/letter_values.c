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
static void put(json_t *into, const char *name, const char *value)
{
    if (value && *value)
        json_object_set_new(into, name, json_string(value));
}

static void put_text(json_t *into, const char *name, struct text *text)
{
    put(into, name, text_string(text));
    text_free(text);
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

static void put_site(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const struct site *site = letters->options.site;
    put(into, "language", catalogue_language(facts->catalogue));
    put(into, "site_name", site->name);
    put(into, "site_url", site->url);
    put(into, "contact", site->contact);
    put(into, "to", address_show(&facts->arena, facts->letter->to));
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
    put_text(into, "opens", &text);
}

static void put_times(json_t *into, const struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    struct text text = {0};
    when_add_span(&text, facts->catalogue, facts->zone, WHEN_LONG, facts->now, meeting->starts_at,
                  meeting->ends_at);
    put_text(into, "when", &text);
    when_add(&text, facts->catalogue, facts->zone, WHEN_SHORT, facts->now, meeting->starts_at);
    put_text(into, "when_short", &text);
    when_add_zone(&text, facts->zone, meeting->starts_at);
    put_text(into, "zone", &text);
    when_add_machine(&text, meeting->starts_at);
    put_text(into, "starts", &text);
    put_opening(into, facts);
}

static bool count_invited(const struct attendee_row *row, void *context)
{
    int *count = context;
    *count += row->attendee.role != ROLE_ORGANISER && !row->attendee.removed;
    return true;
}

static void put_meeting(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    struct text manage = {0};
    put(into, "subject", meeting->subject);
    put(into, "description", meeting->description);
    put_lines(into, "lines", meeting->description);
    put_lines(into, "reason_lines", meeting->cancel_reason);
    put(into, "reason", meeting->cancel_reason);
    json_object_set_new(into, "has_description", json_boolean(meeting->description && *meeting->description));
    put(into, "meeting_language", meeting->language);
    json_object_set_new(into, "is_cancelled", json_boolean(meeting->status == MEETING_CANCELLED));
    put_times(into, facts);
    put(into, "password", meeting->options.password);
    put(into, "by", letter_name(facts, facts->organiser.name, facts->organiser.mail));
    put(into, "by_mail", address_show(&facts->arena, facts->organiser.mail));
    put(into, "join", facts->join);
    put(into, "answer", facts->answer);
    json_object_set_new(into, "is_organiser", json_boolean(facts->attendee.role == ROLE_ORGANISER));
    json_object_set_new(into, "is_moderator", json_boolean(facts->attendee.role == ROLE_MODERATOR));
    json_object_set_new(into, "is_guest", json_boolean(facts->attendee.role == ROLE_GUEST));
    if (facts->attendee.role != ROLE_ORGANISER)
        return;
    int invited = 0;
    store_list_attendees(letters->options.store, meeting->id, count_invited, &invited);
    json_object_set_new(into, "invited", json_integer(invited));
    text_addf(&manage, "%s/meetings/%s", letters->options.site->url, meeting->ref);
    put_text(into, "manage", &manage);
}

static void put_sign_in(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    struct text text = {0};
    put(into, "sign_in", letter_link(letters, facts, LINK_SIGN_IN, &facts->sign_in.link));
    when_add(&text, facts->catalogue, facts->zone, WHEN_SHORT, facts->now, facts->sign_in.expires_at);
    put_text(into, "expires", &text);
    when_add_zone(&text, facts->zone, facts->sign_in.expires_at);
    put_text(into, "zone", &text);
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
