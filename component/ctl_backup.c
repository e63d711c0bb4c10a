/* jmbctl backup and restore: the one thing that is done to the database without jmbd, for a damaged one too.
 */
#include "component/ctl.h"
#include "sql/store_copy.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define DATABASE "/var/lib/jmb/jmb.db"

static int back_up(const struct ctl *ctl, const char *database, const char *copy, struct text *error)
{
    if (store_copy(database, copy, error) < 0)
        return 1;
    fprintf(ctl->out, "%s is a copy of %s; the link keys are not in it\n", copy, database);
    return EX_OK;
}

static int bring_back(const struct ctl *ctl, const char *database, const char *copy, struct text *error)
{
    char *aside;
    if (store_bring_back(database, copy, &aside, error) < 0)
        return 1;
    fprintf(ctl->out, "%s is %s again\n", database, copy);
    if (aside)
        fprintf(ctl->out, "what was there is %s\n", aside);
    free(aside);
    return EX_OK;
}

int ctl_backup(const struct ctl *ctl, int argc, char *const *argv)
{
    bool named = argc == 4 && strcmp(argv[1], "-d") == 0;
    if (!named && argc != 2) {
        fprintf(ctl->err, "usage: jmbctl %s [-d DATABASE] FILE\n", argv[0]);
        return EX_USAGE;
    }
    struct text error = {0};
    const char *database = named ? argv[2] : DATABASE, *copy = argv[argc - 1];
    int end = (strcmp(argv[0], "backup") == 0 ? back_up : bring_back)(ctl, database, copy, &error);
    if (end)
        fprintf(ctl->err, "jmbctl: %s\n", text_string(&error));
    text_free(&error);
    return end;
}
