#include "component/conf_parts.h"

#include "component/file.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_conf.XXXXXX";

static void put_file(const char *name, const char *content, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    put_file("link.key", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF\n", 0640);
    put_file("app.secret", "app-secret\n", 0600);
    put_file("component.secret", "component-secret\r\n", 0600);
    put_file("open.secret", "x\n", 0644);
    put_file("empty.secret", "\n", 0600);
    put_file("two.secret", "a\nb\n", 0600);
    put_file("bad.key", "# one\n\n012345\n", 0600);
    put_file("empty.key", "# none\n", 0600);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command); /* NOLINT: our own folder */
}

/* The least that stands for itself; each section may get more lines, and `more` ends it. */
struct file {
    const char *site, *http, *auth, *jitsi, *prosody, *mail, *more;
};

static const char *or_none(const char *lines)
{
    return lines ? lines : "";
}

static struct text write_file(const struct file *file)
{
    struct text text = {0};
    text_addf(&text, "[site]\nurl = https://meet.example/booking/\nlink_key_file = %s/link.key\n%s", folder,
              or_none(file->site));
    text_addf(&text, "[http]\n%s[auth]\nlocal_domains = example.org\n%s", or_none(file->http),
              or_none(file->auth));
    text_addf(&text, "[jitsi]\nurl = https://meet.example\napp_id = jmb\napp_secret_file = %s/app.secret\n%s",
              folder, or_none(file->jitsi));
    text_addf(&text,
              "[prosody main]\ncomponent = jmb.meet.example\nmuc = conference.meet.example\n"
              "secret_file = %s/component.secret\n%s",
              folder, or_none(file->prosody));
    text_addf(&text, "[mail]\nfrom = jmb@meet.example\n%s%s", or_none(file->mail), or_none(file->more));
    return text;
}

/* Reads; the errors have to be exactly these (FOLDER stands for the folder). */
static void expect_errors(const struct file *file, const char *errors)
{
    struct conf conf;
    struct text text = write_file(file), got = {0}, wanted = {0};
    int result = conf_read_bytes(&conf, "f", text_string(&text), text.size, &got);
    while (*errors) {
        bool place = strncmp(errors, "FOLDER", 6) == 0;
        text_add_bytes(&wanted, place ? folder : errors, place ? strlen(folder) : 1);
        errors += place ? 6 : 1;
    }
    assert_string_equal(text_string(&got), text_string(&wanted));
    assert_int_equal(result, wanted.size ? -1 : 0);
    conf_free(&conf);
    text_free(&text);
    text_free(&got);
    text_free(&wanted);
}

static void expect_error(const char *more, const char *errors)
{
    expect_errors(&(struct file){.more = more}, errors);
}

static void read_well(struct conf *conf, const struct file *file)
{
    struct text text = write_file(file), errors = {0};
    int result = conf_read_bytes(conf, "f", text_string(&text), text.size, &errors);
    assert_string_equal(text_string(&errors), "");
    assert_int_equal(result, 0);
    text_free(&text);
    text_free(&errors);
}

