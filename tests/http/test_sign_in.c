/* Signing in by a link, sessions, and who may send what. */
#include "tests/http/house.h"

#include "sql/store_internal.h"

struct letters {
    int count;
    struct link_id link;
    char to[64];
};

static bool take_letter(const struct letter *letter, void *context)
{
    struct letters *letters = context;
    assert_int_equal(letter->kind, LETTER_SIGN_IN);
    letters->count++;
    letters->link = letter->sign_in;
    snprintf(letters->to, sizeof letters->to, "%s", letter->to);
    return true;
}

static struct letters letters_of(struct house *house)
{
    struct letters letters = {0};
    assert_true(store_next_letters(house->store, house_seconds(house), 50, take_letter, &letters) >= 0);
    return letters;
}

/* The path of the link in the newest letter. */
static const char *letter_path(struct house *house)
{
    static char path[64];
    char link[LINK_SIZE + 1];
    struct letters letters = letters_of(house);
    assert_true(letters.count > 0);
    link_write(&house->keys, LINK_SIGN_IN, &letters.link, link);
    snprintf(path, sizeof path, "/sign-in/%s", link);
    return path;
}

TEST(sign_in__link__opens_a_session_in_the_browser_that_asked)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    assert_int_equal(browser_get(&anna, "/meetings/new"), 303);
    assert_string_equal(browser_location(&anna), "/sign-in?next=%2Fmeetings%2Fnew");
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_string_equal(browser_hidden(&anna, "next"), "/meetings/new");
    assert_int_equal(
        browser_post(&anna, "/sign-in", "mail=jean-luc.dupont%40univ.test&next=%2Fmeetings%2Fnew"), 200);
    assert_has(anna.answer, "Set-Cookie: jmb_browser=");
    assert_has(anna.body, "jean-luc.dupont@univ.test");
    assert_int_equal(letters_of(house).count, 1);
    const char *path = letter_path(house);
    assert_int_equal(browser_get(&anna, path), 200); /* a scanner may look, nothing is used up */
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Sign in now");
    assert_int_equal(browser_post(&anna, path, ""), 303);
    assert_string_equal(browser_location(&anna), "/meetings/new");
    assert_has(anna.answer, "HttpOnly; SameSite=Lax\r\n");
    assert_int_equal(browser_get(&anna, "/"), 200);
    assert_has(anna.body, "Jean-Luc Dupont");
    assert_int_equal(browser_post(&anna, path, ""), 410); /* once only */
    browser_free(&anna);
    house_close(house);
}

TEST(sign_in__link__another_browser_is_refused_and_uses_nothing_up)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, other = {.house = house};
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    const char *path = letter_path(house);
    assert_int_equal(browser_get(&other, path), 200);
    assert_has(other.body, "Type this code");
    assert_has_not(other.body, "Sign in now");
    assert_int_equal(browser_post(&other, path, ""), 200);
    assert_has_not(other.answer, "jmb_session");
    snprintf(other.asker, sizeof other.asker, "AAAAAAAAAAA"); /* all 0: what an admin's links have */
    assert_int_equal(browser_post(&other, path, ""), 200);
    assert_has_not(other.answer, "jmb_session");
    assert_int_equal(browser_post(&anna, path, ""), 303);
    browser_free(&anna);
    browser_free(&other);
    house_close(house);
}

TEST(sign_in__link__old_forged_or_cut_is_gone)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char path[64];
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    snprintf(path, sizeof path, "%s", letter_path(house));
    char last = path[strlen(path) - 1];
    path[strlen(path) - 1] = last == 'A' ? 'B' : 'A';
    assert_int_equal(browser_get(&anna, path), 410);
    path[strlen(path) - 1] = 0;
    assert_int_equal(browser_post(&anna, path, ""), 410);
    path[strlen(path)] = last;
    house->now_ms += (int64_t)901 * 1000;
    assert_int_equal(browser_post(&anna, path, ""), 410);
    assert_has(anna.body, "Ask for a new link");
    browser_free(&anna);
    house_close(house);
}

TEST(sign_in__ask__strangers_see_the_same_page_and_get_no_letter)
{
    struct house *house = house_open();
    struct browser one = {.house = house}, two = {.house = house};
    browser_post(&one, "/sign-in", "mail=stranger%40elsewhere.test");
    assert_int_equal(one.status, 200);
    assert_int_equal(letters_of(house).count, 0);
    browser_post(&two, "/sign-in", "mail=stranger%40univ.testx");
    assert_int_equal(letters_of(house).count, 0);
    browser_post(&two, "/sign-in", "mail=stranger%40UNIV.test");
    assert_int_equal(letters_of(house).count, 1);
    assert_has(two.answer, "Set-Cookie: jmb_browser=");
    assert_has(one.answer, "Set-Cookie: jmb_browser=");
    const char *told = strstr(one.body, "on its way");
    assert_non_null(told);
    browser_free(&one);
    browser_free(&two);
    house_close(house);
}

/* What the store was asked, and how many rows it wrote. */
struct work {
    struct text statements;
    int64_t rows;
};

static int note_statement(unsigned type, void *context, void *statement, void *text)
{
    struct work *work = context;
    (void)type, (void)statement;
    text_addf(&work->statements, "%s\n", (const char *)text);
    return 0;
}

/* Asks for a link; the head and the body, without the date and what is random, and with the address as X. */
static const char *ask_noted(struct house *house, struct arena *arena, const char *mail, struct work *work)
{
    struct browser browser = {.house = house};
    struct text answer = {0};
    sqlite3 *db = house->store->db;
    int64_t rows = sqlite3_total_changes64(db);
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note_statement, work);
    browser_post(&browser, "/sign-in", arena_printf(arena, "mail=%s&next=%%2Fsettings", mail));
    sqlite3_trace_v2(db, 0, NULL, NULL);
    work->rows = sqlite3_total_changes64(db) - rows;
    char *random = strstr(browser.answer, "jmb_browser=");
    assert_non_null(random);
    memset(random, 'x', strlen("jmb_browser=") + 11);
    char *date = strstr(browser.answer, "Date: "); /* a second may have passed */
    assert_non_null(date);
    memset(date, 'x', strcspn(date, "\r"));
    for (char *at = browser.answer; *at;) {
        bool is_mail = strncmp(at, mail, strlen(mail)) == 0;
        text_add(&answer, is_mail ? "X" : "");
        if (!is_mail)
            text_add_char(&answer, *at);
        at += is_mail ? strlen(mail) : 1;
    }
    const char *kept = arena_dup(arena, text_string(&answer));
    text_free(&answer);
    browser_free(&browser);
    return kept;
}

