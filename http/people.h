/* People as they are typed into forms. */
#ifndef HTTP_PEOPLE_H
#define HTTP_PEOPLE_H

#include "http/request.h"

/* What was typed becomes addresses, a line each, as addresses_read reads them: the main address for an alias,
 * with the directory's name where none was typed, and the members for a list's name (also where that stands
 * before a comma: Physics, Bob <bob@x>). What is none of these stays as it was, and so does a name that is
 * doubtful (address_is_doubtful) for all that is known here, to be asked about. Of the arena. < 0: the store
 * is broken. */
int people_resolve(struct request *request, const char **typed);
/* The same people with their names in quotation marks, a line each: sent again, no name is doubtful. Where a
 * list's name stands before a comma it stays so. */
const char *people_quote(struct request *request, const char *typed);

#endif