TEST(conf__read__defaults)
{
    struct conf conf;
    read_well(&conf, &(struct file){0});
    assert_string_equal(conf.site.name, "Jitsi Meet Booking");
    assert_string_equal(conf.site.url, "https://meet.example/booking");
    assert_string_equal(conf.site.language, "en");
    assert_string_equal(conf.site.tz, "UTC");
    assert_null(conf.site.contact);
    assert_string_equal(conf.database, "/var/lib/jmb/jmb.db");
    assert_int_equal(conf.keys.count, 1);
    assert_int_equal(conf.keys.keys[0][31], 0xef);
    assert_string_equal(conf.listen, "127.0.0.1:8080");
    assert_string_equal(conf.admin_socket, "/run/jmb/admin.sock");
    assert_int_equal(conf.auth, AUTH_LOCAL);
    assert_string_equal(conf.local_domains[0], "example.org");
    assert_null(conf.local_domains[1]);
    assert_int_equal(conf.session_age, 14 * 86400);
    assert_int_equal(conf.sign_in_age, 900);
    assert_string_equal(conf.jitsi_url, "https://meet.example/");
    assert_string_equal(conf.token_key.app_id, "jmb");
    assert_int_equal(conf.token_key.secret_size, 10);
    assert_memory_equal(conf.token_key.secret, "app-secret", 10);
    assert_string_equal(conf.token_key.subject, "*");
    assert_false(conf.token_in_fragment);
    assert_true(conf.guest_tokens);
    assert_null(site_dial_in(&conf.site, "en"));
    assert_int_equal(conf.prosody_count, 1);
    assert_string_equal(conf.prosody[0].name, "main");
    assert_string_equal(conf.prosody[0].host, "127.0.0.1");
    assert_int_equal(conf.prosody[0].port, 5347);
    assert_string_equal(conf.prosody[0].secret, "component-secret");
    conf_free(&conf);
}

TEST(conf__read__defaults_of_mail_and_meetings)
{
    struct conf conf;
    read_well(&conf, &(struct file){0});
    assert_int_equal(conf.mail.transport, MAILER_SMTP);
    assert_string_equal(conf.mail.host, "127.0.0.1");
    assert_int_equal(conf.mail.port, 25);
    assert_int_equal(conf.mail.timeout, 30);
    assert_string_equal(conf.mail.sender, "jmb@meet.example");
    assert_string_equal(conf.mail_from_name, "Jitsi Meet Booking");
    assert_string_equal(conf.mail_domain, "meet.example");
    assert_int_equal(conf.limits.length_least, 1800);
    assert_int_equal(conf.limits.length_most, 8 * 3600);
    assert_int_equal(conf.limits.options.opens_before, 900);
    assert_int_equal(conf.limits.options.guests_before, 300);
    assert_int_equal(conf.limits.options.at_end, AT_END_WARN);
    assert_int_equal(conf.limits.options.room_reminders[0], 900);
    assert_int_equal(conf.limits.options.room_reminders[1], 300);
    assert_int_equal(conf.limits.options.room_reminders[2], 0);
    assert_int_equal(conf.limits.options.room_reminders[3], -1);
    assert_string_equal(conf.moderation, "delegable");
    assert_string_equal(conf.unbooked, "open");
    assert_int_equal(conf.rejoin, 60);
    assert_int_equal(conf.unbooked_kept, 30 * 86400);
    assert_int_equal(conf.feed.past, 30 * 86400);
    assert_int_equal(conf.feed.ahead, 366 * 86400);
    assert_true(conf.feed.alarms);
    assert_null(conf.identity_hosts[0]);
    assert_string_equal(conf.sender, "Jitsi Meet Booking");
    assert_int_equal(conf.warnings.size, 0);
    conf_free(&conf);
}

