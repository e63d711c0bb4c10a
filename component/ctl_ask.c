/* One request of jmbctl to the running jmbd, and what to say when there is no good answer. */
#include "component/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum { ANSWER_WAIT = 30 /* seconds */, ANSWER_MAX = 4 << 20 };

/* Why the socket cannot be reached, and what to do about it. */
static int connect_error(const char *path, int failure, struct text *error)
{
    switch (failure) {
    case ENOENT:
        text_addf(error, "there is no %s: jmbd is not running, or its [http] admin_socket is elsewhere (-s)",
                  path);
        return -EX_UNAVAILABLE;
    case ECONNREFUSED:
        text_addf(error, "nobody listens at %s: jmbd is not running", path);
        return -EX_UNAVAILABLE;
    case EACCES:
    case EPERM:
        text_addf(error, "%s is for root and jmbd's own user only", path);
        return -EX_NOPERM;
    case ENAMETOOLONG:
        text_addf(error, "%s: too long for the path of a socket (at most %zu bytes)", path,
                  sizeof((struct sockaddr_un){0}).sun_path - 1);
        return -EX_USAGE;
    default:
        text_addf(error, "%s: %s", path, strerror(failure));
        return -EX_UNAVAILABLE;
    }
}

int ctl_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {.tv_sec = ANSWER_WAIT};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int failure = errno;
        if (fd >= 0)
            close(fd);
        errno = failure;
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return fd;
}

bool ctl_send(int fd, const struct text *bytes)
{
    for (size_t sent = 0; sent < bytes->size;) {
        ssize_t done = send(fd, bytes->data + sent, bytes->size - sent, MSG_NOSIGNAL);
        if (done < 0 && errno != EINTR)
            return false;
        sent += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* HTTP/1.0: the answer comes whole and ends with the connection. */
static void request_add(struct text *request, const char *method, const char *path, const json_t *body)
{
    char *json = body ? json_dumps(body, JSON_COMPACT) : NULL;
    text_addf(request, "%s %s HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n", method, path);
    if (json)
        text_addf(request, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(json));
    text_add(request, "\r\n");
    text_add(request, json);
    free(json);
}

static int exchange(int fd, const struct text *request, struct text *reply)
{
    char bytes[4096];
    if (!ctl_send(fd, request))
        return -1;
    while (reply->size < ANSWER_MAX) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return -1;
        text_add_bytes(reply, bytes, got > 0 ? (size_t)got : 0);
    }
    errno = EMSGSIZE;
    return -1;
}

/* The status of an HTTP reply and where its body begins; < 0: it is none. */
static int reply_read(const struct text *reply, const char **body)
{
    const char *text = text_string(reply), *end = strstr(text, "\r\n\r\n");
    if (strncmp(text, "HTTP/1.", 7) != 0 || !end || strlen(text) < 12)
        return -1;
    char *after;
    long status = strtol(text + 9, &after, 10);
    if (status < 100 || status > 599 || after != text + 12)
        return -1;
    *body = end + 4;
    return (int)status;
}

int ctl_ask(const char *socket, const char *method, const char *path, const json_t *body, json_t **answer,
            struct text *error)
{
    *answer = NULL;
    socket = socket ? socket : CTL_SOCKET;
    int fd = ctl_connect(socket);
    if (fd < 0)
        return connect_error(socket, errno, error);
    struct text request = {0}, reply = {0};
    request_add(&request, method, path, body);
    const char *content;
    int status;
    if (exchange(fd, &request, &reply) < 0) {
        bool late = errno == EAGAIN || errno == EWOULDBLOCK;
        text_addf(error, "no answer from %s: %s", socket,
                  late ? "jmbd did not answer in time; its log may say why" : strerror(errno));
        status = -EX_UNAVAILABLE;
    } else if ((status = reply_read(&reply, &content)) < 0) {
        text_addf(error, "what answers at %s does not speak HTTP; is that jmbd's admin socket?", socket);
        status = -EX_PROTOCOL;
    } else {
        *answer = json_loads(content, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    }
    text_free(&request);
    text_free(&reply);
    close(fd);
    return status;
}

/* What jmbd said no with: {"error": "..."} in its own words. */
static int refused(const struct ctl *ctl, int status, const json_t *answer)
{
    const char *words = json_string_value(json_object_get(answer, "error"));
    if (words)
        fprintf(ctl->err, "jmbctl: %s\n", words);
    else
        fprintf(ctl->err, "jmbctl: jmbd answered with status %d and gave no reason\n", status);
    return status >= 400 && status < 600 ? 1 : EX_PROTOCOL;
}

int ctl_request(const struct ctl *ctl, const char *method, const char *path, const json_t *body,
                json_t **answer)
{
    struct text error = {0};
    int status = ctl_ask(ctl->socket, method, path, body, answer, &error);
    int end = 0;
    if (status < 0) {
        fprintf(ctl->err, "jmbctl: %s\n", text_string(&error));
        end = -status;
    } else if (status != 200) {
        end = refused(ctl, status, *answer);
    } else if (!*answer) {
        fprintf(ctl->err, "jmbctl: the answer is not JSON; is that jmbd's admin socket (-s)?\n");
        end = EX_PROTOCOL;
    }
    text_free(&error);
    return end;
}
