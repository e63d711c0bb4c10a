/* Letters on their way out: what is due, and what became of it. */
#include "sql/store_letters.h"

#include "sql/answers.h"
#include "sql/letters_queue.h"
#include "sql/store_internal.h"

#include <string.h>

/* LETTER_INVITATION first: what is no other kind is one. */
static const char *const kind_words[] = {
    [LETTER_INVITATION] = "invitation", [LETTER_CHANGE] = "change",   [LETTER_ROLE] = "role",
    [LETTER_PEOPLE] = "people",         [LETTER_REMOVAL] = "removal", [LETTER_CANCELLATION] = "cancellation",
    [LETTER_REMINDER] = "reminder",     [LETTER_ANSWER] = "answer",   [LETTER_SUMMARY] = "summary",
    [LETTER_FORWARD] = "forward",       [LETTER_SIGN_IN] = "sign-in"};

static enum letter_kind kind_of(const char *word)
{
    enum letter_kind kind = LETTER_SIGN_IN;
    while (kind > LETTER_INVITATION && word && strcmp(kind_words[kind], word) != 0)
        kind--;
    return kind;
}

static void next_letter(struct query *query, struct letter *letter)
{
    letter->kind = kind_of(next_text(query));
    letter->to = next_text(query);
    letter->to_name = next_text(query);
    letter->language = next_text(query);
    letter->message_id = next_text(query);
    letter->attempts = (int)next_int(query);
    letter->created_at = next_int(query);
    letter->meeting = next_int(query);
    letter->attendee = next_int(query);
    next_link(query, &letter->sign_in);
    letter->organiser = next_int(query);
    struct forwarded *forwarded = &letter->forwarded;
    forwarded->words = next_text(query);
    forwarded->from = next_text(query);
    forwarded->said_by = next_text(query);
    forwarded->said = PARTSTAT_NEEDS_ACTION;
    partstat_read(next_text(query), &forwarded->said);
    forwarded->unread = reply_unread_of(next_text(query));
    forwarded->guessed = next_bool(query);
    forwarded->delegate = next_text(query);
    forwarded->proposed = next_int(query);
    forwarded->proposed_zone = next_text(query);
    letter->in_reply_to = next_text(query);
}

/* The letters of one urgency; *left counts down to 0. > 0 go on, 0 enough. */
static int list_letters(struct store *store, int urgent, int64_t now, int *left,
                        bool (*each)(const struct letter *letter, void *context), void *context)
{
    struct query query = query_open(store, STMT_NEXT_LETTERS);
    struct text out = {0};
    letters_add_out(&out, store);
    bind_int(&query, ":urgent", urgent);
    bind_int(&query, ":now", now);
    bind_int(&query, ":limit", *left);
    bind_text(&query, ":out", text_string(&out));
    bool more = true;
    while (more && *left > 0 && query_list(&query)) {
        struct letter letter = {.id = next_int(&query)};
        next_letter(&query, &letter);
        --*left;
        more = each(&letter, context);
    }
    int listed = query_list_end(&query);
    text_free(&out);
    return listed < 0 ? -1 : more && *left > 0;
}

int store_next_letters(struct store *store, int64_t now, int limit,
                       bool (*each)(const struct letter *letter, void *context), void *context)
{
    int left = limit;
    int status = list_letters(store, 1, now, &left, each, context);
    if (status > 0)
        status = list_letters(store, 0, now, &left, each, context);
    return status < 0 ? -1 : left < limit;
}

void store_letter_handed_out(struct store *store, int64_t id)
{
    store->due.known = false;
    ids_add(&store->out, id);
    ids_remove(&store->back, id);
}

/* That person knows now. */
static int keep_told(struct store *store, const struct letter_told *told, int64_t attendee, int64_t now)
{
    struct query query = query_open(store, STMT_TELL_ATTENDEE);
    bind_int(&query, ":attendee", attendee);
    bind_text(&query, ":status", told->status == TOLD_CANCELLED ? "cancelled" : "confirmed");
    bind_int(&query, ":revision", told->revision);
    bind_int(&query, ":sequence", told->sequence);
    bind_text(&query, ":subject", told->subject);
    bind_int(&query, ":starts_at", told->starts_at);
    bind_int(&query, ":ends_at", told->ends_at);
    bind_text(&query, ":role", role_word(told->role));
    bind_int_or_null(&query, ":organiser", told->organiser);
    bind_int(&query, ":description", told->description);
    bind_text(&query, ":password", told->password);
    bind_int(&query, ":at", told->at ? told->at : now);
    return query_run_done(&query);
}

