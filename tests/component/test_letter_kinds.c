/* Every kind of letter, in both languages, as the life of one meeting brings them: read back by Python's
 * email and icalendar, and by mutt. */
#include "component/file.h"
#include "component/letter_parts.h"
#include "sql/store_changes.h"
#include "sql/store_internal.h"
#include "sql/store_replies.h"
#include "tests/component/letters_kept.h"

/* A life in one language; the English one has a reply address. */
struct life {
    struct fixture f;
    bool french;
    int64_t now, carol, bob, ada; /* attendees: Chloé, Bob, Ada */
    char *first[3];               /* message ids of the invitations to Ada, Bob, Chloé */
};

static const char *say(const struct life *life, const char *french, const char *english)
{
    return life->french ? french : english;
}

static const struct new_attendee both[] = {
    {.mail = "bob@example.org", .name = "Bob Marchand", .role = ROLE_MODERATOR},
    {.mail = "chloe@example.net", .name = "Chloé Petit", .role = ROLE_GUEST}};

static int64_t attendee_to(const struct letters_due *due, const char *to)
{
    return letter_to(due, to)->attendee;
}

static void begin(struct life *life, bool french)
{
    struct letters_due due;
    const char *language = french ? "fr" : "en";
    *life = (struct life){.french = french, .now = BOOKED};
    fixture_open_as(&life->f, ":memory:", french ? NULL : "meetings@meet.example", NULL);
    life->f.ada = fixture_person(&life->f, "ada@example.org", "Ada Moreau", language, "Europe/Paris");
    fixture_person(&life->f, "bob@example.org", "Bob Marchand", language, "Europe/Paris");
    struct meeting meeting = fixture_meeting();
    const int before[] = {86400};
    memcpy(meeting.options.mail_reminders, before, sizeof before);
    meeting.language = language;
    fixture_book(&life->f, &meeting);
    list_due(&life->f, &due, BOOKED);
    assert_int_equal(due.count, 3);
    life->bob = attendee_to(&due, "bob@example.org");
    life->ada = attendee_to(&due, "ada@example.org");
    life->carol = attendee_to(&due, "chloe@example.net");
    const char *const to[] = {"ada@example.org", "bob@example.org", "chloe@example.net"};
    for (size_t i = 0; i < 3; i++)
        life->first[i] = arena_dup(&life->f.arena, letter_to(&due, to[i])->message_id);
    all_sent(&life->f, &due, BOOKED);
    arena_free(&due.arena);
}

/* What all letters to guests and moderators have in common. */
static json_t *expect(const struct life *life, const char *subject, const char *name, int buttons)
{
    json_t *expected = json_pack("{s:s, s:s, s:s, s:i, s:[]}", "subject", subject, "from_name", name,
                                 "language", life->french ? "fr" : "en", "buttons", buttons, "links");
    if (!life->french)
        json_object_set_new(expected, "from", json_string("meetings@meet.example"));
    return expected;
}

static const char *by_ada(const struct life *life)
{
    return say(life, "Ada Moreau via Visio Exemple", "Ada Moreau");
}

static void expect_event(const struct life *life, json_t *expected, const char *method, int64_t starts,
                         int sequence)
{
    json_object_set_new(expected, "method", json_string(method));
    json_object_set_new(expected, "summary", json_string("Réunion d’équipe"));
    json_object_set_new(expected, "starts", json_integer(starts));
    json_object_set_new(expected, "ends", json_integer(starts + 5400));
    json_object_set_new(expected, "sequence", json_integer(sequence));
    if (!life->french) {
        json_object_set_new(expected, "organizer", json_string("meetings@meet.example"));
        if (strcmp(method, "REQUEST") == 0)
            json_object_set_new(expected, "rsvp", json_true());
    }
}

