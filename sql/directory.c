/* Looking people and lists up, by address and by the beginnings of words. */
#include "sql/store_directory.h"

#include "proto/fold.h"
#include "sql/people_parts.h"
#include "sql/store_internal.h"

#include <string.h>

enum { WORDS_MOST = 6 /* of what was typed */ };

int person_index(struct store *store, int64_t person)
{
    struct query query = query_open(store, STMT_REMOVE_PERSON_WORDS);
    bind_int(&query, ":id", person);
    if (query_run_done(&query) < 0)
        return -1;
    query = query_open(store, STMT_ADD_PERSON_WORDS);
    bind_int(&query, ":id", person);
    return query_run_done(&query);
}

int store_resolve_address(struct store *store, const char *mail, struct arena *arena, struct person *person)
{
    struct query query = query_open(store, STMT_RESOLVE_ADDRESS);
    bind_text(&query, ":mail", mail);
    return query_run_person(&query, arena, person);
}

int store_list_members(struct store *store, const char *name,
                       bool (*each)(const struct list_member *member, void *context), void *context)
{
    struct query query = query_open(store, STMT_LIST_MEMBERS);
    bind_text(&query, ":name", name);
    while (query_list(&query)) {
        struct list_member member = {.mail = next_text(&query)};
        member.name = next_text(&query);
        if (!each(&member, context))
            break;
    }
    return query_list_end(&query);
}

static bool is_word_byte(unsigned char byte)
{
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

/* What FTS5 is asked (SQLite's fts5.html 3): each word of `typed` in quotes and as a beginning, "jean"*
 * "dup"*; what follows an @ says nothing about who it is. Letters are those of the index (fold.c). */
static void add_words(struct text *words, const char *typed)
{
    struct text folded = {0};
    text_add_folded(&folded, typed);
    typed = text_string(&folded);
    for (int count = 0; *typed && *typed != '@' && count < WORDS_MOST;) {
        size_t size = 0;
        while (is_word_byte((unsigned char)typed[size]))
            size++;
        if (size) {
            text_add(words, words->size ? " \"" : "\"");
            text_add_bytes(words, typed, size);
            text_add(words, "\"*");
        }
        typed += size ? size : 1;
    }
    text_free(&folded);
}

/* The query with its words bound; false: there is nothing to look for. */
static bool search_open(struct store *store, enum statement statement, const struct text *words, int limit,
                        struct query *query)
{
    if (!words->size)
        return false;
    *query = query_open(store, statement);
    bind_text(query, ":words", text_string(words));
    bind_int(query, ":limit", limit);
    return true;
}

int store_search_people(struct store *store, const char *typed, int limit,
                        bool (*each)(const char *mail, const char *name, void *context), void *context)
{
    struct text words = {0};
    struct query query;
    int result = 0;
    add_words(&words, typed);
    if (search_open(store, STMT_SEARCH_PEOPLE, &words, limit, &query)) {
        while (query_list(&query)) {
            const char *mail = next_text(&query), *name = next_text(&query);
            if (!each(mail, name, context))
                break;
        }
        result = query_list_end(&query);
    }
    text_free(&words);
    return result;
}

int store_search_lists(struct store *store, const char *typed, int limit,
                       bool (*each)(const char *name, int members, void *context), void *context)
{
    struct text words = {0};
    struct query query;
    int result = 0;
    add_words(&words, typed);
    if (search_open(store, STMT_SEARCH_LISTS, &words, limit, &query)) {
        while (query_list(&query)) {
            const char *name = next_text(&query);
            int members = (int)next_int(&query);
            if (!each(name, members, context))
                break;
        }
        result = query_list_end(&query);
    }
    text_free(&words);
    return result;
}
