/* A connection against a scripted server on loopback: the test is the server, in the same thread, and the
 * clock is its own. */
#include "component/xmpp.h"

#include "proto/rooms.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM                                                                                               \
    "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "                   \
    "xmlns='jabber:component:accept' id='s1' from='jmb.example'>"

/* The server, what it received since the last look, and what the callbacks were told. */
struct scene {
    int listener, peer, port;
    struct text got;
    int64_t now_ms;
    struct clock clock;
    struct xmpp *xmpp;
    int connected, disconnected, iqs, results, losses;
    char last[200]; /* name of the child of the last iq, or of the last result */
    bool understands;
};

static int64_t scene_ms(void *context)
{
    return ((struct scene *)context)->now_ms;
}

static void on_connected(void *context)
{
    ((struct scene *)context)->connected++;
}

static void on_disconnected(void *context)
{
    ((struct scene *)context)->disconnected++;
}

static bool on_iq(const struct xml *iq, void *context)
{
    struct scene *scene = context;
    scene->iqs++;
    snprintf(scene->last, sizeof scene->last, "%s", iq->child ? iq->child->name : "");
    if (scene->understands)
        xmpp_answer(scene->xmpp, xml_attribute(iq, "from"), xml_attribute(iq, "id"), "<done xmlns='urn:x'/>");
    return scene->understands;
}

static void on_result(const struct xml *iq, void *context)
{
    struct scene *scene = context;
    if (iq)
        scene->results++;
    else
        scene->losses++;
    snprintf(scene->last, sizeof scene->last, "%s", iq && iq->child ? iq->child->name : "");
}

static void listen_here(struct scene *scene)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(scene->listener >= 0);
    assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(scene->listener, 8), 0);
    assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &size), 0);
    scene->port = ntohs(address.sin_port);
}

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){.peer = -1, .now_ms = 1000000};
    scene->clock = (struct clock){scene_ms, scene};
    listen_here(scene);
}

static void open_xmpp(struct scene *scene)
{
    struct text error = {0};
    const struct xmpp_options options = {.name = "test",
                                         .host = "127.0.0.1",
                                         .port = scene->port,
                                         .domain = "jmb.example",
                                         .secret = "s3cret",
                                         .clock = &scene->clock,
                                         .context = scene,
                                         .connected = on_connected,
                                         .disconnected = on_disconnected,
                                         .iq = on_iq};
    scene->xmpp = xmpp_open(&options, &error);
    assert_non_null(scene->xmpp);
}

static void close_peer(struct scene *scene)
{
    if (scene->peer >= 0)
        close(scene->peer);
    scene->peer = -1;
}

static void close_scene(struct scene *scene)
{
    xmpp_close(scene->xmpp);
    close_peer(scene);
    if (scene->listener >= 0)
        close(scene->listener);
    text_free(&scene->got);
}

/* What both sides can do now. */
static void step(struct scene *scene)
{
    struct pollfd fds[] = {{.fd = xmpp_fd(scene->xmpp), .events = xmpp_poll_events(scene->xmpp)},
                           {.fd = scene->listener, .events = POLLIN},
                           {.fd = scene->peer, .events = POLLIN}};
    poll(fds, 3, 5);
    xmpp_work(scene->xmpp);
    int peer = accept4(scene->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer >= 0) {
        close_peer(scene);
        scene->peer = peer;
    }
    char bytes[4096];
    ssize_t size;
    while (scene->peer >= 0 && (size = read(scene->peer, bytes, sizeof bytes)) > 0)
        text_add_bytes(&scene->got, bytes, (size_t)size);
}

/* Until the server got `words`. */
static void await_words(struct scene *scene, const char *words)
{
    for (int i = 0; i < 1000 && !strstr(text_string(&scene->got), words); i++)
        step(scene);
    if (!strstr(text_string(&scene->got), words))
        fail_msg("the server never got %s, but: %s", words, text_string(&scene->got));
}

static void await_state(struct scene *scene, enum xmpp_state state)
{
    for (int i = 0; i < 1000 && xmpp_state(scene->xmpp) != state; i++)
        step(scene);
    assert_int_equal(xmpp_state(scene->xmpp), state);
}

