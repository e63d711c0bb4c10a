/* Putting letters on the queue, in the turn of their cause, and planning those that time brings. */
#include "sql/letters_queue.h"
#include "sql/store_internal.h"
#include "sql/store_letters.h"

#include <string.h>

enum {
    PEOPLE_PAUSE = 600,    /* seconds until the organiser is told who was added and removed meanwhile */
    PLANS_AT_ONCE = 20,    /* a turn */
    SUMMARY_AGAIN = 600,   /* seconds until a summary is tried again while people are still there */
    SUMMARY_LATEST = 86400 /* seconds after the end that nobody is waited for any more */
};

void letters_add_out(struct text *text, const struct store *store)
{
    text_add(text, "[");
    for (size_t i = 0; i < store->out.count; i++)
        text_addf(text, "%s%lld", i ? "," : "", (long long)store->out.ids[i]);
    text_add(text, "]");
}

/* Drops what waits of these kinds (NULL: of all). */
static int drop_waiting(struct store *store, int64_t meeting, int64_t attendee, const char *kinds)
{
    struct text out = {0};
    letters_add_out(&out, store);
    struct query query = query_open(store, STMT_DROP_WAITING);
    bind_int(&query, ":meeting", meeting);
    bind_int_or_null(&query, ":attendee", attendee);
    bind_text(&query, ":kinds", kinds);
    bind_text(&query, ":out", text_string(&out));
    int result = query_run(&query);
    text_free(&out);
    return result;
}

static struct query adding(struct store *store, enum statement statement, int64_t meeting, int64_t attendee,
                           int64_t now)
{
    struct query query = query_open(store, statement);
    bind_int(&query, ":meeting", meeting);
    bind_int_or_null(&query, ":attendee", attendee);
    bind_int(&query, ":now", now);
    return query;
}

static int add(struct store *store, enum statement statement, int64_t meeting, int64_t attendee, int64_t now)
{
    struct query query = adding(store, statement, meeting, attendee, now);
    return query_run(&query);
}

#define ABOUT_THE_MEETING "invitation change role people removal reminder"

int letter_queue_invitations(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    if (drop_waiting(store, meeting, attendee, ABOUT_THE_MEETING) < 0)
        return -1;
    return add(store, STMT_ADD_INVITATIONS, meeting, attendee, now);
}

static int queue_changes(struct store *store, const char *kind, int64_t meeting, int64_t attendee,
                         int64_t now)
{
    if (drop_waiting(store, meeting, attendee, "change role people reminder") < 0)
        return -1;
    struct text out = {0};
    letters_add_out(&out, store);
    struct query query = adding(store, STMT_ADD_CHANGES, meeting, attendee, now);
    bind_text(&query, ":kind", kind);
    bind_text(&query, ":out", text_string(&out));
    int result = query_run(&query);
    text_free(&out);
    return result;
}

int letter_queue_changes(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    return queue_changes(store, "change", meeting, attendee, now);
}

int letter_queue_role(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    return queue_changes(store, "role", meeting, attendee, now);
}

/* What waits for the organiser already will say it as well. */
int letter_queue_people(struct store *store, int64_t meeting, int64_t now)
{
    struct text out = {0};
    letters_add_out(&out, store);
    struct query query = query_open(store, STMT_ADD_PEOPLE_CHANGE);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":now", now);
    bind_int(&query, ":due_at", now + PEOPLE_PAUSE);
    bind_text(&query, ":out", text_string(&out));
    int result = query_run(&query);
    text_free(&out);
    return result;
}

int letter_queue_return(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    if (drop_waiting(store, meeting, attendee, "removal") < 0)
        return -1;
    return letter_queue_changes(store, meeting, attendee, now);
}

int letter_queue_removal(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    if (drop_waiting(store, meeting, attendee, ABOUT_THE_MEETING) < 0)
        return -1;
    return add(store, STMT_ADD_REMOVAL, meeting, attendee, now);
}

static int drop_plan(struct store *store, int64_t meeting)
{
    struct query query = query_open(store, STMT_DROP_LETTER_PLAN);
    bind_int(&query, ":meeting", meeting);
    return query_run(&query);
}

int letter_queue_cancellations(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    if (drop_plan(store, meeting) < 0 || drop_waiting(store, meeting, attendee, NULL) < 0)
        return -1;
    return add(store, STMT_ADD_CANCELLATIONS, meeting, attendee, now);
}

