#include "proto/mime.h"

#include "proto/decode.h"
#include "proto/mime_signed.h"

#include <string.h>
#include <strings.h>

enum { FIELD_MOST = 8192 /* bytes of a value: a hundred references */ };

struct reader {
    struct arena *arena;
    size_t parts;
};

/* The line at `bytes` without its end; *size is all that it takes. */
static size_t line_length(const char *bytes, size_t left, size_t *size)
{
    const char *end = memchr(bytes, '\n', left);
    size_t length = end ? (size_t)(end - bytes) : left;
    *size = end ? length + 1 : length;
    return length && bytes[length - 1] == '\r' && end ? length - 1 : length;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* ------------------------------------------------------------------------------------------- fields */

/* How long the name of the field is that begins at `line`; 0: none does. */
static size_t name_length(const char *line, size_t length)
{
    size_t size = 0;
    while (size < length && line[size] > ' ' && line[size] < 0x7F && line[size] != ':')
        size++;
    size_t colon = size;
    while (colon < length && is_blank(line[colon])) /* RFC 5322 4.5 */
        colon++;
    return size && colon < length && line[colon] == ':' ? size : 0;
}

/* A value of `size` bytes and its continuations, unfolded; of a very long one the beginning. */
static const char *unfold(struct arena *arena, const char *value, size_t size)
{
    size = size < FIELD_MOST ? size : FIELD_MOST;
    char *out = arena_alloc(arena, size + 1), *end = out;
    for (size_t i = 0; i < size; i++)
        if (value[i] != '\r' && value[i] != '\n')
            *end++ = value[i] ? value[i] : ' ';
    while (end > out && is_blank(end[-1]))
        end--;
    *end = 0;
    while (is_blank(*out))
        out++;
    return out;
}

static void add_field(struct mime_fields *fields, struct arena *arena, const char *line, size_t size)
{
    size_t name = name_length(line, size);
    if (!name || fields->count == MIME_FIELDS_MAX)
        return;
    if (fields->count % 32 == 0) {
        struct mime_field *list = arena_array(arena, fields->count + 32, sizeof *list);
        if (fields->count)
            memcpy(list, fields->list, fields->count * sizeof *list);
        fields->list = list;
    }
    size_t value = (size_t)((const char *)memchr(line, ':', size) - line) + 1;
    fields->list[fields->count++] =
        (struct mime_field){arena_dup_bytes(arena, line, name), unfold(arena, line + value, size - value)};
}

size_t mime_read_fields(struct mime_fields *fields, struct arena *arena, const char *bytes, size_t size)
{
    size_t at = 0, taken;
    *fields = (struct mime_fields){0};
    while (at < size) {
        size_t length = line_length(bytes + at, size - at, &taken), field = at;
        at += taken;
        if (length == 0)
            break;
        while (at < size && is_blank(bytes[at])) {
            line_length(bytes + at, size - at, &taken);
            at += taken;
        }
        add_field(fields, arena, bytes + field, at - field);
    }
    return at;
}

const char *mime_get(const struct mime_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcasecmp(fields->list[i].name, name) == 0)
            return fields->list[i].value;
    return NULL;
}

/* Behind blanks and comments (RFC 5322 3.2.2). */
static const char *skip_blanks(const char *at)
{
    int depth = 0;
    for (; *at; at++) {
        if (*at == '(')
            depth++;
        else if (*at == ')' && depth > 0)
            depth--;
        else if (depth > 0 && *at == '\\' && at[1])
            at++;
        else if (depth == 0 && !is_blank(*at))
            break;
    }
    return at;
}

/* Behind the value at `at`, a token or a quoted string; it is added to `value`. */
static const char *read_value(struct text *value, const char *at)
{
    if (*at != '"') {
        size_t size = strcspn(at, "; \t()");
        text_add_bytes(value, at, size);
        return at + size;
    }
    for (at++; *at && *at != '"'; at++) {
        at += *at == '\\' && at[1];
        text_add_char(value, *at);
    }
    return at + (*at == '"');
}

const char *mime_parameter(struct arena *arena, const char *value, const char *name)
{
    size_t size = strlen(name);
    struct text given = {0};
    const char *at = value ? strchr(value, ';') : NULL, *found = NULL;
    while (at && *at == ';' && !found) {
        at = skip_blanks(at + 1);
        const char *start = at;
        at += strcspn(at, "=; \t(");
        bool same = (size_t)(at - start) == size && strncasecmp(start, name, size) == 0;
        at = skip_blanks(at);
        if (*at == '=') {
            text_clear(&given);
            at = read_value(&given, skip_blanks(at + 1));
            if (same)
                found = arena_dup(arena, text_string(&given));
        }
        at = strchr(at, ';');
    }
    text_free(&given);
    return found;
}

