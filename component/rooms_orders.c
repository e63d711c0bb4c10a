/* What the module is asked to say in a room, and to end. */
#include "component/log.h"
#include "component/rooms_parts.h"

#include <stdlib.h>
#include <string.h>

struct order {
    const char *prosody;
    const char *number; /* the result's attribute that counts */
    void (*done)(int64_t count, void *context);
    void *context;
};

/* How many: of a result; 0 when the module says that there is nobody, or that it may not; -1 for anything
 * else. */
static int64_t count_of(const struct order *order, const struct xml *iq)
{
    int64_t count = 0;
    if (!iq)
        return -1;
    const struct xml *error = xml_child(iq, "error", NULL);
    if (error)
        return xml_child(error, "item-not-found", NULL) || xml_child(error, "not-allowed", NULL) ? 0 : -1;
    const struct xml *answer = iq->child;
    const char *repeated = answer ? xml_attribute(answer, "repeated") : NULL;
    if (repeated && strcmp(repeated, "true") == 0)
        return 1; /* said before: by the life of jmbd that did not see the result */
    if (!answer || !xml_number(answer, order->number, 0, INT32_MAX, &count))
        return -1;
    return count;
}

static void on_order(const struct xml *iq, void *context)
{
    struct order *order = context;
    int64_t count = count_of(order, iq);
    if (iq && count < 0)
        log_rarely("rooms order", LOG_WARNING, "%s: the module did not do what it was asked (%s)",
                   order->prosody, order->number);
    order->done(count, order->context);
    free(order);
}

/* Sends and frees the payload. */
static bool give_order(struct rooms *rooms, struct text *payload, const struct order *order)
{
    struct order *kept = mem_alloc(sizeof *kept);
    *kept = *order;
    bool sent = rooms->connected && rooms->greeted &&
                rooms->o.wire->send_iq(rooms->o.xmpp, rooms->o.muc, text_string(payload), on_order, kept);
    if (!sent)
        free(kept);
    text_free(payload);
    return sent;
}

bool rooms_say(struct rooms *rooms, const char *key, const char *room_node, const char *text,
               void (*done)(int64_t said, void *context), void *context)
{
    struct arena arena = {0};
    struct text payload = {0};
    rooms_write_say(&payload, key, arena_printf(&arena, "%s@%s", room_node, rooms->o.muc), NULL, NULL,
                    rooms->o.sender, text);
    arena_free(&arena);
    const struct order order = {rooms->o.prosody, "said", done, context};
    return give_order(rooms, &payload, &order);
}

static void on_whispered(int64_t said, void *context)
{
    (void)said, (void)context;
}

void rooms_whisper(struct rooms *rooms, const char *key, const struct present *present, const char *text)
{
    struct text payload = {0};
    rooms_write_say(&payload, key, present->room, present->instance, present->nick, rooms->o.sender, text);
    const struct order order = {rooms->o.prosody, "said", on_whispered, NULL};
    give_order(rooms, &payload, &order);
}

bool rooms_end(struct rooms *rooms, const char *key, const char *room_node, const char *reason,
               void (*done)(int64_t ended, void *context), void *context)
{
    struct arena arena = {0};
    struct text payload = {0};
    rooms_write_end(&payload, key, arena_printf(&arena, "%s@%s", room_node, rooms->o.muc), NULL, reason);
    arena_free(&arena);
    const struct order order = {rooms->o.prosody, "ended", done, context};
    bool sent = give_order(rooms, &payload, &order);
    if (sent)
        policies_shut(rooms, room_node);
    return sent;
}
