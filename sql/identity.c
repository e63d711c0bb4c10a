/* Who somebody in a room is: by the token, else by the login on hosts where Prosody asks for a password, else
 * nobody but who they say they are. */
#include "sql/room_events.h"

#include <string.h>
#include <strings.h>

static bool is_listed(const struct store *store, const char *host)
{
    for (size_t i = 0; store->identity_hosts && store->identity_hosts[i]; i++)
        if (strcasecmp(store->identity_hosts[i], host) == 0)
            return true;
    return false;
}

/* The bare JID, when its host is listed; NULL: it says nothing. */
static const char *login_of(struct applying *applying, const char *jid)
{
    const char *at = jid ? strchr(jid, '@') : NULL;
    const char *slash = jid ? strchr(jid, '/') : NULL;
    if (!at || at == jid || (slash && slash < at))
        return NULL;
    const char *bare = arena_dup_bytes(&applying->arena, jid, slash ? (size_t)(slash - jid) : strlen(jid));
    return is_listed(applying->store, bare + (at - jid) + 1) ? bare : NULL;
}

/* The local part as people know it: where they sign in by mail address, the @ is escaped (XEP-0106). */
static const char *local_of(struct applying *applying, const char *login)
{
    char *local = arena_dup_bytes(&applying->arena, login, (size_t)(strchr(login, '@') - login));
    char *escaped = strstr(local, "\\40");
    if (escaped) {
        *escaped = '@';
        memmove(escaped + 1, escaped + 3, strlen(escaped + 3) + 1);
    }
    return local;
}

/* An id and a name, of a query that it closes. */
static int read_who(struct applying *applying, struct query *query, int64_t *id, const char **name)
{
    int status = query_step(query);
    if (status > 0) {
        *id = next_int(query);
        *name = arena_dup(&applying->arena, next_text(query));
    }
    query_close(query);
    return status;
}

/* The attendee that a person is in the meeting. < 0: broken. */
static int attendee_of(struct applying *applying, int64_t meeting, struct who *who)
{
    if (!meeting)
        return 1;
    struct query query = query_open(applying->store, STMT_ATTENDEE_OF_PERSON);
    bind_int(&query, ":person", who->person);
    bind_int(&query, ":meeting", meeting);
    return query_run_number(&query, &who->attendee) < 0 ? -1 : 1;
}

static int by_login(struct applying *applying, int64_t meeting, struct who *who)
{
    const char *local = local_of(applying, who->login);
    struct query query = query_open(applying->store, STMT_PERSON_OF_LOGIN);
    bind_text(&query, ":local", local);
    int status = read_who(applying, &query, &who->person, &who->name);
    if (status > 0)
        status = attendee_of(applying, meeting, who);
    else if (status == 0 && meeting) {
        query = query_open(applying->store, STMT_ATTENDEE_OF_LOGIN);
        bind_text(&query, ":local", local);
        bind_int(&query, ":meeting", meeting);
        status = read_who(applying, &query, &who->attendee, &who->name);
    }
    if (!who->name)
        who->name = who->login; /* a name that they chose would look as certain as they are */
    return status < 0 ? -1 : 0;
}

/* The owner of a personal room, by the token that they got for it. */
static int by_personal_token(struct applying *applying, const char *user, int64_t meeting, struct who *who)
{
    const char *name = NULL;
    struct query query = query_open(applying->store, STMT_PERSON_OF_PERSONAL_TOKEN);
    bind_text(&query, ":user", user);
    int status = read_who(applying, &query, &who->person, &name);
    if (status > 0 && !who->name)
        who->name = name;
    return status > 0 ? attendee_of(applying, meeting, who) : status;
}

int who_is(struct applying *applying, const struct room_event *event, int64_t meeting, struct who *who)
{
    *who = (struct who){.name = event->user_name};
    if (!event->user) {
        who->login = login_of(applying, event->jid);
        return who->login ? by_login(applying, meeting, who) : 0;
    }
    struct query query = query_open(applying->store, STMT_ATTENDEE_OF_TOKEN);
    bind_text(&query, ":user", event->user);
    bind_int(&query, ":meeting", meeting);
    if (query_run_number(&query, &who->attendee) < 0)
        return -1;
    return who->attendee ? 0 : by_personal_token(applying, event->user, meeting, who);
}
