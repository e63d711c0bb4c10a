/* What the module says, checked: types, lengths, numbers, words. Elements and attributes that are not known
 * are passed over, so that a newer module can say more. */
#include "proto/rooms.h"

#include <string.h>

/* Numbers stay exact in Lua (and JSON); times are of years up to 9999. */
#define NUMBER_MOST ((int64_t)1 << 53)
#define MS_MOST INT64_C(253402300799999)

enum { BOOT_SIZE = 16 };

/* An element being read, and where to say what is wrong with it. */
struct reading {
    struct arena *arena;
    const struct xml *element;
    const char **error;
};

static bool wrong(const struct reading *reading, const char *attribute, const char *what)
{
    *reading->error = attribute ? arena_printf(reading->arena, "%.64s: attribute %s %s",
                                               reading->element->name, attribute, what)
                                : arena_printf(reading->arena, "%.64s: %s", reading->element->name, what);
    return false;
}

/* A required attribute that is an address, a name or a word. */
static bool read_string(const struct reading *reading, const char *name, const char **string)
{
    const char *value = xml_attribute(reading->element, name);
    if (!value)
        return wrong(reading, name, "is missing");
    size_t size = strnlen(value, ROOMS_STRING_MAX + 1);
    if (size == 0)
        return wrong(reading, name, "is empty");
    if (size > ROOMS_STRING_MAX)
        return wrong(reading, name, "is too long (at most 3071 bytes)");
    if (!text_is_utf8(value, size))
        return wrong(reading, name, "is not UTF-8");
    *string = value;
    return true;
}

static bool read_optional(const struct reading *reading, const char *name, const char **string)
{
    const char *value = xml_attribute(reading->element, name);
    *string = NULL;
    return !value || !*value || read_string(reading, name, string);
}

/* `value` without what is longer than an attribute may be, cut between characters. */
static const char *cut(const struct reading *reading, const char *value)
{
    size_t size = strnlen(value, ROOMS_STRING_MAX + 1);
    if (size <= ROOMS_STRING_MAX)
        return value;
    size = ROOMS_STRING_MAX;
    while (size && ((unsigned char)value[size] & 0xC0) == 0x80)
        size--;
    return arena_dup_bytes(reading->arena, value, size);
}

/* A name that a client chose: too long a one is cut, since refusing it would refuse the whole batch, and the
 * module would send it again for ever. */
static bool read_name(const struct reading *reading, const char *name, const char **string)
{
    const char *value = xml_attribute(reading->element, name);
    *string = NULL;
    if (!value || !*value)
        return true;
    value = cut(reading, value);
    if (!text_is_utf8(value, strlen(value)))
        return wrong(reading, name, "is not UTF-8");
    *string = value;
    return true;
}

static bool read_number(const struct reading *reading, const char *name, int64_t most, int64_t *number)
{
    if (xml_number(reading->element, name, 0, most, number))
        return true;
    return wrong(reading, name,
                 xml_attribute(reading->element, name) ? "is not a number in range" : "is missing");
}

static bool read_boot(const struct reading *reading, const char **boot)
{
    if (!read_string(reading, "boot", boot))
        return false;
    size_t size = 0;
    while (text_read_hex((*boot)[size]) >= 0)
        size++;
    return (size == BOOT_SIZE && !(*boot)[size]) || wrong(reading, "boot", "is not 16 hexadecimal digits");
}

static bool is_word(const char *value, const char *const *words)
{
    while (*words && strcmp(value, *words) != 0)
        words++;
    return *words;
}

static bool read_word(const struct reading *reading, const char *name, const char *const *words,
                      const char **word)
{
    if (!read_string(reading, name, word))
        return false;
    return is_word(*word, words) || wrong(reading, name, "is no word known here");
}

static bool is_ours(const struct xml *element)
{
    return element->ns && strcmp(element->ns, ROOMS_NS) == 0;
}

