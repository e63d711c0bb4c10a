/* Acts on one of the invited, and handing a meeting over. */
#include "sql/answers.h"
#include "sql/changes.h"
#include "sql/letters_queue.h"

#include "sql/store_people.h"

#include <string.h>

/* ------------------------------------------------------------------------------------ parts of an edit */

int edit_refuse(struct edit *edit, enum refused refused)
{
    edit->result->refused = refused;
    return 0;
}

int edit_begin(struct edit *edit, int64_t meeting)
{
    int found = store_get_meeting(edit->store, meeting, &edit->arena, &edit->was);
    if (found <= 0)
        return found < 0 ? -1 : edit_refuse(edit, REFUSED_ABSENT);
    if (edit->was.status == MEETING_CANCELLED)
        return edit_refuse(edit, REFUSED_CANCELLED);
    if (edit->was.ends_at <= edit->now)
        return edit_refuse(edit, REFUSED_OVER);
    return 1;
}

int edit_note(struct edit *edit, const char *what, int64_t attendee, const char *before, const char *after)
{
    const struct audit audit = {.who = edit->by,
                                .what = what,
                                .meeting = edit->was.id,
                                .attendee = attendee,
                                .before = before,
                                .after = after};
    return audit_add(edit->store, &audit, edit->now);
}

int edit_raise_sequence(struct edit *edit)
{
    if (edit->raised)
        return 1;
    edit->raised = true;
    struct query query = query_open(edit->store, STMT_RAISE_SEQUENCE);
    bind_int(&query, ":id", edit->was.id);
    return query_run(&query);
}

int edit_tell(struct edit *edit, bool news)
{
    touch(edit->store, edit->was.id);
    if (news)
        return letter_queue_changes(edit->store, edit->was.id, 0, edit->now);
    return edit->people ? letter_queue_people(edit->store, edit->was.id, edit->now) : 1;
}

int edit_find(struct edit *edit, const char *mail, struct attendee *attendee)
{
    struct query query = query_open(edit->store, STMT_FIND_ATTENDEE_BY_MAIL);
    bind_int(&query, ":meeting", edit->was.id);
    bind_text(&query, ":mail", mail);
    int status = query_step(&query);
    if (status > 0) {
        next_attendee(&query, attendee);
        copy_attendee(&edit->arena, attendee);
    }
    query_close(&query);
    return status;
}

static int invite_new(struct edit *edit, const struct new_attendee *invited, int64_t *id)
{
    struct attendee attendee = {0};
    int added = attendee_add(edit->store, &edit->was, invited, edit->now);
    if (added > 0)
        added = edit_find(edit, invited->mail, &attendee);
    *id = attendee.id;
    edit->people = true;
    if (added > 0 && letter_queue_invitations(edit->store, edit->was.id, attendee.id, edit->now) < 0)
        return -1;
    return added > 0 ? edit_note(edit, "person invited", *id, NULL, role_word(attendee.role)) : added;
}

static int restore(struct edit *edit, const struct new_attendee *invited, int64_t attendee)
{
    struct query query = query_open(edit->store, STMT_RESTORE_ATTENDEE);
    bind_int(&query, ":id", attendee);
    bind_text(&query, ":name", invited->name);
    bind_text(&query, ":role", role_word(invited->role));
    bind_int(&query, ":now", edit->now);
    return query_run(&query);
}

/* Who never heard that they were removed keeps the answer, and is told only what else has changed. */
static int invite_again(struct edit *edit, const struct new_attendee *invited,
                        const struct attendee *attendee)
{
    struct query query = query_open(edit->store, STMT_TOLD_OF_REMOVAL);
    bind_int(&query, ":id", attendee->id);
    edit->people = true;
    int64_t removal = 0, meeting = edit->was.id;
    int told = query_run_number(&query, &removal);
    if (told < 0 || edit_raise_sequence(edit) <= 0 || restore(edit, invited, attendee->id) <= 0 ||
        (removal && answer_reset(edit->store, attendee->id, edit->now) < 0))
        return -1;
    told = told && !removal ? letter_queue_return(edit->store, meeting, attendee->id, edit->now)
                            : letter_queue_invitations(edit->store, meeting, attendee->id, edit->now);
    if (told < 0)
        return -1;
    return edit_note(edit, "person came back", attendee->id, NULL, role_word(invited->role));
}

int edit_invite(struct edit *edit, const struct new_attendee *invited, int64_t *id)
{
    struct attendee attendee = {0};
    int found = edit_find(edit, invited->mail, &attendee);
    *id = attendee.id;
    if (found < 0)
        return -1;
    if (found == 0)
        return invite_new(edit, invited, id);
    return attendee.removed ? invite_again(edit, invited, &attendee) : 2;
}

