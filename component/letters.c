#include "component/letter_parts.h"
#include "proto/addresses.h"
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
    [LETTER_CHANGE] = {"change-subject.txt", "change.txt", "change.html", CALENDAR_REQUEST, "REQUEST"},
    [LETTER_ROLE] = {"role-subject.txt", "role.txt", "role.html", CALENDAR_REQUEST, "REQUEST"},
    [LETTER_PEOPLE] = {"change-subject.txt", "change.txt", "change.html", CALENDAR_REQUEST, "REQUEST"},
    [LETTER_REMOVAL] = {"removal-subject.txt", "removal.txt", "removal.html", CALENDAR_CANCEL, "CANCEL"},
    [LETTER_CANCELLATION] = {"cancellation-subject.txt", "cancellation.txt", "cancellation.html",
                             CALENDAR_CANCEL, "CANCEL"},
    [LETTER_REMINDER] = {"reminder-subject.txt", "reminder.txt", "reminder.html", CALENDAR_PUBLISH, NULL},
    [LETTER_ANSWER] = {"answer-subject.txt", "answer.txt", "answer.html", CALENDAR_PUBLISH, NULL},
    [LETTER_SUMMARY] = {"summary-subject.txt", "summary.txt", "summary.html", CALENDAR_PUBLISH, NULL},
    [LETTER_FORWARD] = {"forward-subject.txt", "forward.txt", "forward.html", CALENDAR_PUBLISH, NULL},
    [LETTER_SIGN_IN] = {"sign-in-subject.txt", "sign-in.txt", "sign-in.html", CALENDAR_PUBLISH, NULL},
};

struct letters *letters_open(const struct letters_options *options, struct text *error)
{
    struct letters *letters = mem_alloc(sizeof *letters);
    letters->options = *options;
    letters->templates = letter_templates(options->templates, error);
    if (letters->templates)
        return letters;
    letters_close(letters);
    return NULL;
}

void letters_close(struct letters *letters)
{
    if (!letters)
        return;
    templates_free(letters->templates);
    free(letters);
}

static bool is_somebody(const struct attendee *attendee, void *context)
{
    *(bool *)context = attendee->role != ROLE_ORGANISER;
    return !*(bool *)context;
}

/* Who is invited has changed since the organiser, whose letter it is, was told. */
static bool people_changed(struct store *store, const struct letter_facts *facts)
{
    bool changed = false;
    if (facts->attendee.role == ROLE_ORGANISER)
        store_list_people_since(store, facts->meeting.id, facts->before.revision, is_somebody, &changed);
    return changed;
}

/* Whether the time of a meeting that has begun was changed before it did, and after its reader was told. */
static bool was_moved(struct store *store, const struct letter_facts *facts)
{
    const struct letter_told *before = &facts->before;
    int64_t planned_end;
    if (before->starts_at != facts->meeting.starts_at)
        return true;
    return before->at < facts->meeting.starts_at &&
           store_get_planned_end(store, facts->meeting.id, &planned_end) > 0 &&
           before->ends_at != planned_end;
}

/* In what the letter's reader would read something new. Once the meeting has begun, its end is the business
 * of those who are in it, unless it was moved beforehand; and who else is invited is no news. */
static unsigned difference(struct store *store, const struct letter_facts *facts)
{
    unsigned different = letter_told_compare(&facts->before, &facts->told);
    if (facts->meeting.starts_at > facts->now)
        return people_changed(store, facts) ? different | DIFFERENT_PEOPLE : different;
    return was_moved(store, facts) ? different : different & ~(unsigned)DIFFERENT_TIME;
}

/* What a letter of news about the meeting is by now: an invitation for whoever was never told, a cancellation
 * also for whoever was removed before; false: there is nothing to tell. */
static bool settle_news(struct store *store, struct letter_facts *facts)
{
    const struct letter_told *before = &facts->before;
    bool off = facts->kind == LETTER_REMOVAL || facts->kind == LETTER_CANCELLATION;
    if (facts->meeting.ends_at <= facts->now || off != (facts->told.status == TOLD_CANCELLED))
        return false;
    if (off) {
        facts->kind = facts->meeting.status == MEETING_CANCELLED ? LETTER_CANCELLATION : LETTER_REMOVAL;
        return true;
    }
    if (facts->kind == LETTER_INVITATION)
        return true;
    facts->different = difference(store, facts);
    facts->kind = before->status != TOLD_CONFIRMED     ? LETTER_INVITATION
                  : facts->different == DIFFERENT_ROLE ? LETTER_ROLE
                                                       : LETTER_CHANGE;
    return facts->kind == LETTER_INVITATION || facts->different;
}

static bool wants_reminder(struct store *store, const struct letter_facts *facts)
{
    bool this_meeting = false, all = false;
    store_reminders_stopped(store, facts->attendee.id, &this_meeting, &all);
    return facts->meeting.starts_at > facts->now && facts->told.status == TOLD_CONFIRMED &&
           facts->attendee.partstat != PARTSTAT_DECLINED && !this_meeting && !all;
}

