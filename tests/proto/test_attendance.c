#include "proto/attendance.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000, REJOIN = 60 * SECOND, NOW = 4000 * SECOND };

/* Visits by joining, in seconds; who: attendee, or a name without a token. */
struct seen {
    int64_t attendee;
    const char *name;
    enum room_kind room_kind;
    int joined, left;
    bool uncertain, moderator;
    enum occupant_kind kind;
    const char *identity;
};

struct sheet {
    struct arena arena;
    struct attendance a;
};

static struct sheet sheet_of(const struct seen *seen, size_t count)
{
    struct sheet sheet = {0};
    struct visit *visits = arena_array(&sheet.arena, count ? count : 1, sizeof *visits);
    for (size_t i = 0; i < count; i++)
        visits[i] = (struct visit){.id = (int64_t)i + 1,
                                   .attendee = seen[i].attendee,
                                   .name = seen[i].name,
                                   .identity = seen[i].identity,
                                   .verified = seen[i].attendee || seen[i].identity,
                                   .room_kind = seen[i].room_kind,
                                   .kind = seen[i].kind,
                                   .joined_ms = (int64_t)seen[i].joined * SECOND,
                                   .left_ms = (int64_t)seen[i].left * SECOND,
                                   .uncertain = seen[i].uncertain,
                                   .moderator = seen[i].moderator};
    sheet.a = attendance_make(&sheet.arena, visits, count, REJOIN, NOW);
    return sheet;
}

#define SHEET(...)                                                                                           \
    sheet_of((const struct seen[]){__VA_ARGS__},                                                             \
             sizeof((const struct seen[]){__VA_ARGS__}) / sizeof(struct seen))

static void assert_stay(const struct present_person *person, size_t at, int joined, int left)
{
    assert_true(at < person->stay_count);
    assert_int_equal(person->stays[at].joined_ms, joined * SECOND);
    assert_int_equal(person->stays[at].left_ms, left * SECOND);
}

TEST(attendance__nobody__is_empty)
{
    struct sheet sheet = sheet_of(NULL, 0);
    assert_int_equal(sheet.a.count, 0);
    assert_int_equal(sheet.a.most_at_once, 0);
    arena_free(&sheet.arena);
}

TEST(attendance__two_devices__are_one_person_and_count_once)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 10, .left = 100},
                               {1, "Alice", ROOM_MAIN, .joined = 50, .left = 200});
    assert_int_equal(sheet.a.count, 1);
    const struct present_person *alice = sheet.a.people;
    assert_int_equal(alice->attendee, 1);
    assert_true(alice->verified);
    assert_int_equal(alice->stay_count, 2);
    assert_stay(alice, 0, 10, 100);
    assert_stay(alice, 1, 50, 200);
    assert_int_equal(alice->visits, 2);
    assert_int_equal(alice->present_ms, 190 * SECOND);
    assert_int_equal(sheet.a.most_at_once, 1);
    arena_free(&sheet.arena);
}

TEST(attendance__rejoin__within_a_minute_is_the_same_stay)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 0, .left = 100, .uncertain = true},
                               {1, "Alice", ROOM_MAIN, .joined = 160, .left = 300, .moderator = true},
                               {1, "Alice", ROOM_MAIN, .joined = 361, .left = 400, .uncertain = true});
    const struct present_person *alice = sheet.a.people;
    assert_int_equal(alice->stay_count, 2);
    assert_stay(alice, 0, 0, 300);
    assert_false(alice->stays[0].uncertain); /* its end was seen */
    assert_stay(alice, 1, 361, 400);
    assert_true(alice->stays[1].uncertain);
    assert_true(alice->moderator);
    assert_int_equal(alice->visits, 3);
    assert_int_equal(alice->present_ms, 339 * SECOND);
    arena_free(&sheet.arena);
}

TEST(attendance__rejoin_of_one_device__goes_on_with_that_one)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 0, .left = 100},
                               {1, "Alice", ROOM_MAIN, .joined = 50, .left = 500},
                               {1, "Alice", ROOM_MAIN, .joined = 130, .left = 200});
    const struct present_person *alice = sheet.a.people;
    assert_int_equal(alice->stay_count, 2);
    assert_stay(alice, 0, 0, 200);
    assert_stay(alice, 1, 50, 500);
    arena_free(&sheet.arena);
}

