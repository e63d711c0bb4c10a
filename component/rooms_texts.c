/* A policy out of a meeting: who may enter when, and what the others are told, in the meeting's language and
 * zone. */
#include "component/rooms_texts.h"
#include "proto/when.h"

#include <string.h>

enum { REFUSALS_MAX = 8 };

int64_t meeting_opens_at(const struct meeting *meeting)
{
    int before = meeting->options.opens_before > meeting->options.guests_before
                     ? meeting->options.opens_before
                     : meeting->options.guests_before;
    return meeting->starts_at - before;
}

int64_t meeting_closes_at(const struct meeting *meeting)
{
    return meeting->ends_at + meeting->options.grace;
}

static const char *fill(struct arena *arena, const char *sentence, const struct text_place *places)
{
    struct text text = {0};
    text_add_places(&text, sentence, places);
    const char *filled = arena_dup(arena, text_string(&text));
    text_free(&text);
    return filled;
}

/* What the texts of one meeting are made with. */
struct words {
    const struct rooms *rooms;
    struct arena *arena;
    const struct catalogue *catalogue;
    const struct zone *zone;
    int64_t now;
    struct room_refusal *list;
    size_t count;
};

static bool same_day(const struct zone *zone, int64_t a, int64_t b)
{
    struct wall one = zone_wall(zone, a), other = zone_wall(zone, b);
    return one.day == other.day && one.month == other.month && one.year == other.year;
}

/* '14:00'; with the day when it is not today (the text may be read tomorrow: it stays true), and the zone
 * when it is not the site's. */
static const char *moment(const struct words *words, int64_t at, bool with_day)
{
    struct text text = {0};
    when_add(&text, words->catalogue, words->zone, WHEN_TIME, words->now, at);
    if (with_day || !same_day(words->zone, words->now, at)) {
        text_add(&text, " (");
        when_add(&text, words->catalogue, words->zone, WHEN_DATE, words->now, at);
        text_add_char(&text, ')');
    }
    if (strcmp(zone_name(words->zone), words->rooms->o.site->tz) != 0) {
        text_add(&text, ", ");
        when_add_zone(&text, words->zone, at);
    }
    const char *copy = arena_dup(words->arena, text_string(&text));
    text_free(&text);
    return copy;
}

static void refuse(struct words *words, const char *reason, const char *text)
{
    words->list[words->count++] = (struct room_refusal){.reason = reason, .text = text};
}

/* What whoever comes back to a room that was ended reads, when no meeting is over there. */
static void refuse_ended(struct words *words, const char *reason)
{
    refuse(
        words, reason,
        _(words->catalogue, "This room was closed. It opens again in a quarter of an hour at the latest."));
}

static struct words words_of(const struct rooms *rooms, struct arena *arena, const char *language,
                             const char *tz)
{
    const struct zone *zone = tz ? zones_find(rooms->o.zones, tz) : NULL;
    if (!zone)
        zone = zones_find(rooms->o.zones, rooms->o.site->tz);
    return (struct words){.rooms = rooms,
                          .arena = arena,
                          .catalogue = catalogues_find(rooms->o.catalogues, language),
                          .zone = zone ? zone : zones_find(rooms->o.zones, "UTC"),
                          .now = clock_now(rooms->o.clock),
                          .list = arena_array(arena, REFUSALS_MAX, sizeof(struct room_refusal))};
}

static void refuse_early(struct words *words, const struct meeting *meeting)
{
    int64_t opens = meeting->starts_at - meeting->options.opens_before;
    int64_t guests = meeting->starts_at - meeting->options.guests_before;
    const struct text_place places[] = {{"start", moment(words, meeting->starts_at, false)},
                                        {"opens", moment(words, opens, false)},
                                        {"guests", moment(words, guests, false)},
                                        {NULL, NULL}};
    refuse(words, "early",
           fill(words->arena,
                opens == guests
                    ? _(words->catalogue, "The meeting starts at {start}. The room opens at {opens}.")
                    : _(words->catalogue,
                        "The meeting starts at {start}. The room opens at {opens}, for guests at {guests}."),
                places));
    refuse(
        words, "early-guest",
        meeting->options.guests_wait
            ? _(words->catalogue, "The room opens for guests when a moderator is in. Please try again then.")
            : fill(words->arena,
                   _(words->catalogue,
                     "The meeting starts at {start}. The room opens for guests at {guests}."),
                   places));
}

