#include "tests/sql/fixture.h"

#include "sql/store_directory.h"

STORE_TEST(store_book__stores_all_that_was_typed)
{
    struct meeting typed = plain_meeting(f, NOW + DAY), meeting;
    typed.options.lobby = typed.options.guests_wait = true;
    typed.options.maximum = 50;
    typed.options.password = "s3cret";
    static const int reminders[REMINDERS_MAX] = {3600, 1800, 900, 600, 300, 120, 60, 0};
    memcpy(typed.options.room_reminders, reminders, sizeof reminders);
    struct booked booked = book_as(f, &typed, NULL);
    assert_int_equal(store_find_meeting(f->store, booked.ref, &f->arena, &meeting), 1);
    assert_int_equal(meeting.id, booked.id);
    assert_string_equal(meeting.subject, "Weekly");
    assert_string_equal(meeting.description, "Bring cake");
    assert_int_equal(meeting.organiser, f->alice);
    assert_int_equal(meeting.starts_at, NOW + DAY);
    assert_int_equal(meeting.ends_at, NOW + DAY + HOUR);
    assert_string_equal(meeting.tz, "Europe/Paris");
    assert_string_equal(meeting.language, "fr");
    assert_int_equal(meeting.status, MEETING_CONFIRMED);
    assert_int_equal(meeting.sequence, 0);
    assert_int_equal(meeting.created_at, NOW);
    assert_int_equal(meeting.updated_at, NOW);
    assert_true(meeting.options.lobby && meeting.options.guests_wait);
    assert_int_equal(meeting.options.opens_before, 900);
    assert_int_equal(meeting.options.guests_before, 300);
    assert_int_equal(meeting.options.grace, 600);
    assert_int_equal(meeting.options.at_end, AT_END_CLOSE);
    assert_int_equal(meeting.options.maximum, 50);
    assert_string_equal(meeting.options.password, "s3cret");
    assert_memory_equal(meeting.options.room_reminders, reminders, sizeof reminders);
    assert_contains(meeting.uid, "@example.org");
    assert_int_equal(strlen(meeting.ref), REF_SIZE);
    assert_int_equal(strlen(meeting.room), 23);
}

STORE_TEST(store_book__absent_options__stay_absent)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    meeting.options.room_reminders[0] = -1;
    meeting.description = NULL;
    struct booked booked = book_as(f, &meeting, NULL);
    assert_int_equal(store_get_meeting(f->store, booked.id, &f->arena, &meeting), 1);
    assert_string_equal(meeting.description, "");
    assert_null(meeting.options.password);
    assert_int_equal(meeting.options.room_reminders[0], -1);
}

STORE_TEST(store_book__two__have_nothing_in_common)
{
    struct meeting a = book(f, NOW + DAY), b = book(f, NOW + DAY);
    assert_string_not_equal(a.ref, b.ref);
    assert_string_not_equal(a.uid, b.uid);
    assert_string_not_equal(a.room, b.room);
    struct attendee bob_a = attendee_of(f, a.id, "bob@example.org"),
                    bob_b = attendee_of(f, b.id, "bob@example.org");
    assert_string_not_equal(bob_a.ref, bob_b.ref);
    assert_memory_not_equal(&bob_a.link, &bob_b.link, sizeof bob_a.link);
}

STORE_TEST(store_book__attendees__with_the_organiser_as_one)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct roster roster = roster_of(f, meeting.id);
    assert_int_equal(roster.count, 3);
    assert_string_equal(roster.rows[0].attendee.mail, "alice@example.org");
    assert_string_equal(roster.rows[0].attendee.name, "Alice");
    assert_int_equal(roster.rows[0].attendee.role, ROLE_ORGANISER);
    assert_int_equal(roster.rows[0].attendee.partstat, PARTSTAT_ACCEPTED);
    assert_int_equal(roster.rows[1].attendee.role, ROLE_MODERATOR);
    assert_int_equal(roster.rows[1].attendee.partstat, PARTSTAT_NEEDS_ACTION);
    assert_int_equal(roster.rows[1].attendee.answered_at, 0);
    assert_string_equal(roster.rows[2].attendee.mail, "carol@example.org");
    assert_null(roster.rows[2].attendee.name);
    assert_int_equal(roster.rows[2].attendee.role, ROLE_GUEST);
    assert_int_equal(roster.rows[2].visits, 0);
    assert_false(roster.rows[2].connected);
    assert_true(strlen(roster.rows[2].attendee.ref) >= 12);
}

