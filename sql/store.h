/* The store: everything that JMB keeps, in one SQLite file. This page: opening, turns, what is due. The verbs
 * are in store_*.h, a header a subject. Nothing outside of sql/ includes sqlite3.h.
 *
 * A turn is one durable transaction: the first verb that writes begins it, store_commit ends it, and each
 * verb is a savepoint within, so that a verb that fails leaves no half. What a write promises (a reply, a
 * receipt, a letter) may leave only after store_commit said that it is stored. One thread, one writer.
 *
 * Verbs return < 0 when the store is broken (full disk, corruption; logged here once until storing works
 * again), 0 for absent or refused (also by a constraint of the schema) and for an empty list, > 0 for done.
 * Single rows are copied into the caller's arena; rows of lists are lent to a callback and valid only during
 * the call. A callback must not write (refused and logged), may read, and ends the list by returning false.
 */
#ifndef SQL_STORE_H
#define SQL_STORE_H

#include "proto/arena.h"
#include "proto/link.h"
#include "proto/model.h"
#include "proto/text.h"

struct store;

struct store_options {
    const char *path; /* ":memory:" for tests */
    const struct link_keys
        *keys; /* the database remembers the fingerprints of the keys that its links were made with */
    const char *key_file; /* where the keys are from, for messages; NULL: link.key */
    const char *domain;   /* ends the Message-IDs of letters that belong to no meeting; NULL: localhost */
    bool create;          /* make the file when it is not there */
    /* Hosts of Prosody where people sign in with a password (LDAP, internal accounts) and have no token, NULL
     * ends the list (or is none): there the bare JID says who it is. Its local part is the uid of a person in
     * the directory (person.uid), whose mail addresses are looked for among the meeting's attendees; where
     * there is no such person, it is the local part (or, escaped by XEP-0106, the whole) of the mail address
     * of exactly one attendee. Who is found by neither is verified all the same, under the JID. */
    const char *const *identity_hosts;
    bool forget_unbooked; /* keep nothing of rooms without a booking but who is in them now */
};

/* Opens, takes the lock that keeps a second jmbd away, migrates (after a backup copy PATH.before-VERSION),
 * prepares every statement, checks the keys. NULL: `error` gets one line for people: what is wrong with which
 * file and what to do (not writable, not a JMB database, newer than this program, in use, link key missing).
 */
struct store *store_open(const struct store_options *options, struct text *error);
/* Looks whether store_open would succeed, without changing or making anything, while nobody else has it open:
 * > 0 yes, 0 yes, and it would make the file; < 0 no: `error` gets the line. */
int store_check(const struct store_options *options, struct text *error);
void store_close(struct store *store); /* rolls an open turn back; NULL is fine */

/* From here on reads share one transaction until the first write or store_commit: each statement for itself
 * would take the file's lock and let it go. May be left out. */
void store_begin_turn(struct store *store);
/* Ends the turn. > 0: stored durably; 0: there was nothing to store; < 0: all of the turn is undone, and
 * whoever waits must be told. */
int store_commit(struct store *store);
/* True while the turn has writes. */
bool store_is_dirty(const struct store *store);
/* What is wrong with the store and what to do, in a line for people: from the first verb or turn that failed
 * until one is stored (a file that is damaged stays so). NULL: all is well. Lent until the next verb. */
const char *store_trouble(const struct store *store);
/* The meetings that were changed by committed turns since the last call, each once: their policies follow.
 * Answers, letters and reminders that were said change none: thousands of them come in one minute. */
void store_each_touched(struct store *store, void (*each)(int64_t meeting, void *context), void *context);
/* The same for people who were changed (their personal rooms follow). */
void store_each_touched_person(struct store *store, void (*each)(int64_t person, void *context),
                               void *context);

/* When the next letter or reminder is due: > 0 and *at (may lie in the past), or 0 for never. Asked twice a
 * turn, so the answer is kept while nothing is stored, and for the second of `now` at most. */
int store_next_due(struct store *store, int64_t now, int64_t *at);

/* A letter or a reminder is put on the queue by the verb that causes it; these reminders are what time
 * brings. */
enum reminder_kind {
    REMINDER_ROOM, /* say that it ends in `before` seconds */
    REMINDER_LAST, /* say that the room closes in a minute */
    REMINDER_END,  /* close the room */
    REMINDER_SAY,  /* say `text`, which somebody typed */
    REMINDER_STOP, /* close the room now: somebody asked for it */
};

struct due_reminder {
    int64_t id;
    enum reminder_kind kind;
    int before; /* seconds before the end that it was planned for */
    int64_t due_at;
    int64_t meeting;                       /* 0: a room without a booking */
    const char *room, *subject, *language; /* room: the node; the others are NULL without a meeting */
    int64_t ends_at;
    const char *text; /* typed by somebody; NULL: words of ours */
    bool first;       /* of those before this end that anybody heard: moderators learn how to extend */
};

/* Reminders due at `now` that are not done, oldest first. */
int store_list_due(struct store *store, int64_t now, int limit,
                   bool (*each)(const struct due_reminder *reminder, void *context), void *context);
/* Somebody (`by`, for the audit: a mail address, jmbctl) wants something said or the room closed now: a row
 * like the others, due at once. `kind` is REMINDER_SAY or REMINDER_STOP, `room` the node, `meeting` 0 for a
 * room without a booking; `text` may be NULL for REMINDER_STOP. A meeting that is stopped while it runs is
 * over: its end moves to `now`, without grace, and what was planned for it is dropped. 0: no such meeting. */
int store_order(struct store *store, enum reminder_kind kind, int64_t meeting, const char *room,
                const char *text, const char *by, int64_t now, int64_t *id);
/* The same by a form of a page, whose random name is `form` (NULL: it had none): sent twice it is one order,
 * > 0 both times. store_find_order: > 0 when it was sent. */
int store_order_by_form(struct store *store, enum reminder_kind kind, const struct meeting *meeting,
                        const char *text, const char *by, const char *form, int64_t now);
int store_find_order(struct store *store, int64_t meeting, const char *form);
/* What became of it; `said` of ORDER_DONE is as store_reminder_done has it. 0: there is none of that id. */
enum order_state { ORDER_WAITING, ORDER_DONE, ORDER_DROPPED };
int store_get_order(struct store *store, int64_t id, enum order_state *state, int64_t *said);
/* How it ended; `said` is how many people heard it, 0: nobody was there. 0: it was dropped meanwhile (the end
 * moved), or done before. */
int store_reminder_done(struct store *store, int64_t id, int64_t said, int64_t now);

/* For /metrics and the health page. */
struct store_counts {
    int64_t meetings, letters_waiting, letters_failed, occupants; /* occupants: people in rooms now */
};
int store_count(struct store *store, struct store_counts *counts);

#endif
