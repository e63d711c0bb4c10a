#include "proto/reply.h"

#include "proto/addresses.h"
#include "proto/calendar_read.h"
#include "proto/decode.h"
#include "proto/mime.h"
#include "proto/plain.h"

#include <string.h>
#include <strings.h>

enum { ZONE_MOST = 80 /* bytes of a zone's name */ };

struct reading {
    struct mail_reply *reply;
    struct arena *arena;
    const struct mime_part *message;
};

static bool begins(const char *string, const char *start)
{
    return string && strncasecmp(string, start, strlen(start)) == 0;
}

/* The first part of a type, in the message itself (not in one that it quotes) or anywhere; NULL: none. */
static const struct mime_part *find_part(const struct mime_part *message, const char *type, bool anywhere)
{
    for (const struct mime_part *part = message; part; part = mime_next(part))
        if (strcmp(part->type, type) == 0 && (anywhere || !mime_is_quoted(part)))
            return part;
    return NULL;
}

/* ---------------------------------------------------------------------------------------- the head */

static void read_from(struct reading *reading)
{
    struct addresses addresses;
    const char *from = mime_get(&reading->message->fields, "From");
    if (!from)
        return;
    addresses_read(&addresses, reading->arena, from);
    if (addresses.count == 0)
        return;
    reading->reply->from = addresses.list[0].mail;
    reading->reply->from_name = addresses.list[0].name;
}

static bool reference_is_known(const struct mail_reply *reply, const char *id, size_t size)
{
    for (size_t i = 0; i < reply->reference_count; i++)
        if (strncmp(reply->references[i], id, size) == 0 && !reply->references[i][size])
            return true;
    return false;
}

/* Adds the identifiers of a field (RFC 5322 3.6.4), the last one first: References end with the newest. */
static void add_references(struct reading *reading, const char *value)
{
    struct mail_reply *reply = reading->reply;
    const char *end = value ? value + strlen(value) : NULL;
    while (end && reply->reference_count < REPLY_REFERENCES_MAX) {
        const char *close = memrchr(value, '>', (size_t)(end - value));
        const char *open = close ? memrchr(value, '<', (size_t)(close - value)) : NULL;
        if (!open)
            return;
        size_t size = (size_t)(close - open) - 1;
        if (size && !reference_is_known(reply, open + 1, size))
            reply->references[reply->reference_count++] = arena_dup_bytes(reading->arena, open + 1, size);
        end = open;
    }
}

