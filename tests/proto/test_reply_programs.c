/* What programs of the world send to an organiser, each in its manner (tests/fuzz/corpus/mail), and what is
 * made of it. */
#include "proto/text.h"
#include "tests/proto/mail_samples.h"

#include <string.h>

#define UID "k7w2mqp4xr@meet.example"
#define LETTER "0123456789abcdef@meet.example"
#define BOB "bob@example.org"
#define CHLOE "chloe@example.net"

static int differs(const char *sample, const char *what, const char *is, const char *should)
{
    if (is && should ? strcmp(is, should) == 0 : is == should)
        return 0;
    print_error("%s: %s is '%s' and not '%s'\n", sample, what, is ? is : "nothing",
                should ? should : "nothing");
    return 1;
}

static int differs_in_number(const char *sample, const char *what, int64_t is, int64_t should)
{
    if (is == should)
        return 0;
    print_error("%s: %s is %lld and not %lld\n", sample, what, (long long)is, (long long)should);
    return 1;
}

TEST(reply__read__answers_of_the_programs_of_the_world)
{
    static const struct {
        const char *sample, *attendee, *from, *reply_to, *comment;
        enum partstat partstat;
        int sequence;
        bool automatic;
    } answers[] = {
        {"exchange-accepted", "Bob@example.org", "Bob@example.org", NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"gmail-maybe", CHLOE, CHLOE, CHLOE, "I may be late, sorry;\nsee you", PARTSTAT_TENTATIVE, 2, true},
        {"google-note", CHLOE, CHLOE, CHLOE, "It's outside of my hours: sorry, really", PARTSTAT_DECLINED, 2,
         true},
        {"apple-accepted", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"icloud-declined", BOB, "noreply@email.apple.com", BOB, NULL, PARTSTAT_DECLINED, 2, false},
        {"nextcloud-accepted", BOB, "invitations-noreply@cloud.example.org", BOB, "By train",
         PARTSTAT_ACCEPTED, 2, true},
        {"zimbra-tentative", BOB, BOB, NULL, NULL, PARTSTAT_TENTATIVE, 2, false},
        {"sogo-accepted", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"horde-declined", CHLOE, CHLOE, NULL, NULL, PARTSTAT_DECLINED, -1, false},
        {"domino-accepted", BOB, BOB, NULL, "I take the train; see you", PARTSTAT_ACCEPTED, 2, false},
        {"cyrus-tentative", CHLOE, CHLOE, NULL, "Désolée, ’tis late", PARTSTAT_TENTATIVE, 2, false},
        {"ics-as-a-file", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"thunderbird-declined", CHLOE, CHLOE, NULL, "À la même heure; réunion du conseil, je suis désolée",
         PARTSTAT_DECLINED, 2, false},
        {"smime-signed", BOB, BOB, NULL, "Je suis en cours, désolé.", PARTSTAT_DECLINED, 2, false},
        {"smime-opaque", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"smime-opaque-streamed", BOB, BOB, NULL, NULL, PARTSTAT_TENTATIVE, 2, false},
        {"smime-opaque-binary", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
        {"pgp-signed", BOB, BOB, NULL, NULL, PARTSTAT_ACCEPTED, 2, false},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const char *sample = answers[i].sample;
        const struct mail_reply reply = read_sample(sample);
        wrong += differs_in_number(sample, "kind", reply.kind, MAIL_ANSWER);
        wrong += differs(sample, "uid", reply.uid, UID);
        wrong += differs(sample, "attendee", reply.attendee, answers[i].attendee);
        wrong += differs(sample, "From", reply.from, answers[i].from);
        wrong += differs(sample, "Reply-To", reply.reply_to, answers[i].reply_to);
        wrong += differs(sample, "comment", reply.comment, answers[i].comment);
        wrong += differs_in_number(sample, "PARTSTAT", reply.partstat, answers[i].partstat);
        wrong += differs_in_number(sample, "SEQUENCE", reply.sequence, answers[i].sequence);
        wrong += differs_in_number(sample, "automatic", reply.automatic, answers[i].automatic);
    }
    assert_int_equal(wrong, 0);
}

TEST(reply__read__bounces_of_the_programs_of_the_world)
{
    static const struct {
        const char *sample, *words;
    } bounces[] = {
        {"bounce-postfix",
         "550 5.1.1 <bob@example.org>: Recipient address rejected:    User unknown in local "
         "recipient table"},
        {"bounce-sendmail", "550 5.1.1 <bob@example.org>... User unknown"},
        {"bounce-gmail",
         "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 gsmtp"},
        {"bounce-exchange", "5.2.2"},
        {"bounce-exchange-online", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bob@example.org not "
                                   "found by SMTP address lookup"},
        {"bounce-exchange-edge", "<mx.example.com #5.1.1 smtp;550-5.1.1 The email account that you tried to "
                                 "reach does not exist.>"},
        {"bounce-exim", "5.0.0"},
        {"bounce-exim-old",
         "bob@example.org SMTP error from remote mail server after RCPT TO:<bob@example.org>: host "
         "mx.example.org [192.0.2.50]: 550 5.1.1 no such user here"},
        {"bounce-qmail",
         "<chloe@example.net>: 192.0.2.60 does not like recipient. Remote host said: 550 5.1.1 "
         "<chloe@example.net>: no such mailbox (#5.1.1) Giving up on 192.0.2.60."},
        {"bounce-head-as-text", "552 mailbox saturée"},
        {"bounce-international", "550 <chloé@example.net> unknown"},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++) {
        const struct mail_reply reply = read_sample(bounces[i].sample);
        wrong += differs_in_number(bounces[i].sample, "kind", reply.kind, MAIL_BOUNCE);
        wrong += differs(bounces[i].sample, "words", reply.words, bounces[i].words);
        wrong +=
            differs(bounces[i].sample, "letter", reply.reference_count ? reply.references[0] : NULL, LETTER);
    }
    assert_int_equal(wrong, 0);
}

/* What is only late, was read, or was called spam, is no bounce, and nobody's words. */
TEST(reply__read__reports_that_are_no_bounces__are_for_nobody)
{
    static const char *const samples[] = {"bounce-only-delayed", "exim-delay-warning", "read-receipt",
                                          "spam-report", "out-of-office"};
    int wrong = 0;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        wrong += differs_in_number(samples[i], "kind", read_sample(samples[i]).kind, MAIL_AUTOMATIC);
    assert_int_equal(wrong, 0);
}

/* The organiser knows the letter: what is quoted below an answer goes, what an answer refers to stays. Who
 * wrote nothing said it in the subject. */
TEST(reply__read__words_without_the_letter_below_them)
{
    static const struct {
        const char *sample, *words;
        enum reply_unread unread;
    } humans[] = {
        {"human", "Is there a room at the university, too?\nChloé & co\u202F!", REPLY_WHOLE},
        {"human-above-a-quote", "May I bring a colleague?\n> or two :)\nChloe", REPLY_WHOLE},
        {"human-outlook-quote", "Which room?\n\nBob", REPLY_WHOLE},
        {"human-below-a-quote",
         "Alice Martin wrote:\n> Alice invites you to a meeting.\n> "
         "https://meet.example/j/AbCdEfGhIjKlMnOpQrStUvWxYz012345\n\nYes, gladly.",
         REPLY_WHOLE},
        {"smime-opaque-words", "Puis-je amener une collègue ?\n\nBob", REPLY_WHOLE},
        {"exchange-tnef", "Accepté: Weekly", REPLY_OUTLOOK},
        {"smime-encrypted", "Accepté: Point d’équipe", REPLY_ENCRYPTED},
        {"pgp-encrypted", "...", REPLY_ENCRYPTED},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof humans / sizeof *humans; i++) {
        const struct mail_reply reply = read_sample(humans[i].sample);
        wrong += differs_in_number(humans[i].sample, "kind", reply.kind, MAIL_WORDS);
        wrong += differs(humans[i].sample, "words", reply.words, humans[i].words);
        wrong += differs_in_number(humans[i].sample, "unread", reply.unread, humans[i].unread);
    }
    assert_int_equal(wrong, 0);
}

/* Large messages come to us without their end, and nobody vouches for lengths: whatever is missing or wrong
 * in the signature around an answer, it is that answer, or what could not be read. */
TEST(reply__read__signed_as_a_whole__cut_off_or_damaged_anywhere)
{
    static const char *const samples[] = {"smime-opaque-binary", "smime-opaque-streamed"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[100], bytes[8000];
        snprintf(path, sizeof path, "tests/fuzz/corpus/mail/%s", samples[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        size_t size = fread(bytes, 1, sizeof bytes, file), answers = 0;
        fclose(file);
        for (size_t at = 0; at < size; at++) {
            struct mail_reply cut, damaged;
            mail_reply_read(&cut, &arena, bytes, at);
            assert_true(cut.kind == MAIL_ANSWER || cut.kind == MAIL_WORDS);
            answers += cut.kind == MAIL_ANSWER;
            bytes[at] ^= 0x5A;
            mail_reply_read(&damaged, &arena, bytes, size);
            bytes[at] ^= 0x5A;
            arena_clear(&arena);
        }
        assert_true(answers > 0 && answers < size); /* without what comes behind it, not without itself */
    }
}

/* A message of the greatest size whose every line begins as something does is read in a few passes: were it
 * one a line, this would not end. */
TEST(reply__read__hostile_lines__cost_a_few_passes)
{
    static const char *const lines[] = {"---\n", "Message-ID:\n", "-----\n", ">\n", "_____\n\n", "a:\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct text text = {0};
        struct mail_reply reply;
        text_add(&text, "Return-Path: <>\nX-Failed-Recipients: a@b.example\n\n");
        while (text.size < (size_t)1 << 20)
            text_add(&text, lines[i]);
        mail_reply_read(&reply, &arena, text.data, text.size);
        assert_int_equal(reply.kind, MAIL_BOUNCE);
        mail_reply_read(&reply, &arena,
                        text.data + strlen("Return-Path: <>\nX-Failed-Recipients: a@b.example\n"),
                        text.size - strlen("Return-Path: <>\nX-Failed-Recipients: a@b.example\n"));
        assert_int_equal(reply.kind, MAIL_WORDS);
        text_free(&text);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply__read__answers_of_the_programs_of_the_world),
        cmocka_unit_test(reply__read__bounces_of_the_programs_of_the_world),
        cmocka_unit_test(reply__read__reports_that_are_no_bounces__are_for_nobody),
        cmocka_unit_test(reply__read__signed_as_a_whole__cut_off_or_damaged_anywhere),
        cmocka_unit_test(reply__read__hostile_lines__cost_a_few_passes),
        cmocka_unit_test(reply__read__words_without_the_letter_below_them),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
