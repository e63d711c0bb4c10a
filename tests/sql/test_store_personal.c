/* Personal rooms: made once, found by name and owner, and whose visits are told from others'. */
#include "tests/sql/fixture.h"

#include "sql/statements.h"

struct touched_people {
    int count;
    int64_t last;
};

static void keep_person(int64_t person, void *context)
{
    struct touched_people *touched = context;
    touched->count++;
    touched->last = person;
}

static struct touched_people touched_people(struct fixture *f)
{
    struct touched_people touched = {0};
    assert_true(store_commit(f->store) >= 0);
    store_each_touched_person(f->store, keep_person, &touched);
    return touched;
}

static struct personal_room room_of(struct fixture *f, int64_t person)
{
    struct personal_room room = {.node = NULL};
    assert_int_equal(store_open_personal_room(f->store, person, NOW, &f->arena, &room), 1);
    return room;
}

STORE_TEST(store_open_personal_room__once__is_theirs_for_good)
{
    struct personal_room none, first = room_of(f, f->alice);
    assert_int_equal(touched_people(f).last, f->alice);
    struct personal_room again = room_of(f, f->alice);
    assert_int_equal(touched_people(f).count, 0);
    assert_string_equal(first.node, again.node);
    assert_string_equal(first.ref, again.ref);
    assert_int_equal(strlen(first.ref), REF_SIZE);
    assert_int_equal(first.owner.id, f->alice);
    assert_true(first.owner.may_book);
    assert_int_equal(store_open_personal_room(f->store, 4711, NOW, &f->arena, &none), 0);
    assert_int_equal(store_get_personal_room(f->store, 4711, &f->arena, &none), 0);
}