static void await_count(struct scene *scene, const int *count, int value)
{
    for (int i = 0; i < 1000 && *count < value; i++)
        step(scene);
    assert_int_equal(*count, value);
}

/* Says it; `got` is what comes after. */
static void say(struct scene *scene, const char *words)
{
    size_t size = strlen(words);
    text_clear(&scene->got);
    while (size) {
        ssize_t sent = send(scene->peer, words, size, MSG_NOSIGNAL);
        if (sent > 0) {
            words += sent;
            size -= (size_t)sent;
        }
        step(scene);
    }
}

static void shake_hands(struct scene *scene)
{
    await_words(scene, "<stream:stream");
    say(scene, STREAM);
    await_words(scene, "<handshake");
    say(scene, "<handshake/>");
    await_state(scene, XMPP_CONNECTED);
}

static void open_connected(struct scene *scene)
{
    open_scene(scene);
    open_xmpp(scene);
    shake_hands(scene);
    text_clear(&scene->got);
}

TEST(xmpp__open__connects_and_says_so_once)
{
    struct scene scene;
    open_connected(&scene);
    assert_int_equal(scene.connected, 1);
    assert_int_equal(scene.disconnected, 0);
    assert_string_equal(xmpp_last_error(scene.xmpp), "");
    close_scene(&scene);
    assert_int_equal(scene.disconnected, 1);
}

TEST(xmpp__open__handshake_is_the_hash_of_id_and_secret)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "to=\"jmb.example\"");
    say(&scene, STREAM);
    await_words(&scene, "<handshake");
    /* printf s1s3cret | sha1sum (XEP-0114 3) */
    await_words(&scene, "959fbb9c4ed23abd46ab356942367d4b7fc7a7c7");
    close_scene(&scene);
}

TEST(xmpp__open__nobody_listens)
{
    struct scene scene;
    open_scene(&scene);
    close(scene.listener);
    scene.listener = -1;
    open_xmpp(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "nobody listens at 127.0.0.1:"));
    assert_int_equal(scene.connected + scene.disconnected, 0);
    close_scene(&scene);
}

TEST(xmpp__open__wrong_secret_is_refused_and_tried_again_slowly)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "<stream:stream");
    say(&scene, STREAM);
    await_words(&scene, "<handshake");
    say(&scene, "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                "</stream:stream>");
    close_peer(&scene);
    await_state(&scene, XMPP_REFUSED);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "the secret is wrong"));
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "Component \"jmb.example\""));
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 60000);
    close_scene(&scene);
}

TEST(xmpp__open__unknown_host)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "<stream:stream");
    say(&scene, STREAM "<stream:error><host-unknown "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
    await_state(&scene, XMPP_REFUSED);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "has no Component \"jmb.example\""));
    close_scene(&scene);
}

TEST(xmpp__open__something_else_listens)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "<stream:stream");
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "is this Prosody's component port?"));
    close_scene(&scene);
}

TEST(xmpp__work__mute_server_is_given_up_after_15_s)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "<stream:stream");
    assert_true(xmpp_next_ms(scene.xmpp) <= scene.now_ms + 15000);
    scene.now_ms += 14999;
    step(&scene);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_CONNECTING);
    scene.now_ms += 1;
    step(&scene);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_WAITING);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "15 s"));
    close_scene(&scene);
}

TEST(xmpp__work__pauses_grow_to_a_minute_and_a_success_resets_them)
{
    struct scene scene;
    open_connected(&scene);
    static const int64_t pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        if (i)
            await_words(&scene, "<stream:stream");
        close_peer(&scene);
        await_state(&scene, XMPP_WAITING);
        assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + pauses[i] * 1000);
        text_clear(&scene.got);
        scene.now_ms += pauses[i] * 1000;
        step(&scene);
    }
    assert_int_equal(scene.disconnected, 1);
    shake_hands(&scene);
    assert_int_equal(scene.connected, 2);
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 1000);
    close_scene(&scene);
}

TEST(xmpp__work__taken_over_by_another__leaves_it_alone_for_a_minute)
{
    struct scene scene;
    open_connected(&scene);
    say(&scene, "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                "</stream:stream>");
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "another jmbd has connected as jmb.example"));
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 60000);
    assert_int_equal(scene.disconnected, 1);
    text_clear(&scene.got);
    scene.now_ms += 60000;
    step(&scene);
    shake_hands(&scene);
    assert_int_equal(scene.connected, 2);
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 1000);
    close_scene(&scene);
}

