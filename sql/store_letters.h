/* The store's verbs about letters: the table is the queue. A letter is a row written in the turn of its
 * cause, and rendered when it is sent. See store.h for results and lives. */
#ifndef SQL_STORE_LETTERS_H
#define SQL_STORE_LETTERS_H

#include "proto/reply.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"

enum letter_kind {
    LETTER_INVITATION,
    LETTER_CHANGE, /* rendered as an invitation to whoever was never told */
    LETTER_ROLE,   /* the same when only the role was changed */
    LETTER_PEOPLE, /* who is invited, to the organiser: rendered as a change */
    LETTER_REMOVAL,
    LETTER_CANCELLATION,
    LETTER_REMINDER,
    LETTER_ANSWER,  /* of the attendee, to the organiser */
    LETTER_SUMMARY, /* of the attendance; the attendee is the organiser */
    LETTER_FORWARD, /* what somebody wrote back, to the organiser, who is the attendee */
    LETTER_SIGN_IN,
};

struct letter {
    int64_t id;
    enum letter_kind kind;
    const char *to, *to_name; /* to_name may be NULL */
    const char *language;     /* of the reader: the person's, else the meeting's */
    const char *message_id;   /* stable: a retry is the same message */
    int attempts;
    int64_t created_at;
    const char *in_reply_to;   /* the first letter about this meeting to that address; NULL: none was sent */
    int64_t meeting, attendee; /* 0: none */
    int64_t organiser;         /* person.id whose limit of a day it counts for; 0: nobody's */
    struct link_id sign_in;    /* of a sign-in letter */
    struct forwarded forwarded;
};

/* What an attendee was last told by mail, or what a letter that is rendered now tells. */
enum told { TOLD_NOTHING, TOLD_CONFIRMED, TOLD_CANCELLED /* or removed */ };
struct letter_told {
    enum told status;
    int64_t at;       /* when it was rendered; 0 is taken as now */
    int64_t revision; /* of the meeting: what was done to it in the same second has another; -1: none */
    int sequence;
    const char *subject;
    int64_t starts_at, ends_at;
    enum role role;
    int64_t organiser;   /* person.id */
    int64_t description; /* a hash */
    const char *password;
};

enum letter_difference {
    DIFFERENT_TIME = 1,
    DIFFERENT_SUBJECT = 2,
    DIFFERENT_ROLE = 4,
    DIFFERENT_ORGANISER = 8,
    DIFFERENT_DESCRIPTION = 16,
    DIFFERENT_PASSWORD = 32,
    DIFFERENT_PEOPLE = 64, /* who is invited: told the organiser */
};

/* What is to be told now; strings are borrowed. */
struct letter_told letter_told_now(const struct meeting *meeting, const struct attendee *attendee);
/* In what the two differ, of enum letter_difference; 0: in nothing that is told. */
unsigned letter_told_compare(const struct letter_told *before, const struct letter_told *now);
int store_get_told(struct store *store, int64_t attendee, struct arena *arena, struct letter_told *told);

/* Where the end of a meeting lay when it began: one that moves from then on is told in the room. */
int store_get_planned_end(struct store *store, int64_t meeting, int64_t *ends_at);

/* Who was added to the list of a meeting, or removed from it, after that revision. */
int store_list_people_since(struct store *store, int64_t meeting, int64_t since,
                            bool (*each)(const struct attendee *attendee, void *context), void *context);

/* Letters due at `now` that are neither sent nor dropped nor handed out (store_letter_* gives them back),
 * oldest first. Sign-in letters go first: somebody waits. */
int store_next_letters(struct store *store, int64_t now, int limit,
                       bool (*each)(const struct letter *letter, void *context), void *context);
/* Keeps a letter from being listed again until its result; in memory only: after a crash it is due again. */
void store_letter_handed_out(struct store *store, int64_t id);
/* The results of letters that were handed out; 0: it waited no more. When the turn is not stored, the letter
 * stays handed out, so that a full disk does not send it again and again: call it with the result again.
 *
 * Accepted by the relay. `told` is what it said, kept with the attendee; NULL: nothing to tell a change
 * against. What was done to the meeting or attendee while it was on its way is told next. */
int store_letter_sent(struct store *store, int64_t id, const struct letter_told *told, int64_t now);
/* Refused for now, in the server's words: due again at `again_at`, unless that meeting was cancelled or a
 * newer letter waits for that person: then it is dropped. */
int store_letter_retry(struct store *store, int64_t id, const char *error, int64_t again_at);
/* Not tried, for the reason given: it waits as before, unless it would be dropped as above. */
int store_letter_untried(struct store *store, int64_t id, const char *error);
/* Refused for good. */
int store_letter_failed(struct store *store, int64_t id, const char *error, int64_t now);
/* Gives up, in these words, letters that are due at `now`, not handed out, and older than `before`: at most
 * `limit`. > 0: some were. */
int store_give_up_letters(struct store *store, int64_t before, const char *error, int limit, int64_t now);
/* Not to be sent: no longer true, or nobody to tell. */
int store_letter_drop(struct store *store, int64_t id);
/* Not before `until`: a limit was reached. Not an attempt. */
int store_letter_hold(struct store *store, int64_t id, int64_t until);
/* A report says that a letter that was sent did not arrive (RFC 3464), in the words of the server that gave
 * up. 0: no letter of that Message-ID (without <>) was sent, or its bounce is known. */
int store_letter_bounced(struct store *store, const char *message_id, const char *words, int64_t now);
/* When an organiser who may send `most` letters in 24 hours may send the next one: > 0 and *at, or 0 for
 * now. */
int store_organiser_limit(struct store *store, int64_t organiser, int most, int64_t now, int64_t *at);

/* Turns what was planned and is due (reminders, summaries) into letters, some of it a turn. > 0: some was. */
int store_post_planned(struct store *store, int64_t now);

/* Reminders by mail to an address, of all meetings; and to one attendee, of that one. */
int store_stop_reminders(struct store *store, const char *mail, bool on, int64_t now);
int store_stop_meeting_reminders(struct store *store, int64_t attendee, bool on);
int store_reminders_stopped(struct store *store, int64_t attendee, bool *this_meeting, bool *all);

#endif