STORE_TEST(store_book__named_twice__is_one_with_the_higher_role)
{
    static const struct new_attendee twice[] = {{"bob@example.org", "Bob", ROLE_GUEST},
                                                {"BOB@example.org", "Robert", ROLE_MODERATOR},
                                                {"Alice@Example.org", "Not me", ROLE_GUEST},
                                                {"bob@EXAMPLE.org", "B.", ROLE_GUEST}};
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked booked;
    assert_int_equal(store_book(f->store, &meeting, twice, 4, "example.org", NULL, NOW, &f->arena, &booked),
                     1);
    struct roster roster = roster_of(f, booked.id);
    assert_int_equal(roster.count, 2);
    assert_int_equal(roster.rows[0].attendee.role, ROLE_ORGANISER);
    assert_int_equal(roster.rows[1].attendee.role, ROLE_MODERATOR);
    assert_string_equal(roster.rows[1].attendee.mail, "bob@example.org");
    assert_int_equal(letters_due(f, NOW).count, 2);
}

STORE_TEST(store_book__same_form_again__is_the_first_meeting)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    struct booked first = book_as(f, &meeting, "form-1");
    struct booked again = book_as(f, &meeting, "form-1"); /* a double click, in the same turn */
    assert_int_equal(again.id, first.id);
    assert_int_equal(store_commit(f->store), 1);
    again = book_as(f, &meeting, "form-1"); /* a reload */
    assert_int_equal(again.id, first.id);
    assert_string_equal(again.ref, first.ref);
    assert_int_equal(store_commit(f->store), 0);
    struct booked other = book_as(f, &meeting, "form-2");
    assert_int_not_equal(other.id, first.id);
    meeting.organiser =
        put_person(f, "mallory@example.org", "M"); /* somebody else's form is none of theirs */
    other = book_as(f, &meeting, "form-1");
    assert_int_not_equal(other.id, first.id);
}

STORE_TEST(store_book__nobody_as_organiser__is_refused)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    meeting.organiser = 4711;
    struct booked booked;
    assert_int_equal(
        store_book(f->store, &meeting, bob_and_carol, 2, "example.org", NULL, NOW, &f->arena, &booked), 0);
    assert_int_equal(store_commit(f->store), 0);
}

STORE_TEST(store_book__hostile_strings__come_back_as_typed)
{
    struct meeting meeting = plain_meeting(f, NOW + DAY);
    meeting.subject = "'); DELETE FROM meeting; -- \xC3\xA9\xE2\x80\xAF\" <b>&amp; %s \x7F";
    meeting.description = "\r\nATTENDEE:evil\r\n\t\\n;,";
    struct booked booked = book_as(f, &meeting, "'\"");
    struct meeting read;
    assert_int_equal(store_get_meeting(f->store, booked.id, &f->arena, &read), 1);
    assert_string_equal(read.subject, meeting.subject);
    assert_string_equal(read.description, meeting.description);
    assert_int_equal(store_find_meeting(f->store, "' OR '1'='1", &f->arena, &read), 0);
}

STORE_TEST(store_cancel__once__raises_the_sequence)
{
    struct meeting meeting = book(f, NOW + DAY);
    int64_t first;
    touched(f, &first);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, "I am ill", NOW + 5), 1);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, "I am ill", NOW + 6), 0);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 1);
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 1);
    assert_int_equal(meeting.status, MEETING_CANCELLED);
    assert_int_equal(meeting.sequence, 1);
    assert_int_equal(meeting.updated_at, NOW + 5);
    assert_string_equal(meeting.cancel_reason, "I am ill");
    assert_int_equal(
        number_of(f, "SELECT count(*) FROM audit WHERE what = 'meeting cancelled' AND after = 'I am ill'"
                     " AND who IS NOT NULL"),
        1);
}

