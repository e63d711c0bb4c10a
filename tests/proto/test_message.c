/* Called with "write" it is no test but writes the message whose fields stand in JSON on its standard input:
 * test_message_readers.py holds it against Python's email package. */
#include "proto/message.h"
#include "proto/message_parts.h"

#include "tests/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct message usual = {.from_name = "Alice Martin",
                                     .from = "jmb@meet.example",
                                     .to_name = "Bob",
                                     .to = "bob@x.org",
                                     .subject = "Invitation: Weekly",
                                     .message_id = "m1.a4Fh@meet.example",
                                     .language = "en",
                                     .date_at = 1796302800,
                                     .plain = "Hello Bob,\n\nsee you.\n",
                                     .html = "<p>Hello</p>"};

static char *write_one(const struct message *message)
{
    struct text text = {0};
    message_write(&text, message);
    return text.data;
}

TEST(message__write__without_a_calendar)
{
    char *bytes = write_one(&usual);
    assert_string_equal(bytes, "Date: Thu, 03 Dec 2026 13:00:00 +0000\r\n"
                               "From: \"Alice Martin\" <jmb@meet.example>\r\n"
                               "To: \"Bob\" <bob@x.org>\r\n"
                               "Subject: Invitation: Weekly\r\n"
                               "Message-ID: <m1.a4Fh@meet.example>\r\n"
                               "Content-Language: en\r\n"
                               "Auto-Submitted: auto-generated\r\n"
                               "MIME-Version: 1.0\r\n"
                               "Content-Type: multipart/alternative;\r\n"
                               " boundary=\"=_1_9f10fe86d9c323bf\"\r\n"
                               "\r\n"
                               "\r\n--=_1_9f10fe86d9c323bf\r\n"
                               "Content-Type: text/plain; charset=UTF-8\r\n"
                               "Content-Transfer-Encoding: 7bit\r\n"
                               "\r\n"
                               "Hello Bob,\r\n\r\nsee you.\r\n"
                               "\r\n--=_1_9f10fe86d9c323bf\r\n"
                               "Content-Type: text/html; charset=UTF-8\r\n"
                               "Content-Transfer-Encoding: 7bit\r\n"
                               "\r\n"
                               "<p>Hello</p>\r\n"
                               "\r\n--=_1_9f10fe86d9c323bf--\r\n");
    free(bytes);
}

TEST(message__write__hostile_values_add_no_header)
{
    struct message message = usual;
    message.from_name = "Eve\r\nBcc: x@y\r\n\r\n";
    message.to_name = "\"\\\" <x@y>, \r\nCc: x@y";
    message.to = "bob@x.org>\r\nBcc: <x@y";
    message.subject = "Hi\r\nBcc: x@y\n\nbody \xFF\x01";
    message.message_id = "a\r\nX: y>";
    message.in_reply_to = "b>\r\nX: y";
    message.language = "en\r\nX: y";
    message.list_unsubscribe = "https://x/\r\nX: y>";
    char *bytes = write_one(&message);
    static const char *const injected[] = {"\nBcc:", "\nCc:", "\nX:", "\nbody", "\rBcc", NULL};
    for (size_t i = 0; injected[i]; i++)
        assert_null(strstr(bytes, injected[i]));
    free(bytes);
}

/* Every line ends in CRLF, none is longer than 76 but for addresses, all is ASCII. */
static void assert_wire(const char *bytes, size_t most)
{
    while (*bytes) {
        size_t size = strcspn(bytes, "\r\n");
        for (size_t i = 0; i < size; i++)
            assert_true((bytes[i] >= ' ' || bytes[i] == '\t') && (unsigned char)bytes[i] < 0x7F);
        assert_memory_equal(bytes + size, "\r\n", 2);
        assert_in_range(size, 0, most);
        bytes += size + 2;
    }
}

