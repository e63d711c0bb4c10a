#include "http/auth_parts.h"
#include "http/page.h"

#include <string.h>

/* Sessions. The cookie is a link of its own purpose over the session's id, and the token of its forms one
 * over the same id: both take the key as well as the row. */

#define SESSION_COOKIE "jmb_session"
#define BROWSER_COOKIE "jmb_browser"
#define KNOWN_COOKIE "jmb_known"

enum {
    COOKIE_ID_SIZE = 11 /* base64url of a link_id */,
    NEXT_MAX = 500,
    KNOWN_AGE = 365 * 86400 /* seconds; browsers keep none much longer */
};

static const struct site *site_of(const struct request *request)
{
    return request_options(request)->site;
}

/* For the whole site. */
static void cookie_set(struct request *request, const char *name, const char *value, int age)
{
    const char *path = site_path(site_of(request));
    reply_cookie(request, name, value, *path ? path : "/", age);
}

bool auth_browser(const struct request *request, struct link_id *browser)
{
    static const struct link_id none;
    const char *cookie = request_cookie(request, BROWSER_COOKIE);
    return cookie && strlen(cookie) == COOKIE_ID_SIZE &&
           text_read_base64url(cookie, COOKIE_ID_SIZE, browser->bytes, sizeof browser->bytes) &&
           memcmp(browser, &none, sizeof none) != 0;
}

void auth_set_browser(struct request *request, const struct link_id *browser, int age)
{
    struct text value = {0};
    text_add_base64url(&value, browser->bytes, sizeof browser->bytes);
    cookie_set(request, BROWSER_COOKIE, arena_dup(&request->arena, text_string(&value)), age);
    text_free(&value);
}

bool auth_known(struct request *request, const char *mail, struct link_id *known)
{
    return link_read_for(request_options(request)->keys, LINK_KNOWN, request_cookie(request, KNOWN_COOKIE),
                         text_lower(arena_dup(&request->arena, mail)), known);
}

void auth_set_known(struct request *request, const char *mail)
{
    struct link_id known;
    char cookie[LINK_SIZE + 1];
    request_random(&known);
    link_write_for(request_options(request)->keys, LINK_KNOWN, &known,
                   text_lower(arena_dup(&request->arena, mail)), cookie);
    cookie_set(request, KNOWN_COOKIE, arena_dup(&request->arena, cookie), KNOWN_AGE);
}

void auth_load(struct request *request)
{
    struct link_id id;
    if (request->signed_in || !link_read(request_options(request)->keys, LINK_SESSION,
                                         request_cookie(request, SESSION_COOKIE), &id))
        return;
    int found =
        store_find_session(request_store(request), &id, request->now, &request->arena, &request->person);
    if (found < 0)
        page_unavailable(request);
    if (found <= 0)
        return;
    const struct person *person = &request->person;
    const struct zone *zone = person->tz ? zones_find(request_options(request)->zones, person->tz) : NULL;
    request->signed_in = true;
    request->session = id;
    if (person->language)
        request->catalogue = catalogues_find(request_options(request)->catalogues, person->language);
    if (zone)
        request->zone = zone;
}

const char *auth_csrf(struct request *request)
{
    char *token = arena_alloc(&request->arena, LINK_SIZE + 1);
    link_write(request_options(request)->keys, LINK_CSRF, &request->session, token);
    return token;
}

bool auth_csrf_is_good(const struct request *request)
{
    struct link_id id;
    return link_read(request_options(request)->keys, LINK_CSRF, request_field(request, "csrf"), &id) &&
           memcmp(&id, &request->session, sizeof id) == 0;
}

bool auth_origin_is_good(const struct request *request)
{
    const char *origin = request_header(request, "Origin"), *url = site_of(request)->url;
    if (!origin)
        return true;
    size_t size = strlen(url) - strlen(site_path(site_of(request)));
    /* Browsers leave the scheme's own port out. */
    if (strncmp(url, "https:", 6) == 0 && size > 4 && strncmp(url + size - 4, ":443", 4) == 0)
        size -= 4;
    else if (strncmp(url, "http:", 5) == 0 && size > 3 && strncmp(url + size - 3, ":80", 3) == 0)
        size -= 3;
    return strlen(origin) == size && strncasecmp(origin, url, size) == 0;
}

