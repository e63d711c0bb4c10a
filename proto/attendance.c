#include "proto/attendance.h"

#include <stdlib.h>
#include <string.h>

/* A visit and whose it is. */
struct seat {
    const struct visit *visit;
    size_t person;
};

struct moment {
    int64_t at_ms;
    int step; /* +1 somebody is in, -1 out */
};

struct work {
    struct arena *arena;
    int64_t rejoin_ms, now_ms;
    struct present_person *people;
    int64_t *first_ms, *until_ms; /* of each person: when they came, and were seen last */
    size_t count;
    struct stay *stays; /* of everybody, used up from the front */
    struct stay *plain; /* of one person: without what the way through a breakout joins */
    struct moment *moments;
    size_t moment_count;
};

static int64_t end_of(const struct work *work, int64_t joined_ms, int64_t left_ms)
{
    int64_t end = left_ms ? left_ms : work->now_ms;
    return end > joined_ms ? end : joined_ms;
}

/* ------------------------------------------------------------------------------------- whose visit it is */

/* NULL is nothing, and comes last. */
static int compare_text(const char *a, const char *b)
{
    if (!a || !b)
        return !a - !b;
    return strcmp(a, b);
}

static bool is_known(const struct visit *visit)
{
    return visit->attendee || visit->identity;
}

/* 0: the same person, or one that cannot be told from it by name. */
static int compare_person(const struct visit *a, const struct visit *b)
{
    if (a->attendee != b->attendee)
        return a->attendee < b->attendee ? -1 : 1;
    if (a->attendee)
        return 0;
    int order = compare_text(a->identity, b->identity);
    if (order || a->identity)
        return order;
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : compare_text(a->name, b->name);
}

static int compare_seats(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;
    int order = compare_person(a->visit, b->visit);
    return order ? order : (a->visit > b->visit) - (a->visit < b->visit);
}

static int compare_owners(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;
    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    return (a->visit > b->visit) - (a->visit < b->visit);
}

/* Of those from `first` on, who share a name: the one who left last before this visit. Who has no name at all
 * is the same only when the connection broke. work->count: nobody. */
static size_t find_namesake(const struct work *work, size_t first, const struct visit *visit)
{
    size_t found = work->count;
    for (size_t i = first; i < work->count; i++) {
        bool free = work->until_ms[i] <= visit->joined_ms &&
                    (visit->name || visit->joined_ms - work->until_ms[i] <= work->rejoin_ms);
        if (free && (found == work->count || work->until_ms[i] > work->until_ms[found]))
            found = i;
    }
    return found;
}

static void give_seats(struct work *work, struct seat *seats, size_t count)
{
    size_t first = 0; /* of those that cannot be told apart by who they are */
    for (size_t i = 0; i < count; i++) {
        const struct visit *visit = seats[i].visit;
        if (i == 0 || compare_person(seats[i - 1].visit, visit) != 0)
            first = work->count;
        size_t person = is_known(visit) ? first : find_namesake(work, first, visit);
        if (person == work->count)
            work->count++;
        work->until_ms[person] = visit->left_ms ? visit->left_ms : INT64_MAX;
        seats[i].person = person;
    }
}

/* ---------------------------------------------------------------------------------------- stays of a person
 */

/* Did that stay end at most `rejoin_ms` before? */
static bool ended_just_before(const struct work *work, const struct stay *stay, int64_t at_ms)
{
    return stay->left_ms && stay->left_ms <= at_ms && at_ms - stay->left_ms <= work->rejoin_ms;
}

static bool is_way_back(const struct work *work, const struct stay *way, int64_t at_ms)
{
    return way->room_kind == ROOM_BREAKOUT && (!way->left_ms || at_ms - way->left_ms <= work->rejoin_ms);
}

static bool came_from_breakout(const struct work *work, const struct stay *stays, size_t count, int64_t at_ms)
{
    for (size_t i = 0; i < count; i++)
        if (is_way_back(work, &stays[i], at_ms))
            return true;
    return false;
}

