/* Within xmpp*.c only: the connection, and how its parts meet. xmpp.c lives it; xmpp_send.c sends and awaits
 * answers; xmpp_explain.c has the words for its ends; xmpp_stanza.c makes trees of stanzas and stanzas of
 * text. */
#ifndef COMPONENT_XMPP_PARTS_H
#define COMPONENT_XMPP_PARTS_H

#include "component/xmpp.h"
#include "component/xmpp_stanza.h"

/* An iq of ours that waits for its answer. */
struct request {
    struct request *next;
    uint64_t id;
    char *to;
    int64_t until_ms;
    void (*result)(const struct xml *iq, void *context);
    void *context;
};

struct xmpp {
    struct arena arena; /* of the options' strings */
    struct xmpp_options options;
    xmpp_log_t log;    /* strophe keeps a pointer to it */
    xmpp_ctx_t *ctx;   /* both NULL between two tries: each try has a fresh connection, so that nothing */
    xmpp_conn_t *conn; /* of a broken stream (its queue, its parser) reaches the next */
    int fd;
    enum xmpp_state state;
    bool reached;      /* the server's port answered in this try */
    bool shaken;       /* the handshake is done */
    bool ended;        /* strophe said so; dropped outside of its callbacks */
    bool proven;       /* it was connected once: before that, whoever opened it tells what went wrong */
    bool hopeless;     /* trying again at once would change nothing */
    bool replaced;     /* another jmbd took our place, and would lose it again */
    struct text error; /* why the last try failed */
    int64_t seen_ms;   /* the clock at the last xmpp_work */
    int64_t handshake_by_ms, ping_at_ms, pong_by_ms, retry_at_ms; /* INT64_MAX: not awaited */
    int64_t pause_ms;
    uint64_t last_id;
    struct request *requests, **requests_end;
};

static inline int64_t xmpp_now(const struct xmpp *xmpp)
{
    return clock_ms(xmpp->options.clock);
}

/* xmpp_send.c: like xmpp_send_iq, of any type. */
bool xmpp_ask(struct xmpp *xmpp, const char *type, const char *to, const char *payload,
              void (*result)(const struct xml *iq, void *context), void *context);
/* An answer came: it counts when it comes from whom was asked. */
void xmpp_answer_request(struct xmpp *xmpp, uint64_t id, const struct xml *iq);
/* Ends the requests that are older than their deadline (`all`: every one) without an answer. */
void xmpp_end_requests(struct xmpp *xmpp, int64_t now, bool all);

/* xmpp_explain.c: into xmpp->error; `error` is an errno or 0. */
void xmpp_explain_stream_error(struct xmpp *xmpp, const xmpp_stream_error_t *error);
void xmpp_explain_end(struct xmpp *xmpp, int error);

#endif
