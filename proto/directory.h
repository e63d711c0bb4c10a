/* People as a directory describes them: entries of LDIF or CSV, and what they say about a person. */
#ifndef PROTO_DIRECTORY_H
#define PROTO_DIRECTORY_H

#include "proto/arena.h"

#include <stdbool.h>

/* One entry, its values in the order of the file. */
struct entry_value {
    const char *name;  /* in small letters, without options (cn;lang-fr is cn) */
    const char *value; /* UTF-8 */
};
struct entry {
    int line; /* where it begins */
    size_t count, room;
    struct entry_value *values;
};

void entry_add(struct entry *entry, struct arena *arena, const char *name, const char *value);
/* The first value of an attribute, or NULL. Hyphens and underscores in names do not count. */
const char *entry_get(const struct entry *entry, const char *name);

/* Which attributes say what: names with commas between, the first that is there counts (for aliases all). */
struct directory_map {
    const char *uid, *mail, *aliases, *name, *given_name, *surname, *language;
    /* Who may book: ATTRIBUTE=PATTERN, ended by NULL; one that fits is enough; * in a pattern is any text,
     * case does not count. NULL: what the column may_book says (yes or no), else everybody. */
    const char *const *may_book;
};
extern const struct directory_map
    directory_usual; /* inetOrgPerson, supann, Active Directory; may_book NULL */

struct directory_person {
    const char *mail;
    const char *uid, *name,
        *language; /* NULL: not said; language as RFC 5646 has it, only its first part: fr */
    bool may_book;
    size_t alias_count;
    const char **aliases; /* not the mail; each once */
};

/* NULL: read. Else why not, of the arena; "" for an entry without any mail address (a group, a machine). */
const char *directory_read(struct directory_person *person, struct arena *arena, const struct entry *entry,
                           const struct directory_map *map);

#endif
