/* How a value of each type gets into struct conf. */
#include "component/conf_parts.h"
#include "component/conf_values.h"
#include "proto/addresses.h"

#include <string.h>

/* A value on its way. */
struct setting {
    const struct conf_key *key;
    struct arena *arena;
    const char *value;
    void *place;
    const char **wrong;
};

static bool set_string(const struct setting *s)
{
    if (s->key->check && !s->key->check(s->arena, s->value, s->wrong))
        return false;
    *(const char **)s->place = s->value;
    return true;
}

static bool set_url(const struct setting *s)
{
    size_t size = strlen(s->value);
    while (size && s->value[size - 1] == '/')
        size--;
    const char *bare = arena_dup_bytes(s->arena, s->value, size);
    if (!s->key->check(s->arena, bare, s->wrong))
        return false;
    *(const char **)s->place = s->key->least ? arena_printf(s->arena, "%s/", bare) : bare;
    return true;
}

static bool set_mail(const struct setting *s)
{
    if (!value_is_mail(s->arena, s->value, s->wrong))
        return false;
    *(const char **)s->place = address_read_one(s->arena, s->value);
    return true;
}

static bool set_choice(const struct setting *s)
{
    int index = 0;
    if (!value_read_choice(&index, s->arena, s->value, s->key->choices, s->wrong))
        return false;
    if (s->key->type == CONF_WORD)
        *(const char **)s->place = s->value;
    else if (s->key->type == CONF_EITHER)
        *(bool *)s->place = index == 1;
    else
        memcpy(s->place, &index, sizeof index);
    return true;
}

static bool set_list(const struct setting *s, const char *what,
                     bool (*is_good)(struct arena *arena, const char *value, const char **wrong))
{
    size_t count = 0, there = 0;
    const char **pieces = value_split(s->arena, s->value, &count), **list = s->place;
    while (list[there])
        there++;
    if (there + count > CONF_LIST_MAX) {
        *s->wrong =
            arena_printf(s->arena, "%zu %s; at most %d are allowed", there + count, what, CONF_LIST_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_good(s->arena, pieces[i], s->wrong))
            return false;
        list[there++] = text_lower(arena_dup(s->arena, pieces[i]));
    }
    return true;
}

static bool set_domains(const struct setting *s)
{
    return set_list(s, "domains", value_is_domain);
}

static bool set_mails(const struct setting *s)
{
    return set_list(s, "addresses", value_is_mail);
}

static bool set_networks(const struct setting *s)
{
    return set_list(s, "addresses", value_is_network);
}

/* The list is ended by -1 from the start. */
static bool set_reminders(const struct setting *s)
{
    size_t count = 0, there = 0;
    const char **pieces = value_split(s->arena, s->value, &count);
    int *list = s->place;
    while (list[there] >= 0)
        there++;
    if (count == 1 && strcmp(pieces[0], "none") == 0)
        count = 0;
    if (there + count >= REMINDERS_MAX) {
        *s->wrong =
            arena_printf(s->arena, "%zu reminders; at most %d are allowed", there + count, REMINDERS_MAX - 1);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int seconds = 0;
        if (!value_read_duration(&seconds, s->arena, pieces[i], s->key->least, s->key->most, s->wrong))
            return false;
        for (size_t j = 0; j < there; j++) {
            if (list[j] != seconds)
                continue;
            *s->wrong = arena_printf(s->arena, "'%s' is there twice", pieces[i]);
            return false;
        }
        list[there++] = seconds;
        list[there] = -1;
    }
    return true;
}

static bool set_flag(const struct setting *s)
{
    return value_read_bool(s->place, s->arena, s->value, s->wrong);
}

static bool set_number(const struct setting *s)
{
    return value_read_number(s->place, s->arena, s->value, s->key->least, s->key->most, s->wrong);
}

static bool set_duration(const struct setting *s)
{
    return value_read_duration(s->place, s->arena, s->value, s->key->least, s->key->most, s->wrong);
}

static bool (*const setters[])(const struct setting *) = {
    [CONF_STRING] = set_string,      [CONF_URL] = set_url,           [CONF_MAIL] = set_mail,
    [CONF_FLAG] = set_flag,          [CONF_EITHER] = set_choice,     [CONF_NUMBER] = set_number,
    [CONF_CHOICE] = set_choice,      [CONF_DURATION] = set_duration, [CONF_WORD] = set_choice,
    [CONF_DOMAINS] = set_domains,    [CONF_MAILS] = set_mails,       [CONF_NETWORKS] = set_networks,
    [CONF_REMINDERS] = set_reminders};

bool conf_key_set(struct conf *conf, int prosody, const struct conf_key *key, const char *value,
                  const char **wrong)
{
    char *base = conf_key_is_prosody(key) ? (char *)&conf->prosody[prosody] : (char *)conf;
    const struct setting setting = {key, &conf->arena, value, base + key->offset, wrong};
    return setters[key->type](&setting);
}
