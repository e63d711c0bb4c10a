/* Each kind of letter, rendered from a store, and read back by Python's email and icalendar
 * (read_letters.py). */
#include "sql/store_changes.h"
#include "tests/component/letters_kept.h"

static json_t *event_of(json_t *expected, const char *method, int sequence)
{
    json_object_set_new(expected, "method", json_string(method));
    json_object_set_new(expected, "summary", json_string("Réunion d’équipe"));
    json_object_set_new(expected, "starts", json_integer(START));
    json_object_set_new(expected, "ends", json_integer(END));
    json_object_set_new(expected, "sequence", json_integer(sequence));
    return expected;
}

static void keep_guest(struct fixture *f, const struct letters_due *due)
{
    const struct letter *letter = letter_to(due, "chloe@example.net");
    const char *join = link_of(f, LINK_JOIN, letter->attendee);
    const char *answer = link_of(f, LINK_INVITATION, letter->attendee);
    json_t *expected = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "subject",
                                 "Invitation : Réunion d’équipe, jeu. 3 déc. 14:00", "from_name",
                                 "Ada Moreau via Visio Exemple", "reply_to", "ada@example.org", "language",
                                 "fr", "join", join, "buttons", 1);
    json_object_set_new(expected, "in_order",
                        STRINGS("Ada Moreau vous invite à une réunion en visioconférence.",
                                "Réunion d’équipe", "jeudi 3 décembre 2026, 14:00–15:30",
                                "Europe/Paris (UTC+1)", "ada@example.org", "1. Budget <2027> & divers",
                                answer, join, "dès 13:50", "Par téléphone : 01 02 03 04 05 & suivants",
                                "help@meet.example"));
    json_object_set_new(expected, "links", STRINGS(answer, join));
    json_object_set_new(expected, "never", STRINGS("animer", "bob@example.org"));
    keep(f, "invitation-guest", letter, BOOKED, event_of(expected, "REQUEST", 0));
}

/* Bob signed in once and chose English and New York. */
static void keep_moderator(struct fixture *f, const struct letters_due *due)
{
    const struct letter *letter = letter_to(due, "bob@example.org");
    const char *join = link_of(f, LINK_JOIN, letter->attendee);
    const char *answer = link_of(f, LINK_INVITATION, letter->attendee);
    json_t *expected = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "subject",
                                 "Invitation: Réunion d’équipe, Thu 3 Dec 08:00", "from_name",
                                 "Ada Moreau via Visio Exemple", "reply_to", "ada@example.org", "language",
                                 "en", "join", join, "buttons", 1);
    json_object_set_new(expected, "in_order",
                        STRINGS("Ada Moreau invites you to a video meeting and asks you to moderate it.",
                                "Thursday 3 December 2026, 08:00–09:30", "America/New York (UTC−5)", answer,
                                join, "You can enter from 07:30.",
                                "By telephone: +33 1 02 03 04 05 (in English)"));
    json_object_set_new(expected, "links", STRINGS(answer, join));
    json_object_set_new(expected, "never", STRINGS("chloe@example.net"));
    keep(f, "invitation-moderator", letter, BOOKED, event_of(expected, "REQUEST", 0));
}

static void keep_organiser(struct fixture *f, const struct letters_due *due)
{
    const struct letter *letter = letter_to(due, "ada@example.org");
    const char *join = link_of(f, LINK_JOIN, letter->attendee);
    const char *manage = arena_printf(&f->arena, "https://meet.example/booking/meetings/%s", f->booked.ref);
    json_t *expected =
        json_pack("{s:s, s:s, s:s, s:s, s:i}", "subject", "Réservée : Réunion d’équipe, jeu. 3 déc. 14:00",
                  "from_name", "Visio Exemple", "language", "fr", "join", join, "buttons", 1);
    json_object_set_new(expected, "in_order",
                        STRINGS("Votre réunion est réservée.", "2 personnes sont invitées", manage, join,
                                "Ce lien est personnel\u202F:"));
    json_object_set_new(expected, "links", STRINGS(manage, join));
    json_object_set_new(expected, "never", STRINGS("Organisée par"));
    keep(f, "invitation-organiser", letter, BOOKED, event_of(expected, "REQUEST", 0));
}

