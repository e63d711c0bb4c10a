/* Why a connection ended, or never came about, in words for whoever has to mend it. */
#include "component/xmpp_parts.h"

#include <string.h>

void xmpp_explain_stream_error(struct xmpp *xmpp, const xmpp_stream_error_t *error)
{
    const struct xmpp_options *o = &xmpp->options;
    xmpp->hopeless = error->type == XMPP_SE_NOT_AUTHORIZED || error->type == XMPP_SE_HOST_UNKNOWN;
    xmpp->replaced = error->type == XMPP_SE_CONFLICT && xmpp->shaken;
    if (error->type == XMPP_SE_NOT_AUTHORIZED)
        text_addf(
            &xmpp->error,
            "the secret is wrong: what secret_file of [prosody %s] holds must be the component_secret of "
            "Component \"%s\" in Prosody's configuration",
            o->name, o->domain);
    else if (error->type == XMPP_SE_HOST_UNKNOWN)
        text_addf(&xmpp->error,
                  "the Prosody at %s:%d has no Component \"%s\": add it to its configuration, or correct "
                  "component of [prosody %s]",
                  o->host, o->port, o->domain, o->name);
    else if (xmpp->replaced)
        text_addf(&xmpp->error,
                  "another jmbd has connected as %s and taken our place: a Prosody can have one only",
                  o->domain);
    else if (error->type == XMPP_SE_CONFLICT)
        text_addf(
            &xmpp->error,
            "somebody else is connected as %s: another jmbd, or a connection of ours that Prosody still "
            "holds (component_conflict_resolve = \"kick_old\" lets the newer one win)",
            o->domain);
    else if (error->type == XMPP_SE_SYSTEM_SHUTDOWN)
        text_add(&xmpp->error, "Prosody is stopping");
    else
        text_addf(&xmpp->error, "Prosody ended the stream (error %d%s%s)", (int)error->type,
                  error->text ? ": " : "", error->text ? error->text : "");
}

void xmpp_explain_end(struct xmpp *xmpp, int error)
{
    const struct xmpp_options *o = &xmpp->options;
    if (xmpp->shaken)
        text_addf(&xmpp->error, "Prosody closed the connection%s%s", error ? ": " : "",
                  error ? strerror(error) : "");
    else if (xmpp->reached)
        text_addf(
            &xmpp->error,
            "who listens at %s:%d closed the connection before the handshake was done: is this Prosody's "
            "component port?",
            o->host, o->port);
    else
        text_addf(&xmpp->error,
                  "nobody listens at %s:%d: start Prosody, or correct host and port of [prosody %s] "
                  "(component_ports and component_interfaces in Prosody's configuration)",
                  o->host, o->port, o->name);
}
