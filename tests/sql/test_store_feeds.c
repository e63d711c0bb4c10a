/* The calendars that people subscribe to. */
#include "tests/sql/fixture.h"

#include "proto/directory.h"
#include "sql/store_changes.h"
#include "sql/store_directory.h"
#include "sql/store_feeds.h"

struct feed {
    size_t count, stop_at; /* stop_at 0: never */
    struct {
        int64_t id, changed_at;
        size_t attendees;
        enum meeting_status status;
        enum role role;
        enum partstat partstat;
        char mails[200]; /* of the attendees, in order */
        char organiser[64];
    } rows[8];
};

static bool keep_event(const struct feed_row *row, void *context)
{
    struct feed *feed = context;
    size_t size = 0, i = feed->count++;
    assert_true(i < 8);
    feed->rows[i].id = row->meeting.id;
    feed->rows[i].changed_at = row->changed_at;
    feed->rows[i].attendees = row->attendee_count;
    feed->rows[i].status = row->meeting.status;
    feed->rows[i].role = row->role;
    feed->rows[i].partstat = row->partstat;
    snprintf(feed->rows[i].organiser, 64, "%s", row->organiser_mail);
    for (size_t j = 0; j < row->attendee_count && size < 100; j++)
        size += (size_t)snprintf(feed->rows[i].mails + size, 200 - size, " %s", row->attendees[j].mail);
    return feed->count != feed->stop_at;
}

static struct person person_of(struct fixture *f, const char *mail)
{
    struct person person = {.mail = mail};
    assert_true(store_find_person(f->store, mail, &f->arena, &person) >= 0);
    return person;
}

static struct feed feed_with(struct fixture *f, const char *mail, struct feed_query query)
{
    struct feed feed = {0};
    const struct person person = person_of(f, mail);
    query.person = &person;
    assert_true(store_list_feed(f->store, &query, keep_event, &feed) >= 0);
    return feed;
}

static const struct feed_query month = {
    .from = NOW, .to = NOW + 30 * DAY, .cancelled_from = NOW, .cancelled_since = NOW - DAY};

static struct feed feed_of(struct fixture *f, const char *mail)
{
    return feed_with(f, mail, month);
}

static int64_t feed_changed(struct fixture *f, const char *mail)
{
    int64_t at = 0;
    const struct person person = person_of(f, mail);
    struct person found;
    assert_int_equal(store_find_feed(f->store, &person.link, NOW, NOW + 30 * DAY, &f->arena, &found, &at), 1);
    assert_int_equal(found.id, person.id);
    return at;
}

/* Guests who have been here before. */
static void put_guests(struct fixture *f)
{
    static const char *const mails[] = {"bob@example.org", "carol@example.org"};
    for (size_t i = 0; i < 2; i++) {
        int64_t id;
        assert_int_equal(store_put_person(f->store, &(struct person){.mail = mails[i]}, NOW - DAY, &id), 1);
    }
}

static struct meeting book_shown(struct fixture *f, const struct new_attendee *people, size_t count)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked booked;
    meeting.options.show_guests = true;
    assert_int_equal(
        store_book(f->store, &meeting, people, count, "example.org", NULL, NOW, &f->arena, &booked), 1);
    meeting.id = booked.id;
    return meeting;
}

STORE_TEST(store_list_feed__everybody_sees_what_concerns_them)
{
    struct meeting second = book(f, NOW + 2 * DAY), first = book(f, NOW + DAY);
    struct feed feed = feed_of(f, "Alice@example.org");
    assert_int_equal(feed.count, 2);
    assert_int_equal(feed.rows[0].id, first.id);
    assert_int_equal(feed.rows[1].id, second.id);
    assert_int_equal(feed.rows[0].attendees, 3);
    assert_int_equal(feed.rows[0].role, ROLE_ORGANISER);
    assert_int_equal(feed.rows[0].partstat, PARTSTAT_ACCEPTED);
    assert_string_equal(feed.rows[0].organiser, "alice@example.org");
    feed = feed_of(f, "bob@example.org");
    assert_int_equal(feed.count, 2);
    assert_string_equal(feed.rows[0].mails, " alice@example.org bob@example.org");
    assert_int_equal(feed.rows[0].role, ROLE_MODERATOR);
    assert_string_equal(feed.rows[0].organiser, "alice@example.org");
    assert_int_equal(feed_of(f, "mallory@example.org").count, 0);
}

