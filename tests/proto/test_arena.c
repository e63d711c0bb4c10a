#include "tests/test.h"

#include "proto/arena.h"

#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(arena__alloc__gives_zeroed_and_aligned_memory_that_does_not_overlap)
{
    struct arena arena = {0};
    unsigned char *given[500];
    for (size_t i = 0; i < 500; i++) {
        given[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)given[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < i; j++)
            assert_int_equal(given[i][j], 0);
        memset(given[i], (int)(i & 0xFF) | 1, i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(given[i][j], (int)(i & 0xFF) | 1);
    arena_free(&arena);
}

TEST(arena__alloc__big_things_leave_the_rest_of_a_block_to_small_ones)
{
    struct arena arena = {0};
    char *first = arena_alloc(&arena, 16);
    char *big = arena_alloc(&arena, 1 << 20);
    memset(big, 1, 1 << 20);
    char *second = arena_alloc(&arena, 16);
    assert_ptr_equal(second, first + 16);
    arena_free(&arena);
}

TEST(arena__grow__keeps_what_is_there)
{
    struct arena arena = {0};
    size_t room = 0, heap_room = 0;
    int *numbers = NULL, *on_heap = NULL;
    for (int i = 0; i < 1000; i++) {
        int *before = numbers;
        bool full = (size_t)i == room;
        numbers = arena_grow(&arena, numbers, (size_t)i, &room, sizeof *numbers);
        assert_true(full == (numbers != before));
        on_heap = mem_grow(on_heap, (size_t)i, &heap_room, sizeof *on_heap);
        numbers[i] = on_heap[i] = i;
    }
    assert_int_equal(room, 1024);
    assert_int_equal(heap_room, 1024);
    for (int i = 0; i < 1000; i++)
        assert_true(numbers[i] == i && on_heap[i] == i);
    free(on_heap);
    arena_free(&arena);
}

TEST(arena__free__makes_it_as_new)
{
    struct arena arena = {0};
    arena_free(&arena);
    assert_string_equal(arena_dup(&arena, "a"), "a");
    arena_free(&arena);
    assert_null(arena.block);
    assert_string_equal(arena_dup(&arena, "b"), "b");
    arena_free(&arena);
}

TEST(arena__free__leaves_its_blocks_to_the_next_one_zeroed)
{
    struct arena_spare spare = {0};
    struct arena first = {.spare = &spare}, second = {.spare = &spare};
    char *left = arena_alloc(&first, 100);
    memset(left, 1, 100);
    arena_alloc(&first, 1 << 20); /* is nobody else's size: goes */
    arena_free(&first);
    assert_null(first.block);
    assert_int_equal(spare.count, 1);
    char *again = arena_alloc(&second, 100);
    assert_ptr_equal(again, left);
    assert_int_equal(spare.count, 0);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(again[i], 0);
    arena_free(&second);
    arena_spare_free(&spare);
    assert_null(spare.block);
}

TEST(arena__free__keeps_no_more_blocks_than_soon_used_again)
{
    struct arena_spare spare = {0};
    struct arena arena = {.spare = &spare};
    for (size_t i = 0; i < 1000; i++)
        arena_alloc(&arena, 3000);
    arena_free(&arena);
    assert_in_range(spare.count, 8, 64);
    arena_spare_free(&spare);
}

TEST(arena__clear__keeps_a_block_and_gives_it_zeroed)
{
    struct arena arena = {0};
    arena_clear(&arena);
    assert_null(arena.block);
    char *first = arena_dup(&arena, "first");
    arena_alloc(&arena, 1 << 20);
    for (int i = 0; i < 200; i++)
        memset(arena_alloc(&arena, 64), 1, 64);
    struct arena_block *newest = arena.block;
    arena_clear(&arena);
    assert_ptr_equal(arena.block, newest);
    first = arena_alloc(&arena, 2000);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(first[i], 0);
    assert_ptr_equal(arena.block, newest);
    arena_free(&arena);
}

TEST(arena__dup__closes_with_a_0)
{
    struct arena arena = {0};
    assert_null(arena_dup(&arena, NULL));
    assert_string_equal(arena_dup(&arena, ""), "");
    assert_string_equal(arena_dup_bytes(&arena, "abc", 2), "ab");
    assert_string_equal(arena_dup_bytes(&arena, NULL, 0), "");
    assert_memory_equal(arena_dup_bytes(&arena, "a\0b", 3), "a\0b\0", 4);
    arena_free(&arena);
}

TEST(arena__printf__takes_any_length)
{
    struct arena arena = {0};
    char *text = arena_printf(&arena, "%s %d %*s", "x", 7, 9000, "end");
    assert_int_equal(strlen(text), 4 + 9000);
    assert_memory_equal(text, "x 7 ", 4);
    assert_string_equal(text + strlen(text) - 4, " end");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    arena_free(&arena);
}

TEST(mem__dup__copies)
{
    char *copy = mem_dup("abc");
    assert_string_equal(copy, "abc");
    copy = mem_resize(copy, 100);
    assert_string_equal(copy, "abc");
    free(copy);
    assert_null(mem_dup(NULL));
    char *zeroed = mem_alloc(64);
    for (int i = 0; i < 64; i++)
        assert_int_equal(zeroed[i], 0);
    free(zeroed);
}

static void array_that_overflows(void)
{
    struct arena arena = {0};
    arena_array(&arena, SIZE_MAX / 8 + 2, 8);
}

static void sum_that_overflows(void)
{
    struct arena arena = {0};
    arena_alloc(&arena, SIZE_MAX - 40); /* with the block's head it would wrap around to nearly nothing */
}

static void copy_that_overflows(void)
{
    struct arena arena = {0};
    arena_dup_bytes(&arena, "a", SIZE_MAX);
}

static void growth_that_overflows(void)
{
    struct arena arena = {0};
    size_t room = SIZE_MAX / 16;
    arena_grow(&arena, NULL, room, &room, 16);
}

static void assert_aborts(void (*act)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        act();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

TEST(arena__alloc__that_overflows_ends_the_process)
{
    assert_aborts(array_that_overflows);
    assert_aborts(sum_that_overflows);
    assert_aborts(copy_that_overflows);
    assert_aborts(growth_that_overflows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena__alloc__gives_zeroed_and_aligned_memory_that_does_not_overlap),
        cmocka_unit_test(arena__alloc__big_things_leave_the_rest_of_a_block_to_small_ones),
        cmocka_unit_test(arena__grow__keeps_what_is_there),
        cmocka_unit_test(arena__free__makes_it_as_new),
        cmocka_unit_test(arena__free__leaves_its_blocks_to_the_next_one_zeroed),
        cmocka_unit_test(arena__free__keeps_no_more_blocks_than_soon_used_again),
        cmocka_unit_test(arena__clear__keeps_a_block_and_gives_it_zeroed),
        cmocka_unit_test(arena__dup__closes_with_a_0),
        cmocka_unit_test(arena__printf__takes_any_length),
        cmocka_unit_test(mem__dup__copies),
        cmocka_unit_test(arena__alloc__that_overflows_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
