#include "http/auth.h"
#include "http/routes.h"
#include "http/view.h"
#include "proto/when.h"
#include "sql/store_directory.h"

#include <stdlib.h>
#include <string.h>

/* My meetings: live now, today, coming, past. A list may have a hundred rows of twenty fields: they are
 * rendered as they come from the store, in one pass. */

enum {
    PAGE_SIZE = 100,
    PAST_ON_FRONT = 5,
    AHEAD_MOST = 10 * 366 * 86400, /* seconds */
    BEHIND_MOST = 365 * 86400,
    EVER = 100L * 366 * 86400, /* seconds: with ?all=1 */
    SEARCH_MOST = 100,         /* bytes of what is looked for */
    FIELDS_MOST = 24,
    NUMBER_SIZE = 12
};

enum section { SECTION_LIVE, SECTION_TODAY, SECTION_COMING, SECTION_PAST, SECTIONS };

struct list {
    struct request *request;
    const struct person *whose; /* the reader, or whom they stand for */
    bool past;
    const char *search;         /* folded; NULL: all */
    struct text rows[SECTIONS]; /* HTML */
    struct text text;           /* for the fields of a row; never moves while one is made */
    int limit, count;
    int64_t tomorrow_at;      /* when the reader's day ends */
    int64_t last_at, last_id; /* where the next page goes on */
};

/* The fields of a row. Their texts are of the arena or of the row itself. */
struct fields {
    size_t count;
    struct template_field list[FIELDS_MOST + 1];
};

static void add(struct fields *fields, const char *name, const char *text)
{
    if (text && fields->count < FIELDS_MOST)
        fields->list[fields->count++] = (struct template_field){name, text};
}

static void add_number(struct fields *fields, struct arena *arena, const char *name, int number)
{
    if (number)
        add(fields, name, arena_printf(arena, "%d", number));
}

/* The one thing that makes sense now. */
static void add_action(struct list *list, struct fields *fields, const struct meeting_row *row)
{
    struct request *request = list->request;
    const struct meeting *meeting = &row->meeting;
    enum view_state state = view_state(meeting, request->now);
    bool invited = row->me.id && list->whose == &request->person, open = false;
    bool organises = meeting->organiser == list->whose->id;
    const char *label = NULL, *verb = NULL, *href = NULL;
    if (invited && view_is_open(meeting, row->me.role, request->now)) {
        label = _(request_catalogue(request), "Join now");
        verb = "join";
        open = true;
    } else if (state == VIEW_CANCELLED && organises && auth_may_book(request)) {
        label = _(request_catalogue(request), "Book again");
        href = request_path(request, "/meetings/new?from=%s", meeting->ref);
    } else if (state == VIEW_CANCELLED || (state == VIEW_OVER && !organises && row->me.role == ROLE_GUEST)) {
        return;
    } else if (state == VIEW_OVER) {
        label = _(request_catalogue(request), "Who was there");
        verb = "attendance";
    } else if (organises) {
        label = _(request_catalogue(request), "Edit");
        verb = "edit";
    } else if (invited) {
        label = row->me.partstat == PARTSTAT_NEEDS_ACTION ? _(request_catalogue(request), "Answer now")
                                                          : _(request_catalogue(request), "Change my answer");
        href = request_link_path(request, LINK_INVITATION, &row->me.link);
    }
    if (!label)
        return;
    add(fields, "action", label);
    add(fields, "address", href ? href : request_path(request, "/meetings/%s/%s", meeting->ref, verb));
    if (open || (href && !organises && row->me.partstat == PARTSTAT_NEEDS_ACTION))
        add(fields, "main", "1");
}

