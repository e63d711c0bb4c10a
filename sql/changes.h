/* Within sql/ only: an edit of a meeting while it is stored, shared by changes.c (the form) and attendees.c
 * (single acts). */
#ifndef SQL_CHANGES_H
#define SQL_CHANGES_H

#include "sql/store_changes.h"
#include "sql/store_internal.h"

struct edit {
    struct store *store;
    struct meeting was; /* before it */
    struct change_result *result;
    int64_t by, now;
    bool raised; /* SEQUENCE was */
    bool people; /* came or went */
    struct arena arena;
};

/* Gives 0 for a verb to return. */
int edit_refuse(struct edit *edit, enum refused refused);
/* Reads the meeting into edit->was and keeps what letters that are out say. 0: it may not be edited any more.
 */
int edit_begin(struct edit *edit, int64_t meeting);
/* One line of the audit, about an attendee or 0. The revision must have been raised. */
int edit_note(struct edit *edit, const char *what, int64_t attendee, const char *before, const char *after);
/* Once an edit, however often it is called. */
int edit_raise_sequence(struct edit *edit);

/* At the end of it: everybody is told where there is news of the meeting; when only people came or went, the
 * organiser. Whoever else looks at the meeting is woken. */
int edit_tell(struct edit *edit, bool news);

/* Invites somebody, or has them back; *attendee gets the row. > 1: they were there, nothing was done. */
int edit_invite(struct edit *edit, const struct new_attendee *invited, int64_t *attendee);
int edit_remove(struct edit *edit, const struct attendee *attendee);
int edit_set_role(struct edit *edit, const struct attendee *attendee, enum role role);
/* An attendee of edit->was by address; 0: there never was one. */
int edit_find(struct edit *edit, const char *mail, struct attendee *attendee);

/* store_answer within a verb (meetings.c). */
int attendee_answer(struct store *store, int64_t attendee, enum partstat partstat, const char *comment,
                    int64_t now);

#endif
