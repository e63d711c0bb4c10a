/* Who is it, and may they: sessions (auth_session.c), what was typed when one had ended (auth_kept.c),
 * signing in by a link in a letter (auth_local.c) or by the web server (auth_proxy.c), and the one table of
 * who may do what (auth_rights.c; docs/architecture.md shows it). */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "http/request.h"

/* Looks the session's cookie up; signed_in, person, language and zone of the request follow from it. */
void auth_load(struct request *request);
/* The token that a POST from a page must carry, bound to the session. Of the arena. */
const char *auth_csrf(struct request *request);
bool auth_csrf_is_good(const struct request *request);
/* True when Origin is absent or the site's own (RFC 6454 7). */
bool auth_origin_is_good(const struct request *request);
/* The path of signing in and going on to `next`, a path of ours without the site's own. Of the arena. */
const char *auth_address(struct request *request, const char *next);
/* Sends a reader without a session to sign in, and back here after it. */
void auth_ask(struct request *request);
/* The identity headers of auth = proxy came from somebody who is not the web server: the reply is set. */
bool auth_refuse_forged(struct request *request);

/* A POST whose session has ended: says how it goes on. Signing in leads back to `page`; when that shows what
 * was typed, it is kept for that person in this browser. */
void auth_refuse_nobody(struct request *request, const char *page, bool shows);
/* A POST with the token of another session than the reader's, from a form that `page` shows anew: what was
 * typed by the same person can be sent once more. */
void auth_refuse_token(struct request *request, const char *page);
/* Puts what was kept for this page into request->form: a handler of GET shows the form as it was typed when
 * form.count > 0. */
void auth_load_kept(struct request *request);

/* May the signed-in reader, or that person, book meetings (and look into the directory for it)? */
bool auth_may_book(const struct request *request);
bool auth_person_may_book(const struct request *request, const struct person *person);
void auth_refuse_booking(struct request *request);

/* What somebody wants with a meeting. */
enum right {
    RIGHT_SEE,    /* its page */
    RIGHT_ROSTER, /* who is invited, answers, letters */
    RIGHT_REPORT, /* the attendance */
    RIGHT_EDIT    /* change, cancel, invite */
};
/* The meeting of the address's first argument, when the signed-in reader has that right; else the reply is
 * set (404 for what is not theirs to know) and false comes back. `me` may have id 0: an organiser always has
 * a row, a deputy may have none. A deputy's `me` has the organiser's role unless invited. */
bool auth_find_meeting(struct request *request, enum right right, struct meeting *meeting,
                       struct attendee *me);
/* The same for whoever may edit it, while it can still be changed; once it is over or cancelled `refuse` sets
 * the reply. */
bool auth_find_editable(struct request *request, struct meeting *meeting,
                        void (*refuse)(struct request *request, const struct meeting *meeting));
/* Who holds the link of that purpose in the address's first argument, and their meeting; else the reply is
 * set. */
bool auth_find_invited(struct request *request, enum link_purpose purpose, struct attendee *me,
                       struct meeting *meeting);
/* After auth_find_meeting: whether the reader has another right to the same meeting. */
bool auth_may(const struct request *request, enum right right);

void auth_get_sign_in(struct request *request);
void auth_post_sign_in(struct request *request);
void auth_get_code(struct request *request);
void auth_post_code(struct request *request);
void auth_get_link(struct request *request);
void auth_post_link(struct request *request);
void auth_post_sign_out(struct request *request);
void auth_get_signed_out(struct request *request);
/* Admin socket: {"mail": ...} becomes {"link": ...}. */
void auth_admin_link(struct request *request);

#endif
