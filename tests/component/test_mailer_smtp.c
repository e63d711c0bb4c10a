/* The mailer against a real SMTP server (smtp_sink.py, which is python3-aiosmtpd) that takes letters and
 * refuses them in every way that libesmtp reports differently, and against ones that are away or mute. */
#include "proto/arena.h"
#include "tests/component/mailer_results.h"
#include "tests/component/sink.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Timeouts in seconds. The sink answers at once, but on a busy machine that may take it longer than a second,
 * and would be taken for the silence that some tests are about. */
enum { ANSWERS = 5, NEVER_REACHED = 300 };

static struct mailer *smtp_mailer(int port, const char *sender, int timeout)
{
    struct text error = {0};
    struct mailer *mailer = mailer_open(&(struct mailer_options){.transport = MAILER_SMTP,
                                                                 .host = "127.0.0.1",
                                                                 .port = port,
                                                                 .timeout = timeout,
                                                                 .sender = sender},
                                        &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(mailer);
    return mailer;
}

static const char message[] = "Date: Thu, 03 Dec 2026 13:00:00 +0000\r\n"
                              "From: =?UTF-8?Q?Ada_via_JMB?= <jmb@example.org>\r\n"
                              "To: Bob <bob@example.org>\r\n"
                              "Subject: =?UTF-8?Q?R=C3=A9union?=, with a long subject that is folded\r\n"
                              " onto a second line\r\n"
                              "Message-ID: <one@example.org>\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Auto-Submitted: auto-generated\r\n"
                              "\r\n"
                              "Hello\r\n"
                              ".\r\n"
                              "..two dots\r\n"
                              "bye\r\n";

static struct mailer_letter letter(int64_t id, const char *to)
{
    return (struct mailer_letter){
        .id = id, .to = to, .message = message, .size = sizeof message - 1, .name = "one"};
}

static void send_one(struct mailer *mailer, const char *to)
{
    const struct mailer_letter one = letter(1, to);
    wait_until_free(mailer);
    assert_true(mailer_offer(mailer, &one, 1));
    take(mailer, 1);
}

TEST(mailer_smtp__sends__the_message_byte_for_byte)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    send_one(mailer, "bob@example.org");
    assert_int_equal(got.outcome[0], MAILER_SENT);
    char path[60], bytes[2000];
    snprintf(path, sizeof path, "%s/1.eml", sink.folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(size, sizeof message - 1);
    assert_memory_equal(bytes, message, size);
    mailer_close(mailer);
    sink_end(NULL);
}

TEST(mailer_smtp__reads__what_became_of_each_letter_of_one_session)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    static const struct {
        const char *to;
        enum mailer_outcome outcome;
        const char *answer;
    } table[] = {
        {"a@example.org", MAILER_SENT, ""},
        {"550@example.org", MAILER_FAILED, "550 5.1.1 no such person here"},
        {"b@example.org", MAILER_SENT, ""},
        {"451@example.org", MAILER_RETRY, "451 4.7.1 greylisted, come again"},
        {"data554@example.org", MAILER_FAILED, "554 5.6.0 not with this content"},
        {"c@example.org", MAILER_SENT, ""},
        {"data452@example.org", MAILER_RETRY, "452 4.2.2 mailbox full"},
        {"530@example.org", MAILER_RETRY, "530 5.7.0 Authentication required"},
        {"d@example.org", MAILER_SENT, ""},
    };
    enum { COUNT = sizeof table / sizeof *table };
    struct mailer_letter letters[COUNT];
    for (int i = 0; i < COUNT; i++)
        letters[i] = letter(i + 1, table[i].to);
    assert_true(mailer_offer(mailer, letters, COUNT));
    take(mailer, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(got.id[i], i + 1);
        assert_int_equal(got.outcome[i], table[i].outcome);
        assert_string_equal(got.answer[i], table[i].answer);
    }
    mailer_close(mailer);
    assert_int_equal(sink_end("EHLO"), 1);
}

TEST(mailer_smtp__retries__a_letter_whose_answer_was_lost_and_those_behind_it)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    const struct mailer_letter letters[] = {letter(1, "a@example.org"), letter(2, "drop@example.org"),
                                            letter(3, "b@example.org")};
    assert_true(mailer_offer(mailer, letters, 3));
    take(mailer, 3);
    assert_int_equal(got.outcome[0], MAILER_SENT);
    assert_int_equal(got.outcome[1], MAILER_LOST);
    assert_int_equal(got.outcome[2], MAILER_UNTRIED);
    assert_non_null(strstr(got.answer[1], "connection was lost"));
    send_one(mailer, "b@example.org"); /* the next session works */
    assert_int_equal(got.outcome[0], MAILER_SENT);
    mailer_close(mailer);
    sink_end(NULL);
}

