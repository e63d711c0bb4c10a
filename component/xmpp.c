#include "component/xmpp.h"

#include "component/log.h"
#include "component/xmpp_parts.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HURRY_MS = 20,        /* between two looks during the handshake */
    HANDSHAKE_MS = 15000, /* a mute server would hang us for ever */
    PING_MS = 30000,
    PONG_MS = 20000,
    PAUSE_LEAST_MS = 1000,
    PAUSE_MOST_MS = 60000,
    CLOCK_BACK_MS = 2000, /* a clock that goes back further takes the deadlines with it */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* -- what comes in */

static void take_answer(struct xmpp *xmpp, const struct xml *iq)
{
    const char *id = xml_attribute(iq, "id");
    char *end = NULL;
    if (!id || strncmp(id, "jmb", 3) != 0 || strlen(id) > 20)
        return;
    uint64_t number = strtoull(id + 3, &end, 10);
    if (!*end)
        xmpp_answer_request(xmpp, number, iq);
}

static void take_question(struct xmpp *xmpp, const struct xml *iq)
{
    const char *from = xml_attribute(iq, "from"), *id = xml_attribute(iq, "id");
    if (!from || !id || !*id)
        return; /* nobody to answer */
    struct text payload = {0};
    if (stanza_answer_citizen(&payload, iq))
        xmpp_answer(xmpp, from, id, text_string(&payload));
    else if (!xmpp->options.iq(iq, xmpp->options.context))
        xmpp_refuse(xmpp, from, id, "cancel", "service-unavailable", NULL);
    text_free(&payload);
}

/* The iq is not one that we read: whoever asked gets an error, whoever answered nothing. */
static void refuse_monster(struct xmpp *xmpp, xmpp_stanza_t *stanza)
{
    const char *type = xmpp_stanza_get_type(stanza), *from = xmpp_stanza_get_from(stanza),
               *id = xmpp_stanza_get_id(stanza);
    log_rarely("xmpp monster", LOG_WARNING, "%s: a stanza of %s was too deep or too large to be read",
               xmpp->options.name, from ? from : "nobody");
    if (from && id && type && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0))
        xmpp_refuse(xmpp, from, id, "modify", "not-acceptable", "nested too deeply, or too many elements");
}

static int on_iq(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *context)
{
    (void)conn;
    struct xmpp *xmpp = context;
    struct arena arena = {0};
    const struct xml *iq = stanza_read(&arena, stanza);
    const char *type = iq ? xml_attribute(iq, "type") : NULL;
    if (!iq)
        refuse_monster(xmpp, stanza);
    else if (type && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0))
        take_answer(xmpp, iq);
    else if (type && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0))
        take_question(xmpp, iq);
    arena_free(&arena);
    return 1; /* stay */
}

static void greet(struct xmpp *xmpp)
{
    xmpp->shaken = true;
    xmpp->state = XMPP_CONNECTED;
    xmpp->proven = true;
    xmpp->pause_ms = PAUSE_LEAST_MS;
    xmpp->handshake_by_ms = INT64_MAX;
    xmpp->ping_at_ms = xmpp_now(xmpp) + PING_MS;
    log_line(LOG_INFO, "%s: connected to %s:%d as %s", xmpp->options.name, xmpp->options.host,
             xmpp->options.port, xmpp->options.domain);
    xmpp->options.connected(xmpp->options.context);
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream_error, void *context)
{
    (void)conn;
    struct xmpp *xmpp = context;
    if (event == XMPP_CONN_CONNECT) {
        greet(xmpp); /* at once: the server's first stanzas may come with the same read */
        return;
    }
    if (!xmpp->ended && !xmpp->error.size) {
        if (stream_error)
            xmpp_explain_stream_error(xmpp, stream_error);
        else
            xmpp_explain_end(xmpp, error);
    }
    xmpp->ended = true;
}

/* -- connecting and dropping */

/* Whose socket on_socket is told about: strophe hands it no context. Set only around xmpp_connect_component.
 */
static struct xmpp *connecting;

static int on_socket(xmpp_conn_t *conn, void *socket)
{
    (void)conn;
    int fd = *(int *)socket, yes = 1;
    if (connecting)
        connecting->fd = fd;
    /* Receipts are small and the module waits for each: they should not wait for TCP's acknowledgements. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return 0;
}

static void on_strophe_log(void *context, xmpp_log_level_t level, const char *area, const char *message)
{
    const struct xmpp *xmpp = context;
    if (level >= XMPP_LEVEL_ERROR)
        log_rarely("strophe", LOG_WARNING, "%s: %s: %s", xmpp->options.name, area, message);
}

static void make_connection(struct xmpp *xmpp)
{
    xmpp->log = (xmpp_log_t){.handler = on_strophe_log, .userdata = xmpp};
    xmpp->ctx = xmpp_ctx_new(NULL, &xmpp->log);
    xmpp->conn = xmpp->ctx ? xmpp_conn_new(xmpp->ctx) : NULL;
    if (!xmpp->conn)
        abort(); /* no memory, as everywhere */
    xmpp_conn_set_jid(xmpp->conn, xmpp->options.domain);
    xmpp_conn_set_pass(xmpp->conn, xmpp->options.secret);
    xmpp_conn_set_sockopt_callback(xmpp->conn, on_socket);
    xmpp_handler_add(xmpp->conn, on_iq, NULL, "iq", NULL, xmpp);

    /* libstrophe 0.12 reads conn->sm_state with the first send of a component and when the server ends the
     * stream, but allocates it only on the way of clients: it crashes. This call takes that way just far
     * enough: it allocates, finds that the JID is not one of a client (-3, XMPP_EINT) and opens nothing.
     * Harmless where it is mended. */
    xmpp_conn_t *conn = xmpp->conn;
    xmpp_connect_client(conn, "", 1, on_connection, xmpp);
}

