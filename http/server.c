#include "http/server.h"

#include "http/listen.h"
#include "http/routes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The two daemons of libmicrohttpd. A reply that is made is not sent at once: while a handler queues nothing
 * MHD asks it again in each run, and in one run for all of them the replies of a turn leave one after the
 * other. Whoever sleeps until a reply comes is woken by the send, which costs more than the send itself, and
 * among clients of one process only the first of them pays it; and most replies that wait to be stored are
 * spared being suspended and resumed. */

/* Forms of ours may lead on to Jitsi: browsers hold a redirect after a form to form-action too. */
static void server_add_origin(struct text *policy, const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (host)
        text_addf(policy, " %.*s", (int)((size_t)(host + 3 - url) + strcspn(host + 3, "/?#")), url);
}

static void server_set_policy(struct http *http)
{
    text_add(&http->policy,
             "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
             "form-action 'self'");
    server_add_origin(&http->policy, http->options.jitsi_url);
    text_add(&http->policy, "; base-uri 'none'; frame-ancestors 'none'");
}

static void server_add_headers(const struct request *request, struct MHD_Response *response)
{
    const struct reply *reply = &request->reply;
    /* A redirect shows nothing: its policy is short, since everybody joins in the same minute. */
    const char *policy =
        reply->type ? text_string(&request->http->policy) : "default-src 'none'; frame-ancestors 'none'";
    if (reply->type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            reply->cache ? reply->cache : "no-store");
    MHD_add_response_header(response, "Referrer-Policy", reply->referrer ? reply->referrer : "same-origin");
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
}

