/* Editing a meeting and its people on pages: what is stored, what is refused, what comes back. */
#include "tests/http/house.h"

#include "sql/store_changes.h"
#include "sql/store_directory.h"

static int post(struct browser *browser, const char *path, const char *fields)
{
    struct text form = {0};
    text_addf(&form, "csrf=%s&%s", browser_csrf(browser), fields);
    int status = browser_post(browser, path, text_string(&form));
    text_free(&form);
    return status;
}

static const char *path_of(const char *ref, const char *rest)
{
    static char path[160];
    snprintf(path, sizeof path, "/meetings/%s%s", ref, rest);
    return path;
}

/* One of the people, its ref too: it lives until the next call. */
static struct attendee attendee_by(struct house *house, const char *ref, const char *mail)
{
    static char attendee_ref[32];
    struct arena arena = {0};
    struct attendee attendee;
    struct meeting meeting;
    assert_int_equal(
        store_get_attendee(house->store, house_find(house, ref, mail).id, &arena, &attendee, &meeting), 1);
    snprintf(attendee_ref, sizeof attendee_ref, "%s", attendee.ref);
    attendee.ref = attendee_ref;
    attendee.mail = attendee.name = attendee.comment = NULL;
    arena_free(&arena);
    return attendee;
}

static const char *person_path(struct house *house, const char *ref, const char *mail, const char *act)
{
    static char path[200];
    snprintf(path, sizeof path, "/meetings/%s/attendees/%s/%s", ref, attendee_by(house, ref, mail).ref, act);
    return path;
}

static struct meeting read_meeting(struct house *house, const char *ref, struct arena *arena)
{
    struct meeting meeting;
    assert_int_equal(store_find_meeting(house->store, ref, arena, &meeting), 1);
    return meeting;
}

#define PEOPLE "&guests=gaelle%40univ.test&moderators=michel%40univ.test&form=form-"
#define AT "&date=2026-12-02&time=09:00&length=60&tz=Europe/Paris"

TEST(edit__form__is_filled_with_what_is_booked)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "d'équipe <b>", 3600, 7200));
    assert_int_equal(browser_get(&anna, path_of(ref, "/edit")), 200);
    assert_has(anna.body, "value=\"d&#39;équipe &lt;b&gt;\"");
    assert_has(anna.body, "<input type=\"hidden\" name=\"revision\" value=\"0\">");
    assert_has(anna.body, "michel@univ.test");
    assert_has(anna.body, ">Save</button>"); /* no invitation has left yet */
    assert_has(anna.body, "data-found=\"{count} found\"");
    assert_null(strstr(anna.body, "You are signed in again"));
    browser_free(&anna);
    house_close(house);
}

TEST(edit__post__changes_it_and_says_what_was_changed)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=0&subject=Monthly" AT PEOPLE "1"), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The changes are stored.");
    assert_has(anna.body, "Wednesday 2 December 2026, 09:00–10:00");
    assert_has(anna.body, "changed the subject: Weekly → Monthly");
    assert_has(anna.body, "moved the start");
    assert_has(anna.body, "removed ");
    struct meeting meeting = read_meeting(house, ref, &arena);
    assert_string_equal(meeting.subject, "Monthly");
    assert_int_equal(meeting.revision, 1);
    /* a double click */
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=0&subject=Monthly" AT PEOPLE "1"), 303);
    assert_int_equal(read_meeting(house, ref, &arena).revision, 1);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(edit__post__somebody_was_quicker__is_told_and_keeps_what_was_typed)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=0&subject=First" AT PEOPLE "1"), 303);
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=0&subject=Second" AT PEOPLE "2"), 409);
    assert_has(anna.body, "Somebody changed this meeting meanwhile");
    assert_has(anna.body, "changed the subject: Weekly → First");
    assert_has(anna.body, "value=\"Second\"");
    assert_has(anna.body, "name=\"revision\" value=\"1\"");
    assert_string_equal(read_meeting(house, ref, &arena).subject, "First");
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=1&subject=Second" AT PEOPLE "2"), 303);
    assert_string_equal(read_meeting(house, ref, &arena).subject, "Second");
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

/* --------------------------------------------------------------------------- two who edit at the same time
 */

