/* The streams of events from each Prosody: hello, events, snapshots. */
#include "sql/room_events.h"

#include <limits.h>

static int find_stream(struct store *store, const char *prosody, const char *boot, struct stream *stream)
{
    struct query query = query_open(store, STMT_FIND_STREAM);
    bind_text(&query, ":prosody", prosody);
    bind_text(&query, ":boot", boot);
    int status = query_step(&query);
    if (status > 0) {
        stream->id = next_int(&query);
        stream->last = next_int(&query);
        stream->awaits_snapshot = next_bool(&query);
        stream->snapshot = next_int(&query);
        stream->heartbeat_ms = next_int(&query);
        stream->offset_ms = next_int(&query);
        stream->late_ms = next_int(&query);
        stream->late_since_ms = next_int(&query);
    }
    query_close(&query);
    return status;
}

/* Until `their_ms`, by Prosody's clock, what is stored is the whole truth. */
static int set_stream(struct store *store, const struct stream *stream, int64_t last, int64_t their_ms)
{
    struct query query = query_open(store, STMT_SET_STREAM);
    bind_int(&query, ":id", stream->id);
    bind_int(&query, ":last", last);
    bind_int(&query, ":heartbeat", their_ms + clock_offset(stream));
    return query_run(&query);
}

/* Runs one of the statements of end_unnamed, which give the meetings that they touch. */
static int end_by(struct store *store, enum statement statement, const char *prosody, int64_t stream)
{
    struct query query = query_open(store, statement);
    int status;
    bind_text(&query, ":prosody", prosody);
    bind_int(&query, ":stream", stream);
    while ((status = query_step(&query)) > 0)
        touch(store, next_int(&query));
    query_close(&query);
    return status;
}

/* Ends, uncertain, what is open under older boots, and under this one what its newest snapshot did not
 * name. */
static int end_unnamed(struct store *store, const char *prosody, int64_t stream)
{
    if (end_by(store, STMT_END_VISITS, prosody, stream) < 0)
        return -1;
    return end_by(store, STMT_END_ROOMS, prosody, stream);
}

static int add_stream(struct store *store, const char *prosody, const struct room_hello *hello,
                      int64_t now_ms)
{
    const struct stream stream = {.offset_ms = now_ms - hello->now_ms};
    struct query query = query_open(store, STMT_ADD_STREAM);
    bind_text(&query, ":prosody", prosody);
    bind_text(&query, ":boot", hello->boot);
    bind_int(&query, ":heartbeat", hello->now_ms + clock_offset(&stream));
    bind_int(&query, ":offset", stream.offset_ms);
    int64_t id;
    int status = query_run_number(&query, &id);
    return status <= 0 ? -1 : end_unnamed(store, prosody, id);
}

/* What nobody wants to know of rooms without a booking goes as soon as it is over. */
static int forget(struct store *store, int result)
{
    if (result <= 0 || !store->forget_unbooked)
        return result;
    return purge_unbooked(store, INT64_MAX, INT_MAX) < 0 ? -1 : result;
}

/* >= 0: done, and *resume is the number or -1 for a snapshot. */
static int greet(struct store *store, const char *prosody, const struct room_hello *hello, int64_t now_ms,
                 int64_t *resume)
{
    struct stream stream;
    int known = find_stream(store, prosody, hello->boot, &stream);
    *resume = -1;
    if (known < 0)
        return -1;
    if (known == 0)
        return add_stream(store, prosody, hello, now_ms);
    if (clock_note(store, &stream, hello->now_ms, now_ms) < 0)
        return -1;
    if (!stream.awaits_snapshot && hello->last >= stream.last && hello->last - hello->held <= stream.last) {
        *resume = stream.last;
        /* What is held still may say otherwise. */
        return hello->last > stream.last ? 0 : set_stream(store, &stream, stream.last, hello->now_ms);
    }
    struct query query = query_open(store, STMT_ASK_SNAPSHOT);
    bind_int(&query, ":id", stream.id);
    return query_run(&query);
}

