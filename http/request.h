/* One request, from its first line to its reply: what the files of http/ share. A handler reads the request
 * and sets the reply; it never sees the socket, and all its memory is the request's arena. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/http.h"
#include "proto/form.h"
#include "sql/store_directory.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"

struct MHD_Connection;
struct connection;

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OTHER };

/* How somebody stands to a meeting: the column in the table of rights. */
enum standing { STANDING_NONE, STANDING_GUEST, STANDING_MODERATOR, STANDING_DEPUTY, STANDING_ORGANISER };

enum { REPLY_HEADERS_MAX = 8, ROUTE_ARGUMENTS_MAX = 2, REQUEST_BODY_MAX = 1024 * 1024 };

struct reply {
    int status; /* 0: none yet */
    const char *type;
    struct text body;        /* its memory goes to the server with the reply */
    const char *static_body; /* instead of body: bytes of the program */
    size_t static_size;
    const char *cache;    /* Cache-Control; NULL: no-store */
    const char *referrer; /* Referrer-Policy; NULL: same-origin */
    size_t header_count;
    struct {
        const char *name, *value;
    } headers[REPLY_HEADERS_MAX];
};

enum request_state { REQUEST_BEGUN, REQUEST_READING, REQUEST_MADE, REQUEST_SUSPENDED, REQUEST_ANSWERED };

struct request {
    struct http *http;
    struct MHD_Connection *handle;
    struct connection *connection;
    enum request_state state;
    bool admin; /* came by the admin socket */
    struct arena arena;

    const char *target; /* as it was sent, for nobody's log */
    enum method method;
    const char *path;  /* decoded, without the site's own path */
    const char *query; /* as it was sent, NULL: none */
    const char *arguments[ROUTE_ARGUMENTS_MAX];
    struct form parameters; /* of the query */
    struct form form;       /* of a POST's body */
    bool form_filled;       /* the form is ours, to be shown, and nobody typed it */
    struct text body;

    int64_t now;                       /* UTC seconds */
    const struct catalogue *catalogue; /* of the reader; NULL until request_catalogue found it */
    const struct zone *zone;           /* of the reader */
    bool signed_in;
    struct person person; /* who, when signed_in */
    struct link_id session;
    enum standing standing; /* to the meeting of the address, when auth_find_meeting found it */
    bool stores;            /* a GET that writes all the same, as signing in by the web server does */

    struct reply reply;
    bool waits;  /* one of http->waiting */
    bool stored; /* while it waits: its turn was committed, as number `turn` */
    uint64_t turn;
    struct request *next_waiting;
};

/* A field of the request's head, or NULL; a cookie; a parameter of the query. */
const char *request_header(const struct request *request, const char *name);
const char *request_cookie(const struct request *request, const char *name);
const char *request_parameter(const struct request *request, const char *name);
/* A field of the form; "" when it is not there. */
const char *request_field(const struct request *request, const char *name);
/* A random name for a form that is shown (of the arena), and the one that came with one that was sent (NULL:
 * none): the same name twice is a double click, and is done once. */
const char *request_new_form(struct request *request);
const char *request_form_name(const struct request *request);
/* The options that the server was opened with. */
const struct http_options *request_options(const struct request *request);
struct store *request_store(const struct request *request);
/* When the server was opened, UTC seconds: what comes from the configuration is as old. */
int64_t request_started_at(const struct request *request);
/* The path of a page of ours as browsers need it: the site's own path in front. Of the arena. */
const char *request_own_path(struct request *request, const char *path);
#define request_path(request, ...) request_own_path(request, arena_printf(&(request)->arena, __VA_ARGS__))
/* The path (/j/LINK) or the whole address (https://...) of a link. Of the arena. */
const char *request_link_path(struct request *request, enum link_purpose purpose, const struct link_id *id);
const char *request_link_url(struct request *request, enum link_purpose purpose, const struct link_id *id);

/* The reader's language: that of the person, else the browser's, else the site's. */
const struct catalogue *request_catalogue(struct request *request);
const char *request_text(struct request *request, const char *text);

/* Replies. The strings given must live as long as the request. reply_begin throws away what was there; the
 * body is added to request->reply.body. */
void reply_begin(struct request *request, int status, const char *type);
void reply_header(struct request *request, const char *name, const char *value);
/* A cookie for the pages under `path` (request_path), for `age` seconds; no script reads it. */
void reply_cookie(struct request *request, const char *name, const char *value, const char *path, int age);
/* To another place: 303 after a POST, 302 for a join. `address` is a path of request_path or a whole address.
 */
void reply_redirect(struct request *request, int status, const char *address);
/* Plain text or JSON (borrowed) with a status. */
void reply_plain(struct request *request, int status, const char *text);
void reply_json(struct request *request, int status, const json_t *json);

/* Random bytes for what leaves the house. */
void request_random(struct link_id *id);

#endif