/* A textarea of the page shown, as a browser sends it back. */
static const char *sent_back(const struct browser *browser, const char *name, struct arena *arena)
{
    static const char *const escaped[][2] = {
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    struct text text = {0};
    const char *at = strstr(browser->body, arena_printf(arena, " name=\"%s\"", name));
    assert_non_null(at);
    at = strchr(at, '>') + 1;
    const char *end = strstr(at, "</textarea>");
    text_addf(&text, "&%s=", name);
    while (at < end) {
        size_t i = 0;
        while (i < 5 && strncmp(at, escaped[i][0], strlen(escaped[i][0])) != 0)
            i++;
        text_addf(&text, "%%%02X", (unsigned char)(i < 5 ? *escaped[i][1] : *at));
        at += i < 5 ? strlen(escaped[i][0]) : 1;
    }
    const char *copy = arena_dup(arena, text_string(&text));
    text_free(&text);
    return copy;
}

/* Saves a form that was made from revision 0, after somebody else was quicker; then what came back. */
static void save_late(struct browser *browser, const char *ref, const char *people)
{
    struct text fields = {0};
    text_addf(&fields, "revision=0&form=late&subject=Weekly%s" AT, people);
    assert_int_equal(post(browser, path_of(ref, ""), text_string(&fields)), 409);
    text_free(&fields);
}

static void save_again(struct browser *browser, const char *ref, struct arena *arena)
{
    const char *guests = sent_back(browser, "guests", arena),
               *moderators = sent_back(browser, "moderators", arena);
    const char *fields = arena_printf(arena, "revision=%s&form=late&subject=Weekly" AT "%s%s",
                                      browser_hidden(browser, "revision"), guests, moderators);
    assert_int_equal(post(browser, path_of(ref, ""), fields), 303);
}

static bool is_invited(struct house *house, const char *ref, const char *mail)
{
    return house_find(house, ref, mail).id != 0; /* the roster has no removed ones */
}

#define BOOKED_PEOPLE "&guests=gaelle%40elsewhere.test%0Aomar%40elsewhere.test&moderators=michel%40univ.test"

TEST(edit__stale__whom_the_other_added_is_in_the_form_and_stays)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, "/attendees"),
                          "people=%22Zo%C3%A9%2C+d%27Arc%22+%3Czoe%40elsewhere.test%3E"),
                     303);
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=max%40univ.test&role=moderator"), 303);
    save_late(&anna, ref, BOOKED_PEOPLE);
    assert_has(anna.body, "Zoé, d&#39;Arc is among the guests below.");
    assert_has(anna.body, "max@univ.test is among the moderators below.");
    assert_has(anna.body, "but for the people named here");
    assert_has(anna.body, "gaelle@elsewhere.test\nomar@elsewhere.test\n"); /* as it was typed */
    save_again(&anna, ref, &arena);
    assert_int_equal(attendee_by(house, ref, "zoe@elsewhere.test").role, ROLE_GUEST);
    assert_int_equal(attendee_by(house, ref, "max@univ.test").role, ROLE_MODERATOR);
    assert_true(is_invited(house, ref, "omar@elsewhere.test"));
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(edit__stale__whom_the_other_removed_or_promoted_is_so_in_the_form)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, person_path(house, ref, "omar@elsewhere.test", "remove"), ""), 303);
    assert_int_equal(post(&anna, person_path(house, ref, "gaelle@elsewhere.test", "role"), "role=moderator"),
                     303);
    save_late(&anna, ref, BOOKED_PEOPLE "&guests_wait=no");
    assert_has(anna.body, "omar@elsewhere.test is no longer in the form below.");
    assert_has(anna.body, "Gaëlle Guérin is among the moderators below.");
    save_again(&anna, ref, &arena);
    assert_false(is_invited(house, ref, "omar@elsewhere.test"));
    assert_int_equal(attendee_by(house, ref, "gaelle@elsewhere.test").role, ROLE_MODERATOR);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(edit__stale__where_both_decided__the_word_of_who_saves_stays)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, person_path(house, ref, "gaelle@elsewhere.test", "role"), "role=moderator"),
                     303);
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=zoe%40elsewhere.test"), 303);
    /* came and went meanwhile */
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=guy%40elsewhere.test"), 303);
    assert_int_equal(post(&anna, person_path(house, ref, "guy@elsewhere.test", "remove"), ""), 303);
    /* went and came back meanwhile, and is taken out by who saves */
    assert_int_equal(post(&anna, person_path(house, ref, "omar@elsewhere.test", "remove"), ""), 303);
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=omar%40elsewhere.test"), 303);
    save_late(&anna, ref, "&guests=&moderators=michel%40univ.test%0Azoe%40elsewhere.test");
    assert_has_not(anna.body, "in the form below.");
    assert_has_not(anna.body, "among the guests below.");
    assert_has(anna.body, "The form below is as you typed it: take over");
    save_again(&anna, ref, &arena);
    assert_false(is_invited(house, ref, "gaelle@elsewhere.test"));
    assert_false(is_invited(house, ref, "omar@elsewhere.test"));
    assert_false(is_invited(house, ref, "guy@elsewhere.test"));
    assert_int_equal(attendee_by(house, ref, "zoe@elsewhere.test").role, ROLE_MODERATOR);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(edit__stale__many_acts_later__all_whom_it_concerns_are_named)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64], fields[300];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=zoe%40elsewhere.test"), 303);
    for (int i = 1; i <= 25; i++) {
        snprintf(fields, sizeof fields,
                 "revision=%d&form=f%d&subject=Name+%d" AT
                 "&moderators=michel%%40univ.test&guests=zoe%%40elsewhere.test,gaelle%%40elsewhere.test,omar%"
                 "%40elsewhere.test",
                 i, i, i);
        assert_int_equal(post(&anna, path_of(ref, ""), fields), 303);
    }
    save_late(&anna, ref, BOOKED_PEOPLE);
    assert_has(anna.body, "Name 24 → Name 25");
    assert_has_not(anna.body, "Name 2 → Name 3");
    assert_has(anna.body, "zoe@elsewhere.test is among the guests below.");
    browser_free(&anna);
    house_close(house);
}

