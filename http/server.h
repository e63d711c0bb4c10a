/* The server's own: its daemons (server.c), connections with their deadlines (connection.c), requests
 * (request.c, peer.c) and their replies (reply.c, page.c), which wait at a gate (gate.h). Nobody else sees
 * this. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/page.h"

#include <microhttpd.h>

enum {
    CONNECTIONS_MAX = 900, /* strophe's select needs descriptors under 1024 */
    ADMIN_CONNECTIONS_MAX = 16,
    HEAD_MAX = 32 * 1024,    /* bytes of a request's head, and of its reply's */
    REQUEST_MOST_MS = 30000, /* from the first byte to the last */
    IDLE_MOST = 30,          /* seconds between requests */
    REPLY_MOST_MS = 120000,  /* to take a reply */
    ROUNDS_MOST = 8,         /* of requests that one commit stores */
    TAKE_MOST_MS = 4,        /* they are taken for: who came first waits as long */
};

struct connection {
    struct http *http;
    int fd;
    int64_t deadline_ms; /* then it is shut down; 0: never */
    struct connection *next, *previous;
};

struct listener {
    struct http *http;
    struct MHD_Daemon *daemon; /* NULL: not open */
    bool admin;
    bool made; /* there are replies to be queued */
};

struct http {
    struct http_options options;
    struct listener listeners[2]; /* the public one, the admin's */
    int epoll;                    /* over both daemons' own */
    int port;
    struct connection *connections;
    int64_t next_deadline_ms; /* no deadline lies before this one */
    struct request *waiting;  /* until their turn is stored, and what follows from it has arrived */
    bool sends;               /* replies that are made are queued in this run of MHD */
    bool closing;             /* nothing is stored any more */
    struct arena_spare spare; /* of requests' arenas */
    int64_t started_at;
    struct pages *pages;
    struct text policy;                /* Content-Security-Policy of all pages */
    const struct zone *zone;           /* of the site */
    const struct catalogue *catalogue; /* of the site */
};

/* MHD's callbacks of connections; `cls` is the listener. */
void connection_changed(void *cls, struct MHD_Connection *handle, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);
struct connection *connection_of(struct MHD_Connection *handle);
/* It has `ms` from now; 0: for ever. */
void connection_give(struct connection *connection, int64_t ms);
/* The same, unless less is left. */
void connection_give_at_most(struct connection *connection, int64_t ms);
/* Shuts down whose time is over. */
void connection_end_late(struct http *http, int64_t now_ms);

/* The life of a request. `cls` is the listener. */
void *request_begin(void *cls, const char *target, struct MHD_Connection *handle);
void request_free(struct request *request);
/* Checks the head: false: the reply is set already. */
bool request_check(struct request *request, const char *method, const char *version);
/* Decodes path, query and form of a complete request: false: the reply is set already. */
bool request_decode(struct request *request);

/* The Content-Security-Policy of all pages, from the options. */
void reply_set_policy(struct http *http);
/* Queues the reply, with the headers that all have: its body's memory goes to MHD. Called by the gate, and
 * where nothing can have been written. */
enum MHD_Result reply_send(struct request *request);

#endif
