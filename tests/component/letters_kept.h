/* For tests of letters: those that are due, rendered and kept in a folder with what is expected of them, and
 * read back by Python's email and icalendar (read_letters.py). */
#ifndef TESTS_COMPONENT_LETTERS_KEPT_H
#define TESTS_COMPONENT_LETTERS_KEPT_H

#include "component/letters.h"
#include "sql/store_letters.h"
#include "tests/component/fixture.h"

#include <jansson.h>
#include <unistd.h>

/* All letters that are due, by who they go to. */
struct letters_due {
    struct arena arena;
    size_t count;
    struct letter rows[20];
};

static inline bool list(const struct letter *row, void *context)
{
    struct letters_due *due = context;
    assert_true(due->count < 20);
    struct letter *letter = &due->rows[due->count++];
    *letter = *row;
    letter->to = arena_dup(&due->arena, row->to);
    letter->to_name = arena_dup(&due->arena, row->to_name);
    letter->language = arena_dup(&due->arena, row->language);
    letter->message_id = arena_dup(&due->arena, row->message_id);
    letter->in_reply_to = arena_dup(&due->arena, row->in_reply_to);
    struct forwarded *forwarded = &letter->forwarded;
    forwarded->words = arena_dup(&due->arena, forwarded->words);
    forwarded->from = arena_dup(&due->arena, forwarded->from);
    forwarded->said_by = arena_dup(&due->arena, forwarded->said_by);
    forwarded->delegate = arena_dup(&due->arena, forwarded->delegate);
    forwarded->proposed_zone = arena_dup(&due->arena, forwarded->proposed_zone);
    return true;
}

static inline void list_due(struct fixture *f, struct letters_due *due, int64_t now)
{
    *due = (struct letters_due){0};
    assert_true(store_next_letters(f->store, now, 20, list, due) >= 0);
}

static inline const struct letter *letter_to(const struct letters_due *due, const char *to)
{
    for (size_t i = 0; i < due->count; i++)
        if (strcmp(due->rows[i].to, to) == 0)
            return &due->rows[i];
    fail_msg("no letter to %s", to);
    return NULL;
}

static inline int render_result(struct letters *letters, const struct letter *letter, int64_t now,
                                struct text *text)
{
    struct letter_told *told = NULL;
    int result = letters_render(letters, letter, now, text, &told);
    letter_told_free(told);
    return result;
}

static inline void render(struct fixture *f, const struct letter *letter, int64_t now, struct text *text)
{
    *text = (struct text){0};
    assert_int_equal(render_result(f->letters, letter, now, text), 1);
    assert_true(text->size > 500);
}

/* The relay took it; it said what is true now. */
static inline void letter_sent(struct fixture *f, const struct letter *letter, int64_t now)
{
    struct text text = {0};
    struct letter_told *told = NULL;
    assert_int_equal(letters_render(f->letters, letter, now, &text, &told), 1);
    assert_true(store_letter_sent(f->store, letter->id, told, now) > 0);
    letter_told_free(told);
    text_free(&text);
}

/* Marks all as sent, so that the next ones are told. */
static inline void all_sent(struct fixture *f, const struct letters_due *due, int64_t now)
{
    for (size_t i = 0; i < due->count; i++)
        letter_sent(f, &due->rows[i], now);
    assert_true(store_commit(f->store) > 0);
}

/* ---- Reading back ---- */

static char folder[60];

static inline int folder_make(void **state)
{
    (void)state;
    const char *given = getenv("JMB_LETTERS"); /* a folder to look at them in afterwards */
    snprintf(folder, sizeof folder, "%s", given ? given : "/tmp/jmb-letters-XXXXXX");
    return given || mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return getenv("JMB_LETTERS") ? 0 : system(command); // NOLINT(cert-env33-c): a folder of our own name
}

static inline void file_write(const char *name, const char *ending, const char *bytes, size_t size)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static inline json_t *strings(const char *const *list)
{
    json_t *array = json_array();
    for (; *list; list++)
        json_array_append_new(array, json_string(*list));
    return array;
}

#define STRINGS(...) strings((const char *const[]){__VA_ARGS__, NULL})

/* Renders and keeps a letter with what is expected of it; takes `expected`. */
static inline void keep(struct fixture *f, const char *name, const struct letter *letter, int64_t now,
                        json_t *expected)
{
    struct text text;
    render(f, letter, now, &text);
    json_object_set_new(expected, "to", json_string(letter->to));
    json_object_set_new(expected, "date", json_integer(letter->created_at));
    char *json = json_dumps(expected, 0);
    file_write(name, ".eml", text.data, text.size);
    file_write(name, ".json", json, strlen(json));
    free(json);
    json_decref(expected);
    text_free(&text);
}

static inline void read_back(void)
{
    char command[200];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/component/read_letters.py %s", folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a folder of our own name
}

static inline const char *link_of(struct fixture *f, enum link_purpose purpose, int64_t attendee)
{
    struct attendee who;
    struct meeting meeting;
    struct text text = {0};
    assert_true(store_get_attendee(f->store, attendee, &f->arena, &who, &meeting) > 0);
    site_add_link(&text, &f->site, &f->keys, purpose, &who.link);
    const char *link = arena_dup(&f->arena, text_string(&text));
    text_free(&text);
    return link;
}

#endif
