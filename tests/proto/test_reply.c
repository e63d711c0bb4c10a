/* Messages as they come back, written in the manner of the programs that send them (tests/fuzz/corpus/mail),
 * and what is made of them. */
#include "proto/calendar_read.h"
#include "proto/decode.h"
#include "proto/mime.h"
#include "proto/plain.h"
#include "proto/reply.h"

#include "tests/proto/mail_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UID "k7w2mqp4xr@meet.example"
#define LETTER "0123456789abcdef@meet.example"

static struct mail_reply read_text(const char *text)
{
    struct mail_reply reply;
    mail_reply_read(&reply, &arena, text, strlen(text));
    return reply;
}

TEST(reply__read__exchange_accepts)
{
    struct mail_reply reply = read_sample("exchange-accepted");
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_string_equal(reply.from, "Bob@example.org");
    assert_string_equal(reply.from_name, "Bob Lemaire");
    assert_string_equal(reply.uid, UID);
    assert_string_equal(reply.attendee, "Bob@example.org");
    assert_int_equal(reply.partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(reply.sequence, 2);
    assert_int_equal(reply.stamp_at, 1795858212); /* 2026-11-28T09:30:12Z */
    assert_null(reply.comment);
    assert_int_equal(reply.reference_count, 1);
    assert_string_equal(reply.references[0], LETTER);
}

/* Signed by one program, wrapped by another, with a footer of a mailing gateway. */
TEST(reply__read__calendar_in_whatever_nesting)
{
    static const char *const wraps[] = {"mixed", "signed", "mixed", "related", "alternative"};
    struct text text = {0};
    text_add(&text, "From: bob@example.org\n");
    for (size_t i = 0; i < 5; i++)
        text_addf(&text,
                  "Content-Type: multipart/%s;\n boundary=\"=_%zu\"\n\n--=_%zu\nContent-Type: text/plain\n\n"
                  "Footer %zu\n--=_%zu\n",
                  wraps[i], i, i, i, i);
    text_add(&text, "Content-Type: TEXT/Calendar; Method=\"reply\"; charset=utf-8\n"
                    "Content-Transfer-Encoding: BASE64\n\n"
                    "QkVHSU46VkNBTEVOREFSDQpCRUdJTjpWRVZFTlQNClVJRDphDQpBVFRFTkRFRTtQQVJUU1RBVD1U\n"
                    "RU5UQVRJVkU6bWFpbHRvOmJvYkBleGFtcGxlLm9yZw0KRU5EOlZFVkVOVA0KRU5EOlZDQUxFTkRB\n"
                    "Ug0K\n");
    for (size_t i = 5; i-- > 0;)
        text_addf(&text, "--=_%zu--\n", i);
    struct mail_reply reply = read_text(text_string(&text));
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_int_equal(reply.partstat, PARTSTAT_TENTATIVE);
    assert_string_equal(reply.uid, "a");
    text_free(&text);
}

/* A calendar that comes as a file only may be in any charset: what is stored is UTF-8. */
TEST(reply__read__comment_of_an_attached_calendar__is_text)
{
    struct mail_reply reply = read_text(
        "From: chloe@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: application/ics; name=invite.ics\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\n"
        "UID:" UID "\nATTENDEE;PARTSTAT=DECLINED:mailto:chloe@example.net\nCOMMENT:D\351sol\351e\n"
        "END:VEVENT\nEND:VCALENDAR\n--b--\n");
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_int_equal(reply.partstat, PARTSTAT_DECLINED);
    assert_string_equal(reply.comment, "D\u00E9sol\u00E9e");
}

TEST(reply__read__exchange_declines_in_words_of_the_message)
{
    struct mail_reply reply = read_sample("exchange-declined-with-words");
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_int_equal(reply.partstat, PARTSTAT_DECLINED);
    assert_string_equal(reply.comment, "Désolé, je suis en congé ce jour-là.\nÀ bientôt");
}

TEST(reply__read__gmail_maybe)
{
    struct mail_reply reply = read_sample("gmail-maybe");
    assert_int_equal(reply.kind, MAIL_ANSWER); /* though it is auto-generated */
    assert_string_equal(reply.uid, UID);
    assert_string_equal(reply.attendee, "chloe@example.net");
    assert_int_equal(reply.partstat, PARTSTAT_TENTATIVE);
    assert_string_equal(reply.comment, "I may be late, sorry;\nsee you");
}

TEST(reply__read__apple_accepts_under_a_name_that_is_no_mail_address)
{
    struct mail_reply reply = read_sample("apple-accepted");
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_string_equal(reply.attendee, "bob@example.org");
    assert_int_equal(reply.partstat, PARTSTAT_ACCEPTED);
    assert_null(reply.comment); /* the text is the program's */
}

TEST(reply__read__thunderbird_declines_in_a_charset_of_the_west)
{
    struct mail_reply reply = read_sample("thunderbird-declined");
    assert_int_equal(reply.kind, MAIL_ANSWER);
    assert_string_equal(reply.from_name, "Chloé B");
    assert_string_equal(reply.attendee, "chloe@example.net");
    assert_int_equal(reply.partstat, PARTSTAT_DECLINED);
    assert_string_equal(reply.comment, "À la même heure; réunion du conseil, je suis désolée");
}

TEST(reply__read__another_time_and_another_person_are_words)
{
    struct mail_reply reply = read_sample("exchange-other-time");
    assert_int_equal(reply.kind, MAIL_WORDS);
    assert_string_equal(reply.uid, UID);
    assert_string_equal(reply.words, "Could we meet an hour later? I am at the café until three.");
    assert_int_equal(reply.proposed, 1796310000); /* 15:00 there */
    assert_string_equal(reply.proposed_zone, "Romance Standard Time");
    assert_null(reply.delegate);
    reply = read_sample("delegated");
    assert_int_equal(reply.kind, MAIL_WORDS);
    assert_string_equal(reply.uid, UID);
    assert_string_equal(reply.words, "Dana comes instead of me.");
    assert_int_equal(reply.proposed, 0);
    assert_string_equal(reply.attendee, "bob@example.org");
    assert_string_equal(reply.delegate, "dana@example.org");
}

TEST(reply__read__a_humans_words)
{
    struct mail_reply reply = read_sample("human");
    assert_int_equal(reply.kind, MAIL_WORDS);
    assert_string_equal(reply.from, "chloe@example.net");
    assert_string_equal(reply.from_name, "Chloé");
    assert_string_equal(reply.words, "Is there a room at the university, too?\nChloé & co\u202F!");
    assert_int_equal(reply.reference_count, 2);
    assert_string_equal(reply.references[0], LETTER);
    assert_string_equal(reply.references[1], "older@meet.example");
}

TEST(reply__read__an_answer_that_is_forwarded_is_nobodys)
{
    struct mail_reply reply = read_sample("human-forwards-an-answer");
    assert_int_equal(reply.kind, MAIL_WORDS);
    assert_null(reply.uid);
    assert_string_equal(reply.words, "See below.");
}

TEST(reply__read__bounces)
{
    struct mail_reply reply = read_sample("bounce-postfix");
    assert_int_equal(reply.kind, MAIL_BOUNCE);
    assert_string_equal(reply.references[0], LETTER);
    assert_string_equal(reply.words, "550 5.1.1 <bob@example.org>: Recipient address rejected:    User "
                                     "unknown in local recipient table");
    reply = read_sample("bounce-exchange");
    assert_int_equal(reply.kind, MAIL_BOUNCE);
    assert_string_equal(reply.references[0], LETTER);
    assert_string_equal(reply.words, "5.2.2");
    reply = read_sample("bounce-only-delayed");
    assert_int_equal(reply.kind, MAIL_AUTOMATIC);
}

TEST(reply__read__what_machines_write_is_for_nobody)
{
    static const char *const heads[] = {"Auto-Submitted: auto-replied",
                                        "Auto-Submitted: auto-generated (rejected)",
                                        "Return-Path: <>",
                                        "Precedence: bulk",
                                        "Precedence: List",
                                        "List-Id: <x.example.org>",
                                        "X-Loop: yes",
                                        "From: Mail <MAILER-DAEMON@x.example>"};
    assert_int_equal(read_sample("out-of-office").kind, MAIL_AUTOMATIC);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s\nFrom: a@b.example\nIn-Reply-To: <" LETTER ">\n\nHi\n", heads[i]);
        assert_int_equal(read_text(text).kind, MAIL_AUTOMATIC);
    }
    assert_int_equal(read_text("Auto-Submitted: no\nFrom: a@b.example\n\nHi\n").kind, MAIL_WORDS);
    assert_int_equal(read_text("").kind, MAIL_WORDS);
    assert_null(read_text("").from);
}