/* What is written to a connection that is gone raises SIGPIPE, which ends a program that does not see to it:
 * here it has its default effect. */
TEST(mailer_smtp__retries__a_letter_that_the_relay_cuts_off)
{
    enum { LONG = 4 << 20 };
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    char *bytes = mem_alloc(LONG);
    memset(bytes, 'a', LONG);
    for (size_t i = 70; i + 1 < LONG; i += 72)
        memcpy(bytes + i, "\r\n", 2);
    memcpy(bytes, message, sizeof message - 1);
    const struct mailer_letter letters[] = {
        {.id = 1, .to = "cut@example.org", .message = bytes, .size = LONG, .name = "one"},
        letter(2, "b@example.org")};
    signal(SIGPIPE, SIG_DFL);
    assert_true(mailer_offer(mailer, letters, 2));
    take(mailer, 2);
    assert_int_equal(got.outcome[0], MAILER_LOST);
    assert_int_equal(got.outcome[1], MAILER_UNTRIED);
    send_one(mailer, "b@example.org");
    assert_int_equal(got.outcome[0], MAILER_SENT);
    mailer_close(mailer);
    assert_int_equal(sink_end("CUT"), 1);
    free(bytes);
}

TEST(mailer_smtp__retries__when_the_relay_speaks_no_smtp)
{
    sink_start_with("", "noise", NULL);
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", 2);
    send_one(mailer, "b@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_string_not_equal(got.answer[0], "");
    mailer_close(mailer);
    assert_int_equal(sink_end("NOISE"), 1);
}

TEST(mailer_smtp__retries__after_421_in_the_middle)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    const struct mailer_letter letters[] = {letter(1, "421@example.org"), letter(2, "b@example.org")};
    assert_true(mailer_offer(mailer, letters, 2));
    take(mailer, 2);
    assert_int_equal(got.outcome[0], MAILER_LOST);
    assert_non_null(strstr(got.answer[0], "421 4.3.2 shutting down"));
    assert_int_equal(got.outcome[1], MAILER_UNTRIED);
    mailer_close(mailer);
    sink_end(NULL);
}

TEST(mailer_smtp__retries__when_the_sender_is_refused)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "refused@example.org", ANSWERS);
    send_one(mailer, "b@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_string_equal(got.answer[0], "550 5.1.8 sender not known");
    mailer_close(mailer);
    sink_end(NULL);
}

TEST(mailer_smtp__retries__when_the_relay_greets_with_a_refusal)
{
    sink_start("554 no service here today");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    send_one(mailer, "b@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_string_equal(got.answer[0], "554 no service here today");
    mailer_close(mailer);
    sink_end(NULL);
}

TEST(mailer_smtp__refuses__addresses_that_would_inject_or_are_not_ascii)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    char long_one[300];
    memset(long_one, 'a', sizeof long_one);
    memcpy(long_one + 280, "@example.org", sizeof "@example.org");
    const char *const wrong[] = {"a@example.org>\r\nRCPT TO:<b@example.org",
                                 "\xC3\xA9@example.org",
                                 "a b@example.org",
                                 "",
                                 "nobody",
                                 long_one};
    struct mailer_letter letters[7];
    for (int i = 0; i < 6; i++)
        letters[i] = letter(i, wrong[i]);
    letters[6] = letter(6, "a@example.org");
    assert_true(mailer_offer(mailer, letters, 7));
    take(mailer, 7);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(got.outcome[i], MAILER_FAILED);
        assert_string_equal(got.answer[i], "not an address that a letter can be sent to");
    }
    assert_int_equal(got.outcome[6], MAILER_SENT);
    mailer_close(mailer);
    assert_int_equal(sink_end("RCPT"), 1);
}

