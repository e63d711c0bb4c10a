#include "proto/site.h"

#include <string.h>

const char *site_path(const struct site *site)
{
    const char *host = strstr(site->url, "://");
    const char *path = strchr(host ? host + 3 : site->url, '/');
    return path ? path : "";
}

void site_add_link(struct text *text, const struct site *site, const struct link_keys *keys,
                   enum link_purpose purpose, const struct link_id *id)
{
    static const char *const before[] = {
        [LINK_JOIN] = "/j/",          [LINK_INVITATION] = "/i/", [LINK_FEED] = "/ical/",
        [LINK_SIGN_IN] = "/sign-in/", [LINK_STOP] = "/u/",       [LINK_SESSION] = NULL,
        [LINK_CSRF] = NULL,           [LINK_SHARED] = "/s/",     [LINK_KNOWN] = NULL};
    char link[LINK_SIZE + 1];
    link_write(keys, purpose, id, link);
    text_add(text, site->url);
    text_add(text, before[purpose]);
    text_add(text, link);
    if (purpose == LINK_FEED)
        text_add(text, ".ics");
}

const char *site_dial_in(const struct site *site, const char *language)
{
    const char *own = strcmp(language, "fr") == 0 ? site->dial_in_fr : site->dial_in;
    const char *text = own && *own ? own : site->dial_in;
    return text && *text ? text : NULL;
}
