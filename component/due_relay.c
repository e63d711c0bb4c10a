/* Whether the relay is there. One that is not (it cannot be reached, hangs up, lets nobody in) says nothing
 * of any letter, so none is made, counted as tried or given up for it: the queue is held, and from time to
 * time one letter goes first. With any answer to that the others follow. */
#include "component/due_parts.h"
#include "component/log.h"
#include "proto/arena.h"
#include "proto/when.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Seconds between the letters that go first: a relay that restarts is back in a moment. */
static const int pauses[] = {5, 15, 60, 120};
enum { PAUSES = sizeof pauses / sizeof *pauses, GIVEN_UP_AT_ONCE = 500, PATIENCE = 3600 };

static void words_keep(struct due_relay *relay, const char *words)
{
    free(relay->words);
    relay->words = mem_dup(words ? words : "");
}

/* At once, and again when the reason is another: who mends one thing sees the next. */
static void relay_tell(struct due_relay *relay)
{
    if (relay->failures == 0)
        log_line(LOG_WARNING, "mail: letters wait, as the relay takes none: %s", relay->words);
    else if (strcmp(relay->words, relay->told ? relay->told : "") != 0)
        log_line(LOG_WARNING, "mail: letters still wait, now because: %s", relay->words);
    free(relay->told);
    relay->told = mem_dup(relay->words);
}

static void relay_is_away(struct due *due, int64_t now)
{
    struct due_relay *relay = &due->relay;
    if (!relay->failures)
        relay->away_since = now;
    relay->probe_at = now + pauses[relay->failures < PAUSES ? relay->failures : PAUSES - 1];
    relay->give_up = now - relay->away_since >= PATIENCE;
    relay_tell(relay);
    relay->failures++;
}

static void relay_is_back(struct due *due, int64_t now)
{
    struct due_relay *relay = &due->relay;
    if (relay->failures)
        log_line(LOG_NOTICE, "mail: the relay takes letters again, after %" PRId64 " s",
                 now - relay->away_since);
    relay->failures = 0;
    relay->give_up = false;
}

void due_relay_heard(struct due *due, enum mailer_outcome outcome, const char *words, int64_t now)
{
    struct due_relay *relay = &due->relay;
    bool answers = outcome == MAILER_SENT || outcome == MAILER_RETRY || outcome == MAILER_FAILED;
    if (answers) {
        relay->answered = true;
        relay_is_back(due, now);
    } else {
        words_keep(relay, words);
    }
    if (due->flying > 0)
        return;
    if (!relay->answered)
        relay_is_away(due, now);
    relay->answered = false;
}

bool due_relay_is_away(const struct due *due)
{
    return due->relay.failures > 0;
}

size_t due_relay_takes(const struct due *due, int64_t now)
{
    if (!due_relay_is_away(due))
        return MAILER_SLOT;
    return now >= due->relay.probe_at && due->flying == 0;
}

/* A letter's time runs while the relay is away, but not out just because jmbd starts after a long stop,
 * before its relay. */
void due_relay_give_up(struct due *due, int64_t now)
{
    struct due_relay *relay = &due->relay;
    if (!relay->give_up)
        return;
    int some =
        store_give_up_letters(due->options.store, now - DUE_GIVE_UP, relay->words, GIVEN_UP_AT_ONCE, now);
    if (some < 0)
        due->hold_at = now + DUE_PAUSE;
    relay->give_up = some > 0;
}

void due_relay_free(struct due *due)
{
    free(due->relay.words);
    free(due->relay.told);
    due->relay.words = due->relay.told = NULL;
}

void due_add_health(json_t *into, const struct due *due, int64_t now)
{
    const struct due_relay *relay = &due->relay;
    bool away = due_relay_is_away(due);
    struct text since = {0};
    if (away)
        when_add_machine(&since, relay->away_since);
    json_object_set_new(into, "mail",
                        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "relay", away ? "away" : "there",
                                  "away_since", text_string(&since), "away_because", away ? relay->words : "",
                                  "away_seconds", (json_int_t)(away ? now - relay->away_since : 0),
                                  "letters_rendered", (json_int_t)due->rendered, "letters_answered",
                                  (json_int_t)due->answered));
    text_free(&since);
}
