/* Within conf.c and conf_checks.c only: a configuration that is being read, and complaints about it. */
#ifndef COMPONENT_CONF_READING_H
#define COMPONENT_CONF_READING_H

#include "component/conf_parts.h"

enum { CONF_SECTIONS_MOST = 32 };

/* Lines of where things stand, 0: nowhere. */
struct reading {
    struct conf *conf;
    const char *path;
    struct text *errors;
    const char *at, *end; /* what has not been read yet */
    int line;
    const char *section; /* of the line; NULL: before the first, or in one that was refused */
    bool before_first;
    int prosody; /* which [prosody NAME] it is */
    size_t title_count;
    const char *titles[CONF_SECTIONS_MOST];
    int title_lines[CONF_SECTIONS_MOST];
    int lines[1 + CONF_PROSODYS_MAX][CONF_KEYS_MAX]; /* row 0, or one for each [prosody] */
    int prosody_lines[CONF_PROSODYS_MAX];
};

/* Adds 'FILE:LINE: ...' to the errors; a line of 0: 'FILE: ...'. */
__attribute__((format(printf, 3, 4))) void conf_complain(struct reading *reading, int line,
                                                         const char *format, ...);
/* NULL: there is no such key. */
const struct conf_key *conf_key_find(const char *section, const char *name);
/* Where the line stands that set the key first, 0: none; `prosody` counts for keys of [prosody NAME]. */
int *conf_line_of(struct reading *reading, int prosody, const struct conf_key *key);
/* After the last line: defaults, checks, secrets (conf_checks.c). */
void conf_finish(struct reading *reading);

#endif
