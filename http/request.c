#include "http/request.h"

#include "http/page.h"
#include "http/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FORM_NAME_MAX = 64 };

void *request_begin(void *cls, const char *target, struct MHD_Connection *handle)
{
    const struct listener *listener = cls;
    struct request *request = mem_alloc(sizeof *request);
    request->http = listener->http;
    request->arena.spare = &listener->http->spare;
    request->handle = handle;
    request->admin = listener->admin;
    request->connection = connection_of(handle);
    request->target = arena_dup(&request->arena, target);
    request->now = clock_now(request->http->options.clock);
    request->zone = request->http->zone;
    connection_give_at_most(request->connection, REQUEST_MOST_MS);
    return request;
}

void request_free(struct request *request)
{
    text_free(&request->body);
    text_free(&request->reply.body);
    arena_free(&request->arena);
    free(request);
}

/* What a smuggler would send twice. */
struct head_counts {
    int host, length, encoding, spaced; /* spaced: names with a blank in them */
};

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct head_counts *counts = cls;
    (void)kind, (void)value;
    counts->host += text_equal_nocase(name, MHD_HTTP_HEADER_HOST);
    counts->length += text_equal_nocase(name, MHD_HTTP_HEADER_CONTENT_LENGTH);
    counts->encoding += text_equal_nocase(name, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    counts->spaced += name[strcspn(name, " \t")] != 0;
    return MHD_YES;
}

static bool request_refuse(struct request *request, int status, const char *text)
{
    reply_plain(request, status, text);
    reply_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
    return false;
}

/* The same for what people may bring about, too; English words, catalogue keys. */
static bool request_refuse_people(struct request *request, int status, const char *title, const char *text)
{
    if (request->admin)
        return request_refuse(request, status, text);
    page_notice(request, &(struct notice){.status = status,
                                          .title = request_text(request, title),
                                          .text = request_text(request, text),
                                          .action = request_text(request, "Go to my meetings"),
                                          .address = request_path(request, "/")});
    reply_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
    return false;
}

static enum method method_read(const char *method)
{
    if (strcmp(method, "GET") == 0)
        return METHOD_GET;
    if (strcmp(method, "HEAD") == 0)
        return METHOD_HEAD;
    return strcmp(method, "POST") == 0 ? METHOD_POST : METHOD_OTHER;
}

/* True when the media type is the one that a POST must have. */
static bool request_type_is_good(const struct request *request)
{
    const char *want = request->admin ? "application/json" : "application/x-www-form-urlencoded";
    const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    size_t size = strlen(want);
    return type && strncasecmp(type, want, size) == 0 && (!type[size] || strchr("; \t", type[size]));
}

bool request_check(struct request *request, const char *method, const char *version)
{
    struct head_counts counts = {0};
    MHD_get_connection_values(request->handle, MHD_HEADER_KIND, count_header, &counts);
    request->method = method_read(method);
    if (counts.host > 1 || counts.length > 1 || counts.encoding > 1 || (counts.length && counts.encoding))
        return request_refuse(request, 400, "Host, Content-Length or Transfer-Encoding came twice.");
    if (counts.spaced) /* RFC 9112 5.1: others may take 'Content-Length : 3' for the length */
        return request_refuse(request, 400, "The name of a header field has a blank in it.");
    if (!counts.host && strcmp(version, MHD_HTTP_VERSION_1_1) == 0) /* RFC 9112 3.2 */
        return request_refuse(request, 400, "HTTP/1.1 needs a Host.");
    if (counts.encoding)
        return request_refuse(request, 411, "Send the body with a Content-Length.");
    const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length && (strlen(length) > 9 || strtol(length, NULL, 10) > REQUEST_BODY_MAX))
        return request_refuse_people(
            request, 413, N_("That is too much at once"),
            N_("What you sent is longer than 1 MiB, and nothing of it was stored. Please shorten the texts; "
               "what is long is better in a document that the meeting’s description links to."));
    if (request->method == METHOD_POST && length && strcmp(length, "0") != 0 &&
        !request_type_is_good(request))
        return request_refuse(request, 415,
                              request->admin ? "Send application/json."
                                             : "Send a form: application/x-www-form-urlencoded.");
    return true;
}

