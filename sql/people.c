/* People: those who sign in, their settings, their deputies. */
#include "sql/store_people.h"

#include "sql/people_parts.h"
#include "sql/store_internal.h"

int person_put(struct store *store, const struct person *person, int64_t now, int64_t *id)
{
    struct link_id link = person->link;
    if (link_is_none(&link))
        random_link(&link);
    struct query query = query_open(store, STMT_FIND_PERSON);
    bind_text(&query, ":mail", person->mail);
    int known = query_run_number(&query, id);
    if (known < 0)
        return -1;
    query = query_open(store, known ? STMT_CHANGE_PERSON : STMT_ADD_PERSON);
    bind_text(&query, ":mail", person->mail);
    bind_text(&query, ":uid", person->uid);
    bind_text(&query, ":name", person->name);
    bind_text(&query, ":language", person->language);
    bind_text(&query, ":tz", person->tz);
    bind_int(&query, ":may_book", person->may_book);
    bind_text(&query, ":source", person_source_word(person->source));
    bind_int(&query, ":now", now);
    if (!known)
        bind_link(&query, ":link", &link);
    int put = query_run_number(&query, id);
    if (put > 0 && known)
        touch_person(store, *id);
    return put > 0 ? person_index(store, *id) : put;
}

int store_put_person(struct store *store, const struct person *person, int64_t now, int64_t *id)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, person_put(store, person, now, id));
}

int store_get_person(struct store *store, int64_t id, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_GET_PERSON);
    bind_int(&query, ":id", id);
    return query_run_person(&query, arena, person);
}

int store_find_person(struct store *store, const char *mail, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_FIND_PERSON);
    bind_text(&query, ":mail", mail);
    return query_run_person(&query, arena, person);
}

int store_find_uid(struct store *store, const char *uid, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_FIND_UID);
    bind_text(&query, ":uid", uid);
    return query_run_person(&query, arena, person);
}

static int set_person(struct store *store, const struct person *person, int64_t now)
{
    struct query query = query_open(store, STMT_SET_PERSON);
    bind_int(&query, ":id", person->id);
    bind_text(&query, ":language", person->language);
    bind_text(&query, ":tz", person->tz);
    bind_int(&query, ":answer_mails", person->answer_mails);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_set_person(struct store *store, const struct person *person, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, set_person(store, person, now));
}

static int renew_feed(struct store *store, int64_t person, int64_t now)
{
    struct link_id link;
    random_link(&link);
    struct query query = query_open(store, STMT_RENEW_FEED);
    bind_int(&query, ":id", person);
    bind_link(&query, ":link", &link);
    bind_int(&query, ":now", now);
    return query_run(&query);
}

int store_renew_feed(struct store *store, int64_t person, int64_t now)
{
    return verb_begin(store) < 0 ? -1 : verb_end(store, renew_feed(store, person, now));
}

static int put_deputy(struct store *store, enum statement statement, const struct person *person,
                      const struct person *deputy, int64_t now)
{
    bool adds = statement == STMT_ADD_DEPUTY;
    struct query query = query_open(store, statement);
    bind_int(&query, ":person", person->id);
    bind_int(&query, ":deputy", deputy->id);
    if (adds)
        bind_int(&query, ":now", now);
    int changed = query_run(&query);
    if (changed <= 0)
        return changed;
    const struct audit audit = {.who = person->id,
                                .by = person->mail,
                                .what = adds ? "deputy added" : "deputy removed",
                                .before = adds ? NULL : deputy->mail,
                                .after = adds ? deputy->mail : NULL};
    return audit_add(store, &audit, now);
}

int store_add_deputy(struct store *store, const struct person *person, const struct person *deputy,
                     int64_t now)
{
    return verb_begin(store) < 0 ? -1
                                 : verb_end(store, put_deputy(store, STMT_ADD_DEPUTY, person, deputy, now));
}

int store_remove_deputy(struct store *store, const struct person *person, const struct person *deputy,
                        int64_t now)
{
    return verb_begin(store) < 0
               ? -1
               : verb_end(store, put_deputy(store, STMT_REMOVE_DEPUTY, person, deputy, now));
}

int store_is_deputy(struct store *store, int64_t person, int64_t deputy)
{
    struct query query = query_open(store, STMT_FIND_DEPUTY);
    bind_int(&query, ":person", person);
    bind_int(&query, ":deputy", deputy);
    int64_t found;
    return query_run_number(&query, &found);
}

static int list_people(struct store *store, enum statement statement, int64_t person,
                       bool (*each)(const struct person *person, void *context), void *context)
{
    struct query query = query_open(store, statement);
    bind_int(&query, ":person", person);
    while (query_list(&query)) {
        struct person row;
        next_person(&query, &row);
        if (!each(&row, context))
            break;
    }
    return query_list_end(&query);
}

int store_list_deputies(struct store *store, int64_t person,
                        bool (*each)(const struct person *deputy, void *context), void *context)
{
    return list_people(store, STMT_LIST_DEPUTIES, person, each, context);
}

int store_list_principals(struct store *store, int64_t deputy,
                          bool (*each)(const struct person *person, void *context), void *context)
{
    return list_people(store, STMT_LIST_PRINCIPALS, deputy, each, context);
}
