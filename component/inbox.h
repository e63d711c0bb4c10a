/* What the mail server pipes to `jmbctl reply`: a unix socket that takes one message of at most 1 MiB a
 * connection and nothing else, for anybody on this machine, since the mail server runs programs as a user of
 * its own. The sender writes, shuts its side down, and reads one line: "ok" when what the message changed is
 * stored; else the mail server keeps it and comes again. */
#ifndef COMPONENT_INBOX_H
#define COMPONENT_INBOX_H

#include "proto/clock.h"
#include "proto/link.h"
#include "proto/text.h"
#include "sql/store.h"

enum { INBOX_MESSAGE_MAX = 1 << 20 };

struct inbox_options {
    const char *path;
    const char *reply_address;           /* ours: what comes from it is a loop */
    const char *const *calendar_senders; /* addresses of calendar servers, which answer for whom their
                                            Reply-To names; NULL ends them */
    const struct link_keys *keys;        /* of links, which nobody gives away by quoting a letter */
    struct store *store;
    const struct clock *clock;
};

struct inbox;

/* NULL: `error` says why. */
struct inbox *inbox_open(const struct inbox_options *options, struct text *error);
void inbox_close(struct inbox *inbox); /* NULL is fine */

/* One descriptor to poll for input; milliseconds until inbox_run is wanted all the same (-1: never). */
int inbox_fd(const struct inbox *inbox);
int inbox_timeout(const struct inbox *inbox);
/* Takes and reads, never blocks; the store's verbs are called in here. */
void inbox_run(struct inbox *inbox);
/* How the turn went in which inbox_run was called: whoever waits is told. */
void inbox_committed(struct inbox *inbox, bool stored);

#endif
