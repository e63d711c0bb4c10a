/* What the module says. What it is asked to say or end is in rooms_orders.c, its policies are in
 * rooms_policies.c. */
#include "component/rooms.h"

#include "component/log.h"
#include "component/rooms_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct rooms_wire real_wire = {xmpp_send_iq, xmpp_answer, xmpp_refuse};

struct rooms *rooms_open(const struct rooms_options *options)
{
    struct rooms *rooms = mem_alloc(sizeof *rooms);
    rooms->o = *options;
    rooms->o.prosody = arena_dup(&rooms->arena, options->prosody);
    rooms->o.muc = arena_dup(&rooms->arena, options->muc);
    rooms->o.moderation = arena_dup(&rooms->arena, options->moderation);
    rooms->o.unbooked = arena_dup(&rooms->arena, options->unbooked);
    rooms->o.sender = arena_dup(&rooms->arena, options->sender);
    if (!rooms->o.wire)
        rooms->o.wire = &real_wire;
    rooms->receipts_end = &rooms->receipts;
    policies_open(rooms);
    return rooms;
}

static void free_receipts(struct rooms *rooms)
{
    while (rooms->receipts) {
        struct receipt *receipt = rooms->receipts;
        rooms->receipts = receipt->next;
        free(receipt->to);
        free(receipt->id);
        free(receipt->payload);
        free(receipt);
    }
    rooms->receipts_end = &rooms->receipts;
}

void rooms_close(struct rooms *rooms)
{
    if (!rooms)
        return;
    free_receipts(rooms);
    orders_free(rooms);
    policies_close(rooms);
    free(rooms->boot);
    arena_free(&rooms->module.arena);
    arena_free(&rooms->arena);
    free(rooms);
}

void rooms_attach(struct rooms *rooms, struct xmpp *xmpp)
{
    rooms->o.xmpp = xmpp;
}

void rooms_connected(void *context)
{
    struct rooms *rooms = context;
    rooms->connected = true;
    rooms->greeted = false;
}

void rooms_disconnected(void *context)
{
    struct rooms *rooms = context;
    rooms->connected = rooms->greeted = false;
    free_receipts(rooms); /* nobody waits for them any more: the module says hello and asks again */
    orders_send(rooms);   /* to nobody: whoever asked may ask again */
    policies_disconnected(rooms);
}

bool rooms_ready(const struct rooms *rooms)
{
    return rooms->connected && rooms->greeted && policies_settled(rooms);
}

/* -- receipts: what the module is told after the commit */

static struct receipt *promise(struct rooms *rooms, const struct xml *iq, struct text *payload)
{
    struct receipt *receipt = mem_alloc(sizeof *receipt);
    *receipt = (struct receipt){.to = mem_dup(xml_attribute(iq, "from")),
                                .id = mem_dup(xml_attribute(iq, "id")),
                                .payload = mem_dup(text_string(payload))};
    text_free(payload);
    *rooms->receipts_end = receipt;
    rooms->receipts_end = &receipt->next;
    return receipt;
}

static void refuse(struct rooms *rooms, const struct xml *iq, const char *type, const char *condition,
                   const char *words)
{
    rooms->o.wire->refuse(rooms->o.xmpp, xml_attribute(iq, "from"), xml_attribute(iq, "id"), type, condition,
                          words);
}

static void refuse_broken(struct rooms *rooms, const struct xml *iq)
{
    refuse(rooms, iq, "wait", "resource-constraint", "it could not be stored; try again");
}

/* What makes no sense is told to the module, and to whoever reads the log. */
static void refuse_nonsense(struct rooms *rooms, const struct xml *iq, const char *what)
{
    log_rarely("rooms nonsense", LOG_WARNING, "%s: refused from %s: %s", rooms->o.prosody,
               xml_attribute(iq, "from"), what);
    refuse(rooms, iq, "modify", "bad-request", what);
}

