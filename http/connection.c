#include "http/server.h"

#include <stdlib.h>
#include <sys/socket.h>

/* Deadlines of requests: MHD's own timeout counts idle time only, so that a byte now and then would hold a
 * connection for ever. */

static int64_t connection_now(const struct connection *connection)
{
    return clock_ms(connection->http->options.clock);
}

static void connection_set(struct connection *connection, int64_t deadline_ms)
{
    struct http *http = connection->http;
    connection->deadline_ms = deadline_ms;
    if (deadline_ms && deadline_ms < http->next_deadline_ms)
        http->next_deadline_ms = deadline_ms;
}

void connection_give(struct connection *connection, int64_t ms)
{
    connection_set(connection, ms ? connection_now(connection) + ms : 0);
}

void connection_give_at_most(struct connection *connection, int64_t ms)
{
    int64_t deadline_ms = connection_now(connection) + ms;
    if (!connection->deadline_ms || deadline_ms < connection->deadline_ms)
        connection_set(connection, deadline_ms);
}

void connection_end_late(struct http *http, int64_t now_ms)
{
    if (now_ms < http->next_deadline_ms)
        return;
    http->next_deadline_ms = INT64_MAX;
    for (struct connection *connection = http->connections; connection; connection = connection->next) {
        if (connection->deadline_ms && connection->deadline_ms <= now_ms) {
            shutdown(connection->fd, SHUT_RDWR); /* MHD reads the end, and closes */
            connection->deadline_ms = 0;
        } else if (connection->deadline_ms && connection->deadline_ms < http->next_deadline_ms) {
            http->next_deadline_ms = connection->deadline_ms;
        }
    }
}

static struct connection *connection_open(struct http *http, struct MHD_Connection *handle)
{
    struct connection *connection = mem_alloc(sizeof *connection);
    connection->http = http;
    connection->fd = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->next = http->connections;
    if (http->connections)
        http->connections->previous = connection;
    http->connections = connection;
    connection_give(connection, REQUEST_MOST_MS);
    return connection;
}

static void connection_close(struct connection *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connection->http->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    free(connection);
}

void connection_changed(void *cls, struct MHD_Connection *handle, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
    struct listener *listener = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = connection_open(listener->http, handle);
    } else if (*socket_context) {
        connection_close(*socket_context);
        *socket_context = NULL;
    }
}

struct connection *connection_of(struct MHD_Connection *handle)
{
    return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}