static void refuse_booked(struct words *words, const struct meeting *meeting)
{
    if (words->zone) { /* without any zone the module's own, short texts do */
        refuse_early(words, meeting);
        const struct text_place places[] = {{"end", moment(words, meeting->ends_at, true)}, {NULL, NULL}};
        refuse(words, "over",
               fill(words->arena, _(words->catalogue, "The meeting is over. It ended at {end}."), places));
    }
    refuse_ended(words, "closed");
    if (meeting->options.maximum) {
        const char *most = arena_printf(words->arena, "%d", meeting->options.maximum);
        const struct text_place places[] = {{"count", most}, {NULL, NULL}};
        refuse(words, "full",
               fill(words->arena,
                    catalogue_plural(words->catalogue, "The room is full: it is booked for {count} person.",
                                     "The room is full: it is booked for {count} people.",
                                     meeting->options.maximum),
                    places));
    }
}

static void fill_policy(struct room_policy *policy, const struct words *words, const char *node)
{
    policy->room = arena_printf(words->arena, "%s@%s", node, words->rooms->o.muc);
    policy->language = catalogue_language(words->catalogue);
    policy->refusals = words->list;
    policy->refusal_count = words->count;
}

void policy_of_meeting(const struct rooms *rooms, struct arena *arena, const struct policy_row *row,
                       struct room_policy *policy)
{
    const struct meeting *meeting = &row->meeting;
    struct words words = words_of(rooms, arena, meeting->language, meeting->tz);
    refuse_booked(&words, meeting);
    *policy = (struct room_policy){
        .meeting = meeting->ref,
        .admission = "booked",
        .moderation = rooms->o.moderation,
        .opens_at = meeting->starts_at - meeting->options.opens_before,
        .guests_at = meeting->starts_at - meeting->options.guests_before,
        .closes_at = meeting_closes_at(meeting),
        .maximum = meeting->options.maximum,
        .lobby = meeting->options.lobby,
        .wait = meeting->options.guests_wait,
        .password = meeting->options.password,
        .subject = meeting->subject,
        .moderator_count = row->moderator_count,
        .moderators = row->moderators,
        .accounts = rooms->o.logins ? row->accounts : NULL,
    };
    fill_policy(policy, &words, meeting->room);
}

void policy_of_cancelled(const struct rooms *rooms, struct arena *arena, const struct meeting *meeting,
                         struct room_policy *policy)
{
    struct words words = words_of(rooms, arena, meeting->language, meeting->tz);
    refuse(&words, "cancelled", _(words.catalogue, "This meeting was cancelled."));
    *policy = (struct room_policy){.meeting = meeting->ref,
                                   .admission = "closed",
                                   .reason = "cancelled",
                                   .moderation = rooms->o.moderation};
    fill_policy(policy, &words, meeting->room);
}

/* Whoever comes before the owner waits in the lobby, or, where there is none, is told. */
void policy_of_personal(const struct rooms *rooms, struct arena *arena, const struct personal_room *room,
                        struct room_policy *policy)
{
    const struct person *owner = &room->owner;
    struct words words =
        words_of(rooms, arena, owner->language ? owner->language : rooms->o.site->language, NULL);
    const struct text_place places[] = {{"name", owner->name}, {NULL, NULL}};
    const char **moderators = arena_array(arena, 1, sizeof *moderators);
    moderators[0] = room->ref;
    *policy = (struct room_policy){.admission = "owner",
                                   .moderation = rooms->o.moderation,
                                   .wait = true,
                                   .moderator_count = 1,
                                   .moderators = moderators};
    if (owner->may_book) {
        refuse(&words, "owner-away",
               owner->name && *owner->name
                   ? fill(arena,
                          _(words.catalogue, "This room opens when {name} comes in. Please try again then."),
                          places)
                   : _(words.catalogue, "This room opens when its owner comes in. Please try again then."));
    } else {
        refuse(&words, "closed", _(words.catalogue, "This personal room is closed."));
        policy->admission = "closed";
    }
    refuse_ended(&words, "over");
    fill_policy(policy, &words, room->node);
}

void policy_of_unbooked(const struct rooms *rooms, struct arena *arena, struct room_policy *policy)
{
    struct words words = words_of(rooms, arena, rooms->o.site->language, NULL);
    const struct text_place places[] = {{"address", rooms->o.site->url}, {NULL, NULL}};
    refuse(&words, "unbooked",
           fill(arena, _(words.catalogue, "This room is not booked. Book it at {address}"), places));
    refuse(&words, "sign-in",
           fill(arena, _(words.catalogue, "Please sign in to enter this room: {address}"), places));
    refuse_ended(&words, "over");
    *policy = (struct room_policy){.admission = rooms->o.unbooked, .moderation = "none"};
    fill_policy(policy, &words, "");
    policy->room = NULL;
}
