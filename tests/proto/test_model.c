#include "proto/model.h"

#include "tests/test.h"

TEST(model__words__read_back_as_they_were_written)
{
    for (int i = ROLE_GUEST; i <= ROLE_ORGANISER; i++) {
        enum role role = ROLE_GUEST;
        assert_true(role_read(role_word((enum role)i), &role));
        assert_int_equal(role, i);
    }
    for (int i = PARTSTAT_NEEDS_ACTION; i <= PARTSTAT_DECLINED; i++) {
        enum partstat partstat = PARTSTAT_NEEDS_ACTION;
        assert_true(partstat_read(partstat_word((enum partstat)i), &partstat));
        assert_int_equal(partstat, i);
    }
    for (int i = ROOM_MAIN; i <= ROOM_LOBBY; i++) {
        enum room_kind kind = ROOM_MAIN;
        assert_true(room_kind_read(room_kind_word((enum room_kind)i), &kind));
        assert_int_equal(kind, i);
    }
}

TEST(model__words__are_those_of_the_database)
{
    assert_string_equal(role_word(ROLE_ORGANISER), "organiser");
    assert_string_equal(partstat_word(PARTSTAT_NEEDS_ACTION), "needs-action");
    assert_string_equal(room_kind_word(ROOM_BREAKOUT), "breakout");
}

TEST(model__words__unknown_ones_change_nothing)
{
    enum role role = ROLE_MODERATOR;
    enum partstat partstat = PARTSTAT_DECLINED;
    enum room_kind kind = ROOM_LOBBY;
    assert_false(role_read("owner", &role));
    assert_false(role_read("", &role));
    assert_false(role_read(NULL, &role));
    assert_false(partstat_read("ACCEPTED", &partstat));
    assert_false(room_kind_read("main ", &kind));
    assert_int_equal(role, ROLE_MODERATOR);
    assert_int_equal(partstat, PARTSTAT_DECLINED);
    assert_int_equal(kind, ROOM_LOBBY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model__words__read_back_as_they_were_written),
        cmocka_unit_test(model__words__are_those_of_the_database),
        cmocka_unit_test(model__words__unknown_ones_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
