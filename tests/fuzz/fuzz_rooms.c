/* Stanzas of the room protocol, as XML: read, or refused in words. */
#include "proto/rooms.h"
#include "tests/trees.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const char *string)
{
    if (string && (!*string || strlen(string) > ROOMS_STRING_MAX || !text_is_utf8(string, strlen(string))))
        abort();
}

static void check_events(const struct room_events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct room_event *event = &events->events[i];
        const char *const strings[] = {event->room, event->instance,  event->main,
                                       event->nick, event->jid,       event->user,
                                       event->name, event->user_name, event->reason};
        for (size_t j = 0; j < sizeof strings / sizeof *strings; j++)
            check_string(strings[j]);
        if (event->event == ROOM_OTHER)
            continue;
        if (!event->room || (event->event != ROOM_REFUSED && !event->instance) || event->number < 0 ||
            event->at_ms < 0)
            abort();
        if (event->event == ROOM_JOINED && (!event->nick || !event->jid))
            abort();
    }
}

static void check_result(bool good, const char *error)
{
    if (good != (error == NULL) || (error && (!*error || strlen(error) > 300)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    const char *text = arena_dup_bytes(&arena, data, size);
    const struct xml *tree = tree_read(&arena, text);
    if (tree) {
        struct room_hello hello;
        struct room_events events;
        struct room_snapshot snapshot;
        const char *error = NULL;
        bool good = rooms_read_hello(&hello, &arena, tree, &error);
        check_result(good, error);
        error = NULL;
        good = rooms_read_events(&events, &arena, tree, &error);
        check_result(good, error);
        if (good)
            check_events(&events);
        for (size_t i = 1; good && i < events.count; i++)
            if (events.events[i].number != events.events[i - 1].number + 1)
                abort();
        error = NULL;
        good = rooms_read_snapshot(&snapshot, &arena, tree, &error);
        check_result(good, error);
        if (good)
            check_events(&snapshot.events);
    }
    const char *node = rooms_node(&arena, text);
    if (strlen(node) > strlen(text))
        abort();
    arena_free(&arena);
    return 0;
}