TEST(conf__read__values_of_all_types)
{
    struct conf conf;
    read_well(&conf, &(struct file){
                         .site = "name = Réunions ; of the university\n\ttz = Europe/Paris\nlanguage: fr\n"
                                 "contact = help@bücher.example\n",
                         .http = "listen = [::1]:80\n",
                         .auth = "session_age = 1h30m\n",
                         .jitsi = "token_in = fragment\nguest_tokens = no\ndial_in = +33 1 02 03 04 05\n",
                         .prosody = "host = ::1\nport = 5348\nidentity_hosts = Auth.meet.example\n",
                         .mail = "transport = folder\nfolder = /tmp\nsender =\n",
                         .more = "[meetings]\nrejoin = 2m\n[calendar]\nfeed_past = 0s\nfeed_ahead = "
                                 "90d\nalarms = no\n[reminders]\nat_end = "
                                 "close\n[retention]\nunbooked = 0s\n# not [moderation]\n"});
    assert_string_equal(conf.site.name, "Réunions");
    assert_string_equal(conf.site.tz, "Europe/Paris");
    assert_string_equal(conf.site.language, "fr");
    assert_string_equal(conf.site.contact, "help@xn--bcher-kva.example");
    assert_string_equal(conf.listen, "[::1]:80");
    assert_int_equal(conf.session_age, 5400);
    assert_true(conf.token_in_fragment);
    assert_false(conf.guest_tokens);
    assert_string_equal(site_dial_in(&conf.site, "en"), "+33 1 02 03 04 05");
    assert_string_equal(site_dial_in(&conf.site, "fr"), "+33 1 02 03 04 05");
    assert_string_equal(conf.prosody[0].host, "::1");
    assert_int_equal(conf.mail.transport, MAILER_FOLDER);
    assert_string_equal(conf.mail.folder, "/tmp");
    assert_string_equal(conf.mail.sender, "jmb@meet.example");
    assert_int_equal(conf.limits.options.at_end, AT_END_CLOSE);
    assert_int_equal(conf.rejoin, 120);
    assert_int_equal(conf.unbooked_kept, 0);
    assert_int_equal(conf.feed.past, 0);
    assert_int_equal(conf.feed.ahead, 90 * 86400);
    assert_false(conf.feed.alarms);
    assert_string_equal(conf.prosody[0].identity_hosts[0], "auth.meet.example");
    conf_free(&conf);
}

TEST(conf__read__lists_go_on_with_the_same_key)
{
    struct conf conf;
    read_well(&conf, &(struct file){.auth = "local_domains = a.example, B.example  c.example\n",
                                    .mail = "calendar_senders = a@b.example, C@d.example\n",
                                    .more = "[reminders]\nroom = 1m\nroom = 30s\n"});
    assert_string_equal(conf.mail_calendar_senders[1], "c@d.example");
    assert_null(conf.mail_calendar_senders[2]);
    assert_string_equal(conf.local_domains[0], "example.org");
    assert_string_equal(conf.local_domains[2], "b.example");
    assert_string_equal(conf.local_domains[3], "c.example");
    assert_null(conf.local_domains[4]);
    assert_int_equal(conf.limits.options.room_reminders[0], 60);
    assert_int_equal(conf.limits.options.room_reminders[1], 30);
    assert_int_equal(conf.limits.options.room_reminders[2], -1);
    conf_free(&conf);
}

TEST(conf__read__no_reminders)
{
    struct conf conf;
    read_well(&conf, &(struct file){.more = "[reminders]\nroom = none\n"});
    assert_int_equal(conf.limits.options.room_reminders[0], -1);
    conf_free(&conf);
}

TEST(conf__read__two_prosodys)
{
    struct conf conf;
    struct text more = {0};
    text_addf(&more,
              "[prosody second]\nport = 5348\ncomponent = jmb.meet.example\nmuc = conference.meet.example\n"
              "secret_file = %s/component.secret\nidentity_hosts = b.example\n",
              folder);
    read_well(&conf, &(struct file){.prosody = "identity_hosts = a.example\n", .more = more.data});
    assert_int_equal(conf.prosody_count, 2);
    assert_string_equal(conf.identity_hosts[0], "a.example");
    assert_string_equal(conf.identity_hosts[1], "b.example");
    assert_null(conf.identity_hosts[2]);
    assert_string_equal(conf.prosody[1].name, "second");
    assert_int_equal(conf.prosody[1].port, 5348);
    assert_int_equal(conf.prosody[0].port, 5347);
    conf_free(&conf);
    text_free(&more);
}

TEST(conf__read__unknown_key_and_section)
{
    expect_error(
        "naem = x\n",
        "f:17: [mail] has no key 'naem'; it has transport, folder, host, port, timeout, from, "
        "from_name, sender, templates, starttls, ca_file, user, "
        "password_file, per_organiser_day, per_minute, reply_address, calendar_senders, reply_socket\n");
    expect_error("[retention]\nvisits = 1d\n", "f:18: [retention] has no key 'visits'; it has unbooked\n");
    expect_error(
        "[mial]\nfrom = a@b.example\n",
        "f:17: there is no section [mial]; there are [site] [http] [auth] [jitsi] [prosody NAME] [mail] "
        "[meetings] [calendar] [moderation] [reminders] [retention]\n");
}

