/* What the server does with bytes, time and turns, whatever the page. */
#include "tests/http/house.h"

#include "http/server.h"

/* The status of a raw request. */
static int status_of(struct house *house, const char *request)
{
    char *answer = house_ask(house, request);
    int status = strncmp(answer, "HTTP/1.", 7) == 0 ? atoi(answer + 9) : 0;
    free(answer);
    return status;
}

TEST(server__get__every_page_has_the_headers_that_protect_it)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    assert_int_equal(browser_get(&nobody, "/sign-in"), 200);
    assert_has(nobody.answer, "Content-Security-Policy: default-src 'none'; style-src 'self'");
    assert_has(nobody.answer, "frame-ancestors 'none'");
    assert_has(nobody.answer, "X-Content-Type-Options: nosniff");
    assert_has(nobody.answer, "Referrer-Policy: same-origin");
    assert_has(nobody.answer, "Cache-Control: no-store");
    assert_has(nobody.body, "<html lang=\"en\">");
    browser_free(&nobody);
    house_close(house);
}

TEST(server__redirect__has_the_headers_that_protect_it_too)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    assert_int_equal(browser_get(&nobody, "/"), 303);
    assert_has(nobody.answer, "Location: ");
    assert_has(nobody.answer, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
    assert_has(nobody.answer, "X-Content-Type-Options: nosniff");
    assert_has(nobody.answer, "Referrer-Policy: same-origin");
    assert_has(nobody.answer, "Cache-Control: no-store");
    browser_free(&nobody);
    house_close(house);
}

TEST(server__get__speaks_the_language_of_the_browser)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house, .extra = "Accept-Language: de, fr-CA;q=0.8, en;q=0.5\r\n"};
    assert_int_equal(browser_get(&nobody, "/sign-in"), 200);
    assert_has(nobody.body, "<html lang=\"fr\">");
    assert_has(nobody.body, "Se connecter");
    browser_free(&nobody);
    house_close(house);
}

TEST(server__head__is_get_without_the_body)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    browser_get(&nobody, "/sign-in");
    char length[64];
    snprintf(length, sizeof length, "Content-Length: %zu", strlen(nobody.body));
    assert_int_equal(browser_ask(&nobody, "HEAD", "/sign-in", NULL), 200);
    assert_has(nobody.answer, length);
    assert_string_equal(nobody.body, "");
    browser_free(&nobody);
    house_close(house);
}

TEST(server__methods__others_are_refused_with_allow)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    assert_int_equal(browser_ask(&nobody, "PUT", "/sign-in", ""), 405);
    assert_has(nobody.answer, "Allow: GET, HEAD, POST");
    assert_has(nobody.body, ">Go to my meetings</a>");
    assert_int_equal(browser_ask(&nobody, "DELETE", "/about/health", NULL), 405);
    assert_has(nobody.answer, "Allow: GET, HEAD\r\n");
    assert_int_equal(browser_post(&nobody, "/about/health", "a=b"), 405);
    browser_free(&nobody);
    house_close(house);
}

TEST(server__not_found__says_what_to_do)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    static const char *const paths[] = {"/nothing", "/meetings/", "//",     "/j",
                                        "/j/",      "/static/x",  "/about", "/%2e%2e/etc"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(browser_get(&nobody, paths[i]), 404);
        assert_has(nobody.body, "Go to my meetings");
    }
    browser_free(&nobody);
    house_close(house);
}

