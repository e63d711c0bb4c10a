/* A reply: what handlers say, and how it goes to libmicrohttpd. */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

static void reply_clear(struct request *request)
{
    text_free(&request->reply.body);
    request->reply = (struct reply){0};
}

void reply_header(struct request *request, const char *name, const char *value)
{
    struct reply *reply = &request->reply;
    if (reply->header_count < REPLY_HEADERS_MAX) {
        reply->headers[reply->header_count].name = name;
        reply->headers[reply->header_count++].value = value;
    }
}

void reply_cookie(struct request *request, const char *name, const char *value, const char *path, int age)
{
    bool secure = strncmp(request->http->options.site->url, "https:", 6) == 0;
    reply_header(request, "Set-Cookie",
                 arena_printf(&request->arena, "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s", name,
                              value, path, age, secure ? "; Secure" : ""));
}

void reply_begin(struct request *request, int status, const char *type)
{
    reply_clear(request);
    request->reply.status = status;
    request->reply.type = type;
}

void reply_redirect(struct request *request, int status, const char *address)
{
    reply_begin(request, status, NULL);
    reply_header(request, MHD_HTTP_HEADER_LOCATION, address);
}

void reply_plain(struct request *request, int status, const char *text)
{
    reply_begin(request, status, "text/plain; charset=utf-8");
    text_add(&request->reply.body, text);
    text_add(&request->reply.body, "\n");
}

void reply_json(struct request *request, int status, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    reply_begin(request, status, "application/json");
    text_add(&request->reply.body, text ? text : "{}");
    text_add(&request->reply.body, "\n");
    free(text);
}

/* Forms of ours may lead on to Jitsi: browsers hold a redirect after a form to form-action too. */
static void policy_add_origin(struct text *policy, const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (host)
        text_addf(policy, " %.*s", (int)((size_t)(host + 3 - url) + strcspn(host + 3, "/?#")), url);
}

void reply_set_policy(struct http *http)
{
    text_add(&http->policy,
             "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
             "form-action 'self'");
    policy_add_origin(&http->policy, http->options.jitsi_url);
    text_add(&http->policy, "; base-uri 'none'; frame-ancestors 'none'");
}

static void reply_add_headers(const struct request *request, struct MHD_Response *response)
{
    const struct reply *reply = &request->reply;
    /* A redirect shows nothing: its policy is short, since everybody joins in the same minute. */
    const char *policy =
        reply->type ? text_string(&request->http->policy) : "default-src 'none'; frame-ancestors 'none'";
    if (reply->type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            reply->cache ? reply->cache : "no-store");
    MHD_add_response_header(response, "Referrer-Policy", reply->referrer ? reply->referrer : "same-origin");
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
}

enum MHD_Result reply_send(struct request *request)
{
    struct reply *reply = &request->reply;
    struct MHD_Response *response;
    text_fit(&reply->body);
    if (reply->static_body)
        response = MHD_create_response_from_buffer(reply->static_size, (void *)reply->static_body,
                                                   MHD_RESPMEM_PERSISTENT);
    else
        response = MHD_create_response_from_buffer(reply->body.size, reply->body.data, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    reply->body = (struct text){0};
    reply_add_headers(request, response);
    enum MHD_Result queued = MHD_queue_response(request->handle, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    request->state = REQUEST_ANSWERED;
    connection_give(request->connection, REPLY_MOST_MS);
    return queued;
}
