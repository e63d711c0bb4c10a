/* Pages: a template within the layout, static files, and the pages that say what went wrong. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include "http/request.h"
#include "proto/template.h"
#include "proto/when.h"

struct pages;

/* Parses the templates and hashes the static files. NULL: `error` says what is wrong in which file. */
struct pages *pages_open(const struct site *site, const struct zones *zones, struct text *error);
void pages_close(struct pages *pages);

/* Renders http/pages/`name` with `data` (stolen; "title" is the page's) into the reply. What every page has
 * is added to the data: lang, site, base (the path in front of addresses), css, icon, person, csrf. */
void page_render(struct request *request, int status, const char *name, json_t *data);

/* Adds http/pages/`name` with the fields of one thing of many to `html` (which a page shows raw, {{&...}}).
 */
void page_add_row(struct request *request, const char *name, const struct template_field *fields,
                  struct text *html);

/* A short page: a heading, a sentence, and the one thing to do next. Texts are of the reader's language. */
struct notice {
    int status;
    const char *title, *text;
    const char *action, *address;        /* a link, or NULL */
    const char *second, *second_address; /* another one that is less likely */
    const char *again;                   /* where a button sends the form of the request once more, or NULL */
    const char *quote, *quote_language;  /* what somebody said of it */
    const char *contact;                 /* whom to write to: a mail address; NULL: the site's */
};
void page_notice(struct request *request, const struct notice *notice);

void page_not_found(struct request *request);
/* A personal link that is forged, cut, or was replaced. */
void page_link_not_found(struct request *request);
void page_forbidden(struct request *request);
/* The store is broken, or the turn was not stored. */
void page_unavailable(struct request *request);

/* GET /static/HASH/NAME */
void page_static(struct request *request);
/* <option> elements of the zones that people choose from (zones_offer), the site's among them. */
const char *page_zone_options(const struct request *request);

/* Sets a member; NULL text is left out. */
void data_text(json_t *data, const char *name, const char *text);
void data_true(json_t *data, const char *name, bool is_true);
/* The title of a page with a form; with an error it is the other one, and the error beside it. */
void data_title(json_t *data, const char *title, const char *title_of_error, const char *error);
/* A time: {"text": ..., "machine": ...} for <time>. */
json_t *data_time(struct request *request, const struct zone *zone, enum when_style style, int64_t at);
json_t *data_span(struct request *request, const struct zone *zone, enum when_style style, int64_t starts_at,
                  int64_t ends_at);
/* `text` with its {places} filled; the array ends with a NULL name. Of the arena. */
struct place {
    const char *name, *value;
};
const char *text_filled(struct request *request, const char *text, const struct place *places);

#endif
