/* Between letters.c, which knows the kinds of letters, letter_values.c, which gathers what their templates
 * show, and letter_calendar.c, which writes the event for the reader's calendar. */
#ifndef COMPONENT_LETTER_PARTS_H
#define COMPONENT_LETTER_PARTS_H

#include "component/letters.h"
#include "proto/calendar.h"
#include "proto/template.h"
#include "sql/store_people.h"
#include "sql/store_sign_ins.h"

struct letters {
    struct letters_options options;
    struct templates *templates;
};

/* All that a letter is made from; strings live in the arena. */
struct letter_facts {
    struct arena arena;
    const struct letter *letter;
    enum letter_kind kind;             /* what it has become by now: a change may be an invitation */
    const struct catalogue *catalogue; /* of the reader */
    const struct zone *zone;           /* of the reader */
    int64_t now;
    struct meeting meeting;   /* of invitations and cancellations */
    struct attendee attendee; /* the reader, as one; of an answer, who answered */
    struct person organiser;
    struct sign_in sign_in;          /* of a sign-in letter */
    char *join, *answer, *stop;      /* addresses; NULL: none */
    bool to_organiser;               /* the reader organises the meeting */
    bool outsider;                   /* of the reader no language is known */
    unsigned different;              /* of a change, of enum letter_difference */
    struct letter_told before, told; /* what the reader was told last, and is told now */
};

/* The templates: ours, or those of the same name in `folder` (NULL: none), which may use nothing but the
 * variables of docs/letters.md (letter_templates.c). NULL: `error` says what is wrong, a line for each:
 * FILE:LINE: what, and how to mend it. */
struct templates *letter_templates(const char *folder, struct text *error);
extern const char *const letter_variables[]; /* NULL ends them */
bool letter_is_variable(const char *name, size_t size);
/* Of what was parsed: unknown names, and templates that take themselves in (letter_check.c). */
bool letter_check(const struct templates *set, const char *folder, struct text *error);
/* Begins another line of errors; line 0: none. Ends it with the name that may be meant. */
void letter_add_place(struct text *error, const char *folder, const char *name, size_t line);
void letter_add_meant(struct text *error, bool is_template, const char *name, size_t size);

/* What the templates may show, for the caller. */
json_t *letter_values(const struct letters *letters, struct letter_facts *facts);
/* The part of it that says what has changed (letter_changes.c), and who was there (letter_summary.c). */
void letter_put_changes(json_t *into, const struct letters *letters, struct letter_facts *facts);
void letter_put_summary(json_t *into, const struct letters *letters, struct letter_facts *facts);
/* Sets a text; NULL, "" and what is not UTF-8 is left out. The second clears `text`. */
void letter_put(json_t *into, const char *name, const char *value);
void letter_put_text(json_t *into, const char *name, struct text *text);
void letter_put_true(json_t *into, const char *name, bool value);
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
