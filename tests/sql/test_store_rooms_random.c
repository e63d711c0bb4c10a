/* Rooms as a Prosody with mod_jmb reports them over a bad connection to a jmbd that is killed: events come
 * twice, receipts get lost, turns are never stored, queues overflow, Prosody stops and crashes. What the
 * store makes of it is compared, visit for visit, with a model that knows of none of that machinery: it only
 * follows which news became durable. */
#include "tests/sql/fixture.h"

enum { ROOMS = 3, NICKS = 4, HELD_MOST = 24, VISITS_MOST = 4000, STEPS = 700 };

/* A visit as it was, and as the store must know it by now. */
struct truth {
    int boot, room, instance, nick;
    int64_t joined_ms, left_ms; /* 0: still there */
    bool known, uncertain;
    int64_t stored_left_ms; /* 0: open in the store */
    int stored_nick;
};

struct prosody {
    int boot;
    int64_t first, last; /* held: first..last */
    bool lost;           /* some were dropped */
    struct room_event held[HELD_MOST];
    int visit_of[HELD_MOST]; /* of a join or leave: the truth; -1 */
    int instance[ROOMS];     /* 0: closed */
    int visit[ROOMS][NICKS]; /* index of the truth + 1, 0: not there */
};

struct play {
    struct fixture *f;
    unsigned seed;
    int64_t now_ms;
    int boots, instances, truths;
    struct truth truth[VISITS_MOST];
    struct prosody live, stopped;
    bool has_stopped; /* a clean stop left events behind */
    /* The store's stream, as the model thinks of it */
    int stream_boot;
    int64_t stream_last, heartbeat_ms[400];
    struct arena arena;
};

static int dice(struct play *play, int sides)
{
    play->seed = play->seed * 1103515245 + 12345;
    return (int)(play->seed >> 16) % sides;
}

/* ---- What happens in the rooms ---- */

static struct room_event *add_event(struct play *play, struct prosody *p, enum room_event_kind kind, int room,
                                    int visit)
{
    if (p->last - p->first + 1 == HELD_MOST) {
        memmove(p->held, p->held + 1, sizeof p->held - sizeof *p->held);
        memmove(p->visit_of, p->visit_of + 1, sizeof p->visit_of - sizeof *p->visit_of);
        p->first++;
        p->lost = true;
    }
    play->now_ms += (int64_t)dice(play, 4) * 500; /* several in one millisecond too */
    p->last++;
    size_t at = (size_t)(p->last - p->first);
    p->visit_of[at] = visit;
    p->held[at] =
        (struct room_event){.event = kind,
                            .number = p->last,
                            .at_ms = play->now_ms,
                            .room = arena_printf(&play->arena, "room%d@conference.meet.example", room),
                            .instance = arena_printf(&play->arena, "i%d", p->instance[room])};
    return &p->held[at];
}

static const char *nick_of(struct play *play, int nick)
{
    return arena_printf(&play->arena, "n%d", nick);
}

static const char *jid_of(struct play *play, int visit)
{
    return arena_printf(&play->arena, "x%d@meet.example/y", visit);
}

static void come(struct play *play, int room, int nick)
{
    struct prosody *p = &play->live;
    if (!p->instance[room]) {
        p->instance[room] = ++play->instances;
        add_event(play, p, ROOM_OPENED, room, -1);
    }
    assert_true(play->truths < VISITS_MOST);
    int visit = play->truths++;
    struct room_event *event = add_event(play, p, ROOM_JOINED, room, visit);
    event->nick = nick_of(play, nick);
    event->jid = jid_of(play, visit);
    event->name = "Somebody";
    play->truth[visit] = (struct truth){.boot = p->boot,
                                        .room = room,
                                        .instance = p->instance[room],
                                        .nick = nick,
                                        .stored_nick = nick,
                                        .joined_ms = event->at_ms};
    p->visit[room][nick] = visit + 1;
}

static bool is_empty(const struct prosody *p, int room)
{
    for (int nick = 0; nick < NICKS; nick++)
        if (p->visit[room][nick])
            return false;
    return true;
}

