/* The loop with real parts: a store, letters, a mailer to a folder, due and rooms; the test is the module of
 * each Prosody, and the clock is its own: a week passes in a second. */
#include "component/loop.h"
#include "tests/component/module.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DAY = 86400, HEARD_MAX = 100 };

/* What a module was asked to say or end. */
struct heard {
    int64_t at;
    bool end;
    char text[120];
};

struct house {
    struct fixture f;
    char folder[40];
    struct clock clock;
    int64_t now_ms;
    struct xmpp modules[2];
    struct loop_prosody prosody[2];
    size_t prosody_count;
    struct mailer *mailer;
    struct due *due;
    struct loop *loop;
    size_t heard_count;
    struct heard heard[HEARD_MAX];
};

static int64_t house_ms(void *context)
{
    return ((struct house *)context)->now_ms;
}

static bool house_act(const struct due_reminder *reminder, const char *text, void *context)
{
    struct house *house = context;
    return loop_act(reminder, text, house->loop);
}

static void open_rooms(struct house *h, size_t number)
{
    h->prosody[number] = (struct loop_prosody){
        .name = number ? "second" : "main",
        .rooms = rooms_open(&(struct rooms_options){.prosody = number ? "second" : "main",
                                                    .muc = MUC,
                                                    .store = h->f.store,
                                                    .wire = &module_wire,
                                                    .clock = &h->clock,
                                                    .catalogues = h->f.catalogues,
                                                    .zones = h->f.zones,
                                                    .site = &h->f.site,
                                                    .moderation = "strict",
                                                    .unbooked = "open",
                                                    .sender = "Visio"})};
    rooms_attach(h->prosody[number].rooms, &h->modules[number]);
}

