/* Feeds a fuzz target the files of its corpus, one test each: what a fuzzer once found stays found, with any
 * compiler. replay FOLDER */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    /* An exact copy on the heap, so that a byte read past the end is seen. */
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size ? size : 1);
    size_t got = data ? fread(data, 1, size, file) : 0;
    fclose(file);
    if (data && got == size)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    return data && got == size ? 0 : -1;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER (a corpus)\n", arguments[0]);
        return 2;
    }
    int number = 0, bad = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", arguments[1], entry->d_name);
        int failed = replay(path) != 0;
        bad += failed;
        printf("%s %d - %s\n", failed ? "not ok" : "ok", ++number, path);
        fflush(stdout);
    }
    closedir(folder);
    return bad || !number;
}
