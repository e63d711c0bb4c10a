/* A statement while it runs (query.c), and the rows it gives (row.c). Within sql/ only. It stands between
 * query_open and query_close, which resets it on every path. */
#ifndef SQL_QUERY_H
#define SQL_QUERY_H

#include "sql/statements.h"
#include "sql/store.h"

#include <sqlite3.h>

struct query {
    struct store *store;
    sqlite3_stmt *stmt;
    bool own;     /* made for this run: the shared one was running already (a list within the same list) */
    int columns;  /* of a row */
    int column;   /* the next to be read */
    int status;   /* of the last step */
    bool lends;   /* rows, by query_list */
    bool lent;    /* one at least */
    bool refused; /* by a constraint */
};

struct query query_open(struct store *store, enum statement statement);
void bind_int(struct query *query, const char *name, int64_t value);
void bind_int_or_null(struct query *query, const char *name, int64_t value); /* 0 is NULL */
/* Borrowed until query_close; NULL is NULL. */
void bind_text(struct query *query, const char *name, const char *value);
void bind_link(struct query *query, const char *name, const struct link_id *link);
/* > 0 a row, 0 no more, < 0 broken. A constraint that was violated is 0 too: refused. */
int query_step(struct query *query);
void query_close(struct query *query);
/* Rows that are lent to somebody's callback, who must not write meanwhile: true, a row. Then, also after a
 * part of them, query_list_end closes: > 0 there were some, 0 none, < 0 broken. */
bool query_list(struct query *query);
int query_list_end(struct query *query);
/* Steps to the end and closes: > 0 rows were changed, 0 none, < 0 broken. */
int query_run(struct query *query);
/* The same, but > 0 also when nothing had to be changed; 0 refused by a constraint. */
int query_run_done(struct query *query);
/* The same for a statement that gives one number back: *value gets it, 0 when there is no row. */
int query_run_number(struct query *query, int64_t *value);
/* The same for one that gives PERSON_COLUMNS: > 0 *person gets them, copied into the arena, 0 there is none.
 */
int query_run_person(struct query *query, struct arena *arena, struct person *person);
/* Opens and runs (query_run) a statement about one thing, :id, at a time, :at. */
int query_run_at(struct store *store, enum statement statement, int64_t id, int64_t at);

/* The next column of the row. Text lives until the next step. */
int64_t next_int(struct query *query); /* NULL is 0 */
bool next_bool(struct query *query);
const char *next_text(struct query *query);
void next_link(struct query *query, struct link_id *link); /* NULL is all 0 */

/* Rows (row.c): read as PERSON_COLUMNS, MEETING_COLUMNS, ATTENDEE_COLUMNS of statements.h stand; copied into
 * an arena. */
void next_person(struct query *query, struct person *person);
void next_meeting(struct query *query, struct meeting *meeting);
void next_meeting_at_door(struct query *query,
                          struct meeting *meeting); /* MEETING_AT_DOOR; nothing else of it */
enum meeting_status next_status(struct query *query);
void next_attendee(struct query *query, struct attendee *attendee);
void copy_person(struct arena *arena, struct person *person);
void copy_meeting(struct arena *arena, struct meeting *meeting);
void copy_attendee(struct arena *arena, struct attendee *attendee);
const char *person_source_word(enum person_source source);
const char *at_end_word(enum at_end at_end);
const char *occupant_word(enum occupant_kind kind);
enum occupant_kind occupant_kind_of(const char *word);
const char *reminder_word(enum reminder_kind kind);
enum reminder_kind reminder_kind_of(const char *word);
/* The lists of the options as text. bind_options binds :lobby to :show_guests; `text` is room for what is
 * borrowed until query_close. */
enum { REMINDERS_TEXT = REMINDERS_MAX * 12 };
struct options_text {
    char room_reminders[REMINDERS_TEXT], mail_reminders[REMINDERS_TEXT];
};
void reminders_read(const char *text, int reminders[REMINDERS_MAX]);
void options_write(const struct meeting_options *options, struct options_text *text);
void bind_options(struct query *query, const struct meeting_options *options, struct options_text *text);

#endif
