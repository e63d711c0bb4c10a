#include "http/routes.h"

/* What machines ask: is it well, how much is there. The public listener only says whether. Whoever watches
 * it is told (503) while nothing can be stored, though pages and links that only read go on working. */

/* What is wrong with the store, NULL: nothing. It is asked for something, so that one that broke since
 * anybody used it says so too. */
static const char *trouble_of(struct request *request, struct store_counts *counts)
{
    int counted = store_count(request_store(request), counts);
    const char *trouble = store_trouble(request_store(request));
    return trouble || counted >= 0 ? trouble : "the database is broken; see the log";
}

void health_get(struct request *request)
{
    struct store_counts counts;
    if (trouble_of(request, &counts))
        reply_plain(request, 503, "not ok");
    else
        reply_plain(request, 200, "ok");
}

/* What the daemon knows of itself; *trouble is NULL when the store works. */
static json_t *health_data(struct request *request, const char **trouble)
{
    const struct http_options *options = request_options(request);
    struct store_counts counts;
    const char *wrong = *trouble = trouble_of(request, &counts);
    json_t *data = json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:I, s:I}", "status", wrong ? "not ok" : "ok",
                             "version", JMB_VERSION, "storing", !wrong, "error", wrong ? wrong : "",
                             "meetings", (json_int_t)counts.meetings, "letters_waiting",
                             (json_int_t)counts.letters_waiting, "letters_failed",
                             (json_int_t)counts.letters_failed, "occupants", (json_int_t)counts.occupants);
    if (data && options->health)
        options->health(data, options->health_context);
    return data;
}

void admin_get_health(struct request *request)
{
    const char *trouble;
    json_t *data = health_data(request, &trouble);
    reply_json(request, trouble ? 503 : 200, data);
    json_decref(data);
}

/* One line of Prometheus' text format; names of ours are [a-z0-9_], `labels` is "" or {...}. */
static void metric_add(struct text *text, const char *prefix, const char *name, const char *labels,
                       const json_t *value)
{
    if (json_is_integer(value))
        text_addf(text, "%s_%s%s %lld\n", prefix, name, labels, (long long)json_integer_value(value));
    else if (json_is_real(value))
        text_addf(text, "%s_%s%s %.9g\n", prefix, name, labels, json_real_value(value));
    else if (json_is_boolean(value))
        text_addf(text, "%s_%s%s %d\n", prefix, name, labels, json_is_true(value));
}

static void metrics_add(struct request *request, const char *prefix, json_t *object)
{
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);
        metric_add(&request->reply.body, prefix, name, "", json_object_iter_value(at));
    }
}

/* What there is one of each, named by `name`: jmb_prosody_ready{prosody="main"}. Names are of the
 * configuration: letters, digits, '-', '_' and '.'. All have the same numbers; those of one metric stand
 * together, as the format wants it. */
static void metrics_add_each(struct request *request, const char *kind, json_t *list)
{
    const char *prefix = arena_printf(&request->arena, "jmb_%s", kind);
    json_t *first = json_array_get(list, 0);
    for (void *at = json_object_iter(first); at; at = json_object_iter_next(first, at)) {
        const char *number = json_object_iter_key(at);
        size_t index;
        json_t *one;
        json_array_foreach(list, index, one)
        {
            const char *name = json_string_value(json_object_get(one, "name"));
            metric_add(&request->reply.body, prefix, number,
                       arena_printf(&request->arena, "{%s=\"%s\"}", kind, name ? name : ""),
                       json_object_get(one, number));
        }
    }
}

/* The numbers of the health page, as gauges jmb_NAME, jmb_OUTER_INNER. */
void admin_get_metrics(struct request *request)
{
    const char *trouble;
    json_t *data = health_data(request, &trouble);
    reply_begin(request, 200, "text/plain; version=0.0.4; charset=utf-8");
    metrics_add(request, "jmb", data);
    for (void *at = json_object_iter(data); at; at = json_object_iter_next(data, at)) {
        const char *name = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at);
        metrics_add(request, arena_printf(&request->arena, "jmb_%s", name), value);
        metrics_add_each(request, name, value);
    }
    json_decref(data);
}
