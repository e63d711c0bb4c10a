#include "proto/decode.h"
#include "proto/reply_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What mail servers report (RFC 3464, 6533, and what some write instead). */

enum {
    FAILURE_MOST = 500, /* bytes of a server's words */
    LINE_MOST = 998     /* of a line, and of a field: what is beyond is not looked at */
};

/* The words of one recipient's fields (RFC 3464 2.3); NULL: not failed. Exchange has the other server's in a
 * field of its own. */
static const char *failure_of(struct arena *arena, const struct mime_fields *fields)
{
    const char *action = mime_get(fields, "Action"), *status = mime_get(fields, "Status");
    if (!reply_begins(action, "failed"))
        return NULL;
    const char *words = mime_get(fields, "Diagnostic-Code");
    const char *rest = words ? strchr(words, ';') : NULL; /* its type, smtp, is for programs */
    if (rest)
        words = rest + 1 + strspn(rest + 1, " \t");
    if (!words || !*words)
        words = mime_get(fields, "X-Supplementary-Info");
    if (!words || !*words)
        words = status ? status : "undeliverable";
    struct text decoded = {0};
    decode_words(&decoded, words);
    const char *copy = reply_cut(arena, text_string(&decoded), FAILURE_MOST);
    text_free(&decoded);
    return copy;
}

/* The fields of the message as a whole, then of each recipient: the first that failed. */
static const char *failure_in(struct reply_reading *reading, const struct mime_part *status)
{
    for (size_t at = 0; at < status->size;) {
        struct mime_fields fields;
        at += mime_read_fields(&fields, reading->arena, status->body + at, status->size - at);
        reply_add_references(reading, mime_get(&fields, "X-Original-Message-ID"));
        const char *failure = failure_of(reading->arena, &fields);
        if (failure)
            return failure;
    }
    return NULL;
}

/* The Message-IDs of heads that stand in a text: of a copy of the letter. */
static void read_heads(struct reply_reading *reading, const char *text)
{
    static const char name[] = "Message-ID:";
    size_t heads = 0;
    for (const char *line = text; line && heads < REPLY_REFERENCES_MAX; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!reply_begins(line, name))
            continue;
        heads++;
        struct mime_fields fields;
        size_t size = strnlen(line, LINE_MOST);
        const char *end = memchr(line, '>', size);
        mime_read_fields(&fields, reading->arena, line, end ? (size_t)(end - line) + 1 : size);
        reply_add_references(reading, mime_get(&fields, "Message-ID"));
    }
}

/* The letter that came back is named by the head that was returned with it, whole or as text, or by what
 * answers it. */
static void read_returned(struct reply_reading *reading)
{
    const struct mime_fields *fields = &reading->message->fields;
    struct mail_reply *reply = reading->reply;
    for (const struct mime_part *part = reading->message; part && reply->reference_count == 0;
         part = mime_next(part))
        if (part->child && strncmp(part->type, "multipart/", 10) != 0)
            reply_add_references(reading, mime_get(&part->child->fields, "Message-ID"));
    reply_add_references(reading, mime_get(fields, "Original-Message-ID"));
    reply_add_references(reading, mime_get(fields, "X-Original-Message-ID"));
    for (const struct mime_part *part = reading->message; part && reply->reference_count == 0;
         part = mime_next(part))
        if (strcmp(part->type, "text/plain") == 0)
            read_heads(reading, part->body);
}

/* ------------------------------------------------------------------------------- without RFC 3464 */

/* The line above the copy of the letter: "------ This is a copy of the message, including all the headers.",
 * "--- Below this line is a copy of the message."; NULL: none. */
static const char *find_copy(const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char start[LINE_MOST + 1];
        if (!reply_begins(line, "---"))
            continue;
        snprintf(start, sizeof start, "%.*s", (int)strcspn(line, "\n"), line);
        if (strcasestr(start, "copy of the message"))
            return line;
    }
    return NULL;
}

/* The last paragraph before `end`, as one line: the address and the reason. */
static const char *last_paragraph(struct arena *arena, const char *text, const char *end)
{
    while (end > text && strchr(" \t\n", end[-1]))
        end--;
    const char *start = end;
    while (start > text && !(start[-1] == '\n' && start - text >= 2 && start[-2] == '\n'))
        start--;
    char *words = arena_dup_bytes(arena, start, (size_t)(end - start)), *to = words;
    for (const char *from = words; *from;) {
        size_t blanks = strspn(from, " \t\n");
        if (blanks && to > words)
            *to++ = ' ';
        from += blanks;
        if (*from)
            *to++ = *from++;
    }
    *to = 0;
    return reply_cut(arena, words, FAILURE_MOST);
}

/* Exim before 4.82, qmail and its kin write for humans alone. What is only late has neither the field nor the
 * copy. */
static bool read_plain_bounce(struct reply_reading *reading)
{
    const struct mime_fields *fields = &reading->message->fields;
    const char *text = reply_text(reading), *copy = find_copy(text);
    bool failed = mime_get(fields, "X-Failed-Recipients") != NULL;
    if (!failed && !(copy && reply_is_automatic(fields)))
        return false;
    reading->reply->kind = MAIL_BOUNCE;
    reading->reply->words = last_paragraph(reading->arena, text, copy ? copy : text + strlen(text));
    read_returned(reading);
    return true;
}

/* --------------------------------------------------------------------------------------------- all */

/* The report about a delivery; NULL: none. */
static const struct mime_part *find_status(const struct mime_part *message)
{
    const struct mime_part *status = reply_find_part(message, "message/delivery-status", false);
    return status ? status : reply_find_part(message, "message/global-delivery-status", false);
}

bool reply_read_report(struct reply_reading *reading)
{
    struct mail_reply *reply = reading->reply;
    const struct mime_part *status = find_status(reading->message);
    if (status) {
        const char *failure = failure_in(reading, status);
        reply->kind = failure ? MAIL_BOUNCE : MAIL_AUTOMATIC;
        reply->words = failure ? failure : "";
        read_returned(reading);
        return true;
    }
    if (read_plain_bounce(reading))
        return true;
    /* Others say that a letter was read (RFC 8098), or complain (RFC 5965). */
    bool report = strcmp(reading->message->type, "multipart/report") == 0;
    if (report)
        reply->kind = MAIL_AUTOMATIC;
    return report;
}
