/* Who is it, and may they: sessions, sign-in by link, and the one table of who may do what. */
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

/* What somebody wants with a meeting. */
enum right { RIGHT_SEE, RIGHT_ROSTER, RIGHT_REPORT, RIGHT_EDIT };
/* The meeting of the address's first argument, when the signed-in reader has that right; else the reply is
 * set (404 for what is not theirs to know) and false comes back. `me` may have id 0: an organiser always has
 * a row, others see nothing. */
bool auth_find_meeting(struct request *request, enum right right, struct meeting *meeting,
                       struct attendee *me);

void auth_get_sign_in(struct request *request);
void auth_post_sign_in(struct request *request);
void auth_get_link(struct request *request);
void auth_post_link(struct request *request);
void auth_post_sign_out(struct request *request);
/* Admin socket: {"mail": ...} becomes {"link": ...}. */
void auth_admin_link(struct request *request);

#endif
