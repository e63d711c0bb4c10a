/* What the module in Prosody holds, kept up to date: the stanzas under way, and when to look again. Each room
 * of the table is rendered anew and sent only when that differs from what was sent. */
#include "component/log.h"
#include "component/rooms_texts.h"
#include "sql/store_meetings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHUT = 900, /* seconds that a room that was ended stays shut, unless a policy says so longer */
    SWEEP_MS = 3600 * 1000, /* how often coming meetings are looked for: well before the horizon */
    FLYING_MAX = 4,         /* stanzas under way; meanwhile what changes gathers */
    LOOKED_AT_MAX = 100,    /* rooms rendered in a turn */
    WAIT_MS = 1000,         /* a module that does not confirm holds a reply no longer than this */
    PAUSE_LEAST_MS = 1000,  /* after a refused stanza all is sent anew, with growing pauses */
    PAUSE_MOST_MS = 60000,
    CLOCK_BACK_MS = 2000, /* a clock that goes back further leaves no time as it was planned */
    STANZA_BYTES = ROOMS_STANZA_MAX - 4096, /* of policies: what wraps them needs room */
    STANZA_POLICIES = 20, /* each is a write to Prosody's storage, a millisecond in which it serves nobody */
};

/* -- stanzas under way */

static void take_off(struct rooms *rooms, struct flight *flight)
{
    struct flight **at = &rooms->policies.first;
    while (*at && *at != flight)
        at = &(*at)->next;
    if (*at)
        *at = flight->next;
    rooms->policies.flying--;
    free(flight);
}

static void send_anew(struct rooms *rooms, const char *why)
{
    struct policies *policies = &rooms->policies;
    log_rarely("policies", LOG_WARNING, "%s: %s; all policies are sent anew in %" PRId64 " s",
               rooms->o.prosody, why, policies->pause_ms / 1000);
    policies->replace = true;
    policies->replace_at_ms = rooms_now_ms(rooms) + policies->pause_ms;
    policies->pause_ms = policies->pause_ms * 2 < PAUSE_MOST_MS ? policies->pause_ms * 2 : PAUSE_MOST_MS;
}

static const char *error_text(const struct xml *iq)
{
    const struct xml *error = xml_child(iq, "error", NULL);
    const struct xml *text = error ? xml_child(error, "text", NULL) : NULL;
    if (text && text->text)
        return text->text;
    return error && error->child ? error->child->name : "no reason given";
}

static void on_policies(const struct xml *iq, void *context)
{
    struct flight *flight = context;
    struct rooms *rooms = flight->rooms;
    take_off(rooms, flight);
    if (!iq)
        return; /* whether it arrived, the module's next hello tells */
    if (strcmp(xml_attribute(iq, "type"), "result") == 0) {
        rooms->policies.pause_ms = PAUSE_LEAST_MS;
        return;
    }
    struct text why = {0};
    text_addf(&why, "the module refused policies: %s", error_text(iq));
    send_anew(rooms, text_string(&why));
    text_free(&why);
}

/* Sends `body` (policies) as the next revision. While a replacement goes on the module keeps what was before
 * it, until a stanza says that it is complete: when nothing is wanted any more. */
static void launch(struct rooms *rooms, const struct text *body, bool replace, uint64_t turn)
{
    struct policies *policies = &rooms->policies;
    struct text text = {0};
    policies->replacing = (replace || policies->replacing) && policies->wanted;
    rooms_open_policies(&text, replace, policies->replacing, ++policies->revision);
    text_add(&text, text_string(body));
    rooms_close_policies(&text);
    struct flight *flight = mem_alloc(sizeof *flight);
    *flight = (struct flight){
        .rooms = rooms, .revision = policies->revision, .turn = turn, .since_ms = rooms_now_ms(rooms)};
    struct flight **end = &policies->first;
    while (*end)
        end = &(*end)->next;
    *end = flight;
    policies->flying++;
    if (!rooms->o.wire->send_iq(rooms->o.xmpp, rooms->o.muc, text_string(&text), on_policies, flight)) {
        take_off(rooms, flight);
        send_anew(rooms, "policies could not be sent");
    }
    text_free(&text);
}

/* -- gathering */

struct gathering {
    struct text body, one;
    uint64_t turn;
    size_t count; /* of policies in body */
    size_t looked_at;
};