STORE_TEST(store_find_attendee__by_link__with_the_meeting)
{
    struct meeting meeting = book(f, NOW + DAY), found_meeting;
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org"), found;
    assert_int_equal(store_find_attendee(f->store, &bob.link, &f->arena, &found, &found_meeting), 1);
    assert_int_equal(found.id, bob.id);
    assert_string_equal(found.ref, bob.ref);
    assert_string_equal(found_meeting.room, meeting.room);
    assert_false(found.removed);
    const struct link_id forged = {{0}};
    assert_int_equal(store_find_attendee(f->store, &forged, &f->arena, &found, &found_meeting), 0);
    assert_int_equal(store_get_attendee(f->store, bob.id, &f->arena, &found, &found_meeting), 1);
    assert_int_equal(store_get_attendee(f->store, 4711, &f->arena, &found, &found_meeting), 0);
}

STORE_TEST(store_find_entrant__by_link__with_what_a_door_needs_of_the_meeting)
{
    struct meeting booked = book(f, NOW + DAY), meeting, whole;
    struct attendee bob = attendee_of(f, booked.id, "bob@example.org"), found;
    assert_int_equal(store_cancel(f->store, booked.id, f->alice, "I am ill", NOW + 5), 1);
    assert_int_equal(store_find_attendee(f->store, &bob.link, &f->arena, &found, &whole), 1);
    assert_int_equal(store_find_entrant(f->store, &bob.link, &f->arena, &found, &meeting), 1);
    assert_int_equal(found.id, bob.id);
    assert_string_equal(found.ref, bob.ref);
    assert_int_equal(meeting.id, whole.id);
    assert_string_equal(meeting.ref, whole.ref);
    assert_string_equal(meeting.room, whole.room);
    assert_string_equal(meeting.subject, whole.subject);
    assert_int_equal(meeting.organiser, whole.organiser);
    assert_int_equal(meeting.starts_at, whole.starts_at);
    assert_int_equal(meeting.ends_at, whole.ends_at);
    assert_string_equal(meeting.tz, whole.tz);
    assert_string_equal(meeting.language, whole.language);
    assert_int_equal(meeting.status, MEETING_CANCELLED);
    assert_string_equal(meeting.cancel_reason, "I am ill");
    assert_int_equal(meeting.options.opens_before, whole.options.opens_before);
    assert_int_equal(meeting.options.guests_before, whole.options.guests_before);
    assert_int_equal(meeting.options.grace, whole.options.grace);
    assert_int_equal(meeting.options.shared, whole.options.shared);
    assert_memory_equal(&meeting.shared_link, &whole.shared_link, sizeof whole.shared_link);
    assert_null(meeting.description);
    const struct link_id forged = {{0}};
    assert_int_equal(store_find_entrant(f->store, &forged, &f->arena, &found, &meeting), 0);
}

STORE_TEST(store_find_attendee__removed__is_found_as_such_and_in_no_list)
{
    struct meeting meeting = book(f, NOW + DAY), row;
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org"), found;
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE attendee SET removed_at = 1 WHERE mail LIKE 'bob%'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_find_attendee(f->store, &bob.link, &f->arena, &found, &row), 1);
    assert_true(found.removed);
    assert_int_equal(roster_of(f, meeting.id).count, 2);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW), 0);
}

STORE_TEST(store_answer__kept_with_its_comment)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    int64_t first;
    touched(f, &first);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_TENTATIVE, "Perhaps <late>", NOW + 7), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(touched(f, &first), 0); /* no policy says anything of answers */
    bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(bob.partstat, PARTSTAT_TENTATIVE);
    assert_int_equal(bob.answered_at, NOW + 7);
    assert_string_equal(bob.comment, "Perhaps <late>");
    assert_int_equal(store_get_meeting(f->store, meeting.id, &f->arena, &meeting), 1);
    assert_int_equal(meeting.updated_at, NOW);
}