static int64_t make_deputy(struct house *house, const char *whom, const char *deputy)
{
    struct arena arena = {0};
    struct person principal, person;
    assert_true(store_find_person(house->store, whom, &arena, &principal) > 0);
    assert_true(store_find_person(house->store, deputy, &arena, &person) > 0);
    assert_true(store_add_deputy(house->store, &principal, &person, house_seconds(house)) > 0);
    arena_free(&arena);
    return principal.id;
}

TEST(edit__stale__handed_over_meanwhile__who_was_organiser_stays_a_moderator)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, michel = {.house = house}, dora = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    browser_sign_in(&dora, "dora@univ.test", "Dora");
    make_deputy(house, "anna@univ.test", "dora@univ.test");
    make_deputy(house, "michel@univ.test", "dora@univ.test");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, "/hand-over"), "mail=michel%40univ.test"), 303);
    save_late(&dora, ref, BOOKED_PEOPLE);
    assert_has(dora.body, "Anna Arnould is among the moderators below.");
    save_again(&dora, ref, &arena);
    assert_int_equal(attendee_by(house, ref, "anna@univ.test").role, ROLE_MODERATOR);
    assert_int_equal(attendee_by(house, ref, "michel@univ.test").role, ROLE_ORGANISER);
    arena_free(&arena);
    browser_free(&anna);
    browser_free(&michel);
    browser_free(&dora);
    house_close(house);
}

/* ------------------------------------------------------------------------------------------- whom a name
 * means */

static void import_people(struct house *house)
{
    const char *aliases[] = {"m.martin@univ.test", "michel.martin@alumni.univ.test"};
    const struct directory_person michel = {.mail = "michel@univ.test",
                                            .uid = "mm",
                                            .name = "Michel Martin",
                                            .alias_count = 2,
                                            .aliases = aliases};
    enum imported how;
    const char *why = NULL;
    assert_int_equal(store_import_person(house->store, &michel, 1, house_seconds(house), &how, &why), 1);
    assert_int_equal(store_import_member(house->store, "Conseil", "m.martin@univ.test", NULL, 1, &how), 1);
    assert_int_equal(store_import_member(house->store, "Conseil", "noe@elsewhere.test", "Noé", 1, &how), 1);
    assert_int_equal(store_import_member(house->store, "Conseil", "anna@univ.test", NULL, 1, &how), 1);
    assert_true(store_commit(house->store) >= 0);
}