/* Looks at one wanted room; its policy joins the stanza, which leaves when it is full. False: stop here. */
static bool gather(struct rooms *rooms, struct gathering *gathering, struct entry *entry, bool *gone)
{
    struct policies *policies = &rooms->policies;
    bool is_last = policies->flying + 1 >= FLYING_MAX && gathering->count == STANZA_POLICIES;
    if (gathering->looked_at == LOOKED_AT_MAX || policies->flying >= FLYING_MAX || is_last)
        return false;
    gathering->looked_at++;
    text_clear(&gathering->one);
    enum looked looked = rooms_look_at(rooms, entry, &gathering->one);
    if (looked == LOOKED_BROKEN) { /* the store says so in the log; it stays wanted */
        policies->retry_at_ms = rooms_now_ms(rooms) + PAUSE_LEAST_MS;
        return false;
    }
    bool is_full =
        gathering->count == STANZA_POLICIES || gathering->body.size + gathering->one.size > STANZA_BYTES;
    if (gathering->one.size && gathering->count && is_full) {
        launch(rooms, &gathering->body, false, gathering->turn);
        text_clear(&gathering->body);
        gathering->turn = NO_TURN;
        gathering->count = 0;
    }
    if (gathering->one.size) {
        gathering->count++;
        text_add(&gathering->body, text_string(&gathering->one));
        if (entry->turn < gathering->turn)
            gathering->turn = entry->turn;
    }
    table_satisfied(policies, entry);
    *gone = looked == LOOKED_GONE;
    return true;
}

/* Rooms whose replies wait first, then the others. */
static void send_wanted(struct rooms *rooms)
{
    struct policies *policies = &rooms->policies;
    struct gathering gathering = {.turn = NO_TURN};
    for (int pass = policies->urgent ? 0 : 1; pass < 2 && policies->wanted; pass++) {
        for (size_t i = 0; i < policies->count;) {
            struct entry *entry = &policies->entries[i];
            bool gone = false;
            if (entry->wanted && (pass == 1 || entry->turn != NO_TURN) &&
                !gather(rooms, &gathering, entry, &gone))
                break;
            if (gone)
                table_remove(policies, entry);
            else
                i++;
        }
    }
    if (gathering.body.size || (policies->replacing && !policies->wanted))
        launch(rooms, &gathering.body, false, gathering.turn);
    text_free(&gathering.body);
    text_free(&gathering.one);
}

static bool want_row(const struct policy_row *row, void *context)
{
    struct rooms *rooms = context;
    table_want(rooms, table_entry(&rooms->policies, row->meeting.room), NO_TURN);
    return true;
}

static bool want_personal(int64_t person, const char *node, void *context)
{
    struct rooms *rooms = context;
    (void)person;
    table_want(rooms, table_entry(&rooms->policies, node), NO_TURN);
    return true;
}

/* Everything that is held or comes up is looked at. False: the store could not be read. */
static bool sweep(struct rooms *rooms, int64_t now_ms)
{
    struct store *store = rooms->o.store;
    int64_t now = now_ms / 1000;
    table_want_all(rooms);
    bool read = store_list_policies(store, now - ROOMS_KEEP, now + ROOMS_HORIZON, want_row, rooms) >= 0 &&
                store_list_personal_rooms(store, want_personal, rooms) >= 0;
    rooms->policies.sweep_at_ms = now_ms + (read ? SWEEP_MS : PAUSE_LEAST_MS);
    return read;
}

/* The module shall forget all and hold the default and, by the updates that follow, everything that counts.
 */
static void replace_all(struct rooms *rooms, int64_t now_ms)
{
    struct policies *policies = &rooms->policies;
    if (!sweep(rooms, now_ms)) {
        policies->replace_at_ms = now_ms + PAUSE_LEAST_MS; /* half of them would shut people out */
        return;
    }
    policies->replace = false;
    for (size_t i = 0; i < policies->count; i++)
        policies->entries[i].hash = 0;
    struct arena arena = {0};
    struct text body = {0};
    struct room_policy unbooked;
    policy_of_unbooked(rooms, &arena, &unbooked);
    rooms_write_policy(&body, &unbooked);
    launch(rooms, &body, true, NO_TURN);
    text_free(&body);
    arena_free(&arena);
}

/* -- verbs */

void policies_open(struct rooms *rooms)
{
    rooms->policies.pause_ms = PAUSE_LEAST_MS;
    /* Unlike any revision of an earlier life, so that the module's first hello shows that it must have them
     * anew. */
    rooms->policies.revision = rooms_now_ms(rooms);
    rooms->policies.sweep_at_ms = rooms->policies.recheck_at = INT64_MAX;
}

void policies_close(struct rooms *rooms)
{
    struct policies *policies = &rooms->policies;
    while (policies->first)
        take_off(rooms, policies->first);
    while (policies->count)
        free(policies->entries[--policies->count].node);
    free(policies->entries);
}

void policies_greeted(struct rooms *rooms, int64_t revision)
{
    struct policies *policies = &rooms->policies;
    if (policies->flying || policies->replace)
        return; /* the hello was said before they arrived, or all is sent anyway */
    if (revision != policies->revision) {
        policies->replace = true;
        policies->replace_at_ms = rooms_now_ms(rooms);
    }
}

void policies_disconnected(struct rooms *rooms)
{
    rooms->policies.replace = false; /* the next hello tells */
}

void policies_shut(struct rooms *rooms, const char *node)
{
    struct policies *policies = &rooms->policies;
    struct entry *entry = table_entry(policies, node);
    entry->shut_until = rooms_now_ms(rooms) / 1000 + SHUT;
    if (entry->hash != HASH_SHUT)
        entry->before_shut = entry->hash;
    entry->hash = HASH_SHUT;
    if (entry->shut_until < entry->recheck_at)
        table_recheck(policies, entry, entry->shut_until);
}

