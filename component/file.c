#include "component/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_acceptable(int fd, const char *path, size_t most, enum file_kind kind, struct text *error)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        text_addf(error, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        text_addf(error, "%s: not a file", path);
    else if (kind == FILE_PRIVATE && (status.st_mode & S_IRWXO))
        text_addf(error, "%s: everybody on this machine can reach it (mode %04o): chmod 0640 %s", path,
                  (unsigned)(status.st_mode & 07777), path);
    else if ((size_t)status.st_size > most)
        text_addf(error, "%s: larger than %zu bytes", path, most);
    else
        return true;
    return false;
}

static bool read_all(int fd, const char *path, size_t most, struct text *bytes, struct text *error)
{
    char buffer[16384];
    size_t total = 0;
    ssize_t size = 0;
    while (total <= most && (size = read(fd, buffer, sizeof buffer)) > 0) {
        text_add_bytes(bytes, buffer, (size_t)size);
        total += (size_t)size;
    }
    if (size < 0)
        text_addf(error, "%s: %s", path, strerror(errno));
    else if (total > most)
        text_addf(error, "%s: larger than %zu bytes", path, most);
    return size >= 0 && total <= most;
}

bool file_read(const char *path, size_t most, enum file_kind kind, struct text *bytes, struct text *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a FIFO must not hold us */
    if (fd < 0) {
        if (errno == EACCES)
            text_addf(error, "%s: this user (uid %u) may not read it", path, (unsigned)geteuid());
        else
            text_addf(error, "%s: %s", path, strerror(errno));
        return false;
    }
    bool good = is_acceptable(fd, path, most, kind, error) && read_all(fd, path, most, bytes, error);
    close(fd);
    return good;
}