/* The ref of the meeting that the last answer leads to. */
static const char *booked_ref(const struct browser *browser)
{
    static char ref[64];
    const char *at = browser_location(browser) + strlen("/meetings/");
    snprintf(ref, sizeof ref, "%.*s", (int)strcspn(at, "?"), at);
    return ref;
}

TEST(book__alias__is_the_main_address)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    import_people(house);
    assert_int_equal(post(&anna, "/meetings", "subject=One&form=1&guests=M.Martin%40univ.test" AT), 303);
    const char *ref = booked_ref(&anna);
    assert_true(is_invited(house, ref, "michel@univ.test"));
    assert_false(is_invited(house, ref, "M.Martin@univ.test"));
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "Michel Martin");
    /* two of his addresses are one person, who cannot be both */
    assert_int_equal(post(&anna, "/meetings",
                          "subject=Two&form=2&anyway=yes&guests=m.martin%40univ.test"
                          "&moderators=michel.martin%40alumni.univ.test" AT),
                     422);
    assert_has(anna.body, "In both lists: michel@univ.test.");
    assert_has(anna.body, ">m.martin@univ.test</textarea>"); /* as it was typed */
    browser_free(&anna);
    house_close(house);
}

/* The directory may learn of an address after somebody was invited by it. */
TEST(alias__known_later__sees_the_meeting_once)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, michel = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    assert_int_equal(post(&anna, "/meetings", "subject=One&form=1&guests=M.Martin%40univ.test" AT), 303);
    struct arena arena = {0};
    const char *page = arena_printf(&arena, "/meetings/%s", booked_ref(&anna));
    assert_int_equal(post(&anna, "/meetings",
                          "subject=Two&form=2&anyway=yes&guests=michel%40univ.test,m.martin%40univ.test,"
                          "michel.martin%40alumni.univ.test" AT),
                     303);
    assert_int_equal(browser_get(&michel, page), 404);
    import_people(house);
    assert_int_equal(browser_get(&michel, page), 200);
    assert_has(michel.body, "One");
    assert_int_equal(browser_get(&michel, "/"), 200);
    assert_has(michel.body, ">One</bdi></a></h3>");
    const char *two = strstr(michel.body, ">Two</bdi></a></h3>");
    assert_non_null(two);
    assert_null(strstr(two + 1, ">Two</bdi></a></h3>"));
    arena_free(&arena);
    browser_free(&anna);
    browser_free(&michel);
    house_close(house);
}

/* Who is asked for it at the door finds it where the letter leads; whoever has the address for everybody does
 * not. */
TEST(password__of_the_room__is_told_to_the_invited)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, zoe = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    assert_int_equal(
        post(&anna, "/meetings", "subject=One&form=1&password=Sun+%3C7%3E&guests=zoe%40elsewhere.test" AT),
        303);
    const char *ref = booked_ref(&anna);
    assert_int_equal(browser_get(&anna, path_of(ref, "")), 200);
    assert_has(anna.body, "Password of the room: Sun &lt;7&gt;");
    assert_int_equal(browser_get(&zoe, house_link(house, LINK_INVITATION, ref, "zoe@elsewhere.test")), 200);
    assert_has(zoe.body, "Password of the room: Sun &lt;7&gt;");
    assert_int_equal(post(&anna, path_of(ref, "/cancel"), "reason=x"), 303);
    assert_int_equal(browser_get(&zoe, house_link(house, LINK_INVITATION, ref, "zoe@elsewhere.test")), 200);
    assert_has_not(zoe.body, "Sun &lt;7");
    browser_free(&anna);
    browser_free(&zoe);
    house_close(house);
}

