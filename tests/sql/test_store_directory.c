/* Whose address it is, lists, and finding people by a few letters. */
#include "sql/store_directory.h"
#include "tests/sql/fixture.h"

static void run_sql(struct fixture *f, const char *sql)
{
    char *error = NULL;
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s in %s", error, sql);
}

struct found {
    int count;
    char text[2000];
};

static bool add_person(const char *mail, const char *name, void *context)
{
    struct found *found = context;
    size_t size = strlen(found->text);
    snprintf(found->text + size, sizeof found->text - size, "%s <%s>\n", name ? name : "", mail);
    found->count++;
    return true;
}

static struct found search(struct fixture *f, const char *typed, int limit)
{
    struct found found = {0};
    int status = store_search_people(f->store, typed, limit, add_person, &found);
    assert_int_equal(status, found.count > 0);
    return found;
}

static bool add_list(const char *name, int members, void *context)
{
    struct found *found = context;
    size_t size = strlen(found->text);
    snprintf(found->text + size, sizeof found->text - size, "%s %d\n", name, members);
    found->count++;
    return true;
}

static bool add_member(const struct list_member *member, void *context)
{
    return add_person(member->mail, member->name, context);
}

STORE_TEST(store_resolve_address__alias__gives_the_main_address)
{
    struct person person;
    int64_t bob = put_person(f, "bob.brown@example.org", "Bob Brown");
    char sql[100];
    snprintf(sql, sizeof sql, "INSERT INTO alias VALUES ('b.b@example.org', %d)", (int)bob);
    run_sql(f, sql);
    assert_int_equal(store_resolve_address(f->store, "B.B@example.org", &f->arena, &person), 1);
    assert_string_equal(person.mail, "bob.brown@example.org");
    assert_string_equal(person.name, "Bob Brown");
    assert_int_equal(store_resolve_address(f->store, "BOB.brown@example.org", &f->arena, &person), 1);
    assert_int_equal(person.id, bob);
    assert_int_equal(store_resolve_address(f->store, "guest@elsewhere.example", &f->arena, &person), 0);
    assert_int_equal(store_resolve_address(f->store, "", &f->arena, &person), 0);
}

STORE_TEST(store_list_members__known_people_by_main_address_and_name)
{
    int64_t bob = put_person(f, "bob.brown@example.org", "Bob Brown");
    char sql[200];
    run_sql(f, "INSERT INTO list VALUES (1, 'staff@example.org'), (2, 'empty')");
    snprintf(sql, sizeof sql, "INSERT INTO alias VALUES ('b.b@example.org', %d)", (int)bob);
    run_sql(f, sql);
    run_sql(f, "INSERT INTO list_member (list, mail, name) VALUES (1, 'b.b@example.org', NULL),"
               " (1, 'zoe@elsewhere.example', 'Zoe'), (1, 'alice@example.org', 'Old name')");
    struct found found = {0};
    assert_int_equal(store_list_members(f->store, "STAFF@example.org", add_member, &found), 1);
    assert_string_equal(found.text, "Alice <alice@example.org>\nBob Brown <bob.brown@example.org>\nZoe "
                                    "<zoe@elsewhere.example>\n");
    found = (struct found){0};
    assert_int_equal(store_list_members(f->store, "empty", add_member, &found), 0);
    assert_int_equal(store_list_members(f->store, "nobody", add_member, &found), 0);
}

STORE_TEST(store_search_people__beginnings_of_words_without_case_and_accents)
{
    put_person(f, "gaelle.le-guerin@example.org", "Gaëlle Le Guérin");
    put_person(f, "jguerin@example.org", "Jean-Luc Guérin");
    static const char *const hits[] = {"gaelle", "GAËL",  "guér gaé", "Le Gue",  "gaelle.le",
                                       "leguer", "uerin", "jean",     "luc gue", "jguer"};
    static const int counts[] = {1, 1, 1, 1, 1, 0, 0, 1, 1, 1};
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++)
        if (search(f, hits[i], 10).count != counts[i])
            fail_msg("'%s' finds %d", hits[i], search(f, hits[i], 10).count);
    assert_int_equal(search(f, "guerin", 10).count, 2);
    assert_int_equal(search(f, "guerin", 1).count, 1);
    assert_int_equal(search(f, "gaelle@exam", 10).count, 1); /* the domain is everybody's */
    assert_int_equal(search(f, "example", 10).count, 0);
}

