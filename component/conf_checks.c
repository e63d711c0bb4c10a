/* What is asked of the configuration once all its lines are read: defaults, what needs more than one key, and
 * the secrets that it names. */
#include "component/conf_reading.h"
#include "component/conf_values.h"

#include <string.h>

/* -- what was not set */

static void set_defaults(struct reading *reading, int prosody)
{
    for (const struct conf_key *key = conf_keys; key->section; key++) {
        const char *wrong = NULL;
        if (conf_key_is_prosody(key) != (prosody >= 0) || *conf_line_of(reading, prosody, key))
            continue;
        if (!key->value && prosody >= 0)
            conf_complain(reading, reading->prosody_lines[prosody], "[prosody %s]: %s must be set: %s",
                          reading->conf->prosody[prosody].name, key->name, key->help);
        else if (!key->value)
            conf_complain(reading, 0, "[%s] %s must be set: %s", key->section, key->name, key->help);
        else if (*key->value && !conf_key_set(reading->conf, prosody, key, key->value, &wrong))
            conf_complain(reading, 0, "[%s] %s: %s", key->section, key->name, wrong);
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
    return *conf_line_of(reading, 0, conf_key_find(section, name));
}

static void check_order(struct reading *reading, const char *least, int a, const char *most, int b)
{
    if (a > b)
        conf_complain(reading,
                      line_of_name(reading, "meetings", least) ? line_of_name(reading, "meetings", least)
                                                               : line_of_name(reading, "meetings", most),
                      "%s is %s, more than %s, which is %s", least,
                      value_show_duration(&reading->conf->arena, a), most,
                      value_show_duration(&reading->conf->arena, b));
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
        conf_complain(reading, 0,
                      "there is no [prosody NAME] section: write one for each Prosody, like [prosody main]");
    for (size_t i = 0; i < conf->prosody_count; i++) {
        const struct conf_prosody *one = &conf->prosody[i];
        for (size_t j = 0; j < i && one->host; j++)
            if (conf->prosody[j].host && conf->prosody[j].port == one->port &&
                strcmp(conf->prosody[j].host, one->host) == 0)
                conf_complain(reading, reading->prosody_lines[i],
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
        conf_complain(reading, line_of_name(reading, "mail", "transport"),
                      "transport: folder needs a folder: folder = /var/lib/jmb/mail");
    if (!conf->mail.user != !conf->mail_password_file)
        conf_complain(reading, line_of_name(reading, "mail", conf->mail.user ? "user" : "password_file"),
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
        conf_complain(reading, line_of_name(reading, "auth", "mode"),
                      "mode: proxy believes the web server over a unix socket ([http] listen = "
                      "unix:/run/jmb/http.sock), or from the addresses of 'trusted' (127.0.0.1)");
    if (conf->may_book == MAY_BOOK_GROUP && (conf->auth != AUTH_PROXY || !conf->group))
        conf_complain(reading, line_of_name(reading, "auth", "may_book"),
                      conf->group
                          ? "may_book: groups are known with mode = proxy only; write everyone or directory"
                          : "may_book: group needs the name of one: group = staff");
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
    if (conf->link_key_file &&
        !conf_read_keys(&reading->conf->arena, conf->link_key_file, &conf->keys, &wrong))
        conf_complain(reading, line_of_name(reading, "site", "link_key_file"), "link_key_file: %s", wrong);
    if (conf->app_secret_file) {
        if (conf_read_secret(&reading->conf->arena, conf->app_secret_file, &secret,
                             &conf->token_key.secret_size, &wrong))
            conf->token_key.secret = secret;
        else
            conf_complain(reading, line_of_name(reading, "jitsi", "app_secret_file"), "app_secret_file: %s",
                          wrong);
    }
    size_t password_size = 0;
    if (conf->mail_password_file && !conf_read_secret(&reading->conf->arena, conf->mail_password_file,
                                                      &conf->mail.password, &password_size, &wrong))
        conf_complain(reading, line_of_name(reading, "mail", "password_file"), "password_file: %s", wrong);
    const struct conf_key *key = conf_key_find("prosody", "secret_file");
    for (size_t i = 0; i < conf->prosody_count; i++) {
        size_t size = 0;
        const char *path = conf->prosody[i].secret;
        conf->prosody[i].secret = NULL;
        if (path && !conf_read_secret(&reading->conf->arena, path, &conf->prosody[i].secret, &size, &wrong))
            conf_complain(reading,
                          *conf_line_of(reading, (int)i, key) ? *conf_line_of(reading, (int)i, key)
                                                              : reading->prosody_lines[i],
                          "secret_file: %s", wrong);
    }
}

void conf_finish(struct reading *reading)
{
    struct conf *conf = reading->conf;
    set_defaults(reading, -1);
    for (size_t i = 0; i < conf->prosody_count; i++)
        set_defaults(reading, (int)i);
    derive(conf);
    check_meetings(reading);
    check_prosodys(reading);
    check_mail(reading);
    check_auth(reading);
    read_secrets(reading);
}