/* Alice, Bob <b@...> is Outlook's way to write one person, or two of whom one has no address. */
TEST(book__name_with_a_comma__asks_once_whether_it_is_one_person)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    import_people(house);
    const char *asked = "Taken for the name of one person each: Alice, Bob &lt;b@elsewhere.test&gt;.";
    assert_int_equal(post(&anna, "/meetings",
                          "subject=One&form=1&guests=Conseil,+Zoe+%3Czoe%40elsewhere.test%3E;"
                          "+Alice,+Bob+%3Cb%40elsewhere.test%3E;+d%40elsewhere.test" AT),
                     422);
    assert_has(anna.body, asked);
    /* what it was taken for; a list is still one */
    assert_has(anna.body, ">Conseil, Zoe &lt;zoe@elsewhere.test&gt;\n&quot;Alice, Bob&quot; "
                          "&lt;b@elsewhere.test&gt;\nd@elsewhere.test\n</textarea>");
    assert_int_equal(post(&anna, "/meetings",
                          "subject=One&form=1&guests=Conseil,+Zoe+%3Czoe%40elsewhere.test%3E%0A%22Alice,"
                          "+Bob%22+%3Cb%40elsewhere.test%3E%0Ad%40elsewhere.test%0A" AT),
                     303);
    const char *ref = booked_ref(&anna);
    assert_true(is_invited(house, ref, "b@elsewhere.test"));
    assert_true(is_invited(house, ref, "noe@elsewhere.test"));
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "Alice, Bob");
    /* the form for one more asks, too; an edit does not ask again */
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=Alice,+Eve+%3Ce%40elsewhere.test%3E"),
                     422);
    assert_has(anna.body, "Alice, Eve &lt;e@elsewhere.test&gt;. Is that right?");
    assert_has(anna.body, "&quot;Alice, Eve&quot; &lt;e@elsewhere.test&gt;\n</textarea>");
    assert_int_equal(
        post(&anna, path_of(ref, "/attendees"), "people=%22Alice,+Eve%22+%3Ce%40elsewhere.test%3E"), 303);
    assert_int_equal(browser_get(&anna, path_of(ref, "/edit")), 200);
    assert_has(anna.body, "&quot;Alice, Bob&quot; &lt;b@elsewhere.test&gt;");
    /* the address says it, or the directory */
    assert_int_equal(
        post(&anna, "/meetings",
             "subject=Two&form=2&anyway=yes&guests=Dupont,+Zoe+%3Czoe.dupont%40elsewhere.test%3E;"
             "+Martin,+M.+%3Cmichel%40univ.test%3E" AT),
        303);
    browser_free(&anna);
    house_close(house);
}

TEST(book__list__is_its_members)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    import_people(house);
    assert_int_equal(post(&anna, "/meetings", "subject=One&form=1&guests=conseil%0Amichel%40univ.test" AT),
                     303);
    const char *ref = booked_ref(&anna);
    assert_true(is_invited(house, ref, "michel@univ.test"));
    assert_true(is_invited(house, ref, "noe@elsewhere.test"));
    assert_int_equal(attendee_by(house, ref, "anna@univ.test").role,
                     ROLE_ORGANISER); /* not invited to her own */
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "Michel Martin"); /* the directory's word */
    assert_has(anna.body, "Noé");           /* the list's */
    /* its name before a comma is no part of a person's name, in the form for one more too */
    assert_int_equal(
        post(&anna, "/meetings",
             "subject=Three&form=3&anyway=yes&guests=Conseil,+Zoe+%3Czoe%40elsewhere.test%3E" AT),
        303);
    ref = booked_ref(&anna);
    assert_true(is_invited(house, ref, "noe@elsewhere.test"));
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "Zoe");
    assert_null(strstr(anna.body, "Conseil"));
    assert_int_equal(
        post(&anna, "/meetings",
             "subject=Four&form=4&anyway=yes&chips=yes&guests=Dupont,+Zoe+%3Czoe%40elsewhere.test%3E" AT),
        303);
    ref = booked_ref(&anna);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "Dupont, Zoe");
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=zoe%40elsewhere.test"), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "That person is invited already.");
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=conseil"), 303);
    assert_true(is_invited(house, ref, "noe@elsewhere.test"));
    assert_int_equal(post(&anna, "/meetings", "subject=Two&form=2&anyway=yes&guests=Conseils" AT), 422);
    assert_has(anna.body, "Not a mail address: Conseils.");
    assert_has(anna.body, ">Conseils</textarea>");
    browser_free(&anna);
    house_close(house);
}