STORE_TEST(store_search_people__letters_that_not_every_keyboard_has)
{
    static const char *const people[][4] = {
        {"a@example.org", "Sœur Cœlia Bœuf", "boeuf", "BŒUF"},
        {"b@example.org", "Jürgen Großmann", "grossm", "großm"},
        {"c@example.org", "Søren Sørensen", "Sorensen", "SØRENSEN"},
        {"d@example.org", "Łukasz Wałęsa", "walesa", "wałęsa"},
        {"e@example.org", "Κώστας Παπαδόπουλος", "κωστασ", "ΠΑΠΑΔΟΠΟΥΛΟΣ"},
        {"f@example.org", "Ægir Þórsson", "aegir thors", "ægir þór"},
        {"g@example.org", "Đorđe Đoković", "djokovic", "dokovic"},
        {"h@example.org", "Işıl Çağlayan", "isil cag", "ışıl"},
    };
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        put_person(f, people[i][0], people[i][1]);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        for (int n = 2; n < 4; n++) {
            bool none = strcmp(people[i][n], "djokovic") == 0; /* that is another spelling */
            struct found found = search(f, people[i][n], 10);
            if (found.count != !none || (!none && !strstr(found.text, people[i][0])))
                fail_msg("'%s' finds %d: %s", people[i][n], found.count, found.text);
        }
}

STORE_TEST(store_search_people__follows_changes)
{
    int64_t bob = put_person(f, "bob@example.org", "Bob Brown");
    assert_int_equal(search(f, "bro", 10).count, 1);
    put_person(f, "bob@example.org", "Robert Black");
    assert_int_equal(search(f, "bro", 10).count, 0);
    assert_string_equal(search(f, "bla", 10).text, "Robert Black <bob@example.org>\n");
    (void)bob;
}

STORE_TEST(store_search_people__hostile_words_are_words)
{
    static const char *const hostile[] = {
        "\"",     "* OR *",     "NEAR(a b)", "words:x", "^alice", "\"; DROP TABLE",
        "-alice", "\xff\xfe\"", "a\"b\"c",   "()",      "",       "@example"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct found found = {0};
        assert_true(store_search_people(f->store, hostile[i], 10, add_person, &found) >= 0);
    }
    assert_int_equal(search(f, "alice OR bob", 10).count, 0);
}

STORE_TEST(store_search_lists__by_words_of_the_name)
{
    run_sql(f, "INSERT INTO list VALUES (7, 'dept-physics@example.org')");
    run_sql(f, "INSERT INTO list_words (rowid, words) VALUES (7, 'dept-physics')");
    run_sql(f, "INSERT INTO list_member (list, mail) VALUES (7, 'a@example.org'), (7, 'b@example.org')");
    struct found found = {0};
    assert_int_equal(store_search_lists(f->store, "phy", 10, add_list, &found), 1);
    assert_string_equal(found.text, "dept-physics@example.org 2\n");
    assert_int_equal(store_search_lists(f->store, "che", 10, add_list, &found), 0);
}

static int import_one(struct fixture *f, struct directory_person person, int64_t run, enum imported *how,
                      const char **why)
{
    return store_import_person(f->store, &person, run, NOW, how, why);
}

static const char *aliases_of_bob[] = {"b.b@example.org", "bobby@example.org"};

