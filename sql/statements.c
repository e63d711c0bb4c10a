#include "sql/statements.h"

#include <stddef.h>

/* How long the longest meeting keeps its room open: whoever looks for what is not over yet at a time need not
 * look at starts before that time minus this. */
#define LONGEST "coalesce((SELECT max(closes_at - opens_at) FROM meeting), 0)"

/* The meetings of one person that overlap :from..:to: invitations, those by an alias that was no known one
 * then, and meetings of their own, each from an index in the order of time, merged; so a page costs what it
 * shows, however many there are. m is the meeting, p its organiser, a who asks among its people. */
#define INVITED_TO                                                                                           \
    " CROSS JOIN meeting m ON m.id = a.meeting CROSS JOIN person p ON p.id = m.organiser"                    \
    " WHERE a.role <> 'organiser' AND a.removed_at IS NULL AND m.ends_at > :from AND "
#define ASKER "(SELECT id FROM person WHERE mail = :mail)"
#define BY_THE_MAIN_ADDRESS(condition)                                                                       \
    " FROM attendee a" INVITED_TO "a.mail = :mail AND " condition("a.starts_at", "a.meeting")
#define BY_AN_ALIAS(condition)                                                                               \
    " FROM alias x CROSS JOIN attendee a ON a.mail = x.mail" INVITED_TO "x.person = " ASKER                  \
    " AND m.organiser <> x.person AND NOT EXISTS (SELECT 1 FROM attendee b WHERE b.meeting = a.meeting"      \
    " AND b.removed_at IS NULL AND (b.mail = :mail OR (b.id < a.id"                                          \
    " AND b.mail IN (SELECT mail FROM alias WHERE person = x.person)))) AND " condition("a.starts_at",       \
                                                                                        "a.meeting")
#define OF_ONE_S_OWN(condition)                                                                              \
    " FROM meeting m CROSS JOIN person p ON p.id = m.organiser"                                              \
    " LEFT JOIN attendee a ON a.meeting = m.id AND a.mail = :mail AND a.removed_at IS NULL"                  \
    " WHERE m.organiser = " ASKER " AND m.ends_at > :from AND " condition("m.starts_at", "m.id")
#define PAGE_OF(columns, by_an_alias, condition)                                                             \
    "SELECT " columns ", a.starts_at AS at, a.meeting AS number" BY_THE_MAIN_ADDRESS(condition) by_an_alias  \
        " UNION ALL SELECT " columns ", m.starts_at, m.id" OF_ONE_S_OWN(condition)
#define AND_BY_AN_ALIAS(columns, condition)                                                                  \
    " UNION ALL SELECT " columns ", a.starts_at, a.meeting" BY_AN_ALIAS(condition)
#define IN_ORDER " ORDER BY at, number LIMIT :limit"
#define BACKWARDS " ORDER BY at DESC, number DESC LIMIT :limit"

#define FORWARD(starts, id)                                                                                  \
    starts " >= max(:from - " LONGEST ", :after_at) AND " starts " < :to AND (" starts " > :after_at OR " id \
           " > :after_id)"
#define BACKWARD(starts, id)                                                                                 \
    starts " <= min(:to - 1, :after_at) AND " starts " >= :from - " LONGEST " AND (" starts                  \
           " < :after_at OR " id " < :after_id)"

/* Takes the time :from..:to from whoever is in it. */
#define OVERLAPS(meeting)                                                                                    \
    meeting ".ends_at > :from AND " meeting ".status = 'confirmed' AND " meeting ".id <> :except"

/* A person's feed, a row for each attendee that is shown: own meetings with all of them, invitations with the
 * reader alone where the list is hidden or too long, or all. What is read is as feeds.c has it. Invited by
 * two addresses is invited once: by the main one, else by the first. */
#define ADDRESSES_OF_READER                                                                                  \
    "(SELECT :mail AS mail, 1 AS main UNION ALL SELECT mail, 0 FROM alias WHERE person = :person) mine"      \
    " CROSS JOIN attendee "
#define FEED_MEETING                                                                                         \
    "SELECT m.id, m.uid, m.subject, m.description, m.starts_at, m.ends_at, m.tz, m.status = 'cancelled',"    \
    " m.sequence, m.mail_reminders, m.created_at, m.updated_at, "
#define FEED_ATTENDEE ", r.role, r.partstat, r.mail, r.name, "
#define IN_WINDOW(starts)                                                                                    \
    starts " >= :from - " LONGEST " AND " starts " < :to AND m.ends_at > :from AND (m.status = 'confirmed'"  \
           " OR (m.ends_at > :cancelled_from AND m.cancelled_at > :cancelled_since))"
#define INVITED(a)                                                                                           \
    ":invited AND " a ".mail = mine.mail AND " a ".role <> 'organiser' AND " a ".removed_at IS NULL AND ("   \
    "mine.main OR NOT EXISTS (SELECT 1 FROM attendee o WHERE o.meeting = m.id AND o.removed_at IS NULL AND " \
    "("                                                                                                      \
    "o.mail = :mail OR (o.id < " a                                                                           \
    ".id AND o.mail IN (SELECT mail FROM alias WHERE person = :person))))) AND "
#define LIST_IS_SHORT                                                                                        \
    "(SELECT count(*) FROM (SELECT 1 FROM attendee g WHERE g.meeting = m.id AND g.role <> 'organiser'"       \
    " AND g.removed_at IS NULL LIMIT :most)) < :most"
#define FEED_OWN                                                                                             \
    FEED_MEETING "NULL, NULL, 0" FEED_ATTENDEE "r.changed_at, r.role = 'organiser', r.link"                  \
                 " FROM meeting m CROSS JOIN attendee r ON r.meeting = m.id AND r.removed_at IS NULL"        \
                 " WHERE m.organiser = :person AND " IN_WINDOW("m.starts_at")
#define FEED_HIDDEN                                                                                          \
    FEED_MEETING "p.mail, p.name, 1" FEED_ATTENDEE "r.changed_at, 1, r.link FROM " ADDRESSES_OF_READER       \
                 "r CROSS JOIN meeting m ON m.id = r.meeting CROSS JOIN person p ON p.id = m.organiser "     \
                 "WHERE " INVITED("r")                                                                       \
                     IN_WINDOW("r.starts_at") " AND (NOT r.list_shown OR NOT " LIST_IS_SHORT ")"
#define FEED_SHOWN                                                                                           \
    FEED_MEETING "p.mail, p.name, 0" FEED_ATTENDEE "max(a.changed_at, m.answers_at), r.id = a.id, r.link"    \
                 " FROM " ADDRESSES_OF_READER "a CROSS JOIN meeting m ON m.id = a.meeting"                   \
                 " CROSS JOIN person p ON p.id = m.organiser"                                                \
                 " CROSS JOIN attendee r ON r.meeting = m.id AND r.removed_at IS NULL WHERE a.list_shown "   \
                 "AND " INVITED("a") IN_WINDOW("a.starts_at") " AND " LIST_IS_SHORT

#define PEOPLE_OF_ROOM(condition)                                                                            \
    "(SELECT count(*) FROM room o JOIN visit v INDEXED BY visit_open_once ON v.room = o.id WHERE o.node ="   \
    " r.node AND o.closed_ms IS NULL AND v.left_ms IS NULL AND v.room_kind " condition " 'lobby')"
#define PERSONAL_ROOM                                                                                        \
    "SELECT r.node, r.ref, " PERSON_COLUMNS ", " PEOPLE_OF_ROOM("<>") ", " PEOPLE_OF_ROOM(                   \
        "=") " FROM personal_room r JOIN person p ON p.id = r.person"

#define VISIT_COLUMNS                                                                                        \
    "v.id, v.attendee, coalesce(v.token_name, v.name), coalesce(v.token_user, v.login),"                     \
    " v.attendee IS NOT NULL OR v.person IS NOT NULL OR v.login IS NOT NULL, v.room_kind, v.kind,"           \
    " v.joined_ms, v.left_ms, v.uncertain, v.moderator"

/* Of the meeting of the attendee row that is updated: the act has raised it. */
#define REVISION_NOW "(SELECT m.revision FROM meeting m WHERE m.id = attendee.meeting)"

/* A random name that ends like the meeting's uid. */
#define MESSAGE_ID                                                                                           \
    "lower(hex(randomblob(16))) || iif(instr(m.uid, '@'), substr(m.uid, instr(m.uid, '@')), '@localhost')"

/* Letters to the attendees of a meeting, or to one; what follows says to which of them. */
#define ADD_LETTERS(kind, urgent)                                                                            \
    "INSERT INTO letter (kind, urgent, recipient, meeting, attendee, organiser, message_id, due_at,"         \
    " created_at) SELECT " kind ", " urgent ", a.mail, a.meeting, a.id,"                                     \
    " iif(" urgent ", NULL, m.organiser), " MESSAGE_ID ", :now, :now"                                        \
    " FROM meeting m CROSS JOIN attendee a ON a.meeting = m.id WHERE m.id = :meeting"                        \
    " AND (:attendee IS NULL OR a.id = :attendee)"
