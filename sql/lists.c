/* Meetings as people see them: pages, rosters. */
#include "sql/store_internal.h"
#include "sql/store_meetings.h"

#include <string.h>

static void bind_page(struct query *query, const struct meeting_query *asked)
{
    bool backwards = asked->newest_first, first = asked->after_id == 0;
    bind_text(query, ":mail", asked->mail);
    bind_int(query, ":from", asked->from);
    bind_int(query, ":to", asked->to);
    bind_int(query, ":after_at", first ? (backwards ? INT64_MAX : INT64_MIN) : asked->after_at);
    bind_int(query, ":after_id", first ? (backwards ? INT64_MAX : 0) : asked->after_id);
    bind_int(query, ":limit", asked->limit);
}

enum { LISTED_SHIFT = 20 };

/* As MEETING_LISTED has it. */
static void next_listed(struct query *query, struct meeting_row *row)
{
    struct meeting *meeting = &row->meeting;
    *row = (struct meeting_row){.meeting.id = next_int(query)};
    meeting->ref = next_text(query);
    meeting->subject = next_text(query);
    meeting->organiser = next_int(query);
    meeting->starts_at = next_int(query);
    meeting->ends_at = next_int(query);
    meeting->tz = next_text(query);
    meeting->language = next_text(query);
    meeting->status = next_status(query);
    meeting->options.opens_before = (int)next_int(query);
    meeting->options.guests_before = (int)next_int(query);
    meeting->options.grace = (int)next_int(query);
    row->organiser_name = next_text(query);
    row->organiser_mail = next_text(query);
    row->me.id = next_int(query);
    role_read(next_text(query), &row->me.role);
    partstat_read(next_text(query), &row->me.partstat);
    next_link(query, &row->me.link);
    int64_t counted = next_int(query);
    row->invited = (int)(counted & ((1 << LISTED_SHIFT) - 1));
    row->accepted = (int)(counted >> LISTED_SHIFT);
    row->connected = (int)next_int(query);
}

/* Few are, and theirs is the longer question. */
static bool is_invited_by_alias(struct store *store, const char *mail)
{
    struct query query = query_open(store, STMT_IS_INVITED_BY_ALIAS);
    int64_t found;
    bind_text(&query, ":mail", mail);
    return query_run_number(&query, &found) > 0;
}

int store_list_meetings(struct store *store, const struct meeting_query *asked,
                        bool (*each)(const struct meeting_row *row, void *context), void *context)
{
    static const enum statement statements[2][2] = {
        {STMT_LIST_MEETINGS, STMT_LIST_MEETINGS_BACKWARDS},
        {STMT_LIST_MEETINGS_BY_ALIAS, STMT_LIST_MEETINGS_BY_ALIAS_BACKWARDS}};
    struct query query =
        query_open(store, statements[is_invited_by_alias(store, asked->mail)][asked->newest_first]);
    struct meeting_row row;
    bind_page(&query, asked);
    bind_int(&query, ":now", asked->now);
    while (query_list(&query)) {
        next_listed(&query, &row);
        if (!each(&row, context))
            break;
    }
    return query_list_end(&query);
}

int store_list_overlaps(struct store *store, int64_t person, int64_t from, int64_t to, int64_t except,
                        int limit, bool (*each)(const struct meeting *meeting, bool own, void *context),
                        void *context)
{
    struct query query = query_open(store, STMT_LIST_OVERLAPS);
    struct meeting meeting;
    bind_int(&query, ":person", person);
    bind_int(&query, ":from", from);
    bind_int(&query, ":to", to);
    bind_int(&query, ":except", except);
    bind_int(&query, ":limit", limit);
    while (query_list(&query)) {
        next_meeting(&query, &meeting);
        if (!each(&meeting, next_bool(&query), context))
            break;
    }
    return query_list_end(&query);
}

int store_list_attendees(struct store *store, int64_t meeting,
                         bool (*each)(const struct attendee_row *row, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_ATTENDEES);
    bind_int(&query, ":meeting", meeting);
    while (query_list(&query)) {
        struct attendee_row row;
        next_attendee(&query, &row.attendee);
        row.letter_state = next_text(&query);
        row.letter_error = next_text(&query);
        row.visits = (int)next_int(&query);
        row.first_joined_ms = next_int(&query);
        row.connected = next_bool(&query);
        row.told = next_bool(&query);
        if (!each(&row, context))
            break;
    }
    return query_list_end(&query);
}