TEST(attendance__breakout_trip__is_shown_within_the_stay)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 0, .left = 100},
                               {1, "Alice", ROOM_BREAKOUT, .joined = 101, .left = 600},
                               {1, "Alice", ROOM_BREAKOUT, .joined = 602, .left = 700},
                               {1, "Alice", ROOM_MAIN, .joined = 703, .left = 1000});
    const struct present_person *alice = sheet.a.people;
    assert_int_equal(alice->stay_count, 2);
    assert_stay(alice, 0, 0, 1000);
    assert_int_equal(alice->stays[0].room_kind, ROOM_MAIN);
    assert_stay(alice, 1, 101, 700);
    assert_int_equal(alice->stays[1].room_kind, ROOM_BREAKOUT);
    assert_int_equal(alice->present_ms, 1000 * SECOND);
    assert_int_equal(alice->breakout_ms, 599 * SECOND);
    assert_int_equal(alice->visits, 4);
    arena_free(&sheet.arena);
}

TEST(attendance__breakout_trip__joined_before_the_other_room_was_left)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 0, .left = 130},
                               {1, "Alice", ROOM_BREAKOUT, .joined = 100, .left = 710},
                               {1, "Alice", ROOM_MAIN, .joined = 700, .left = 1000});
    assert_int_equal(sheet.a.people->stay_count, 2);
    assert_stay(sheet.a.people, 0, 0, 1000);
    assert_int_equal(sheet.a.people->breakout_ms, 570 * SECOND);
    arena_free(&sheet.arena);
}

TEST(attendance__breakout__long_after_or_long_before_joins_nothing)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 0, .left = 100},
                               {1, "Alice", ROOM_BREAKOUT, .joined = 200, .left = 600},
                               {1, "Alice", ROOM_MAIN, .joined = 610, .left = 700},
                               {1, "Alice", ROOM_BREAKOUT, .joined = 710, .left = 720},
                               {1, "Alice", ROOM_MAIN, .joined = 800, .left = 900});
    const struct present_person *alice = sheet.a.people;
    assert_int_equal(alice->stay_count, 5);
    assert_int_equal(alice->present_ms, (100 + 400 + 90 + 10 + 100) * SECOND);
    assert_int_equal(alice->breakout_ms, 410 * SECOND);
    arena_free(&sheet.arena);
}

TEST(attendance__lobby__counts_as_waiting_only)
{
    struct sheet sheet = SHEET(
        {0, "Dave", ROOM_LOBBY, .joined = 0, .left = 50}, {0, "Dave", ROOM_MAIN, .joined = 50, .left = 100},
        {0, "Eve", ROOM_LOBBY, .joined = 20, .left = 0, .moderator = true},
        {2, "Bob", ROOM_LOBBY, .joined = 30, .left = 60}, {2, "Bob", ROOM_LOBBY, .joined = 40, .left = 70});
    assert_int_equal(sheet.a.count, 3);
    assert_string_equal(sheet.a.people[0].name, "Eve");
    assert_int_equal(sheet.a.people[0].stay_count, 0);
    assert_int_equal(sheet.a.people[0].present_ms, 0);
    assert_int_equal(sheet.a.people[0].waited_ms, NOW - 20 * SECOND);
    assert_false(sheet.a.people[0].moderator);
    assert_int_equal(sheet.a.people[0].visits, 0);
    assert_int_equal(sheet.a.people[1].attendee, 2);
    assert_int_equal(sheet.a.people[1].waited_ms, 40 * SECOND);
    assert_string_equal(sheet.a.people[2].name, "Dave");
    assert_int_equal(sheet.a.people[2].waited_ms, 50 * SECOND);
    assert_int_equal(sheet.a.people[2].present_ms, 50 * SECOND);
    assert_int_equal(sheet.a.most_at_once, 1);
    arena_free(&sheet.arena);
}

TEST(attendance__still_there__counts_until_now)
{
    struct sheet sheet = SHEET({1, "Alice", ROOM_MAIN, .joined = 1000, .left = 0},
                               {2, "Bob", ROOM_MAIN, .joined = 5000, .left = 0});
    assert_int_equal(sheet.a.people[0].stays[0].left_ms, 0);
    assert_int_equal(sheet.a.people[0].present_ms, NOW - 1000 * SECOND);
    assert_int_equal(sheet.a.people[1].present_ms, 0); /* by a clock that went back */
    arena_free(&sheet.arena);
}