TEST(mailer_smtp__sends__fifty_letters_in_one_session)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "", ANSWERS);
    struct mailer_letter letters[MAILER_SLOT];
    for (int i = 0; i < MAILER_SLOT; i++)
        letters[i] = letter(i, "a@example.org");
    assert_true(mailer_offer(mailer, letters, MAILER_SLOT));
    take(mailer, MAILER_SLOT);
    for (int i = 0; i < MAILER_SLOT; i++)
        assert_int_equal(got.outcome[i], MAILER_SENT);
    mailer_close(mailer);
    assert_int_equal(sink_end("EHLO"), 1);
}

TEST(mailer_smtp__retries__when_nobody_listens)
{
    int nobody = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(nobody, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(nobody, (struct sockaddr *)&address, &size), 0);
    struct mailer *mailer = smtp_mailer(ntohs(address.sin_port), "jmb@example.org", 5);
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_non_null(strstr(got.answer[0], "Connection refused"));
    mailer_close(mailer);
    close(nobody);
}

/* Connects are taken by the kernel, and nobody ever says a word. */
static int mute_listen(int *port)
{
    int mute = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(mute, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(mute, 5), 0);
    assert_int_equal(getsockname(mute, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return mute;
}

TEST(mailer_smtp__gives_up__on_a_mute_relay_after_the_timeout)
{
    int port, mute = mute_listen(&port);
    struct mailer *mailer = smtp_mailer(port, "jmb@example.org", 1);
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_non_null(strstr(got.answer[0], "no answer came in time"));
    mailer_close(mailer);
    close(mute);
}

TEST(mailer_smtp__closes__within_the_timeout_though_the_relay_is_mute)
{
    int port, mute = mute_listen(&port);
    struct mailer *mailer = smtp_mailer(port, "jmb@example.org", 1);
    const struct mailer_letter one = letter(1, "a@example.org");
    assert_true(mailer_offer(mailer, &one, 1));
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    mailer_close(mailer);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec <= 3);
    close(mute);
}

/* Its queue is full, so connect() hangs, for which libesmtp has no timeout: the thread does, and nobody else.
 */
TEST(mailer_smtp__closes__though_the_relay_lets_nobody_connect)
{
    enum { MANY = 8 };
    int relay = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting[MANY];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(relay, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(relay, 0), 0);
    assert_int_equal(getsockname(relay, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < MANY; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(connect(waiting[i], (struct sockaddr *)&address, size), -1);
    }
    struct mailer *mailer = smtp_mailer(ntohs(address.sin_port), "jmb@example.org", 1);
    const struct mailer_letter one = letter(1, "a@example.org");
    struct timespec before, after;
    assert_true(mailer_offer(mailer, &one, 1));
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_false(mailer_is_free(mailer));
    mailer_take_results(mailer, keep, NULL);
    mailer_close(mailer);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec <= 4);
    for (int i = 0; i < MANY; i++)
        close(waiting[i]);
    close(relay);
}

TEST(mailer_smtp__closes__after_the_letter_under_way_and_begins_no_other)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    const struct mailer_letter letters[] = {letter(1, "mute@example.org"), letter(2, "b@example.org")};
    assert_true(mailer_offer(mailer, letters, 2));
    char line[100];
    do
        assert_non_null(fgets(line, sizeof line, sink.output));
    while (strncmp(line, "MUTE", 4) != 0);
    mailer_close(mailer);
    assert_int_equal(sink_end("DATA"), 0);
}

TEST(mailer_smtp__opens__only_with_a_relay_that_libesmtp_can_name)
{
    static const char *const wrong[] = {"", "::1", "[::1]", "relay example", "a\nb"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text error = {0};
        assert_null(mailer_open(
            &(struct mailer_options){.transport = MAILER_SMTP, .host = wrong[i], .port = 25, .timeout = 1},
            &error));
        assert_non_null(strstr(text_string(&error), "is no name or IPv4 address"));
        text_free(&error);
    }
}

/* ---- STARTTLS and AUTH ---- */

struct relay {
    enum mailer_starttls starttls;
    bool trusts;          /* the sink's certificate */
    const char *password; /* NULL: no AUTH */
};

