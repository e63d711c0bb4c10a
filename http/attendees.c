#include "http/auth.h"
#include "http/history.h"
#include "http/people.h"
#include "http/routes.h"
#include "http/view.h"
#include "sql/store_directory.h"

#include <string.h>

/* Acts on the people of a meeting, one at a time, and handing it over. What cannot be taken back asks once,
 * on a page of its own that names what follows. */

/* ------------------------------------------------------------------------------------- whom it is about */

struct search {
    const char *ref;
    struct arena *arena;
    struct attendee attendee;
    int moderators, guests;
};

static bool search_ref(const struct attendee_row *row, void *context)
{
    struct search *search = context;
    const struct attendee *attendee = &row->attendee;
    search->moderators += attendee->role == ROLE_MODERATOR;
    search->guests += attendee->role == ROLE_GUEST;
    if (!search->ref || strcmp(attendee->ref, search->ref) != 0)
        return true;
    search->attendee = *attendee;
    search->attendee.ref = arena_dup(search->arena, attendee->ref);
    search->attendee.mail = arena_dup(search->arena, attendee->mail);
    search->attendee.name = arena_dup(search->arena, attendee->name);
    search->attendee.comment = NULL;
    return true;
}

static const char *meeting_path(struct request *request, const struct meeting *meeting)
{
    return request_path(request, "/meetings/%s", meeting->ref);
}

static void refuse_ended(struct request *request, const struct meeting *meeting)
{
    const char *title = meeting->status == MEETING_CANCELLED
                            ? request_text(request, "The meeting is cancelled")
                            : request_text(request, "The meeting is over");
    page_notice(request, &(struct notice){.status = 409,
                                          .title = title,
                                          .text = request_text(request, "Nothing was changed."),
                                          .action = request_text(request, "Go to the meeting"),
                                          .address = meeting_path(request, meeting)});
}

static bool count_people(struct request *request, const struct meeting *meeting, struct search *search)
{
    search->arena = &request->arena;
    if (store_list_attendees(request_store(request), meeting->id, search_ref, search) >= 0)
        return true;
    page_unavailable(request);
    return false;
}

/* And one of its people, who is not the organiser. */
static bool find_attendee(struct request *request, struct meeting *meeting, struct attendee *attendee)
{
    struct search search = {.ref = request->arguments[1]};
    if (!auth_find_editable(request, meeting, refuse_ended) || !count_people(request, meeting, &search))
        return false;
    *attendee = search.attendee;
    if (attendee->id && attendee->role != ROLE_ORGANISER)
        return true;
    page_not_found(request);
    return false;
}

/* ---------------------------------------------------------------------------------------- what comes of it
 */

static void answer(struct request *request, const struct meeting *meeting, int done,
                   const struct change_result *result, const char *word)
{
    if (done < 0)
        page_unavailable(request);
    else if (done > 0)
        reply_redirect(request, 303, request_path(request, "/meetings/%s?done=%s", meeting->ref, word));
    else if (result->refused == REFUSED_OVER || result->refused == REFUSED_CANCELLED)
        refuse_ended(request, meeting);
    else
        page_not_found(request);
}

void attendee_post_resend(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    struct change_result result;
    if (find_attendee(request, &meeting, &attendee))
        answer(request, &meeting,
               store_resend_invitation(request_store(request), attendee.id, request->person.id, request->now,
                                       &result),
               &result, "resent");
}

void attendee_post_role(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    struct change_result result;
    enum role role = ROLE_GUEST;
    if (!find_attendee(request, &meeting, &attendee))
        return;
    if (!role_read(request_field(request, "role"), &role) || role == ROLE_ORGANISER)
        page_notice(request, &(struct notice){.status = 422,
                                              .title = request_text(request, "Moderator or guest?"),
                                              .text = request_text(request, "Nothing was changed."),
                                              .action = request_text(request, "Go to the meeting"),
                                              .address = meeting_path(request, &meeting)});
    else
        answer(request, &meeting,
               store_set_role(request_store(request), attendee.id, role, request->person.id, request->now,
                              &result),
               &result, role == ROLE_MODERATOR ? "moderator" : "guest");
}

/* ------------------------------------------------------------------------------------- what asks first */

struct question {
    const char *title, *text, *button, *act;
};

static void ask(struct request *request, const struct meeting *meeting, const struct attendee *attendee,
                const struct question *question)
{
    json_t *data = view_meeting(request, meeting);
    const char *name = view_name(request, attendee->name, attendee->mail);
    const struct place places[] = {{"who", name}, {NULL, NULL}};
    data_text(data, "title", text_filled(request, question->title, places));
    data_text(data, "text", text_filled(request, question->text, places));
    data_text(data, "button", text_filled(request, question->button, places));
    data_text(
        data, "action",
        request_path(request, "/meetings/%s/attendees/%s/%s", meeting->ref, attendee->ref, question->act));
    page_render(request, 200, "confirm.html", data);
}

void attendee_get_remove(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    if (find_attendee(request, &meeting, &attendee))
        ask(request, &meeting, &attendee,
            &(struct question){
                request_text(request, "Remove {who}?"),
                request_text(request,
                             "The link of {who} opens this meeting no more. Whoever had been told of "
                             "the meeting gets a mail about it."),
                request_text(request, "Remove {who}"), "remove"});
}

void attendee_post_remove(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    struct change_result result;
    if (find_attendee(request, &meeting, &attendee))
        answer(request, &meeting,
               store_remove_attendee(request_store(request), attendee.id, request->person.id, request->now,
                                     &result),
               &result, "removed");
}

