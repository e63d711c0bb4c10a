/* What the tests of http/ share: a server over a store in memory, with a clock that they move and turns that
 * they end; and a browser that speaks to it over a real socket, in the same thread. */
#ifndef TESTS_HTTP_HOUSE_H
#define TESTS_HTTP_HOUSE_H

#include "tests/test.h"

#include "http/http.h"
#include "proto/embed.h"
#include "sql/store_letters.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"
#include "sql/store_rooms.h"
#include "sql/store_sign_ins.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define NOON 1796040000 /* 2026-11-30T12:00:00Z, a Monday; 13:00 in Paris */

struct house {
    struct store *store;
    struct http *http;
    struct catalogues *catalogues;
    struct zones *zones;
    struct link_keys keys;
    struct site site;
    struct booking_limits limits;
    struct http_options options;
    struct clock clock;
    int64_t now_ms;
    uint64_t turn;
    bool held;  /* nobody commits or releases but the test */
    bool fails; /* commits fail */
    char admin[64];
};

/* A browser: one connection a request, with the two cookies. */
struct browser {
    struct house *house;
    char session[64], asker[64], known[64];
    const char *extra; /* lines of the request's head */
    /* of the last answer */
    int status;
    char *answer; /* head and body */
    char *body;
};

static int64_t house_now(void *context)
{
    return ((struct house *)context)->now_ms;
}

static int64_t UNUSED house_seconds(const struct house *house)
{
    return house->now_ms / 1000;
}

static void house_add_zone(struct zones *zones, const char *name)
{
    char path[256];
    unsigned char bytes[16384];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(zones_add(zones, name, bytes, size) >= 0);
}

static void house_add_catalogues(struct catalogues *catalogues)
{
    for (const struct embedded *file = catalogue_files; file->name; file++) {
        char language[16];
        snprintf(language, sizeof language, "%.*s", (int)strcspn(file->name, "."), file->name);
        catalogues_add(catalogues, language, file->data, (size_t)(file->end - file->data));
    }
}

static struct booking_limits house_limits(void)
{
    return (struct booking_limits){
        .length_least = 1800,
        .length_most = 28800,
        .length_step = 1800,
        .length_default = 5400,
        .moderators_most = 2,
        .guests_most = 50,
        .ahead_most = 366 * 86400,
        .past_most = 900,
        .options = {.opens_before = 900,
                    .guests_before = 300,
                    .grace = 600,
                    .at_end = AT_END_WARN,
                    .shared = true,
                    .room_reminders = {300, -1}},
    };
}

static void house_open_http(struct house *house)
{
    struct text error = {0};
    house->http = http_open(&house->options, &error);
    if (!house->http)
        fail_msg("%s", text_string(&error));
    text_free(&error);
}

/* Everything that a server needs, with its clock at Monday noon. `url` is the site's. */
static struct house UNUSED *house_open_at(const char *url)
{
    static const char *const domains[] = {"univ.test", NULL};
    struct house *house = calloc(1, sizeof *house);
    struct text error = {0};
    house->now_ms = (int64_t)NOON * 1000;
    house->clock = (struct clock){house_now, house};
    house->catalogues = catalogues_new();
    house_add_catalogues(house->catalogues);
    house->zones = zones_new();
    house_add_zone(house->zones, "Europe/Paris");
    house_add_zone(house->zones, "America/New_York");
    house->keys.count = 1;
    memset(house->keys.keys[0], 7, LINK_KEY_SIZE);
    house->site = (struct site){.name = "Meetings of the university",
                                .url = url,
                                .tz = "Europe/Paris",
                                .language = "en",
                                .contact = "help@univ.test"};
    house->limits = house_limits();
    house->store =
        store_open(&(struct store_options){.path = ":memory:", .keys = &house->keys, .create = true}, &error);
    if (!house->store)
        fail_msg("%s", text_string(&error));
    text_free(&error);
    snprintf(house->admin, sizeof house->admin, "/tmp/jmb-test-%d.sock", (int)getpid());
    house->options = (struct http_options){
        .listen = "127.0.0.1:0",
        .admin_socket = house->admin,
        .store = house->store,
        .clock = &house->clock,
        .catalogues = house->catalogues,
        .zones = house->zones,
        .keys = &house->keys,
        .site = &house->site,
        .local_domains = domains,
        .session_age = 8 * 3600,
        .rejoin = 60,
        .feed = {.past = 30 * 86400, .ahead = 366 * 86400, .alarms = true},
        .sign_in_age = 900,
        .sign_ins_per_person = 5,
        .sign_ins_per_browser = 10,
        .sign_ins_per_address = 60,
        .sign_ins_per_address_most = 600,
        .limits = &house->limits,
        .mail_domain = "univ.test",
        .jitsi_url = "https://meet.test/",
        .token_key = {"app", "jitsi", "meet.test", "secret-of-the-test", 18},
        .guest_tokens = true,
    };
    house_open_http(house);
    return house;
}