static struct house *open_house(size_t prosodys)
{
    struct house *h = mem_alloc(sizeof *h);
    struct text error = {0};
    char database[60];
    snprintf(h->folder, sizeof h->folder, "/tmp/test_loop.XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    snprintf(database, sizeof database, "%s/jmb.db", h->folder);
    h->now_ms = (int64_t)BOOKED * 1000;
    h->clock = (struct clock){house_ms, h};
    fixture_open_at(&h->f, database);
    h->mailer = mailer_open(
        &(struct mailer_options){.transport = MAILER_FOLDER, .folder = h->folder, .timeout = 5}, &error);
    assert_string_equal(text_string(&error), "");
    for (size_t i = 0; i < prosodys; i++)
        open_rooms(h, i);
    h->prosody_count = prosodys;
    h->due = due_open(&(struct due_options){.store = h->f.store,
                                            .letters = h->f.letters,
                                            .mailer = h->mailer,
                                            .catalogues = h->f.catalogues,
                                            .act = house_act,
                                            .context = h});
    h->loop = loop_open(&(struct loop_options){.clock = &h->clock,
                                               .store = h->f.store,
                                               .due = h->due,
                                               .mailer = h->mailer,
                                               .prosody_count = prosodys,
                                               .prosody = h->prosody});
    return h;
}

static void empty_folder(const char *folder)
{
    char path[400];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(dir);
    assert_int_equal(rmdir(folder), 0);
}

static void close_house(struct house *h)
{
    for (size_t i = 0; i < h->prosody_count; i++)
        module_free(&h->modules[i]);
    loop_close(h->loop);
    due_close(h->due);
    for (size_t i = 0; i < h->prosody_count; i++)
        rooms_close(h->prosody[i].rooms);
    mailer_close(h->mailer);
    fixture_close(&h->f);
    empty_folder(h->folder);
    free(h);
}

/* The module greets, and does all that it is asked; three people are in every room. */
static void greet(struct house *h, size_t number)
{
    rooms_connected(h->prosody[number].rooms);
    module_hello(h->prosody[number].rooms, "h", 0, 0, 0);
    loop_turn(h->loop, 0);
}

static void note_heard(struct house *h, const char *payload)
{
    assert_true(h->heard_count < HEARD_MAX);
    struct heard *heard = &h->heard[h->heard_count++];
    *heard = (struct heard){.at = h->now_ms / 1000, .end = strncmp(payload, "<end", 4) == 0};
    const char *from = strstr(payload, heard->end ? "<reason>" : "<body>");
    assert_non_null(from);
    from = strchr(from, '>') + 1;
    snprintf(heard->text, sizeof heard->text, "%.*s", (int)strcspn(from, "<"), from);
}

static void obey(struct house *h, size_t number)
{
    struct xmpp *module = &h->modules[number];
    while (module->order_count) {
        bool order = !strstr(module->orders[0].payload, "<policies ");
        if (order) {
            note_heard(h, module->orders[0].payload);
            module_answers(module,
                           "<iq type='result'><done xmlns='urn:jmb:rooms:1' said='3' ended='1'/></iq>");
        } else {
            module_confirms(module);
        }
    }
}

/* When any part wants to run next. */
static int64_t next_of(struct house *h)
{
    int64_t due = due_next(h->due, h->now_ms / 1000);
    int64_t next = due == INT64_MAX ? INT64_MAX : due * 1000;
    for (size_t i = 0; i < h->prosody_count; i++) {
        int64_t rooms = rooms_next_ms(h->prosody[i].rooms);
        next = rooms < next ? rooms : next;
    }
    return next;
}

/* Turns until `until`; the clock jumps to whatever comes next, as a sleeping loop would see it. */
static void live(struct house *h, int64_t until)
{
    for (;;) {
        loop_turn(h->loop, 0);
        for (size_t i = 0; i < h->prosody_count; i++)
            obey(h, i);
        int64_t next = next_of(h);
        if (next / 1000 > until)
            break;
        if (next > h->now_ms)
            h->now_ms = next;
    }
    h->now_ms = until * 1000;
}

static int letters_in(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += strlen(entry->d_name) > 4 && strcmp(entry->d_name + strlen(entry->d_name) - 4, ".eml") == 0;
    closedir(dir);
    return count;
}

TEST(loop__turn__reminders_of_a_week_each_in_its_second)
{
    struct house *h = open_house(1);
    greet(h, 0);
    for (int64_t day = 0; day < 7; day++) {
        struct meeting meeting = fixture_meeting();
        meeting.starts_at += day * DAY;
        meeting.ends_at += day * DAY;
        fixture_book(&h->f, &meeting);
    }
    live(h, END + 7 * DAY);
    assert_int_equal(h->heard_count, 7 * 5);
    for (int day = 0; day < 7; day++) {
        static const int before[] = {300, 30, 0, -840, -900};
        for (int i = 0; i < 5; i++) {
            const struct heard *heard = &h->heard[day * 5 + i];
            assert_int_equal(heard->at, END + day * DAY - before[i]);
            assert_int_equal(heard->end, i == 4);
        }
    }
    assert_non_null(strstr(h->heard[0].text, "5 min"));
    close_house(h);
}

TEST(loop__turn__letters_leave_after_the_commit)
{
    struct house *h = open_house(1);
    struct meeting meeting = fixture_meeting();
    greet(h, 0);
    obey(h, 0);
    assert_int_equal(letters_in(h->folder), 0);
    fixture_book(&h->f, &meeting);
    for (int i = 0; i < 200 && letters_in(h->folder) < 3; i++)
        loop_turn(h->loop, 50);                 /* wakes by the mailer's eventfd */
    assert_int_equal(letters_in(h->folder), 3); /* Ada's own is her calendar's entry */
    close_house(h);
}

static void say_opened(struct house *h, const char *id)
{
    struct text text = {0};
    text_addf(&text, "<events xmlns='urn:jmb:rooms:1' boot='" BOOT "' now='%" PRId64 "'>", h->now_ms);
    for (int n = 1; n <= 100; n++)
        text_addf(&text, "<opened n='%d' t='%" PRId64 "' room='r%d@" MUC "' instance='i%d' kind='main'/>", n,
                  h->now_ms, n, n);
    text_add(&text, "</events>");
    module_says(h->prosody[0].rooms, id, text.data);
    text_free(&text);
}

TEST(loop__turn__failed_commit_is_told_and_the_next_one_works)
{
    struct house *h = open_house(1);
    struct rlimit before, none;
    greet(h, 0);
    obey(h, 0);
    module_says(h->prosody[0].rooms, "s",
                "<snapshot xmlns='urn:jmb:rooms:1' boot='" BOOT "' now='1' done='true' count='0' last='0'/>");
    loop_turn(h->loop, 0);
    text_clear(&h->modules[0].answers);
    say_opened(h, "e1");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = (struct rlimit){.rlim_cur = 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0); /* as good as a full disk */
    loop_turn(h->loop, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_answers(&h->modules[0], "e1 error wait resource-constraint\n");
    say_opened(h, "e2");
    loop_turn(h->loop, 0);
    expect_answers(&h->modules[0],
                   "e2 result <events xmlns='urn:jmb:rooms:1' boot='" BOOT "' last='100'/>\n");
    json_t *health = json_object();
    loop_health(health, h->loop);
    assert_int_equal(json_integer_value(json_object_get(health, "failed_commits")), 1);
    json_decref(health);
    close_house(h);
}

TEST(loop__turn__what_a_turn_changed_reaches_the_module_in_it)
{
    struct house *h = open_house(1);
    struct meeting meeting = fixture_meeting();
    greet(h, 0);
    obey(h, 0);
    h->now_ms = (int64_t)(START - 3600) * 1000;
    meeting.organiser = fixture_person(&h->f, "ada@example.org", "Ada", "fr", "Europe/Paris");
    assert_true(store_book(h->f.store, &meeting, NULL, 0, "meet.example", NULL, h->now_ms / 1000, &h->f.arena,
                           &h->f.booked) > 0);
    assert_int_equal(h->modules[0].order_count, 0);
    loop_turn(h->loop, 0);
    assert_int_equal(h->modules[0].order_count, 1);
    assert_non_null(strstr(h->modules[0].orders[0].payload, "admission='booked'"));
    close_house(h);
}

/* Ends with the meeting's only reminder asked for in both Prosodys. */
static struct house *open_at_the_end(void)
{
    struct house *h = open_house(2);
    struct meeting meeting = fixture_meeting();
    meeting.options.room_reminders[0] = 0;
    meeting.options.room_reminders[1] = -1;
    meeting.options.at_end = AT_END_WARN;
    greet(h, 0);
    greet(h, 1);
    fixture_book(&h->f, &meeting);
    live(h, END - 1);
    h->now_ms = (int64_t)END * 1000;
    loop_turn(h->loop, 0);
    assert_int_equal(h->modules[0].order_count, 1);
    assert_int_equal(h->modules[1].order_count, 1);
    return h;
}

static const char nobody[] = "<iq type='error'><error type='cancel'><item-not-found/></error></iq>";

TEST(loop__act__heard_in_one_prosody_is_done)
{
    struct house *h = open_at_the_end();
    module_answers(&h->modules[0], nobody);
    module_answers(&h->modules[1], "<iq type='result'><say xmlns='urn:jmb:rooms:1' said='2'/></iq>");
    live(h, END + 50);
    assert_int_equal(h->heard_count, 0);
    close_house(h);
}

TEST(loop__act__nobody_anywhere_is_done)
{
    struct house *h = open_at_the_end();
    module_answers(&h->modules[0], nobody);
    module_answers(&h->modules[1], nobody);
    live(h, END + 50);
    assert_int_equal(h->heard_count, 0);
    close_house(h);
}

TEST(loop__act__nobody_here_and_no_answer_there_is_asked_again)
{
    struct house *h = open_at_the_end();
    module_answers(&h->modules[0], nobody);
    module_answers(&h->modules[1], NULL);
    live(h, END + 50);
    assert_int_equal(h->heard_count, 2);
    close_house(h);
}

TEST(loop__act__no_prosody_connected)
{
    struct house *h = open_house(2);
    const struct due_reminder reminder = {.id = 5, .kind = REMINDER_ROOM, .room = "x"};
    assert_false(loop_act(&reminder, "text", h->loop));
    greet(h, 1);
    obey(h, 1);
    assert_true(loop_act(&reminder, "text", h->loop));
    loop_turn(h->loop, 0);
    assert_int_equal(h->modules[0].order_count, 0);
    assert_int_equal(h->modules[1].order_count, 1);
    close_house(h);
}

TEST(loop__health__says_how_each_prosody_is)
{
    struct house *h = open_house(1);
    json_t *health = json_object();
    greet(h, 0);
    obey(h, 0);
    loop_health(health, h->loop);
    const json_t *main_prosody = json_array_get(json_object_get(health, "prosody"), 0);
    assert_string_equal(json_string_value(json_object_get(main_prosody, "name")), "main");
    assert_true(json_is_true(json_object_get(main_prosody, "ready")));
    assert_int_equal(json_integer_value(json_object_get(health, "turns")), 1);
    assert_true(json_integer_value(json_object_get(health, "longest_turn_us")) > 0);
    assert_int_equal(json_integer_value(json_object_get(health, "prosodys_connected")), 1);
    assert_string_equal(json_string_value(json_object_get(main_prosody, "mode")), "enforce");
    assert_int_equal(json_integer_value(json_object_get(main_prosody, "refusals")), 0);
    assert_true(json_integer_value(json_object_get(main_prosody, "policies_revision")) > 0);
    assert_true(json_is_array(json_object_get(main_prosody, "warnings")));
    json_decref(health);
    close_house(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop__turn__reminders_of_a_week_each_in_its_second),
        cmocka_unit_test(loop__turn__letters_leave_after_the_commit),
        cmocka_unit_test(loop__turn__failed_commit_is_told_and_the_next_one_works),
        cmocka_unit_test(loop__turn__what_a_turn_changed_reaches_the_module_in_it),
        cmocka_unit_test(loop__act__heard_in_one_prosody_is_done),
        cmocka_unit_test(loop__act__nobody_anywhere_is_done),
        cmocka_unit_test(loop__act__nobody_here_and_no_answer_there_is_asked_again),
        cmocka_unit_test(loop__act__no_prosody_connected),
        cmocka_unit_test(loop__health__says_how_each_prosody_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