static void go(struct play *play, int room, int nick)
{
    struct prosody *p = &play->live;
    int visit = p->visit[room][nick] - 1;
    struct room_event *event = add_event(play, p, ROOM_LEFT, room, visit);
    event->nick = nick_of(play, nick);
    play->truth[visit].left_ms = event->at_ms;
    p->visit[room][nick] = 0;
    if (is_empty(p, room) && dice(play, 3)) { /* else a recorder stays */
        add_event(play, p, ROOM_CLOSED, room, -1);
        p->instance[room] = 0;
    }
}

/* Another nick, when it is free. */
static void move(struct play *play, int room, int from, int to)
{
    struct prosody *p = &play->live;
    if (p->visit[room][to])
        return;
    int visit = p->visit[room][from] - 1;
    struct room_event *event = add_event(play, p, ROOM_RENAMED, room, visit);
    event->nick = nick_of(play, from);
    event->to = nick_of(play, to);
    event->name = "Somebody";
    play->truth[visit].nick = to;
    p->visit[room][from] = 0;
    p->visit[room][to] = visit + 1;
}

static void happen(struct play *play)
{
    int room = dice(play, ROOMS), nick = dice(play, NICKS);
    struct prosody *p = &play->live;
    if (!p->visit[room][nick]) {
        come(play, room, nick);
    } else if (dice(play, 4) == 0) {
        move(play, room, nick, dice(play, NICKS));
    } else if (dice(play, 3)) {
        go(play, room, nick);
    } else {
        static const enum room_event_kind kinds[] = {ROOM_RENAMED, ROOM_ROLE, ROOM_REFUSED, ROOM_OTHER};
        struct room_event *event = add_event(play, p, kinds[dice(play, 4)], room, -1);
        bool of_occupant = event->event == ROOM_RENAMED || event->event == ROOM_ROLE;
        event->nick = of_occupant ? nick_of(play, nick) : NULL;
        event->name = "Somebody else";
        event->instance = of_occupant ? event->instance : NULL; /* as the reader has them */
        event->room = event->event == ROOM_OTHER ? NULL : event->room;
        event->jid = event->reason = event->event == ROOM_REFUSED ? "early" : NULL;
    }
}

/* ---- The connection ---- */

static void crash(struct play *play)
{
    close_store(play->f);
    open_again(play->f);
}

static const char *boot_name(struct play *play, const struct prosody *p)
{
    return arena_printf(&play->arena, "boot-%d", p->boot);
}

static void drop_held(struct prosody *p, int64_t upto)
{
    size_t gone = upto < p->first ? 0 : (size_t)(upto - p->first + 1);
    if (!gone)
        return;
    memmove(p->held, p->held + gone, sizeof p->held - gone * sizeof *p->held);
    memmove(p->visit_of, p->visit_of + gone, sizeof p->visit_of - gone * sizeof *p->visit_of);
    p->first = upto + 1;
}

/* The model: these events are durable now. */
static void model_events(struct play *play, const struct prosody *p, size_t count, int64_t stored)
{
    for (size_t i = 0; i < count; i++) {
        if (p->held[i].number <= stored || p->visit_of[i] < 0)
            continue;
        struct truth *truth = &play->truth[p->visit_of[i]];
        if (p->held[i].event == ROOM_JOINED)
            truth->known = true;
        if (p->held[i].event == ROOM_RENAMED && truth->known)
            truth->stored_nick = p->held[i].to[1] - '0';
        if (p->held[i].event == ROOM_LEFT && truth->known)
            truth->stored_left_ms = truth->left_ms, truth->uncertain = false;
    }
    if (p->held[count - 1].number > stored)
        play->heartbeat_ms[p->boot] = p->held[count - 1].at_ms;
}

/* The model: the end of that visit is concluded. */
static void model_gone(struct play *play, struct truth *truth)
{
    int64_t heartbeat = play->heartbeat_ms[truth->boot];
    truth->stored_left_ms = heartbeat > truth->joined_ms ? heartbeat : truth->joined_ms;
    truth->uncertain = true;
}

