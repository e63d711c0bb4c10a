/* What comes back by mail, held against who is invited. */
#include "sql/store_replies.h"

#include "proto/addresses.h"
#include "sql/changes.h"
#include "sql/store_internal.h"
#include "sql/store_meetings.h"

enum {
    CLOCKS_APART = 300,  /* seconds that a calendar's clock may be behind ours */
    FORWARDS_A_DAY = 30, /* to the organiser of one meeting */
    GUESSES_A_DAY = 5    /* of them where only the sender says which meeting that is */
};

/* The attendee who has an address, and what counts for answers by mail. */
struct replier {
    struct attendee attendee;
    struct meeting meeting;
    int64_t reset_at, reset_sequence, replied_at;
};

static int find_replier(struct store *store, const char *uid, const char *mail, struct arena *arena,
                        struct replier *replier)
{
    struct query query = query_open(store, STMT_FIND_REPLIER);
    bind_text(&query, ":uid", uid);
    bind_text(&query, ":mail", mail);
    int status = query_step(&query);
    if (status > 0) {
        next_attendee(&query, &replier->attendee);
        next_meeting(&query, &replier->meeting);
        replier->reset_at = next_int(&query);
        replier->reset_sequence = next_int(&query);
        replier->replied_at = next_int(&query);
        copy_attendee(arena, &replier->attendee);
        copy_meeting(arena, &replier->meeting);
    }
    query_close(&query);
    return status;
}

/* The same, or whoever is invited under another address of that mailbox. */
static int find_mailbox(struct store *store, const char *uid, int64_t meeting, const char *mail,
                        struct arena *arena, struct replier *replier)
{
    int found = mail ? find_replier(store, uid, mail, arena, replier) : 0;
    if (found != 0 || !mail)
        return found;
    const char *invited = NULL;
    struct query query = query_open(store, STMT_LIST_ROSTER);
    bind_int(&query, ":meeting", meeting);
    int status;
    while (!invited && (status = query_step(&query)) > 0) {
        struct attendee attendee;
        next_attendee(&query, &attendee);
        if (address_is_of(mail, attendee.mail))
            invited = arena_dup(arena, attendee.mail);
    }
    query_close(&query);
    return invited ? find_replier(store, uid, invited, arena, replier) : status;
}

static int find_uid(struct store *store, const char *uid, int64_t *meeting)
{
    struct query query = query_open(store, STMT_MEETING_OF_UID);
    bind_text(&query, ":uid", uid);
    return query_run_number(&query, meeting);
}

/* True when it answers what no longer is, or was written before what we know of that person. SEQUENCE tells
 * it best; without one DTSTAMP must. */
static bool is_old(const struct mail_reply *reply, const struct replier *replier)
{
    int64_t written_at = reply->stamp_at ? reply->stamp_at + CLOCKS_APART : INT64_MAX;
    if (reply->sequence >= 0 ? reply->sequence < replier->reset_sequence : written_at < replier->reset_at)
        return true;
    return (reply->stamp_at && reply->stamp_at < replier->replied_at) ||
           written_at < replier->attendee.answered_at;
}

static int keep_stamp(struct store *store, int64_t attendee, int64_t stamp_at)
{
    struct query query = query_open(store, STMT_REPLIED);
    bind_int(&query, ":id", attendee);
    bind_int(&query, ":stamp_at", stamp_at);
    return query_run(&query);
}

static int store_reply(struct store *store, const struct mail_reply *reply, const struct replier *replier,
                       int64_t now, enum reply_outcome *outcome)
{
    const struct attendee *attendee = &replier->attendee;
    *outcome = REPLY_OVER;
    if (attendee->removed || attendee->role == ROLE_ORGANISER ||
        replier->meeting.status == MEETING_CANCELLED || replier->meeting.ends_at <= now)
        return 1;
    *outcome = REPLY_OLD;
    if (is_old(reply, replier))
        return 1;
    *outcome = REPLY_STORED;
    if (reply->stamp_at && keep_stamp(store, attendee->id, reply->stamp_at) < 0)
        return -1;
    return attendee_answer(store, attendee->id, reply->partstat, reply->comment, now) < 0 ? -1 : 1;
}