/* Queues the reply: its body's memory goes to MHD. */
static enum MHD_Result server_send(struct request *request)
{
    struct reply *reply = &request->reply;
    struct MHD_Response *response;
    text_fit(&reply->body);
    if (reply->static_body)
        response = MHD_create_response_from_buffer(reply->static_size, (void *)reply->static_body,
                                                   MHD_RESPMEM_PERSISTENT);
    else
        response = MHD_create_response_from_buffer(reply->body.size, reply->body.data, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    reply->body = (struct text){0};
    server_add_headers(request, response);
    enum MHD_Result queued = MHD_queue_response(request->handle, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    request->state = REQUEST_ANSWERED;
    connection_give(request->connection, REPLY_MOST_MS);
    return queued;
}

static bool server_has_made(const struct http *http)
{
    return http->listeners[0].made || http->listeners[1].made;
}

/* The request's reply may leave. */
static void server_made(const struct request *request)
{
    request->http->listeners[request->admin].made = true;
}

/* The reply is made: it leaves in a later run of MHD, once nothing has to be stored before. */
static enum MHD_Result server_keep(struct request *request, bool waits)
{
    request->state = REQUEST_MADE;
    request->waits = waits;
    if (!waits) {
        server_made(request);
    } else {
        request->next_waiting = request->http->waiting;
        request->http->waiting = request;
        connection_give(request->connection, 0);
    }
    return MHD_YES;
}

/* A reply whose turn is stored and that waits all the same, for policies to arrive, waits without being
 * asked again and again. */
static enum MHD_Result server_go_on(struct request *request)
{
    if (!request->waits)
        return request->http->sends ? server_send(request) : MHD_YES;
    if (request->stored) {
        request->state = REQUEST_SUSPENDED;
        MHD_suspend_connection(request->handle);
    }
    return MHD_YES;
}

/* Everything of the request is here. */
static enum MHD_Result server_answer(struct request *request)
{
    const struct store *store = request->http->options.store;
    if (request->http->closing) {
        page_unavailable(request);
        return server_send(request); /* MHD does not run again */
    }
    if (request_decode(request))
        routes_answer(request);
    /* Whoever may have written waits until it is stored. Those who only happened to come in the same turn
     * lose a few milliseconds; nobody can forget to wait. */
    return server_keep(request, (request->method == METHOD_POST || request->stores) && store_is_dirty(store));
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
        return request_check(request, method, version) ? MHD_YES : server_send(request);
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
        return server_go_on(request);
    case REQUEST_ANSWERED:
        break;
    }
    return MHD_NO;
}

static void server_forget_waiting(struct request *request)
{
    for (struct request **at = &request->http->waiting; *at; at = &(*at)->next_waiting) {
        if (*at == request) {
            *at = request->next_waiting;
            return;
        }
    }
}

static void server_completed(void *cls, struct MHD_Connection *handle, void **context,
                             enum MHD_RequestTerminationCode code)
{
    struct request *request = *context;
    (void)cls, (void)handle, (void)code;
    if (!request)
        return;
    if (request->waits)
        server_forget_waiting(request);
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
    server_set_policy(http);
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
    int64_t least = server_has_made(http) ? 0 : -1;
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

static void server_queue_made(struct http *http)
{
    struct MHD_Daemon *daemons[2];
    for (int i = 0; i < 2; i++) {
        daemons[i] = http->listeners[i].made ? http->listeners[i].daemon : NULL;
        http->listeners[i].made = false;
    }
    http->sends = true;
    for (int i = 0; i < 2; i++)
        if (daemons[i])
            MHD_run(daemons[i]); /* queues */
    http->sends = false;
    for (int i = 0; i < 2; i++)
        if (daemons[i])
            MHD_run(daemons[i]); /* sends */
}

/* Takes what has come, and what comes meanwhile, since a commit is as dear as many requests. Then the replies
 * that nothing has to be stored for leave together. */
void http_run(struct http *http)
{
    int64_t began_ms = clock_ms(http->options.clock);
    int rounds = 0;
    connection_end_late(http, began_ms);
    server_run(http);
    while ((server_has_made(http) || store_is_dirty(http->options.store)) &&
           server_has_company(http, began_ms, &rounds))
        server_run(http);
    if (!server_has_made(http))
        return;
    server_queue_made(http);
    while (store_is_dirty(http->options.store) && server_has_company(http, began_ms, &rounds))
        server_run(http);
}

/* Lets those that `ready` names go: MHD calls their handler again in the next http_run. Neither what was made
 * nor resuming makes a descriptor readable, so http_timeout asks for that run. */
static void server_resume(struct http *http, bool (*ready)(const struct request *request, uint64_t turn),
                          uint64_t turn)
{
    for (struct request **at = &http->waiting; *at;) {
        struct request *request = *at;
        if (ready(request, turn)) {
            *at = request->next_waiting;
            request->next_waiting = NULL;
            request->waits = false;
            server_made(request);
            if (request->state == REQUEST_SUSPENDED)
                MHD_resume_connection(request->handle);
        } else {
            at = &request->next_waiting;
        }
    }
}

static bool is_lost(const struct request *request, uint64_t turn)
{
    (void)turn;
    return !request->stored;
}

static bool is_settled(const struct request *request, uint64_t turn)
{
    return request->stored && request->turn <= turn;
}

static bool is_waiting(const struct request *request, uint64_t turn)
{
    (void)request, (void)turn;
    return true;
}

void http_committed(struct http *http, bool stored, uint64_t turn)
{
    for (struct request *request = http->waiting; request; request = request->next_waiting) {
        if (request->stored)
            continue;
        request->stored = stored;
        request->turn = turn;
        if (!stored)
            page_unavailable(request);
    }
    if (!stored)
        server_resume(http, is_lost, turn);
}

void http_release(struct http *http, uint64_t turn)
{
    server_resume(http, is_settled, turn);
}

/* Replies of a turn that was stored are true whatever comes; the others will not be stored any more. */
static void server_end_waiting(struct http *http)
{
    for (struct request *request = http->waiting; request; request = request->next_waiting)
        if (!request->stored)
            page_unavailable(request);
    http->closing = http->sends = true;
    server_resume(http, is_waiting, 0);
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
    server_end_waiting(http);
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
