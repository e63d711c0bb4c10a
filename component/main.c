/* jmbd(8): main() is the table of contents. What is loaded once is loaded here; the parts are opened and
 * closed in daemon.c. */
#include "component/daemon.h"
#include "component/log.h"
#include "component/notify.h"
#include "component/tzdata.h"
#include "proto/embed.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_CONF "/etc/jitsi/jmb/jmb.conf"

enum {
    EXIT_ENDED = 0,
    EXIT_REFUSED = 1,       /* wrong arguments, or root */
    EXIT_MISCONFIGURED = 2, /* the configuration, or something that it names */
    EXIT_UNREACHABLE = 3,   /* Prosody, at the start */
    FILES_MOST = 1000,      /* descriptors: libstrophe's select() corrupts memory from 1024 on */
    KEPT_BYTES = 8 << 20,   /* at most, of the heap: the feed of a person with some thousand meetings */
    STACK_BYTES =
        64 << 20, /* libstrophe recurses into nested stanzas: 100,000 levels need more than the usual 8 MiB */
};

struct arguments {
    const char *conf;
    bool check, help, version;
};

static const char usage[] =
    "usage: jmbd [-c FILE] [-t]\n"
    "  -c FILE  the configuration (" DEFAULT_CONF ")\n"
    "  -t       check the configuration and everything that it names, and exit: 0 when all is "
    "well, else 2\n"
    "  -h, -V   this text, the version\n"
    "See jmbd(8) and jmb.conf(5).\n";

static bool read_arguments(struct arguments *arguments, int argc, char **argv)
{
    int option;
    *arguments = (struct arguments){.conf = DEFAULT_CONF};
    while ((option = getopt(argc, argv, "c:thV")) != -1) {
        if (option == 'c')
            arguments->conf = optarg;
        else if (option == 't')
            arguments->check = true;
        else if (option == 'h')
            arguments->help = true;
        else if (option == 'V')
            arguments->version = true;
        else
            return false;
    }
    return optind == argc;
}

static int64_t real_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -- the process */

static void lower_limit(int resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > most)) {
        limit.rlim_cur = most;
        setrlimit(resource, &limit);
    }
}

static void raise_limit(int resource, rlim_t least)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least) {
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > least ? least : limit.rlim_max;
        setrlimit(resource, &limit);
    }
}

/* What a large reply leaves is kept for the next: given back, each page of it would be faulted in anew. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, KEPT_BYTES); /* what is above goes, not all of it */
}

/* Signals stay blocked, in the mailer's thread too, but for the moments in which the loop polls. */
static void prepare_process(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may grow no further is a full disk, not our end */
    umask(027);
    lower_limit(RLIMIT_NOFILE, FILES_MOST);
    raise_limit(RLIMIT_STACK, STACK_BYTES);
    keep_memory();
}

/* -- what is loaded */

static void log_lines(int priority, const char *lines)
{
    while (*lines) {
        int size = (int)strcspn(lines, "\n");
        if (size)
            log_line(priority, "%.*s", size, lines);
        lines += size + (lines[size] == '\n');
    }
}

static bool read_conf(struct daemon *daemon, const char *path)
{
    struct text errors = {0};
    bool good = conf_read(&daemon->conf, path, &errors) >= 0;
    log_lines(LOG_ERR, text_string(&errors));
    log_lines(LOG_WARNING, text_string(&daemon->conf.warnings));
    text_free(&errors);
    return good;
}

static bool load_catalogues(struct daemon *daemon)
{
    daemon->catalogues = catalogues_new();
    for (const struct embedded *file = catalogue_files; file->name; file++) {
        struct arena arena = {0};
        const char *language = arena_dup_bytes(&arena, file->name, strcspn(file->name, "."));
        int added =
            catalogues_add(daemon->catalogues, language, file->data, (size_t)(file->end - file->data));
        if (added < 0)
            log_line(LOG_ERR, "the catalogue %s in this program is malformed", file->name);
        arena_free(&arena);
        if (added < 0)
            return false;
    }
    return true;
}

static bool load_zones(struct daemon *daemon, struct text *error)
{
    daemon->zones = zones_new();
    if (!tzdata_load(daemon->zones, TZDATA_FOLDER, error))
        return false;
    if (!zones_find(daemon->zones, daemon->conf.site.tz)) {
        text_addf(error, "%s/%s is no time zone", TZDATA_FOLDER, daemon->conf.site.tz);
        return false;
    }
    return true;
}

static int run(struct daemon *daemon)
{
    enum loop_status status = loop_run(daemon->loop);
    notify_send("STOPPING=1");
    if (status == LOOP_NOT_CONNECTED)
        return EXIT_UNREACHABLE;
    log_line(LOG_NOTICE, "ending");
    return EXIT_ENDED;
}

static int start(struct daemon *daemon, const struct arguments *arguments)
{
    struct text error = {0};
    bool good = read_conf(daemon, arguments->conf) && load_catalogues(daemon) && load_zones(daemon, &error) &&
                (arguments->check ? daemon_check(daemon, &error) : daemon_open(daemon, &error));
    log_lines(LOG_ERR, text_string(&error));
    text_free(&error);
    if (!good)
        return EXIT_MISCONFIGURED;
    if (arguments->check) {
        log_line(LOG_INFO, "%s: all is well", arguments->conf);
        return EXIT_ENDED;
    }
    return run(daemon);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!read_arguments(&arguments, argc, argv) || arguments.help) {
        fputs(usage, arguments.help ? stdout : stderr);
        return arguments.help ? EXIT_ENDED : EXIT_REFUSED;
    }
    if (arguments.version) {
        puts("jmbd " JMB_VERSION);
        return EXIT_ENDED;
    }
    if (geteuid() == 0) {
        log_line(LOG_ERR,
                 "jmbd does not run as root: let the unit start it as a user of its own (User=jmb), or "
                 "try `setpriv --reuid=jmb --regid=jmb --init-groups jmbd`");
        return EXIT_REFUSED;
    }
    prepare_process();
    struct daemon daemon = {.clock = {.now_ms = real_ms}};
    int status = start(&daemon, &arguments);
    daemon_close(&daemon);
    return status;
}
