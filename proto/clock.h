/* The clock as an argument: whoever needs the time is given one, so that a test runs a week of reminders in a
 * second. */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*now_ms)(void *context); /* UTC milliseconds since 1970 */
    void *context;
};

static inline int64_t clock_ms(const struct clock *clock)
{
    return clock->now_ms(clock->context);
}

/* UTC seconds since 1970. */
static inline int64_t clock_now(const struct clock *clock)
{
    return clock_ms(clock) / 1000;
}

#endif