TEST(attendance__same_display_name__is_one_only_when_apart)
{
    struct sheet sheet = SHEET({0, "Sam", ROOM_MAIN, .joined = 0, .left = 100},
                               {0, "Sam", ROOM_MAIN, .joined = 50, .left = 300},
                               {0, "Sam", ROOM_MAIN, .joined = 100, .left = 200},
                               {0, "Sam", ROOM_MAIN, .joined = 1000, .left = 1100},
                               {0, "Sam", ROOM_MAIN, .joined = 1010, .left = 0, .kind = OCCUPANT_PHONE},
                               {7, "Sam", ROOM_MAIN, .joined = 1020, .left = 0});
    assert_int_equal(sheet.a.count, 4);
    assert_false(sheet.a.people[0].verified);
    assert_int_equal(sheet.a.people[0].stay_count, 1);
    assert_stay(&sheet.a.people[0], 0, 0, 200);
    assert_int_equal(sheet.a.people[1].stay_count, 2); /* left last, so it is who comes back */
    assert_stay(&sheet.a.people[1], 1, 1000, 1100);
    assert_true(sheet.a.people[2].phone);
    assert_int_equal(sheet.a.people[3].attendee, 7);
    assert_false(sheet.a.people[3].phone);
    assert_int_equal(sheet.a.most_at_once, 3);
    arena_free(&sheet.arena);
}

TEST(attendance__no_name__is_the_same_within_a_minute_only)
{
    struct sheet sheet = SHEET({0, NULL, ROOM_MAIN, .joined = 0, .left = 100},
                               {0, NULL, ROOM_MAIN, .joined = 160, .left = 200},
                               {0, NULL, ROOM_MAIN, .joined = 300, .left = 400});
    assert_int_equal(sheet.a.count, 2);
    assert_int_equal(sheet.a.people[0].visits, 2);
    assert_null(sheet.a.people[0].name);
    arena_free(&sheet.arena);
}

TEST(attendance__identity__makes_one_person_of_any_names)
{
    struct sheet sheet =
        SHEET({0, "Zoe", ROOM_MAIN, .joined = 0, .left = 100, .identity = "zoe@meet.example"},
              {0, "Z.", ROOM_MAIN, .joined = 50, .left = 200, .identity = "zoe@meet.example"},
              {0, "Zoe", ROOM_MAIN, .joined = 60, .left = 200});
    assert_int_equal(sheet.a.count, 2);
    assert_true(sheet.a.people[0].verified);
    assert_string_equal(sheet.a.people[0].name, "Z."); /* the newest */
    assert_int_equal(sheet.a.people[0].present_ms, 200 * SECOND);
    assert_false(sheet.a.people[1].verified);
    arena_free(&sheet.arena);
}

TEST(attendance__one_leaves_as_another_comes__are_not_there_at_once)
{
    struct sheet sheet =
        SHEET({1, "A", ROOM_MAIN, .joined = 0, .left = 100}, {2, "B", ROOM_MAIN, .joined = 100, .left = 200});
    assert_int_equal(sheet.a.most_at_once, 1);
    arena_free(&sheet.arena);
}

/* ------------------------------------------------------------------------------------- against an oracle */

/* Time runs in steps of a millisecond from 0 to SPAN; an open visit lasts until SPAN, which is now. */
enum { SPAN = 120, GAP = 4, VISITS = 24, PEOPLE = 4 };

static unsigned seed;

static int dice(int sides)
{
    seed = seed * 1103515245 + 12345;
    return (int)(seed >> 16) % sides;
}

static int by_joining(const void *left, const void *right)
{
    const struct visit *a = left, *b = right;
    return a->joined_ms != b->joined_ms ? (a->joined_ms > b->joined_ms) - (a->joined_ms < b->joined_ms)
                                        : (a->id > b->id) - (a->id < b->id);
}

static int64_t end_of(const struct visit *visit)
{
    return visit->left_ms ? visit->left_ms : SPAN;
}

static void throw_visits(struct visit *visits, int count, bool breakouts)
{
    for (int i = 0; i < count; i++) {
        int joined = dice(SPAN - 1), length = 1 + dice(dice(4) ? 12 : 50);
        visits[i] = (struct visit){.id = i + 1,
                                   .attendee = 1 + dice(PEOPLE),
                                   .verified = true,
                                   .room_kind = dice(5) == 0           ? ROOM_LOBBY
                                                : breakouts && dice(2) ? ROOM_BREAKOUT
                                                                       : ROOM_MAIN,
                                   .joined_ms = joined,
                                   .left_ms = joined + length >= SPAN ? 0 : joined + length};
    }
    qsort(visits, (size_t)count, sizeof *visits, by_joining);
}

