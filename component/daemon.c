/* The parts in the order in which they need each other, and how some of them reach others. */
#include "component/daemon.h"

#include "component/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* While a jmbd runs, its database cannot be opened a second time: a check leaves it out. */
static bool is_in_use(const char *database)
{
    struct arena arena = {0};
    int fd = open(arena_printf(&arena, "%s.lock", database), O_RDWR | O_CLOEXEC);
    bool in_use = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    arena_free(&arena);
    return in_use;
}

static struct store_options store_options_of(const struct conf *conf)
{
    return (struct store_options){.path = conf->database,
                                  .keys = &conf->keys,
                                  .key_file = conf->link_key_file,
                                  .domain = conf->mail_domain,
                                  .identity_hosts = conf->identity_hosts,
                                  .forget_unbooked = conf->unbooked_kept == 0,
                                  .create = true};
}

static bool open_store(struct daemon *daemon, struct text *error)
{
    const struct store_options options = store_options_of(&daemon->conf);
    daemon->store = store_open(&options, error);
    return daemon->store;
}

static void add_health(json_t *into, void *context)
{
    struct daemon *daemon = context;
    loop_health(into, daemon->loop);
    due_add_health(into, daemon->due, clock_now(&daemon->clock));
}

static bool open_http(struct daemon *daemon, struct text *error)
{
    const struct conf *conf = &daemon->conf;
    struct http_options options = {
        .listen = conf->listen,
        .admin_socket = conf->admin_socket,
        .store = daemon->store,
        .clock = &daemon->clock,
        .catalogues = daemon->catalogues,
        .zones = daemon->zones,
        .keys = &conf->keys,
        .site = &conf->site,
        .auth = conf->auth,
        .local_domains = conf->local_domains,
        .internal_domains = conf->internal_domains,
        .moderators_sign_in = conf->moderators_sign_in,
        .sign_ins_per_person = conf->sign_ins_per_person,
        .sign_ins_per_browser = conf->sign_ins_per_browser,
        .sign_ins_per_address = conf->sign_ins_per_address,
        .sign_ins_per_address_most = conf->sign_ins_per_address_most,
        .may_book = conf->may_book,
        .group = conf->group,
        .trusted = conf->trusted,
        .client_address_header = conf->client_address_header,
        .logout_url = conf->logout_url,
        .session_age = conf->session_age,
        .sign_in_age = conf->sign_in_age,
        .limits = &conf->limits,
        .mail_domain = conf->mail_domain,
        .jitsi_url = conf->jitsi_url,
        .token_key = conf->token_key,
        .token_in_fragment = conf->token_in_fragment,
        .guest_tokens = conf->guest_tokens,
        .unbooked = conf->unbooked,
        .rejoin = conf->rejoin,
        .feed = conf->feed,
        .health = add_health,
        .health_context = daemon,
    };
    memcpy(options.identity_headers, conf->identity_headers, sizeof options.identity_headers);
    daemon->http = http_open(&options, error);
    return daemon->http;
}

static bool open_prosody(struct daemon *daemon, size_t number, struct text *error)
{
    const struct conf *conf = &daemon->conf;
    const struct conf_prosody *from = &conf->prosody[number];
    struct loop_prosody *prosody = &daemon->prosody[number];
    prosody->name = from->name;
    prosody->rooms = rooms_open(&(struct rooms_options){.prosody = from->name,
                                                        .muc = from->muc,
                                                        .store = daemon->store,
                                                        .clock = &daemon->clock,
                                                        .catalogues = daemon->catalogues,
                                                        .zones = daemon->zones,
                                                        .site = &conf->site,
                                                        .moderation = conf->moderation,
                                                        .unbooked = conf->unbooked,
                                                        .sender = conf->sender,
                                                        .logins = from->identity_hosts[0] != NULL});
    prosody->xmpp = xmpp_open(&(struct xmpp_options){.name = from->name,
                                                     .host = from->host,
                                                     .port = from->port,
                                                     .domain = from->component,
                                                     .secret = from->secret,
                                                     .clock = &daemon->clock,
                                                     .context = prosody->rooms,
                                                     .connected = rooms_connected,
                                                     .disconnected = rooms_disconnected,
                                                     .iq = rooms_iq},
                              error);
    rooms_attach(prosody->rooms, prosody->xmpp);
    return prosody->xmpp;
}

static bool open_letters(struct daemon *daemon, struct text *error)
{
    daemon->letters = letters_open(&(struct letters_options){.store = daemon->store,
                                                             .catalogues = daemon->catalogues,
                                                             .zones = daemon->zones,
                                                             .keys = &daemon->conf.keys,
                                                             .site = &daemon->conf.site,
                                                             .from = daemon->conf.mail_from,
                                                             .from_name = daemon->conf.mail_from_name,
                                                             .templates = daemon->conf.mail_templates,
                                                             .reply_address = daemon->conf.mail_reply_address,
                                                             .rejoin = daemon->conf.rejoin},
                                   error);
    return daemon->letters;
}

