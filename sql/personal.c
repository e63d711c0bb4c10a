/* Personal rooms: one for each person who wants one, theirs for good. */
#include "sql/store_internal.h"
#include "sql/store_people.h"
#include "sql/store_rooms.h"

static int one_room(struct query *query, struct arena *arena, struct personal_room *room)
{
    int status = query_step(query);
    if (status > 0) {
        room->node = arena_dup(arena, next_text(query));
        room->ref = arena_dup(arena, next_text(query));
        next_person(query, &room->owner);
        room->inside = (int)next_int(query);
        room->waiting = (int)next_int(query);
        copy_person(arena, &room->owner);
    }
    query_close(query);
    return status;
}

int store_get_personal_room(struct store *store, int64_t person, struct arena *arena,
                            struct personal_room *room)
{
    struct query query = query_open(store, STMT_GET_PERSONAL_ROOM);
    bind_int(&query, ":person", person);
    return one_room(&query, arena, room);
}

int store_find_personal_room(struct store *store, const char *node, struct arena *arena,
                             struct personal_room *room)
{
    struct query query = query_open(store, STMT_FIND_PERSONAL_ROOM);
    bind_text(&query, ":node", node);
    return one_room(&query, arena, room);
}

static int make_room(struct store *store, int64_t id, int64_t now, struct arena *arena)
{
    struct person person;
    int found = store_get_person(store, id, arena, &person);
    if (found <= 0)
        return found;
    char node[ROOM_NAME_SIZE], ref[REF_SIZE + 1];
    random_personal_room(person.name ? person.name : "", node);
    random_ref(ref);
    struct query query = query_open(store, STMT_ADD_PERSONAL_ROOM);
    bind_int(&query, ":person", id);
    bind_text(&query, ":node", node);
    bind_text(&query, ":ref", ref);
    bind_int(&query, ":now", now);
    touch_person(store, id);
    return query_run(&query);
}

int store_open_personal_room(struct store *store, int64_t person, int64_t now, struct arena *arena,
                             struct personal_room *room)
{
    int found = store_get_personal_room(store, person, arena, room);
    if (found != 0)
        return found;
    if (verb_begin(store) < 0)
        return -1;
    int made = verb_end(store, make_room(store, person, now, arena));
    return made > 0 ? store_get_personal_room(store, person, arena, room) : made;
}

int store_list_personal_rooms(struct store *store,
                              bool (*each)(int64_t person, const char *node, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_PERSONAL_ROOMS);
    while (query_list(&query)) {
        int64_t person = next_int(&query);
        if (!each(person, next_text(&query), context))
            break;
    }
    return query_list_end(&query);
}
