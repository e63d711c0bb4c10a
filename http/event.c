#include "http/event.h"

#include "http/view.h"

void event_words_open(struct event_words *words, struct request *request)
{
    const char *dial_in = view_dial_in(request);
    *words = (struct event_words){
        .join = request_text(request, "Join:"), .answer = request_text(request, "Answer:"), .dial_in = NULL};
    if (dial_in)
        words->dial_in =
            arena_printf(&request->arena, "%s %s\n", request_text(request, "By telephone:"), dial_in);
}

void event_describe(const struct event_words *words, const struct meeting *meeting, const char *join,
                    const char *answer, struct text *text)
{
    text_clear(text);
    if (meeting->description && *meeting->description) {
        text_add(text, meeting->description);
        text_add(text, "\n\n");
    }
    if (join) {
        text_add(text, words->join);
        text_add(text, "\n");
        text_add(text, join);
        text_add(text, "\n");
        text_add(text, words->dial_in);
    }
    if (answer) {
        text_add(text, words->answer);
        text_add(text, "\n");
        text_add(text, answer);
        text_add(text, "\n");
    }
}

enum calendar_time event_time(const struct meeting *meeting, enum partstat partstat)
{
    if (meeting->status == MEETING_CANCELLED || partstat == PARTSTAT_DECLINED)
        return CALENDAR_FREE;
    return partstat == PARTSTAT_ACCEPTED ? CALENDAR_BUSY : CALENDAR_MAYBE;
}
