#include "http/auth.h"

#include "http/page.h"
#include "proto/addresses.h"

#include <string.h>

/* Sessions and sign-in by link (auth = local). The session's cookie is a link of its own purpose over the
 * session's id, and the token of its forms one over the same id. The web server's own sign-in (auth = proxy)
 * will meet at session_begin. */

#define SESSION_COOKIE "jmb_session"
#define BROWSER_COOKIE "jmb_browser"

enum { COOKIE_ID_SIZE = 11 /* base64url of a link_id */, MAIL_MAX = 254 };

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

/* A path of this site, for going on after signing in; NULL for anything else. */
static const char *next_read(const char *next)
{
    if (!next || next[0] != '/' || next[1] == '/' || next[1] == '\\' || strlen(next) > 500)
        return NULL;
    for (const char *at = next; *at; at++)
        if ((unsigned char)*at <= 0x20 || *at == 0x7f || *at == '\\')
            return NULL;
    return next;
}

const char *auth_address(struct request *request, const char *next)
{
    struct text query = {0};
    if (strcmp(next, "/") != 0 && next_read(next)) {
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

/* Who may do what with a meeting, by the role in it. */
static const bool rights[][ROLE_ORGANISER + 1] = {
    [RIGHT_SEE] = {[ROLE_GUEST] = true, [ROLE_MODERATOR] = true, [ROLE_ORGANISER] = true},
    [RIGHT_ROSTER] = {[ROLE_MODERATOR] = true, [ROLE_ORGANISER] = true},
    [RIGHT_REPORT] = {[ROLE_MODERATOR] = true, [ROLE_ORGANISER] = true},
    [RIGHT_EDIT] = {[ROLE_ORGANISER] = true},
};

struct search {
    const struct person *person;
    struct arena *arena;
    struct attendee *me;
};

static bool search_attendee(const struct attendee_row *row, void *context)
{
    struct search *search = context;
    if (row->attendee.removed || !text_equal_nocase(row->attendee.mail, search->person->mail))
        return true;
    *search->me = row->attendee;
    search->me->ref = arena_dup(search->arena, row->attendee.ref);
    search->me->mail = arena_dup(search->arena, row->attendee.mail);
    search->me->name = arena_dup(search->arena, row->attendee.name);
    search->me->comment = arena_dup(search->arena, row->attendee.comment);
    return false;
}

bool auth_find_meeting(struct request *request, enum right right, struct meeting *meeting,
                       struct attendee *me)
{
    struct search search = {&request->person, &request->arena, me};
    *me = (struct attendee){0};
    int found = store_find_meeting(request_store(request), request->arguments[0], &request->arena, meeting);
    if (found > 0)
        found =
            store_list_attendees(request_store(request), meeting->id, search_attendee, &search) < 0 ? -1 : 1;
    bool organiser = found > 0 && meeting->organiser == request->person.id;
    if (organiser)
        me->role = ROLE_ORGANISER;
    if (found < 0)
        page_unavailable(request);
    else if (found == 0 || (!organiser && !me->id))
        page_not_found(request);
    else if (!rights[right][me->role])
        page_forbidden(request);
    else
        return true;
    return false;
}

/* The browser that asks for a link gets a random name, and only it may use the link. */
static bool browser_read(const struct request *request, struct link_id *browser)
{
    static const struct link_id none;
    const char *cookie = request_cookie(request, BROWSER_COOKIE);
    return cookie && strlen(cookie) == COOKIE_ID_SIZE &&
           text_read_base64url(cookie, COOKIE_ID_SIZE, browser->bytes, sizeof browser->bytes) &&
           memcmp(browser, &none, sizeof none) != 0;
}

static void browser_set(struct request *request, const struct link_id *browser)
{
    struct text value = {0};
    text_add_base64url(&value, browser->bytes, sizeof browser->bytes);
    cookie_set(request, BROWSER_COOKIE, arena_dup(&request->arena, text_string(&value)),
               request_options(request)->sign_in_age);
    text_free(&value);
}

static void sign_in_form(struct request *request, int status, const char *typed, const char *next,
                         const char *error)
{
    json_t *data = json_object();
    data_text(data, "title",
              error ? request_text(request, "Sign in: please check your address")
                    : request_text(request, "Sign in"));
    data_text(data, "mail", typed);
    data_text(data, "next", next);
    data_text(data, "error", error);
    data_true(data, "signed_out", request_parameter(request, "out") != NULL);
    page_render(request, status, "sign_in.html", data);
}

void auth_get_sign_in(struct request *request)
{
    const char *next = next_read(request_parameter(request, "next"));
    auth_load(request);
    if (request->reply.status)
        return;
    if (request->signed_in)
        reply_redirect(request, 303, request_path(request, "%s", next ? next : "/"));
    else
        sign_in_form(request, 200, NULL, next, NULL);
}

/* Letters go to people of the directory or of the site's own domains, so that nobody else can have mail sent
 * in the site's name. < 0: the store is broken. */
static int sign_in_is_allowed(struct request *request, const char *mail)
{
    struct person person;
    int found = store_find_person(request_store(request), mail, &request->arena, &person);
    const char *at = strrchr(mail, '@');
    for (const char *const *domain = request_options(request)->local_domains;
         !found && at && domain && *domain; domain++)
        found = text_equal_nocase(at + 1, *domain);
    return found;
}

void auth_post_sign_in(struct request *request)
{
    const char *typed = request_field(request, "mail"), *next = next_read(request_field(request, "next"));
    const char *mail = address_read_one(&request->arena, typed);
    struct sign_in sign_in = {
        .mail = mail, .next = next, .expires_at = request->now + request_options(request)->sign_in_age};
    if (!mail || strlen(mail) > MAIL_MAX) {
        sign_in_form(request, 422, typed, next,
                     request_text(request, "This is not a mail address. Write it like name@example.org."));
        return;
    }
    int allowed = sign_in_is_allowed(request, mail);
    if (!browser_read(request, &sign_in.browser))
        request_random(&sign_in.browser);
    request_random(&sign_in.link);
    if (allowed < 0 || (allowed > 0 && store_open_sign_in(request_store(request), &sign_in, true,
                                                          catalogue_language(request_catalogue(request)),
                                                          request->now) < 0)) {
        page_unavailable(request);
        return;
    }
    json_t *data = json_object();
    data_text(data, "title", request_text(request, "Look into your mail"));
    data_text(data, "mail", address_show(&request->arena, mail));
    json_object_set_new(data, "minutes", json_integer(request_options(request)->sign_in_age / 60));
    page_render(request, 200, "sign_in_sent.html", data);
    browser_set(request, &sign_in.browser);
}

static void sign_in_refuse_link(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "It was used already, or it is too old, or a part of it is missing. Ask for a new one: "
          "it takes a minute.");
    page_notice(request, &(struct notice){.status = 410,
                                          .title = request_text(request, "This sign-in link is not valid"),
                                          .text = text,
                                          .action = request_text(request, "Ask for a new link"),
                                          .address = request_path(request, "/sign-in")});
}

static void sign_in_refuse_browser(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "This link works in the browser in which you asked for it. Copy it there, or ask for a "
          "new one from here.");
    page_notice(request,
                &(struct notice){.status = 403,
                                 .title = request_text(request, "Please open this link in the other browser"),
                                 .text = text,
                                 .action = request_text(request, "Ask for a new link"),
                                 .address = request_path(request, "/sign-in")});
}

