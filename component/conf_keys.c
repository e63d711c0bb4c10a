/* All keys of jmb.conf, a line each. */
#include "component/conf_parts.h"
#include "component/conf_values.h"

#include <stddef.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

#define AT(member) offsetof(struct conf, member)
#define LIMIT(member) offsetof(struct conf, limits.member)
#define OPTION(member) offsetof(struct conf, limits.options.member)
#define PROSODY(member) offsetof(struct conf_prosody, member)

#define RANGE(a, b) .least = (a), .most = (b)

const struct conf_key conf_keys[] = {
    {"site", "name", "Jitsi Meet Booking", CONF_STRING, AT(site.name), .check = NULL},
    {"site", "url", NULL, CONF_URL, AT(site.url), .check = value_is_url,
     .help = "where people reach these pages, like https://meet.example/booking"},
    {"site", "language", "en", CONF_STRING, AT(site.language), .check = value_is_language},
    {"site", "tz", "UTC", CONF_STRING, AT(site.tz), .check = value_is_zone},
    {"site", "contact", "", CONF_MAIL, AT(site.contact), .check = NULL},
    {"site", "colour", "", CONF_STRING, AT(site.colour), .check = value_is_colour},
    {"site", "logo", "", CONF_STRING, AT(site.logo), .check = value_is_path},
    {"site", "footer", "", CONF_STRING, AT(site.footer), .check = NULL},
    {"site", "help", "", CONF_STRING, AT(site.help), .check = value_is_url},
    {"site", "database", "/var/lib/jmb/jmb.db", CONF_STRING, AT(database), .check = value_is_path},
    {"site", "link_key_file", "/etc/jitsi/jmb/link.key", CONF_STRING, AT(link_key_file),
     .check = value_is_path},

    {"http", "listen", "127.0.0.1:8080", CONF_STRING, AT(listen), .check = value_is_listen},
    {"http", "admin_socket", "/run/jmb/admin.sock", CONF_STRING, AT(admin_socket), .check = value_is_path},

    {"http", "client_address_header", "", CONF_STRING, AT(client_address_header), .check = value_is_token},

    {"auth", "mode", "local", CONF_CHOICE, AT(auth), .choices = "local|proxy"},
    {"auth", "local_domains", "", CONF_DOMAINS, AT(local_domains), .check = NULL},
    {"auth", "internal_domains", "", CONF_DOMAINS, AT(internal_domains), .check = NULL},
    {"auth", "moderators_sign_in", "internal", CONF_EITHER, AT(moderators_sign_in),
     .choices = "none|internal"},
    {"auth", "session_age", "14d", CONF_DURATION, AT(session_age), RANGE(MINUTE, 366 * DAY)},
    {"auth", "sign_in_age", "15m", CONF_DURATION, AT(sign_in_age), RANGE(MINUTE, 7 * DAY)},
    {"auth", "sign_ins_per_person", "5", CONF_NUMBER, AT(sign_ins_per_person), RANGE(1, 1000)},
    {"auth", "sign_ins_per_browser", "10", CONF_NUMBER, AT(sign_ins_per_browser), RANGE(1, 1000)},
    {"auth", "sign_ins_per_address", "60", CONF_NUMBER, AT(sign_ins_per_address), RANGE(1, 100000)},
    {"auth", "sign_ins_per_address_most", "600", CONF_NUMBER, AT(sign_ins_per_address_most),
     RANGE(1, 100000)},
    {"auth", "may_book", "everyone", CONF_CHOICE, AT(may_book), .choices = "everyone|group|directory"},
    {"auth", "group", "", CONF_STRING, AT(group), .check = NULL},
    {"auth", "trusted", "", CONF_NETWORKS, AT(trusted), .check = NULL},
    {"auth", "uid_header", "X-JMB-Uid", CONF_STRING, AT(identity_headers[IDENTITY_UID]),
     .check = value_is_token},
    {"auth", "mail_header", "X-JMB-Mail", CONF_STRING, AT(identity_headers[IDENTITY_MAIL]),
     .check = value_is_token},
    {"auth", "given_name_header", "X-JMB-Given-Name", CONF_STRING, AT(identity_headers[IDENTITY_GIVEN_NAME]),
     .check = value_is_token},
    {"auth", "surname_header", "X-JMB-Surname", CONF_STRING, AT(identity_headers[IDENTITY_SURNAME]),
     .check = value_is_token},
    {"auth", "name_header", "X-JMB-Name", CONF_STRING, AT(identity_headers[IDENTITY_NAME]),
     .check = value_is_token},
    {"auth", "groups_header", "X-JMB-Groups", CONF_STRING, AT(identity_headers[IDENTITY_GROUPS]),
     .check = value_is_token},
    {"auth", "logout_url", "", CONF_STRING, AT(logout_url), .check = value_is_page},

    {"jitsi", "url", NULL, CONF_URL, AT(jitsi_url), .least = 1, .check = value_is_url,
     .help = "Jitsi's own address, like https://meet.example/"},
    {"jitsi", "app_id", NULL, CONF_STRING, AT(token_key.app_id), .check = value_is_word,
     .help = "the app_id of Prosody's token authentication"},
    {"jitsi", "app_secret_file", "/etc/jitsi/jmb/app.secret", CONF_STRING, AT(app_secret_file),
     .check = value_is_path},
    {"jitsi", "audience", "jitsi", CONF_STRING, AT(token_key.audience), .check = value_is_word},
    {"jitsi", "subject", "*", CONF_STRING, AT(token_key.subject), .check = value_is_word},
    {"jitsi", "token_in", "query", CONF_EITHER, AT(token_in_fragment), .choices = "query|fragment"},
    {"jitsi", "guest_tokens", "yes", CONF_FLAG, AT(guest_tokens), .check = NULL},
    {"jitsi", "dial_in", "", CONF_STRING, AT(site.dial_in), .check = NULL},
    {"jitsi", "dial_in_fr", "", CONF_STRING, AT(site.dial_in_fr), .check = NULL},

    {"prosody", "host", "127.0.0.1", CONF_STRING, PROSODY(host), .check = value_is_address},
    {"prosody", "port", "5347", CONF_NUMBER, PROSODY(port), RANGE(1, 65535)},
    {"prosody", "component", NULL, CONF_STRING, PROSODY(component), .check = value_is_domain,
     .help = "the name of Component \"...\" in Prosody's configuration, like jmb.meet.example"},
    {"prosody", "secret_file", "/etc/jitsi/jmb/component.secret", CONF_STRING, PROSODY(secret),
     .check = value_is_path},
    {"prosody", "muc", NULL, CONF_STRING, PROSODY(muc), .check = value_is_domain,
     .help = "the conference MUC, like conference.meet.example"},
    {"prosody", "identity_hosts", "", CONF_DOMAINS, PROSODY(identity_hosts), .check = NULL},

    {"mail", "transport", "smtp", CONF_CHOICE, AT(mail.transport), .choices = "folder|smtp"},
    {"mail", "folder", "", CONF_STRING, AT(mail.folder), .check = value_is_path},
    {"mail", "host", "127.0.0.1", CONF_STRING, AT(mail.host), .check = NULL},
    {"mail", "port", "25", CONF_NUMBER, AT(mail.port), RANGE(1, 65535)},
    {"mail", "timeout", "30s", CONF_DURATION, AT(mail.timeout), RANGE(1, 10 * MINUTE)},
    {"mail", "from", NULL, CONF_MAIL, AT(mail_from),
     .help = "the address that letters come from, like jmb@meet.example"},
    {"mail", "from_name", "", CONF_STRING, AT(mail_from_name), .check = NULL},
    {"mail", "sender", "", CONF_MAIL, AT(mail.sender), .check = NULL},
    {"mail", "templates", "", CONF_STRING, AT(mail_templates), .check = value_is_path},
    {"mail", "starttls", "offered", CONF_CHOICE, AT(mail.starttls), .choices = "none|offered|required"},
    {"mail", "ca_file", "", CONF_STRING, AT(mail.ca_file), .check = value_is_path},
    {"mail", "user", "", CONF_STRING, AT(mail.user), .check = NULL},
    {"mail", "password_file", "", CONF_STRING, AT(mail_password_file), .check = value_is_path},
    {"mail", "per_organiser_day", "5000", CONF_NUMBER, AT(mail_per_organiser_day), RANGE(0, 1000000)},
    {"mail", "per_minute", "0", CONF_NUMBER, AT(mail_per_minute), RANGE(0, 100000)},
    {"mail", "reply_address", "", CONF_MAIL, AT(mail_reply_address), .check = NULL},
    {"mail", "calendar_senders", "noreply@email.apple.com", CONF_MAILS, AT(mail_calendar_senders),
     .check = NULL},
    {"mail", "reply_socket", "/run/jmb/reply.sock", CONF_STRING, AT(mail_reply_socket),
     .check = value_is_path},

    {"meetings", "length_least", "30m", CONF_DURATION, LIMIT(length_least), RANGE(1, 7 * DAY)},
    {"meetings", "length_most", "8h", CONF_DURATION, LIMIT(length_most), RANGE(1, 7 * DAY)},
    {"meetings", "length_step", "30m", CONF_DURATION, LIMIT(length_step), RANGE(1, DAY)},
    {"meetings", "length_default", "90m", CONF_DURATION, LIMIT(length_default), RANGE(1, 7 * DAY)},
    {"meetings", "moderators_most", "2", CONF_NUMBER, LIMIT(moderators_most), RANGE(0, 900)},
    {"meetings", "guests_most", "50", CONF_NUMBER, LIMIT(guests_most), RANGE(0, 10000)},
    {"meetings", "ahead_most", "366d", CONF_DURATION, LIMIT(ahead_most), RANGE(HOUR, 3660 * DAY)},
    {"meetings", "past_most", "30m", CONF_DURATION, LIMIT(past_most), RANGE(0, 7 * DAY)},
    {"meetings", "opens_before", "15m", CONF_DURATION, OPTION(opens_before), RANGE(0, DAY)},
    {"meetings", "guests_before", "5m", CONF_DURATION, OPTION(guests_before), RANGE(0, DAY)},
    {"meetings", "grace", "15m", CONF_DURATION, OPTION(grace), RANGE(0, DAY)},
    {"meetings", "maximum", "0", CONF_NUMBER, OPTION(maximum), RANGE(0, 100000)},
    {"meetings", "shared_address", "yes", CONF_FLAG, OPTION(shared), .check = NULL},
    {"meetings", "rejoin", "60s", CONF_DURATION, AT(rejoin), RANGE(0, HOUR)},
    {"meetings", "unbooked", "open", CONF_WORD, AT(unbooked), .choices = "open|signed-in|closed"},

    {"calendar", "feed_past", "30d", CONF_DURATION, AT(feed.past), RANGE(0, 3660 * DAY)},
    {"calendar", "feed_ahead", "366d", CONF_DURATION, AT(feed.ahead), RANGE(DAY, 3660 * DAY)},
    {"calendar", "alarms", "yes", CONF_FLAG, AT(feed.alarms), .check = NULL},

    {"moderation", "mode", "delegable", CONF_WORD, AT(moderation), .choices = "strict|delegable|none"},

    {"reminders", "room", "15m, 5m, 0s", CONF_REMINDERS, OPTION(room_reminders), RANGE(0, DAY)},
    {"reminders", "mail", "7d, 24h, 1h, 10m", CONF_REMINDERS, OPTION(mail_reminders),
     RANGE(MINUTE, 60 * DAY)},
    {"reminders", "at_end", "warn", CONF_CHOICE, OPTION(at_end), .choices = "none|warn|close"},
    {"reminders", "sender", "", CONF_STRING, AT(sender), .check = NULL},

    {"retention", "unbooked", "30d", CONF_DURATION, AT(unbooked_kept), RANGE(0, 3660 * DAY)},
    {.section = NULL},
};

_Static_assert(sizeof conf_keys / sizeof *conf_keys <= CONF_KEYS_MAX + 1, "places for the lines of all keys");

bool conf_key_is_list(const struct conf_key *key)
{
    return key->type == CONF_DOMAINS || key->type == CONF_MAILS || key->type == CONF_NETWORKS ||
           key->type == CONF_REMINDERS;
}

bool conf_key_is_prosody(const struct conf_key *key)
{
    return strcmp(key->section, "prosody") == 0;
}