static void keep_cancellations(struct fixture *f)
{
    struct letters_due due;
    assert_true(store_cancel(f->store, f->booked.id, f->ada, "Neige <b>\nÀ bientôt", BOOKED + 60) > 0);
    assert_true(store_commit(f->store) > 0);
    list_due(f, &due, BOOKED + 60);
    json_t *expected = json_pack("{s:s, s:s, s:s, s:s, s:i, s:[]}", "subject",
                                 "Annulée : Réunion d’équipe, jeu. 3 déc. 14:00", "from_name",
                                 "Ada Moreau via Visio Exemple", "reply_to", "ada@example.org", "language",
                                 "fr", "buttons", 0, "links");
    json_object_set_new(expected, "in_order",
                        STRINGS("Ada Moreau a annulé cette réunion.", "> Neige <b>", "> À bientôt",
                                "Réunion d’équipe", "jeudi 3 décembre"));
    json_object_set_new(expected, "never", STRINGS("/j/", "/i/"));
    keep(f, "cancellation-guest", letter_to(&due, "chloe@example.net"), BOOKED + 60,
         event_of(expected, "CANCEL", 1));
    expected =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:[], s:[ss]}", "subject",
                  "Cancelled: Réunion d’équipe, Thu 3 Dec 08:00", "from_name", "Ada Moreau via Visio Exemple",
                  "reply_to", "ada@example.org", "language", "en", "buttons", 0, "links", "in_order",
                  "Ada Moreau has cancelled this meeting.", "Links to this meeting no longer open a room.");
    keep(f, "cancellation-moderator", letter_to(&due, "bob@example.org"), BOOKED + 60,
         event_of(expected, "CANCEL", 1));
    arena_free(&due.arena);
}

static void keep_french_sign_in(struct fixture *f)
{
    struct letters_due due;
    const struct sign_in sign_in = {
        .link = {"lienlien"}, .mail = "eve@example.org", .browser = {"browser!"}, .expires_at = BOOKED + 900};
    assert_true(store_open_sign_in(f->store, &sign_in, true, "fr", BOOKED) > 0);
    assert_true(store_commit(f->store) > 0);
    list_due(f, &due, BOOKED);
    json_t *expected =
        json_pack("{s:s, s:s, s:s, s:i, s:[], s:[s]}", "subject", "Se connecter à Visio Exemple", "from_name",
                  "Visio Exemple", "language", "fr", "buttons", 1, "links", "in_order",
                  "Ce lien fonctionne une seule fois, jusqu’au lun. 30 nov. 14:15");
    keep(f, "sign-in-fr", letter_to(&due, "eve@example.org"), BOOKED, expected);
    arena_free(&due.arena);
}

static void keep_sign_in(struct fixture *f)
{
    struct letters_due due;
    const struct sign_in sign_in = {
        .link = {"linklink"}, .mail = "dan@example.org", .browser = {"browser!"}, .expires_at = BOOKED + 900};
    assert_true(store_open_sign_in(f->store, &sign_in, true, "en", BOOKED) > 0);
    assert_true(store_commit(f->store) > 0);
    list_due(f, &due, BOOKED);
    struct text link = {0};
    site_add_link(&link, &f->site, &f->keys, LINK_SIGN_IN, &sign_in.link);
    json_t *expected = json_pack("{s:s, s:s, s:s, s:i}", "subject", "Sign in to Visio Exemple", "from_name",
                                 "Visio Exemple", "language", "en", "buttons", 1);
    json_object_set_new(expected, "in_order",
                        STRINGS("Open this link to sign in to Visio Exemple:", text_string(&link),
                                "This link works once, until Mon 30 Nov 14:15", "Europe/Paris"));
    json_object_set_new(expected, "links", STRINGS(text_string(&link)));
    const struct letter *letter = letter_to(&due, "dan@example.org");
    keep(f, "sign-in", letter, BOOKED, expected);
    struct text none = {0};
    assert_int_equal(render_result(f->letters, letter, BOOKED + 901, &none), 0);
    assert_int_equal(none.size, 0);
    text_free(&link);
    arena_free(&due.arena);
}

TEST(letters__render__what_mail_and_calendar_readers_understand)
{
    struct fixture f;
    struct letters_due due;
    fixture_open_at(&f, ":memory:");
    fixture_person(&f, "bob@example.org", "Bob Marchand", "en", "America/New_York");
    struct meeting meeting = fixture_meeting();
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    assert_int_equal(due.count, 3);
    keep_guest(&f, &due);
    keep_moderator(&f, &due);
    keep_organiser(&f, &due);
    all_sent(&f, &due, BOOKED + 1);
    keep_cancellations(&f);
    keep_sign_in(&f);
    keep_french_sign_in(&f);
    read_back();
    arena_free(&due.arena);
    fixture_close(&f);
}

TEST(letters__render__the_same_message_again_for_a_retry)
{
    struct fixture f;
    struct letters_due due;
    struct text first, second;
    fixture_open_at(&f, ":memory:");
    struct meeting meeting = fixture_meeting();
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    render(&f, &due.rows[1], BOOKED, &first);
    render(&f, &due.rows[1], BOOKED + 3600, &second);
    assert_string_equal(first.data, second.data);
    text_free(&first), text_free(&second);
    arena_free(&due.arena);
    fixture_close(&f);
}

