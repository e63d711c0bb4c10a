/* The files that the configuration names: secrets and link keys. They are somebody's keys, so they must not
 * be readable by everybody. */
#include "component/conf_parts.h"
#include "component/file.h"

#include <string.h>

enum { SECRET_FILE_MAX = 4096 };

/* A command that makes a file of one key; of one line each, so that it can be copied. */
#define MAKE_KEY "head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > %s; chmod 0640 %s; chown root:jmb %s"

static bool read_private(struct arena *arena, const char *path, struct text *bytes, const char **wrong)
{
    struct text why = {0};
    bool read = file_read(path, SECRET_FILE_MAX, FILE_PRIVATE, bytes, &why);
    if (!read)
        *wrong = arena_dup(arena, text_string(&why));
    text_free(&why);
    return read;
}

bool conf_read_secret(struct arena *arena, const char *path, const char **secret, size_t *size,
                      const char **wrong)
{
    struct text bytes = {0};
    bool good = read_private(arena, path, &bytes, wrong);
    size_t length = good ? strcspn(text_string(&bytes), "\r\n") : 0;
    if (good && length == 0) {
        *wrong = arena_printf(arena, "%s: its first line is empty: the secret belongs there", path);
        good = false;
    } else if (good && (memchr(bytes.data, 0, bytes.size) ||
                        bytes.data[length + strspn(bytes.data + length, "\r\n")])) {
        *wrong = arena_printf(arena, "%s: there is more than one line; the secret must stand alone", path);
        good = false;
    }
    if (good) {
        *secret = arena_dup_bytes(arena, bytes.data, length);
        *size = length;
    }
    text_free(&bytes);
    return good;
}

bool conf_read_keys(struct arena *arena, const char *path, struct link_keys *keys, const char **wrong)
{
    struct text bytes = {0};
    int line = 0;
    bool good = read_private(arena, path, &bytes, wrong);
    if (!good) {
        *wrong =
            arena_printf(arena, "%s. The key signs all links; when there is none yet, make one: " MAKE_KEY,
                         *wrong, path, path, path);
    } else if (link_keys_read(keys, text_string(&bytes), bytes.size, &line) < 0) {
        good = false;
        *wrong =
            line ? arena_printf(
                       arena,
                       "%s:%d: a key is 64 hexadecimal digits alone on its line, and there are at most %d",
                       path, line, LINK_KEYS_MAX)
                 : arena_printf(arena, "%s: there is no key in it; make one: " MAKE_KEY, path, path, path,
                                path);
    }
    text_free(&bytes);
    return good;
}
