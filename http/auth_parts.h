/* What the files auth_*.c share. */
#ifndef HTTP_AUTH_PARTS_H
#define HTTP_AUTH_PARTS_H

#include "http/auth.h"
#include "sql/store_sign_ins.h"

/* A path of this site, for going on after signing in; NULL for anything else: another host (//host, http:), a
 * backslash (browsers take it for a slash), control characters. */
const char *auth_next(const char *next);

/* The random name of the browser, of its cookie; all 0 is none. */
bool auth_browser(const struct request *request, struct link_id *browser);
/* Goes into the reply; it lasts for `age` seconds. */
void auth_set_browser(struct request *request, const struct link_id *browser, int age);

/* The name of a browser that has signed in as the person of that main address before. */
bool auth_known(struct request *request, const char *mail, struct link_id *known);
/* From now on it has, for a year: goes into the reply. */
void auth_set_known(struct request *request, const char *mail);

/* Whether a link may be asked for in a browser that does not know its person; false: the reply is set, too
 * many were. *crowded_until: only those who signed in before get letters, until then; else it stays.
 * auth_crowd.c */
bool auth_crowd_has_room(struct request *request, const struct sign_in *sign_in, int64_t *crowded_until);
/* How long to wait, and when that is: '34 min (19:32)'. Of the arena. */
const char *auth_wait_words(struct request *request, int64_t until);
void auth_retry_after(struct request *request, int64_t until);

/* Opens a session for the person and goes on to `next` (NULL: the list); the reply is set. */
void auth_begin_session(struct request *request, int64_t person, const char *next);
/* jean.dupont@... is Jean Dupont until somebody knows better. */
const char *auth_name_of_mail(struct arena *arena, const char *mail);

/* GET /sign-in of the two modes. */
void auth_local_ask(struct request *request, const char *next);
void auth_proxy_sign_in(struct request *request, const char *next);

#endif
