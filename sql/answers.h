/* An answer is to a time that somebody knows of. A move makes it void, and it is kept until they hear of the
 * move: when it is taken back before that, the answer counts again, as if nothing had been. Within sql/ only,
 * in the turn of their cause. */
#ifndef SQL_ANSWERS_H
#define SQL_ANSWERS_H

#include "sql/changes.h"
#include "sql/store_letters.h"

/* Start or end were moved from edit->was to those of `to`: everybody is asked again, but for those who
 * answered to just these times and never heard of others. Call it once SEQUENCE has risen. */
int answers_reset(struct edit *edit, const struct meeting *to);
/* One attendee is asked again. */
int answer_reset(struct store *store, int64_t attendee, int64_t now);
/* They answered what is true now, and so know of it. */
int answer_given(struct store *store, int64_t attendee);
/* A letter of `created_at` told them: what was kept of other times is forgotten; and where the meeting has
 * moved on, or they were invited again, while it was on its way, an older answer is void. */
int answer_told(struct store *store, int64_t attendee, const struct letter_told *told, int64_t created_at,
                int64_t now);

#endif
