#include "proto/calendar_read.h"

#include "proto/addresses.h"
#include "proto/plain.h"
#include "proto/text.h"
#include "proto/zone.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    VALUE_MOST = 4096 /* bytes of a line that is looked at: more is no answer of a calendar */
};

/* A content line (RFC 5545 3.1), in place: NAME;PARAMETERS:VALUE. */
struct line {
    char *name, *parameters, *value;
};

struct reader {
    struct arena *arena;
    struct calendar_read *read;
    int depth;                         /* of components */
    int event_depth;                   /* of the VEVENT that is open; 0: none */
    struct calendar_read_event *event; /* NULL: beyond the bound */
};

/* Cuts a line at its colon and first semicolon; those within quotes are none. False: it is no content line.
 */
static bool cut_line(struct line *line, char *text)
{
    bool quoted = false;
    *line = (struct line){.name = text};
    for (char *at = text; *at; at++) {
        if (*at == '"') {
            quoted = !quoted;
        } else if (*at == ':' && !quoted) {
            *at = 0;
            line->value = at + 1;
            return true;
        } else if (*at == ';' && !quoted && !line->parameters) {
            *at = 0;
            line->parameters = at + 1;
        }
    }
    return false;
}

/* The value of ;NAME=VALUE or ;NAME="VALUE", the first of a list; NULL: none. */
static const char *parameter(struct arena *arena, const char *parameters, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = parameters; at && *at;) {
        const char *value = at + strcspn(at, "=;");
        bool same = *value == '=' && (size_t)(value - at) == size && strncasecmp(at, name, size) == 0;
        value += *value == '=';
        bool quoted = *value == '"';
        size_t length = quoted ? strcspn(value + 1, "\"") : strcspn(value, ";,");
        if (same)
            return arena_dup_bytes(arena, value + quoted, length);
        at = value + quoted + length;
        while (*at && *at != ';') { /* the rest of a list */
            if (*at == '"' && !quoted)
                at += strcspn(at + 1, "\"") + 1;
            at += *at != 0;
            quoted = false;
        }
        at += *at == ';';
    }
    return NULL;
}

/* RFC 5545 3.3.11 */
static const char *unescape(struct arena *arena, const char *value)
{
    char *out = arena_alloc(arena, strlen(value) + 1), *end = out;
    for (; *value; value++) {
        bool escaped = *value == '\\' && value[1];
        value += escaped;
        *end++ = (char)(escaped && (*value == 'n' || *value == 'N') ? '\n' : *value);
    }
    return out;
}

static const char *undo_percent(struct arena *arena, const char *uri)
{
    char *out = arena_alloc(arena, strlen(uri) + 1), *end = out;
    for (; *uri && *uri != '?'; uri++) { /* ?: header fields, RFC 6068 2 */
        int high = *uri == '%' ? text_read_hex(uri[1]) : -1, low = high >= 0 ? text_read_hex(uri[2]) : -1;
        *end++ = (char)(low >= 0 ? high << 4 | low : *uri);
        uri += low >= 0 ? 2 : 0;
    }
    return out;
}

/* The address of a mailto: URI; NULL: it is none. */
static const char *mail_at(struct arena *arena, const char *uri)
{
    return strncasecmp(uri, "mailto:", 7) == 0 ? address_read_one(arena, undo_percent(arena, uri + 7)) : NULL;
}

/* mailto:, or the EMAIL that others put beside an address that is none (RFC 7986 6.2). */
static const char *mail_of(struct arena *arena, const struct line *line)
{
    const char *mail = mail_at(arena, line->value);
    const char *other = mail ? NULL : parameter(arena, line->parameters, "EMAIL");
    return other ? address_read_one(arena, other) : mail;
}

static bool read_digits(const char *at, int count, int *number)
{
    for (*number = 0; count; count--, at++) {
        if (*at < '0' || *at > '9')
            return false;
        *number = *number * 10 + (*at - '0');
    }
    return true;
}

/* 20261203T140000 or 20261203; false: it is none. */
static bool read_wall(const char *value, struct wall *wall, bool *has_time)
{
    *wall = (struct wall){0};
    if (strlen(value) < 8 || !read_digits(value, 4, &wall->year) ||
        !read_digits(value + 4, 2, &wall->month) || !read_digits(value + 6, 2, &wall->day))
        return false;
    *has_time = value[8] == 'T' && strlen(value) >= 15 && read_digits(value + 9, 2, &wall->hour) &&
                read_digits(value + 11, 2, &wall->minute) && read_digits(value + 13, 2, &wall->second);
    return (*has_time || !value[8]) && wall_is_valid(wall);
}

static int64_t instant_of(const char *value)
{
    struct wall wall;
    bool has_time;
    return read_wall(value, &wall, &has_time) && has_time ? wall_seconds(&wall) : 0;
}

/* Zones of others have any name: it is given as it is. */
static void read_start(struct arena *arena, struct calendar_read_event *event, const struct line *line)
{
    struct wall wall;
    bool has_time;
    if (!read_wall(line->value, &wall, &has_time))
        return;
    event->starts = wall_seconds(&wall);
    if (has_time)
        event->starts_zone = line->value[15] == 'Z' ? "UTC" : parameter(arena, line->parameters, "TZID");
}

