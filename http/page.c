#include "http/page.h"

#include "http/auth.h"
#include "http/server.h"
#include "proto/embed.h"
#include "proto/template.h"
#include "proto/when.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATIC_MAX = 16, HASH_SIZE = 16, LOGO_MAX = 256 * 1024 /* bytes */ };

struct static_file {
    const struct embedded *file;
    const char *type;
    char hash[HASH_SIZE + 1]; /* of its bytes: a new file has a new address */
};

struct pages {
    struct templates *templates;
    size_t file_count;
    struct static_file files[STATIC_MAX];
    struct text zone_options;
    struct text brand, logo; /* the site's own style sheet and picture, when it has them */
    struct embedded brand_files[2];
};

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), wanted = strlen(end);
    return size >= wanted && strcmp(name + size - wanted, end) == 0;
}

static const char *type_of(const char *name)
{
    if (ends_with(name, ".css"))
        return "text/css; charset=utf-8";
    if (ends_with(name, ".js"))
        return "text/javascript; charset=utf-8";
    if (ends_with(name, ".svg"))
        return "image/svg+xml";
    if (ends_with(name, ".png"))
        return "image/png";
    return "application/octet-stream";
}

static void pages_add_static(struct pages *pages, const struct embedded *file)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE] = {0};
    if (pages->file_count == STATIC_MAX)
        return;
    struct static_file *added = &pages->files[pages->file_count++];
    added->file = file;
    added->type = type_of(file->name);
    EVP_Digest(file->data, (size_t)(file->end - file->data), hash, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < HASH_SIZE; i++)
        added->hash[i] = digits[i % 2 ? hash[i / 2] & 15 : hash[i / 2] >> 4];
}

static void pages_add_zone(const char *name, void *context)
{
    struct text *options = context;
    text_add(options, "<option>");
    text_add_html(options, name);
    text_add(options, "</option>\n");
}

/* The site's own zone can always be chosen, also by a name of former times. */
static void pages_add_zones(struct pages *pages, const struct site *site, const struct zones *zones)
{
    struct text *options = &pages->zone_options, own = {0};
    pages_add_zone(site->tz, &own);
    zones_each(zones, pages_add_zone, options);
    if (!strstr(text_string(options), text_string(&own)))
        text_add(options, text_string(&own));
    text_free(&own);
}

