#include "proto/ldif.h"

#include "proto/decode.h"
#include "proto/text.h"

#include <string.h>

#define LDAPSEARCH_HEAD "# extended LDIF"

/* The next line with what is wrapped behind it (RFC 2849 note 2), without line ends; NULL at the end. */
static char *next_line(struct ldif *ldif, struct arena *arena, size_t *size)
{
    if (ldif->at >= ldif->end)
        return NULL;
    const char *from = ldif->at, *at = from;
    /* first how long it is at most, then its bytes */
    do {
        const char *stop = memchr(at, '\n', (size_t)(ldif->end - at));
        at = stop ? stop + 1 : ldif->end;
    } while (at < ldif->end && *at == ' ');
    char *line = arena_alloc(arena, (size_t)(at - from) + 1), *out = line;
    while (from < at) {
        const char *stop = memchr(from, '\n', (size_t)(at - from));
        const char *end = stop ? stop : at;
        size_t length = (size_t)(end - from);
        if (length && from[length - 1] == '\r')
            length--;
        memcpy(out, from, length);
        out += length;
        ldif->line++;
        from = stop ? stop + 1 : at;
        from += from < at && *from == ' ';
    }
    ldif->at = at;
    *size = (size_t)(out - line);
    return line;
}

/* "name: value", "name:: base64", "name:< url" into the entry; what is wrong, or NULL. */
static const char *add_line(struct entry *entry, struct arena *arena, char *line, size_t size)
{
    char *colon = memchr(line, ':', size);
    if (!colon || colon == line)
        return arena_printf(arena, "'%.60s' is neither a value (name: value) nor a comment", line);
    *colon = 0;
    const char *value = colon + 1, *end = line + size;
    char kind = *value;
    value += kind == ':' || kind == '<';
    while (value < end && *value == ' ')
        value++;
    line[strcspn(line, ";")] = 0;
    size_t length = (size_t)(end - value);
    if (kind == '<')
        return NULL; /* a file somewhere else: none of ours to open */
    if (kind == ':') {
        if (value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")])
            return arena_printf(arena, "the value of %s is no base64", line);
        char *decoded = arena_alloc(arena, length + 1);
        length = decode_base64(value, length, decoded);
        value = decoded;
    }
    if (text_is_utf8(value, length) && !memchr(value, 0, length))
        entry_add(entry, arena, text_lower(line), value);
    return NULL;
}

/* ldapsearch ends each page with "search: 2", "result: 0 Success", and where there are pages "pagedresults:
 * cookie=", which names the next one; "version: 1" stands in front. */
static bool is_entry(struct ldif *ldif, const struct entry *entry)
{
    const char *result = entry_get(entry, "result"), *cookie = entry_get(entry, "pagedresults");
    if (!entry->count || entry_get(entry, "dn"))
        return entry->count;
    if (result && *result != '0')
        ldif->unfinished = result;
    if (result)
        ldif->searching = cookie && strcmp(cookie, "cookie=") != 0;
    return !result && !entry_get(entry, "version") && !entry_get(entry, "search") && !entry_get(entry, "ref");
}

static int end(struct ldif *ldif)
{
    if (ldif->searching && !ldif->unfinished)
        ldif->unfinished = "ldapsearch was cut off";
    return 0;
}

int ldif_next(struct ldif *ldif, struct arena *arena, struct entry *entry, const char **wrong)
{
    size_t size;
    char *line;
    for (;;) {
        *entry = (struct entry){.line = ldif->line + 1};
        *wrong = NULL;
        while ((line = next_line(ldif, arena, &size)) && size) {
            if (*line == '#') {
                ldif->searching |= strcmp(line, LDAPSEARCH_HEAD) == 0;
                entry->line = entry->count ? entry->line : ldif->line + 1;
                continue;
            }
            /* "version: 1" may stand right before the first entry. */
            if (entry->count == 1 && strcmp(entry->values[0].name, "version") == 0)
                entry->count = 0;
            const char *fault = add_line(entry, arena, line, size);
            *wrong = *wrong ? *wrong : fault;
        }
        if (!line && ldif->searching && !entry_get(entry, "result"))
            return end(ldif); /* what was read last may be half of an entry */
        const char *change = entry_get(entry, "changetype");
        if (!*wrong && change && !text_equal_nocase(change, "add"))
            *wrong = "it is a change (changetype), not an entry; export entries";
        if (*wrong)
            return -1;
        if (is_entry(ldif, entry)) {
            if (entry_get(entry, "dn"))
                return 1;
            *wrong = "an entry begins with 'dn:'";
            return -1;
        }
        if (!line)
            return end(ldif);
    }
}
