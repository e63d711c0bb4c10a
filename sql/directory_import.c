/* People and lists as the site's directory has them, taken in batch by batch. */
#include "sql/people_parts.h"
#include "sql/store_directory.h"
#include "sql/store_internal.h"

#include <string.h>

/* A row that was there before. */
struct known {
    struct person person; /* id 0: none */
    int64_t seen;
};

static int find_known(struct store *store, enum statement statement, const char *name, const char *value,
                      struct arena *arena, struct known *known)
{
    *known = (struct known){0};
    if (!value)
        return 0;
    struct query query = query_open(store, statement);
    bind_text(&query, name, value);
    int status = query_step(&query);
    if (status > 0) {
        next_person(&query, &known->person);
        known->seen = next_int(&query);
        copy_person(arena, &known->person);
    }
    query_close(&query);
    return status;
}

static int run_on(struct store *store, enum statement statement, const char *name, int64_t value)
{
    struct query query = query_open(store, statement);
    bind_int(&query, name, value);
    return query_run_done(&query);
}

/* Somebody who signed in under an address before the directory knew it, and has nothing yet. > 0: out of the
 * way. */
static int remove_newcomer(struct store *store, int64_t person)
{
    struct query query = query_open(store, STMT_REMOVE_NEWCOMER);
    bind_int(&query, ":id", person);
    int removed = query_run(&query);
    if (removed <= 0)
        return removed;
    return run_on(store, STMT_REMOVE_PERSON_WORDS, ":id", person);
}

/* Whose row it is: by uid, else by main address, else by an alias (of one without another uid). 0: *why. */
static int find_target(struct store *store, const struct directory_person *person, int64_t run,
                       struct arena *arena, struct known *target, const char **why)
{
    struct known by_uid, by_mail, by_alias;
    if (find_known(store, STMT_FIND_SEEN_UID, ":uid", person->uid, arena, &by_uid) < 0 ||
        find_known(store, STMT_FIND_SEEN, ":mail", person->mail, arena, &by_mail) < 0 ||
        find_known(store, STMT_FIND_SEEN_ALIAS, ":mail", person->mail, arena, &by_alias) < 0)
        return -1;
    if (by_uid.person.id && by_mail.person.id && by_uid.person.id != by_mail.person.id) {
        int removed = by_mail.seen == run ? 0 : remove_newcomer(store, by_mail.person.id);
        *why = "the address is another person's already";
        if (removed <= 0)
            return removed;
        by_mail = (struct known){0};
    }
    bool others = person->uid && by_alias.person.uid && !text_equal_nocase(person->uid, by_alias.person.uid);
    *target = by_uid.person.id                ? by_uid
              : by_mail.person.id             ? by_mail
              : by_alias.person.id && !others ? by_alias
                                              : (struct known){0};
    *why = "it is there twice: an entry before it has the same uid or address";
    return target->person.id == 0 || target->seen != run;
}

/* True when the aliases stored are those given. < 0: the store is broken. */
static int same_aliases(struct store *store, const struct directory_person *person, int64_t id)
{
    size_t stored = 0, found = 0;
    struct query query = query_open(store, STMT_LIST_ALIASES);
    bind_int(&query, ":person", id);
    int status;
    while ((status = query_step(&query)) > 0) {
        const char *mail = next_text(&query);
        stored++;
        for (size_t i = 0; i < person->alias_count; i++)
            found += text_equal_nocase(person->aliases[i], mail);
    }
    query_close(&query);
    return status < 0 ? -1 : stored == found && found == person->alias_count;
}

static int put_aliases(struct store *store, const struct directory_person *person, int64_t id)
{
    if (run_on(store, STMT_REMOVE_ALIASES, ":person", id) < 0)
        return -1;
    for (size_t i = 0; i < person->alias_count; i++) {
        struct query query = query_open(store, STMT_ADD_ALIAS);
        bind_text(&query, ":mail", person->aliases[i]);
        bind_int(&query, ":person", id);
        if (query_run_done(&query) < 0)
            return -1;
    }
    return 1;
}

static bool same_text(const char *given, const char *stored)
{
    return !given || (stored && strcmp(given, stored) == 0);
}

