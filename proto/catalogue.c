#include "proto/catalogue.h"

#include "proto/arena.h"
#include "proto/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MO_MAGIC = (int)0x950412de, MO_HEADER_SIZE = 28, LANGUAGE_MAX = 35 /* RFC 5646 4.4.1 */ };

enum plural { PLURAL_NOT_ONE /* n != 1: English */, PLURAL_OVER_ONE /* n > 1: French */, PLURAL_NONE };

struct entry {
    const char *key; /* context, \004, text; a plural's second English form stands behind the 0 */
    const char *translation;
    size_t size; /* of the translation, its plural forms separated by 0 */
};

struct catalogue {
    char language[LANGUAGE_MAX + 1];
    enum plural plural;
    size_t count;
    struct entry *entries; /* ascending by key, as msgfmt sorts them */
};

struct catalogues {
    size_t count;
    struct catalogue **list; /* English first, then by name */
};

struct mo {
    const unsigned char *bytes;
    size_t size;
    bool big_endian; /* msgfmt writes either byte order */
};

static uint32_t mo_number(const struct mo *mo, size_t offset)
{
    const unsigned char *at = mo->bytes + offset;
    return mo->big_endian ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                          : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* The string that the pair (length, offset) at `offset` describes, or NULL when it is not one of valid UTF-8
 * within the file, closed by a 0. */
static const char *mo_string(const struct mo *mo, size_t offset, size_t *size)
{
    size_t length = mo_number(mo, offset), start = mo_number(mo, offset + 4);
    if (start >= mo->size || length >= mo->size - start || mo->bytes[start + length] != 0)
        return NULL;
    const char *string = (const char *)mo->bytes + start;
    for (size_t at = 0; at < length; at += strlen(string + at) + 1)
        if (!text_is_utf8(string + at, strlen(string + at)))
            return NULL;
    *size = length;
    return string;
}

/* How many strings stand in `size` bytes, separated by 0. */
static size_t forms_count(const char *string, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += string[i] == 0;
    return count;
}

/* Copies the value of a header field without spaces; false when there is no such field, or no room. */
static bool header_value(const char *header, const char *name, char *value, size_t room)
{
    size_t length = strlen(name);
    while (strncmp(header, name, length) != 0) {
        header = strchr(header, '\n');
        if (!header)
            return false;
        header++;
    }
    for (header += length; *header && *header != '\n'; header++) {
        if (isspace((unsigned char)*header))
            continue;
        if (room < 2)
            return false;
        *value++ = *header;
        room--;
    }
    *value = 0;
    return true;
}

/* The formulas of the languages that we have or may soon have; another one is added here with its language.
 */
static bool plural_read(const char *header, enum plural *plural)
{
    static const struct {
        const char *formula;
        enum plural plural;
    } known[] = {
        {"nplurals=2;plural=(n!=1)", PLURAL_NOT_ONE}, {"nplurals=2;plural=n!=1", PLURAL_NOT_ONE},
        {"nplurals=2;plural=(n>1)", PLURAL_OVER_ONE}, {"nplurals=2;plural=n>1", PLURAL_OVER_ONE},
        {"nplurals=1;plural=0", PLURAL_NONE},         {"nplurals=1;plural=(0)", PLURAL_NONE},
    };
    char value[64];
    if (!header_value(header, "Plural-Forms:", value, sizeof value))
        return false;
    size_t length = strlen(value);
    if (length && value[length - 1] == ';')
        value[length - 1] = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(value, known[i].formula) == 0) {
            *plural = known[i].plural;
            return true;
        }
    return false;
}

static size_t plural_forms(enum plural plural)
{
    return plural == PLURAL_NONE ? 1 : 2;
}

static size_t plural_form(enum plural plural, unsigned long count)
{
    switch (plural) {
    case PLURAL_NOT_ONE:
        return count != 1;
    case PLURAL_OVER_ONE:
        return count > 1;
    default:
        return 0;
    }
}

/* The header is the translation of the empty text, which sorts first. */
static bool header_read(struct catalogue *catalogue, const char *key, const char *header)
{
    char type[64];
    return *key == 0 && header_value(header, "Content-Type:", type, sizeof type) &&
           text_equal_nocase(type, "text/plain;charset=UTF-8") && plural_read(header, &catalogue->plural);
}

