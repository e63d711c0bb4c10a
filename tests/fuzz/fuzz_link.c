/* Links and key files: the bytes are read as both, and as one made of the other. */
#include "proto/arena.h"
#include "proto/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A link that stands by itself is hidden among whatever words, and hiding again changes nothing. */
static void hide(const struct link_keys *keys, const char *words, struct link_id id)
{
    char link[LINK_SIZE + 1], alone[LINK_SIZE + 3];
    struct text text = {0}, hidden = {0}, again = {0};
    link_write(keys, LINK_JOIN, &id, link);
    snprintf(alone, sizeof alone, "/%s ", link);
    text_addf(&text, "%s%s%s", words, alone, words);
    link_hide(keys, text_string(&text), &hidden);
    link_hide(keys, text_string(&hidden), &again);
    if (strcmp(text_string(&hidden), text_string(&again)) != 0 || strstr(text_string(&hidden), alone))
        abort();
    text_free(&text), text_free(&hidden), text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct link_keys known = {1, {{1, 2, 3}}};
    struct arena arena = {0};
    struct link_keys keys;
    struct link_id id = {{0}}, again = {{0}};
    int line = -1;
    int result = link_keys_read(&keys, (const char *)data, size, &line);
    if ((result == 0) != (keys.count > 0 && line == 0) || keys.count > LINK_KEYS_MAX)
        abort();
    if (link_read(&known, LINK_JOIN, arena_dup_bytes(&arena, data, size), &id)) {
        char link[LINK_SIZE + 1];
        link_write(&known, LINK_JOIN, &id, link);
        if (memcmp(link, data, LINK_SIZE) != 0) /* one text for one link */
            abort();
    }
    if (result == 0 && size >= LINK_ID_SIZE) {
        char link[LINK_SIZE + 1];
        memcpy(id.bytes, data, LINK_ID_SIZE);
        link_write(&keys, LINK_FEED, &id, link);
        if (!link_read(&keys, LINK_FEED, link, &again) || memcmp(&id, &again, sizeof id) != 0 ||
            link_read(&keys, LINK_JOIN, link, &again))
            abort();
    }
    hide(&known, arena_dup_bytes(&arena, data, size), id);
    arena_free(&arena);
    return 0;
}