/* Whether the letter is still true. */
static bool is_true(struct store *store, struct letter_facts *facts)
{
    const struct meeting *meeting = &facts->meeting;
    switch (facts->kind) {
    case LETTER_REMINDER:
        return wants_reminder(store, facts);
    case LETTER_ANSWER:
        return facts->told.status == TOLD_CONFIRMED && meeting->ends_at > facts->now &&
               facts->attendee.partstat != PARTSTAT_NEEDS_ACTION;
    case LETTER_FORWARD: /* somebody's words are true for ever */
        return 1;
    case LETTER_SUMMARY:
        return meeting->status == MEETING_CONFIRMED;
    default:
        return settle_news(store, facts);
    }
}

/* Looks up what a letter about a meeting says. 0: it is no longer true. */
static int read_meeting(const struct letters *letters, struct letter_facts *facts)
{
    struct store *store = letters->options.store;
    const struct letter *letter = facts->letter;
    int found = store_get_attendee(store, letter->attendee, &facts->arena, &facts->attendee, &facts->meeting);
    if (found > 0)
        found = store_get_told(store, letter->attendee, &facts->arena, &facts->before);
    if (found > 0)
        found = store_get_person(store, facts->meeting.organiser, &facts->arena, &facts->organiser);
    if (found <= 0)
        return found;
    facts->told = letter_told_now(&facts->meeting, &facts->attendee);
    facts->told.at = facts->now;
    if (!is_true(store, facts))
        return 0;
    facts->to_organiser = facts->attendee.role == ROLE_ORGANISER || facts->kind == LETTER_ANSWER;
    if (facts->told.status == TOLD_CONFIRMED && facts->kind != LETTER_ANSWER) {
        facts->join = letter_link(letters, facts, LINK_JOIN, &facts->attendee.link);
        facts->answer = letter_link(letters, facts, LINK_INVITATION, &facts->attendee.link);
        facts->stop = letter_link(letters, facts, LINK_STOP, &facts->attendee.link);
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
    facts->outsider = !reader.language;
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

/* Who an answer by hand goes to: the organiser, or whoever answered; the organiser's own letters come from
 * the site. */
static const char *reply_to(struct letter_facts *facts)
{
    struct addresses writers;
    if (facts->kind == LETTER_FORWARD) {
        addresses_read(&writers, &facts->arena, facts->letter->forwarded.from);
        return writers.count ? writers.list[0].mail : NULL;
    }
    if (facts->kind == LETTER_ANSWER)
        return facts->attendee.mail;
    return facts->kind == LETTER_SIGN_IN || facts->to_organiser ? NULL : facts->organiser.mail;
}

/* Where it comes from: with a reply address what concerns a meeting, so that answers of calendars, and what
 * could not be delivered, come to us. */
static const char *from(const struct letters *letters, const struct letter_facts *facts)
{
    const char *reply_address = letters->options.reply_address;
    return reply_address && facts->kind != LETTER_SIGN_IN ? reply_address : letters->options.from;
}

/* Date is that of the row, not of this try: a retry is the same message. */
static int write_letter(const struct letters *letters, struct letter_facts *facts, json_t *values,
                        struct text *text)
{
    const struct letter *letter = facts->letter;
    enum letter_kind kind = facts->kind;
    const char *subject = letter_text(letters, facts, kinds[kind].subject, values);
    json_object_set_new(values, "title", json_string(subject ? subject : ""));
    const char *own_name = kind == LETTER_ANSWER || kind == LETTER_SIGN_IN ? NULL : facts->attendee.name;
    const char *method = kinds[kind].method_name;
    const struct message message = {
        .from_name = letter_text(letters, facts, "sender.txt", values),
        .from = from(letters, facts),
        .to_name = letter->to_name ? letter->to_name : own_name,
        .to = letter->to,
        .reply_to = reply_to(facts),
        .subject = subject,
        .message_id = letter->message_id,
        .in_reply_to = letter->in_reply_to,
        .language = catalogue_language(facts->catalogue),
        .date_at = letter->created_at,
        .plain = letter_text(letters, facts, kinds[kind].plain, values),
        .html = letter_text(letters, facts, kinds[kind].html, values),
        .calendar = method ? letter_calendar(letters, facts, kinds[kind].method, values) : NULL,
        .calendar_method = method,
        .list_unsubscribe = kind == LETTER_REMINDER ? facts->stop : NULL};
    if (!subject || !message.from_name || !message.plain || !message.html || (method && !message.calendar))
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
    struct letter_facts facts = {.letter = letter, .kind = letter->kind, .now = now};
    int done = read_facts(letters, &facts);
    if (done > 0) {
        json_t *values = letter_values(letters, &facts);
        done = write_letter(letters, &facts, values, text);
        *told = done > 0 && kinds[facts.kind].method_name ? told_keep(&facts.told) : NULL;
        json_decref(values);
    }
    arena_free(&facts.arena);
    return done;
}
