#include "http/booking_form.h"

#include "http/view.h"

/* Two meetings at a time: a warning, not a refusal. */

enum { OVERLAPS_SHOWN = 5 };

struct overlaps {
    struct request *request;
    bool theirs; /* a deputy reads them: what the organiser is invited to elsewhere is not the deputy's to
                    read */
    json_t *rows;
};

static bool overlap_add(const struct meeting *meeting, bool own, void *context)
{
    struct overlaps *overlaps = context;
    json_t *row = view_meeting(overlaps->request, meeting);
    data_true(row, "invited", !own);
    if (overlaps->theirs && !own) {
        data_text(row, "subject", request_text(overlaps->request, "A meeting of somebody else"));
        json_object_del(row, "href");
        json_object_del(row, "description");
    }
    json_array_append_new(overlaps->rows, row);
    return true;
}

json_t *booking_find_overlaps(struct request *request, const struct meeting *meeting, int64_t organiser)
{
    struct overlaps overlaps = {request, organiser != request->person.id, json_array()};
    if (!*request_field(request, "anyway"))
        store_list_overlaps(request_store(request), organiser, meeting->starts_at, meeting->ends_at,
                            meeting->id, OVERLAPS_SHOWN, overlap_add, &overlaps);
    return overlaps.rows;
}