/* The model: what of `boot` and before is not there (any more) ended when it was last known to be. */
static void model_end(struct play *play, int boot, const struct prosody *there)
{
    for (int i = 0; i < play->truths; i++) {
        struct truth *truth = &play->truth[i];
        bool present = there && truth->boot == there->boot && !truth->left_ms;
        if (present)
            truth->known = true;
        if (present || !truth->known || truth->stored_left_ms || truth->boot > boot)
            continue;
        model_gone(play, truth);
    }
}

/* Sends what is held, a batch; `stored` is what the store has of that boot already. */
static bool send_batch(struct play *play, struct prosody *p, int64_t *stored)
{
    size_t count = (size_t)(p->last - p->first + 1);
    if (count > 8)
        count = 1 + (size_t)dice(play, 8);
    play->now_ms += (int64_t)dice(play, 3) * 100;
    const struct room_events events = {
        .boot = boot_name(play, p), .now_ms = play->now_ms, .count = count, .events = p->held};
    int64_t last = -1;
    for (int times = 1 + !dice(play, 6); times; times--)
        assert_int_equal(store_apply_events(play->f->store, "main", &events, play->now_ms, &last), 1);
    int64_t newest = p->first + (int64_t)count - 1;
    assert_int_equal(last, newest > *stored ? newest : *stored);
    if (dice(play, 8) == 0) {
        crash(play); /* before the commit: nothing of it is left */
        return false;
    }
    assert_int_equal(store_commit(play->f->store), 1);
    model_events(play, p, count, *stored);
    *stored = last;
    if (dice(play, 8) == 0)
        return false; /* the receipt is lost */
    drop_held(p, last);
    return true;
}

/* The model: half of a snapshot became durable. Who is named is known, and whoever had that nick there before
 * has gone; nobody else is ended yet. */
static void model_named(struct play *play, const struct prosody *p, int room)
{
    for (int nick = 0; nick < NICKS; nick++) {
        struct truth *there = p->visit[room][nick] ? &play->truth[p->visit[room][nick] - 1] : NULL;
        for (int i = 0; there && i < play->truths; i++) {
            struct truth *gone = &play->truth[i];
            if (gone != there && gone->known && !gone->stored_left_ms && gone->stored_nick == nick &&
                gone->instance == p->instance[room])
                model_gone(play, gone);
        }
        if (there) {
            *there = (struct truth){there->boot,      there->room,   there->instance,    there->nick,
                                    there->joined_ms, .known = true, .stored_nick = nick};
        }
    }
}

/* A room and who is in it. */
static size_t describe(struct play *play, const struct prosody *p, int room, struct room_event *events)
{
    size_t count = 1;
    events[0] =
        (struct room_event){.event = ROOM_OPENED,
                            .number = p->last,
                            .at_ms = play->now_ms,
                            .room = arena_printf(&play->arena, "room%d@conference.meet.example", room),
                            .instance = arena_printf(&play->arena, "i%d", p->instance[room])};
    for (int nick = 0; nick < NICKS; nick++) {
        if (!p->visit[room][nick])
            continue;
        events[count] = events[0];
        events[count].event = ROOM_JOINED;
        events[count].nick = nick_of(play, nick);
        events[count].jid = jid_of(play, p->visit[room][nick] - 1);
        events[count].name = "Somebody";
        events[count++].at_ms = play->truth[p->visit[room][nick] - 1].joined_ms;
    }
    return count;
}

/* The rooms and who is in them, a stanza each; the last one says that it is. */
static bool send_snapshot(struct play *play, struct prosody *p)
{
    struct room_event events[NICKS + 1];
    struct room_snapshot part = {
        .events = {.boot = boot_name(play, p), .now_ms = play->now_ms, .events = events}, .last = p->last};
    for (int room = 0; room < ROOMS; room++) {
        if (!p->instance[room])
            continue;
        part.count++;
        part.events.count = describe(play, p, room, events);
        assert_int_equal(store_apply_snapshot(play->f->store, "main", &part, play->now_ms), 1);
        if (dice(play, 10) == 0) {
            crash(play);
            return false;
        }
        assert_int_equal(store_commit(play->f->store), 1);
        model_named(play, p, room);
    }
    /* Meanwhile more happens: what the snapshot says was true a moment ago. */
    bool alone = part.count == 0;
    play->now_ms += 500;
    part.events.now_ms = play->now_ms;
    part.events.count = 0;
    part.done = true;
    assert_int_equal(store_apply_snapshot(play->f->store, "main", &part, play->now_ms), 1);
    assert_int_equal(store_commit(play->f->store), 1);
    model_end(play, p->boot, p);
    if (alone)
        play->heartbeat_ms[p->boot] = play->now_ms;
    play->stream_last = p->last;
    if (dice(play, 8) == 0)
        return false; /* the receipt is lost */
    drop_held(p, p->last);
    p->lost = false;
    return true;
}

