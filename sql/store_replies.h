/* The store's verbs about what comes back by mail (proto/reply.h). Mail is as trustworthy as its From: an
 * answer counts when From and ATTENDEE are addresses of the same one who is invited, so that nobody answers
 * for somebody else by mistake; who forges From is the mail server's to stop. See store.h for results and
 * lives. */
#ifndef SQL_STORE_REPLIES_H
#define SQL_STORE_REPLIES_H

#include "proto/reply.h"
#include "sql/store_letters.h"

enum reply_outcome {
    REPLY_STORED, /* or it says what is stored already */
    REPLY_OLD,    /* a newer answer, or a change of the meeting that asked everybody again, came before it */
    REPLY_OVER,   /* the meeting is cancelled or over, the attendee removed or the organiser */
    REPLY_UNINVITED, /* that attendee is not one, or From is not that attendee: the organiser may want to know
                      */
    REPLY_UNKNOWN,   /* no meeting of that UID */
};

/* Takes an answer (MAIL_ANSWER). > 0: done, *outcome says how; the meeting is in *meeting unless it is
 * REPLY_UNKNOWN. */
int store_take_reply(struct store *store, const struct mail_reply *reply, int64_t now,
                     enum reply_outcome *outcome, int64_t *meeting);

/* The meeting that a message is about: that of the letters it refers to, else of its UID when From is
 * invited, else, where an answer in it could not be read, one to come that its subject names, or (*guessed)
 * the next to which From is invited, when one organiser alone invited them to all that are to come. 0: none.
 */
int store_find_replied_to(struct store *store, const struct mail_reply *reply, int64_t now, int64_t *meeting,
                          bool *guessed);

/* Hands on to the organiser what came back: a letter of kind forward. 0: there were too many for that meeting
 * within a day (of those that were guessed fewer are enough: a From is easily forged), or no such meeting. */
int store_forward(struct store *store, int64_t meeting, const struct forwarded *forwarded, int64_t now);

#endif
