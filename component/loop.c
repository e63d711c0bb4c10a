#include "component/loop_parts.h"

#include "component/log.h"
#include "component/notify.h"
#include "proto/arena.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MOST_MS = 60000, /* a clock that is set must not leave us asleep */
    SILENCE_MS = 20000,   /* connected, but no module says hello */
};

/* What is polled, in loop->fds. */
enum { FD_HTTP, FD_MAILER, FD_INBOX, FD_PROSODY /* and each further one */ };

/* Set by the handlers, which do nothing else. */
static volatile sig_atomic_t wants_end, wants_reload;

static void on_signal(int number)
{
    if (number == SIGHUP)
        wants_reload = 1;
    else
        wants_end = 1;
}

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct loop *loop_open(const struct loop_options *options)
{
    struct loop *loop = mem_alloc(sizeof *loop);
    loop->o = *options;
    loop->prosody = mem_alloc(options->prosody_count * sizeof *loop->prosody);
    memcpy(loop->prosody, options->prosody, options->prosody_count * sizeof *loop->prosody);
    loop->fds = mem_alloc((FD_PROSODY + options->prosody_count) * sizeof *loop->fds);
    loop->started_ms = clock_ms(options->clock);
    sigprocmask(SIG_SETMASK, NULL, &loop->waiting);
    sigdelset(&loop->waiting, SIGTERM);
    sigdelset(&loop->waiting, SIGINT);
    sigdelset(&loop->waiting, SIGHUP);
    loop->watchdog_us = (int64_t)(notify_watchdog() / 2);
    return loop;
}

void loop_close(struct loop *loop)
{
    if (!loop)
        return;
    free(loop->fds);
    free(loop->prosody);
    free(loop);
}

/* -- waiting */

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds that may be slept, at most `wait_ms`. */
static int64_t wait_time(const struct loop *loop, int64_t wait_ms)
{
    int64_t now_ms = clock_ms(loop->o.clock), next = now_ms + wait_ms;
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        if (loop->prosody[i].xmpp)
            next = earliest(next, xmpp_next_ms(loop->prosody[i].xmpp));
        next = earliest(next, rooms_next_ms(loop->prosody[i].rooms));
    }
    int64_t due = loop->o.due ? due_next(loop->o.due, now_ms / 1000) : INT64_MAX;
    if (due < INT64_MAX / 1000)
        next = earliest(next, due * 1000);
    int64_t left = next > now_ms ? next - now_ms : 0;
    int http = loop->o.http ? http_timeout(loop->o.http) : -1;
    if (http >= 0)
        left = earliest(left, http);
    int inbox = loop->o.inbox ? inbox_timeout(loop->o.inbox) : -1;
    if (inbox >= 0)
        left = earliest(left, inbox);
    if (loop->watchdog_us) {
        int64_t watchdog = (loop->watchdog_at - monotonic_us()) / 1000;
        left = earliest(left, watchdog > 0 ? watchdog : 0);
    }
    return left;
}

static void set_fds(struct loop *loop)
{
    loop->fds[FD_HTTP] = (struct pollfd){.fd = loop->o.http ? http_fd(loop->o.http) : -1, .events = POLLIN};
    loop->fds[FD_MAILER] =
        (struct pollfd){.fd = loop->o.mailer ? mailer_fd(loop->o.mailer) : -1, .events = POLLIN};
    loop->fds[FD_INBOX] =
        (struct pollfd){.fd = loop->o.inbox ? inbox_fd(loop->o.inbox) : -1, .events = POLLIN};
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        const struct xmpp *xmpp = loop->prosody[i].xmpp;
        loop->fds[FD_PROSODY + i] =
            (struct pollfd){.fd = xmpp ? xmpp_fd(xmpp) : -1, .events = xmpp ? xmpp_poll_events(xmpp) : 0};
    }
}

/* Signals are open only in here: everywhere else nothing is ever interrupted. */
static void wait_for_work(struct loop *loop, int64_t wait_ms)
{
    int64_t left = wait_time(loop, wait_ms);
    struct timespec time = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
    set_fds(loop);
    if (ppoll(loop->fds, FD_PROSODY + loop->o.prosody_count, &time, &loop->waiting) < 0 && errno != EINTR)
        log_rarely("ppoll", LOG_ERR, "poll: %s", strerror(errno));
}

/* -- one turn */

static void on_touched(int64_t meeting, void *context)
{
    struct loop *loop = context;
    for (size_t i = 0; i < loop->o.prosody_count; i++)
        rooms_meeting_touched(loop->prosody[i].rooms, meeting, loop->turn);
}

static void on_touched_person(int64_t person, void *context)
{
    struct loop *loop = context;
    for (size_t i = 0; i < loop->o.prosody_count; i++)
        rooms_person_touched(loop->prosody[i].rooms, person, loop->turn);
}

/* The store is clean: what is due reads only what is stored. */
static void run_due(struct loop *loop)
{
    int64_t now = clock_now(loop->o.clock);
    if (loop->o.due && ((loop->fds[FD_MAILER].revents & POLLIN) || due_next(loop->o.due, now) <= now))
        due_run(loop->o.due, now);
}

