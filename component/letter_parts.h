/* Between letters.c, which knows the kinds of letters, letter_values.c, which gathers what their templates
 * show, and letter_calendar.c, which writes the event for the reader's calendar. */
#ifndef COMPONENT_LETTER_PARTS_H
#define COMPONENT_LETTER_PARTS_H

#include "component/letters.h"
#include "proto/calendar.h"
#include "proto/template.h"
#include "sql/store_people.h"

struct letters {
    struct letters_options options;
    struct templates *templates;
};

/* All that a letter is made from; strings live in the arena. */
struct letter_facts {
    struct arena arena;
    const struct letter *letter;
    const struct catalogue *catalogue; /* of the reader */
    const struct zone *zone;           /* of the reader */
    int64_t now;
    struct meeting meeting;   /* of invitations and cancellations */
    struct attendee attendee; /* the reader, as one */
    struct person organiser;
    struct sign_in sign_in;          /* of a sign-in letter */
    char *join, *answer;             /* addresses; NULL: none */
    struct letter_told before, told; /* what the reader was told last, and is told now */
};

/* What the templates may show.
 * The caller's; */
json_t *letter_values(const struct letters *letters, struct letter_facts *facts);
/* One template's text in the arena, without line ends behind it; NULL: there is no such template. */
char *letter_text(const struct letters *letters, struct letter_facts *facts, const char *name,
                  const json_t *values);
/* The calendar part, in the arena: the event as its reader may see it; `values` are letter_values'. */
char *letter_calendar(const struct letters *letters, struct letter_facts *facts, enum calendar_method method,
                      const json_t *values);
/* A person's name, or the address when there is none. */
const char *letter_name(struct letter_facts *facts, const char *name, const char *mail);
/* The reader's own address of a link, in the arena. */
char *letter_link(const struct letters *letters, struct letter_facts *facts, enum link_purpose purpose,
                  const struct link_id *id);
/* The zone called `name`, else the site's, else UTC; NULL when there are no zones at all. */
const struct zone *letter_zone(const struct letters *letters, const char *name);

#endif
