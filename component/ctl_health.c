/* jmbctl health: what the health page says, and in the exit status whether it is good. */
#include "component/ctl.h"

#include <stdlib.h>

int ctl_health(const struct ctl *ctl, int argc, char *const *argv)
{
    (void)argc, (void)argv;
    json_t *answer = NULL;
    int end = ctl_request(ctl, "GET", "/about/health", NULL, &answer);
    char *words = answer ? json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    if (words)
        fprintf(ctl->out, "%s\n", words);
    free(words);
    json_decref(answer);
    return end;
}