/* -------------------------------------------------------------------------------------------- parts */

static struct mime_part *read_part(struct reader *reader, struct mime_part *parent, int depth,
                                   const char *bytes, size_t size);

static bool type_begins(const struct mime_part *part, const char *start)
{
    return strncmp(part->type, start, strlen(start)) == 0;
}

/* "text/calendar" of "Text/Calendar; method=REPLY" */
static const char *type_of(struct arena *arena, const char *value)
{
    value = value ? skip_blanks(value) : "";
    size_t size = strcspn(value, "; \t(");
    if (!memchr(value, '/', size))
        return "text/plain";
    return text_lower(arena_dup_bytes(arena, value, size));
}

/* True for a file whose name ends so, whatever type a gateway gave it. */
static bool is_named(struct arena *arena, const struct mime_fields *fields, const char *ending)
{
    static const char *const names[][2] = {{"Content-Disposition", "filename"}, {"Content-Type", "name"}};
    size_t ending_size = strlen(ending);
    for (size_t i = 0; i < 2; i++) {
        const char *name = mime_parameter(arena, mime_get(fields, names[i][0]), names[i][1]);
        size_t size = name ? strlen(name) : 0;
        if (size > ending_size && strcasecmp(name + size - ending_size, ending) == 0)
            return true;
    }
    return false;
}

/* The bytes without their transfer encoding. */
static const char *transferred(struct arena *arena, const struct mime_fields *fields, const char *bytes,
                               size_t *size)
{
    const char *encoding = mime_get(fields, "Content-Transfer-Encoding");
    const char *name = encoding ? arena_dup_bytes(arena, encoding, strcspn(encoding, " \t;(")) : "";
    bool base64 = text_equal_nocase(name, "base64");
    if (!base64 && !text_equal_nocase(name, "quoted-printable"))
        return bytes;
    char *out = arena_alloc(arena, *size + 1);
    *size = base64 ? decode_base64(bytes, *size, out) : decode_quoted_printable(bytes, *size, out);
    return out;
}

static bool is_calendar(const struct mime_part *part)
{
    return strcmp(part->type, "text/calendar") == 0 || strcmp(part->type, "application/ics") == 0;
}

/* Calendars fold lines between bytes, and so within characters (RFC 5545 3.1): before the charset is seen to.
 */
static const char *unfold_calendar(struct arena *arena, const char *bytes, size_t *size)
{
    char *out = arena_alloc(arena, *size + 1);
    size_t kept = 0;
    for (size_t i = 0; i < *size; i++) {
        size_t end = bytes[i] == '\r' && i + 1 < *size && bytes[i + 1] == '\n' ? i + 1 : i;
        if (bytes[end] == '\n' && end + 1 < *size && is_blank(bytes[end + 1]))
            i = end + 1;
        else
            out[kept++] = bytes[i];
    }
    *size = kept;
    return out;
}

static void read_leaf(struct reader *reader, struct mime_part *part, const char *bytes, size_t size)
{
    struct arena *arena = reader->arena;
    if (!type_begins(part, "text/") && !is_calendar(part)) {
        part->body = arena_dup_bytes(arena, bytes, size);
        part->size = size;
        return;
    }
    struct text text = {0};
    const char *charset = mime_parameter(arena, mime_get(&part->fields, "Content-Type"), "charset");
    if (is_calendar(part))
        bytes = unfold_calendar(arena, bytes, &size);
    decode_charset_anyhow(&text, charset, bytes, size);
    part->body = arena_dup_bytes(arena, text_string(&text), text.size);
    part->size = text.size;
    text_free(&text);
}

/* True for a line --BOUNDARY or --BOUNDARY--, with blanks behind it; *last for the latter. */
static bool is_delimiter(const char *line, size_t length, const char *boundary, size_t size, bool *last)
{
    if (length < size + 2 || memcmp(line, "--", 2) != 0 || memcmp(line + 2, boundary, size) != 0)
        return false;
    size_t at = size + 2;
    *last = length >= at + 2 && memcmp(line + at, "--", 2) == 0;
    at += *last ? 2 : 0;
    while (at < length && is_blank(line[at]))
        at++;
    return at == length;
}

/* The parts between the lines with the boundary; the line end before such a line belongs to it. A part that
 * nothing ends goes to the end: the message was cut off. */
