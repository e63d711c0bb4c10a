/* The reply socket: a message each connection, answered by what became of the turn; and its bounds. */
#include "component/inbox.h"
#include "sql/store_replies.h"
#include "tests/component/fixture.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BOUND = 16, SENDER_MS = 10000 }; /* connections at once; for a whole message */

struct box {
    struct fixture f;
    struct clock clock;
    int64_t now_ms;
    char folder[40], path[60];
    struct inbox *inbox;
    const char *uid;
};

static int64_t box_now(void *context)
{
    return ((struct box *)context)->now_ms;
}

static void box_open(struct box *box)
{
    struct text error = {0};
    struct meeting meeting = fixture_meeting();
    *box = (struct box){.now_ms = BOOKED * INT64_C(1000) + 60000, .folder = "/tmp/jmb-inbox-XXXXXX"};
    box->clock = (struct clock){box_now, box};
    assert_non_null(mkdtemp(box->folder));
    snprintf(box->path, sizeof box->path, "%s/reply.sock", box->folder);
    fixture_open_as(&box->f, ":memory:", "answers@meet.example", NULL);
    fixture_book(&box->f, &meeting);
    assert_true(store_get_meeting(box->f.store, box->f.booked.id, &box->f.arena, &meeting) > 0);
    box->uid = meeting.uid;
    static const char *const senders[] = {"noreply@cloud.example", "other@cloud.example", NULL};
    box->inbox = inbox_open(&(struct inbox_options){.path = box->path,
                                                    .calendar_senders = senders,
                                                    .keys = &box->f.keys,
                                                    .reply_address = "answers@meet.example",
                                                    .store = box->f.store,
                                                    .clock = &box->clock},
                            &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(box->inbox);
}

static void box_close(struct box *box)
{
    inbox_close(box->inbox);
    assert_int_equal(access(box->path, F_OK), -1);
    assert_int_equal(rmdir(box->folder), 0);
    fixture_close(&box->f);
}

static int call(const struct box *box)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, box->path, strlen(box->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

/* A turn of the loop; `stored`: its commit worked. */
static void turn(struct box *box, bool stored)
{
    inbox_run(box->inbox);
    if (stored)
        assert_true(store_commit(box->f.store) >= 0);
    inbox_committed(box->inbox, stored);
}

/* Writes all of it while the inbox reads; false: the inbox hung up before the end. */
static bool write_all(struct box *box, int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            return false;
        bytes += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
        turn(box, true);
    }
    return true;
}

/* What it is told by now; "" for nothing yet, "gone" when it was hung up on without a word. */
static const char *told(int fd)
{
    static char line[20];
    ssize_t got = recv(fd, line, sizeof line - 1, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN ? "" : "gone";
    line[got] = 0;
    return got ? line : "gone";
}

static const char *answer(struct box *box, const char *from, const char *attendee)
{
    return arena_printf(&box->f.arena,
                        "From: Bob <%s>\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n"
                        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:%s\r\nSEQUENCE:0\r\n"
                        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                        from, box->uid, attendee);
}

static void send_message(const struct box *box, int fd, const char *message)
{
    (void)box;
    size_t size = strlen(message);
    assert_int_equal(send(fd, message, size, MSG_NOSIGNAL), (ssize_t)size);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

/* A message comes, is taken and stored. */
static void take(struct box *box, const char *message)
{
    int fd = call(box);
    turn(box, true);
    send_message(box, fd, message);
    turn(box, true);
    assert_string_equal(told(fd), "ok\n");
    close(fd);
}

static bool find_bob(const struct attendee_row *row, void *context)
{
    if (strcmp(row->attendee.mail, "bob@example.org") == 0)
        *(enum partstat *)context = row->attendee.partstat;
    return true;
}

static enum partstat bob_said(struct box *box)
{
    enum partstat partstat = PARTSTAT_DECLINED;
    assert_true(store_list_attendees(box->f.store, box->f.booked.id, find_bob, &partstat) > 0);
    return partstat;
}

static bool take_forward(const struct letter *letter, void *context)
{
    struct text *words = context;
    if (letter->kind == LETTER_FORWARD)
        text_addf(words, "%s|%s|%s|%s|%s%s\n", letter->to, letter->forwarded.from, letter->forwarded.words,
                  letter->forwarded.said_by, partstat_word(letter->forwarded.said),
                  letter->forwarded.guessed ? "|guessed" : "");
    return true;
}

/* 'to|from|words|said by|said', and whether the meeting is guessed, of all that is handed on. */
static void assert_forwarded(struct box *box, const char *expected)
{
    struct text words = {0};
    assert_true(store_next_letters(box->f.store, box->now_ms / 1000, 100, take_forward, &words) >= 0);
    assert_string_equal(text_string(&words), expected);
    text_free(&words);
}

TEST(inbox__message__is_answered_when_it_is_stored)
{
    struct box box;
    box_open(&box);
    struct stat there;
    assert_int_equal(stat(box.path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0666); /* for the mail server's user */
    int fd = call(&box);
    turn(&box, true);
    send_message(&box, fd, answer(&box, "bob@example.org", "bob@example.org"));
    inbox_run(box.inbox);
    assert_string_equal(told(fd), "");
    assert_true(store_commit(box.f.store) > 0);
    inbox_committed(box.inbox, true);
    assert_string_equal(told(fd), "ok\n");
    assert_int_equal(bob_said(&box), PARTSTAT_ACCEPTED);
    assert_int_equal(inbox_timeout(box.inbox), -1);
    assert_forwarded(&box, "");
    close(fd);
    box_close(&box);
}

TEST(inbox__commit__that_fails__asks_the_mail_server_to_come_again)
{
    struct box box;
    box_open(&box);
    int fd = call(&box);
    turn(&box, true);
    send_message(&box, fd, answer(&box, "bob@example.org", "bob@example.org"));
    turn(&box, false);
    assert_string_equal(told(fd), "again\n");
    close(fd);
    box_close(&box);
}

TEST(inbox__message__that_is_too_long__is_not_taken)
{
    struct box box;
    box_open(&box);
    char *bytes = mem_alloc(INBOX_MESSAGE_MAX + 1);
    memset(bytes, 'a', INBOX_MESSAGE_MAX + 1);
    int longest = call(&box), longer = call(&box);
    turn(&box, true);
    assert_true(write_all(&box, longest, bytes, INBOX_MESSAGE_MAX));
    assert_int_equal(shutdown(longest, SHUT_WR), 0);
    turn(&box, true);
    assert_string_equal(told(longest), "ok\n");
    write_all(&box, longer, bytes, INBOX_MESSAGE_MAX + 1);
    turn(&box, true);
    assert_string_equal(told(longer), "again\n");
    close(longest), close(longer);
    free(bytes);
    box_close(&box);
}

TEST(inbox__sender__that_is_too_slow__is_sent_away)
{
    struct box box;
    box_open(&box);
    int fd = call(&box);
    turn(&box, true);
    assert_int_equal(send(fd, "From: ", 6, MSG_NOSIGNAL), 6);
    box.now_ms += SENDER_MS - 1;
    turn(&box, true);
    assert_string_equal(told(fd), "");
    assert_int_equal(inbox_timeout(box.inbox), 1);
    box.now_ms += 1;
    assert_int_equal(inbox_timeout(box.inbox), 0);
    turn(&box, true);
    assert_string_equal(told(fd), "again\n");
    assert_int_equal(inbox_timeout(box.inbox), -1);
    close(fd);
    box_close(&box);
}

/* Those beyond the bound wait in the socket's queue, and are taken as soon as there is room. */
TEST(inbox__senders__that_are_too_many__wait_for_their_turn)
{
    struct box box;
    int fds[BOUND + 2];
    box_open(&box);
    for (int i = 0; i < BOUND + 2; i++)
        fds[i] = call(&box);
    turn(&box, true);
    for (int i = 0; i < BOUND + 2; i++)
        send_message(&box, fds[i], "From: bob@example.org\r\n\r\nHello\r\n");
    struct pollfd wanted = {.fd = inbox_fd(box.inbox), .events = POLLIN};
    inbox_run(box.inbox);
    inbox_committed(box.inbox, true);
    for (int i = 0; i < BOUND + 2; i++)
        assert_string_equal(told(fds[i]), i < BOUND ? "ok\n" : "");
    assert_int_equal(poll(&wanted, 1, 0), 1); /* nobody has to call for those two */
    turn(&box, true);
    assert_string_equal(told(fds[BOUND]), "ok\n");
    assert_string_equal(told(fds[BOUND + 1]), "ok\n");
    for (int i = 0; i < BOUND + 2; i++)
        close(fds[i]);
    box_close(&box);
}

TEST(inbox__answer__that_counts_for_nobody__is_for_the_organiser_to_read)
{
    static const struct {
        const char *from, *attendee;
        const char *before; /* a field of the head */
        const char *forwarded;
    } answers[] = {
        {"mallory@example.org", "bob@example.org", "",
         "ada@example.org|Bob <mallory@example.org>||bob@example.org|accepted\n"},
        {"dan@example.org", "dan@example.org", "",
         "ada@example.org|Bob <dan@example.org>||dan@example.org|accepted\n"},
        {"room4@example.org", "room4@example.org", "Auto-Submitted: auto-replied\r\n", ""},
        {"answers@meet.example", "bob@example.org", "", ""}, /* a loop */
        /* a calendar server that nobody told us of, and one that answers for somebody else */
        {"noreply@strange.example", "bob@example.org",
         "Auto-Submitted: auto-generated\r\nReply-To: <bob@example.org>\r\n",
         "ada@example.org|Bob <noreply@strange.example>||bob@example.org|accepted\n"},
        {"noreply@cloud.example", "bob@example.org", "Reply-To: chloe@example.net\r\n",
         "ada@example.org|Bob <chloe@example.net>||bob@example.org|accepted\n"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct box box;
        box_open(&box);
        take(&box, arena_printf(&box.f.arena, "%s%s", answers[i].before,
                                answer(&box, answers[i].from, answers[i].attendee)));
        assert_int_equal(bob_said(&box), PARTSTAT_NEEDS_ACTION);
        assert_forwarded(&box, answers[i].forwarded);
        box_close(&box);
    }
}

TEST(inbox__answer__of_a_calendar_server__is_that_of_whom_it_names)
{
    struct box box;
    box_open(&box);
    take(&box, arena_printf(&box.f.arena,
                            "Auto-Submitted: auto-generated\r\nReply-To: \"B\" <BOB@example.org>\r\n%s",
                            answer(&box, "Other@Cloud.example", "bob@example.org")));
    assert_int_equal(bob_said(&box), PARTSTAT_ACCEPTED);
    assert_forwarded(&box, "");
    box_close(&box);
}

TEST(inbox__answer__that_is_encrypted_and_names_no_meeting__goes_to_who_invited_its_sender)
{
    static const struct {
        const char *from, *before, *forwarded;
    } messages[] = {
        {"bob@example.org", "", "ada@example.org|bob@example.org|...|(null)|needs-action|guessed\n"},
        {"bob@example.org", "Auto-Submitted: auto-replied\r\n", ""},
        {"mallory@example.org", "", ""}};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct box box;
        box_open(&box);
        take(&box, arena_printf(&box.f.arena,
                                "%sFrom: %s\r\nSubject: ...\r\nContent-Type: multipart/encrypted; "
                                "protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n"
                                "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--\r\n",
                                messages[i].before, messages[i].from));
        assert_forwarded(&box, messages[i].forwarded);
        box_close(&box);
    }
}

/* Whoever answers below the letter would give the organiser a link that is theirs alone. */
TEST(inbox__words__with_a_letter_quoted__give_no_link_away)
{
    struct box box;
    char link[LINK_SIZE + 1];
    const struct link_id id = {{1, 2, 3}};
    box_open(&box);
    link_write(&box.f.keys, LINK_JOIN, &id, link);
    take(&box,
         arena_printf(&box.f.arena,
                      "From: bob@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                      "\r\n> Join: https://meet.example/j/%s\r\n\r\nYes\r\n--b\r\n"
                      "Content-Type: text/calendar; method=COUNTER\r\n\r\nBEGIN:VCALENDAR\r\n"
                      "BEGIN:VEVENT\r\nUID:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n",
                      link, box.uid));
    assert_forwarded(
        &box,
        "ada@example.org|bob@example.org|> Join: https://meet.example/j/\u2026\n\nYes|(null)|needs-action\n");
    box_close(&box);
}

TEST(inbox__open__where_it_cannot_be__says_why)
{
    struct text error = {0};
    char path[200];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_null(inbox_open(&(struct inbox_options){.path = "/nowhere/reply.sock"}, &error));
    assert_string_equal(text_string(&error),
                        "[mail] reply_socket: cannot listen on unix:/nowhere/reply.sock: No such file or "
                        "directory; its folder is not there: that of the unit (RuntimeDirectory=jmb) is "
                        "/run/jmb, any other is yours to make");
    text_clear(&error);
    assert_null(inbox_open(&(struct inbox_options){.path = path}, &error));
    assert_non_null(strstr(text_string(&error), "the path is longer than 107 characters"));
    text_free(&error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inbox__message__is_answered_when_it_is_stored),
        cmocka_unit_test(inbox__commit__that_fails__asks_the_mail_server_to_come_again),
        cmocka_unit_test(inbox__message__that_is_too_long__is_not_taken),
        cmocka_unit_test(inbox__sender__that_is_too_slow__is_sent_away),
        cmocka_unit_test(inbox__senders__that_are_too_many__wait_for_their_turn),
        cmocka_unit_test(inbox__answer__that_counts_for_nobody__is_for_the_organiser_to_read),
        cmocka_unit_test(inbox__answer__of_a_calendar_server__is_that_of_whom_it_names),
        cmocka_unit_test(
            inbox__answer__that_is_encrypted_and_names_no_meeting__goes_to_who_invited_its_sender),
        cmocka_unit_test(inbox__words__with_a_letter_quoted__give_no_link_away),
        cmocka_unit_test(inbox__open__where_it_cannot_be__says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