/* Google's people say something with their answer in a parameter of the attendee: escaped as if it were a
 * value, with entities of HTML. NULL: nothing. */
static const char *response_comment(struct arena *arena, const struct line *line)
{
    const char *given = parameter(arena, line->parameters, "X-RESPONSE-COMMENT");
    if (!given || !*given)
        return NULL;
    struct text text = {0};
    plain_add_html(&text, unescape(arena, given));
    const char *comment = arena_dup(arena, text_string(&text));
    text_free(&text);
    return comment;
}

static void add_attendee(struct reader *reader, const struct line *line)
{
    struct calendar_read_event *event = reader->event;
    if (event->attendee_count == CALENDAR_ATTENDEES_MAX)
        return;
    if (!event->attendees)
        event->attendees = arena_array(reader->arena, CALENDAR_ATTENDEES_MAX, sizeof *event->attendees);
    struct calendar_said *said = &event->attendees[event->attendee_count++];
    const char *delegate = parameter(reader->arena, line->parameters, "DELEGATED-TO");
    *said = (struct calendar_said){.mail = mail_of(reader->arena, line),
                                   .delegate = delegate ? mail_at(reader->arena, delegate) : NULL};
    said->comment = response_comment(reader->arena, line);
    const char *word = parameter(reader->arena, line->parameters, "PARTSTAT");
    said->answers = word && partstat_read(text_lower(arena_dup(reader->arena, word)), &said->partstat) &&
                    said->partstat != PARTSTAT_NEEDS_ACTION;
}

static void read_sequence(struct calendar_read_event *event, const char *value)
{
    char *end;
    long number = strtol(value, &end, 10);
    if (end > value && number >= 0 && number < 1000000000)
        event->sequence = (int)number;
}

/* A property of the event; the first of a kind counts, but a line that is cut off is none. */
static void read_property(struct reader *reader, const struct line *line)
{
    struct calendar_read_event *event = reader->event;
    struct arena *arena = reader->arena;
    if (strcasecmp(line->name, "UID") == 0 && !event->uid)
        event->uid = unescape(arena, line->value);
    else if (strcasecmp(line->name, "COMMENT") == 0 && !event->comment)
        event->comment = unescape(arena, line->value);
    else if (strcasecmp(line->name, "DTSTART") == 0 && !event->starts)
        read_start(arena, event, line);
    else if (strcasecmp(line->name, "DTSTAMP") == 0 && !event->stamp_at)
        event->stamp_at = instant_of(line->value);
    else if (strcasecmp(line->name, "SEQUENCE") == 0 && event->sequence < 0)
        read_sequence(event, line->value);
    else if (strcasecmp(line->name, "ATTENDEE") == 0)
        add_attendee(reader, line);
}

static void begin_component(struct reader *reader, const char *name)
{
    struct calendar_read *read = reader->read;
    if (reader->depth++ != 1 || strcasecmp(name, "VEVENT") != 0)
        return;
    reader->event_depth = reader->depth;
    reader->event = NULL;
    if (read->event_count == CALENDAR_EVENTS_MAX)
        return;
    if (!read->events)
        read->events = arena_array(reader->arena, CALENDAR_EVENTS_MAX, sizeof *read->events);
    reader->event = &read->events[read->event_count++];
    *reader->event = (struct calendar_read_event){.sequence = -1};
}

static void end_component(struct reader *reader)
{
    if (reader->depth == reader->event_depth)
        reader->event_depth = 0;
    reader->depth -= reader->depth > 0;
}

static void read_line(struct reader *reader, char *text)
{
    struct line line;
    if (!cut_line(&line, text))
        return;
    if (strcasecmp(line.name, "BEGIN") == 0)
        begin_component(reader, line.value);
    else if (strcasecmp(line.name, "END") == 0)
        end_component(reader);
    else if (reader->depth == 1 && strcasecmp(line.name, "METHOD") == 0 && !reader->read->method)
        reader->read->method = arena_dup(reader->arena, line.value);
    else if (reader->event_depth && reader->depth == reader->event_depth && reader->event)
        read_property(reader, &line);
}

/* Adds the next line, unfolded (3.1; some write LF alone), without blanks at its end. */
static const char *next_line(struct text *line, const char *at)
{
    text_clear(line);
    do {
        size_t size = strcspn(at, "\n"), kept = size && at[size - 1] == '\r' ? size - 1 : size;
        if (line->size < VALUE_MOST)
            text_add_bytes(line, at, kept < VALUE_MOST ? kept : VALUE_MOST);
        at += size + (at[size] == '\n');
        if (*at != ' ' && *at != '\t')
            break;
        at++;
    } while (*at);
    while (line->size && (line->data[line->size - 1] == ' ' || line->data[line->size - 1] == '\t'))
        line->data[--line->size] = 0;
    return at;
}

void calendar_read(struct calendar_read *read, struct arena *arena, const char *bytes, size_t size)
{
    struct reader reader = {.arena = arena, .read = read};
    struct text line = {0};
    *read = (struct calendar_read){0};
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        bytes += 3;
    while (*bytes) {
        bytes = next_line(&line, bytes);
        if (line.size)
            read_line(&reader, line.data);
    }
    if (read->method)
        for (char *at = (char *)read->method; *at; at++)
            *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    text_free(&line);
}
