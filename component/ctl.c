/* The command line of jmbctl: one table of commands. */
#include "component/ctl.h"

#include <limits.h>
#include <string.h>
#include <sysexits.h>

struct command {
    const char *name, *arguments;
    int least, most; /* words behind the name */
    int (*run)(const struct ctl *ctl, int argc, char *const *argv);
    const char *help;
};

static const struct command commands[] = {
    {"health", "", 0, 0, ctl_health, "print how jmbd is, as JSON; status 1 when it can store nothing"},
    {"sign-in", "MAIL", 1, 1, ctl_sign_in, "print a link that signs this person in (once, in any browser)"},
    {"people", "import [OPTION]...", 0, INT_MAX, ctl_import,
     "take people in from LDIF or CSV on standard input"},
    {"lists", "import [OPTION]...", 0, INT_MAX, ctl_import, "the same for lists, lines of LIST MEMBER"},
    {"say", "ROOM TEXT", 2, INT_MAX, ctl_order, "say it to everybody in a room"},
    {"end", "ROOM [REASON]", 1, INT_MAX, ctl_order, "send everybody out of a room and close it"},
    {"backup", "[-d DATABASE] FILE", 1, 3, ctl_backup, "copy the database to FILE, also while jmbd runs"},
    {"restore", "[-d DATABASE] FILE", 1, 3, ctl_backup,
     "put a copy in the place of the database; jmbd must not run"},
    {"reply", "", 0, 0, ctl_reply, "hand the mail on standard input to jmbd (for the mail server's aliases)"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *file)
{
    fprintf(file, "usage: jmbctl [-s SOCKET] COMMAND [ARGUMENT]...\n\n"
                  "  -s SOCKET  jmbd's admin socket, otherwise " CTL_SOCKET "\n"
                  "  --version  print the version\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(file, "  %-7s %-18s  %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fputs("\nSee jmbctl(1).\n", file);
}

static int usage_error(const struct ctl *ctl, const char *what, const char *which)
{
    fprintf(ctl->err,
            "jmbctl: %s%s%s\nusage: jmbctl [-s SOCKET] COMMAND [ARGUMENT]...; jmbctl --help says more\n",
            what, which ? " " : "", which ? which : "");
    return EX_USAGE;
}

static void command_usage(const struct command *command, FILE *file)
{
    fprintf(file, "usage: jmbctl %s%s%s\n", command->name, *command->arguments ? " " : "",
            command->arguments);
}

static bool wants_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

static int command_run(const struct ctl *ctl, const struct command *command, int argc, char *const *argv)
{
    if (argc > 1 && wants_help(argv[1])) {
        command_usage(command, ctl->out);
        fprintf(ctl->out, "%s; see jmbctl(1).\n", command->help);
        return EX_OK;
    }
    if (argc - 1 >= command->least && argc - 1 <= command->most)
        return command->run(ctl, argc, argv);
    if (argc - 1 > command->most)
        fprintf(ctl->err, "jmbctl: one word too many: %s\n", argv[command->most + 1]);
    else if (command->most == 1)
        fprintf(ctl->err, "jmbctl: this command needs a %s\n", command->arguments);
    command_usage(command, ctl->err);
    return EX_USAGE;
}

int ctl_run(int argc, char *const *argv, FILE *out, FILE *err)
{
    struct ctl ctl = {.in = stdin, .out = out, .err = err};
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (wants_help(argv[at])) {
            help(out);
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
    if (at == argc)
        return usage_error(&ctl, "what is it to do?", NULL);
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[at], commands[i].name) == 0)
            return command_run(&ctl, &commands[i], argc - at, argv + at);
    return usage_error(&ctl, "no such command:", argv[at]);
}
