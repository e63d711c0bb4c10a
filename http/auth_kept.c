#include "http/auth_parts.h"
#include "http/page.h"

#include <string.h>

/* Somebody typed for an hour, and the session ended meanwhile. What was sent is kept for that person in that
 * browser, and comes back in the form after signing in; nothing is booked by itself. The form's token is of a
 * session that there was, so nobody else can fill the database this way. */

enum {
    FORM_AGE = 3600, /* seconds */
    FORM_MAX = 256 * 1024,
};

/* Whose session the form's token is of; 0: of none that there was. < 0: the store is broken. */
static int form_person(struct request *request, int64_t *person)
{
    struct link_id session;
    if (!link_read(request_options(request)->keys, LINK_CSRF, request_field(request, "csrf"), &session))
        return 0;
    return store_session_person(request_store(request), &session, person);
}

/* Where to sign in so that `page` comes back with the form filled in; NULL: nothing could be kept. */
static const char *form_keep(struct request *request, const char *page, struct kept_form *form)
{
    *form = (struct kept_form){
        .path = page, .body = text_string(&request->body), .expires_at = request->now + FORM_AGE};
    if (request->body.size > FORM_MAX || form_person(request, &form->person) <= 0)
        return NULL;
    if (!auth_browser(request, &form->browser))
        request_random(&form->browser);
    if (store_keep_form(request_store(request), form, request->now) <= 0)
        return NULL;
    return auth_address(request, arena_printf(&request->arena, "%s?kept=1", page));
}

void auth_refuse_nobody(struct request *request, const char *page, bool shows)
{
    struct kept_form form;
    const char *address = shows ? form_keep(request, page, &form) : NULL;
    const char *text =
        address
            ? _(request_catalogue(request), "You were signed out meanwhile. What you typed is kept: sign "
                                            "in in this browser, and the form "
                                            "comes back as you left it. Nothing has been sent yet.")
            : _(request_catalogue(request),
                "Nothing was stored: you are signed out. Sign in, and do it once more on the page that comes "
                "then.");
    page_notice(request, &(struct notice){.status = 401,
                                          .title = request_text(request, "Please sign in again"),
                                          .text = text,
                                          .action = request_text(request, "Sign in"),
                                          .address = address ? address : auth_address(request, page)});
    if (address)
        auth_set_browser(request, &form.browser, FORM_AGE);
}

/* The form as it was sent, with the token of this session. */
static const char *form_renew(struct request *request)
{
    for (size_t i = 0; i < request->form.count; i++)
        if (strcmp(request->form.fields[i].name, "csrf") == 0)
            request->form.fields[i].value = auth_csrf(request);
    return request_path(request, "%s", request->path);
}

void auth_refuse_token(struct request *request, const char *page)
{
    int64_t person = 0;
    struct notice notice = {.status = 403, .title = request_text(request, "This page is too old")};
    if (form_person(request, &person) < 0) {
        page_unavailable(request);
        return;
    }
    if (person == request->person.id) {
        notice.text = _(request_catalogue(request),
                        "Nothing was stored: you have signed in anew since this page was opened. What you "
                        "typed is kept here: send it again.");
        notice.again = form_renew(request);
    } else {
        notice.text = _(request_catalogue(request),
                        "Nothing was stored: when this page was opened, somebody else was signed in, or "
                        "nobody. Open it again as yourself.");
        notice.action = request_text(request, "Open it again");
        notice.address = request_path(request, "%s", page);
    }
    page_notice(request, &notice);
}

void auth_load_kept(struct request *request)
{
    struct link_id browser;
    struct kept_form form;
    if (!request_parameter(request, "kept") || !auth_browser(request, &browser))
        return;
    int found = store_find_kept_form(request_store(request), &browser, request->person.id, request->now,
                                     &request->arena, &form);
    if (found < 0)
        page_unavailable(request);
    else if (found > 0 && strcmp(form.path, request->path) == 0 &&
             !form_read(&request->form, &request->arena, form.body, strlen(form.body)))
        request->form = (struct form){0};
}
