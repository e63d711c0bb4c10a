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

/* Where to sign in so that `page` comes back with the form filled in; NULL: nothing could be kept. */
static const char *form_keep(struct request *request, const char *page, struct kept_form *form)
{
    struct link_id session;
    *form = (struct kept_form){
        .path = page, .body = text_string(&request->body), .expires_at = request->now + FORM_AGE};
    if (!page || request->body.size > FORM_MAX ||
        !link_read(request_options(request)->keys, LINK_CSRF, request_field(request, "csrf"), &session) ||
        store_session_person(request_store(request), &session, &form->person) <= 0)
        return NULL;
    if (!auth_browser(request, &form->browser))
        request_random(&form->browser);
    if (store_keep_form(request_store(request), form, request->now) <= 0)
        return NULL;
    return auth_address(request, arena_printf(&request->arena, "%s?kept=1", page));
}

void auth_refuse_nobody(struct request *request, const char *page)
{
    struct kept_form form;
    const char *address = form_keep(request, page, &form);
    const char *text =
        address ? _(request_catalogue(request), "You were signed out meanwhile. What you typed is kept: sign "
                                                "in in this browser, and the form "
                                                "comes back as you left it. Nothing has been sent yet.")
                : _(request_catalogue(request),
                    "Nothing was stored: you are signed out. Sign in, come back to the form with your "
                    "browser's back button and send it again.");
    page_notice(request, &(struct notice){.status = 401,
                                          .title = request_text(request, "Please sign in again"),
                                          .text = text,
                                          .action = request_text(request, "Sign in"),
                                          .address = address ? address : request_path(request, "/sign-in")});
    if (address)
        auth_set_browser(request, &form.browser, FORM_AGE);
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