STORE_TEST(store_list_feed__own_and_invited__or_own_alone)
{
    struct feed_query query = month;
    struct meeting invited = book(f, NOW + DAY), own = plain_meeting(f, NOW + 2 * DAY);
    own.organiser = put_person(f, "bob@example.org", "Bob");
    struct booked booked = book_as(f, &own, NULL);
    struct feed feed = feed_of(f, "bob@example.org");
    assert_int_equal(feed.count, 2);
    assert_int_equal(feed.rows[0].id, booked.id);
    assert_int_equal(feed.rows[1].id, invited.id);
    query.only_organised = true;
    feed = feed_with(f, "bob@example.org", query);
    assert_int_equal(feed.count, 1);
    assert_int_equal(feed.rows[0].id, booked.id);
}

STORE_TEST(store_list_feed__callback_ends_it)
{
    struct feed feed = {.stop_at = 1};
    struct feed_query query = month;
    const struct person alice = person_of(f, "alice@example.org");
    book(f, NOW + DAY), book(f, NOW + 2 * DAY);
    query.person = &alice;
    assert_int_equal(store_list_feed(f->store, &query, keep_event, &feed), 1);
    assert_int_equal(feed.count, 1);
}

STORE_TEST(store_list_feed__removed__is_in_no_roster_and_sees_nothing)
{
    put_guests(f);
    struct meeting meeting = book_shown(f, bob_and_carol, 2);
    struct attendee carol = attendee_of(f, meeting.id, "carol@example.org");
    struct change_result result;
    assert_int_equal(feed_of(f, "bob@example.org").rows[0].attendees, 3);
    assert_int_equal(store_remove_attendee(f->store, carol.id, f->alice, NOW + 5, &result), 1);
    assert_int_equal(feed_of(f, "carol@example.org").count, 0);
    assert_int_equal(feed_changed(f, "carol@example.org"), NOW + 5);
    assert_string_equal(feed_of(f, "alice@example.org").rows[0].mails, " alice@example.org bob@example.org");
    assert_string_equal(feed_of(f, "bob@example.org").rows[0].mails, " alice@example.org bob@example.org");
    assert_int_equal(feed_of(f, "bob@example.org").rows[0].changed_at, NOW + 5);
}

STORE_TEST(store_list_feed__cancelled__goes_before_the_others)
{
    struct meeting gone = book(f, NOW + DAY), stays = book(f, NOW + 2 * DAY);
    struct feed_query query = month;
    assert_int_equal(store_cancel(f->store, gone.id, f->alice, NULL, NOW + 20), 1);
    assert_int_equal(feed_of(f, "bob@example.org").count, 2);
    assert_int_equal(feed_of(f, "bob@example.org").rows[0].status, MEETING_CANCELLED);
    query.cancelled_from = gone.ends_at - 1; /* its day is not over */
    assert_int_equal(feed_with(f, "bob@example.org", query).count, 2);
    query.cancelled_from = gone.ends_at;
    for (int i = 0; i < 2; i++) {
        static const char *const mails[] = {"alice@example.org", "bob@example.org"};
        struct feed feed = feed_with(f, mails[i], query);
        assert_int_equal(feed.count, 1);
        assert_int_equal(feed.rows[0].id, stays.id);
    }
    query = month;
    query.cancelled_since = NOW + 19;
    assert_int_equal(feed_with(f, "alice@example.org", query).count, 2);
    query.cancelled_since = NOW + 20; /* long ago */
    assert_int_equal(feed_with(f, "alice@example.org", query).count, 1);
}

STORE_TEST(store_list_feed__shown_list__of_all_and_not_when_it_is_long)
{
    struct new_attendee people[FEED_LIST_MOST] = {{"bob@example.org", "Bob", ROLE_GUEST}};
    for (int i = 1; i < FEED_LIST_MOST; i++)
        people[i] =
            (struct new_attendee){arena_printf(&f->arena, "guest-%d@example.org", i), NULL, ROLE_GUEST};
    struct meeting small = book_shown(f, people, FEED_LIST_MOST - 1),
                   large = book_shown(f, people, FEED_LIST_MOST);
    struct feed feed = feed_of(f, "bob@example.org");
    assert_int_equal(feed.count, 2);
    assert_int_equal(feed.rows[0].id, large.id);
    assert_string_equal(feed.rows[0].mails, " alice@example.org bob@example.org");
    assert_int_equal(feed.rows[1].id, small.id);
    assert_int_equal(feed.rows[1].attendees, FEED_LIST_MOST);
    assert_int_equal(feed.rows[1].role, ROLE_GUEST);
    assert_int_equal(feed_of(f, "alice@example.org").rows[1].attendees, FEED_LIST_MOST + 1);
}

