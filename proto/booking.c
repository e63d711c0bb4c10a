#include "proto/booking_parts.h"

#include "proto/booking_typed.h"
#include "proto/catalogue.h"

#include <string.h>

enum { SUBJECT_MOST = 200, DESCRIPTION_MOST = 5000, SHOWN_MOST = 60, VALUE_MOST = 600 };

static const char *const field_order[] = {
    "subject",        "description",  "date",          "time",  "length",      "tz",
    "language",       "moderators",   "guests",        "lobby", "guests_wait", "shared",
    "show_guests",    "opens_before", "guests_before", "grace", "at_end",      "room_reminders",
    "mail_reminders", "maximum",      "password"};

enum { FIELD_COUNT = sizeof field_order / sizeof *field_order };

_Static_assert(FIELD_COUNT <= (int)BOOKING_ERRORS_MAX, "an error for each field");

static size_t field_index(const char *field)
{
    size_t index = 0;
    while (index < FIELD_COUNT && strcmp(field_order[index], field) != 0)
        index++;
    return index;
}

const char *booking_number(struct arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

void booking_add_error(struct reading *reading, const char *field, const char *text, const char *value,
                       const char *limit)
{
    struct booking *booking = reading->booking;
    size_t place = booking->error_count;
    while (place > 0 && field_index(booking->errors[place - 1].field) > field_index(field))
        place--;
    if (place > 0 && strcmp(booking->errors[place - 1].field, field) == 0)
        return;
    memmove(&booking->errors[place + 1], &booking->errors[place],
            (booking->error_count - place) * sizeof *booking->errors);
    booking->errors[place] =
        (struct booking_error){.field = field,
                               .text = text,
                               .value = value ? typed_short(reading->arena, value, VALUE_MOST) : NULL,
                               .limit = limit};
    booking->error_count++;
}

const char *booking_typed(struct reading *reading, const char *field, bool one_line)
{
    const char *typed = form_get(reading->form, field);
    const char *text = typed ? typed_text(reading->arena, typed, one_line) : "";
    return *text ? text : NULL;
}

const char *booking_shown(struct reading *reading, const char *typed)
{
    return typed_short(reading->arena, typed, SHOWN_MOST);
}

bool booking_is_too_long(struct reading *reading, const char *field, const char *typed, size_t most)
{
    size_t count = typed_count(typed);
    if (count > most)
        booking_add_error(
            reading, field, N_("This text is too long: {value} characters. At most {limit} are possible."),
            booking_number(reading->arena, (int64_t)count), booking_number(reading->arena, (int64_t)most));
    return count > most;
}

static void read_texts(struct reading *reading)
{
    struct meeting *meeting = &reading->booking->meeting;
    const char *subject = booking_typed(reading, "subject", true);
    const char *description = booking_typed(reading, "description", false);
    meeting->subject = subject ? subject : "";
    meeting->description = description ? description : "";
    if (!subject)
        booking_add_error(reading, "subject", N_("Please give the meeting a subject."), NULL, NULL);
    else
        booking_is_too_long(reading, "subject", subject, SUBJECT_MOST);
    if (description)
        booking_is_too_long(reading, "description", description, DESCRIPTION_MOST);
}

static void read_date(struct reading *reading)
{
    const char *typed = booking_typed(reading, "date", true);
    struct wall day = {0};
    if (!typed) {
        booking_add_error(reading, "date", N_("Please choose a day."), NULL, NULL);
    } else if (!typed_date(typed, &day)) {
        booking_add_error(
            reading, "date",
            N_("“{value}” is not a day that can be read. Please write it as year, month and day: {limit}."),
            booking_shown(reading, typed), "2026-12-03");
    } else if (!wall_is_valid(&day)) {
        booking_add_error(reading, "date", N_("The day {value} does not exist."),
                          booking_shown(reading, typed), NULL);
    } else {
        reading->start = day;
        reading->has_date = true;
    }
}

static void read_time(struct reading *reading)
{
    const char *typed = booking_typed(reading, "time", true);
    struct wall time = {0};
    if (!typed) {
        booking_add_error(reading, "time", N_("Please choose a time."), NULL, NULL);
    } else if (!typed_time(typed, &time)) {
        booking_add_error(
            reading, "time",
            N_("“{value}” is not a time that can be read. Please write hours and minutes: {limit}."),
            booking_shown(reading, typed), "14:30");
    } else {
        reading->start.hour = time.hour;
        reading->start.minute = time.minute;
        reading->start.second = time.second;
        reading->has_time = true;
    }
}

/* "1 h 30 min": the same in every language of ours. */
static const char *length_text(struct arena *arena, int64_t seconds)
{
    long long minutes = seconds / 60;
    if (seconds % 60)
        return arena_printf(arena, "%lld s", (long long)seconds);
    if (minutes < 60)
        return arena_printf(arena, "%lld min", minutes);
    return minutes % 60 ? arena_printf(arena, "%lld h %lld min", minutes / 60, minutes % 60)
                        : arena_printf(arena, "%lld h", minutes / 60);
}

static void read_length(struct reading *reading)
{
    const char *typed = booking_typed(reading, "length", true);
    const struct booking_limits *limits = reading->limits;
    reading->length = limits->length_default;
    if (typed && !typed_length(typed, &reading->length))
        booking_add_error(
            reading, "length",
            N_("“{value}” is not a length that can be read. Please write minutes, or hours and minutes: "
               "{limit}."),
            booking_shown(reading, typed), "1:30");
    else if (reading->length < limits->length_least)
        booking_add_error(reading, "length", N_("This is too short. A meeting lasts {limit} at least."),
                          booking_shown(reading, typed ? typed : ""),
                          length_text(reading->arena, limits->length_least));
    else if (reading->length > limits->length_most)
        booking_add_error(reading, "length", N_("This is too long. A meeting lasts {limit} at most."),
                          booking_shown(reading, typed ? typed : ""),
                          length_text(reading->arena, limits->length_most));
    else
        reading->has_length = true;
}

static void read_zone(struct reading *reading, const struct zones *zones, const char *tz)
{
    const char *typed = booking_typed(reading, "tz", true);
    tz = typed ? typed : tz;
    reading->zone = zones_find(zones, tz);
    reading->booking->meeting.tz = reading->zone ? zone_name(reading->zone) : tz;
    if (!reading->zone)
        booking_add_error(
            reading, "tz",
            N_("“{value}” is not a time zone. Please choose one of the list, for example {limit}."),
            booking_shown(reading, tz), "Europe/Paris");
}

static void read_language(struct reading *reading, const char *language)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    const char *typed = booking_typed(reading, "language", true);
    reading->booking->meeting.language = typed ? typed : language;
    if (typed && (strlen(typed) > 16 || typed[strspn(typed, letters)]))
        booking_add_error(reading, "language",
                          N_("“{value}” is not a language. Please choose one of the list."),
                          booking_shown(reading, typed), NULL);
}