/* Which milliseconds a person spent in rooms of a kind, with the gaps that count as none. */
static void paint(const struct visit *visits, int count, int64_t attendee, enum room_kind kind, bool gaps,
                  bool painted[SPAN])
{
    for (int i = 0; i < count; i++) {
        if (visits[i].attendee != attendee || visits[i].room_kind != kind)
            continue;
        for (int64_t t = visits[i].joined_ms; t < end_of(&visits[i]); t++)
            painted[t] = true;
        for (int k = 0; gaps && k < count; k++)
            if (visits[k].attendee == attendee && visits[k].room_kind == kind && visits[i].left_ms &&
                visits[k].joined_ms - visits[i].left_ms <= GAP)
                for (int64_t t = visits[i].left_ms; t < visits[k].joined_ms; t++)
                    painted[t] = true;
    }
}

static int64_t sum_of(const bool painted[SPAN])
{
    int64_t sum = 0;
    for (int t = 0; t < SPAN; t++)
        sum += painted[t];
    return sum;
}

static const struct present_person *person_of(const struct attendance *a, int64_t attendee)
{
    const struct present_person *found = NULL;
    for (size_t i = 0; i < a->count; i++)
        if (a->people[i].attendee == attendee) {
            assert_null(found);
            found = &a->people[i];
        }
    return found;
}

/* What must hold whatever happened. */
static void assert_sane(const struct attendance *a, const struct visit *visits, int count)
{
    int entered = 0, seen = 0;
    for (int i = 0; i < count; i++)
        entered += visits[i].room_kind != ROOM_LOBBY;
    for (size_t i = 0; i < a->count; i++) {
        const struct present_person *person = &a->people[i];
        seen += person->visits;
        assert_true(person->stay_count <= (size_t)person->visits);
        assert_true(person->breakout_ms >= 0 && person->breakout_ms <= person->present_ms);
        for (size_t k = 1; k < person->stay_count; k++)
            assert_true(person->stays[k - 1].joined_ms <= person->stays[k].joined_ms);
        if (i && person->stay_count && person[-1].stay_count)
            assert_true(person[-1].stays[0].joined_ms <= person->stays[0].joined_ms);
    }
    assert_int_equal(seen, entered);
}

TEST(attendance__random_visits__as_painted_millisecond_by_millisecond)
{
    for (seed = 1; seed < 3000; seed += 7) {
        struct visit visits[VISITS];
        unsigned start = seed;
        int count = 1 + dice(VISITS);
        bool breakouts = dice(2);
        throw_visits(visits, count, breakouts);
        struct arena arena = {0};
        struct attendance a = attendance_make(&arena, visits, (size_t)count, GAP, SPAN);
        assert_sane(&a, visits, count);
        int at_once[SPAN] = {0}, most = 0;
        for (int64_t attendee = 1; attendee <= PEOPLE; attendee++) {
            bool main[SPAN] = {0}, all[SPAN] = {0}, lobby[SPAN] = {0};
            paint(visits, count, attendee, ROOM_MAIN, true, main);
            paint(visits, count, attendee, ROOM_MAIN, true, all);
            paint(visits, count, attendee, ROOM_BREAKOUT, true, all);
            paint(visits, count, attendee, ROOM_LOBBY, false, lobby);
            const struct present_person *person = person_of(&a, attendee);
            if (!person) {
                assert_int_equal(sum_of(all) + sum_of(lobby), 0);
                continue;
            }
            assert_int_equal(person->waited_ms, sum_of(lobby));
            assert_int_equal(person->breakout_ms, sum_of(all) - sum_of(main));
            /* the way to a breakout and back is at most a gap each */
            assert_true(person->present_ms >= sum_of(all));
            assert_true(person->present_ms <=
                        sum_of(all) + (breakouts ? 2 * (int64_t)GAP * person->visits : 0));
            for (int t = 0; t < SPAN; t++)
                most = (at_once[t] += all[t]) > most ? at_once[t] : most;
        }
        if (!breakouts && a.most_at_once != most)
            fail_msg("seed %u: %d at once, painted %d", start, a.most_at_once, most);
        arena_free(&arena);
        seed = start;
    }
}

/* One device, one room after the other: the gap before a visit is none when it is short and either the room
 * was of the same kind, or one goes to a breakout and comes back, with short gaps all the way. */
static bool is_trip(const struct visit *visits, int count, int at)
{
    int first = at, last = at + 1; /* the visits around the gap */
    while (first >= 0 && visits[first].room_kind == ROOM_BREAKOUT &&
           visits[first].joined_ms - (first ? visits[first - 1].left_ms : -SPAN) <= GAP)
        first--;
    while (last < count && visits[last].room_kind == ROOM_BREAKOUT && visits[last].left_ms &&
           (last + 1 < count ? visits[last + 1].joined_ms : 2 * (int64_t)SPAN) - visits[last].left_ms <= GAP)
        last++;
    return first >= 0 && last < count && last > first + 1 && visits[first].room_kind == ROOM_MAIN &&
           visits[last].room_kind == ROOM_MAIN;
}

