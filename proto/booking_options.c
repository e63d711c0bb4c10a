/* The part of a booking's form that sites may fold away: who may enter when, reminders, lobby, password. */
#include "proto/booking_parts.h"

#include "proto/booking_typed.h"
#include "proto/catalogue.h"

#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MOST = 100, PEOPLE_MOST = 10000, MINUTES_MOST = 24 * 60 /* as in jmb.conf */ };

static void read_flag(struct reading *reading, const char *field, bool *flag)
{
    const char *typed = booking_typed(reading, field, true);
    if (typed && !typed_yes_or_no(typed, flag))
        booking_add_error(reading, field, N_("“{value}” is neither yes nor no."),
                          booking_shown(reading, typed), NULL);
}

static void read_at_end(struct reading *reading, enum at_end *at_end)
{
    static const char *const words[] = {
        [AT_END_NONE] = "none", [AT_END_WARN] = "warn", [AT_END_CLOSE] = "close"};
    const char *typed = booking_typed(reading, "at_end", true);
    if (!typed)
        return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(typed, words[i]) == 0) {
            *at_end = (enum at_end)i;
            return;
        }
    booking_add_error(reading, "at_end",
                      N_("“{value}” is none of the choices. Please choose what happens at the end."),
                      booking_shown(reading, typed), NULL);
}

static void read_maximum(struct reading *reading, int *maximum)
{
    const char *typed = booking_typed(reading, "maximum", true);
    int64_t number = 0;
    if (!form_get(reading->form, "maximum"))
        return;
    if (typed && (!typed_number(typed, &number) || number == 1 || number > PEOPLE_MOST))
        booking_add_error(
            reading, "maximum",
            N_("“{value}” is not a number of people. Please write a number ({limit}), or nothing for "
               "no bound."),
            booking_shown(reading, typed),
            "2\xE2\x80\x93"
            "10000");
    else
        *maximum = (int)number;
}

static void read_password(struct reading *reading, const char **password)
{
    if (!form_get(reading->form, "password"))
        return;
    *password = booking_typed(reading, "password", true);
    if (*password)
        booking_is_too_long(reading, "password", *password, PASSWORD_MOST);
}

/* A number of minutes. What the form showed of seconds that are no whole minutes and sends back keeps them.
 */
static bool read_minutes(struct reading *reading, const char *field, int *seconds)
{
    const char *typed = booking_typed(reading, field, true);
    int64_t minutes = 0;
    if (!typed)
        return true;
    if (!typed_number(typed, &minutes) || minutes > MINUTES_MOST) {
        booking_add_error(reading, field,
                          N_("“{value}” is not a number of minutes. Please write a number up to {limit}."),
                          booking_shown(reading, typed), booking_number(reading->arena, MINUTES_MOST));
        return false;
    }
    if (minutes != *seconds / 60)
        *seconds = (int)minutes * 60;
    return true;
}

/* Guests never come in before the moderators: who typed that is told, who typed only the other is followed.
 */
static void read_opening(struct reading *reading, struct meeting_options *options)
{
    bool good = read_minutes(reading, "opens_before", &options->opens_before);
    good = read_minutes(reading, "guests_before", &options->guests_before) && good;
    if (!good || options->guests_before <= options->opens_before)
        return;
    if (booking_typed(reading, "guests_before", true))
        booking_add_error(
            reading, "guests_before",
            N_("Guests cannot come in before you and the moderators. Please write {limit} minutes at most."),
            NULL, booking_number(reading->arena, options->opens_before / 60));
    else
        options->guests_before = options->opens_before;
}

/* What may stand in a list of reminders, in seconds. */
struct reminder_range {
    int least, most;
};

