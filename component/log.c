#include "component/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, KEYS_MAX = 64, KEY_MAX_BYTES = 48, RARELY_SECONDS = 60 };

/* What log_rarely remembers. When all places are taken, the one that was quiet longest is given up. */
static struct rare {
    char key[KEY_MAX_BYTES];
    time_t written;
    unsigned long left_out;
} rares[KEYS_MAX];

__attribute__((format(printf, 3, 0))) static void write_line(int priority, unsigned long left_out,
                                                             const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    int size = vsnprintf(line, sizeof line, format, arguments);
    if (size < 0)
        return;
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = ' ';
    char before[8] = "", after[64] = "";
    if (!isatty(STDERR_FILENO))
        snprintf(before, sizeof before, "<%d>", priority & 7);
    if (left_out)
        snprintf(after, sizeof after, " (and %lu more like this)", left_out);
    fprintf(stderr, "%s%s%s\n", before, line, after);
}

void log_line(int priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(priority, 0, format, arguments);
    va_end(arguments);
}

static struct rare *find_rare(const char *key)
{
    struct rare *oldest = &rares[0];
    for (struct rare *rare = rares; rare < rares + KEYS_MAX; rare++) {
        if (strncmp(rare->key, key, KEY_MAX_BYTES - 1) == 0)
            return rare;
        if (rare->written < oldest->written)
            oldest = rare;
    }
    *oldest = (struct rare){0};
    snprintf(oldest->key, sizeof oldest->key, "%s", key);
    return oldest;
}

void log_rarely(const char *key, int priority, const char *format, ...)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* how long people must read, not what time it is */
    struct rare *rare = find_rare(key);
    if (rare->written && now.tv_sec - rare->written < RARELY_SECONDS) {
        rare->left_out++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    write_line(priority, rare->left_out, format, arguments);
    va_end(arguments);
    rare->written = now.tv_sec ? now.tv_sec : 1;
    rare->left_out = 0;
}
