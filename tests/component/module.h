/* The module in Prosody, played by a test: what rooms sends to it is kept, what it says is read from XML. Its
 * struct xmpp is the test's own: rooms never looks inside. */
#ifndef TESTS_COMPONENT_MODULE_H
#define TESTS_COMPONENT_MODULE_H

#include "component/rooms.h"
#include "component/xmpp_stanza.h"
#include "tests/component/fixture.h"
#include "tests/test.h"

#define MUC "conference.meet.example"
#define BOOT "00112233445566aa"

enum { ORDERS_MAX = 64 };

/* An iq that rooms sent and that has no answer yet. */
struct order {
    char *payload;
    void (*result)(const struct xml *iq, void *context);
    void *context;
};

struct xmpp {
    struct order orders[ORDERS_MAX];
    size_t order_count;
    struct text answers; /* results and errors, a line each: 'ID result PAYLOAD', 'ID error TYPE CONDITION' */
    bool deaf;           /* nothing can be sent */
};

static inline bool module_take(struct xmpp *module, const char *to, const char *payload,
                               void (*result)(const struct xml *iq, void *context), void *context)
{
    assert_string_equal(to, MUC);
    assert_true(strlen(payload) < ROOMS_STANZA_MAX - 1024);
    if (module->deaf)
        return false;
    assert_true(module->order_count < ORDERS_MAX);
    module->orders[module->order_count++] = (struct order){mem_dup(payload), result, context};
    return true;
}

static inline void module_hear(struct xmpp *module, const char *to, const char *id, const char *payload)
{
    text_addf(&module->answers, "%s%s%s result %s\n", strcmp(to, MUC) == 0 ? "" : to,
              strcmp(to, MUC) == 0 ? "" : " ", id, payload);
}

static inline void module_hear_error(struct xmpp *module, const char *to, const char *id, const char *type,
                                     const char *condition, const char *text)
{
    (void)text;
    text_addf(&module->answers, "%s%s%s error %s %s\n", strcmp(to, MUC) == 0 ? "" : to,
              strcmp(to, MUC) == 0 ? "" : " ", id, type, condition);
}

static const struct rooms_wire module_wire = {module_take, module_hear, module_hear_error};

/* Calls with the tree of some XML. */
static inline void with_xml(const char *text, void (*use)(const struct xml *iq, void *context), void *context)
{
    struct arena arena = {0};
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(ctx, text);
    if (!stanza)
        fail_msg("not XML: %s", text);
    const struct xml *xml = stanza_read(&arena, stanza);
    assert_non_null(xml);
    xmpp_stanza_release(stanza);
    xmpp_ctx_free(ctx);
    use(xml, context);
    arena_free(&arena);
}

static inline void use_in_rooms(const struct xml *iq, void *rooms)
{
    assert_true(rooms_iq(iq, rooms));
}

/* The module's iq set. */
static inline void module_says(struct rooms *rooms, const char *id, const char *element)
{
    struct text text = {0};
    text_addf(&text, "<iq type='set' id='%s' from='" MUC "' to='jmb.meet.example'>%s</iq>", id, element);
    with_xml(text.data, use_in_rooms, rooms);
    text_free(&text);
}

static inline void module_hello(struct rooms *rooms, const char *id, int last, int held, int64_t policies)
{
    char hello[400];
    snprintf(
        hello, sizeof hello,
        "<hello xmlns='urn:jmb:rooms:1' version='1' least='1' boot='" BOOT "' now='1796300000000' last='%d' "
        "held='%d' mode='enforce' policies='%lld' software='Prosody 0.12.3'><muc jid='" MUC "' kind='main'/>"
        "</hello>",
        last, held, (long long)policies);
    module_says(rooms, id, hello);
}

static inline void use_in_order(const struct xml *iq, void *context)
{
    const struct order *order = context;
    order->result(iq, order->context);
}

/* Answers the oldest order: the whole iq; NULL: it was lost. */
static inline void module_answers(struct xmpp *module, const char *iq)
{
    assert_true(module->order_count > 0);
    struct order order = module->orders[0];
    memmove(&module->orders[0], &module->orders[1], --module->order_count * sizeof order);
    if (iq)
        with_xml(iq, use_in_order, &order);
    else
        order.result(NULL, order.context);
    free(order.payload);
}

static inline void module_confirms(struct xmpp *module)
{
    module_answers(module, "<iq type='result' from='" MUC "'><policies xmlns='urn:jmb:rooms:1'/></iq>");
}

/* Confirms all policies that are under way, and those that follow from it. */
static inline void module_confirms_all(struct xmpp *module, struct rooms *rooms)
{
    for (rooms_run(rooms); module->order_count; rooms_run(rooms))
        while (module->order_count)
            module_confirms(module);
}

/* The answers since the last look have to be these. */
static inline void expect_answers(struct xmpp *module, const char *answers)
{
    assert_string_equal(text_string(&module->answers), answers);
    text_clear(&module->answers);
}

static inline int64_t revision_of(const struct order *order)
{
    const char *at = strstr(order->payload, "revision='");
    assert_non_null(at);
    return strtoll(at + strlen("revision='"), NULL, 10);
}

static inline void module_free(struct xmpp *module)
{
    while (module->order_count)
        module_answers(module, NULL);
    text_free(&module->answers);
}

#endif