STORE_TEST(store_answer__the_same_again__stores_nothing)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, "Gladly", NOW), 1);
    assert_int_equal(store_commit(f->store), 1);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, "Gladly", NOW + 1), 0);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW + 1), 0);
    assert_int_equal(store_commit(f->store), 0);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, "With cake", NOW + 1), 1);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_DECLINED, NULL, NOW + 1), 1);
    assert_null(attendee_of(f, meeting.id, "bob@example.org").comment);
}

STORE_TEST(store_answer__cancelled_or_over__is_refused)
{
    struct meeting meeting = book(f, NOW + DAY), cancelled = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    struct attendee late = attendee_of(f, cancelled.id, "bob@example.org");
    assert_int_equal(store_cancel(f->store, cancelled.id, f->alice, NULL, NOW), 1);
    assert_int_equal(store_answer(f->store, late.id, PARTSTAT_ACCEPTED, NULL, NOW), 0);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, meeting.ends_at), 0);
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, meeting.ends_at - 1), 1);
    assert_int_equal(store_answer(f->store, 4711, PARTSTAT_ACCEPTED, NULL, NOW), 0);
}

/* ------------------------------------------------------------------------------------------------ lists */

struct page {
    size_t count;
    struct {
        int64_t id, starts_at, me;
        enum role role;
        int invited, accepted, declined, tentative, connected;
    } rows[16];
};

static bool keep_row(const struct meeting_row *row, void *context)
{
    struct page *page = context;
    assert_true(page->count < 16);
    assert_string_equal(row->organiser_mail, "alice@example.org");
    assert_string_equal(row->organiser_name, "Alice");
    assert_string_equal(row->meeting.subject, "Weekly");
    page->rows[page->count].id = row->meeting.id;
    page->rows[page->count].starts_at = row->meeting.starts_at;
    page->rows[page->count].me = row->me.id;
    page->rows[page->count].role = row->me.role;
    page->rows[page->count].invited = row->invited;
    page->rows[page->count].accepted = row->accepted;
    page->rows[page->count].connected = row->connected;
    page->count++;
    return true;
}

static struct page list(struct fixture *f, const struct meeting_query *query)
{
    struct page page = {0};
    int result = store_list_meetings(f->store, query, keep_row, &page);
    assert_int_equal(result, page.count > 0);
    return page;
}

STORE_TEST(store_list_meetings__own_and_invited__for_whom_they_concern)
{
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee bob = attendee_of(f, meeting.id, "bob@example.org");
    assert_int_equal(store_answer(f->store, bob.id, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    struct meeting_query query = {
        .mail = "ALICE@example.org", .from = NOW, .to = NOW + 30 * DAY, .limit = 20};
    struct page page = list(f, &query);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].role, ROLE_ORGANISER);
    assert_int_equal(page.rows[0].invited, 2);
    assert_int_equal(page.rows[0].accepted, 1);
    query.mail = "Bob@Example.org";
    page = list(f, &query);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].me, bob.id);
    assert_int_equal(page.rows[0].role, ROLE_MODERATOR);
    query.mail = "mallory@example.org";
    assert_int_equal(list(f, &query).count, 0);
}

STORE_TEST(store_list_meetings__overlap__counts_and_touching_does_not)
{
    struct meeting meeting = book(f, NOW);
    struct meeting_query query = {
        .mail = "bob@example.org", .from = NOW + HOUR, .to = NOW + DAY, .limit = 20};
    assert_int_equal(list(f, &query).count, 0);
    query.from = NOW + HOUR - 1;
    assert_int_equal(list(f, &query).count, 1);
    query.from = NOW - DAY;
    query.to = NOW;
    assert_int_equal(list(f, &query).count, 0);
    query.to = NOW + 1;
    assert_int_equal(list(f, &query).count, 1);
    query =
        (struct meeting_query){.mail = "bob@example.org", .from = INT64_MIN, .to = INT64_MAX, .limit = 20};
    assert_int_equal(list(f, &query).count, 1);
    query.newest_first = true;
    assert_int_equal(list(f, &query).rows[0].id, meeting.id);
}

