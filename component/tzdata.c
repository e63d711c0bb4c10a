#include "component/tzdata.h"

#include "component/file.h"
#include "proto/arena.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MOST = 256 * 1024, DEPTH_MAX = 4 /* America/Argentina/Ushuaia has 3 */ };

/* Not names of zones: copies with and without leap seconds, and what this machine is set to. */
static bool is_no_zone(const char *name)
{
    static const char *const names[] = {"posix", "right", "posixrules", "localtime", "Factory"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return name[0] == '.';
}

static bool is_folder(const char *path, unsigned char type)
{
    struct stat status;
    if (type == DT_REG)
        return false;
    return type == DT_DIR || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

/* `bytes` is scratch. Tables (zone1970.tab, tzdata.zi) are no zone files: their first bytes tell. */
static int load_file(struct zones *zones, const char *path, const char *name, struct text *bytes)
{
    struct text ignored = {0};
    text_clear(bytes);
    bool loaded = file_read(path, FILE_MOST, FILE_ANY, bytes, &ignored) && bytes->size > 4 &&
                  memcmp(bytes->data, "TZif", 4) == 0 &&
                  zones_add(zones, name, bytes->data, bytes->size) >= 0;
    text_free(&ignored);
    return loaded;
}

static int load_folder(struct zones *zones, const char *folder, const char *before, int depth,
                       struct text *bytes)
{
    int count = 0;
    DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (is_no_zone(entry->d_name))
            continue;
        struct arena arena = {0};
        const char *path = arena_printf(&arena, "%s/%s", folder, entry->d_name);
        const char *name = arena_printf(&arena, "%s%s", before, entry->d_name);
        if (is_folder(path, entry->d_type))
            count += load_folder(zones, path, arena_printf(&arena, "%s/", name), depth + 1, bytes);
        else
            count += load_file(zones, path, name, bytes);
        arena_free(&arena);
    }
    if (dir)
        closedir(dir);
    return count;
}

/* zone.tab has a name in each country; zone1970.tab leaves out those that tell the same time as a neighbour,
 * so that people of Luxembourg or La Réunion would look for theirs in vain. */
static void load_table(struct zones *zones, const char *folder, struct text *bytes)
{
    struct arena arena = {0};
    struct text ignored = {0};
    text_clear(bytes);
    if (file_read(arena_printf(&arena, "%s/zone.tab", folder), FILE_MOST, FILE_ANY, bytes, &ignored))
        zones_offer(zones, text_string(bytes), bytes->size);
    text_free(&ignored);
    arena_free(&arena);
}

int tzdata_load(struct zones *zones, const char *folder, struct text *error)
{
    struct text bytes = {0};
    int count = load_folder(zones, folder, "", 0, &bytes);
    load_table(zones, folder, &bytes);
    text_free(&bytes);
    if (count == 0)
        text_addf(error, "%s: no time zones there; install the package tzdata", folder);
    return count;
}
