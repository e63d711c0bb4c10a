/* A meeting as pages show it: its state, who may enter when, and the words for all that. */
#ifndef HTTP_VIEW_H
#define HTTP_VIEW_H

#include "http/page.h"

enum view_state {
    VIEW_COMING,
    VIEW_LIVE, /* between start and end */
    VIEW_OVER,
    VIEW_CANCELLED
};

enum view_state view_state(const struct meeting *meeting, int64_t now);
/* Who has that role may enter from..to. */
int64_t view_opens_at(const struct meeting *meeting, enum role role);
int64_t view_closes_at(const struct meeting *meeting);
bool view_is_open(const struct meeting *meeting, enum role role, int64_t now);

/* The meeting's own zone; the reader's when it is not known. */
const struct zone *view_zone(struct request *request, const struct meeting *meeting);
const char *view_role(struct request *request, enum role role);
const char *view_answer(struct request *request, enum partstat partstat);
/* How long it takes, in whole minutes: one that was ended has seconds. */
void view_add_length(struct text *text, const struct catalogue *catalogue, const struct meeting *meeting);
/* How a letter went, of the states of the schema: handed over is not delivered. */
const char *view_letter_state(struct request *request, const char *state);
/* "Name" <mail> and a line end, as addresses_read reads it. */
void view_add_address(struct text *text, const char *name, const char *mail);

/* What to say of its state beside the time, and a class for its colour; NULL: nothing. */
const char *view_state_words(struct request *request, const struct meeting *meeting, const char **class);

/* What every page about one meeting shows, in its own zone: subject, description, language (of both), when,
 * zone, length, href, state (with state_class), cancelled, live, over. */
json_t *view_meeting(struct request *request, const struct meeting *meeting);
/* How the reader joins by telephone; NULL: the site has no way. */
const char *view_dial_in(struct request *request);
/* An address to give away, for shared_address.html: copied, shared from a phone, shown as a code. `code` is
 * the path of the picture, `title` what is shared. */
void view_shared(struct request *request, json_t *data, const char *address, const char *code,
                 const char *title);
/* The addresses of the reader's calendar, for feed_address.html. */
void view_feed(struct request *request, json_t *data);
/* A language in its own words. */
const char *view_language(const char *language);
/* What the script of a field for people fills in itself: {count} and {name} stay as they are. */
void view_people_field(json_t *data);
/* The name of somebody, or the mail address as people write it. */
const char *view_name(struct request *request, const char *name, const char *mail);

#endif
