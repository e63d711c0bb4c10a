/* What can be done about a meeting while it goes on: shared by its page, the pages of live.c, and extend.c.
 */
#ifndef HTTP_LIVE_H
#define HTTP_LIVE_H

#include "http/view.h"

/* From its start until its room closes. */
bool live_is_on(const struct request *request, const struct meeting *meeting);
/* What meeting.html shows to whoever may edit it, while it goes on: live, connected, extend. False: broken.
 */
bool data_live(struct request *request, json_t *data, const struct meeting *meeting);

/* extend (a button each; absent when there is none: extend_none), extend_action. False: broken. */
bool data_extend(struct request *request, json_t *data, const struct meeting *meeting, const char *action);
/* The form's `minutes`: > 0 done, 0 refused (senseless, or into the next meeting), < 0 broken. */
int extend_do(struct request *request, const struct meeting *meeting, const char *by);

#endif