static void connect_now(struct xmpp *xmpp, int64_t now)
{
    text_clear(&xmpp->error);
    make_connection(xmpp);
    xmpp->state = XMPP_CONNECTING;
    xmpp->reached = xmpp->shaken = xmpp->ended = xmpp->hopeless = xmpp->replaced = false;
    xmpp->handshake_by_ms = now + HANDSHAKE_MS;
    xmpp->ping_at_ms = xmpp->pong_by_ms = xmpp->retry_at_ms = INT64_MAX;
    connecting = xmpp;
    int status = xmpp_connect_component(xmpp->conn, xmpp->options.host, (unsigned short)xmpp->options.port,
                                        on_connection, xmpp);
    connecting = NULL;
    if (status != XMPP_EOK && !xmpp->ended) {
        xmpp_explain_end(xmpp, 0);
        xmpp->ended = true;
    }
}

static void free_connection(struct xmpp *xmpp)
{
    if (xmpp->conn)
        xmpp_conn_release(xmpp->conn);
    if (xmpp->ctx)
        xmpp_ctx_free(xmpp->ctx);
    xmpp->conn = NULL;
    xmpp->ctx = NULL;
    xmpp->fd = -1;
}

/* Gives this connection up and plans the next try. */
static void drop(struct xmpp *xmpp, int64_t now)
{
    bool was_connected = xmpp->state == XMPP_CONNECTED;
    xmpp->ended = true; /* what strophe says while it is released is not the reason */
    free_connection(xmpp);
    if (was_connected)
        xmpp->pause_ms = PAUSE_LEAST_MS;
    xmpp->state = xmpp->hopeless ? XMPP_REFUSED : XMPP_WAITING;
    int64_t pause = xmpp->hopeless || xmpp->replaced ? PAUSE_MOST_MS : xmpp->pause_ms;
    xmpp->pause_ms = least(xmpp->pause_ms * 2, PAUSE_MOST_MS);
    xmpp->handshake_by_ms = xmpp->ping_at_ms = xmpp->pong_by_ms = INT64_MAX;
    xmpp->retry_at_ms = now + pause;
    if (xmpp->proven)
        log_line(was_connected ? LOG_WARNING : LOG_NOTICE, "%s: %s; trying again in %" PRId64 " s",
                 xmpp->options.name, text_string(&xmpp->error), pause / 1000);
    xmpp_end_requests(xmpp, now, true);
    if (was_connected)
        xmpp->options.disconnected(xmpp->options.context);
}

/* -- pings: the only way to notice a server that is mute, and a parser that gave up on malformed XML */

static void on_pong(const struct xml *iq, void *context)
{
    struct xmpp *xmpp = context;
    if (!iq)
        return;
    xmpp->pong_by_ms = INT64_MAX; /* an error is a sign of life as well */
    xmpp->ping_at_ms = xmpp_now(xmpp) + PING_MS;
}

/* To ourselves: Prosody hands it back to us, so it has seen both ways of the stream. */
static void ping(struct xmpp *xmpp, int64_t now)
{
    xmpp->ping_at_ms = INT64_MAX;
    xmpp->pong_by_ms = now + PONG_MS;
    xmpp_ask(xmpp, "get", xmpp->options.domain, "<ping xmlns='urn:xmpp:ping'/>", on_pong, xmpp);
}

/* -- verbs */

static void copy_options(struct xmpp *xmpp, const struct xmpp_options *options)
{
    xmpp->options = *options;
    xmpp->options.name = arena_dup(&xmpp->arena, options->name);
    xmpp->options.host = arena_dup(&xmpp->arena, options->host);
    xmpp->options.domain = arena_dup(&xmpp->arena, options->domain);
    xmpp->options.secret = arena_dup(&xmpp->arena, options->secret);
}

