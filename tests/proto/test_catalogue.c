#include "tests/test.h"

#include "proto/catalogue.h"
#include "proto/embed.h"
#include "proto/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"

/* A text and its translation, both of which may hold 0 bytes: sizes are of the literals. */
struct pair {
    const char *key;
    size_t key_size;
    const char *translation;
    size_t size;
};

#define PAIR(key, translation)                                                                               \
    {                                                                                                        \
        key, sizeof key - 1, translation, sizeof translation - 1                                             \
    }

struct file {
    size_t size;
    unsigned char bytes[4096];
};

static void put32(struct file *file, size_t at, size_t number, bool big_endian)
{
    for (size_t i = 0; i < 4; i++)
        file->bytes[at + (big_endian ? 3 - i : i)] = (unsigned char)(number >> (8 * i));
}

static void put_string(struct file *file, size_t at, const char *string, size_t size, bool big_endian)
{
    put32(file, at, size, big_endian);
    put32(file, at + 4, file->size, big_endian);
    memcpy(file->bytes + file->size, string, size);
    file->size += size + 1;
}

/* A .mo file as msgfmt writes it, without its hash table. */
static struct file make_file(const struct pair *pairs, size_t count, bool big_endian)
{
    struct file file = {.size = 28 + count * 16};
    put32(&file, 0, 0x950412de, big_endian);
    put32(&file, 8, count, big_endian);
    put32(&file, 12, 28, big_endian);
    put32(&file, 16, 28 + count * 8, big_endian);
    for (size_t i = 0; i < count; i++) {
        put_string(&file, 28 + i * 8, pairs[i].key, pairs[i].key_size, big_endian);
        put_string(&file, 28 + count * 8 + i * 8, pairs[i].translation, pairs[i].size, big_endian);
    }
    return file;
}

static const struct pair pairs[] = {
    PAIR("", HEADER),
    PAIR("Join", "Rejoindre"),
    PAIR("May", "Mai"),
    PAIR("menu\004Open", "Ouvrir"),
    PAIR("month\004May", "mai"),
    PAIR("month\004", "personne ne l'écrit"),
    PAIR("state\004Open", "Ouvert"),
    PAIR("{n} guest\0{n} guests", "{n} invité\0{n} invités"),
};

enum { PAIRS = sizeof pairs / sizeof *pairs };

static struct pair *sorted(struct pair copy[PAIRS])
{
    memcpy(copy, pairs, sizeof pairs);
    struct pair swap = copy[4]; /* "month\004" is before "month\004May" */
    copy[4] = copy[5];
    copy[5] = swap;
    return copy;
}

static struct file good_file(bool big_endian)
{
    struct pair copy[PAIRS];
    return make_file(sorted(copy), PAIRS, big_endian);
}

static void check_french(const struct catalogue *french)
{
    assert_string_equal(catalogue_text(french, "Join"), "Rejoindre");
    assert_string_equal(catalogue_text(french, "Leave"), "Leave");
    assert_string_equal(catalogue_text(french, ""), "");
    assert_string_equal(catalogue_text(french, "May"), "Mai");
    assert_string_equal(catalogue_context(french, "month", "May"), "mai");
    assert_string_equal(catalogue_context(french, "menu", "Open"), "Ouvrir");
    assert_string_equal(catalogue_context(french, "state", "Open"), "Ouvert");
    assert_string_equal(catalogue_context(french, "states", "Open"), "Open");
    assert_string_equal(catalogue_context(french, "stat", "Open"), "Open");
    assert_string_equal(catalogue_text(french, "Open"), "Open");
}

TEST(catalogue__text__is_found_in_either_byte_order)
{
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct file file = good_file(big_endian);
        struct catalogues *catalogues = catalogues_new();
        assert_int_equal(catalogues_add(catalogues, "fr", file.bytes, file.size), 1);
        check_french(catalogues_find(catalogues, "fr"));
        catalogues_free(catalogues);
    }
}

