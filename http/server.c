/* The two daemons of libmicrohttpd: the public one and the admin's, opened, run by the loop and closed. */
#include "http/gate.h"
#include "http/listen.h"
#include "http/routes.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Everything of the request is here. */
static enum MHD_Result server_answer(struct request *request)
{
    if (request->http->closing) {
        page_unavailable(request);
        return reply_send(request); /* MHD does not run again */
    }
    if (request_decode(request))
        routes_answer(request);
    return gate_keep(request);
}

static enum MHD_Result server_handle(void *cls, struct MHD_Connection *handle, const char *url,
                                     const char *method, const char *version, const char *data, size_t *size,
                                     void **context)
{
    struct request *request = *context;
    (void)cls, (void)handle, (void)url;
    switch (request->state) {
    case REQUEST_BEGUN:
        request->state = REQUEST_READING;
        return request_check(request, method, version) ? MHD_YES : reply_send(request);
    case REQUEST_READING:
        if (*size == 0)
            return server_answer(request);
        if (request->body.size + *size > REQUEST_BODY_MAX)
            return MHD_NO; /* more than it had said */
        text_add_bytes(&request->body, data, *size);
        *size = 0;
        return MHD_YES;
    case REQUEST_MADE:
    case REQUEST_SUSPENDED:
        return gate_pass(request);
    case REQUEST_ANSWERED:
        break;
    }
    return MHD_NO;
}

static void server_completed(void *cls, struct MHD_Connection *handle, void **context,
                             enum MHD_RequestTerminationCode code)
{
    struct request *request = *context;
    (void)cls, (void)handle, (void)code;
    if (!request)
        return;
    if (request->waits)
        gate_forget(request);
    /* The next one has the pause that MHD allows, and then the time of a request. */
    connection_give(request->connection, IDLE_MOST * 1000 + REQUEST_MOST_MS);
    request_free(request);
    *context = NULL;
}

static int server_listen(struct http *http, struct listener *listener, const char *address, unsigned mode,
                         struct text *error)
{
    int port, fd = listen_open(address, listener->admin ? "[http] admin_socket" : "[http] listen", mode,
                               &port, error);
    if (fd < 0)
        return -1;
    listener->http = http;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, server_handle, listener,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(listener->admin ? ADMIN_CONNECTIONS_MAX : CONNECTIONS_MAX), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, listener, MHD_OPTION_NOTIFY_COMPLETED,
        server_completed, listener, MHD_OPTION_URI_LOG_CALLBACK, request_begin, listener, MHD_OPTION_END);
    if (!listener->daemon) {
        close(fd);
        text_addf(error, "cannot serve on %s: libmicrohttpd refused to start", address);
        return -1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN};
    if (!listener->admin)
        http->port = port;
    return epoll_ctl(http->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event);
}

bool http_check(const struct site *site, const struct zones *zones, struct text *error)
{
    struct pages *pages = pages_open(site, zones, error);
    if (pages)
        pages_close(pages);
    return pages;
}

struct http *http_open(const struct http_options *options, struct text *error)
{
    struct http *http = mem_alloc(sizeof *http);
    struct text admin = {0};
    http->options = *options;
    http->next_deadline_ms = INT64_MAX;
    http->started_at = clock_now(options->clock);
    http->listeners[1].admin = true;
    http->zone = zones_find(options->zones, options->site->tz);
    http->catalogue = catalogues_find(options->catalogues, options->site->language);
    reply_set_policy(http);
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    http->pages = pages_open(options->site, options->zones, error);
    if (!http->pages)
        goto refused;
    if (!http->zone) {
        text_addf(error, "the site's time zone %s is not known", options->site->tz);
        goto refused;
    }
    if (server_listen(http, &http->listeners[0], options->listen, 0660, error) < 0)
        goto refused;
    if (options->admin_socket) {
        text_addf(&admin, "unix:%s", options->admin_socket);
        if (server_listen(http, &http->listeners[1], text_string(&admin), 0600, error) < 0)
            goto refused;
    }
    text_free(&admin);
    return http;
refused:
    text_free(&admin);
    http_close(http);
    return NULL;
}

int http_fd(const struct http *http)
{
    return http->epoll;
}

int http_port(const struct http *http)
{
    return http->port;
}

int http_timeout(struct http *http)
{
    int64_t least = gate_has_made(http) ? 0 : -1;
    if (http->next_deadline_ms != INT64_MAX) {
        int64_t left = http->next_deadline_ms - clock_ms(http->options.clock);
        least = least == 0 || left < 0 ? 0 : left;
    }
    for (int i = 0; i < 2; i++) {
        MHD_UNSIGNED_LONG_LONG ms;
        if (http->listeners[i].daemon && MHD_get_timeout(http->listeners[i].daemon, &ms) == MHD_YES &&
            (least < 0 || ms < (MHD_UNSIGNED_LONG_LONG)least))
            least = ms > INT_MAX ? INT_MAX : (int64_t)ms;
    }
    return least > INT_MAX ? INT_MAX : (int)least;
}

static void server_run(struct http *http)
{
    for (int i = 0; i < 2; i++)
        if (http->listeners[i].daemon)
            MHD_run(http->listeners[i].daemon);
}

/* More is there to be taken along in this turn, which has not lasted too long for those who came first. */
static bool server_has_company(const struct http *http, int64_t began_ms, int *rounds)
{
    struct epoll_event event;
    return ++*rounds < ROUNDS_MOST && clock_ms(http->options.clock) - began_ms <= TAKE_MOST_MS &&
           epoll_wait(http->epoll, &event, 1, 0) > 0;
}

/* Takes what has come, and what comes meanwhile, since a commit is as dear as many requests. Then the replies
 * that nothing has to be stored for leave together. */
void http_run(struct http *http)
{
    int64_t began_ms = clock_ms(http->options.clock);
    int rounds = 0;
    connection_end_late(http, began_ms);
    server_run(http);
    while ((gate_has_made(http) || store_is_dirty(http->options.store)) &&
           server_has_company(http, began_ms, &rounds))
        server_run(http);
    if (!gate_has_made(http))
        return;
    gate_open(http);
    while (store_is_dirty(http->options.store) && server_has_company(http, began_ms, &rounds))
        server_run(http);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (int i = 0; i < 2; i++) {
        int fd = http->listeners[i].daemon ? MHD_quiesce_daemon(http->listeners[i].daemon) : -1;
        if (fd >= 0)
            close(fd);
    }
    gate_end(http);
    server_run(http);
    for (int i = 0; i < 2; i++)
        if (http->listeners[i].daemon)
            MHD_stop_daemon(http->listeners[i].daemon);
    if (http->options.admin_socket && http->listeners[1].daemon)
        unlink(http->options.admin_socket);
    pages_close(http->pages);
    arena_spare_free(&http->spare);
    text_free(&http->policy);
    if (http->epoll >= 0)
        close(http->epoll);
    free(http);
}