const char *auth_next(const char *next)
{
    if (!next || next[0] != '/' || next[1] == '/' || strlen(next) > NEXT_MAX)
        return NULL;
    for (const char *at = next; *at; at++)
        if ((unsigned char)*at <= 0x20 || *at == 0x7f || *at == '\\')
            return NULL;
    return next;
}

const char *auth_address(struct request *request, const char *next)
{
    struct text query = {0};
    if (strcmp(next, "/") != 0 && auth_next(next)) {
        text_add(&query, "?next=");
        text_add_url(&query, next);
    }
    const char *address =
        arena_printf(&request->arena, "%s%s", request_path(request, "/sign-in"), text_string(&query));
    text_free(&query);
    return address;
}

void auth_ask(struct request *request)
{
    const char *here = request->query ? arena_printf(&request->arena, "%s?%s", request->path, request->query)
                                      : request->path;
    reply_redirect(request, 303, auth_address(request, here));
}

void auth_get_sign_in(struct request *request)
{
    const char *next = auth_next(request_parameter(request, "next"));
    bool local = request_options(request)->auth == AUTH_LOCAL;
    auth_load(request);
    if (request->reply.status)
        return;
    if (!local)
        auth_proxy_sign_in(request, next);
    else if (request->signed_in)
        reply_redirect(request, 303, request_path(request, "%s", next ? next : "/"));
    else
        auth_local_ask(request, next);
}

const char *auth_name_of_mail(struct arena *arena, const char *mail)
{
    char *name = arena_dup_bytes(arena, mail, strcspn(mail, "@+"));
    bool first = true;
    for (char *at = name; *at; at++) {
        if (strchr("._-", *at)) {
            *at = *at == '-' ? '-' : ' ';
            first = true;
        } else {
            if (first && *at >= 'a' && *at <= 'z')
                *at = (char)(*at - 'a' + 'A');
            first = false;
        }
    }
    return name;
}

void auth_begin_session(struct request *request, int64_t person, const char *next)
{
    struct link_id session;
    char cookie[LINK_SIZE + 1];
    int age = request_options(request)->session_age;
    request_random(&session);
    if (store_open_session(request_store(request), &session, person, request->now, request->now + age) <= 0) {
        page_unavailable(request);
        return;
    }
    link_write(request_options(request)->keys, LINK_SESSION, &session, cookie);
    reply_redirect(request, 303, request_path(request, "%s", next ? next : "/"));
    cookie_set(request, SESSION_COOKIE, arena_dup(&request->arena, cookie), age);
}

static const char *signed_out_address(struct request *request)
{
    const struct http_options *options = request_options(request);
    if (options->logout_url)
        return request_path(request, "/signed-out?on=1");
    return request_path(request, options->auth == AUTH_LOCAL ? "/sign-in?out=1" : "/signed-out");
}

void auth_post_sign_out(struct request *request)
{
    bool everywhere = *request_field(request, "everywhere");
    int closed = everywhere ? store_close_sessions(request_store(request), request->person.id, request->now)
                            : store_close_session(request_store(request), &request->session, request->now);
    if (closed < 0) {
        page_unavailable(request);
        return;
    }
    reply_redirect(request, 303, signed_out_address(request));
    cookie_set(request, SESSION_COOKIE, "", 0);
}

/* On to the site's own sign-out, so that the next one at this machine is not signed in again by the web
 * server. From a page, and not by the redirect of the form: that may lead through hosts that form-action
 * cannot name, and browsers stop it there. */
static void signed_out_go_on(struct request *request, const char *logout_url)
{
    page_notice(request, &(struct notice){.status = 200,
                                          .title = request_text(request, "You are signed out"),
                                          .text = request_text(request, "The site’s own sign-out follows."),
                                          .action = request_text(request, "Go on"),
                                          .address = logout_url});
    reply_header(request, "Refresh", arena_printf(&request->arena, "0; url=%s", logout_url));
}

void auth_get_signed_out(struct request *request)
{
    const char *logout_url = request_options(request)->logout_url;
    if (logout_url && request_parameter(request, "on")) {
        signed_out_go_on(request, logout_url);
        return;
    }
    const char *text =
        _(request_catalogue(request),
          "You are signed out here. At a machine that others use too, sign out of the site’s own "
          "sign-in as well, or close the browser.");
    page_notice(request, &(struct notice){.status = 200,
                                          .title = request_text(request, "You are signed out"),
                                          .text = text,
                                          .action = request_text(request, "Sign in again"),
                                          .address = request_path(request, "/sign-in")});
}
