/* For tests of the mailer: waiting for its results, and keeping them. */
#ifndef TESTS_COMPONENT_MAILER_RESULTS_H
#define TESTS_COMPONENT_MAILER_RESULTS_H

#include "component/mailer.h"
#include "tests/test.h"

#include <poll.h>
#include <stdio.h>

/* The last results taken, in order. */
static struct {
    size_t count;
    int64_t id[200];
    enum mailer_outcome outcome[200];
    char answer[200][300];
} got;

static inline void keep(const struct mailer_result *result, void *context)
{
    (void)context;
    assert_true(got.count < 200);
    got.id[got.count] = result->id;
    got.outcome[got.count] = result->outcome;
    snprintf(got.answer[got.count], sizeof got.answer[0], "%s", result->answer ? result->answer : "");
    got.count++;
}

/* Waits on the eventfd until `count` results are there. */
static inline void take(struct mailer *mailer, size_t count)
{
    got.count = 0;
    while (got.count < count) {
        struct pollfd wait = {.fd = mailer_fd(mailer), .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 30000), 1);
        mailer_take_results(mailer, keep, NULL);
    }
}

static inline void wait_until_free(struct mailer *mailer)
{
    while (!mailer_is_free(mailer)) {
        struct pollfd wait = {.fd = mailer_fd(mailer), .events = POLLIN};
        assert_true(poll(&wait, 1, 30000) >= 0);
        mailer_take_results(mailer, keep, NULL);
    }
}

#endif
