#include "proto/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sanitizer shall see who uses what has ended, though it was not freed. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory))
#endif

enum { BLOCK_SIZE = 4096 - 64, SPARE_MOST = 32 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

static void out_of_memory(size_t size)
{
    fprintf(stderr, "<2>out of memory: %zu bytes cannot be had; ending (nothing stored is lost)\n", size);
    abort();
}

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

void *mem_resize(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

char *mem_dup(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(mem_alloc(size), text, size);
}

static struct arena_block *make_block(struct arena_spare *spare, size_t room)
{
    struct arena_block *block = spare && room == BLOCK_SIZE ? spare->block : NULL;
    if (block) {
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        spare->block = block->next;
        spare->count--;
    } else {
        block = mem_alloc(sizeof *block + room);
        block->size = room;
    }
    return block;
}

/* A block with room for `size` bytes. One made for a big thing is full at once and goes behind the first,
 * whose rest is still good for small ones. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = make_block(arena->spare, room), *first = arena->block;
    if (first && size > BLOCK_SIZE) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->block = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) /* so that no sum below overflows */
        out_of_memory(size);
    size_t aligned = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_block *block = arena->block;
    if (!block || block->size - block->used < aligned)
        block = add_block(arena, aligned);
    void *memory = block->bytes + block->used;
    block->used += aligned;
    return memory;
}

static size_t room_twice(size_t room, size_t size)
{
    size_t twice = room ? room * 2 : 16;
    if (room > SIZE_MAX / 2 || (size && twice > SIZE_MAX / size))
        out_of_memory(SIZE_MAX);
    return twice;
}

void *mem_grow(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = room_twice(*room, size);
    return mem_resize(array, *room * size);
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = room_twice(*room, size);
    void *wider = arena_alloc(arena, *room * size);
    if (count)
        memcpy(wider, array, count * size);
    return wider;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory(SIZE_MAX);
    return arena_alloc(arena, count * size);
}

char *arena_dup_bytes(struct arena *arena, const void *bytes, size_t size)
{
    if (size == SIZE_MAX)
        out_of_memory(size);
    char *copy = arena_alloc(arena, size + 1);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_dup(struct arena *arena, const char *text)
{
    return text ? arena_dup_bytes(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    char most[256]; /* fits in here, and is written once */
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(most, sizeof most, format, arguments);
    va_end(arguments);
    char *text = arena_alloc(arena, (size_t)(size < 0 ? 0 : size) + 1);
    if (size >= (int)sizeof most)
        vsnprintf(text, (size_t)size + 1, format, again);
    else if (size > 0)
        memcpy(text, most, (size_t)size);
    va_end(again);
    return text;
}

static void empty_block(struct arena_block *block)
{
    memset(block->bytes, 0, block->used);
    block->used = 0;
    block->next = NULL;
}

static void free_blocks(struct arena_block *block, struct arena_spare *spare)
{
    while (block) {
        struct arena_block *next = block->next;
        if (spare && block->size == BLOCK_SIZE && spare->count < SPARE_MOST) {
            empty_block(block);
            block->next = spare->block;
            spare->block = block;
            ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
            spare->count++;
        } else {
            free(block);
        }
        block = next;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_block *block = arena->block;
    if (!block)
        return;
    free_blocks(block->next, arena->spare);
    empty_block(block);
}

void arena_free(struct arena *arena)
{
    free_blocks(arena->block, arena->spare);
    arena->block = NULL;
}

void arena_spare_free(struct arena_spare *spare)
{
    free_blocks(spare->block, NULL);
    *spare = (struct arena_spare){0};
}