void attendee_get_renew(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    if (find_attendee(request, &meeting, &attendee))
        ask(request, &meeting, &attendee,
            &(struct question){
                request_text(request, "A new link for {who}?"),
                request_text(request,
                             "The old link stops working at once, and whoever came in by it moderates "
                             "no more. {who} gets a mail with the new one."),
                request_text(request, "Make a new link and send it"), "renew"});
}

void attendee_post_renew(struct request *request)
{
    struct meeting meeting = {0};
    struct attendee attendee;
    struct change_result result;
    if (find_attendee(request, &meeting, &attendee))
        answer(
            request, &meeting,
            store_renew_link(request_store(request), attendee.id, request->person.id, request->now, &result),
            &result, "renewed");
}

/* -------------------------------------------------------------------------------------- one more person */

static void show_people(struct request *request, int status, const struct meeting *meeting, const char *typed,
                        const char *error)
{
    json_t *data = view_meeting(request, meeting);
    data_title(data, request_text(request, "Invite one more"),
               request_text(request, "Please check: invite one more"), error);
    view_people_field(data);
    data_text(data, "people", typed);
    data_true(data, "moderator", strcmp(request_field(request, "role"), "moderator") == 0);
    data_true(data, "alone", true);
    data_text(data, "action", request_path(request, "/meetings/%s/attendees", meeting->ref));
    page_render(request, status, "invite.html", data);
}

void attendees_get(struct request *request)
{
    struct meeting meeting = {0};
    if (auth_find_editable(request, &meeting, refuse_ended))
        show_people(request, 200, &meeting, request_field(request, "people"), NULL);
}

/* What is wrong with them; NULL: nothing. */
static const char *check_people(struct request *request, const struct addresses *people,
                                const struct search *there, enum role role)
{
    const struct booking_limits *limits = request_options(request)->limits;
    int most = role == ROLE_MODERATOR ? limits->moderators_most : limits->guests_most;
    int count = role == ROLE_MODERATOR ? there->moderators : there->guests;
    if (people->bad_count || !people->count)
        return request_text(request, "This is not a mail address. Write it like name@example.org.");
    if (count + (int)people->count > most)
        return text_filled(
            request, request_text(request, "At most {limit} are possible."),
            (struct place[]){{"limit", arena_printf(&request->arena, "%d", most)}, {NULL, NULL}});
    for (size_t i = 0; i < people->count; i++) {
        const struct address *one = &people->list[i];
        if (address_is_doubtful(one))
            return text_filled(
                request, request_text(request, BOOKING_DOUBTFUL),
                (struct place[]){{"value", arena_printf(&request->arena, "%s <%s>", one->name, one->mail)},
                                 {NULL, NULL}});
    }
    return NULL;
}

void attendees_post(struct request *request)
{
    struct meeting meeting = {0};
    struct search there = {0};
    struct addresses people;
    struct change_result result = {0};
    if (!auth_find_editable(request, &meeting, refuse_ended) || !count_people(request, &meeting, &there))
        return;
    bool moderator = strcmp(request_field(request, "role"), "moderator") == 0;
    enum role role = moderator ? ROLE_MODERATOR : ROLE_GUEST;
    const char *typed = request_field(request, "people"), *quoted = people_quote(request, typed);
    if (people_resolve(request, &typed) < 0) {
        page_unavailable(request);
        return;
    }
    addresses_read(&people, &request->arena, typed);
    const char *wrong = check_people(request, &people, &there, role);
    if (wrong) {
        show_people(request, 422, &meeting, people.bad_count ? request_field(request, "people") : quoted,
                    wrong);
        return;
    }
    int done = 1;
    bool invited = false;
    for (size_t i = 0; i < people.count && done > 0; i++) {
        done = store_add_attendee(request_store(request), meeting.id,
                                  &(struct new_attendee){people.list[i].mail, people.list[i].name, role},
                                  request->person.id, request->now, &result);
        invited = invited || !result.same;
    }
    answer(request, &meeting, done, &result, invited ? "invited" : people.count > 1 ? "all-there" : "there");
}

/* ------------------------------------------------------------------------------------- another organiser */

static void show_hand_over(struct request *request, int status, const struct meeting *meeting,
                           const char *error)
{
    json_t *data = view_meeting(request, meeting);
    data_title(data, request_text(request, "Hand the meeting over"),
               request_text(request, "Please check: hand the meeting over"), error);
    data_text(data, "mail", request_field(request, "mail"));
    data_text(data, "action", request_path(request, "/meetings/%s/hand-over", meeting->ref));
    page_render(request, status, "hand_over.html", data);
}

void meeting_get_hand_over(struct request *request)
{
    struct meeting meeting = {0};
    if (auth_find_editable(request, &meeting, refuse_ended))
        show_hand_over(request, 200, &meeting, NULL);
}

void meeting_post_hand_over(struct request *request)
{
    struct meeting meeting = {0};
    struct person person = {0};
    struct change_result result;
    if (!auth_find_editable(request, &meeting, refuse_ended))
        return;
    const char *mail = address_read_one(&request->arena, request_field(request, "mail"));
    int found = mail ? store_resolve_address(request_store(request), mail, &request->arena, &person) : 0;
    if (found < 0)
        page_unavailable(request);
    else if (!mail)
        show_hand_over(request, 422, &meeting,
                       request_text(request, "This is not a mail address. Write it like name@example.org."));
    else if (found > 0 && person.id == meeting.organiser && person.id == request->person.id)
        show_hand_over(request, 422, &meeting, request_text(request, "That is you yourself."));
    else if (found == 0 || !auth_person_may_book(request, &person))
        show_hand_over(request, 422, &meeting,
                       request_text(request, "Nobody with this address can book meetings here. Only somebody "
                                             "who can may be the organiser."));
    else
        answer(request, &meeting,
               store_hand_over(request_store(request), meeting.id, person.id, request->person.id,
                               request->now, &result),
               &result, "handed");
}
