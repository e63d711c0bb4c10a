/* Values of the configuration: text to C and back into a sentence when it is wrong. Within conf*.c only. */
#ifndef COMPONENT_CONF_VALUES_H
#define COMPONENT_CONF_VALUES_H

#include "proto/arena.h"
#include "proto/text.h"

/* Each reads `value`; false: *wrong is what is wrong and what is allowed, to be put behind 'key: ' (of the
 * arena). */
bool value_read_duration(int *seconds, struct arena *arena, const char *value, int least, int most,
                         const char **wrong);
bool value_read_number(int *number, struct arena *arena, const char *value, int least, int most,
                       const char **wrong);
bool value_read_bool(bool *yes, struct arena *arena, const char *value, const char **wrong);
/* One of the words of `choices`, which are separated by '|'; *index is which. */
bool value_read_choice(int *index, struct arena *arena, const char *value, const char *choices,
                       const char **wrong);
/* The pieces of a list, separated by commas or white space; NULL ends it. */
const char **value_split(struct arena *arena, const char *value, size_t *count);

/* Checks of strings. */
bool value_is_address(struct arena *arena, const char *value, const char **wrong); /* IPv4 or IPv6 */
bool value_is_domain(struct arena *arena, const char *value, const char **wrong);
bool value_is_mail(struct arena *arena, const char *value, const char **wrong);
bool value_is_network(struct arena *arena, const char *value, const char **wrong); /* ADDRESS[/BITS] */
bool value_is_token(struct arena *arena, const char *value,
                    const char **wrong); /* name of a header field (RFC 9110 5.6.2) */
bool value_is_page(struct arena *arena, const char *value, const char **wrong); /* a URL, query and all */
bool value_is_url(struct arena *arena, const char *value,
                  const char **wrong); /* http(s)://host[:port][/path] */
bool value_is_path(struct arena *arena, const char *value, const char **wrong);   /* absolute */
bool value_is_listen(struct arena *arena, const char *value, const char **wrong); /* see http.h */
bool value_is_zone(struct arena *arena, const char *value, const char **wrong);
bool value_is_colour(struct arena *arena, const char *value, const char **wrong);   /* #rrggbb */
bool value_is_language(struct arena *arena, const char *value, const char **wrong); /* that we speak */
bool value_is_word(struct arena *arena, const char *value, const char **wrong);     /* no white space */

/* '1h30m', the way that durations are written. */
const char *value_show_duration(struct arena *arena, int seconds);
bool value_is_loopback(const char *address);

#endif