TEST(server__head__what_a_smuggler_sends_twice_is_refused)
{
    struct house *house = house_open();
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        {"GET /about/health HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
        {"GET /about/health HTTP/1.0\r\n\r\n", 200},
        {"GET /about/health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 200},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nhost: a\r\nConnection: close\r\n\r\n", 400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\nConnection: "
         "close\r\n\r\na=b",
         400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
         "chunked\r\nConnection: close\r\n\r\n"
         "3\r\na=b\r\n0\r\n\r\n",
         400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: "
         "close\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
         411},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\nConnection: close\r\n\r\na=b", 400},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\nConnection: "
         "close\r\n\r\n0\r\n\r\n",
         400},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nX Y: z\r\nConnection: close\r\n\r\n", 400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
         415},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", 415},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 1048577\r\nConnection: close\r\n\r\n",
         413},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 99999999999999999999\r\nConnection: close\r\n\r\n",
         413},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 3, 3\r\nConnection: close\r\n\r\na=b",
         400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: -3\r\nConnection: close\r\n\r\na=b",
         400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 0x3\r\nConnection: close\r\n\r\na=b",
         400},
        {"POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
         "Connection: close\r\n\r\n0\r\n\r\n",
         400},
        {"GET /about/health?a=%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400},
        {"GET /about/health%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400},
        {"GET /about/health%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400},
        {"GET /about/%ff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400},
        {"GET about/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400},
        {"GET http://jmb.test/about/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
        {"GET /about/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = status_of(house, cases[i].request);
        if (status != cases[i].status)
            fail_msg("%d instead of %d for: %s", status, cases[i].status, cases[i].request);
    }
    house_close(house);
}

TEST(server__form__too_many_fields_or_bad_codes_are_refused)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    struct text many = {0};
    for (int i = 0; i < 257; i++)
        text_addf(&many, "f%d=1&", i);
    assert_int_equal(browser_post(&nobody, "/sign-in", text_string(&many)), 400);
    assert_int_equal(browser_post(&nobody, "/sign-in", "mail=%00"), 400);
    assert_int_equal(browser_post(&nobody, "/sign-in", "mail=%ff"), 400);
    text_free(&many);
    browser_free(&nobody);
    house_close(house);
}

/* People see these too, who pasted a book or cut a link: a page, in their language, that says what to do. */
TEST(server__refused__what_a_browser_can_send__is_a_page)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house, .extra = "Accept-Language: fr\r\n"};
    struct text many = {0};
    text_add(&many, "mail=");
    while (many.size < 1024 * 1024 + 10)
        text_add(&many, "aaaaaaaaaaaaaaaa");
    assert_int_equal(browser_post(&nobody, "/sign-in", text_string(&many)), 413);
    assert_has(nobody.answer, "Content-Type: text/html");
    assert_has(nobody.answer, "Content-Security-Policy: ");
    assert_has(nobody.answer, "Connection: close");
    assert_has(nobody.body, "<h1>C’est trop à la fois</h1>");
    assert_int_equal(browser_get(&nobody, "/meetings/%ff"), 400);
    assert_has(nobody.answer, "Content-Type: text/html");
    assert_has(nobody.body, "<h1>Cette adresse est illisible</h1>");
    assert_has(nobody.body, "Voir mes réunions");
    assert_int_equal(browser_post(&nobody, "/sign-in", "mail=%ff"), 400);
    assert_has(nobody.body, "<h1>Ce formulaire est illisible</h1>");
    text_free(&many);
    browser_free(&nobody);
    house_close(house);
}

TEST(server__head__one_longer_than_the_limit_is_refused)
{
    struct house *house = house_open();
    struct text request = {0};
    text_add(&request, "GET /about/health HTTP/1.1\r\nHost: a\r\nX: ");
    for (int i = 0; i < 40000; i++)
        text_add_char(&request, 'x');
    text_add(&request, "\r\nConnection: close\r\n\r\n");
    int status = status_of(house, text_string(&request));
    assert_true(status == 431 || status == 413);
    text_free(&request);
    house_close(house);
}

/* Turns until the connection ends; what came. */
static void end_of(struct house *house, int fd, struct text *answer)
{
    house_talk(house, fd, answer);
    close(fd);
}

TEST(server__slow__a_request_not_complete_after_30_seconds_is_shut_down)
{
    struct house *house = house_open();
    struct text answer = {0};
    int fd = house_connect(house);
    const char *drip = "POST /sign-in HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 29; i++) { /* a byte a second: never idle */
        assert_int_equal(send(fd, drip + i, 1, MSG_NOSIGNAL), 1);
        house_turn(house, fd);
        house->now_ms += 1000;
    }
    assert_true(house_read(fd, &answer));
    house->now_ms += 1500;
    end_of(house, fd, &answer);
    assert_null(strstr(text_string(&answer), "200"));
    text_free(&answer);
    house_close(house);
}

TEST(server__slow__a_body_not_complete_after_30_seconds_is_shut_down)
{
    struct house *house = house_open();
    struct text answer = {0};
    int fd = house_connect(house);
    house_send(fd, "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                   "Content-Length: 100\r\n\r\nmail=");
    for (int i = 0; i < 29; i++) {
        house_send(fd, "x");
        house_turn(house, fd);
        house->now_ms += 1000;
    }
    assert_true(house_read(fd, &answer));
    house->now_ms += 1500;
    end_of(house, fd, &answer);
    assert_string_equal(text_string(&answer), "");
    text_free(&answer);
    house_close(house);
}

/* The first address of a static file with that ending, in the page shown. */
static const char *static_path(const struct browser *browser, const char *end)
{
    static char path[128];
    const char *at = strstr(browser->body, end);
    assert_non_null(at);
    while (at > browser->body && at[-1] != '"')
        at--;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "\""), at);
    return path;
}

