#include "component/inbox.h"

#include "component/log.h"
#include "http/listen.h"
#include "proto/arena.h"
#include "proto/reply.h"
#include "sql/store_letters.h"
#include "sql/store_replies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SENDERS_MAX = 16, /* at once; others wait in the socket's queue */
    SENDER_MS = 10000 /* for a whole message: a local program has it ready */
};

/* One connection: it is read, its message taken within a turn, and answered after the commit. */
struct sender {
    struct inbox *inbox;
    struct sender *next;
    int fd;
    int64_t deadline_ms;
    struct text message;
    bool taken; /* in the turn that is open */
    bool broken;
};

struct inbox {
    struct inbox_options o;
    int listener, epoll;
    size_t count;
    struct sender *senders;
};

static int watch(struct inbox *inbox, int fd, struct sender *sender)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = sender};
    return epoll_ctl(inbox->epoll, EPOLL_CTL_ADD, fd, &event);
}

struct inbox *inbox_open(const struct inbox_options *options, struct text *error)
{
    struct inbox *inbox = mem_alloc(sizeof *inbox);
    struct text address = {0};
    int no_port;
    inbox->o = *options;
    text_addf(&address, "unix:%s", options->path);
    inbox->listener = listen_open(text_string(&address), "[mail] reply_socket", 0666, &no_port, error);
    text_free(&address);
    inbox->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (inbox->listener >= 0 && inbox->epoll >= 0 && watch(inbox, inbox->listener, NULL) == 0)
        return inbox;
    if (inbox->listener >= 0)
        text_addf(error, "[mail] reply_socket: epoll: %s", strerror(errno));
    inbox_close(inbox);
    return NULL;
}

static void sender_free(struct sender *sender)
{
    close(sender->fd);
    text_free(&sender->message);
    free(sender);
}

void inbox_close(struct inbox *inbox)
{
    if (!inbox)
        return;
    while (inbox->senders) {
        struct sender *sender = inbox->senders;
        inbox->senders = sender->next;
        sender_free(sender);
    }
    if (inbox->listener >= 0) {
        close(inbox->listener);
        unlink(inbox->o.path);
    }
    if (inbox->epoll >= 0)
        close(inbox->epoll);
    free(inbox);
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->epoll;
}

int inbox_timeout(const struct inbox *inbox)
{
    int64_t least = -1, now_ms = clock_ms(inbox->o.clock);
    for (const struct sender *sender = inbox->senders; sender; sender = sender->next) {
        int64_t left = sender->deadline_ms > now_ms ? sender->deadline_ms - now_ms : 0;
        least = least < 0 || left < least ? left : least;
    }
    return (int)least;
}

/* ------------------------------------------------------------------------------------- one message */

static int forward(const struct inbox *inbox, const struct mail_reply *reply, int64_t meeting,
                   struct forwarded *forwarded, struct arena *arena, int64_t now)
{
    struct text words = {0};
    link_hide(inbox->o.keys, reply->words, &words);
    forwarded->words = arena_dup(arena, text_string(&words));
    text_free(&words);
    forwarded->from =
        reply->from_name ? arena_printf(arena, "%s <%s>", reply->from_name, reply->from) : reply->from;
    return store_forward(inbox->o.store, meeting, forwarded, now) < 0 ? -1 : 1;
}

static void log_dropped(const struct mail_reply *reply)
{
    const char *from = reply->from ? reply->from : "an address that cannot be read";
    if (reply->unread == REPLY_WHOLE)
        log_rarely("inbox", LOG_NOTICE,
                   "a message from %s to the reply address is about no letter of ours: dropped", from);
    else
        log_rarely("inbox unread", LOG_NOTICE,
                   "a message from %s to the reply address is dropped: it is %s, and neither its subject nor "
                   "the address says which meeting it is about; if it was an answer, they can give it with "
                   "the link in their invitation",
                   from, reply->unread == REPLY_ENCRYPTED ? "encrypted" : "for Outlook alone (winmail.dat)");
}

/* What somebody wrote goes to the organiser of the meeting that it is about. */
static int take_words(const struct inbox *inbox, const struct mail_reply *reply, struct arena *arena,
                      int64_t now)
{
    int64_t meeting = 0;
    bool guessed = false;
    int found = store_find_replied_to(inbox->o.store, reply, now, &meeting, &guessed);
    if (found < 0)
        return -1;
    if (found == 0 || !reply->from) {
        log_dropped(reply);
        return 1;
    }
    struct forwarded forwarded = {.unread = reply->unread,
                                  .guessed = guessed,
                                  .delegate = reply->delegate,
                                  .proposed = reply->proposed,
                                  .proposed_zone = reply->proposed_zone};
    return forward(inbox, reply, meeting, &forwarded, arena, now);
}

/* An answer of somebody who is not invited (a guest passed the invitation on), or for somebody else (an
 * assistant, a calendar server that is not configured, or a forger), changes nothing: the organiser reads it,
 * and decides. */
static int take_strange_answer(const struct inbox *inbox, const struct mail_reply *reply, int64_t meeting,
                               struct arena *arena, int64_t now)
{
    struct forwarded forwarded = {.said_by = reply->attendee, .said = reply->partstat};
    bool named =
        text_equal_nocase(reply->reply_to ? reply->reply_to : "", reply->attendee ? reply->attendee : "");
    if (!reply->from || !reply->attendee || (reply->automatic && !named))
        return 1;
    return forward(inbox, reply, meeting, &forwarded, arena, now);
}

