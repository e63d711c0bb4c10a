/* People, between the files of sql/ that change them. */
#ifndef SQL_PEOPLE_PARTS_H
#define SQL_PEOPLE_PARTS_H

#include "sql/store.h"

/* store_put_person within another verb (people.c). */
int person_put(struct store *store, const struct person *person, int64_t now, int64_t *id);
/* Writes the words anew by which a person is found (directory.c). > 0: done. */
int person_index(struct store *store, int64_t person);

#endif
