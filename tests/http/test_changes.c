/* Editing a meeting and its people on pages: what is stored, what is refused, what comes back. */
#include "tests/http/house.h"

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
#define AT "&date=2026-12-02&time=09%3A00&length=60&tz=Europe%2FParis"

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
    assert_has(anna.body, "Save and tell those concerned");
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
    assert_int_equal(post(&anna, path_of(ref, "/attendees"), "people=Zo%C3%A9+%3Czoe%40elsewhere.test%3E"),
                     303);
    assert_int_equal(browser_get(&anna, browser_location(&anna)), 200);
    assert_has(anna.body, "The invitation is on its way.");
    assert_has(anna.body, "invited Zoé: Guest");
    assert_int_equal(attendee_by(house, ref, "zoe@elsewhere.test").role, ROLE_GUEST);
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
        cmocka_unit_test(edit__while_it_runs__only_length_people_and_options),
        cmocka_unit_test(edit__times_around_the_meeting__are_shown_and_stored),
        cmocka_unit_test(book__at_the_time_of_another__asks_first),
        cmocka_unit_test(book__again__has_the_people_and_a_time_to_come),
        cmocka_unit_test(people__one_by_one__invited_promoted_renewed_removed),
        cmocka_unit_test(people__others__may_not),
        cmocka_unit_test(hand_over__to_one_who_may_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
