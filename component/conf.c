/* The configuration file: lines to keys (libinih splits them, conf_keys.c knows them), defaults, and the
 * checks that need more than one key. */
#include "component/conf.h"

#include "component/conf_parts.h"
#include "component/conf_values.h"
#include "component/file.h"

#include <ini.h>
#include <stdarg.h>
#include <string.h>

enum {
    LINE_MOST = 190,         /* bytes: libinih's buffer for a line has 200 */
    FILE_MOST = 1024 * 1024, /* bytes */
    SECTIONS_MOST = 32,
};

static const char *const sections[] = {"site",     "http",     "auth",       "jitsi",     "prosody",  "mail",
                                       "meetings", "calendar", "moderation", "reminders", "retention"};

/* Lines of where things stand, 0: nowhere. */
struct reading {
    struct conf *conf;
    const char *path;
    struct text *errors;
    const char *at, *end; /* what has not been read yet */
    int line;
    const char *section; /* of the line; NULL: before the first, or in one that was refused */
    bool before_first;
    int prosody; /* which [prosody NAME] it is */
    size_t title_count;
    const char *titles[SECTIONS_MOST];
    int title_lines[SECTIONS_MOST];
    int lines[1 + CONF_PROSODYS_MAX][CONF_KEYS_MAX]; /* row 0, or one for each [prosody] */
    int prosody_lines[CONF_PROSODYS_MAX];
};

__attribute__((format(printf, 3, 4))) static void complain(struct reading *reading, int line,
                                                           const char *format, ...)
{
    va_list arguments;
    char words[1024];
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (line)
        text_addf(reading->errors, "%s:%d: %s\n", reading->path, line, words);
    else
        text_addf(reading->errors, "%s: %s\n", reading->path, words);
}

static struct arena *arena_of(struct reading *reading)
{
    return &reading->conf->arena;
}

/* -- sections */

static bool is_section(const char *word)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i], word) == 0)
            return true;
    return false;
}

/* False: it was complained about. */
static bool is_new_title(struct reading *reading, const char *title)
{
    for (size_t i = 0; i < reading->title_count; i++) {
        if (strcmp(reading->titles[i], title) != 0)
            continue;
        complain(reading, reading->line, "[%s] is there twice, first in line %d", title,
                 reading->title_lines[i]);
        return false;
    }
    if (reading->title_count == SECTIONS_MOST) {
        complain(reading, reading->line, "more than %d sections", SECTIONS_MOST);
        return false;
    }
    reading->titles[reading->title_count] = title;
    reading->title_lines[reading->title_count++] = reading->line;
    return true;
}

static void open_prosody(struct reading *reading, const char *name)
{
    struct conf *conf = reading->conf;
    if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] ||
        strlen(name) > 64) {
        complain(reading, reading->line,
                 "[prosody NAME] needs a name of letters, digits, '-', '_' and '.', like [prosody main]");
    } else if (conf->prosody_count == CONF_PROSODYS_MAX) {
        complain(reading, reading->line, "at most %d [prosody NAME] sections are allowed", CONF_PROSODYS_MAX);
    } else {
        reading->prosody = (int)conf->prosody_count++;
        reading->prosody_lines[reading->prosody] = reading->line;
        conf->prosody[reading->prosody].name = name;
        reading->section = "prosody";
    }
}

static void open_section(struct reading *reading, const char *title)
{
    const char *space = strchr(title, ' ');
    const char *word = space ? arena_dup_bytes(arena_of(reading), title, (size_t)(space - title)) : title;
    reading->section = NULL;
    reading->before_first = false;
    if (!is_section(word)) {
        struct text list = {0};
        for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
            text_addf(&list, "%s[%s%s]", i ? " " : "", sections[i],
                      strcmp(sections[i], "prosody") == 0 ? " NAME" : "");
        complain(reading, reading->line, "there is no section [%s]; there are %s", title, text_string(&list));
        text_free(&list);
    } else if (!is_new_title(reading, title)) {
        return;
    } else if (strcmp(word, "prosody") == 0) {
        open_prosody(reading, space ? space + strspn(space, " ") : "");
    } else if (space) {
        complain(reading, reading->line, "[%s] takes no name: write [%s]", word, word);
    } else {
        reading->section = word;
    }
}

/* -- keys */

