/* LDIF, CSV, and what their entries say about people. */
#include "proto/csv.h"
#include "proto/ldif.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct arena arena;
    struct ldif ldif;
    struct csv csv;
    struct entry entry;
    const char *wrong;
};

static void ldif_begin(struct fixture *f, const char *text)
{
    *f = (struct fixture){.ldif = {.at = text, .end = text + strlen(text)}};
}

static int ldif_read(struct fixture *f)
{
    return ldif_next(&f->ldif, &f->arena, &f->entry, &f->wrong);
}

static void csv_begin(struct fixture *f, const char *text)
{
    *f = (struct fixture){0};
    if (!csv_open(&f->csv, &f->arena, text, strlen(text), &f->wrong))
        fail_msg("%s", f->wrong);
}

static int csv_read(struct fixture *f)
{
    return csv_next(&f->csv, &f->arena, &f->entry, &f->wrong);
}

static struct directory_person person_of(struct fixture *f)
{
    struct directory_person person;
    const char *why = directory_read(&person, &f->arena, &f->entry, &directory_usual);
    if (why)
        fail_msg("refused: %s", why);
    return person;
}

TEST(ldif_next__as_ldapsearch_prints_it)
{
    struct fixture f;
    ldif_begin(
        &f, "# extended LDIF\n#\n# LDAPv3\n# base <ou=people,dc=univ,dc=test> with scope\n#  subtree\n\n"
            "# gguerin, people, univ.test\ndn: uid=gguerin,ou=people,dc=univ,dc=test\nuid: gguerin\n"
            "cn:: R2HDq2xsZSBHdcOpcmlu\nmail: gaelle.gue\n rin@univ.test\r\n"
            "description: a line th\n at goes\n  on\njpegPhoto:: /9j/4AAQ\n# a comment that\n  goes on\n"
            "sn;lang-fr: Gu\xC3\xA9rin\nhome:< file:///etc/passwd\n\n\n"
            "dn: uid=b,dc=x\nuid: b\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 3\n");
    assert_int_equal(ldif_read(&f), 1);
    assert_int_equal(f.entry.line, 8);
    assert_string_equal(entry_get(&f.entry, "cn"), "Gaëlle Guérin");
    assert_string_equal(entry_get(&f.entry, "mail"), "gaelle.guerin@univ.test");
    assert_string_equal(entry_get(&f.entry, "description"), "a line that goes on");
    assert_string_equal(entry_get(&f.entry, "sn"), "Guérin");
    assert_null(entry_get(&f.entry, "jpegphoto"));
    assert_null(entry_get(&f.entry, "home"));
    assert_int_equal(ldif_read(&f), 1);
    assert_string_equal(entry_get(&f.entry, "uid"), "b");
    assert_int_equal(ldif_read(&f), 0);
    assert_null(f.ldif.unfinished);
    arena_free(&f.arena);
}

TEST(ldif_next__version_and_results)
{
    struct fixture f;
    ldif_begin(&f, "version: 1\ndn: uid=a,dc=x\nuid: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n");
    assert_int_equal(ldif_read(&f), 1);
    assert_string_equal(entry_get(&f.entry, "uid"), "a");
    assert_int_equal(ldif_read(&f), 0);
    assert_string_equal(f.ldif.unfinished, "4 Size limit exceeded");
    arena_free(&f.arena);
    ldif_begin(&f, "");
    assert_int_equal(ldif_read(&f), 0);
    arena_free(&f.arena);
}

/* The last entry may be half of one. */
TEST(ldif_next__ldapsearch_cut_off__is_unfinished)
{
    static const char page[] =
        "# extended LDIF\n#\n# with pagedResults control: size=1\n#\n\n"
        "# a, x\ndn: uid=a,dc=x\nuid: a\n\n# search result\nsearch: 2\n"
        "result: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MA0CAQAECAYAAAAAAAAA\n";
    static const char *const behind[] = {
        "pagedresults: cookie=BgAAAAAAAAA=\n",
        "pagedresults: cookie=\n\n# extended LDIF\n#\n\n",
        "pagedresults: cookie=\n\n# extended LDIF\n#\n\ndn: uid=b,dc=x\nuid: b\nmail: b@univ.te",
        "pagedresults: cookie=\n\n# extended LDIF\n#\n\n# search result\nsearch: 3\nresult: 11 Too much\n",
        "pagedresults: cookie=\n\n# numResponses: 2\n# numEntries: 1\n",
        "\n# numResponses: 2\n# numEntries: 1\n",
    };
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        struct fixture f;
        char text[1000];
        snprintf(text, sizeof text, "%s%s", page, behind[i]);
        ldif_begin(&f, text);
        assert_int_equal(ldif_read(&f), 1);
        assert_int_equal(ldif_read(&f), 0);
        assert_int_equal(f.ldif.unfinished == NULL, i >= 4);
        arena_free(&f.arena);
    }
}

