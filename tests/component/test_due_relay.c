/* Letters and the relay: one that is away, one that takes some and not others. */
#include "tests/component/due_world.h"
#include "tests/component/sink.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* What the health page says. */
static json_t *health(const struct world *w)
{
    json_t *page = json_object();
    due_add_health(page, w->due, w->now);
    json_t *mail = json_incref(json_object_get(page, "mail"));
    json_decref(page);
    return mail;
}

static int rendered(const struct world *w)
{
    json_t *mail = health(w);
    int count = (int)json_integer_value(json_object_get(mail, "letters_rendered"));
    json_decref(mail);
    return count;
}

static void assert_away(const struct world *w, int64_t since, const char *because)
{
    json_t *mail = health(w);
    assert_string_equal(json_string_value(json_object_get(mail, "relay")), since ? "away" : "there");
    if (since)
        assert_int_equal(json_integer_value(json_object_get(mail, "away_seconds")), w->now - since);
    if (!strstr(json_string_value(json_object_get(mail, "away_because")), because))
        fail_msg("%s", json_string_value(json_object_get(mail, "away_because")));
    json_decref(mail);
}

static struct world *world_open_relay(int port)
{
    struct world *w = world_open();
    world_stop(w);
    w->port = port;
    world_start(w, ":memory:");
    return w;
}

/* A meeting a day, booked now. */
static void book_days(struct world *w, int from, int days)
{
    for (int i = from; i < from + days; i++) {
        struct meeting meeting = fixture_meeting();
        meeting.starts_at += i * DAY, meeting.ends_at += i * DAY;
        const struct new_attendee guests[] = {{.mail = "bob@example.org", .role = ROLE_MODERATOR},
                                              {.mail = "chloe@example.net", .role = ROLE_GUEST}};
        fixture_book_with(&w->f, &meeting, guests, 2, w->now);
    }
}

