/* Within conf*.c only: the table of keys (conf_keys.c), how they are set (conf_set.c), and the files that the
 * configuration names (conf_files.c). */
#ifndef COMPONENT_CONF_PARTS_H
#define COMPONENT_CONF_PARTS_H

#include "component/conf.h"

enum conf_type {
    CONF_STRING,
    CONF_URL,      /* a string; a slash at its end is taken away (least 0) or put (least 1) */
    CONF_MAIL,     /* an address, its domain in ASCII form */
    CONF_FLAG,     /* bool: yes or no */
    CONF_EITHER,   /* bool: the second of two words */
    CONF_NUMBER,   /* int */
    CONF_DURATION, /* int, seconds */
    CONF_CHOICE,   /* enum: which of the words */
    CONF_WORD,     /* const char *: one of the words */
    CONF_DOMAINS,  /* const char *[CONF_LIST_MAX + 1]; may be set several times */
    CONF_MAILS,    /* likewise, of addresses of mail */
    CONF_NETWORKS, /* likewise: addresses, or ADDRESS/BITS */
    CONF_REMINDERS /* int[REMINDERS_MAX]; likewise */
};

/* One key of the file. */
struct conf_key {
    const char *section, *name;
    const char *value; /* by default; NULL: it must be set; "": it may be left out */
    enum conf_type type;
    size_t offset; /* in struct conf; in struct conf_prosody for [prosody NAME] */
    int least, most;
    const char *choices; /* separated by '|' */
    bool (*check)(struct arena *arena, const char *value, const char **wrong);
    const char *help; /* what to write, when it must be set and is not */
};

extern const struct conf_key conf_keys[]; /* a NULL section ends it */
enum { CONF_KEYS_MAX = 128 };

bool conf_key_is_list(const struct conf_key *key);
bool conf_key_is_prosody(const struct conf_key *key);
/* Sets a key in `conf`, or in its [prosody] number `prosody`; `value` is of the arena. False: *wrong says why
 * not. */
bool conf_key_set(struct conf *conf, int prosody, const struct conf_key *key, const char *value,
                  const char **wrong);

/* A secret: the first line of a file. False: *wrong says what is the matter with it (readable by everybody,
 * not there, empty) and what to do. */
bool conf_read_secret(struct arena *arena, const char *path, const char **secret, size_t *size,
                      const char **wrong);
bool conf_read_keys(struct arena *arena, const char *path, struct link_keys *keys, const char **wrong);

#endif