TEST(ldif_next__malformed__says_where_and_goes_on)
{
    struct fixture f;
    ldif_begin(&f, "dn: uid=a,dc=x\nthis is nothing\n\nuid: lost\n\ndn: b\ncn:: %%%\n\ndn: c\nchangetype: "
                   "delete\n\ndn: d\nuid: d\n");
    assert_int_equal(ldif_read(&f), -1);
    assert_int_equal(f.entry.line, 1);
    assert_string_equal(f.wrong, "'this is nothing' is neither a value (name: value) nor a comment");
    assert_int_equal(ldif_read(&f), -1);
    assert_int_equal(f.entry.line, 4);
    assert_int_equal(ldif_read(&f), -1);
    assert_string_equal(f.wrong, "the value of cn is no base64");
    assert_int_equal(ldif_read(&f), -1);
    assert_int_equal(ldif_read(&f), 1);
    assert_int_equal(f.entry.line, 12);
    assert_int_equal(ldif_read(&f), 0);
    arena_free(&f.arena);
}

TEST(csv_next__quotes_separators_and_line_ends)
{
    struct fixture f;
    csv_begin(&f, "\xEF\xBB\xBFUID;\"E-Mail\";Name;Aliases\r\n"
                  "a;a@univ.test;\"Arnould; Anna \"\"A\"\"\";a1@univ.test a2@univ.test\r\n"
                  "\n"
                  "b;b@univ.test;\"two\nlines\";\r\n"
                  "c;c@univ.test");
    assert_int_equal(csv_read(&f), 1);
    assert_int_equal(f.entry.line, 2);
    assert_string_equal(entry_get(&f.entry, "name"), "Arnould; Anna \"A\"");
    struct directory_person person = person_of(&f);
    assert_string_equal(person.mail, "a@univ.test");
    assert_int_equal(person.alias_count, 2);
    assert_int_equal(csv_read(&f), 1);
    assert_int_equal(f.entry.line, 4);
    assert_string_equal(entry_get(&f.entry, "name"), "two\nlines");
    assert_int_equal(csv_read(&f), 1);
    assert_int_equal(f.entry.line, 6);
    assert_null(entry_get(&f.entry, "name"));
    assert_int_equal(csv_read(&f), 0);
    arena_free(&f.arena);
}

TEST(csv_next__malformed__says_where_and_goes_on)
{
    struct fixture f;
    csv_begin(&f, "uid,mail\na,b,c\nb,Ga\xEBlle\n\"q\"x,y\nz,z@univ.test\n\"open,x\ny,y@univ.test\n");
    assert_int_equal(csv_read(&f), -1);
    assert_string_equal(f.wrong, "has 3 fields, the first line names 2 columns");
    assert_int_equal(csv_read(&f), -1);
    assert_string_equal(f.wrong, "is not UTF-8: convert it (iconv -f latin1 -t utf-8)");
    assert_int_equal(csv_read(&f), -1);
    assert_string_equal(f.wrong, "has something behind a closing quote");
    assert_int_equal(csv_read(&f), 1);
    assert_int_equal(f.entry.line, 5);
    assert_string_equal(entry_get(&f.entry, "mail"), "z@univ.test");
    assert_int_equal(csv_read(&f), -1);
    assert_int_equal(f.entry.line, 6);
    assert_string_equal(f.wrong, "has a quote that is not closed");
    assert_int_equal(csv_read(&f), 1);
    assert_int_equal(f.entry.line, 7);
    assert_int_equal(csv_read(&f), 0);
    arena_free(&f.arena);
}

TEST(csv_open__nothing__says_so)
{
    struct fixture f = {0};
    assert_false(csv_open(&f.csv, &f.arena, "", 0, &f.wrong));
    assert_string_equal(f.wrong, "is empty: the first line names the columns");
    arena_free(&f.arena);
}

