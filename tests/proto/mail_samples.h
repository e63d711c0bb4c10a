/* Messages of tests/fuzz/corpus/mail, read. */
#ifndef TESTS_PROTO_MAIL_SAMPLES_H
#define TESTS_PROTO_MAIL_SAMPLES_H

#include "proto/reply.h"
#include "tests/test.h"

#include <stdio.h>

static struct arena arena; /* of all that a test reads */

static struct mail_reply read_sample(const char *name)
{
    char path[256], *bytes = arena_alloc(&arena, 1 << 20);
    struct mail_reply reply;
    snprintf(path, sizeof path, "tests/fuzz/corpus/mail/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    mail_reply_read(&reply, &arena, bytes, size);
    return reply;
}

static int forget(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

#endif
