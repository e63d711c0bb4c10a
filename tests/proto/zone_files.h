/* Zones for tests, from the system's tzdata. */
#ifndef TESTS_PROTO_ZONE_FILES_H
#define TESTS_PROTO_ZONE_FILES_H

#include "proto/arena.h"
#include "proto/zone.h"

#include <stdio.h>
#include <stdlib.h>

static inline const struct zone *zone_from_system(struct zones *zones, const char *name)
{
    char path[256];
    if (zones_find(zones, name))
        return zones_find(zones, name);
    char *bytes = mem_alloc(65536);
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    if (file) {
        size_t size = fread(bytes, 1, 65536, file);
        zones_add(zones, name, bytes, size);
        fclose(file);
    }
    free(bytes);
    return zones_find(zones, name);
}

#endif