int edit_remove(struct edit *edit, const struct attendee *attendee)
{
    struct query query = query_open(edit->store, STMT_REMOVE_ATTENDEE);
    edit->people = true;
    bind_int(&query, ":id", attendee->id);
    bind_int(&query, ":now", edit->now);
    if (query_run(&query) <= 0 || edit_raise_sequence(edit) <= 0 ||
        letter_queue_removal(edit->store, edit->was.id, attendee->id, edit->now) < 0)
        return -1;
    return edit_note(edit, "person removed", attendee->id, role_word(attendee->role), NULL);
}

static int write_role(struct edit *edit, int64_t attendee, enum role role)
{
    struct query query = query_open(edit->store, STMT_SET_ROLE);
    bind_int(&query, ":id", attendee);
    bind_text(&query, ":role", role_word(role));
    bind_int(&query, ":now", edit->now);
    return query_run(&query);
}

int edit_set_role(struct edit *edit, const struct attendee *attendee, enum role role)
{
    if (write_role(edit, attendee->id, role) <= 0 ||
        letter_queue_role(edit->store, edit->was.id, attendee->id, edit->now) < 0)
        return -1;
    return edit_note(edit, "role changed", attendee->id, role_word(attendee->role), role_word(role));
}

/* -------------------------------------------------------------------------------------------- one act */

/* An act on one attendee: done behind the raised revision; > 0 is followed by letters. */
struct act {
    int64_t attendee;
    int (*perform)(struct edit *edit, const struct attendee *attendee, const struct act *act);
    enum role role;
};

static int raise_revision(struct edit *edit)
{
    struct query query = query_open(edit->store, STMT_RAISE_REVISION);
    bind_int(&query, ":id", edit->was.id);
    bind_int(&query, ":now", edit->now);
    return query_run(&query);
}

static int act_run(struct edit *edit, const struct act *act)
{
    struct attendee attendee;
    struct meeting meeting;
    int found = store_get_attendee(edit->store, act->attendee, &edit->arena, &attendee, &meeting);
    if (found <= 0)
        return found < 0 ? -1 : edit_refuse(edit, REFUSED_ABSENT);
    int begun = edit_begin(edit, meeting.id);
    if (begun <= 0)
        return begun;
    if (attendee.removed)
        return edit_refuse(edit, REFUSED_ABSENT);
    int done = raise_revision(edit);
    if (done > 0)
        done = act->perform(edit, &attendee, act);
    edit->result->attendee = attendee.id;
    return done > 0 && edit_tell(edit, false) < 0 ? -1 : done;
}

static int act_verb(struct store *store, const struct act *act, int64_t by, int64_t now,
                    struct change_result *result)
{
    *result = (struct change_result){0};
    if (verb_begin(store) < 0)
        return -1;
    struct edit edit = {.store = store, .result = result, .by = by, .now = now};
    int done = verb_end(store, act_run(&edit, act));
    arena_free(&edit.arena);
    return done;
}

static int perform_remove(struct edit *edit, const struct attendee *attendee, const struct act *act)
{
    (void)act;
    return attendee->role == ROLE_ORGANISER ? edit_refuse(edit, REFUSED_ORGANISER)
                                            : edit_remove(edit, attendee);
}

int store_remove_attendee(struct store *store, int64_t attendee, int64_t by, int64_t now,
                          struct change_result *result)
{
    return act_verb(store, &(struct act){attendee, perform_remove, ROLE_GUEST}, by, now, result);
}

static int perform_role(struct edit *edit, const struct attendee *attendee, const struct act *act)
{
    if (attendee->role == ROLE_ORGANISER || act->role == ROLE_ORGANISER)
        return edit_refuse(edit, REFUSED_ORGANISER);
    edit->result->same = attendee->role == act->role;
    return edit->result->same ? 0 : edit_set_role(edit, attendee, act->role);
}

int store_set_role(struct store *store, int64_t attendee, enum role role, int64_t by, int64_t now,
                   struct change_result *result)
{
    int done = act_verb(store, &(struct act){attendee, perform_role, role}, by, now, result);
    return done == 0 && result->same ? 1 : done;
}

static int perform_renew(struct edit *edit, const struct attendee *attendee, const struct act *act)
{
    char ref[REF_SIZE + 1];
    struct link_id link;
    (void)act;
    random_ref(ref);
    random_link(&link);
    struct query query = query_open(edit->store, STMT_RENEW_LINK);
    bind_int(&query, ":id", attendee->id);
    bind_link(&query, ":link", &link);
    bind_text(&query, ":ref", ref);
    bind_int(&query, ":now", edit->now);
    if (query_run(&query) <= 0 ||
        letter_queue_invitations(edit->store, edit->was.id, attendee->id, edit->now) < 0)
        return -1;
    return edit_note(edit, "link renewed", attendee->id, NULL, NULL);
}

