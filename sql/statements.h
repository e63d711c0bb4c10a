/* All SQL of the verbs: one array, prepared when the store is opened. Within sql/ only. Each statement is
 * written once, in the file of its subject in sql/statements/: STATEMENT(NAME, "its SQL"). */
#ifndef SQL_STATEMENTS_H
#define SQL_STATEMENTS_H

/* As next_person, next_meeting, next_meeting_at_door and next_attendee (query.h) read tables called p, m and
 * a. */
#define PERSON_COLUMNS                                                                                       \
    "p.id, p.mail, p.uid, p.name, p.language, p.tz, p.may_book, p.source, p.answer_mails, p.link,"           \
    " p.signed_in_at"
/* What whoever lets somebody in must know of a meeting, and all of it. */
#define MEETING_AT_DOOR                                                                                      \
    "m.id, m.ref, m.room, m.subject, m.organiser, m.starts_at, m.ends_at, m.tz, m.language, m.status, "      \
    "m.opens_before, m.guests_before, m.grace, m.shared, m.cancel_reason, m.shared_link"
#define MEETING_COLUMNS                                                                                      \
    MEETING_AT_DOOR                                                                                          \
    ", m.uid, m.description, m.sequence, m.lobby, m.guests_wait, m.at_end, m.maximum, m.password, "          \
    "m.room_reminders, m.mail_reminders, m.show_guests, m.created_at, m.updated_at, m.revision"
#define ATTENDEE_COLUMNS                                                                                     \
    "a.id, a.meeting, a.ref, a.mail, a.name, a.role, a.partstat, a.answered_at, a.comment, a.link, "         \
    "a.removed_at IS NOT NULL"

/* STMT_NAME for each. */
#define STATEMENT(name, text) STMT_##name,
enum statement {
#include "sql/statements/all.inc"
    STMT_COUNT
};
#undef STATEMENT

extern const char *const statement_texts[STMT_COUNT];

#endif
