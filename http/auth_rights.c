#include "http/auth_parts.h"
#include "http/view.h"

#include <string.h>

/* Who may do what with a meeting, by how they stand to it. Whoever stands in no way to it is told that there
 * is none. docs/architecture.md shows the same table with the doors beside it. */
static const bool rights[][STANDING_ORGANISER + 1] = {
    [RIGHT_SEE] = {[STANDING_GUEST] = true,
                   [STANDING_MODERATOR] = true,
                   [STANDING_DEPUTY] = true,
                   [STANDING_ORGANISER] = true},
    [RIGHT_ROSTER] = {[STANDING_MODERATOR] = true, [STANDING_DEPUTY] = true, [STANDING_ORGANISER] = true},
    [RIGHT_REPORT] = {[STANDING_MODERATOR] = true, [STANDING_DEPUTY] = true, [STANDING_ORGANISER] = true},
    [RIGHT_EDIT] = {[STANDING_DEPUTY] = true, [STANDING_ORGANISER] = true},
};

bool auth_may(const struct request *request, enum right right)
{
    return rights[right][request->standing];
}

bool auth_person_may_book(const struct request *request, const struct person *person)
{
    return person->source != PERSON_GONE &&
           (request_options(request)->may_book == MAY_BOOK_EVERYONE || person->may_book);
}

bool auth_may_book(const struct request *request)
{
    return request->signed_in && auth_person_may_book(request, &request->person);
}

void auth_refuse_booking(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "Your account sees the meetings that you are invited to, and joins them, but does not "
          "book. If you need to, ask those who run this service.");
    page_notice(request, &(struct notice){.status = 403,
                                          .title = request_text(request, "You cannot book meetings here"),
                                          .text = text,
                                          .action = request_text(request, "Go to my meetings"),
                                          .address = request_path(request, "/"),
                                          .contact = request_options(request)->site->contact});
}

/* How the reader stands to the meeting, and the own row. < 0: the store is broken. */
static int find_standing(struct request *request, const struct meeting *meeting, struct attendee *me)
{
    static const enum standing standings[] = {[ROLE_GUEST] = STANDING_GUEST,
                                              [ROLE_MODERATOR] = STANDING_MODERATOR,
                                              [ROLE_ORGANISER] = STANDING_ORGANISER};
    *me = (struct attendee){0};
    if (store_find_attendee_of(request_store(request), meeting->id, request->person.id, &request->arena, me) <
        0)
        return -1;
    if (meeting->organiser == request->person.id)
        me->role = ROLE_ORGANISER;
    request->standing = me->id || me->role == ROLE_ORGANISER ? standings[me->role] : STANDING_NONE;
    if (request->standing == STANDING_ORGANISER)
        return 1;
    int deputy = store_is_deputy(request_store(request), meeting->organiser, request->person.id);
    if (deputy > 0) {
        request->standing = STANDING_DEPUTY;
        me->role = me->id ? me->role : ROLE_ORGANISER;
    }
    return deputy < 0 ? -1 : 1;
}

bool auth_find_meeting(struct request *request, enum right right, struct meeting *meeting,
                       struct attendee *me)
{
    request->standing = STANDING_NONE;
    int found = store_find_meeting(request_store(request), request->arguments[0], &request->arena, meeting);
    if (found > 0)
        found = find_standing(request, meeting, me);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0 || request->standing == STANDING_NONE)
        page_not_found(request);
    else if (!auth_may(request, right))
        page_forbidden(request);
    else
        return true;
    return false;
}

bool auth_find_editable(struct request *request, struct meeting *meeting,
                        void (*refuse)(struct request *request, const struct meeting *meeting))
{
    struct attendee me = {0};
    if (!auth_find_meeting(request, RIGHT_EDIT, meeting, &me))
        return false;
    enum view_state state = view_state(meeting, request->now);
    if (state == VIEW_COMING || state == VIEW_LIVE)
        return true;
    refuse(request, meeting);
    return false;
}

bool auth_find_invited(struct request *request, enum link_purpose purpose, struct attendee *me,
                       struct meeting *meeting)
{
    struct link_id link;
    int found = 0;
    if (link_read(request_options(request)->keys, purpose, request->arguments[0], &link))
        found = store_find_attendee(request_store(request), &link, &request->arena, me, meeting);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        page_link_not_found(request);
    return found > 0;
}
