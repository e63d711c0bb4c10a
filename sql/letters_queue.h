/* The queue of mail, as verbs fill it, within their turn. Within sql/ only. */
#ifndef SQL_LETTERS_QUEUE_H
#define SQL_LETTERS_QUEUE_H

#include "sql/store_internal.h"

/* `attendee` 0: all whom it concerns. Each drops the letters that it makes untrue and that are still waiting;
 * what the mailer holds may be with its reader already, and is followed up when its result comes. < 0:
 * broken, 0: there is nobody to tell.
 *
 * invitations: to those who were added, or once more (with a new link, say). changes: of time, title,
 * description, password or organiser; whoever was never told gets an invitation instead, and where nothing
 * differs from what that person was last told when it is rendered, none leaves. role: of one attendee.
 * people: only who is invited changed: the organiser is told, and their calendar, in a while, of all
 * together. return: of one who comes back before the letter of the removal left: a change, where there is
 * one. removal: call it once removed_at is set. cancellations: once the status is. answer: of one attendee.
 */
int letter_queue_invitations(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_changes(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_role(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_people(struct store *store, int64_t meeting, int64_t now);
int letter_queue_return(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_removal(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_cancellations(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
int letter_queue_answer(struct store *store, int64_t meeting, int64_t attendee, int64_t now);
/* Adds the letters that the mailer holds, as JSON for json_each. */
void letters_add_out(struct text *text, const struct store *store);
/* Plans the letters that time brings (reminders by options.mail_reminders, the summary after the end), anew
 * on every change of start, end or those options; drops reminders that have not left. > 0: done. */
int letter_plan_reminders(struct store *store, const struct meeting *meeting, int64_t now);
/* The summary need not wait longer than until the end: somebody ended the meeting before the time that it was
 * planned for, or the last have left who stayed on. < 0: broken, 0: it waits for its time. */
int letter_bring_summary(struct store *store, int64_t meeting);

#endif