static struct house UNUSED *house_open(void)
{
    return house_open_at("http://jmb.test");
}

static void UNUSED house_close(struct house *house)
{
    http_close(house->http);
    store_close(house->store);
    catalogues_free(house->catalogues);
    zones_free(house->zones);
    free(house);
}

/* Ends the turn as the loop does. */
static void house_commit(struct house *house)
{
    int stored = house->fails ? -1 : store_commit(house->store);
    http_committed(house->http, stored >= 0, ++house->turn);
}

/* One turn of the loop, woken by the server's descriptor or `fd`. */
static void house_turn(struct house *house, int fd)
{
    struct pollfd fds[] = {{http_fd(house->http), POLLIN, 0}, {fd, POLLIN, 0}};
    int timeout = http_timeout(house->http);
    poll(fds, fd < 0 ? 1 : 2, timeout < 0 || timeout > 100 ? 100 : timeout);
    http_run(house->http);
    if (!house->held) {
        house_commit(house);
        http_release(house->http, house->turn);
    }
}

static int UNUSED house_connect(struct house *house)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(house->http))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

static int UNUSED house_connect_admin(struct house *house)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", house->admin);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

/* Reads what has come, without waiting. True while the connection is open. */
static bool house_read(int fd, struct text *answer)
{
    char bytes[16384];
    ssize_t size;
    while ((size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        text_add_bytes(answer, bytes, (size_t)size);
    return size < 0;
}

/* Turns until the other side closes. */
static void UNUSED house_talk(struct house *house, int fd, struct text *answer)
{
    for (int turns = 0; house_read(fd, answer); turns++) {
        if (turns > 300)
            fail_msg("no end of the answer: %s", text_string(answer));
        house_turn(house, fd);
    }
}

static void house_send(int fd, const char *bytes)
{
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* A raw request on a connection of its own; the whole answer, to be freed. */
static char UNUSED *house_ask(struct house *house, const char *request)
{
    struct text answer = {0};
    int fd = house_connect(house);
    house_send(fd, request);
    house_talk(house, fd, &answer);
    close(fd);
    return answer.data ? answer.data : strdup("");
}

static void browser_keep_cookie(const char *answer, const char *name, char keep[64])
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "Set-Cookie: %s=", name);
    const char *at = strstr(answer, wanted);
    if (at)
        snprintf(keep, 64, "%.*s", (int)strcspn(at + strlen(wanted), ";"), at + strlen(wanted));
}

/* Takes the answer over. */
static int browser_answered(struct browser *browser, char *answer)
{
    free(browser->answer);
    browser->answer = answer;
    browser->status = strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
    char *body = strstr(answer, "\r\n\r\n");
    browser->body = body ? body + 4 : answer + strlen(answer);
    browser_keep_cookie(answer, "jmb_session", browser->session);
    browser_keep_cookie(answer, "jmb_browser", browser->asker);
    browser_keep_cookie(answer, "jmb_known", browser->known);
    return browser->status;
}

static void browser_write(const struct browser *browser, struct text *request, const char *method,
                          const char *path, const char *form)
{
    text_addf(request, "%s %s HTTP/1.1\r\nHost: jmb.test\r\nConnection: close\r\n", method, path);
    text_addf(request, "Cookie: jmb_session=%s; jmb_browser=%s; jmb_known=%s\r\n", browser->session,
              browser->asker, browser->known);
    text_add(request, browser->extra ? browser->extra : "");
    if (form)
        text_addf(request, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                  strlen(form));
    text_addf(request, "\r\n%s", form ? form : "");
}

/* Asks and reads; the status. */
static int browser_ask(struct browser *browser, const char *method, const char *path, const char *form)
{
    struct text request = {0};
    browser_write(browser, &request, method, path, form);
    char *answer = house_ask(browser->house, text_string(&request));
    text_free(&request);
    return browser_answered(browser, answer);
}

static int UNUSED browser_get(struct browser *browser, const char *path)
{
    return browser_ask(browser, "GET", path, NULL);
}

/* The value of a hidden field of the page shown, "" for none. */
static const char UNUSED *browser_hidden(const struct browser *browser, const char *name)
{
    static char value[128];
    char wanted[64];
    snprintf(wanted, sizeof wanted, "name=\"%s\" value=\"", name);
    const char *at = strstr(browser->body, wanted);
    snprintf(value, sizeof value, "%.*s", at ? (int)strcspn(at + strlen(wanted), "\"") : 0,
             at ? at + strlen(wanted) : "");
    return value;
}

static int UNUSED browser_post(struct browser *browser, const char *path, const char *form)
{
    return browser_ask(browser, "POST", path, form);
}

/* The path of the last answer's Location. */
static const char UNUSED *browser_location(const struct browser *browser)
{
    static char location[2048];
    const char *at = strstr(browser->answer, "Location: ");
    snprintf(location, sizeof location, "%.*s", at ? (int)strcspn(at + 10, "\r") : 0, at ? at + 10 : "");
    return location;
}

static void UNUSED browser_free(struct browser *browser)
{
    free(browser->answer);
    *browser = (struct browser){.house = browser->house};
}

/* The token of the session's forms. */
static const char UNUSED *browser_csrf(const struct browser *browser)
{
    static char token[LINK_SIZE + 1];
    struct link_id id;
    assert_true(link_read(&browser->house->keys, LINK_SESSION, browser->session, &id));
    link_write(&browser->house->keys, LINK_CSRF, &id, token);
    return token;
}

/* Signs somebody in through the store, the short way. The person's id. */
/* NAME=PIECE as often as it is to be, into form. */
static void UNUSED form_repeat(struct text *form, const char *name, const char *piece, int times)
{
    text_addf(form, "%s%s=", form->size ? "&" : "", name);
    for (int i = 0; i < times; i++)
        text_add(form, piece);
}

static int64_t UNUSED browser_sign_in(struct browser *browser, const char *mail, const char *name)
{
    struct house *house = browser->house;
    struct link_id session = {{0}};
    struct person person = {.mail = mail, .name = name, .may_book = true};
    int64_t id;
    static unsigned char number;
    session.bytes[0] = ++number;
    assert_true(store_put_person(house->store, &person, house_seconds(house), &id) > 0);
    assert_true(store_open_session(house->store, &session, id, house_seconds(house),
                                   house_seconds(house) + 3600) > 0);
    assert_true(store_commit(house->store) >= 0);
    link_write(&house->keys, LINK_SESSION, &session, browser->session);
    return id;
}

/* A meeting from..to seconds from now: Anna Arnould (organiser), Michel (moderator), Gaëlle and Omar
 * (guests). Its ref. */
static const char UNUSED *house_book(struct house *house, const char *subject, int64_t from, int64_t to)
{
    static char ref[64];
    struct person person = {.mail = "anna@univ.test", .name = "Anna Arnould", .may_book = true};
    struct new_attendee people[] = {{"michel@univ.test", "Michel Martin", ROLE_MODERATOR},
                                    {"gaelle@elsewhere.test", "Gaëlle Guérin", ROLE_GUEST},
                                    {"omar@elsewhere.test", NULL, ROLE_GUEST}};
    struct arena arena = {0};
    struct booked booked;
    struct meeting meeting = {.subject = subject,
                              .description = "",
                              .starts_at = house_seconds(house) + from,
                              .ends_at = house_seconds(house) + to,
                              .tz = "Europe/Paris",
                              .language = "en",
                              .options = house->limits.options};
    assert_true(store_put_person(house->store, &person, house_seconds(house), &meeting.organiser) > 0);
    assert_true(store_book(house->store, &meeting, people, 3, "univ.test", NULL, house_seconds(house), &arena,
                           &booked) > 0);
    snprintf(ref, sizeof ref, "%s", booked.ref);
    arena_free(&arena);
    assert_true(store_commit(house->store) > 0);
    return ref;
}

struct house_search {
    const char *mail;
    struct link_id link;
    int64_t id, meeting;
};

static bool house_search_attendee(const struct attendee_row *row, void *context)
{
    struct house_search *search = context;
    if (strcmp(row->attendee.mail, search->mail) == 0) {
        search->link = row->attendee.link;
        search->id = row->attendee.id;
    }
    return true;
}

static struct house_search house_find(struct house *house, const char *ref, const char *mail)
{
    struct house_search search = {.mail = mail};
    struct arena arena = {0};
    struct meeting meeting;
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    search.meeting = meeting.id;
    store_list_attendees(house->store, meeting.id, house_search_attendee, &search);
    arena_free(&arena);
    return search;
}

/* The path of somebody's link: /j/LINK or /i/LINK. */
static const char UNUSED *house_link(struct house *house, enum link_purpose purpose, const char *ref,
                                     const char *mail)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct house_search search = house_find(house, ref, mail);
    assert_true(search.id != 0);
    link_write(&house->keys, purpose, &search.link, link);
    snprintf(path, sizeof path, "/%s/%s",
             purpose == LINK_JOIN   ? "j"
             : purpose == LINK_STOP ? "u"
                                    : "i",
             link);
    return path;
}