int store_hello(struct store *store, const char *prosody, const struct room_hello *hello, int64_t now_ms,
                int64_t *resume)
{
    int64_t number;
    if (verb_begin(store) < 0)
        return -1;
    int result = greet(store, prosody, hello, now_ms, &number) < 0 ? -1 : 1;
    if (verb_end(store, forget(store, result)) < 0)
        return -1;
    if (number < 0)
        return 0;
    *resume = number;
    return 1;
}

/* > 0 all are stored, 0 a gap. */
static int apply_events(struct applying *applying, const char *prosody, const struct room_events *events,
                        int64_t now_ms, int64_t *last)
{
    struct stream *stream = &applying->stream;
    int known = find_stream(applying->store, prosody, events->boot, stream);
    if (known <= 0 || stream->awaits_snapshot)
        return known < 0 ? -1 : 0;
    if (clock_note(applying->store, stream, events->now_ms, now_ms) < 0)
        return -1;
    int64_t heard_ms = 0; /* of the newest: more may be held */
    for (size_t i = 0; i < events->count; i++) {
        const struct room_event *event = &events->events[i];
        if (event->number <= stream->last)
            continue;
        if (event->number != stream->last + 1)
            return 0;
        if (apply_event(applying, event) < 0)
            return -1;
        stream->last = event->number;
        heard_ms = event->at_ms ? event->at_ms : heard_ms;
    }
    *last = stream->last;
    heard_ms = heard_ms ? heard_ms : stream->heartbeat_ms - clock_offset(stream);
    return set_stream(applying->store, stream, stream->last, heard_ms);
}

int store_apply_events(struct store *store, const char *prosody, const struct room_events *events,
                       int64_t now_ms, int64_t *last)
{
    if (verb_begin(store) < 0)
        return -1;
    struct applying applying = {.store = store};
    int result = verb_end(store, forget(store, apply_events(&applying, prosody, events, now_ms, last)));
    arena_free(&applying.arena);
    return result;
}

/* A snapshot is of one moment, and only one in a single part was sent at it: since the first of several, more
 * may have happened, so they prove nothing newer than what was known before. */
static int64_t moment_of(const struct applying *applying, const struct room_snapshot *snapshot)
{
    int64_t rooms = 0;
    for (size_t i = 0; i < snapshot->events.count; i++)
        rooms += snapshot->events.events[i].event == ROOM_OPENED;
    return rooms == snapshot->count ? snapshot->events.now_ms
                                    : applying->stream.heartbeat_ms - clock_offset(&applying->stream);
}

static int finish_snapshot(struct applying *applying, const char *prosody,
                           const struct room_snapshot *snapshot)
{
    struct query query = query_open(applying->store, STMT_COUNT_NAMED_ROOMS);
    bind_int(&query, ":stream", applying->stream.id);
    bind_int(&query, ":snapshot", applying->snapshot);
    int64_t named;
    if (query_run_number(&query, &named) < 0)
        return -1;
    if (named != snapshot->count)
        return 0; /* a part is missing */
    if (end_unnamed(applying->store, prosody, applying->stream.id) < 0)
        return -1;
    return set_stream(applying->store, &applying->stream, snapshot->last, moment_of(applying, snapshot));
}

static int apply_snapshot(struct applying *applying, const char *prosody,
                          const struct room_snapshot *snapshot, int64_t now_ms)
{
    int known = find_stream(applying->store, prosody, snapshot->events.boot, &applying->stream);
    if (known <= 0 || !applying->stream.awaits_snapshot)
        return known < 0 ? -1 : 0;
    if (clock_note(applying->store, &applying->stream, snapshot->events.now_ms, now_ms) < 0)
        return -1;
    applying->snapshot = applying->stream.snapshot;
    for (size_t i = 0; i < snapshot->events.count; i++)
        if (apply_event(applying, &snapshot->events.events[i]) < 0)
            return -1;
    return snapshot->done ? finish_snapshot(applying, prosody, snapshot) : 1;
}

int store_apply_snapshot(struct store *store, const char *prosody, const struct room_snapshot *snapshot,
                         int64_t now_ms)
{
    if (verb_begin(store) < 0)
        return -1;
    struct applying applying = {.store = store};
    int result = verb_end(store, forget(store, apply_snapshot(&applying, prosody, snapshot, now_ms)));
    arena_free(&applying.arena);
    return result;
}