static bool same_person(const struct directory_person *given, const struct person *stored)
{
    return stored->source == PERSON_DIRECTORY && same_text(given->mail, stored->mail) &&
           same_text(given->uid, stored->uid) && same_text(given->name, stored->name) &&
           (stored->language || !given->language) && given->may_book == stored->may_book;
}

static int change_person(struct store *store, const struct directory_person *person,
                         const struct person *stored, int64_t run, int64_t now)
{
    struct query query = query_open(store, STMT_REMOVE_ALIAS);
    bind_text(&query, ":mail", person->mail);
    if (query_run_done(&query) < 0)
        return -1;
    query = query_open(store, STMT_IMPORT_PERSON);
    bind_int(&query, ":id", stored->id);
    bind_text(&query, ":mail", person->mail);
    bind_text(&query, ":uid", person->uid);
    bind_text(&query, ":name", person->name);
    bind_text(&query, ":language", person->language);
    bind_int(&query, ":may_book", person->may_book);
    bind_int(&query, ":run", run);
    bind_int(&query, ":now", now);
    int changed = query_run(&query);
    if (changed <= 0 || text_equal_nocase(person->mail, stored->mail))
        return changed;
    query = query_open(store, STMT_RENAME_ATTENDEE);
    bind_text(&query, ":mail", person->mail);
    bind_text(&query, ":before", stored->mail);
    bind_int(&query, ":now", now);
    return query_run_done(&query);
}

static int import_person(struct store *store, const struct directory_person *person, int64_t run, int64_t now,
                         struct arena *arena, enum imported *how, const char **why)
{
    struct known target;
    int found = find_target(store, person, run, arena, &target, why);
    if (found <= 0)
        return found;
    int64_t id = target.person.id;
    *how = id ? IMPORT_SAME : IMPORT_ADDED;
    int aliases = id ? same_aliases(store, person, id) : 0;
    if (aliases < 0)
        return -1;
    if (id && aliases && same_person(person, &target.person)) {
        struct query query = query_open(store, STMT_SEE_PERSON);
        bind_int(&query, ":id", id);
        bind_int(&query, ":run", run);
        return query_run(&query);
    }
    if (!id) {
        const struct person added = {.mail = person->mail, .source = PERSON_DIRECTORY};
        if (person_put(store, &added, now, &id) <= 0)
            return -1;
        target.person = (struct person){.id = id, .mail = person->mail};
    } else {
        *how = IMPORT_CHANGED;
    }
    if (change_person(store, person, &target.person, run, now) <= 0 || put_aliases(store, person, id) < 0)
        return -1;
    return person_index(store, id);
}

int store_import_person(struct store *store, const struct directory_person *person, int64_t run, int64_t now,
                        enum imported *how, const char **why)
{
    struct arena arena = {0};
    int result = verb_begin(store);
    if (result >= 0)
        result = verb_end(store, import_person(store, person, run, now, &arena, how, why));
    arena_free(&arena);
    return result;
}

/* The list's row, made when there is none. */
static int put_list(struct store *store, const char *name, int64_t *id)
{
    struct query query = query_open(store, STMT_FIND_LIST);
    bind_text(&query, ":name", name);
    int found = query_run_number(&query, id);
    if (found != 0)
        return found;
    query = query_open(store, STMT_ADD_LIST);
    bind_text(&query, ":name", name);
    if (query_run_number(&query, id) <= 0)
        return -1;
    struct text words = {0};
    text_add_bytes(&words, name, strcspn(name, "@"));
    query = query_open(store, STMT_ADD_LIST_WORDS);
    bind_int(&query, ":id", *id);
    bind_text(&query, ":words", text_string(&words));
    int done = query_run_done(&query);
    text_free(&words);
    return done;
}

static int import_member(struct store *store, const char *list, const char *mail, const char *name,
                         int64_t run, enum imported *how)
{
    int64_t id, there;
    if (put_list(store, list, &id) <= 0)
        return -1;
    struct query query = query_open(store, STMT_FIND_MEMBER);
    bind_int(&query, ":list", id);
    bind_text(&query, ":mail", mail);
    bind_text(&query, ":name", name);
    int known = query_run_number(&query, &there);
    if (known < 0)
        return -1;
    *how = known ? IMPORT_SAME : IMPORT_ADDED;
    query = query_open(store, STMT_PUT_MEMBER);
    bind_int(&query, ":list", id);
    bind_text(&query, ":mail", mail);
    bind_text(&query, ":name", name);
    bind_int(&query, ":run", run);
    return query_run(&query);
}

