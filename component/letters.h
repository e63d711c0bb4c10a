/* Rendering letters: a row of the queue becomes a message, in the reader's language and zone, at the moment
 * it is sent. Templates are component/letters/KIND.txt and KIND.html. */
#ifndef COMPONENT_LETTERS_H
#define COMPONENT_LETTERS_H

#include "proto/catalogue.h"
#include "proto/site.h"
#include "proto/zone.h"
#include "sql/store_letters.h"

struct letters_options {
    struct store *store;
    const struct catalogues *catalogues;
    const struct zones *zones;
    const struct link_keys *keys;
    const struct site *site;
    const char *from, *from_name;
    const char *reply_address; /* where the MTA pipes answers of calendars to us; NULL: nowhere */
    const char *templates;     /* folder of the site's own templates; NULL: none */
    int rejoin;                /* seconds within which a visit that begins again goes on */
};

struct letters;

/* Parses the templates, the site's before ours of the same name. NULL: `error` says what is wrong in which
 * file and line. */
struct letters *letters_open(const struct letters_options *options, struct text *error);
void letters_close(struct letters *letters);

/* Adds the whole message to `text`. > 0: to be sent, and *told is what store_letter_sent shall keep (free it
 * with letter_told_free; NULL: nothing); 0: no longer true (cancelled, answered, over): drop it; < 0: the
 * store is broken. */
int letters_render(struct letters *letters, const struct letter *letter, int64_t now, struct text *text,
                   struct letter_told **told);
void letter_told_free(struct letter_told *told);

#endif