struct taken {
    size_t count;
    int64_t ids[8];
    bool own[8];
};

static bool keep_taken(const struct meeting *meeting, bool own, void *context)
{
    struct taken *taken = context;
    assert_true(taken->count < 8);
    taken->ids[taken->count] = meeting->id;
    taken->own[taken->count++] = own;
    return true;
}

static struct taken taken_of(struct fixture *f, int64_t person, int64_t from, int64_t to, int64_t except)
{
    struct taken taken = {0};
    int found = store_list_overlaps(f->store, person, from, to, except, 8, keep_taken, &taken);
    assert_int_equal(found, taken.count > 0);
    return taken;
}

STORE_TEST(store_list_overlaps__own_and_accepted__but_nothing_else)
{
    int64_t bob = put_person(f, "bob@example.org", "Bob");
    struct meeting meeting = book(f, NOW + DAY);
    struct attendee invited = attendee_of(f, meeting.id, "bob@example.org");
    int64_t from = meeting.starts_at, to = meeting.ends_at;
    assert_int_equal(taken_of(f, f->alice, from, to, 0).ids[0], meeting.id);
    assert_true(taken_of(f, f->alice, from, to, 0).own[0]);
    assert_int_equal(taken_of(f, f->alice, from, to, meeting.id).count, 0);
    assert_int_equal(taken_of(f, f->alice, to, to + HOUR, 0).count, 0); /* touching is none */
    assert_int_equal(taken_of(f, f->alice, from - HOUR, from, 0).count, 0);
    assert_int_equal(taken_of(f, f->alice, to - 1, to + HOUR, 0).count, 1);
    /* an invitation counts once it is accepted */
    assert_int_equal(taken_of(f, bob, from, to, 0).count, 0);
    assert_int_equal(store_answer(f->store, invited.id, PARTSTAT_TENTATIVE, NULL, NOW), 1);
    assert_int_equal(taken_of(f, bob, from, to, 0).count, 0);
    assert_int_equal(store_answer(f->store, invited.id, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    struct taken taken = taken_of(f, bob, from, to, 0);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.ids[0], meeting.id);
    assert_false(taken.own[0]);
    assert_int_equal(store_cancel(f->store, meeting.id, f->alice, NULL, NOW), 1);
    assert_int_equal(taken_of(f, bob, from, to, 0).count, 0);
    assert_int_equal(taken_of(f, f->alice, from, to, 0).count, 0);
}

STORE_TEST(store_list_overlaps__invited_under_an_alias__counts_too)
{
    const char *aliases[] = {"CAROL@example.org"};
    const struct directory_person carol = {
        .mail = "c.dupont@example.org", .name = "Carol", .alias_count = 1, .aliases = aliases};
    struct meeting meeting = book(f, NOW + DAY);
    struct person person;
    enum imported how;
    const char *why = NULL;
    int64_t invited = attendee_of(f, meeting.id, "carol@example.org").id;
    assert_int_equal(store_import_person(f->store, &carol, 1, NOW, &how, &why), 1);
    assert_int_equal(store_resolve_address(f->store, "carol@example.org", &f->arena, &person), 1);
    assert_string_equal(person.mail, "c.dupont@example.org");
    assert_int_equal(attendee_of(f, meeting.id, "carol@example.org").id, invited); /* as it was invited */
    assert_int_equal(store_answer(f->store, invited, PARTSTAT_ACCEPTED, NULL, NOW), 1);
    struct taken taken = taken_of(f, person.id, meeting.starts_at, meeting.ends_at, 0);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.ids[0], meeting.id);
}

