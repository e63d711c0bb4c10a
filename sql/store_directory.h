/* The store's verbs about the directory: whose address it is, lists, and who is found by a few letters. See
 * store.h for results and lives. */
#ifndef SQL_STORE_DIRECTORY_H
#define SQL_STORE_DIRECTORY_H

#include "sql/store.h"

/* Whose address it is, by main address or alias: > 0 with the person (mail is the main address); 0: nobody's
 * that is known, as a guest's from elsewhere. */
int store_resolve_address(struct store *store, const char *mail, struct arena *arena, struct person *person);

struct list_member {
    const char *mail; /* the main address where the member is known */
    const char *name; /* may be NULL */
};
/* The members of the site's list of that name (compared without case). 0: no such list, or an empty one. */
int store_list_members(struct store *store, const char *name,
                       bool (*each)(const struct list_member *member, void *context), void *context);

/* Who is found by the beginnings of words (of names, uids, local parts of addresses; case and accents do not
 * count): all words of `typed` must fit. At most `limit` people, in no order. 0: nobody, or nothing to look
 * for. */
int store_search_people(struct store *store, const char *typed, int limit,
                        bool (*each)(const char *mail, const char *name, void *context), void *context);
int store_search_lists(struct store *store, const char *typed, int limit,
                       bool (*each)(const char *name, int members, void *context), void *context);

#endif