static int take_reply(struct store *store, const struct mail_reply *reply, int64_t now,
                      enum reply_outcome *outcome, int64_t *meeting, struct arena *arena)
{
    struct replier replier = {0}, from = {0};
    *outcome = REPLY_UNKNOWN;
    int found = find_uid(store, reply->uid, meeting);
    if (found <= 0)
        return found < 0 ? -1 : 1;
    *outcome = REPLY_UNINVITED;
    found = find_mailbox(store, reply->uid, *meeting, reply->attendee, arena, &replier);
    if (found <= 0 || !reply->from)
        return found < 0 ? -1 : 1;
    bool same = address_is_of(reply->from, replier.attendee.mail);
    found = same ? 1 : find_replier(store, reply->uid, reply->from, arena, &from);
    if (found < 0)
        return -1;
    if (!same && (found == 0 || from.attendee.id != replier.attendee.id))
        return 1;
    return store_reply(store, reply, &replier, now, outcome);
}

int store_take_reply(struct store *store, const struct mail_reply *reply, int64_t now,
                     enum reply_outcome *outcome, int64_t *meeting)
{
    struct arena arena = {0};
    if (verb_begin(store) < 0)
        return -1;
    int result = verb_end(store, take_reply(store, reply, now, outcome, meeting, &arena));
    arena_free(&arena);
    return result;
}

/* What could not be read has at most a subject, and who sent it. */
static int find_unread(struct store *store, const struct mail_reply *reply, int64_t now, int64_t *meeting,
                       bool *guessed)
{
    struct query query = query_open(store, STMT_FIND_REPLIED_ABOUT);
    bind_text(&query, ":mail", reply->from);
    bind_text(&query, ":subject", reply->subject);
    bind_int(&query, ":now", now);
    int found = query_run_number(&query, meeting);
    if (found != 0)
        return found;
    query = query_open(store, STMT_FIND_REPLIED_BY);
    bind_text(&query, ":mail", reply->from);
    bind_int(&query, ":now", now);
    found = query_run_number(&query, meeting);
    *guessed = found > 0;
    return found;
}

int store_find_replied_to(struct store *store, const struct mail_reply *reply, int64_t now, int64_t *meeting,
                          bool *guessed)
{
    int found = 0;
    *guessed = false;
    for (size_t i = 0; i < reply->reference_count && found == 0; i++) {
        struct query query = query_open(store, STMT_FIND_REPLIED_TO);
        bind_text(&query, ":message_id", reply->references[i]);
        found = query_run_number(&query, meeting);
    }
    if (found == 0 && reply->unread != REPLY_WHOLE && reply->from)
        return find_unread(store, reply, now, meeting, guessed);
    if (found != 0 || !reply->uid || !reply->from)
        return found;
    struct arena arena = {0};
    struct replier replier;
    found = find_replier(store, reply->uid, reply->from, &arena, &replier);
    *meeting = found > 0 ? replier.meeting.id : 0;
    arena_free(&arena);
    return found;
}

int store_forward(struct store *store, int64_t meeting, const struct forwarded *forwarded, int64_t now)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_ADD_FORWARD);
    bind_int(&query, ":meeting", meeting);
    bind_text(&query, ":words", forwarded->words);
    bind_text(&query, ":from", forwarded->from);
    bind_text(&query, ":said_by", forwarded->said_by);
    bind_text(&query, ":said", forwarded->said_by ? partstat_word(forwarded->said) : NULL);
    bind_text(&query, ":unread", reply_unread_word(forwarded->unread));
    bind_int(&query, ":guessed", forwarded->guessed);
    bind_text(&query, ":delegate", forwarded->delegate);
    bind_int_or_null(&query, ":proposed", forwarded->proposed);
    bind_text(&query, ":zone", forwarded->proposed_zone);
    bind_int(&query, ":most", FORWARDS_A_DAY);
    bind_int(&query, ":most_guessed", GUESSES_A_DAY);
    bind_int(&query, ":now", now);
    return verb_end(store, query_run(&query));
}
