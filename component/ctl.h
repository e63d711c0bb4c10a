/* What jmbctl(1) does. Most commands ask the running jmbd through its admin socket (HTTP and JSON over a unix
 * socket), since jmbd alone writes to the database. One file a subject: the command line (ctl.c), a request
 * (ctl_ask.c), and the commands. */
#ifndef COMPONENT_CTL_H
#define COMPONENT_CTL_H

#include "proto/text.h"

#include <jansson.h>
#include <stdio.h>

#define CTL_SOCKET "/run/jmb/admin.sock"
#define CTL_REPLY_SOCKET "/run/jmb/reply.sock"

/* Where a command reads and writes: answers go to `out`, what went wrong to `err`. */
struct ctl {
    const char *socket; /* NULL: the usual one of the command */
    FILE *in, *out, *err;
};

/* Runs one command line. The exit status, of sysexits.h where there is one: EX_OK, 1 refused by jmbd,
 * EX_USAGE, EX_UNAVAILABLE jmbd is away, EX_NOPERM the socket is not ours to use, EX_PROTOCOL no sense in its
 * answer. */
int ctl_run(int argc, char *const *argv, FILE *out, FILE *err);

/* A connected socket whose reads and writes wait 30 s at most; < 0: errno says. */
int ctl_connect(const char *path);
/* Sends all of it; false: errno says. */
bool ctl_send(int fd, const struct text *bytes);
/* One request to the admin socket (NULL: CTL_SOCKET), `body` (may be NULL) as JSON. The HTTP status, and
 * *answer (the caller's; NULL when it is no JSON); < 0: minus an exit status, and `error` says what and what
 * to do. */
int ctl_ask(const char *socket, const char *method, const char *path, const json_t *body, json_t **answer,
            struct text *error);
/* The same, with what is not 200 said on `err`: 0 and *answer, or the exit status (*answer may be there too).
 */
int ctl_request(const struct ctl *ctl, const char *method, const char *path, const json_t *body,
                json_t **answer);

/* The commands, each in its file. argv[0] is the command's word; how many may follow was checked. They return
 * the exit status. */
int ctl_sign_in(const struct ctl *ctl, int argc, char *const *argv);
int ctl_health(const struct ctl *ctl, int argc, char *const *argv);
int ctl_order(const struct ctl *ctl, int argc, char *const *argv);  /* say, end */
int ctl_import(const struct ctl *ctl, int argc, char *const *argv); /* people, lists: in batches */
int ctl_backup(const struct ctl *ctl, int argc, char *const *argv); /* backup, restore */
int ctl_reply(const struct ctl *ctl, int argc, char *const *argv);  /* as the mail server's user */

#endif
