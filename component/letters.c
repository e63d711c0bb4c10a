#include "component/letter_parts.h"
#include "proto/embed.h"
#include "proto/message.h"

#include <stdlib.h>
#include <string.h>

/* How each kind is named in component/letters, and its calendar part. */
static const struct {
    const char *subject, *plain, *html;
    enum calendar_method method;
    const char *method_name; /* NULL: no calendar part */
} kinds[] = {
    [LETTER_INVITATION] = {"invitation-subject.txt", "invitation.txt", "invitation.html", CALENDAR_REQUEST,
                           "REQUEST"},
    [LETTER_CHANGE] = {"invitation-subject.txt", "invitation.txt", "invitation.html", CALENDAR_REQUEST,
                       "REQUEST"},
    [LETTER_ROLE] = {"invitation-subject.txt", "invitation.txt", "invitation.html", CALENDAR_REQUEST,
                     "REQUEST"},
    [LETTER_REMOVAL] = {"cancellation-subject.txt", "cancellation.txt", "cancellation.html", CALENDAR_CANCEL,
                        "CANCEL"},
    [LETTER_CANCELLATION] = {"cancellation-subject.txt", "cancellation.txt", "cancellation.html",
                             CALENDAR_CANCEL, "CANCEL"},
    [LETTER_SIGN_IN] = {"sign-in-subject.txt", "sign-in.txt", "sign-in.html", CALENDAR_PUBLISH, NULL},
};

struct letters *letters_open(const struct letters_options *options, struct text *error)
{
    struct letters *letters = mem_alloc(sizeof *letters);
    letters->options = *options;
    letters->templates = templates_new();
    for (const struct embedded *file = letters_files; file->name; file++) {
        const char *why = NULL;
        size_t size = (size_t)(file->end - file->data);
        if (templates_add(letters->templates, file->name, (const char *)file->data, size, &why) < 0) {
            text_addf(error, "letters: %s", why);
            letters_close(letters);
            return NULL;
        }
    }
    return letters;
}

void letters_close(struct letters *letters)
{
    if (!letters)
        return;
    templates_free(letters->templates);
    free(letters);
}

/* Looks up what a letter about a meeting says. 0: it is no longer true. */
static int read_meeting(const struct letters *letters, struct letter_facts *facts)
{
    struct store *store = letters->options.store;
    const struct letter *letter = facts->letter;
    int found = store_get_attendee(store, letter->attendee, &facts->arena, &facts->attendee, &facts->meeting);
    if (found <= 0)
        return found;
    found = store_get_told(store, letter->attendee, &facts->arena, &facts->before);
    if (found <= 0)
        return found;
    facts->told = letter_told_now(&facts->meeting, &facts->attendee);
    bool cancelled = facts->told.status == TOLD_CANCELLED;
    if (facts->meeting.ends_at <= facts->now || !kinds[letter->kind].subject ||
        cancelled != (kinds[letter->kind].method == CALENDAR_CANCEL))
        return 0;
    bool change = letter->kind == LETTER_CHANGE || letter->kind == LETTER_ROLE;
    if (change && facts->before.status == TOLD_CONFIRMED &&
        !letter_told_compare(&facts->before, &facts->told))
        return 0;
    found = store_get_person(store, facts->meeting.organiser, &facts->arena, &facts->organiser);
    if (found <= 0)
        return found;
    if (!cancelled) {
        facts->join = letter_link(letters, facts, LINK_JOIN, &facts->attendee.link);
        facts->answer = letter_link(letters, facts, LINK_INVITATION, &facts->attendee.link);
    }
    return 1;
}

static int read_facts(const struct letters *letters, struct letter_facts *facts)
{
    struct store *store = letters->options.store;
    const struct letter *letter = facts->letter;
    struct person reader = {0};
    int found = letter->kind == LETTER_SIGN_IN
                    ? store_find_sign_in(store, &letter->sign_in, facts->now, &facts->arena, &facts->sign_in)
                    : read_meeting(letters, facts);
    if (found <= 0)
        return found;
    found = store_find_person(store, letter->to, &facts->arena, &reader);
    if (found < 0)
        return found;
    const char *tz = found > 0 && reader.tz ? reader.tz : facts->meeting.tz;
    facts->zone = letter_zone(letters, tz);
    const char *language = letter->language ? letter->language : letters->options.site->language;
    facts->catalogue = catalogues_find(letters->options.catalogues, language);
    return facts->zone ? 1 : -1;
}

char *letter_text(const struct letters *letters, struct letter_facts *facts, const char *name,
                  const json_t *values)
{
    struct text text = {0};
    char *rendered = NULL;
    if (templates_render(letters->templates, name, values, facts->catalogue, &text) >= 0) {
        while (text.size > 0 && (text.data[text.size - 1] == '\n' || text.data[text.size - 1] == '\r'))
            text.data[--text.size] = 0;
        rendered = arena_dup_bytes(&facts->arena, text_string(&text), text.size);
    }
    text_free(&text);
    return rendered;
}

/* Date is that of the row, not of this try: a retry is the same message. Answers by hand go to the organiser;
 * the organiser's own letters come from the site. */
static int write_letter(const struct letters *letters, struct letter_facts *facts, json_t *values,
                        struct text *text)
{
    const struct letter *letter = facts->letter;
    const char *subject = letter_text(letters, facts, kinds[letter->kind].subject, values);
    json_object_set_new(values, "title", json_string(subject ? subject : ""));
    bool by_organiser = letter->kind != LETTER_SIGN_IN && facts->attendee.role != ROLE_ORGANISER;
    const struct message message = {
        .from_name = letter_text(letters, facts, "sender.txt", values),
        .from = letters->options.from,
        .to_name = letter->to_name ? letter->to_name : facts->attendee.name,
        .to = letter->to,
        .reply_to = by_organiser ? facts->organiser.mail : NULL,
        .subject = subject,
        .message_id = letter->message_id,
        .in_reply_to = letter->in_reply_to,
        .language = catalogue_language(facts->catalogue),
        .date_at = letter->created_at,
        .plain = letter_text(letters, facts, kinds[letter->kind].plain, values),
        .html = letter_text(letters, facts, kinds[letter->kind].html, values),
        .calendar = kinds[letter->kind].method_name
                        ? letter_calendar(letters, facts, kinds[letter->kind].method, values)
                        : NULL,
        .calendar_method = kinds[letter->kind].method_name};
    if (!subject || !message.from_name || !message.plain || !message.html)
        return -1;
    message_write(text, &message);
    return 1;
}

/* The facts' arena ends with the rendering. */
static struct letter_told *told_keep(const struct letter_told *told)
{
    struct letter_told *kept = mem_alloc(sizeof *kept);
    *kept = *told;
    kept->subject = mem_dup(told->subject);
    kept->password = mem_dup(told->password);
    return kept;
}

void letter_told_free(struct letter_told *told)
{
    if (!told)
        return;
    free((char *)told->subject);
    free((char *)told->password);
    free(told);
}

int letters_render(struct letters *letters, const struct letter *letter, int64_t now, struct text *text,
                   struct letter_told **told)
{
    struct letter_facts facts = {.letter = letter, .now = now};
    int done = read_facts(letters, &facts);
    if (done > 0) {
        json_t *values = letter_values(letters, &facts);
        done = write_letter(letters, &facts, values, text);
        *told = done > 0 && letter->kind != LETTER_SIGN_IN ? told_keep(&facts.told) : NULL;
        json_decref(values);
    }
    arena_free(&facts.arena);
    return done;
}