static struct directory_person bob_of_directory(void)
{
    return (struct directory_person){.mail = "bob.brown@example.org",
                                     .uid = "bbrown",
                                     .name = "Bob Brown",
                                     .language = "fr",
                                     .may_book = true,
                                     .alias_count = 2,
                                     .aliases = aliases_of_bob};
}

STORE_TEST(store_import_person__again__is_the_same)
{
    enum imported how;
    const char *why;
    struct directory_person bob = bob_of_directory();
    struct person person;
    assert_int_equal(import_one(f, bob, 1, &how, &why), 1);
    assert_int_equal(how, IMPORT_ADDED);
    assert_int_equal(import_one(f, bob, 1, &how, &why), 0);
    assert_contains(why, "twice");
    assert_int_equal(import_one(f, bob, 2, &how, &why), 1);
    assert_int_equal(how, IMPORT_SAME);
    assert_int_equal(store_resolve_address(f->store, "bobby@example.org", &f->arena, &person), 1);
    assert_string_equal(person.mail, "bob.brown@example.org");
    assert_int_equal(person.source, PERSON_DIRECTORY);
    assert_true(person.may_book);
    assert_string_equal(person.language, "fr");
    assert_int_equal(search(f, "bobby", 10).count, 1);
    bob.alias_count = 1;
    bob.may_book = false;
    assert_int_equal(import_one(f, bob, 3, &how, &why), 1);
    assert_int_equal(how, IMPORT_CHANGED);
    assert_int_equal(store_resolve_address(f->store, "bobby@example.org", &f->arena, &person), 0);
    assert_int_equal(search(f, "bobby", 10).count, 0);
    store_resolve_address(f->store, "b.b@example.org", &f->arena, &person);
    assert_false(person.may_book);
}

STORE_TEST(store_import_person__new_address__keeps_person_invitations_and_settings)
{
    enum imported how;
    const char *why;
    struct person person = {0};
    struct directory_person bob = bob_of_directory();
    int64_t id = put_person(f, "bob@example.org", "Bob");
    struct meeting meeting = book(f, NOW + DAY); /* bob@example.org is invited */
    person = (struct person){.id = id, .language = "en", .answer_mails = true};
    store_set_person(f->store, &person, NOW);
    bob.mail = "bob@example.org";
    assert_int_equal(import_one(f, bob, 1, &how, &why), 1);
    assert_int_equal(how, IMPORT_CHANGED);
    bob.mail = "robert@example.org";
    assert_int_equal(import_one(f, bob, 2, &how, &why), 1);
    assert_int_equal(store_get_person(f->store, id, &f->arena, &person), 1);
    assert_string_equal(person.mail, "robert@example.org");
    assert_string_equal(person.language, "en"); /* chosen in the settings */
    attendee_of(f, meeting.id, "robert@example.org");
}

STORE_TEST(store_import_person__address_of_another__is_refused_or_takes_a_newcomer_in)
{
    enum imported how;
    const char *why;
    struct directory_person bob = bob_of_directory(), zoe = {.mail = "zoe@example.org", .uid = "zoe"};
    assert_int_equal(import_one(f, bob, 1, &how, &why), 1);
    assert_int_equal(import_one(f, zoe, 1, &how, &why), 1);
    zoe.mail = "bob.brown@example.org";
    assert_int_equal(import_one(f, zoe, 2, &how, &why), 0);
    assert_contains(why, "another person's");
    put_person(f, "zz@example.org", "Signed in"); /* by a sign-in, and nothing hangs on it */
    zoe.mail = "zz@example.org";
    assert_int_equal(import_one(f, zoe, 2, &how, &why), 1);
    assert_int_equal(search(f, "signed", 10).count, 0);
}