TEST(xmpp__open__place_is_taken__is_tried_again_soon)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    await_words(&scene, "<stream:stream");
    say(&scene, STREAM);
    await_words(&scene, "<handshake");
    say(&scene, "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                "</stream:stream>");
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "component_conflict_resolve = \"kick_old\""));
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 1000);
    close_scene(&scene);
}

TEST(xmpp__work__pings_every_30_s_and_an_answer_is_a_sign_of_life)
{
    struct scene scene;
    open_connected(&scene);
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 30000);
    scene.now_ms += 30000;
    await_words(&scene, "<ping xmlns='urn:xmpp:ping'/>");
    assert_non_null(
        strstr(text_string(&scene.got), "type='get' id='jmb1' to='jmb.example' from='jmb.example'"));
    say(&scene, "<iq type='error' id='jmb1' from='jmb.example' to='jmb.example'><error type='cancel'/></iq>");
    for (int i = 0; i < 200 && xmpp_next_ms(scene.xmpp) != scene.now_ms + 30000; i++)
        step(&scene);
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 30000);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_CONNECTED);
    close_scene(&scene);
}

TEST(xmpp__work__unanswered_ping_ends_a_dead_connection)
{
    struct scene scene;
    open_connected(&scene);
    scene.now_ms += 30000;
    await_words(&scene, "<ping");
    scene.now_ms += 20000;
    step(&scene);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_WAITING);
    assert_int_equal(scene.disconnected, 1);
    assert_non_null(strstr(xmpp_last_error(scene.xmpp), "ping"));
    close_scene(&scene);
}

TEST(xmpp__work__malformed_xml_leaves_a_zombie_that_the_ping_notices)
{
    struct scene scene;
    open_connected(&scene);
    say(&scene, "<iq type='get'><<<");
    for (int i = 0; i < 5; i++)
        step(&scene);
    scene.now_ms += 30000;
    for (int i = 0; i < 5; i++)
        step(&scene);
    scene.now_ms += 20000;
    for (int i = 0; i < 5 && xmpp_state(scene.xmpp) == XMPP_CONNECTED; i++)
        step(&scene);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_WAITING);
    assert_int_equal(scene.disconnected, 1);
    close_scene(&scene);
}

TEST(xmpp__work__a_clock_put_back_stops_nothing)
{
    struct scene scene;
    open_connected(&scene);
    scene.now_ms -= 500000;
    step(&scene);
    assert_int_equal(xmpp_next_ms(scene.xmpp), scene.now_ms + 30000);
    close_scene(&scene);
}

TEST(xmpp__send_iq__result_comes_to_whoever_asked)
{
    struct scene scene;
    open_connected(&scene);
    assert_true(xmpp_send_iq(scene.xmpp, "muc.example", "<q xmlns='urn:x'/>", on_result, &scene));
    await_words(&scene,
                "<iq type='set' id='jmb1' to='muc.example' from='jmb.example'><q xmlns='urn:x'/></iq>");
    say(&scene,
        "<iq type='result' id='jmb1' from='evil.example' to='jmb.example'><lie xmlns='urn:x'/></iq>"
        "<iq type='result' id='jmb7' from='muc.example' to='jmb.example'><other xmlns='urn:x'/></iq>"
        "<iq type='result' id='jmb1' from='muc.example' to='jmb.example'><truth xmlns='urn:x'/></iq>");
    await_count(&scene, &scene.results, 1);
    assert_string_equal(scene.last, "truth");
    say(&scene,
        "<iq type='result' id='jmb1' from='muc.example' to='jmb.example'><again xmlns='urn:x'/></iq>");
    for (int i = 0; i < 5; i++)
        step(&scene);
    assert_int_equal(scene.results, 1);
    close_scene(&scene);
    assert_int_equal(scene.losses, 0);
}