void rooms_committed(struct rooms *rooms, bool stored)
{
    for (struct receipt *receipt = rooms->receipts; receipt; receipt = receipt->next) {
        if (!stored) {
            rooms->o.wire->refuse(rooms->o.xmpp, receipt->to, receipt->id, "wait", "resource-constraint",
                                  "it could not be stored; try again");
            continue;
        }
        rooms->o.wire->answer(rooms->o.xmpp, receipt->to, receipt->id, receipt->payload);
        if (receipt->hello) {
            rooms->greeted = true;
            policies_greeted(rooms, receipt->policies);
        }
    }
    free_receipts(rooms);
}

/* -- hello, events, snapshot */

/* The first hello of a boot or a connection is worth a line; the heartbeats are not. */
static void log_hello(struct rooms *rooms, const struct room_hello *hello, bool resume, int64_t last)
{
    if (rooms->greeted && rooms->boot && strcmp(rooms->boot, hello->boot) == 0)
        return;
    free(rooms->boot);
    rooms->boot = mem_dup(hello->boot);
    if (resume)
        log_line(LOG_INFO, "%s: mod_jmb of %s says hello (mode %s); it goes on after event %" PRId64,
                 rooms->o.prosody, rooms->module.software, hello->mode, last);
    else
        log_line(LOG_INFO, "%s: mod_jmb of %s says hello (mode %s); it sends a snapshot", rooms->o.prosody,
                 rooms->module.software, hello->mode);
    for (size_t i = 0; i < hello->warning_count; i++)
        log_line(LOG_WARNING, "%s: mod_jmb warns: %s", rooms->o.prosody, hello->warnings[i]);
}

/* What the module says of itself, for the health page. */
static void keep_module(struct rooms *rooms, const struct room_hello *hello)
{
    struct arena *arena = &rooms->module.arena;
    arena_free(arena);
    rooms->module.mode = arena_dup(arena, hello->mode);
    rooms->module.software = arena_dup(arena, hello->software ? hello->software : "Prosody");
    rooms->module.warning_count = hello->warning_count;
    for (size_t i = 0; i < hello->warning_count; i++)
        rooms->module.warnings[i] = arena_dup(arena, hello->warnings[i]);
}

/* Said when the difference begins, changes by as much as counts, or ends. */
static void note_clock(struct rooms *rooms)
{
    enum { WORTH_MS = 2000 };
    int64_t offset = 0;
    if (store_clock_offset(rooms->o.store, rooms->o.prosody, &offset) < 0)
        return;
    int64_t change = offset - rooms->clock_offset_ms;
    if (change > -WORTH_MS && change < WORTH_MS)
        return;
    rooms->clock_offset_ms = offset;
    if (offset)
        log_line(LOG_WARNING,
                 "%s: Prosody's clock is %.1f s %s ours; its times are corrected by that. Let both machines "
                 "follow a time server",
                 rooms->o.prosody, (double)(offset < 0 ? -offset : offset) / 1000,
                 offset < 0 ? "ahead of" : "behind");
    else
        log_line(LOG_NOTICE, "%s: Prosody's clock agrees with ours again", rooms->o.prosody);
}

void rooms_get_status(const struct rooms *rooms, struct rooms_status *status)
{
    *status = (struct rooms_status){
        .ready = rooms_ready(rooms),
        .mode = rooms->module.mode ? rooms->module.mode : "",
        .software = rooms->module.software ? rooms->module.software : "",
        .revision = rooms->policies.revision,
        .rooms = (int64_t)rooms->policies.count,
        .refusals = rooms->refusals,
        .clock_offset_ms = rooms->clock_offset_ms,
        .warning_count = rooms->module.warning_count,
        .warnings = rooms->module.warnings,
    };
}

/* A version range that has ours in it, before anything else of the hello is looked at. */
static bool is_our_version(const struct xml *element)
{
    int64_t newest = 0, oldest = 0;
    return !xml_number(element, "version", 0, INT64_MAX, &newest) ||
           !xml_number(element, "least", 0, INT64_MAX, &oldest) || /* missing: the reader says so */
           (oldest <= ROOMS_VERSION && ROOMS_VERSION <= newest);
}