TEST(attendance__random_walks__gaps_count_as_they_obviously_should)
{
    for (seed = 1; seed < 5000; seed += 7) {
        struct visit visits[VISITS];
        unsigned start = seed;
        int count = 0, at = dice(10);
        while (count < VISITS && at < SPAN - 20) {
            int length = GAP + 1 + dice(9); /* longer than a gap, so that no trip is shorter than one */
            visits[count] = (struct visit){.id = count + 1,
                                           .attendee = 1,
                                           .room_kind = dice(2) ? ROOM_MAIN : ROOM_BREAKOUT,
                                           .joined_ms = at,
                                           .left_ms = at + length};
            count++;
            at += length + dice(GAP + 3);
        }
        int64_t sum = 0;
        for (int i = 0; i < count; i++) {
            sum += visits[i].left_ms - visits[i].joined_ms;
            int64_t gap = i + 1 < count ? visits[i + 1].joined_ms - visits[i].left_ms : 0;
            if (gap <= GAP && i + 1 < count &&
                (visits[i].room_kind == visits[i + 1].room_kind || is_trip(visits, count, i)))
                sum += gap;
        }
        struct arena arena = {0};
        struct attendance a = attendance_make(&arena, visits, (size_t)count, GAP, SPAN);
        assert_int_equal(a.count, 1);
        assert_sane(&a, visits, count);
        if (a.people->present_ms != sum)
            fail_msg("seed %u: %lld ms, obviously %lld", start, (long long)a.people->present_ms,
                     (long long)sum);
        arena_free(&arena);
        seed = start;
    }
}

TEST(attendance__random_guests__no_person_overlaps_with_themselves)
{
    static const char *const names[] = {"Ann", "Ben", NULL};
    for (seed = 1; seed < 3000; seed += 7) {
        struct visit visits[VISITS];
        unsigned start = seed;
        int count = 1 + dice(VISITS);
        throw_visits(visits, count, true);
        for (int i = 0; i < count; i++) {
            visits[i].attendee = 0;
            visits[i].verified = false;
            visits[i].name = names[dice(3)];
        }
        struct arena arena = {0};
        struct attendance a = attendance_make(&arena, visits, (size_t)count, GAP, SPAN);
        assert_sane(&a, visits, count);
        int64_t time[3] = {0}, raw[3] = {0};
        for (size_t i = 0; i < a.count; i++)
            for (int n = 0; n < 3; n++)
                if (a.people[i].name == names[n])
                    time[n] += a.people[i].present_ms + a.people[i].waited_ms;
        for (int i = 0; i < count; i++)
            for (int n = 0; n < 3; n++)
                raw[n] += visits[i].name == names[n] ? end_of(&visits[i]) - visits[i].joined_ms : 0;
        for (int n = 0; n < 3; n++)
            assert_true(time[n] >= raw[n] && time[n] <= raw[n] + 2 * (int64_t)GAP * count + SPAN);
        arena_free(&arena);
        seed = start;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attendance__nobody__is_empty),
        cmocka_unit_test(attendance__two_devices__are_one_person_and_count_once),
        cmocka_unit_test(attendance__rejoin__within_a_minute_is_the_same_stay),
        cmocka_unit_test(attendance__rejoin_of_one_device__goes_on_with_that_one),
        cmocka_unit_test(attendance__breakout_trip__is_shown_within_the_stay),
        cmocka_unit_test(attendance__breakout_trip__joined_before_the_other_room_was_left),
        cmocka_unit_test(attendance__breakout__long_after_or_long_before_joins_nothing),
        cmocka_unit_test(attendance__lobby__counts_as_waiting_only),
        cmocka_unit_test(attendance__still_there__counts_until_now),
        cmocka_unit_test(attendance__same_display_name__is_one_only_when_apart),
        cmocka_unit_test(attendance__no_name__is_the_same_within_a_minute_only),
        cmocka_unit_test(attendance__identity__makes_one_person_of_any_names),
        cmocka_unit_test(attendance__one_leaves_as_another_comes__are_not_there_at_once),
        cmocka_unit_test(attendance__random_visits__as_painted_millisecond_by_millisecond),
        cmocka_unit_test(attendance__random_walks__gaps_count_as_they_obviously_should),
        cmocka_unit_test(attendance__random_guests__no_person_overlaps_with_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
