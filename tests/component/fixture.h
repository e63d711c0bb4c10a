/* A store in memory with Ada, who books a meeting with Bob (moderator) and Chloé (guest), and what letters
 * and reminders need beside it. Thursday 3 December 2026, 14:00 to 15:30 in Paris; booked three days before.
 */
#ifndef TESTS_COMPONENT_FIXTURE_H
#define TESTS_COMPONENT_FIXTURE_H

#include "component/letters.h"
#include "proto/embed.h"
#include "sql/store_meetings.h"
#include "sql/store_people.h"
#include "sql/store_sign_ins.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START = 1796302800, END = START + 5400, BOOKED = START - 3 * 86400 };

struct fixture {
    struct arena arena;
    struct link_keys keys;
    struct site site;
    struct zones *zones;
    struct catalogues *catalogues;
    struct store *store;
    struct letters *letters;
    int64_t ada;
    struct booked booked;
};

static inline void fixture_zone(struct fixture *f, const char *name)
{
    char path[100];
    static char bytes[20000];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(zones_add(f->zones, name, bytes, size) >= 0);
}

/* With what letters may have beside: an address that reaches us, and templates of the site; NULL: none. */
static inline void fixture_open_as(struct fixture *f, const char *path, const char *reply_address,
                                   const char *templates)
{
    struct text error = {0};
    *f = (struct fixture){.keys = {.count = 1, .keys = {"a key of thirty-two bytes, this"}},
                          .site = {.name = "Visio Exemple",
                                   .dial_in = "+33 1 02 03 04 05 (in English)",
                                   .dial_in_fr = "01 02 03 04 05 & suivants",
                                   .url = "https://meet.example/booking",
                                   .tz = "Europe/Paris",
                                   .language = "en",
                                   .contact = "help@meet.example"},
                          .zones = zones_new(),
                          .catalogues = catalogues_new()};
    fixture_zone(f, "Europe/Paris");
    fixture_zone(f, "America/New_York");
    fixture_zone(f, "UTC");
    for (const struct embedded *file = catalogue_files; file->name; file++)
        if (strcmp(file->name, "fr.mo") == 0)
            assert_true(catalogues_add(f->catalogues, "fr", file->data, (size_t)(file->end - file->data)) >=
                        0);
    f->store = store_open(&(struct store_options){.path = path, .keys = &f->keys, .create = true}, &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(f->store);
    f->letters = letters_open(&(struct letters_options){.store = f->store,
                                                        .catalogues = f->catalogues,
                                                        .zones = f->zones,
                                                        .keys = &f->keys,
                                                        .site = &f->site,
                                                        .from = "jmb@meet.example",
                                                        .from_name = "Visio Exemple",
                                                        .reply_address = reply_address,
                                                        .templates = templates},
                              &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(f->letters);
    text_free(&error);
}

static inline void fixture_open_at(struct fixture *f, const char *path)
{
    fixture_open_as(f, path, NULL, NULL);
}

static inline int64_t fixture_person(struct fixture *f, const char *mail, const char *name,
                                     const char *language, const char *tz)
{
    int64_t id = 0;
    const struct person person = {
        .mail = mail, .name = name, .language = language, .tz = tz, .may_book = true};
    assert_true(store_put_person(f->store, &person, BOOKED, &id) > 0);
    return id;
}

/* Books with Ada and those; `meeting` may change what is not set here (times, options, words). */
static inline void fixture_book_with(struct fixture *f, struct meeting *meeting,
                                     const struct new_attendee *attendees, size_t count, int64_t now)
{
    if (!f->ada)
        f->ada = fixture_person(f, "ada@example.org", "Ada Moreau", "fr", "Europe/Paris");
    meeting->organiser = f->ada;
    assert_true(store_book(f->store, meeting, attendees, count, "meet.example", NULL, now, &f->arena,
                           &f->booked) > 0);
    assert_true(store_commit(f->store) > 0);
}

/* With Ada, Bob and Chloé. */
static inline void fixture_book(struct fixture *f, struct meeting *meeting)
{
    static const struct new_attendee attendees[] = {
        {.mail = "bob@example.org", .name = "Bob Marchand", .role = ROLE_MODERATOR},
        {.mail = "chloe@example.net", .name = "Chloé Petit", .role = ROLE_GUEST}};
    fixture_book_with(f, meeting, attendees, 2, BOOKED);
}

static inline struct meeting fixture_meeting(void)
{
    return (struct meeting){.subject = "Réunion d’équipe",
                            .description = "Ordre du jour :\n1. Budget <2027> & divers\n2. Étés",
                            .starts_at = START,
                            .ends_at = END,
                            .tz = "Europe/Paris",
                            .language = "fr",
                            .options = {.opens_before = 1800,
                                        .guests_before = 600,
                                        .grace = 900,
                                        .at_end = AT_END_CLOSE,
                                        .room_reminders = {300, 30, 0, -1}}};
}

static inline void fixture_close(struct fixture *f)
{
    letters_close(f->letters);
    store_close(f->store);
    zones_free(f->zones);
    catalogues_free(f->catalogues);
    arena_free(&f->arena);
}

#endif
