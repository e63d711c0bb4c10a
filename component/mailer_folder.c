/* Mail that goes into a folder, a file a message: for tests and a first look. */
#include "component/mailer_parts.h"
#include "proto/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_SAFE = 180 /* bytes of a file's name, so that the endings fit too */ };

/* What to do about a folder that is refused, by the user that we run as. */
static void advice_add(struct text *text, const char *folder, int failure)
{
    const struct passwd *user = getpwuid(geteuid());
    char number[24];
    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    const char *name = user ? user->pw_name : number;
    if (failure == EROFS)
        text_add(text, "; take a folder below /var/lib/jmb, or name this one in ReadWritePaths= of the unit");
    else if (failure == ENOTDIR || failure == EEXIST)
        text_add(text, "; name another folder");
    else
        text_addf(text, "; make it and give it to the user of jmbd: install -d -m 750 -o %s %s", name,
                  folder);
}

static int refuse(struct text *error, const char *folder, const char *what, int failure)
{
    text_addf(error, "[mail] folder: %s %s: %s", folder, what, strerror(failure));
    advice_add(error, folder, failure);
    return -1;
}

int mailer_folder_look(const char *folder, struct text *error)
{
    struct stat about;
    if (!folder || !*folder) {
        text_add(error, "mail goes to a folder, but no folder is given");
        return -1;
    }
    if (stat(folder, &about) == 0) {
        if (!S_ISDIR(about.st_mode))
            return refuse(error, folder, "is where mail should go, but it is not a folder", ENOTDIR);
        if (access(folder, W_OK | X_OK) < 0)
            return refuse(error, folder, "takes no letters", errno);
        return 1;
    }
    int failure = errno;
    char *copy = mem_dup(folder);
    if (failure == ENOENT && access(dirname(copy), W_OK | X_OK) == 0)
        failure = 0;
    else if (failure == ENOENT)
        failure = errno;
    free(copy);
    return failure ? refuse(error, folder, "is not there, and cannot be made", failure) : 0;
}

int mailer_folder_check(const char *folder, struct text *error)
{
    int there = mailer_folder_look(folder, error);
    if (there == 0 && mkdir(folder, 0750) < 0 && errno != EEXIST)
        return refuse(error, folder, "is not there, and cannot be made", errno);
    return there < 0 ? -1 : 0;
}

/* A message id as a file's name: nothing that could leave the folder or hide in it. */
static void name_add_safe(struct text *text, const char *name)
{
    size_t size = 0;
    for (; name && name[size] && size < NAME_MAX_SAFE; size++) {
        char byte = name[size];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || strchr("-_@+=", byte) || (byte == '.' && size > 0);
        text_add_char(text, plain ? byte : '_');
    }
    if (size == 0)
        text_add(text, "letter");
}

static int bytes_write(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        size -= (size_t)done;
    }
    return 0;
}

/* Written beside, made durable, renamed: who watches the folder never sees half a letter. The letters hold
 * links that are keys, so the file is its owner's. */
static int letter_write(int folder, const char *name, const struct text *message)
{
    struct text beside = {0};
    text_addf(&beside, "%s.tmp", name);
    int fd =
        openat(folder, text_string(&beside), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int done = fd < 0 ? -1 : bytes_write(fd, message->data, message->size);
    if (done == 0)
        done = fsync(fd);
    int failure = errno;
    if (fd >= 0 && close(fd) < 0 && done == 0) {
        done = -1;
        failure = errno;
    }
    if (done == 0) {
        done = renameat(folder, text_string(&beside), folder, name);
        failure = errno;
    }
    if (done == 0)
        done = fsync(folder);
    else if (fd >= 0)
        unlinkat(folder, text_string(&beside), 0);
    text_free(&beside);
    errno = failure;
    return done;
}

void mailer_folder_send(const char *folder, const struct mailer_slot *slot)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = errno;
    for (size_t i = 0; i < slot->count && !slot->is_closing(slot->context); i++) {
        struct mailer_job *job = &slot->jobs[i];
        struct text name = {0}, words = {0};
        name_add_safe(&name, job->name);
        text_add(&name, ".eml");
        if (fd >= 0 && letter_write(fd, text_string(&name), &job->message) == 0) {
            slot->post(job, MAILER_SENT, NULL, slot->context);
        } else {
            text_addf(&words, "%s/%s: %s", folder, text_string(&name), strerror(fd < 0 ? failure : errno));
            slot->post(job, fd < 0 ? MAILER_UNTRIED : MAILER_RETRY, text_string(&words), slot->context);
        }
        text_free(&name);
        text_free(&words);
    }
    if (fd >= 0)
        close(fd);
}
