/* libesmtp, and what has to be known about it (1.1.0): smtp_start_session() says 1 whatever happened, so
 * every status is read; it adds nothing to our messages as long as they have Date, From, To and Message-ID;
 * connect and DNS know no timeout. */
#include "component/mailer_run.h"
#include "proto/arena.h"

/* Before libesmtp.h, which looks for what it defines. */
#include <openssl/ssl.h>

#include <auth-client.h>

#include <libesmtp.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_MAX = 254 /* RFC 5321 4.5.3.1.3 */ };

struct mailer_smtp {
    const struct mailer_options *options;
    struct text server; /* host:port */
    SSL_CTX *tls;
    struct text certificate; /* why the last one was refused; empty: it was not */
};

struct mailer_smtp *mailer_smtp_open(const struct mailer_options *options, struct text *error)
{
    if (!options->host || !*options->host || strpbrk(options->host, ": \r\n[]")) {
        text_addf(error,
                  "'%s' is no name or IPv4 address of a mail relay (an IPv6 address needs a name, in "
                  "/etc/hosts for instance)",
                  options->host ? options->host : "");
        return NULL;
    }
    struct mailer_smtp *smtp = mem_alloc(sizeof *smtp);
    smtp->options = options;
    text_addf(&smtp->server, "%s:%d", options->host, options->port);
    smtp->tls = mailer_tls_open(options, &smtp->certificate, error);
    if (!smtp->tls) {
        mailer_smtp_close(smtp);
        return NULL;
    }
    auth_client_init();
    return smtp;
}

void mailer_smtp_close(struct mailer_smtp *smtp)
{
    if (!smtp)
        return;
    SSL_CTX_free(smtp->tls);
    text_free(&smtp->certificate);
    text_free(&smtp->server);
    free(smtp);
}

/* libesmtp writes addresses as they are: a line end in one would be a command of somebody else's. */
static bool address_is_sendable(const char *mail)
{
    size_t size = mail ? strlen(mail) : 0;
    if (size == 0 || size > ADDRESS_MAX || !strchr(mail, '@') || mail[0] == '@' || mail[size - 1] == '@')
        return false;
    for (const char *at = mail; *at; at++)
        if (*at <= ' ' || *at >= 0x7F || *at == '<' || *at == '>')
            return false;
    return true;
}

/* The message as libesmtp asks for it: from the beginning when `size` is NULL, then piece by piece. A NULL
 * with errno set drops the connection, and with it the letter: the relay has not seen its end. */
static const char *message_read(void **state, int *size, void *context)
{
    (void)state;
    struct mailer_run *run = context;
    struct mailer_job *job = run->job;
    if (!size) {
        if (job)
            job->given = 0;
        return NULL;
    }
    *size = 0;
    errno = 0;
    if (!job || mailer_is_unauthenticated(run) ||
        (job->given == 0 && run->slot->is_closing(run->slot->context))) {
        errno = ECANCELED;
        return NULL;
    }
    size_t left = job->message.size - job->given;
    if (left == 0 || job->given == 0)
        mailer_socket_set(run, TCP_CORK, left > 0);
    if (left == 0)
        return NULL;
    *size = (int)(left > 1 << 20 ? 1 << 20 : left);
    const char *bytes = job->message.data + job->given;
    job->given += (size_t)*size;
    return bytes;
}

/* What the relay asks for to sign in. */
static int interact(auth_client_request_t request, char **result, int fields, void *context)
{
    const struct mailer_options *options = context;
    for (int i = 0; i < fields; i++)
        result[i] = (char *)(request[i].flags & AUTH_USER   ? options->user
                             : request[i].flags & AUTH_PASS ? options->password
                                                            : "");
    return 1;
}

/* NULL: no AUTH. */
static auth_context_t auth_open(const struct mailer_options *options)
{
    auth_context_t auth = options->user ? auth_create_context() : NULL;
    if (auth) {
        auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
        auth_set_interact_cb(auth, interact, (void *)options);
    }
    return auth;
}