static const struct conf_key *find_key(const char *section, const char *name)
{
    for (const struct conf_key *key = conf_keys; key->section; key++)
        if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

static void complain_unknown_key(struct reading *reading, const char *name)
{
    struct text list = {0};
    for (const struct conf_key *key = conf_keys; key->section; key++)
        if (strcmp(key->section, reading->section) == 0)
            text_addf(&list, "%s%s", list.size ? ", " : "", key->name);
    complain(reading, reading->line, "[%s] has no key '%s'; it has %s", reading->section, name,
             text_string(&list));
    text_free(&list);
}

static int *line_of(struct reading *reading, int prosody, const struct conf_key *key)
{
    return &reading->lines[conf_key_is_prosody(key) ? 1 + prosody : 0][key - conf_keys];
}

/* A wrong value leaves the default, so that the checks below complain about nothing else. */
static bool set(struct reading *reading, const struct conf_key *key, const char *value, const char **wrong)
{
    const char *ignored = NULL;
    if (conf_key_set(reading->conf, reading->prosody, key, arena_dup(arena_of(reading), value), wrong))
        return true;
    if (key->value && *key->value && !conf_key_is_list(key))
        conf_key_set(reading->conf, reading->prosody, key, key->value, &ignored);
    return false;
}

static int on_value(void *context, const char *ini_section, const char *name, const char *value)
{
    (void)ini_section; /* cut at 50 bytes there; next_line below knows it */
    struct reading *reading = context;
    if (reading->before_first)
        complain(reading, reading->line, "%s: stands before the first [section]", name);
    if (!reading->section)
        return 1; /* the section was complained about, its keys need not */
    const struct conf_key *key = find_key(reading->section, name);
    if (!key) {
        complain_unknown_key(reading, name);
        return 1;
    }
    int *line = line_of(reading, reading->prosody, key);
    const char *wrong = NULL;
    if (*line && !conf_key_is_list(key))
        complain(reading, reading->line, "%s: is set twice, first in line %d", name, *line);
    else if (!*value && !(key->value && !*key->value))
        complain(reading, reading->line, "%s: has no value", name);
    else if (*value && !set(reading, key, value, &wrong))
        complain(reading, reading->line, "%s: %s", name, wrong);
    if (!*line)
        *line = reading->line;
    return 1;
}

/* -- lines */

/* A line as libinih may have it, or why it may not. White space around it means nothing: libinih would take
 * an indented line for more of the value above. */
static const char *check_line(struct reading *reading, const char *line, size_t size)
{
    if (memchr(line, 0, size) || !text_is_utf8(line, size))
        return "is not UTF-8 text";
    if (size > LINE_MOST)
        return "is longer than 190 bytes; lists may be set by several lines with the same key";
    if (size == 0 || *line == ';' || *line == '#')
        return NULL;
    if (*line != '[')
        return strpbrk(line, "=:") ? NULL : "is neither [section] nor key = value nor a comment (;)";
    char *title = arena_dup_bytes(arena_of(reading), line + 1, size - 1);
    char *close = strchr(title, ']');
    if (!close)
        return "the ] of the section is missing";
    if (close[1 + strspn(close + 1, " \t")] && !strchr(";#", close[1 + strspn(close + 1, " \t")]))
        return "there is something behind the section; its keys belong on lines of their own";
    *close = 0;
    open_section(reading, title);
    return NULL;
}

/* What libinih reads by, like fgets. */
static char *next_line(char *buffer, int room, void *context)
{
    struct reading *reading = context;
    if (reading->at >= reading->end)
        return NULL;
    const char *stop = memchr(reading->at, '\n', (size_t)(reading->end - reading->at));
    const char *start = reading->at, *end = stop ? stop : reading->end;
    reading->at = stop ? stop + 1 : reading->end;
    if (++reading->line == 1 && end - start >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
        start += 3; /* a byte order mark */
    while (start < end && strchr(" \t\r", *start) && *start)
        start++;
    while (end > start && strchr(" \t\r", end[-1]) && end[-1])
        end--;
    size_t size = (size_t)(end - start);
    char *line = arena_dup_bytes(arena_of(reading), start, size);
    const char *wrong = check_line(reading, line, size);
    if (wrong)
        complain(reading, reading->line, "%s%s", *wrong == 'i' ? "this line " : "", wrong);
    if (wrong || (int)size + 2 > room)
        size = 0;
    memcpy(buffer, line, size);
    buffer[size] = '\n';
    buffer[size + 1] = 0;
    return buffer;
}

/* -- what was not set */

static void set_defaults(struct reading *reading, int prosody)
{
    for (const struct conf_key *key = conf_keys; key->section; key++) {
        const char *wrong = NULL;
        if (conf_key_is_prosody(key) != (prosody >= 0) || *line_of(reading, prosody, key))
            continue;
        if (!key->value && prosody >= 0)
            complain(reading, reading->prosody_lines[prosody], "[prosody %s]: %s must be set: %s",
                     reading->conf->prosody[prosody].name, key->name, key->help);
        else if (!key->value)
            complain(reading, 0, "[%s] %s must be set: %s", key->section, key->name, key->help);
        else if (*key->value && !conf_key_set(reading->conf, prosody, key, key->value, &wrong))
            complain(reading, 0, "[%s] %s: %s", key->section, key->name, wrong);
    }
}

/* Defaults that are other keys' values. */
static void derive(struct conf *conf)
{
    if (!conf->internal_domains[0])
        memcpy(conf->internal_domains, conf->local_domains, sizeof conf->internal_domains);
    if (!conf->mail_from_name)
        conf->mail_from_name = conf->site.name;
    if (!conf->sender)
        conf->sender = conf->site.name;
    if (!conf->mail.sender)
        conf->mail.sender = conf->mail_reply_address ? conf->mail_reply_address : conf->mail_from;
    size_t hosts = 0;
    for (size_t i = 0; i < conf->prosody_count; i++)
        for (size_t j = 0; conf->prosody[i].identity_hosts[j]; j++)
            conf->identity_hosts[hosts++] = conf->prosody[i].identity_hosts[j];
    const char *at = conf->mail_from ? strrchr(conf->mail_from, '@') : NULL;
    conf->mail_domain = at ? at + 1 : "localhost";
}

/* -- checks of more than one key */

static int line_of_name(struct reading *reading, const char *section, const char *name)
{
    return *line_of(reading, 0, find_key(section, name));
}

static void check_order(struct reading *reading, const char *least, int a, const char *most, int b)
{
    if (a > b)
        complain(reading,
                 line_of_name(reading, "meetings", least) ? line_of_name(reading, "meetings", least)
                                                          : line_of_name(reading, "meetings", most),
                 "%s is %s, more than %s, which is %s", least, value_show_duration(arena_of(reading), a),
                 most, value_show_duration(arena_of(reading), b));
}

static void check_meetings(struct reading *reading)
{
    const struct booking_limits *limits = &reading->conf->limits;
    check_order(reading, "length_least", limits->length_least, "length_most", limits->length_most);
    check_order(reading, "length_least", limits->length_least, "length_default", limits->length_default);
    check_order(reading, "length_default", limits->length_default, "length_most", limits->length_most);
    check_order(reading, "guests_before", limits->options.guests_before, "opens_before",
                limits->options.opens_before);
}

static void check_prosodys(struct reading *reading)
{
    struct conf *conf = reading->conf;
    if (conf->prosody_count == 0)
        complain(reading, 0,
                 "there is no [prosody NAME] section: write one for each Prosody, like [prosody main]");
    for (size_t i = 0; i < conf->prosody_count; i++) {
        const struct conf_prosody *one = &conf->prosody[i];
        for (size_t j = 0; j < i && one->host; j++)
            if (conf->prosody[j].host && conf->prosody[j].port == one->port &&
                strcmp(conf->prosody[j].host, one->host) == 0)
                complain(reading, reading->prosody_lines[i],
                         "[prosody %s] is at the same host and port as [prosody %s]", one->name,
                         conf->prosody[j].name);
        if (one->host && !value_is_loopback(one->host))
            text_addf(&conf->warnings,
                      "%s:%d: [prosody %s] host %s is another machine, and nothing on this line is encrypted "
                      "(XEP-0114): use a tunnel\n",
                      reading->path, reading->prosody_lines[i], one->name, one->host);
    }
}

static void check_mail(struct reading *reading)
{
    const struct conf *conf = reading->conf;
    if (conf->mail.transport == MAILER_FOLDER && !conf->mail.folder)
        complain(reading, line_of_name(reading, "mail", "transport"),
                 "transport: folder needs a folder: folder = /var/lib/jmb/mail");
    if (!conf->mail.user != !conf->mail_password_file)
        complain(reading, line_of_name(reading, "mail", conf->mail.user ? "user" : "password_file"),
                 "user and password_file are set together, or neither is");
    if (conf->mail.user && conf->mail.starttls != MAILER_STARTTLS_REQUIRED && conf->mail.host &&
        !value_is_loopback(conf->mail.host) && strcmp(conf->mail.host, "localhost") != 0)
        text_addf(&reading->conf->warnings,
                  "%s:%d: [mail] user: the password may go over the line unencrypted; write starttls = "
                  "required\n",
                  reading->path, line_of_name(reading, "mail", "user"));
}

static void check_auth(struct reading *reading)
{
    const struct conf *conf = reading->conf;
    if (conf->auth == AUTH_PROXY && !conf->trusted[0] && conf->listen &&
        strncmp(conf->listen, "unix:", 5) != 0)
        complain(reading, line_of_name(reading, "auth", "mode"),
                 "mode: proxy believes the web server over a unix socket ([http] listen = "
                 "unix:/run/jmb/http.sock), or from the addresses of 'trusted' (127.0.0.1)");
    if (conf->may_book == MAY_BOOK_GROUP && (conf->auth != AUTH_PROXY || !conf->group))
        complain(reading, line_of_name(reading, "auth", "may_book"),
                 conf->group
                     ? "may_book: groups are known with mode = proxy only; write everyone or directory"
                     : "may_book: group needs the name of one: group = staff");
}

static void check_rest(struct reading *reading)
{
    const struct conf *conf = reading->conf;
    check_auth(reading);
    check_mail(reading);
    if (conf->auth == AUTH_LOCAL && !conf->local_domains[0])
        text_addf(
            &reading->conf->warnings,
            "%s: [auth] local_domains is not set: only people of the directory can ask for a sign-in link "
            "(`jmbctl people import`; `jmbctl sign-in MAIL` makes one link)\n",
            reading->path);
}

/* -- secrets */

static void read_secrets(struct reading *reading)
{
    struct conf *conf = reading->conf;
    const char *wrong = NULL, *secret = NULL;
    if (conf->link_key_file && !conf_read_keys(arena_of(reading), conf->link_key_file, &conf->keys, &wrong))
        complain(reading, line_of_name(reading, "site", "link_key_file"), "link_key_file: %s", wrong);
    if (conf->app_secret_file) {
        if (conf_read_secret(arena_of(reading), conf->app_secret_file, &secret, &conf->token_key.secret_size,
                             &wrong))
            conf->token_key.secret = secret;
        else
            complain(reading, line_of_name(reading, "jitsi", "app_secret_file"), "app_secret_file: %s",
                     wrong);
    }
    size_t password_size = 0;
    if (conf->mail_password_file && !conf_read_secret(arena_of(reading), conf->mail_password_file,
                                                      &conf->mail.password, &password_size, &wrong))
        complain(reading, line_of_name(reading, "mail", "password_file"), "password_file: %s", wrong);
    const struct conf_key *key = find_key("prosody", "secret_file");
    for (size_t i = 0; i < conf->prosody_count; i++) {
        size_t size = 0;
        const char *path = conf->prosody[i].secret;
        conf->prosody[i].secret = NULL;
        if (path && !conf_read_secret(arena_of(reading), path, &conf->prosody[i].secret, &size, &wrong))
            complain(reading,
                     *line_of(reading, (int)i, key) ? *line_of(reading, (int)i, key)
                                                    : reading->prosody_lines[i],
                     "secret_file: %s", wrong);
    }
}

int conf_read_bytes(struct conf *conf, const char *path, const char *bytes, size_t size, struct text *errors)
{
    *conf = (struct conf){.limits.options = {.room_reminders = {-1}, .mail_reminders = {-1}}};
    size_t errors_before = errors->size;
    struct reading *reading = arena_alloc(&conf->arena, sizeof *reading);
    *reading = (struct reading){
        .conf = conf, .path = path, .errors = errors, .at = bytes, .end = bytes + size, .before_first = true};
    ini_parse_stream(next_line, reading, on_value, reading);
    set_defaults(reading, -1);
    for (size_t i = 0; i < conf->prosody_count; i++)
        set_defaults(reading, (int)i);
    derive(conf);
    check_meetings(reading);
    check_prosodys(reading);
    check_rest(reading);
    read_secrets(reading);
    return errors->size == errors_before ? 0 : -1;
}

int conf_read(struct conf *conf, const char *path, struct text *errors)
{
    struct text bytes = {0};
    *conf = (struct conf){0};
    int result = -1;
    if (file_read(path, FILE_MOST, FILE_ANY, &bytes, errors))
        result = conf_read_bytes(conf, path, text_string(&bytes), bytes.size, errors);
    else
        text_add_char(errors, '\n');
    text_free(&bytes);
    return result;
}

void conf_free(struct conf *conf)
{
    text_free(&conf->warnings);
    arena_free(&conf->arena);
}
