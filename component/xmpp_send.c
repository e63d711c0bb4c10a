/* What goes out, and the answers that are awaited for it. */
#include "component/log.h"
#include "component/xmpp_parts.h"
#include "proto/rooms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESULT_MS = 30000 };

static void finish_request(struct request *request, const struct xml *iq)
{
    if (request->result)
        request->result(iq, request->context);
    free(request->to);
    free(request);
}

/* Takes the request of that id out of the list; the answer must come from whom was asked. */
static struct request *take_request(struct xmpp *xmpp, uint64_t id, const char *from)
{
    for (struct request **at = &xmpp->requests; *at; at = &(*at)->next) {
        struct request *request = *at;
        if (request->id != id)
            continue;
        if (!from || strcmp(request->to, from) != 0)
            return NULL; /* somebody guesses ids */
        *at = request->next;
        if (!*at)
            xmpp->requests_end = at;
        return request;
    }
    return NULL;
}

void xmpp_answer_request(struct xmpp *xmpp, uint64_t id, const struct xml *iq)
{
    struct request *request = take_request(xmpp, id, xml_attribute(iq, "from"));
    if (request)
        finish_request(request, iq);
}

void xmpp_end_requests(struct xmpp *xmpp, int64_t now, bool all)
{
    while (xmpp->requests && (all || xmpp->requests->until_ms <= now)) { /* in the order of their deadlines */
        struct request *request = xmpp->requests;
        xmpp->requests = request->next;
        if (!xmpp->requests)
            xmpp->requests_end = &xmpp->requests;
        finish_request(request, NULL);
    }
}

static bool send_text(struct xmpp *xmpp, struct text *text)
{
    bool sent = false;
    if (text->size > ROOMS_STANZA_MAX)
        log_rarely("xmpp size", LOG_ERR,
                   "%s: a stanza of %zu bytes was not sent: more than %d would end the stream",
                   xmpp->options.name, text->size, ROOMS_STANZA_MAX);
    else if (xmpp->state == XMPP_CONNECTED && !xmpp->ended) {
        stanza_clean(text);
        xmpp_send_raw(xmpp->conn, text->data, text->size);
        sent = true;
    }
    text_free(text);
    return sent;
}

bool xmpp_ask(struct xmpp *xmpp, const char *type, const char *to, const char *payload,
              void (*result)(const struct xml *iq, void *context), void *context)
{
    char id[24];
    snprintf(id, sizeof id, "jmb%" PRIu64, xmpp->last_id + 1);
    struct text text = {0};
    stanza_add_iq(&text, type, id, to, xmpp->options.domain, payload);
    if (!send_text(xmpp, &text))
        return false;
    struct request *request = mem_alloc(sizeof *request);
    *request = (struct request){.id = ++xmpp->last_id,
                                .to = mem_dup(to),
                                .until_ms = xmpp_now(xmpp) + RESULT_MS,
                                .result = result,
                                .context = context};
    *xmpp->requests_end = request;
    xmpp->requests_end = &request->next;
    return true;
}

bool xmpp_send_iq(struct xmpp *xmpp, const char *to, const char *payload,
                  void (*result)(const struct xml *iq, void *context), void *context)
{
    return xmpp_ask(xmpp, "set", to, payload, result, context);
}

void xmpp_answer(struct xmpp *xmpp, const char *to, const char *id, const char *payload)
{
    struct text text = {0};
    stanza_add_iq(&text, "result", id, to, xmpp->options.domain, payload);
    send_text(xmpp, &text);
}

void xmpp_refuse(struct xmpp *xmpp, const char *to, const char *id, const char *type, const char *condition,
                 const char *words)
{
    struct text text = {0}, error = {0};
    stanza_add_error(&error, type, condition, words);
    stanza_add_iq(&text, "error", id, to, xmpp->options.domain, text_string(&error));
    text_free(&error);
    send_text(xmpp, &text);
}