static bool entries_read(struct catalogue *catalogue, const struct mo *mo, size_t keys, size_t translations)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        struct entry *entry = &catalogue->entries[i];
        size_t key_size = 0;
        entry->key = mo_string(mo, keys + i * 8, &key_size);
        entry->translation = mo_string(mo, translations + i * 8, &entry->size);
        if (!entry->key || !entry->translation)
            return false;
        if (i == 0 ? !header_read(catalogue, entry->key, entry->translation)
                   : strcmp(entry[-1].key, entry->key) >= 0)
            return false;
        size_t forms = forms_count(entry->key, key_size) > 1 ? plural_forms(catalogue->plural) : 1;
        if (forms_count(entry->translation, entry->size) != forms)
            return false;
    }
    return true;
}

/* GNU gettext manual 10.3, The Format of GNU MO Files; revision 0 only: the others have system dependent
 * strings, which our texts never hold. */
static bool catalogue_read(struct catalogue *catalogue, struct mo *mo)
{
    if (mo->size < MO_HEADER_SIZE)
        return false;
    mo->big_endian = mo_number(mo, 0) != (uint32_t)MO_MAGIC;
    if (mo_number(mo, 0) != (uint32_t)MO_MAGIC || mo_number(mo, 4) != 0)
        return false;
    size_t count = mo_number(mo, 8), keys = mo_number(mo, 12), translations = mo_number(mo, 16);
    if (count == 0 || count > mo->size / 8 || keys > mo->size - count * 8 ||
        translations > mo->size - count * 8)
        return false;
    catalogue->count = count;
    catalogue->entries = mem_alloc(count * sizeof *catalogue->entries);
    return entries_read(catalogue, mo, keys, translations);
}

static void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->entries);
    free(catalogue);
}

/* A language tag in one form: small letters, '-' between subtags (files are called pt_BR). False when it is
 * none. */
static bool language_read(char language[LANGUAGE_MAX + 1], const char *tag, size_t size)
{
    if (size == 0 || size > LANGUAGE_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        char byte = tag[i] == '_' ? '-' : tag[i];
        if (byte != '-' && !isalnum((unsigned char)byte))
            return false;
        language[i] = byte;
    }
    language[size] = 0;
    text_lower(language);
    return true;
}

struct catalogues *catalogues_new(void)
{
    struct catalogues *catalogues = mem_alloc(sizeof *catalogues);
    catalogues->list = mem_alloc(sizeof(struct catalogue *));
    catalogues->list[0] = mem_alloc(sizeof **catalogues->list);
    memcpy(catalogues->list[0]->language, "en", 3);
    catalogues->count = 1;
    return catalogues;
}

static void catalogues_insert(struct catalogues *catalogues, struct catalogue *catalogue)
{
    size_t at = 0;
    while (at < catalogues->count && strcmp(catalogues->list[at]->language, catalogue->language) != 0)
        at++;
    if (at < catalogues->count) { /* the later one wins */
        catalogue_free(catalogues->list[at]);
        catalogues->list[at] = catalogue;
        return;
    }
    catalogues->list = mem_resize(catalogues->list, (at + 1) * sizeof(struct catalogue *));
    while (at > 1 && strcmp(catalogues->list[at - 1]->language, catalogue->language) > 0) {
        catalogues->list[at] = catalogues->list[at - 1];
        at--;
    }
    catalogues->list[at] = catalogue;
    catalogues->count++;
}

int catalogues_add(struct catalogues *catalogues, const char *language, const void *bytes, size_t size)
{
    struct mo mo = {.bytes = bytes, .size = size};
    struct catalogue *catalogue = mem_alloc(sizeof *catalogue);
    if (!language_read(catalogue->language, language, strlen(language)) || !catalogue_read(catalogue, &mo)) {
        catalogue_free(catalogue);
        return -1;
    }
    catalogues_insert(catalogues, catalogue);
    return 1;
}

/* Cuts the last subtag, and a single letter or digit before it (RFC 4647 3.4). */
static void language_shorten(char *language)
{
    char *dash = strrchr(language, '-');
    if (dash && dash - language >= 2 && dash[-2] == '-')
        dash -= 2;
    if (dash)
        *dash = 0;
    else
        *language = 0;
}

