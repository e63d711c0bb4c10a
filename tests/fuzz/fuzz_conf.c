/* jmb.conf: whatever is in the file, each line gets a value or an error, and nothing else happens. */
#include "component/conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf conf;
    struct text errors = {0};
    int result = conf_read_bytes(&conf, "jmb.conf", (const char *)data, size, &errors);
    if ((result == 0) != (errors.size == 0) || (errors.size && errors.data[errors.size - 1] != '\n'))
        abort();
    if (result == 0 && (!conf.site.url || !conf.prosody_count || !conf.keys.count || !conf.mail_domain))
        abort();
    if (conf.limits.options.room_reminders[REMINDERS_MAX - 1] > 0 || conf.prosody_count > CONF_PROSODYS_MAX)
        abort();
    conf_free(&conf);
    text_free(&errors);
    return 0;
}
