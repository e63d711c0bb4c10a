#include "component/file.h"
#include "component/letter_parts.h"
#include "proto/embed.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* The templates of letters: ours travel inside the program; a site may put its own beside, file by file. */

enum { TEMPLATE_MOST = 64 * 1024 /* bytes of a site's file */ };

/* All that a template may name; docs/letters.md says what each is. */
const char *const letter_variables[] = {"absent",
                                        "accept",
                                        "accepted",
                                        "added",
                                        "address",
                                        "answer",
                                        "attendance",
                                        "by",
                                        "by_mail",
                                        "came",
                                        "changed_description",
                                        "changed_organiser",
                                        "changed_password",
                                        "changed_subject",
                                        "changed_time",
                                        "comment",
                                        "comment_lines",
                                        "contact",
                                        "decline",
                                        "declined",
                                        "description",
                                        "dial_in",
                                        "expires",
                                        "has_description",
                                        "invited",
                                        "is_accepted",
                                        "is_cancelled",
                                        "is_declined",
                                        "is_guest",
                                        "is_moderator",
                                        "is_organiser",
                                        "is_tentative",
                                        "is_unanswered",
                                        "join",
                                        "language",
                                        "language_en",
                                        "language_fr",
                                        "lines",
                                        "manage",
                                        "maybe",
                                        "meeting_language",
                                        "more",
                                        "n",
                                        "name",
                                        "now_guest",
                                        "now_moderator",
                                        "now_organiser",
                                        "opens",
                                        "others",
                                        "password",
                                        "people",
                                        "reason",
                                        "reason_lines",
                                        "removed",
                                        "replies",
                                        "sentence",
                                        "settings",
                                        "sign_in",
                                        "site_name",
                                        "site_url",
                                        "starts",
                                        "stop",
                                        "subject",
                                        "tentative",
                                        "time",
                                        "title",
                                        "to",
                                        "waiting",
                                        "was_subject",
                                        "was_when",
                                        "when",
                                        "when_near",
                                        "when_short",
                                        "who",
                                        "who_mail",
                                        "words",
                                        "words_from",
                                        "words_lines",
                                        "zone",
                                        ".",
                                        NULL};

bool letter_is_variable(const char *name, size_t size)
{
    for (const char *const *known = letter_variables; *known; known++)
        if (strlen(*known) == size && memcmp(*known, name, size) == 0)
            return true;
    return false;
}

struct checking {
    const char *folder; /* NULL: of our own files */
    struct text *error;
};

/* Says what is wrong with a name in a template. */
static void check_name(const struct template_name *name, void *context)
{
    const struct checking *checking = context;
    if (checking->error->size || (!name->is_template && letter_is_variable(name->name, name->size)) ||
        (name->is_template && name->is_known))
        return;
    if (checking->folder)
        text_addf(checking->error, "%s/", checking->folder);
    text_addf(checking->error, "%s:%zu: '%.*s' is no %s of letters: see %s", name->template, name->line,
              (int)name->size, name->name, name->is_template ? "template" : "variable",
              "docs/letters.md for those that there are");
}

static bool add(struct templates *set, const char *folder, const char *name, const char *source, size_t size,
                struct text *error)
{
    const char *why = NULL;
    if (templates_add(set, name, source, size, &why) >= 0)
        return true;
    /* 'NAME, line N: what' */
    const char *line = strstr(why, ", line ");
    if (folder)
        text_addf(error, "%s/", folder);
    if (line)
        text_addf(error, "%.*s:%s", (int)(line - why), why, line + strlen(", line "));
    else
        text_add(error, why);
    return false;
}

/* One of ours, or the site's in its stead. */
static bool add_file(struct templates *set, const char *folder, const struct embedded *file,
                     struct text *error)
{
    struct text path = {0}, bytes = {0};
    struct arena arena = {0};
    bool good = true, own = false;
    if (folder) {
        const char *name = arena_printf(&arena, "%s/%s", folder, file->name);
        own = file_exists(name);
        good = !own || file_read(name, TEMPLATE_MOST, FILE_ANY, &bytes, error);
    }
    if (good && own)
        good = add(set, folder, file->name, text_string(&bytes), bytes.size, error);
    else if (good)
        good = add(set, NULL, file->name, (const char *)file->data, (size_t)(file->end - file->data), error);
    arena_free(&arena);
    text_free(&path);
    text_free(&bytes);
    return good;
}

/* A name that is misspelt would be passed over in silence. */
static bool check_folder(const char *folder, struct text *error)
{
    DIR *directory = opendir(folder);
    if (!directory) {
        text_addf(error, "%s: the templates of letters cannot be read: %s", folder, strerror(errno));
        return false;
    }
    const struct dirent *entry;
    while (!error->size && (entry = readdir(directory))) {
        const char *name = entry->d_name;
        size_t size = strlen(name);
        if (name[0] != '.' && name[size - 1] != '~' && !embedded_find(letters_files, name))
            text_addf(error, "%s/%s: there is no template of letters with that name: see docs/letters.md",
                      folder, name);
    }
    closedir(directory);
    return !error->size;
}

struct templates *letter_templates(const char *folder, struct text *error)
{
    struct templates *set = templates_new();
    bool good = !folder || check_folder(folder, error);
    for (const struct embedded *file = letters_files; good && file->name; file++)
        good = add_file(set, folder, file, error);
    if (good) {
        struct checking checking = {folder, error};
        templates_each_name(set, check_name, &checking);
        good = !error->size;
    }
    if (good)
        return set;
    templates_free(set);
    return NULL;
}