/* Everything of the boot is held still: the snapshot is of its beginning. */
static void send_beginning(struct play *play, const struct prosody *p)
{
    const struct room_snapshot snapshot = {.events = {.boot = boot_name(play, p), .now_ms = play->now_ms},
                                           .done = true};
    assert_int_equal(store_apply_snapshot(play->f->store, "main", &snapshot, play->now_ms), 1);
    assert_int_equal(store_commit(play->f->store), 1);
    play->heartbeat_ms[p->boot] = play->now_ms;
    play->stream_last = 0;
}

/* > 0 events may follow. */
static bool say_hello(struct play *play, struct prosody *p)
{
    play->now_ms += (int64_t)dice(play, 3) * 100;
    const struct room_hello hello = {
        .boot = boot_name(play, p), .now_ms = play->now_ms, .last = p->last, .held = p->last - p->first + 1};
    int64_t resume = -1;
    int result = store_hello(play->f->store, "main", &hello, play->now_ms, &resume);
    assert_true(result >= 0);
    if (dice(play, 10) == 0) {
        crash(play);
        return false;
    }
    assert_int_equal(store_commit(play->f->store), 1);
    if (play->stream_boot != p->boot) {
        assert_int_equal(result, 0);
        model_end(play, p->boot - 1, NULL);
        play->stream_boot = p->boot;
        play->stream_last = -1;
        play->heartbeat_ms[p->boot] = play->now_ms;
    }
    if (result == 0) {
        if (p->first == 1 && play->stream_last < 0) {
            send_beginning(play, p);
            return true;
        }
        return send_snapshot(play, p);
    }
    if (p->last == resume)
        play->heartbeat_ms[p->boot] = play->now_ms;
    assert_int_equal(resume, play->stream_last);
    drop_held(p, resume);
    p->lost = false;
    return true;
}

/* The rest of a boot that stopped cleanly, before or after its successor said hello. */
static void send_stopped(struct play *play)
{
    struct prosody *p = &play->stopped;
    const struct room_hello hello = {
        .boot = boot_name(play, p), .now_ms = play->now_ms, .last = p->last, .held = p->last - p->first + 1};
    int64_t resume = -1;
    play->has_stopped = false;
    if (store_hello(play->f->store, "main", &hello, play->now_ms, &resume) <= 0) {
        crash(play); /* nothing is left to take a snapshot of: given up */
        return;
    }
    assert_int_equal(store_commit(play->f->store), 1);
    if (p->last == resume)
        play->heartbeat_ms[p->boot] = play->now_ms;
    drop_held(p, resume);
    for (int64_t stored = resume; p->first <= p->last;)
        send_batch(play, p, &stored);
}

static void restart_prosody(struct play *play, bool clean)
{
    struct prosody *p = &play->live;
    for (int room = 0; clean && room < ROOMS; room++) {
        for (int nick = 0; nick < NICKS; nick++)
            if (p->visit[room][nick])
                go(play, room, nick);
        if (p->instance[room])
            add_event(play, p, ROOM_CLOSED, room, -1);
    }
    for (int i = 0; !clean && i < play->truths; i++)
        if (play->truth[i].boot == p->boot && !play->truth[i].left_ms)
            play->truth[i].left_ms = play->now_ms; /* nobody saw it */
    play->has_stopped = clean && !p->lost && p->first <= p->last && play->stream_boot == p->boot;
    play->stopped = *p;
    *p = (struct prosody){.boot = ++play->boots, .first = 1};
    play->now_ms += 1000;
    if (play->has_stopped && dice(play, 2))
        send_stopped(play);
}

