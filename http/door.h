/* The way into a room, for whoever comes by whichever address (a personal link, the shared address, a page of
 * ours, Jitsi itself): who may pass now, the pages for those who may not, and Jitsi's address for those who
 * may.
 *
 * `back` is the path of the address that somebody came by, without the site's own: the waiting page goes on
 * to it, and after the conference it brings them back. */
#ifndef HTTP_DOOR_H
#define HTTP_DOOR_H

#include "http/view.h"
#include "sql/store_rooms.h"

/* True when the reply is set, since the meeting is cancelled or over: the page says so, and whom to write to.
 */
bool door_is_closed(struct request *request, const struct meeting *meeting);
/* True when the reply is set, since it is too early for that role: a page that waits and goes on by itself.
 */
bool door_is_early(struct request *request, const struct meeting *meeting, enum role role, const char *back);

/* Who goes through. */
struct entrant {
    const char *ref;  /* context.user.id of the token; NULL: nobody that we know, so there is no token */
    const char *name; /* NULL: Jitsi asks for it */
    bool moderator;
    const char *tenant;         /* of the room's address; NULL: none */
    const char *room, *subject; /* the room's name, and what it is called for them */
    int64_t until;              /* the token is good until then */
    const char *back;
};
/* Sends them to Jitsi, and lets /closed know where they came from. */
void door_go(struct request *request, const struct entrant *entrant);
/* The same for somebody invited, after all checks. */
void door_go_as(struct request *request, const struct meeting *meeting, const struct attendee *me,
                const char *back);

/* Closed, early, or through: somebody invited who is known to be who they are. */
void door_enter(struct request *request, const struct meeting *meeting, const struct attendee *me,
                const char *back);
/* The signed-in owner goes into the own room. */
void door_go_home(struct request *request, const struct personal_room *room);
/* A page for somebody signed in whom the meeting does not know. */
void door_refuse_uninvited(struct request *request, const struct meeting *meeting);
/* The mail address of the organiser, for people; NULL when it is not known. */
const char *door_contact(struct request *request, const struct meeting *meeting);

#endif
