#include "http/auth_parts.h"
#include "http/page.h"
#include "proto/when.h"

/* Thousands may be behind one address, and one of them may ask for links in everybody's name. So people are
 * counted and not requests, and who has signed in counts no longer: a whole campus may come on its first day.
 * Above the bound letters leave only for those who have signed in here at some time, whom a letter does not
 * surprise, and above a second one for nobody. Whoever asks in a browser that they signed in with before has
 * nothing to do with it. */

enum { HOUR = 3600 };

const char *auth_wait_words(struct request *request, int64_t until)
{
    struct text words = {0};
    int64_t minutes = (until - request->now + 59) / 60; /* whole ones, so that it is never too early */
    when_add_length(&words, request_catalogue(request), minutes * 60);
    text_add(&words, " (");
    when_add(&words, request_catalogue(request), request->zone, WHEN_TIME, request->now,
             request->now + minutes * 60);
    text_add(&words, ")");
    const char *copy = arena_dup(&request->arena, text_string(&words));
    text_free(&words);
    return copy;
}

void auth_retry_after(struct request *request, int64_t until)
{
    reply_header(request, "Retry-After",
                 arena_printf(&request->arena, "%lld", (long long)(until - request->now)));
}

static void crowd_refuse(struct request *request, enum sign_in_crowd crowd, int64_t until)
{
    const char *text =
        crowd == CROWD_BROWSER
            ? request_text(request, "Sign-in links for many people were asked for in this browser. Ask again "
                                    "in {wait}, or ask those who run this service for a link.")
            : request_text(request, "Too many sign-in links were asked for from your network. Ask again in "
                                    "{wait}, or ask those who run this service for a link. A browser in "
                                    "which you signed in before does not have to wait.");
    text =
        text_filled(request, text, (struct place[]){{"wait", auth_wait_words(request, until)}, {NULL, NULL}});
    page_notice(request, &(struct notice){.status = 429,
                                          .title = request_text(request, "Please wait a little"),
                                          .text = text,
                                          .contact = request_options(request)->site->contact});
    auth_retry_after(request, until);
}

/* Whether the crowd that somebody asks in is as large as it may be: then until when. < 0: the store is
 * broken.
 */
static int crowd_is_full(struct request *request, const struct sign_in *sign_in, enum sign_in_crowd crowd,
                         int64_t *until)
{
    const struct http_options *options = request_options(request);
    const int most[] = {options->sign_ins_per_browser, options->sign_ins_per_address,
                        options->sign_ins_per_address_most};
    int full = store_find_sign_in_crowd(request_store(request), crowd, sign_in, request->now - HOUR,
                                        most[crowd], until);
    *until += HOUR;
    return full;
}

bool auth_crowd_has_room(struct request *request, const struct sign_in *sign_in, int64_t *crowded_until)
{
    static const enum sign_in_crowd closed[] = {CROWD_BROWSER, CROWD_NETWORK_ALL};
    int64_t until;
    int full = 0;
    for (size_t i = 0; i < sizeof closed / sizeof *closed && full == 0; i++)
        if ((full = crowd_is_full(request, sign_in, closed[i], &until)) > 0)
            crowd_refuse(request, closed[i], until);
    if (full == 0 && (full = crowd_is_full(request, sign_in, CROWD_NETWORK, &until)) > 0) {
        *crowded_until = until;
        full = 0;
    }
    if (full < 0)
        page_unavailable(request);
    return full == 0;
}
