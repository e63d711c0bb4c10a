/* The store's verbs about a meeting while it goes on. See store.h for results and lives, and for what is
 * ordered said or ended (store_order). */
#ifndef SQL_STORE_LIVE_H
#define SQL_STORE_LIVE_H

#include "sql/store_meetings.h"

/* Moves the end by `seconds` (> 0 extends, < 0 shortens; never before `now` or the start): reminders and the
 * end are planned anew, policies follow, no letters go out and SEQUENCE stays (a live extension, not a change
 * of plan). 0: cancelled, over with its grace, nothing to move, or the room opens for its next meeting before
 * this one were over with its grace. *until is the latest end that leaves that one alone, also when it was
 * moved (0: no bound that is known). `by` is for the audit. */
int store_extend(struct store *store, int64_t meeting, int seconds, const char *by, int64_t now,
                 int64_t *until);

/* The latest end that leaves the room's next meeting alone: > 0 and *until, or 0: no bound is known. */
int store_latest_end(struct store *store, const struct meeting *meeting, int64_t *until);

#endif