/* What ended for that person while the letter was on its way must follow it. */
static int follow_up(struct store *store, int64_t meeting, int64_t attendee, int64_t now)
{
    struct query query = query_open(store, STMT_IS_OVER_FOR);
    bind_int(&query, ":attendee", attendee);
    int status = query_step(&query);
    bool cancelled = status > 0 && next_bool(&query), removed = status > 0 && next_bool(&query);
    query_close(&query);
    if (cancelled)
        return letter_queue_cancellations(store, meeting, attendee, now);
    return removed ? letter_queue_removal(store, meeting, attendee, now) : status;
}

static int letter_sent(struct store *store, int64_t id, const struct letter_told *told, int64_t now)
{
    struct query query = query_open(store, STMT_LETTER_SENT);
    bind_int(&query, ":id", id);
    bind_int(&query, ":now", now);
    int status = query_step(&query);
    int64_t meeting = 0, attendee = 0, created_at = 0;
    if (status > 0) {
        meeting = next_int(&query);
        attendee = next_int(&query);
        created_at = next_int(&query);
    }
    query_close(&query);
    if (status <= 0)
        return status;
    if (told && attendee &&
        (keep_told(store, told, attendee, now) < 0 ||
         answer_told(store, attendee, told, created_at, now) < 0))
        return -1;
    if (told && attendee && told->status == TOLD_CONFIRMED && follow_up(store, meeting, attendee, now) < 0)
        return -1;
    return 1;
}

/* The result of a letter that was handed out: it is ours again when the turn is stored. */
static int letter_back(struct store *store, int64_t id, int result)
{
    if (result >= 0)
        ids_add(&store->back, id);
    return result;
}

int store_letter_sent(struct store *store, int64_t id, const struct letter_told *told, int64_t now)
{
    if (verb_begin(store) < 0)
        return -1;
    return letter_back(store, id, verb_end(store, letter_sent(store, id, told, now)));
}

/* `again_at` 0: it was not tried. */
static int letter_again(struct store *store, int64_t id, const char *error, int64_t again_at)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_LETTER_AGAIN);
    bind_int(&query, ":id", id);
    bind_text(&query, ":error", error);
    bind_int_or_null(&query, ":again_at", again_at);
    return letter_back(store, id, verb_end(store, query_run(&query)));
}

int store_letter_retry(struct store *store, int64_t id, const char *error, int64_t again_at)
{
    return letter_again(store, id, error, again_at);
}

int store_letter_untried(struct store *store, int64_t id, const char *error)
{
    return letter_again(store, id, error, 0);
}

int store_give_up_letters(struct store *store, int64_t before, const char *error, int limit, int64_t now)
{
    if (verb_begin(store) < 0)
        return -1;
    struct text out = {0};
    letters_add_out(&out, store);
    struct query query = query_open(store, STMT_GIVE_UP_LETTERS);
    bind_int(&query, ":before", before);
    bind_text(&query, ":error", error);
    bind_int(&query, ":limit", limit);
    bind_text(&query, ":out", text_string(&out));
    bind_int(&query, ":now", now);
    int result = verb_end(store, query_run(&query));
    text_free(&out);
    return result;
}

int store_letter_failed(struct store *store, int64_t id, const char *error, int64_t now)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_LETTER_FAILED);
    bind_int(&query, ":id", id);
    bind_text(&query, ":error", error);
    bind_int(&query, ":now", now);
    return letter_back(store, id, verb_end(store, query_run(&query)));
}

int store_letter_drop(struct store *store, int64_t id)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_LETTER_DROP);
    bind_int(&query, ":id", id);
    return letter_back(store, id, verb_end(store, query_run(&query)));
}

int store_letter_hold(struct store *store, int64_t id, int64_t until)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_LETTER_HOLD);
    bind_int(&query, ":id", id);
    bind_int(&query, ":until", until);
    return letter_back(store, id, verb_end(store, query_run(&query)));
}

int store_letter_bounced(struct store *store, const char *message_id, const char *words, int64_t now)
{
    if (verb_begin(store) < 0)
        return -1;
    struct query query = query_open(store, STMT_LETTER_BOUNCED);
    bind_text(&query, ":message_id", message_id);
    bind_text(&query, ":words", words);
    bind_int(&query, ":now", now);
    return verb_end(store, query_run(&query));
}

int store_organiser_limit(struct store *store, int64_t organiser, int most, int64_t now, int64_t *at)
{
    enum { A_DAY = 86400 };
    struct query query = query_open(store, STMT_ORGANISER_LIMIT);
    bind_int(&query, ":organiser", organiser);
    bind_int(&query, ":since", now - A_DAY);
    bind_int(&query, ":most", most > 0 ? most - 1 : 0);
    int status = query_run_number(&query, at);
    *at += A_DAY;
    return status;
}
