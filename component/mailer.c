#include "component/mailer.h"

#include "component/mailer_parts.h"
#include "proto/arena.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH_MS = 250,
    CLOSE_GRACE = 1 /* seconds beyond the timeout, for a relay that answers at the last moment */
};

struct result {
    struct result *next;
    int64_t id;
    enum mailer_outcome outcome;
    char *answer;
};

struct mailer {
    struct mailer_options options; /* strings are ours */
    struct mailer_smtp *smtp;
    pthread_t thread;
    int event;
    int64_t woken_ms; /* of the thread: when it woke the loop for a result last */
    int64_t taken_ms; /* of the loop: when it took results last */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct mailer_job *jobs; /* the slot; NULL: free */
    size_t count;
    struct result *results, **last;
    bool closing;
    bool ended;    /* the thread has nothing more to do with us */
    bool orphaned; /* mailer_close did not wait any longer: the thread frees it all */
};

static void jobs_free(struct mailer_job *jobs, size_t count)
{
    for (size_t i = 0; jobs && i < count; i++) {
        free(jobs[i].to);
        free(jobs[i].name);
        text_free(&jobs[i].message);
    }
    free(jobs);
}

static void mailer_free(struct mailer *mailer)
{
    mailer_smtp_close(mailer->smtp);
    jobs_free(mailer->jobs, mailer->count);
    while (mailer->results) {
        struct result *result = mailer->results;
        mailer->results = result->next;
        free(result->answer);
        free(result);
    }
    if (mailer->event >= 0)
        close(mailer->event);
    pthread_cond_destroy(&mailer->changed);
    pthread_mutex_destroy(&mailer->lock);
    free((char *)mailer->options.folder);
    free((char *)mailer->options.host);
    free((char *)mailer->options.sender);
    free((char *)mailer->options.ca_file);
    free((char *)mailer->options.user);
    free((char *)mailer->options.password);
    free(mailer);
}

/* ---- In the thread ---- */

static void wake(struct mailer *mailer)
{
    const uint64_t one = 1;
    if (write(mailer->event, &one, sizeof one) < 0)
        return; /* the counter is full: it is readable already */
}

/* A commit for each result of a fast relay would be most of the loop's work, and hold up whoever joins; one
 * that is not recorded within this time would go out again if we were killed now, as a slot's would at most.
 * True when it is time, or so anyway; it runs anew then. */
static bool is_time(int64_t *last_ms, bool anyway)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (!anyway && ms - *last_ms < BATCH_MS)
        return false;
    *last_ms = ms;
    return true;
}

static void post(struct mailer_job *job, enum mailer_outcome outcome, const char *answer, void *context)
{
    struct mailer *mailer = context;
    if (job->answered)
        return;
    job->answered = true;
    struct result *result = mem_alloc(sizeof *result);
    result->id = job->id;
    result->outcome = outcome;
    result->answer = outcome == MAILER_SENT ? NULL : mem_dup(answer ? answer : "");
    pthread_mutex_lock(&mailer->lock);
    *mailer->last = result;
    mailer->last = &result->next;
    pthread_mutex_unlock(&mailer->lock);
    if (is_time(&mailer->woken_ms, false))
        wake(mailer);
}

static bool is_closing(void *context)
{
    struct mailer *mailer = context;
    pthread_mutex_lock(&mailer->lock);
    bool closing = mailer->closing;
    pthread_mutex_unlock(&mailer->lock);
    return closing;
}

/* SMTP knows CRLF only (RFC 5321 2.3.8): a bare CR or LF, or a 0, means different things to different
 * servers, and so smuggles a second letter into the first. Done here, since a slot of letters at once would
 * hold the loop. */
static void message_clean(struct text *message)
{
    const char *bytes = text_string(message);
    size_t from = 0, size = message->size;
    struct text clean = {0};
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i])
            continue;
        text_add_bytes(&clean, bytes + from, i - from);
        if (bytes[i])
            text_add(&clean, "\r\n");
        if (bytes[i] == '\r' && i + 1 < size && bytes[i + 1] == '\n')
            i++;
        from = i + 1;
    }
    text_add_bytes(&clean, bytes + from, size - from);
    if (clean.size == 0 || clean.data[clean.size - 1] != '\n')
        text_add(&clean, "\r\n");
    text_free(message);
    *message = clean;
}

static void slot_send(struct mailer *mailer)
{
    for (size_t i = 0; i < mailer->count; i++)
        message_clean(&mailer->jobs[i].message);
    const struct mailer_slot slot = {.count = mailer->count,
                                     .jobs = mailer->jobs,
                                     .post = post,
                                     .is_closing = is_closing,
                                     .context = mailer};
    if (mailer->options.transport == MAILER_FOLDER)
        mailer_folder_send(mailer->options.folder, &slot);
    else
        mailer_smtp_send(mailer->smtp, &slot);
}

