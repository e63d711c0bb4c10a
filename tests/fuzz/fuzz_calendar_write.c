/* Calendars that we write: whatever stands in a text, a name or an address, there are as many lines as
 * without it, each of at most 75 bytes of whole characters (RFC 5545 3.1). */
#include "proto/arena.h"
#include "proto/calendar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_calendar(struct text *text, const char *string)
{
    static const int alarms[] = {3600, 90};
    const struct meeting meeting = {.uid = string,
                                    .subject = string,
                                    .description = string,
                                    .starts_at = 1796302800,
                                    .ends_at = 1796306400,
                                    .sequence = (int)strlen(string)};
    const struct calendar_attendee attendees[] = {{string, string, ROLE_GUEST, PARTSTAT_ACCEPTED},
                                                  {string, NULL, ROLE_ORGANISER, PARTSTAT_DECLINED}};
    const struct calendar_event event = {.meeting = &meeting,
                                         .organiser_mail = string,
                                         .organiser_name = string,
                                         .attendee_count = 2,
                                         .attendees = attendees,
                                         .join_address = string,
                                         .alarm_count = 2,
                                         .alarms = alarms};
    struct calendar *calendar = calendar_open(CALENDAR_PUBLISH, string);
    calendar_add(calendar, &event);
    calendar_close(calendar, text);
}

/* How many lines there are when those that are folded are one. */
static size_t count_lines(const struct text *text)
{
    size_t count = 0;
    for (const char *at = text->data; *at;) {
        size_t size = strcspn(at, "\r\n");
        if (size == 0 || size > 75 || !text_is_utf8(at, size) || memcmp(at + size, "\r\n", 2) != 0)
            abort();
        for (size_t i = 0; i < size; i++)
            if (((unsigned char)at[i] < ' ' && at[i] != '\t') || at[i] == 0x7F)
                abort();
        count += *at != ' ';
        at += size + 2;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct text plain = {0}, text = {0};
    const char *string = arena_dup_bytes(&arena, data, size);
    write_calendar(&plain, "x");
    write_calendar(&text, string);
    if (*string && count_lines(&plain) != count_lines(&text))
        abort();
    if (text.size != strlen(text.data))
        abort();
    text_free(&plain);
    text_free(&text);
    arena_free(&arena);
    return 0;
}