static struct mailer *secure_mailer(const struct relay *relay, int timeout)
{
    struct text error = {0};
    char ca[60];
    snprintf(ca, sizeof ca, "%s/ca.pem", sink.folder);
    struct mailer *mailer = mailer_open(&(struct mailer_options){.transport = MAILER_SMTP,
                                                                 .host = "127.0.0.1",
                                                                 .port = sink.port,
                                                                 .timeout = timeout,
                                                                 .sender = "jmb@example.org",
                                                                 .starttls = relay->starttls,
                                                                 .ca_file = relay->trusts ? ca : NULL,
                                                                 .user = relay->password ? "jmb" : NULL,
                                                                 .password = relay->password},
                                        &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(mailer);
    return mailer;
}

/* TLS 1.2 and not newer: with 1.3 libesmtp can wait for an answer to what it has not sent (mailer_tls.c). */
TEST(mailer_smtp__starttls__encrypts_and_knows_the_relay)
{
    static const struct {
        const char *option;
        struct relay relay;
        enum mailer_outcome outcome;
        const char *answer, *seen; /* a part of it; what the sink saw */
    } table[] = {
        {"tls=IP:127.0.0.1",
         {MAILER_STARTTLS_REQUIRED, true, NULL},
         MAILER_SENT,
         "",
         "MAIL jmb@example.org TLSv1.2"},
        {"tls=IP:127.0.0.1",
         {MAILER_STARTTLS_OFFERED, false, NULL},
         MAILER_SENT,
         "",
         "MAIL jmb@example.org TLSv1.2"},
        {"tls=DNS:other.example",
         {MAILER_STARTTLS_OFFERED, false, NULL},
         MAILER_SENT,
         "",
         "MAIL jmb@example.org TLSv1.2"},
        {"tls=IP:127.0.0.1",
         {MAILER_STARTTLS_NONE, false, NULL},
         MAILER_SENT,
         "",
         "MAIL jmb@example.org plain"},
        {NULL, {MAILER_STARTTLS_OFFERED, false, NULL}, MAILER_SENT, "", "MAIL jmb@example.org plain"},
        {NULL, {MAILER_STARTTLS_REQUIRED, false, NULL}, MAILER_UNTRIED, "offers no STARTTLS", NULL},
        {"tls=IP:127.0.0.1",
         {MAILER_STARTTLS_REQUIRED, false, NULL},
         MAILER_UNTRIED,
         "certificate is not accepted",
         NULL},
        {"tls=DNS:other.example",
         {MAILER_STARTTLS_REQUIRED, true, NULL},
         MAILER_UNTRIED,
         "address mismatch",
         NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sink_start_with("", table[i].option, NULL);
        struct mailer *mailer = secure_mailer(&table[i].relay, NEVER_REACHED);
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        send_one(mailer, "a@example.org");
        clock_gettime(CLOCK_MONOTONIC, &after);
        if (got.outcome[0] != table[i].outcome || !strstr(got.answer[0], table[i].answer))
            fail_msg("case %zu: %d, %s", i, got.outcome[0], got.answer[0]);
        assert_true(after.tv_sec - before.tv_sec < 4); /* a refused certificate costs no waiting */
        mailer_close(mailer);
        int seen = sink_end(table[i].seen ? table[i].seen : "MAIL");
        if (seen != (table[i].seen != NULL))
            fail_msg("case %zu: the relay saw it %d times", i, seen);
    }
}

/* A day, as the log and the health page write it. */
static const char *day_from_now(int days, char *out, size_t size)
{
    time_t at = time(NULL) + (time_t)days * 86400;
    struct tm day;
    assert_non_null(gmtime_r(&at, &day));
    strftime(out, size, "%Y-%m-%dT", &day);
    return out;
}

TEST(mailer_smtp__starttls__says_what_is_wrong_with_a_certificate_and_since_when)
{
    static const struct {
        const char *name, *valid;
        int day; /* from now, that is told; 0: none */
        bool trusts;
        const char *words[4];
    } table[] = {
        {"tls=IP:127.0.0.1",
         "valid=-9:-2",
         -2,
         true,
         {"certificate has expired", "it expired on", "renew it"}},
        {"tls=IP:127.0.0.1", "valid=2:9", 2, true, {"not yet valid", "it is good from", "clocks"}},
        {"tls=DNS:mail.example",
         NULL,
         0,
         true,
         {"IP address mismatch", "it is for mail.example", "[mail] host"}},
        {"tls=IP:192.0.2.7", NULL, 0, true, {"IP address mismatch", "it is for 192.0.2.7", "[mail] host"}},
        {"tls=IP:127.0.0.1",
         NULL,
         0,
         false,
         {"local issuer certificate", "Authority of a test", "[mail] ca_file"}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char day[32] = "", day_after[32] = ""; /* another one when midnight is between */
        day_from_now(table[i].day, day, sizeof day);
        sink_start_with("", table[i].name, table[i].valid);
        struct mailer *mailer =
            secure_mailer(&(struct relay){MAILER_STARTTLS_REQUIRED, table[i].trusts, NULL}, NEVER_REACHED);
        send_one(mailer, "a@example.org");
        day_from_now(table[i].day, day_after, sizeof day_after);
        assert_int_equal(got.outcome[0], MAILER_UNTRIED);
        if (table[i].day && !strstr(got.answer[0], day) && !strstr(got.answer[0], day_after))
            fail_msg("case %zu says no %s: %s", i, day, got.answer[0]);
        for (size_t j = 0; table[i].words[j]; j++)
            if (!strstr(got.answer[0], table[i].words[j]))
                fail_msg("case %zu says no '%s': %s", i, table[i].words[j], got.answer[0]);
        mailer_close(mailer);
        assert_int_equal(sink_end("MAIL"), 0);
    }
}

/* A relay that signs for itself gets a new certificate, and whoever trusts it a new file: no restart is
 * needed for it. */
TEST(mailer_smtp__starttls__reads_whom_to_trust_anew_after_a_refusal)
{
    sink_start_with("", "tls=IP:127.0.0.1", NULL);
    char ca[60], command[400];
    snprintf(ca, sizeof ca, "%s/ca.pem", sink.folder);
    snprintf(command, sizeof command,
             "mv %s %s.good && openssl req -x509 -newkey ec -pkeyopt "
             "ec_paramgen_curve:prime256v1 -nodes -subj /CN=other -keyout %s.key -out %s 2>&1",
             ca, ca, ca, ca);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a folder of our own name
    struct mailer *mailer =
        secure_mailer(&(struct relay){MAILER_STARTTLS_REQUIRED, true, NULL}, NEVER_REACHED);
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_int_equal(unlink(ca), 0); /* not there for a while: what was trusted before still is */
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_non_null(strstr(got.answer[0], "certificate is not accepted"));
    snprintf(command, sizeof command, "mv %s.good %s", ca, ca);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    send_one(mailer, "a@example.org");
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_SENT);
    mailer_close(mailer);
    assert_int_equal(sink_end("MAIL jmb@example.org TLSv1.2"), 2);
}

/* libesmtp's own context would be used after it was freed. */
TEST(mailer_smtp__starttls__works_in_one_session_after_another)
{
    sink_start_with("", "tls=IP:127.0.0.1", NULL);
    struct mailer *mailer = secure_mailer(&(struct relay){MAILER_STARTTLS_REQUIRED, true, NULL}, ANSWERS);
    for (int i = 0; i < 4; i++) {
        send_one(mailer, i == 2 ? "drop@example.org" : "a@example.org");
        assert_int_equal(got.outcome[0], i == 2 ? MAILER_LOST : MAILER_SENT);
    }
    mailer_close(mailer);
    assert_int_equal(sink_end("MAIL jmb@example.org TLSv1.2"), 4);
}

TEST(mailer_smtp__starttls__a_relay_that_breaks_off_is_tried_again)
{
    sink_start_with("", "tls=IP:127.0.0.1", "badtls");
    struct mailer *mailer = secure_mailer(&(struct relay){MAILER_STARTTLS_OFFERED, false, NULL}, 2);
    send_one(mailer, "a@example.org");
    assert_int_equal(got.outcome[0], MAILER_UNTRIED);
    assert_string_not_equal(got.answer[0], "");
    mailer_close(mailer);
    assert_int_equal(sink_end("MAIL"), 0);
}

TEST(mailer_smtp__auth__signs_in_or_sends_nothing)
{
    static const struct {
        const char *option, *other;
        struct relay relay;
        enum mailer_outcome outcome;
        const char *answer;
    } table[] = {
        {"tls=IP:127.0.0.1", "auth", {MAILER_STARTTLS_REQUIRED, true, "a secret"}, MAILER_SENT, ""},
        {"auth", NULL, {MAILER_STARTTLS_NONE, false, "a secret"}, MAILER_SENT, ""},
        {"tls=IP:127.0.0.1", "auth", {MAILER_STARTTLS_REQUIRED, true, "wrong"}, MAILER_UNTRIED, "535"},
        {NULL, NULL, {MAILER_STARTTLS_NONE, false, "a secret"}, MAILER_UNTRIED, "offers no AUTH"},
        {"noauth", NULL, {MAILER_STARTTLS_NONE, false, "a secret"}, MAILER_UNTRIED, "offers no AUTH"},
        {"noauth", NULL, {MAILER_STARTTLS_NONE, false, NULL}, MAILER_UNTRIED, "530 5.7.0"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sink_start_with("", table[i].option, table[i].other);
        struct mailer *mailer = secure_mailer(&table[i].relay, ANSWERS);
        send_one(mailer, "a@example.org");
        if (got.outcome[0] != table[i].outcome || !strstr(got.answer[0], table[i].answer))
            fail_msg("case %zu: %d, %s", i, got.outcome[0], got.answer[0]);
        mailer_close(mailer);
        assert_int_equal(sink_end("DATA"), table[i].outcome == MAILER_SENT);
    }
}

TEST(mailer_smtp__opens__only_with_certificates_that_can_be_read)
{
    struct text error = {0};
    assert_null(mailer_open(&(struct mailer_options){.transport = MAILER_SMTP,
                                                     .host = "127.0.0.1",
                                                     .port = 25,
                                                     .timeout = 1,
                                                     .ca_file = "tests/component/smtp_sink.py"},
                            &error));
    assert_non_null(strstr(text_string(&error), "smtp_sink.py: there are no certificates in it"));
    text_free(&error);
}

/* The relay may have taken it: the same letter goes again. */
TEST(mailer_smtp__retries__a_letter_that_the_relay_never_answers)
{
    sink_start("");
    struct mailer *mailer = smtp_mailer(sink.port, "jmb@example.org", ANSWERS);
    const struct mailer_letter letters[] = {letter(1, "mute@example.org"), letter(2, "b@example.org")};
    assert_true(mailer_offer(mailer, letters, 2));
    take(mailer, 2);
    assert_int_equal(got.outcome[0], MAILER_LOST);
    assert_int_equal(got.outcome[1], MAILER_UNTRIED);
    mailer_close(mailer);
    assert_int_equal(sink_end("MUTE"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailer_smtp__sends__the_message_byte_for_byte),
        cmocka_unit_test(mailer_smtp__reads__what_became_of_each_letter_of_one_session),
        cmocka_unit_test(mailer_smtp__retries__a_letter_whose_answer_was_lost_and_those_behind_it),
        cmocka_unit_test(mailer_smtp__retries__a_letter_that_the_relay_cuts_off),
        cmocka_unit_test(mailer_smtp__retries__when_the_relay_speaks_no_smtp),
        cmocka_unit_test(mailer_smtp__retries__after_421_in_the_middle),
        cmocka_unit_test(mailer_smtp__retries__when_the_sender_is_refused),
        cmocka_unit_test(mailer_smtp__retries__when_the_relay_greets_with_a_refusal),
        cmocka_unit_test(mailer_smtp__refuses__addresses_that_would_inject_or_are_not_ascii),
        cmocka_unit_test(mailer_smtp__sends__fifty_letters_in_one_session),
        cmocka_unit_test(mailer_smtp__retries__when_nobody_listens),
        cmocka_unit_test(mailer_smtp__gives_up__on_a_mute_relay_after_the_timeout),
        cmocka_unit_test(mailer_smtp__closes__within_the_timeout_though_the_relay_is_mute),
        cmocka_unit_test(mailer_smtp__closes__though_the_relay_lets_nobody_connect),
        cmocka_unit_test(mailer_smtp__closes__after_the_letter_under_way_and_begins_no_other),
        cmocka_unit_test(mailer_smtp__opens__only_with_a_relay_that_libesmtp_can_name),
        cmocka_unit_test(mailer_smtp__starttls__encrypts_and_knows_the_relay),
        cmocka_unit_test(mailer_smtp__starttls__says_what_is_wrong_with_a_certificate_and_since_when),
        cmocka_unit_test(mailer_smtp__starttls__reads_whom_to_trust_anew_after_a_refusal),
        cmocka_unit_test(mailer_smtp__starttls__works_in_one_session_after_another),
        cmocka_unit_test(mailer_smtp__starttls__a_relay_that_breaks_off_is_tried_again),
        cmocka_unit_test(mailer_smtp__auth__signs_in_or_sends_nothing),
        cmocka_unit_test(mailer_smtp__opens__only_with_certificates_that_can_be_read),
        cmocka_unit_test(mailer_smtp__retries__a_letter_that_the_relay_never_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