#define TO_ATTENDEES " ORDER BY a.id"

#define SIGN_IN_COLUMNS "link, mail, browser, code, tries, next, expires_at"

/* Whom a calendar names, as list_people reads it. */
#define CALENDAR_PERSON "SELECT r.role, r.partstat, r.mail, r.name, r.changed_at FROM attendee r"

/* What a list shows of each, as lists.c reads it. Answers are counted for the organiser's eyes only (the
 * invited and, 20 bits above them, those who accepted: one look at each), people while there may be
 * some. */
#define MEETING_LISTED                                                                                       \
    "m.id, m.ref, m.subject, m.organiser, m.starts_at, m.ends_at, m.tz, m.language, m.status,"               \
    " m.opens_before, m.guests_before, m.grace, p.name, p.mail, a.id, a.role, a.partstat, a.link,"           \
    " iif(p.mail = :mail, (SELECT total(1 + ((g.partstat = 'accepted') << 20)) FROM attendee g"              \
    " WHERE g.meeting = m.id AND g.role <> 'organiser' AND g.removed_at IS NULL), 0),"                       \
    " iif(:now BETWEEN m.opens_at AND m.closes_at, (SELECT count(*) FROM visit v WHERE v.meeting = m.id"     \
    " AND v.left_ms IS NULL AND v.room_kind <> 'lobby'), 0)"

/* All addresses of whoever has the one bound as `mail`, that one included. */
#define ADDRESSES_OF(mail)                                                                                   \
    "(SELECT " mail                                                                                          \
    " UNION SELECT p.mail FROM person p WHERE p.id IN (SELECT id FROM person WHERE mail = " mail             \
    " UNION SELECT person FROM alias WHERE mail = " mail                                                     \
    ") UNION SELECT x.mail FROM alias x WHERE x.person IN"                                                   \
    " (SELECT id FROM person WHERE mail = " mail " UNION SELECT person FROM alias WHERE mail = " mail "))"

/* What an answer that counts no more leaves. */
#define NO_ANSWER                                                                                            \
    "partstat = 'needs-action', answered_at = NULL, comment = NULL, replied_at = NULL, reset_at = :now,"     \
    " reset_sequence = (SELECT m.sequence FROM meeting m WHERE m.id = attendee.meeting), changed_at = :now"

#define LETTER_DONE " WHERE id = :id AND state = 'waiting'"

