/* Copies of the database: made while jmbd runs or not, brought back while it does not. They hold everything
 * but the link keys, which have a file of their own. Both say in `error` what is wrong with which file. */
#ifndef SQL_STORE_COPY_H
#define SQL_STORE_COPY_H

#include "proto/text.h"

/* Makes `to` a complete and compact copy of the database `path` as it is at this moment. An older copy of
 * that name is replaced when the new one is whole and on the disk; < 0: it stands as it was. Nobody else may
 * read it; root makes it for root. */
int store_copy(const char *path, const char *to, struct text *error);

/* Puts the copy `from` in the place of the database `path`, with its owner. What was there is kept aside:
 * *aside gets its name, to be freed, or NULL when there was nothing. < 0: the database stands as it was (also
 * when jmbd runs, or `from` is damaged, none of JMB's, or newer than this program). */
int store_bring_back(const char *path, const char *from, char **aside, struct text *error);

#endif
