/* Listening sockets: those of the server (server.c), and the one for mail that is piped in
 * (component/inbox.h). */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "proto/text.h"

/* Listens on `address`: "127.0.0.1:8080", "[::1]:8080" or "unix:PATH". A socket that was left behind at PATH
 * is replaced (the store's lock already keeps a second daemon away); `mode` is its rights from its first
 * moment. *port gets the number, 0 of a unix socket. The descriptor, which does not block, or -1: `error`
 * says why and what to do, and names `key`, the key of jmb.conf that the address is from. */
int listen_open(const char *address, const char *key, unsigned mode, int *port, struct text *error);

#endif