/* Nobody can tell by the answer, nor by how long it takes, whether an address is known: it is the same work.
 */
TEST(sign_in__ask__a_stranger_costs_the_same_work_and_gets_the_same_answer)
{
    static const char *const mails[] = {"prof@elsewhere.test", "anna@university.tst", "nobody1@univ.test12",
                                        "somebody@univ.test1"};
    struct house *house = house_open();
    struct arena arena = {0};
    struct person person = {.mail = mails[0], .name = "Professor", .source = PERSON_DIRECTORY};
    struct work first = {0}, work = {0};
    int64_t id;
    assert_int_equal(store_put_person(house->store, &person, house_seconds(house), &id), 1);
    assert_true(store_commit(house->store) > 0);
    const char *known = ask_noted(house, &arena, mails[0], &first);
    assert_int_equal(letters_of(house).count, 1);
    assert_has(known, "200 OK");
    assert_has(text_string(&first.statements), "INTO letter");
    assert_int_equal(first.rows > 1, 1);
    for (size_t i = 1; i < sizeof mails / sizeof *mails; i++) {
        text_clear(&work.statements);
        assert_string_equal(ask_noted(house, &arena, mails[i], &work), known);
        assert_string_equal(text_string(&work.statements), text_string(&first.statements));
        assert_int_equal(work.rows, first.rows);
    }
    /* and whoever asks too often, though no letter goes out */
    for (int i = 0; i < 12; i++) {
        text_clear(&work.statements);
        assert_string_equal(ask_noted(house, &arena, mails[0], &work), known);
        assert_string_equal(text_string(&work.statements), text_string(&first.statements));
        assert_int_equal(work.rows, first.rows);
    }
    assert_true(letters_of(house).count < 12);
    text_free(&first.statements);
    text_free(&work.statements);
    arena_free(&arena);
    house_close(house);
}

TEST(sign_in__ask__people_of_the_directory_may_from_anywhere)
{
    struct house *house = house_open();
    struct browser guest = {.house = house};
    struct person person = {.mail = "prof@elsewhere.test", .name = "Professor", .source = PERSON_DIRECTORY};
    int64_t id;
    store_put_person(house->store, &person, house_seconds(house), &id);
    browser_post(&guest, "/sign-in", "mail=prof%40elsewhere.test");
    assert_int_equal(letters_of(house).count, 1);
    assert_int_equal(browser_post(&guest, letter_path(house), ""), 303);
    browser_get(&guest, "/");
    assert_has(guest.body, "Professor");
    browser_free(&guest);
    house_close(house);
}

TEST(sign_in__ask__what_is_no_address_comes_back_with_the_error)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    assert_int_equal(browser_post(&nobody, "/sign-in", "mail=%3Cb%3E%22nobody&next=%2Fmeetings%2Fnew"), 422);
    assert_has(nobody.body, "value=\"&lt;b&gt;&quot;nobody\"");
    assert_has(nobody.body, "<a href=\"#mail\">");
    assert_has(nobody.body, "autofocus");
    assert_string_equal(browser_hidden(&nobody, "next"), "/meetings/new");
    browser_free(&nobody);
    house_close(house);
}

TEST(sign_in__next__only_paths_of_this_site)
{
    struct house *house = house_open();
    static const char *const wrong[] = {"https%3A%2F%2Fevil.test", "%2F%2Fevil.test", "%2F%5Cevil.test",
                                        "evil", "%2Fa%0D%0AX%3A%20y"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct browser anna = {.house = house};
        char form[128];
        snprintf(form, sizeof form, "mail=anna%%40univ.test&next=%s", wrong[i]);
        browser_post(&anna, "/sign-in", form);
        struct letters letters = letters_of(house);
        char link[LINK_SIZE + 1], path[64];
        /* letters come the oldest first: the last one listed is this one */
        link_write(&house->keys, LINK_SIGN_IN, &letters.link, link);
        snprintf(path, sizeof path, "/sign-in/%s", link);
        assert_int_equal(browser_post(&anna, path, ""), 303);
        assert_string_equal(browser_location(&anna), "/");
        browser_free(&anna);
    }
    house_close(house);
}

/* The code that the link shows in another browser. */
static const char *code_of(struct browser *other, const char *path)
{
    static char code[16];
    assert_int_equal(browser_get(other, path), 200);
    const char *at = strstr(other->body, "<output>");
    assert_non_null(at);
    snprintf(code, sizeof code, "%.9s", at + 8);
    return code;
}

TEST(sign_in__code__signs_in_the_browser_that_asked_and_no_other)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, phone = {.house = house}, eve = {.house = house};
    char form[64];
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test&next=%2Fmeetings%2Fnew");
    assert_has(anna.body, "name=\"code\"");
    browser_post(&eve, "/sign-in", "mail=eve%40univ.test");
    const char *code = code_of(&phone, letter_path(house)); /* the newest letter is Eve's */
    snprintf(form, sizeof form, "code=%s", code);
    assert_int_equal(browser_post(&anna, "/sign-in/code", form), 422);
    assert_has(anna.body, "This is not the code");
    assert_int_equal(browser_post(&phone, "/sign-in/code", form), 422); /* asked for nothing */
    for (char *at = form + 5; *at; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at == '-' ? '+' : *at; /* as people type */
    assert_int_equal(browser_post(&eve, "/sign-in/code", form), 303);
    assert_int_equal(browser_get(&eve, "/"), 200);
    assert_int_equal(browser_post(&eve, "/sign-in/code", form), 422); /* once only */
    browser_free(&anna);
    browser_free(&phone);
    browser_free(&eve);
    house_close(house);
}