TEST(conf__read__duplicates)
{
    expect_error("from = a@b.example\n", "f:17: from: is set twice, first in line 16\n");
    expect_error("[site]\nurl = x\n", "f:17: [site] is there twice, first in line 1\n");
    expect_error("[prosody main]\n", "f:17: [prosody main] is there twice, first in line 11\n");
    expect_error("[reminders]\nroom = 5m, 300s\n", "f:18: room: '300s' is there twice\n");
}

TEST(conf__read__durations)
{
    expect_error("[meetings]\ngrace = 90\n", "f:18: grace: '90' has no unit: write 90s, 90m, 90h or 90d\n");
    expect_error("[meetings]\ngrace = soon\n",
                 "f:18: grace: 'soon' is no duration: write it like 30s, 15m, 1h30m or 7d\n");
    expect_error("[meetings]\ngrace = 2d\n", "f:18: grace: '2d' must be from 0s to 1d\n");
    expect_error(
        "[meetings]\ngrace = 99999999999999999999s\n",
        "f:18: grace: '99999999999999999999s' is no duration: write it like 30s, 15m, 1h30m or 7d\n");
    expect_error("[meetings]\ngrace = 2147483647d2147483647d\n",
                 "f:18: grace: '2147483647d2147483647d' must be from 0s to 1d\n");
    expect_error(
        "[auth2]\n[meetings]\ngrace = -1s\n",
        "f:17: there is no section [auth2]; there are [site] [http] [auth] [jitsi] [prosody NAME] [mail] "
        "[meetings] [calendar] [moderation] [reminders] [retention]\n"
        "f:19: grace: '-1s' is no duration: write it like 30s, 15m, 1h30m or 7d\n");
}

TEST(conf__read__numbers_words_and_flags)
{
    expect_error("port = 0\n", "f:17: port: '0' must be a whole number from 1 to 65535\n");
    expect_error("port = 25x\n", "f:17: port: '25x' must be a whole number from 1 to 65535\n");
    expect_error("transport = pigeon\n", "f:17: transport: 'pigeon' must be one of folder, smtp\n");
    expect_errors(&(struct file){.jitsi = "guest_tokens = maybe\n"},
                  "f:11: guest_tokens: 'maybe' must be one of no, yes\n");
    expect_error("[moderation]\nmode = str\n", "f:18: mode: 'str' must be one of strict, delegable, none\n");
    expect_error("[moderation]\nmode =\n", "f:18: mode: has no value\n");
}

TEST(conf__read__addresses_and_names)
{
    expect_errors(
        &(struct file){.prosody = "host = localhost\n"},
        "f:15: host: 'localhost' is no IP address: write one like 127.0.0.1 or ::1, not a name (nothing "
        "here waits for DNS)\n");
    expect_errors(&(struct file){.site = "tz = Paris\n"},
                  "f:4: tz: 'Paris' is no time zone of this machine: write one "
                  "like Europe/Paris (package tzdata)\n");
    expect_errors(
        &(struct file){.site = "tz = ../../../etc/passwd\n"},
        "f:4: tz: '../../../etc/passwd' is no time zone of this machine: write one like Europe/Paris "
        "(package tzdata)\n");
    expect_errors(&(struct file){.site = "language = french please\n"},
                  "f:4: language: 'french please' is none of the languages that there are: en, fr\n");
    expect_errors(&(struct file){.site = "language = de\n"},
                  "f:4: language: 'de' is none of the languages that there are: en, fr\n");
    expect_errors(&(struct file){.site = "contact = nobody\n"},
                  "f:4: contact: 'nobody' is no mail address: write one like jmb@meet.example\n");
    expect_errors(&(struct file){.site = "database = jmb.db\n"},
                  "f:4: database: 'jmb.db' must be a whole path, beginning with /\n");
    expect_errors(&(struct file){.http = "listen = 8080\n"},
                  "f:5: listen: '8080' is nothing to listen at: write 127.0.0.1:8080, [::1]:8080 or "
                  "unix:/run/jmb/http.sock\n");
    expect_errors(
        &(struct file){.auth = "local_domains = a_b\n"},
        "f:7: local_domains: 'a_b' is no domain: write one like meet.example (an international one as "
        "xn--...)\n");
    expect_errors(&(struct file){.mail = "calendar_senders = noreply\n"},
                  "f:17: calendar_senders: 'noreply' is no mail address: write one like jmb@meet.example\n");
}