STORE_TEST(store_list_feed__list_shown_later__is_there_for_those_who_came_with_it_too)
{
    static const struct new_attendee three[] = {{"bob@example.org", "Bob", ROLE_MODERATOR},
                                                {"carol@example.org", NULL, ROLE_GUEST},
                                                {"dave@example.org", NULL, ROLE_GUEST}};
    struct meeting meeting = book(f, NOW + DAY);
    struct change_result result;
    const struct meeting_change change = {
        .revision = meeting.revision, .meeting = &meeting, .attendees = three, .count = 3};
    meeting.options.show_guests = true;
    meeting.starts_at += 3 * DAY;
    meeting.ends_at += 3 * DAY;
    assert_int_equal(store_change(f->store, &change, f->alice, NOW + 20, &result), 1);
    assert_int_equal(number_of(f, "SELECT count(*) FROM attendee a JOIN meeting m ON m.id = a.meeting"
                                  " WHERE a.starts_at <> m.starts_at OR a.list_shown <> m.show_guests"),
                     0);
    assert_int_equal(feed_of(f, "carol@example.org").rows[0].attendees, 4);
    assert_int_equal(feed_of(f, "dave@example.org").rows[0].attendees, 4);
}

STORE_TEST(store_list_feed__invited_by_an_alias__is_there_once)
{
    static const struct new_attendee both[] = {{"bob@example.org", "Bob", ROLE_GUEST},
                                               {"bobby@example.org", NULL, ROLE_GUEST},
                                               {"robert@example.org", NULL, ROLE_GUEST}};
    put_guests(f);
    struct meeting hidden = book(f, NOW + DAY), shown = book_shown(f, both, 3),
                   twice = book_shown(f, both + 1, 2);
    assert_int_equal(feed_of(f, "bob@example.org").count, 2);
    assert_int_equal(
        sqlite3_exec(f->store->db,
                     "INSERT INTO alias (mail, person) SELECT column1, id FROM person,"
                     " (VALUES ('bobby@example.org'), ('robert@example.org'), ('alice2@example.org'))"
                     " WHERE person.mail = 'bob@example.org'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    struct feed feed = feed_of(f, "bob@example.org");
    assert_int_equal(feed.count, 3);
    assert_int_equal(feed.rows[0].id, hidden.id);
    assert_int_equal(feed.rows[1].id, shown.id);
    assert_int_equal(feed.rows[2].id, twice.id);
    struct attendee bobby = attendee_of(f, twice.id, "bobby@example.org");
    assert_int_equal(store_answer(f->store, bobby.id, PARTSTAT_ACCEPTED, NULL, NOW + 10), 1);
    assert_int_equal(feed_of(f, "bob@example.org").rows[2].partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(feed_of(f, "bob@example.org").rows[1].partstat, PARTSTAT_NEEDS_ACTION);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW + 10);
    struct attendee robert = attendee_of(f, shown.id, "robert@example.org");
    assert_int_equal(store_answer(f->store, robert.id, PARTSTAT_ACCEPTED, NULL, NOW + 12), 1);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW + 12);
}

STORE_TEST(store_find_feed__changed__follows_what_the_feed_shows)
{
    put_guests(f);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW - DAY);
    struct meeting meeting = book(f, NOW + DAY);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW + 10), 1);
    assert_int_equal(feed_changed(f, "BOB@example.org"), NOW + 10);
    assert_int_equal(feed_changed(f, "alice@example.org"), NOW + 10); /* sees the answer */
    assert_int_equal(feed_changed(f, "carol@example.org"), NOW);      /* does not */
    assert_int_equal(feed_of(f, "alice@example.org").rows[0].changed_at, NOW + 10);
    assert_int_equal(feed_of(f, "carol@example.org").rows[0].changed_at, NOW);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW + 20), 1);
    assert_int_equal(feed_changed(f, "carol@example.org"), NOW + 20);
    assert_int_equal(feed_of(f, "carol@example.org").rows[0].changed_at, NOW + 20);
    assert_int_equal(feed_of(f, "carol@example.org").rows[0].status, MEETING_CANCELLED);
}

