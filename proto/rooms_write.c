/* What the module is told. Everything that is not a number is escaped and cleaned by text_add_xml. */
#include "proto/rooms.h"

#include "proto/arena.h"

#include <inttypes.h>
#include <string.h>

static void write_attribute(struct text *text, const char *name, const char *value)
{
    if (!value)
        return;
    text_addf(text, " %s='", name);
    text_add_xml(text, value);
    text_add_char(text, '\'');
}

static void write_number(struct text *text, const char *name, int64_t number)
{
    text_addf(text, " %s='%" PRId64 "'", name, number);
}

static void write_bound(struct text *text, const char *name, int64_t number)
{
    if (number > 0)
        write_number(text, name, number);
}

static void write_content(struct text *text, const char *name, const char *content)
{
    text_addf(text, "<%s>", name);
    text_add_xml(text, content);
    text_addf(text, "</%s>", name);
}

void rooms_write_hello_result(struct text *text, bool snapshot, int64_t resume, int64_t now_ms)
{
    text_addf(text, "<hello xmlns='" ROOMS_NS "' version='%d'", ROOMS_VERSION);
    if (snapshot)
        write_attribute(text, "snapshot", "true");
    else
        write_number(text, "resume", resume);
    write_number(text, "now", now_ms);
    text_add(text, "/>");
}

void rooms_write_events_result(struct text *text, const char *boot, int64_t last)
{
    text_add(text, "<events xmlns='" ROOMS_NS "'");
    write_attribute(text, "boot", boot);
    write_number(text, "last", last);
    text_add(text, "/>");
}

void rooms_write_snapshot_result(struct text *text, const char *boot)
{
    text_add(text, "<snapshot xmlns='" ROOMS_NS "'");
    write_attribute(text, "boot", boot);
    text_add(text, "/>");
}

void rooms_open_policies(struct text *text, bool replace, bool more, int64_t revision)
{
    text_add(text, "<policies xmlns='" ROOMS_NS "'");
    write_attribute(text, "action", replace ? "replace" : "update");
    write_attribute(text, "more", more ? "true" : NULL);
    write_number(text, "revision", revision);
    text_add_char(text, '>');
}

static void write_policy_attributes(struct text *text, const struct room_policy *policy)
{
    write_attribute(text, "room", policy->room);
    write_attribute(text, "meeting", policy->meeting);
    write_attribute(text, "admission", policy->admission);
    write_attribute(text, "reason", policy->reason);
    write_attribute(text, "moderation", policy->moderation);
    write_bound(text, "opens", policy->opens_at);
    write_bound(text, "guests", policy->guests_at);
    write_bound(text, "closes", policy->closes_at);
    write_bound(text, "maximum", policy->maximum);
    write_attribute(text, "lobby", policy->lobby ? "true" : NULL);
    write_attribute(text, "wait", policy->wait ? "true" : NULL);
    write_attribute(text, "password", policy->password);
    write_attribute(text, "subject", policy->subject);
    write_attribute(text, "language", policy->language);
}

void rooms_write_policy(struct text *text, const struct room_policy *policy)
{
    if (policy->removed) {
        text_add(text, "<remove");
        write_attribute(text, "room", policy->room);
        text_add(text, "/>");
        return;
    }
    const char *name = policy->room ? "policy" : "default";
    text_addf(text, "<%s", name);
    write_policy_attributes(text, policy);
    text_add_char(text, '>');
    for (size_t i = 0; i < policy->moderator_count; i++) {
        text_add(text, "<moderator");
        write_attribute(text, "user", policy->moderators[i]);
        write_attribute(text, "account", policy->accounts ? policy->accounts[i] : NULL);
        text_add(text, "/>");
    }
    for (size_t i = 0; i < policy->refusal_count; i++) {
        text_add(text, "<refusal");
        write_attribute(text, "reason", policy->refusals[i].reason);
        write_attribute(text, "lang", policy->language);
        text_add_char(text, '>');
        text_add_xml(text, policy->refusals[i].text);
        text_add(text, "</refusal>");
    }
    text_addf(text, "</%s>", name);
}

void rooms_close_policies(struct text *text)
{
    text_add(text, "</policies>");
}

void rooms_write_say(struct text *text, const char *key, const char *room, const char *instance,
                     const char *to_nick, const char *sender, const char *body)
{
    text_add(text, "<say xmlns='" ROOMS_NS "'");
    write_attribute(text, "key", key);
    write_attribute(text, "room", room);
    write_attribute(text, "instance", instance);
    write_attribute(text, "to", to_nick);
    write_attribute(text, "name", sender);
    text_add_char(text, '>');
    write_content(text, "body", body);
    text_add(text, "</say>");
}

void rooms_open_say(struct text *text, const char *sender, const char *body)
{
    text_add(text, "<say xmlns='" ROOMS_NS "'");
    write_attribute(text, "name", sender);
    text_add_char(text, '>');
    write_content(text, "body", body);
}

void rooms_write_place(struct text *text, const char *key, const char *room)
{
    text_add(text, "<in");
    write_attribute(text, "key", key);
    write_attribute(text, "room", room);
    text_add(text, "/>");
}

void rooms_close_say(struct text *text)
{
    text_add(text, "</say>");
}

void rooms_write_end(struct text *text, const char *key, const char *room, const char *instance,
                     const char *reason)
{
    text_add(text, "<end xmlns='" ROOMS_NS "'");
    write_attribute(text, "key", key);
    write_attribute(text, "room", room);
    write_attribute(text, "instance", instance);
    text_add_char(text, '>');
    write_content(text, "reason", reason);
    text_add(text, "</end>");
}

/* What JavaScript's encodeURIComponent leaves as it is (ECMA-262 19.2.6.4), and brackets: real ones are put
 * there by Prosody for a tenant (mod_muc_domain_mapper), encoded ones are part of a name, and somebody's who
 * wants to be taken for a tenant's room. */
static bool is_left_plain(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("-_.!~*'()[]", byte));
}

/* The web client sends a room "Réunion" as encodeURIComponent of the name in NFKC and small letters, made
 * small again: r%c3%a9union. So only what that function encodes is decoded here: %73tandup is another room
 * than standup and must not be taken for it. What would not be UTF-8, or a control character, stays encoded.
 */
static size_t node_decode(char *node)
{
    char *out = node;
    for (const char *at = node; *at; at++) {
        int high = *at == '%' ? text_read_hex(at[1]) : -1;
        int low = high >= 0 ? text_read_hex(at[2]) : -1;
        unsigned char byte = low >= 0 ? (unsigned char)(high << 4 | low) : 0;
        if (byte >= 0x20 && byte != 0x7F && !is_left_plain(byte)) {
            *out++ = (char)byte;
            at += 2;
        } else {
            *out++ = *at;
        }
    }
    *out = 0;
    return (size_t)(out - node);
}

const char *rooms_node(struct arena *arena, const char *address)
{
    const char *at = strchr(address, '@');
    size_t size = at ? (size_t)(at - address) : strlen(address);
    char *node = text_lower(arena_dup_bytes(arena, address, size));
    char *decoded = arena_dup_bytes(arena, node, size);
    return text_is_utf8(decoded, node_decode(decoded)) ? decoded : node;
}