/* Somebody with little room who asks on and on, and takes nothing of what comes. */
static int connect_deaf(struct house *house, const char *path)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(house->http))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 4096;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    struct text request = {0};
    for (int i = 0; i < 500; i++)
        text_addf(&request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    assert_true(send(fd, request.data, request.size, MSG_NOSIGNAL | MSG_DONTWAIT) > 0);
    text_free(&request);
    return fd;
}

/* Has the server something to do at once? */
static bool is_busy(struct house *house)
{
    struct pollfd fd = {http_fd(house->http), POLLIN, 0};
    return http_timeout(house->http) == 0 || poll(&fd, 1, 0) > 0;
}

TEST(server__slow__readers_hold_up_nobody_and_are_shut_down)
{
    enum { DEAF = 20 };
    struct house *house = house_open();
    struct browser other = {.house = house};
    struct text answer = {0};
    int deaf[DEAF];
    browser_get(&other, "/sign-in");
    char path[100];
    snprintf(path, sizeof path, "%s", static_path(&other, ".css\""));
    for (int i = 0; i < DEAF; i++)
        deaf[i] = connect_deaf(house, path);
    for (int turns = 0; is_busy(house); turns++) {
        assert_true(turns < 20000); /* all that the kernel takes for them is on its way */
        house_turn(house, -1);
        if (turns % 100 == 0)
            assert_int_equal(browser_get(&other, "/sign-in"), 200);
    }
    house->now_ms += 119000;
    assert_int_equal(browser_get(&other, "/sign-in"), 200);
    assert_non_null(house->http->connections);
    house->now_ms += 2000;
    for (int i = 0; i < 20 && house->http->connections; i++)
        house_turn(house, -1);
    assert_null(house->http->connections);
    for (int i = 0; i < DEAF; i++) {
        text_clear(&answer);
        while (house_read(deaf[i], &answer))
            ;
        assert_has(text_string(&answer), "HTTP/1.1 200 OK"); /* something came, and not all of it */
        assert_true(answer.size < 500 * 10000);
        close(deaf[i]);
    }
    text_free(&answer);
    browser_free(&other);
    house_close(house);
}

TEST(server__keep_alive__a_second_request_has_its_own_time)
{
    struct house *house = house_open();
    struct text answer = {0};
    int fd = house_connect(house);
    for (int i = 0; i < 3; i++) {
        house_send(fd, "GET /about/health HTTP/1.1\r\nHost: a\r\n\r\n");
        text_clear(&answer);
        for (int turns = 0; turns < 50 && !strstr(text_string(&answer), "ok\n"); turns++) {
            house_turn(house, fd);
            assert_true(house_read(fd, &answer));
        }
        assert_has(text_string(&answer), "ok\n");
        house->now_ms += 25000;
    }
    close(fd);
    text_free(&answer);
    house_close(house);
}