bool rooms_read_hello(struct room_hello *hello, struct arena *arena, const struct xml *element,
                      const char **error)
{
    static const char *const modes[] = {"off", "observe", "enforce", NULL};
    const struct reading reading = {arena, element, error};
    int64_t version = 0, least = 0;
    *hello = (struct room_hello){0};
    if (!read_number(&reading, "version", NUMBER_MOST, &version) ||
        !read_number(&reading, "least", NUMBER_MOST, &least))
        return false;
    if (version < ROOMS_VERSION || least > ROOMS_VERSION) {
        hello->foreign = true;
        *error =
            arena_printf(arena, "hello: speaks versions %lld to %lld of " ROOMS_NS ", this is version %d",
                         (long long)least, (long long)version, ROOMS_VERSION);
        return false;
    }
    if (!read_boot(&reading, &hello->boot) || !read_number(&reading, "now", MS_MOST, &hello->now_ms) ||
        !read_number(&reading, "last", NUMBER_MOST, &hello->last) ||
        !read_number(&reading, "held", NUMBER_MOST, &hello->held) ||
        !read_number(&reading, "policies", NUMBER_MOST, &hello->policies) ||
        !read_word(&reading, "mode", modes, &hello->mode) ||
        !read_optional(&reading, "software", &hello->software))
        return false;
    if (hello->held > hello->last)
        return wrong(&reading, "held", "is more than last");
    for (const struct xml *child = element->child; child; child = child->next)
        if (is_ours(child) && strcmp(child->name, "warning") == 0 && child->text &&
            hello->warning_count < sizeof hello->warnings / sizeof *hello->warnings)
            hello->warnings[hello->warning_count++] = cut(&reading, child->text);
    return true;
}