/* The sign-in of the link in the address, when this browser may use it; else the reply is set. */
static bool sign_in_find(struct request *request, struct sign_in *sign_in)
{
    static const struct link_id any;
    struct link_id link, browser;
    int found = 0;
    if (link_read(request_options(request)->keys, LINK_SIGN_IN, request->arguments[0], &link))
        found = store_find_sign_in(request_store(request), &link, request->now, &request->arena, sign_in);
    if (found < 0)
        page_unavailable(request);
    else if (found == 0)
        sign_in_refuse_link(request);
    else if (memcmp(&sign_in->browser, &any, sizeof any) != 0 &&
             (!browser_read(request, &browser) || memcmp(&browser, &sign_in->browser, sizeof browser) != 0))
        sign_in_refuse_browser(request);
    else
        return true;
    return false;
}

/* Mail scanners follow links: a look at it uses nothing up. */
void auth_get_link(struct request *request)
{
    struct sign_in sign_in;
    if (!sign_in_find(request, &sign_in))
        return;
    json_t *data = json_object();
    data_text(data, "title", request_text(request, "Sign in"));
    data_text(data, "mail", address_show(&request->arena, sign_in.mail));
    data_text(data, "action", request_path(request, "/sign-in/%s", request->arguments[0]));
    page_render(request, 200, "sign_in_link.html", data);
    request->reply.referrer = "strict-origin";
}