static void expect_url(const char *url, bool good)
{
    struct conf conf;
    struct text text = {0}, errors = {0};
    text_addf(&text, "[site]\nurl = %s\n", url);
    conf_read_bytes(&conf, "f", text.data, text.size, &errors);
    assert_int_equal(strstr(text_string(&errors), "is no address") == NULL, good);
    conf_free(&conf);
    text_free(&text);
    text_free(&errors);
}

TEST(conf__read__urls)
{
    expect_url("http://127.0.0.1:8080/", true);
    expect_url("https://[::1]:443/a/b", true);
    expect_url("https://meet.example", true);
    expect_url("ftp://meet.example", false);
    expect_url("https://", false);
    expect_url("https://a b/", false);
    expect_url("https://meet.example:0/", false);
    expect_url("https://meet.example:99999/", false);
    expect_url("https://meet.example/?x=1", false);
    expect_url("https://user@meet.example/", false);
    expect_url("https://-x.example/", false);
    expect_url("https://meet..example/", false);
    expect_url("https://[::1/", false);
}

TEST(conf__read__more_than_one_key)
{
    expect_error("[meetings]\nlength_least = 2h\n",
                 "f:18: length_least is 2h, more than length_default, which is 1h30m\n");
    expect_error("[meetings]\nguests_before = 20m\n",
                 "f:18: guests_before is 20m, more than opens_before, which is 15m\n");
    expect_error("transport = folder\n",
                 "f:17: transport: folder needs a folder: folder = /var/lib/jmb/mail\n");
    expect_errors(&(struct file){.auth = "mode = proxy\n"},
                  "f:7: mode: proxy believes the web server over a unix socket ([http] listen = "
                  "unix:/run/jmb/http.sock), or from the addresses of 'trusted' (127.0.0.1)\n");
    expect_errors(&(struct file){.auth = "may_book = group\n"},
                  "f:7: may_book: group needs the name of one: group = staff\n");
    expect_errors(&(struct file){.auth = "group = staff\nmay_book = group\n"},
                  "f:8: may_book: groups are known with mode = proxy only; write everyone or directory\n");
    expect_errors(&(struct file){.auth = "trusted = 10.0.0.0/33\n"},
                  "f:7: trusted: '10.0.0.0/33' is no address: write one like 127.0.0.1, ::1 or 10.0.0.0/8\n");
    expect_errors(&(struct file){.auth = "mail_header = X JMB\n"},
                  "f:7: mail_header: 'X JMB' is no name of a header field: write one like X-JMB-Mail\n");
    expect_errors(
        &(struct file){.auth = "logout_url = //sso.example\n"},
        "f:7: logout_url: '//sso.example' is no address: write one like https://sso.example/logout\n");
    expect_error(
        "[prosody two]\n[prosody a b]\n",
        "f:18: [prosody NAME] needs a name of letters, digits, '-', '_' and '.', like [prosody main]\n"
        "f:17: [prosody two]: component must be set: the name of Component \"...\" in Prosody's "
        "configuration, "
        "like jmb.meet.example\n"
        "f:17: [prosody two]: muc must be set: the conference MUC, like conference.meet.example\n"
        "f:17: [prosody two] is at the same host and port as [prosody main]\n"
        "f:17: secret_file: /etc/jitsi/jmb/component.secret: No such file or directory\n");
}