TEST(reply__read__words_within_bounds)
{
    struct text text = {0};
    text_add(&text, "From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n");
    for (int i = 0; i < 5000; i++)
        text_add(&text, "é€");
    struct mail_reply reply = read_text(text_string(&text));
    assert_in_range(strlen(reply.words), REPLY_WORDS_MOST - 8, REPLY_WORDS_MOST + 8);
    assert_true(text_is_utf8(reply.words, strlen(reply.words)));
    assert_string_equal(reply.words + strlen(reply.words) - 6, " [\xE2\x80\xA6]" + 0);
    text_free(&text);
}

TEST(mime__read__fields_and_parameters)
{
    static const char text[] =
        "From x@y Sat Nov 28\nSubject:  a\n b\r\n\tc \nnonsense\nX : y\n: z\n"
        "Content-Type: Text/HTML (a; b); x=\"q\\\"\\\\;r\"; CHARSET (c) = utf-8\n\nbody";
    struct mime_part *message = mime_read(&arena, text, strlen(text));
    assert_int_equal(message->fields.count, 3);
    assert_string_equal(mime_get(&message->fields, "subject"), "a b\tc");
    assert_string_equal(mime_get(&message->fields, "X"), "y");
    assert_string_equal(message->type, "text/html");
    const char *type = mime_get(&message->fields, "Content-Type");
    assert_string_equal(mime_parameter(&arena, "a/b; x=\"q\\\"\\\\;r\"; c=d", "X"), "q\"\\;r");
    assert_string_equal(mime_parameter(&arena, type, "charset"), "utf-8");
    assert_null(mime_parameter(&arena, type, "boundary"));
    assert_null(mime_parameter(&arena, NULL, "boundary"));
    assert_string_equal(message->body, "body");
}

