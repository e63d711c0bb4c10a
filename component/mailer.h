/* Handing letters to the site's relay, or to a folder. libesmtp blocks, so this is the one part with a thread
 * of its own: it is fed up to MAILER_SLOT rendered letters and posts each result back as it comes. The thread
 * never sees the store. Only mailer_smtp.c includes libesmtp.h. */
#ifndef COMPONENT_MAILER_H
#define COMPONENT_MAILER_H

#include "proto/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAILER_SLOT = 50 };

enum mailer_transport { MAILER_FOLDER, MAILER_SMTP };

/* OFFERED encrypts where the relay can, and looks at no certificate: it keeps passive listeners out. REQUIRED
 * sends nothing to a relay that does not prove that it is `host`. */
enum mailer_starttls { MAILER_STARTTLS_NONE, MAILER_STARTTLS_OFFERED, MAILER_STARTTLS_REQUIRED };

struct mailer_options {
    enum mailer_transport transport;
    const char *folder; /* one file a message, ID.eml, written beside and renamed */
    const char *host;   /* relay */
    int port;
    int timeout;        /* seconds for each answer of the relay */
    const char *sender; /* the envelope's: bounces go there */
    enum mailer_starttls starttls;
    const char *ca_file;         /* PEM of who may have signed the relay's certificate; NULL: the system's */
    const char *user, *password; /* for AUTH; NULL: none */
};

struct mailer;

/* A rendered letter; all is copied by mailer_offer. */
struct mailer_letter {
    int64_t id;
    const char *to;      /* an address in ASCII form */
    const char *message; /* the whole message, CRLF */
    size_t size;
    const char *name; /* of the file in a folder: message id */
};

/* What became of a letter. The first three are the relay's answer to it. */
enum mailer_outcome {
    MAILER_SENT,
    MAILER_RETRY,   /* refused for now */
    MAILER_FAILED,  /* refused for good */
    MAILER_LOST,    /* the connection ended under it: the relay may have taken it, or not */
    MAILER_UNTRIED, /* nothing was said of it: it did not come to its turn, or the relay lets nobody in */
};

struct mailer_result {
    int64_t id;
    enum mailer_outcome outcome;
    const char *answer; /* the server's words, or what happened instead; NULL when sent */
};

/* Looks whether it would open, and changes nothing: < 0: `error` says why not, and what to do; 0: when it has
 * made the folder. */
int mailer_check(const struct mailer_options *options, struct text *error);
/* Starts the thread. NULL: `error` says why (folder not writable, ...). */
struct mailer *mailer_open(const struct mailer_options *options, struct text *error);
/* Waits for the letter under way (at most the timeout) and ends the thread; results not taken are lost, their
 * rows say what is left to do. */
void mailer_close(struct mailer *mailer);
int mailer_fd(const struct mailer *mailer); /* readable when there are results (eventfd) */
bool mailer_is_free(struct mailer *mailer); /* takes a slot now */
/* Hands over up to MAILER_SLOT letters. False: it is not free. */
bool mailer_offer(struct mailer *mailer, const struct mailer_letter *letters, size_t count);
/* Calls with each result since the last call, when the descriptor was readable or some time went by: many at
 * once, since each turn that records some of them costs a commit. */
void mailer_take_results(struct mailer *mailer,
                         void (*each)(const struct mailer_result *result, void *context), void *context);

#endif