/* Relative luminance of a part of a colour (WCAG 2.2, "relative luminance"). */
static double luminance_of(int part)
{
    double share = part / 255.0;
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

/* Black or white, whichever has more contrast on `colour` (#rrggbb). At worst that is 4.58 : 1, which is AA.
 */
static const char *colour_on(const char *colour)
{
    int parts[3];
    for (int i = 0; i < 3; i++)
        parts[i] = text_read_hex(colour[1 + 2 * i]) * 16 + text_read_hex(colour[2 + 2 * i]);
    double luminance =
        0.2126 * luminance_of(parts[0]) + 0.7152 * luminance_of(parts[1]) + 0.0722 * luminance_of(parts[2]);
    return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#fff" : "#000";
}

static void pages_add_brand_file(struct pages *pages, size_t index, const char *name,
                                 const struct text *bytes)
{
    const unsigned char *data = (const unsigned char *)bytes->data;
    pages->brand_files[index] = (struct embedded){name, data, data + bytes->size};
    pages_add_static(pages, &pages->brand_files[index]);
}

/* False: `error` says what is wrong with the logo. */
static bool pages_add_brand(struct pages *pages, const struct site *site, struct text *error)
{
    char bytes[16384];
    size_t size;
    if (site->colour) {
        text_addf(&pages->brand, ":root { --accent: %s; --on-accent: %s; }\n", site->colour,
                  colour_on(site->colour));
        pages_add_brand_file(pages, 0, "brand.css", &pages->brand);
    }
    if (!site->logo)
        return true;
    bool svg = ends_with(site->logo, ".svg");
    FILE *file = svg || ends_with(site->logo, ".png") ? fopen(site->logo, "rb") : NULL;
    while (file && pages->logo.size <= LOGO_MAX && (size = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_add_bytes(&pages->logo, bytes, size);
    if (file)
        fclose(file);
    if (!pages->logo.size || pages->logo.size > LOGO_MAX) {
        text_addf(error, "the logo %s cannot be read: give an SVG or PNG file of at most 256 KiB",
                  site->logo);
        return false;
    }
    pages_add_brand_file(pages, 1, svg ? "logo.svg" : "logo.png", &pages->logo);
    return true;
}

struct pages *pages_open(const struct site *site, const struct zones *zones, struct text *error)
{
    struct pages *pages = mem_alloc(sizeof *pages);
    pages->templates = templates_new();
    for (const struct embedded *file = http_files; file->name; file++) {
        const char *wrong = NULL;
        if (!ends_with(file->name, ".html")) {
            pages_add_static(pages, file);
        } else if (templates_add(pages->templates, file->name, (const char *)file->data,
                                 (size_t)(file->end - file->data), &wrong) < 0) {
            text_addf(error, "page %s: %s", file->name, wrong ? wrong : "malformed");
            pages_close(pages);
            return NULL;
        }
    }
    pages_add_zones(pages, site, zones);
    if (!pages_add_brand(pages, site, error)) {
        pages_close(pages);
        return NULL;
    }
    return pages;
}

void pages_close(struct pages *pages)
{
    if (!pages)
        return;
    templates_free(pages->templates);
    text_free(&pages->zone_options);
    text_free(&pages->brand);
    text_free(&pages->logo);
    free(pages);
}

const char *page_zone_options(const struct request *request)
{
    return text_string(&request->http->pages->zone_options);
}

static void data_static(struct request *request, json_t *data, const char *member, const char *name)
{
    const struct pages *pages = request->http->pages;
    for (size_t i = 0; i < pages->file_count; i++)
        if (strcmp(pages->files[i].file->name, name) == 0)
            data_text(data, member, request_path(request, "/static/%s/%s", pages->files[i].hash, name));
}

void page_static(struct request *request)
{
    const struct pages *pages = request->http->pages;
    for (size_t i = 0; i < pages->file_count; i++) {
        const struct static_file *file = &pages->files[i];
        if (strcmp(file->file->name, request->arguments[1]) != 0)
            continue;
        /* A page of an older version asks by an older hash: it gets what there is, for now. */
        bool current = strcmp(file->hash, request->arguments[0]) == 0;
        reply_begin(request, 200, file->type);
        request->reply.static_body = (const char *)file->file->data;
        request->reply.static_size = (size_t)(file->file->end - file->file->data);
        request->reply.cache = current ? "public, max-age=31536000, immutable" : "no-cache";
        return;
    }
    page_not_found(request);
}

void data_text(json_t *data, const char *name, const char *text)
{
    if (text)
        json_object_set_new(data, name, json_string(text));
}

void data_true(json_t *data, const char *name, bool is_true)
{
    if (is_true)
        json_object_set_new(data, name, json_true());
}

void data_title(json_t *data, const char *title, const char *title_of_error, const char *error)
{
    data_text(data, "title", error ? title_of_error : title);
    data_text(data, "error", error);
}

static json_t *data_when(struct text *words, int64_t at)
{
    json_t *data = json_object();
    data_text(data, "text", text_string(words));
    text_clear(words);
    when_add_machine(words, at);
    data_text(data, "machine", text_string(words));
    text_free(words);
    return data;
}

json_t *data_time(struct request *request, const struct zone *zone, enum when_style style, int64_t at)
{
    struct text words = {0};
    when_add(&words, request_catalogue(request), zone, style, request->now, at);
    return data_when(&words, at);
}

json_t *data_span(struct request *request, const struct zone *zone, enum when_style style, int64_t starts_at,
                  int64_t ends_at)
{
    struct text words = {0};
    when_add_span(&words, request_catalogue(request), zone, style, request->now, starts_at, ends_at);
    return data_when(&words, starts_at);
}

static const char *place_value(const struct place *places, const char *name, size_t size)
{
    for (; places->name; places++)
        if (strlen(places->name) == size && strncmp(places->name, name, size) == 0)
            return places->value;
    return NULL;
}

const char *text_filled(struct request *request, const char *text, const struct place *places)
{
    struct text filled = {0};
    while (*text) {
        size_t plain = strcspn(text, "{"), place = strcspn(text + plain, "}");
        bool closed = text[plain + place] == '}';
        const char *value = closed ? place_value(places, text + plain + 1, place - 1) : NULL;
        text_add_bytes(&filled, text, plain);
        text += plain;
        if (value)
            text_add(&filled, value);
        else
            text_add_bytes(&filled, text, place + closed);
        text += place + closed;
    }
    const char *copy = arena_dup(&request->arena, text_string(&filled));
    text_free(&filled);
    return copy;
}

static void page_add_common(struct request *request, json_t *data)
{
    const struct site *site = request_options(request)->site;
    data_text(data, "lang", catalogue_language(request_catalogue(request)));
    data_text(data, "site", site->name);
    data_text(data, "base", site_path(site));
    data_static(request, data, "css", "jmb.css");
    data_static(request, data, "script", "jmb.js");
    data_static(request, data, "icon", "icon.svg");
    data_static(request, data, "brand", "brand.css");
    data_static(request, data, "logo", site->logo && ends_with(site->logo, ".png") ? "logo.png" : "logo.svg");
    data_text(data, "footer", site->footer);
    data_text(data, "help", site->help);
    if (!json_object_get(data, "contact"))
        data_text(data, "contact", site->contact);
    if (request->signed_in) {
        const char *name = request->person.name;
        data_text(data, "person", name && *name ? name : request->person.mail);
        data_text(data, "csrf", auth_csrf(request));
        data_true(data, "may_book", auth_may_book(request));
        data_true(data, "kept",
                  request->method != METHOD_POST && request->form.count > 0 && !request->form_filled);
    }
}

void page_render(struct request *request, int status, const char *name, json_t *data)
{
    page_add_common(request, data);
    reply_begin(request, status, "text/html; charset=utf-8");
    reply_header(request, "Content-Language", catalogue_language(request_catalogue(request)));
    reply_header(request, "Vary", "Accept-Language, Cookie");
    if (templates_render(request->http->pages->templates, name, data, request_catalogue(request),
                         &request->reply.body) < 0) {
        fprintf(stderr, "<3>http: page %s cannot be rendered\n", name);
        reply_plain(request, 500,
                    request_text(request, "This page is broken, by a fault of the program. Please tell those "
                                          "who run this service."));
    }
    json_decref(data);
}

void page_add_row(struct request *request, const char *name, const struct template_field *fields,
                  struct text *html)
{
    if (templates_render_fields(request->http->pages->templates, name, fields, request_catalogue(request),
                                html) < 0)
        fprintf(stderr, "<3>http: %s cannot be rendered\n", name);
}
