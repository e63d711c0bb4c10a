/* Reading a whole small file. */
#ifndef COMPONENT_FILE_H
#define COMPONENT_FILE_H

#include "proto/text.h"

enum file_kind {
    FILE_ANY,
    FILE_PRIVATE /* refused when everybody may read or write it */
};

/* Adds the bytes of the regular file `path`. False: `error` gets one line, with the path: not there, not
 * readable (and for whom), too large, not private. */
bool file_read(const char *path, size_t most, enum file_kind kind, struct text *bytes, struct text *error);

#endif
