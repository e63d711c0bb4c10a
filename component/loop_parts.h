/* Within loop*.c only: the loop turns in loop.c, carries orders to every Prosody in loop_orders.c, and says
 * how it is in loop_health.c. */
#ifndef COMPONENT_LOOP_PARTS_H
#define COMPONENT_LOOP_PARTS_H

#include "component/loop.h"

#include <poll.h>
#include <signal.h>

struct loop {
    struct loop_options o;
    struct loop_prosody *prosody;
    uint64_t turn;
    int64_t started_ms, longest_us;
    bool started; /* every Prosody was tried, and at least one connected */
    bool ready;
    bool complained; /* of a module that says nothing */
    struct pollfd *fds;
    sigset_t waiting;                 /* what stays blocked while the loop polls */
    int64_t watchdog_us, watchdog_at; /* of the monotonic clock, microseconds; watchdog_us 0: none */
    uint64_t failed_commits;
};

/* Also in a test whose rooms have another wire. */
bool loop_is_connected(const struct loop_prosody *prosody);

#endif
