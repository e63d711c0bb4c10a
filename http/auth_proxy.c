#include "http/auth_parts.h"
#include "http/page.h"
#include "http/peer.h"
#include "proto/addresses.h"
#include "proto/header_value.h"

#include <stdio.h>
#include <string.h>

/* auth = proxy: the web server protects /sign-in by whatever the site signs in with, and says in fields of
 * the request's head who it is. They are believed from the web server alone; the session that is opened here
 * is jmbd's own, and no other address reads them. */

static const char *field_name(const struct http_options *options, enum identity_field field)
{
    return options->identity_headers[field];
}

/* What has reached jmbd does not say for certain who it is. Seldom is it an attack that a person sees: their
 * web server is set up wrongly, so that they need somebody to tell. */
static void refuse_identity(struct request *request, const char *text)
{
    page_notice(request,
                &(struct notice){.status = 403,
                                 .title = request_text(request, "Your identity could not be checked"),
                                 .text = request_text(request, text),
                                 .contact = request_options(request)->site->contact});
}

bool auth_refuse_forged(struct request *request)
{
    const struct http_options *options = request_options(request);
    if (options->auth != AUTH_PROXY || request->admin || peer_is_trusted(request))
        return false;
    for (int field = 0; field < IDENTITY_FIELDS; field++) {
        if (!field_name(options, field) || !request_header(request, field_name(options, field)))
            continue;
        fprintf(stderr,
                "<4>http: refused: %s sent %s, which only the web server may ([auth] trusted in jmb.conf "
                "names it)\n",
                peer_show(request), field_name(options, field));
        refuse_identity(request,
                        N_("This request says who you are, and did not come through the site’s web server, "
                           "which alone may say that. If you opened the site as usual, this is a fault in "
                           "its set-up; please tell those who run this service."));
        return true;
    }
    return false;
}

/* A request that does not come through the web server. */
static void refuse_peer(struct request *request)
{
    const struct site *site = request_options(request)->site;
    const char *text = _(
        request_catalogue(request),
        "Nobody can sign in at the address that you opened. If it is the site’s own, this is a fault in its "
        "set-up; please tell those who run this service.");
    page_notice(request,
                &(struct notice){.status = 403,
                                 .title = request_text(request, "Please use the site’s own address"),
                                 .text = text,
                                 .action = text_filled(request, request_text(request, "Go to {site}"),
                                                       (struct place[]){{"site", site->name}, {NULL, NULL}}),
                                 .address = site->url,
                                 .contact = site->contact});
}

/* True when a field came twice, as when a client's own got through beside the web server's: the reply is
 * set. */
static bool refuse_twice(struct request *request)
{
    const struct http_options *options = request_options(request);
    for (int field = 0; field < IDENTITY_FIELDS; field++) {
        const char *name = field_name(options, field);
        if (!name || peer_count_header(request, name) < 2)
            continue;
        fprintf(stderr,
                "<4>http: refused: %s came twice; the web server must take away what clients send under this "
                "name\n",
                name);
        refuse_identity(request,
                        N_("The site’s web server said twice who you are, and it is not certain which one is "
                           "true. This is a fault in its set-up; please tell those who run this service."));
        return true;
    }
    return false;
}

/* A field's value as UTF-8; NULL: not there, or nothing in it. */
static const char *identity_value(struct request *request, enum identity_field field)
{
    const char *name = field_name(request_options(request), field);
    const char *value = name ? request_header(request, name) : NULL;
    return value ? header_value_read(&request->arena, value) : NULL;
}

static const char *identity_mail(struct request *request)
{
    const char *value = identity_value(request, IDENTITY_MAIL);
    /* Modules give all values of an attribute, the first of them is the main one. */
    return value ? address_read_one(&request->arena,
                                    arena_dup_bytes(&request->arena, value, strcspn(value, ";, ")))
                 : NULL;
}

static const char *identity_name(struct request *request)
{
    const char *name = identity_value(request, IDENTITY_NAME);
    const char *given = identity_value(request, IDENTITY_GIVEN_NAME);
    const char *surname = identity_value(request, IDENTITY_SURNAME);
    if (name)
        return name;
    if (given && surname)
        return arena_printf(&request->arena, "%s %s", given, surname);
    return surname ? surname : given;
}

/* The web server lets people in here whom it did not ask who they are, or does not say it. */
static void refuse_nameless(struct request *request)
{
    const struct http_options *options = request_options(request);
    const char *uid = identity_value(request, IDENTITY_UID);
    const char *text =
        uid ? _(request_catalogue(request), "The site’s sign-in gave no mail address for your account, and "
                                            "without one nobody could invite "
                                            "you. Ask those who run the accounts to add it.")
            : _(request_catalogue(request),
                "The site’s web server did not say who you are. This is a fault in its set-up; please tell "
                "those who run this service.");
    fprintf(stderr, "<4>http: /sign-in came without a mail address in %s%s\n",
            field_name(options, IDENTITY_MAIL), uid ? "" : ", and without a uid: is it protected?");
    page_notice(request,
                &(struct notice){.status = 403,
                                 .title = uid ? request_text(request, "Your account has no mail address")
                                              : request_text(request, "Nobody knows who you are"),
                                 .text = text,
                                 .contact = options->site->contact});
}

/* The row of who signs in, by main address, alias, or uid; made at the first time. The directory's word about
 * name and address goes before that of the sign-in. */
static int identity_put(struct request *request, const char *mail, int64_t *id)
{
    const struct http_options *options = request_options(request);
    struct store *store = request_store(request);
    const char *uid = identity_value(request, IDENTITY_UID),
               *groups = identity_value(request, IDENTITY_GROUPS);
    struct person known = {0};
    int found = store_resolve_address(store, mail, &request->arena, &known);
    if (found == 0 && uid)
        found = store_find_uid(store, uid, &request->arena, &known);
    if (found < 0)
        return -1;
    struct person person = {.mail = found ? known.mail : mail, .may_book = known.may_book};
    if (!found || known.source == PERSON_SIGNED_IN) {
        person.uid = uid;
        person.name = identity_name(request);
        if (!person.name && !known.name)
            person.name = auth_name_of_mail(&request->arena, mail);
    }
    if (options->may_book == MAY_BOOK_GROUP)
        person.may_book = groups && header_value_has(groups, options->group);
    else if (options->may_book == MAY_BOOK_EVERYONE && !found)
        person.may_book = true;
    return store_put_person(store, &person, request->now, id);
}

void auth_proxy_sign_in(struct request *request, const char *next)
{
    int64_t person = 0;
    if (!peer_is_trusted(request)) {
        fprintf(stderr, "<4>http: refused: /sign-in from %s, which is not the web server ([auth] trusted)\n",
                peer_show(request));
        refuse_peer(request);
        return;
    }
    if (refuse_twice(request))
        return;
    const char *mail = identity_mail(request);
    if (!mail) {
        refuse_nameless(request);
        return;
    }
    if (request->method == METHOD_HEAD) { /* a look at it signs nobody in */
        reply_redirect(request, 303, request_path(request, "%s", next ? next : "/"));
        return;
    }
    request->stores = true;
    if (identity_put(request, mail, &person) <= 0)
        page_unavailable(request);
    else
        auth_begin_session(request, person, next);
}