/* Two meetings start at the same time: a page may end between them. */
static void walk(struct fixture *f, const char *mail, bool newest_first)
{
    struct meeting_query query = {
        .mail = mail, .from = NOW, .to = NOW + 30 * DAY, .newest_first = newest_first, .limit = 2};
    int64_t seen[8], starts[8];
    size_t count = 0;
    for (struct page page = list(f, &query); page.count; page = list(f, &query)) {
        assert_true(page.count <= 2);
        for (size_t i = 0; i < page.count; i++, count++) {
            assert_true(count < 7);
            seen[count] = page.rows[i].id;
            starts[count] = page.rows[i].starts_at;
            for (size_t j = 0; j < count; j++)
                assert_int_not_equal(seen[j], seen[count]);
            if (count)
                assert_true(newest_first ? starts[count - 1] >= starts[count]
                                         : starts[count - 1] <= starts[count]);
        }
        query.after_at = starts[count - 1];
        query.after_id = seen[count - 1];
    }
    assert_int_equal(count, 7);
}

STORE_TEST(store_list_meetings__page_by_page__all_of_them_once_both_ways)
{
    for (int i = 0; i < 7; i++)
        book(f, NOW + (i / 3 + 1) * DAY);
    walk(f, "alice@example.org", false);
    walk(f, "alice@example.org", true);
    walk(f, "bob@example.org", false);
    walk(f, "bob@example.org", true);
}

STORE_TEST(store_list_meetings__long_one_that_began_long_ago__is_there)
{
    struct meeting meeting = plain_meeting(f, NOW - 20 * DAY);
    meeting.ends_at = NOW + DAY;
    struct booked booked = book_as(f, &meeting, NULL);
    struct meeting_query query = {
        .mail = "carol@example.org", .from = NOW, .to = NOW + 30 * DAY, .limit = 20};
    struct page page = list(f, &query);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows[0].id, booked.id);
}

STORE_TEST(store_list_meetings__moved__moves_in_every_list)
{
    struct meeting meeting = book(f, NOW + DAY);
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE meeting SET starts_at = %lld, ends_at = %lld, updated_at = %lld",
             (long long)NOW + 9 * DAY, (long long)NOW + 9 * DAY + HOUR, (long long)NOW + 4);
    assert_int_equal(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
    struct meeting_query query = {
        .mail = "bob@example.org", .from = NOW + 8 * DAY, .to = NOW + 30 * DAY, .limit = 20};
    assert_int_equal(list(f, &query).rows[0].id, meeting.id);
    assert_int_equal(number_of(f, "SELECT changed_at FROM attendee WHERE mail = 'bob@example.org'"), NOW + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(store_book__stores_all_that_was_typed),
        IN_MEMORY(store_book__absent_options__stay_absent),
        IN_MEMORY(store_book__two__have_nothing_in_common),
        IN_MEMORY(store_book__attendees__with_the_organiser_as_one),
        IN_MEMORY(store_book__named_twice__is_one_with_the_higher_role),
        IN_MEMORY(store_book__same_form_again__is_the_first_meeting),
        IN_MEMORY(store_book__nobody_as_organiser__is_refused),
        IN_MEMORY(store_book__hostile_strings__come_back_as_typed),
        IN_MEMORY(store_cancel__once__raises_the_sequence),
        IN_MEMORY(store_find_attendee__by_link__with_the_meeting),
        IN_MEMORY(store_find_entrant__by_link__with_what_a_door_needs_of_the_meeting),
        IN_MEMORY(store_find_attendee__removed__is_found_as_such_and_in_no_list),
        IN_MEMORY(store_answer__kept_with_its_comment),
        IN_MEMORY(store_answer__the_same_again__stores_nothing),
        IN_MEMORY(store_answer__cancelled_or_over__is_refused),
        IN_MEMORY(store_list_meetings__own_and_invited__for_whom_they_concern),
        IN_MEMORY(store_list_meetings__overlap__counts_and_touching_does_not),
        IN_MEMORY(store_list_overlaps__own_and_accepted__but_nothing_else),
        IN_MEMORY(store_list_overlaps__invited_under_an_alias__counts_too),
        IN_MEMORY(store_list_meetings__page_by_page__all_of_them_once_both_ways),
        IN_MEMORY(store_list_meetings__long_one_that_began_long_ago__is_there),
        IN_MEMORY(store_list_meetings__moved__moves_in_every_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
