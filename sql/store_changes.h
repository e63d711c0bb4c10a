/* The store's verbs that change a booked meeting and its people. See store.h for results and lives.
 *
 * Each is an act of somebody (`by`, person.id): it raises the meeting's revision, is kept in the audit, puts
 * the letters on the queue that follow from it (each attendee is told what differs from what they were told
 * last; no difference, no letter), plans reminders anew, and touches the meeting for its policies. SEQUENCE
 * (RFC 5546 2.1.4) rises with start, end, status, removal and coming back; all else raises updated_at only.
 * Answers are asked for again only when the start moves, or the end before the start.
 *
 * 0: refused, and change_result.refused says why. */
#ifndef SQL_STORE_CHANGES_H
#define SQL_STORE_CHANGES_H

#include "sql/store_meetings.h"

enum refused {
    REFUSED_NOT,
    REFUSED_ABSENT,    /* no such meeting, attendee or person; or one who is removed already */
    REFUSED_STALE,     /* somebody changed it since the form was made */
    REFUSED_CANCELLED, /* what is cancelled stays so */
    REFUSED_OVER,      /* it has ended, or would have by now */
    REFUSED_BEGUN,     /* once it runs, only length, people and options change */
    REFUSED_ROOM,      /* the room is booked for that time: room_opens_at to room_closes_at */
    REFUSED_ORGANISER  /* that person is the organiser: hand the meeting over instead */
};

struct change_result {
    enum refused refused;
    bool same; /* nothing had to be changed, or this form was stored before */
    int64_t attendee;
    int64_t room_opens_at, room_closes_at;
};

/* What a meeting shall be. */
struct meeting_change {
    int64_t revision;              /* that it was made from */
    const char *form;              /* as in store_book; NULL: none */
    const struct meeting *meeting; /* id, subject, description, starts_at, ends_at, tz, language, options */
    const struct new_attendee *attendees; /* all of them; the organiser stays whoever it is */
    size_t count;
};
int store_change(struct store *store, const struct meeting_change *change, int64_t by, int64_t now,
                 struct change_result *result);

/* Invites one more; who was removed comes back, with the same link. `same`: invited already (with any role).
 */
int store_add_attendee(struct store *store, int64_t meeting, const struct new_attendee *attendee, int64_t by,
                       int64_t now, struct change_result *result);
/* Who is removed may not come in any more; the row stays, so that the link gets an honest answer. */
int store_remove_attendee(struct store *store, int64_t attendee, int64_t by, int64_t now,
                          struct change_result *result);
/* Moderator or guest. */
int store_set_role(struct store *store, int64_t attendee, enum role role, int64_t by, int64_t now,
                   struct change_result *result);
/* A new link and a new name in tokens: the old ones are worth nothing from now on. The new one is mailed. */
int store_renew_link(struct store *store, int64_t attendee, int64_t by, int64_t now,
                     struct change_result *result);
/* The invitation again, as things are now. `same`: it waits to be sent already. */
int store_resend_invitation(struct store *store, int64_t attendee, int64_t by, int64_t now,
                            struct change_result *result);
/* Makes somebody else the organiser; who was is a moderator from then on. */
int store_hand_over(struct store *store, int64_t meeting, int64_t person, int64_t by, int64_t now,
                    struct change_result *result);

/* What was done, newest first. */
struct history_row {
    int64_t at;
    const char *who;  /* name or address; "jmbctl" and the like; NULL: jmbd itself */
    const char *what; /* an English key, such as "start moved" */
    const char *before, *after;
    const char *attendee_name, *attendee_mail; /* whom it was done to; NULL: nobody */
    int64_t revision;                          /* of the meeting, after the act */
};
/* Acts that led to a revision behind `since` (-1: all). */
int store_list_history(struct store *store, int64_t meeting, int64_t since, int limit,
                       bool (*each)(const struct history_row *row, void *context), void *context);

/* Letters of a meeting that were or will be sent, newest first. */
struct letter_row {
    const char *kind;      /* as in the schema: invitation, change, ... */
    const char *to, *name; /* name may be NULL */
    const char *state;     /* waiting, sent, failed */
    const char *error;     /* the server's words, or NULL */
    int attempts;
    int64_t created_at, done_at; /* done_at 0: not yet */
};
int store_list_letters(struct store *store, int64_t meeting, int limit,
                       bool (*each)(const struct letter_row *row, void *context), void *context);

#endif
