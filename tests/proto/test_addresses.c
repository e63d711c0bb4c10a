#include "proto/addresses.h"
#include "proto/text.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What was read, as one line: name <mail> | ... ! bad | ... */
static char *read_back(const char *typed)
{
    struct arena arena = {0};
    struct addresses found;
    struct text text = {0};
    addresses_read(&found, &arena, typed);
    for (size_t i = 0; i < found.count; i++) {
        text_add(&text, i ? " | " : "");
        if (found.list[i].name)
            text_addf(&text, "%s ", found.list[i].name);
        text_addf(&text, "<%s>", found.list[i].mail);
    }
    for (size_t i = 0; i < found.bad_count; i++)
        text_addf(&text, "%s%s", i ? " | " : "!", found.bad[i]);
    arena_free(&arena);
    char *line = strdup(text_string(&text));
    text_free(&text);
    return line;
}

struct sample {
    const char *typed, *read;
};

static void assert_samples(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *line = read_back(samples[i].typed);
        if (strcmp(line, samples[i].read) != 0)
            print_error("typed: %s\n", samples[i].typed);
        assert_string_equal(line, samples[i].read);
        free(line);
    }
}

#define ASSERT_SAMPLES(samples) assert_samples(samples, sizeof samples / sizeof *samples)

TEST(addresses__read__separators)
{
    static const struct sample samples[] = {
        {"a@x.org", "<a@x.org>"},
        {"a@x.org, b@x.org;c@x.org\nd@x.org\r\ne@x.org f@x.org\tg@x.org",
         "<a@x.org> | <b@x.org> | <c@x.org> | <d@x.org> | <e@x.org> | <f@x.org> | <g@x.org>"},
        {",;, a@x.org ;;\n\n,", "<a@x.org>"},
        {"a@x.org.; b@x.org, c@x.org!", "<a@x.org> | <b@x.org> | <c@x.org>"},
        {"a@x.org\xEF\xBC\x8C"
         "b@x.org\xEF\xBC\x9B"
         "c\xEF\xBC\xA0x.org",
         "<a@x.org> | <b@x.org> | <c@x.org>"},
        {"a@x.org and b@x.org et c@x.org & d@x.org", "<a@x.org> | <b@x.org> | <c@x.org> | <d@x.org>"},
        {"", ""},
        {" \n , ; ", ""},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__names)
{
    static const struct sample samples[] = {
        {"Alice Martin <alice@x.org>", "Alice Martin <alice@x.org>"},
        {"\"Martin, Alice\" <alice@x.org>, Bob <bob@x.org>", "Martin, Alice <alice@x.org> | Bob <bob@x.org>"},
        {"\"Ali \\\"the\\\" <b>\\\\\" <alice@x.org>", "Ali \"the\" <b>\\ <alice@x.org>"},
        {"'Alice Martin' <alice@x.org>", "Alice Martin <alice@x.org>"},
        {"'alice@x.org' <alice@x.org>", "<alice@x.org>"},
        {"\"ALICE@x.org\" <alice@x.org>", "<alice@x.org>"},
        {"Alice Martin alice@x.org", "Alice Martin <alice@x.org>"},
        {"Alice Martin\talice@x.org\nBob\tbob@x.org", "Alice Martin <alice@x.org> | Bob <bob@x.org>"},
        {"alice@x.org\tAlice Martin\nbob@x.org\tBob", "Alice Martin <alice@x.org> | Bob <bob@x.org>"},
        {"alice@x.org (Alice Martin), b@x.org", "Alice Martin <alice@x.org> | <b@x.org>"},
        {"Alice Martin (alice@x.org)", "Alice Martin <alice@x.org>"},
        {"Alice (Chemistry) <alice@x.org>", "Alice (Chemistry) <alice@x.org>"},
        {"Alice <alice@x.org> (Chemistry)", "Alice <alice@x.org>"},
        {"Alice [mailto:alice@x.org]", "Alice <alice@x.org>"},
        {"Alice <alice@x.org> Bob <bob@x.org>", "Alice <alice@x.org> | Bob <bob@x.org>"},
        {"Alice\n Martin <alice@x.org>", "Alice Martin <alice@x.org>"},
        {"\xE2\x80\x9CMartin, Alice\xE2\x80\x9D <alice@x.org>", "Martin, Alice <alice@x.org>"},
        {"\xC2\xAB\xC2\xA0"
         "Alice\xC2\xA0\xC2\xBB <alice@x.org>",
         "Alice <alice@x.org>"},
        /* quotes within a name are the name's own */
        {"Marie \xE2\x80\x9CNan\xE2\x80\x9D Dupont <m@x.org>, Bob <b@x.org>",
         "Marie \xE2\x80\x9CNan\xE2\x80\x9D Dupont <m@x.org> | Bob <b@x.org>"},
        {"Marie \xC2\xAB\xC2\xA0Nan\xC2\xA0\xC2\xBB <m@x.org>", "Marie \xC2\xAB Nan \xC2\xBB <m@x.org>"},
        {"\xE2\x80\x9CNan\xE2\x80\x9D Dupont <m@x.org>", "\xE2\x80\x9CNan\xE2\x80\x9D Dupont <m@x.org>"},
        {"\xC2\xAB A \xC2\xBB et \xC2\xAB B \xC2\xBB <m@x.org>",
         "\xC2\xAB A \xC2\xBB et \xC2\xAB B \xC2\xBB <m@x.org>"},
        {"\"Dupont \xE2\x80\x9CNan\xE2\x80\x9D, Marie\" <m@x.org>",
         "Dupont \xE2\x80\x9CNan\xE2\x80\x9D, Marie <m@x.org>"},
        {"\"\xE2\x80\x9CNan\xE2\x80\x9D\" <m@x.org>", "\xE2\x80\x9CNan\xE2\x80\x9D <m@x.org>"},
        {"=?utf-8?q?Marie_=E2=80=9CNan=E2=80=9D?= <m@x.org>", "Marie \xE2\x80\x9CNan\xE2\x80\x9D <m@x.org>"},
        {"\xE2\x80\x9E"
         "Alice\xE2\x80\x9C <a@x.org>",
         "Alice <a@x.org>"},
        {"\xE2\x80\x9CMartin, Alice\" <a@x.org>", "Martin, Alice <a@x.org>"},
        {"\"Martin, Alice\xE2\x80\x9D <a@x.org>", "Martin, Alice <a@x.org>"},
        {"\xE2\x80\x9C"
         "alice@x.org\xE2\x80\x9D <alice@x.org>",
         "<alice@x.org>"},
        {"\xC2\xAB Martin; Alice \xC2\xBB <a@x.org>, b@x.org", "Martin; Alice <a@x.org> | <b@x.org>"},
        {"- Alice <a@x.org>\n\xE2\x80\xA2 Bob <b@x.org>\n* c@x.org\n> d@x.org",
         "Alice <a@x.org> | Bob <b@x.org> | <c@x.org> | <d@x.org>"},
        {"D'Arc, Jeanne <j@x.org>; Dupont, Jean <d@x.org>",
         "D'Arc, Jeanne <j@x.org> | Dupont, Jean <d@x.org>"},
        {"O'Brien <o'brien@x.org>", "O'Brien <o'brien@x.org>"},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__pasted_headers)
{
    static const struct sample samples[] = {
        {"To: a@x.org, Bob <b@x.org>", "<a@x.org> | Bob <b@x.org>"},
        {"To:a@x.org", "<a@x.org>"},
        {"\xC3\x80\xC2\xA0: Alice <a@x.org>\nCc : b@x.org", "Alice <a@x.org> | <b@x.org>"},
        {"<mailto:a@x.org>, mailto:b@x.org?subject=hello", "<a@x.org> | <b@x.org>"},
        {"Team: a@x.org, Bob <b@x.org>;", "<a@x.org> | Bob <b@x.org>"},
        {"Nobody:;", ""},
        {"To: =?UTF-8?Q?J=C3=A9r=C3=B4me_D=2E?= <j@x.org>,\r\n =?iso-8859-1?b?wmxpY2U=?= <a@x.org>",
         "J\xC3\xA9r\xC3\xB4me D. <j@x.org> | \xC3\x82lice <a@x.org>"},
        {"=?utf-8?Q?J=C3=A9?= =?utf-8*fr?q?r=C3=B4me?= x =?US-ASCII?Q?y?= <j@x.org>",
         "J\xC3\xA9r\xC3\xB4me x y <j@x.org>"},
        {"=?windows-1252?Q?caf=E9_=80?= <j@x.org>", "caf\xC3\xA9 \xE2\x82\xAC <j@x.org>"},
        {"\"=?utf-8?Q?Martin=2C_Alice?=\" <a@x.org>", "Martin, Alice <a@x.org>"},
        {"=?utf-8?q?a@b?= <a@x.org>", "a@b <a@x.org>"},
        {"=?utf-8?Q?=FF?= <a@x.org>", "=?utf-8?Q?=FF?= <a@x.org>"},
        {"=?UTF-7?Q?x?= <a@x.org>", "=?UTF-7?Q?x?= <a@x.org>"},
        {"=?utf-8?B?Qm9iDQpCY2M6IHg=?= <a@x.org>", "Bob Bcc: x <a@x.org>"},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__domains)
{
    static const struct sample samples[] = {
        {"Alice@UNIV.Example", "<Alice@univ.example>"},
        {"a@\xC3\x89"
         "cole.fr",
         "<a@xn--cole-9oa.fr>"},
        {"a@stra\xC3\x9F"
         "e.de",
         "<a@xn--strae-oqa.de>"},
        {"a@xn--cole-9oa.fr", "<a@xn--cole-9oa.fr>"},
        {"a@e\xCC\x81"
         "cole.fr",
         "<a@xn--cole-9oa.fr>"},
        {"a@x\xE3\x80\x82"
         "org",
         "<a@x.org>"},
        {"a@xn--zzzzzzz999999.fr", "!a@xn--zzzzzzz999999.fr"},
        {"a@localhost", "!a@localhost"},
        {"a@1.2.3.4", "!a@1.2.3.4"},
        {"a@[1.2.3.4]", "!a@[1.2.3.4]"},
        {"a@-x.org", "!a@-x.org"},
        {"a@x..org", "!a@x..org"},
        {"a@x_y.org", "!a@x_y.org"},
    };
    ASSERT_SAMPLES(samples);
}

/* As Outlook writes a name: Last, First <mail>. */
TEST(addresses__read__commas_of_names)
{
    static const struct sample samples[] = {
        {"Dupont, Jean <j@x.org>", "Dupont, Jean <j@x.org>"},
        {"  Dupont,Jean<j@x.org> , ", "Dupont,Jean <j@x.org>"},
        {"Dupont, Jean <j@x.org>\r\nMartin, Anne (Chemistry) <a@x.org>\nb@x.org, c@x.org",
         "Dupont, Jean <j@x.org> | Martin, Anne (Chemistry) <a@x.org> | <b@x.org> | <c@x.org>"},
        {"To: Dupont, Jean <j@x.org>, van der Berg, Anne <a@x.org>,\n \xC3\x89mile, Zo\xC3\xA9 <z@x.org>",
         "Dupont, Jean <j@x.org> | van der Berg, Anne <a@x.org> | \xC3\x89mile, Zo\xC3\xA9 <z@x.org>"},
        {"\xE5\x88\x98\xEF\xBC\x8C\xE4\xBC\x9F <w@x.org>", "\xE5\x88\x98,\xE4\xBC\x9F <w@x.org>"},
        /* where it may part people, it does: what is nobody's address is told */
        {"alice, Bob <bob@x.org>", "Bob <bob@x.org>!alice"},
        {"To: alice, Bob <bob@x.org>", "Bob <bob@x.org>!alice"},
        {"m2-physics, Bob <bob@x.org>", "Bob <bob@x.org>!m2-physics"},
        {"Zoe Petit <z@x.org>, Alice, Bob <bob@x.org>", "Zoe Petit <z@x.org> | Bob <bob@x.org>!Alice"},
        {"z@x.org, Alice, Bob <bob@x.org>", "<z@x.org> | Bob <bob@x.org>!Alice"},
        {"Alice, Bob <bob@x.org>, z@x.org", "Bob <bob@x.org> | <z@x.org>!Alice"},
        {"Alice, Bob <bob@x.org> z@x.org", "Bob <bob@x.org> | <z@x.org>!Alice"},
        {"Alice, Bob, Carol <carol@x.org>", "Carol <carol@x.org>!Alice | Bob"},
        {"Alice, Bob <bob@x.org>, Carol", "Bob <bob@x.org>!Alice | Carol"},
        {"Alice\nBob <bob@x.org>", "Bob <bob@x.org>!Alice"},
        {"Alice, bob@x.org", "<bob@x.org>!Alice"},
        {"Alice, <bob@x.org>", "<bob@x.org>!Alice"},
        {"Alice, Bob <bob>", "!Alice | Bob <bob>"},
        {"Alice, Bob <bob@x.org", "Bob <bob@x.org>!Alice"},
        {"Dupont, Jean\nBcc: Evil, Eve <e@x.org>", "Evil, Eve <e@x.org>!Dupont | Jean"},
        {"Dupont, \"Jean <j@x.org>", "Jean <j@x.org>!Dupont"},
        {"Dupont, Jean <j@x.org><e@x.org>", "Jean <j@x.org> | <e@x.org>!Dupont"},
        {"Alice, Bob (alice@x.org) <bob@x.org>", "Bob <alice@x.org> | <bob@x.org>!Alice"},
        /* and so it does between semicolons */
        {"Dupont, Jean <j@x.org>; van der Berg, Anne (Chemistry, Paris) <a@x.org>;\xC3\x89mile, Zo\xC3\xA9 "
         "<z@x.org> "
         "; b@x.org, c@x.org;",
         "Dupont, Jean <j@x.org> | van der Berg, Anne (Chemistry, Paris) <a@x.org> | \xC3\x89mile, "
         "Zo\xC3\xA9 "
         "<z@x.org> | <b@x.org> | <c@x.org>"},
        {"To: Dupont, Jean <j@x.org>; 'Durand, Anne' <a@x.org>",
         "Dupont, Jean <j@x.org> | Durand, Anne <a@x.org>"},
        {"carol, Bob <bob@x.org>; d@x.org", "Bob <bob@x.org> | <d@x.org>!carol"},
        {"d@x.org; carol, Bob <bob@x.org>", "<d@x.org> | Bob <bob@x.org>!carol"},
        {"z@x.org, Alice, Bob <bob@x.org>; d@x.org", "<z@x.org> | Bob <bob@x.org> | <d@x.org>!Alice"},
        {"Alice, Bob, Carol <carol@x.org>; d@x.org", "Carol <carol@x.org> | <d@x.org>!Alice | Bob"},
        {"alice, Bob <bob@x.org>\nc@x.org; d@x.org", "Bob <bob@x.org> | <c@x.org> | <d@x.org>!alice"},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__halves_of_a_name)
{
    struct arena arena = {0};
    struct addresses found;
    addresses_read(&found, &arena, "bob@x.org\nPhysics , Bob <bob@x.org>\n\"Martin, Anne\" <a@x.org>");
    assert_int_equal(found.count, 2);
    assert_string_equal(found.list[0].name, "Physics , Bob");
    assert_string_equal(found.list[0].before, "Physics");
    assert_string_equal(found.list[0].behind, "Bob");
    assert_string_equal(found.list[1].name, "Martin, Anne");
    assert_null(found.list[1].before);
    addresses_read(&found, &arena, "Physics, Bob <bob@x.org>; a@x.org");
    assert_string_equal(found.list[0].before, "Physics");
    addresses_read(&found, &arena, "Anne\n Martin <a@x.org>; b@x.org");
    assert_string_equal(found.list[0].name, "Anne Martin");
    assert_null(found.list[0].before);
    arena_free(&arena);
}

TEST(addresses__doubtful__nothing_of_what_is_before_the_comma_is_in_the_address)
{
    static const struct {
        const char *typed;
        bool doubtful;
    } samples[] = {
        {"Alice, Bob <b@x.org>", true},
        {"Alice, Bob <bob@alice.org>", true}, /* in the domain is not in the address */
        {"Alice, Bob <bob@x.org>; d@x.org", true},
        {"\"Alice, Bob\" <b@x.org>", false},
        {"Bob <b@x.org>", false},
        {"Dupont, Jean <jean.dupont@x.org>", false},
        {"Dupont, Jean <JDUPONT2@x.org>", false},
        {"Dupr\xC3\xA9"
         " de la Tour, Jean <jean.dupre@x.org>",
         false},
        {"M\xC3\xBC"
         "ller, Anna <a.mueller@x.org>",
         false},
        {"M\xC3\xBC"
         "ller, Anna <a.muller@x.org>",
         false},
        {"M\xC3\xBC"
         "ller, Anna <p123456@x.org>",
         true},
        {"Li, Wei <wei.li@x.org>", false},
        {"Li, Bob <alice@x.org>", true},
        {"D\xE2\x80\x99"
         "Arc, Jeanne <j.darc@x.org>",
         false},
        {"\xC5\x81\xC3\xB3\xC5\xBA, Jan <jan@x.org>", true},
    };
    struct arena arena = {0};
    struct addresses found;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        addresses_read(&found, &arena, samples[i].typed);
        assert_int_equal(found.bad_count, 0);
        if (address_is_doubtful(&found.list[0]) != samples[i].doubtful)
            fail_msg("%s", samples[i].typed);
    }
    arena_free(&arena);
}

TEST(addresses__read__what_is_none)
{
    static const struct sample samples[] = {
        {"alice", "!alice"},
        {"alice, bob@x.org", "<bob@x.org>!alice"},
        {"alice; bob@x.org", "<bob@x.org>!alice"},
        {"carol, bob@x.org; d@x.org", "<bob@x.org> | <d@x.org>!carol"},
        {"Alice Martin\nbob@x.org", "<bob@x.org>!Alice Martin"},
        {"  alice\n  bob@x.org", "<bob@x.org>!alice"},
        {"Alice <alice>", "!Alice <alice>"},
        {"Alice <>", "!Alice <>"},
        {"Alice <alice@x.org", "Alice <alice@x.org>"},
        {"Alice alice@@x.org", "!Alice alice@@x.org"},
        {"a@x.org words b@x.org", "<a@x.org> | <b@x.org>!words"},
        {"Alice <a@x.org> words", "Alice <a@x.org>!words"},
        {"jos\xC3\xA9@x.org", "!jos\xC3\xA9@x.org"},
        {"\"al ice\"@x.org", "!\"al ice\"@x.org"},
        {".a@x.org a.@x.org a..b@x.org @x.org a@", "!.a@x.org | a.@x.org | a..b@x.org | @x.org | a@"},
        {"https://meet.x.org/@a.b", "!https://meet.x.org/@a.b"},
        {"\"unclosed <a@x.org>", "unclosed <a@x.org>"},
        {"a@x.org\xFF", "!a@x.org\xEF\xBF\xBD"},
        {"- , * ; \xE2\x80\xA2", ""},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__invisible_characters)
{
    static const struct sample samples[] = {
        {"\xEF\xBB\xBF"
         "a@x.org\xE2\x80\x8B,\xC2\xA0"
         "b@x\xC2\xAD.org",
         "<a@x.org> | <b@x.org>"},
        {"\xE2\x80\xAE"
         "Ali\xE2\x80\x8F"
         "ce <a@x.org>",
         "Alice <a@x.org>"},
        {"Al\x01\x1B[31mice <a@x.org>", "Al [31mice <a@x.org>"},
        /* within a name of letters that need them they stay: a Persian name, an emoji of two */
        {"\xD8\xB9\xD9\x84\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD8\xB6\xD8\xA7 <a@x.org>",
         "\xD8\xB9\xD9\x84\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD8\xB6\xD8\xA7 <a@x.org>"},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__duplicates_keep_the_first_and_any_name)
{
    static const struct sample samples[] = {
        {"b@x.org, A@x.org, Alice <a@X.org>, b@x.org, Bob <b@x.org>, Bill <b@x.org>",
         "Bob <b@x.org> | Alice <A@x.org>"},
    };
    ASSERT_SAMPLES(samples);
}

TEST(addresses__read__lengths)
{
    char typed[400];
    struct arena arena = {0};
    memset(typed, 'a', 64);
    strcpy(typed + 64, "@x.org");
    assert_string_equal(address_read_one(&arena, typed), typed);
    memset(typed, 'a', 65);
    strcpy(typed + 65, "@x.org");
    assert_null(address_read_one(&arena, typed));
    for (size_t total = 254; total <= 255; total++) {
        memset(typed, 'a', total);
        memcpy(typed + total - 4, ".org", 5);
        typed[10] = '@';
        for (size_t dot = 60; dot < total - 10; dot += 50)
            typed[dot] = '.';
        assert_int_equal(address_read_one(&arena, typed) != NULL, total == 254);
    }
    arena_free(&arena);
}

TEST(addresses__read__long_names_are_cut_between_characters)
{
    struct arena arena = {0};
    struct addresses found;
    struct text text = {0};
    text_add(&text, "x");
    for (int i = 0; i < 500; i++)
        text_add(&text, "\xC3\xA9");
    text_add(&text, " <a@x.org>");
    addresses_read(&found, &arena, text.data);
    assert_int_equal(found.count, 1);
    assert_int_equal(strlen(found.list[0].name), 199);
    assert_true(text_is_utf8(found.list[0].name, 199));
    text_free(&text);
    arena_free(&arena);
}

TEST(address_read_one__one_and_nothing_else)
{
    struct arena arena = {0};
    assert_string_equal(address_read_one(&arena, " <mailto:A.b@X.org> "), "A.b@x.org");
    assert_string_equal(address_read_one(&arena, "Alice <a@x.org>"), "a@x.org");
    assert_null(address_read_one(&arena, "a@x.org, b@x.org"));
    assert_null(address_read_one(&arena, "a@x.org; words"));
    assert_null(address_read_one(&arena, ""));
    assert_null(address_read_one(&arena, NULL));
    arena_free(&arena);
}

TEST(address_show__domains_in_unicode)
{
    struct arena arena = {0};
    assert_string_equal(address_show(&arena, "a@xn--cole-9oa.fr"), "a@\xC3\xA9"
                                                                   "cole.fr");
    assert_string_equal(address_show(&arena, "a@x.org"), "a@x.org");
    assert_string_equal(address_show(&arena, "xn--a"), "xn--a");
    arena_free(&arena);
}

/* Each of these repeated to a quarter of a megabyte takes no more than a moment: none is quadratic. */
TEST(addresses__read__a_long_text_of_anything)
{
    static const char *const pieces[] = {"a@x.org ",
                                         "a@b.c,",
                                         "\"\\",
                                         "(",
                                         "<",
                                         "@",
                                         "=?u?q?",
                                         "-",
                                         "x\n ",
                                         "x, ",
                                         "X, Y <x@y.z>, ",
                                         "X, Y <x@y.z>\n",
                                         "X, Y <x@y.z>;",
                                         "X, (",
                                         ";\"",
                                         "=?iso-8859-15?q?a?=,",
                                         "a@\xC3\xA9.fr ",
                                         "=?utf-8?q?=?= <",
                                         "a@x.org (",
                                         "'",
                                         "\xFF"};
    size_t size = 1 << 18;
    char *typed = malloc(size + 32);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct arena arena = {0};
        struct addresses found;
        size_t piece = strlen(pieces[i]), end = 0;
        for (; end < size; end += piece)
            memcpy(typed + end, pieces[i], piece);
        typed[end] = 0;
        clock_t start = clock();
        addresses_read(&found, &arena, typed);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (getenv("VERBOSE"))
            print_message("%s: %.3f s, %zu good, %zu bad\n", pieces[i], seconds, found.count,
                          found.bad_count);
        assert_true(seconds < 20); /* under valgrind too */
        arena_free(&arena);
    }
    free(typed);
}

TEST(address_is_of__what_is_known_of_mailboxes)
{
    static const struct {
        const char *writer, *mail;
        bool same;
    } pairs[] = {
        {"bob@example.org", "Bob@Example.org", true},
        {"bob@example.org", "bob+jmb@example.org", true},
        {"bob+jmb@example.org", "bob@example.org", false}, /* not everywhere is a + a tag */
        {"bob+a@example.org", "bob+b@example.org", false},
        {"bo@example.org", "bob+jmb@example.org", false},
        {"bob@example.org", "bob+jmb@example.com", false},
        {"b.ob@example.org", "bob@example.org", false},
        {"bob@example.org", "+bob@example.org", false},
        {"chloe.petit@gmail.com", "c.h.loepetit+x@GoogleMail.com", true},
        {"chloepetit+x@gmail.com", "Chloe.Petit@gmail.com", true},
        {"chloepetit@gmail.com", "chloe.petit@gmail.com.example", false},
        {"+@gmail.com", "...@gmail.com", false},
        {"nobody", "nobody", true},
        {"nobody", "+", false},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (address_is_of(pairs[i].writer, pairs[i].mail) != pairs[i].same)
            fail_msg("%s and %s", pairs[i].writer, pairs[i].mail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses__read__separators),
        cmocka_unit_test(addresses__read__names),
        cmocka_unit_test(addresses__read__pasted_headers),
        cmocka_unit_test(addresses__read__domains),
        cmocka_unit_test(addresses__read__commas_of_names),
        cmocka_unit_test(addresses__doubtful__nothing_of_what_is_before_the_comma_is_in_the_address),
        cmocka_unit_test(addresses__read__halves_of_a_name),
        cmocka_unit_test(addresses__read__what_is_none),
        cmocka_unit_test(addresses__read__invisible_characters),
        cmocka_unit_test(addresses__read__duplicates_keep_the_first_and_any_name),
        cmocka_unit_test(addresses__read__lengths),
        cmocka_unit_test(addresses__read__long_names_are_cut_between_characters),
        cmocka_unit_test(address_read_one__one_and_nothing_else),
        cmocka_unit_test(address_is_of__what_is_known_of_mailboxes),
        cmocka_unit_test(address_show__domains_in_unicode),
        cmocka_unit_test(addresses__read__a_long_text_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
