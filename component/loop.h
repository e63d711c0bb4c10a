/* The loop: one thread, one turn after the other, and a turn is one durable transaction. Everything that
 * promises something (a reply, a receipt, a letter) waits in its part until the turn's commit.
 *
 *   poll -> what is due -> XMPP -> HTTP -> one commit -> who waited for it -> policies -> replies
 */
#ifndef COMPONENT_LOOP_H
#define COMPONENT_LOOP_H

#include "component/due.h"
#include "component/inbox.h"
#include "component/rooms.h"
#include "http/http.h"

struct loop;

/* One Prosody: its connection and its rooms. */
struct loop_prosody {
    const char *name;
    struct xmpp *xmpp; /* NULL in a test whose rooms have another wire */
    struct rooms *rooms;
};

/* The parts, lent; http, due and mailer may be NULL in a test. */
struct loop_options {
    const struct clock *clock;
    struct store *store;
    struct http *http;
    struct due *due;
    struct mailer *mailer;
    struct inbox *inbox; /* NULL: no answers by mail */
    size_t prosody_count;
    const struct loop_prosody *prosody;
    void (*ready)(void *context); /* called once, when every module said hello and has its policies */
    void *context;
};

enum loop_status { LOOP_ENDED /* by a signal */, LOOP_NOT_CONNECTED /* no Prosody could be reached */ };

struct loop *loop_open(const struct loop_options *options);
void loop_close(struct loop *loop);

/* Turns until SIGTERM or SIGINT, which are open only while it polls (block them before), or until a Prosody
 * cannot be reached at the start. */
enum loop_status loop_run(struct loop *loop);
/* One turn, waiting at most `wait_ms` for something to do. */
void loop_turn(struct loop *loop, int64_t wait_ms);

/* What due.h calls to say or end in the rooms of every Prosody; context is the loop. */
bool loop_act(const struct due_reminder *reminder, const char *text, void *loop);
void loop_whisper(const struct present *present, const char *key, const char *text, void *loop);
/* What http.h calls to fill the health page; context is the loop. */
void loop_health(json_t *into, void *loop);

#endif