/* jean.dupont@... is Jean Dupont until somebody knows better. */
static const char *name_of_mail(struct arena *arena, const char *mail)
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

/* The row of who signs in, made at the first time. */
static int sign_in_person(struct request *request, const char *mail, int64_t *id)
{
    struct person person = {0};
    int found = store_find_person(request_store(request), mail, &request->arena, &person);
    if (found > 0)
        *id = person.id;
    if (found != 0)
        return found;
    person = (struct person){.mail = mail, .name = name_of_mail(&request->arena, mail), .may_book = true};
    return store_put_person(request_store(request), &person, request->now, id);
}

/* Opens a session for the person and goes on to `next`. */
static void session_begin(struct request *request, int64_t person, const char *next)
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
    cookie_set(request, SESSION_COOKIE, cookie, age);
}

void auth_post_link(struct request *request)
{
    struct sign_in sign_in;
    struct link_id link;
    int64_t person = 0;
    if (!sign_in_find(request, &sign_in) ||
        !link_read(request_options(request)->keys, LINK_SIGN_IN, request->arguments[0], &link))
        return;
    int taken = store_take_sign_in(request_store(request), &link, request->now, &request->arena, &sign_in);
    if (taken == 0)
        sign_in_refuse_link(request);
    else if (taken < 0 || sign_in_person(request, sign_in.mail, &person) <= 0)
        page_unavailable(request);
    else
        session_begin(request, person, next_read(sign_in.next));
}

void auth_post_sign_out(struct request *request)
{
    if (store_close_session(request_store(request), &request->session) < 0) {
        page_unavailable(request);
        return;
    }
    reply_redirect(request, 303, request_path(request, "/sign-in?out=1"));
    cookie_set(request, SESSION_COOKIE, "", 0);
}

void auth_admin_link(struct request *request)
{
    json_t *asked = json_loadb(text_string(&request->body), request->body.size, 0, NULL);
    const char *typed = json_string_value(json_object_get(asked, "mail"));
    struct sign_in sign_in = {.mail = typed ? address_read_one(&request->arena, typed) : NULL,
                              .expires_at = request->now + request_options(request)->sign_in_age};
    json_decref(asked);
    json_t *answer = json_object();
    int status = 200;
    request_random(&sign_in.link);
    if (!sign_in.mail) {
        status = 422;
        data_text(answer, "error", "mail: not a mail address");
    } else if (store_open_sign_in(request_store(request), &sign_in, false,
                                  catalogue_language(request_catalogue(request)), request->now) <= 0) {
        status = 503;
        data_text(answer, "error", "the database is broken; see the log");
    } else {
        data_text(answer, "link", request_link_url(request, LINK_SIGN_IN, &sign_in.link));
    }
    reply_json(request, status, answer);
    json_decref(answer);
}
