/* A compiled file of tzdata (RFC 8536) into a zone. */
#include "proto/zone_data.h"

#include "proto/arena.h"

#include <string.h>

enum { HEADER_SIZE = 44, TYPES_MAX = 256, TRANSITIONS_MAX = 100000 };

/* The header of one of the two blocks (RFC 8536 3.1), and where its data stands. */
struct block {
    char version;
    uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
    const unsigned char *data;
};

struct reader {
    const unsigned char *at, *end;
};

static uint32_t number32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t number64(const unsigned char *at)
{
    uint64_t number = (uint64_t)number32(at) << 32 | number32(at + 4);
    return number > INT64_MAX ? -(int64_t)(UINT64_MAX - number) - 1 : (int64_t)number;
}

/* Reads a header and passes over its data, whose times are of `time_size` bytes. */
static bool read_block(struct reader *reader, size_t time_size, struct block *block)
{
    const unsigned char *at = reader->at;
    if (reader->end - at < HEADER_SIZE || memcmp(at, "TZif", 4) != 0)
        return false;
    *block = (struct block){.version = (char)at[4],
                            .isutcnt = number32(at + 20),
                            .isstdcnt = number32(at + 24),
                            .leapcnt = number32(at + 28),
                            .timecnt = number32(at + 32),
                            .typecnt = number32(at + 36),
                            .charcnt = number32(at + 40),
                            .data = at + HEADER_SIZE};
    uint64_t size = (uint64_t)block->timecnt * (time_size + 1) + (uint64_t)block->typecnt * 6 +
                    block->charcnt + (uint64_t)block->leapcnt * (time_size + 4) + block->isstdcnt +
                    block->isutcnt;
    if (size > (uint64_t)(reader->end - block->data))
        return false;
    reader->at = block->data + size;
    return true;
}

static bool read_abbreviation(struct zone_type *type, const unsigned char *start, const unsigned char *end)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
    for (size_t i = 0; i <= ZONE_ABBREVIATION_MAX && start < end; i++, start++) {
        type->abbreviation[i] = (char)*start;
        if (*start == 0)
            return true;
        if (!strchr(allowed, *start))
            return false;
    }
    return false;
}

/* RFC 8536 3.2: local time type records, and the designations that they point into. */
static bool read_types(struct zone *zone, const struct block *block, const unsigned char *at)
{
    const unsigned char *names = at + (size_t)block->typecnt * 6, *names_end = names + block->charcnt;
    zone->type_count = block->typecnt;
    zone->types = mem_alloc(zone->type_count * sizeof *zone->types);
    for (size_t i = 0; i < zone->type_count; i++, at += 6) {
        struct zone_type *type = &zone->types[i];
        int64_t offset = (int32_t)number32(at);
        if (offset < ZONE_OFFSET_LEAST || offset > ZONE_OFFSET_MOST || at[4] > 1 || at[5] >= block->charcnt)
            return false;
        type->offset = (int)offset;
        type->dst = at[4];
        if (!read_abbreviation(type, names + at[5], names_end))
            return false;
    }
    return true;
}

static bool read_transitions(struct zone *zone, const struct block *block)
{
    const unsigned char *at = block->data, *types = at + (size_t)block->timecnt * 8;
    zone->count = block->timecnt;
    zone->times = mem_alloc(zone->count * sizeof *zone->times);
    zone->types_at = mem_alloc(zone->count);
    for (size_t i = 0; i < zone->count; i++, at += 8) {
        zone->times[i] = number64(at);
        zone->types_at[i] = types[i];
        if (types[i] >= block->typecnt || (i && zone->times[i] <= zone->times[i - 1]))
            return false;
    }
    return read_types(zone, block, types + zone->count);
}

/* The POSIX TZ text between two line ends behind the second block. */
static bool read_footer(struct zone *zone, struct reader *reader)
{
    if (reader->at == reader->end || *reader->at != '\n')
        return false;
    const unsigned char *start = reader->at + 1, *end = memchr(start, '\n', (size_t)(reader->end - start));
    return end && zone_rule_read(&zone->rule, (const char *)start, (size_t)(end - start));
}

bool zone_file_read(struct zone *zone, const void *bytes, size_t size)
{
    struct reader reader = {bytes, (const unsigned char *)bytes + size};
    struct block block;
    if (!read_block(&reader, 4, &block) || block.version < '2' || !read_block(&reader, 8, &block))
        return false;
    /* Files that count leap seconds (right/...) are of another time than everything else here. */
    if (block.typecnt < 1 || block.typecnt > TYPES_MAX || block.timecnt > TRANSITIONS_MAX || block.leapcnt)
        return false;
    return read_transitions(zone, &block) && read_footer(zone, &reader);
}