TEST(xmpp__send_iq__no_answer_within_30_s)
{
    struct scene scene;
    open_connected(&scene);
    assert_true(xmpp_send_iq(scene.xmpp, "muc.example", "<q xmlns='urn:x'/>", on_result, &scene));
    scene.now_ms += 29999;
    step(&scene);
    assert_int_equal(scene.losses, 0);
    scene.now_ms += 1;
    step(&scene);
    assert_int_equal(scene.losses, 1);
    assert_int_equal(xmpp_state(scene.xmpp), XMPP_CONNECTED);
    close_scene(&scene);
}

TEST(xmpp__send_iq__connection_lost_answers_with_null_before_disconnected)
{
    struct scene scene;
    open_connected(&scene);
    assert_true(xmpp_send_iq(scene.xmpp, "muc.example", "<q xmlns='urn:x'/>", on_result, &scene));
    await_words(&scene, "<q ");
    close_peer(&scene);
    await_state(&scene, XMPP_WAITING);
    assert_int_equal(scene.losses, 1);
    assert_false(xmpp_send_iq(scene.xmpp, "muc.example", "<q xmlns='urn:x'/>", on_result, &scene));
    close_scene(&scene);
    assert_int_equal(scene.losses, 1);
}

TEST(xmpp__send_iq__too_large_is_not_sent)
{
    struct scene scene;
    struct text large = {0};
    open_connected(&scene);
    text_add(&large, "<q xmlns='urn:x'>");
    for (int i = 0; i < ROOMS_STANZA_MAX; i++)
        text_add_char(&large, 'x');
    text_add(&large, "</q>");
    assert_false(xmpp_send_iq(scene.xmpp, "muc.example", large.data, on_result, &scene));
    text_free(&large);
    assert_true(xmpp_send_iq(scene.xmpp, "muc.example", "<small xmlns='urn:x'/>", NULL, NULL));
    await_words(&scene, "<small");
    assert_null(strstr(text_string(&scene.got), "xxxx"));
    close_scene(&scene);
}

TEST(xmpp__send_iq__forbidden_characters_are_cleaned)
{
    struct scene scene;
    open_connected(&scene);
    assert_true(xmpp_send_iq(scene.xmpp, "muc.example",
                             "<q xmlns='urn:x'>a\x01"
                             "b\xff"
                             "c\xc3\xa9\tz</q>",
                             NULL, NULL));
    await_words(&scene, "a?b?c\xc3\xa9\tz");
    close_scene(&scene);
}

