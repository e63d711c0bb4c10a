/* How SQLite means to find what the verbs ask for: by an index, however many meetings there are. */
#include "tests/sql/fixture.h"

/* Counting everything, and naming all of them, are the questions that may walk a table. */
static bool may_scan(enum statement statement)
{
    return statement == STMT_COUNTS || statement == STMT_LIST_PERSONAL_ROOMS;
}

/* "SCAN t" reads all of t; "SCAN t USING COVERING INDEX" all of an index. Walks of what WITH made, and of
 * partial indexes that hold only what waits or who is there, are as long as their answer. */
static bool is_full_scan(const char *detail)
{
    return strncmp(detail, "SCAN ", 5) == 0 && !strstr(detail, "SCAN page") && !strstr(detail, "SCAN mine") &&
           !strstr(detail, "CONSTANT ROW") && !strstr(detail, "json_each") && !strstr(detail, "(subquery") &&
           !strstr(detail, "USING INDEX letter_waiting") &&
           !strstr(detail, "USING COVERING INDEX letter_waiting") &&
           /* by rowid, or by the words of a full-text index; "0:" alone would read all of it */
           !strstr(detail, "VIRTUAL TABLE INDEX 0:=") && !strstr(detail, "VIRTUAL TABLE INDEX 0:M") &&
           !strstr(detail, "INDEX letter_plan_by_time") && !strstr(detail, "INDEX reminder_waiting") &&
           !strstr(detail, "INDEX meeting_by_length") && !strstr(detail, "INDEX visit_open_once");
}

STORE_TEST(plans__every_statement__finds_its_rows_by_an_index)
{
    for (int i = 0; i < STMT_COUNT; i++) {
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_texts[i]);
        sqlite3_stmt *plan = NULL;
        if (sqlite3_prepare_v2(f->store->db, sql, -1, &plan, NULL) == SQLITE_OK)
            while (sqlite3_step(plan) == SQLITE_ROW) {
                const char *detail = (const char *)sqlite3_column_text(plan, 3);
                if (getenv("SHOW_PLANS"))
                    print_message("%3d %s\n", i, detail);
                if (is_full_scan(detail) && !may_scan(i))
                    fail_msg("%s in: %s", detail, statement_texts[i]);
            }
        sqlite3_finalize(plan);
        sqlite3_free(sql);
    }
}

/* A page is read along two indexes in the order of time, and nothing is sorted or put aside but what came by
 * an alias. */
STORE_TEST(plans__page_of_meetings__is_merged_and_not_sorted)
{
    static const enum statement lists[] = {STMT_LIST_MEETINGS, STMT_LIST_MEETINGS_BACKWARDS,
                                           STMT_LIST_MEETINGS_BY_ALIAS,
                                           STMT_LIST_MEETINGS_BY_ALIAS_BACKWARDS};
    for (int i = 0; i < 4; i++) {
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_texts[lists[i]]);
        sqlite3_stmt *plan = NULL;
        assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &plan, NULL), SQLITE_OK);
        int by_time = 0, by_organiser = 0, merges = 0, sorts = 0;
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *detail = (const char *)sqlite3_column_text(plan, 3);
            by_time +=
                strstr(detail, "INDEX attendee_by_time (mail=? AND starts_at>? AND starts_at<?)") != NULL;
            by_organiser +=
                strstr(detail, "INDEX meeting_by_organiser (organiser=? AND starts_at>? AND starts_at<?)") !=
                NULL;
            merges += strstr(detail, "MERGE (UNION ALL)") != NULL;
            sorts += strstr(detail, "USE TEMP B-TREE") || strstr(detail, "MATERIALIZE");
        }
        sqlite3_finalize(plan);
        sqlite3_free(sql);
        bool by_alias = i >= 2;
        assert_int_equal(by_time, 1 + by_alias);
        assert_int_equal(by_organiser, 1);
        assert_int_equal(merges, 1 + by_alias);
        assert_int_equal(sorts, by_alias);
    }
}

/* What takes somebody's time is found by time in both ways that lead to it. */
STORE_TEST(plans__overlaps__are_found_by_time)
{
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_texts[STMT_LIST_OVERLAPS]);
    sqlite3_stmt *plan = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &plan, NULL), SQLITE_OK);
    int invited = 0, own = 0;
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(plan, 3);
        invited += strstr(detail, "INDEX attendee_by_time (mail=? AND starts_at>? AND starts_at<?)") != NULL;
        own += strstr(detail, "INDEX meeting_by_organiser (organiser=? AND starts_at>? AND starts_at<?)") !=
               NULL;
    }
    sqlite3_finalize(plan);
    sqlite3_free(sql);
    assert_int_equal(invited, 1);
    assert_int_equal(own, 1);
}

/* Joins what EXPLAIN QUERY PLAN says of a statement, a line a step. */
static const char *plan_of(struct fixture *f, enum statement statement)
{
    struct text text = {0};
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_texts[statement]);
    sqlite3_stmt *plan = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW)
        text_addf(&text, "%s\n", (const char *)sqlite3_column_text(plan, 3));
    sqlite3_finalize(plan);
    sqlite3_free(sql);
    const char *lines = arena_dup(&f->arena, text_string(&text));
    text_free(&text);
    return lines;
}