TEST(sign_in__code__what_is_none_and_too_many_tries)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, phone = {.house = house};
    char form[64];
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    assert_int_equal(browser_post(&anna, "/sign-in/code", "code="), 422);
    assert_has(anna.body, "eight letters and digits");
    assert_int_equal(browser_post(&anna, "/sign-in/code", "code=ABCD-234"), 422);
    assert_int_equal(browser_post(&anna, "/sign-in/code", "code=ABCD-23456"), 422);
    assert_int_equal(browser_post(&anna, "/sign-in/code", "code=%3Cb%3E"), 422);
    assert_has(anna.body, "value=\"&lt;b&gt;\""); /* as it was typed */
    assert_has(anna.body, "like ABCD-2346");
    browser_post(&anna, "/sign-in/code", "code=ABCD-2346"); /* what the page says it is like could be one */
    assert_has(anna.body, "This is not the code");
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    browser_post(&anna, "/sign-in/code", "code=OOOO-1111"); /* read wrongly */
    assert_has(anna.body, "This is not the code");
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    snprintf(form, sizeof form, "code=%s", code_of(&phone, letter_path(house)));
    for (int i = 0; i < SIGN_IN_TRIES; i++)
        browser_post(&anna, "/sign-in/code",
                     strcmp(form, "code=AAAA-AAAA") == 0 ? "code=BBBBBBBB" : "code=AAAAAAAA");
    assert_int_equal(browser_post(&anna, "/sign-in/code", form), 422);
    assert_has(anna.body, "No code is awaited");
    assert_int_equal(browser_get(&anna, "/sign-in/code"), 200);
    browser_free(&anna);
    browser_free(&phone);
    house_close(house);
}

TEST(sign_in__ask__too_often_for_one_person__the_same_page_and_no_letter)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    char *first = strdup(anna.body);
    for (int i = 1; i < 8; i++)
        assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 200);
    assert_string_equal(anna.body, first);
    free(first);
    assert_int_equal(letters_of(house).count, 5);
    house->now_ms += (int64_t)3601 * 1000;
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    assert_int_equal(letters_of(house).count, 6);
    browser_free(&anna);
    house_close(house);
}

/* The value of the cookie jmb_known in the answer, "" for none. */
static const char *known_of(const struct browser *browser)
{
    static char value[64];
    const char *at = strstr(browser->answer, "Set-Cookie: jmb_known=");
    snprintf(value, sizeof value, "%.*s", at ? (int)strcspn(at + 22, ";") : 0, at ? at + 22 : "");
    return value;
}

TEST(sign_in__ask__strangers__take_no_letter_from_a_browser_that_signed_in_before)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, eve = {.house = house};
    browser_post(&anna, "/sign-in", "mail=anna%40univ.test");
    assert_string_equal(known_of(&anna), ""); /* asking is no sign-in */
    assert_int_equal(browser_post(&anna, letter_path(house), ""), 303);
    assert_int_equal(strlen(known_of(&anna)), LINK_SIZE);
    assert_has(anna.answer, "Max-Age=31536000; HttpOnly; SameSite=Lax\r\n");
    char csrf[64];
    snprintf(csrf, sizeof csrf, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/sign-out", csrf), 303);
    assert_has_not(anna.answer, "jmb_known"); /* it stays over signing out */
    int letters = letters_of(house).count;
    for (int i = 0; i < 8; i++)
        browser_post(&eve, "/sign-in", "mail=anna%40univ.test");
    letters += 4; /* with the one that Anna asked for as a stranger: five */
    assert_int_equal(letters_of(house).count, letters);
    for (int i = 0; i < 7; i++)
        assert_int_equal(browser_post(&anna, "/sign-in", "mail=ANNA%40univ.test"), 200);
    letters += 5; /* hers end, too */
    assert_int_equal(letters_of(house).count, letters);
    /* in nobody else's name, and nobody else's cookie */
    browser_post(&anna, "/sign-in", "mail=eve%40univ.test");
    assert_int_equal(letters_of(house).count, ++letters);
    snprintf(eve.known, sizeof eve.known, "%s", anna.known);
    eve.known[0] = eve.known[0] == 'A' ? 'B' : 'A';
    assert_int_equal(browser_post(&eve, "/sign-in", "mail=anna%40univ.test"), 200);
    assert_int_equal(letters_of(house).count, letters);
    browser_free(&anna);
    browser_free(&eve);
    house_close(house);
}

