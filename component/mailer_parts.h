/* Between mailer.c, which owns the thread, and the two ways a letter leaves: mailer_folder.c and
 * mailer_smtp.c. All of this runs in the mailer's thread. */
#ifndef COMPONENT_MAILER_PARTS_H
#define COMPONENT_MAILER_PARTS_H

#include "component/mailer.h"

/* A letter of the slot, owned by the mailer. */
struct mailer_job {
    int64_t id;
    char *to, *name;
    struct text message; /* CRLF line ends throughout, no 0 bytes, ends with a line end */
    bool answered;       /* its result was posted */
    size_t given;        /* bytes of it that the transport has handed on */
};

struct mailer_slot {
    size_t count;
    struct mailer_job *jobs;
    /* Posts a job's result (once only; later ones are passed over). `answer` is copied. */
    void (*post)(struct mailer_job *job, enum mailer_outcome outcome, const char *answer, void *context);
    bool (*is_closing)(void *context); /* the daemon ends: begin no further letter */
    void *context;
};

/* Is the folder there, and does it take letters? 0: it is not there, but can be made. < 0: `error` says why
 * not, and what to do. */
int mailer_folder_look(const char *folder, struct text *error);
/* The same, and makes it where only its last part is missing. 0: it takes letters. */
int mailer_folder_check(const char *folder, struct text *error);
void mailer_folder_send(const char *folder, const struct mailer_slot *slot);

/* What a session's TLS rests on (mailer_tls.c); NULL: `error` says. `refused` gets why a certificate is
 * refused, in words for the site's admin, and must live as long. */
struct ssl_ctx_st *mailer_tls_open(const struct mailer_options *options, struct text *refused,
                                   struct text *error);
/* Adds what is wrong with a certificate by OpenSSL's error (X509_V_ERR_), since when, and what to do; `depth`
 * is 0 for the relay's own (mailer_certificate.c). */
struct x509_st;
void mailer_certificate_add(struct text *text, const struct x509_st *certificate, int error, int depth);

struct mailer_smtp;

/* What lives as long as the mailer: the TLS context. NULL: `error` says. `options` must live as long. */
struct mailer_smtp *mailer_smtp_open(const struct mailer_options *options, struct text *error);
void mailer_smtp_close(struct mailer_smtp *smtp);
/* One session for all letters of the slot; every job has its result when it returns, but those that closing
 * left out. */
void mailer_smtp_send(struct mailer_smtp *smtp, const struct mailer_slot *slot);

#endif
