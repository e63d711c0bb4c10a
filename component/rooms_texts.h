/* Within rooms*.c only: the policy that the module is given of a meeting, a personal room, or a room without
 * a booking. All strings are of the arena or borrowed from the row. */
#ifndef COMPONENT_ROOMS_TEXTS_H
#define COMPONENT_ROOMS_TEXTS_H

#include "component/rooms_parts.h"

void policy_of_meeting(const struct rooms *rooms, struct arena *arena, const struct policy_row *row,
                       struct room_policy *policy);
void policy_of_cancelled(const struct rooms *rooms, struct arena *arena, const struct meeting *meeting,
                         struct room_policy *policy);
void policy_of_personal(const struct rooms *rooms, struct arena *arena, const struct personal_room *room,
                        struct room_policy *policy);
void policy_of_unbooked(const struct rooms *rooms, struct arena *arena, struct room_policy *policy);
/* When people may enter first, and when nobody may any more. */
int64_t meeting_opens_at(const struct meeting *meeting);
int64_t meeting_closes_at(const struct meeting *meeting);

#endif
