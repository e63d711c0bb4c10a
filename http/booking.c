#include "http/auth.h"
#include "http/booking_form.h"
#include "http/people.h"
#include "http/routes.h"
#include "http/view.h"
#include "sql/store_changes.h"

#include <stdlib.h>
#include <string.h>

/* Booking, booking again, editing: what the form sends becomes a meeting, or the form comes back. */

/* The form as it is read: whom it names as the directory knows them, while the form that is shown keeps what
 * was typed. < 0: the store is broken. */
static int read_form(struct request *request, struct form *form)
{
    int result = 0;
    form->count = request->form.count;
    form->fields = arena_array(&request->arena, form->count + 1, sizeof *form->fields);
    for (size_t i = 0; i < form->count && result >= 0; i++) {
        struct form_field *field = &form->fields[i];
        *field = request->form.fields[i];
        if (strcmp(field->name, "guests") != 0 && strcmp(field->name, "moderators") != 0)
            continue;
        result = people_resolve(request, &field->value);
    }
    return result;
}

/* A name that may be two people's comes back as what it was taken for; the form that is shown changes. */
static void quote_doubtful(struct request *request, const struct booking *booking)
{
    for (size_t i = 0; i < booking->error_count; i++) {
        const struct booking_error *error = &booking->errors[i];
        for (size_t j = 0; j < request->form.count && strcmp(error->text, BOOKING_DOUBTFUL) == 0; j++) {
            struct form_field *field = &request->form.fields[j];
            if (strcmp(field->name, error->field) == 0)
                field->value = people_quote(request, field->value);
        }
    }
}

static size_t attendees_add(struct new_attendee *attendees, size_t count, const struct addresses *addresses,
                            enum role role)
{
    for (size_t i = 0; i < addresses->count; i++)
        attendees[count++] = (struct new_attendee){addresses->list[i].mail, addresses->list[i].name, role};
    return count;
}

static struct new_attendee *attendees_of(struct request *request, const struct booking *booking,
                                         size_t *count)
{
    size_t most = booking->moderators.count + booking->guests.count + 1;
    struct new_attendee *attendees = arena_array(&request->arena, most, sizeof *attendees);
    *count = attendees_add(attendees, 0, &booking->moderators, ROLE_MODERATOR);
    *count = attendees_add(attendees, *count, &booking->guests, ROLE_GUEST);
    return attendees;
}

/* ------------------------------------------------------------------------------------------ a new one */

static void show_new(struct request *request, int status, struct booking_form *form)
{
    form->heading = request_text(request, "Book a meeting");
    if (status != 200)
        form->title = request_text(request, "Please check: book a meeting");
    form->revision = -1;
    booking_form_show(request, status, form);
}

/* The form of a meeting that shall take place again. */
static void get_again(struct request *request, const char *ref)
{
    struct meeting meeting = {0};
    struct attendee me = {0};
    request->arguments[0] = ref;
    if (!auth_find_meeting(request, RIGHT_EDIT, &meeting, &me))
        return;
    if (booking_form_fill(request, &meeting, true) < 0)
        page_unavailable(request);
    else
        show_new(request, 200, &(struct booking_form){0});
}

void booking_get_form(struct request *request)
{
    const char *from = request_parameter(request, "from");
    if (!request->form.count && from) {
        get_again(request, from);
        return;
    }
    if (!request->form.count) /* else kept over the end of a session */
        booking_form_fill_new(request);
    show_new(request, 200, &(struct booking_form){0});
}

/* A double click or a reload: the meeting is there, and its own time is no overlap. */
static bool is_stored(struct request *request)
{
    struct booked booked = {0};
    const char *form = request_form_name(request);
    if (!form ||
        store_find_booked(request_store(request), request->person.id, form, &request->arena, &booked) <= 0)
        return false;
    reply_redirect(request, 303, request_path(request, "/meetings/%s?done=booked", booked.ref));
    return true;
}

static void booking_store(struct request *request, struct booking *booking)
{
    struct booked booked = {0};
    size_t count;
    struct new_attendee *attendees = attendees_of(request, booking, &count);
    booking->meeting.organiser = request->person.id;
    int done = store_book(request_store(request), &booking->meeting, attendees, count,
                          request_options(request)->mail_domain, request_form_name(request), request->now,
                          &request->arena, &booked);
    if (done >= 0 && booked.ref) /* 0: this form was stored before */
        reply_redirect(request, 303, request_path(request, "/meetings/%s?done=booked", booked.ref));
    else
        page_unavailable(request);
}