TEST(edit__while_it_runs__only_length_people_and_options)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -600, 3000));
    struct meeting before = read_meeting(house, ref, &arena);
    assert_int_equal(browser_get(&anna, path_of(ref, "/edit")), 200);
    assert_has(anna.body, "The meeting has begun");
    assert_null(strstr(anna.body, "name=\"date\""));
    assert_int_equal(post(&anna, path_of(ref, ""), "revision=0&subject=Other&length=90" PEOPLE "1"), 303);
    struct meeting meeting = read_meeting(house, ref, &arena);
    assert_string_equal(meeting.subject, "Weekly");
    assert_int_equal(meeting.starts_at, before.starts_at);
    assert_int_equal(meeting.ends_at, before.starts_at + 5400);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(edit__times_around_the_meeting__are_shown_and_stored)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct arena arena = {0};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_get(&anna, path_of(ref, "/edit")), 200);
    assert_has(anna.body, "value=\"5\" inputmode=\"numeric\"");  /* guests_before */
    assert_has(anna.body, "value=\"10\" inputmode=\"numeric\""); /* grace */
    assert_has(anna.body, "value=\"5m\"");                       /* room_reminders */
    const char *wrong = "revision=0&subject=Weekly&opens_before=5&guests_before=20" AT PEOPLE "1";
    assert_int_equal(post(&anna, path_of(ref, ""), wrong), 422);
    assert_has(anna.body,
               "Guests cannot come in before you and the moderators. Please write 5 minutes at most.");
    assert_has(anna.body, "<details open>");
    const char *good =
        "revision=0&subject=Weekly&opens_before=20&guests_before=20&grace=30&room_reminders=15m,0m" AT PEOPLE
        "1";
    assert_int_equal(post(&anna, path_of(ref, ""), good), 303);
    struct meeting meeting = read_meeting(house, ref, &arena);
    assert_int_equal(meeting.options.guests_before, 1200);
    assert_int_equal(meeting.options.grace, 1800);
    assert_int_equal(meeting.options.room_reminders[0], 900);
    assert_int_equal(meeting.options.room_reminders[1], 0);
    assert_int_equal(meeting.options.room_reminders[2], -1);
    arena_free(&arena);
    browser_free(&anna);
    house_close(house);
}

TEST(book__time_that_is_over__is_written_for_people)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    const char *fields = "subject=One&date=2020-01-02&time=09:00&length=60&tz=Europe/Paris&form=1";
    assert_int_equal(post(&anna, "/meetings", fields), 422);
    assert_has(
        anna.body,
        "Thu 2 Jan 2020 09:00 is over already. Please choose a time to come: it is Mon 30 Nov 13:00 now.");
    anna.extra = "Accept-Language: fr\r\n";
    assert_int_equal(post(&anna, "/meetings", fields), 422);
    assert_has(anna.body, "Ce moment est déjà passé\u202f: jeu. 2 janv. 2020 09:00.");
    browser_free(&anna);
    house_close(house);
}

TEST(book__at_the_time_of_another__asks_first)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    struct store_counts counts;
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    assert_int_equal(post(&anna, "/meetings", "subject=One" AT PEOPLE "1"), 303);
    assert_int_equal(post(&anna, "/meetings", "subject=Two" AT PEOPLE "2"), 422);
    assert_has(anna.body, "You have another meeting at that time");
    assert_has(anna.body, "<bdi>One</bdi>");
    assert_has(anna.body, "value=\"Two\"");
    assert_has(anna.body, "Book all the same");
    store_count(house->store, &counts);
    assert_int_equal(counts.meetings, 1);
    assert_int_equal(post(&anna, "/meetings", "anyway=yes&subject=Two" AT PEOPLE "2"), 303);
    browser_free(&anna);
    house_close(house);
}

