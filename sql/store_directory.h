/* The store's verbs about the directory: whose address it is, lists, and who is found by a few letters. See
 * store.h for results and lives. */
#ifndef SQL_STORE_DIRECTORY_H
#define SQL_STORE_DIRECTORY_H

#include "proto/directory.h"
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
/* Makes `text` the words of `string` as these searches see them, without case and accents, a space between.
 */
void store_fold(struct store *store, const char *string, struct text *text);

/* Imports, in batches. `run` numbers an import, rising: whom it did not name can be pruned when it is over.
 */
enum imported { IMPORT_SAME, IMPORT_CHANGED, IMPORT_ADDED };
/* Takes a person in, found again by uid, main address or alias; the directory's word about name and addresses
 * goes before what was known, what people chose in their settings stays. A new main address goes into the
 * invitations too. 0: *why says what is in the way (a text of the program). */
int store_import_person(struct store *store, const struct directory_person *person, int64_t run, int64_t now,
                        enum imported *how, const char **why);
/* A member of a list, which is made when there is none. */
int store_import_member(struct store *store, const char *list, const char *mail, const char *name,
                        int64_t run, enum imported *how);
/* How many of the directory this run did not name, and how many there are. */
int store_count_unseen(struct store *store, int64_t run, int64_t *unseen, int64_t *all);
int store_count_unseen_members(struct store *store, int64_t run, int64_t *unseen, int64_t *all);
/* Takes up to `limit` of them away; those with meetings are kept, signed out, and may neither sign in by a
 * link nor book. > 0: there may be more. */
int store_prune_people(struct store *store, int64_t run, int limit, int64_t now, int64_t *removed,
                       int64_t *kept);
int store_prune_members(struct store *store, int64_t run, int limit, int64_t *removed);

#endif
