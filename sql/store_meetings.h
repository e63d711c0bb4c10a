/* The store's verbs about meetings and who is invited. See store.h for results and lives. */
#ifndef SQL_STORE_MEETINGS_H
#define SQL_STORE_MEETINGS_H

#include "sql/store.h"

struct new_attendee {
    const char *mail, *name; /* name may be NULL */
    enum role role;
};

struct booked {
    int64_t id;
    const char *ref;
    bool room_taken; /* refused: another meeting has the room from..to */
    int64_t room_opens_at, room_closes_at;
};

/* A meeting with its attendees (the organiser is added as one), their letters and reminders. id, ref, uid,
 * sequence and times of the meeting are made here, the room too unless it is given (then it takes over what
 * is open under that name now; 0: it is booked for a part of that time, early opening and grace of both
 * included); `uid_domain` ends the uid. `form` is the random name that the form carried:
 * the same one again gives the first one's *booked and stores nothing (a double click, a reload); NULL: none.
 */
int store_book(struct store *store, const struct meeting *meeting, const struct new_attendee *attendees,
               size_t count, const char *uid_domain, const char *form, int64_t now, struct arena *arena,
               struct booked *booked);
/* The meeting that was booked by that form before; 0: none. */
int store_find_booked(struct store *store, int64_t organiser, const char *form, struct arena *arena,
                      struct booked *booked);
/* Cancels (0: it was already): letters and reminders that have not left are dropped, cancellations are put on
 * the queue for whoever was told. `by` is person.id. */
int store_cancel(struct store *store, int64_t meeting, int64_t by, const char *reason, int64_t now);

int store_get_meeting(struct store *store, int64_t id, struct arena *arena, struct meeting *meeting);
int store_find_meeting(struct store *store, const char *ref, struct arena *arena, struct meeting *meeting);
/* The meeting of a shared address, also when that is turned off (meeting.options.shared). */
int store_find_shared(struct store *store, const struct link_id *link, struct arena *arena,
                      struct meeting *meeting);

/* A meeting as one person sees it in a list: only what lists show is filled in (of the meeting: id, ref,
 * subject, organiser, times, tz, language, status, when it opens and closes; of me: id, role, partstat,
 * link). */
struct meeting_row {
    struct meeting meeting;
    const char *organiser_name, *organiser_mail;
    struct attendee me;    /* id 0 when this person is none */
    int invited, accepted; /* guests and moderators; counted for the organiser only */
    int connected;         /* people in the room, while it is open */
};

struct meeting_query {
    const char *mail; /* whose list */
    int64_t from, to; /* meetings that overlap from..to */
    bool newest_first;
    int64_t after_at,
        after_id; /* the starts_at and id of the last one of the page before; after_id 0: from the start */
    int limit;
    int64_t now;
};
/* One query, however long the list is. */
int store_list_meetings(struct store *store, const struct meeting_query *query,
                        bool (*each)(const struct meeting_row *row, void *context), void *context);

/* What takes a person's time in from..to, but for the meeting `except`: confirmed meetings of their own, and
 * those they accepted (under any of their addresses), by start. One query. */
int store_list_overlaps(struct store *store, int64_t person, int64_t from, int64_t to, int64_t except,
                        int limit, bool (*each)(const struct meeting *meeting, bool own, void *context),
                        void *context);

/* An attendee with what the roster tells. */
struct attendee_row {
    struct attendee attendee;
    const char *letter_state; /* of the newest letter: waiting, sent, failed; NULL: none */
    const char *letter_error; /* the server's words, or NULL */
    int visits;               /* how often connected */
    int64_t first_joined_ms;  /* 0: never */
    bool connected;           /* now */
    bool told;                /* knows of the meeting by mail, and takes it to be on */
};
int store_list_attendees(struct store *store, int64_t meeting,
                         bool (*each)(const struct attendee_row *row, void *context), void *context);

/* The attendee of a link, and the meeting; removed ones are found too (attendee.removed). For a join, which
 * everybody makes in the same minute, the meeting has what a door needs only: what it is called and whose it
 * is, its room, its times and until when it opens and closes, its shared address, whether and why it is
 * cancelled. */
int store_find_attendee(struct store *store, const struct link_id *link, struct arena *arena,
                        struct attendee *attendee, struct meeting *meeting);
int store_find_entrant(struct store *store, const struct link_id *link, struct arena *arena,
                       struct attendee *attendee, struct meeting *meeting);
int store_get_attendee(struct store *store, int64_t id, struct arena *arena, struct attendee *attendee,
                       struct meeting *meeting);
/* The meeting that a room's name belongs to at `now`: the running one, else the next, else the last; a
 * cancelled one only when there is no other. */
int store_find_room_meeting(struct store *store, const char *room, int64_t now, struct arena *arena,
                            struct meeting *meeting);
/* The attendee that a person is in a meeting, under whichever of their mail addresses; the highest role
 * counts. */
int store_find_attendee_of(struct store *store, int64_t meeting, int64_t person, struct arena *arena,
                           struct attendee *attendee);
/* 0: answered the same already (nothing is stored), cancelled, or over at `now`. */
int store_answer(struct store *store, int64_t attendee, enum partstat partstat, const char *comment,
                 int64_t now);

#endif
