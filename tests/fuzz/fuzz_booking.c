/* Booking forms: a good one is a meeting within its limits, a bad one says why, in the order of the fields.
 */
#include "proto/booking.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A zone with a summer time, from its rule alone. */
static struct zones *make_zones(void)
{
    static unsigned char file[256];
    static const char rule[] = "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
    unsigned char *at = file;
    for (int block = 0; block < 2; block++) {
        memcpy(at, "TZif2", 5);
        at[39] = 1;
        at[43] = 4;
        memcpy(at + 44 + 6, "CET", 3);
        at += 44 + 6 + 4;
    }
    memcpy(at, rule, sizeof rule - 1);
    struct zones *zones = zones_new();
    zones_add(zones, "Europe/Paris", file, (size_t)(at - file) + sizeof rule - 1);
    return zones;
}

/* Within the bounds that the schema and the module count on. */
static void check_options(struct arena *arena, const struct meeting_options *options)
{
    if (options->opens_before < 0 || options->opens_before > 86400 || options->grace < 0 ||
        options->grace > 86400 || options->guests_before < 0 ||
        options->guests_before > options->opens_before)
        abort();
    for (int i = 0; i < REMINDERS_MAX && options->room_reminders[i] >= 0; i++)
        if (options->room_reminders[i] > 86400)
            abort();
    const char *shown = booking_reminders_text(arena, options->room_reminders, 0);
    if (!text_is_utf8(shown, strlen(shown)))
        abort();
}

static void check_good(const struct booking *booking, const struct booking_limits *limits, int64_t now)
{
    const struct meeting *meeting = &booking->meeting;
    int64_t length = meeting->ends_at - meeting->starts_at;
    if (!*meeting->subject || strpbrk(meeting->subject, "\n\r\t") || length < limits->length_least ||
        length > limits->length_most || meeting->starts_at < now - limits->past_most ||
        meeting->starts_at > now + limits->ahead_most || booking->guests.bad_count ||
        booking->guests.count > (size_t)limits->guests_most || meeting->options.maximum < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct booking_limits limits = {.length_least = 60,
                                                 .length_most = 86400,
                                                 .length_default = 3600,
                                                 .moderators_most = 5,
                                                 .guests_most = 10,
                                                 .ahead_most = 400 * 86400,
                                                 .past_most = 600};
    static struct zones *zones;
    const int64_t now = 1795420800;
    struct arena arena = {0};
    struct form form;
    struct booking booking;
    if (!zones)
        zones = make_zones();
    if (form_read(&form, &arena, (const char *)data, size)) {
        if (booking_read(&booking, &arena, &form, &limits, zones, "me@x.org", "Europe/Paris", "en", now)) {
            check_good(&booking, &limits, now);
            check_options(&arena, &booking.meeting.options);
        } else if (!booking.error_count)
            abort();
        const struct meeting running = {.id = 1,
                                        .room = "r",
                                        .subject = "s",
                                        .description = "",
                                        .tz = "Europe/Paris",
                                        .language = "fr",
                                        .starts_at = now - 60,
                                        .ends_at = now + 60};
        struct booking change;
        if (booking_read_change(&change, &arena, &form, &limits, zones, "me@x.org", &running, now) &&
            (change.meeting.starts_at != running.starts_at || change.meeting.ends_at <= now))
            abort();
        for (size_t i = 0; i < booking.error_count; i++)
            if (!booking.errors[i].field || !booking.errors[i].text ||
                (booking.errors[i].value &&
                 !text_is_utf8(booking.errors[i].value, strlen(booking.errors[i].value))))
                abort();
    }
    arena_free(&arena);
    return 0;
}