int store_renew_link(struct store *store, int64_t attendee, int64_t by, int64_t now,
                     struct change_result *result)
{
    return act_verb(store, &(struct act){attendee, perform_renew, ROLE_GUEST}, by, now, result);
}

static int perform_resend(struct edit *edit, const struct attendee *attendee, const struct act *act)
{
    (void)act;
    struct query query = query_open(edit->store, STMT_INVITATION_WAITS);
    bind_int(&query, ":attendee", attendee->id);
    int64_t waiting;
    int status = query_run_number(&query, &waiting);
    if (status != 0) {
        edit->result->same = true;
        return status < 0 ? -1 : 0;
    }
    if (letter_queue_invitations(edit->store, edit->was.id, attendee->id, edit->now) < 0)
        return -1;
    return edit_note(edit, "invitation sent again", attendee->id, NULL, NULL);
}

int store_resend_invitation(struct store *store, int64_t attendee, int64_t by, int64_t now,
                            struct change_result *result)
{
    int done = act_verb(store, &(struct act){attendee, perform_resend, ROLE_GUEST}, by, now, result);
    return done == 0 && result->same ? 1 : done;
}

/* ------------------------------------------------------------------------------------- one more person */

static int add_one(struct edit *edit, int64_t meeting, const struct new_attendee *invited)
{
    int64_t attendee = 0;
    int done = edit_begin(edit, meeting);
    if (done > 0)
        done = raise_revision(edit);
    if (done > 0)
        done = edit_invite(edit, invited, &attendee);
    edit->result->attendee = attendee;
    edit->result->same = done > 1;
    if (done > 0 && edit_tell(edit, false) < 0)
        return -1;
    return done > 1 ? 0 : done;
}

int store_add_attendee(struct store *store, int64_t meeting, const struct new_attendee *attendee, int64_t by,
                       int64_t now, struct change_result *result)
{
    *result = (struct change_result){0};
    if (verb_begin(store) < 0)
        return -1;
    struct edit edit = {.store = store, .result = result, .by = by, .now = now};
    int done = verb_end(store, add_one(&edit, meeting, attendee));
    arena_free(&edit.arena);
    return done == 0 && result->same ? 1 : done;
}

/* -------------------------------------------------------------------------------------- another organiser */

static int set_organiser(struct edit *edit, int64_t person)
{
    struct query query = query_open(edit->store, STMT_SET_ORGANISER);
    bind_int(&query, ":id", edit->was.id);
    bind_int(&query, ":organiser", person);
    return query_run(&query);
}

/* The two change their roles; there is one organiser at any time. */
static int swap_roles(struct edit *edit, const struct person *from, const struct person *to)
{
    struct attendee former = {0}, next = {0};
    const struct new_attendee invited = {to->mail, to->name, ROLE_MODERATOR};
    int64_t id = 0;
    int result = edit_find(edit, from->mail, &former);
    if (result > 0)
        result = write_role(edit, former.id, ROLE_MODERATOR);
    if (result >= 0)
        result = edit_invite(edit, &invited, &id);
    if (result > 0)
        result = edit_find(edit, to->mail, &next);
    if (result <= 0 || write_role(edit, next.id, ROLE_ORGANISER) <= 0)
        return -1;
    edit->result->attendee = next.id;
    return edit_note(edit, "handed over", next.id, from->name ? from->name : from->mail,
                     to->name ? to->name : to->mail);
}

static int hand_over(struct edit *edit, int64_t meeting, int64_t person)
{
    struct person from, to;
    int done = edit_begin(edit, meeting);
    if (done <= 0)
        return done;
    edit->result->same = edit->was.organiser == person;
    if (edit->result->same)
        return 0;
    int found = store_get_person(edit->store, edit->was.organiser, &edit->arena, &from);
    if (found > 0)
        found = store_get_person(edit->store, person, &edit->arena, &to);
    if (found <= 0)
        return found < 0 ? -1 : edit_refuse(edit, REFUSED_ABSENT);
    if (raise_revision(edit) <= 0 || swap_roles(edit, &from, &to) <= 0 || set_organiser(edit, person) <= 0)
        return -1;
    return edit_tell(edit, true) < 0 ? -1 : 1;
}

int store_hand_over(struct store *store, int64_t meeting, int64_t person, int64_t by, int64_t now,
                    struct change_result *result)
{
    *result = (struct change_result){0};
    if (verb_begin(store) < 0)
        return -1;
    struct edit edit = {.store = store, .result = result, .by = by, .now = now};
    int done = verb_end(store, hand_over(&edit, meeting, person));
    arena_free(&edit.arena);
    return done == 0 && result->same ? 1 : done;
}