/* Decodes percent codes of a path; NULL: bad codes, control characters or bytes that are no UTF-8. */
static char *path_decode(struct arena *arena, const char *from, size_t size)
{
    char *path = arena_alloc(arena, size + 1), *out = path;
    for (size_t i = 0; i < size; i++) {
        char byte = from[i];
        if (byte == '%') {
            int high = size - i > 2 ? text_read_hex(from[i + 1]) : -1;
            int low = size - i > 2 ? text_read_hex(from[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)byte < 0x20 || byte == 0x7f)
            return NULL;
        *out++ = byte;
    }
    return text_is_utf8(path, (size_t)(out - path)) ? path : NULL;
}

/* The path behind the scheme and host that a proxy may send (RFC 9112 3.2.2), NULL: there is none. */
static const char *target_path(const char *target)
{
    if (strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0)
        target = strchr(strchr(target, ':') + 3, '/');
    return target && target[0] == '/' ? target : NULL;
}

static bool request_decode_target(struct request *request)
{
    const char *path = target_path(request->target), *site = site_path(request->http->options.site);
    if (!path)
        return false;
    size_t size = strcspn(path, "?");
    request->query = path[size] ? path + size + 1 : NULL;
    request->path = path_decode(&request->arena, path, size);
    if (!request->path)
        return false;
    /* Web servers pass the site's own path on, or not, as they are set up. */
    size = strlen(site);
    if (size && !request->admin && strncmp(request->path, site, size) == 0 &&
        (request->path[size] == '/' || !request->path[size]))
        request->path = request->path[size] ? request->path + size : "/";
    return !request->query ||
           form_read(&request->parameters, &request->arena, request->query, strlen(request->query));
}

bool request_decode(struct request *request)
{
    if (!request_decode_target(request))
        return request_refuse_people(request, 400, N_("This address cannot be read"),
                                     N_("A part of it was lost or changed on its way here. If you followed a "
                                        "link, copy all of it from the mail once more."));
    if (request->method == METHOD_POST && !request->admin &&
        !form_read(&request->form, &request->arena, text_string(&request->body), request->body.size))
        return request_refuse_people(
            request, 400, N_("This form cannot be read"),
            N_("A part of it was lost or changed on its way here, and nothing was stored. Please open the "
               "page again, and send it once more."));
    return true;
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->handle, MHD_HEADER_KIND, name);
}

const char *request_cookie(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->handle, MHD_COOKIE_KIND, name);
}

const char *request_parameter(const struct request *request, const char *name)
{
    return form_get(&request->parameters, name);
}

const char *request_field(const struct request *request, const char *name)
{
    const char *value = form_get(&request->form, name);
    return value ? value : "";
}

const char *request_new_form(struct request *request)
{
    struct link_id random[2];
    struct text text = {0};
    request_random(&random[0]);
    request_random(&random[1]);
    text_add_base64url(&text, random, sizeof random);
    const char *name = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return name;
}

const char *request_form_name(const struct request *request)
{
    const char *form = request_field(request, "form");
    return *form && strlen(form) <= FORM_NAME_MAX ? form : NULL;
}

const struct http_options *request_options(const struct request *request)
{
    return &request->http->options;
}

struct store *request_store(const struct request *request)
{
    return request->http->options.store;
}

int64_t request_started_at(const struct request *request)
{
    return request->http->started_at;
}

const struct catalogue *request_catalogue(struct request *request)
{
    const char *asked = request->catalogue ? NULL : request_parameter(request, "lang");
    if (asked && *asked) /* a letter's line in another language */
        request->catalogue = catalogues_find(request->http->options.catalogues, asked);
    if (!request->catalogue)
        request->catalogue = catalogues_negotiate(request->http->options.catalogues,
                                                  request_header(request, MHD_HTTP_HEADER_ACCEPT_LANGUAGE),
                                                  request->http->catalogue);
    return request->catalogue;
}

const char *request_text(struct request *request, const char *text)
{
    return catalogue_text(request_catalogue(request), text);
}

const char *request_own_path(struct request *request, const char *path)
{
    const char *site = site_path(request->http->options.site);
    return *site ? arena_printf(&request->arena, "%s%s", site, path) : path;
}

const char *request_link_url(struct request *request, enum link_purpose purpose, const struct link_id *id)
{
    struct text text = {0};
    site_add_link(&text, request->http->options.site, request->http->options.keys, purpose, id);
    const char *url = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return url;
}

const char *request_link_path(struct request *request, enum link_purpose purpose, const struct link_id *id)
{
    /* The same address without scheme and host. */
    const struct site *site = request->http->options.site;
    return request_link_url(request, purpose, id) + (strlen(site->url) - strlen(site_path(site)));
}

void request_random(struct link_id *id)
{
    if (getrandom(id->bytes, sizeof id->bytes, 0) != (ssize_t)sizeof id->bytes)
        abort(); /* Linux gives up to 256 bytes whole */
}
