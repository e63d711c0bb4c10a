/* The store's verbs about signing in: links that were asked for, sessions, forms kept over a session's end.
 * See store.h for results and lives. */
#ifndef SQL_STORE_SIGN_INS_H
#define SQL_STORE_SIGN_INS_H

#include "sql/store.h"

enum { SIGN_IN_TRIES = 5 /* of a code */ };

/* A sign-in that was asked for: the letter carries its link, the browser that asked carries `browser`. */
struct sign_in {
    struct link_id link;
    const char *mail;
    /* the cookie's, to know the browser again; all 0 when made by an admin: any browser */
    struct link_id browser;
    /* the browser's name when it had signed in as that person before; all 0: it had not. Not read back. */
    struct link_id known;
    bool stranger; /* may not sign in: the row counts, its link and code open nothing, no letter leaves */
    /* enough letters left within the hour, no further one does: the code of each of those signs in the
     * browser that asked, while its own is in no letter */
    bool quiet;
    const char *code;    /* that signs in the browser that asked; NULL: none */
    int tries;           /* of the code that were wrong */
    const char *address; /* of the client that asked; NULL: not known */
    const char *next;    /* local path to go on to, or NULL */
    int64_t expires_at;
};

/* Stores it; with `letter` the mail to that person is put on the queue too, in the language given. Older ones
 * of the same mail stay valid until they expire. A stranger's costs the same work. */
int store_open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                       int64_t now);
/* How many were asked for since then for the mail of this one: by the same known browser or by all that are
 * not known, without the quiet ones. */
int store_count_sign_ins(struct store *store, const struct sign_in *sign_in, int64_t since, int *of_mail);

/* Where a crowd is counted: what was asked for by browsers that nobody had signed in as before, for people
 * who have not signed in there since. */
enum sign_in_crowd {
    CROWD_BROWSER,    /* other people, in the browser of this one */
    CROWD_NETWORK,    /* other people, from its client; without the quiet ones */
    CROWD_NETWORK_ALL /* everything from its client */
};
/* Whether there are `most` since then (> 0); 0 where the client is not known. *asked_at: when the most-th
 * newest was asked for the last time; without it there would be room. */
int store_find_sign_in_crowd(struct store *store, enum sign_in_crowd crowd, const struct sign_in *sign_in,
                             int64_t since, int most, int64_t *asked_at);
/* Looks at one that is neither used nor expired; where a quiet one waits for a code of its mail, also at one
 * that is less than an hour old. */
int store_find_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in);
/* Uses it up: > 0 once only. */
int store_take_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in);
/* Uses up this code, and the one of this browser that it signs in; a wrong code counts against all that this
 * browser asked for. > 0: stored; *sign_in is the one, or its mail is NULL: a wrong code. 0: nothing waits
 * for a code here, or too many were wrong. */
int store_try_code(struct store *store, const struct link_id *browser, const char *code, int64_t now,
                   struct arena *arena, struct sign_in *sign_in);

int store_open_session(struct store *store, const struct link_id *session, int64_t person, int64_t now,
                       int64_t expires_at);
/* The person of a session that has not ended. */
int store_find_session(struct store *store, const struct link_id *session, int64_t now, struct arena *arena,
                       struct person *person);
int store_close_session(struct store *store, const struct link_id *session, int64_t now);
/* All of a person: signed out everywhere. */
int store_close_sessions(struct store *store, int64_t person, int64_t now);
/* Whose session it is, or was until some days ago. */
int store_session_person(struct store *store, const struct link_id *session, int64_t *person);

/* What somebody whose session was over had typed. */
struct kept_form {
    struct link_id browser;
    int64_t person;
    const char *path; /* of the page with the form */
    const char *body; /* application/x-www-form-urlencoded, as it was sent */
    int64_t expires_at;
};
/* The newest of a browser takes the place of the one before. */
int store_keep_form(struct store *store, const struct kept_form *form, int64_t now);
/* Only for the person who typed it. */
int store_find_kept_form(struct store *store, const struct link_id *browser, int64_t person, int64_t now,
                         struct arena *arena, struct kept_form *form);

#endif