const char *const statement_texts[STMT_COUNT] = {
    [STMT_HOLD] = "BEGIN",
    [STMT_BEGIN] = "BEGIN IMMEDIATE",
    [STMT_COMMIT] = "COMMIT",
    [STMT_ROLLBACK] = "ROLLBACK",
    [STMT_SAVEPOINT] = "SAVEPOINT verb",
    [STMT_RELEASE] = "RELEASE verb",
    [STMT_UNDO] = "ROLLBACK TO verb",
    [STMT_COUNTS] =
        "SELECT (SELECT count(*) FROM meeting), (SELECT count(*) FROM letter WHERE state = 'waiting'),"
        " (SELECT count(*) FROM letter WHERE state = 'failed'),"
        " (SELECT count(*) FROM visit WHERE left_ms IS NULL AND room_kind <> 'lobby')",
    [STMT_DUE_LETTERS] =
        "SELECT id, due_at FROM letter WHERE state = 'waiting' AND urgent = :urgent ORDER BY due_at",
    [STMT_DUE_REMINDER] = "SELECT due_at FROM reminder WHERE state = 'waiting' ORDER BY due_at LIMIT 1",
    [STMT_LIST_DUE] =
        "SELECT r.id, r.kind, r.before, r.due_at, r.meeting, coalesce(r.room, m.room), m.subject, m.language,"
        " m.ends_at, r.text, r.kind = 'room' AND r.before > 0 AND NOT EXISTS (SELECT 1 FROM reminder o WHERE"
        " o.meeting = r.meeting AND o.kind = 'room' AND o.before > r.before AND o.state = 'done' AND o.said "
        "> 0"
        " AND o.due_at + o.before = m.ends_at) FROM reminder r LEFT JOIN meeting m ON m.id = r.meeting"
        " WHERE r.state = 'waiting' AND r.due_at <= :now ORDER BY r.due_at, r.id LIMIT :limit",
    [STMT_GET_ORDER] = "SELECT state, coalesce(said, 0) FROM reminder WHERE id = :id",
    [STMT_REMINDER_DONE] = "UPDATE reminder SET state = 'done', said = :said, done_at = :now"
                           " WHERE id = :id AND state = 'waiting'",
    [STMT_ADD_ORDER] = "INSERT INTO reminder (meeting, room, kind, before, text, form, due_at)"
                       " VALUES (:meeting, :room, :kind, 0, :text, :form, :now) RETURNING id",
    [STMT_FIND_ORDERED] = "SELECT id FROM reminder WHERE meeting = :meeting AND form = :form",
    [STMT_STOP_MEETING] = "UPDATE meeting SET ends_at = min(ends_at, :now), grace = 0, updated_at = :now,"
                          " revision = revision + 1"
                          " WHERE id = :id AND starts_at < :now AND closes_at > :now",
    [STMT_NEXT_OPENING] = "SELECT min(opens_at) FROM meeting WHERE room = :room AND starts_at >= :starts_at"
                          " AND id <> :id AND status = 'confirmed' HAVING count(*) > 0",
    [STMT_MOVE_END] = "UPDATE meeting SET ends_at = :ends_at, updated_at = :now, revision = revision + 1"
                      " WHERE id = :id",
    [STMT_DROP_PLAN] = "UPDATE reminder SET state = 'dropped' WHERE meeting = :meeting AND state = 'waiting'"
                       " AND kind IN ('room', 'last', 'end')",

    /* people */
    [STMT_ADD_PERSON] =
        "INSERT INTO person (mail, uid, name, language, tz, may_book, source, link, created_at, updated_at)"
        " VALUES (:mail, :uid, :name, :language, :tz, :may_book, :source, :link, :now, :now) RETURNING id",
    [STMT_CHANGE_PERSON] = "UPDATE person SET uid = coalesce(:uid, uid), name = coalesce(:name, name),"
                           " language = coalesce(:language, language), tz = coalesce(:tz, tz),"
                           " may_book = :may_book AND source <> 'gone',"
                           " source = iif(source = 'sign-in', :source, source), updated_at = :now"
                           " WHERE mail = :mail RETURNING id",
    [STMT_GET_PERSON] = "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id = :id",
    [STMT_FIND_PERSON] = "SELECT " PERSON_COLUMNS " FROM person p WHERE p.mail = :mail",
    [STMT_FIND_UID] = "SELECT " PERSON_COLUMNS " FROM person p WHERE p.uid = :uid LIMIT 1",
    [STMT_RESOLVE_ADDRESS] =
        "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id = coalesce((SELECT id FROM person"
        " WHERE mail = :mail), (SELECT person FROM alias WHERE mail = :mail))",
    [STMT_REMOVE_PERSON_WORDS] = "DELETE FROM person_words WHERE rowid = :id",
    [STMT_ADD_PERSON_WORDS] =
        "INSERT INTO person_words (rowid, words) SELECT id, plain(concat_words) FROM (SELECT "
        "p.id, coalesce(p.name, '')"
        " || ' ' || coalesce(p.uid, '') || ' ' || substr(p.mail, 1, instr(p.mail, "
        "'@')) || ' ' || coalesce((SELECT"
        " group_concat(substr(mail, 1, instr(mail, '@')), ' ') FROM alias WHERE person "
        "= p.id), '') AS concat_words"
        " FROM person p WHERE p.id = :id AND p.source <> 'gone')",
    [STMT_SEARCH_PEOPLE] = "SELECT p.mail, p.name FROM person_words w JOIN person p ON p.id = w.rowid"
                           " WHERE w.words MATCH :words LIMIT :limit",
    [STMT_SEARCH_LISTS] =
        "SELECT l.name, (SELECT count(*) FROM list_member m WHERE m.list = l.id) FROM list_words w"
        " JOIN list l ON l.id = w.rowid WHERE w.words MATCH :words LIMIT :limit",
    [STMT_LIST_MEMBERS] =
        "SELECT coalesce(p.mail, m.mail), coalesce(p.name, m.name) FROM list l JOIN list_member m ON m.list "
        "= l.id"
        " LEFT JOIN person p ON p.id = coalesce((SELECT id FROM person WHERE mail = m.mail),"
        " (SELECT person FROM alias WHERE mail = m.mail)) WHERE l.name = :name ORDER BY m.mail",
    [STMT_FIND_SEEN] = "SELECT " PERSON_COLUMNS ", p.seen FROM person p WHERE p.mail = :mail",
    [STMT_FIND_SEEN_UID] = "SELECT " PERSON_COLUMNS ", p.seen FROM person p WHERE p.uid = :uid LIMIT 1",
    [STMT_FIND_SEEN_ALIAS] = "SELECT " PERSON_COLUMNS
                             ", p.seen FROM alias a JOIN person p ON p.id = a.person WHERE a.mail = :mail",
    [STMT_IMPORT_PERSON] =
        "UPDATE person SET mail = :mail, uid = coalesce(:uid, uid), name = coalesce(:name, name),"
        " language = coalesce(language, :language), may_book = :may_book, source = 'directory',"
        " seen = :run, updated_at = :now WHERE id = :id",
    [STMT_SEE_PERSON] = "UPDATE person SET seen = :run WHERE id = :id",
    [STMT_RENAME_ATTENDEE] = "UPDATE OR IGNORE attendee SET mail = :mail, changed_at = max(changed_at, :now)"
                             " WHERE mail = :before",
    [STMT_REMOVE_NEWCOMER] = "DELETE FROM person WHERE id = :id AND source <> 'directory'"
                             " AND NOT EXISTS (SELECT 1 FROM meeting WHERE organiser = :id)",
    [STMT_LIST_ALIASES] = "SELECT mail FROM alias WHERE person = :person",
    [STMT_ADD_ALIAS] =
        "INSERT INTO alias (mail, person) SELECT :mail, :person WHERE NOT EXISTS"
        " (SELECT 1 FROM person WHERE mail = :mail) ON CONFLICT DO UPDATE SET person = excluded.person",
    [STMT_REMOVE_ALIAS] = "DELETE FROM alias WHERE mail = :mail",
    [STMT_REMOVE_ALIASES] = "DELETE FROM alias WHERE person = :person",
    [STMT_COUNT_UNSEEN] = "SELECT (SELECT count(*) FROM person WHERE source = 'directory' AND seen < :run),"
                          " (SELECT count(*) FROM person WHERE source = 'directory' AND seen <= :run)",
    [STMT_NEXT_UNSEEN] = "SELECT id FROM person WHERE source = 'directory' AND seen < :run LIMIT 1",
    [STMT_REMOVE_UNSEEN] =
        "DELETE FROM person WHERE id = :id AND NOT EXISTS (SELECT 1 FROM meeting WHERE organiser = :id)",
    [STMT_SET_GONE] = "UPDATE person SET source = 'gone', may_book = 0, updated_at = :now WHERE id = :id",
    [STMT_ADD_LIST] = "INSERT INTO list (name) VALUES (:name) RETURNING id",
    [STMT_FIND_LIST] = "SELECT id FROM list WHERE name = :name",
    [STMT_ADD_LIST_WORDS] = "INSERT INTO list_words (rowid, words) VALUES (:id, plain(:words))",
    [STMT_FIND_MEMBER] = "SELECT 1 FROM list_member WHERE list = :list AND mail = :mail AND name IS :name",
    [STMT_PUT_MEMBER] =
        "INSERT INTO list_member (list, mail, name, seen) VALUES (:list, :mail, :name, :run)"
        " ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name), seen = excluded.seen",
    [STMT_COUNT_UNSEEN_MEMBERS] = "SELECT (SELECT count(*) FROM list_member WHERE seen < :run),"
                                  " (SELECT count(*) FROM list_member WHERE seen <= :run)",
    [STMT_PRUNE_MEMBERS] = "DELETE FROM list_member WHERE (list, mail) IN"
                           " (SELECT list, mail FROM list_member WHERE seen < :run LIMIT :limit)",
    [STMT_NEXT_EMPTY_LIST] = "SELECT l.id FROM list l WHERE l.id > 0 AND NOT EXISTS"
                             " (SELECT 1 FROM list_member m WHERE m.list = l.id) LIMIT 1",
    [STMT_REMOVE_LIST] = "DELETE FROM list WHERE id = :id",
    [STMT_REMOVE_LIST_WORDS] = "DELETE FROM list_words WHERE rowid = :id",
    [STMT_ADD_PERSONAL_ROOM] = "INSERT INTO personal_room (person, node, ref, created_at)"
                               " VALUES (:person, :node, :ref, :now)",
    [STMT_GET_PERSONAL_ROOM] = PERSONAL_ROOM " WHERE r.person = :person",
    [STMT_FIND_PERSONAL_ROOM] = PERSONAL_ROOM " WHERE r.node = :node",
    [STMT_LIST_PERSONAL_ROOMS] = "SELECT person, node FROM personal_room ORDER BY node",
    [STMT_PERSON_OF_PERSONAL_TOKEN] = "SELECT p.id, coalesce(p.name, p.mail) FROM personal_room r"
                                      " JOIN person p ON p.id = r.person WHERE r.ref = :user",
    [STMT_ADD_SIGN_IN] =
        "INSERT INTO sign_in (link, mail, browser, known, allowed, quiet, code, address, next, created_at, "
        "expires_at)"
        " VALUES (:link, :mail, :browser, :known, :allowed, :quiet, :code, :address, :next, :now,"
        " :expires_at)",
    [STMT_ADD_SIGN_IN_LETTER] =
        "INSERT INTO letter (kind, urgent, recipient, language, sign_in, message_id, state, due_at, "
        "created_at)"
        " VALUES ('sign-in', 1, :mail, :language, :link, lower(hex(randomblob(16))) || '@' || :domain,"
        " iif(:leaves, 'waiting', 'dropped'), :now, :now)",
    [STMT_FIND_SIGN_IN] =
        "SELECT " SIGN_IN_COLUMNS " FROM sign_in"
        " WHERE link = :link AND allowed AND used_at IS NULL AND (expires_at > :now OR (created_at > :since"
        " AND EXISTS (SELECT 1 FROM sign_in asked WHERE asked.mail = sign_in.mail AND asked.quiet"
        " AND asked.used_at IS NULL AND asked.expires_at > :now)))",
    [STMT_TAKE_SIGN_IN] = "UPDATE sign_in SET used_at = :now"
                          " WHERE link = :link AND allowed AND used_at IS NULL AND expires_at > :now"
                          " RETURNING " SIGN_IN_COLUMNS,
    [STMT_TAKE_SIGN_IN_BY_CODE] =
        "UPDATE sign_in SET used_at = :now WHERE browser = :browser AND allowed AND used_at IS NULL"
        " AND expires_at > :now AND tries < :tries AND (code = :code AND NOT quiet OR quiet AND EXISTS"
        " (SELECT 1 FROM sign_in sent WHERE sent.mail = sign_in.mail AND sent.code = :code AND sent.allowed"
        " AND NOT sent.quiet AND sent.used_at IS NULL AND sent.created_at > :since))"
        " RETURNING " SIGN_IN_COLUMNS,
    [STMT_USE_CODE] = "UPDATE sign_in SET used_at = :now WHERE mail = :mail AND code = :code"
                      " AND used_at IS NULL",
    [STMT_COUNT_TRY] = "UPDATE sign_in SET tries = tries + 1 WHERE browser = :browser AND used_at IS NULL"
                       " AND expires_at > :now AND tries < :tries",
    [STMT_COUNT_SIGN_INS] =
        "SELECT (SELECT count(*) FROM sign_in WHERE mail = :mail AND browser IS NOT NULL"
        " AND NOT quiet AND known IS :known AND created_at > :since),"
        " (SELECT count(*) FROM sign_in WHERE address = :address AND known IS NULL AND created_at > "
        ":since)",
    [STMT_PURGE_SIGN_INS] = "DELETE FROM sign_in WHERE link IN"
                            " (SELECT link FROM sign_in WHERE expires_at < :before LIMIT 50)",
    [STMT_PURGE_SESSIONS] = "DELETE FROM session WHERE id IN"
                            " (SELECT id FROM session WHERE expires_at < :before LIMIT 50)",
    [STMT_PURGE_FORMS] = "DELETE FROM kept_form WHERE browser IN"
                         " (SELECT browser FROM kept_form WHERE expires_at <= :now LIMIT 50)",
    [STMT_KEEP_FORM] =
        "INSERT INTO kept_form (browser, person, path, body, expires_at)"
        " VALUES (:browser, :person, :path, :body, :expires_at) ON CONFLICT (browser) DO UPDATE"
        " SET person = excluded.person, path = excluded.path, body = excluded.body,"
        " expires_at = excluded.expires_at",
    [STMT_FIND_FORM] = "SELECT path, body, expires_at FROM kept_form"
                       " WHERE browser = :browser AND person = :person AND expires_at > :now",
    [STMT_SET_PERSON] = "UPDATE person SET language = :language, tz = :tz, answer_mails = :answer_mails,"
                        " updated_at = :now WHERE id = :id",
    [STMT_RENEW_FEED] = "UPDATE person SET link = :link, updated_at = :now WHERE id = :id",
    [STMT_ADD_DEPUTY] = "INSERT INTO deputy (person, deputy, created_at) VALUES (:person, :deputy, :now)"
                        " ON CONFLICT DO NOTHING",
    [STMT_REMOVE_DEPUTY] = "DELETE FROM deputy WHERE person = :person AND deputy = :deputy",
    [STMT_FIND_DEPUTY] = "SELECT 1 FROM deputy WHERE person = :person AND deputy = :deputy",
    [STMT_LIST_DEPUTIES] = "SELECT " PERSON_COLUMNS " FROM deputy d JOIN person p ON p.id = d.deputy"
                           " WHERE d.person = :person ORDER BY coalesce(p.name, p.mail)",
    [STMT_LIST_PRINCIPALS] = "SELECT " PERSON_COLUMNS " FROM deputy d JOIN person p ON p.id = d.person"
                             " WHERE d.deputy = :person ORDER BY coalesce(p.name, p.mail)",
    [STMT_ADD_SESSION] = "INSERT INTO session (id, person, created_at, expires_at)"
                         " VALUES (:id, :person, :now, :expires_at)",
    [STMT_FIND_SESSION] = "SELECT " PERSON_COLUMNS " FROM session s JOIN person p ON p.id = s.person"
                          " WHERE s.id = :id AND s.expires_at > :now",
    [STMT_CLOSE_SESSION] = "UPDATE session SET expires_at = :now WHERE id = :id AND expires_at > :now",
    [STMT_CLOSE_SESSIONS] =
        "UPDATE session SET expires_at = :now WHERE person = :person AND expires_at > :now",
    [STMT_SESSION_PERSON] = "SELECT person FROM session WHERE id = :id",

    /* meetings */
    [STMT_FIND_BOOKED] = "SELECT id, ref FROM meeting WHERE organiser = :organiser AND form = :form",
    [STMT_ADD_MEETING] =
        "INSERT INTO meeting (ref, uid, room, shared_link, subject, description, organiser, starts_at, "
        "ends_at, tz,"
        " language, lobby, guests_wait, opens_before, guests_before, grace, at_end, maximum, password,"
        " room_reminders, mail_reminders, show_guests, shared, form, created_at, updated_at)"
        " VALUES (:ref, :uid, :room, :shared_link, :subject, :description, :organiser, :starts_at, :ends_at,"
        " :tz, :language, :lobby, :guests_wait, :opens_before, :guests_before, :grace, :at_end, :maximum,"
        " :password, :room_reminders, :mail_reminders, :show_guests, :shared, :form, :now, :now)"
        " RETURNING id",
    [STMT_ADD_ATTENDEE] =
        "INSERT INTO attendee (meeting, ref, mail, name, role, partstat, answered_at, link, starts_at,"
        " list_shown, added_revision, changed_at) SELECT id, :ref, :mail, :name, :role, :partstat,"
        " :answered_at, :link, starts_at, show_guests, revision, :now FROM meeting WHERE id = :meeting"
        " ON CONFLICT (meeting, mail) DO UPDATE SET role = excluded.role"
        " WHERE role = 'guest' AND excluded.role = 'moderator'",
    [STMT_ADD_REMINDER] = "INSERT INTO reminder (meeting, kind, before, due_at)"
                          " VALUES (:meeting, :kind, :before, :due_at)"
                          " ON CONFLICT DO NOTHING",
    [STMT_ADD_AUDIT] =
        "INSERT INTO audit (at, who, by_name, what, meeting, revision, attendee, before, after) VALUES (:now,"
        " coalesce(:who, (SELECT id FROM person WHERE mail = :by)), :by, :what, :meeting,"
        " (SELECT revision FROM meeting WHERE id = :meeting), :attendee, :before, :after)",
    [STMT_CANCEL_MEETING] = "UPDATE meeting SET status = 'cancelled', sequence = sequence + 1, revision ="
                            " revision + 1, updated_at = :now, cancelled_at = :now, cancelled_by = :by,"
                            " cancel_reason = :reason WHERE id = :id AND status = 'confirmed'",
    [STMT_FIND_CONFLICT] =
        "SELECT id, opens_at, closes_at FROM meeting WHERE room = :room AND status = 'confirmed'"
        " AND id IS NOT :id AND starts_at BETWEEN :opens_at - " LONGEST " AND :closes_at + " LONGEST
        " AND opens_at < :closes_at AND closes_at > :opens_at ORDER BY starts_at, id LIMIT 1",
    [STMT_FIND_CHANGED] = "SELECT id FROM meeting WHERE id = :id AND change_form = :form",
    [STMT_CHANGE_MEETING] =
        "UPDATE meeting SET subject = :subject, description = :description, starts_at = :starts_at,"
        " ends_at = :ends_at, tz = :tz, language = :language, lobby = :lobby, guests_wait = :guests_wait,"
        " opens_before = :opens_before, guests_before = :guests_before, grace = :grace, at_end = :at_end,"
        " maximum = :maximum, password = :password, room_reminders = :room_reminders, mail_reminders ="
        " :mail_reminders, show_guests = :show_guests, shared = :shared, change_form = :form, updated_at = "
        ":now, revision = revision + 1 WHERE id = :id",
    [STMT_RAISE_REVISION] = "UPDATE meeting SET revision = revision + 1, updated_at = :now WHERE id = :id",
    [STMT_RAISE_SEQUENCE] = "UPDATE meeting SET sequence = sequence + 1 WHERE id = :id",
    [STMT_KEEP_ANSWERS] =
        "INSERT INTO kept_answer SELECT id, :starts_at, :ends_at, partstat, answered_at, comment, replied_at,"
        " reset_at, reset_sequence FROM attendee WHERE meeting = :meeting AND role <> 'organiser'"
        " ON CONFLICT DO NOTHING",
    [STMT_RESET_ANSWERS] = "UPDATE attendee SET " NO_ANSWER " WHERE meeting = :meeting"
                           " AND role <> 'organiser'",
    [STMT_RESET_ANSWER] = "UPDATE attendee SET " NO_ANSWER " WHERE id = :attendee",
    [STMT_RESTORE_ANSWERS] =
        "UPDATE attendee SET partstat = k.partstat, answered_at = k.answered_at, comment = k.comment,"
        " replied_at = k.replied_at, reset_at = k.reset_at, reset_sequence = k.reset_sequence"
        " FROM kept_answer k WHERE attendee.meeting = :meeting AND k.attendee = attendee.id"
        " AND k.starts_at = :starts_at AND k.ends_at = :ends_at AND attendee.role <> 'organiser'",
    [STMT_FORGET_ANSWERS] =
        "DELETE FROM kept_answer WHERE attendee IN (SELECT id FROM attendee WHERE meeting = :meeting)"
        " AND starts_at = :starts_at AND ends_at = :ends_at",
    [STMT_FORGET_ANSWER] = "DELETE FROM kept_answer WHERE attendee = :attendee",
    [STMT_FORGET_ANSWER_TOLD] = "DELETE FROM kept_answer WHERE attendee = :attendee"
                                " AND (:cancelled OR starts_at <> :starts_at OR ends_at <> :ends_at)",
    [STMT_RESET_ANSWER_TOLD] =
        "UPDATE attendee SET " NO_ANSWER " WHERE id = :attendee AND role <> 'organiser'"
        " AND answered_at <= :created_at AND EXISTS (SELECT 1 FROM meeting m WHERE m.id = attendee.meeting"
        " AND m.status = 'confirmed' AND m.sequence > :sequence AND m.starts_at > :now"
        " AND (:cancelled OR m.starts_at <> :starts_at OR m.ends_at <> :ends_at))",
    [STMT_FIND_ATTENDEE_BY_MAIL] =
        "SELECT " ATTENDEE_COLUMNS " FROM attendee a WHERE a.meeting = :meeting AND a.mail = :mail",
    [STMT_NAME_ATTENDEE] = "UPDATE attendee SET name = :name, changed_at = :now WHERE id = :id",
    [STMT_REMOVE_ATTENDEE] =
        "UPDATE attendee SET removed_at = :now, removed_revision = " REVISION_NOW ", changed_at = :now"
        " WHERE id = :id",
    [STMT_TOLD_OF_REMOVAL] = "SELECT told_status = 'cancelled' FROM attendee WHERE id = :id"
                             " AND told_status IS NOT NULL",
    /* Who was removed since the organiser was told last was not away for them. */
    [STMT_RESTORE_ATTENDEE] =
        "UPDATE attendee SET removed_at = NULL, removed_revision = NULL, name = coalesce(:name, name),"
        " role = :role, changed_at = :now, added_revision = iif(removed_revision >"
        " (SELECT coalesce(o.told_revision, -1) FROM attendee o WHERE o.meeting = attendee.meeting"
        " AND o.role = 'organiser'), added_revision, " REVISION_NOW ") WHERE id = :id",
    [STMT_SET_ROLE] = "UPDATE attendee SET role = :role, partstat = iif(:role = 'organiser', 'accepted',"
                      " partstat), answered_at = iif(:role = 'organiser', :now, answered_at), changed_at ="
                      " :now WHERE id = :id",
    [STMT_RENEW_LINK] = "UPDATE attendee SET link = :link, ref = :ref, changed_at = :now WHERE id = :id",
    [STMT_INVITATION_WAITS] = "SELECT id FROM letter WHERE attendee = :attendee AND state = 'waiting'"
                              " AND kind = 'invitation' AND attempts = 0",
    [STMT_SET_ORGANISER] = "UPDATE meeting SET organiser = :organiser WHERE id = :id",
    [STMT_LIST_HISTORY] =
        "SELECT h.at, coalesce(p.name, p.mail, h.by_name), h.what, h.before, h.after, a.name, a.mail,"
        " h.revision FROM audit h LEFT JOIN person p ON p.id = h.who LEFT JOIN attendee a ON a.id ="
        " h.attendee WHERE h.meeting = :meeting AND h.revision > :since ORDER BY h.revision DESC, h.id DESC"
        " LIMIT :limit",
    [STMT_LIST_LETTERS] =
        "SELECT l.kind, l.recipient, a.name, l.state, l.last_error, l.attempts, l.created_at, l.done_at"
        " FROM letter l LEFT JOIN attendee a ON a.id = l.attendee WHERE l.meeting = :meeting"
        " AND l.state <> 'dropped' ORDER BY l.id DESC LIMIT :limit",
    [STMT_GET_MEETING] = "SELECT " MEETING_COLUMNS " FROM meeting m WHERE m.id = :id",
    [STMT_FIND_MEETING] = "SELECT " MEETING_COLUMNS " FROM meeting m WHERE m.ref = :ref",
    [STMT_FIND_SHARED] = "SELECT " MEETING_COLUMNS " FROM meeting m WHERE m.shared_link = :link",
    [STMT_LIST_FEED] = FEED_OWN " UNION ALL " FEED_HIDDEN " UNION ALL " FEED_SHOWN,
    [STMT_LIST_CALENDAR_PEOPLE] = CALENDAR_PERSON
    " WHERE r.meeting = :meeting AND (r.id = :me OR r.removed_at IS NULL) ORDER BY r.mail",
    [STMT_LIST_CALENDAR_PAIR] =
        CALENDAR_PERSON " WHERE r.id = :me UNION " CALENDAR_PERSON
                        " WHERE r.meeting = :meeting AND r.role = 'organiser' AND r.removed_at IS NULL"
                        " ORDER BY r.mail",
    [STMT_LIST_MEETINGS] = PAGE_OF(MEETING_LISTED, "", FORWARD) IN_ORDER,
    [STMT_LIST_MEETINGS_BACKWARDS] = PAGE_OF(MEETING_LISTED, "", BACKWARD) BACKWARDS,
    [STMT_LIST_MEETINGS_BY_ALIAS] =
        PAGE_OF(MEETING_LISTED, AND_BY_AN_ALIAS(MEETING_LISTED, FORWARD), FORWARD) IN_ORDER,
    [STMT_LIST_MEETINGS_BY_ALIAS_BACKWARDS] =
        PAGE_OF(MEETING_LISTED, AND_BY_AN_ALIAS(MEETING_LISTED, BACKWARD), BACKWARD) BACKWARDS,
    [STMT_IS_INVITED_BY_ALIAS] =
        "SELECT 1 FROM alias x CROSS JOIN attendee a ON a.mail = x.mail WHERE x.person = " ASKER
        " AND a.role <> 'organiser' AND a.removed_at IS NULL LIMIT 1",
    [STMT_LIST_OVERLAPS] =
        "WITH page (id, starts_at, own) AS (SELECT a.meeting, a.starts_at, 0 FROM attendee a CROSS JOIN "
        "meeting i"
        " ON i.id = a.meeting WHERE a.mail IN (SELECT mail FROM person WHERE id = :person UNION SELECT mail "
        "FROM"
        " alias WHERE person = :person) AND a.role <> 'organiser' AND a.removed_at IS NULL AND a.starts_at >="
        " :from - " LONGEST
        " AND a.starts_at < :to AND a.partstat = 'accepted' AND i.organiser <> :person AND " OVERLAPS(
            "i") " UNION SELECT o.id, o.starts_at, 1 FROM meeting o WHERE o.organiser = :person AND"
                 " o.starts_at >= :from - " LONGEST " AND o.starts_at < :to AND " OVERLAPS(
                     "o") ") SELECT " MEETING_COLUMNS ", page.own FROM page JOIN meeting m ON m.id = page.id "
                          "ORDER BY page.starts_at, page.id LIMIT :limit",
    [STMT_LIST_ROSTER] = "SELECT " ATTENDEE_COLUMNS " FROM attendee a"
                         " WHERE a.meeting = :meeting AND a.removed_at IS NULL ORDER BY a.id",
    [STMT_LIST_ATTENDEES] =
        "SELECT " ATTENDEE_COLUMNS ", l.state, l.last_error,"
        " (SELECT count(*) FROM visit v WHERE v.attendee = a.id AND v.room_kind = 'main'),"
        " (SELECT min(v.joined_ms) FROM visit v WHERE v.attendee = a.id AND v.room_kind <> 'lobby'),"
        " EXISTS (SELECT 1 FROM visit v WHERE v.attendee = a.id AND v.left_ms IS NULL"
        " AND v.room_kind <> 'lobby'), coalesce(a.told_status = 'confirmed', 0)"
        " FROM attendee a LEFT JOIN letter l ON l.id = (SELECT n.id FROM letter n"
        " WHERE n.attendee = a.id AND n.kind NOT IN ('answer', 'forward') AND n.state <> 'dropped'"
        " AND NOT (n.kind = 'people' AND n.state = 'waiting') ORDER BY "
        "n.id DESC LIMIT 1)"
        " WHERE a.meeting = :meeting AND a.removed_at IS NULL ORDER BY CASE a.role WHEN 'organiser' THEN 0"
        " WHEN 'moderator' THEN 1 ELSE 2 END, coalesce(a.name, a.mail) COLLATE NOCASE, a.id",
    [STMT_FIND_ATTENDEE] = "SELECT " ATTENDEE_COLUMNS ", " MEETING_COLUMNS
                           " FROM attendee a JOIN meeting m ON m.id = a.meeting WHERE a.link = :link",
    [STMT_FIND_ENTRANT] = "SELECT " ATTENDEE_COLUMNS ", " MEETING_AT_DOOR
                          " FROM attendee a JOIN meeting m ON m.id = a.meeting WHERE a.link = :link",
    [STMT_GET_ATTENDEE] = "SELECT " ATTENDEE_COLUMNS ", " MEETING_COLUMNS
                          " FROM attendee a JOIN meeting m ON m.id = a.meeting WHERE a.id = :id",
    [STMT_FIND_ATTENDEE_OF] =
        "SELECT " ATTENDEE_COLUMNS " FROM person p CROSS JOIN attendee a ON a.meeting = :meeting"
        " AND a.mail IN (SELECT p.mail UNION ALL SELECT mail FROM alias WHERE person = p.id)"
        " AND a.removed_at IS NULL WHERE p.id = :person"
        " ORDER BY CASE a.role WHEN 'organiser' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, a.id LIMIT 1",
    [STMT_ANSWER] =
        "UPDATE attendee SET partstat = :partstat, answered_at = :now, changed_at = :now, comment ="
        " CASE WHEN :comment IS NULL AND partstat = :partstat THEN comment ELSE :comment END"
        " WHERE id = :id AND removed_at IS NULL"
        " AND (partstat <> :partstat OR comment IS NOT coalesce(:comment, comment))"
        " AND EXISTS (SELECT 1 FROM meeting m WHERE m.id = attendee.meeting AND m.status = 'confirmed'"
        " AND m.ends_at > :now)",
    /* Not by RETURNING, which makes an UPDATE write its rows to a table of its own first: twice the time. */
    [STMT_WHO_HEARS] =
        "SELECT a.meeting, m.show_guests, p.answer_mails FROM attendee a JOIN meeting m ON m.id ="
        " a.meeting JOIN person p ON p.id = m.organiser WHERE a.id = :attendee",
    [STMT_FIND_REPLIER] =
        "SELECT " ATTENDEE_COLUMNS ", " MEETING_COLUMNS ", a.reset_at, a.reset_sequence, a.replied_at"
        " FROM meeting m JOIN attendee a ON a.meeting = m.id WHERE m.uid = :uid AND m.recurrence_id = ''"
        " AND a.mail IN " ADDRESSES_OF(":mail") " ORDER BY a.removed_at IS NOT NULL, a.mail <> :mail, a.id"
                                                " LIMIT 1",
    [STMT_REPLIED] = "UPDATE attendee SET replied_at = :stamp_at WHERE id = :id",
    [STMT_FIND_REPLIED_TO] = "SELECT l.meeting FROM letter l WHERE l.message_id = :message_id"
                             " AND l.meeting IS NOT NULL AND l.state IN ('sent', 'bounced')",
    [STMT_MEETING_OF_UID] = "SELECT id FROM meeting WHERE uid = :uid AND recurrence_id = ''",
    [STMT_ADD_FORWARD] =
        "INSERT INTO letter (kind, recipient, meeting, attendee, words, words_from, said_by, said, delegate,"
        " proposed, proposed_zone, message_id, due_at, created_at) SELECT 'forward', p.mail, m.id, a.id,"
        " :words, :from, :said_by, :said, :delegate, :proposed, :zone, " MESSAGE_ID ", :now, :now"
        " FROM meeting m JOIN person p ON p.id = m.organiser JOIN attendee a ON a.meeting = m.id"
        " AND a.role = 'organiser' WHERE m.id = :meeting AND (SELECT count(*) FROM letter l WHERE l.meeting ="
        " m.id AND l.kind = 'forward' AND l.created_at > :now - 86400) < :most",
    [STMT_ORGANISER_FEED_CHANGED] =
        "UPDATE person SET answers_at = :now WHERE id = (SELECT organiser FROM meeting WHERE id = :meeting)"
        " AND answers_at < :now",
    [STMT_SHOWN_LIST_CHANGED] = "UPDATE meeting SET answers_at = :now"
                                " WHERE id = :meeting AND answers_at < :now",
    [STMT_FIND_FEED] =
        "SELECT " PERSON_COLUMNS ", (SELECT max(p.updated_at, p.answers_at, coalesce(max((SELECT a.changed_at"
        " FROM attendee a WHERE a.mail = mine.mail ORDER BY a.changed_at DESC LIMIT 1)), 0), "
        "coalesce(max((SELECT"
        " max(m.answers_at) FROM attendee a CROSS JOIN meeting m ON m.id = a.meeting WHERE a.list_shown AND"
        " a.mail = mine.mail AND a.role <> 'organiser' AND a.removed_at IS NULL AND a.starts_at >= :since "
        "- " LONGEST
        " AND a.starts_at < :to)), 0)) FROM (SELECT p.mail AS mail UNION ALL SELECT mail FROM alias"
        " WHERE person = p.id) mine) FROM person p WHERE p.link = :link",

    /* rooms */
    [STMT_FIND_STREAM] =
        "SELECT id, last, last IS NULL, snapshot, heartbeat_ms, offset_ms, late_ms, late_since_ms FROM stream"
        " WHERE prosody = :prosody AND boot = :boot",
    [STMT_ADD_STREAM] = "INSERT INTO stream (prosody, boot, snapshot, heartbeat_ms, offset_ms)"
                        " VALUES (:prosody, :boot, 1, :heartbeat, :offset) RETURNING id",
    [STMT_SET_STREAM] = "UPDATE stream SET last = :last, heartbeat_ms = :heartbeat WHERE id = :id",
    [STMT_SET_CLOCK] = "UPDATE stream SET offset_ms = :offset, late_ms = :late, late_since_ms = :since"
                       " WHERE id = :id",
    [STMT_CLOCK_OFFSET] = "SELECT offset_ms FROM stream WHERE prosody = :prosody ORDER BY id DESC LIMIT 1",
    [STMT_ASK_SNAPSHOT] = "UPDATE stream SET last = NULL, snapshot = snapshot + 1 WHERE id = :id",
    [STMT_END_VISITS] =
        "UPDATE visit INDEXED BY visit_open_once SET uncertain = 1, left_ms = max(joined_ms, (SELECT"
        " s.heartbeat_ms FROM room r JOIN stream s ON s.id = r.stream WHERE r.id = visit.room))"
        " WHERE left_ms IS NULL AND room IN (SELECT r.id FROM stream s CROSS JOIN room r ON r.stream = s.id"
        " WHERE s.prosody = :prosody AND s.id <= :stream AND r.closed_ms IS NULL)"
        " AND ((SELECT stream FROM room WHERE id = visit.room) < :stream"
        " OR snapshot <> (SELECT snapshot FROM stream WHERE id = :stream)) RETURNING meeting",
    [STMT_END_ROOMS] =
        "UPDATE room SET uncertain = 1, closed_ms = max(opened_ms, s.heartbeat_ms) FROM stream s"
        " WHERE s.prosody = :prosody AND s.id <= :stream AND room.stream = s.id AND room.closed_ms IS NULL"
        " AND (s.id < :stream OR room.snapshot <> s.snapshot) RETURNING meeting",
    [STMT_FIND_ROOM] = "SELECT id, kind, meeting, reflects FROM room"
                       " WHERE stream = :stream AND instance = :instance",
    [STMT_ADD_ROOM] = "INSERT INTO room (stream, instance, address, kind, main, node, meeting, opened_ms)"
                      " VALUES (:stream, :instance, :address, :kind, :main, :node, :meeting, :at)"
                      " RETURNING id",
    [STMT_NAME_ROOM] = "UPDATE room SET snapshot = :snapshot, reflects = :number, closed_ms = NULL,"
                       " uncertain = 0 WHERE id = :id",
    [STMT_CLOSE_ROOM] =
        "UPDATE room SET closed_ms = max(opened_ms, coalesce((SELECT max(left_ms) FROM visit WHERE room ="
        " :id), :at)), uncertain = 0 WHERE id = :id AND (closed_ms IS NULL OR uncertain)",
    [STMT_CLOSE_VISITS_OF_ROOM] = "UPDATE visit INDEXED BY visit_open_once SET left_ms = max(joined_ms, :at),"
                                  " uncertain = joined_ms > :at WHERE room = :room AND left_ms IS NULL",
    [STMT_COUNT_NAMED_ROOMS] = "SELECT count(*) FROM room WHERE stream = :stream AND closed_ms IS NULL"
                               " AND snapshot = :snapshot",
    [STMT_MAIN_ROOM_MEETING] =
        "SELECT r.meeting FROM room r JOIN stream s ON s.id = r.stream JOIN stream mine ON mine.id = :stream"
        " WHERE r.node = :node AND r.closed_ms IS NULL AND r.kind = 'main' AND s.prosody = mine.prosody"
        " ORDER BY r.id DESC LIMIT 1",
    [STMT_ROOM_MEETING] =
        "SELECT id FROM meeting WHERE room = :node AND status = 'confirmed'"
        " AND starts_at BETWEEN :at - 86400 - " LONGEST " AND :at + 86400 + " LONGEST
        " AND max(0, opens_at - :at, :at - closes_at) <= 86400 ORDER BY max(0, opens_at - :at, :at -"
        " closes_at), max(0, starts_at - :at, :at - ends_at + 1), starts_at, id LIMIT 1",
    [STMT_ADOPT_VISITS] = "UPDATE visit SET meeting = :meeting, attendee = (SELECT a.id FROM attendee a"
                          " WHERE a.ref = visit.token_user AND a.meeting = :meeting) WHERE meeting IS NULL"
                          " AND room IN (SELECT id FROM room WHERE node = :node AND closed_ms IS NULL)",
    [STMT_ADOPT_ROOMS] =
        "UPDATE room SET meeting = :meeting WHERE node = :node AND closed_ms IS NULL AND meeting IS NULL",
    [STMT_ATTENDEE_OF_TOKEN] = "SELECT id FROM attendee WHERE ref = :user AND meeting = :meeting",
    [STMT_PERSON_OF_LOGIN] = "SELECT id, coalesce(name, mail) FROM person WHERE uid = :local",
    [STMT_ATTENDEE_OF_PERSON] =
        "SELECT a.id FROM person p CROSS JOIN attendee a ON a.meeting = :meeting AND a.mail IN"
        " (SELECT p.mail UNION ALL SELECT mail FROM alias WHERE person = p.id) WHERE p.id = :person"
        " ORDER BY a.removed_at IS NOT NULL, a.id LIMIT 1",
    [STMT_ATTENDEE_OF_LOGIN] =
        "SELECT min(id), coalesce(name, mail) FROM attendee WHERE meeting = :meeting AND (mail = :local OR"
        " substr(mail, 1, instr(mail, '@') - 1) = :local COLLATE NOCASE) HAVING count(*) = 1",
    [STMT_FIND_OPEN_VISIT] = "SELECT id, prosody_ms, room_kind, name FROM visit"
                             " WHERE room = :room AND nick = :nick AND left_ms IS NULL",
    [STMT_ADD_VISIT] =
        "INSERT INTO visit (room, meeting, attendee, person, nick, jid, token_user, token_name, login, name,"
        " room_kind, kind, prosody_ms, joined_ms, moderator, snapshot) VALUES (:room, :meeting, :attendee,"
        " :person, :nick, :jid, :user, :user_name, :login, :name, :room_kind, :kind, :prosody_ms, :at,"
        " :moderator, :snapshot)",
    [STMT_REOPEN_VISIT] =
        "UPDATE visit SET left_ms = NULL, uncertain = 0 WHERE id = (SELECT id FROM visit WHERE room = :room"
        " AND nick = :nick AND prosody_ms = :prosody_ms AND uncertain = 1 ORDER BY id DESC LIMIT 1)",
    [STMT_KEEP_VISIT] =
        "UPDATE visit SET snapshot = :snapshot, moderator = max(moderator, :moderator) WHERE id = :id",
    [STMT_LEAVE_VISIT] =
        "UPDATE visit SET left_ms = max(joined_ms, :at), uncertain = joined_ms > :at WHERE id = coalesce("
        "(SELECT id FROM visit WHERE room = :room AND nick = :nick AND left_ms IS NULL),"
        " (SELECT id FROM visit WHERE room = :room AND nick = :nick AND uncertain = 1"
        " ORDER BY id DESC LIMIT 1))",
    [STMT_BREAK_VISIT] = "UPDATE visit SET left_ms = max(joined_ms, :at), uncertain = 1 WHERE id = :id",
    [STMT_KEEP_VISIT_NAME] = "INSERT INTO visit_name (visit, until_ms, name)"
                             " SELECT id, :at, name FROM visit WHERE id = :id AND name IS NOT NULL"
                             " AND (SELECT count(*) FROM visit_name WHERE visit = :id) < 100",
    [STMT_RENAME_VISIT] = "UPDATE visit SET name = :name WHERE id = :id",
    [STMT_PROMOTE_VISIT] = "UPDATE visit SET moderator = 1 WHERE id = :id",
    [STMT_KEEP_VISIT_ROLE] = "INSERT INTO visit_role (visit, at_ms, moderator)"
                             " SELECT :id, :at, :moderator"
                             " WHERE (SELECT count(*) FROM visit_role WHERE visit = :id) < 100",
    [STMT_REPEAT_REFUSAL] =
        "UPDATE refusal SET times = times + 1, first_ms = min(first_ms, :at), last_ms = max(last_ms, :at),"
        " jid = :jid, token_name = coalesce(:user_name, token_name), name = coalesce(:name, name)"
        " WHERE id = (SELECT id FROM refusal INDEXED BY refusal_by_who WHERE address = :address"
        " AND coalesce(token_user, login, name) IS :who AND token_user IS :user AND login IS :login"
        " AND others = 0 AND meeting IS :meeting AND reason = :reason AND observed = :observed"
        " AND last_ms BETWEEN :at - :pause AND :at + :pause AND first_ms > :at - :longest"
        " ORDER BY id DESC LIMIT 1)",
    [STMT_COUNT_STRANGERS] =
        "SELECT count(*) FROM (SELECT 1 FROM refusal WHERE meeting IS :meeting AND token_user IS NULL"
        " AND login IS NULL AND others = 0 AND first_ms BETWEEN :at - :while AND :at + :while LIMIT :most)",
    [STMT_REPEAT_OTHERS] =
        "UPDATE refusal SET times = times + 1, first_ms = min(first_ms, :at), last_ms = max(last_ms, :at)"
        " WHERE id = (SELECT id FROM refusal INDEXED BY refusal_of_others WHERE others = 1"
        " AND meeting IS :meeting AND reason = :reason"
        " AND observed = :observed AND first_ms BETWEEN :at - :while AND :at + :while"
        " ORDER BY first_ms DESC LIMIT 1)",
    [STMT_ADD_REFUSAL] =
        "INSERT INTO refusal (stream, address, meeting, attendee, jid, token_user, token_name, login, name,"
        " reason, observed, others, first_ms, last_ms) VALUES (:stream, :address, :meeting, :attendee, :jid,"
        " :user, :user_name, :login, :name, :reason, :observed, :others, :at, :at)",
    /* A line a person and reason, though it took more than one row. */
    [STMT_LIST_REFUSALS] =
        "SELECT attendee, coalesce(max(token_name), max(name)), attendee IS NOT NULL OR login IS NOT NULL,"
        " others, reason, sum(times), min(first_ms), max(last_ms) FROM refusal WHERE meeting = :meeting"
        " AND observed = 0 GROUP BY others, attendee, token_user, login,"
        " iif(coalesce(token_user, login) IS NULL, name, NULL), reason ORDER BY others, min(first_ms), "
        "min(id)",
    [STMT_LIST_VISITS] =
        "SELECT " VISIT_COLUMNS " FROM visit v WHERE v.meeting = :meeting ORDER BY v.joined_ms, v.id",
    [STMT_LIST_POLICIES] = "SELECT " MEETING_COLUMNS " FROM meeting m WHERE m.opens_at > :from - " LONGEST
                           " AND m.opens_at < :to AND m.closes_at > :from"
                           " ORDER BY m.room, m.starts_at, m.id",
    [STMT_ROOM_POLICY] =
        "SELECT " MEETING_COLUMNS " FROM meeting m WHERE m.room = :room ORDER BY m.status = 'cancelled',"
        " CASE WHEN m.closes_at <= :now THEN 2 WHEN m.opens_at > :now THEN 1 ELSE 0 END,"
        " NOT (m.starts_at <= :now AND m.ends_at > :now),"
        " CASE WHEN m.closes_at <= :now THEN -m.ends_at ELSE m.starts_at END, m.id LIMIT 1",
    [STMT_LIST_MODERATORS] =
        "SELECT a.ref, replace(lower(p.uid), '@', '\\40') FROM attendee a LEFT JOIN person p ON p.id ="
        " coalesce((SELECT id FROM person WHERE mail = a.mail), (SELECT person FROM alias WHERE mail ="
        " a.mail)) WHERE a.meeting = :meeting AND a.role <> 'guest' AND a.removed_at IS NULL ORDER BY a.id",
    [STMT_LIST_MODERATORS_PRESENT] =
        "SELECT " ATTENDEE_COLUMNS ", s.prosody, r.address, r.instance, v.nick, v.id FROM visit v"
        " JOIN room r ON r.id = v.room JOIN stream s ON s.id = r.stream JOIN attendee a ON a.id = v.attendee"
        " WHERE v.meeting = :meeting AND v.left_ms IS NULL AND v.room_kind = 'main' AND a.role <> 'guest'"
        " AND a.removed_at IS NULL ORDER BY v.id",
    [STMT_PURGE_VISITS] =
        "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE meeting IS NULL AND left_ms IS NOT NULL"
        " AND left_ms < :before ORDER BY left_ms LIMIT :limit)",
    [STMT_PURGE_ROOMS] =
        "DELETE FROM room WHERE id IN (SELECT id FROM room WHERE meeting IS NULL AND closed_ms IS NOT NULL"
        " AND closed_ms < :before AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.room = room.id)"
        " ORDER BY closed_ms LIMIT :limit)",
    [STMT_PURGE_REFUSALS] =
        "DELETE FROM refusal WHERE id IN (SELECT id FROM refusal INDEXED BY refusal_unbooked"
        " WHERE meeting IS NULL AND last_ms < :before"
        " ORDER BY last_ms LIMIT :limit)",

    /* letters */
    [STMT_ADD_INVITATIONS] = ADD_LETTERS("'invitation'", "0") " AND a.removed_at IS NULL" TO_ATTENDEES,
    /* Whoever has an invitation waiting that is not on its way needs no change: it will say what is true
       then. */
    [STMT_ADD_CHANGES] = ADD_LETTERS(
        ":kind",
        "0") " AND a.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM letter l"
             " WHERE l.attendee = a.id AND l.state = 'waiting' AND l.kind = 'invitation' AND l.id NOT IN"
             " (SELECT value FROM json_each(:out)))" TO_ATTENDEES,
    [STMT_ADD_PEOPLE_CHANGE] =
        "INSERT INTO letter (kind, recipient, meeting, attendee, organiser, message_id, due_at, created_at)"
        " SELECT 'people', a.mail, a.meeting, a.id, m.organiser, " MESSAGE_ID ", :due_at, :now"
        " FROM meeting m CROSS JOIN attendee a ON a.meeting = m.id AND a.role = 'organiser'"
        " WHERE m.id = :meeting AND m.starts_at > :now AND NOT EXISTS (SELECT 1 FROM letter l"
        " WHERE l.attendee = a.id AND l.state = 'waiting' AND l.kind IN ('invitation', 'change', 'role',"
        " 'people') AND l.id NOT IN (SELECT value FROM json_each(:out)))",
    [STMT_ADD_REMOVAL] = ADD_LETTERS("'removal'", "0") " AND a.removed_at IS NOT NULL"
                                                       " AND a.told_status = 'confirmed'" TO_ATTENDEES,
    [STMT_ADD_CANCELLATIONS] = ADD_LETTERS(
        "'cancellation'",
        "0") " AND m.status = 'cancelled' AND a.told_status = 'confirmed'"
             " AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.attendee = a.id AND l.kind = 'cancellation'"
             " AND l.state = 'waiting')" TO_ATTENDEES,
    /* Not to those who know nothing of the meeting yet: their invitation is still to come, or cannot. */
    [STMT_ADD_REMINDERS] = ADD_LETTERS(
        "'reminder'",
        "1") " AND :attendee IS NULL AND m.status = 'confirmed' AND m.starts_at > :now"
             " AND a.removed_at IS NULL AND a.partstat <> 'declined' AND a.told_status = 'confirmed'"
             " AND NOT a.reminders_off AND NOT EXISTS (SELECT 1 FROM reminder_stop s WHERE s.mail = "
             "a.mail)" TO_ATTENDEES,
    [STMT_ADD_ANSWER] =
        "INSERT INTO letter (kind, recipient, meeting, attendee, message_id, due_at, created_at)"
        " SELECT 'answer', p.mail, a.meeting, a.id, " MESSAGE_ID ", :now, :now FROM attendee a"
        " JOIN meeting m ON m.id = a.meeting JOIN person p ON p.id = m.organiser WHERE a.id = :attendee"
        " AND p.answer_mails AND a.role <> 'organiser' AND a.partstat <> 'needs-action'",
    [STMT_ADD_SUMMARY] =
        "INSERT INTO letter (kind, recipient, meeting, attendee, message_id, due_at, created_at)"
        " SELECT 'summary', a.mail, a.meeting, a.id, " MESSAGE_ID ", :now, :now FROM attendee a"
        " JOIN meeting m ON m.id = a.meeting WHERE a.meeting = :meeting AND a.role = 'organiser'"
        " AND EXISTS (SELECT 1 FROM visit v WHERE v.meeting = m.id AND v.room_kind <> 'lobby')",
    [STMT_DROP_WAITING] =
        "UPDATE letter SET state = 'dropped' WHERE meeting = :meeting AND state = 'waiting'"
        " AND (:attendee IS NULL OR attendee = :attendee) AND (:kinds IS NULL OR instr(:kinds, kind))"
        " AND id NOT IN (SELECT value FROM json_each(:out))",
    [STMT_PLAN_LETTERS] = "INSERT INTO letter_plan (meeting, kind, before, due_at)"
                          " VALUES (:meeting, :kind, :before, :due_at) ON CONFLICT DO NOTHING",
    [STMT_DROP_LETTER_PLAN] = "DELETE FROM letter_plan WHERE meeting = :meeting",
    [STMT_TAKE_LETTER_PLAN] =
        "DELETE FROM letter_plan WHERE meeting = :meeting AND kind = :kind AND due_at <= :now",
    [STMT_PUT_OFF_SUMMARY] =
        "UPDATE letter_plan SET due_at = :again_at WHERE meeting = :meeting AND kind = 'summary'"
        " AND (SELECT ends_at FROM meeting m WHERE m.id = :meeting) > :latest AND EXISTS (SELECT 1 FROM "
        "visit v"
        " WHERE v.meeting = :meeting AND v.left_ms IS NULL AND v.room_kind = 'main')",
    [STMT_BRING_SUMMARY] =
        "UPDATE letter_plan SET due_at = (SELECT closes_at FROM meeting WHERE id = :meeting)"
        " WHERE meeting = :meeting AND kind = 'summary'"
        " AND due_at > (SELECT closes_at FROM meeting WHERE id = :meeting)",
    [STMT_LIST_LETTER_PLAN] =
        "SELECT meeting, kind FROM letter_plan WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
    [STMT_DUE_LETTER_PLAN] = "SELECT due_at FROM letter_plan ORDER BY due_at LIMIT 1",
    [STMT_NEXT_LETTERS] =
        "SELECT l.id, l.kind, l.recipient, iif(l.kind IN ('answer', 'forward'), p.name, coalesce(a.name, "
        "p.name)),"
        " coalesce(l.language, p.language, m.language, 'en'), l.message_id, l.attempts, l.created_at,"
        " l.meeting, l.attendee, l.sign_in, l.organiser, l.words, l.words_from, l.said_by, l.said,"
        " l.delegate, l.proposed, l.proposed_zone, (SELECT n.message_id FROM "
        "letter n"
        " WHERE n.meeting = l.meeting AND n.recipient = l.recipient AND n.id < l.id"
        " AND n.state IN ('sent', 'bounced') ORDER BY n.id LIMIT 1)"
        " FROM letter l LEFT JOIN attendee a ON a.id = l.attendee"
        " LEFT JOIN person p ON p.id = coalesce((SELECT o.id FROM person o WHERE o.mail = l.recipient),"
        " (SELECT o.person FROM alias o WHERE o.mail = l.recipient))"
        " LEFT JOIN meeting m ON m.id = l.meeting WHERE l.state = 'waiting' AND l.urgent = :urgent"
        " AND l.due_at <= :now AND l.id NOT IN (SELECT value FROM json_each(:out)) ORDER BY l.due_at, l.id "
        "LIMIT"
        " :limit",
    [STMT_ORGANISER_LIMIT] = "SELECT done_at FROM letter WHERE organiser = :organiser AND done_at > :since"
                             " ORDER BY done_at DESC LIMIT 1 OFFSET :most",
    [STMT_LETTER_HOLD] = "UPDATE letter SET due_at = :until" LETTER_DONE,
    [STMT_LETTER_SENT] = "UPDATE letter SET state = 'sent', attempts = attempts + 1, last_error = NULL,"
                         " done_at = :now WHERE id = :id AND state = 'waiting'"
                         " RETURNING meeting, attendee, created_at",
    [STMT_IS_OVER_FOR] = "SELECT m.status = 'cancelled', a.removed_at IS NOT NULL FROM attendee a"
                         " JOIN meeting m ON m.id = a.meeting WHERE a.id = :attendee",
    /* Who answered on the page knows the times that it showed, which may be none that mail told. */
    [STMT_GET_TOLD] = "SELECT told_status, told_at, coalesce(told_revision, -1), told_sequence, told_subject,"
                      " coalesce(k.starts_at, told_starts_at), coalesce(k.ends_at, told_ends_at), told_role, "
                      "told_organiser, told_description, told_password"
                      " FROM attendee a LEFT JOIN kept_answer k ON k.attendee = a.id WHERE a.id = :attendee",
    [STMT_TELL_ATTENDEE] =
        "UPDATE attendee SET told_at = :at, told_revision = :revision, told_status = :status,"
        " told_sequence = :sequence,"
        " told_subject = :subject, told_starts_at = :starts_at, told_ends_at = :ends_at, told_role = :role,"
        " told_organiser = :organiser, told_description = :description, told_password = :password"
        " WHERE id = :attendee",
    [STMT_LIST_PEOPLE_SINCE] = "SELECT " ATTENDEE_COLUMNS
                               " FROM attendee a WHERE a.meeting = :meeting AND (a.added_revision > :since)"
                               " <> (coalesce(a.removed_revision, -1) > :since) ORDER BY a.id",
    [STMT_PLANNED_END] =
        "SELECT coalesce((SELECT CAST(h.before AS INTEGER) FROM audit h WHERE h.meeting = m.id"
        " AND h.what = 'end moved' AND h.at >= m.starts_at ORDER BY h.id LIMIT 1),"
        " m.ends_at) FROM meeting m WHERE m.id = :meeting",
    /* What a newer letter to the same person says as well, or what is no longer true, is not tried again. */
    [STMT_LETTER_AGAIN] =
        "UPDATE letter SET attempts = attempts + (:again_at IS NOT NULL), last_error = :error,"
        " due_at = coalesce(:again_at, due_at), state ="
        " CASE WHEN kind IN ('invitation', 'change', 'role', 'people', 'reminder') AND ((SELECT status FROM "
        "meeting"
        " WHERE id = letter.meeting) = 'cancelled' OR EXISTS (SELECT 1 FROM letter n"
        " WHERE n.attendee = letter.attendee AND n.id > letter.id AND n.state = 'waiting'"
        " AND n.kind NOT IN ('answer', 'forward'))) THEN 'dropped' ELSE state END" LETTER_DONE,
    [STMT_LETTER_FAILED] = "UPDATE letter SET state = 'failed', attempts = attempts + 1, last_error = :error,"
                           " done_at = :now" LETTER_DONE,
    [STMT_GIVE_UP_LETTERS] =
        "UPDATE letter SET state = 'failed', last_error = :error, done_at = :now WHERE id IN (SELECT id"
        " FROM letter WHERE state = 'waiting' AND due_at <= :now AND created_at < :before AND id NOT IN"
        " (SELECT value FROM json_each(:out)) LIMIT :limit)",
    [STMT_LETTER_BOUNCED] = "UPDATE letter SET state = 'bounced', last_error = :words, done_at = :now"
                            " WHERE message_id = :message_id AND state = 'sent'",
    [STMT_LETTER_DROP] = "UPDATE letter SET state = 'dropped'" LETTER_DONE,
    [STMT_STOP_REMINDERS] =
        "INSERT INTO reminder_stop (mail, at) VALUES (:mail, :now) ON CONFLICT DO NOTHING",
    [STMT_RESUME_REMINDERS] = "DELETE FROM reminder_stop WHERE mail = :mail",
    [STMT_MEETING_REMINDERS_OFF] = "UPDATE attendee SET reminders_off = :off WHERE id = :attendee",
    [STMT_REMINDERS_STOPPED] =
        "SELECT a.reminders_off, EXISTS (SELECT 1 FROM reminder_stop s WHERE s.mail = a.mail)"
        " FROM attendee a WHERE a.id = :attendee",
};