static bool open_mailer(struct daemon *daemon, struct text *error)
{
    daemon->mailer = mailer_open(&daemon->conf.mail, error);
    return daemon->mailer;
}

static bool open_inbox(struct daemon *daemon, struct text *error)
{
    if (!daemon->conf.mail_reply_address)
        return true;
    daemon->inbox = inbox_open(&(struct inbox_options){.path = daemon->conf.mail_reply_socket,
                                                       .reply_address = daemon->conf.mail_reply_address,
                                                       .calendar_senders = daemon->conf.mail_calendar_senders,
                                                       .keys = &daemon->conf.keys,
                                                       .store = daemon->store,
                                                       .clock = &daemon->clock},
                               error);
    return daemon->inbox;
}

static bool act(const struct due_reminder *reminder, const char *text, void *context)
{
    struct daemon *daemon = context;
    return loop_act(reminder, text, daemon->loop);
}

static void whisper(const struct present *present, const char *key, const char *text, void *context)
{
    struct daemon *daemon = context;
    loop_whisper(present, key, text, daemon->loop);
}

static void announce(void *context)
{
    const struct daemon *daemon = context;
    struct text prosodys = {0};
    for (size_t i = 0; i < daemon->conf.prosody_count; i++)
        text_addf(&prosodys, ", %s at %s:%d", daemon->conf.prosody[i].name, daemon->conf.prosody[i].host,
                  daemon->conf.prosody[i].port);
    log_line(LOG_NOTICE, "jmbd " JMB_VERSION ": %s on %s%s: ready", daemon->conf.site.url,
             daemon->conf.listen, text_string(&prosodys));
    text_free(&prosodys);
}

static void open_loop(struct daemon *daemon)
{
    daemon->due = due_open(&(struct due_options){.store = daemon->store,
                                                 .letters = daemon->letters,
                                                 .mailer = daemon->mailer,
                                                 .catalogues = daemon->catalogues,
                                                 .per_organiser_day = daemon->conf.mail_per_organiser_day,
                                                 .per_minute = daemon->conf.mail_per_minute,
                                                 .act = act,
                                                 .whisper = whisper,
                                                 .keys = &daemon->conf.keys,
                                                 .site = &daemon->conf.site,
                                                 .unbooked_kept = daemon->conf.unbooked_kept,
                                                 .context = daemon});
    daemon->loop = loop_open(&(struct loop_options){.clock = &daemon->clock,
                                                    .store = daemon->store,
                                                    .http = daemon->http,
                                                    .due = daemon->due,
                                                    .mailer = daemon->mailer,
                                                    .inbox = daemon->inbox,
                                                    .prosody_count = daemon->conf.prosody_count,
                                                    .prosody = daemon->prosody,
                                                    .ready = announce,
                                                    .context = daemon});
}

static bool open_prosodys(struct daemon *daemon, struct text *error)
{
    for (size_t i = 0; i < daemon->conf.prosody_count; i++)
        if (!open_prosody(daemon, i, error))
            return false;
    return true;
}

bool daemon_open(struct daemon *daemon, struct text *error)
{
    if (!open_store(daemon, error) || !open_letters(daemon, error) || !open_mailer(daemon, error) ||
        !open_http(daemon, error) || !open_inbox(daemon, error) || !open_prosodys(daemon, error))
        return false;
    open_loop(daemon);
    return true;
}

/* In reverse, and the connections first: what they still owe is called back into due and loop. */
void daemon_close(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->conf.prosody_count; i++)
        xmpp_close(daemon->prosody[i].xmpp);
    loop_close(daemon->loop);
    if (daemon->due)
        due_close(daemon->due);
    for (size_t i = 0; i < daemon->conf.prosody_count; i++)
        rooms_close(daemon->prosody[i].rooms);
    inbox_close(daemon->inbox);
    http_close(daemon->http);
    if (daemon->mailer)
        mailer_close(daemon->mailer);
    if (daemon->letters)
        letters_close(daemon->letters);
    store_close(daemon->store);
    if (daemon->zones)
        zones_free(daemon->zones);
    if (daemon->catalogues)
        catalogues_free(daemon->catalogues);
    conf_free(&daemon->conf);
}

/* -t: opens what can be opened without being noticed. */
bool daemon_check(struct daemon *daemon, struct text *error)
{
    const struct store_options options = store_options_of(&daemon->conf);
    int found = 1;
    if (is_in_use(daemon->conf.database))
        log_line(LOG_NOTICE, "%s is in use by a running jmbd: not checked", daemon->conf.database);
    else if ((found = store_check(&options, error)) < 0)
        return false;
    if (found == 0)
        log_line(LOG_NOTICE, "%s is not there yet: jmbd will make it", daemon->conf.database);
    if (!open_letters(daemon, error) || !http_check(&daemon->conf.site, daemon->zones, error))
        return false;
    int mail = mailer_check(&daemon->conf.mail, error);
    if (mail == 0)
        log_line(LOG_NOTICE, "%s, the folder for mail, is not there yet: jmbd will make it",
                 daemon->conf.mail.folder);
    return mail >= 0;
}