static size_t count_parts(const struct mime_part *message, const char *type)
{
    size_t count = 0;
    for (const struct mime_part *part = message; part; part = mime_next(part))
        count += strcmp(part->type, type) == 0;
    return count;
}

TEST(mime__read__parts_in_their_order_and_within_bounds)
{
    static const char text[] =
        "Content-Type: multipart/mixed; boundary=\"a\"\n\nbefore\n--a\n\none\n\n--a \n"
        "Content-Type: multipart/alternative; boundary=ab\n\n--ab\n\ntwo\n--abc\n--ab--\n"
        "behind\n--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        "U3ViamVjdDogeAoKdGhyZWU=\n--a--\n--a\n\nnot any more\n";
    struct mime_part *part = mime_read(&arena, text, strlen(text));
    static const char *const bodies[] = {"", "one\n", "", "two\n--abc", "", "three"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++, part = mime_next(part)) {
        assert_non_null(part);
        assert_string_equal(part->body, bodies[i]);
        assert_int_equal(mime_is_quoted(part), i == 5);
    }
    assert_null(part);
    struct text many = {0};
    for (int i = 0; i < 100; i++)
        text_add(&many, "Content-Type: message/rfc822\n\n");
    assert_int_equal(count_parts(mime_read(&arena, many.data, many.size), "message/rfc822"),
                     MIME_DEPTH_MAX + 1);
    text_free(&many);
    text_add(&many, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 1000; i++)
        text_add(&many, "--b\n\nx\n");
    assert_int_equal(count_parts(mime_read(&arena, many.data, many.size), "text/plain"), MIME_PARTS_MAX - 1);
    text_free(&many);
}