/* A request for a sign-in letter, which writes. */
static void send_ask_letter(int fd)
{
    house_send(fd, "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                   "Content-Length: 19\r\nConnection: close\r\n\r\nmail=anna@univ.test");
}

static int ask_letter(struct house *house)
{
    int fd = house_connect(house);
    send_ask_letter(fd);
    for (int i = 0; i < 20 && !store_is_dirty(house->store); i++)
        house_turn(house, fd);
    assert_true(store_is_dirty(house->store));
    return fd;
}

TEST(server__write__the_reply_waits_for_commit_and_release)
{
    struct house *house = house_open();
    struct text answer = {0};
    house->held = true;
    int fd = ask_letter(house);
    house_turn(house, fd);
    assert_true(house_read(fd, &answer));
    assert_string_equal(text_string(&answer), "");
    house_commit(house);
    house_turn(house, fd);
    assert_true(house_read(fd, &answer));
    assert_string_equal(text_string(&answer), "");
    http_release(house->http, house->turn - 1);
    house_turn(house, fd);
    assert_true(house_read(fd, &answer));
    assert_string_equal(text_string(&answer), "");
    http_release(house->http, house->turn);
    end_of(house, fd, &answer);
    assert_has(text_string(&answer), "HTTP/1.1 200");
    text_free(&answer);
    house_close(house);
}

TEST(server__write__a_waiting_reply_is_not_late)
{
    struct house *house = house_open();
    struct text answer = {0};
    house->held = true;
    int fd = ask_letter(house);
    house->now_ms += (int64_t)3600 * 1000;
    house_turn(house, fd);
    house_commit(house);
    http_release(house->http, house->turn);
    end_of(house, fd, &answer);
    assert_has(text_string(&answer), "HTTP/1.1 200");
    text_free(&answer);
    house_close(house);
}

TEST(server__write__a_failed_commit_says_that_nothing_was_stored)
{
    struct house *house = house_open();
    struct text answer = {0};
    house->held = true;
    int fd = ask_letter(house);
    http_committed(house->http, false, ++house->turn);
    end_of(house, fd, &answer);
    assert_has(text_string(&answer), "HTTP/1.1 503");
    assert_has(text_string(&answer), "Nothing was stored");
    assert_has(text_string(&answer), "<input type=\"hidden\" name=\"mail\" value=\"anna@univ.test\">");
    assert_has_not(text_string(&answer), "Set-Cookie");
    text_free(&answer);
    house_close(house);
}

TEST(server__write__a_turn_that_failed_leaves_the_ones_before_true)
{
    struct house *house = house_open();
    struct text first = {0}, second = {0};
    house->held = true;
    int one = ask_letter(house);
    house_commit(house);
    int two = ask_letter(house);
    http_committed(house->http, false, ++house->turn);
    end_of(house, two, &second);
    http_release(house->http, house->turn);
    end_of(house, one, &first);
    assert_has(text_string(&first), "HTTP/1.1 200");
    assert_has(text_string(&second), "HTTP/1.1 503");
    text_free(&first);
    text_free(&second);
    house_close(house);
}

TEST(server__write__those_that_come_meanwhile_are_stored_with_it)
{
    struct house *house = house_open();
    struct text first = {0}, second = {0};
    int one = house_connect(house);
    house_turn(house, -1); /* MHD has this one already, and meets the other after it */
    send_ask_letter(one);
    int two = house_connect(house);
    send_ask_letter(two);
    house_turn(house, -1);
    house->held = true; /* no other commit */
    end_of(house, one, &first);
    end_of(house, two, &second);
    assert_has(text_string(&first), "HTTP/1.1 200");
    assert_has(text_string(&second), "HTTP/1.1 200");
    text_free(&first);
    text_free(&second);
    house_close(house);
}

/* Sends a GET whose answer is short; the connection stays open. */
static int send_health(struct house *house)
{
    int fd = house_connect(house);
    house_turn(house, -1); /* MHD has the connection */
    house_send(fd, "GET /about/health HTTP/1.1\r\nHost: a\r\n\r\n");
    return fd;
}

/* That answer is there, without another turn; nothing more is awaited of the connection. */
static void assert_health(int fd)
{
    struct text answer = {0};
    assert_true(house_read(fd, &answer));
    assert_has(text_string(&answer), "ok\n");
    text_free(&answer);
    close(fd);
}

TEST(server__turn__has_the_replies_to_all_that_came_in_it)
{
    enum { CLIENTS = 5 };
    struct house *house = house_open();
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = send_health(house);
    house_turn(house, -1);
    for (int i = 0; i < CLIENTS; i++)
        assert_health(fds[i]);
    house_close(house);
}

/* One that MHD meets while it has another in hand: each would wake a client of the same process. */
TEST(server__turn__has_those_that_come_meanwhile_too)
{
    struct house *house = house_open();
    int fds[2] = {send_health(house), house_connect(house)};
    house_send(fds[1], "GET /about/health HTTP/1.1\r\nHost: a\r\n\r\n");
    house_turn(house, -1);
    assert_health(fds[0]);
    assert_health(fds[1]);
    house_close(house);
}

TEST(server__write__who_only_reads_does_not_wait_with_it)
{
    struct house *house = house_open();
    struct text written = {0};
    house->held = true;
    int reader = send_health(house);
    int writer = ask_letter(house);
    house_turn(house, -1);
    assert_health(reader);
    assert_true(house_read(writer, &written));
    assert_string_equal(text_string(&written), "");
    close(writer);
    text_free(&written);
    house_close(house);
}

TEST(server__write__waiting_for_the_release_is_no_work)
{
    struct house *house = house_open();
    house->held = true;
    int fd = ask_letter(house);
    house_commit(house);
    for (int turns = 0; is_busy(house); turns++) {
        assert_true(turns < 10);
        house_turn(house, -1);
    }
    close(fd);
    house_close(house);
}

/* Whoever goes away while the reply waits: before the commit, or after it. */
static void go_away(bool committed)
{
    struct house *house = house_open();
    house->held = true;
    int fd = ask_letter(house);
    if (committed) {
        house_commit(house);
        house_turn(house, -1);
    }
    close(fd);
    house_turn(house, -1);
    if (!committed)
        house_commit(house);
    http_release(house->http, house->turn);
    for (int turns = 0; turns < 20 && house->http->connections; turns++)
        house_turn(house, -1);
    assert_null(house->http->connections);
    assert_null(house->http->waiting);
    house->held = false;
    char *answer = house_ask(house, "GET /about/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_has(answer, "ok\n");
    free(answer);
    house_close(house);
}

TEST(server__write__whoever_goes_away_meanwhile_is_forgotten)
{
    go_away(false);
    go_away(true);
}

TEST(server__close__whoever_waits_gets_503)
{
    struct house *house = house_open();
    struct text answer = {0};
    house->held = true;
    int fd = ask_letter(house);
    http_close(house->http);
    house->http = NULL;
    house_read(fd, &answer);
    close(fd);
    assert_has(text_string(&answer), "HTTP/1.1 503");
    text_free(&answer);
    house_close(house);
}

TEST(server__path__the_sites_own_path_may_come_along_or_not)
{
    struct house *house = house_open_at("https://meet.test/booking");
    struct browser nobody = {.house = house};
    assert_int_equal(browser_get(&nobody, "/booking/sign-in"), 200);
    assert_has(nobody.body, "action=\"/booking/sign-in\"");
    assert_int_equal(browser_get(&nobody, "/sign-in"), 200);
    assert_int_equal(browser_get(&nobody, "/booking"), 303);
    assert_string_equal(browser_location(&nobody), "/booking/sign-in");
    assert_int_equal(browser_get(&nobody, "/bookings/sign-in"), 404);
    assert_int_equal(browser_post(&nobody, "/booking/sign-in", "mail=anna@univ.test"), 200);
    assert_has(nobody.answer, "Path=/booking; Max-Age=900; HttpOnly; SameSite=Lax; Secure");
    browser_free(&nobody);
    house_close(house);
}

TEST(server__static__files_have_the_address_of_their_content)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    browser_get(&nobody, "/sign-in");
    assert_int_equal(browser_get(&nobody, static_path(&nobody, ".css\"")), 200);
    assert_has(nobody.answer, "Content-Type: text/css; charset=utf-8");
    assert_has(nobody.answer, "max-age=31536000, immutable");
    assert_has(nobody.body, ":root");
    assert_true(strlen(nobody.body) < 20 * 1024);
    assert_int_equal(browser_get(&nobody, "/static/0123456789abcdef/jmb.css"), 200);
    assert_has(nobody.answer, "Cache-Control: no-cache");
    assert_int_equal(browser_get(&nobody, "/static/0123456789abcdef/head.html"), 404);
    browser_get(&nobody, "/sign-in");
    assert_int_equal(browser_get(&nobody, static_path(&nobody, ".js\"")), 200);
    assert_has(nobody.answer, "Content-Type: text/javascript; charset=utf-8");
    assert_has(nobody.answer, "max-age=31536000, immutable");
    assert_has(nobody.body, "\"use strict\";\n(() => {\n");
    assert_true(strlen(nobody.body) < 15 * 1024);
    browser_free(&nobody);
    house_close(house);
}

TEST(server__brand__colour_footer_help_and_logo_of_the_site)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    static const struct {
        const char *colour, *text;
    } colours[] = {{"#1d5fa8", "#fff"}, {"#ffcc00", "#000"}, {"#777777", "#000"}, {"#000000", "#fff"}};
    char wanted[96], path[64];
    snprintf(path, sizeof path, "/tmp/jmb-logo-%d.svg", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("<svg xmlns='http://www.w3.org/2000/svg'/>", file);
    fclose(file);
    browser_get(&nobody, "/sign-in");
    assert_has_not(nobody.body, "brand.css");
    assert_has_not(nobody.body, "logo.svg");
    house->site.footer = "University <of> Test";
    house->site.help = "https://help.test/";
    house->site.logo = path;
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        http_close(house->http);
        house->site.colour = colours[i].colour;
        house_open_http(house);
        browser_get(&nobody, "/sign-in");
        assert_has(nobody.body, "<p>University &lt;of&gt; Test</p>");
        assert_has(nobody.body, "href=\"https://help.test/\"");
        assert_int_equal(browser_get(&nobody, static_path(&nobody, "brand.css\"")), 200);
        snprintf(wanted, sizeof wanted, "--accent: %s; --on-accent: %s;", colours[i].colour, colours[i].text);
        assert_has(nobody.body, wanted);
    }
    browser_get(&nobody, "/sign-in");
    assert_int_equal(browser_get(&nobody, static_path(&nobody, "logo.svg\"")), 200);
    assert_has(nobody.answer, "Content-Type: image/svg+xml");
    unlink(path);
    browser_free(&nobody);
    house_close(house);
}

