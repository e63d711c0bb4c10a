#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 511 };

/* What an admin can do about a socket that cannot be had. */
static const char *advice(int failure, bool unix_socket)
{
    if (failure == EADDRINUSE)
        return "another program listens there: `ss -ltnp` shows which";
    if (failure == EADDRNOTAVAIL)
        return "this machine has no such address";
    if (failure == ENOENT)
        return "its folder is not there: that of the unit (RuntimeDirectory=jmb) is /run/jmb, any other is "
               "yours to make";
    if (failure == EACCES)
        return unix_socket ? "its folder must belong to jmbd's user"
                           : "ports below 1024 are root's: take a higher one";
    return NULL;
}

/* Closes what did not work and says why. */
static int listen_refuse(int fd, const char *address, const char *key, struct text *error)
{
    int failure = errno;
    const char *what_to_do = advice(failure, strncmp(address, "unix:", 5) == 0);
    text_addf(error, "%s: cannot listen on %s: %s%s%s", key, address, strerror(failure),
              what_to_do ? "; " : "", what_to_do ? what_to_do : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

static int listen_unix(const char *address, const char *key, unsigned mode, struct text *error)
{
    const char *path = address + strlen("unix:");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat there;
    if (strlen(path) >= sizeof name.sun_path) {
        text_addf(error, "%s: cannot listen on %s: the path is longer than %zu characters", key, address,
                  sizeof name.sun_path - 1);
        return -1;
    }
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (lstat(path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return listen_refuse(fd, address, key, error);
    mode_t before = umask(0777 & ~mode);
    int bound = bind(fd, (struct sockaddr *)&name, sizeof name);
    umask(before);
    if (bound < 0 || listen(fd, BACKLOG) < 0)
        return listen_refuse(fd, address, key, error);
    return fd;
}

/* "HOST:PORT" with an IPv6 host in brackets. False: it is none. */
static bool listen_parse(const char *address, struct sockaddr_storage *name, socklen_t *size)
{
    char host[INET6_ADDRSTRLEN] = "";
    bool bracket = address[0] == '[';
    const char *end = strrchr(address, ':');
    const char *from = address + bracket;
    size_t length = end ? (size_t)(end - from) - bracket : 0;
    char *rest;
    if (!end || end <= from || length == 0 || length >= sizeof host || (bracket && end[-1] != ']'))
        return false;
    memcpy(host, from, length);
    long port = strtol(end + 1, &rest, 10);
    if (!end[1] || *rest || port < 0 || port > 65535)
        return false;
    struct sockaddr_in *four = (struct sockaddr_in *)name;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)name;
    *size = bracket ? sizeof *six : sizeof *four;
    name->ss_family = bracket ? AF_INET6 : AF_INET;
    if (bracket)
        six->sin6_port = htons((uint16_t)port);
    else
        four->sin_port = htons((uint16_t)port);
    return inet_pton(name->ss_family, host, bracket ? (void *)&six->sin6_addr : (void *)&four->sin_addr) == 1;
}

static int listen_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } name = {.six = {0}};
    socklen_t size = sizeof name;
    if (getsockname(fd, &name.any, &size) < 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.six.sin6_port : name.four.sin_port);
}

int listen_open(const char *address, const char *key, unsigned mode, int *port, struct text *error)
{
    struct sockaddr_storage name = {0};
    socklen_t size;
    int on = 1;
    *port = 0;
    if (strncmp(address, "unix:", 5) == 0)
        return listen_unix(address, key, mode, error);
    if (!listen_parse(address, &name, &size)) {
        text_addf(error, "%s: cannot listen on %s: write ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", key,
                  address);
        return -1;
    }
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return listen_refuse(fd, address, key, error);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&name, size) < 0 || listen(fd, BACKLOG) < 0)
        return listen_refuse(fd, address, key, error);
    *port = listen_port(fd);
    return fd;
}
