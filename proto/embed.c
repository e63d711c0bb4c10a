#include "proto/embed.h"

#include <string.h>

const struct embedded *embedded_find(const struct embedded *files, const char *name)
{
    for (const struct embedded *file = files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}
