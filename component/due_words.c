#include "component/due_parts.h"

#include <string.h>

/* Adds `pattern` with {n} replaced. */
static void add_count(struct text *text, const char *pattern, int count)
{
    const char *mark = strstr(pattern, "{n}");
    if (!mark) {
        text_add(text, pattern);
        return;
    }
    text_add_bytes(text, pattern, (size_t)(mark - pattern));
    text_addf(text, "%d%s", count, mark + strlen("{n}"));
}

void due_words_add(struct text *text, const struct catalogue *catalogue, int before)
{
    if (before <= 0) {
        text_add(text, _(catalogue, "This meeting is over."));
        return;
    }
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
