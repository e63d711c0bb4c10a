/* What the relay says in a session: by libesmtp's events, and by its lines where libesmtp keeps something to
 * itself. Each letter that is answered gets its result here. */
#include "component/mailer_run.h"

/* Before libesmtp.h, which looks for what it defines. */
#include <openssl/ssl.h>

#include <libesmtp.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 300, FILES_LOOKED_AT = 1024 };

void mailer_words_add(struct text *text, int code, const char *words)
{
    if (code)
        text_addf(text, "%d ", code);
    for (; words && *words && text->size < ANSWER_MAX; words++) {
        unsigned char byte = (unsigned char)*words;
        if (byte > ' ' && byte < 0x7F)
            text_add_char(text, (char)byte);
        else if (text->size > 0 && text->data[text->size - 1] != ' ')
            text_add_char(text, ' ');
    }
    while (text->size > 0 && text->data[text->size - 1] == ' ')
        text->data[--text->size] = 0;
}

static void job_post(const struct mailer_run *run, struct mailer_job *job, enum mailer_outcome outcome,
                     const smtp_status_t *status)
{
    struct text words = {0};
    mailer_words_add(&words, status->code, status->text);
    run->slot->post(job, outcome, text_string(&words), run->slot->context);
    text_free(&words);
}

/* 530 (RFC 4954 6, RFC 3207 4) speaks of how the site is set up, not of this letter: it can wait until
 * somebody mends that. With 421 the relay goes (RFC 5321 3.8). */
static enum mailer_outcome outcome_of(int code)
{
    if (code >= 200 && code < 300)
        return MAILER_SENT;
    if (code == 421)
        return MAILER_LOST;
    return code >= 500 && code < 600 && code != 530 ? MAILER_FAILED : MAILER_RETRY;
}

static void job_post_words(const struct mailer_run *run, struct mailer_job *job, const char *line)
{
    struct text words = {0};
    mailer_words_add(&words, 0, line);
    run->slot->post(job, MAILER_UNTRIED, text_string(&words), run->slot->context);
    text_free(&words);
}

static const char no_auth[] =
    "the relay offers no AUTH that we know (PLAIN, LOGIN, CRAM-MD5), and [mail] user is set";

bool mailer_is_unauthenticated(const struct mailer_run *run)
{
    return run->wants_auth && !run->authenticated;
}

/* libesmtp gives nobody its socket, so that is found by its peer's port; nobody else in this process connects
 * there. */
static int socket_find(int port)
{
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < most && fd < FILES_LOOKED_AT; fd++) {
        struct sockaddr_storage peer = {0};
        socklen_t size = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0)
            continue;
        in_port_t peer_port = peer.ss_family == AF_INET    ? ((struct sockaddr_in *)&peer)->sin_port
                              : peer.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&peer)->sin6_port
                                                           : 0;
        if (peer_port && ntohs(peer_port) == port)
            return fd;
    }
    return -1;
}

void mailer_socket_set(const struct mailer_run *run, int option, int value)
{
    if (run->fd >= 0)
        setsockopt(run->fd, IPPROTO_TCP, option, &value, sizeof value);
}

static void on_connect(struct mailer_run *run)
{
    run->connected = true;
    run->fd = socket_find(run->port);
    mailer_socket_set(run, TCP_NODELAY, 1);
}

/* The sender is the same for all letters: refusing it is about the site, whatever the code. */
static void on_sender(struct mailer_run *run, smtp_message_t message)
{
    const smtp_status_t *status = smtp_reverse_path_status(message);
    run->job = smtp_message_get_application_data(message);
    if (run->job && mailer_is_unauthenticated(run))
        job_post_words(run, run->job, run->refusal[0] ? run->refusal : no_auth);
    run->begun = status && outcome_of(status->code) == MAILER_SENT;
    if (run->job && status && !run->begun)
        job_post(run, run->job, MAILER_UNTRIED, status);
}

static void on_recipient(const struct mailer_run *run, smtp_recipient_t recipient)
{
    const smtp_status_t *status = smtp_recipient_status(recipient);
    if (run->job && status && outcome_of(status->code) != MAILER_SENT)
        job_post(run, run->job, outcome_of(status->code), status);
}

static void on_sent(const struct mailer_run *run, smtp_message_t message)
{
    struct mailer_job *job = smtp_message_get_application_data(message);
    const smtp_status_t *status = smtp_message_transfer_status(message);
    if (job && status)
        job_post(run, job, outcome_of(status->code), status);
}

void mailer_event(smtp_session_t session, int number, void *context, ...)
{
    (void)session;
    struct mailer_run *run = context;
    va_list arguments;
    va_start(arguments, context);
    switch (number) {
    case SMTP_EV_CONNECT:
        on_connect(run);
        break;
    /* What has to be proved was by OpenSSL, in the handshake (mailer_tls.c). */
    case SMTP_EV_INVALID_PEER_CERTIFICATE:
        (void)va_arg(arguments, long);
        *va_arg(arguments, int *) = 1;
        break;
    case SMTP_EV_NO_PEER_CERTIFICATE:
    case SMTP_EV_WRONG_PEER_CERTIFICATE:
        *va_arg(arguments, int *) = 1;
        break;
    case SMTP_EV_MAILSTATUS:
        (void)va_arg(arguments, const char *);
        on_sender(run, va_arg(arguments, smtp_message_t));
        break;
    case SMTP_EV_RCPTSTATUS:
        (void)va_arg(arguments, const char *);
        on_recipient(run, va_arg(arguments, smtp_recipient_t));
        break;
    case SMTP_EV_MESSAGESENT:
        on_sent(run, va_arg(arguments, smtp_message_t));
        break;
    default:
        break;
    }
    va_end(arguments);
}

/* What libesmtp does not tell. RFC 4954 4.2 and 6, RFC 3207 4. */
static void line_read(struct mailer_run *run)
{
    static const char *const refusals[] = {"535", "534", "538", "454", "432"};
    const char *line = run->line;
    run->authenticated = run->authenticated || strncmp(line, "235", 3) == 0;
    run->offers_starttls = run->offers_starttls || (strncmp(line, "250", 3) == 0 && line[3] &&
                                                    strncasecmp(line + 4, "STARTTLS", 8) == 0);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals && !run->authenticated; i++)
        if (strncmp(line, refusals[i], 3) == 0)
            memcpy(run->refusal, run->line, sizeof run->refusal);
}

/* Keeps the last line that the relay said: a greeting of 554 or a 421 is found nowhere else. */
void mailer_monitor(const char *bytes, int size, int writing, void *context)
{
    struct mailer_run *run = context;
    for (int i = 0; i < size && !writing; i++) {
        if (bytes[i] == '\n') {
            memcpy(run->line, run->partly, run->partly_size);
            run->line[run->partly_size] = 0;
            line_read(run);
            run->partly_size = 0;
        } else if (run->partly_size + 1 < sizeof run->partly) {
            run->partly[run->partly_size++] = bytes[i] ? bytes[i] : ' ';
        }
    }
}
