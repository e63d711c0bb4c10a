/* Whom the module sent away, kept so that it stays true and small whoever knocks however often. A person that
 * a token or a login names is always kept, since nobody can be many of those. Whoever is only a name that
 * they typed shares an allowance with all others of that meeting (rooms without a booking have one together):
 * who is over it is counted, with the first and the last time, but not told apart. */
#include "sql/room_events.h"

enum {
    PAUSE_MS = 15 * 60 * 1000,     /* who tries again later than that begins anew */
    LONGEST_MS = 24 * 3600 * 1000, /* and so does who never stops: what is kept for so many days goes then */
    WHILE_MS = 3600 * 1000,        /* in it, of strangers of one meeting, */
    STRANGERS_MOST = 500           /* so many rows: more than a big lecture that comes too early */
};

/* The row that the event repeats, if there is one. > 0: it is counted there. */
static int repeat(struct applying *applying, const struct room_event *event, int64_t meeting,
                  const struct who *who)
{
    struct query query = query_open(applying->store, STMT_REPEAT_REFUSAL);
    bind_int_or_null(&query, ":meeting", meeting);
    bind_text(&query, ":address", event->room);
    bind_text(&query, ":who", event->user ? event->user : who->login ? who->login : event->name);
    bind_text(&query, ":user", event->user);
    bind_text(&query, ":login", who->login);
    bind_text(&query, ":reason", event->reason);
    bind_int(&query, ":observed", event->observed);
    bind_text(&query, ":jid", event->jid);
    bind_text(&query, ":user_name", who->name);
    bind_text(&query, ":name", event->name);
    bind_int(&query, ":at", event->at_ms);
    bind_int(&query, ":pause", PAUSE_MS);
    bind_int(&query, ":longest", LONGEST_MS);
    return query_run(&query);
}

/* Is there no more room for strangers this hour? < 0: broken. */
static int is_full(struct applying *applying, const struct room_event *event, int64_t meeting)
{
    struct query query = query_open(applying->store, STMT_COUNT_STRANGERS);
    bind_int_or_null(&query, ":meeting", meeting);
    bind_int(&query, ":at", event->at_ms);
    bind_int(&query, ":while", WHILE_MS);
    bind_int(&query, ":most", STRANGERS_MOST);
    int64_t count;
    return query_run_number(&query, &count) < 0 ? -1 : count >= STRANGERS_MOST;
}

static int repeat_others(struct applying *applying, const struct room_event *event, int64_t meeting)
{
    struct query query = query_open(applying->store, STMT_REPEAT_OTHERS);
    bind_int_or_null(&query, ":meeting", meeting);
    bind_text(&query, ":reason", event->reason);
    bind_int(&query, ":observed", event->observed);
    bind_int(&query, ":at", event->at_ms);
    bind_int(&query, ":while", WHILE_MS);
    return query_run(&query);
}

static int add(struct applying *applying, const struct room_event *event, int64_t meeting,
               const struct who *who, bool others)
{
    struct query query = query_open(applying->store, STMT_ADD_REFUSAL);
    bind_int(&query, ":stream", applying->stream.id);
    bind_int_or_null(&query, ":meeting", meeting);
    bind_text(&query, ":address", others ? NULL : event->room);
    bind_int_or_null(&query, ":attendee", who->attendee);
    bind_text(&query, ":jid", others ? NULL : event->jid);
    bind_text(&query, ":user", event->user);
    bind_text(&query, ":user_name", who->name);
    bind_text(&query, ":login", who->login);
    bind_text(&query, ":name", others ? NULL : event->name);
    bind_text(&query, ":reason", event->reason);
    bind_int(&query, ":observed", event->observed);
    bind_int(&query, ":others", others);
    bind_int(&query, ":at", event->at_ms);
    return query_run(&query);
}

int refusal_add(struct applying *applying, const struct room_event *event, int64_t meeting,
                const struct who *who)
{
    int status = repeat(applying, event, meeting, who);
    if (status)
        return status;
    if (event->user || who->login)
        return add(applying, event, meeting, who, false);
    status = repeat_others(applying, event, meeting);
    if (status)
        return status;
    int full = is_full(applying, event, meeting);
    return full < 0 ? -1 : add(applying, event, meeting, who, full);
}

int store_list_refusals(struct store *store, int64_t meeting,
                        bool (*each)(const struct refusal *refusal, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_REFUSALS);
    bind_int(&query, ":meeting", meeting);
    while (query_list(&query)) {
        struct refusal refusal = {.attendee = next_int(&query)};
        refusal.name = next_text(&query);
        refusal.verified = next_bool(&query);
        refusal.others = next_bool(&query);
        refusal.reason = next_text(&query);
        refusal.times = next_int(&query);
        refusal.first_ms = next_int(&query);
        refusal.last_ms = next_int(&query);
        if (!each(&refusal, context))
            break;
    }
    return query_list_end(&query);
}
