/* jmbctl reply: hands a mail message to jmbd's reply socket, as the mail server's user, who may not use the
 * admin's. Whatever goes wrong, the mail server is to keep the message: EX_TEMPFAIL. */
#include "component/ctl.h"
#include "component/inbox.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/* All of `in` is read, so that the mail server's pipe never breaks; of a very long message the beginning is
 * kept: calendars and reports stand in front of what people attach. */
static void read_message(struct text *message, FILE *in)
{
    char bytes[65536];
    size_t got;
    while ((got = fread(bytes, 1, sizeof bytes, in)) > 0) {
        size_t room = INBOX_MESSAGE_MAX - message->size;
        text_add_bytes(message, bytes, got < room ? got : room);
    }
}

static bool hand_over(int fd, const struct text *message)
{
    char answer[16] = "";
    return ctl_send(fd, message) && shutdown(fd, SHUT_WR) == 0 &&
           recv(fd, answer, sizeof answer - 1, MSG_WAITALL) >= 3 && strncmp(answer, "ok\n", 3) == 0;
}

int ctl_reply(const struct ctl *ctl, int argc, char *const *argv)
{
    (void)argc, (void)argv;
    const char *socket = ctl->socket ? ctl->socket : CTL_REPLY_SOCKET;
    struct text message = {0};
    read_message(&message, ctl->in);
    int fd = ctl_connect(socket);
    bool taken = fd >= 0 && hand_over(fd, &message);
    if (fd < 0)
        fprintf(ctl->err, "jmbctl: %s: %s: the message is to be kept and brought again\n", socket,
                strerror(errno));
    else if (!taken)
        fprintf(ctl->err, "jmbctl: jmbd did not take the message: it is to be kept and brought again\n");
    if (fd >= 0)
        close(fd);
    text_free(&message);
    return taken ? EX_OK : EX_TEMPFAIL;
}
