/* Translations: the English text is the key. Reads GNU .mo files itself, since gettext() of libc is one
 * language a process and wants system locales. */
#ifndef PROTO_CATALOGUE_H
#define PROTO_CATALOGUE_H

#include <stddef.h>

struct catalogue;  /* one language */
struct catalogues; /* all of them; English is always there */

/* Marks a text for extraction where no catalogue is at hand yet. */
#define N_(text) text
/* The same for a text that catalogue_context will look up. */
#define NC_(context, text) text

struct catalogues *catalogues_new(void);
/* Adds a language ("fr") from the bytes of a .mo file, which must live as long. < 0: malformed, or plural
 * forms it does not know; nothing is added. */
int catalogues_add(struct catalogues *catalogues, const char *language, const void *bytes, size_t size);
/* The best catalogue for a language tag ("fr", "fr-CA", "FR"; RFC 4647 3.4 lookup); English when there is
 * none, never NULL. */
const struct catalogue *catalogues_find(const struct catalogues *catalogues, const char *language);
/* The best one for an Accept-Language field (RFC 9110 12.5.4); `otherwise` when none fits or `field` is NULL.
 */
const struct catalogue *catalogues_negotiate(const struct catalogues *catalogues, const char *field,
                                             const struct catalogue *otherwise);
void catalogues_each(const struct catalogues *catalogues,
                     void (*each)(const struct catalogue *catalogue, void *context), void *context);
void catalogues_free(struct catalogues *catalogues);

const char *catalogue_language(const struct catalogue *catalogue); /* "en", "fr" */
/* The translation of `text`, or `text` itself. Named _ so that xgettext finds it: _(catalogue, "text"). */
const char *catalogue_text(const struct catalogue *catalogue, const char *text);
const char *catalogue_plural(const struct catalogue *catalogue, const char *one, const char *many,
                             long count);
/* With a context (msgctxt) where one English word has two translations. */
const char *catalogue_context(const struct catalogue *catalogue, const char *context, const char *text);

/* xgettext --keyword=_:2 */
#define _(catalogue, text) catalogue_text(catalogue, text)

#endif