struct xmpp *xmpp_open(const struct xmpp_options *options, struct text *error)
{
    if (!*options->host || options->port <= 0 || options->port > 65535 || !*options->domain) {
        text_addf(error, "[prosody %s]: host, port and component are needed to connect", options->name);
        return NULL;
    }
    xmpp_initialize();
    struct xmpp *xmpp = mem_alloc(sizeof *xmpp);
    copy_options(xmpp, options);
    xmpp->requests_end = &xmpp->requests;
    xmpp->fd = -1;
    xmpp->pause_ms = PAUSE_LEAST_MS;
    xmpp->seen_ms = xmpp_now(xmpp);
    connect_now(xmpp, xmpp->seen_ms);
    return xmpp;
}

void xmpp_close(struct xmpp *xmpp)
{
    if (!xmpp)
        return;
    bool was_connected = xmpp->state == XMPP_CONNECTED;
    if (was_connected && !xmpp->ended) {
        xmpp_disconnect(xmpp->conn); /* puts </stream:stream> behind what still waits to leave, */
        xmpp_run_once(xmpp->ctx, 0); /* and this sends it */
    }
    xmpp->ended = true;
    free_connection(xmpp);
    xmpp_end_requests(xmpp, 0, true);
    if (was_connected)
        xmpp->options.disconnected(xmpp->options.context);
    text_free(&xmpp->error);
    arena_free(&xmpp->arena);
    free(xmpp);
}

int xmpp_fd(const struct xmpp *xmpp)
{
    return xmpp->conn ? xmpp->fd : -1;
}

short xmpp_poll_events(const struct xmpp *xmpp)
{
    if (!xmpp->conn)
        return 0;
    bool writes = !xmpp->reached || xmpp_conn_send_queue_len(xmpp->conn) > 0;
    return (short)(POLLIN | (writes ? POLLOUT : 0));
}

int64_t xmpp_next_ms(const struct xmpp *xmpp)
{
    int64_t next =
        least(least(xmpp->handshake_by_ms, xmpp->retry_at_ms), least(xmpp->ping_at_ms, xmpp->pong_by_ms));
    if (xmpp->requests)
        next = least(next, xmpp->requests->until_ms);
    if (xmpp->state == XMPP_CONNECTING && xmpp->reached)
        next = least(next, xmpp->seen_ms + HURRY_MS);
    return xmpp->ended && xmpp->conn ? 0 : next;
}

/* The clock was put back: deadlines are lengths of time, they go with it. */
static void follow_clock(struct xmpp *xmpp, int64_t now)
{
    int64_t back = xmpp->seen_ms - now;
    xmpp->seen_ms = now;
    if (back < CLOCK_BACK_MS)
        return;
    int64_t *const deadlines[] = {&xmpp->handshake_by_ms, &xmpp->ping_at_ms, &xmpp->pong_by_ms,
                                  &xmpp->retry_at_ms};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (*deadlines[i] != INT64_MAX)
            *deadlines[i] -= back;
    for (struct request *request = xmpp->requests; request; request = request->next)
        request->until_ms -= back;
}

static void run_strophe(struct xmpp *xmpp, int64_t now)
{
    xmpp_run_once(xmpp->ctx, 0);
    /* xmpp_conn_send_queue_len does not count what strophe says by itself, the stream's head and the
     * handshake, so that nobody polls for it: it leaves with a second run, or with that of HURRY_MS later. */
    if (!xmpp->shaken && !xmpp->ended)
        xmpp_run_once(xmpp->ctx, 0);
    xmpp->reached = xmpp->reached || xmpp_conn_is_connected(xmpp->conn);
    if (xmpp->ended)
        drop(xmpp, now);
}

static void drop_dead(struct xmpp *xmpp, int64_t now)
{
    text_clear(&xmpp->error);
    text_add(&xmpp->error, "Prosody did not answer a ping within 20 s");
    drop(xmpp, now);
}

static void drop_silent(struct xmpp *xmpp, int64_t now)
{
    text_clear(&xmpp->error);
    text_addf(&xmpp->error,
              xmpp->reached
                  ? "who listens at %s:%d did not finish the handshake within 15 s: is this Prosody's "
                    "component port?"
                  : "no answer from %s:%d within 15 s: is the address right, and does a firewall let us "
                    "through?",
              xmpp->options.host, xmpp->options.port);
    drop(xmpp, now);
}

void xmpp_work(struct xmpp *xmpp)
{
    int64_t now = xmpp_now(xmpp);
    follow_clock(xmpp, now);
    if (xmpp->ended && xmpp->conn)
        drop(xmpp, now); /* the try failed while it began */
    else if (xmpp->conn)
        run_strophe(xmpp, now);
    xmpp_end_requests(xmpp, now, false);
    if (now >= xmpp->handshake_by_ms)
        drop_silent(xmpp, now);
    else if (now >= xmpp->pong_by_ms)
        drop_dead(xmpp, now);
    else if (now >= xmpp->ping_at_ms)
        ping(xmpp, now);
    else if (now >= xmpp->retry_at_ms)
        connect_now(xmpp, now);
}

enum xmpp_state xmpp_state(const struct xmpp *xmpp)
{
    return xmpp->state;
}

const char *xmpp_last_error(const struct xmpp *xmpp)
{
    return text_string(&xmpp->error);
}