TEST(message__write__lines_and_ascii_whatever_comes_in)
{
    static const char *const texts[] = {
        "R\xC3\xA9union d'\xC3\xA9quipe, jeu. 3 d\xC3\xA9"
        "c. 14:00 \xF0\x9F\x8E\x89 et une fin bien trop longue pour une ligne",
        "\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4"
        "\xBC\x9A"
        "\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8\xAD\xB0\xE4\xBC\x9A\xE8"
        "\xAD\xB0",
        "a very long plain text that has no place in one line of a header but goes on and on and on",
        "wordwithoutspaceswordwithoutspaceswordwithoutspaceswordwithoutspaceswordwithoutspaceswordwithoutspac"
        "es",
        "\x01\x02\xFF\xC3",
        "",
        " ",
        "=?utf-8?q?x?=",
        "From me\n.\n..\nFrom you \n--=_1_x\t\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct message message = usual;
        message.from_name = message.to_name = message.subject = message.plain = message.html =
            message.calendar = texts[i];
        message.calendar_method = "REQUEST";
        char *bytes = write_one(&message);
        assert_wire(bytes, 76);
        assert_null(strstr(bytes, "\r\nFrom "));
        assert_null(strstr(bytes, "\r\n."));
        free(bytes);
    }
}

TEST(message_body__encoding__as_fits)
{
    static const struct {
        const char *body, *encoded;
    } cases[] = {
        {"plain\n", "7bit\r\n\r\nplain\r\n"},
        {"d\xC3\xA9j\xC3\xA0 vu, et bien plus de lettres sans accents",
         "quoted-printable\r\n\r\nd=C3=A9j=C3=A0 vu, et "
         "bien plus de lettres sans accents\r\n"},
        {"\xC3\xA9\xC3\xA9", "base64\r\n\r\nw6nDqQ0K\r\n"},
        {"trailing and then some text \n", "quoted-printable\r\n\r\ntrailing and then some text=20\r\n"},
        {"From me and so on\n.hidden text\n",
         "quoted-printable\r\n\r\n=46rom me and so on\r\n=2Ehidden text\r\n"},
        {"a=_b and so on and on\r", "quoted-printable\r\n\r\na=3D_b and so on and on\r\n"},
        {"", "7bit\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        message_add_body(&text, cases[i].body, false);
        assert_memory_equal(text.data, "Content-Transfer-Encoding: ", 27);
        assert_string_equal(text.data + 27, cases[i].encoded);
        text_free(&text);
    }
}

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static int write_message(void)
{
    json_t *json = json_loadf(stdin, JSON_ALLOW_NUL, NULL);
    const struct message message = {.from_name = member(json, "from_name"),
                                    .from = member(json, "from"),
                                    .to_name = member(json, "to_name"),
                                    .to = member(json, "to"),
                                    .reply_to = member(json, "reply_to"),
                                    .subject = member(json, "subject"),
                                    .message_id = member(json, "message_id"),
                                    .in_reply_to = member(json, "in_reply_to"),
                                    .language = member(json, "language"),
                                    .date_at = json_integer_value(json_object_get(json, "date_at")),
                                    .plain = member(json, "plain"),
                                    .html = member(json, "html"),
                                    .calendar = member(json, "calendar"),
                                    .calendar_method = member(json, "calendar_method"),
                                    .list_unsubscribe = member(json, "list_unsubscribe")};
    if (!json || !message.message_id)
        return 1;
    struct text text = {0};
    message_write(&text, &message);
    fwrite(text.data, 1, text.size, stdout);
    text_free(&text);
    json_decref(json);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message__write__without_a_calendar),
        cmocka_unit_test(message__write__hostile_values_add_no_header),
        cmocka_unit_test(message__write__lines_and_ascii_whatever_comes_in),
        cmocka_unit_test(message_body__encoding__as_fits),
    };
    if (count > 1 && strcmp(arguments[1], "write") == 0)
        return write_message();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