/* In the meeting's own zone, which is named where it shows another time than the reader's. */
static void add_times(struct list *list, struct fields *fields, const struct meeting *meeting)
{
    struct request *request = list->request;
    const struct catalogue *catalogue = request_catalogue(request);
    const struct zone *zone = view_zone(request, meeting);
    struct text *text = &list->text;
    text_clear(text);
    when_add_span(text, catalogue, zone, WHEN_RELATIVE, request->now, meeting->starts_at, meeting->ends_at);
    add(fields, "when", arena_dup_bytes(&request->arena, text->data, text->size));
    text_clear(text);
    when_add_machine(text, meeting->starts_at);
    add(fields, "starts", arena_dup_bytes(&request->arena, text->data, text->size));
    text_clear(text);
    when_add_machine(text, meeting->ends_at);
    add(fields, "ends", arena_dup_bytes(&request->arena, text->data, text->size));
    text_clear(text);
    view_add_length(text, catalogue, meeting);
    add(fields, "length", arena_dup_bytes(&request->arena, text->data, text->size));
    if (zone == request->zone || zone_offset(zone, meeting->starts_at, NULL, NULL) ==
                                     zone_offset(request->zone, meeting->starts_at, NULL, NULL))
        return;
    text_clear(text);
    when_add_zone(text, zone, meeting->starts_at);
    add(fields, "zone", arena_dup_bytes(&request->arena, text->data, text->size));
    add(fields, "zone_name", zone_name(zone));
}

static void add_row(struct list *list, struct text *html, const struct meeting_row *row)
{
    struct request *request = list->request;
    const struct meeting *meeting = &row->meeting;
    enum view_state state = view_state(meeting, request->now);
    bool organises = meeting->organiser == list->whose->id;
    struct fields fields = {0};
    const char *class = NULL, *words = NULL;
    add_times(list, &fields, meeting);
    add(&fields, "subject", meeting->subject);
    add(&fields, "language", meeting->language);
    add(&fields, "href", request_path(request, "/meetings/%s", meeting->ref));
    if (state == VIEW_COMING || state == VIEW_CANCELLED) /* else the section's heading says it */
        words = view_state_words(request, meeting, &class);
    add(&fields, "state", words);
    add(&fields, "state_class", class);
    add(&fields, "cancelled", state == VIEW_CANCELLED ? "1" : NULL);
    add(&fields, "role", view_role(request, organises ? ROLE_ORGANISER : row->me.role));
    if (!organises)
        add(&fields, "organiser", view_name(request, row->organiser_name, row->organiser_mail));
    if (!organises && row->me.id && meeting->status == MEETING_CONFIRMED) {
        add(&fields, "answer", view_answer(request, row->me.partstat));
        add(&fields, "answer_class", partstat_word(row->me.partstat));
    }
    if (organises && meeting->status == MEETING_CONFIRMED && row->invited) {
        add_number(&fields, &request->arena, "invited", row->invited);
        add(&fields, "accepted", arena_printf(&request->arena, "%d", row->accepted));
    }
    add_number(&fields, &request->arena, "connected", row->connected);
    add_action(list, &fields, row);
    page_add_row(request, "meeting_item.html", fields.list, html);
}

/* Is it in what somebody wrote, whatever the case and the accents? */
static bool has(struct list *list, const char *text)
{
    if (!text)
        return false;
    store_fold(request_store(list->request), text, &list->text);
    return strstr(text_string(&list->text), list->search);
}

static bool list_add(const struct meeting_row *row, void *context)
{
    struct list *list = context;
    const struct meeting *meeting = &row->meeting;
    int64_t now = list->request->now;
    if ((meeting->ends_at <= now) != list->past)
        return true; /* it belongs to the other half */
    if (list->search && !has(list, meeting->subject) && !has(list, row->organiser_name) &&
        !has(list, row->organiser_mail))
        return true;
    if (list->count == list->limit)
        return false;
    list->count++;
    list->last_at = meeting->starts_at;
    list->last_id = meeting->id;
    enum section section = list->past                                                          ? SECTION_PAST
                           : meeting->starts_at <= now && meeting->status != MEETING_CANCELLED ? SECTION_LIVE
                           : meeting->starts_at < list->tomorrow_at                            ? SECTION_TODAY
                                                                    : SECTION_COMING;
    add_row(list, &list->rows[section], row);
    return true;
}

