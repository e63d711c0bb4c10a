/* What the module is asked to say in rooms, and to end. What is said to rooms in one turn leaves at its end:
 * words that are the same, as those of all meetings that end at the full hour, in one stanza for many rooms.
 */
#include "component/log.h"
#include "component/rooms_parts.h"

#include <stdlib.h>
#include <string.h>

/* Rooms in one stanza. Prosody speaks in all of them in one turn of its loop: with ten people in each it
 * takes it some 50 ms. */
enum { ROOMS_AT_ONCE = 50 };

/* One who waits for a count. */
struct asker {
    void (*done)(int64_t count, void *context);
    void *context;
};

/* A stanza that was sent. */
struct order {
    const char *prosody;
    const char *number; /* the result's attribute that counts */
    size_t count;
    struct asker askers[];
};

/* What is to be said at the end of the turn, the same words in each room. */
struct saying {
    struct saying *next;
    char *words;
    size_t count;
    struct place {
        char *key, *room;
        struct asker asker;
    } places[ROOMS_AT_ONCE];
};

/* And then, to one occupant: a payload. */
struct whisper {
    struct whisper *next;
    char *payload;
};

/* -- what comes back */

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

/* The next word of a result about many rooms: how many heard it there. Moves *words behind it. */
static int64_t next_count(const char **words)
{
    const char *word = *words + strspn(*words, " ");
    size_t size = strcspn(word, " ");
    *words = word + size;
    if (size == strlen("repeated") && strncmp(word, "repeated", size) == 0)
        return 1;
    if (size == strlen("gone") && strncmp(word, "gone", size) == 0)
        return 0;
    char *end = NULL;
    int64_t count = *word >= '0' && *word <= '9' ? strtoll(word, &end, 10) : -1;
    return end == word + size && count <= INT32_MAX ? count : -1;
}

/* The words of a result about many rooms; NULL: it is none, and what it says holds for all. */
static const char *words_of(const struct order *order, const struct xml *iq)
{
    if (order->count == 1 || !iq || !iq->child || xml_child(iq, "error", NULL))
        return NULL;
    const char *words = xml_attribute(iq->child, order->number);
    return words ? words : "";
}

static void on_order(const struct xml *iq, void *context)
{
    struct order *order = context;
    const char *words = words_of(order, iq);
    int64_t count = words ? -1 : count_of(order, iq);
    bool broken = false;
    for (size_t i = 0; i < order->count; i++) {
        if (words)
            count = next_count(&words);
        broken = broken || count < 0;
        order->askers[i].done(count, order->askers[i].context);
    }
    if (iq && broken)
        log_rarely("rooms order", LOG_WARNING, "%s: the module did not do what it was asked (%s)",
                   order->prosody, order->number);
    free(order);
}

/* -- what goes out */

static struct order *order_new(const struct rooms *rooms, const char *number, size_t count)
{
    struct order *order = mem_alloc(sizeof *order + count * sizeof *order->askers);
    *order = (struct order){.prosody = rooms->o.prosody, .number = number, .count = count};
    return order;
}

static bool is_open(const struct rooms *rooms)
{
    return rooms->connected && rooms->greeted;
}

/* Sends. False: the order is still the caller's. */
static bool order_give(struct rooms *rooms, const char *payload, struct order *order)
{
    return is_open(rooms) && rooms->o.wire->send_iq(rooms->o.xmpp, rooms->o.muc, payload, on_order, order);
}

static void write_saying(struct text *payload, const struct rooms *rooms, const struct saying *saying)
{
    const struct place *first = &saying->places[0];
    if (saying->count == 1) {
        rooms_write_say(payload, first->key, first->room, NULL, NULL, rooms->o.sender, saying->words);
        return;
    }
    rooms_open_say(payload, rooms->o.sender, saying->words);
    for (size_t i = 0; i < saying->count; i++)
        rooms_write_place(payload, saying->places[i].key, saying->places[i].room);
    rooms_close_say(payload);
}