/* Keeps the letter to that address under a name of this life; all that are due are sent. */
static void keep_and_send(struct life *life, const char *name, const char *to, json_t *expected)
{
    struct letters_due due;
    char file[60];
    list_due(&life->f, &due, life->now);
    snprintf(file, sizeof file, "%s-%s", name, life->french ? "fr" : "en");
    keep(&life->f, file, letter_to(&due, to), life->now, expected);
    for (size_t i = 0; i < due.count; i++) {
        struct text text = {0};
        struct letter_told *told = NULL;
        if (letters_render(life->f.letters, &due.rows[i], life->now, &text, &told) > 0)
            assert_true(store_letter_sent(life->f.store, due.rows[i].id, told, life->now) > 0);
        else
            assert_true(store_letter_drop(life->f.store, due.rows[i].id) > 0);
        letter_told_free(told);
        text_free(&text);
    }
    assert_true(store_commit(life->f.store) >= 0);
    arena_free(&due.arena);
}

static void change(struct life *life, void (*edit)(struct meeting *meeting))
{
    struct meeting meeting;
    struct change_result result;
    life->now += 60;
    assert_true(store_get_meeting(life->f.store, life->f.booked.id, &life->f.arena, &meeting) > 0);
    edit(&meeting);
    const struct meeting_change made = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = both, .count = 2};
    assert_int_equal(store_change(life->f.store, &made, life->f.ada, life->now, &result), 1);
    assert_true(store_commit(life->f.store) > 0);
}

static void later_and_renamed(struct meeting *meeting)
{
    meeting->starts_at += 3600;
    meeting->ends_at += 3600;
    meeting->subject = "Réunion d’équipe";
    meeting->description = "Ordre du jour : à venir";
    meeting->options.password = "sesame";
}

