#include "http/routes.h"

#include "http/auth.h"
#include "http/page.h"

#include <string.h>

typedef void handler(struct request *request);

/* Who a route is for. */
enum door {
    DOOR_OPEN,   /* anybody, or the link in the address says who */
    DOOR_PEOPLE, /* signed in; a POST carries the session's token */
    DOOR_BOOKERS /* the same, and may book */
};

struct route {
    const char *pattern; /* * stands for one part of the path */
    enum door door;
    handler *get, *post;
};

static const struct route public_routes[] = {
    {"/j/*", DOOR_OPEN, join_get, NULL},
    {"/s/*", DOOR_OPEN, shared_get, shared_post},
    {"/s/*/code.svg", DOOR_OPEN, shared_get_code, NULL},
    {"/closed", DOOR_OPEN, door_get_closed, NULL},
    {"/token", DOOR_PEOPLE, token_get, NULL},
    {"/my-room", DOOR_PEOPLE, my_room_get, my_room_post},
    {"/my-room/enter", DOOR_PEOPLE, my_room_get_enter, NULL},
    {"/my-room/code.svg", DOOR_PEOPLE, my_room_get_code, NULL},
    {"/i/*/invite.ics", DOOR_OPEN, invitation_get_calendar, NULL},
    {"/i/*", DOOR_OPEN, invitation_get, invitation_post},
    {"/u/*", DOOR_OPEN, stop_get, stop_post},
    {"/x/*", DOOR_OPEN, extend_get, extend_post},
    {"/ical/*", DOOR_OPEN, feed_get, NULL},
    {"/static/*/*", DOOR_OPEN, page_static, NULL},
    {"/", DOOR_PEOPLE, meetings_get_list, NULL},
    {"/meetings", DOOR_BOOKERS, NULL, booking_post},
    {"/meetings/new", DOOR_BOOKERS, booking_get_form, NULL},
    {"/meetings/*", DOOR_PEOPLE, meeting_get, booking_post_change},
    {"/meetings/*/edit", DOOR_PEOPLE, booking_get_change, NULL},
    {"/meetings/*/attendees", DOOR_PEOPLE, attendees_get, attendees_post},
    {"/meetings/*/attendees/*/resend", DOOR_PEOPLE, NULL, attendee_post_resend},
    {"/meetings/*/attendees/*/role", DOOR_PEOPLE, NULL, attendee_post_role},
    {"/meetings/*/attendees/*/renew", DOOR_PEOPLE, attendee_get_renew, attendee_post_renew},
    {"/meetings/*/attendees/*/remove", DOOR_PEOPLE, attendee_get_remove, attendee_post_remove},
    {"/meetings/*/hand-over", DOOR_PEOPLE, meeting_get_hand_over, meeting_post_hand_over},
    {"/meetings/*/join", DOOR_PEOPLE, join_get_mine, NULL},
    {"/meetings/*/cancel", DOOR_PEOPLE, meeting_get_cancel, meeting_post_cancel},
    {"/meetings/*/say", DOOR_PEOPLE, NULL, live_post_say},
    {"/meetings/*/extend", DOOR_PEOPLE, NULL, live_post_extend},
    {"/meetings/*/end", DOOR_PEOPLE, live_get_end, live_post_end},
    {"/meetings/*/attendance", DOOR_PEOPLE, attendance_get, NULL},
    {"/meetings/*/attendance.csv", DOOR_PEOPLE, attendance_get_csv, NULL},
    {"/meetings/*/attendance.json", DOOR_PEOPLE, attendance_get_json, NULL},
    {"/people", DOOR_OPEN, people_get, NULL}, /* says itself who may, in JSON */
    {"/settings", DOOR_PEOPLE, settings_get, settings_post},
    {"/settings/deputies", DOOR_BOOKERS, NULL, settings_post_deputy},
    {"/settings/deputies/remove", DOOR_PEOPLE, NULL, settings_post_deputy_gone},
    {"/settings/feed", DOOR_PEOPLE, NULL, settings_post_feed},
    {"/sign-in", DOOR_OPEN, auth_get_sign_in, auth_post_sign_in},
    {"/sign-in/code", DOOR_OPEN, auth_get_code, auth_post_code},
    {"/sign-in/*", DOOR_OPEN, auth_get_link, auth_post_link},
    {"/sign-out", DOOR_PEOPLE, NULL, auth_post_sign_out},
    {"/signed-out", DOOR_OPEN, auth_get_signed_out, NULL},
    {"/about/health", DOOR_OPEN, health_get, NULL},
    {NULL, DOOR_OPEN, NULL, NULL},
};

static const struct route admin_routes[] = {
    {"/about/health", DOOR_OPEN, admin_get_health, NULL},
    {"/metrics", DOOR_OPEN, admin_get_metrics, NULL},
    {"/sign-in", DOOR_OPEN, NULL, auth_admin_link},
    {"/people", DOOR_OPEN, NULL, import_post_people},
    {"/people/prune", DOOR_OPEN, NULL, import_post_people_prune},
    {"/lists", DOOR_OPEN, NULL, import_post_lists},
    {"/lists/prune", DOOR_OPEN, NULL, import_post_lists_prune},
    {"/say", DOOR_OPEN, NULL, admin_post_say},
    {"/end", DOOR_OPEN, NULL, admin_post_end},
    {"/orders/*", DOOR_OPEN, admin_get_order, NULL},
    {NULL, DOOR_OPEN, NULL, NULL},
};

