/* Whom the module sent away: kept true, and small whoever knocks however often. */
#include "tests/sql/fixture.h"

#define MUC "@conference.meet.example"

/* A Prosody that says whom it sent away; times are seconds after NOW. */
struct door {
    struct fixture *f;
    int64_t number;
};

static struct door door_of(struct fixture *f)
{
    const int64_t now_ms = (int64_t)NOW * 1000;
    const struct room_hello hello = {.boot = "b1", .now_ms = now_ms};
    const struct room_snapshot none = {.events = {.boot = "b1", .now_ms = now_ms}, .done = true};
    int64_t number;
    assert_int_equal(store_hello(f->store, "main", &hello, now_ms, &number), 0);
    assert_int_equal(store_apply_snapshot(f->store, "main", &none, now_ms), 1);
    return (struct door){.f = f};
}

static void refuse(struct door *door, int64_t at, const struct room_event *given)
{
    struct room_event event = *given;
    int64_t last;
    event.event = ROOM_REFUSED;
    event.number = ++door->number;
    event.at_ms = ((int64_t)NOW + at) * 1000;
    event.jid = event.jid ? event.jid : "x@meet.example/y";
    event.reason = event.reason ? event.reason : "early-guest";
    const struct room_events events = {.boot = "b1", .now_ms = event.at_ms, .count = 1, .events = &event};
    assert_int_equal(store_apply_events(door->f->store, "main", &events, event.at_ms, &last), 1);
}

static const char *address_of(struct fixture *f, const struct meeting *meeting)
{
    return arena_printf(&f->arena, "%s" MUC, meeting->room);
}

struct lines {
    struct arena *arena;
    size_t count;
    struct refusal rows[600];
};

static bool keep_line(const struct refusal *refusal, void *context)
{
    struct lines *lines = context;
    assert_true(lines->count < 600);
    lines->rows[lines->count] = *refusal;
    lines->rows[lines->count].name = arena_dup(lines->arena, refusal->name);
    lines->rows[lines->count++].reason = arena_dup(lines->arena, refusal->reason);
    return true;
}

static struct lines *lines_of(struct fixture *f, int64_t meeting)
{
    struct lines *lines = arena_array(&f->arena, 1, sizeof *lines);
    *lines = (struct lines){.arena = &f->arena};
    assert_true(store_list_refusals(f->store, meeting, keep_line, lines) >= 0);
    return lines;
}

static void assert_line(const struct refusal *line, const char *name, const char *reason, int64_t times,
                        int64_t first, int64_t last)
{
    if (name)
        assert_string_equal(line->name, name);
    else
        assert_null(line->name);
    assert_string_equal(line->reason, reason);
    assert_int_equal(line->times, times);
    assert_int_equal(line->first_ms, ((int64_t)NOW + first) * 1000);
    assert_int_equal(line->last_ms, ((int64_t)NOW + last) * 1000);
}

STORE_TEST(refusal__again_soon__is_counted_in_one_row)
{
    struct meeting meeting = book(f, NOW);
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct door door = door_of(f);
    const char *room = address_of(f, &meeting);
    refuse(&door, -800, &(struct room_event){.room = room, .user = carol.ref, .user_name = "Carol"});
    refuse(&door, -700, &(struct room_event){.room = room, .name = "Eve"});
    refuse(&door, -600,
           &(struct room_event){.room = room, .user = carol.ref, .user_name = "Carol", .name = "C."});
    refuse(&door, -500, &(struct room_event){.room = room, .name = "Eve", .jid = "z@meet.example/z"});
    refuse(&door, -400, &(struct room_event){.room = room});
    refuse(&door, -390, &(struct room_event){.room = room});
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 3);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM refusal WHERE name = 'Eve' AND jid = 'z@meet.example/z'"), 1);
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 3);
    assert_line(&lines->rows[0], "Carol", "early-guest", 2, -800, -600);
    assert_int_equal(lines->rows[0].attendee, carol.id);
    assert_true(lines->rows[0].verified);
    assert_line(&lines->rows[1], "Eve", "early-guest", 2, -700, -500);
    assert_false(lines->rows[1].verified);
    assert_line(&lines->rows[2], NULL, "early-guest", 2, -400, -390);
}

STORE_TEST(refusal__later_or_for_another_reason__is_another_row_and_a_person_one_line)
{
    struct meeting meeting = book(f, NOW);
    struct door door = door_of(f);
    const struct room_event eve = {.room = address_of(f, &meeting), .name = "Eve"};
    struct room_event over = eve;
    over.reason = "over";
    refuse(&door, -3000, &eve);
    refuse(&door, -3000 + 900, &eve);
    refuse(&door, -3000 + 1801, &eve); /* more than a quarter of an hour after the last */
    refuse(&door, 100, &over);
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 3);
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 2);
    assert_line(&lines->rows[0], "Eve", "early-guest", 3, -3000, -1199);
    assert_line(&lines->rows[1], "Eve", "over", 1, 100, 100);
}

STORE_TEST(refusal__a_name_that_is_somebodys_identity__is_not_them)
{
    struct meeting meeting = book(f, NOW);
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct door door = door_of(f);
    const char *room = address_of(f, &meeting);
    refuse(&door, -800, &(struct room_event){.room = room, .user = carol.ref, .user_name = "Carol"});
    refuse(&door, -790, &(struct room_event){.room = room, .name = carol.ref});
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 2);
    assert_line(&lines->rows[0], "Carol", "early-guest", 1, -800, -800);
    assert_line(&lines->rows[1], carol.ref, "early-guest", 1, -790, -790);
    assert_false(lines->rows[1].verified);
}

