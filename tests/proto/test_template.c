#include "tests/test.h"

#include "proto/template.h"

#include <string.h>
#include <time.h>

/* Renders `source` as a template called `name` over JSON data; the result stays until the next call. */
static const char *render_as(const char *name, const char *source, const char *data)
{
    static struct text text;
    text_clear(&text);
    struct templates *set = templates_new();
    const char *error = NULL;
    if (templates_add(set, name, source, strlen(source), &error) < 0)
        fail_msg("%s", error);
    json_t *json = json_loads(data, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    struct catalogues *catalogues = catalogues_new();
    int result = templates_render(set, name, json, catalogues_find(catalogues, "en"), &text);
    catalogues_free(catalogues);
    json_decref(json);
    templates_free(set);
    assert_int_equal(result, 1);
    static char kept[4096];
    assert_true(text.size < sizeof kept);
    strcpy(kept, text_string(&text));
    text_free(&text);
    return kept;
}

static const char *html(const char *source, const char *data)
{
    return render_as("page.html", source, data);
}

static const char *plain(const char *source, const char *data)
{
    return render_as("letter.txt", source, data);
}

static const char *error_of(const char *source)
{
    static char kept[256];
    struct templates *set = templates_new();
    const char *error = NULL;
    assert_int_equal(templates_add(set, "page.html", source, strlen(source), &error), -1);
    assert_non_null(error);
    strcpy(kept, error);
    templates_free(set);
    return kept;
}

TEST(template__value__is_escaped_in_html)
{
    assert_string_equal(html("<p title=\"{{x}}\">{{x}}</p>", "{\"x\":\"<b> & \\\"'\"}"),
                        "<p title=\"&lt;b&gt; &amp; &quot;&#39;\">&lt;b&gt; &amp; &quot;&#39;</p>");
}

TEST(template__value__is_as_it_is_in_text)
{
    assert_string_equal(plain("{{ x }}", "{\"x\":\"<b> & \\\"'\"}"), "<b> & \"'");
}

TEST(template__raw__is_never_escaped)
{
    assert_string_equal(html("{{&x}}", "{\"x\":\"<b>\"}"), "<b>");
}

TEST(template__value__prints_numbers_plainly)
{
    assert_string_equal(
        html("{{a}} {{b}} {{c}} {{d}}", "{\"a\":9007199254740993,\"b\":-1.5,\"c\":0.1,\"d\":0}"),
        "9007199254740993 -1.5 0.1 0");
}

TEST(template__value__prints_booleans_for_attributes)
{
    assert_string_equal(html("{{a}} {{b}}", "{\"a\":true,\"b\":false}"), "true false");
}

TEST(template__value__renders_nothing_when_missing)
{
    assert_string_equal(html("[{{a}}{{a.b}}{{n}}{{n.x}}{{o}}{{l}}]", "{\"n\":null,\"o\":{},\"l\":[1]}"),
                        "[]");
}

TEST(template__path__walks_dots)
{
    assert_string_equal(html("{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"deep\"}},\"c\":\"no\"}"), "deep");
}

TEST(template__path__does_not_restart_outside_once_its_first_name_is_found)
{
    assert_string_equal(html("{{#in}}[{{a.x}}]{{/in}}", "{\"a\":{\"x\":1},\"in\":{\"a\":{}}}"), "[]");
}

TEST(template__section__runs_once_for_each_of_an_array)
{
    assert_string_equal(html("{{#l}}<{{n}}>{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2}]}"), "<1><2>");
}

TEST(template__section__dot_is_the_item)
{
    assert_string_equal(html("{{#l}}{{.}},{{/l}}", "{\"l\":[\"a&b\",2,\"c\"]}"), "a&amp;b,2,c,");
}

TEST(template__section__object_is_pushed_and_names_look_outwards)
{
    assert_string_equal(html("{{#o}}{{a}}{{b}}{{/o}}", "{\"a\":1,\"b\":2,\"o\":{\"a\":3}}"), "32");
}

TEST(template__section__null_inside_hides_the_value_outside)
{
    assert_string_equal(html("{{#o}}[{{a}}]{{/o}}", "{\"a\":1,\"o\":{\"a\":null}}"), "[]");
}

TEST(template__section__true_string_and_number_show_it_once)
{
    assert_string_equal(html("{{#t}}t{{/t}}{{#s}}{{.}}{{/s}}{{#n}}{{.}}{{/n}}{{#r}}r{{/r}}",
                             "{\"t\":true,\"s\":\"s\",\"n\":-1,\"r\":0.5}"),
                        "ts-1r");
}

TEST(template__section__is_hidden_when_absent_false_empty_or_zero)
{
    const char *data = "{\"f\":false,\"e\":\"\",\"z\":0,\"r\":0.0,\"l\":[],\"n\":null}";
    assert_string_equal(html("{{#x}}x{{/x}}{{#f}}x{{/f}}{{#e}}x{{/e}}{{#z}}x{{/z}}{{#r}}x{{/r}}{{#l}}x{{/l}}"
                             "{{#n}}x{{/n}}",
                             data),
                        "");
    assert_string_equal(html("{{^x}}1{{/x}}{{^f}}2{{/f}}{{^e}}3{{/e}}{{^z}}4{{/z}}{{^r}}5{{/r}}{{^l}}6{{/l}}"
                             "{{^n}}7{{/n}}",
                             data),
                        "1234567");
}

TEST(template__inverted__is_hidden_when_there_is_something)
{
    assert_string_equal(html("{{^l}}x{{/l}}{{^o}}x{{/o}}{{^t}}x{{/t}}", "{\"l\":[0],\"o\":{},\"t\":true}"),
                        "");
}

TEST(template__section__nests)
{
    assert_string_equal(
        html("{{#a}}{{#b}}{{.}}{{^c}}-{{/c}}{{/b}};{{/a}}", "{\"a\":[{\"b\":[1,2]},{\"b\":[]}]}"), "1-2-;;");
}

TEST(template__section__alone_on_its_line_leaves_no_line)
{
    assert_string_equal(
        plain("a\n  {{#l}}\n- {{.}}\n\t{{/l}}  \r\n{{! nothing }}\nb\n{{#no}}\nc\n{{/no}}", "{\"l\":[1,2]}"),
        "a\n- 1\n- 2\nb\n");
}

TEST(template__section__beside_something_keeps_the_line)
{
    assert_string_equal(plain("a {{#l}}\nx{{/l}}\n{{#l}}{{/l}}\n {{l}}\n", "{\"l\":true}"),
                        "a \nx\n\n true\n");
}

TEST(template__comment__may_hold_anything_but_its_end)
{
    assert_string_equal(html("a{{! {{ \" }}b", "{}"), "ab");
}

TEST(template__sentence__fills_its_places_escaped)
{
    assert_string_equal(
        html("{{_ \"Hello {who.name}, <{n}> {gone}{ } {\"}}", "{\"who\":{\"name\":\"<A>\"},\"n\":3}"),
        "Hello &lt;A&gt;, &lt;3&gt; { } {");
    assert_string_equal(plain("{{_ \"Hello {who}\"}}", "{\"who\":\"<A>\"}"), "Hello <A>");
}

TEST(template__sentence__knows_quotes)
{
    assert_string_equal(plain("{{_ \"a \\\"b\\\" \\\\ }} c\" }}", "{}"), "a \"b\" \\ }} c");
}

TEST(template__sentence__counts)
{
    const char *source = "{{_ \"{n} guest\" | \"{n} guests\" n}}";
    assert_string_equal(html("{{_ \"{n} guest\" | \"{n} guests\" count}}", "{\"count\":3}"), "3 guests");
    assert_string_equal(html(source, "{\"n\":1}"), "1 guest");
    assert_string_equal(html(source, "{\"n\":0}"), "0 guests");
    assert_string_equal(html(source, "{\"n\":7}"), "7 guests");
    assert_string_equal(html("{{_ \"one\" | \"many\" a.b }}", "{\"a\":{\"b\":1}}"), "one");
}

TEST(template__add__names_what_is_wrong_and_the_line)
{
    assert_string_equal(error_of("a\n{{#x}}\n\n"),
                        "page.html, line 2: section 'x' is not closed: {{/x}} is missing");
    assert_string_equal(error_of("{{#x}}\n{{/y}}"),
                        "page.html, line 2: section 'y' ends where 'x' is open: {{/x}} is missing before it");
    assert_string_equal(
        error_of("\n\n{{/y}}"),
        "page.html, line 3: section 'y' was not opened: {{#y}} or {{^y}} is missing before it");
    assert_string_equal(error_of("\n{{x"), "page.html, line 2: this tag does not end with }}");
    assert_string_equal(error_of("{{x y}}"), "page.html, line 1: this tag does not end with }}");
    assert_string_equal(error_of("{{}}"), "page.html, line 1: a name is expected (letters, digits, _ - .)");
    assert_string_equal(error_of("{{{x}}}"),
                        "page.html, line 1: a name is expected (letters, digits, _ - .)");
    assert_string_equal(error_of("{{a..b}}"),
                        "page.html, line 1: 'a..b' is no path: names with one dot between them");
    assert_string_equal(error_of("{{a.}}"),
                        "page.html, line 1: 'a.' is no path: names with one dot between them");
    assert_string_equal(error_of("{{! x"), "page.html, line 1: this comment does not end with }}");
    assert_string_equal(error_of("{{_ x}}"), "page.html, line 1: a text in quotes is expected");
    assert_non_null(strstr(error_of("{{_ \"a\n\"}}"), "line 1: a text ends with"));
    assert_non_null(strstr(error_of("{{_ \"a\\n\"}}"), "line 1: a text ends with"));
    assert_non_null(strstr(error_of("{{_ \"\"}}"), "line 1: a text ends with"));
    assert_non_null(strstr(error_of("{{_ \"a\" | \"b\"}}"), "line 1: a name is expected"));
}

TEST(template__add__refuses_sections_too_deep)
{
    char source[33 * 12 + 1] = "";
    for (int i = 0; i < 33; i++)
        strcat(source, "{{#a}}");
    assert_string_equal(error_of(source), "page.html, line 1: more than 32 sections within one another");
}

static struct templates *set_of(const char *const files[][2])
{
    struct templates *set = templates_new();
    const char *error = NULL;
    for (; (*files)[0]; files++)
        if (templates_add(set, (*files)[0], (*files)[1], strlen((*files)[1]), &error) < 0)
            fail_msg("%s", error);
    return set;
}

/* English; the result is in *text. */
static int render_of(const struct templates *set, const char *name, const char *data, struct text *text)
{
    struct catalogues *catalogues = catalogues_new();
    json_t *json = json_loads(data, 0, NULL);
    int result = templates_render(set, name, json, catalogues_find(catalogues, "en"), text);
    json_decref(json);
    catalogues_free(catalogues);
    return result;
}

TEST(template__partial__sees_the_data_of_its_place_and_may_come_later)
{
    static const char *const files[][2] = {
        {"list.html", "{{#l}}\n  {{>row.html}}\n{{/l}}\n"}, {"row.html", "<li>{{n}}\n"}, {NULL, NULL}};
    struct templates *set = set_of(files);
    struct text text = {0};
    assert_int_equal(render_of(set, "list.html", "{\"l\":[{\"n\":1},{\"n\":2}]}", &text), 1);
    assert_string_equal(text_string(&text), "<li>1\n<li>2\n");
    text_free(&text);
    templates_free(set);
}

TEST(template__partial__that_is_missing_fails_and_keeps_what_was_added)
{
    static const char *const files[][2] = {{"a", "one {{>gone}} two"}, {NULL, NULL}};
    struct templates *set = set_of(files);
    struct text text = {0};
    assert_int_equal(render_of(set, "a", "{}", &text), -1);
    assert_string_equal(text_string(&text), "one ");
    assert_int_equal(render_of(set, "gone", "{}", &text), -1);
    assert_int_equal(render_of(set, "never", "{}", &text), -1);
    text_free(&text);
    templates_free(set);
}

TEST(template__partial__that_holds_itself_ends_at_16)
{
    static const char *const files[][2] = {{"a", "x{{>a}}"}, {NULL, NULL}};
    struct templates *set = set_of(files);
    struct text text = {0};
    assert_int_equal(render_of(set, "a", "{}", &text), -1);
    assert_string_equal(text_string(&text), "xxxxxxxxxxxxxxxx");
    text_free(&text);
    templates_free(set);
}

/* 2 to the 32nd times: a template of a site may ask for it, and the loop must not stand. */
TEST(template__render__lists_within_lists__end_in_time)
{
    struct templates *set = templates_new();
    struct text source = {0}, text = {0};
    const char *error;
    for (int i = 0; i < 32; i++)
        text_add(&source, "{{#l}}");
    text_add(&source, "a");
    for (int i = 0; i < 32; i++)
        text_add(&source, "{{/l}}");
    assert_true(templates_add(set, "a.txt", source.data, source.size, &error) > 0);
    assert_int_equal(render_of(set, "a.txt", "{\"l\": [1, 2]}", &text), -1);
    text_clear(&text);
    assert_int_equal(render_of(set, "a.txt", "{\"l\": [1]}", &text), 1);
    assert_string_equal(text_string(&text), "a");
    text_free(&source);
    text_free(&text);
    templates_free(set);
}

TEST(template__add__again_replaces_and_a_wrong_one_changes_nothing)
{
    static const char *const files[][2] = {{"a", "old"}, {"a", "new"}, {NULL, NULL}};
    struct templates *set = set_of(files);
    const char *error;
    assert_int_equal(templates_add(set, "a", "{{#", 3, &error), -1);
    struct text text = {0};
    assert_int_equal(render_of(set, "a", "{}", &text), 1);
    assert_string_equal(text_string(&text), "new");
    text_free(&text);
    templates_free(set);
}

static void collect(const char *one, const char *many, void *context)
{
    text_addf(context, "%s|%s;", one, many ? many : "");
}

TEST(template__each_text__gives_every_sentence)
{
    static const char *const files[][2] = {{"a", "{{_ \"A\"}}{{#x}}{{_ \"B\" | \"C\" n}}{{/x}}"},
                                           {NULL, NULL}};
    struct templates *set = set_of(files);
    struct text text = {0};
    templates_each_text(set, collect, &text);
    assert_string_equal(text_string(&text), "A|;B|C;");
    text_free(&text);
    templates_free(set);
}

/* A guard against something quadratic rather than a measurement: the target is well under a millisecond. */
TEST(template__render__a_page_of_100_rows_is_fast)
{
    static const char *const files[][2] = {
        {"list.html", "<ul>{{#rows}}\n{{>row.html}}\n{{/rows}}</ul>"},
        {"row.html",
         "<li><a href=\"{{base}}/meetings/{{ref}}\">{{subject}}</a> <time datetime=\"{{at}}\">{{when}}"
         "</time>{{#live}} <strong>{{_ \"live now\"}}</strong>{{/live}} "
         "{{_ \"{n} guest\" | \"{n} guests\" n}} {{^over}}<b>{{_ \"Join {subject}\"}}</b>{{/over}}\n"},
        {NULL, NULL}};
    struct templates *set = set_of(files);
    json_t *rows = json_array();
    for (int i = 0; i < 100; i++)
        json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:s,s:b,s:i}", "ref", "abcdef", "subject",
                                              "Team & friends", "at", "2026-12-03T13:00:00Z", "when",
                                              "today 14:00\xE2\x80\x93"
                                              "15:30",
                                              "live", i % 2, "n", i));
    json_t *data = json_pack("{s:s,s:o}", "base", "https://meet.example.org", "rows", rows);
    struct catalogues *catalogues = catalogues_new();
    struct text text = {0};
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < 20; i++) {
        text_clear(&text);
        assert_int_equal(templates_render(set, "list.html", data, catalogues_find(catalogues, "en"), &text),
                         1);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 20e3;
    print_message("a page of 100 rows: %.0f us, %zu bytes\n", us, text.size);
    assert_true(us < 20000); /* sanitizers and valgrind included */
    assert_true(text.size > 10000);
    text_free(&text);
    catalogues_free(catalogues);
    json_decref(data);
    templates_free(set);
}