/* Reads "AT-ID" of a page's address. */
static bool after_read(struct request *request, struct meeting_query *query)
{
    const char *after = request_parameter(request, "after");
    char *end;
    if (!after)
        return false;
    query->after_at = strtoll(after, &end, 10);
    query->after_id = *end == '-' ? strtoll(end + 1, &end, 10) : 0;
    return query->after_id > 0 && !*end;
}

/* The address of this list with something changed; what is looked for goes along, or for NULL it does not. */
static const char *list_address(struct list *list, bool past, const char *more)
{
    struct request *request = list->request;
    struct text text = {0};
    text_addf(&text, "%s?", request_path(request, "/"));
    if (past)
        text_add(&text, "view=past&");
    if (list->whose != &request->person) {
        text_add(&text, "for=");
        text_add_url(&text, list->whose->mail);
        text_add_char(&text, '&');
    }
    if (more && request_parameter(request, "q")) {
        text_add(&text, "q=");
        text_add_url(&text, request_parameter(request, "q"));
        text_add_char(&text, '&');
    }
    if (more && request_parameter(request, "all"))
        text_add(&text, "all=1&");
    text_add(&text, more);
    const char *address = arena_dup_bytes(&request->arena, text.data, text.size - (!more || !*more));
    text_free(&text);
    return address;
}

/* Lists one half into data; the link to the rest is called `more`. */
static int list_half(struct list *list, json_t *data, bool past, int limit)
{
    struct request *request = list->request;
    struct meeting_query query = {.mail = list->whose->mail,
                                  .newest_first = past,
                                  .limit = list->search ? -1 : PAGE_SIZE + 1,
                                  .now = request->now};
    bool all = request_parameter(request, "all") != NULL;
    query.from = past ? request->now - (all ? EVER : BEHIND_MOST) : request->now;
    query.to = past ? request->now : request->now + AHEAD_MOST;
    if (!after_read(request, &query))
        query.after_id = query.after_at = 0;
    list->past = past;
    list->limit = limit;
    list->count = 0;
    int listed = store_list_meetings(request_store(request), &query, list_add, list);
    if (list->count == limit && past && limit < PAGE_SIZE)
        data_text(data, "all_past", list_address(list, true, ""));
    else if (list->count == limit)
        data_text(data, "more",
                  list_address(list, past,
                               arena_printf(&request->arena, "after=%lld-%lld", (long long)list->last_at,
                                            (long long)list->last_id)));
    return listed;
}

/* Whom a deputy's list is for (?for=MAIL); false: the reply is set. */
static bool list_find_whose(struct request *request, struct person *other, const struct person **whose)
{
    const char *mail = request_parameter(request, "for");
    *whose = &request->person;
    if (!mail)
        return true;
    int found = store_find_person(request_store(request), mail, &request->arena, other);
    if (found > 0)
        found = store_is_deputy(request_store(request), other->id, request->person.id);
    if (found > 0)
        *whose = other;
    else if (found == 0)
        page_not_found(request);
    else
        page_unavailable(request);
    return found > 0;
}

struct principals {
    struct request *request;
    json_t *items;
    const struct person *whose;
};

static bool principals_add(const struct person *person, void *context)
{
    struct principals *principals = context;
    struct request *request = principals->request;
    struct text href = {0};
    json_t *item = json_object();
    text_addf(&href, "%s?for=", request_path(request, "/"));
    text_add_url(&href, person->mail);
    data_text(item, "name", view_name(request, person->name, person->mail));
    data_text(item, "href", text_string(&href));
    data_true(item, "chosen", person->id == principals->whose->id);
    text_free(&href);
    json_array_append_new(principals->items, item);
    return true;
}

/* Those whom the reader stands for. */
static void data_principals(struct request *request, json_t *data, const struct person *whose)
{
    struct principals principals = {request, json_array(), whose};
    store_list_principals(request_store(request), request->person.id, principals_add, &principals);
    if (json_array_size(principals.items))
        json_object_set_new(data, "principals", json_pack("{s:O}", "items", principals.items));
    json_decref(principals.items);
}