/* Somebody is seen in the meeting's room; the attendee by mail (NULL: nobody known, then `name` is what was
 * typed). The room opens with the first one. */
struct house_room {
    struct house *house;
    char address[128];
    const char *ref;
    const char *instance;
    int64_t *number; /* of the stream's newest event */
    int64_t first_number;
};

static void house_event(struct house_room *room, struct room_event event)
{
    struct house *house = room->house;
    event.number = ++*room->number;
    event.at_ms = house->now_ms;
    event.room = room->address;
    event.instance = room->instance;
    struct room_events events = {.boot = room->ref, .now_ms = house->now_ms, .count = 1, .events = &event};
    int64_t last;
    assert_true(store_apply_events(house->store, room->ref, &events, house->now_ms, &last) > 0);
    assert_true(store_commit(house->store) >= 0);
}

static void UNUSED house_open_room(struct house *house, struct house_room *room, const char *ref)
{
    struct arena arena = {0};
    struct meeting meeting;
    int64_t resume;
    *room = (struct house_room){.house = house, .ref = ref, .instance = "instance-1"};
    room->number = &room->first_number;
    assert_true(store_find_meeting(house->store, ref, &arena, &meeting) > 0);
    snprintf(room->address, sizeof room->address, "%s@conference.meet.test", meeting.room);
    arena_free(&arena);
    struct room_hello hello = {
        .boot = ref, .software = "prosody", .mode = "enforce", .now_ms = house->now_ms, .held = 0};
    assert_true(store_hello(house->store, ref, &hello, house->now_ms, &resume) >= 0);
    struct room_snapshot snapshot = {.events = {.boot = ref, .now_ms = house->now_ms}, .done = true};
    assert_true(store_apply_snapshot(house->store, ref, &snapshot, house->now_ms) >= 0);
    house_event(room, (struct room_event){.event = ROOM_OPENED, .room_kind = ROOM_MAIN});
}