static int times(const char *lines, const char *piece)
{
    int count = 0;
    for (const char *at = lines; (at = strstr(at, piece)); at += strlen(piece))
        count++;
    return count;
}

/* A feed reads what it shows, in the order in which it finds it. */
STORE_TEST(plans__feed__walks_along_the_window_and_sorts_nothing)
{
    const char *lines = plan_of(f, STMT_LIST_FEED);
    assert_int_equal(times(lines, "INDEX meeting_by_organiser (organiser=? AND starts_at>? AND starts_at<?)"),
                     1);
    assert_int_equal(times(lines, "INDEX attendee_by_time (mail=? AND starts_at>? AND starts_at<?)"), 1);
    assert_int_equal(times(lines, "INDEX attendee_shown (mail=? AND starts_at>? AND starts_at<?)"), 1);
    assert_int_equal(times(lines, "SEARCH r USING INDEX sqlite_autoindex_attendee_3 (meeting=?)"), 2);
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
    /* and a reader who has it already costs no more than the lists that others' answers change */
    lines = plan_of(f, STMT_FIND_FEED);
    assert_int_equal(times(lines, "COVERING INDEX attendee_by_change (mail=?)"), 1);
    assert_int_equal(times(lines, "INDEX attendee_shown (mail=? AND starts_at>? AND starts_at<?)"), 1);
    assert_int_equal(times(lines, "INDEX attendee_by_time"), 0);
}

/* A letter to one of thousands looks at that one and at the organiser. */
STORE_TEST(plans__calendar_pair__looks_at_two_people)
{
    const char *lines = plan_of(f, STMT_LIST_CALENDAR_PAIR);
    assert_int_equal(times(lines, "INTEGER PRIMARY KEY (rowid=?)"), 1);
    assert_int_equal(times(lines, "INDEX attendee_one_organiser (meeting=?)"), 1);
    assert_int_equal(times(lines, "SEARCH"), 2);
    assert_int_equal(times(lines, "SCAN"), 0);
}

/* An occupant who comes and goes all day leaves a visit each time: what ends or resumes one looks at the one
 * that is open, and at those in doubt, never at all that were. */
STORE_TEST(plans__leave__looks_at_no_visit_that_is_over)
{
    const char *lines = plan_of(f, STMT_LEAVE_VISIT);
    assert_int_equal(times(lines, "INDEX visit_open_once (room=? AND nick=?)"), 1);
    assert_int_equal(times(lines, "INDEX visit_in_doubt (room=? AND nick=?)"), 1);
    assert_int_equal(times(lines, "SEARCH"), 3); /* and the one that is changed */
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
    lines = plan_of(f, STMT_FIND_VISIT_OF_SESSION);
    assert_int_equal(times(lines, "INDEX visit_open_once (room=?)"), 1);
    assert_int_equal(times(lines, "INDEX visit_in_doubt_since (room=? AND prosody_ms=?)"), 1);
    assert_int_equal(times(lines, "SEARCH"), 2);
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
    static const enum statement of_rooms[] = {STMT_FIND_OPEN_VISIT, STMT_CLOSE_VISITS_OF_ROOM,
                                              STMT_END_VISITS};
    for (int i = 0; i < 3; i++) {
        lines = plan_of(f, of_rooms[i]);
        assert_int_equal(times(lines, "SEARCH visit "), 1);
        assert_int_equal(times(lines, "SEARCH visit USING INDEX visit_open_once (room=?"), 1);
    }
}

/* Who knocks ten times a second is found by who they are, among many, and none is sorted. */
STORE_TEST(plans__refusal__looks_at_those_of_one_person)
{
    const char *lines = plan_of(f, STMT_REPEAT_REFUSAL);
    assert_int_equal(times(lines, "INDEX refusal_by_who (address=? AND <expr>=?)"), 1);
    assert_int_equal(times(lines, "SEARCH"), 2); /* and the one that is changed */
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
    lines = plan_of(f, STMT_REPEAT_OTHERS);
    assert_int_equal(times(lines, "INDEX refusal_of_others (meeting=? AND first_ms>? AND first_ms<?)"), 1);
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
    lines = plan_of(f, STMT_COUNT_STRANGERS);
    assert_int_equal(times(lines, "INDEX refusal_by_meeting (meeting=? AND first_ms>? AND first_ms<?)"), 1);
    lines = plan_of(f, STMT_PURGE_REFUSALS);
    assert_int_equal(times(lines, "INDEX refusal_unbooked (last_ms<?)"), 1);
    assert_int_equal(times(lines, "USE TEMP B-TREE"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_MEMORY(plans__every_statement__finds_its_rows_by_an_index),
        IN_MEMORY(plans__page_of_meetings__is_merged_and_not_sorted),
        IN_MEMORY(plans__overlaps__are_found_by_time),
        IN_MEMORY(plans__feed__walks_along_the_window_and_sorts_nothing),
        IN_MEMORY(plans__calendar_pair__looks_at_two_people),
        IN_MEMORY(plans__leave__looks_at_no_visit_that_is_over),
        IN_MEMORY(plans__refusal__looks_at_those_of_one_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
