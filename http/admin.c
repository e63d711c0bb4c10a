#include "http/routes.h"

/* What machines ask: is it well, how much is there. The public listener only says whether. */

/* What the daemon knows of itself; NULL: the store is broken. */
static json_t *health_data(struct request *request)
{
    const struct http_options *options = request_options(request);
    struct store_counts counts;
    if (store_count(request_store(request), &counts) < 0)
        return NULL;
    json_t *data = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "status", "ok", "version", JMB_VERSION,
                             "meetings", (json_int_t)counts.meetings, "letters_waiting",
                             (json_int_t)counts.letters_waiting, "letters_failed",
                             (json_int_t)counts.letters_failed, "occupants", (json_int_t)counts.occupants);
    if (data && options->health)
        options->health(data, options->health_context);
    return data;
}

void health_get(struct request *request)
{
    struct store_counts counts;
    if (store_count(request_store(request), &counts) < 0)
        reply_plain(request, 503, "not ok");
    else
        reply_plain(request, 200, "ok");
}

void admin_get_health(struct request *request)
{
    json_t *data = health_data(request);
    if (data)
        reply_json(request, 200, data);
    else
        reply_plain(request, 503, "{\"status\":\"the database is broken; see the log\"}");
    request->reply.type = "application/json";
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
    json_t *data = health_data(request);
    reply_begin(request, data ? 200 : 503, "text/plain; version=0.0.4; charset=utf-8");
    metrics_add(request, "jmb", data);
    for (void *at = json_object_iter(data); at; at = json_object_iter_next(data, at)) {
        const char *name = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at);
        metrics_add(request, arena_printf(&request->arena, "jmb_%s", name), value);
        metrics_add_each(request, name, value);
    }
    json_decref(data);
}