static void changed(struct life *life)
{
    const char *join = link_of(&life->f, LINK_JOIN, life->carol);
    change(life, later_and_renamed);
    json_t *expected = expect(life,
                              say(life, "Nouvel horaire : Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "New time: Réunion d’équipe, Thu 3 Dec 15:00"),
                              by_ada(life), 1);
    json_object_set_new(expected, "reply_to", json_string("ada@example.org"));
    json_object_set_new(expected, "in_reply_to", json_string(life->first[2]));
    json_object_set_new(expected, "join", json_string(join));
    json_object_set_new(
        expected, "in_order",
        life->french
            ? STRINGS(
                  "Ada Moreau a modifié cette réunion.",
                  "Nouvel horaire. Auparavant : jeudi 3 décembre 2026, 14:00", "La description a changé.",
                  "Le mot de passe de la salle a changé.", "jeudi 3 décembre 2026, 15:00–16:30", "sesame",
                  "Viendrez-vous au nouvel horaire ? Merci de répondre ici :", "Oui :", "?answer=accepted",
                  "Non :", join, "Les liens de ce message sont personnels :", "This invitation in English",
                  "?lang=en", "Message envoyé à chloe@example.net")
            : STRINGS(
                  "Ada Moreau has changed this meeting.", "New time. It was: Thursday 3 December 2026, 14:00",
                  "The description has changed.", "The password of the room has changed.",
                  "Thursday 3 December 2026, 15:00–16:30", "sesame",
                  "Will you come at the new time? Please answer here:", "Yes:", "?answer=accepted",
                  "No:", join, "The links in this letter are yours alone:", "Cette invitation en français",
                  "?lang=fr", "Sent to chloe@example.net"));
    json_object_set_new(expected, "never", STRINGS("bob@example.org", "Nouvel objet", "New title"));
    expect_event(life, expected, "REQUEST", START + 3600, 1);
    keep_and_send(life, "change", "chloe@example.net", expected);
}

static void role_changed(struct life *life)
{
    struct change_result result;
    life->now += 60;
    assert_int_equal(
        store_set_role(life->f.store, life->carol, ROLE_MODERATOR, life->f.ada, life->now, &result), 1);
    json_t *expected = expect(life,
                              say(life, "Vous animez : Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "You moderate: Réunion d’équipe, Thu 3 Dec 15:00"),
                              by_ada(life), 1);
    json_object_set_new(expected, "reply_to", json_string("ada@example.org"));
    json_object_set_new(expected, "join", json_string(link_of(&life->f, LINK_JOIN, life->carol)));
    json_object_set_new(expected, "in_order",
                        STRINGS(say(life, "Ada Moreau vous demande d’animer cette réunion.",
                                    "Ada Moreau asks you to moderate this meeting.")));
    expect_event(life, expected, "REQUEST", START + 3600, 1);
    keep_and_send(life, "role", "chloe@example.net", expected);
}

/* A guest again, and a moderator before the letter left: nothing is told. */
static void role_there_and_back(struct life *life)
{
    struct change_result result;
    struct letters_due due;
    assert_int_equal(store_set_role(life->f.store, life->carol, ROLE_GUEST, life->f.ada, life->now, &result),
                     1);
    assert_int_equal(
        store_set_role(life->f.store, life->carol, ROLE_MODERATOR, life->f.ada, life->now, &result), 1);
    list_due(&life->f, &due, life->now);
    assert_int_equal(due.count, 1);
    struct text text = {0};
    assert_int_equal(render_result(life->f.letters, &due.rows[0], life->now, &text), 0);
    assert_true(store_letter_drop(life->f.store, due.rows[0].id) > 0);
    arena_free(&due.arena);
}

static void answered(struct life *life)
{
    life->now += 60;
    assert_int_equal(
        store_answer(life->f.store, life->bob, PARTSTAT_TENTATIVE, "Train <b>de\n14 h", life->now), 1);
    json_t *expected = expect(life,
                              say(life, "Peut-être : Réunion d’équipe, jeu. 3 déc. 15:00 (Bob Marchand)",
                                  "Maybe: Réunion d’équipe, Thu 3 Dec 15:00 (Bob Marchand)"),
                              "Bob Marchand via Visio Exemple", 1);
    const char *manage =
        arena_printf(&life->f.arena, "https://meet.example/booking/meetings/%s", life->f.booked.ref);
    json_object_set_new(expected, "reply_to", json_string("bob@example.org"));
    json_object_set_new(expected, "in_reply_to", json_string(life->first[0]));
    json_object_set_new(expected, "links", STRINGS(manage));
    json_object_set_new(expected, "in_order",
                        STRINGS(say(life, "Bob Marchand viendra peut-être.", "Bob Marchand may come."),
                                "> Train <b>de", "> 14 h",
                                say(life, "0 oui, 1 peut-être, 0 non, 1 sans réponse",
                                    "0 yes, 1 maybe, 0 no, 1 without an answer"),
                                manage, "/settings"));
    json_object_set_new(expected, "never", STRINGS("/j/"));
    keep_and_send(life, "answer", "ada@example.org", expected);
}

static void new_agenda(struct meeting *meeting)
{
    meeting->description = "Ordre du jour : suite";
}

/* Whose answer stands is not asked as if there were none. */
static void changed_after_the_answer(struct life *life)
{
    change(life, new_agenda);
    json_t *expected = expect(life,
                              say(life, "Modifiée\u202F: Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "Changed: Réunion d’équipe, Thu 3 Dec 15:00"),
                              by_ada(life), 1);
    json_object_set_new(expected, "reply_to", json_string("ada@example.org"));
    json_object_set_new(expected, "in_reply_to", json_string(life->first[1]));
    json_object_set_new(expected, "join", json_string(link_of(&life->f, LINK_JOIN, life->bob)));
    json_object_set_new(expected, "in_order",
                        life->french
                            ? STRINGS("La description a changé.", "Vous avez répondu\u202F: peut-être.",
                                      "Vous pouvez changer votre réponse ici\u202F:", "?answer=accepted")
                            : STRINGS("The description has changed.", "You said: maybe.",
                                      "You can change your answer here:", "?answer=accepted"));
    json_object_set_new(expected, "never", STRINGS("Viendrez-vous", "Will you come?"));
    expect_event(life, expected, "REQUEST", START + 3600, 1);
    keep_and_send(life, "change-answered", "bob@example.org", expected);
}

static void reminded(struct life *life)
{
    life->now = START + 3600 - 86400;
    assert_true(store_post_planned(life->f.store, life->now) > 0);
    assert_true(store_commit(life->f.store) > 0);
    const char *stop = link_of(&life->f, LINK_STOP, life->bob);
    json_t *expected = expect(
        life,
        say(life, "Rappel : Réunion d’équipe, demain 15:00", "Reminder: Réunion d’équipe, tomorrow 15:00"),
        by_ada(life), 1);
    json_object_set_new(expected, "reply_to", json_string("ada@example.org"));
    json_object_set_new(expected, "stop", json_string(stop));
    json_object_set_new(expected, "links", STRINGS(stop));
    json_object_set_new(expected, "in_order",
                        STRINGS(say(life, "Cette réunion approche : demain 15:00.",
                                    "This meeting is coming up: tomorrow 15:00."),
                                link_of(&life->f, LINK_JOIN, life->bob),
                                say(life, "Vous avez répondu : peut-être.", "You said: maybe."),
                                link_of(&life->f, LINK_INVITATION, life->bob), stop));
    keep_and_send(life, "reminder", "bob@example.org", expected);
}

static void removed(struct life *life)
{
    struct change_result result;
    assert_int_equal(store_remove_attendee(life->f.store, life->carol, life->f.ada, life->now, &result), 1);
    json_t *expected = expect(life,
                              say(life, "Invitation retirée : Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "No longer invited: Réunion d’équipe, Thu 3 Dec 15:00"),
                              by_ada(life), 0);
    json_object_set_new(expected, "reply_to", json_string("ada@example.org"));
    json_object_set_new(expected, "in_order",
                        STRINGS(say(life, "Ada Moreau a retiré votre nom de la liste de cette réunion.",
                                    "Ada Moreau took you off the list of this meeting."),
                                "Réunion d’équipe"));
    json_object_set_new(expected, "never", STRINGS("/j/", "/i/", "sesame"));
    expect_event(life, expected, "CANCEL", START + 3600, 2);
    json_object_set_new(expected, "removed", json_true());
    keep_and_send(life, "removal", "chloe@example.net", expected);
}

/* A while after it, the organiser's calendar is told of all who came and went. */
static void people_changed(struct life *life)
{
    life->now += 600;
    json_t *expected = expect(life,
                              say(life, "Personnes invitées\u202F: Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "Who is invited: Réunion d’équipe, Thu 3 Dec 15:00"),
                              "Visio Exemple", 1);
    json_object_set_new(
        expected, "in_order",
        STRINGS(say(life, "La liste des personnes invitées à votre réunion a changé.",
                    "Who is invited to your meeting has changed."),
                say(life, "Personnes retirées : Chloé Petit", "No longer invited: Chloé Petit"),
                "Réunion d’équipe"));
    json_object_set_new(expected, "never", STRINGS("Nouvel horaire", "New time"));
    expect_event(life, expected, "REQUEST", START + 3600, 2);
    json_object_set_new(expected, "seen", STRINGS("ada@example.org", "bob@example.org"));
    json_object_set_new(expected, "asked", json_string("bob@example.org"));
    json_object_set_new(expected, "join", json_string(link_of(&life->f, LINK_JOIN, life->ada)));
    keep_and_send(life, "people", "ada@example.org", expected);
}

static void handed_on(struct life *life, const char *name, const struct forwarded *forwarded,
                      const char *line, const char *second)
{
    life->now += 60;
    assert_int_equal(store_forward(life->f.store, life->f.booked.id, forwarded, life->now), 1);
    assert_true(store_commit(life->f.store) > 0);
    json_t *expected = expect(life,
                              say(life, "Réponse\u202F: Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "Answer: Réunion d’équipe, Thu 3 Dec 15:00"),
                              "Visio Exemple", 0);
    json_object_set_new(expected, "reply_to", json_string("dan@example.org"));
    json_object_set_new(expected, "in_order", STRINGS(line, second, "Réunion d’équipe"));
    json_object_set_new(expected, "never", STRINGS("accepted", "declined", "tentative"));
    keep_and_send(life, name, "ada@example.org", expected);
}

/* What calendars say in their own words is told in the reader's. */
static void forwarded(struct life *life)
{
    struct forwarded letter = {.words = "", .from = "Dan <dan@example.org>", .said_by = "bob@example.org"};
    letter.said = PARTSTAT_DECLINED;
    handed_on(life, "forward-declined", &letter,
              say(life, "Dan <dan@example.org> a répondu à votre invitation par courriel.",
                  "Dan <dan@example.org> answered your invitation by mail."),
              say(life, "Ce message annonce que bob@example.org ne viendra pas.",
                  "The message says that bob@example.org will not come."));
    letter = (struct forwarded){.words = "Later?\n<3",
                                .from = letter.from,
                                .proposed = START + 3600,
                                .proposed_zone = "America/New_York"};
    handed_on(life, "forward-proposed", &letter,
              say(life, "Dan <dan@example.org> a écrit à l’adresse de vos invitations\u202F:",
                  "Dan <dan@example.org> wrote to the address of your invitations:"),
              say(life, "Autre horaire proposé\u202F: jeudi 3 décembre 2026, 20:00",
                  "They propose another time: Thursday 3 December 2026, 20:00"));
    letter.proposed_zone = "Romance Standard Time";
    handed_on(life, "forward-proposed-somewhere", &letter, "> <3",
              say(life, "Autre horaire proposé\u202F: jeudi 3 décembre 2026, 14:00 (Romance Standard Time)",
                  "They propose another time: Thursday 3 December 2026, 14:00 (Romance Standard Time)"));
    letter = (struct forwarded){.words = "Re: Weekly", .from = letter.from, .unread = REPLY_ENCRYPTED};
    handed_on(life, "forward-encrypted", &letter,
              say(life, "Ce message est chiffré et n’a pas pu être lu ici.",
                  "The message is encrypted and could not be read here."),
              say(life, "elle n’est pas comptée\u202F: cette personne peut répondre par le lien",
                  "it is not counted: they can answer with the link"));
    letter.unread = REPLY_OUTLOOK;
    handed_on(life, "forward-outlook", &letter,
              say(life, "que seul Outlook sait lire (winmail.dat)", "that only Outlook reads (winmail.dat)"),
              say(life, "elle n’est pas comptée\u202F: cette personne peut répondre par le lien",
                  "it is not counted: they can answer with the link"));
    letter.guessed = true;
    handed_on(life, "forward-guessed", &letter,
              say(life, "que seul Outlook sait lire (winmail.dat)", "that only Outlook reads (winmail.dat)"),
              say(life, "voici la prochaine à laquelle vous avez invité cette personne",
                  "this is the next to which you invited them"));
    letter = (struct forwarded){.words = "", .from = letter.from, .delegate = "dana@example.org"};
    handed_on(life, "forward-delegated", &letter,
              say(life, "Dan <dan@example.org> a répondu", "Dan <dan@example.org> answered"),
              say(life, "Cette personne souhaite se faire remplacer par\u202F: dana@example.org",
                  "They want somebody else to come in their place: dana@example.org"));
}

static void visited(struct life *life, int64_t attendee, const char *name, int minutes)
{
    char sql[500];
    int64_t from = (START + 3600) * INT64_C(1000);
    snprintf(sql, sizeof sql,
             "INSERT OR IGNORE INTO stream (id, prosody, boot, heartbeat_ms) VALUES (1, 'a', 'b', 0);"
             "INSERT OR IGNORE INTO room (id, stream, instance, address, kind, node, opened_ms)"
             " VALUES (1, 1, 'i', 'a@b', 'main', 'a', 0);"
             "INSERT INTO visit (room, meeting, attendee, nick, name, room_kind, kind, prosody_ms, "
             "joined_ms, left_ms)"
             " VALUES (1, %lld, nullif(%lld, 0), '%s', '%s', 'main', 'participant', 0, %lld, %lld)",
             (long long)life->f.booked.id, (long long)attendee, name, name, (long long)from,
             (long long)from + minutes * 60000LL);
    assert_int_equal(sqlite3_exec(life->f.store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void summed_up(struct life *life)
{
    visited(life, life->bob, "Bob", 75);
    visited(life, 0, "Zoé <i>", 20);
    life->now = END + 3600 + 900;
    assert_true(store_post_planned(life->f.store, life->now) > 0);
    assert_true(store_commit(life->f.store) > 0);
    json_t *expected = expect(life,
                              say(life, "Présences : Réunion d’équipe, jeu. 3 déc. 15:00",
                                  "Attendance: Réunion d’équipe, Thu 3 Dec 15:00"),
                              "Visio Exemple", 1);
    const char *page = arena_printf(&life->f.arena, "https://meet.example/booking/meetings/%s/attendance",
                                    life->f.booked.ref);
    json_object_set_new(expected, "links", STRINGS(page));
    json_object_set_new(
        expected, "in_order",
        STRINGS(say(life, "2 personnes étaient à votre réunion.", "2 people were in your meeting."),
                say(life, "- Bob Marchand, 1 h 15 min", "- Bob Marchand, 1 h 15 min"),
                say(life, "- Zoé <i>, 20 min", "- Zoé <i>, 20 min"), page));
    keep_and_send(life, "summary", "ada@example.org", expected);
}

static void live(bool french)
{
    struct life life;
    begin(&life, french);
    changed(&life);
    role_changed(&life);
    role_there_and_back(&life);
    answered(&life);
    changed_after_the_answer(&life);
    reminded(&life);
    removed(&life);
    people_changed(&life);
    forwarded(&life);
    summed_up(&life);
    fixture_close(&life.f);
}

static void read_by(const char *program)
{
    char command[200];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/component/%s %s", program, folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a folder of our own name
}

TEST(letters__every_kind_in_both_languages__is_read_by_python_and_mutt)
{
    live(true);
    live(false);
    read_by("read_letters.py");
    read_by("read_by_mutt.py");
}

/* Every script, right to left too, beyond 16 bits, hundreds of characters, quotes, and line ends that would
 * be headers. */
TEST(letters__hostile_names_and_subjects__arrive_as_they_are)
{
    static const char words[] = "🎉 اجتماع الفريق 会議 \"Ж\" <b>, =?UTF-8?Q?no?= ";
    struct fixture f;
    struct letters_due due;
    struct text subject = {0}, expected_subject = {0};
    for (int i = 0; i < 8; i++)
        text_add(&subject, words);
    text_add(&subject, "end");
    fixture_open_at(&f, ":memory:");
    f.ada = fixture_person(&f, "ada@example.org", "مورو 🎉\nBcc: e", "en", "Europe/Paris");
    struct meeting meeting = fixture_meeting();
    meeting.subject = text_string(&subject);
    meeting.language = "en";
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    const struct letter *letter = letter_to(&due, "chloe@example.net");
    text_addf(&expected_subject, "Invitation: %s, Thu 3 Dec 14:00", text_string(&subject));
    json_t *expected = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:i, s:[], s:[s]}", "subject", text_string(&expected_subject), "from_name",
        "مورو 🎉 Bcc: e via Visio Exemple", "reply_to", "ada@example.org", "language", "en", "join",
        link_of(&f, LINK_JOIN, letter->attendee), "buttons", 1, "links", "in_order", "🎉 اجتماع");
    json_object_set_new(expected, "method", json_string("REQUEST"));
    json_object_set_new(expected, "summary", json_string(text_string(&subject)));
    json_object_set_new(expected, "starts", json_integer(START));
    json_object_set_new(expected, "ends", json_integer(END));
    json_object_set_new(expected, "sequence", json_integer(0));
    keep(&f, "hostile", letter, BOOKED, expected);
    read_by("read_letters.py");
    text_free(&subject), text_free(&expected_subject);
    arena_free(&due.arena);
    fixture_close(&f);
}

/* A change that overtakes the invitation is one. */
TEST(letters__change__to_whoever_was_never_told__is_an_invitation)
{
    struct fixture f;
    struct letters_due due;
    struct text text;
    fixture_open_at(&f, ":memory:");
    struct meeting meeting = fixture_meeting();
    meeting.subject = "Plain";
    meeting.language = "en";
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    struct letter letter = *letter_to(&due, "chloe@example.net");
    letter.kind = LETTER_CHANGE;
    render(&f, &letter, BOOKED, &text);
    assert_non_null(strstr(text.data, "Subject: Invitation: Plain, Thu 3 Dec 14:00"));
    text_free(&text);
    arena_free(&due.arena);
    fixture_close(&f);
}

/* ---- A site's own templates ---- */

static void template_write(const char *name, const char *text)
{
    file_write(name, "", text, strlen(text));
}

static void assert_refused(const char *name, const char *text, const char *words)
{
    struct text error = {0};
    char path[200];
    template_write(name, text);
    assert_null(letters_open(&(struct letters_options){.templates = folder}, &error));
    if (!strstr(text_string(&error), words))
        fail_msg("'%s' is not in: %s", words, text_string(&error));
    text_free(&error);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

TEST(letters__templates__of_the_site_are_checked_with_file_and_line)
{
    assert_refused("foot.txt", "a\n{{site_nmae}}\n",
                   "/foot.txt:2: letters have no variable 'site_nmae': is 'site_name' meant?");
    assert_refused("foot.txt", "a\n\n{{_ \"Hello {nobody}\"}}",
                   "/foot.txt:3: letters have no variable 'nobody'");
    assert_refused("invitation.html", "<p>\n{{#by}}\n", "/invitation.html:2: ");
    assert_refused("invitation.html", "{{>heda.html}}",
                   "/invitation.html:1: there is no template 'heda.html'");
    assert_refused("invitaton.txt", "", "/invitaton.txt: there is no template of letters with that name");
    struct text error = {0};
    assert_null(letters_open(&(struct letters_options){.templates = "/nowhere"}, &error));
    assert_non_null(strstr(text_string(&error), "/nowhere: the templates of letters cannot be read: "));
    text_free(&error);
}

TEST(letters__templates__of_the_site_take_the_place_of_ours)
{
    struct fixture f;
    struct letters_due due;
    struct text text;
    template_write("invitation-subject.txt", "{{#language_fr}}Salut{{/language_fr}} {{subject}}");
    fixture_open_as(&f, ":memory:", NULL, folder);
    struct meeting meeting = fixture_meeting();
    meeting.subject = "Plain";
    fixture_book(&f, &meeting);
    list_due(&f, &due, BOOKED);
    render(&f, letter_to(&due, "chloe@example.net"), BOOKED, &text);
    assert_non_null(strstr(text.data, "Subject: Salut Plain\r\n"));
    text_free(&text);
    arena_free(&due.arena);
    fixture_close(&f);
}

/* docs/letters.md says what there is, and nothing that there is not. */
TEST(letters__templates__are_all_in_the_manual)
{
    struct text manual = {0}, error = {0};
    assert_true(file_read("docs/letters.md", 1 << 20, FILE_ANY, &manual, &error));
    for (const struct embedded *file = letters_files; file->name; file++) {
        char name[80];
        snprintf(name, sizeof name, "`%s`", file->name);
        if (!strstr(manual.data, name))
            fail_msg("docs/letters.md lacks %s", name);
    }
    int known = 0;
    for (const char *const *name = letter_variables; *name; name++, known++) {
        char quoted[80];
        snprintf(quoted, sizeof quoted, "`%s`", *name);
        if (strcmp(*name, ".") != 0 && strcmp(*name, "n") != 0 && !strstr(manual.data, quoted))
            fail_msg("docs/letters.md lacks the variable %s", *name);
    }
    assert_true(known > 50);
    const char *row = strstr(manual.data, "## The variables");
    while (row && (row = strstr(row, "\n| `"))) {
        const char *end = strstr(row + 3, " | ");
        for (const char *at = row; (at = strchr(at, '`')) && at < end; at = strchr(at + 1, '`') + 1) {
            const char *close = strchr(at + 1, '`');
            if (!letter_is_variable(at + 1, (size_t)(close - at - 1)))
                fail_msg("docs/letters.md has a variable that letters do not: %.*s", (int)(close - at - 1),
                         at + 1);
        }
        row = end;
    }
    text_free(&manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters__every_kind_in_both_languages__is_read_by_python_and_mutt,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(letters__hostile_names_and_subjects__arrive_as_they_are, folder_make,
                                        folder_remove),
        cmocka_unit_test(letters__change__to_whoever_was_never_told__is_an_invitation),
        cmocka_unit_test_setup_teardown(letters__templates__of_the_site_are_checked_with_file_and_line,
                                        folder_make, folder_remove),
        cmocka_unit_test(letters__templates__are_all_in_the_manual),
        cmocka_unit_test_setup_teardown(letters__templates__of_the_site_take_the_place_of_ours, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
