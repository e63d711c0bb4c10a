/* The nouns of JMB. Times are UTC seconds since 1970 and end in _at, milliseconds end in _ms. Strings are
 * borrowed: valid as long as whoever lent the struct says. */
#ifndef PROTO_MODEL_H
#define PROTO_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role { ROLE_GUEST, ROLE_MODERATOR, ROLE_ORGANISER };

/* RFC 5545 3.2.12, of an attendee of an event */
enum partstat { PARTSTAT_NEEDS_ACTION, PARTSTAT_ACCEPTED, PARTSTAT_TENTATIVE, PARTSTAT_DECLINED };

enum meeting_status { MEETING_CONFIRMED, MEETING_CANCELLED };

enum at_end { AT_END_NONE, AT_END_WARN, AT_END_CLOSE };

enum room_kind { ROOM_MAIN, ROOM_BREAKOUT, ROOM_LOBBY };

enum occupant_kind { OCCUPANT_PARTICIPANT, OCCUPANT_PHONE };

enum { LINK_ID_SIZE = 8, REMINDERS_MAX = 8 };

struct link_id {
    unsigned char bytes[LINK_ID_SIZE];
};

/* How a person came to be known; gone: the directory has it no more. */
enum person_source { PERSON_SIGNED_IN, PERSON_DIRECTORY, PERSON_ADMIN, PERSON_GONE };

/* One who signed in, or will. */
struct person {
    int64_t id;
    const char *mail, *uid, *name;
    const char *language; /* NULL: the site's */
    const char *tz;       /* NULL: the site's */
    bool may_book;        /* by the directory or a group; where everybody may book it means nothing */
    enum person_source source;
    bool answer_mails;    /* told at once of answers to own meetings */
    struct link_id link;  /* of the personal feed */
    int64_t signed_in_at; /* last; 0: never */
};

struct meeting_options {
    bool lobby;
    bool guests_wait; /* for a moderator */
    int opens_before; /* seconds that moderators may enter before the start; guests_before for guests */
    int guests_before;
    int grace; /* seconds that the room stays open after the end */
    enum at_end at_end;
    int maximum;                       /* of people in the room, 0 for no bound */
    const char *password;              /* NULL: none */
    bool shared;                       /* the meeting's shared address works */
    int room_reminders[REMINDERS_MAX]; /* seconds before the end that the room is told, -1 ends the list */
    int mail_reminders[REMINDERS_MAX]; /* seconds before the start that a letter goes out, <= 0 ends the list
                                        */
    bool show_guests;                  /* guests see who else is invited */
};

struct meeting {
    int64_t id;
    const char *ref; /* random public name, in addresses of pages */
    const char *uid; /* of the calendar event, stored at birth */
    const char *room;
    const char *subject, *description;
    int64_t organiser; /* person.id */
    int64_t starts_at, ends_at;
    const char *tz;
    const char *language; /* "en", "fr" */
    enum meeting_status status;
    const char *cancel_reason; /* the organiser's word, or NULL */
    int sequence;              /* RFC 5546 2.1.4 */
    int64_t revision;          /* rises with each edit */
    struct meeting_options options;
    int64_t created_at, updated_at;
    struct link_id shared_link; /* of the one address for everybody */
};

struct attendee {
    int64_t id;
    int64_t meeting;
    const char *ref;         /* random public name: context.user.id of the token, and in addresses of pages */
    const char *mail, *name; /* name may be NULL */
    enum role role;
    enum partstat partstat;
    int64_t answered_at; /* 0: not yet */
    const char *comment; /* with the answer, or NULL */
    struct link_id link; /* of join and invitation */
    bool removed;
};

/* One stay of one occupant in a room. */
struct visit {
    int64_t id;
    int64_t attendee;     /* 0: nobody that we know */
    const char *name;     /* the token's name, else the display name */
    const char *identity; /* who they are by token or login; NULL: nobody says it but they themselves */
    enum room_kind room_kind;
    enum occupant_kind kind;
    int64_t joined_ms, left_ms; /* left_ms 0: still there */
    bool verified;              /* by a token of ours, or a login of the site */
    bool uncertain;             /* a bound was not seen but concluded */
    bool moderator;             /* at any time of the visit */
};

/* Words as they stand in the database, protocols and addresses of pages; NULL or false for what is none. */
const char *role_word(enum role role);             /* guest moderator organiser */
const char *partstat_word(enum partstat partstat); /* needs-action accepted tentative declined */
const char *room_kind_word(enum room_kind kind);   /* main breakout lobby */
bool role_read(const char *word, enum role *role);
bool partstat_read(const char *word, enum partstat *partstat);
bool room_kind_read(const char *word, enum room_kind *kind);

#endif