static void *mailer_thread(void *context)
{
    struct mailer *mailer = context;
    pthread_mutex_lock(&mailer->lock);
    while (!mailer->closing) {
        if (!mailer->jobs) {
            pthread_cond_wait(&mailer->changed, &mailer->lock);
            continue;
        }
        pthread_mutex_unlock(&mailer->lock);
        slot_send(mailer);
        pthread_mutex_lock(&mailer->lock);
        jobs_free(mailer->jobs, mailer->count);
        mailer->jobs = NULL;
        mailer->count = 0;
        if (is_time(&mailer->woken_ms, true)) /* there is room now */
            wake(mailer);
    }
    mailer->ended = true;
    pthread_cond_broadcast(&mailer->changed);
    bool orphaned = mailer->orphaned;
    pthread_mutex_unlock(&mailer->lock);
    if (orphaned)
        mailer_free(mailer);
    return NULL;
}

/* ---- In the loop ---- */

static int transport_open(struct mailer *mailer, struct text *error)
{
    if (mailer->options.transport == MAILER_FOLDER)
        return mailer_folder_check(mailer->options.folder, error);
    mailer->smtp = mailer_smtp_open(&mailer->options, error);
    return mailer->smtp ? 0 : -1;
}

int mailer_check(const struct mailer_options *options, struct text *error)
{
    if (options->transport == MAILER_FOLDER)
        return mailer_folder_look(options->folder, error);
    struct mailer_smtp *smtp = mailer_smtp_open(options, error);
    mailer_smtp_close(smtp);
    return smtp ? 1 : -1;
}

/* Signals belong to the loop's thread; one that is blocked here includes SIGPIPE, which a relay that hangs up
 * would otherwise end the daemon with. */
static int thread_start(struct mailer *mailer, struct text *error)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&mailer->thread, NULL, mailer_thread, mailer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        text_addf(error, "the mail thread cannot be started: %s", strerror(failed));
    return failed ? -1 : 0;
}

struct mailer *mailer_open(const struct mailer_options *options, struct text *error)
{
    struct mailer *mailer = mem_alloc(sizeof *mailer);
    mailer->options = *options;
    mailer->options.folder = mem_dup(options->folder);
    mailer->options.host = mem_dup(options->host);
    mailer->options.sender = mem_dup(options->sender);
    mailer->options.ca_file = mem_dup(options->ca_file);
    mailer->options.user = mem_dup(options->user);
    mailer->options.password = mem_dup(options->password);
    mailer->last = &mailer->results;
    pthread_mutex_init(&mailer->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&mailer->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    mailer->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mailer->event < 0)
        text_addf(error, "no eventfd for the mailer: %s", strerror(errno));
    if (mailer->event < 0 || transport_open(mailer, error) < 0 || thread_start(mailer, error) < 0) {
        mailer_free(mailer);
        return NULL;
    }
    return mailer;
}

void mailer_close(struct mailer *mailer)
{
    if (!mailer)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += mailer->options.timeout + CLOSE_GRACE;
    pthread_mutex_lock(&mailer->lock);
    mailer->closing = true;
    pthread_cond_broadcast(&mailer->changed);
    while (!mailer->ended && pthread_cond_timedwait(&mailer->changed, &mailer->lock, &until) == 0)
        ;
    bool ended = mailer->ended;
    mailer->orphaned = !ended;
    pthread_t thread = mailer->thread;
    pthread_mutex_unlock(&mailer->lock);
    if (ended) {
        pthread_join(thread, NULL);
        mailer_free(mailer);
    } else {
        pthread_detach(thread); /* connect() or DNS hangs in libesmtp, which knows no timeout for them */
    }
}

int mailer_fd(const struct mailer *mailer)
{
    return mailer->event;
}

bool mailer_is_free(struct mailer *mailer)
{
    pthread_mutex_lock(&mailer->lock);
    bool is_free = !mailer->jobs && !mailer->closing;
    pthread_mutex_unlock(&mailer->lock);
    return is_free;
}

bool mailer_offer(struct mailer *mailer, const struct mailer_letter *letters, size_t count)
{
    if (count > MAILER_SLOT || !mailer_is_free(mailer))
        return false;
    if (count == 0)
        return true;
    struct mailer_job *jobs = mem_alloc(count * sizeof *jobs);
    for (size_t i = 0; i < count; i++) {
        jobs[i].id = letters[i].id;
        jobs[i].to = mem_dup(letters[i].to);
        jobs[i].name = mem_dup(letters[i].name);
        text_add_bytes(&jobs[i].message, letters[i].message, letters[i].size);
    }
    pthread_mutex_lock(&mailer->lock);
    mailer->jobs = jobs;
    mailer->count = count;
    pthread_cond_broadcast(&mailer->changed);
    pthread_mutex_unlock(&mailer->lock);
    return true;
}

void mailer_take_results(struct mailer *mailer,
                         void (*each)(const struct mailer_result *result, void *context), void *context)
{
    uint64_t count;
    bool woken = false;
    while (read(mailer->event, &count, sizeof count) > 0)
        woken = true;
    if (!is_time(&mailer->taken_ms, woken))
        return;
    pthread_mutex_lock(&mailer->lock);
    struct result *results = mailer->results;
    mailer->results = NULL;
    mailer->last = &mailer->results;
    pthread_mutex_unlock(&mailer->lock);
    while (results) {
        struct result *result = results;
        results = result->next;
        each(&(struct mailer_result){.id = result->id, .outcome = result->outcome, .answer = result->answer},
             context);
        free(result->answer);
        free(result);
    }
}