static const struct catalogue *catalogues_lookup(const struct catalogues *catalogues, const char *tag,
                                                 size_t size)
{
    char language[LANGUAGE_MAX + 1];
    if (!language_read(language, tag, size))
        return NULL;
    for (; *language; language_shorten(language))
        for (size_t i = 0; i < catalogues->count; i++)
            if (strcmp(catalogues->list[i]->language, language) == 0)
                return catalogues->list[i];
    return NULL;
}

const struct catalogue *catalogues_find(const struct catalogues *catalogues, const char *language)
{
    const struct catalogue *found =
        language ? catalogues_lookup(catalogues, language, strlen(language)) : NULL;
    return found ? found : catalogues->list[0];
}

/* Thousandths of a weight (RFC 9110 12.4.2) in the parameters of one language range; 1000 when it has none.
 */
static int weight_read(const char *at, const char *end)
{
    while (at < end && (*at == ';' || *at == ' ' || *at == '\t'))
        at++;
    if (end - at < 3 || (*at != 'q' && *at != 'Q') || at[1] != '=')
        return at < end ? 0 : 1000;
    at += 2;
    int weight = *at == '1' ? 1000 : 0, digit = 100;
    if (*at != '0' && *at != '1')
        return 0;
    for (at += at + 1 < end && at[1] == '.' ? 2 : 1; at < end && *at >= '0' && *at <= '9' && digit;
         at++, digit /= 10)
        weight += (*at - '0') * digit;
    return weight > 1000 ? 1000 : weight;
}

const struct catalogue *catalogues_negotiate(const struct catalogues *catalogues, const char *field,
                                             const struct catalogue *otherwise)
{
    const struct catalogue *best = otherwise;
    int best_weight = 0;
    while (field && *field) {
        field += strspn(field, ", \t");
        const char *end = field + strcspn(field, ",");
        size_t size = strcspn(field, "; \t,");
        int weight = weight_read(field + size, end);
        const struct catalogue *found =
            weight > best_weight ? catalogues_lookup(catalogues, field, size) : NULL;
        if (found) {
            best = found;
            best_weight = weight;
        }
        field = end;
    }
    return best;
}

void catalogues_each(const struct catalogues *catalogues,
                     void (*each)(const struct catalogue *catalogue, void *context), void *context)
{
    for (size_t i = 0; i < catalogues->count; i++)
        each(catalogues->list[i], context);
}

void catalogues_free(struct catalogues *catalogues)
{
    if (!catalogues)
        return;
    for (size_t i = 0; i < catalogues->count; i++)
        catalogue_free(catalogues->list[i]);
    free(catalogues->list);
    free(catalogues);
}

const char *catalogue_language(const struct catalogue *catalogue)
{
    return catalogue->language;
}

/* As strcmp with the key that context and text make. */
static int key_compare(const char *key, const char *context, const char *text)
{
    if (context) {
        size_t size = strlen(context);
        int order = strncmp(context, key, size);
        if (order)
            return order;
        if (key[size] != '\004')
            return '\004' - (unsigned char)key[size];
        key += size + 1;
    }
    return strcmp(text, key);
}

static const struct entry *catalogue_find(const struct catalogue *catalogue, const char *context,
                                          const char *text)
{
    size_t low = 0, high = *text ? catalogue->count : 0; /* the empty text is the file's header */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = key_compare(catalogue->entries[middle].key, context, text);
        if (order == 0)
            return *catalogue->entries[middle].translation ? &catalogue->entries[middle] : NULL;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *catalogue_text(const struct catalogue *catalogue, const char *text)
{
    const struct entry *entry = catalogue_find(catalogue, NULL, text);
    return entry ? entry->translation : text;
}

const char *catalogue_context(const struct catalogue *catalogue, const char *context, const char *text)
{
    const struct entry *entry = catalogue_find(catalogue, context, text);
    return entry ? entry->translation : text;
}

const char *catalogue_plural(const struct catalogue *catalogue, const char *one, const char *many, long count)
{
    unsigned long number = count < 0 ? 0UL - (unsigned long)count : (unsigned long)count;
    const struct entry *entry = catalogue_find(catalogue, NULL, one);
    size_t form = entry ? plural_form(catalogue->plural, number) : 0;
    if (!entry)
        return number == 1 ? one : many;
    const char *translation = entry->translation;
    for (; form; form--) {
        const char *next = translation + strlen(translation) + 1;
        if (next > entry->translation + entry->size)
            break; /* an entry that has one form only, since its text is used without a plural too */
        translation = next;
    }
    return translation;
}