TEST(letters__render__nothing_that_is_no_longer_true)
{
    struct fixture f;
    struct letters_due due;
    struct text text = {0};
    fixture_open_at(&f, ":memory:");
    struct meeting meeting = fixture_meeting();
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    const struct letter *letter = letter_to(&due, "chloe@example.net");
    assert_int_equal(render_result(f.letters, letter, END - 1, &text), 1); /* late, but it can be joined */
    text_clear(&text);
    assert_int_equal(render_result(f.letters, letter, END, &text), 0);
    struct letter cancellation = *letter, nobody = *letter;
    cancellation.kind = LETTER_CANCELLATION; /* of a meeting that takes place */
    assert_int_equal(render_result(f.letters, &cancellation, BOOKED, &text), 0);
    nobody.attendee = 999;
    assert_int_equal(render_result(f.letters, &nobody, BOOKED, &text), 0);
    assert_true(store_cancel(f.store, f.booked.id, f.ada, NULL, BOOKED) > 0);
    assert_int_equal(render_result(f.letters, letter, BOOKED, &text), 0);
    assert_int_equal(text.size, 0);
    text_free(&text);
    arena_free(&due.arena);
    fixture_close(&f);
}

/* What people typed stays text: no header, no markup, no place to fill. */
TEST(letters__render__hostile_words_as_words)
{
    struct fixture f;
    struct letters_due due;
    struct text text;
    fixture_open_at(&f, ":memory:");
    struct meeting meeting = fixture_meeting();
    meeting.subject = "<script>alert(1)</script> {by} {{&join}}\r\nBcc: eve@example.org";
    meeting.description = "\"><img src=x>\n.\n\nFrom here\n{{#links}}";
    meeting.options.password = "a<b&c";
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    render(&f, letter_to(&due, "chloe@example.net"), BOOKED, &text);
    char path[] = "/tmp/jmb-hostile-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.data, text.size), (ssize_t)text.size);
    close(fd);
    char command[600];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import email, email.policy\n"
             "m = email.message_from_binary_file(open(\"%s\", \"rb\"), policy=email.policy.default)\n"
             "h = m.get_body((\"html\",)).get_content()\n"
             "assert m[\"Bcc\"] is None and \"<script\" not in h and \"<img\" not in h, h\n"
             "assert \"{by} {{&amp;join}}\" in h and \"a&lt;b&amp;c\" in h, h\n"
             "assert \"{by} {{&join}}\" in m[\"Subject\"], m[\"Subject\"]\n'",
             path);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a file of our own name
    unlink(path);
    text_free(&text);
    arena_free(&due.arena);
    fixture_close(&f);
}

/* What the calendar part of the letter to Chloé says of who else is invited. */
static void keep_list(struct fixture *f, const char *name, json_t *seen)
{
    struct letters_due due;
    list_due(f, &due, BOOKED);
    const struct letter *letter = letter_to(&due, "chloe@example.net");
    json_t *expected =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:[], s:[]}", "subject",
                  "Invitation : Réunion d’équipe, jeu. 3 déc. 14:00", "from_name",
                  "Ada Moreau via Visio Exemple", "reply_to", "ada@example.org", "language", "fr", "join",
                  link_of(f, LINK_JOIN, letter->attendee), "buttons", 1, "links", "in_order");
    json_object_set_new(expected, "seen", seen);
    keep(f, name, letter, BOOKED, event_of(expected, "REQUEST", 0));
    arena_free(&due.arena);
}

TEST(letters__render__guests_see_the_list_when_the_organiser_shows_it)
{
    struct fixture f;
    fixture_open_at(&f, ":memory:");
    struct meeting meeting = fixture_meeting();
    meeting.options.show_guests = true;
    fixture_book(&f, &meeting);
    keep_list(&f, "list-shown", STRINGS("ada@example.org", "bob@example.org", "chloe@example.net"));
    for (int i = 0; i < 300; i++) {
        char mail[40];
        struct change_result result;
        snprintf(mail, sizeof mail, "guest%d@example.net", i);
        const struct new_attendee guest = {.mail = mail, .role = ROLE_GUEST};
        assert_int_equal(store_add_attendee(f.store, f.booked.id, &guest, f.ada, BOOKED, &result), 1);
    }
    assert_true(store_commit(f.store) > 0);
    keep_list(&f, "list-too-long", STRINGS("ada@example.org", "chloe@example.net"));
    read_back();
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters__render__what_mail_and_calendar_readers_understand,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(letters__render__guests_see_the_list_when_the_organiser_shows_it,
                                        folder_make, folder_remove),
        cmocka_unit_test(letters__render__the_same_message_again_for_a_retry),
        cmocka_unit_test(letters__render__nothing_that_is_no_longer_true),
        cmocka_unit_test(letters__render__hostile_words_as_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