STORE_TEST(refusal__only_observed__is_no_line)
{
    struct meeting meeting = book(f, NOW);
    struct door door = door_of(f);
    const char *room = address_of(f, &meeting);
    refuse(&door, -800, &(struct room_event){.room = room, .name = "Eve", .observed = true});
    refuse(&door, -700, &(struct room_event){.room = room, .name = "Eve"});
    refuse(&door, -600, &(struct room_event){.room = room, .name = "Eve", .observed = true});
    assert_int_equal(number_of(f, "SELECT times FROM refusal WHERE observed = 1"), 2);
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 1);
    assert_line(&lines->rows[0], "Eve", "early-guest", 1, -700, -700);
}

/* Somebody knocks, each time under another name. */
static void knock(struct door *door, const char *room, int64_t from, int count)
{
    char name[32];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "Name %lld", (long long)door->number);
        refuse(door, from + i / 10, &(struct room_event){.room = room, .name = name});
    }
}

STORE_TEST(refusal__ten_a_second_under_other_names__are_only_counted_and_hide_nobody)
{
    struct meeting meeting = book(f, NOW), other = book(f, NOW);
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct door door = door_of(f);
    const char *room = address_of(f, &meeting);
    refuse(&door, -900, &(struct room_event){.room = room, .name = "Early bird"});
    knock(&door, room, -900, 3000);
    refuse(&door, -550, &(struct room_event){.room = room, .user = carol.ref, .user_name = "Carol"});
    refuse(&door, -549, &(struct room_event){.room = room, .name = "Early bird"});
    refuse(&door, -548, &(struct room_event){.room = room, .name = "Late", .reason = "full"});
    refuse(&door, -547, &(struct room_event){.room = address_of(f, &other), .name = "Elsewhere"});
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 500 + 1 + 1 + 1 + 1);
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 503);
    assert_line(&lines->rows[0], "Early bird", "early-guest", 2, -900, -549);
    assert_line(&lines->rows[500], "Carol", "early-guest", 1, -550, -550);
    assert_true(lines->rows[501].others && lines->rows[502].others);
    assert_line(&lines->rows[501], NULL, "early-guest", 3000 - 499, -851, -601);
    assert_line(&lines->rows[502], NULL, "full", 1, -548, -548);
    assert_int_equal(lines_of(f, other.id)->count, 1);
    knock(&door, room, -851 + HOUR + 1, 10); /* the next hour has room again */
    assert_int_equal(lines_of(f, meeting.id)->count, 513);
}

STORE_TEST(refusal__of_rooms_that_nobody_booked__share_one_allowance)
{
    struct door door = door_of(f);
    char room[64];
    for (int i = 0; i < 700; i++) {
        snprintf(room, sizeof room, "room-%d" MUC, i);
        refuse(&door, i / 10, &(struct room_event){.room = room, .reason = "unbooked"});
    }
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 501);
    assert_int_equal(number_of(f, "SELECT sum(times) FROM refusal"), 700);
    assert_int_equal(number_of(f, "SELECT times FROM refusal WHERE others = 1 AND address IS NULL"), 200);
}

STORE_TEST(refusal__for_days_without_a_pause__is_forgotten_in_time)
{
    struct door door = door_of(f);
    for (int64_t at = 0; at <= 3 * DAY; at += 800)
        refuse(&door, at, &(struct room_event){.room = "chat" MUC, .name = "Eve", .reason = "unbooked"});
    int64_t kept = number_of(f, "SELECT count(*) FROM refusal");
    assert_true(kept >= 3 && kept <= 4);
    assert_int_equal(number_of(f, "SELECT sum(times) FROM refusal"), 3 * DAY / 800 + 1);
    assert_int_equal(store_purge_unbooked(f->store, ((int64_t)NOW + 2 * DAY) * 1000, 100), 0);
    assert_true(number_of(f, "SELECT min(first_ms) FROM refusal") >= ((int64_t)NOW + DAY) * 1000);
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM refusal WHERE last_ms < 1000 * (1796288400 + 2 * 86400)"), 0);
    assert_true(number_of(f, "SELECT sum(times) FROM refusal") >= DAY / 800);
}

STORE_TEST(refusal__a_clock_put_back__is_a_row_of_its_own_time)
{
    struct meeting meeting = book(f, NOW);
    struct door door = door_of(f);
    const struct room_event eve = {.room = address_of(f, &meeting), .name = "Eve"};
    refuse(&door, 100, &eve);
    refuse(&door, 95, &eve);
    refuse(&door, -5000, &eve);
    assert_int_equal(number_of(f, "SELECT count(*) FROM refusal"), 2);
    const struct lines *lines = lines_of(f, meeting.id);
    assert_int_equal(lines->count, 1);
    assert_line(&lines->rows[0], "Eve", "early-guest", 3, -5000, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(refusal__again_soon__is_counted_in_one_row),
        IN_MEMORY(refusal__later_or_for_another_reason__is_another_row_and_a_person_one_line),
        IN_MEMORY(refusal__a_name_that_is_somebodys_identity__is_not_them),
        IN_MEMORY(refusal__only_observed__is_no_line),
        IN_MEMORY(refusal__ten_a_second_under_other_names__are_only_counted_and_hide_nobody),
        IN_MEMORY(refusal__of_rooms_that_nobody_booked__share_one_allowance),
        IN_MEMORY(refusal__for_days_without_a_pause__is_forgotten_in_time),
        IN_MEMORY(refusal__a_clock_put_back__is_a_row_of_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