/* Was the person in a breakout from the end of `stay` to `at_ms`? Clients leave one room and join the other
 * in either order. */
static bool went_by_breakout(const struct work *work, const struct stay *stays, size_t count,
                             const struct stay *stay, int64_t at_ms)
{
    if (!stay->left_ms || stay->left_ms > at_ms)
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_way_back(work, &stays[i], at_ms) && stays[i].joined_ms - stay->left_ms <= work->rejoin_ms &&
            (!stays[i].left_ms || stays[i].left_ms >= stay->left_ms))
            return true;
    return false;
}

/* The stay that a visit goes on with, the one that ended last; NULL: a new one. */
static struct stay *find_stay(const struct work *work, struct stay *stays, size_t count,
                              const struct visit *visit, bool by_breakouts)
{
    struct stay *found = NULL;
    int64_t at_ms = visit->joined_ms;
    bool came =
        by_breakouts && visit->room_kind == ROOM_MAIN && came_from_breakout(work, stays, count, at_ms);
    for (size_t i = 0; i < count; i++) {
        struct stay *stay = &stays[i];
        bool goes_on = stay->room_kind == visit->room_kind &&
                       (ended_just_before(work, stay, at_ms) ||
                        (came && went_by_breakout(work, stays, count, stay, at_ms)));
        if (goes_on && (!found || stay->left_ms > found->left_ms))
            found = stay;
    }
    return found;
}

static size_t make_stays(const struct work *work, struct stay *stays, const struct seat *seats, size_t count,
                         bool by_breakouts)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct visit *visit = seats[i].visit;
        if (visit->room_kind == ROOM_LOBBY)
            continue;
        struct stay *stay = find_stay(work, stays, used, visit, by_breakouts);
        if (!stay) {
            stay = &stays[used++];
            *stay = (struct stay){.joined_ms = visit->joined_ms, .room_kind = visit->room_kind};
        }
        stay->left_ms = visit->left_ms;
        stay->uncertain = visit->uncertain; /* an end in between is none */
    }
    return used;
}

static void add_moment(struct work *work, int64_t at_ms, int step)
{
    work->moments[work->moment_count++] = (struct moment){at_ms, step};
}

/* The time that stays cover, once; `kinds` says which count. With `moments`, notes when it begins and ends.
 */
static int64_t time_covered(struct work *work, const struct stay *stays, size_t count, bool main_only,
                            bool moments)
{
    int64_t sum = 0, from = 0, until = 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        int64_t end = end_of(work, stays[i].joined_ms, stays[i].left_ms);
        if (main_only && stays[i].room_kind != ROOM_MAIN)
            continue;
        if (!any || stays[i].joined_ms > until) {
            if (any && moments)
                add_moment(work, from, 1), add_moment(work, until, -1);
            sum += any ? until - from : 0;
            from = stays[i].joined_ms, until = end;
            any = true;
        } else if (end > until) {
            until = end;
        }
    }
    if (any && moments)
        add_moment(work, from, 1), add_moment(work, until, -1);
    return sum + (any ? until - from : 0);
}

/* The time in lobbies, once. */
static int64_t time_waited(const struct work *work, const struct seat *seats, size_t count)
{
    int64_t sum = 0, until = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const struct visit *visit = seats[i].visit;
        int64_t from = visit->joined_ms > until ? visit->joined_ms : until;
        int64_t end = end_of(work, visit->joined_ms, visit->left_ms);
        if (visit->room_kind != ROOM_LOBBY || end <= from)
            continue;
        sum += end - from;
        until = end;
    }
    return sum;
}

static void describe(struct present_person *person, const struct seat *seats, size_t count)
{
    person->attendee = seats[0].visit->attendee;
    person->phone = true;
    for (size_t i = 0; i < count; i++) {
        const struct visit *visit = seats[i].visit;
        bool inside = visit->room_kind != ROOM_LOBBY;
        person->name = visit->name ? visit->name : person->name;
        person->verified |= visit->verified;
        person->moderator |= inside && visit->moderator;
        person->phone &= visit->kind == OCCUPANT_PHONE;
        person->visits += inside;
    }
}