bool policies_settled(const struct rooms *rooms)
{
    return !rooms->policies.flying && !rooms->policies.wanted && !rooms->policies.replace;
}

void rooms_meeting_touched(struct rooms *rooms, int64_t meeting, uint64_t turn)
{
    struct arena arena = {0};
    struct meeting found;
    table_want_of(rooms, meeting, 0, turn); /* it may have had another room */
    if (store_get_meeting(rooms->o.store, meeting, &arena, &found) > 0)
        table_want(rooms, table_entry(&rooms->policies, found.room), turn);
    arena_free(&arena);
}

void rooms_person_touched(struct rooms *rooms, int64_t person, uint64_t turn)
{
    struct arena arena = {0};
    struct personal_room room;
    table_want_of(rooms, 0, person, turn);
    if (store_get_personal_room(rooms->o.store, person, &arena, &room) > 0)
        table_want(rooms, table_entry(&rooms->policies, room.node), turn);
    arena_free(&arena);
}

static int64_t not_after(int64_t at_ms, int64_t now_ms)
{
    return at_ms < now_ms ? at_ms : now_ms;
}

/* The clock was put back: what was planned for in a while would come when it is where it was again. */
static void follow_clock(struct policies *policies, int64_t now_ms)
{
    if (now_ms < policies->ran_ms - CLOCK_BACK_MS) {
        policies->replace_at_ms = not_after(policies->replace_at_ms, now_ms);
        policies->retry_at_ms = not_after(policies->retry_at_ms, now_ms);
        if (policies->sweep_at_ms != INT64_MAX)
            policies->sweep_at_ms = not_after(policies->sweep_at_ms, now_ms);
    }
    policies->ran_ms = now_ms;
}

void rooms_run(struct rooms *rooms)
{
    struct policies *policies = &rooms->policies;
    int64_t now_ms = rooms_now_ms(rooms);
    follow_clock(policies, now_ms);
    orders_send(rooms);
    if (!rooms->connected || !rooms->greeted)
        return;
    if (policies->replace && !policies->flying && now_ms >= policies->replace_at_ms)
        replace_all(rooms, now_ms);
    if (policies->replace)
        return;
    if (now_ms >= policies->sweep_at_ms)
        sweep(rooms, now_ms);
    table_want_rechecks(rooms, now_ms / 1000);
    if (policies->wanted && now_ms >= policies->retry_at_ms)
        send_wanted(rooms);
}

/* The end of one patience, when it comes before the others: those that had ended when rooms_run ran let their
 * replies go then, though their stanza may stay under way for long. */
static void note_patience(const struct policies *policies, uint64_t turn, int64_t since_ms, int64_t *ends)
{
    int64_t end = since_ms + WAIT_MS;
    if (turn != NO_TURN && end > policies->ran_ms && end < *ends)
        *ends = end;
}

/* When the oldest reply that waits is let go all the same. */
static int64_t patience_ends_ms(const struct policies *policies)
{
    int64_t ends = INT64_MAX;
    for (const struct flight *flight = policies->first; flight; flight = flight->next)
        note_patience(policies, flight->turn, flight->since_ms, &ends);
    for (size_t i = 0; policies->urgent && i < policies->count; i++)
        note_patience(policies, policies->entries[i].turn, policies->entries[i].since_ms, &ends);
    return ends;
}

int64_t rooms_next_ms(const struct rooms *rooms)
{
    const struct policies *policies = &rooms->policies;
    if (!rooms->connected || !rooms->greeted)
        return INT64_MAX;
    int64_t next = patience_ends_ms(policies);
    if (policies->replace)
        return policies->flying || next < policies->replace_at_ms ? next : policies->replace_at_ms;
    if (policies->wanted && policies->flying < FLYING_MAX)
        return policies->retry_at_ms;
    if (policies->recheck_at < next / 1000)
        next = policies->recheck_at * 1000;
    return next < policies->sweep_at_ms ? next : policies->sweep_at_ms;
}

/* Is this still waited for? */
static bool holds(uint64_t turn, int64_t since_ms, int64_t now_ms)
{
    return turn != NO_TURN && now_ms >= since_ms && now_ms < since_ms + WAIT_MS;
}

uint64_t rooms_settled_turn(const struct rooms *rooms)
{
    const struct policies *policies = &rooms->policies;
    uint64_t settled = UINT64_MAX;
    int64_t now_ms = rooms_now_ms(rooms);
    if (!rooms->connected || !rooms->greeted)
        return settled;
    for (const struct flight *flight = policies->first; flight; flight = flight->next)
        if (holds(flight->turn, flight->since_ms, now_ms) && flight->turn - 1 < settled)
            settled = flight->turn - 1;
    for (size_t i = 0; policies->urgent && i < policies->count; i++) {
        const struct entry *entry = &policies->entries[i];
        if (holds(entry->turn, entry->since_ms, now_ms) && entry->turn - 1 < settled)
            settled = entry->turn - 1;
    }
    return settled;
}
