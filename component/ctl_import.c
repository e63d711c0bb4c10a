/* jmbctl people import, jmbctl lists import: an export of the directory from standard input to the running
 * jmbd, 500 people a request so that nobody's page waits behind them. */
#include "component/ctl_options.h"
#include "proto/addresses.h"
#include "proto/csv.h"
#include "proto/ldif.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    BATCH = 500,              /* people */
    BATCH_BYTES = 256 * 1024, /* of what they were read from, about */
    INPUT_MOST = 512 << 20,   /* bytes */
    COMPLAINTS_MOST = 20,
    PROGRESS = 5000,
};

struct import {
    const struct ctl *ctl;
    const struct ctl_options *options;
    const char *path, *member; /* "/people" and "people" */
    struct arena arena;        /* of the entry that is read */
    json_t *batch;
    size_t bytes;
    json_int_t run;
    long long read, added, changed, same, refused, without_mail;
    bool broken; /* something could not be read at all: whoever it was must not be pruned */
    int end;     /* exit status, as soon as it is settled */
};

static void complain(struct import *import, int line, const char *why)
{
    if (++import->refused <= COMPLAINTS_MOST)
        fprintf(import->ctl->err, "jmbctl: line %d: %s\n", line, why);
    else if (import->refused == COMPLAINTS_MOST + 1)
        fprintf(import->ctl->err, "jmbctl: and so on\n");
}

/* One request; the answer, or NULL and import->end is settled. */
static json_t *import_ask(struct import *import, const char *path, json_t *body)
{
    json_t *answer = NULL;
    import->end = ctl_request(import->ctl, "POST", path, body, &answer);
    if (!import->end)
        return answer;
    json_decref(answer);
    return NULL;
}

static long long number_of(const json_t *answer, const char *name)
{
    return json_integer_value(json_object_get(answer, name));
}

static void import_send(struct import *import)
{
    if (import->end || json_array_size(import->batch) == 0)
        return;
    json_t *body = json_pack("{s:I, s:O}", "run", import->run, import->member, import->batch);
    json_t *answer = import_ask(import, import->path, body);
    if (answer) {
        import->run = number_of(answer, "run");
        import->added += number_of(answer, "added");
        import->changed += number_of(answer, "changed");
        import->same += number_of(answer, "same");
        json_t *refused = json_object_get(answer, "refused");
        for (size_t i = 0; i < json_array_size(refused); i++) {
            const json_t *one = json_array_get(refused, i);
            const char *why = json_string_value(json_object_get(one, "why"));
            complain(import, (int)number_of(one, "line"), why ? why : "refused");
        }
    }
    json_decref(answer);
    json_decref(body);
    json_array_clear(import->batch);
    import->bytes = 0;
}

static void import_add(struct import *import, json_t *row, size_t bytes)
{
    json_array_append_new(import->batch, row);
    import->bytes += bytes;
    if (++import->read % PROGRESS == 0 && !import->options->quiet)
        fprintf(import->ctl->err, "jmbctl: %lld read\n", import->read);
    if (json_array_size(import->batch) >= BATCH || import->bytes >= BATCH_BYTES)
        import_send(import);
}

static void add_person(struct import *import, const struct entry *entry)
{
    struct directory_person person = {0};
    const char *why = directory_read(&person, &import->arena, entry, &import->options->map);
    if (why && *why)
        complain(import, entry->line, why);
    else if (why)
        import->without_mail++;
    if (why)
        return;
    size_t bytes = 100;
    json_t *aliases = json_array();
    for (size_t i = 0; i < person.alias_count; i++) {
        json_array_append_new(aliases, json_string(person.aliases[i]));
        bytes += strlen(person.aliases[i]) + 4;
    }
    import_add(import,
               json_pack("{s:i, s:s, s:s*, s:s*, s:s*, s:b, s:o}", "line", entry->line, "mail", person.mail,
                         "uid", person.uid, "name", person.name, "language", person.language, "may_book",
                         person.may_book, "aliases", aliases),
               bytes);
}