/* All that strangers can make her get is what she needs, in whatever browser: they cannot keep her out. */
TEST(sign_in__ask__strangers__took_all_letters__their_codes_let_her_in)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, phone = {.house = house}, eve = {.house = house};
    struct link_id links[5];
    char path[64], form[64], wrong[64];
    for (int i = 0; i < 5; i++) {
        browser_post(&eve, "/sign-in", "mail=anna%40univ.test&next=%2Fsettings");
        links[i] = letters_of(house).link;
        house->now_ms += 1000;
    }
    snprintf(path, sizeof path, "%s", letter_path(house));
    snprintf(form, sizeof form, "code=%s", code_of(&phone, path));
    assert_int_equal(browser_post(&anna, "/sign-in/code", form), 422); /* has not asked */
    house->now_ms += (int64_t)3500 * 1000;
    assert_int_equal(browser_get(&phone, path), 410); /* old, and nobody waits for it */
    for (int i = 0; i < 30; i++)
        browser_post(&eve, "/sign-in", "mail=anna%40univ.test");
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=ANNA%40univ.test&next=%2Fmeetings%2Fnew"), 200);
    assert_int_equal(letters_of(house).count, 5);
    assert_int_equal(browser_get(&anna, path), 200); /* here, too: it is the letter of somebody else */
    assert_has(anna.body, "Type this code");
    assert_int_equal(browser_post(&anna, path, ""), 200);
    assert_has_not(anna.answer, "jmb_session");
    snprintf(wrong, sizeof wrong, "%s", form);
    wrong[5] = wrong[5] == 'A' ? 'B' : 'A';
    assert_int_equal(browser_post(&anna, "/sign-in/code", wrong), 422);
    assert_has(anna.body, "This is not the code");
    assert_int_equal(browser_post(&anna, "/sign-in/code", form), 303);
    assert_string_equal(browser_location(&anna), "/meetings/new"); /* not where Eve wanted her to go */
    /* once only, for whoever it is */
    assert_int_equal(browser_post(&eve, "/sign-in/code", form), 422);
    assert_int_equal(browser_get(&phone, path), 410);
    /* she may have opened any of them */
    char link[LINK_SIZE + 1];
    link_write(&house->keys, LINK_SIGN_IN, &links[0], link);
    snprintf(path, sizeof path, "/sign-in/%s", link);
    struct browser other = {.house = house};
    browser_post(&other, "/sign-in", "mail=anna%40univ.test");
    snprintf(form, sizeof form, "code=%s", code_of(&phone, path));
    assert_int_equal(browser_post(&other, "/sign-in/code", form), 303);
    /* another hour, whatever they ask for meanwhile: letters leave again */
    house->now_ms += (int64_t)120 * 1000;
    browser_post(&eve, "/sign-in", "mail=anna%40univ.test");
    assert_int_equal(letters_of(house).count, 6);
    browser_free(&anna);
    browser_free(&phone);
    browser_free(&other);
    browser_free(&eve);
    house_close(house);
}

TEST(sign_in__ask__too_often_from_one_client__is_refused_for_known_and_unknown)
{
    static const char *const trusted[] = {"127.0.0.0/8", NULL};
    struct house *house = house_open();
    http_close(house->http);
    house->options.trusted = trusted;
    house->options.client_address_header = "X-Forwarded-For";
    house->options.sign_ins_per_address = 3;
    house_open_http(house);
    struct browser one = {.house = house, .extra = "X-Forwarded-For: 10.9.9.9, 192.0.2.7\r\n"};
    for (int i = 0; i < 3; i++) {
        char form[64];
        snprintf(form, sizeof form, "mail=somebody%d%%40elsewhere.test", i);
        assert_int_equal(browser_post(&one, "/sign-in", form), 200);
    }
    one.extra = "X-Forwarded-For: 10.8.8.8, 192.0.2.7\r\n"; /* what clients write is in front */
    assert_int_equal(browser_post(&one, "/sign-in", "mail=anna%40univ.test"), 429);
    assert_has(one.answer, "Retry-After: ");
    assert_int_equal(letters_of(house).count, 0);
    /* who signed in there before is not held up by the others of a network */
    struct link_id known = {{7}};
    link_write_for(&house->keys, LINK_KNOWN, &known, "anna@univ.test", one.known);
    assert_int_equal(browser_post(&one, "/sign-in", "mail=anna%40univ.test"), 200);
    assert_int_equal(letters_of(house).count, 1);
    one.known[0] = 0;
    /* some web servers add a line of their own: theirs is the last */
    one.extra = "X-Forwarded-For: 10.7.7.7\r\nX-Forwarded-For: 192.0.2.7\r\n";
    assert_int_equal(browser_post(&one, "/sign-in", "mail=anna%40univ.test"), 429);
    one.extra = "X-Forwarded-For: 192.0.2.8\r\n";
    assert_int_equal(browser_post(&one, "/sign-in", "mail=anna%40univ.test"), 200);
    one.extra = "X-Forwarded-For: 2001:db8::1\r\n";
    for (int i = 0; i < 3; i++) {
        char form[64];
        snprintf(form, sizeof form, "mail=x%d%%40elsewhere.test", i);
        assert_int_equal(browser_post(&one, "/sign-in", form), 200);
    }
    one.extra = "X-Forwarded-For: 2001:db8::ffff:1\r\n"; /* the same network */
    assert_int_equal(browser_post(&one, "/sign-in", "mail=x%40elsewhere.test"), 429);
    one.extra = NULL; /* not known: not counted, since it would be everybody */
    assert_int_equal(browser_post(&one, "/sign-in", "mail=y%40elsewhere.test"), 200);
    browser_free(&one);
    house_close(house);
}

static const char campus[] = "X-Forwarded-For: 192.0.2.7\r\n";

/* A house behind a web server that says which client it is, where three people of a network may be awaited.
 */
static struct house *open_behind_web_server(void)
{
    static const char *const trusted[] = {"127.0.0.0/8", NULL};
    struct house *house = house_open();
    http_close(house->http);
    house->options.trusted = trusted;
    house->options.client_address_header = "X-Forwarded-For";
    house->options.sign_ins_per_address = 3;
    house->options.sign_ins_per_address_most = 12;
    house_open_http(house);
    return house;
}

/* Asks in that browser, of the campus; the status. */
static int ask(struct browser *browser, const char *name)
{
    char form[96];
    snprintf(form, sizeof form, "mail=%s%%40univ.test", name);
    browser->extra = campus;
    return browser_post(browser, "/sign-in", form);
}

/* The same in a browser that nobody used before. */
static int ask_anew(struct house *house, const char *name)
{
    struct browser browser = {.house = house};
    int status = ask(&browser, name);
    browser_free(&browser);
    return status;
}

/* Others of the network ask for three people, who never follow their links. */
static void flood(struct house *house)
{
    assert_int_equal(ask_anew(house, "p1"), 200);
    house->now_ms += 60 * 1000;
    assert_int_equal(ask_anew(house, "p2"), 200);
    assert_int_equal(ask_anew(house, "p3"), 200);
}

