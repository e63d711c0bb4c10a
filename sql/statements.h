/* All SQL of the verbs: one array, prepared when the store is opened. Within sql/ only. */
#ifndef SQL_STATEMENTS_H
#define SQL_STATEMENTS_H

/* As next_person, next_meeting and next_attendee (query.h) read tables called p, m and a. */
#define PERSON_COLUMNS                                                                                       \
    "p.id, p.mail, p.uid, p.name, p.language, p.tz, p.may_book, p.source, p.answer_mails, p.link"
#define MEETING_COLUMNS                                                                                      \
    "m.id, m.ref, m.uid, m.room, m.subject, m.description, m.organiser, m.starts_at, m.ends_at, m.tz, "      \
    "m.language, m.status, m.sequence, m.lobby, m.guests_wait, m.opens_before, m.guests_before, m.grace, "   \
    "m.at_end, m.maximum, m.password, m.shared, m.room_reminders, m.created_at, m.updated_at, "              \
    "m.cancel_reason, m.shared_link"
#define ATTENDEE_COLUMNS                                                                                     \
    "a.id, a.meeting, a.ref, a.mail, a.name, a.role, a.partstat, a.answered_at, a.comment, a.link, "         \
    "a.removed_at IS NOT NULL"

enum statement {
    STMT_BEGIN,
    STMT_COMMIT,
    STMT_ROLLBACK,
    STMT_SAVEPOINT,
    STMT_RELEASE,
    STMT_UNDO,
    STMT_COUNTS,
    STMT_DUE_LETTERS,
    STMT_DUE_REMINDER,
    STMT_LIST_DUE,
    STMT_REMINDER_DONE,
    STMT_ADD_ORDER,
    STMT_STOP_MEETING,
    STMT_NEXT_OPENING,
    STMT_MOVE_END,
    STMT_DROP_PLAN,

    STMT_ADD_PERSON,
    STMT_CHANGE_PERSON,
    STMT_GET_PERSON,
    STMT_FIND_PERSON,
    STMT_FIND_PERSON_BY_LINK,
    STMT_RESOLVE_ADDRESS,
    STMT_ADD_PERSON_WORDS,
    STMT_REMOVE_PERSON_WORDS,
    STMT_SEARCH_PEOPLE,
    STMT_SEARCH_LISTS,
    STMT_LIST_MEMBERS,
    STMT_ADD_PERSONAL_ROOM,
    STMT_GET_PERSONAL_ROOM,
    STMT_FIND_PERSONAL_ROOM,
    STMT_LIST_PERSONAL_ROOMS,
    STMT_PERSON_OF_PERSONAL_TOKEN,
    STMT_ADD_SIGN_IN,
    STMT_ADD_SIGN_IN_LETTER,
    STMT_FIND_SIGN_IN,
    STMT_TAKE_SIGN_IN,
    STMT_ADD_SESSION,
    STMT_FIND_SESSION,
    STMT_CLOSE_SESSION,

    STMT_FIND_BOOKED,
    STMT_ADD_MEETING,
    STMT_ADD_ATTENDEE,
    STMT_ADD_INVITATIONS,
    STMT_ADD_REMINDER,
    STMT_ADD_AUDIT,
    STMT_CANCEL_MEETING,
    STMT_WAITING_LETTERS_OF,
    STMT_ADD_CANCELLATIONS,
    STMT_GET_MEETING,
    STMT_FIND_MEETING,
    STMT_FIND_SHARED,
    STMT_LIST_MEETINGS,
    STMT_LIST_MEETINGS_BACKWARDS,
    STMT_COUNT_ANSWERS,
    STMT_LIST_ROSTER,
    STMT_LIST_ATTENDEES,
    STMT_FIND_ATTENDEE,
    STMT_GET_ATTENDEE,
    STMT_ANSWER,
    STMT_ORGANISER_FEED_CHANGED,
    STMT_FEED_CHANGED,

    STMT_FIND_STREAM,
    STMT_ADD_STREAM,
    STMT_SET_STREAM,
    STMT_SET_CLOCK,
    STMT_CLOCK_OFFSET,
    STMT_ASK_SNAPSHOT,
    STMT_END_VISITS,
    STMT_END_ROOMS,
    STMT_FIND_ROOM,
    STMT_ADD_ROOM,
    STMT_NAME_ROOM,
    STMT_CLOSE_ROOM,
    STMT_CLOSE_VISITS_OF_ROOM,
    STMT_COUNT_NAMED_ROOMS,
    STMT_MAIN_ROOM_MEETING,
    STMT_ROOM_MEETING,
    STMT_ADOPT_ROOMS,
    STMT_ADOPT_VISITS,
    STMT_ATTENDEE_OF_TOKEN,
    STMT_PERSON_OF_LOGIN,
    STMT_ATTENDEE_OF_PERSON,
    STMT_ATTENDEE_OF_LOGIN,
    STMT_FIND_OPEN_VISIT,
    STMT_ADD_VISIT,
    STMT_REOPEN_VISIT,
    STMT_KEEP_VISIT,
    STMT_LEAVE_VISIT,
    STMT_BREAK_VISIT,
    STMT_KEEP_VISIT_NAME,
    STMT_RENAME_VISIT,
    STMT_PROMOTE_VISIT,
    STMT_ADD_REFUSAL,
    STMT_LIST_VISITS,
    STMT_LIST_ROOM_VISITS,
    STMT_LIST_POLICIES,
    STMT_ROOM_POLICY,
    STMT_LIST_MODERATORS,
    STMT_LIST_MODERATORS_PRESENT,
    STMT_PURGE_VISITS,
    STMT_PURGE_ROOMS,
    STMT_PURGE_REFUSALS,

    STMT_NEXT_LETTERS,
    STMT_LETTER_SENT,
    STMT_TELL_ATTENDEE,
    STMT_LETTER_RETRY,
    STMT_LETTER_FAILED,
    STMT_LETTER_DROP,
    STMT_COUNT
};

extern const char *const statement_texts[STMT_COUNT];

#endif
