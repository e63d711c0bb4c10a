#include "proto/addresses.h"
#include "proto/calendar_read.h"
#include "proto/decode.h"
#include "proto/reply_parts.h"

#include <string.h>
#include <strings.h>

enum { ZONE_MOST = 80 /* bytes of a zone's name */ };

bool reply_begins(const char *string, const char *start)
{
    return string && strncasecmp(string, start, strlen(start)) == 0;
}

const struct mime_part *reply_find_part(const struct mime_part *message, const char *type, bool anywhere)
{
    for (const struct mime_part *part = message; part; part = mime_next(part))
        if (strcmp(part->type, type) == 0 && (anywhere || !mime_is_quoted(part)))
            return part;
    return NULL;
}

/* ---------------------------------------------------------------------------------------- the head */

/* The first address of a field; NULL: none that can be read. */
static const struct address *read_address(struct reply_reading *reading, const char *field)
{
    struct addresses addresses = {0};
    const char *value = mime_get(&reading->message->fields, field);
    if (value)
        addresses_read(&addresses, reading->arena, value);
    return addresses.count ? addresses.list : NULL;
}

static void read_sender(struct reply_reading *reading)
{
    const struct address *from = read_address(reading, "From");
    const struct address *reply_to = read_address(reading, "Reply-To");
    reading->reply->from = from ? from->mail : NULL;
    reading->reply->from_name = from ? from->name : NULL;
    reading->reply->reply_to = reply_to ? reply_to->mail : NULL;
}

static bool reference_is_known(const struct mail_reply *reply, const char *id, size_t size)
{
    for (size_t i = 0; i < reply->reference_count; i++)
        if (strncmp(reply->references[i], id, size) == 0 && !reply->references[i][size])
            return true;
    return false;
}

void reply_add_references(struct reply_reading *reading, const char *value)
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

bool reply_is_automatic(const struct mime_fields *fields)
{
    const char *submitted = mime_get(fields, "Auto-Submitted"), *path = mime_get(fields, "Return-Path");
    const char *precedence = mime_get(fields, "Precedence"), *from = mime_get(fields, "From");
    if ((submitted && !reply_begins(submitted, "no")) || (path && strcmp(path, "<>") == 0))
        return true;
    if (reply_begins(precedence, "bulk") || reply_begins(precedence, "junk") ||
        reply_begins(precedence, "list") || reply_begins(precedence, "auto_reply"))
        return true;
    static const char *const marks[] = {"List-Id",      "X-Autoreply", "X-Autorespond",
                                        "X-Auto-Reply", "X-Loop",      "X-Failed-Recipients"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (mime_get(fields, marks[i]))
            return true;
    return from && (strcasestr(from, "mailer-daemon@") || strcasestr(from, "<postmaster@"));
}

/* --------------------------------------------------------------------------------------- an answer */

/* The attendee who answers: From itself when it is there, else the first (a program may name an alias). */
static const struct calendar_said *who_says(const struct reply_reading *reading,
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
static void take_event(struct reply_reading *reading, const char *method,
                       const struct calendar_read_event *event)
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
        reply->proposed_zone =
            event->starts_zone ? reply_cut(reading->arena, event->starts_zone, ZONE_MOST) : NULL;
    }
    if (!text_equal_nocase(method, "REPLY") || !said || !said->answers)
        return;
    reply->kind = MAIL_ANSWER;
    reply->partstat = said->partstat;
    const char *comment = event->comment  ? reply_cut(reading->arena, event->comment, REPLY_COMMENT_MOST)
                          : said->comment ? reply_cut(reading->arena, said->comment, REPLY_COMMENT_MOST)
                                          : reply_exchange_comment(reading);
    reply->comment = comment && *comment ? comment : NULL;
}

/* The calendar in the message itself, however deep; one in a message that it forwards is somebody else's. */
static void read_calendar(struct reply_reading *reading)
{
    const struct mime_part *part = reply_find_part(reading->message, "text/calendar", false);
    struct calendar_read calendar;
    if (!part)
        part = reply_find_part(reading->message, "application/ics", false);
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

/* ----------------------------------------------------------------------------- what cannot be read */

static const char *const unread_words[] = {[REPLY_ENCRYPTED] = "encrypted", [REPLY_OUTLOOK] = "outlook"};

const char *reply_unread_word(enum reply_unread unread)
{
    return unread_words[unread];
}

enum reply_unread reply_unread_of(const char *word)
{
    enum reply_unread unread = REPLY_OUTLOOK;
    while (unread != REPLY_WHOLE && (!word || strcmp(word, unread_words[unread]) != 0))
        unread--;
    return unread;
}

/* In the message itself, where no calendar was found. */
static enum reply_unread find_unread(const struct reply_reading *reading)
{
    static const struct {
        const char *type;
        enum reply_unread unread;
    } locked[] = {{"multipart/encrypted", REPLY_ENCRYPTED}, /* RFC 1847 */
                  {"application/pkcs7-mime", REPLY_ENCRYPTED},
                  {"application/ms-tnef", REPLY_OUTLOOK},
                  {"application/vnd.ms-tnef", REPLY_OUTLOOK}};
    for (size_t i = 0; i < sizeof locked / sizeof *locked; i++)
        if (reply_find_part(reading->message, locked[i].type, false))
            return locked[i].unread;
    return REPLY_WHOLE;
}

/* --------------------------------------------------------------------------------------------- all */

static const char *read_subject(const struct reply_reading *reading)
{
    const char *subject = mime_get(&reading->message->fields, "Subject");
    struct text decoded = {0};
    decode_words(&decoded, subject ? subject : "");
    subject = reply_cut(reading->arena, text_string(&decoded), REPLY_COMMENT_MOST);
    text_free(&decoded);
    return subject;
}

/* What a human wrote. Who wrote nothing said it in the subject, or sent what cannot be read here. */
static const char *read_words(struct reply_reading *reading)
{
    const struct mail_reply *reply = reading->reply;
    const char *words = reply_cut(reading->arena, reply_human_words(reading), REPLY_WORDS_MOST);
    bool said = *words || reply->kind != MAIL_WORDS || reply->delegate || reply->proposed;
    return said ? words : reply->subject;
}

void mail_reply_read(struct mail_reply *reply, struct arena *arena, const char *bytes, size_t size)
{
    *reply = (struct mail_reply){.kind = MAIL_WORDS, .sequence = -1, .words = "", .subject = ""};
    struct reply_reading reading = {reply, arena, mime_read(arena, bytes, size)};
    const struct mime_fields *fields = &reading.message->fields;
    read_sender(&reading);
    reply->subject = read_subject(&reading);
    if (!reply_read_report(&reading))
        read_calendar(&reading);
    reply_add_references(&reading, mime_get(fields, "In-Reply-To"));
    reply_add_references(&reading, mime_get(fields, "References"));
    if (reply->kind != MAIL_WORDS && reply->kind != MAIL_ANSWER)
        return;
    reply->automatic = reply_is_automatic(fields);
    if (reply->automatic && reply->kind == MAIL_WORDS)
        reply->kind = MAIL_AUTOMATIC;
    else
        reply->words = read_words(&reading);
    if (reply->kind == MAIL_WORDS && !reply->uid)
        reply->unread = find_unread(&reading);
}
