/* The pages that say what went wrong, and what to do. */
#include "http/page.h"

/* Browsers forget a form that they come back to, since pages are not to be kept by them. */
static void data_form(json_t *data, const struct form *form)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < form->count; i++)
        json_array_append_new(
            fields, json_pack("{s:s, s:s}", "name", form->fields[i].name, "value", form->fields[i].value));
    json_object_set_new(data, "fields", fields);
}

void page_notice(struct request *request, const struct notice *notice)
{
    json_t *data = json_object();
    if (notice->again)
        data_form(data, &request->form);
    data_text(data, "again", notice->again);
    data_text(data, "title", notice->title);
    data_text(data, "text", notice->text);
    data_text(data, "action", notice->action);
    data_text(data, "address", notice->address);
    data_text(data, "second", notice->second);
    data_text(data, "second_address", notice->second_address);
    data_text(data, "quote", notice->quote && *notice->quote ? notice->quote : NULL);
    data_text(data, "quote_language", notice->quote_language);
    data_text(data, "write_to", notice->contact);
    page_render(request, notice->status, "notice.html", data);
}

void page_not_found(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "There is nothing at this address, or it is not meant for you. If you followed a link, "
          "check that all of it was copied; mail programs sometimes cut long ones.");
    page_notice(request, &(struct notice){.status = 404,
                                          .title = request_text(request, "Page not found"),
                                          .text = text,
                                          .action = request_text(request, "Go to my meetings"),
                                          .address = request_path(request, "/")});
}

void page_link_not_found(struct request *request)
{
    const char *text =
        _(request_catalogue(request),
          "A part of it is missing, or it was replaced by a newer one. Open it from the newest "
          "mail about the meeting, or ask the organiser to send it again.");
    page_notice(request, &(struct notice){.status = 404,
                                          .title = request_text(request, "This link is not valid"),
                                          .text = text});
}

void page_forbidden(struct request *request)
{
    const char *text = _(request_catalogue(request),
                         "You may see this meeting, but only its organiser may do that. Ask the organiser.");
    page_notice(request, &(struct notice){.status = 403,
                                          .title = request_text(request, "This is for the organiser"),
                                          .text = text,
                                          .action = request_text(request, "Go to my meetings"),
                                          .address = request_path(request, "/")});
}

void page_unavailable(struct request *request)
{
    if (request->admin) {
        reply_plain(request, 503, "{\"error\":\"nothing was stored; see the log\"}");
        request->reply.type = "application/json";
        return;
    }
    bool form = request->method == METHOD_POST && request->form.count > 0;
    const char *path = request_path(request, "%s", request->path ? request->path : "/");
    struct notice notice = {.status = 503, .contact = request_options(request)->site->contact};
    if (form) {
        notice.title = request_text(request, "Nothing was stored");
        notice.text = _(request_catalogue(request),
                        "The service has a problem of its own. What you typed is kept in this page: wait a "
                        "minute, and send it again.");
        notice.again = path;
    } else {
        notice.title = request_text(request, "This page cannot be shown now");
        notice.text =
            request_text(request, "The service has a problem of its own. Please try again in a minute.");
        notice.action = request->method == METHOD_POST ? NULL : request_text(request, "Try again");
        notice.address = request->query ? arena_printf(&request->arena, "%s?%s", path, request->query) : path;
    }
    page_notice(request, &notice);
    reply_header(request, "Retry-After", "30");
}
