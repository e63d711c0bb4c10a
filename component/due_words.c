/* What is said in rooms, in their language. */
#include "component/due_parts.h"

#include <stdio.h>

static void add_count(struct text *text, const char *pattern, int count)
{
    char number[16];
    snprintf(number, sizeof number, "%d", count);
    text_add_places(text, pattern, (struct text_place[]){{"n", number}, {NULL, NULL}});
}

/* How long it is until the end. */
static void add_left(struct text *text, const struct catalogue *catalogue, int before)
{
    int hours = before / 3600, minutes = (before + 30) / 60;
    if (before % 60 != 0 && before < 300)
        add_count(text,
                  catalogue_plural(catalogue, "This meeting ends in {n} second.",
                                   "This meeting ends in {n} seconds.", before),
                  before);
    else if (before % 3600 == 0)
        add_count(text,
                  catalogue_plural(catalogue, "This meeting ends in {n} hour.",
                                   "This meeting ends in {n} hours.", hours),
                  hours);
    else
        add_count(text,
                  catalogue_plural(catalogue, "This meeting ends in {n} minute.",
                                   "This meeting ends in {n} minutes.", minutes),
                  minutes);
}

void due_words_add(struct text *text, const struct catalogue *catalogue, const struct due_reminder *reminder)
{
    switch (reminder->kind) {
    case REMINDER_SAY:
        text_add(text, reminder->text);
        break;
    case REMINDER_STOP:
        text_add(text,
                 reminder->text ? reminder->text : _(catalogue, "This meeting was ended by its organisers."));
        break;
    case REMINDER_END:
        text_add(text, _(catalogue, "This meeting is over: its room is closed."));
        break;
    case REMINDER_LAST:
        text_add(text, _(catalogue, "The room closes in one minute."));
        break;
    case REMINDER_ROOM:
        if (reminder->before > 0)
            add_left(text, catalogue, reminder->before);
        else
            text_add(text, _(catalogue, "This meeting is over."));
        break;
    }
}

void due_words_add_extend(struct text *text, const struct catalogue *catalogue, const char *address)
{
    text_add_places(text, _(catalogue, "Only you see this. You can give this meeting more time: {address}"),
                    (struct text_place[]){{"address", address}, {NULL, NULL}});
}
