#include "sql/holder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The byte of PATH-shm that a writer locks (SQLite's WAL_WRITE_LOCK, walformat.html 2.3.1). */
#define WRITE_LOCK "120"

/* A line of /proc/locks: 1: POSIX ADVISORY WRITE pid major:minor:inode start end */
enum { KIND = 3, PID, INODE, START, WORDS };

/* Cuts the line into its words; false: it has too few. */
static bool cut(char *line, char *words[WORDS])
{
    char *rest = line;
    for (size_t i = 0; i < WORDS; i++)
        if (!(words[i] = strtok_r(i ? NULL : line, " \n", &rest)))
            return false;
    return true;
}

/* The process that has that byte of the file with this inode; 0: none but us. */
static long find_locker(FILE *locks, ino_t inode)
{
    char line[256], *words[WORDS];
    while (fgets(line, sizeof line, locks)) {
        if (!cut(line, words) || strcmp(words[KIND], "WRITE") != 0 || strcmp(words[START], WRITE_LOCK) != 0)
            continue;
        const char *colon = strrchr(words[INODE], ':');
        long pid = strtol(words[PID], NULL, 10);
        if (colon && strtoull(colon + 1, NULL, 10) == inode && pid > 0 && pid != getpid())
            return pid;
    }
    return 0;
}

static void add_process(struct text *text, long pid)
{
    char path[48], name[32] = "";
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *file = fopen(path, "re");
    if (file && fgets(name, sizeof name, file))
        name[strcspn(name, "\n")] = 0;
    if (file)
        fclose(file);
    text_addf(text, "%s%spid %ld", name, *name ? ", " : "", pid);
}

void holder_add(struct text *text, const char *path)
{
    struct text shm = {0};
    struct stat there;
    text_addf(&shm, "%s-shm", path);
    FILE *locks = stat(text_string(&shm), &there) == 0 ? fopen("/proc/locks", "re") : NULL;
    long pid = locks ? find_locker(locks, there.st_ino) : 0;
    if (locks)
        fclose(locks);
    if (pid)
        add_process(text, pid);
    text_free(&shm);
}