int letter_queue_answer(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    if (drop_waiting(store, meeting, attendee, "answer") < 0)
        return -1;
    struct query query = query_open(store, STMT_ADD_ANSWER);
    bind_int(&query, ":attendee", attendee);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

/* ------------------------------------------------------------------------------------------ the plan */

static int plan(struct store *store, int64_t meeting, const char *kind, int before, int64_t due_at)
{
    struct query query = query_open(store, STMT_PLAN_LETTERS);
    bind_int(&query, ":meeting", meeting);
    bind_text(&query, ":kind", kind);
    bind_int(&query, ":before", before);
    bind_int(&query, ":due_at", due_at);
    return query_run_done(&query);
}

int letter_plan_reminders(struct store *store, const struct meeting *meeting, int64_t now)
{
    const struct meeting_options *options = &meeting->options;
    int64_t closes_at = meeting->ends_at + options->grace;
    int result = drop_plan(store, meeting->id);
    if (result < 0 || drop_waiting(store, meeting->id, 0, "reminder") < 0)
        return -1;
    result = closes_at > now ? plan(store, meeting->id, "summary", 0, closes_at) : 1;
    for (int i = 0; i < REMINDERS_MAX && options->mail_reminders[i] > 0 && result > 0; i++) {
        int64_t due_at = meeting->starts_at - options->mail_reminders[i];
        if (due_at > now)
            result = plan(store, meeting->id, "reminder", options->mail_reminders[i], due_at);
    }
    return result;
}

int letter_bring_summary(struct store *store, int64_t meeting)
{
    struct query query = query_open(store, STMT_BRING_SUMMARY);
    bind_int(&query, ":meeting", meeting);
    return query_run(&query);
}

static int take_plan(struct store *store, int64_t meeting, const char *kind, int64_t now)
{
    struct query query = query_open(store, STMT_TAKE_LETTER_PLAN);
    bind_int(&query, ":meeting", meeting);
    bind_text(&query, ":kind", kind);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

/* Of several that are due (jmbd was away) one is enough; the ones before it say the same. */
static int post_reminders(struct store *store, int64_t meeting, int64_t now)
{
    if (take_plan(store, meeting, "reminder", now) < 0 || drop_waiting(store, meeting, 0, "reminder") < 0 ||
        add(store, STMT_ADD_REMINDERS, meeting, 0, now) < 0)
        return -1;
    return 1;
}

/* While people are still there, whatever the plan was, it would not be the whole of it. */
static int post_summary(struct store *store, int64_t meeting, int64_t now)
{
    struct query query = query_open(store, STMT_PUT_OFF_SUMMARY);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":again_at", now + SUMMARY_AGAIN);
    bind_int(&query, ":latest", now - SUMMARY_LATEST);
    int later = query_run(&query);
    if (later != 0)
        return later;
    if (take_plan(store, meeting, "summary", now) < 0)
        return -1;
    query = query_open(store, STMT_ADD_SUMMARY);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":now", now);
    return query_run(&query) < 0 ? -1 : 1;
}

struct plans {
    int count;
    struct {
        int64_t meeting;
        bool summary;
    } rows[PLANS_AT_ONCE];
};

static int list_plans(struct store *store, int64_t now, struct plans *plans)
{
    struct query query = query_open(store, STMT_LIST_LETTER_PLAN);
    bind_int(&query, ":now", now);
    bind_int(&query, ":limit", PLANS_AT_ONCE);
    int status;
    while ((status = query_step(&query)) > 0) {
        plans->rows[plans->count].meeting = next_int(&query);
        plans->rows[plans->count++].summary = strcmp(next_text(&query), "summary") == 0;
    }
    query_close(&query);
    return status;
}

int store_post_planned(struct store *store, int64_t now)
{
    struct plans plans = {0};
    int result = list_plans(store, now, &plans);
    for (int i = 0; i < plans.count && result >= 0; i++) {
        if (verb_begin(store) < 0)
            return -1;
        int64_t meeting = plans.rows[i].meeting;
        result = verb_end(store, plans.rows[i].summary ? post_summary(store, meeting, now)
                                                       : post_reminders(store, meeting, now));
    }
    return result < 0 ? -1 : plans.count > 0;
}

/* -------------------------------------------------------------------------------- who wants no reminders */

static int stop(struct store *store, const char *mail, bool stop, int64_t now)
{
    struct query query = query_open(store, stop ? STMT_STOP_REMINDERS : STMT_RESUME_REMINDERS);
    bind_text(&query, ":mail", mail);
    if (stop)
        bind_int(&query, ":now", now);
    return query_run_done(&query);
}

int store_stop_reminders(struct store *store, const char *mail, bool on, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, stop(store, mail, on, now));
}

static int meeting_reminders_off(struct store *store, int64_t attendee, bool off)
{
    struct query query = query_open(store, STMT_MEETING_REMINDERS_OFF);
    bind_int(&query, ":attendee", attendee);
    bind_int(&query, ":off", off);
    return query_run(&query);
}

int store_stop_meeting_reminders(struct store *store, int64_t attendee, bool off)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, meeting_reminders_off(store, attendee, off));
}

int store_reminders_stopped(struct store *store, int64_t attendee, bool *this_meeting, bool *all)
{
    struct query query = query_open(store, STMT_REMINDERS_STOPPED);
    bind_int(&query, ":attendee", attendee);
    int status = query_step(&query);
    *this_meeting = status > 0 && next_bool(&query);
    *all = status > 0 && next_bool(&query);
    query_close(&query);
    return status;
}