static void live(struct play *play, struct prosody *p)
{
    bool connected = false;
    int steps = STEPS;
    while (steps-- || !connected || p->first <= p->last || play->has_stopped) {
        int what = steps > 0 ? dice(play, 100) : 60;
        if (steps < 0)
            steps = 0;
        if (what < 55)
            happen(play);
        else if (what < 85 && (!connected || p->lost))
            connected = say_hello(play, p);
        else if (what < 85 && play->has_stopped)
            send_stopped(play);
        else if (what < 85 && p->first <= p->last)
            connected = send_batch(play, p, &play->stream_last);
        else if (what < 90)
            connected = false;
        else if (what == 99 && play->boots < 390)
            restart_prosody(play, dice(play, 2)), connected = false;
    }
}

static void compare(struct play *play, unsigned seed)
{
    sqlite3_stmt *stmt = NULL;
    const char *sql =
        "SELECT count(*), coalesce(sum(v.left_ms IS ?4 AND v.uncertain = ?5), 0) FROM visit v JOIN room r"
        " ON r.id = v.room WHERE r.instance = ?1 AND v.nick = ?2 AND v.joined_ms = ?3";
    assert_int_equal(sqlite3_prepare_v2(play->f->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    int known = 0, uncertain = 0;
    for (int i = 0; i < play->truths; i++) {
        const struct truth *truth = &play->truth[i];
        int alike = 0, same = 0; /* several visits of one nick may begin in one millisecond */
        for (int k = 0; k < play->truths; k++) {
            const struct truth *other = &play->truth[k];
            bool twin = other->known && other->instance == truth->instance &&
                        other->stored_nick == truth->stored_nick && other->joined_ms == truth->joined_ms;
            alike += twin;
            same += twin && other->stored_left_ms == truth->stored_left_ms &&
                    other->uncertain == truth->uncertain;
        }
        sqlite3_reset(stmt);
        sqlite3_bind_text(stmt, 1, arena_printf(&play->arena, "i%d", truth->instance), -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, nick_of(play, truth->stored_nick), -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 3, truth->joined_ms);
        if (truth->stored_left_ms)
            sqlite3_bind_int64(stmt, 4, truth->stored_left_ms);
        else
            sqlite3_bind_null(stmt, 4);
        sqlite3_bind_int(stmt, 5, truth->uncertain);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        if (sqlite3_column_int(stmt, 0) != alike || (truth->known && sqlite3_column_int(stmt, 1) != same))
            fail_msg(
                "seed %u: visit %d of %d in instance %d of boot %d: %d rows, %d as expected, not %d and %d",
                seed, truth->nick, i, truth->instance, truth->boot, sqlite3_column_int(stmt, 0),
                sqlite3_column_int(stmt, 1), alike, same);
        known += truth->known;
        uncertain += truth->known && truth->uncertain;
        if (truth->known && !truth->uncertain)
            assert_int_equal(truth->stored_left_ms, truth->left_ms);
        if (truth->known && truth->uncertain)
            assert_true(truth->stored_left_ms <= truth->left_ms);
    }
    sqlite3_finalize(stmt);
    assert_int_equal(number_of(play->f, "SELECT count(*) FROM visit"), known);
    assert_true(uncertain < known);
}

STORE_TEST(rooms__random_life__is_stored_as_the_model_says)
{
    const char *from = getenv("SEED");
    unsigned first = from ? (unsigned)strtoul(from, NULL, 10) : 1, count = from ? 1 : 12;
    for (unsigned seed = first; seed < first + count; seed++) {
        struct play *play = mem_alloc(sizeof *play);
        *play = (struct play){.f = f, .seed = seed * 7919, .now_ms = (int64_t)NOW * 1000, .stream_boot = -1};
        play->live = (struct prosody){.boot = ++play->boots, .first = 1};
        live(play, &play->live);
        compare(play, seed);
        arena_free(&play->arena);
        free(play);
        assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM stream", NULL, NULL, NULL), SQLITE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_FOLDER(rooms__random_life__is_stored_as_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
