/* One connection to one Prosody as an external component (XEP-0114), in the daemon's loop: handshake and its
 * deadline, pings (XEP-0199), reconnecting with growing pauses, iqs with their results, and being a good
 * citizen (disco#info, version, ping). Only xmpp*.c include strophe.h, which has functions of the same
 * prefix: that is why ours that runs is called xmpp_work. */
#ifndef COMPONENT_XMPP_H
#define COMPONENT_XMPP_H

#include "proto/clock.h"
#include "proto/text.h"
#include "proto/xml.h"

struct xmpp;

struct xmpp_options {
    const char *name; /* for the log */
    const char *host;
    int port;
    const char *domain, *secret;
    const struct clock *clock;
    void *context; /* of the callbacks */
    void (*connected)(void *context);
    void (*disconnected)(void *context); /* results still awaited have been called with NULL before */
    /* An iq of type get or set that is not plain citizenship. The tree lives during the call; answer now or
     * later, by xmpp_answer or xmpp_refuse, with `from` and `id` of the iq. False: not understood,
     * service-unavailable is answered. */
    bool (*iq)(const struct xml *iq, void *context);
};

enum xmpp_state {
    XMPP_CONNECTING,
    XMPP_CONNECTED,
    XMPP_WAITING /* for the next try */,
    XMPP_REFUSED /* a wrong secret or an unknown host: tried again, slowly */
};

/* Begins to connect. NULL: `error` says why it cannot even try. */
struct xmpp *xmpp_open(const struct xmpp_options *options, struct text *error);
void xmpp_close(struct xmpp *xmpp);

int xmpp_fd(const struct xmpp *xmpp);            /* -1 while there is no socket */
short xmpp_poll_events(const struct xmpp *xmpp); /* for poll() */
/* When xmpp_work is wanted at the latest (pings, deadlines, the next try), in the clock's milliseconds. */
int64_t xmpp_next_ms(const struct xmpp *xmpp);
/* Reads and writes what can be, without waiting, and does what is due. All callbacks come from in here (and
 * from xmpp_close); they may send, but not close. */
void xmpp_work(struct xmpp *xmpp);
enum xmpp_state xmpp_state(const struct xmpp *xmpp);
const char *
xmpp_last_error(const struct xmpp *xmpp); /* why the last try failed, in words for people; "" for none */

/* Sends an iq set with `payload` (XML, from proto/rooms) and calls `result` with the answer's iq (type result
 * or error), or NULL when the connection was lost or 30 s went by. False: not connected. */
bool xmpp_send_iq(struct xmpp *xmpp, const char *to, const char *payload,
                  void (*result)(const struct xml *iq, void *context), void *context);
void xmpp_answer(struct xmpp *xmpp, const char *to, const char *id, const char *payload);
/* An error (RFC 6120 8.3): type "modify", condition "bad-request", and a text for the other side's log. */
void xmpp_refuse(struct xmpp *xmpp, const char *to, const char *id, const char *type, const char *condition,
                 const char *text);

#endif