static void take_hello(struct rooms *rooms, const struct xml *iq, const struct xml *element,
                       struct arena *arena)
{
    struct room_hello hello;
    const char *error = NULL;
    int64_t last = 0, now_ms = rooms_now_ms(rooms);
    bool ours = is_our_version(element);
    if (!rooms_read_hello(&hello, arena, element, &error)) {
        if (ours) {
            refuse_nonsense(rooms, iq, error);
        } else {
            log_rarely("rooms version", LOG_ERR, "%s: %s: install mod_jmb and jmbd of the same release",
                       rooms->o.prosody, error);
            refuse(rooms, iq, "cancel", "feature-not-implemented", error);
        }
        return;
    }
    int found = store_hello(rooms->o.store, rooms->o.prosody, &hello, now_ms, &last);
    if (found < 0) {
        refuse_broken(rooms, iq);
        return;
    }
    keep_module(rooms, &hello);
    log_hello(rooms, &hello, found > 0, last);
    note_clock(rooms);
    struct text payload = {0};
    rooms_write_hello_result(&payload, found == 0, last, now_ms);
    struct receipt *receipt = promise(rooms, iq, &payload);
    receipt->hello = true;
    receipt->policies = hello.policies;
}

static void take_events(struct rooms *rooms, const struct xml *iq, const struct xml *element,
                        struct arena *arena)
{
    struct room_events events;
    const char *error = NULL;
    int64_t last = 0;
    if (!rooms_read_events(&events, arena, element, &error)) {
        refuse_nonsense(rooms, iq, error);
        return;
    }
    int applied = store_apply_events(rooms->o.store, rooms->o.prosody, &events, rooms_now_ms(rooms), &last);
    if (applied < 0) {
        refuse_broken(rooms, iq);
    } else if (applied == 0) {
        refuse(rooms, iq, "cancel", "item-not-found", "a gap, or an unknown boot: say hello");
    } else {
        struct text payload = {0};
        rooms_write_events_result(&payload, events.boot, last);
        promise(rooms, iq, &payload);
        for (size_t i = 0; i < events.count; i++)
            rooms->refusals += events.events[i].event == ROOM_REFUSED && !events.events[i].observed;
    }
}

static void take_snapshot(struct rooms *rooms, const struct xml *iq, const struct xml *element,
                          struct arena *arena)
{
    struct room_snapshot snapshot;
    const char *error = NULL;
    if (!rooms_read_snapshot(&snapshot, arena, element, &error)) {
        refuse_nonsense(rooms, iq, error);
        return;
    }
    int applied = store_apply_snapshot(rooms->o.store, rooms->o.prosody, &snapshot, rooms_now_ms(rooms));
    if (applied < 0) {
        refuse_broken(rooms, iq);
    } else if (applied == 0) {
        refuse(rooms, iq, "cancel", "item-not-found", "an unknown boot: say hello");
    } else {
        struct text payload = {0};
        rooms_write_snapshot_result(&payload, snapshot.events.boot);
        promise(rooms, iq, &payload);
    }
}

static const struct verb {
    const char *name;
    void (*take)(struct rooms *rooms, const struct xml *iq, const struct xml *element, struct arena *arena);
} verbs[] = {{"hello", take_hello}, {"events", take_events}, {"snapshot", take_snapshot}};

bool rooms_iq(const struct xml *iq, void *context)
{
    struct rooms *rooms = context;
    const char *from = xml_attribute(iq, "from"), *type = xml_attribute(iq, "type");
    if (!iq->child || !iq->child->ns || strcmp(iq->child->ns, ROOMS_NS) != 0 || strcmp(type, "set") != 0)
        return false;
    if (strcmp(from, rooms->o.muc) != 0) {
        log_rarely("rooms forged", LOG_WARNING, "%s: refused <%s/> from %s: only %s is believed",
                   rooms->o.prosody, iq->child->name, from, rooms->o.muc);
        refuse(rooms, iq, "auth", "forbidden", NULL);
        return true;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].name, iq->child->name) != 0)
            continue;
        struct arena arena = {0};
        verbs[i].take(rooms, iq, iq->child, &arena);
        arena_free(&arena);
        return true;
    }
    return false;
}
