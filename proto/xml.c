#include "proto/xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *xml_attribute(const struct xml *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++)
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].value;
    return NULL;
}

const struct xml *xml_child(const struct xml *element, const char *name, const char *ns)
{
    for (const struct xml *child = element->child; child; child = child->next)
        if (strcmp(child->name, name) == 0 && (!ns || (child->ns && strcmp(child->ns, ns) == 0)))
            return child;
    return NULL;
}

bool xml_number(const struct xml *element, const char *name, int64_t least, int64_t most, int64_t *number)
{
    const char *value = xml_attribute(element, name);
    if (!value)
        return false;
    const char *digits = value + (*value == '-');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false; /* strtoll alone would take white space and a plus */
    errno = 0;
    long long read = strtoll(value, NULL, 10);
    if (errno || read < least || read > most)
        return false;
    *number = read;
    return true;
}