static const char *skip_mark(const struct text *input)
{
    const char *text = text_string(input);
    return text + (strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
}

static bool looks_like_ldif(const char *text)
{
    const char *start = text;
    while (*text == '\n' || *text == '\r' || *text == '#') /* comments and empty lines */
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n');
    return strncasecmp(text, "dn:", 3) == 0 || strncasecmp(text, "version:", 8) == 0 || !*text ||
           strncmp(start, "# extended LDIF", 15) == 0; /* ldapsearch, though it found nobody */
}

static void read_ldif(struct import *import, const struct text *input)
{
    const char *text = skip_mark(input), *wrong;
    struct ldif ldif = {.at = text, .end = input->data + input->size};
    struct entry entry;
    int found;
    while (!import->end && (found = ldif_next(&ldif, &import->arena, &entry, &wrong)) != 0) {
        import->broken |= found < 0;
        if (found < 0)
            complain(import, entry.line, wrong);
        else
            add_person(import, &entry);
        arena_free(&import->arena);
    }
    if (ldif.unfinished) {
        fprintf(import->ctl->err, "jmbctl: the directory gave less than there is (%s): nobody is pruned\n",
                ldif.unfinished);
        import->broken = true;
        import->refused++;
    }
}

static void read_csv(struct import *import, const struct text *input)
{
    struct arena names = {0};
    struct csv csv;
    struct entry entry;
    const char *wrong;
    int found;
    if (!csv_open(&csv, &names, text_string(input), input->size, &wrong)) {
        fprintf(import->ctl->err, "jmbctl: line 1: %s\n", wrong);
        import->end = EX_DATAERR;
    }
    while (!import->end && (found = csv_next(&csv, &import->arena, &entry, &wrong)) != 0) {
        import->broken |= found < 0;
        if (found < 0)
            complain(import, entry.line, wrong);
        else
            add_person(import, &entry);
        arena_free(&import->arena);
    }
    arena_free(&names);
}

/* "LIST MEMBER": an address or a name, and an address. */
static void add_member(struct import *import, int number, char *line)
{
    struct addresses addresses;
    line += strspn(line, " \t");
    line[strcspn(line, "\r")] = 0;
    if (!*line || *line == '#')
        return;
    size_t size = strcspn(line, " \t");
    const char *list = arena_dup_bytes(&import->arena, line, size);
    const char *address = address_read_one(&import->arena, list);
    addresses_read(&addresses, &import->arena, line + size);
    if (!text_is_utf8(line, strlen(line)))
        complain(import, number, "is not UTF-8: convert it (iconv -f latin1 -t utf-8)");
    else if (addresses.count != 1 || addresses.bad_count)
        complain(import, number, "a line is LIST MEMBER, and the member a mail address");
    else
        import_add(import,
                   json_pack("{s:i, s:s, s:s, s:s*}", "line", number, "list", address ? address : list,
                             "mail", addresses.list[0].mail, "name", addresses.list[0].name),
                   strlen(line) + 60);
}

static void read_lists(struct import *import, const struct text *input)
{
    char *line = (char *)skip_mark(input);
    for (int number = 1; *line && !import->end; number++) {
        size_t size = strcspn(line, "\n");
        char *next = line + size + (line[size] == '\n');
        line[size] = 0;
        add_member(import, number, line);
        arena_free(&import->arena);
        line = next;
    }
}

static bool read_input(FILE *in, struct text *input)
{
    char bytes[65536];
    size_t size;
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0 && input->size < INPUT_MOST)
        text_add_bytes(input, bytes, size);
    return !ferror(in) && input->size < INPUT_MOST;
}

/* Whoever was not named goes, a batch a request. */
static void prune(struct import *import)
{
    long long removed = 0, kept = 0;
    bool more = true;
    if (import->broken || import->run == 0) {
        fprintf(import->ctl->err, "jmbctl: nothing is pruned, since not everything could be read\n");
        import->end = EX_DATAERR;
        return;
    }
    while (more && !import->end) {
        char path[32];
        snprintf(path, sizeof path, "%s/prune", import->path);
        json_t *body = json_pack("{s:I, s:b}", "run", import->run, "force",
                                 import->options->force || removed + kept > 0);
        json_t *answer = import_ask(import, path, body);
        removed += number_of(answer, "removed");
        kept += number_of(answer, "kept");
        more = json_is_true(json_object_get(answer, "more"));
        json_decref(answer);
        json_decref(body);
    }
    if (import->end && removed + kept == 0)
        return;
    fprintf(import->ctl->out, "pruned: %lld removed", removed);
    if (kept)
        fprintf(import->ctl->out, ", %lld kept because of their meetings", kept);
    fprintf(import->ctl->out, "\n");
}

static int import_run(struct import *import, bool people)
{
    struct text input = {0};
    if (!read_input(import->ctl->in, &input)) {
        fprintf(import->ctl->err, "jmbctl: standard input cannot be read, or is larger than 512 MiB\n");
        import->end = EX_IOERR;
    } else if (!people) {
        read_lists(import, &input);
    } else if (import->options->format ? strcmp(import->options->format, "ldif") == 0
                                       : looks_like_ldif(skip_mark(&input))) {
        read_ldif(import, &input);
    } else {
        read_csv(import, &input);
    }
    import_send(import);
    if (!import->end || import->read)
        fprintf(import->ctl->out, "%lld read: %lld added, %lld changed, %lld as before", import->read,
                import->added, import->changed, import->same);
    if (import->refused)
        fprintf(import->ctl->out, ", %lld refused", import->refused);
    if (import->without_mail)
        fprintf(import->ctl->out, ", %lld without a mail address passed over", import->without_mail);
    fprintf(import->ctl->out, "\n");
    if (!import->end && import->options->prune)
        prune(import);
    arena_free(&import->arena); /* of a last line that was no entry */
    text_free(&input);
    return import->end ? import->end : import->refused ? EX_DATAERR : EX_OK;
}

int ctl_import(const struct ctl *ctl, int argc, char *const *argv)
{
    bool people = strcmp(argv[0], "people") == 0;
    struct ctl_options options;
    int told = ctl_options_read(&options, ctl, argc, argv);
    if (told <= 0)
        return told < 0 ? EX_USAGE : EX_OK;
    struct import import = {.ctl = ctl,
                            .options = &options,
                            .path = people ? "/people" : "/lists",
                            .member = people ? "people" : "members",
                            .batch = json_array()};
    int end = import_run(&import, people);
    json_decref(import.batch);
    return end;
}