static void data_rows(json_t *data, const char *name, struct text *rows)
{
    if (rows->size)
        json_object_set_new(data, name, json_stringn_nocheck(rows->data, rows->size));
    text_free(rows);
}

static int64_t day_end(const struct request *request)
{
    struct wall wall = zone_wall(request->zone, request->now);
    struct wall midnight = wall_from_seconds(wall_seconds(&wall) / 86400 * 86400 + 86400);
    return zone_instant(request->zone, &midnight);
}

static const char *search_read(struct request *request)
{
    const char *typed = request_parameter(request, "q"), *search = NULL;
    struct text text = {0};
    if (typed && strlen(typed) <= SEARCH_MOST)
        store_fold(request_store(request), typed, &text);
    if (text.size)
        search = arena_dup(&request->arena, text_string(&text));
    text_free(&text);
    return search;
}

static const char *list_title(struct list *list, bool past)
{
    struct request *request = list->request;
    if (past)
        return request_text(request, "Past meetings");
    if (list->whose == &request->person)
        return request_text(request, "My meetings");
    const char *who = view_name(request, list->whose->name, list->whose->mail);
    return text_filled(request, request_text(request, "Meetings of {who}"),
                       (struct place[]){{"who", who}, {NULL, NULL}});
}

static void list_render(struct list *list, json_t *data, bool past)
{
    static const char *const names[SECTIONS] = {"live", "today", "coming", "past"};
    struct request *request = list->request;
    struct text zone = {0};
    bool rows = false;
    for (int i = 0; i < SECTIONS; i++) {
        rows = rows || (list->rows[i].size && i != SECTION_PAST) ||
               (list->rows[i].size && (past || list->search));
        data_rows(data, names[i], &list->rows[i]);
    }
    when_add_zone(&zone, request->zone, request->now);
    data_text(data, "title", list_title(list, past));
    data_text(data, "zone", text_string(&zone));
    text_free(&zone);
    data_text(data, "zone_name", zone_name(request->zone));
    data_text(data, "local_words", request_text(request, "for you: {time}"));
    data_text(data, "q", request_parameter(request, "q"));
    data_true(data, "searched", list->search != NULL);
    if (list->search)
        data_text(data, "everything", list_address(list, false, NULL));
    data_true(data, "nothing_found", !rows && (list->search || past));
    data_true(data, "none", !rows && !past && !list->search);
    data_true(data, "only_past", past);
    data_true(data, "year", past && !request_parameter(request, "all"));
    data_text(data, "older", list_address(list, true, "all=1"));
    data_true(data, "may_book", auth_may_book(request));
    if (list->whose != &request->person) {
        data_text(data, "stands_for", view_name(request, list->whose->name, list->whose->mail));
        data_text(data, "for", list->whose->mail);
    } else {
        view_feed(request, data);
    }
    data_principals(request, data, list->whose);
    page_render(request, 200, "meetings.html", data);
}

/* GET /[?view=past][&q=WORDS][&all=1][&for=MAIL][&after=AT-ID] */
void meetings_get_list(struct request *request)
{
    const char *view = request_parameter(request, "view");
    bool past = view && *view == 'p', front = !past && !request_parameter(request, "after");
    struct person other = {0};
    struct list list = {.request = request, .search = search_read(request), .tomorrow_at = day_end(request)};
    if (!list_find_whose(request, &other, &list.whose))
        return;
    json_t *data = json_object();
    int listed = past ? 1 : list_half(&list, data, false, PAGE_SIZE);
    if (listed >= 0 && (past || front))
        listed = list_half(&list, data, true, past ? PAGE_SIZE : PAST_ON_FRONT);
    text_free(&list.text);
    if (listed >= 0) {
        list_render(&list, data, past);
        return;
    }
    for (int i = 0; i < SECTIONS; i++)
        text_free(&list.rows[i]);
    json_decref(data);
    page_unavailable(request);
}
