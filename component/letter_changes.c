#include "component/letter_parts.h"
#include "proto/when.h"

#include <stdio.h>

/* What a letter of change says: now against what its reader was told last. */

enum { NAMED_MOST = 50 /* a letter is no list */ };

/* Names with commas between. */
struct names {
    struct letter_facts *facts;
    struct list {
        struct text text;
        long count;
    } added, removed;
};

static bool add_person(const struct attendee *attendee, void *context)
{
    struct names *names = context;
    struct list *list = attendee->removed ? &names->removed : &names->added;
    if (attendee->role != ROLE_ORGANISER && list->count++ < NAMED_MOST)
        text_addf(&list->text, "%s%s", list->text.size ? ", " : "",
                  letter_name(names->facts, attendee->name, attendee->mail));
    return true;
}

static void put_names(json_t *into, const char *name, struct list *list, const struct letter_facts *facts)
{
    long more = list->count - NAMED_MOST;
    if (more > 0) {
        char number[24];
        snprintf(number, sizeof number, "%ld", more);
        text_add_char(&list->text, ' ');
        text_add_places(&list->text, catalogue_plural(facts->catalogue, "and {n} more", "and {n} more", more),
                        (struct text_place[]){{"n", number}, {NULL, NULL}});
    }
    letter_put_text(into, name, &list->text);
}

/* Who came and went since then: for the organiser's eyes. */
static void put_people(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    struct names names = {.facts = facts};
    store_list_people_since(letters->options.store, facts->meeting.id, facts->before.revision, add_person,
                            &names);
    put_names(into, "added", &names.added, facts);
    put_names(into, "removed", &names.removed, facts);
}

void letter_put_changes(json_t *into, const struct letters *letters, struct letter_facts *facts)
{
    const struct letter_told *before = &facts->before;
    struct text when = {0};
    bool role = facts->different & DIFFERENT_ROLE;
    letter_put_true(into, "changed_time", facts->different & DIFFERENT_TIME);
    when_add_span(&when, facts->catalogue, facts->zone, WHEN_LONG, facts->now, before->starts_at,
                  before->ends_at);
    letter_put_text(into, "was_when", &when);
    letter_put_true(into, "changed_subject", facts->different & DIFFERENT_SUBJECT);
    letter_put(into, "was_subject", before->subject);
    letter_put_true(into, "changed_description", facts->different & DIFFERENT_DESCRIPTION);
    letter_put_true(into, "changed_password", facts->different & DIFFERENT_PASSWORD);
    letter_put_true(into, "changed_people_only", facts->different == DIFFERENT_PEOPLE);
    letter_put_true(into, "changed_organiser",
                    facts->different & DIFFERENT_ORGANISER && !(role && facts->to_organiser));
    letter_put_true(into, "now_moderator", role && facts->attendee.role == ROLE_MODERATOR);
    letter_put_true(into, "now_guest", role && facts->attendee.role == ROLE_GUEST);
    letter_put_true(into, "now_organiser", role && facts->attendee.role == ROLE_ORGANISER);
    if (facts->to_organiser)
        put_people(into, letters, facts);
}
