#include "component/ctl.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct ctl {
    const char *socket;
    FILE *out, *err;
};

struct command {
    const char *name, *argument; /* NULL: takes none */
    int (*run)(const struct ctl *ctl, const char *argument);
    const char *help;
};

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

/* Asks, and handles all that is no 200. Either 0 with *answer, or the exit status. */
static int ask(const struct ctl *ctl, const char *method, const char *path, const json_t *body,
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
        fprintf(ctl->err, "jmbctl: the answer from %s is not JSON; is that jmbd's admin socket?\n",
                ctl->socket);
        end = EX_PROTOCOL;
    }
    if (end) {
        json_decref(*answer);
        *answer = NULL;
    }
    text_free(&error);
    return end;
}

int ctl_request(const char *socket, FILE *err, const char *method, const char *path, const json_t *body,
                json_t **answer)
{
    return ask(&(struct ctl){.socket = socket, .err = err}, method, path, body, answer);
}

static int sign_in(const struct ctl *ctl, const char *mail)
{
    json_t *body = json_pack("{s:s}", "mail", mail), *answer = NULL;
    if (!body) {
        fprintf(ctl->err, "jmbctl: the mail address is not UTF-8\n");
        return EX_USAGE;
    }
    int end = ask(ctl, "POST", "/sign-in", body, &answer);
    json_decref(body);
    const char *link = json_string_value(json_object_get(answer, "link"));
    if (link)
        fprintf(ctl->out, "%s\n", link);
    else if (end == 0)
        end = refused(ctl, 200, NULL);
    json_decref(answer);
    return end;
}

static int health(const struct ctl *ctl, const char *none)
{
    (void)none;
    json_t *answer = NULL;
    int end = ask(ctl, "GET", "/about/health", NULL, &answer);
    if (end)
        return end;
    char *words = json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    fprintf(ctl->out, "%s\n", words ? words : "");
    free(words);
    json_decref(answer);
    return 0;
}

/* Another socket: the mail server's user may not use the admin's. */
static int reply(const struct ctl *ctl, const char *none)
{
    (void)none;
    bool given = strcmp(ctl->socket, CTL_SOCKET) != 0;
    return ctl_reply(given ? ctl->socket : CTL_REPLY_SOCKET, stdin, ctl->err);
}

static const struct command commands[] = {
    {"sign-in", "MAIL", sign_in, "print a link that signs this person in (once, in any browser)"},
    {"health", NULL, health, "print how jmbd is, as JSON"},
    {"reply", NULL, reply, "hand the mail on standard input to jmbd (for the mail server's aliases)"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *file)
{
    fprintf(
        file,
        "usage: jmbctl [-s SOCKET] COMMAND\n\n  -s SOCKET  jmbd's admin socket, otherwise %s\n\ncommands:\n",
        CTL_SOCKET);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(file, "  %-7s %-4s  %s\n", commands[i].name, commands[i].argument ? commands[i].argument : "",
                commands[i].help);
    fprintf(file,
            "  people import [OPTIONS]  take people in from LDIF or CSV on standard input (--prune: and "
            "no others)\n"
            "  lists import [OPTIONS]   the same for lists, lines of LIST MEMBER\n");
    fputs("  say ROOM TEXT      say it to everybody in a room\n"
          "  end ROOM [REASON]  send everybody out of a room and close it\n",
          file);
}

static int usage_error(const struct ctl *ctl, const char *what, const char *which)
{
    fprintf(ctl->err, "jmbctl: %s%s%s\n", what, which ? " " : "", which ? which : "");
    usage(ctl->err);
    return EX_USAGE;
}

static int command_run(const struct ctl *ctl, int argc, char *const *argv)
{
    if (argc == 0)
        return usage_error(ctl, "what is it to do?", NULL);
    if (strcmp(argv[0], "people") == 0 || strcmp(argv[0], "lists") == 0)
        return ctl_import(&(struct ctl_streams){ctl->socket, stdin, ctl->out, ctl->err}, argc, argv);
    if (strcmp(argv[0], "say") == 0 || strcmp(argv[0], "end") == 0)
        return ctl_order(ctl->socket, argc, argv, ctl->out, ctl->err);
    for (int i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        if (strcmp(argv[0], command->name) != 0)
            continue;
        int wanted = command->argument ? 2 : 1;
        if (argc < wanted)
            return usage_error(ctl, "this command needs a", command->argument);
        if (argc > wanted)
            return usage_error(ctl, "one word too many:", argv[wanted]);
        return command->run(ctl, command->argument ? argv[1] : NULL);
    }
    return usage_error(ctl, "no such command:", argv[0]);
}

int ctl_run(int argc, char *const *argv, FILE *out, FILE *err)
{
    struct ctl ctl = {.socket = CTL_SOCKET, .out = out, .err = err};
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "--help") == 0) {
            usage(out);
            return EX_OK;
        }
        if (strcmp(argv[at], "--version") == 0) {
            fprintf(out, "jmbctl %s\n", JMB_VERSION);
            return EX_OK;
        }
        if (strcmp(argv[at], "-s") != 0)
            return usage_error(&ctl, "no such option:", argv[at]);
        if (at + 1 == argc)
            return usage_error(&ctl, "-s needs the path of a socket", NULL);
        ctl.socket = argv[++at];
    }
    return command_run(&ctl, argc - at, argv + at);
}
