/* The configuration file, jmb.conf(5): INI sections, every key with a default, durations with units (30s,
 * 15m, 8h, 7d). Only conf.c knows the file; the parts get their own options structs. */
#ifndef COMPONENT_CONF_H
#define COMPONENT_CONF_H

#include "component/mailer.h"
#include "http/http.h"
#include "proto/arena.h"

enum { CONF_PROSODYS_MAX = 8, CONF_LIST_MAX = 32 };

struct conf_prosody {
    const char *name; /* of the section: [prosody NAME] */
    const char *host; /* an address, not a name: connecting must not wait for DNS */
    int port;
    const char *component;                         /* the component's domain */
    const char *secret;                            /* read from secret_file */
    const char *muc;                               /* the conference MUC's address: whom we believe */
    const char *identity_hosts[CONF_LIST_MAX + 1]; /* where a login says who somebody is; NULL ends it */
};

struct conf {
    struct arena arena; /* of all strings */
    struct site site;
    const char *database;      /* [site] database */
    const char *link_key_file; /* [site] link_key_file */
    struct link_keys keys;
    const char *listen, *admin_socket;
    enum auth_mode auth;
    const char *local_domains[CONF_LIST_MAX + 1];
    const char *internal_domains[CONF_LIST_MAX + 1]; /* local_domains unless they are given */
    bool moderators_sign_in;
    int session_age, sign_in_age, sign_ins_per_person;
    int sign_ins_per_browser, sign_ins_per_address, sign_ins_per_address_most;
    enum may_book may_book;
    const char *group, *logout_url, *client_address_header;
    const char *identity_headers[IDENTITY_FIELDS];
    const char *trusted[CONF_LIST_MAX + 1];
    const char *jitsi_url;
    const char *app_secret_file;
    struct token_key token_key;
    bool token_in_fragment, guest_tokens;
    size_t prosody_count;
    struct conf_prosody prosody[CONF_PROSODYS_MAX];
    struct mailer_options mail;
    const char *mail_templates, *mail_password_file; /* NULL: none */
    int mail_per_organiser_day, mail_per_minute;     /* letters; 0: no bound */
    const char *mail_from, *mail_from_name, *mail_domain;
    const char *mail_reply_address, *mail_reply_socket;   /* NULL: answers by mail do not reach us */
    const char *mail_calendar_senders[CONF_LIST_MAX + 1]; /* programs that answer for whom Reply-To names */
    struct booking_limits limits;
    struct feed_options feed;
    const char *moderation; /* strict, delegable, none: of booked rooms */
    const char *unbooked;   /* admission of rooms without a booking: open, signed-in, closed */
    const char *sender;     /* the name that speaks in rooms */
    const char *identity_hosts[CONF_PROSODYS_MAX * CONF_LIST_MAX + 1]; /* of all [prosody NAME] */
    int rejoin;           /* seconds within which a visit that begins again goes on */
    int unbooked_kept;    /* seconds that visits of rooms without a booking are kept; 0: not at all */
    struct text warnings; /* a line each; none of them stops the start */
};

/* Reads and checks all of it, secrets and keys too. < 0: `errors` has a line each, 'FILE:LINE: what is wrong,
 * what is allowed'; conf_free is wanted all the same. */
int conf_read(struct conf *conf, const char *path, struct text *errors);
/* The same from bytes; `path` is only what errors call it. */
int conf_read_bytes(struct conf *conf, const char *path, const char *bytes, size_t size, struct text *errors);
void conf_free(struct conf *conf);

#endif
