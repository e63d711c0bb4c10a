/* The configuration file: its lines to keys (libinih splits them, conf_keys.c knows them, conf_checks.c
 * judges the whole). */
#include "component/conf.h"

#include "component/conf_reading.h"
#include "component/file.h"

#include <ini.h>
#include <string.h>

enum {
    LINE_MOST = 190,         /* bytes: libinih's buffer for a line has 200 */
    FILE_MOST = 1024 * 1024, /* bytes */
};

/* -- sections */

static bool is_section(const char *word)
{
    for (const struct conf_key *key = conf_keys; key->section; key++)
        if (strcmp(key->section, word) == 0)
            return true;
    return false;
}

/* Keys of a section stand together in the table. */
static void complain_unknown_section(struct reading *reading, const char *title)
{
    struct text list = {0};
    const char *last = "";
    for (const struct conf_key *key = conf_keys; key->section; key++) {
        if (strcmp(key->section, last) != 0)
            text_addf(&list, "%s[%s%s]", *last ? " " : "", key->section,
                      conf_key_is_prosody(key) ? " NAME" : "");
        last = key->section;
    }
    conf_complain(reading, reading->line, "there is no section [%s]; there are %s", title,
                  text_string(&list));
    text_free(&list);
}

/* False: it was complained about. */
static bool is_new_title(struct reading *reading, const char *title)
{
    for (size_t i = 0; i < reading->title_count; i++) {
        if (strcmp(reading->titles[i], title) != 0)
            continue;
        conf_complain(reading, reading->line, "[%s] is there twice, first in line %d", title,
                      reading->title_lines[i]);
        return false;
    }
    if (reading->title_count == CONF_SECTIONS_MOST) {
        conf_complain(reading, reading->line, "more than %d sections", CONF_SECTIONS_MOST);
        return false;
    }
    reading->titles[reading->title_count] = title;
    reading->title_lines[reading->title_count++] = reading->line;
    return true;
}

static void open_prosody(struct reading *reading, const char *name)
{
    struct conf *conf = reading->conf;
    if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] ||
        strlen(name) > 64) {
        conf_complain(
            reading, reading->line,
            "[prosody NAME] needs a name of letters, digits, '-', '_' and '.', like [prosody main]");
    } else if (conf->prosody_count == CONF_PROSODYS_MAX) {
        conf_complain(reading, reading->line, "at most %d [prosody NAME] sections are allowed",
                      CONF_PROSODYS_MAX);
    } else {
        reading->prosody = (int)conf->prosody_count++;
        reading->prosody_lines[reading->prosody] = reading->line;
        conf->prosody[reading->prosody].name = name;
        reading->section = "prosody";
    }
}

static void open_section(struct reading *reading, const char *title)
{
    const char *space = strchr(title, ' ');
    const char *word = space ? arena_dup_bytes(&reading->conf->arena, title, (size_t)(space - title)) : title;
    reading->section = NULL;
    reading->before_first = false;
    if (!is_section(word)) {
        complain_unknown_section(reading, title);
    } else if (!is_new_title(reading, title)) {
        return;
    } else if (strcmp(word, "prosody") == 0) {
        open_prosody(reading, space ? space + strspn(space, " ") : "");
    } else if (space) {
        conf_complain(reading, reading->line, "[%s] takes no name: write [%s]", word, word);
    } else {
        reading->section = word;
    }
}

/* -- keys */

static void complain_unknown_key(struct reading *reading, const char *name)
{
    struct text list = {0};
    for (const struct conf_key *key = conf_keys; key->section; key++)
        if (strcmp(key->section, reading->section) == 0)
            text_addf(&list, "%s%s", list.size ? ", " : "", key->name);
    conf_complain(reading, reading->line, "[%s] has no key '%s'; it has %s", reading->section, name,
                  text_string(&list));
    text_free(&list);
}

/* A wrong value leaves the default, so that the checks below complain about nothing else. */
static bool set(struct reading *reading, const struct conf_key *key, const char *value, const char **wrong)
{
    const char *ignored = NULL;
    if (conf_key_set(reading->conf, reading->prosody, key, arena_dup(&reading->conf->arena, value), wrong))
        return true;
    if (key->value && *key->value && !conf_key_is_list(key))
        conf_key_set(reading->conf, reading->prosody, key, key->value, &ignored);
    return false;
}

