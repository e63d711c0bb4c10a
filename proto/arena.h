/* Memory with one life: everything that a request, a letter or a stanza needs is taken from its arena and
 * goes with it, so that no path has to free piece by piece. Memory that cannot be had ends the process with a
 * message: every promise of JMB is a row in the store, so a restart goes on where it stood, while an untested
 * path through a half-failed allocation would not. */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_block *block;
    struct arena_spare *spare; /* where its blocks go, and come from; NULL: malloc */
};

/* Blocks of arenas that ended, for the next ones of the same thread, where many of them come and go: malloc,
 * asked for a few KiB, first gathers all that is free. Starts as {0}. */
struct arena_spare {
    struct arena_block *block;
    size_t count;
};

/* malloc, realloc and strdup that never return NULL; free() frees what they give. */
void *mem_alloc(size_t size); /* zeroed */
void *mem_resize(void *old, size_t size);
/* The array of `count` things of `size` bytes, with room for one more: `*room` is how many it can hold; when
 * it is full, it becomes another of twice the room. */
void *mem_grow(void *array, size_t count, size_t *room, size_t size);
char *mem_dup(const char *text); /* NULL gives NULL */

/* An arena starts as {0}. `size` bytes of zeroed, aligned memory that live until arena_free. */
void *arena_alloc(struct arena *arena, size_t size);
/* An array of `count` things of `size` bytes; a product that overflows ends the process. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* mem_grow for an array of the arena. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *room, size_t size);
char *arena_dup(struct arena *arena, const char *text);                     /* NULL gives NULL */
char *arena_dup_bytes(struct arena *arena, const void *bytes, size_t size); /* a 0 is put behind them */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_clear(struct arena *arena); /* as arena_free, but some memory is kept for what comes next */
void arena_free(struct arena *arena);  /* and it can be used again */
void arena_spare_free(struct arena_spare *spare);

#endif