static void commit(struct loop *loop)
{
    int stored = store_commit(loop->o.store);
    if (stored < 0)
        loop->failed_commits++;
    if (loop->o.due)
        due_committed(loop->o.due, stored >= 0);
    for (size_t i = 0; i < loop->o.prosody_count; i++)
        rooms_committed(loop->prosody[i].rooms, stored >= 0);
    if (loop->o.http)
        http_committed(loop->o.http, stored >= 0, loop->turn);
    if (loop->o.inbox)
        inbox_committed(loop->o.inbox, stored >= 0);
    store_each_touched(loop->o.store, on_touched, loop);
    store_each_touched_person(loop->o.store, on_touched_person, loop);
}

/* Policies that follow from the turn leave, and replies whose policies have arrived. */
static void settle(struct loop *loop)
{
    uint64_t settled = UINT64_MAX;
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        rooms_run(loop->prosody[i].rooms);
        uint64_t of_these = rooms_settled_turn(loop->prosody[i].rooms);
        settled = of_these < settled ? of_these : settled;
    }
    if (loop->o.http)
        http_release(loop->o.http, settled < loop->turn ? settled : loop->turn);
}

static void feed_watchdog(struct loop *loop)
{
    int64_t now = loop->watchdog_us ? monotonic_us() : 0;
    if (!loop->watchdog_us || now < loop->watchdog_at)
        return;
    notify_send("WATCHDOG=1");
    loop->watchdog_at = now + loop->watchdog_us;
}

void loop_turn(struct loop *loop, int64_t wait_ms)
{
    wait_for_work(loop, wait_ms);
    int64_t began_us = monotonic_us();
    loop->turn++;
    store_begin_turn(loop->o.store);
    run_due(loop);
    for (size_t i = 0; i < loop->o.prosody_count; i++)
        if (loop->prosody[i].xmpp)
            xmpp_work(loop->prosody[i].xmpp);
    if (loop->o.http)
        http_run(loop->o.http);
    if (loop->o.inbox)
        inbox_run(loop->o.inbox);
    commit(loop);
    settle(loop);
    feed_watchdog(loop);
    int64_t took_us = monotonic_us() - began_us;
    loop->longest_us = took_us > loop->longest_us ? took_us : loop->longest_us;
}

/* -- the start, and the end */

static bool has_failed(const struct loop_prosody *prosody)
{
    return prosody->xmpp &&
           (xmpp_state(prosody->xmpp) == XMPP_WAITING || xmpp_state(prosody->xmpp) == XMPP_REFUSED);
}

bool loop_is_connected(const struct loop_prosody *prosody)
{
    return !prosody->xmpp || xmpp_state(prosody->xmpp) == XMPP_CONNECTED;
}

/* < 0: no Prosody could be reached, and whoever starts us shall know; 0: not all have answered; > 0: all
 * have. With several of them, one that is away holds up nobody: it is named, and tried again for ever. */
static int try_start(const struct loop *loop)
{
    size_t failed = 0, count = loop->o.prosody_count;
    for (size_t i = 0; i < count; i++) {
        if (has_failed(&loop->prosody[i]))
            failed++;
        else if (!loop_is_connected(&loop->prosody[i]))
            return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (has_failed(&loop->prosody[i]))
            log_line(LOG_ERR, "[prosody %s]: %s", loop->prosody[i].name,
                     xmpp_last_error(loop->prosody[i].xmpp));
    return count && failed == count ? -1 : 1;
}

/* Says 'ready' when it is so, and what is missing when it takes long. */
static void watch_start(struct loop *loop)
{
    /* A store that fails says so itself, and makes modules wait. */
    bool silent = clock_ms(loop->o.clock) - loop->started_ms > SILENCE_MS && !loop->complained &&
                  !store_trouble(loop->o.store);
    bool ready = true, any = loop->o.prosody_count == 0;
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        bool greeted = rooms_ready(loop->prosody[i].rooms);
        any = any || greeted;
        if (greeted || !loop_is_connected(&loop->prosody[i]))
            continue;
        ready = false;
        if (silent)
            log_line(LOG_WARNING,
                     "%s: connected, but mod_jmb does not say hello: is it in modules_enabled of the "
                     "Component, and "
                     "does Prosody's log say why it did not load? Until then rooms have no policies and "
                     "nobody is seen",
                     loop->prosody[i].name);
    }
    loop->complained = loop->complained || silent;
    loop->ready = ready && any;
    if (loop->ready && loop->o.ready)
        loop->o.ready(loop->o.context);
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

enum loop_status loop_run(struct loop *loop)
{
    take_signals();
    while (!wants_end) {
        loop_turn(loop, loop->ready ? WAIT_MOST_MS : 1000);
        if (!loop->started) {
            int started = try_start(loop);
            if (started < 0)
                return LOOP_NOT_CONNECTED;
            loop->started = started > 0;
            if (loop->started)
                notify_send("READY=1");
        }
        if (loop->started && !loop->ready)
            watch_start(loop);
        if (wants_reload) {
            wants_reload = 0;
            log_line(LOG_NOTICE,
                     "SIGHUP: the configuration is read at the start only; restart jmbd to read it anew");
        }
    }
    return LOOP_ENDED;
}
