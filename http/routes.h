/* One table: which page answers which address. */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "http/request.h"

/* Answers a complete request: finds the page, checks what every page needs, calls it. */
void routes_answer(struct request *request);

/* The pages, by file. */
void meetings_get_list(struct request *request);
void booking_get_form(struct request *request);
void booking_post(struct request *request);
void booking_get_change(struct request *request);
void booking_post_change(struct request *request);
void attendees_get(struct request *request);
void attendees_post(struct request *request);
void attendee_post_resend(struct request *request);
void attendee_post_role(struct request *request);
void attendee_get_renew(struct request *request);
void attendee_post_renew(struct request *request);
void attendee_get_remove(struct request *request);
void attendee_post_remove(struct request *request);
void meeting_get_hand_over(struct request *request);
void meeting_post_hand_over(struct request *request);
void meeting_get(struct request *request);
void meeting_get_cancel(struct request *request);
void meeting_post_cancel(struct request *request);
void attendance_get(struct request *request);
void attendance_get_csv(struct request *request);
void attendance_get_json(struct request *request);
void join_get(struct request *request);
void join_get_mine(struct request *request);
void shared_get(struct request *request);
void shared_post(struct request *request);
void shared_get_code(struct request *request);
void token_get(struct request *request);
void my_room_get(struct request *request);
void my_room_post(struct request *request);
void my_room_get_enter(struct request *request);
void my_room_get_code(struct request *request);
void door_get_closed(struct request *request);
void invitation_get(struct request *request);
void invitation_post(struct request *request);
void invitation_get_calendar(struct request *request);
void stop_get(struct request *request);
void stop_post(struct request *request);
void feed_get(struct request *request);
void settings_get(struct request *request);
void settings_post(struct request *request);
void settings_post_deputy(struct request *request);
void settings_post_deputy_gone(struct request *request);
void settings_post_feed(struct request *request);
void people_get(struct request *request);
void import_post_people(struct request *request);
void import_post_people_prune(struct request *request);
void import_post_lists(struct request *request);
void import_post_lists_prune(struct request *request);
void health_get(struct request *request);
void extend_get(struct request *request);
void extend_post(struct request *request);
void live_post_say(struct request *request);
void live_post_extend(struct request *request);
void live_get_end(struct request *request);
void live_post_end(struct request *request);
void admin_post_say(struct request *request);
void admin_post_end(struct request *request);
void admin_get_order(struct request *request);
void admin_get_health(struct request *request);
void admin_get_metrics(struct request *request);

#endif
