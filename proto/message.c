#include "proto/message.h"

#include "proto/message_parts.h"
#include "proto/when.h"

#include <inttypes.h>

enum { MIXED, ALTERNATIVE };

/* A boundary has "=_" in it, which no part can contain, and a mark of the message, so that one of our
 * messages may travel within another. */
static void add_boundary(struct text *text, const struct message *message, int level)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
    for (const char *at = message->message_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    text_addf(text, "=_%d_%016" PRIx64, level, hash);
}

static void add_multipart(struct text *text, const struct message *message, int level)
{
    text_addf(text, "Content-Type: multipart/%s;\r\n boundary=\"", level == MIXED ? "mixed" : "alternative");
    add_boundary(text, message, level);
    text_add(text, "\"\r\n\r\n");
}

static void add_delimiter(struct text *text, const struct message *message, int level, bool last)
{
    text_add(text, "\r\n--");
    add_boundary(text, message, level);
    text_add(text, last ? "--\r\n" : "\r\n");
}

static void add_part(struct text *text, const struct message *message, const char *type, const char *body)
{
    add_delimiter(text, message, ALTERNATIVE, false);
    text_addf(text, "Content-Type: text/%s; charset=UTF-8\r\n", type);
    message_add_body(text, body, false);
}

/* The calendar as what mail programs answer to. */
static void add_calendar(struct text *text, const struct message *message)
{
    add_delimiter(text, message, ALTERNATIVE, false);
    text_add(text, "Content-Type: text/calendar; charset=UTF-8");
    if (message->calendar_method) {
        text_add(text, "; method=");
        message_add_token(text, message->calendar_method);
    }
    text_add(text, "\r\n");
    message_add_body(text, message->calendar, false);
}

/* Simplest first: readers take the last that they understand (RFC 2046 5.1.4). */
static void add_alternative(struct text *text, const struct message *message)
{
    add_multipart(text, message, ALTERNATIVE);
    add_part(text, message, "plain", message->plain);
    if (message->html)
        add_part(text, message, "html", message->html);
    if (message->calendar)
        add_calendar(text, message);
    add_delimiter(text, message, ALTERNATIVE, true);
}

static void add_headers(struct text *text, const struct message *message)
{
    text_add(text, "Date: ");
    when_add_mail(text, message->date_at);
    text_add(text, "\r\n");
    message_add_mailbox(text, "From", message->from_name, message->from);
    if (message->reply_to)
        message_add_mailbox(text, "Reply-To", NULL, message->reply_to);
    message_add_mailbox(text, "To", message->to_name, message->to);
    message_add_unstructured(text, "Subject", message->subject);
    message_add_angle(text, "Message-ID", message->message_id);
    if (message->in_reply_to) {
        message_add_angle(text, "In-Reply-To", message->in_reply_to);
        message_add_angle(text, "References", message->in_reply_to);
    }
    if (message->language) {
        text_add(text, "Content-Language: ");
        message_add_token(text, message->language);
        text_add(text, "\r\n");
    }
    text_add(text, "Auto-Submitted: auto-generated\r\n");
    if (message->list_unsubscribe) {
        message_add_angle(text, "List-Unsubscribe", message->list_unsubscribe);
        text_add(text, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
    text_add(text, "MIME-Version: 1.0\r\n");
}

void message_write(struct text *text, const struct message *message)
{
    add_headers(text, message);
    if (!message->calendar) {
        add_alternative(text, message);
        return;
    }
    add_multipart(text, message, MIXED);
    add_delimiter(text, message, MIXED, false);
    add_alternative(text, message);
    /* The same once more as a file, for programs that show no calendars; not as text/calendar, or some would
     * enter the meeting twice. */
    add_delimiter(text, message, MIXED, false);
    text_add(text, "Content-Type: application/ics; name=\"invite.ics\"\r\n"
                   "Content-Disposition: attachment; filename=\"invite.ics\"\r\n");
    message_add_body(text, message->calendar, true);
    add_delimiter(text, message, MIXED, true);
}