TEST(random_personal_room__names__can_be_said_and_not_guessed)
{
    static const struct {
        const char *name, *slug;
    } cases[] = {
        {"\u00C9lodie d\u2019Aubign\u00E9", "elodie-d-aubigne-"},
        {"\u0141ukasz \u017B\u00F3\u0142\u0107", "lukasz-zolc-"},
        {"  J. R.  ", "j-r-"},
        {"\u5F20\u4F1F", ""},
        {"\u05D3\u05D5\u05D3", ""},
        {"", ""},
        {"Maximiliane von Hohenzollern-Sigmaringen", "maximiliane-von-hohenz-"},
        {"a\xC3", "a-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char room[ROOM_NAME_SIZE], other[ROOM_NAME_SIZE];
        size_t slug = strlen(cases[i].slug);
        random_personal_room(cases[i].name, room);
        random_personal_room(cases[i].name, other);
        assert_memory_equal(room, cases[i].slug, slug);
        assert_string_not_equal(room, other);
        assert_int_equal(strspn(room, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(room));
        assert_int_equal(strlen(room + slug), strlen("kesato-lomiru-27"));
        assert_true(room[slug + 6] == '-' && room[slug + 13] == '-');
    }
}

STORE_TEST(store_find_personal_room__by_its_name)
{
    struct personal_room found, room = room_of(f, f->alice);
    assert_int_equal(store_find_personal_room(f->store, room.node, &f->arena, &found), 1);
    assert_int_equal(found.owner.id, f->alice);
    assert_string_equal(found.owner.mail, "alice@example.org");
    assert_string_equal(found.ref, room.ref);
    assert_int_equal(found.inside, 0);
    assert_int_equal(store_find_personal_room(f->store, "elsewhere", &f->arena, &found), 0);
}

STORE_TEST(store_put_person__changed__their_room_follows)
{
    room_of(f, f->alice);
    touched_people(f);
    const struct person changed = {.mail = "alice@example.org", .name = "Alice B.", .may_book = false};
    int64_t id;
    assert_int_equal(store_put_person(f->store, &changed, NOW, &id), 1);
    struct touched_people touched = touched_people(f);
    assert_int_equal(touched.count, 1);
    assert_int_equal(touched.last, f->alice);
    assert_false(room_of(f, f->alice).owner.may_book);
}

static bool count_node(int64_t person, const char *node, void *context)
{
    struct text *text = context;
    text_addf(text, "%s%d", text->size ? " " : "", (int)person);
    assert_non_null(node);
    return true;
}

STORE_TEST(store_list_personal_rooms__all_of_them)
{
    struct text list = {0};
    assert_int_equal(store_list_personal_rooms(f->store, count_node, &list), 0);
    int64_t zoe = put_person(f, "zoe@example.org", "Zo\u00E9"), bob = put_person(f, "bob@example.org", "Bob");
    room_of(f, zoe);
    room_of(f, bob);
    room_of(f, f->alice);
    assert_int_equal(store_list_personal_rooms(f->store, count_node, &list), 1);
    char expected[64];
    snprintf(expected, sizeof expected, "%d %d %d", (int)f->alice, (int)bob, (int)zoe);
    assert_string_equal(text_string(&list), expected);
    text_free(&list);
}

/* ------------------------------------------------------------------------------------------- visits there */

static struct room_event event_of(int64_t number, enum room_event_kind kind, const char *room,
                                  const char *nick, const char *user, const char *name)
{
    return (struct room_event){.event = kind,
                               .number = number,
                               .at_ms = ((int64_t)NOW + number) * 1000,
                               .room = room,
                               .instance = "i1",
                               .nick = nick,
                               .jid = "x@meet.example/y",
                               .user = user,
                               .name = name};
}

static void report_all(struct fixture *f, struct room_event *events, size_t count)
{
    int64_t number, now_ms = ((int64_t)NOW + 10) * 1000;
    const struct room_hello hello = {.boot = "b1", .now_ms = now_ms};
    const struct room_snapshot none = {.events = {.boot = "b1", .now_ms = now_ms}, .done = true};
    const struct room_events batch = {.boot = "b1", .now_ms = now_ms, .count = count, .events = events};
    assert_int_equal(store_hello(f->store, "main", &hello, now_ms, &number), 0);
    assert_int_equal(store_apply_snapshot(f->store, "main", &none, now_ms), 1);
    assert_int_equal(store_apply_events(f->store, "main", &batch, now_ms, &number), 1);
    assert_int_equal(store_commit(f->store), 1);
}

STORE_TEST(store_apply_events__personal_room__its_owner_is_known_for_certain)
{
    struct personal_room room = room_of(f, f->alice), found;
    const char *address = arena_printf(&f->arena, "%s@conference.meet.example", room.node);
    struct room_event events[] = {
        event_of(1, ROOM_OPENED, address, NULL, NULL, NULL),
        event_of(2, ROOM_JOINED, address, "n1", room.ref, "Nobody"),
        event_of(3, ROOM_JOINED, address, "n2", "stranger", "Alice"),
        event_of(4, ROOM_JOINED, address, "n3", NULL, "Bob"),
        event_of(5, ROOM_LEFT, address, "n3", NULL, NULL),
    };
    report_all(f, events, sizeof events / sizeof *events);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit"), 3);
    /* The directory's word, not the client's. */
    assert_int_equal(number_of(f, "SELECT person FROM visit WHERE nick = 'n1' AND token_name = 'Alice'"),
                     f->alice);
    assert_int_equal(number_of(f, "SELECT count(*) FROM visit WHERE nick <> 'n1' AND person IS NULL"
                                  " AND attendee IS NULL AND login IS NULL"),
                     2);
    assert_int_equal(number_of(f, "SELECT left_ms IS NOT NULL FROM visit WHERE nick = 'n3'"), 1);
    assert_int_equal(store_find_personal_room(f->store, room.node, &f->arena, &found), 1);
    assert_int_equal(found.inside, 2);
    assert_int_equal(found.waiting, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_open_personal_room__once__is_theirs_for_good),
        cmocka_unit_test(random_personal_room__names__can_be_said_and_not_guessed),
        IN_MEMORY(store_find_personal_room__by_its_name),
        IN_MEMORY(store_put_person__changed__their_room_follows),
        IN_MEMORY(store_list_personal_rooms__all_of_them),
        IN_MEMORY(store_apply_events__personal_room__its_owner_is_known_for_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