/* The page that a POST comes from, when not at its own address: * takes the part over. */
static const struct route_page {
    const char *pattern, *page;
    bool shows; /* again what was typed there */
} route_pages[] = {
    {"/meetings", "/meetings/new", true},
    {"/meetings/*", "/meetings/*/edit", true},
    {"/meetings/*/say", "/meetings/*", true},
    {"/meetings/*/extend", "/meetings/*", false},
    {"/meetings/*/attendees/*/resend", "/meetings/*", false},
    {"/meetings/*/attendees/*/role", "/meetings/*", false},
    {"/settings/deputies", "/settings", true},
    {"/settings/deputies/remove", "/settings", false},
    {"/settings/feed", "/settings", false},
    {NULL, NULL, false},
};

/* True when `path` fits; the parts that * stood for become the request's arguments. */
static bool route_fits(struct request *request, const char *pattern)
{
    const char *path = request->path;
    size_t count = 0;
    while (*pattern) {
        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t size = strcspn(path, "/");
        if (size == 0 || count == ROUTE_ARGUMENTS_MAX)
            return false;
        request->arguments[count++] =
            path[size] || strcmp(pattern, "*") != 0 ? arena_dup_bytes(&request->arena, path, size) : path;
        path += size;
        pattern++;
    }
    return !*path;
}

static void route_refuse_origin(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "What you sent came from a page of another address. Open this site by its own address, "
          "then send it again.");
    page_notice(request, &(struct notice){.status = 403,
                                          .title = request_text(request, "This was not sent from here"),
                                          .text = text,
                                          .action = request_options(request)->site->name,
                                          .address = request_path(request, "/")});
}

/* The path of the page that a POST to this address comes from, and whether it can show again what was typed.
 */
static const char *route_page(struct request *request, const struct route *route, bool *shows)
{
    const struct route_page *page = route_pages;
    while (page->pattern && strcmp(page->pattern, route->pattern) != 0)
        page++;
    *shows = page->pattern ? page->shows : route->get != NULL;
    if (!page->pattern)
        return route->get ? request->path : "/";
    struct text path = {0};
    for (const char *at = page->page, *const *argument = request->arguments; *at; at++) {
        if (*at == '*')
            text_add(&path, *argument++);
        else
            text_add_char(&path, *at);
    }
    const char *copy = arena_dup(&request->arena, text_string(&path));
    text_free(&path);
    return copy;
}

/* Somebody who opens the address that a form was sent to finds the page that it is on. */
static void route_refuse_method(struct request *request, const struct route *route)
{
    bool shows, get = request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (get && !request->admin && route->door != DOOR_OPEN) {
        reply_redirect(request, 303, request_path(request, "%s", route_page(request, route, &shows)));
        return;
    }
    const char *allow = !route->post ? "GET, HEAD" : route->get ? "GET, HEAD, POST" : "POST";
    page_notice(request,
                &(struct notice){.status = 405,
                                 .title = request_text(request, "That cannot be done here"),
                                 .text = request_text(request, "This address answers other requests."),
                                 .action = request_text(request, "Go to my meetings"),
                                 .address = request_path(request, "/")});
    reply_header(request, "Allow", allow);
}

/* What every POST needs before its page sees it. */
static void route_post(struct request *request, const struct route *route)
{
    bool shows;
    const char *page = route_page(request, route, &shows);
    if (!request->admin && !auth_origin_is_good(request))
        route_refuse_origin(request);
    else if (route->door != DOOR_OPEN && !request->signed_in)
        auth_refuse_nobody(request, page, shows);
    else if (route->door != DOOR_OPEN && !auth_csrf_is_good(request))
        auth_refuse_token(request, page);
    else if (route->door == DOOR_BOOKERS && !auth_may_book(request))
        auth_refuse_booking(request);
    else
        route->post(request);
}

/* A page for those who are signed in: with what was kept of a form, when they come back to it. */
static void route_get(struct request *request, const struct route *route)
{
    if (!request->signed_in) {
        auth_ask(request);
        return;
    }
    if (route->door == DOOR_BOOKERS && !auth_may_book(request)) {
        auth_refuse_booking(request);
        return;
    }
    auth_load_kept(request);
    if (!request->reply.status)
        route->get(request);
}

void routes_answer(struct request *request)
{
    const struct route *route = request->admin ? admin_routes : public_routes;
    while (route->pattern && !route_fits(request, route->pattern))
        route++;
    if (route->get != page_static && auth_refuse_forged(request)) /* that page needs its looks, too */
        return;
    if (route->pattern ? route->door != DOOR_OPEN : !request->admin)
        auth_load(request); /* who is lost has the way back in the page's head, too */
    bool post = request->method == METHOD_POST;
    if (request->reply.status)
        return; /* the store is broken */
    if (!route->pattern)
        page_not_found(request);
    else if (request->method == METHOD_OTHER || !(post ? route->post : route->get))
        route_refuse_method(request, route);
    else if (post)
        route_post(request, route);
    else if (route->door != DOOR_OPEN)
        route_get(request, route);
    else
        route->get(request);
}
