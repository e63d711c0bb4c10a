/* What jmbctl does: asks the running jmbd through its admin socket (HTTP and JSON over a unix socket), since
 * jmbd alone writes to the database. */
#ifndef COMPONENT_CTL_H
#define COMPONENT_CTL_H

#include "proto/text.h"

#include <jansson.h>
#include <stdio.h>

#define CTL_SOCKET "/run/jmb/admin.sock"
#define CTL_REPLY_SOCKET "/run/jmb/reply.sock"

/* Runs one command line; answers go to `out`, what went wrong to `err`. The exit status, of sysexits.h where
 * there is one: EX_OK, 1 refused by jmbd, EX_USAGE, EX_UNAVAILABLE jmbd is away, EX_NOPERM the socket is not
 * ours to use, EX_PROTOCOL no sense in its answer. */
int ctl_run(int argc, char *const *argv, FILE *out, FILE *err);

/* One request to the admin socket, `body` (may be NULL) as JSON. The HTTP status, and *answer (the caller's;
 * NULL when it is no JSON); < 0: minus an exit status, and `error` says what and what to do. */
int ctl_ask(const char *socket, const char *method, const char *path, const json_t *body, json_t **answer,
            struct text *error);

/* `jmbctl people import` and `jmbctl lists import`: reads a directory or lists from `in` and hands them over
 * in batches. argv[0] is people or lists. */
struct ctl_streams {
    const char *socket;
    FILE *in, *out, *err;
};
int ctl_import(const struct ctl_streams *streams, int argc, char *const *argv);
/* The same, with what is not 200 said on `err`: 0 and *answer, or the exit status. */
int ctl_request(const char *socket, FILE *err, const char *method, const char *path, const json_t *body,
                json_t **answer);
/* say ROOM TEXT, end ROOM [REASON] (ctl_rooms.c). */
int ctl_order(const char *socket, int argc, char *const *argv, FILE *out, FILE *err);

/* Hands the message on `in` to jmbd's reply socket, as the mail server's user: EX_OK when it is taken, else
 * EX_TEMPFAIL, so that the mail server keeps it. */
int ctl_reply(const char *socket, FILE *in, FILE *err);

#endif