STORE_TEST(store_find_feed__changed__answers_on_a_shown_list__change_it_for_all)
{
    put_guests(f);
    struct meeting meeting = book_shown(f, bob_and_carol, 2), hidden = book(f, NOW + 2 * DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_DECLINED, NULL, NOW + 10), 1);
    assert_int_equal(feed_changed(f, "carol@example.org"), NOW + 10);
    struct feed feed = feed_of(f, "carol@example.org");
    assert_int_equal(feed.count, 2);
    assert_int_equal(feed.rows[0].id, hidden.id);
    assert_int_equal(feed.rows[0].changed_at, NOW);
    assert_int_equal(feed.rows[1].changed_at, NOW + 10);
    assert_int_equal(feed.rows[1].partstat, PARTSTAT_NEEDS_ACTION);
    bob = attendee_of(f, hidden.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW + 30), 1);
    assert_int_equal(feed_changed(f, "carol@example.org"), NOW + 10);
    assert_int_equal(number_of(f, "SELECT count(*) FROM meeting WHERE answers_at > 0"), 1);
}

STORE_TEST(store_find_feed__changed__the_person__counts_too)
{
    book(f, NOW + DAY);
    struct person alice = {.mail = "alice@example.org", .name = "Alice M."};
    int64_t id;
    assert_int_equal(store_put_person(f->store, &alice, NOW + 40, &id), 1);
    assert_int_equal(feed_changed(f, "alice@example.org"), NOW + 40);
}

/* A guest's feed names the organiser; who asks with the tag of an hour ago must get it anew. */
STORE_TEST(store_find_feed__organiser_renamed__changed_for_guests)
{
    put_guests(f);
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    meeting.options.show_guests = true;
    book_as(f, &meeting, NULL);
    assert_int_equal(store_commit(f->store), 1);
    int64_t id, before = feed_changed(f, "bob@example.org");
    const struct person alice = {.mail = "alice@example.org", .name = "Alice Martin", .may_book = true};
    assert_true(store_put_person(f->store, &alice, NOW + 60, &id) > 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_true(before < NOW + 60);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW + 60);
    assert_int_equal(feed_of(f, "bob@example.org").rows[0].changed_at, NOW + 60);
    assert_string_equal(roster_of(f, feed_of(f, "bob@example.org").rows[0].id).rows[0].attendee.name,
                        "Alice Martin"); /* the same name wherever it stands */
    /* what says the same changes nothing: every sign-in by a web server does that */
    assert_true(store_put_person(f->store, &alice, NOW + 120, &id) > 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW + 60);
}

STORE_TEST(store_find_feed__organiser_renamed_by_the_directory__changed_for_guests)
{
    put_guests(f);
    book(f, NOW + DAY);
    enum imported how;
    const char *why;
    struct directory_person alice = {.mail = "alice@example.org", .name = "Alice Martin", .may_book = true};
    assert_int_equal(store_import_person(f->store, &alice, 1, NOW + 60, &how, &why), 1);
    assert_int_equal(how, IMPORT_CHANGED);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(feed_changed(f, "bob@example.org"), NOW + 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_list_feed__everybody_sees_what_concerns_them),
        IN_MEMORY(store_list_feed__own_and_invited__or_own_alone),
        IN_MEMORY(store_list_feed__callback_ends_it),
        IN_MEMORY(store_list_feed__removed__is_in_no_roster_and_sees_nothing),
        IN_MEMORY(store_list_feed__cancelled__goes_before_the_others),
        IN_MEMORY(store_list_feed__shown_list__of_all_and_not_when_it_is_long),
        IN_MEMORY(store_list_feed__list_shown_later__is_there_for_those_who_came_with_it_too),
        IN_MEMORY(store_list_feed__invited_by_an_alias__is_there_once),
        IN_MEMORY(store_find_feed__changed__follows_what_the_feed_shows),
        IN_MEMORY(store_find_feed__changed__answers_on_a_shown_list__change_it_for_all),
        IN_MEMORY(store_find_feed__changed__the_person__counts_too),
        IN_MEMORY(store_find_feed__organiser_renamed__changed_for_guests),
        IN_MEMORY(store_find_feed__organiser_renamed_by_the_directory__changed_for_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
