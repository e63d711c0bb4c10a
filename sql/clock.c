/* Prosody's clock against ours. A stanza says when it was sent; our clock minus that is the offset of the two
 * clocks and the time that the stanza was under way. The latter is never negative, so a smaller difference is
 * nearer to the truth at once, while a larger one may be a stanza that waited for us (a stopped jmbd): it is
 * believed when nothing nearer came for a while. */
#include "sql/room_events.h"

enum { WORTH_MS = 2000, LATE_FOR_MS = 60000 };

int64_t clock_offset(const struct stream *stream)
{
    int64_t offset = stream->offset_ms;
    return offset > WORTH_MS || offset < -WORTH_MS ? offset : 0;
}

static void reckon(struct stream *stream, int64_t difference, int64_t now_ms)
{
    if (difference <= stream->offset_ms + WORTH_MS) {
        if (difference < stream->offset_ms)
            stream->offset_ms = difference;
        stream->late_ms = stream->late_since_ms = 0;
        return;
    }
    if (!stream->late_since_ms || now_ms < stream->late_since_ms) {
        stream->late_since_ms = now_ms;
        stream->late_ms = difference;
    }
    if (difference < stream->late_ms)
        stream->late_ms = difference;
    if (now_ms - stream->late_since_ms < LATE_FOR_MS)
        return;
    stream->offset_ms = stream->late_ms;
    stream->late_ms = stream->late_since_ms = 0;
}

int clock_note(struct store *store, struct stream *stream, int64_t their_ms, int64_t now_ms)
{
    struct stream before = *stream;
    reckon(stream, now_ms - their_ms, now_ms);
    if (before.offset_ms == stream->offset_ms && before.late_ms == stream->late_ms &&
        before.late_since_ms == stream->late_since_ms)
        return 0;
    struct query query = query_open(store, STMT_SET_CLOCK);
    bind_int(&query, ":id", stream->id);
    bind_int(&query, ":offset", stream->offset_ms);
    bind_int(&query, ":late", stream->late_ms);
    bind_int_or_null(&query, ":since", stream->late_since_ms);
    return query_run(&query);
}

int store_clock_offset(struct store *store, const char *prosody, int64_t *offset_ms)
{
    struct stream stream = {0};
    struct query query = query_open(store, STMT_CLOCK_OFFSET);
    bind_text(&query, ":prosody", prosody);
    int status = query_run_number(&query, &stream.offset_ms);
    *offset_ms = clock_offset(&stream);
    return status < 0 ? -1 : *offset_ms != 0;
}