static void UNUSED house_open_breakout(const struct house_room *main, struct house_room *room)
{
    *room = (struct house_room){
        .house = main->house, .ref = main->ref, .instance = "instance-2", .number = main->number};
    snprintf(room->address, sizeof room->address, "b1@breakout.meet.test");
    house_event(room,
                (struct room_event){.event = ROOM_OPENED, .room_kind = ROOM_BREAKOUT, .main = main->address});
}

static void UNUSED house_enter(struct house_room *room, const char *nick, const char *mail, const char *name)
{
    struct arena arena = {0};
    struct attendee attendee = {0};
    struct meeting meeting;
    char jid[64];
    snprintf(jid, sizeof jid, "%s@guest.meet.test/%s", nick, nick);
    if (mail) {
        struct house_search search = house_find(room->house, room->ref, mail);
        assert_true(store_get_attendee(room->house->store, search.id, &arena, &attendee, &meeting) > 0);
    }
    house_event(room, (struct room_event){.event = ROOM_JOINED,
                                          .nick = nick,
                                          .jid = jid,
                                          .user = attendee.ref,
                                          .user_name = attendee.name,
                                          .name = name,
                                          .moderator = mail && attendee.role != ROLE_GUEST});
    arena_free(&arena);
}

static void UNUSED house_leave(struct house_room *room, const char *nick)
{
    house_event(room, (struct room_event){.event = ROOM_LEFT, .nick = nick});
}

#define assert_has(text, part)                                                                               \
    do {                                                                                                     \
        if (!strstr(text, part))                                                                             \
            fail_msg("'%s' is missing in: %s", part, text);                                                  \
    } while (0)
#define assert_has_not(text, part)                                                                           \
    do {                                                                                                     \
        if (strstr(text, part))                                                                              \
            fail_msg("'%s' should not be in: %s", part, text);                                               \
    } while (0)

#endif