/* Written by no human (RFC 3834 and what was used before it), or not to us alone. */
static bool is_automatic(const struct mime_fields *fields)
{
    const char *submitted = mime_get(fields, "Auto-Submitted"), *path = mime_get(fields, "Return-Path");
    const char *precedence = mime_get(fields, "Precedence"), *from = mime_get(fields, "From");
    if ((submitted && !begins(submitted, "no")) || (path && strcmp(path, "<>") == 0))
        return true;
    if (begins(precedence, "bulk") || begins(precedence, "junk") || begins(precedence, "list") ||
        begins(precedence, "auto_reply"))
        return true;
    static const char *const marks[] = {"List-Id",      "X-Autoreply", "X-Autorespond",
                                        "X-Auto-Reply", "X-Loop",      "X-Failed-Recipients"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (mime_get(fields, marks[i]))
            return true;
    return from && (strcasestr(from, "mailer-daemon@") || strcasestr(from, "<postmaster@"));
}

/* ----------------------------------------------------------------------------------------- its words */

/* At most `most` bytes, whole characters, without white space at both ends; a mark where more was. */
static const char *cut(struct arena *arena, const char *words, size_t most)
{
    words += strspn(words, " \t\r\n");
    size_t size = strlen(words), all = size;
    if (size > most)
        for (size = most; size && ((unsigned char)words[size] & 0xC0) == 0x80;)
            size--;
    while (size && strchr(" \t\r\n", words[size - 1]))
        size--;
    const char *kept = arena_dup_bytes(arena, words, size);
    return all > most ? arena_printf(arena, "%s [\xE2\x80\xA6]", kept) : kept;
}

/* Line ends as \n; other control characters go. */
static const char *clean(struct arena *arena, const char *words)
{
    char *out = arena_alloc(arena, strlen(words) + 1), *end = out;
    for (; *words; words++)
        if (*words == '\n' || *words == '\t' || (unsigned char)*words >= ' ')
            if (*words != 0x7F)
                *end++ = *words;
    return out;
}

/* What a human wrote: the first plain text that is no attachment, else the first HTML. */
static const char *human_words(struct reading *reading)
{
    const struct mime_part *html = NULL;
    for (const struct mime_part *part = reading->message; part; part = mime_next(part)) {
        if (mime_is_quoted(part) || part->attachment)
            continue;
        if (strcmp(part->type, "text/plain") == 0 && part->body[strspn(part->body, " \t\r\n")])
            return clean(reading->arena, part->body);
        if (!html && strcmp(part->type, "text/html") == 0)
            html = part;
    }
    if (!html)
        return "";
    struct text text = {0};
    plain_add_html(&text, html->body);
    const char *words = clean(reading->arena, text_string(&text));
    text_free(&text);
    return words;
}

/* Exchange writes no COMMENT: what its people type is the message's text, with the invitation under it. Other
 * programs put words of their own there, which are no comment. */
static const char *exchange_comment(struct reading *reading)
{
    static const char *const ends[] = {"-----", "_____", NULL};
    const struct mime_fields *fields = &reading->message->fields;
    if (!mime_get(fields, "X-MS-Has-Attach") && !mime_get(fields, "Thread-Index"))
        return NULL;
    char *words = (char *)human_words(reading);
    words = arena_dup(reading->arena, words);
    for (char *line = words; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        for (const char *const *end = ends; *end; end++)
            if (begins(line, *end)) {
                *line = 0;
                break;
            }
        if (!*line)
            break;
    }
    const char *comment = cut(reading->arena, words, REPLY_COMMENT_MOST);
    return *comment ? comment : NULL;
}

/* --------------------------------------------------------------------------------------- an answer */

/* The attendee who answers: From itself when it is there, else the first (a program may name an alias). */
static const struct calendar_said *who_says(const struct reading *reading,
                                            const struct calendar_read_event *event)
{
    const struct calendar_said *first = NULL;
    for (size_t i = 0; i < event->attendee_count; i++) {
        const struct calendar_said *said = &event->attendees[i];
        if (!said->mail)
            continue;
        if (reading->reply->from && text_equal_nocase(said->mail, reading->reply->from))
            return said;
        if (!first)
            first = said;
    }
    return first;
}

/* An event of a calendar that came to us: an answer, or a reason for words. */
static void take_event(struct reading *reading, const char *method, const struct calendar_read_event *event)
{
    struct mail_reply *reply = reading->reply;
    const struct calendar_said *said = who_says(reading, event);
    reply->uid = event->uid;
    reply->attendee = said ? said->mail : NULL;
    reply->sequence = event->sequence;
    reply->stamp_at = event->stamp_at;
    reply->delegate = said ? said->delegate : NULL;
    if (text_equal_nocase(method, "COUNTER")) {
        reply->proposed = event->starts;
        reply->proposed_zone = event->starts_zone
                                   ? cut(reading->arena, clean(reading->arena, event->starts_zone), ZONE_MOST)
                                   : NULL;
    }
    if (!text_equal_nocase(method, "REPLY") || !said || !said->answers)
        return;
    reply->kind = MAIL_ANSWER;
    reply->partstat = said->partstat;
    const char *comment = event->comment
                              ? cut(reading->arena, clean(reading->arena, event->comment), REPLY_COMMENT_MOST)
                              : exchange_comment(reading);
    reply->comment = comment && *comment ? comment : NULL;
}

/* The calendar in the message itself, however deep; one in a message that it forwards is somebody else's. */
static void read_calendar(struct reading *reading)
{
    const struct mime_part *part = find_part(reading->message, "text/calendar", false);
    struct calendar_read calendar;
    if (!part)
        part = find_part(reading->message, "application/ics", false);
    if (!part)
        return;
    calendar_read(&calendar, reading->arena, part->body, part->size);
    const char *method = calendar.method;
    if (!method)
        method = mime_parameter(reading->arena, mime_get(&part->fields, "Content-Type"), "method");
    for (size_t i = 0; i < calendar.event_count; i++) {
        if (!calendar.events[i].uid)
            continue;
        take_event(reading, method ? method : "", &calendar.events[i]);
        return;
    }
}

/* ---------------------------------------------------------------------------------------- a bounce */

/* 'Remote server: words' of one recipient's fields (RFC 3464 2.3); NULL: not failed. */
static const char *failure_of(struct arena *arena, const struct mime_fields *fields)
{
    const char *action = mime_get(fields, "Action"), *status = mime_get(fields, "Status");
    if (!begins(action, "failed"))
        return NULL;
    const char *words = mime_get(fields, "Diagnostic-Code");
    const char *rest = words ? strchr(words, ';') : NULL; /* its type, smtp, is for programs */
    if (rest)
        words = rest + 1 + strspn(rest + 1, " \t");
    if (!words || !*words)
        words = status ? status : "undeliverable";
    struct text decoded = {0};
    decode_words(&decoded, words);
    const char *copy = cut(arena, text_string(&decoded), 500);
    text_free(&decoded);
    return copy;
}

/* The fields of the message as a whole, then of each recipient: the first that failed. */
static const char *failure_in(struct reading *reading, const struct mime_part *status)
{
    for (size_t at = 0; at < status->size;) {
        struct mime_fields fields;
        at += mime_read_fields(&fields, reading->arena, status->body + at, status->size - at);
        const char *failure = failure_of(reading->arena, &fields);
        if (failure)
            return failure;
    }
    return NULL;
}

/* The letter that came back is named by the head that was returned with it, or by what answers it. */
static void read_returned(struct reading *reading)
{
    const struct mime_part *returned = find_part(reading->message, "message/rfc822", true);
    if (!returned)
        returned = find_part(reading->message, "text/rfc822-headers", true);
    if (returned && returned->child)
        add_references(reading, mime_get(&returned->child->fields, "Message-ID"));
    add_references(reading, mime_get(&reading->message->fields, "Original-Message-ID"));
    add_references(reading, mime_get(&reading->message->fields, "X-Original-Message-ID"));
}

/* True for a report about a delivery, whatever it says. */
static bool read_bounce(struct reading *reading)
{
    const struct mime_part *status = find_part(reading->message, "message/delivery-status", false);
    if (!status)
        status = find_part(reading->message, "message/global-delivery-status", false);
    if (!status)
        return false;
    const char *failure = failure_in(reading, status);
    reading->reply->kind = failure ? MAIL_BOUNCE : MAIL_AUTOMATIC;
    reading->reply->words = failure ? failure : "";
    read_returned(reading);
    return true;
}

/* --------------------------------------------------------------------------------------------- all */

void mail_reply_read(struct mail_reply *reply, struct arena *arena, const char *bytes, size_t size)
{
    *reply = (struct mail_reply){.kind = MAIL_WORDS, .sequence = -1, .words = ""};
    struct reading reading = {reply, arena, mime_read(arena, bytes, size)};
    const struct mime_fields *fields = &reading.message->fields;
    read_from(&reading);
    if (!read_bounce(&reading))
        read_calendar(&reading);
    add_references(&reading, mime_get(fields, "In-Reply-To"));
    add_references(&reading, mime_get(fields, "References"));
    if (reply->kind != MAIL_WORDS && reply->kind != MAIL_ANSWER)
        return;
    reply->automatic = is_automatic(fields);
    if (reply->automatic && reply->kind == MAIL_WORDS)
        reply->kind = MAIL_AUTOMATIC;
    else
        reply->words = cut(arena, human_words(&reading), REPLY_WORDS_MOST);
}