TEST(conf__read__lines_that_are_nothing)
{
    expect_error("nonsense\n", "f:17: this line is neither [section] nor key = value nor a comment (;)\n");
    expect_error("[mail\n", "f:17: the ] of the section is missing\n");
    expect_error("[retention] x = y\n",
                 "f:17: there is something behind the section; its keys belong on lines of their own\n");
    expect_error("from_name = \xff\xfe\n", "f:17: this line is not UTF-8 text\n");
    expect_error("; a comment\n# another\n\n   \n[retention] ; fine\n", "");
}

TEST(conf__read__long_lines)
{
    struct text more = {0};
    text_add(&more, "from_name = ");
    while (more.size < 190)
        text_add_char(&more, 'x');
    text_add_char(&more, '\n');
    expect_error(more.data, "");
    text_clear(&more);
    text_add(&more, "from_name = ");
    while (more.size < 191)
        text_add_char(&more, 'x');
    text_add_char(&more, '\n');
    expect_error(more.data,
                 "f:17: this line is longer than 190 bytes; lists may be set by several lines with the "
                 "same key\n");
    text_free(&more);
}

TEST(conf__read__what_must_be_set)
{
    struct conf conf;
    struct text errors = {0};
    assert_int_equal(conf_read_bytes(&conf, "f", "x = 1\n", 6, &errors), -1);
    assert_non_null(strstr(errors.data, "f:1: x: stands before the first [section]\n"));
    assert_non_null(strstr(errors.data, "f: [site] url must be set: where people reach these pages, like "
                                        "https://meet.example/booking\n"));
    assert_non_null(strstr(errors.data, "f: [jitsi] app_id must be set: "));
    assert_non_null(strstr(errors.data, "f: [mail] from must be set: "));
    assert_non_null(strstr(errors.data, "f: there is no [prosody NAME] section: "));
    conf_free(&conf);
    text_free(&errors);
}

static void expect_secret_error(const char *name, const char *error)
{
    struct conf conf;
    struct text text = {0}, errors = {0};
    text_addf(&text, "[jitsi]\napp_secret_file = %s/%s\n", folder, name);
    conf_read_bytes(&conf, "f", text.data, text.size, &errors);
    if (!strstr(text_string(&errors), error))
        fail_msg("no '%s' in: %s", error, text_string(&errors));
    assert_null(conf.token_key.secret);
    conf_free(&conf);
    text_free(&text);
    text_free(&errors);
}

TEST(conf__read__secrets)
{
    expect_secret_error("absent", "f:2: app_secret_file: ");
    expect_secret_error("absent", "/absent: No such file or directory\n");
    expect_secret_error("open.secret",
                        "/open.secret: everybody on this machine can reach it (mode 0644): chmod 0640 /");
    expect_secret_error("empty.secret", "/empty.secret: its first line is empty: the secret belongs there\n");
    expect_secret_error("two.secret",
                        "/two.secret: there is more than one line; the secret must stand alone\n");
    expect_secret_error(".", "/.: not a file\n");
}

static void expect_key_error(const char *name, const char *error)
{
    struct conf conf;
    struct text text = {0}, errors = {0};
    text_addf(&text, "[site]\nlink_key_file = %s/%s\n", folder, name);
    conf_read_bytes(&conf, "f", text.data, text.size, &errors);
    if (!strstr(text_string(&errors), error))
        fail_msg("no '%s' in: %s", error, text_string(&errors));
    conf_free(&conf);
    text_free(&text);
    text_free(&errors);
}

TEST(conf__read__link_key)
{
    expect_key_error("absent", "make one: head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > /");
    expect_key_error("bad.key", "/bad.key:3: a key is 64 hexadecimal digits alone on its line");
    expect_key_error("empty.key", "/empty.key: there is no key in it; make one: head -c 32");
    expect_key_error("open.secret", "everybody on this machine can reach it");
}