TEST(xmpp__iq__good_citizen)
{
    struct scene scene;
    open_connected(&scene);
    say(&scene, "<iq type='get' id='d1' from='u@x' to='jmb.example'>"
                "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    await_words(&scene, "id='d1' to='u@x'");
    await_words(&scene, "category='component' type='generic' name='JMB'");
    say(&scene, "<iq type='get' id='d2' from='u@x' to='jmb.example'><query xmlns='jabber:iq:version'/></iq>");
    await_words(&scene, "<version>" JMB_VERSION "</version>");
    say(&scene, "<iq type='get' id='d3' from='u@x' to='jmb.example'><ping xmlns='urn:xmpp:ping'/></iq>");
    await_words(&scene, "<iq type='result' id='d3' to='u@x' from='jmb.example'></iq>");
    assert_int_equal(scene.iqs, 0);
    close_scene(&scene);
}

TEST(xmpp__iq__not_understood_is_service_unavailable)
{
    struct scene scene;
    open_connected(&scene);
    say(&scene, "<iq type='set' id='u1' from='u@x' to='jmb.example'><odd xmlns='urn:odd'/></iq>");
    await_words(&scene, "type='error' id='u1'");
    await_words(&scene, "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>");
    assert_int_equal(scene.iqs, 1);
    assert_string_equal(scene.last, "odd");
    scene.understands = true;
    say(&scene, "<iq type='set' id='u2' from='u@x' to='jmb.example'><even xmlns='urn:odd'/></iq>");
    await_words(&scene, "<iq type='result' id='u2' to='u@x' from='jmb.example'><done xmlns='urn:x'/></iq>");
    close_scene(&scene);
}

TEST(xmpp__iq__hostile_stanzas_harm_nobody)
{
    struct scene scene;
    struct text deep = {0};
    open_connected(&scene);
    say(&scene, "<message from='u@x'><body>hi</body></message><presence from='u@x'/>"
                "<iq from='u@x'/><iq type='set' from='u@x'/><iq type='set' id='' from='u@x'><a/></iq>"
                "<iq type='get' id='n1'/><iq type='dance' id='n2' from='u@x'><a/></iq>"
                "<iq type='result' id='jmb99999999999999999999' from='u@x'/><iq type='error' from='u@x'/>"
                "<iq type='set' id='q&apos;&lt;&amp;' from='u@x/&apos;&gt;'/>");
    await_words(&scene, "id='q&#39;&lt;&amp;'");
    text_add(&deep, "<iq type='set' id='deep' from='u@x'>");
    for (int i = 0; i < 10000; i++)
        text_add(&deep, "<a>");
    for (int i = 0; i < 10000; i++)
        text_add(&deep, "</a>");
    text_add(&deep, "</iq>");
    say(&scene, deep.data);
    await_words(&scene, "type='error' id='deep'");
    text_free(&deep);
    say(&scene, "<iq type='get' id='d3' from='u@x'><ping xmlns='urn:xmpp:ping'/></iq>");
    await_words(&scene, "type='result' id='d3'");
    close_scene(&scene);
}

TEST(xmpp__iq__attributes_text_and_namespaces_are_read)
{
    struct scene scene;
    open_connected(&scene);
    scene.understands = true;
    say(&scene, "<iq type='set' id='a1' from='muc.example'><events xmlns='urn:jmb:rooms:1' boot='x&amp;y'>"
                "<joined n='1'/>text</events></iq>");
    await_count(&scene, &scene.iqs, 1);
    assert_string_equal(scene.last, "events");
    close_scene(&scene);
}

TEST(xmpp__work__the_first_stanza_may_come_with_the_handshake)
{
    struct scene scene;
    open_scene(&scene);
    open_xmpp(&scene);
    scene.understands = true;
    await_words(&scene, "<stream:stream");
    say(&scene, STREAM);
    await_words(&scene, "<handshake");
    say(&scene, "<handshake/><iq type='set' id='first' from='muc.example'><hello xmlns='urn:x'/></iq>");
    await_words(&scene, "type='result' id='first'");
    assert_int_equal(scene.connected, 1);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xmpp__open__connects_and_says_so_once),
        cmocka_unit_test(xmpp__open__handshake_is_the_hash_of_id_and_secret),
        cmocka_unit_test(xmpp__open__nobody_listens),
        cmocka_unit_test(xmpp__open__wrong_secret_is_refused_and_tried_again_slowly),
        cmocka_unit_test(xmpp__open__unknown_host),
        cmocka_unit_test(xmpp__open__something_else_listens),
        cmocka_unit_test(xmpp__work__mute_server_is_given_up_after_15_s),
        cmocka_unit_test(xmpp__work__pauses_grow_to_a_minute_and_a_success_resets_them),
        cmocka_unit_test(xmpp__work__taken_over_by_another__leaves_it_alone_for_a_minute),
        cmocka_unit_test(xmpp__open__place_is_taken__is_tried_again_soon),
        cmocka_unit_test(xmpp__work__pings_every_30_s_and_an_answer_is_a_sign_of_life),
        cmocka_unit_test(xmpp__work__unanswered_ping_ends_a_dead_connection),
        cmocka_unit_test(xmpp__work__malformed_xml_leaves_a_zombie_that_the_ping_notices),
        cmocka_unit_test(xmpp__work__a_clock_put_back_stops_nothing),
        cmocka_unit_test(xmpp__send_iq__result_comes_to_whoever_asked),
        cmocka_unit_test(xmpp__send_iq__no_answer_within_30_s),
        cmocka_unit_test(xmpp__send_iq__connection_lost_answers_with_null_before_disconnected),
        cmocka_unit_test(xmpp__send_iq__too_large_is_not_sent),
        cmocka_unit_test(xmpp__send_iq__forbidden_characters_are_cleaned),
        cmocka_unit_test(xmpp__iq__good_citizen),
        cmocka_unit_test(xmpp__iq__not_understood_is_service_unavailable),
        cmocka_unit_test(xmpp__iq__hostile_stanzas_harm_nobody),
        cmocka_unit_test(xmpp__iq__attributes_text_and_namespaces_are_read),
        cmocka_unit_test(xmpp__work__the_first_stanza_may_come_with_the_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
