#include "component/xmpp_stanza.h"

#include <string.h>

static void read_attributes(struct arena *arena, struct xml *element, xmpp_stanza_t *stanza)
{
    int count = xmpp_stanza_get_attribute_count(stanza);
    if (count <= 0)
        return;
    const char **pairs = arena_array(arena, (size_t)count * 2, sizeof *pairs);
    int read = xmpp_stanza_get_attributes(stanza, pairs, count * 2);
    element->attributes = arena_array(arena, (size_t)count, sizeof *element->attributes);
    for (int i = 0; i + 1 < read; i += 2) {
        if (strcmp(pairs[i], "xmlns") == 0) {
            element->ns = arena_dup(arena, pairs[i + 1]);
            continue;
        }
        struct xml_attribute *attribute = &element->attributes[element->attribute_count++];
        attribute->name = arena_dup(arena, pairs[i]);
        attribute->value = arena_dup(arena, pairs[i + 1]);
    }
}

static struct xml *read_element(struct arena *arena, xmpp_stanza_t *stanza, const char *ns, int depth,
                                int *left);

/* The children of an element: its text put together, its elements in order. False: too deep, too many. */
static bool read_children(struct arena *arena, struct xml *element, xmpp_stanza_t *stanza, int depth,
                          int *left)
{
    struct text words = {0};
    struct xml **end = &element->child;
    bool fits = true;
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child && fits;
         child = xmpp_stanza_get_next(child)) {
        const char *text = xmpp_stanza_is_text(child) ? xmpp_stanza_get_text_ptr(child) : NULL;
        if (text) {
            text_add(&words, text);
        } else if (xmpp_stanza_is_tag(child)) {
            *end = read_element(arena, child, element->ns, depth + 1, left);
            fits = *end != NULL;
            if (fits)
                end = &(*end)->next;
        }
    }
    if (words.size)
        element->text = arena_dup_bytes(arena, words.data, words.size);
    text_free(&words);
    return fits;
}

static struct xml *read_element(struct arena *arena, xmpp_stanza_t *stanza, const char *ns, int depth,
                                int *left)
{
    const char *name = xmpp_stanza_get_name(stanza);
    if (depth > STANZA_DEPTH_MAX || --*left < 0 || !name)
        return NULL;
    struct xml *element = arena_alloc(arena, sizeof *element);
    element->name = arena_dup(arena, name);
    element->ns = ns;
    read_attributes(arena, element, stanza);
    return read_children(arena, element, stanza, depth, left) ? element : NULL;
}

const struct xml *stanza_read(struct arena *arena, xmpp_stanza_t *stanza)
{
    int left = STANZA_ELEMENTS_MAX;
    return read_element(arena, stanza, NULL, 0, &left);
}

static void add_attribute(struct text *text, const char *name, const char *value)
{
    if (!value)
        return;
    text_addf(text, " %s='", name);
    text_add_xml(text, value);
    text_add_char(text, '\'');
}

void stanza_add_iq(struct text *text, const char *type, const char *id, const char *to, const char *from,
                   const char *payload)
{
    text_add(text, "<iq");
    add_attribute(text, "type", type);
    add_attribute(text, "id", id);
    add_attribute(text, "to", to);
    add_attribute(text, "from", from);
    text_add_char(text, '>');
    text_add(text, payload);
    text_add(text, "</iq>");
}

void stanza_add_error(struct text *text, const char *type, const char *condition, const char *words)
{
    text_addf(text, "<error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>", type, condition);
    if (words) {
        text_add(text, "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>");
        text_add_xml(text, words);
        text_add(text, "</text>");
    }
    text_add(text, "</error>");
}

void stanza_clean(struct text *text)
{
    for (size_t at = 0; at < text->size;) {
        uint32_t code = 0;
        size_t size = text_read_utf8(text->data + at, &code);
        bool allowed = size && (code >= ' ' || code == '\t' || code == '\n' || code == '\r') &&
                       code != 0xfffe && code != 0xffff;
        if (!allowed)
            memset(text->data + at, '?', size ? size : 1);
        at += size ? size : 1;
    }
}

static const char disco_info[] = "<query xmlns='http://jabber.org/protocol/disco#info'>"
                                 "<identity category='component' type='generic' name='JMB'/>"
                                 "<feature var='http://jabber.org/protocol/disco#info'/>"
                                 "<feature var='jabber:iq:version'/>"
                                 "<feature var='urn:xmpp:ping'/>"
                                 "</query>";
static const char version[] = "<query xmlns='jabber:iq:version'>"
                              "<name>JMB</name><version>" JMB_VERSION "</version>"
                              "</query>";

static const struct citizen {
    const char *name, *ns, *payload;
} citizens[] = {
    {"query", "http://jabber.org/protocol/disco#info", disco_info},
    {"query", "http://jabber.org/protocol/disco#items",
     "<query xmlns='http://jabber.org/protocol/disco#items'/>"},
    {"query", "jabber:iq:version", version},
    {"ping", "urn:xmpp:ping", ""},
};

bool stanza_answer_citizen(struct text *text, const struct xml *iq)
{
    const char *type = xml_attribute(iq, "type");
    if (!type || strcmp(type, "get") != 0)
        return false;
    for (size_t i = 0; i < sizeof citizens / sizeof *citizens; i++) {
        const struct xml *asked = xml_child(iq, citizens[i].name, citizens[i].ns);
        if (!asked || xml_attribute(asked, "node"))
            continue; /* we have no nodes: item-not-found would say so, service-unavailable will do */
        text_add(text, citizens[i].payload);
        return true;
    }
    return false;
}
