/* Serves every page with sample data, for looking at: preview PORT. It prints the
 * addresses to open, one a line with its name. Ctrl-C ends it. */
#include "tests/http/house.h"

#include <time.h>

static int64_t real_now(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_all_zones(struct zones *zones)
{
    char line[512], name[128];
    FILE *file = fopen("/usr/share/zoneinfo/zone1970.tab", "r");
    while (file && fgets(line, sizeof line, file))
        if (line[0] != '#' && sscanf(line, "%*s %*s %127s", name) == 1)
            house_add_zone(zones, name);
    if (file)
        fclose(file);
}

static void show(const char *name, const char *url, const char *path)
{
    printf("%s %s%s\n", name, url, path);
}

static void answer(struct house *house, const char *ref, const char *mail, enum partstat partstat,
                   const char *comment)
{
    store_answer(house->store, house_find(house, ref, mail).id, partstat, comment, house_seconds(house));
    store_commit(house->store);
}

/* A meeting an hour ago, with everything that can happen to people. */
static void add_past(struct house *house, struct browser *organiser)
{
    struct house_room room;
    char ref[64];
    house->now_ms -= (int64_t)7200 * 1000;
    snprintf(ref, sizeof ref, "%s", house_book(house, "Soutenance de thèse", 0, 3600));
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house->now_ms += (int64_t)300 * 1000;
    house_enter(&room, "bbbb", "gaelle@elsewhere.test", "Gaëlle");
    house_enter(&room, "cccc", NULL, "نورا <b>|</b> 🎓");
    house->now_ms += (int64_t)1500 * 1000;
    house_leave(&room, "bbbb");
    house->now_ms += (int64_t)600 * 1000;
    house_enter(&room, "bbb2", "gaelle@elsewhere.test", "Gaëlle");
    house->now_ms += (int64_t)1200 * 1000;
    house_leave(&room, "bbb2");
    house_leave(&room, "cccc");
    house_leave(&room, "aaaa");
    show("attendance", house->site.url, arena_printf(&(struct arena){0}, "/meetings/%s/attendance", ref));
    show("join-over", house->site.url, house_link(house, LINK_JOIN, ref, "anna@univ.test"));
    show("invitation-over", house->site.url,
         house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    (void)organiser;
}

static void add_meetings(struct house *house)
{
    const char *url = house->site.url;
    struct house_room room;
    char ref[64];
    snprintf(ref, sizeof ref, "%s", house_book(house, "Réunion d’équipe <b>| C++ *", -600, 4800));
    house_open_room(house, &room, ref);
    house_enter(&room, "aaaa", "anna@univ.test", "Anna");
    house_enter(&room, "bbbb", NULL, "Somebody");
    answer(house, ref, "gaelle@elsewhere.test", PARTSTAT_ACCEPTED, NULL);
    answer(house, ref, "michel@univ.test", PARTSTAT_DECLINED, "I am at the dentist’s until four, sorry!");
    show("meeting-live", url, arena_printf(&(struct arena){0}, "/meetings/%s", ref));
    show("join-live", url, house_link(house, LINK_JOIN, ref, "anna@univ.test"));
    show("invitation-live", url, house_link(house, LINK_INVITATION, ref, "gaelle@elsewhere.test"));
    snprintf(ref, sizeof ref, "%s", house_book(house, "Jury de fin d’études 🎓", 2400, 6000));
    show("waiting", url, house_link(house, LINK_JOIN, ref, "omar@elsewhere.test"));
    snprintf(ref, sizeof ref, "%s", house_book(house, "اجتماع الفريق (right to left)", 30 * 3600, 32 * 3600));
    show("meeting-coming", url, arena_printf(&(struct arena){0}, "/meetings/%s", ref));
    show("cancel", url, arena_printf(&(struct arena){0}, "/meetings/%s/cancel", ref));
    show("invitation", url, house_link(house, LINK_INVITATION, ref, "omar@elsewhere.test"));
    snprintf(ref, sizeof ref, "%s",
             house_book(house, "A meeting that will not take place", 100 * 3600, 101 * 3600));
    struct house_search search = house_find(house, ref, "anna@univ.test");
    store_cancel(house->store, search.meeting, 1, NULL, house_seconds(house));
    store_commit(house->store);
    show("invitation-cancelled", url, house_link(house, LINK_INVITATION, ref, "omar@elsewhere.test"));
    show("join-cancelled", url, house_link(house, LINK_JOIN, ref, "omar@elsewhere.test"));
}

static void add_sign_in(struct house *house, const char *name, const char *mail)
{
    struct sign_in sign_in = {.mail = mail, .expires_at = house_seconds(house) + 36000};
    struct text url = {0};
    memset(&sign_in.link, 9, sizeof sign_in.link);
    store_open_sign_in(house->store, &sign_in, false, "en", house_seconds(house));
    store_commit(house->store);
    site_add_link(&url, &house->site, &house->keys, LINK_SIGN_IN, &sign_in.link);
    show(name, text_string(&url), "");
    text_free(&url);
}

int main(int argc, char **argv)
{
    char url[64], listen[64];
    const char *port = argc > 1 ? argv[1] : "8099";
    snprintf(url, sizeof url, "http://127.0.0.1:%s", port);
    snprintf(listen, sizeof listen, "127.0.0.1:%s", port);
    struct house *house = house_open_at(url);
    http_close(house->http);
    house->now_ms = real_now(NULL);
    add_all_zones(house->zones);
    house->options.listen = listen;
    house_open_http(house);
    struct browser anna = {.house = house};
    browser_sign_in(&anna, "anna@univ.test", "Anna Arnould");
    add_past(house, &anna);
    house->now_ms = real_now(NULL);
    add_meetings(house);
    show("list", url, "/");
    show("list-past", url, "/?view=past");
    show("book", url, "/meetings/new");
    show("sign-in", url, "/sign-in");
    show("not-found", url, "/nothing");
    printf("cookie jmb_session=%s\n", anna.session);
    struct browser nobody = {.house = house};
    browser_sign_in(&nobody, "new@univ.test", "New Person");
    printf("cookie-empty jmb_session=%s\n", nobody.session);
    add_sign_in(house, "sign-in-link", "anna@univ.test");
    fflush(stdout);
    for (;;) {
        house->now_ms = real_now(NULL);
        house_turn(house, -1);
    }
}