static void saying_give(struct rooms *rooms, const struct saying *saying)
{
    struct text payload = {0};
    struct order *order = order_new(rooms, "said", saying->count);
    for (size_t i = 0; i < saying->count; i++)
        order->askers[i] = saying->places[i].asker;
    write_saying(&payload, rooms, saying);
    if (!order_give(rooms, text_string(&payload), order))
        on_order(NULL, order);
    text_free(&payload);
}

static void saying_free(struct saying *saying)
{
    for (size_t i = 0; i < saying->count; i++) {
        free(saying->places[i].key);
        free(saying->places[i].room);
    }
    free(saying->words);
    free(saying);
}

static void on_whispered(int64_t said, void *context)
{
    (void)said, (void)context;
}

static void whisper_give(struct rooms *rooms, const struct whisper *whisper)
{
    struct order *order = order_new(rooms, "said", 1);
    order->askers[0] = (struct asker){.done = on_whispered};
    if (!order_give(rooms, whisper->payload, order))
        free(order);
}

/* Runs give on each that waits, if there is one, and frees it. */
static void empty(struct rooms *rooms, void (*give)(struct rooms *, const struct saying *),
                  void (*give_whisper)(struct rooms *, const struct whisper *))
{
    while (rooms->sayings) {
        struct saying *saying = rooms->sayings;
        rooms->sayings = saying->next;
        if (give)
            give(rooms, saying);
        saying_free(saying);
    }
    while (rooms->whispers) {
        struct whisper *whisper = rooms->whispers;
        rooms->whispers = whisper->next;
        if (give_whisper)
            give_whisper(rooms, whisper);
        free(whisper->payload);
        free(whisper);
    }
}

void orders_send(struct rooms *rooms)
{
    empty(rooms, saying_give, whisper_give);
}

void orders_free(struct rooms *rooms)
{
    empty(rooms, NULL, NULL);
}

/* -- what is asked */

/* One with these words that has a place left; appended when there is none. Those of one turn are few: as many
 * as there are languages and lengths, and each that was filled. */
static struct saying *saying_with(struct rooms *rooms, const char *words)
{
    struct saying **end = &rooms->sayings;
    for (; *end; end = &(*end)->next)
        if ((*end)->count < ROOMS_AT_ONCE && strcmp((*end)->words, words) == 0)
            return *end;
    *end = mem_alloc(sizeof **end);
    (*end)->words = mem_dup(words);
    return *end;
}

static char *address_of(const struct rooms *rooms, const char *node)
{
    struct text address = {0};
    text_addf(&address, "%s@%s", node, rooms->o.muc);
    return address.data;
}

bool rooms_say(struct rooms *rooms, const char *key, const char *room_node, const char *text,
               void (*done)(int64_t said, void *context), void *context)
{
    if (!is_open(rooms))
        return false;
    struct saying *saying = saying_with(rooms, text);
    saying->places[saying->count++] =
        (struct place){.key = mem_dup(key), .room = address_of(rooms, room_node), .asker = {done, context}};
    return true;
}

void rooms_whisper(struct rooms *rooms, const char *key, const struct present *present, const char *text)
{
    struct whisper **end = &rooms->whispers;
    if (!is_open(rooms))
        return;
    while (*end)
        end = &(*end)->next;
    struct text payload = {0};
    rooms_write_say(&payload, key, present->room, present->instance, present->nick, rooms->o.sender, text);
    *end = mem_alloc(sizeof **end);
    (*end)->payload = payload.data;
}

bool rooms_end(struct rooms *rooms, const char *key, const char *room_node, const char *reason,
               void (*done)(int64_t ended, void *context), void *context)
{
    struct text payload = {0};
    char *room = address_of(rooms, room_node);
    struct order *order = order_new(rooms, "ended", 1);
    order->askers[0] = (struct asker){done, context};
    rooms_write_end(&payload, key, room, NULL, reason);
    bool sent = order_give(rooms, text_string(&payload), order);
    if (sent)
        policies_shut(rooms, room_node);
    else
        free(order);
    free(room);
    text_free(&payload);
    return sent;
}
