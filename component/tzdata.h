/* The machine's time zones, from the compiled files of tzdata. */
#ifndef COMPONENT_TZDATA_H
#define COMPONENT_TZDATA_H

#include "proto/zone.h"

#define TZDATA_FOLDER "/usr/share/zoneinfo"

/* Adds every zone file under `folder`, by its path below it (Europe/Paris); people choose from those of its
 * zone.tab. Returns how many; 0 and a line in
 * `error` when there are none. Takes some 10 ms for all of tzdata. */
int tzdata_load(struct zones *zones, const char *folder, struct text *error);

#endif
