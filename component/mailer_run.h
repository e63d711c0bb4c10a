/* Within mailer_smtp.c, which runs a session with the relay, and mailer_heard.c, which hears what the relay
 * says in it. */
#ifndef COMPONENT_MAILER_RUN_H
#define COMPONENT_MAILER_RUN_H

#include "component/mailer_parts.h"

enum { MAILER_LINE_MAX = 512 };

struct mailer_run {
    const struct mailer_slot *slot;
    struct mailer_job *job;       /* whose MAIL, RCPT or DATA is under way */
    bool begun;                   /* the relay took its MAIL */
    char line[MAILER_LINE_MAX];   /* the last whole line that the relay said */
    char partly[MAILER_LINE_MAX]; /* and what came after it */
    size_t partly_size;
    bool connected;
    int port; /* of the relay */
    int fd;   /* libesmtp's socket; -1: it was not found */
    /* A relay that offers no AUTH, or refuses it, is used without by libesmtp. */
    bool wants_auth, authenticated;
    char refusal[MAILER_LINE_MAX]; /* of AUTH, in the relay's words */
    bool offers_starttls;
};

/* libesmtp's callbacks; `context` is the run. */
struct smtp_session;
void mailer_event(struct smtp_session *session, int number, void *context, ...);
void mailer_monitor(const char *bytes, int size, int writing, void *context);

/* The relay was to let us in, and has not. */
bool mailer_is_unauthenticated(const struct mailer_run *run);
/* Adds the relay's words, on one line and fit for a log and a page; a code of 0 is left out. */
void mailer_words_add(struct text *text, int code, const char *words);
/* Sets an option of TCP. libesmtp writes letters in pieces of 1 KiB: Nagle's algorithm would hold each back
 * until the relay's kernel has acknowledged the one before, 40 ms a letter; and a packet for each would be
 * most of the work. So what belongs together is held together (TCP_CORK), and the rest leaves at once. */
void mailer_socket_set(const struct mailer_run *run, int option, int value);

#endif