/* Nobody listens there. */
static int port_of_nobody(int *held)
{
    *held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(*held, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(*held, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

/* 60 letters wait for a relay that is away: what was made when that was found out is all, and then one for
 * each look, with growing pauses. */
static void assert_held(struct world *w, const char *because)
{
    static const int pauses[] = {5, 15, 60, 120, 120};
    book_days(w, 0, 20);
    settle(w);
    int made = rendered(w);
    assert_true(made > 0 && made <= 2 * MAILER_SLOT);
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        assert_away(w, BOOKED, because);
        live_until(w, w->now + pauses[i] - 1);
        assert_int_equal(rendered(w), made);
        live_until(w, w->now + 1);
        assert_int_equal(rendered(w), ++made);
    }
    assert_int_equal(counts(w).letters_waiting, 60);
    assert_int_equal(counts(w).letters_failed, 0);
}

TEST(due__holds__the_queue_while_the_relay_refuses_connections)
{
    int held;
    struct world *w = world_open_relay(port_of_nobody(&held));
    assert_held(w, "Connection refused");
    world_close(w);
    close(held);
}

TEST(due__holds__the_queue_while_the_relay_hangs_up_after_its_greeting)
{
    sink_start_with("", "hangup", NULL);
    struct world *w = world_open_relay(sink.port);
    assert_held(w, "connection was lost");
    world_close(w);
    assert_int_equal(sink_end("HUNG UP"), 6); /* one for the queue each time */
}

TEST(due__holds__the_queue_while_the_relay_greets_with_421)
{
    sink_start("421 4.3.2 shutting down");
    struct world *w = world_open_relay(sink.port);
    assert_held(w, "421 4.3.2 shutting down");
    world_close(w);
    assert_int_equal(sink_end("REFUSED"), 6);
}

TEST(due__sends__all_that_was_held_when_one_letter_was_taken)
{
    struct world *w = world_open();
    book_days(w, 0, 20);
    assert_int_equal(rmdir(w->folder), 0);
    live_until(w, BOOKED + 200);
    assert_away(w, BOOKED, "No such file");
    assert_int_equal(counts(w).letters_waiting, 60);
    assert_int_equal(mkdir(w->folder, 0700), 0);
    live_until(w, BOOKED + 320);
    assert_int_equal(files(w->folder), 60);
    assert_int_equal(counts(w).letters_waiting, 0);
    assert_away(w, 0, "");
    world_close(w);
}

/* A letter that makes the relay hang up stands in nobody's way. */
TEST(due__passes__a_letter_under_which_the_connection_is_lost)
{
    sink_start("");
    struct world *w = world_open_relay(sink.port);
    struct meeting meeting = fixture_meeting();
    const struct new_attendee guests[] = {{.mail = "drop@example.org", .role = ROLE_GUEST},
                                          {.mail = "chloe@example.net", .role = ROLE_GUEST}};
    fixture_book_with(&w->f, &meeting, guests, 2, BOOKED);
    live_until(w, BOOKED + 10);
    assert_int_equal(counts(w).letters_waiting, 1);
    assert_away(w, 0, "");
    world_close(w);
    assert_int_equal(sink_end("DATA"), 2);
}

TEST(due__retries__a_letter_with_growing_pauses_and_gives_up_after_three_days)
{
    sink_start("");
    struct world *w = world_open_relay(sink.port);
    struct meeting meeting = fixture_meeting();
    meeting.starts_at += 10 * DAY, meeting.ends_at += 10 * DAY;
    const struct new_attendee guest = {.mail = "451@example.org", .role = ROLE_GUEST};
    fixture_book_with(&w->f, &meeting, &guest, 1, BOOKED);
    static const int pauses[] = {60, 300, 900, 3600, 3600};
    for (int i = 0; i < 5; i++) {
        settle(w);
        int64_t next = due_next(w->due, w->now);
        assert_int_equal(next - w->now, pauses[i]);
        w->now = next;
    }
    live_until(w, BOOKED + 3 * DAY - 7200);
    assert_int_equal(counts(w).letters_waiting, 1);
    assert_int_equal(counts(w).letters_failed, 0);
    live_until(w, BOOKED + 3 * DAY + 3600);
    assert_int_equal(counts(w).letters_failed, 1);
    assert_int_equal(counts(w).letters_waiting, 0);
    world_close(w);
    sink_end(NULL);
}

TEST(due__gives_up__letters_that_are_three_days_old_when_the_relay_is_away_for_long)
{
    struct world *w = world_open();
    book_days(w, 10, 2);
    assert_int_equal(rmdir(w->folder), 0);
    live_until(w, BOOKED + 60);
    w->now = BOOKED + 3 * DAY - 60;
    book_days(w, 20, 1);
    settle(w);
    assert_int_equal(counts(w).letters_failed, 0);
    live_until(w, BOOKED + 3 * DAY + 130);
    assert_int_equal(counts(w).letters_failed, 6);
    assert_int_equal(counts(w).letters_waiting, 3);
    assert_int_equal(mkdir(w->folder, 0700), 0);
    live_until(w, BOOKED + 3 * DAY + 300);
    assert_int_equal(files(w->folder), 3);
    world_close(w);
}

/* The letters of a week ago have their time from when jmbd looks for the relay again. */
TEST(due__gives_up__nothing_when_it_was_itself_away)
{
    struct world *w = world_open();
    book_days(w, 10, 2);
    assert_int_equal(rmdir(w->folder), 0);
    w->now = BOOKED + 4 * DAY;
    live_until(w, w->now + 600);
    assert_int_equal(counts(w).letters_failed, 0);
    assert_int_equal(mkdir(w->folder, 0700), 0);
    live_until(w, w->now + 120);
    assert_int_equal(files(w->folder), 6);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due__holds__the_queue_while_the_relay_refuses_connections),
        cmocka_unit_test(due__holds__the_queue_while_the_relay_hangs_up_after_its_greeting),
        cmocka_unit_test(due__holds__the_queue_while_the_relay_greets_with_421),
        cmocka_unit_test(due__sends__all_that_was_held_when_one_letter_was_taken),
        cmocka_unit_test(due__passes__a_letter_under_which_the_connection_is_lost),
        cmocka_unit_test(due__retries__a_letter_with_growing_pauses_and_gives_up_after_three_days),
        cmocka_unit_test(due__gives_up__letters_that_are_three_days_old_when_the_relay_is_away_for_long),
        cmocka_unit_test(due__gives_up__nothing_when_it_was_itself_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