static int on_value(void *context, const char *ini_section, const char *name, const char *value)
{
    (void)ini_section; /* cut at 50 bytes there; next_line below knows it */
    struct reading *reading = context;
    if (reading->before_first)
        conf_complain(reading, reading->line, "%s: stands before the first [section]", name);
    if (!reading->section)
        return 1; /* the section was complained about, its keys need not */
    const struct conf_key *key = conf_key_find(reading->section, name);
    if (!key) {
        complain_unknown_key(reading, name);
        return 1;
    }
    int *line = conf_line_of(reading, reading->prosody, key);
    const char *wrong = NULL;
    if (*line && !conf_key_is_list(key))
        conf_complain(reading, reading->line, "%s: is set twice, first in line %d", name, *line);
    else if (!*value && !(key->value && !*key->value))
        conf_complain(reading, reading->line, "%s: has no value", name);
    else if (*value && !set(reading, key, value, &wrong))
        conf_complain(reading, reading->line, "%s: %s", name, wrong);
    if (!*line)
        *line = reading->line;
    return 1;
}

/* -- lines */

/* A line as libinih may have it, or why it may not. White space around it means nothing: libinih would take
 * an indented line for more of the value above. */
static const char *check_line(struct reading *reading, const char *line, size_t size)
{
    if (memchr(line, 0, size) || !text_is_utf8(line, size))
        return "is not UTF-8 text";
    if (size > LINE_MOST)
        return "is longer than 190 bytes; lists may be set by several lines with the same key";
    if (size == 0 || *line == ';' || *line == '#')
        return NULL;
    if (*line != '[')
        return strpbrk(line, "=:") ? NULL : "is neither [section] nor key = value nor a comment (;)";
    char *title = arena_dup_bytes(&reading->conf->arena, line + 1, size - 1);
    char *close = strchr(title, ']');
    if (!close)
        return "the ] of the section is missing";
    if (close[1 + strspn(close + 1, " \t")] && !strchr(";#", close[1 + strspn(close + 1, " \t")]))
        return "there is something behind the section; its keys belong on lines of their own";
    *close = 0;
    open_section(reading, title);
    return NULL;
}

/* What libinih reads by, like fgets. */
static char *next_line(char *buffer, int room, void *context)
{
    struct reading *reading = context;
    if (reading->at >= reading->end)
        return NULL;
    const char *stop = memchr(reading->at, '\n', (size_t)(reading->end - reading->at));
    const char *start = reading->at, *end = stop ? stop : reading->end;
    reading->at = stop ? stop + 1 : reading->end;
    if (++reading->line == 1 && end - start >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
        start += 3; /* a byte order mark */
    while (start < end && strchr(" \t\r", *start) && *start)
        start++;
    while (end > start && strchr(" \t\r", end[-1]) && end[-1])
        end--;
    size_t size = (size_t)(end - start);
    char *line = arena_dup_bytes(&reading->conf->arena, start, size);
    const char *wrong = check_line(reading, line, size);
    if (wrong)
        conf_complain(reading, reading->line, "%s%s", *wrong == 'i' ? "this line " : "", wrong);
    if (wrong || (int)size + 2 > room)
        size = 0;
    memcpy(buffer, line, size);
    buffer[size] = '\n';
    buffer[size + 1] = 0;
    return buffer;
}

/* -- all of it */

int conf_read_bytes(struct conf *conf, const char *path, const char *bytes, size_t size, struct text *errors)
{
    *conf = (struct conf){.limits.options = {.room_reminders = {-1}, .mail_reminders = {-1}}};
    size_t errors_before = errors->size;
    struct reading *reading = arena_alloc(&conf->arena, sizeof *reading);
    *reading = (struct reading){
        .conf = conf, .path = path, .errors = errors, .at = bytes, .end = bytes + size, .before_first = true};
    ini_parse_stream(next_line, reading, on_value, reading);
    conf_finish(reading);
    return errors->size == errors_before ? 0 : -1;
}

int conf_read(struct conf *conf, const char *path, struct text *errors)
{
    struct text bytes = {0};
    *conf = (struct conf){0};
    int result = -1;
    if (file_read(path, FILE_MOST, FILE_ANY, &bytes, errors))
        result = conf_read_bytes(conf, path, text_string(&bytes), bytes.size, errors);
    else
        text_add_char(errors, '\n');
    text_free(&bytes);
    return result;
}

void conf_free(struct conf *conf)
{
    text_free(&conf->warnings);
    arena_free(&conf->arena);
}
