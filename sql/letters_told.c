/* What an attendee was told, and in what that differs from what is true now. */
#include "sql/store_internal.h"
#include "sql/store_letters.h"

#include <string.h>

/* FNV-1a: an agenda can be long, and nobody is told what it was before. */
static int64_t hash(const char *text)
{
    uint64_t value = 0xCBF29CE484222325;
    for (; text && *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001B3;
    return (int64_t)value;
}

struct letter_told letter_told_now(const struct meeting *meeting, const struct attendee *attendee)
{
    bool off = meeting->status == MEETING_CANCELLED || attendee->removed;
    return (struct letter_told){.status = off ? TOLD_CANCELLED : TOLD_CONFIRMED,
                                .revision = meeting->revision,
                                .sequence = meeting->sequence,
                                .subject = meeting->subject,
                                .starts_at = meeting->starts_at,
                                .ends_at = meeting->ends_at,
                                .role = attendee->role,
                                .organiser = meeting->organiser,
                                .description = hash(meeting->description),
                                .password = meeting->options.password};
}

static bool differ(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") != 0;
}

unsigned letter_told_compare(const struct letter_told *before, const struct letter_told *now)
{
    unsigned different = 0;
    if (before->starts_at != now->starts_at || before->ends_at != now->ends_at)
        different |= DIFFERENT_TIME;
    if (differ(before->subject, now->subject))
        different |= DIFFERENT_SUBJECT;
    if (before->role != now->role)
        different |= DIFFERENT_ROLE;
    if (before->organiser != now->organiser)
        different |= DIFFERENT_ORGANISER;
    if (before->description != now->description)
        different |= DIFFERENT_DESCRIPTION;
    if (differ(before->password, now->password))
        different |= DIFFERENT_PASSWORD;
    return different;
}

int store_get_told(struct store *store, int64_t attendee, struct arena *arena, struct letter_told *told)
{
    struct query query = query_open(store, STMT_GET_TOLD);
    bind_int(&query, ":attendee", attendee);
    int status = query_step(&query);
    *told = (struct letter_told){0};
    if (status > 0) {
        const char *word = next_text(&query);
        told->status = !word                            ? TOLD_NOTHING
                       : strcmp(word, "cancelled") == 0 ? TOLD_CANCELLED
                                                        : TOLD_CONFIRMED;
        told->at = next_int(&query);
        told->revision = next_int(&query);
        told->sequence = (int)next_int(&query);
        told->subject = arena_dup(arena, next_text(&query));
        told->starts_at = next_int(&query);
        told->ends_at = next_int(&query);
        role_read(next_text(&query), &told->role);
        told->organiser = next_int(&query);
        told->description = next_int(&query);
        told->password = arena_dup(arena, next_text(&query));
    }
    query_close(&query);
    return status;
}

int store_get_planned_end(struct store *store, int64_t meeting, int64_t *ends_at)
{
    struct query query = query_open(store, STMT_PLANNED_END);
    bind_int(&query, ":meeting", meeting);
    return query_run_number(&query, ends_at);
}

int store_list_people_since(struct store *store, int64_t meeting, int64_t since,
                            bool (*each)(const struct attendee *attendee, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_PEOPLE_SINCE);
    bind_int(&query, ":meeting", meeting);
    bind_int(&query, ":since", since);
    while (query_list(&query)) {
        struct attendee attendee;
        next_attendee(&query, &attendee);
        if (!each(&attendee, context))
            break;
    }
    return query_list_end(&query);
}
