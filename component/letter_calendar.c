#include "component/letter_parts.h"
#include "sql/store_feeds.h"

/* The calendar part of a letter (RFC 5546, 6047). */

/* Newer than what the reader has: whoever gets the same SEQUENCE with the same DTSTAMP passes it over (RFC
 * 5546 2.1.5), and the letter before may be of the very second in which this one's cause was. What came later
 * than the cause is in it too. */
static int64_t stamp(const struct letter_facts *facts)
{
    const struct letter_told *before = &facts->before;
    int64_t at = facts->letter->created_at;
    at = facts->meeting.updated_at > at ? facts->meeting.updated_at : at;
    return before->status != TOLD_NOTHING && at <= before->at ? before->at + 1 : at;
}

/* ORGANIZER is where answers go (RFC 5546 3.2.3): to us, under the organiser's name. Without an address that
 * reaches us an answer by mail would go to the organiser, whose calendar knows nothing of this event: then
 * none is asked for, and the links in the description are the way.
 *
 * To the organiser it is never themselves. Of a REQUEST whose ORGANIZER is its own user Outlook says 'meeting
 * cannot be found in the calendar', and Domino drops the letter (MRBS on its mail_settings['organizer'], and
 * its issues 977 and 1369; LibreBooking's 872). A PUBLISH becomes an appointment (MS-OXCICAL 2.1.3.1.1.1),
 * but Outlook and Thunderbird enter it only when asked, and each change of it. So the site invites them, as
 * it does with a reply address: RSVP=FALSE and their PARTSTAT say that no answer is wanted. */
static void name_organizer(struct calendar_event *event, const struct letters *letters,
                           struct letter_facts *facts)
{
    const struct letters_options *options = &letters->options;
    const struct person *organiser = &facts->organiser;
    event->organiser_mail = organiser->mail;
    event->organiser_name = organiser->name;
    if (options->reply_address) {
        event->organiser_mail = options->reply_address;
        event->organiser_name = letter_name(facts, organiser->name, organiser->mail);
    } else if (facts->to_organiser) {
        event->organiser_mail = options->from;
        event->organiser_name = options->from_name;
    }
}

char *letter_calendar(const struct letters *letters, struct letter_facts *facts, enum calendar_method method,
                      const json_t *values)
{
    struct calendar_people people;
    /* Asked as each letter leaves: whoever has the event sees a list that is shown from the next letter on.
     */
    if (store_get_calendar_people(letters->options.store, &facts->meeting, &facts->attendee,
                                  method == CALENDAR_CANCEL, &facts->arena, &people) <= 0)
        return NULL;
    struct calendar_event event = {
        .meeting = &facts->meeting,
        .zone = letter_zone(letters, facts->meeting.tz),
        .attendee_count = people.count,
        .attendees = people.list,
        .rsvp = letters->options.reply_address && method == CALENDAR_REQUEST,
        .join_address = facts->join,
        .description = method == CALENDAR_REQUEST      ? letter_text(letters, facts, "calendar.txt", values)
                       : facts->kind == LETTER_REMOVAL ? "" /* it may be newer than the removal */
                                                       : NULL,
        .stamp_at = stamp(facts)};
    name_organizer(&event, letters, facts);
    struct text text = {0};
    struct calendar *calendar = calendar_open(method, NULL);
    calendar_add(calendar, &event);
    calendar_close(calendar, &text);
    char *copy = arena_dup_bytes(&facts->arena, text_string(&text), text.size);
    text_free(&text);
    return copy;
}
