#include "proto/model.h"

#include <string.h>

static const char *const role_words[] = {
    [ROLE_GUEST] = "guest", [ROLE_MODERATOR] = "moderator", [ROLE_ORGANISER] = "organiser", NULL};
static const char *const partstat_words[] = {[PARTSTAT_NEEDS_ACTION] = "needs-action",
                                             [PARTSTAT_ACCEPTED] = "accepted",
                                             [PARTSTAT_TENTATIVE] = "tentative",
                                             [PARTSTAT_DECLINED] = "declined",
                                             NULL};
static const char *const room_kind_words[] = {
    [ROOM_MAIN] = "main", [ROOM_BREAKOUT] = "breakout", [ROOM_LOBBY] = "lobby", NULL};

/* The index of `word` in `words`, -1 for none. */
static int word_index(const char *const *words, const char *word)
{
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

const char *role_word(enum role role)
{
    return role_words[role];
}

const char *partstat_word(enum partstat partstat)
{
    return partstat_words[partstat];
}

const char *room_kind_word(enum room_kind kind)
{
    return room_kind_words[kind];
}

bool role_read(const char *word, enum role *role)
{
    int index = word_index(role_words, word);
    if (index >= 0)
        *role = (enum role)index;
    return index >= 0;
}

bool partstat_read(const char *word, enum partstat *partstat)
{
    int index = word_index(partstat_words, word);
    if (index >= 0)
        *partstat = (enum partstat)index;
    return index >= 0;
}

bool room_kind_read(const char *word, enum room_kind *kind)
{
    int index = word_index(room_kind_words, word);
    if (index >= 0)
        *kind = (enum room_kind)index;
    return index >= 0;
}
