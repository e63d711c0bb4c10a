#include "sql/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the database spells what is an enum here. Which of the words it is; the last one when it is none. */
static int find_word(const char *const words[], int last, const char *word)
{
    int found = 0;
    while (found < last && word && strcmp(words[found], word) != 0)
        found++;
    return found;
}

static const char *const at_end_words[] = {
    [AT_END_NONE] = "none", [AT_END_WARN] = "warn", [AT_END_CLOSE] = "close"};

const char *at_end_word(enum at_end at_end)
{
    return at_end_words[at_end];
}

static const char *const reminder_words[] = {[REMINDER_ROOM] = "room",
                                             [REMINDER_LAST] = "last",
                                             [REMINDER_END] = "end",
                                             [REMINDER_SAY] = "say",
                                             [REMINDER_STOP] = "stop"};

const char *reminder_word(enum reminder_kind kind)
{
    return reminder_words[kind];
}

enum reminder_kind reminder_kind_of(const char *word)
{
    return (enum reminder_kind)find_word(reminder_words, REMINDER_STOP, word);
}

const char *occupant_word(enum occupant_kind kind)
{
    return kind == OCCUPANT_PHONE ? "phone" : "participant";
}

enum occupant_kind occupant_kind_of(const char *word)
{
    return word && strcmp(word, "phone") == 0 ? OCCUPANT_PHONE : OCCUPANT_PARTICIPANT;
}

/* From `least` on; what is below ends the list. */
static void write_reminders(const int reminders[REMINDERS_MAX], int least, char text[REMINDERS_TEXT])
{
    size_t size = 0;
    text[0] = 0;
    for (int i = 0; i < REMINDERS_MAX && reminders[i] >= least; i++)
        size += (size_t)snprintf(text + size, REMINDERS_TEXT - size, "%s%d", i ? "," : "", reminders[i]);
}

void options_write(const struct meeting_options *options, struct options_text *text)
{
    write_reminders(options->room_reminders, 0, text->room_reminders);
    write_reminders(options->mail_reminders, 1, text->mail_reminders);
}

void bind_options(struct query *query, const struct meeting_options *options, struct options_text *text)
{
    options_write(options, text);
    bind_int(query, ":lobby", options->lobby);
    bind_int(query, ":guests_wait", options->guests_wait);
    bind_int(query, ":opens_before", options->opens_before);
    bind_int(query, ":guests_before", options->guests_before);
    bind_int(query, ":grace", options->grace);
    bind_text(query, ":at_end", at_end_word(options->at_end));
    bind_int(query, ":maximum", options->maximum);
    bind_text(query, ":password", options->password);
    bind_int(query, ":shared", options->shared);
    bind_text(query, ":room_reminders", text->room_reminders);
    bind_text(query, ":mail_reminders", text->mail_reminders);
    bind_int(query, ":show_guests", options->show_guests);
}

void reminders_read(const char *text, int reminders[REMINDERS_MAX])
{
    int count = 0;
    while (text && *text && count < REMINDERS_MAX) {
        int seconds = 0;
        for (; *text >= '0' && *text <= '9'; text++) /* each event of a feed has some: strtol shows */
            seconds = seconds * 10 + (*text - '0');
        reminders[count++] = seconds;
        text = *text == ',' ? text + 1 : NULL;
    }
    if (count < REMINDERS_MAX)
        reminders[count] = -1;
}

/* Those that a door need not know. */
static void next_options(struct query *query, struct meeting_options *options)
{
    options->lobby = next_bool(query);
    options->guests_wait = next_bool(query);
    options->at_end = (enum at_end)find_word(at_end_words, AT_END_CLOSE, next_text(query));
    options->maximum = (int)next_int(query);
    options->password = next_text(query);
    reminders_read(next_text(query), options->room_reminders);
    reminders_read(next_text(query), options->mail_reminders);
    options->show_guests = next_bool(query);
}

static const char *const person_sources[] = {[PERSON_SIGNED_IN] = "sign-in",
                                             [PERSON_DIRECTORY] = "directory",
                                             [PERSON_ADMIN] = "admin",
                                             [PERSON_GONE] = "gone"};