/* Thousands of people behind one address: whoever follows the link, or asks twice, takes no room. */
TEST(sign_in__ask__a_whole_network__holds_up_nobody_while_people_sign_in)
{
    struct house *house = open_behind_web_server();
    char name[16];
    for (int i = 0; i < 12; i++) {
        struct browser browser = {.house = house};
        snprintf(name, sizeof name, "q%d", i);
        assert_int_equal(ask_anew(house, name), 200);
        assert_int_equal(ask(&browser, name), 200);
        assert_int_equal(browser_post(&browser, letter_path(house), ""), 303);
        browser_free(&browser);
    }
    flood(house);
    assert_int_equal(ask_anew(house, "p2"), 200); /* is one of the three */
    assert_int_equal(ask_anew(house, "p4"), 429);
    house_close(house);
}

TEST(sign_in__ask__a_flooded_network__whoever_signed_in_before_gets_a_letter)
{
    struct house *house = open_behind_web_server();
    struct browser anna = {.house = house}, phone = {.house = house}, bob = {.house = house};
    ask(&anna, "anna");
    assert_int_equal(browser_post(&anna, letter_path(house), ""), 303);
    house->now_ms += (int64_t)7200 * 1000;
    flood(house);
    house->now_ms += 60 * 1000;
    int letters = letters_of(house).count;
    /* the same page for both: it must not tell who is known here */
    assert_int_equal(ask(&bob, "bob0"), 429);
    assert_has(bob.body, "Very many sign-in links");
    assert_has(bob.answer, "Retry-After: 3480\r\n"); /* an hour after the first of the three */
    assert_has(bob.body, "58 min");
    assert_int_equal(letters_of(house).count, letters);
    assert_int_equal(ask(&phone, "anna"), 429);
    assert_int_equal(letters_of(house).count, letters + 1);
    char *told = strstr(phone.body, "anna@univ.test"), *other = strstr(bob.body, "bob0@univ.test");
    assert_non_null(told);
    assert_non_null(other);
    assert_string_equal(told + 4, other + 4);
    assert_int_equal(browser_post(&phone, letter_path(house), ""), 303);
    /* those who are told to wait do not make others wait longer */
    for (int i = 0; i < 3; i++)
        ask_anew(house, "bob0");
    house->now_ms += (int64_t)3481 * 1000;
    assert_int_equal(ask(&bob, "bob0"), 200);
    assert_int_equal(letters_of(house).count, letters + 2);
    browser_free(&anna);
    browser_free(&phone);
    browser_free(&bob);
    house_close(house);
}

TEST(sign_in__ask__a_flooded_network__has_an_end_but_for_known_browsers)
{
    struct house *house = open_behind_web_server();
    struct browser anna = {.house = house}, phone = {.house = house};
    ask(&anna, "anna");
    assert_int_equal(browser_post(&anna, letter_path(house), ""), 303);
    for (int i = 0; i < 12; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        ask_anew(house, name);
        house->now_ms += 1000;
    }
    int letters = letters_of(house).count;
    assert_int_equal(ask(&phone, "anna"), 429);
    assert_has(phone.body, "Please wait a little");
    assert_has(phone.body, "1 h"); /* 59 min 48 s, in whole minutes */
    assert_has(phone.answer, "Retry-After: 3588\r\n");
    assert_int_equal(letters_of(house).count, letters);
    assert_int_equal(ask(&anna, "anna"), 200);
    assert_int_equal(letters_of(house).count, letters + 1);
    browser_free(&anna);
    browser_free(&phone);
    house_close(house);
}

/* Somebody who goes through a list of people in one browser is told so, and the network has its room. */
TEST(sign_in__ask__for_many_in_one_browser__is_that_browser_s_own_affair)
{
    struct house *house = open_behind_web_server();
    struct browser eve = {.house = house};
    http_close(house->http);
    house->options.sign_ins_per_browser = 2;
    house_open_http(house);
    assert_int_equal(ask(&eve, "p1"), 200);
    assert_int_equal(ask(&eve, "p2"), 200);
    assert_int_equal(ask(&eve, "p1"), 200); /* again is no other */
    assert_int_equal(ask(&eve, "p3"), 429);
    assert_has(eve.body, "in this browser");
    assert_has(eve.answer, "Retry-After: 3600\r\n");
    assert_int_equal(letters_of(house).count, 3);
    assert_int_equal(ask_anew(house, "p4"), 200);
    house->now_ms += (int64_t)3601 * 1000;
    assert_int_equal(ask(&eve, "p3"), 200);
    browser_free(&eve);
    house_close(house);
}

TEST(session__ended__what_was_typed_comes_back_after_signing_in)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char form[300];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    snprintf(form, sizeof form,
             "csrf=%s&form=abc&subject=Th%%C3%%A8se+%%3Cb%%3E&date=2026-12-24&time=10%%3A15"
             "&length=60&guests=zoe%%40elsewhere.test",
             browser_csrf(&anna));
    house->now_ms += (int64_t)3601 * 1000;
    assert_int_equal(browser_post(&anna, "/meetings", form), 401);
    assert_has(anna.body, "What you typed is kept");
    assert_has(anna.body, "/sign-in?next=%2Fmeetings%2Fnew%3Fkept%3D1");
    struct browser eve = {.house = house};
    browser_sign_in(&eve, "eve@univ.test", "Eve"); /* at the same machine */
    snprintf(eve.asker, sizeof eve.asker, "%s", anna.asker);
    assert_int_equal(browser_get(&eve, "/meetings/new?kept=1"), 200);
    assert_has_not(eve.body, "zoe@elsewhere.test");
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/meetings/new?kept=1"), 200);
    assert_has(anna.body, "this is what you had typed");
    assert_has(anna.body, "value=\"Thèse &lt;b&gt;\"");
    assert_has(anna.body, "zoe@elsewhere.test");
    assert_has(anna.body, "value=\"2026-12-24\"");
    assert_int_equal(letters_of(house).count, 0); /* nothing was booked by itself */
    browser_get(&anna, "/meetings/new");
    assert_has_not(anna.body, "zoe@elsewhere.test");
    browser_free(&anna);
    browser_free(&eve);
    house_close(house);
}