TEST(book__at_the_time_of_an_invitation__asks_when_it_is_accepted)
{
    struct house *house = house_open();
    struct browser michel = {.house = house}, dora = {.house = house};
    char ref[64];
    browser_sign_in(&michel, "michel@univ.test", "Michel Martin");
    browser_sign_in(&dora, "dora@univ.test", "Dora");
    make_deputy(house, "michel@univ.test", "dora@univ.test");
    snprintf(ref, sizeof ref, "%s",
             house_book(house, "Seminar", 2 * 86400 - 4 * 3600, 2 * 86400));       /* to 13:00 in Paris */
    assert_int_equal(post(&michel, "/meetings", "subject=One" AT "&form=1"), 303); /* 09:00 */
    char own[64];
    snprintf(own, sizeof own, "%s", booked_ref(&michel));
    assert_true(store_answer(house->store, house_find(house, ref, "michel@univ.test").id, PARTSTAT_ACCEPTED,
                             NULL, house_seconds(house)) > 0);
    assert_int_equal(post(&michel, "/meetings",
                          "subject=Two&date=2026-12-02&time=12%3A00&length=60&tz=Europe%2FParis&form=2"),
                     422);
    assert_has(michel.body, "You have another meeting at that time");
    assert_has(michel.body, "<bdi>Seminar</bdi></a>");
    assert_has(michel.body, "(an invitation that is accepted)");
    /* A deputy learns that there is one, not which. */
    const char *move =
        "revision=0&subject=One&date=2026-12-02&time=12%3A00&length=60&tz=Europe%2FParis&form=3";
    assert_int_equal(post(&dora, path_of(own, ""), move), 422);
    assert_has(dora.body, "The organiser has another meeting at that time");
    assert_has(dora.body, "<bdi>A meeting of somebody else</bdi>");
    assert_has_not(dora.body, "Seminar");
    assert_has_not(dora.body, ref);
    browser_free(&michel);
    browser_free(&dora);
    house_close(house);
}

TEST(book__again__has_the_people_and_a_time_to_come)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64], path[96];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", -7200, -3600));
    snprintf(path, sizeof path, "/meetings/new?from=%s", ref);
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "value=\"Weekly\"");
    assert_has(anna.body, "value=\"2026-12-07\"");
    assert_has(anna.body, "michel@univ.test");
    assert_int_equal(browser_get(&anna, "/meetings/new?from=nothing"), 404);
    browser_free(&anna);
    house_close(house);
}

TEST(people__one_by_one__invited_promoted_renewed_removed)
{
    struct house *house = house_open();
    struct browser anna = {.house = house};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=nobody"), 422);
    assert_has(anna.body, "This is not a mail address");
    assert_has(anna.body, ">nobody</textarea>");
    assert_has(anna.body, "tabindex=\"-1\" autofocus");
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=Zo%C3%A9+%3Czoe%40elsewhere.test%3E"),
                     303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The invitation is on its way.");
    assert_has(anna.body, "invited Zoé: Guest");
    assert_int_equal(attendee_by(house, ref, "zoe@elsewhere.test").role, ROLE_GUEST);
    /* one of two is new, whichever comes last; and nobody */
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=new%40x.test%2C+zoe%40elsewhere.test"),
                     303);
    assert_has(browser_location(&anna), "?done=invited");
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=zoe%40elsewhere.test%2C+new%40x.test"),
                     303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "They are all invited already.");
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=zoe%40elsewhere.test"), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "That person is invited already.");
    assert_int_equal(post(&anna, person_path(house, ref, "zoe@elsewhere.test", "role"), "role=moderator"),
                     303);
    assert_int_equal(attendee_by(house, ref, "zoe@elsewhere.test").role, ROLE_MODERATOR);
    assert_int_equal(post(&anna, person_path(house, ref, "zoe@elsewhere.test", "role"), "role=organiser"),
                     422);
    assert_int_equal(post(&anna, person_path(house, ref, "zoe@elsewhere.test", "resend"), ""), 303);
    struct link_id old = attendee_by(house, ref, "zoe@elsewhere.test").link;
    assert_int_equal(browser_get(&anna, person_path(house, ref, "zoe@elsewhere.test", "renew")), 200);
    assert_has(anna.body, "A new link for Zoé?");
    assert_int_equal(post(&anna, person_path(house, ref, "zoe@elsewhere.test", "renew"), ""), 303);
    struct link_id renewed = attendee_by(house, ref, "zoe@elsewhere.test").link;
    assert_memory_not_equal(&renewed, &old, sizeof old);
    const char *path = person_path(house, ref, "zoe@elsewhere.test", "remove");
    assert_int_equal(browser_get(&anna, path), 200);
    assert_has(anna.body, "Remove Zoé?");
    assert_int_equal(post(&anna, path, ""), 303);
    assert_int_equal(post(&anna, path, ""), 404);
    assert_int_equal(post(&anna, person_path(house, ref, "anna@univ.test", "remove"), ""), 404);
    browser_free(&anna);
    house_close(house);
}

