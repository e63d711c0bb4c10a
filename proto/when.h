/* Times as people read them, in their language and zone: 'today 14:00–15:30', 'jeu. 3 déc. 14:00'. */
#ifndef PROTO_WHEN_H
#define PROTO_WHEN_H

#include "proto/catalogue.h"
#include "proto/text.h"
#include "proto/zone.h"

enum when_style {
    WHEN_RELATIVE, /* today, tomorrow, a weekday within the week, then the date; needs `now` */
    WHEN_SHORT,    /* Thu 3 Dec 14:00 (jeu. 3 déc. 14:00); the year when it is not that of `now` */
    WHEN_LONG,     /* Thursday 3 December 2026, 14:00 */
    WHEN_TIME,     /* 14:00 */
    WHEN_DATE,     /* Thursday 3 December 2026 */
};

/* An instant. */
void when_add(struct text *text, const struct catalogue *catalogue, const struct zone *zone,
              enum when_style style, int64_t now, int64_t at);
/* From start to end, with the day once when they share it: 'today 14:00–15:30'. */
void when_add_span(struct text *text, const struct catalogue *catalogue, const struct zone *zone,
                   enum when_style style, int64_t now, int64_t starts_at, int64_t ends_at);
/* A length in words: '1 h 30 min', '45 min', '20 s'. */
void when_add_length(struct text *text, const struct catalogue *catalogue, int64_t seconds);
/* What that has for so many of a unit, with {n} for the number. */
enum when_unit { WHEN_DAYS, WHEN_HOURS, WHEN_MINUTES, WHEN_SECONDS };
const char *when_unit_words(const struct catalogue *catalogue, enum when_unit unit, int64_t number);
/* The zone as a person says it, with its offset at that time: 'Europe/Paris (UTC+1)'. */
void when_add_zone(struct text *text, const struct zone *zone, int64_t at);
/* RFC 3339 in UTC, for <time datetime>: 2026-12-03T13:00:00Z. */
void when_add_machine(struct text *text, int64_t at);
/* RFC 5322 3.3 Date in UTC: Thu, 03 Dec 2026 13:00:00 +0000. */
void when_add_mail(struct text *text, int64_t at);

#endif