/* Where the page leads that says that the session has ended. */
static void kept_page(const struct browser *browser, char *page, size_t size)
{
    const char *at = strstr(browser->body, "/sign-in?next=");
    struct form form;
    struct arena arena = {0};
    assert_non_null(at);
    at += strlen("/sign-in?");
    assert_true(form_read(&form, &arena, at, strcspn(at, "\"")));
    snprintf(page, size, "%s", form_get(&form, "next"));
    arena_free(&arena);
}

/* Wherever the page promises it, not in the booking's form alone. */
TEST(session__ended__every_form_comes_back_as_it_was_left)
{
    static const struct {
        bool of_meeting;
        const char *page, *fields, *shown;
    } forms[] = {
        {true, "/cancel", "reason=Ill+%3C3", ">Ill &lt;3</textarea>"},
        {true, "/end", "words=Fire+%3C3", ">Fire &lt;3</textarea>"},
        {true, "/hand-over", "mail=omar%40elsewhere.test", "value=\"omar@elsewhere.test\""},
        {true, "/attendees", "people=zoe%40elsewhere.test&role=moderator", ">zoe@elsewhere.test</textarea>"},
        {true, "/say", "words=Back+at+5+%3C3", ">Back at 5 &lt;3</textarea>"},
        {false, "/settings/deputies", "deputy=zoe%40elsewhere", "value=\"zoe@elsewhere\""},
        {false, "/settings",
         "language=fr&tz=Asia%2FTokyo&answer_mails=", "<option selected>Asia/Tokyo</option>"},
        {false, "/settings",
         "language=fr&tz=Asia%2FTokyo&answer_mails=", "<option value=\"fr\" lang=\"fr\" selected>"},
    };
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -60, 7L * 86400));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char page[96], form[200], there[200];
        snprintf(page, sizeof page, "%s%s%s", forms[i].of_meeting ? "/meetings/" : "",
                 forms[i].of_meeting ? ref : "", forms[i].page);
        browser_sign_in(&anna, "anna@univ.test", "Anna");
        snprintf(form, sizeof form, "csrf=%s&form=%zu&%s", browser_csrf(&anna), i, forms[i].fields);
        house->now_ms += (int64_t)3601 * 1000;
        assert_int_equal(browser_post(&anna, page, form), 401);
        assert_has(anna.body, "What you typed is kept");
        kept_page(&anna, there, sizeof there);
        browser_sign_in(&anna, "anna@univ.test", "Anna");
        assert_int_equal(browser_get(&anna, there), 200);
        assert_has(anna.body, forms[i].shown);
    }
    browser_free(&anna);
    house_close(house);
}

/* A button has nothing to keep: signing in leads to the page that it is on. */
TEST(session__ended__buttons_are_found_again)
{
    static const char *const acts[][3] = {
        {"/meetings/AAAAAAAAAAA/extend", "minutes=15", "/meetings/AAAAAAAAAAA"},
        {"/meetings/AAAAAAAAAAA/attendees/BBBBBBBBBBB/role", "role=guest", "/meetings/AAAAAAAAAAA"},
        {"/meetings/AAAAAAAAAAA/attendees/BBBBBBBBBBB/resend", "x=", "/meetings/AAAAAAAAAAA"},
        {"/settings/deputies/remove", "deputy=zoe%40univ.test", "/settings"},
        {"/settings/feed", "x=", "/settings"},
    };
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char there[200];
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        browser_sign_in(&anna, "anna@univ.test", "Anna");
        const char *form = arena_printf(&arena, "csrf=%s&%s", browser_csrf(&anna), acts[i][1]);
        house->now_ms += (int64_t)3601 * 1000;
        assert_int_equal(browser_post(&anna, acts[i][0], form), 401);
        assert_has(anna.body, "Nothing was stored: you are signed out.");
        kept_page(&anna, there, sizeof there);
        assert_string_equal(there, acts[i][2]);
    }
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

/* Signed out and in again in another tab, while the form stood open in this one. */
/* Who presses enter in the address of a page that refused a form, or guesses one. */
TEST(post__address_of_a_form__opened__shows_the_page_that_it_is_on)
{
    static const char *const pages[][2] = {
        {"/meetings", "/meetings/new"},
        {"/meetings/AAAAAAAAAAA/say", "/meetings/AAAAAAAAAAA"},
        {"/meetings/AAAAAAAAAAA/attendees/BBBBBBBBBBB/role", "/meetings/AAAAAAAAAAA"},
        {"/settings/deputies", "/settings"},
        {"/sign-out", "/"},
    };
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        assert_int_equal(browser_get(&anna, pages[i][0]), 303);
        assert_string_equal(browser_location(&anna), pages[i][1]);
    }
    assert_int_equal(browser_get(&anna, "/"), 200); /* still signed in */
    browser_free(&anna);
    house_close(house);
}

TEST(session__another__what_was_typed_can_be_sent_once_more)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char form[300], token[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    snprintf(form, sizeof form, "csrf=%s&form=abc&mail=omar%%40elsewhere.test&note=%%3C3",
             browser_csrf(&anna));
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    snprintf(token, sizeof token, "name=\"csrf\" value=\"%s\"", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/settings", form), 403);
    assert_has(anna.body, "you have signed in anew since this page was opened. What you typed is kept here");
    assert_has(anna.body, "<form id=\"again\" method=\"post\" action=\"/settings\">");
    assert_has(anna.body, token);
    assert_has(anna.body, "name=\"mail\" value=\"omar@elsewhere.test\"");
    assert_has(anna.body, "name=\"note\" value=\"&lt;3\"");
    browser_free(&anna);
    house_close(house);
}

/* What one person typed is nobody else's to send, and no page puts it into another's hands. */
TEST(session__another__of_somebody_else__nothing_comes_back)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, eve = {.house = house};
    char form[300];
    browser_sign_in(&eve, "eve@univ.test", "Eve");
    snprintf(form, sizeof form, "csrf=%s&form=abc&guests=zoe%%40elsewhere.test", browser_csrf(&eve));
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(browser_post(&anna, "/meetings", form), 403);
        assert_has(anna.body, "somebody else was signed in, or nobody");
        assert_has(anna.body, "href=\"/meetings/new\">Open it again</a>");
        assert_has_not(anna.body, "zoe@elsewhere.test");
        form[10] = form[10] == 'A' ? 'B' : 'A'; /* nobody's token */
    }
    assert_int_equal(letters_of(house).count, 0);
    browser_free(&anna);
    browser_free(&eve);
    house_close(house);
}

