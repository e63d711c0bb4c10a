/* jmbctl against an admin socket that answers what each test says. */
#include "component/ctl.h"
#include "tests/test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

static char folder[100], path[150];
static const char *reply;
static char request[2000];
static int listener;

static int socket_open(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/jmb-ctl-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/admin.sock", folder);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5);
}

static int socket_close(void **state)
{
    (void)state;
    close(listener);
    unlink(path);
    return rmdir(folder);
}

/* Takes one request (up to the end of its body) and answers with `reply`. */
static void *answer(void *none)
{
    int fd = accept(listener, NULL, NULL);
    size_t size = 0;
    char *end, *length;
    do {
        ssize_t got = recv(fd, request + size, sizeof request - 1 - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
        request[size] = 0;
        end = strstr(request, "\r\n\r\n");
        length = strstr(request, "Content-Length: ");
    } while (!end || (length && size < (size_t)(end + 4 - request) + strtoul(length + 16, NULL, 10)));
    ssize_t sent = send(fd, reply, strlen(reply), MSG_NOSIGNAL);
    close(fd);
    return sent < 0 ? (void *)"send" : none;
}

static char *said, *complained;

/* Runs jmbctl with these words behind its name. */
static int run(const char *const *words)
{
    char *argv[10] = {"jmbctl"};
    int argc = 1;
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    size_t out_size, err_size;
    free(said), free(complained);
    FILE *out = open_memstream(&said, &out_size), *err = open_memstream(&complained, &err_size);
    int status = ctl_run(argc, argv, out, err);
    fclose(out), fclose(err);
    return status;
}

static int run_answered(const char *with, const char *const *words)
{
    pthread_t thread;
    void *failed;
    reply = with;
    request[0] = 0;
    assert_int_equal(pthread_create(&thread, NULL, answer, NULL), 0);
    int status = run(words);
    pthread_join(thread, &failed);
    assert_null(failed);
    return status;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(jmbctl__sign_in__prints_the_link)
{
    assert_int_equal(run_answered("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
                                  "{\"link\": \"https://meet.example/sign-in/abc\"}",
                                  WORDS("-s", path, "sign-in", "ada@example.org")),
                     EX_OK);
    assert_string_equal(said, "https://meet.example/sign-in/abc\n");
    assert_string_equal(complained, "");
    assert_ptr_equal(strstr(request, "POST /sign-in HTTP/1.0\r\n"), request);
    assert_non_null(strstr(request, "\r\n\r\n{\"mail\":\"ada@example.org\"}"));
}

TEST(jmbctl__sign_in__passes_on_why_it_was_refused)
{
    assert_int_equal(run_answered("HTTP/1.1 422 Unprocessable Content\r\n\r\n{\"error\": \"mail: not a mail "
                                  "address\"}",
                                  WORDS("-s", path, "sign-in", "ada")),
                     1);
    assert_string_equal(said, "");
    assert_string_equal(complained, "jmbctl: mail: not a mail address\n");
    assert_int_equal(run_answered("HTTP/1.1 503 Away\r\n\r\n", WORDS("-s", path, "sign-in", "ada@a.example")),
                     1);
    assert_string_equal(complained, "jmbctl: jmbd answered with status 503 and gave no reason\n");
}

TEST(jmbctl__sign_in__keeps_hostile_words_inside_the_json)
{
    assert_int_equal(run_answered("HTTP/1.1 422 No\r\n\r\n{\"error\": \"no\"}",
                                  WORDS("-s", path, "sign-in", "a\"b\r\nX: y@example.org")),
                     1);
    assert_non_null(strstr(request, "{\"mail\":\"a\\\"b\\r\\nX: y@example.org\"}"));
    assert_int_equal(run(WORDS("-s", path, "sign-in", "\xff@example.org")), EX_USAGE);
}

TEST(jmbctl__say_and_end__need_a_room_and_pass_on_why_not)
{
    assert_int_equal(run(WORDS("-s", path, "say", "standup")), EX_USAGE);
    assert_string_equal(complained, "usage: jmbctl say ROOM TEXT\n");
    assert_int_equal(run(WORDS("-s", path, "end")), EX_USAGE);
    assert_string_equal(complained, "usage: jmbctl end ROOM [REASON]\n");
    assert_int_equal(run_answered("HTTP/1.1 422 No\r\n\r\n{\"error\": \"room: not the name\"}",
                                  WORDS("-s", path, "say", "@", "at", "noon \"today\"")),
                     1);
    assert_string_equal(complained, "jmbctl: room: not the name\n");
    assert_ptr_equal(strstr(request, "POST /say HTTP/1.0\r\n"), request);
    assert_non_null(strstr(request, "{\"room\":\"@\",\"text\":\"at noon \\\"today\\\"\"}"));
    assert_int_equal(
        run_answered("HTTP/1.1 503 No\r\n\r\n{\"error\": \"broken\"}", WORDS("-s", path, "end", "standup")),
        1);
    assert_ptr_equal(strstr(request, "POST /end HTTP/1.0\r\n"), request);
}

TEST(jmbctl__health__prints_json)
{
    assert_int_equal(run_answered("HTTP/1.1 200 OK\r\n\r\n{\"version\":\"1\",\"letters_waiting\":3}",
                                  WORDS("-s", path, "health")),
                     EX_OK);
    assert_string_equal(said, "{\n  \"letters_waiting\": 3,\n  \"version\": \"1\"\n}\n");
    assert_ptr_equal(strstr(request, "GET /about/health HTTP/1.0\r\n"), request);
}

TEST(jmbctl__health__that_is_not_good_is_printed_and_said)
{
    assert_int_equal(run_answered("HTTP/1.1 503 No\r\n\r\n{\"error\":\"the disk is full\",\"storing\":false}",
                                  WORDS("-s", path, "health")),
                     1);
    assert_string_equal(said, "{\n  \"error\": \"the disk is full\",\n  \"storing\": false\n}\n");
    assert_string_equal(complained, "jmbctl: the disk is full\n");
}

TEST(jmbctl__help__of_each_command)
{
    static const char *const commands[] = {"health", "sign-in", "say", "end", "reply"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        assert_int_equal(run(WORDS("-s", "/nowhere", commands[i], "--help")), EX_OK);
        assert_non_null(strstr(said, "usage: jmbctl "));
        assert_non_null(strstr(said, commands[i]));
        assert_string_equal(complained, "");
    }
    assert_int_equal(run(WORDS("people", "import", "--help")), EX_OK);
    assert_non_null(strstr(said, "--may-book"));
    assert_int_equal(run(WORDS("lists", "import", "-h")), EX_OK);
    assert_null(strstr(said, "--may-book"));
    assert_non_null(strstr(said, "--prune"));
}

TEST(jmbctl__says__that_jmbd_is_away)
{
    assert_int_equal(run(WORDS("-s", "/nowhere/admin.sock", "health")), EX_UNAVAILABLE);
    assert_non_null(strstr(complained, "jmbd is not running"));
    close(listener); /* as after a kill: the file is there, nobody listens */
    assert_int_equal(run(WORDS("-s", path, "health")), EX_UNAVAILABLE);
    assert_non_null(strstr(complained, "nobody listens at"));
    char long_path[200];
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = 0;
    assert_int_equal(run(WORDS("-s", long_path, "health")), EX_USAGE);
}

TEST(jmbctl__says__that_something_else_answers)
{
    static const char *const wrong[] = {"", "220 mail.example ESMTP\r\n", "HTTP/1.1 20\r\n\r\n",
                                        "HTTP/1.1 200 OK\r\n\r\n<html>", "HTTP/1.1 200 OK\r\n\r\n{}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(run_answered(wrong[i], WORDS("-s", path, "sign-in", "a@b.example")), EX_PROTOCOL);
        assert_string_equal(said, "");
        assert_string_not_equal(complained, "");
    }
}

TEST(jmbctl__explains__what_it_can_do)
{
    static const struct {
        const char *words[5];
        const char *complaint;
    } wrong[] = {{{NULL}, "what is it to do?"},
                 {{"fly", NULL}, "no such command: fly"},
                 {{"-x", NULL}, "no such option: -x"},
                 {{"-s", NULL}, "-s needs the path"},
                 {{"sign-in", NULL}, "needs a MAIL"},
                 {{"sign-in", "a@b", "c@d", NULL}, "one word too many: c@d"},
                 {{"health", "now", NULL}, "one word too many: now"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(run(wrong[i].words), EX_USAGE);
        assert_non_null(strstr(complained, wrong[i].complaint));
        assert_non_null(strstr(complained, "usage: jmbctl"));
        assert_string_equal(said, "");
    }
    assert_int_equal(run(WORDS("--help")), EX_OK);
    assert_non_null(strstr(said, "sign-in MAIL"));
    assert_int_equal(run(WORDS("--version")), EX_OK);
}

static int words_free(void **state)
{
    (void)state;
    free(said), free(complained);
    return 0;
}

int main(void)
{
#define ANSWERED(name) cmocka_unit_test_setup_teardown(name, socket_open, socket_close)
    const struct CMUnitTest tests[] = {
        ANSWERED(jmbctl__sign_in__prints_the_link),
        ANSWERED(jmbctl__sign_in__passes_on_why_it_was_refused),
        ANSWERED(jmbctl__sign_in__keeps_hostile_words_inside_the_json),
        ANSWERED(jmbctl__say_and_end__need_a_room_and_pass_on_why_not),
        ANSWERED(jmbctl__health__prints_json),
        ANSWERED(jmbctl__health__that_is_not_good_is_printed_and_said),
        ANSWERED(jmbctl__help__of_each_command),
        ANSWERED(jmbctl__says__that_jmbd_is_away),
        ANSWERED(jmbctl__says__that_something_else_answers),
        cmocka_unit_test(jmbctl__explains__what_it_can_do),
    };
    return cmocka_run_group_tests(tests, NULL, words_free);
}