int store_import_member(struct store *store, const char *list, const char *mail, const char *name,
                        int64_t run, enum imported *how)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, import_member(store, list, mail, name, run, how));
}

static int count_unseen(struct store *store, enum statement statement, int64_t run, int64_t *unseen,
                        int64_t *all)
{
    struct query query = query_open(store, statement);
    bind_int(&query, ":run", run);
    int status = query_step(&query);
    if (status > 0) {
        *unseen = next_int(&query);
        *all = next_int(&query);
    }
    query_close(&query);
    return status;
}

int store_count_unseen(struct store *store, int64_t run, int64_t *unseen, int64_t *all)
{
    return count_unseen(store, STMT_COUNT_UNSEEN, run, unseen, all);
}

int store_count_unseen_members(struct store *store, int64_t run, int64_t *unseen, int64_t *all)
{
    return count_unseen(store, STMT_COUNT_UNSEEN_MEMBERS, run, unseen, all);
}

/* Removed, or kept with its meetings. */
static int prune_person(struct store *store, int64_t id, int64_t now, int64_t *removed, int64_t *kept)
{
    struct query query = query_open(store, STMT_REMOVE_UNSEEN);
    bind_int(&query, ":id", id);
    int gone = query_run(&query);
    if (gone < 0 || run_on(store, STMT_REMOVE_PERSON_WORDS, ":id", id) < 0)
        return -1;
    *removed += gone > 0;
    *kept += gone == 0;
    if (gone > 0)
        return 1;
    query = query_open(store, STMT_SET_GONE);
    bind_int(&query, ":id", id);
    bind_int(&query, ":now", now);
    if (query_run(&query) < 0)
        return -1;
    query = query_open(store, STMT_CLOSE_SESSIONS);
    bind_int(&query, ":person", id);
    bind_int(&query, ":now", now);
    return query_run_done(&query);
}

static int prune_people(struct store *store, int64_t run, int limit, int64_t now, int64_t *removed,
                        int64_t *kept)
{
    int found = 1;
    for (int i = 0; i < limit && found > 0; i++) {
        int64_t id;
        struct query query = query_open(store, STMT_NEXT_UNSEEN);
        bind_int(&query, ":run", run);
        found = query_run_number(&query, &id);
        if (found > 0 && prune_person(store, id, now, removed, kept) < 0)
            return -1;
    }
    return found;
}

int store_prune_people(struct store *store, int64_t run, int limit, int64_t now, int64_t *removed,
                       int64_t *kept)
{
    if (verb_begin(store) < 0)
        return -1;
    int more = prune_people(store, run, limit, now, removed, kept);
    int end = verb_end(store, more < 0 ? -1 : 1);
    return end < 0 ? -1 : more;
}

static int prune_members(struct store *store, int64_t run, int limit, int64_t *removed)
{
    int64_t unseen = 0, all, list;
    if (count_unseen(store, STMT_COUNT_UNSEEN_MEMBERS, run, &unseen, &all) < 0)
        return -1;
    struct query query = query_open(store, STMT_PRUNE_MEMBERS);
    bind_int(&query, ":run", run);
    bind_int(&query, ":limit", limit);
    if (query_run_done(&query) < 0)
        return -1;
    *removed += unseen < limit ? unseen : limit;
    for (int found = 1; unseen <= limit && found > 0;) {
        query = query_open(store, STMT_NEXT_EMPTY_LIST);
        found = query_run_number(&query, &list);
        if (found < 0 || (found > 0 && (run_on(store, STMT_REMOVE_LIST_WORDS, ":id", list) < 0 ||
                                        run_on(store, STMT_REMOVE_LIST, ":id", list) < 0)))
            return -1;
    }
    return unseen > limit;
}

int store_prune_members(struct store *store, int64_t run, int limit, int64_t *removed)
{
    if (verb_begin(store) < 0)
        return -1;
    int more = prune_members(store, run, limit, removed);
    int end = verb_end(store, more < 0 ? -1 : 1);
    return end < 0 ? -1 : more;
}