TEST(session__ended__strangers_keep_nothing)
{
    struct house *house = house_open();
    struct browser eve = {.house = house};
    assert_int_equal(browser_post(&eve, "/meetings", "csrf=AAAA&subject=x"), 401);
    assert_has(eve.body, "Nothing was stored");
    assert_has_not(eve.answer, "jmb_browser");
    browser_free(&eve);
    house_close(house);
}

TEST(session__sign_out_everywhere__ends_the_other_browsers_too)
{
    struct house *house = house_open();
    struct browser one = {.house = house}, two = {.house = house};
    char form[80];
    browser_sign_in(&one, "anna@univ.test", "Anna");
    browser_sign_in(&two, "anna@univ.test", "Anna");
    snprintf(form, sizeof form, "everywhere=yes&csrf=%s", browser_csrf(&one));
    assert_int_equal(browser_post(&one, "/sign-out", form), 303);
    assert_int_equal(browser_get(&two, "/"), 303);
    browser_free(&one);
    browser_free(&two);
    house_close(house);
}

TEST(session__sign_out__goes_on_to_the_logout_url)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char form[80];
    http_close(house->http);
    house->options.logout_url = "https://sso.test/logout?service=x";
    house_open_http(house);
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    browser_get(&anna, "/");
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/sign-out", form), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)),
                     200); /* a page of ours: the form ends here */
    assert_has(anna.answer, "Refresh: 0; url=https://sso.test/logout?service=x\r\n");
    assert_has(anna.body, "href=\"https://sso.test/logout?service=x\">Go on</a>");
    assert_int_equal(browser_get(&anna, "/signed-out"), 200); /* where that may lead back to: no circle */
    assert_has_not(anna.answer, "Refresh: ");
    browser_free(&anna);
    house_close(house);
}

TEST(may_book__others__see_the_list_and_no_form)
{
    struct house *house = house_open();
    struct browser zoe = {.house = house};
    char form[80];
    http_close(house->http);
    house->options.may_book = MAY_BOOK_DIRECTORY;
    house_open_http(house);
    browser_sign_in(&zoe, "zoe@univ.test", "Zoe");
    assert_int_equal(browser_get(&zoe, "/meetings/new"), 200);
    struct person person = {.mail = "zoe@univ.test"};
    int64_t id;
    store_put_person(house->store, &person, house_seconds(house), &id);
    assert_int_equal(browser_get(&zoe, "/"), 200);
    assert_has_not(zoe.body, "/meetings/new");
    assert_int_equal(browser_get(&zoe, "/meetings/new"), 403);
    assert_has(zoe.body, "You cannot book meetings here");
    snprintf(form, sizeof form, "csrf=%s&subject=x", browser_csrf(&zoe));
    assert_int_equal(browser_post(&zoe, "/meetings", form), 403);
    browser_free(&zoe);
    house_close(house);
}

TEST(session__cookie__forged_or_expired_is_nobody)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    assert_int_equal(browser_get(&anna, "/"), 200);
    char good[64];
    snprintf(good, sizeof good, "%s", anna.session);
    anna.session[5] ^= 1;
    assert_int_equal(browser_get(&anna, "/"), 303);
    snprintf(anna.session, sizeof anna.session, "%s", good);
    house->now_ms += (int64_t)3601 * 1000;
    assert_int_equal(browser_get(&anna, "/"), 303);
    browser_free(&anna);
    house_close(house);
}

TEST(session__sign_out__ends_it_here_and_in_the_store)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    char form[80], before[64];
    snprintf(before, sizeof before, "%s", anna.session);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, "/sign-out", "csrf=wrong"), 403);
    assert_int_equal(browser_post(&anna, "/sign-out", form), 303);
    assert_has(anna.answer, "jmb_session=; Path=/; Max-Age=0");
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "You are signed out.");
    snprintf(anna.session, sizeof anna.session, "%s", before);
    assert_int_equal(browser_get(&anna, "/"), 303);
    browser_free(&anna);
    house_close(house);
}

TEST(post__token__missing_or_of_another_session_stores_nothing)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, eve = {.house = house};
    char path[64], form[80];
    browser_sign_in(&anna, "anna@univ.test", "Anna");
    browser_sign_in(&eve, "eve@univ.test", "Eve");
    snprintf(path, sizeof path, "/meetings/%s/cancel", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_post(&anna, path, ""), 403);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&eve));
    assert_int_equal(browser_post(&anna, path, form), 403);
    assert_has(anna.body, "Nothing was stored");
    snprintf(form, sizeof form, "csrf=%s", anna.session); /* the cookie itself is no token */
    assert_int_equal(browser_post(&anna, path, form), 403);
    struct browser nobody = {.house = house};
    assert_int_equal(browser_post(&nobody, path, form), 401);
    snprintf(form, sizeof form, "csrf=%s", browser_csrf(&anna));
    assert_int_equal(browser_post(&anna, path, form), 303);
    browser_free(&anna);
    browser_free(&eve);
    browser_free(&nobody);
    house_close(house);
}

TEST(post__origin__only_the_sites_own)
{
    struct house *house = house_open();
    struct browser anna = {.house = house, .extra = "Origin: http://evil.test\r\n"};
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    anna.extra = "Origin: null\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    anna.extra = "Origin: http://jmb.test.evil.test\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 403);
    assert_int_equal(letters_of(house).count, 0);
    anna.extra = "Origin: http://jmb.test\r\n";
    assert_int_equal(browser_post(&anna, "/sign-in", "mail=anna%40univ.test"), 200);
    browser_free(&anna);
    house_close(house);
}