static int take_answer(const struct inbox *inbox, const struct mail_reply *reply, struct arena *arena,
                       int64_t now)
{
    static const char *const outcomes[] = {
        [REPLY_OLD] = "older than what is known: dropped",
        [REPLY_OVER] = "for a meeting that is over, or not theirs to answer: dropped",
        [REPLY_UNINVITED] = "from somebody who is not that attendee: only the organiser is told",
        [REPLY_UNKNOWN] = "for no meeting of ours: dropped"};
    enum reply_outcome outcome = REPLY_UNKNOWN;
    int64_t meeting = 0;
    if (store_take_reply(inbox->o.store, reply, now, &outcome, &meeting) < 0)
        return -1;
    if (outcome != REPLY_STORED)
        log_line(LOG_INFO, "an answer by mail is %s", outcomes[outcome]);
    return outcome == REPLY_UNINVITED ? take_strange_answer(inbox, reply, meeting, arena, now) : 1;
}

static int take_bounce(const struct inbox *inbox, const struct mail_reply *reply, int64_t now)
{
    int known = 0;
    for (size_t i = 0; i < reply->reference_count && known == 0; i++)
        known = store_letter_bounced(inbox->o.store, reply->references[i], reply->words, now);
    return known < 0 ? -1 : 1;
}

/* Some calendar servers write in their own name for their people, whom Reply-To names. */
static void believe_calendar_server(const struct inbox *inbox, struct mail_reply *reply)
{
    for (const char *const *sender = inbox->o.calendar_senders; sender && *sender; sender++)
        if (reply->kind == MAIL_ANSWER && reply->from && reply->reply_to &&
            text_equal_nocase(reply->from, *sender))
            reply->from = reply->reply_to;
}

/* < 0: the store is broken. */
static int take_message(const struct inbox *inbox, const struct text *message)
{
    struct arena arena = {0};
    struct mail_reply reply;
    int64_t now = clock_now(inbox->o.clock);
    int taken = 1;
    mail_reply_read(&reply, &arena, text_string(message), message->size);
    believe_calendar_server(inbox, &reply);
    bool loop = reply.from && inbox->o.reply_address && text_equal_nocase(reply.from, inbox->o.reply_address);
    if (reply.kind == MAIL_ANSWER && !loop)
        taken = take_answer(inbox, &reply, &arena, now);
    else if (reply.kind == MAIL_BOUNCE)
        taken = take_bounce(inbox, &reply, now);
    else if (reply.kind == MAIL_WORDS && !loop)
        taken = take_words(inbox, &reply, &arena, now);
    arena_free(&arena);
    return taken;
}

/* ----------------------------------------------------------------------------------------- a turn */

static void take_connections(struct inbox *inbox)
{
    while (inbox->count < SENDERS_MAX) {
        int fd = accept4(inbox->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct sender *sender = mem_alloc(sizeof *sender);
        *sender = (struct sender){.inbox = inbox,
                                  .next = inbox->senders,
                                  .fd = fd,
                                  .deadline_ms = clock_ms(inbox->o.clock) + SENDER_MS};
        inbox->senders = sender;
        inbox->count++;
        sender->broken = watch(inbox, fd, sender) < 0;
    }
}

/* Reads what is there; at the end of the message it is taken. */
static void sender_read(struct sender *sender)
{
    char bytes[65536];
    ssize_t got;
    while ((got = recv(sender->fd, bytes, sizeof bytes, 0)) > 0) {
        text_add_bytes(&sender->message, bytes, (size_t)got);
        if (sender->message.size > INBOX_MESSAGE_MAX) {
            sender->broken = true;
            return;
        }
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    sender->broken = got < 0 || take_message(sender->inbox, &sender->message) < 0;
    sender->taken = !sender->broken;
}

void inbox_run(struct inbox *inbox)
{
    struct epoll_event events[SENDERS_MAX + 1];
    int count = epoll_wait(inbox->epoll, events, SENDERS_MAX + 1, 0);
    for (int i = 0; i < count; i++) {
        struct sender *sender = events[i].data.ptr;
        if (!sender)
            take_connections(inbox);
        else if (!sender->taken && !sender->broken)
            sender_read(sender);
    }
}

/* A line is short: the socket's buffer has room for it. */
static void sender_tell(const struct sender *sender, bool stored)
{
    const char *line = sender->taken && stored ? "ok\n" : "again\n";
    send(sender->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void inbox_committed(struct inbox *inbox, bool stored)
{
    int64_t now_ms = clock_ms(inbox->o.clock);
    bool room = inbox->count == SENDERS_MAX;
    for (struct sender **at = &inbox->senders; *at;) {
        struct sender *sender = *at;
        if (!sender->taken && !sender->broken && now_ms < sender->deadline_ms) {
            at = &sender->next;
            continue;
        }
        sender_tell(sender, stored);
        *at = sender->next;
        sender_free(sender);
        inbox->count--;
    }
    if (room) /* some may have waited for it */
        take_connections(inbox);
}