TEST(template__fields__render_as_json_does)
{
    static const char source[] =
        "{{#row}}never{{/row}}<p class=\"{{class}}\">{{name}}{{&raw}}</p>{{#count}} "
        "{{_ \"{count} guest\" | \"{count} guests\" count}}{{/count}}"
        "{{^absent}} none{{/absent}}{{#empty}}never{{/empty}}{{#yes}} {{>part.html}}{{/yes}}";
    static const char part[] = "[{{name}}]";
    const struct template_field fields[] = {
        {"class", "a\"b"}, {"name", "<d'équipe>"}, {"raw", "<br>"}, {"count", "2"},
        {"absent", NULL},  {"empty", ""},          {"yes", "1"},    {NULL, NULL}};
    struct templates *set = templates_new();
    struct catalogues *catalogues = catalogues_new();
    const struct catalogue *english = catalogues_find(catalogues, "en");
    const char *error = NULL;
    struct text text = {0}, same = {0};
    assert_int_equal(templates_add(set, "row.html", source, strlen(source), &error), 1);
    assert_int_equal(templates_add(set, "part.html", part, strlen(part), &error), 1);
    text_add(&text, "before:");
    assert_int_equal(templates_render_fields(set, "row.html", fields, english, &text), 1);
    assert_string_equal(
        text_string(&text),
        "before:<p class=\"a&quot;b\">&lt;d&#39;équipe&gt;<br></p> 2 guests none [&lt;d&#39;équipe&gt;]");
    json_t *data = json_pack("{s:s, s:s, s:s, s:i, s:s, s:b}", "class", "a\"b", "name", "<d'équipe>", "raw",
                             "<br>", "count", 2, "empty", "", "yes", 1);
    text_add(&same, "before:");
    assert_int_equal(templates_render(set, "row.html", data, english, &same), 1);
    assert_string_equal(text_string(&text), text_string(&same));
    assert_true(templates_render_fields(set, "nowhere.html", fields, english, &text) < 0);
    assert_string_equal(text_string(&text), text_string(&same)); /* what was added before stays */
    json_decref(data);
    text_free(&text);
    text_free(&same);
    catalogues_free(catalogues);
    templates_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template__value__is_escaped_in_html),
        cmocka_unit_test(template__fields__render_as_json_does),
        cmocka_unit_test(template__value__is_as_it_is_in_text),
        cmocka_unit_test(template__raw__is_never_escaped),
        cmocka_unit_test(template__value__prints_numbers_plainly),
        cmocka_unit_test(template__value__prints_booleans_for_attributes),
        cmocka_unit_test(template__value__renders_nothing_when_missing),
        cmocka_unit_test(template__path__walks_dots),
        cmocka_unit_test(template__path__does_not_restart_outside_once_its_first_name_is_found),
        cmocka_unit_test(template__section__runs_once_for_each_of_an_array),
        cmocka_unit_test(template__section__dot_is_the_item),
        cmocka_unit_test(template__section__object_is_pushed_and_names_look_outwards),
        cmocka_unit_test(template__section__null_inside_hides_the_value_outside),
        cmocka_unit_test(template__section__true_string_and_number_show_it_once),
        cmocka_unit_test(template__section__is_hidden_when_absent_false_empty_or_zero),
        cmocka_unit_test(template__inverted__is_hidden_when_there_is_something),
        cmocka_unit_test(template__section__nests),
        cmocka_unit_test(template__section__alone_on_its_line_leaves_no_line),
        cmocka_unit_test(template__section__beside_something_keeps_the_line),
        cmocka_unit_test(template__comment__may_hold_anything_but_its_end),
        cmocka_unit_test(template__sentence__fills_its_places_escaped),
        cmocka_unit_test(template__sentence__knows_quotes),
        cmocka_unit_test(template__sentence__counts),
        cmocka_unit_test(template__add__names_what_is_wrong_and_the_line),
        cmocka_unit_test(template__add__refuses_sections_too_deep),
        cmocka_unit_test(template__partial__sees_the_data_of_its_place_and_may_come_later),
        cmocka_unit_test(template__partial__that_is_missing_fails_and_keeps_what_was_added),
        cmocka_unit_test(template__partial__that_holds_itself_ends_at_16),
        cmocka_unit_test(template__render__lists_within_lists__end_in_time),
        cmocka_unit_test(template__add__again_replaces_and_a_wrong_one_changes_nothing),
        cmocka_unit_test(template__each_text__gives_every_sentence),
        cmocka_unit_test(template__render__a_page_of_100_rows_is_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
