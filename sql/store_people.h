/* The store's verbs about people: who they are, how they sign in. See store.h for results and lives. */
#ifndef SQL_STORE_PEOPLE_H
#define SQL_STORE_PEOPLE_H

#include "sql/store.h"

/* Adds a person or updates the one with that mail (compared without case): NULL fields stay as they were. *id
 * gets the row. */
int store_put_person(struct store *store, const struct person *person, int64_t now, int64_t *id);
int store_get_person(struct store *store, int64_t id, struct arena *arena, struct person *person);
int store_find_person(struct store *store, const char *mail, struct arena *arena, struct person *person);
int store_find_person_by_link(struct store *store, const struct link_id *link, struct arena *arena,
                              struct person *person);

/* A sign-in that was asked for: the letter carries its link, the browser that asked carries `browser`. */
struct sign_in {
    struct link_id link;
    const char *mail;
    struct link_id
        browser;      /* the cookie's, to know the browser again; all 0 when made by an admin: any browser */
    const char *next; /* local path to go on to, or NULL */
    int64_t expires_at;
};

/* Stores it; with `letter` the mail to that person is put on the queue too, in the language given. Older ones
 * of the same mail stay valid until they expire. */
int store_open_sign_in(struct store *store, const struct sign_in *sign_in, bool letter, const char *language,
                       int64_t now);
/* Looks at one that is neither used nor expired. */
int store_find_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in);
/* Uses it up: > 0 once only. */
int store_take_sign_in(struct store *store, const struct link_id *link, int64_t now, struct arena *arena,
                       struct sign_in *sign_in);

int store_open_session(struct store *store, const struct link_id *session, int64_t person, int64_t now,
                       int64_t expires_at);
/* The person of a session that has not expired. */
int store_find_session(struct store *store, const struct link_id *session, int64_t now, struct arena *arena,
                       struct person *person);
int store_close_session(struct store *store, const struct link_id *session);

#endif