TEST(people__others__may_not)
{
    static const char *const acts[] = {"resend", "role", "renew", "remove"};
    struct house *house = house_open();
    struct browser michel = {.house = house};
    char ref[64];
    browser_sign_in(&michel, "michel@univ.test", "Michel");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        assert_int_equal(post(&michel, person_path(house, ref, "michel@univ.test", acts[i]), "role=guest"),
                         403);
    assert_int_equal(post(&michel, path_of(ref, ""), "revision=0&subject=Mine" AT PEOPLE "1"), 403);
    assert_int_equal(post(&michel, path_of(ref, "/attendees"), "people=a%40b.test"), 403);
    assert_int_equal(post(&michel, path_of(ref, "/hand-over"), "mail=michel%40univ.test"), 403);
    assert_int_equal(browser_get(&michel, path_of(ref, "/edit")), 403);
    assert_int_equal(browser_get(&michel, path_of(ref, "")), 200);
    assert_null(strstr(michel.body, "What was changed when"));
    browser_free(&michel);
    house_close(house);
}

TEST(hand_over__to_one_who_may_book)
{
    struct house *house = house_open();
    struct browser anna = {.house = house}, michel = {.house = house};
    char ref[64];
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    browser_sign_in(&michel, "michel@univ.test", "Michel");
    snprintf(ref, sizeof ref, "%s", house_book(house, "Weekly", 3600, 7200));
    assert_int_equal(browser_get(&anna, path_of(ref, "/hand-over")), 200);
    assert_int_equal(post(&anna, path_of(ref, "/hand-over"), "mail=zoe%40elsewhere.test"), 422);
    assert_has(anna.body, "Nobody with this address can book meetings here.");
    assert_has(anna.body, "tabindex=\"-1\" autofocus");
    assert_int_equal(post(&anna, path_of(ref, "/hand-over"), "mail=Anna+%3Canna%40univ.test%3E"), 422);
    assert_has(anna.body, "That is you yourself.");
    assert_int_equal(post(&anna, path_of(ref, "/hand-over"), "mail=michel%40univ.test"), 303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The meeting is handed over.");
    assert_int_equal(browser_get(&anna, path_of(ref, "/edit")), 403);
    assert_int_equal(browser_get(&michel, path_of(ref, "/edit")), 200);
    browser_free(&anna);
    browser_free(&michel);
    house_close(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit__form__is_filled_with_what_is_booked),
        cmocka_unit_test(edit__post__changes_it_and_says_what_was_changed),
        cmocka_unit_test(edit__post__somebody_was_quicker__is_told_and_keeps_what_was_typed),
        cmocka_unit_test(edit__stale__whom_the_other_added_is_in_the_form_and_stays),
        cmocka_unit_test(edit__stale__whom_the_other_removed_or_promoted_is_so_in_the_form),
        cmocka_unit_test(edit__stale__where_both_decided__the_word_of_who_saves_stays),
        cmocka_unit_test(edit__stale__many_acts_later__all_whom_it_concerns_are_named),
        cmocka_unit_test(edit__stale__handed_over_meanwhile__who_was_organiser_stays_a_moderator),
        cmocka_unit_test(book__alias__is_the_main_address),
        cmocka_unit_test(alias__known_later__sees_the_meeting_once),
        cmocka_unit_test(password__of_the_room__is_told_to_the_invited),
        cmocka_unit_test(book__name_with_a_comma__asks_once_whether_it_is_one_person),
        cmocka_unit_test(book__list__is_its_members),
        cmocka_unit_test(edit__while_it_runs__only_length_people_and_options),
        cmocka_unit_test(edit__times_around_the_meeting__are_shown_and_stored),
        cmocka_unit_test(book__time_that_is_over__is_written_for_people),
        cmocka_unit_test(book__at_the_time_of_another__asks_first),
        cmocka_unit_test(book__at_the_time_of_an_invitation__asks_when_it_is_accepted),
        cmocka_unit_test(book__again__has_the_people_and_a_time_to_come),
        cmocka_unit_test(people__one_by_one__invited_promoted_renewed_removed),
        cmocka_unit_test(people__others__may_not),
        cmocka_unit_test(hand_over__to_one_who_may_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
