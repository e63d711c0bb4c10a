/* Any bytes at the public door, over a real socket. So that they reach the pages, some bytes stand for what
 * only the server can make: 1 a join link, 2 an invitation link, 3 a session's cookie, 4 its form token, 5 a
 * meeting's ref, 6 a feed link, 7 the link that extends a meeting. */
#include "http/http.h"
#include "proto/embed.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"
#include "sql/store_sign_ins.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 8, NOON = 1796040000, TURNS_MAX = 64 };

static struct store *store;
static struct http *http;
static char words[WORDS][64];
static int64_t now_ms = (int64_t)NOON * 1000;
static uint64_t turn;

static int64_t tell_now(void *context)
{
    (void)context;
    return now_ms;
}

static bool take_guest(const struct attendee_row *row, void *context)
{
    *(struct link_id *)context = row->attendee.link;
    return true;
}

static bool take_organiser(const struct attendee_row *row, void *context)
{
    *(struct link_id *)context = row->attendee.link;
    return false; /* the first one */
}

static struct zones *add_zones(void)
{
    static unsigned char bytes[16384];
    struct zones *zones = zones_new();
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Paris", "rb");
    if (!file)
        abort();
    zones_add(zones, "Europe/Paris", bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
    return zones;
}

static struct catalogues *add_catalogues(void)
{
    struct catalogues *catalogues = catalogues_new();
    for (const struct embedded *file = catalogue_files; file->name; file++)
        catalogues_add(catalogues, "fr", file->data, (size_t)(file->end - file->data));
    return catalogues;
}

/* One person with one running meeting and one guest; the words that inputs can use. */
static void fill(const struct link_keys *keys, const struct meeting_options *options)
{
    struct person person = {.mail = "anna@univ.test", .name = "Anna", .may_book = true};
    struct new_attendee guest = {"omar@elsewhere.test", "Omar", ROLE_GUEST};
    struct link_id session = {{1}}, link = {{0}};
    struct arena arena = {0};
    struct booked booked;
    struct meeting meeting = {.subject = "Weekly",
                              .description = "",
                              .starts_at = NOON,
                              .ends_at = NOON + 3600,
                              .tz = "Europe/Paris",
                              .language = "fr",
                              .options = *options};
    store_put_person(store, &person, NOON, &meeting.organiser);
    store_open_session(store, &session, meeting.organiser, NOON, NOON + 86400);
    store_book(store, &meeting, &guest, 1, "univ.test", NULL, NOON, &arena, &booked);
    store_list_attendees(store, booked.id, take_guest, &link);
    link_write(keys, LINK_JOIN, &link, words[1]);
    link_write(keys, LINK_INVITATION, &link, words[2]);
    link_write(keys, LINK_SESSION, &session, words[3]);
    link_write(keys, LINK_CSRF, &session, words[4]);
    snprintf(words[5], sizeof words[5], "%s", booked.ref);
    store_get_person(store, meeting.organiser, &arena, &person);
    link_write(keys, LINK_FEED, &person.link, words[6]);
    store_list_attendees(store, booked.id, take_organiser, &link);
    link_write(keys, LINK_EXTEND, &link, words[7]);
    store_commit(store);
    arena_free(&arena);
}

static void set_up(void)
{
    static struct link_keys keys = {.count = 1};
    static struct site site = {
        .name = "Site", .url = "http://jmb.test", .tz = "Europe/Paris", .language = "en"};
    static struct clock clock = {tell_now, NULL};
    static struct booking_limits limits = {.length_least = 1800,
                                           .length_most = 28800,
                                           .length_step = 1800,
                                           .length_default = 5400,
                                           .moderators_most = 2,
                                           .guests_most = 50,
                                           .ahead_most = 366 * 86400,
                                           .past_most = 900,
                                           .options = {.room_reminders = {-1}}};
    static const char *const domains[] = {"univ.test", NULL};
    struct text error = {0};
    store = store_open(&(struct store_options){.path = ":memory:", .keys = &keys, .create = true}, &error);
    struct http_options options = {.listen = "127.0.0.1:0",
                                   .store = store,
                                   .clock = &clock,
                                   .catalogues = add_catalogues(),
                                   .zones = add_zones(),
                                   .keys = &keys,
                                   .site = &site,
                                   .local_domains = domains,
                                   .session_age = 3600,
                                   .sign_in_age = 900,
                                   .sign_ins_per_person = 5,
                                   .sign_ins_per_browser = 10,
                                   .sign_ins_per_address = 60,
                                   .sign_ins_per_address_most = 600,
                                   .limits = &limits,
                                   .mail_domain = "univ.test",
                                   .jitsi_url = "https://meet.test/",
                                   .token_key = {"app", "jitsi", "meet.test", "secret", 6},
                                   .guest_tokens = true};
    http = store ? http_open(&options, &error) : NULL;
    if (!http)
        abort();
    fill(&keys, &limits.options);
    text_free(&error);
}

static void send_input(int fd, const uint8_t *data, size_t size)
{
    struct text text = {0};
    for (size_t i = 0; i < size; i++) {
        if (data[i] > 0 && data[i] < WORDS)
            text_add(&text, words[data[i]]);
        else
            text_add_char(&text, (char)data[i]);
    }
    if (text.size)
        send(fd, text.data, text.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    text_free(&text);
}

/* Turns until nothing moves any more: on loopback what was sent is there at once. */
static void listen_to(int fd)
{
    static char bytes[65536];
    for (int idle = 0, turns = 0; idle < 2 && turns < TURNS_MAX; turns++) {
        struct pollfd fds[] = {{http_fd(http), POLLIN, 0}, {fd, POLLIN, 0}};
        idle = poll(fds, 2, 0) > 0 ? 0 : idle + 1;
        http_run(http);
        http_committed(http, store_commit(store) >= 0, ++turn);
        http_release(http, turn);
        if (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) == 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    if (!http)
        set_up();
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons((uint16_t)http_port(http));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name) < 0)
        abort();
    struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); /* or ports run out */
    send_input(fd, data, size);
    listen_to(fd);
    close(fd);
    return 0;
}