static bool is_true(const struct xml *element, const char *name)
{
    const char *value = xml_attribute(element, name);
    return value && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* Which attributes an event has beside n, t and room. */
enum field {
    INSTANCE = 1,
    ROOM_KIND = 2, /* and main */
    NICK = 4,
    JID = 8,
    OCCUPANT_KIND = 16,
    USER = 32, /* and user-name, both optional */
    NAME = 64, /* optional */
    ROLE = 128,
    REASON = 256, /* and observed, optional */
    MAIN = 512,   /* optional */
    TO = 1024     /* optional */
};

static const struct event_form {
    const char *name;
    enum room_event_kind event;
    unsigned fields;
} event_forms[] = {
    {"opened", ROOM_OPENED, INSTANCE | ROOM_KIND},
    {"joined", ROOM_JOINED, INSTANCE | NICK | JID | OCCUPANT_KIND | USER | NAME | ROLE},
    {"renamed", ROOM_RENAMED, INSTANCE | NICK | NAME | TO},
    {"role", ROOM_ROLE, INSTANCE | NICK | ROLE},
    {"left", ROOM_LEFT, INSTANCE | NICK},
    {"knock", ROOM_KNOCK, INSTANCE | NICK | JID | USER | NAME | MAIN},
    {"refused", ROOM_REFUSED, JID | USER | NAME | REASON | MAIN},
    {"closed", ROOM_CLOSED, INSTANCE},
};

static bool read_room_kind(const struct reading *reading, struct room_event *event)
{
    const char *word = NULL;
    if (!read_string(reading, "kind", &word))
        return false;
    if (!room_kind_read(word, &event->room_kind))
        return wrong(reading, "kind", "is none of main, breakout, lobby");
    return event->room_kind == ROOM_MAIN ? read_optional(reading, "main", &event->main)
                                         : read_string(reading, "main", &event->main);
}

static bool read_occupant_kind(const struct reading *reading, enum occupant_kind *kind)
{
    static const char *const kinds[] = {"participant", "phone", NULL};
    const char *word = NULL;
    if (!read_word(reading, "kind", kinds, &word))
        return false;
    *kind = strcmp(word, "phone") == 0 ? OCCUPANT_PHONE : OCCUPANT_PARTICIPANT;
    return true;
}

static bool read_role(const struct reading *reading, bool *moderator)
{
    static const char *const roles[] = {"moderator", "participant", "visitor", NULL};
    const char *word = NULL;
    if (!read_word(reading, "role", roles, &word))
        return false;
    *moderator = strcmp(word, "moderator") == 0;
    return true;
}

static bool read_reason(const struct reading *reading, struct room_event *event)
{
    event->observed = is_true(reading->element, "observed");
    return read_string(reading, "reason", &event->reason);
}

static bool read_fields(const struct reading *reading, unsigned fields, struct room_event *event)
{
    return (!(fields & INSTANCE) || read_string(reading, "instance", &event->instance)) &&
           (!(fields & ROOM_KIND) || read_room_kind(reading, event)) &&
           (!(fields & NICK) || read_string(reading, "nick", &event->nick)) &&
           (!(fields & JID) || read_string(reading, "jid", &event->jid)) &&
           (!(fields & OCCUPANT_KIND) || read_occupant_kind(reading, &event->kind)) &&
           (!(fields & USER) || (read_optional(reading, "user", &event->user) &&
                                 read_name(reading, "user-name", &event->user_name))) &&
           (!(fields & NAME) || read_name(reading, "name", &event->name)) &&
           (!(fields & ROLE) || read_role(reading, &event->moderator)) &&
           (!(fields & TO) || read_optional(reading, "to", &event->to)) &&
           (!(fields & MAIN) || read_optional(reading, "main", &event->main)) &&
           (!(fields & REASON) || read_reason(reading, event));
}

/* Reads one element of `events`. What is not known but numbered takes its number. */
static bool read_event(const struct reading *reading, struct room_event *event)
{
    const struct event_form *form = event_forms;
    const struct event_form *end = event_forms + sizeof event_forms / sizeof *event_forms;
    while (form < end && strcmp(form->name, reading->element->name) != 0)
        form++;
    if (!read_number(reading, "n", NUMBER_MOST, &event->number))
        return false;
    if (form == end) {
        event->event = ROOM_OTHER;
        return true;
    }
    event->event = form->event;
    return read_number(reading, "t", MS_MOST, &event->at_ms) && read_string(reading, "room", &event->room) &&
           read_fields(reading, form->fields, event);
}

static bool is_numbered(const struct xml *element)
{
    for (size_t i = 0; i < sizeof event_forms / sizeof *event_forms; i++)
        if (strcmp(event_forms[i].name, element->name) == 0)
            return true;
    return xml_attribute(element, "n");
}

bool rooms_read_events(struct room_events *events, struct arena *arena, const struct xml *element,
                       const char **error)
{
    struct reading reading = {arena, element, error};
    *events = (struct room_events){0};
    if (!read_boot(&reading, &events->boot) || !read_number(&reading, "now", MS_MOST, &events->now_ms))
        return false;
    events->events = arena_array(arena, ROOMS_BATCH_MAX, sizeof *events->events);
    for (const struct xml *child = element->child; child; child = child->next) {
        if (!is_ours(child) || !is_numbered(child))
            continue;
        if (events->count == ROOMS_BATCH_MAX)
            return wrong(&reading, NULL, "more than 200 in one stanza");
        struct room_event *event = &events->events[events->count];
        const struct reading one = {arena, child, error};
        if (!read_event(&one, event))
            return false;
        if (events->count && event->number != event[-1].number + 1)
            return wrong(&one, "n", "does not follow the one before");
        if (event->number == 0)
            return wrong(&one, "n", "is not a number in range");
        events->count++;
    }
    return true;
}

/* The elements of that name among the children, of ours only. */
static size_t count_children(const struct xml *element, const char *name)
{
    size_t count = 0;
    for (const struct xml *child = element->child; child; child = child->next)
        count += is_ours(child) && strcmp(child->name, name) == 0;
    return count;
}

static bool read_snapshot_room(const struct reading *reading, struct room_events *events)
{
    struct room_event *room = &events->events[events->count++];
    room->event = ROOM_OPENED;
    if (!read_string(reading, "jid", &room->room) || !read_fields(reading, INSTANCE | ROOM_KIND, room) ||
        !read_number(reading, "created", MS_MOST, &room->at_ms) ||
        !read_number(reading, "last", NUMBER_MOST, &room->number))
        return false;
    for (const struct xml *child = reading->element->child; child; child = child->next) {
        if (!is_ours(child) || strcmp(child->name, "occupant") != 0)
            continue;
        const struct reading one = {reading->arena, child, reading->error};
        struct room_event *event = &events->events[events->count++];
        event->event = ROOM_JOINED;
        event->number = room->number;
        event->room = room->room;
        event->instance = room->instance;
        if (!read_fields(&one, NICK | JID | OCCUPANT_KIND | USER | NAME | ROLE, event) ||
            !read_number(&one, "joined", MS_MOST, &event->at_ms))
            return false;
    }
    return true;
}

bool rooms_read_snapshot(struct room_snapshot *snapshot, struct arena *arena, const struct xml *element,
                         const char **error)
{
    const struct reading reading = {arena, element, error};
    struct room_events *events = &snapshot->events;
    *snapshot = (struct room_snapshot){0};
    if (!read_boot(&reading, &events->boot) || !read_number(&reading, "now", MS_MOST, &events->now_ms))
        return false;
    snapshot->done = is_true(element, "done");
    if (snapshot->done && (!read_number(&reading, "count", NUMBER_MOST, &snapshot->count) ||
                           !read_number(&reading, "last", NUMBER_MOST, &snapshot->last)))
        return false;
    size_t most = count_children(element, "room");
    for (const struct xml *child = element->child; child; child = child->next)
        most += count_children(child, "occupant");
    events->events = arena_array(arena, most, sizeof *events->events);
    for (const struct xml *child = element->child; child; child = child->next) {
        const struct reading one = {arena, child, error};
        if (is_ours(child) && strcmp(child->name, "room") == 0 && !read_snapshot_room(&one, events))
            return false;
    }
    return true;
}
