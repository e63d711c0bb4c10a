/* Replies that wait are a list (http->waiting); those that may leave are known to MHD alone, and each
 * listener knows whether it has any. */
#include "http/gate.h"

bool gate_has_made(const struct http *http)
{
    return http->listeners[0].made || http->listeners[1].made;
}

/* The request's reply may leave. */
static void gate_let(const struct request *request)
{
    request->http->listeners[request->admin].made = true;
}

enum MHD_Result gate_keep(struct request *request)
{
    /* Whoever may have written waits until it is stored. Those who only happened to come in the same turn
     * lose a few milliseconds; nobody can forget to wait. */
    request->waits =
        (request->method == METHOD_POST || request->stores) && store_is_dirty(request->http->options.store);
    request->state = REQUEST_MADE;
    if (!request->waits) {
        gate_let(request);
    } else {
        request->next_waiting = request->http->waiting;
        request->http->waiting = request;
        connection_give(request->connection, 0);
    }
    return MHD_YES;
}

enum MHD_Result gate_pass(struct request *request)
{
    if (!request->waits)
        return request->http->sends ? reply_send(request) : MHD_YES;
    /* A reply whose turn is stored and that waits all the same, for policies to arrive, waits without being
     * asked again and again. */
    if (request->stored) {
        request->state = REQUEST_SUSPENDED;
        MHD_suspend_connection(request->handle);
    }
    return MHD_YES;
}

void gate_forget(struct request *request)
{
    for (struct request **at = &request->http->waiting; *at; at = &(*at)->next_waiting) {
        if (*at == request) {
            *at = request->next_waiting;
            return;
        }
    }
}

void gate_open(struct http *http)
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

/* Lets those that `ready` names go: MHD calls their handler again in the next http_run. Neither what was made
 * nor resuming makes a descriptor readable, so http_timeout asks for that run. */
static void gate_resume(struct http *http, bool (*ready)(const struct request *request, uint64_t turn),
                        uint64_t turn)
{
    for (struct request **at = &http->waiting; *at;) {
        struct request *request = *at;
        if (ready(request, turn)) {
            *at = request->next_waiting;
            request->next_waiting = NULL;
            request->waits = false;
            gate_let(request);
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
        gate_resume(http, is_lost, turn);
}

void http_release(struct http *http, uint64_t turn)
{
    gate_resume(http, is_settled, turn);
}

void gate_end(struct http *http)
{
    for (struct request *request = http->waiting; request; request = request->next_waiting)
        if (!request->stored)
            page_unavailable(request);
    http->closing = http->sends = true;
    gate_resume(http, is_waiting, 0);
}