/* One "24h" of a list; the end of it, or NULL. */
static const char *read_reminder(const char *at, const struct reminder_range *range, int *seconds)
{
    static const struct {
        char letter;
        int seconds;
    } units[] = {{'d', 86400}, {'j', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    char *end;
    long number = strtol(at, &end, 10);
    if (end == at || *at < '0' || *at > '9' || number > 100000)
        return NULL;
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if ((*end | 0x20) == units[i].letter && number <= range->most / units[i].seconds &&
            number * units[i].seconds >= range->least) {
            *seconds = (int)number * units[i].seconds;
            return end + 1 + strspn(end + 1, "abcdefghijklmnopqrstuvwxyz");
        }
    return NULL;
}

static bool read_reminder_list(const char *at, const struct reminder_range *range, int list[REMINDERS_MAX])
{
    int count = 0;
    for (at += strspn(at, " ,;"); *at; at += strspn(at, " ,;")) {
        if (count == REMINDERS_MAX || !(at = read_reminder(at, range, &list[count++])) ||
            (*at && !strchr(" ,;", *at)))
            return false;
    }
    if (count < REMINDERS_MAX)
        list[count] = -1;
    return true;
}

static const struct reminder_range by_mail = {60, 366 * 86400}, in_the_room = {0, 86400};

static void read_mail_reminders(struct reading *reading, int reminders[REMINDERS_MAX])
{
    const char *typed = booking_typed(reading, "mail_reminders", true);
    int list[REMINDERS_MAX];
    if (!form_get(reading->form, "mail_reminders"))
        return;
    if (read_reminder_list(typed ? typed : "", &by_mail, list))
        memcpy(reminders, list, sizeof list);
    else
        booking_add_error(
            reading, "mail_reminders",
            N_("“{value}” cannot be read. Please write days, hours or minutes before the start, like "
               "{limit}."),
            booking_shown(reading, typed), "7d, 24h, 10m");
}

static void read_room_reminders(struct reading *reading, int reminders[REMINDERS_MAX])
{
    const char *typed = booking_typed(reading, "room_reminders", true);
    int list[REMINDERS_MAX];
    if (!form_get(reading->form, "room_reminders"))
        return;
    if (read_reminder_list(typed ? typed : "", &in_the_room, list))
        memcpy(reminders, list, sizeof list);
    else
        booking_add_error(
            reading, "room_reminders",
            N_("“{value}” cannot be read. Please write hours or minutes before the end, a day at most, like "
               "{limit}."),
            booking_shown(reading, typed), "15m, 5m, 0m");
}

static void add_reminder(struct text *text, int seconds)
{
    if (seconds % 86400 == 0 && seconds > 86400)
        text_addf(text, "%dd", seconds / 86400);
    else if (seconds % 3600 == 0 && seconds > 0)
        text_addf(text, "%dh", seconds / 3600);
    else if (seconds % 60 == 0)
        text_addf(text, "%dm", seconds / 60);
    else
        text_addf(text, "%ds", seconds);
}

const char *booking_reminders_text(struct arena *arena, const int reminders[REMINDERS_MAX], int least)
{
    struct text text = {0};
    for (int i = 0; i < REMINDERS_MAX && reminders[i] >= least; i++) {
        text_add(&text, i ? ", " : "");
        add_reminder(&text, reminders[i]);
    }
    const char *copy = arena_dup(arena, text_string(&text));
    text_free(&text);
    return copy;
}

void booking_read_options(struct reading *reading)
{
    struct meeting_options *options = &reading->booking->meeting.options;
    *options = reading->was ? reading->was->options : reading->limits->options;
    read_flag(reading, "shared", &options->shared);
    read_flag(reading, "show_guests", &options->show_guests);
    read_opening(reading, options);
    read_minutes(reading, "grace", &options->grace);
    read_mail_reminders(reading, options->mail_reminders);
    read_room_reminders(reading, options->room_reminders);
    read_flag(reading, "lobby", &options->lobby);
    read_flag(reading, "guests_wait", &options->guests_wait);
    read_at_end(reading, &options->at_end);
    read_maximum(reading, &options->maximum);
    read_password(reading, &options->password);
}