static bool session_set_up(const struct mailer_smtp *smtp, smtp_session_t session, auth_context_t auth,
                           struct mailer_run *run)
{
    static const enum starttls_option starttls[] = {[MAILER_STARTTLS_NONE] = Starttls_DISABLED,
                                                    [MAILER_STARTTLS_OFFERED] = Starttls_ENABLED,
                                                    [MAILER_STARTTLS_REQUIRED] = Starttls_REQUIRED};
    static const int waits[] = {Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER,
                                Timeout_DATA2};
    long milliseconds = smtp->options->timeout > 0 ? smtp->options->timeout * 1000L : 1000L;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        smtp_set_timeout(session, waits[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, milliseconds);
    /* A letter has one reader: once that one is refused no DATA shall follow. */
    return smtp_set_server(session, text_string(&smtp->server)) &&
           smtp_option_require_all_recipients(session, 1) && smtp_set_eventcb(session, mailer_event, run) &&
           smtp_set_monitorcb(session, mailer_monitor, run, 0) && smtp_starttls_set_ctx(session, smtp->tls) &&
           smtp_starttls_enable(session, starttls[smtp->options->starttls]) &&
           (!auth || smtp_auth_set_context(session, auth));
}

static bool job_add(const struct mailer_smtp *smtp, smtp_session_t session, struct mailer_run *run,
                    struct mailer_job *job)
{
    const char *sender = smtp->options->sender;
    smtp_message_t message = smtp_add_message(session);
    if (!message)
        return false;
    smtp_message_set_application_data_release(message, job, NULL);
    return smtp_set_messagecb(message, message_read, run) &&
           smtp_set_reverse_path(message, sender && *sender ? sender : NULL) &&
           smtp_8bitmime_set_body(message, E8bitmime_NOTSET) && smtp_add_recipient(message, job->to) != NULL;
}

/* Adds what can be sent; says how many that is. < 0: out of memory. */
static int jobs_add(const struct mailer_smtp *smtp, smtp_session_t session, struct mailer_run *run)
{
    int count = 0;
    for (size_t i = 0; i < run->slot->count; i++) {
        struct mailer_job *job = &run->slot->jobs[i];
        if (!address_is_sendable(job->to))
            run->slot->post(job, MAILER_FAILED, "not an address that a letter can be sent to",
                            run->slot->context);
        else if (!job_add(smtp, session, run, job))
            return -1;
        else
            count++;
    }
    return count;
}

/* Why the session ended before its time: the relay's own words when they are a refusal, else what happened to
 * the connection. */
static void failure_add(struct text *text, const struct mailer_smtp *smtp, const struct mailer_run *run,
                        int error)
{
    char words[128] = "";
    if (smtp->certificate.size > 0) {
        text_addf(text, "%s: the relay's certificate is not accepted: %s", text_string(&smtp->server),
                  text_string(&smtp->certificate));
        return;
    }
    if (run->line[0] == '4' || run->line[0] == '5') {
        mailer_words_add(text, 0, run->line);
        return;
    }
    text_addf(text, "%s: ", text_string(&smtp->server));
    if (run->connected && smtp->options->starttls == MAILER_STARTTLS_REQUIRED && !run->offers_starttls)
        text_add(text, "the relay offers no STARTTLS, which [mail] starttls requires");
    else if (run->connected && (error == SMTP_ERR_DROPPED_CONNECTION || error == 0))
        text_add(text, "the connection was lost, or no answer came in time");
    else
        text_add(text, smtp_strerror(error, words, sizeof words) ? words : "the session failed");
}

/* What libesmtp said nothing of: the connection could not be made, or was lost under one letter, which those
 * behind it had nothing to do with. */
static void leftovers_post(const struct mailer_smtp *smtp, const struct mailer_run *run, int error)
{
    struct text words = {0};
    failure_add(&words, smtp, run, error);
    bool closing = run->slot->is_closing(run->slot->context);
    for (size_t i = 0; i < run->slot->count && !closing; i++) {
        struct mailer_job *job = &run->slot->jobs[i];
        enum mailer_outcome outcome = run->begun && job == run->job ? MAILER_LOST : MAILER_UNTRIED;
        if (!job->answered)
            run->slot->post(job, outcome, text_string(&words), run->slot->context);
    }
    text_free(&words);
}

/* After a refusal those who may sign are read anew: mending it may mean another file, and needs no restart.
 */
static void tls_renew(struct mailer_smtp *smtp)
{
    if (smtp->certificate.size == 0)
        return;
    struct text error = {0};
    SSL_CTX *tls = mailer_tls_open(smtp->options, &smtp->certificate, &error);
    if (tls) {
        SSL_CTX_free(smtp->tls);
        smtp->tls = tls;
    }
    text_free(&error);
    text_clear(&smtp->certificate);
}

void mailer_smtp_send(struct mailer_smtp *smtp, const struct mailer_slot *slot)
{
    struct mailer_run run = {
        .slot = slot, .port = smtp->options->port, .fd = -1, .wants_auth = smtp->options->user};
    int error = ENOMEM;
    auth_context_t auth = auth_open(smtp->options);
    smtp_session_t session = smtp_create_session();
    tls_renew(smtp);
    if (session && session_set_up(smtp, session, auth, &run)) {
        int count = jobs_add(smtp, session, &run);
        if (count > 0 && !slot->is_closing(slot->context)) {
            int done = smtp_start_session(session);
            error = done ? 0 : smtp_errno();
        }
    }
    leftovers_post(smtp, &run, error);
    if (session)
        smtp_destroy_session(session);
    if (auth)
        auth_destroy_context(auth);
}