void booking_post(struct request *request)
{
    struct booking booking;
    struct form form;
    if (is_stored(request))
        return;
    if (read_form(request, &form) < 0) {
        page_unavailable(request);
        return;
    }
    if (!booking_read(&booking, &request->arena, &form, request_options(request)->limits,
                      request_options(request)->zones, request->person.mail, zone_name(request->zone),
                      catalogue_language(request_catalogue(request)), request->now)) {
        quote_doubtful(request, &booking);
        show_new(request, 422, &(struct booking_form){.booking = &booking});
        return;
    }
    json_t *overlaps = booking_find_overlaps(request, &booking.meeting, request->person.id);
    if (json_array_size(overlaps))
        show_new(request, 422, &(struct booking_form){.overlaps = overlaps});
    else
        booking_store(request, &booking);
    json_decref(overlaps);
}

/* --------------------------------------------------------------------------------------------- editing */

static void show_change(struct request *request, int status, struct booking_form *form)
{
    form->heading = request_text(request, "Edit the meeting");
    if (status != 200)
        form->title = request_text(request, "Please check: edit the meeting");
    booking_form_show(request, status, form);
}

static void refuse_change(struct request *request, const struct meeting *meeting)
{
    bool cancelled = meeting->status == MEETING_CANCELLED;
    const char *title = cancelled ? request_text(request, "The meeting is cancelled")
                                  : request_text(request, "The meeting is over");
    page_notice(request,
                &(struct notice){.status = 409,
                                 .title = title,
                                 .text = request_text(request, "It cannot be changed any more. You can book "
                                                               "it again, with the same people."),
                                 .action = request_text(request, "Book again"),
                                 .address = request_path(request, "/meetings/new?from=%s", meeting->ref)});
}

void booking_get_change(struct request *request)
{
    struct meeting meeting = {0};
    if (!auth_find_editable(request, &meeting, refuse_change))
        return;
    struct booking_form form = {.meeting = &meeting, .revision = -1};
    if (!request->form.count && booking_form_fill(request, &meeting, false) < 0)
        page_unavailable(request);
    else
        show_change(request, 200, &form);
}

/* Somebody was quicker: what they changed, and the form as it was typed, made from what is true now. */
static void show_stale(struct request *request, const struct meeting *meeting, const struct booking *booking,
                       int64_t revision)
{
    struct booking_form form = {.meeting = meeting, .revision = meeting->revision, .changes = json_array()};
    if (booking_merge(request, meeting, booking, revision, &form) < 0)
        page_unavailable(request);
    else
        show_change(request, 409, &form);
    json_decref(form.changes);
}

static void show_refused(struct request *request, const struct meeting *meeting,
                         const struct booking *booking, int64_t revision, const struct change_result *result)
{
    struct booking_form form = {.meeting = meeting, .revision = -1};
    switch (result->refused) {
    case REFUSED_STALE:
        show_stale(request, meeting, booking, revision);
        return;
    case REFUSED_ROOM:
        form.trouble =
            request_text(request, "The room is taken by another meeting at that time, or too close "
                                  "to it. Please choose another time.");
        break;
    case REFUSED_BEGUN:
        form.trouble = request_text(request, "The meeting has begun meanwhile: only its length, people and "
                                             "options can still be changed.");
        break;
    default:
        refuse_change(request, meeting);
        return;
    }
    show_change(request, 422, &form);
}

static void change_store(struct request *request, const struct meeting *was, const struct booking *booking)
{
    struct change_result result;
    int64_t revision = strtoll(request_field(request, "revision"), NULL, 10);
    struct meeting_change change = {
        .revision = revision, .form = request_form_name(request), .meeting = &booking->meeting};
    change.attendees = attendees_of(request, booking, &change.count);
    int done = store_change(request_store(request), &change, request->person.id, request->now, &result);
    if (done < 0)
        page_unavailable(request);
    else if (done == 0)
        show_refused(request, was, booking, revision, &result);
    else
        reply_redirect(
            request, 303,
            request_path(request, "/meetings/%s?done=%s", was->ref, result.same ? "same" : "changed"));
}

void booking_post_change(struct request *request)
{
    struct meeting was = {0};
    struct person organiser = {0};
    struct booking booking;
    struct form form;
    if (!auth_find_editable(request, &was, refuse_change))
        return;
    if (read_form(request, &form) < 0 ||
        store_get_person(request_store(request), was.organiser, &request->arena, &organiser) <= 0) {
        page_unavailable(request);
        return;
    }
    if (!booking_read_change(&booking, &request->arena, &form, request_options(request)->limits,
                             request_options(request)->zones, organiser.mail, &was, request->now)) {
        quote_doubtful(request, &booking);
        show_change(request, 422,
                    &(struct booking_form){.meeting = &was, .revision = -1, .booking = &booking});
        return;
    }
    bool moved = booking.meeting.starts_at != was.starts_at || booking.meeting.ends_at != was.ends_at;
    json_t *overlaps = moved ? booking_find_overlaps(request, &booking.meeting, was.organiser) : json_array();
    if (json_array_size(overlaps))
        show_change(request, 422,
                    &(struct booking_form){.meeting = &was, .revision = -1, .overlaps = overlaps});
    else
        change_store(request, &was, &booking);
    json_decref(overlaps);
}
