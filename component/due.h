/* What time brings: letters to the mailer, reminders and ends to the rooms. Reads rows, hands them on, writes
 * how it went; holds nothing that a kill could lose. */
#ifndef COMPONENT_DUE_H
#define COMPONENT_DUE_H

#include "component/letters.h"
#include "component/mailer.h"
#include "proto/site.h"
#include "sql/store_rooms.h"

#include <jansson.h>

struct due;

struct due_options {
    struct store *store;
    struct letters *letters;
    struct mailer *mailer;
    const struct catalogues *catalogues;
    int per_organiser_day, per_minute; /* letters that may leave; 0: no bound */
    /* Says or ends in every Prosody's room what the reminder asks (text is in the room's language already);
     * the outcome comes by due_reminder_done. False: nobody is connected, try later. */
    bool (*act)(const struct due_reminder *reminder, const char *text, void *context);
    /* Says something to one who is in a room, once for each key. NULL: nobody is told anything alone. */
    void (*whisper)(const struct present *present, const char *key, const char *text, void *context);
    void *context;
    const struct link_keys *keys; /* of the link that moderators get to extend with */
    const struct site *site;
    int unbooked_kept; /* seconds that visits of rooms without a booking are kept; 0: for others to forget */
};

struct due *due_open(const struct due_options *options);
void due_close(struct due *due);

/* Adds "mail" to the health page: since when the relay is away, and why; letters that were made and answered.
 */
void due_add_health(json_t *into, const struct due *due, int64_t now);

/* Takes the mailer's results into the store, renders and offers what is due (only what is stored durably:
 * call it right after a commit, or with a clean turn), acts on reminders. */
void due_run(struct due *due, int64_t now);
/* The turn ended. When it was not stored, what due_run and due_reminder_done wrote in it is written again
 * later, instead of a letter or a word going out twice. */
void due_committed(struct due *due, bool stored);
/* The module's answer to a reminder: how many heard it (0: nobody there); < 0: it could not be asked, try
 * again later. */
void due_reminder_done(struct due *due, int64_t id, int64_t said, int64_t now);
/* When due_run is wanted next at the latest; INT64_MAX: when something happens. */
int64_t due_next(struct due *due, int64_t now);

#endif
