/* Within due*.c only: the handle, and how its parts meet. Each keeps in memory only what is under way, and
 * results until the turn that wrote them is stored. */
#ifndef COMPONENT_DUE_PARTS_H
#define COMPONENT_DUE_PARTS_H

#include "component/due.h"

enum {
    DUE_PAUSE = 5,               /* seconds until what could not be done is tried again */
    DUE_GIVE_UP = 3 * 24 * 3600, /* seconds that a letter is retried */
    DUE_REMINDERS_AT_ONCE = 250, /* a turn; the next ones go when no more than that wait for their answers */
    DUE_LATE = 60,               /* seconds after which a reminder is no longer said */
};

/* What became of a letter: what the mailer says, or what was seen before. */
enum due_fate { DUE_MAILED, DUE_DROPPED /* no longer true */, DUE_HELD /* by a limit */ };

/* A result on its way into the store. */
enum due_written { DUE_TO_WRITE, DUE_WRITTEN /* in the turn that is open, or ended well */ };

struct due_flight {
    int64_t id, created_at, organiser;
    int attempts;
    struct letter_told *told; /* what it says, ours; NULL: nothing that is kept */
};

struct due_result {
    struct due_result *next;
    int64_t id;
    enum due_fate fate;
    enum mailer_outcome outcome; /* of DUE_MAILED */
    char *answer;
    struct letter_told *told; /* ours, or NULL */
    int64_t again_at;         /* of MAILER_RETRY (0: it was retried for long enough) and DUE_HELD */
    enum due_written written;
};

enum due_asked_state { ASKED, ASK_LATER, ANSWERED };

struct due_asked {
    int64_t id, again_at, said;
    enum due_asked_state state;
    enum due_written written;
};

struct due_relay {
    int failures;       /* since it took a letter last; 0: it is there */
    int64_t away_since; /* and probe_at: while it is not */
    int64_t probe_at;   /* when one letter goes first */
    char *words, *told; /* the last reason, and the last in the log, ours; NULL: never any */
    bool answered;      /* it said something of a letter of the slot that flies */
    bool give_up;       /* letters may have grown too old */
};

struct due {
    struct due_options options;
    int64_t ran_at;  /* of the last due_run */
    int64_t hold_at; /* something failed: not before this */
    struct due_flight flight[MAILER_SLOT];
    size_t flying;
    struct due_slot *slot; /* the next one, as far as it is rendered */
    struct due_relay relay;
    bool filling;      /* there may be more letters for it */
    int64_t minute_at; /* per_minute: since when, */
    int minute_left;   /* and how many more in it */
    struct due_result *results;
    uint64_t rendered, answered; /* letters, for /metrics */
    struct due_asked *asked;     /* reminders */
    size_t asked_count, asked_room;
    bool more;         /* the last due_run asked as many reminders as it may: there may be others */
    int64_t forget_at; /* the next round of what is kept only for a while */
};

/* due_letters.c: what became of letters, kept until it is written. The mailer's word takes flight->told over.
 */
void due_letter_add_result(struct due *due, const struct due_flight *flight, enum mailer_outcome outcome,
                           const char *answer, int64_t now);
void due_letter_add_fate(struct due *due, int64_t id, enum due_fate fate, int64_t again_at);
/* Takes what the mailer posted, then writes what is not written yet. */
void due_letters_finish(struct due *due, int64_t now);
void due_letters_committed(struct due *due, bool stored);
/* Makes letters of what was planned for now; they leave when the turn is stored. */
void due_letters_plan(struct due *due, int64_t now);
void due_letters_free(struct due *due);

/* due_slot.c: renders one letter that is due, and offers those that are, when there are no more or enough,
 * and the mailer is free. */
void due_slot_offer(struct due *due, int64_t now);
/* Whether it has more to do at once, and whether it has not before the mailer's next word, or the time of the
 * letter that goes first. */
bool due_slot_goes_on(struct due *due);
bool due_slot_waits(const struct due *due);
/* Gives back what was made for a relay that is away. */
void due_slot_give_back(struct due *due, int64_t now);
void due_slot_free(struct due *due);

/* due_relay.c: what the mailer said of one letter, which flies no more. */
void due_relay_heard(struct due *due, enum mailer_outcome outcome, const char *words, int64_t now);
bool due_relay_is_away(const struct due *due);
/* How many letters may be made now. */
size_t due_relay_takes(const struct due *due, int64_t now);
/* Gives up letters that grew too old while it was away, some of them a turn. */
void due_relay_give_up(struct due *due, int64_t now);
void due_relay_free(struct due *due);

/* due_reminders.c: asks the rooms, and writes what they said. */
void due_reminders_finish(struct due *due, int64_t now);
void due_reminders_act(struct due *due, int64_t now);
void due_reminders_committed(struct due *due, bool stored);

/* due_retention.c: forgets a bite of what is kept only for a while; and when the next one is wanted. */
void due_retention_run(struct due *due, int64_t now);
int64_t due_retention_next(const struct due *due);

/* due_words.c: what is said in the room, or the reason of closing it, in its language; and what a moderator
 * is told alone. */
void due_words_add(struct text *text, const struct catalogue *catalogue, const struct due_reminder *reminder);
void due_words_add_extend(struct text *text, const struct catalogue *catalogue, const char *address);

#endif
