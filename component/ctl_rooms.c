/* jmbctl say and end: an order to the running jmbd, and what became of it. */
#include "component/ctl.h"
#include "proto/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum { LOOK_MS = 100, LOOKS = 150 };

static void pause_ms(int ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* The words as one: jmbctl say ROOM Please come back. */
static char *words_of(int argc, char *const *argv)
{
    struct text text = {0};
    for (int i = 0; i < argc; i++)
        text_addf(&text, "%s%s", i ? " " : "", argv[i]);
    char *words = mem_dup(text_string(&text));
    text_free(&text);
    return words;
}

static int tell_outcome(const struct ctl *ctl, const char *command, int64_t count)
{
    if (count == 0) {
        fprintf(ctl->err, "jmbctl: nobody is in that room (or mod_jmb's mode does not let us %s)\n",
                strcmp(command, "say") == 0 ? "speak there" : "end it");
        return 1;
    }
    if (strcmp(command, "say") == 0)
        fprintf(ctl->out, "said to %" PRId64 " %s\n", count, count == 1 ? "person" : "people");
    else
        fprintf(ctl->out, "ended, with its breakouts: %" PRId64 " %s\n", count,
                count == 1 ? "room" : "rooms");
    return 0;
}

/* Prosody is asked after the order is stored: the answer is a moment away. */
static int await_outcome(const struct ctl *ctl, const char *command, int64_t order)
{
    char path[64];
    snprintf(path, sizeof path, "/orders/%" PRId64, order);
    for (int look = 0; look < LOOKS; look++) {
        json_t *answer = NULL;
        int end = ctl_request(ctl, "GET", path, NULL, &answer);
        if (end) {
            json_decref(answer);
            return end;
        }
        const char *state = json_string_value(json_object_get(answer, "state"));
        int64_t said = json_integer_value(json_object_get(answer, "said"));
        bool waits = state && strcmp(state, "waiting") == 0;
        json_decref(answer);
        if (!waits)
            return tell_outcome(ctl, command, said);
        pause_ms(LOOK_MS);
    }
    fprintf(ctl->err,
            "jmbctl: not done yet: is Prosody connected (jmbctl health)? jmbd goes on trying for a minute\n");
    return EX_TEMPFAIL;
}

int ctl_order(const struct ctl *ctl, int argc, char *const *argv)
{
    bool say = strcmp(argv[0], "say") == 0;
    char *words = words_of(argc - 2, argv + 2);
    json_t *body = json_pack("{s:s, s:s}", "room", argv[1], "text", words), *answer = NULL;
    free(words);
    if (!body) {
        fprintf(ctl->err, "jmbctl: room and text must be UTF-8\n");
        return EX_USAGE;
    }
    int end = ctl_request(ctl, "POST", say ? "/say" : "/end", body, &answer);
    int64_t order = json_integer_value(json_object_get(answer, "order"));
    json_decref(body);
    json_decref(answer);
    return end ? end : await_outcome(ctl, argv[0], order);
}