static void read_parts(struct reader *reader, struct mime_part *part, int depth, const char *bytes,
                       size_t size)
{
    const char *boundary = mime_parameter(reader->arena, mime_get(&part->fields, "Content-Type"), "boundary");
    size_t boundary_size = boundary ? strlen(boundary) : 0, from = 0, taken;
    struct mime_part **to = &part->child;
    bool inside = false, last = false;
    for (size_t at = 0; boundary_size && at < size && !last; at += taken) {
        size_t length = line_length(bytes + at, size - at, &taken);
        if (!is_delimiter(bytes + at, length, boundary, boundary_size, &last))
            continue;
        size_t end = at > from && bytes[at - 1] == '\n' ? at - 1 : at;
        end -= end > from && bytes[end - 1] == '\r';
        if (inside && (*to = read_part(reader, part, depth + 1, bytes + from, end - from)))
            to = &(*to)->next;
        inside = true;
        from = at + taken;
    }
    if (inside && !last)
        *to = read_part(reader, part, depth + 1, bytes + from, size - from);
}

/* A message, or the head of one. */
static bool has_head(const struct mime_part *part)
{
    static const char *const types[] = {"message/rfc822", "message/global", "text/rfc822-headers",
                                        "message/global-headers"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(part->type, types[i]) == 0)
            return true;
    return false;
}

/* S/MIME by its type, or as a file (RFC 8551 3.2.1). */
static bool is_smime(struct arena *arena, const struct mime_part *part)
{
    return strcmp(part->type, "application/pkcs7-mime") == 0 ||
           strcmp(part->type, "application/x-pkcs7-mime") == 0 || is_named(arena, &part->fields, ".p7m");
}

/* What is signed as a whole is what it would be had it been signed in the open. False: it is locked. */
static bool read_signed(struct reader *reader, struct mime_part *part, int depth, const char *bytes,
                        size_t size)
{
    struct text inside = {0};
    bool good = mime_signed_add_content(&inside, bytes, size);
    if (good) {
        part->type = "multipart/signed";
        part->child =
            read_part(reader, part, depth + 1,
                      arena_dup_bytes(reader->arena, text_string(&inside), inside.size), inside.size);
    }
    text_free(&inside);
    return good;
}

static struct mime_part *read_part(struct reader *reader, struct mime_part *parent, int depth,
                                   const char *bytes, size_t size)
{
    if (depth > MIME_DEPTH_MAX || reader->parts == MIME_PARTS_MAX)
        return NULL;
    reader->parts++;
    struct mime_part *part = arena_alloc(reader->arena, sizeof *part);
    *part = (struct mime_part){.parent = parent, .body = ""};
    size_t head = mime_read_fields(&part->fields, reader->arena, bytes, size);
    bytes += head;
    size -= head;
    const char *disposition = mime_get(&part->fields, "Content-Disposition");
    part->attachment = disposition && strncasecmp(disposition, "attachment", 10) == 0;
    part->type = type_of(reader->arena, mime_get(&part->fields, "Content-Type"));
    if (type_begins(part, "multipart/")) {
        read_parts(reader, part, depth, bytes, size);
        return part;
    }
    if (!is_calendar(part) && is_named(reader->arena, &part->fields, ".ics"))
        part->type = "application/ics";
    else if (is_smime(reader->arena, part))
        part->type = "application/pkcs7-mime";
    bytes = transferred(reader->arena, &part->fields, bytes, &size);
    if (strcmp(part->type, "application/pkcs7-mime") == 0 && read_signed(reader, part, depth, bytes, size))
        return part;
    if (has_head(part))
        part->child = read_part(reader, part, depth + 1, bytes, size);
    else
        read_leaf(reader, part, bytes, size);
    return part;
}

struct mime_part *mime_read(struct arena *arena, const char *bytes, size_t size)
{
    struct reader reader = {.arena = arena};
    size_t taken = 0;
    if (size > 5 && memcmp(bytes, "From ", 5) == 0)
        line_length(bytes, size, &taken);
    return read_part(&reader, NULL, 0, bytes + taken, size - taken);
}

struct mime_part *mime_next(const struct mime_part *part)
{
    if (part->child)
        return part->child;
    while (part && !part->next)
        part = part->parent;
    return part ? part->next : NULL;
}

bool mime_is_quoted(const struct mime_part *part)
{
    while ((part = part->parent))
        if (strncmp(part->type, "multipart/", 10) != 0)
            return true;
    return false;
}
