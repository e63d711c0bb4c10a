#include "component/conf_reading.h"

#include <stdarg.h>
#include <string.h>

void conf_complain(struct reading *reading, int line, const char *format, ...)
{
    va_list arguments;
    char words[1024];
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (line)
        text_addf(reading->errors, "%s:%d: %s\n", reading->path, line, words);
    else
        text_addf(reading->errors, "%s: %s\n", reading->path, words);
}

const struct conf_key *conf_key_find(const char *section, const char *name)
{
    for (const struct conf_key *key = conf_keys; key->section; key++)
        if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

int *conf_line_of(struct reading *reading, int prosody, const struct conf_key *key)
{
    return &reading->lines[conf_key_is_prosody(key) ? 1 + prosody : 0][key - conf_keys];
}
