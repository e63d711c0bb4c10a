/* The store's verbs about people: who they are, what they chose, who stands for them. How they sign in is in
 * store_sign_ins.h, whom the site knows in store_directory.h. See store.h for results and lives. */
#ifndef SQL_STORE_PEOPLE_H
#define SQL_STORE_PEOPLE_H

#include "sql/store.h"

/* Adds a person or updates the one with that mail (compared without case): NULL fields stay as they were, and
 * so does the source of one who is known by more than a sign-in. *id gets the row. */
int store_put_person(struct store *store, const struct person *person, int64_t now, int64_t *id);
int store_get_person(struct store *store, int64_t id, struct arena *arena, struct person *person);
int store_find_person(struct store *store, const char *mail, struct arena *arena, struct person *person);
/* By the directory's uid (compared without case); of several, one. */
int store_find_uid(struct store *store, const char *uid, struct arena *arena, struct person *person);

/* What people choose for themselves: language, tz (NULL: the site's), answer_mails of the row `id`. */
int store_set_person(struct store *store, const struct person *person, int64_t now);
/* The personal feed gets a new link; the old one is none any more. */
int store_renew_feed(struct store *store, int64_t person, int64_t now);

/* Who may see, change and cancel the meetings of whom; with a row in the audit. 0: it was so already, or
 * somebody was to stand for themselves. */
int store_add_deputy(struct store *store, const struct person *person, const struct person *deputy,
                     int64_t now);
int store_remove_deputy(struct store *store, const struct person *person, const struct person *deputy,
                        int64_t now);
int store_is_deputy(struct store *store, int64_t person, int64_t deputy);
int store_list_deputies(struct store *store, int64_t person,
                        bool (*each)(const struct person *deputy, void *context), void *context);
/* Whom this one stands for. */
int store_list_principals(struct store *store, int64_t deputy,
                          bool (*each)(const struct person *person, void *context), void *context);

#endif