const char *person_source_word(enum person_source source)
{
    return person_sources[source];
}

void next_person(struct query *query, struct person *person)
{
    person->id = next_int(query);
    person->mail = next_text(query);
    person->uid = next_text(query);
    person->name = next_text(query);
    person->language = next_text(query);
    person->tz = next_text(query);
    person->may_book = next_bool(query);
    person->source = (enum person_source)find_word(person_sources, PERSON_GONE, next_text(query));
    person->answer_mails = next_bool(query);
    next_link(query, &person->link);
    person->signed_in_at = next_int(query);
}

enum meeting_status next_status(struct query *query)
{
    const char *word = next_text(query);
    return word && strcmp(word, "cancelled") == 0 ? MEETING_CANCELLED : MEETING_CONFIRMED;
}

void next_meeting_at_door(struct query *query, struct meeting *meeting)
{
    *meeting = (struct meeting){.id = next_int(query)};
    meeting->ref = next_text(query);
    meeting->room = next_text(query);
    meeting->subject = next_text(query);
    meeting->organiser = next_int(query);
    meeting->starts_at = next_int(query);
    meeting->ends_at = next_int(query);
    meeting->tz = next_text(query);
    meeting->language = next_text(query);
    meeting->status = next_status(query);
    meeting->options.opens_before = (int)next_int(query);
    meeting->options.guests_before = (int)next_int(query);
    meeting->options.grace = (int)next_int(query);
    meeting->options.shared = next_bool(query);
    meeting->cancel_reason = next_text(query);
    next_link(query, &meeting->shared_link);
}

void next_meeting(struct query *query, struct meeting *meeting)
{
    next_meeting_at_door(query, meeting);
    meeting->uid = next_text(query);
    meeting->description = next_text(query);
    meeting->sequence = (int)next_int(query);
    next_options(query, &meeting->options);
    meeting->created_at = next_int(query);
    meeting->updated_at = next_int(query);
    meeting->revision = next_int(query);
}

void next_attendee(struct query *query, struct attendee *attendee)
{
    attendee->id = next_int(query);
    attendee->meeting = next_int(query);
    attendee->ref = next_text(query);
    attendee->mail = next_text(query);
    attendee->name = next_text(query);
    attendee->role = ROLE_GUEST;
    attendee->partstat = PARTSTAT_NEEDS_ACTION;
    role_read(next_text(query), &attendee->role);
    partstat_read(next_text(query), &attendee->partstat);
    attendee->answered_at = next_int(query);
    attendee->comment = next_text(query);
    next_link(query, &attendee->link);
    attendee->removed = next_bool(query);
}

void copy_person(struct arena *arena, struct person *person)
{
    person->mail = arena_dup(arena, person->mail);
    person->uid = arena_dup(arena, person->uid);
    person->name = arena_dup(arena, person->name);
    person->language = arena_dup(arena, person->language);
    person->tz = arena_dup(arena, person->tz);
}

int query_run_person(struct query *query, struct arena *arena, struct person *person)
{
    int status = query_step(query);
    if (status > 0) {
        next_person(query, person);
        copy_person(arena, person);
    }
    query_close(query);
    return status;
}

void copy_meeting(struct arena *arena, struct meeting *meeting)
{
    meeting->ref = arena_dup(arena, meeting->ref);
    meeting->uid = arena_dup(arena, meeting->uid);
    meeting->room = arena_dup(arena, meeting->room);
    meeting->subject = arena_dup(arena, meeting->subject);
    meeting->description = arena_dup(arena, meeting->description);
    meeting->tz = arena_dup(arena, meeting->tz);
    meeting->language = arena_dup(arena, meeting->language);
    meeting->cancel_reason = arena_dup(arena, meeting->cancel_reason);
    meeting->options.password = arena_dup(arena, meeting->options.password);
}

void copy_attendee(struct arena *arena, struct attendee *attendee)
{
    attendee->ref = arena_dup(arena, attendee->ref);
    attendee->mail = arena_dup(arena, attendee->mail);
    attendee->name = arena_dup(arena, attendee->name);
    attendee->comment = arena_dup(arena, attendee->comment);
}
