#include "component/file.h"
#include "component/letter_parts.h"
#include "proto/embed.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
                                        "changed_people_only",
                                        "changed_subject",
                                        "changed_time",
                                        "comment",
                                        "comment_lines",
                                        "contact",
                                        "decline",
                                        "declined",
                                        "delegate",
                                        "description",
                                        "dial_in",
                                        "expires",
                                        "has_description",
                                        "invited",
                                        "is_accepted",
                                        "is_cancelled",
                                        "is_declined",
                                        "is_encrypted",
                                        "is_guessed",
                                        "is_guest",
                                        "is_moderator",
                                        "is_organiser",
                                        "is_outlook",
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
                                        "proposed",
                                        "reason",
                                        "reason_lines",
                                        "removed",
                                        "replies",
                                        "said_by",
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
                                        "when_day",
                                        "when_hours",
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

/* The first line of a text that is not in UTF-8; 0: there is none. */
static size_t line_of_other_charset(const struct text *text)
{
    size_t line = 1;
    for (size_t at = 0; at < text->size; line++) {
        const char *end = memchr(text->data + at, '\n', text->size - at);
        size_t size = end ? (size_t)(end - text->data) - at : text->size - at;
        if (!text_is_utf8(text->data + at, size))
            return line;
        at += size + 1;
    }
    return 0;
}

/* What no letter can be without. */
static bool is_needed(const char *name)
{
    const char *behind = strstr(name, "-subject.txt");
    return strcmp(name, "sender.txt") == 0 || (behind && !behind[strlen("-subject.txt")]);
}

/* Nothing but blanks and remarks. */
static bool is_blank(const char *source)
{
    source += strspn(source, " \t\r\n");
    while (strncmp(source, "{{!", 3) == 0) {
        const char *end = strstr(source, "}}");
        source = end ? end + 2 : source + strlen(source);
        source += strspn(source, " \t\r\n");
    }
    return !*source;
}

/* A site's file as text: without the mark that Windows puts in front. Nothing else is taken for what it may
 * have meant to be. */
static bool check_bytes(const char *folder, const char *name, struct text *bytes, struct text *error)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (bytes->size >= 3 && memcmp(bytes->data, mark, 3) == 0)
        memmove(bytes->data, bytes->data + 3, (bytes->size -= 3) + 1);
    const char *zero = bytes->size ? memchr(bytes->data, 0, bytes->size) : NULL;
    size_t other = line_of_other_charset(bytes), line = 1;
    if (zero) {
        for (const char *at = bytes->data; at < zero; at++)
            line += *at == '\n';
        letter_add_place(error, folder, name, line);
        text_add(error, "a byte that is 0: this is no text, save it as UTF-8");
    } else if (other) {
        letter_add_place(error, folder, name, other);
        text_add(error, "this line is not in UTF-8: save the file in it, or `iconv -f LATIN1 -t UTF-8` it");
    } else if (is_needed(name) && is_blank(text_string(bytes))) {
        letter_add_place(error, folder, name, 0);
        text_add(error, "a letter needs it: write something, or take the file away to have ours");
    } else {
        return true;
    }
    return false;
}

static bool add(struct templates *set, const char *folder, const char *name, const char *source, size_t size,
                struct text *error)
{
    const char *why = NULL;
    if (templates_add(set, name, source, size, &why) >= 0)
        return true;
    /* 'NAME, line N: what' */
    const char *line = strstr(why, ", line ");
    letter_add_place(error, folder, name, line ? strtoul(line + strlen(", line "), NULL, 10) : 0);
    const char *what = line ? strstr(line, ": ") : NULL;
    text_add(error, what ? what + 2 : why);
    return false;
}

/* Also for a link that leads nowhere: ours would be taken in its stead, and nobody would know. */
static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* One of ours, or the site's in its stead. */
static void add_file(struct templates *set, const char *folder, const struct embedded *file,
                     struct text *error)
{
    struct text bytes = {0}, why = {0};
    struct arena arena = {0};
    const char *path = folder ? arena_printf(&arena, "%s/%s", folder, file->name) : NULL;
    if (!path || !is_there(path))
        add(set, NULL, file->name, (const char *)file->data, (size_t)(file->end - file->data), error);
    else if (!file_read(path, TEMPLATE_MOST, FILE_ANY, &bytes, &why))
        text_addf(error, "%s%s", error->size ? "\n" : "", text_string(&why));
    else if (check_bytes(folder, file->name, &bytes, error))
        add(set, folder, file->name, text_string(&bytes), bytes.size, error);
    arena_free(&arena);
    text_free(&bytes);
    text_free(&why);
}

/* A name that is misspelt would be passed over in silence. */
static void check_folder(const char *folder, struct text *error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        text_addf(error, "%s: the templates of letters cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t size = strlen(name);
        if (name[0] != '.' && name[size - 1] != '~' && !embedded_find(letters_files, name)) {
            letter_add_place(error, folder, name, 0);
            text_add(error, "there is no template of letters with that name");
            letter_add_meant(error, true, name, size);
        }
        free(entries[i]);
    }
    free(entries);
}

struct templates *letter_templates(const char *folder, struct text *error)
{
    struct templates *set = templates_new();
    if (folder)
        check_folder(folder, error);
    for (const struct embedded *file = letters_files; file->name; file++)
        add_file(set, folder, file, error);
    if (!error->size && letter_check(set, folder, error))
        return set;
    templates_free(set);
    return NULL;
}
