/* The door for browsers and calendars: an HTTP/1.1 server in the daemon's loop, and a second, unix-socket one
 * for jmbctl. Only http/ includes microhttpd.h.
 *
 * The reply of a handler that wrote to the store waits here. The loop commits the turn, tells
 * http_committed how that went, and http_release when the module in Prosody holds the policies that followed
 * from it: so nobody is told 'done' about what could still be lost, and a join link works the moment it is
 * shown. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "proto/booking.h"
#include "proto/catalogue.h"
#include "proto/clock.h"
#include "proto/site.h"
#include "proto/token.h"
#include "sql/store.h"

#include <jansson.h>

struct http;

enum auth_mode { AUTH_LOCAL, AUTH_PROXY };
enum may_book { MAY_BOOK_EVERYONE, MAY_BOOK_GROUP, MAY_BOOK_DIRECTORY };

/* What the web server says of somebody, in fields of the head of GET /sign-in. */
enum identity_field {
    IDENTITY_UID,
    IDENTITY_MAIL,
    IDENTITY_GIVEN_NAME,
    IDENTITY_SURNAME,
    IDENTITY_NAME, /* whole; goes before the two above */
    IDENTITY_GROUPS,
    IDENTITY_FIELDS
};

/* Calendars that people subscribe to. */
struct feed_options {
    int past, ahead; /* seconds before and after today (UTC) whose meetings are in them */
    bool alarms;     /* at the times of the reminders; ?alarms=no turns them off */
};

struct http_options {
    const char *listen;       /* "127.0.0.1:8080", "[::1]:8080" or "unix:/run/jmb/http.sock" */
    const char *admin_socket; /* a path; NULL: none. Mode 0600: only root and the daemon's own user */
    struct store *store;
    const struct clock *clock;
    const struct catalogues *catalogues;
    const struct zones *zones;
    const struct link_keys *keys;
    const struct site *site;

    enum auth_mode auth;
    const char *const *local_domains;    /* mail domains whose people may sign in by link; NULL ends it */
    const char *const *internal_domains; /* mail domains of the house, NULL ends it */
    bool moderators_sign_in; /* organisers and moderators of the house, before they get a moderator's token */
    int session_age;         /* seconds */
    int sign_in_age;         /* seconds that a sign-in link lives */
    int sign_ins_per_person; /* letters with a link in an hour */
    /* people for whom links may be asked for, in an hour, and links in all from a client */
    int sign_ins_per_browser, sign_ins_per_address, sign_ins_per_address_most;
    enum may_book may_book;
    const char *group;                             /* of those who may book, for MAY_BOOK_GROUP */
    const char *identity_headers[IDENTITY_FIELDS]; /* names of fields, for AUTH_PROXY; NULL: none */
    const char *const *trusted; /* addresses (or ADDRESS/BITS) of web servers; NULL ends it, NULL is none */
    const char *client_address_header; /* where they say who the client is; NULL: nowhere */
    const char *logout_url;            /* where to go after signing out; NULL: nowhere */

    const struct booking_limits *limits;
    const char *mail_domain; /* ends the UIDs of calendar events and Message-IDs */

    const char *jitsi_url; /* with a slash at the end */
    struct token_key token_key;
    bool token_in_fragment; /* #jwt= instead of ?jwt= */
    bool guest_tokens;      /* guests get a token (identity, no rights) too */
    const char *unbooked;   /* who may enter rooms without a booking: open, signed-in, closed; NULL: open */

    int rejoin; /* seconds within which a visit that begins again goes on (proto/attendance.h) */

    struct feed_options feed;

    /* Adds what the daemon knows of itself to the health page: connections, queue, longest turn. NULL:
     * nothing. */
    void (*health)(json_t *into, void *context);
    void *health_context;
};

/* What http_open would read of the site's (its logo): false, and a line in `error`, when it is not fit. */
bool http_check(const struct site *site, const struct zones *zones, struct text *error);
/* Opens both listeners. NULL: `error` gets one line for people. The options' pointers must live as long as
 * the server. */
struct http *http_open(const struct http_options *options, struct text *error);
/* Stops listening, answers what waits with 503, frees everything. NULL is fine. */
void http_close(struct http *http);

/* One descriptor to poll for input, and the milliseconds until http_run is wanted all the same (-1: never).
 */
int http_fd(const struct http *http);
int http_timeout(struct http *http);
/* Reads, routes, answers; never blocks. Verbs of the store are called in here. */
void http_run(struct http *http);

/* The turn that began before the last http_run ended: replies that waited for it are ready (stored), or
 * become a 503 that says that nothing was stored. `turn` numbers them, rising. */
void http_committed(struct http *http, bool stored, uint64_t turn);
/* Sends the ready replies of this turn and all before. */
void http_release(struct http *http, uint64_t turn);

/* The port that it listens on (0 for a unix socket): a test asks for port 0. */
int http_port(const struct http *http);

#endif
