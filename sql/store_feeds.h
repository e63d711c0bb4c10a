/* The store's verbs about the calendars that people subscribe to. See store.h for results and lives. */
#ifndef SQL_STORE_FEEDS_H
#define SQL_STORE_FEEDS_H

#include "proto/calendar.h"
#include "sql/store.h"

/* Of a longer list (the organiser counts) guests see no more than of one that is hidden, as in invitations:
 * it would be written once for each of them. */
enum { FEED_LIST_MOST = 300 };

struct feed_query {
    const struct person *person; /* whose: id and mail */
    bool only_organised;         /* without invitations */
    int64_t from, to;            /* meetings that overlap from..to */
    /* of those that were cancelled, those that end and were cancelled after these */
    int64_t cancelled_from, cancelled_since;
};

/* One event of a feed. Of the meeting there is what calendars show: uid, subject, description, times, tz,
 * status, sequence, mail_reminders, created_at, updated_at. */
struct feed_row {
    struct meeting meeting;
    const char *organiser_name, *organiser_mail;
    /* of the reader */
    enum role role;
    enum partstat partstat;
    struct link_id link;
    int64_t changed_at; /* the newest of the meeting's and the shown answers' changes */
    /* as the reader may see them: all for the organiser, and for others where the organiser shows the list
     * and it is not too long; else the reader and the organiser */
    size_t attendee_count;
    const struct calendar_attendee *attendees;
};

/* Own meetings and then invitations, each by start; one query. */
int store_list_feed(struct store *store, const struct feed_query *asked,
                    bool (*each)(const struct feed_row *row, void *context), void *context);
/* The people whom the calendar of one attendee names, in a letter or a file, by the rule of feed_row. */
struct calendar_people {
    size_t count;
    const struct calendar_attendee *list; /* in the arena */
    int64_t changed_at;                   /* the newest change of what is said of them */
};
/* `alone`: only the attendee, who may be removed, and the organiser: what ends for somebody. */
int store_get_calendar_people(struct store *store, const struct meeting *meeting, const struct attendee *me,
                              bool alone, struct arena *arena, struct calendar_people *people);
/* Whose feed a link is, and when anything that it shows, or the person, changed last. Answers to others'
 * meetings that were over at `since` or begin after `to` are left out. Cheap, for ETag: it walks over nothing
 * but invitations whose list is shown. */
int store_find_feed(struct store *store, const struct link_id *link, int64_t since, int64_t to,
                    struct arena *arena, struct person *person, int64_t *changed_at);

#endif