TEST(decode__transfer_encodings_and_charsets)
{
    char out[64];
    size_t size = decode_base64("SGVs\r\n bG8*h\n==Zm9v", 20, out);
    assert_memory_equal(out, "Hello!", size);
    assert_int_equal(size, 6);
    static const char quoted[] = "a=3D=\r\nb= \nc=4z=E9=";
    size = decode_quoted_printable(quoted, strlen(quoted), out);
    assert_int_equal(size, 9);
    assert_memory_equal(out, "a=bc=4z\xE9=", 9);
    struct text text = {0};
    decode_charset_anyhow(&text, "windows-1252", "\x80 \xE9", 3);
    assert_string_equal(text.data, "€ é");
    text_clear(&text);
    decode_charset_anyhow(&text, "x-made-up", "\xE9\x81 a\x00z", 6);
    assert_string_equal(text.data, "é\uFFFD a\uFFFDz");
    text_clear(&text);
    decode_charset_anyhow(&text, "koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", 6);
    assert_string_equal(text.data, "Привет");
    text_clear(&text);
    decode_words(&text, "a =?utf-8?B?w6k=?= \n =?iso-8859-1?q?=E9_x?= =?no?= \x01");
    assert_string_equal(text.data, "a éé x =?no?=  ");
    text_free(&text);
}

TEST(plain__add__html_as_text)
{
    struct text text = {0};
    plain_add_html(&text,
                   "<!-- a>b --><p>one&nbsp;<br/>two</p>\n\n<p>&lt;b&gt; &bogus; &#x2019;&#0;&#99999999;"
                   "</p></p></p></p><style>x</style>three <scr");
    assert_string_equal(text.data, "one\ntwo\n<b> &bogus; ’\uFFFD\uFFFD\n\nthree ");
    text_clear(&text);
    plain_add_html(&text, "<script>never");
    assert_string_equal(text_string(&text), "");
    text_free(&text);
}

TEST(calendar__read__odd_but_true)
{
    static const char text[] =
        "begin:vcalendar\nmethod:Reply\nBEGIN:VEVENT\nBEGIN:VALARM\nUID:wrong\nEND:VALARM\nUID:a\\,b\n"
        "ATTENDEE;X=\"a:b;c\",\"d:e\";PARTSTAT=\"accepted\":MAILTO:%62ob@exAmple.org?subject=x\nSEQUENCE:-1\n"
        "SEQUENCE:3\nDTSTAMP:20261399T000000Z\nDTSTART;VALUE=DATE:20261203\nCOMMENT:a\\nb\n \\,c\\\n"
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\nATTENDEE;PARTSTAT=NEEDS-ACTION:nothing\nEND:VEVENT\n"
        "BEGIN:VTODO\nUID:c\nEND:VTODO\nEND:VCALENDAR\n";
    struct calendar_read read;
    calendar_read(&read, &arena, text, strlen(text));
    assert_string_equal(read.method, "REPLY");
    assert_int_equal(read.event_count, 1);
    const struct calendar_read_event *event = &read.events[0];
    assert_string_equal(event->uid, "a,b");
    assert_string_equal(event->comment, "a\nb,c\\");
    assert_int_equal(event->starts, 1796256000); /* the day */
    assert_null(event->starts_zone);
    assert_int_equal(event->sequence, 3);
    assert_int_equal(event->stamp_at, 0);
    assert_int_equal(event->attendee_count, 2);
    assert_string_equal(event->attendees[0].mail, "bob@example.org");
    assert_true(event->attendees[0].answers);
    assert_null(event->attendees[1].mail);
    assert_false(event->attendees[1].answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply__read__exchange_accepts),
        cmocka_unit_test(reply__read__calendar_in_whatever_nesting),
        cmocka_unit_test(reply__read__comment_of_an_attached_calendar__is_text),
        cmocka_unit_test(reply__read__exchange_declines_in_words_of_the_message),
        cmocka_unit_test(reply__read__gmail_maybe),
        cmocka_unit_test(reply__read__apple_accepts_under_a_name_that_is_no_mail_address),
        cmocka_unit_test(reply__read__thunderbird_declines_in_a_charset_of_the_west),
        cmocka_unit_test(reply__read__another_time_and_another_person_are_words),
        cmocka_unit_test(reply__read__a_humans_words),
        cmocka_unit_test(reply__read__an_answer_that_is_forwarded_is_nobodys),
        cmocka_unit_test(reply__read__bounces),
        cmocka_unit_test(reply__read__what_machines_write_is_for_nobody),
        cmocka_unit_test(reply__read__words_within_bounds),
        cmocka_unit_test(mime__read__fields_and_parameters),
        cmocka_unit_test(mime__read__parts_in_their_order_and_within_bounds),
        cmocka_unit_test(decode__transfer_encodings_and_charsets),
        cmocka_unit_test(plain__add__html_as_text),
        cmocka_unit_test(calendar__read__odd_but_true),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