TEST(catalogue__text__of_english_is_itself)
{
    struct catalogues *catalogues = catalogues_new();
    const struct catalogue *english = catalogues_find(catalogues, "en");
    assert_string_equal(catalogue_language(english), "en");
    assert_string_equal(catalogue_text(english, "Join"), "Join");
    assert_string_equal(catalogue_context(english, "month", "May"), "May");
    assert_string_equal(catalogue_plural(english, "one", "many", 1), "one");
    assert_string_equal(catalogue_plural(english, "one", "many", -1), "one");
    assert_string_equal(catalogue_plural(english, "one", "many", 0), "many");
    catalogues_free(catalogues);
}

/* 0 is one for the French. */
TEST(catalogue__plural__follows_the_header)
{
    struct file file = good_file(false);
    struct catalogues *catalogues = catalogues_new();
    assert_int_equal(catalogues_add(catalogues, "fr", file.bytes, file.size), 1);
    const struct catalogue *french = catalogues_find(catalogues, "fr");
    assert_string_equal(catalogue_plural(french, "{n} guest", "{n} guests", 0), "{n} invité");
    assert_string_equal(catalogue_plural(french, "{n} guest", "{n} guests", 1), "{n} invité");
    assert_string_equal(catalogue_plural(french, "{n} guest", "{n} guests", -1), "{n} invité");
    assert_string_equal(catalogue_plural(french, "{n} guest", "{n} guests", 2), "{n} invités");
    assert_string_equal(catalogue_plural(french, "{n} guest", "{n} guests", LONG_MIN), "{n} invités");
    assert_string_equal(catalogue_plural(french, "thing", "things", 2), "things");
    assert_string_equal(catalogue_plural(french, "Join", "Joins", 2), "Rejoindre");
    catalogues_free(catalogues);
}

TEST(catalogues__add__knows_the_common_plural_forms)
{
    static const struct {
        const char *forms;
        int added;
    } cases[] = {
        {"nplurals=2; plural=(n != 1);", 1},
        {"nplurals=2; plural=n != 1;", 1},
        {"  nplurals = 2 ;plural=n>1", 1},
        {"nplurals=2; plural=n>2;", -1},
        {"nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);", -1},
        {"nplurals=1; plural=0;", -1}, /* known, but the entry has two forms */
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[256];
        snprintf(header, sizeof header, "Plural-Forms: %s\nContent-Type: text/plain; charset=utf-8\n",
                 cases[i].forms);
        const struct pair two[] = {{"", 0, header, strlen(header)}, PAIR("a\0b", "c\0d")};
        struct file file = make_file(two, 2, false);
        struct catalogues *catalogues = catalogues_new();
        assert_int_equal(catalogues_add(catalogues, "xx", file.bytes, file.size), cases[i].added);
        catalogues_free(catalogues);
    }
}

static int add_pairs(const struct pair *list, size_t count)
{
    struct file file = make_file(list, count, false);
    struct catalogues *catalogues = catalogues_new();
    int result = catalogues_add(catalogues, "fr", file.bytes, file.size);
    catalogues_free(catalogues);
    return result;
}

TEST(catalogues__add__refuses_what_is_malformed)
{
    const struct pair header = PAIR("", HEADER);
    assert_int_equal(add_pairs(&header, 1), 1);
    assert_int_equal(add_pairs(&header, 0), -1);
    assert_int_equal(add_pairs((struct pair[]){PAIR("a", "b")}, 1), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("b", "1"), PAIR("a", "2")}, 3), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("a", "1"), PAIR("a", "2")}, 3), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("a", "\xE9")}, 2), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("a\0b", "c")}, 2), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("a\0b", "c\0d\0e")}, 2), -1);
    assert_int_equal(add_pairs((struct pair[]){header, PAIR("a", "c\0d")}, 2), -1);
    assert_int_equal(add_pairs((struct pair[]){PAIR("", "Plural-Forms: nplurals=2; plural=n>1\n")}, 1), -1);
    assert_int_equal(add_pairs((struct pair[]){PAIR("", "Plural-Forms: nplurals=2; plural=n>1\n"
                                                        "Content-Type: text/plain; charset=ISO-8859-1\n")},
                               1),
                     -1);
}

