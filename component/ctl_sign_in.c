/* jmbctl sign-in: a link for somebody whose mail does not arrive. */
#include "component/ctl.h"

#include <sysexits.h>

int ctl_sign_in(const struct ctl *ctl, int argc, char *const *argv)
{
    (void)argc;
    json_t *body = json_pack("{s:s}", "mail", argv[1]), *answer = NULL;
    if (!body) {
        fprintf(ctl->err, "jmbctl: the mail address is not UTF-8\n");
        return EX_USAGE;
    }
    int end = ctl_request(ctl, "POST", "/sign-in", body, &answer);
    json_decref(body);
    const char *link = json_string_value(json_object_get(answer, "link"));
    if (link) {
        fprintf(ctl->out, "%s\n", link);
    } else if (end == 0) {
        fprintf(ctl->err, "jmbctl: jmbd answered without a link\n");
        end = EX_PROTOCOL;
    }
    json_decref(answer);
    return end;
}
