/* Within sql/ only. Names that nobody can guess, from getrandom(2). */
#ifndef SQL_NAMES_H
#define SQL_NAMES_H

#include "proto/model.h"

enum { REF_SIZE = 16, ROOM_NAME_SIZE = 48 };

void random_ref(char ref[REF_SIZE + 1]); /* 80 bits, base32 in small letters */
void random_room(char room[ROOM_NAME_SIZE]);
/* The same with the name of a person in front: elodie-durand-kesato-lomiru-27. */
void random_personal_room(const char *name, char room[ROOM_NAME_SIZE]);
void random_link(struct link_id *link);
bool link_is_none(const struct link_id *link); /* all 0 */

#endif