TEST(directory_read__supann)
{
    struct fixture f;
    ldif_begin(
        &f, "dn: uid=gg,dc=x\nuid: gg\nmail: Gaelle.Guerin@Univ.test\nmail: second@univ.test\n"
            "mailAlternateAddress: gg@univ.test\nsupannAutreMail: GG@perso.test\nsupannAutreMail: "
            "gaelle.guerin@univ.test\ndisplayName: Ga\xC3\xABlle Gu\xC3\xA9rin\ngivenName: G\nsn: G\ncn: x\n"
            "preferredLanguage: fr-FR, en;q=0.8\neduPersonAffiliation: member\neduPersonAffiliation: "
            "Employee\n");
    assert_int_equal(ldif_read(&f), 1);
    struct directory_person person = person_of(&f);
    assert_string_equal(person.mail, "Gaelle.Guerin@univ.test");
    assert_string_equal(person.uid, "gg");
    assert_string_equal(person.name, "Gaëlle Guérin");
    assert_string_equal(person.language, "fr");
    assert_true(person.may_book);
    assert_int_equal(person.alias_count, 3);
    assert_string_equal(person.aliases[0], "second@univ.test");
    assert_string_equal(person.aliases[2], "GG@perso.test");
    static const char *const students[] = {"eduPersonAffiliation=student", NULL};
    static const char *const employees[] = {"eduPersonAffiliation=student", "edupersonaffiliation=empl*",
                                            NULL};
    struct directory_map map = directory_usual;
    map.may_book = students;
    assert_null(directory_read(&person, &f.arena, &f.entry, &map));
    assert_false(person.may_book);
    map.may_book = employees;
    assert_null(directory_read(&person, &f.arena, &f.entry, &map));
    assert_true(person.may_book);
    map.name = "cn";
    assert_null(directory_read(&person, &f.arena, &f.entry, &map));
    assert_string_equal(person.name, "x");
    arena_free(&f.arena);
}

TEST(directory_read__active_directory)
{
    struct fixture f;
    ldif_begin(&f, "dn: CN=Anna,DC=x\nsAMAccountName: aarnould\nmail: anna@univ.test\nproxyAddresses: "
                   "SMTP:anna@univ.test\nproxyAddresses: smtp:aa@univ.test\nproxyAddresses: "
                   "x400:c=FR;a= ;p=univ\ngivenName: Anna\nsn: Arnould\ncn: Arnould Anna\n");
    assert_int_equal(ldif_read(&f), 1);
    struct directory_person person = person_of(&f);
    assert_string_equal(person.uid, "aarnould");
    assert_string_equal(person.name, "Anna Arnould");
    assert_int_equal(person.alias_count, 1);
    assert_string_equal(person.aliases[0], "aa@univ.test");
    arena_free(&f.arena);
}

TEST(directory_read__without_mail_or_with_a_wrong_one)
{
    struct fixture f;
    struct directory_person person;
    ldif_begin(&f, "dn: a\nuid: a\n\ndn: b\nmail: nobody\n\ndn: c\nmail: c@x.test\nmay_book: No\n");
    ldif_read(&f);
    assert_string_equal(directory_read(&person, &f.arena, &f.entry, &directory_usual), "");
    ldif_read(&f);
    assert_string_equal(directory_read(&person, &f.arena, &f.entry, &directory_usual),
                        "'nobody' is no mail address");
    ldif_read(&f);
    assert_false(person_of(&f).may_book);
    arena_free(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ldif_next__as_ldapsearch_prints_it),
        cmocka_unit_test(ldif_next__version_and_results),
        cmocka_unit_test(ldif_next__ldapsearch_cut_off__is_unfinished),
        cmocka_unit_test(ldif_next__malformed__says_where_and_goes_on),
        cmocka_unit_test(csv_next__quotes_separators_and_line_ends),
        cmocka_unit_test(csv_next__malformed__says_where_and_goes_on),
        cmocka_unit_test(csv_open__nothing__says_so),
        cmocka_unit_test(directory_read__supann),
        cmocka_unit_test(directory_read__active_directory),
        cmocka_unit_test(directory_read__without_mail_or_with_a_wrong_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