TEST(server__open__says_what_is_wrong_with_an_address)
{
    struct house *house = house_open();
    struct text error = {0};
    struct http_options options = house->options;
    static const char *const wrong[] = {"localhost:80",    "127.0.0.1", "127.0.0.1:x",
                                        "127.0.0.1:99999", "[::1]",     ""};
    options.admin_socket = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.listen = wrong[i];
        assert_null(http_open(&options, &error));
        assert_has(text_string(&error), "cannot listen on");
        text_clear(&error);
    }
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", http_port(house->http));
    options.listen = taken;
    assert_null(http_open(&options, &error));
    assert_has(text_string(&error), "Address already in use");
    text_free(&error);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server__refused__what_a_browser_can_send__is_a_page),
        cmocka_unit_test(server__get__every_page_has_the_headers_that_protect_it),
        cmocka_unit_test(server__redirect__has_the_headers_that_protect_it_too),
        cmocka_unit_test(server__get__speaks_the_language_of_the_browser),
        cmocka_unit_test(server__head__is_get_without_the_body),
        cmocka_unit_test(server__methods__others_are_refused_with_allow),
        cmocka_unit_test(server__not_found__says_what_to_do),
        cmocka_unit_test(server__head__what_a_smuggler_sends_twice_is_refused),
        cmocka_unit_test(server__form__too_many_fields_or_bad_codes_are_refused),
        cmocka_unit_test(server__head__one_longer_than_the_limit_is_refused),
        cmocka_unit_test(server__slow__a_request_not_complete_after_30_seconds_is_shut_down),
        cmocka_unit_test(server__slow__a_body_not_complete_after_30_seconds_is_shut_down),
        cmocka_unit_test(server__slow__readers_hold_up_nobody_and_are_shut_down),
        cmocka_unit_test(server__keep_alive__a_second_request_has_its_own_time),
        cmocka_unit_test(server__write__the_reply_waits_for_commit_and_release),
        cmocka_unit_test(server__write__a_waiting_reply_is_not_late),
        cmocka_unit_test(server__write__a_failed_commit_says_that_nothing_was_stored),
        cmocka_unit_test(server__write__a_turn_that_failed_leaves_the_ones_before_true),
        cmocka_unit_test(server__write__those_that_come_meanwhile_are_stored_with_it),
        cmocka_unit_test(server__turn__has_the_replies_to_all_that_came_in_it),
        cmocka_unit_test(server__turn__has_those_that_come_meanwhile_too),
        cmocka_unit_test(server__write__who_only_reads_does_not_wait_with_it),
        cmocka_unit_test(server__write__waiting_for_the_release_is_no_work),
        cmocka_unit_test(server__write__whoever_goes_away_meanwhile_is_forgotten),
        cmocka_unit_test(server__close__whoever_waits_gets_503),
        cmocka_unit_test(server__path__the_sites_own_path_may_come_along_or_not),
        cmocka_unit_test(server__static__files_have_the_address_of_their_content),
        cmocka_unit_test(server__brand__colour_footer_help_and_logo_of_the_site),
        cmocka_unit_test(server__open__says_what_is_wrong_with_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