/* Date and time are both read well here, so that this is the field's first error. */
static void add_past(struct reading *reading, const char *field)
{
    struct booking *booking = reading->booking;
    booking_add_error(reading, field,
                      N_("{value} is over already. Please choose a time to come: it is {limit} now."), NULL,
                      NULL);
    for (size_t i = 0; i < booking->error_count; i++)
        if (strcmp(booking->errors[i].field, field) == 0) {
            booking->errors[i].instants = true;
            booking->errors[i].value_at = booking->meeting.starts_at;
            booking->errors[i].limit_at = reading->now;
        }
}

/* The instants, once day, time, length and zone are all there. A time that the zone skips is moved by
 * zone_instant.
 */
static void read_span(struct reading *reading)
{
    struct meeting *meeting = &reading->booking->meeting;
    const struct booking_limits *limits = reading->limits;
    if (!reading->has_date || !reading->has_time || !reading->zone)
        return;
    meeting->starts_at = zone_instant(reading->zone, &reading->start);
    meeting->ends_at = meeting->starts_at + (reading->has_length ? reading->length : 0);
    struct wall today = zone_wall(reading->zone, reading->now);
    bool same_day = today.year == reading->start.year && today.month == reading->start.month &&
                    today.day == reading->start.day;
    bool stays = reading->was && reading->was->starts_at == meeting->starts_at;
    if (!stays && meeting->starts_at < reading->now - limits->past_most)
        add_past(reading, same_day ? "time" : "date");
    else if (!stays && meeting->starts_at > reading->now + limits->ahead_most)
        booking_add_error(reading, "date",
                          N_("This is too far ahead. Meetings can be booked {limit} days ahead at most."),
                          NULL, booking_number(reading->arena, limits->ahead_most / 86400));
}

/* Some of a list for people: the first five, shortened. */
static const char *list_text(struct arena *arena, const char *const *list, size_t count)
{
    struct text text = {0};
    for (size_t i = 0; i < count && i < 5; i++) {
        text_add(&text, i ? ", " : "");
        text_add(&text, typed_short(arena, list[i], SHOWN_MOST));
    }
    if (count > 5)
        text_add(&text, ", \xE2\x80\xA6");
    const char *copy = arena_dup(arena, text_string(&text));
    text_free(&text);
    return copy;
}