/* A request on the admin's socket; the answer is to be freed. */
static char *admin_ask(struct house *house, const char *method, const char *path, const char *body)
{
    struct text request = {0}, answer = {0};
    text_addf(&request, "%s %s HTTP/1.1\r\nHost: jmb\r\nConnection: close\r\n", method, path);
    if (body)
        text_addf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    text_addf(&request, "\r\n%s", body ? body : "");
    int fd = house_connect_admin(house);
    house_send(fd, text_string(&request));
    house_talk(house, fd, &answer);
    close(fd);
    text_free(&request);
    return answer.data;
}

TEST(admin__sign_in__makes_a_link_for_any_browser)
{
    struct house *house = house_open();
    struct browser anyone = {.house = house};
    char path[64];
    char *answer = admin_ask(house, "POST", "/sign-in", "{\"mail\":\"root@elsewhere.test\"}");
    const char *link = strstr(answer, "{\"link\":\"http://jmb.test/sign-in/");
    assert_non_null(link);
    snprintf(path, sizeof path, "/sign-in/%.32s", link + 33);
    assert_int_equal(letters_of(house).count, 0);
    assert_int_equal(browser_get(&anyone, path), 200);
    assert_int_equal(browser_post(&anyone, path, ""), 303);
    assert_int_equal(browser_get(&anyone, "/"), 200);
    free(answer);
    answer = admin_ask(house, "POST", "/sign-in", "{\"mail\":\"nobody\"}");
    assert_has(answer, "HTTP/1.1 422");
    free(answer);
    answer = admin_ask(house, "POST", "/sign-in", "[");
    assert_has(answer, "HTTP/1.1 422");
    free(answer);
    browser_free(&anyone);
    house_close(house);
}

TEST(admin__health__numbers_are_for_the_socket_only)
{
    struct house *house = house_open();
    struct browser nobody = {.house = house};
    house_book(house, "Weekly", 3600, 7200);
    char *answer = admin_ask(house, "GET", "/about/health", NULL);
    assert_has(answer, "\"status\":\"ok\"");
    assert_has(answer, "\"meetings\":1");
    free(answer);
    answer = admin_ask(house, "GET", "/metrics", NULL);
    assert_has(answer, "jmb_meetings 1\n");
    assert_has(answer, "jmb_letters_waiting ");
    free(answer);
    answer = admin_ask(house, "GET", "/", NULL);
    assert_has(answer, "HTTP/1.1 404");
    free(answer);
    assert_int_equal(browser_get(&nobody, "/about/health"), 200);
    assert_string_equal(nobody.body, "ok\n");
    assert_int_equal(browser_get(&nobody, "/metrics"), 404);
    browser_free(&nobody);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_in__link__opens_a_session_in_the_browser_that_asked),
        cmocka_unit_test(sign_in__link__another_browser_is_refused_and_uses_nothing_up),
        cmocka_unit_test(sign_in__link__old_forged_or_cut_is_gone),
        cmocka_unit_test(sign_in__ask__strangers_see_the_same_page_and_get_no_letter),
        cmocka_unit_test(sign_in__ask__a_stranger_costs_the_same_work_and_gets_the_same_answer),
        cmocka_unit_test(sign_in__ask__people_of_the_directory_may_from_anywhere),
        cmocka_unit_test(sign_in__ask__what_is_no_address_comes_back_with_the_error),
        cmocka_unit_test(sign_in__next__only_paths_of_this_site),
        cmocka_unit_test(session__cookie__forged_or_expired_is_nobody),
        cmocka_unit_test(session__sign_out__ends_it_here_and_in_the_store),
        cmocka_unit_test(post__token__missing_or_of_another_session_stores_nothing),
        cmocka_unit_test(post__origin__only_the_sites_own),
        cmocka_unit_test(admin__sign_in__makes_a_link_for_any_browser),
        cmocka_unit_test(admin__health__numbers_are_for_the_socket_only),
        cmocka_unit_test(sign_in__code__signs_in_the_browser_that_asked_and_no_other),
        cmocka_unit_test(sign_in__code__what_is_none_and_too_many_tries),
        cmocka_unit_test(sign_in__ask__too_often_for_one_person__the_same_page_and_no_letter),
        cmocka_unit_test(sign_in__ask__strangers__take_no_letter_from_a_browser_that_signed_in_before),
        cmocka_unit_test(sign_in__ask__strangers__took_all_letters__their_codes_let_her_in),
        cmocka_unit_test(sign_in__ask__too_often_from_one_client__is_refused_for_known_and_unknown),
        cmocka_unit_test(sign_in__ask__a_whole_network__holds_up_nobody_while_people_sign_in),
        cmocka_unit_test(sign_in__ask__a_flooded_network__whoever_signed_in_before_gets_a_letter),
        cmocka_unit_test(sign_in__ask__a_flooded_network__has_an_end_but_for_known_browsers),
        cmocka_unit_test(sign_in__ask__for_many_in_one_browser__is_that_browser_s_own_affair),
        cmocka_unit_test(session__ended__what_was_typed_comes_back_after_signing_in),
        cmocka_unit_test(session__ended__every_form_comes_back_as_it_was_left),
        cmocka_unit_test(session__ended__buttons_are_found_again),
        cmocka_unit_test(post__address_of_a_form__opened__shows_the_page_that_it_is_on),
        cmocka_unit_test(session__another__what_was_typed_can_be_sent_once_more),
        cmocka_unit_test(session__another__of_somebody_else__nothing_comes_back),
        cmocka_unit_test(session__ended__strangers_keep_nothing),
        cmocka_unit_test(session__sign_out_everywhere__ends_the_other_browsers_too),
        cmocka_unit_test(session__sign_out__goes_on_to_the_logout_url),
        cmocka_unit_test(may_book__others__see_the_list_and_no_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
