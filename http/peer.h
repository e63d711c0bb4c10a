/* Who is at the other end: the site's web server, which is believed, or anybody. */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include "http/request.h"

/* True for whoever comes by a unix socket, or from an address of [auth] trusted. */
bool peer_is_trusted(const struct request *request);
/* The client's address, for counting: what a trusted peer says in the configured field (the last of a list
 * and of several lines, as X-Forwarded-For has them), else the other end's own, when that is no web server.
 * An IPv6 address is cut to its network (/64). NULL: not known. Of the arena. */
const char *peer_client(struct request *request);
/* The address at the other end, for the log. */
const char *peer_show(struct request *request);
/* How often a field came. */
int peer_count_header(const struct request *request, const char *name);

#endif