static void make_person(struct work *work, struct present_person *person, const struct seat *seats,
                        size_t count)
{
    describe(person, seats, count);
    person->stays = work->stays;
    person->stay_count = make_stays(work, work->stays, seats, count, true);
    person->present_ms = time_covered(work, person->stays, person->stay_count, false, true);
    size_t plain = make_stays(work, work->plain, seats, count, false);
    person->breakout_ms = time_covered(work, work->plain, plain, false, false) -
                          time_covered(work, work->plain, plain, true, false);
    person->waited_ms = time_waited(work, seats, count);
    work->first_ms[person - work->people] =
        person->stay_count ? person->stays[0].joined_ms : seats[0].visit->joined_ms;
    work->stays += person->stay_count;
}

/* -------------------------------------------------------------------------------------------- everybody */

/* Who leaves as another one comes is not there at the same time. */
static int compare_moments(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    return a->step - b->step;
}

static int most_at_once(struct work *work)
{
    int now = 0, most = 0;
    if (work->moment_count)
        qsort(work->moments, work->moment_count, sizeof *work->moments, compare_moments);
    for (size_t i = 0; i < work->moment_count; i++) {
        now += work->moments[i].step;
        most = now > most ? now : most;
    }
    return most;
}

/* A person on the way to a place in the list. */
struct place {
    int64_t first_ms;
    const struct present_person *person;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->first_ms != b->first_ms)
        return a->first_ms < b->first_ms ? -1 : 1;
    return (a->person > b->person) - (a->person < b->person);
}

static const struct present_person *by_first_joining(const struct work *work)
{
    struct place *places = arena_array(work->arena, work->count, sizeof *places);
    struct present_person *people = arena_array(work->arena, work->count, sizeof *people);
    for (size_t i = 0; i < work->count; i++)
        places[i] = (struct place){work->first_ms[i], &work->people[i]};
    qsort(places, work->count, sizeof *places, compare_places);
    for (size_t i = 0; i < work->count; i++)
        people[i] = *places[i].person;
    return people;
}

bool visits_add(const struct visit *visit, void *context)
{
    struct visits *visits = context;
    visits->list =
        arena_grow(visits->arena, visits->list, visits->count, &visits->room, sizeof *visits->list);
    struct visit *kept = &visits->list[visits->count++];
    *kept = *visit;
    kept->name = arena_dup(visits->arena, visit->name);
    kept->identity = arena_dup(visits->arena, visit->identity);
    return true;
}

struct attendance attendance_make(struct arena *arena, const struct visit *visits, size_t count,
                                  int64_t rejoin_ms, int64_t now_ms)
{
    if (!count)
        return (struct attendance){0};
    struct work work = {.arena = arena,
                        .rejoin_ms = rejoin_ms,
                        .now_ms = now_ms,
                        .people = arena_array(arena, count, sizeof *work.people),
                        .first_ms = arena_array(arena, count, sizeof *work.first_ms),
                        .until_ms = arena_array(arena, count, sizeof *work.until_ms),
                        .stays = arena_array(arena, count, sizeof *work.stays),
                        .plain = arena_array(arena, count, sizeof *work.plain),
                        .moments = arena_array(arena, count, 2 * sizeof *work.moments)};
    struct seat *seats = arena_array(arena, count, sizeof *seats);
    for (size_t i = 0; i < count; i++)
        seats[i].visit = &visits[i];
    qsort(seats, count, sizeof *seats, compare_seats);
    give_seats(&work, seats, count);
    qsort(seats, count, sizeof *seats, compare_owners);
    for (size_t i = 0, size; i < count; i += size) {
        for (size = 1; i + size < count && seats[i + size].person == seats[i].person; size++)
            continue;
        make_person(&work, &work.people[seats[i].person], &seats[i], size);
    }
    return (struct attendance){
        .count = work.count, .people = by_first_joining(&work), .most_at_once = most_at_once(&work)};
}