TEST(catalogues__add__refuses_a_file_that_is_cut_anywhere)
{
    struct file file = good_file(false);
    struct catalogues *catalogues = catalogues_new();
    for (size_t cut = 0; cut < file.size; cut++) {
        unsigned char *copy = malloc(cut + !cut);
        memcpy(copy, file.bytes, cut);
        assert_int_equal(catalogues_add(catalogues, "fr", copy, cut), -1);
        free(copy);
    }
    assert_string_equal(catalogue_language(catalogues_find(catalogues, "fr")), "en");
    catalogues_free(catalogues);
}

TEST(catalogues__add__refuses_absurd_numbers)
{
    struct file good = good_file(false);
    struct catalogues *catalogues = catalogues_new();
    for (size_t at = 0; at < 28 + PAIRS * 16; at += 4) {
        struct file file = good;
        if (at >= 20 && at < 28)
            continue; /* the hash table, which nobody reads */
        put32(&file, at, 0xFFFFFFFF, false);
        assert_int_equal(catalogues_add(catalogues, "fr", file.bytes, file.size), -1);
    }
    catalogues_free(catalogues);
}

TEST(catalogues__add__refuses_names_that_are_no_language)
{
    struct file file = good_file(false);
    struct catalogues *catalogues = catalogues_new();
    static const char *const names[] = {"", "f r", "fr.mo", "../fr", "abcdefghijklmnopqrstuvwxyzabcdefghij"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(catalogues_add(catalogues, names[i], file.bytes, file.size), -1);
    catalogues_free(catalogues);
}

static void collect(const struct catalogue *catalogue, void *context)
{
    text_addf(context, "%s ", catalogue_language(catalogue));
}

/* English and four others, whose texts do not matter; the file must outlive them. */
static struct catalogues *five(struct file *file)
{
    *file = good_file(false);
    struct catalogues *catalogues = catalogues_new();
    static const char *const names[] = {"pt_BR", "fr", "de", "zh-hant", "fr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(catalogues_add(catalogues, names[i], file->bytes, file->size), 1);
    return catalogues;
}

TEST(catalogues__each__gives_english_first_and_each_once)
{
    struct file file;
    struct catalogues *catalogues = five(&file);
    struct text text = {0};
    catalogues_each(catalogues, collect, &text);
    assert_string_equal(text_string(&text), "en de fr pt-br zh-hant ");
    text_free(&text);
    catalogues_free(catalogues);
}

TEST(catalogues__find__looks_up_as_rfc4647_says)
{
    static const char *const cases[][2] = {
        {"fr", "fr"},       {"FR", "fr"}, {"fr-CA", "fr"},      {"fr_FR", "fr"},
        {"pt-BR", "pt-br"}, {"pt", "en"}, {"en-GB", "en"},      {"zh-Hant-CN-x-a", "zh-hant"},
        {"es", "en"},       {"", "en"},   {"f", "en"},          {"frx", "en"},
        {"fr-", "fr"},      {"-", "en"},  {"fr\xC3\xA9", "en"}, {"de-a-b", "de"},
    };
    struct file file;
    struct catalogues *catalogues = five(&file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(catalogue_language(catalogues_find(catalogues, cases[i][0])), cases[i][1]);
    assert_string_equal(catalogue_language(catalogues_find(catalogues, NULL)), "en");
    catalogues_free(catalogues);
}

TEST(catalogues__negotiate__weighs_accept_language)
{
    static const char *const cases[][2] = {
        {"fr", "fr"},
        {"fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", "fr"},
        {"en-US,en;q=0.5", "en"},
        {"es,fr;q=0.5,en;q=0.7", "en"},
        {"en;q=0.3, fr;q=0.301", "fr"},
        {"en;q=0.3, fr;q=0.3", "en"},
        {"fr;q=0, en;q=0.1", "en"},
        {"es, *;q=0.5", "de"},
        {"*", "de"},
        {"", "de"},
        {",,, ,", "de"},
        {"fr;q=1.000", "fr"},
        {"fr;q=", "de"},
        {"fr;x=1", "de"},
        {"fr ; q=0.2 , en ; q=0.1", "fr"},
        {"fr;q=0.9999999999999999999, en;q=1", "en"},
        {"zh-Hant-TW", "zh-hant"},
        {";;;q=1,fr;q=0.1", "fr"},
    };
    struct file file;
    struct catalogues *catalogues = five(&file);
    const struct catalogue *otherwise = catalogues_find(catalogues, "de");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct catalogue *found = catalogues_negotiate(catalogues, cases[i][0], otherwise);
        if (strcmp(catalogue_language(found), cases[i][1]) != 0)
            fail_msg("%s gives %s, not %s", cases[i][0], catalogue_language(found), cases[i][1]);
    }
    assert_ptr_equal(catalogues_negotiate(catalogues, NULL, otherwise), otherwise);
    catalogues_free(catalogues);
}

/* Sees to it that each {place} of `from` stands in `to`. */
static void check_places(const char *from, const char *to, const char *where)
{
    for (const char *at = strchr(from, '{'); at; at = strchr(at + 1, '{')) {
        char place[64] = "";
        size_t size = strcspn(at, "}") + 1;
        if (size < sizeof place && at[size - 1] == '}')
            memcpy(place, at, size);
        if (!strstr(to, place))
            fail_msg("%s: %s is not in \"%s\"", where, place, to);
    }
}

static size_t number_at(const unsigned char *bytes, size_t at)
{
    return (size_t)bytes[at] | (size_t)bytes[at + 1] << 8 | (size_t)bytes[at + 2] << 16 |
           (size_t)bytes[at + 3] << 24;
}

/* Every translation that jmbd carries fills the same places as its English. */
TEST(catalogues__embedded__are_read_and_have_the_places_of_their_english)
{
    int count = 0;
    for (const struct embedded *file = catalogue_files; file->name; file++, count++) {
        struct catalogues *catalogues = catalogues_new();
        assert_int_equal(catalogues_add(catalogues, "xx", file->data, (size_t)(file->end - file->data)), 1);
        catalogues_free(catalogues);
        size_t entries = number_at(file->data, 8), keys = number_at(file->data, 12);
        size_t translations = number_at(file->data, 16);
        for (size_t i = 1; i < entries; i++) {
            const char *key = (const char *)file->data + number_at(file->data, keys + i * 8 + 4);
            const char *one = (const char *)file->data + number_at(file->data, translations + i * 8 + 4);
            const char *last = one + number_at(file->data, translations + i * 8);
            const char *many = key + strlen(key) + 1;
            bool plural = number_at(file->data, keys + i * 8) > strlen(key);
            for (const char *form = one; form <= last; form += strlen(form) + 1) {
                check_places(form, plural ? many : key, file->name);
                if (!plural || form != one)
                    check_places(key, form, file->name);
            }
        }
        assert_true(entries > 10);
    }
    assert_true(count >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue__text__is_found_in_either_byte_order),
        cmocka_unit_test(catalogue__text__of_english_is_itself),
        cmocka_unit_test(catalogue__plural__follows_the_header),
        cmocka_unit_test(catalogues__add__knows_the_common_plural_forms),
        cmocka_unit_test(catalogues__add__refuses_what_is_malformed),
        cmocka_unit_test(catalogues__add__refuses_a_file_that_is_cut_anywhere),
        cmocka_unit_test(catalogues__add__refuses_absurd_numbers),
        cmocka_unit_test(catalogues__add__refuses_names_that_are_no_language),
        cmocka_unit_test(catalogues__each__gives_english_first_and_each_once),
        cmocka_unit_test(catalogues__find__looks_up_as_rfc4647_says),
        cmocka_unit_test(catalogues__negotiate__weighs_accept_language),
        cmocka_unit_test(catalogues__embedded__are_read_and_have_the_places_of_their_english),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
