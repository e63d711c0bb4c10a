/* Calendars of others: read as far as an answer goes, in a time that depends on their size alone. */
#include "proto/calendar_read.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct calendar_read calendar;
    const char *bytes = arena_dup_bytes(&arena, data, size);
    calendar_read(&calendar, &arena, bytes, size);
    if (calendar.event_count > CALENDAR_EVENTS_MAX)
        abort();
    for (size_t i = 0; i < calendar.event_count; i++) {
        const struct calendar_read_event *event = &calendar.events[i];
        if (event->attendee_count > CALENDAR_ATTENDEES_MAX || event->sequence < -1)
            abort();
        for (size_t j = 0; j < event->attendee_count; j++)
            if (event->attendees[j].answers && event->attendees[j].partstat == PARTSTAT_NEEDS_ACTION)
                abort();
    }
    arena_free(&arena);
    return 0;
}
