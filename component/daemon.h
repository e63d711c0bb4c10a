/* The running daemon: all its parts, opened and closed. The configuration, catalogues and zones are loaded
 * before (main.c). */
#ifndef COMPONENT_DAEMON_H
#define COMPONENT_DAEMON_H

#include "component/conf.h"
#include "component/due.h"
#include "component/letters.h"
#include "component/loop.h"

/* Everything that lives as long as the program. */
struct daemon {
    struct conf conf;
    struct clock clock;
    struct catalogues *catalogues;
    struct zones *zones;
    struct store *store;
    struct http *http;
    struct letters *letters;
    struct mailer *mailer;
    struct inbox *inbox; /* NULL: answers by mail do not reach us */
    struct due *due;
    struct loop *loop;
    struct loop_prosody prosody[CONF_PROSODYS_MAX];
};

/* False: `error` gets a line for people; daemon_close is wanted all the same. */
bool daemon_open(struct daemon *daemon, struct text *error);
/* jmbd -t: looks at all that the configuration names, and changes nothing. */
bool daemon_check(struct daemon *daemon, struct text *error);
/* In reverse; frees what main.c loaded, too. */
void daemon_close(struct daemon *daemon);

#endif
