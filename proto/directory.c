#include "proto/directory.h"

#include "proto/addresses.h"
#include "proto/header_value.h"
#include "proto/text.h"

#include <fnmatch.h>
#include <string.h>

const struct directory_map directory_usual = {
    .uid = "uid,supannaliaslogin,samaccountname",
    .mail = "mail,email,e-mail",
    .aliases = "aliases,alias,mailalternateaddress,supannautremail,mailalias,maillocaladdress,proxyaddresses",
    .name = "displayname,name,cn",
    .given_name = "givenname,firstname",
    .surname = "sn,surname,lastname",
    .language = "preferredlanguage,language",
};

void entry_add(struct entry *entry, struct arena *arena, const char *name, const char *value)
{
    entry->values = arena_grow(arena, entry->values, entry->count, &entry->room, sizeof *entry->values);
    entry->values[entry->count++] = (struct entry_value){name, value};
}

/* Without regard to case, hyphens and underscores; `size` is of `b`. */
static bool is_name(const char *a, const char *b, size_t size)
{
    const char *end = b + size;
    for (;;) {
        a += strspn(a, "-_");
        while (b < end && (*b == '-' || *b == '_'))
            b++;
        if (!*a || b == end)
            return !*a && b == end;
        char letter = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if ((*a >= 'A' && *a <= 'Z' ? *a + 32 : *a) != letter)
            return false;
        a++, b++;
    }
}

/* Calls with each value of the attributes of a list, in the order of the list; false ends it. */
static void each_value(const struct entry *entry, const char *names,
                       bool (*each)(const char *value, void *context), void *context)
{
    while (names && *names) {
        size_t size = strcspn(names, ",");
        for (size_t i = 0; i < entry->count; i++)
            if (is_name(entry->values[i].name, names, size) && *entry->values[i].value &&
                !each(entry->values[i].value, context))
                return;
        names += size + (names[size] == ',');
    }
}

static bool take_first(const char *value, void *context)
{
    *(const char **)context = value;
    return false;
}

static const char *first_of(const struct entry *entry, const char *names)
{
    const char *value = NULL;
    each_value(entry, names, take_first, &value);
    return value;
}

const char *entry_get(const struct entry *entry, const char *name)
{
    return first_of(entry, name);
}

/* Addresses as they come: the main one first. */
struct mails {
    struct arena *arena;
    struct directory_person *person;
    size_t room;
};

static void mails_add_one(struct mails *mails, const char *mail)
{
    struct directory_person *person = mails->person;
    if (!person->mail)
        person->mail = mail;
    if (text_equal_nocase(person->mail, mail))
        return;
    for (size_t i = 0; i < person->alias_count; i++)
        if (text_equal_nocase(person->aliases[i], mail))
            return;
    person->aliases =
        arena_grow(mails->arena, person->aliases, person->alias_count, &mails->room, sizeof *person->aliases);
    person->aliases[person->alias_count++] = mail;
}

/* A value of a mail attribute: one address, or several in a column; Active Directory's smtp: in front, and
 * what is of another kind there (x400:, sip:) is none. */
static bool mails_add(const char *value, void *context)
{
    struct mails *mails = context;
    const char *colon = strchr(value, ':');
    if (colon && strncasecmp(value, "smtp:", 5) != 0)
        return true;
    struct addresses addresses;
    addresses_read(&addresses, mails->arena, colon ? colon + 1 : value);
    for (size_t i = 0; i < addresses.count; i++)
        mails_add_one(mails, addresses.list[i].mail);
    return true;
}

static const char *read_name(struct arena *arena, const struct entry *entry, const struct directory_map *map)
{
    const char *name = first_of(entry, "displayname"), *given = first_of(entry, map->given_name);
    const char *surname = first_of(entry, map->surname);
    if (!name && given && surname && map->name == directory_usual.name)
        name = arena_printf(arena, "%s %s", given, surname);
    if (!name || map->name != directory_usual.name)
        name = first_of(entry, map->name) ? first_of(entry, map->name) : name;
    return name ? header_value_read(arena, name) : NULL;
}

/* "fr", "fr-FR", "fr, en;q=0.8": the first. */
static const char *read_language(struct arena *arena, const char *value)
{
    size_t size = 0;
    while (value && ((value[size] | 32) >= 'a' && (value[size] | 32) <= 'z'))
        size++;
    return size == 2 || size == 3 ? text_lower(arena_dup_bytes(arena, value, size)) : NULL;
}

struct filter {
    const char *pattern;
    bool fits;
};

static bool filter_try(const char *value, void *context)
{
    struct filter *filter = context;
    filter->fits = fnmatch(filter->pattern, value, FNM_CASEFOLD) == 0;
    return !filter->fits;
}

static bool read_may_book(struct arena *arena, const struct entry *entry, const char *const *patterns)
{
    static const char *const no[] = {"no", "n", "0", "false", "non"};
    const char *said = patterns ? NULL : first_of(entry, "maybook");
    for (size_t i = 0; said && i < sizeof no / sizeof *no; i++)
        if (text_equal_nocase(said, no[i]))
            return false;
    for (; patterns && *patterns; patterns++) {
        size_t size = strcspn(*patterns, "=");
        struct filter filter = {*patterns + size + ((*patterns)[size] == '='), false};
        each_value(entry, arena_dup_bytes(arena, *patterns, size), filter_try, &filter);
        if (filter.fits)
            return true;
    }
    return !patterns;
}

const char *directory_read(struct directory_person *person, struct arena *arena, const struct entry *entry,
                           const struct directory_map *map)
{
    struct mails mails = {arena, person, 0};
    *person = (struct directory_person){0};
    const char *typed = first_of(entry, map->mail);
    each_value(entry, map->mail, mails_add, &mails);
    if (!person->mail)
        return typed ? arena_printf(arena, "'%s' is no mail address", typed) : "";
    each_value(entry, map->aliases, mails_add, &mails);
    person->uid = first_of(entry, map->uid);
    person->name = read_name(arena, entry, map);
    person->language = read_language(arena, first_of(entry, map->language));
    person->may_book = read_may_book(arena, entry, map->may_book);
    return NULL;
}
