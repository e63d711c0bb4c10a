/* Within sql/ only: the handle, turns, and what verbs share. A verb that writes stands between verb_begin and
 * verb_end; its statements are in query.h. */
#ifndef SQL_STORE_INTERNAL_H
#define SQL_STORE_INTERNAL_H

#include "sql/names.h"
#include "sql/query.h"
#include "sql/store.h"

#include <sqlite3.h>

/* What a turn may touch that others follow: ids of meetings, and of people. */
enum touched { TOUCHED_MEETING, TOUCHED_PERSON, TOUCHED_KINDS };

/* A set of row ids, in the order of coming. */
struct ids {
    size_t count, room;
    int64_t *ids;
};

enum { STORE_BUSY_MS = 1000 /* is waited, once, for another program that writes */ };

struct store {
    sqlite3 *db;
    struct checkpoint *checkpoint; /* NULL: SQLite's own */
    char *path, *domain;
    char **identity_hosts; /* NULL ends it */
    bool forget_unbooked;
    int lock; /* descriptor of PATH.lock, -1: none */
    sqlite3_stmt *statements[STMT_COUNT];
    bool changes_due[STMT_COUNT]; /* may write what store_next_due looks at */
    fts5_tokenizer words;         /* of store_fold */
    Fts5Tokenizer *folder;

    bool reads; /* between store_begin_turn and the first write or store_commit */
    bool held;  /* a transaction that only reads is open */
    bool begun; /* a transaction is open */
    bool wrote; /* and a verb wrote in it */
    bool lost;  /* SQLite undid the turn by itself: every verb fails until store_commit has said so */
    int lists;  /* callbacks under way: no writing */
    struct ids turn[TOUCHED_KINDS];     /* touched in this turn */
    size_t verb_touched[TOUCHED_KINDS]; /* how many of them before this verb */
    struct ids touched[TOUCHED_KINDS];  /* by committed turns */
    struct ids out;                     /* letters handed out */
    struct ids back;                    /* and those whose result is in this turn */
    char *trouble;                      /* what store_trouble says; NULL: nothing */
    bool damaged;                       /* the file itself: no write mends that */
    struct {                            /* what store_next_due found last, while no statement changed it */
        bool known;
        int found;
        int64_t at, asked_at;
    } due;
};

/* `what` failed (trouble.c): logs what SQLite says of it and what to do, once until a turn is stored again.
 */
void store_complain(struct store *store, const char *what);
void trouble_is_over(struct store *store); /* a turn was stored */

/* Turns (turn.c). verb_begin: < 0 when no turn can be begun. verb_end gives `result` back, or < 0 when it
 * could not be kept; what a verb with a result <= 0 wrote is undone. */
int verb_begin(struct store *store);
int verb_end(struct store *store, int result);
void turn_hold(struct store *store);              /* before each statement: takes the lock of reading once */
void touch(struct store *store, int64_t meeting); /* 0 is nobody */
void touch_person(struct store *store, int64_t person);
/* ids.c */
void ids_add(struct ids *ids, int64_t id); /* once */
bool ids_has(const struct ids *ids, int64_t id);
void ids_remove(struct ids *ids, int64_t id);
void ids_free(struct ids *ids);

/* store_next_due looks at the rows of that table (due.c). */
bool due_is_kept_in(const char *table);

/* A room that was open when a meeting was booked for it belongs to that one (room_instances.c). */
int room_adopt(struct store *store, const char *node, int64_t meeting, int64_t now);

/* One more row of attendee (meetings.c). > 0 also when that mail is there already: the higher role counts. */
struct new_attendee;
int attendee_add(struct store *store, const struct meeting *meeting, const struct new_attendee *attendee,
                 int64_t now);
/* The meeting that has the room while this one would keep it open (changes.c): > 0 there is one, early
 * opening and grace of both included. */
int room_conflict(struct store *store, const struct meeting *meeting, int64_t *opens_at, int64_t *closes_at);

/* Plans what the room is told before its end, and its end, as far as that lies ahead (reminders.c). > 0:
 * done. */
int reminders_plan(struct store *store, const struct meeting *meeting, int64_t now);
/* Drops that plan; what somebody ordered stays. */
int reminders_drop(struct store *store, int64_t meeting);

/* Who did what (history.c): `who` is person.id or 0, `by` what they are known by or NULL; `attendee` (0:
 * none) is whom it was done to; `before` and `after` may be NULL. It belongs to the revision that the meeting
 * has by then. > 0: done. */
struct audit {
    int64_t who, meeting, attendee;
    const char *by, *what, *before, *after;
};
int audit_add(struct store *store, const struct audit *audit, int64_t now);

/* Deletes what rooms without a booking left before `before_ms` (visits.c). > 0: the limit was reached, so
 * there may be more. */
int purge_unbooked(struct store *store, int64_t before_ms, int limit);

#endif
