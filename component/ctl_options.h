/* What `jmbctl people import` and `jmbctl lists import` are told behind these words. */
#ifndef COMPONENT_CTL_OPTIONS_H
#define COMPONENT_CTL_OPTIONS_H

#include "component/ctl.h"
#include "proto/directory.h"

enum { CTL_FILTERS_MOST = 32 };

struct ctl_options {
    const char *format; /* ldif, csv; NULL: as it looks */
    struct directory_map map;
    const char *filters[CTL_FILTERS_MOST + 1]; /* of map.may_book; NULL ends them */
    bool prune, force, quiet;
};

/* Reads them; the strings are those of argv, whose first word is people or lists. > 0 done, 0 they asked for
 * help, which is on ctl->out; < 0 they make no sense, which is on ctl->err. `options` must stay where it is.
 */
int ctl_options_read(struct ctl_options *options, const struct ctl *ctl, int argc, char *const *argv);

#endif
