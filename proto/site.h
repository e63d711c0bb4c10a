/* What every page, letter and calendar says about the site, and the one way to make an address of ours: never
 * from a Host field. */
#ifndef PROTO_SITE_H
#define PROTO_SITE_H

#include "proto/link.h"
#include "proto/text.h"

struct site {
    const char *name;
    const char *url;        /* "https://meet.example/booking", without a slash at the end */
    const char *tz;         /* of whoever has none */
    const char *language;   /* likewise */
    const char *contact;    /* a mail address to write to, or NULL */
    const char *colour;     /* of buttons, "#1d5fa8"; NULL: ours */
    const char *footer;     /* what stands under every page, or NULL */
    const char *help;       /* address of a page that helps, or NULL */
    const char *logo;       /* path of an SVG or PNG file, or NULL */
    const char *dial_in;    /* how to join by telephone, in English; NULL: there is no way */
    const char *dial_in_fr; /* the same in French; NULL: as dial_in says it */
};

/* How to join by telephone, for a reader of that language; NULL: there is no way. */
const char *site_dial_in(const struct site *site, const char *language);
/* The path of the site's address ("/booking", or ""), for cookies and local redirects. */
const char *site_path(const struct site *site);
/* Adds the address of a link: /j/LINK, /i/LINK, /ical/LINK.ics, /sign-in/LINK, /u/LINK, /s/LINK. */
void site_add_link(struct text *text, const struct site *site, const struct link_keys *keys,
                   enum link_purpose purpose, const struct link_id *id);

#endif