TEST(conf__read__another_machine_is_a_warning)
{
    struct conf conf;
    read_well(&conf, &(struct file){.prosody = "host = 192.0.2.1\n"});
    assert_string_equal(text_string(&conf.warnings),
                        "f:11: [prosody main] host 192.0.2.1 is another machine, and nothing on this line is "
                        "encrypted (XEP-0114): use a tunnel\n");
    conf_free(&conf);
}

TEST(conf__read__a_file)
{
    struct conf conf;
    struct text errors = {0}, path = {0};
    struct text text = write_file(&(struct file){0});
    put_file("jmb.conf", text.data, 0644);
    text_addf(&path, "%s/jmb.conf", folder);
    assert_int_equal(conf_read(&conf, path.data, &errors), 0);
    assert_int_equal(errors.size, 0);
    conf_free(&conf);
    assert_int_equal(conf_read(&conf, "/nonexistent/jmb.conf", &errors), -1);
    assert_string_equal(errors.data, "/nonexistent/jmb.conf: No such file or directory\n");
    conf_free(&conf);
    text_free(&errors);
    text_free(&path);
    text_free(&text);
}

/* The text of a section of the manual page, from its heading to the next. */
static char *manual_section(const char *manual, const char *section)
{
    char heading[40];
    snprintf(heading, sizeof heading, "\n.Ss [%s%s]\n", section,
             strcmp(section, "prosody") == 0 ? " NAME" : "");
    const char *start = strstr(manual, heading);
    if (!start) {
        fail_msg("jmb.conf(5) has no section [%s]", section);
        return NULL;
    }
    const char *next = strstr(start + 1, "\n.Ss"), *last = strstr(start + 1, "\n.Sh");
    return strndup(start, (size_t)((next && next < last ? next : last) - start));
}

TEST(conf__keys__each_is_in_the_manual_with_its_default)
{
    struct text manual = {0}, error = {0}, name = {0};
    assert_true(file_read("docs/jmb.conf.5", 1 << 20, FILE_ANY, &manual, &error));
    for (const struct conf_key *key = conf_keys; key->section; key++) {
        char *section = manual_section(manual.data, key->section);
        text_clear(&name);
        text_addf(&name, "Sy %s", key->name);
        const char *there = section ? strstr(section, name.data) : NULL;
        if (!there || (there[name.size] != '\n' && there[name.size] != ' '))
            fail_msg("jmb.conf(5): [%s] %s is missing", key->section, key->name);
        if (there && key->value && *key->value && !strstr(there, key->value))
            fail_msg("jmb.conf(5): [%s] %s: the default is %s", key->section, key->name, key->value);
        free(section);
    }
    text_free(&manual);
    text_free(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conf__read__defaults),
        cmocka_unit_test(conf__read__defaults_of_mail_and_meetings),
        cmocka_unit_test(conf__read__values_of_all_types),
        cmocka_unit_test(conf__read__lists_go_on_with_the_same_key),
        cmocka_unit_test(conf__read__no_reminders),
        cmocka_unit_test(conf__read__two_prosodys),
        cmocka_unit_test(conf__read__unknown_key_and_section),
        cmocka_unit_test(conf__read__duplicates),
        cmocka_unit_test(conf__read__durations),
        cmocka_unit_test(conf__read__numbers_words_and_flags),
        cmocka_unit_test(conf__read__addresses_and_names),
        cmocka_unit_test(conf__read__urls),
        cmocka_unit_test(conf__read__more_than_one_key),
        cmocka_unit_test(conf__read__lines_that_are_nothing),
        cmocka_unit_test(conf__read__long_lines),
        cmocka_unit_test(conf__read__what_must_be_set),
        cmocka_unit_test(conf__read__secrets),
        cmocka_unit_test(conf__read__link_key),
        cmocka_unit_test(conf__read__another_machine_is_a_warning),
        cmocka_unit_test(conf__read__a_file),
        cmocka_unit_test(conf__keys__each_is_in_the_manual_with_its_default),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