/* Names that may be those of two people, as they were read; NULL: none. */
static const char *doubtful_names(struct arena *arena, const struct addresses *people)
{
    size_t count = 0;
    const char **names = arena_array(arena, people->count, sizeof *names);
    for (size_t i = 0; i < people->count; i++)
        if (address_is_doubtful(&people->list[i]))
            names[count++] = arena_printf(arena, "%s <%s>", people->list[i].name, people->list[i].mail);
    return count ? list_text(arena, names, count) : NULL;
}

/* A list of people without the organiser. False: it has an error. */
static bool read_people(struct reading *reading, const char *field, struct addresses *people, int most,
                        const char *organiser)
{
    size_t kept = 0;
    addresses_read(people, reading->arena, form_get(reading->form, field));
    for (size_t i = 0; i < people->count; i++)
        if (!organiser || !text_equal_nocase(people->list[i].mail, organiser))
            people->list[kept++] = people->list[i];
    people->count = kept;
    const char *doubtful = doubtful_names(reading->arena, people);
    if (people->bad_count)
        booking_add_error(
            reading, field,
            N_("Not a mail address: {value}. Addresses look like name@university.example, with commas or "
               "lines between them."),
            list_text(reading->arena, people->bad, people->bad_count), NULL);
    else if (people->count > (size_t)most)
        booking_add_error(reading, field, N_("These are {value} people. At most {limit} are possible."),
                          booking_number(reading->arena, (int64_t)people->count),
                          booking_number(reading->arena, most));
    else if (doubtful)
        booking_add_error(reading, field, BOOKING_DOUBTFUL, doubtful, NULL);
    return people->bad_count == 0 && people->count <= (size_t)most;
}

static void find_in_both(struct reading *reading)
{
    const struct addresses *moderators = &reading->booking->moderators, *guests = &reading->booking->guests;
    const char **both = arena_array(reading->arena, guests->count, sizeof *both);
    size_t count = 0;
    for (size_t i = 0; i < guests->count; i++)
        for (size_t j = 0; j < moderators->count; j++)
            if (text_equal_nocase(guests->list[i].mail, moderators->list[j].mail))
                both[count++] = address_show(reading->arena, guests->list[i].mail);
    if (count)
        booking_add_error(reading, "guests", N_("In both lists: {value}. Please decide: moderator or guest?"),
                          list_text(reading->arena, both, count), NULL);
}

/* What may no longer change, and the length from the start that was. */
static void read_running(struct reading *reading, const struct zones *zones)
{
    struct meeting *meeting = &reading->booking->meeting;
    const struct meeting *was = reading->was;
    *meeting = *was;
    reading->zone = zones_find(zones, was->tz);
    reading->length = was->ends_at - was->starts_at;
    if (form_get(reading->form, "length"))
        read_length(reading);
    meeting->ends_at = was->starts_at + reading->length;
    if (meeting->ends_at <= reading->now)
        booking_add_error(reading, "length", N_("This is over already. Please choose a longer time."), NULL,
                          NULL);
}

static void read_plan(struct reading *reading, const struct zones *zones, const char *tz,
                      const char *language)
{
    read_texts(reading);
    read_date(reading);
    read_time(reading);
    read_length(reading);
    read_zone(reading, zones, tz);
    read_span(reading);
    read_language(reading, language);
}

static bool read_all(struct reading *reading, const struct zones *zones, const char *organiser,
                     const char *tz, const char *language)
{
    struct booking *booking = reading->booking;
    const struct booking_limits *limits = reading->limits;
    *booking = (struct booking){.meeting.status = MEETING_CONFIRMED};
    if (reading->was && reading->was->starts_at <= reading->now)
        read_running(reading, zones);
    else
        read_plan(reading, zones, tz, language);
    bool good = read_people(reading, "moderators", &booking->moderators, limits->moderators_most, organiser);
    if (read_people(reading, "guests", &booking->guests, limits->guests_most, organiser) && good)
        find_in_both(reading);
    booking_read_options(reading);
    if (reading->was) {
        booking->meeting.id = reading->was->id;
        booking->meeting.room = reading->was->room;
    }
    return booking->error_count == 0;
}

bool booking_read(struct booking *booking, struct arena *arena, const struct form *form,
                  const struct booking_limits *limits, const struct zones *zones, const char *organiser,
                  const char *tz, const char *language, int64_t now)
{
    struct reading reading = {.booking = booking, .arena = arena, .form = form, .limits = limits, .now = now};
    return read_all(&reading, zones, organiser, tz, language);
}

bool booking_read_change(struct booking *booking, struct arena *arena, const struct form *form,
                         const struct booking_limits *limits, const struct zones *zones,
                         const char *organiser, const struct meeting *was, int64_t now)
{
    struct reading reading = {
        .booking = booking, .arena = arena, .form = form, .limits = limits, .was = was, .now = now};
    return read_all(&reading, zones, organiser, was->tz, was->language);
}
