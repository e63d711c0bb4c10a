/* Messages that anybody may send to the reply address: read, whatever they are. */
#include "proto/mime.h"
#include "proto/reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const char *words, size_t most)
{
    if (!words)
        return;
    if (strlen(words) > most + 8 || !text_is_utf8(words, strlen(words)))
        abort();
    for (; *words; words++)
        if ((unsigned char)*words < ' ' && *words != '\n' && *words != '\t')
            abort();
}

static void check_parts(const struct mime_part *message)
{
    size_t parts = 0;
    for (const struct mime_part *part = message; part; part = mime_next(part)) {
        int depth = 0;
        for (const struct mime_part *up = part; (up = up->parent);)
            depth++;
        if (++parts > MIME_PARTS_MAX || depth > MIME_DEPTH_MAX || part->fields.count > MIME_FIELDS_MAX)
            abort();
        if (part->body[part->size] != 0)
            abort();
        if (strncmp(part->type, "text/", 5) == 0 && !text_is_utf8(part->body, part->size))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct mail_reply reply;
    check_parts(mime_read(&arena, (const char *)data, size));
    mail_reply_read(&reply, &arena, (const char *)data, size);
    check_words(reply.words, REPLY_WORDS_MOST);
    check_words(reply.comment, REPLY_COMMENT_MOST);
    if (!reply.words || reply.reference_count > REPLY_REFERENCES_MAX)
        abort();
    if (reply.kind == MAIL_ANSWER &&
        (!reply.uid || !reply.attendee || reply.partstat == PARTSTAT_NEEDS_ACTION))
        abort();
    arena_free(&arena);
    return 0;
}