STORE_TEST(store_prune_people__whom_the_run_did_not_name)
{
    enum imported how;
    const char *why;
    static const struct link_id session = {{42}};
    struct directory_person bob = bob_of_directory(), alice = {.mail = "alice@example.org", .may_book = true};
    int64_t unseen, all, removed = 0, kept = 0;
    put_person(f, "guest@example.org", "Not of the directory");
    assert_int_equal(import_one(f, bob, 1, &how, &why), 1);
    assert_int_equal(import_one(f, alice, 1, &how, &why), 1);
    book(f, NOW + DAY); /* Alice's */
    store_open_session(f->store, &session, f->alice, NOW, NOW + DAY);
    assert_int_equal(store_count_unseen(f->store, 2, &unseen, &all), 1);
    assert_int_equal(unseen, 2);
    assert_int_equal(all, 2);
    assert_int_equal(store_prune_people(f->store, 2, 1, NOW, &removed, &kept), 1);
    while (store_prune_people(f->store, 2, 1, NOW, &removed, &kept) > 0)
        ;
    assert_int_equal(removed, 1);
    assert_int_equal(kept, 1);
    struct person person;
    assert_int_equal(store_find_person(f->store, "bob.brown@example.org", &f->arena, &person), 0);
    assert_int_equal(store_find_person(f->store, "guest@example.org", &f->arena, &person), 1);
    assert_int_equal(store_get_person(f->store, f->alice, &f->arena, &person), 1);
    assert_int_equal(person.source, PERSON_GONE);
    assert_false(person.may_book);
    assert_int_equal(store_find_session(f->store, &session, NOW, &f->arena, &person), 0);
    assert_int_equal(search(f, "alice", 10).count, 0);
    assert_int_equal(import_one(f, alice, 3, &how, &why), 1); /* and back */
    store_get_person(f->store, f->alice, &f->arena, &person);
    assert_int_equal(person.source, PERSON_DIRECTORY);
    assert_true(person.may_book);
}

STORE_TEST(store_import_member__again_is_the_same_and_prune_takes_the_rest)
{
    enum imported how;
    int64_t removed = 0;
    struct found found = {0};
    assert_int_equal(store_import_member(f->store, "staff@example.org", "a@x.test", "A", 1, &how), 1);
    assert_int_equal(how, IMPORT_ADDED);
    assert_int_equal(store_import_member(f->store, "staff@example.org", "b@x.test", NULL, 1, &how), 1);
    assert_int_equal(store_import_member(f->store, "old", "c@x.test", NULL, 1, &how), 1);
    assert_int_equal(store_import_member(f->store, "STAFF@example.org", "A@x.test", "A", 2, &how), 1);
    assert_int_equal(how, IMPORT_SAME);
    assert_int_equal(store_search_lists(f->store, "old", 10, add_list, &found), 1);
    assert_int_equal(store_prune_members(f->store, 2, 1, &removed), 1);
    assert_int_equal(store_prune_members(f->store, 2, 10, &removed), 0);
    assert_int_equal(removed, 2);
    assert_int_equal(store_search_lists(f->store, "old", 10, add_list, &found), 0);
    found = (struct found){0};
    assert_int_equal(store_list_members(f->store, "staff@example.org", add_member, &found), 1);
    assert_string_equal(found.text, "A <a@x.test>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_resolve_address__alias__gives_the_main_address),
        IN_MEMORY(store_list_members__known_people_by_main_address_and_name),
        IN_MEMORY(store_search_people__beginnings_of_words_without_case_and_accents),
        IN_MEMORY(store_search_people__letters_that_not_every_keyboard_has),
        IN_MEMORY(store_search_people__follows_changes),
        IN_MEMORY(store_search_people__hostile_words_are_words),
        IN_MEMORY(store_search_lists__by_words_of_the_name),
        IN_MEMORY(store_import_person__again__is_the_same),
        IN_MEMORY(store_import_person__new_address__keeps_person_invitations_and_settings),
        IN_MEMORY(store_import_person__address_of_another__is_refused_or_takes_a_newcomer_in),
        IN_MEMORY(store_prune_people__whom_the_run_did_not_name),
        IN_MEMORY(store_import_member__again_is_the_same_and_prune_takes_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
