#include "component/conf_values.h"

#include "proto/addresses.h"
#include "proto/embed.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Digits at *at as a number; false: none, or more than an int holds. */
static bool read_digits(const char **at, int *number)
{
    long value = 0;
    if (!is_digit(**at))
        return false;
    for (; is_digit(**at); ++*at) {
        value = value * 10 + (**at - '0');
        if (value > INT_MAX)
            return false;
    }
    *number = (int)value;
    return true;
}

const char *value_show_duration(struct arena *arena, int seconds)
{
    static const struct {
        int seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    struct text text = {0};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (seconds / units[i].seconds)
            text_addf(&text, "%d%c", seconds / units[i].seconds, units[i].unit);
        seconds %= units[i].seconds;
    }
    const char *shown = arena_dup(arena, text.size ? text.data : "0s");
    text_free(&text);
    return shown;
}

static int unit_of(char unit)
{
    return unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0;
}

/* '1h30m', '90s', '7d', '0'. < 0: no duration. */
static int64_t read_duration(const char *value)
{
    int64_t total = 0;
    if (strcmp(value, "0") == 0)
        return 0;
    do {
        int number = 0;
        if (!read_digits(&value, &number) || !unit_of(*value))
            return -1;
        total += (int64_t)number * unit_of(*value++);
    } while (*value);
    return total;
}

bool value_read_duration(int *seconds, struct arena *arena, const char *value, int least, int most,
                         const char **wrong)
{
    int64_t read = read_duration(value);
    if (read < 0 && *value && !value[strspn(value, "0123456789")])
        *wrong = arena_printf(arena, "'%s' has no unit: write %ss, %sm, %sh or %sd", value, value, value,
                              value, value);
    else if (read < 0)
        *wrong = arena_printf(arena, "'%s' is no duration: write it like 30s, 15m, 1h30m or 7d", value);
    else if (read < least || read > most)
        *wrong = arena_printf(arena, "'%s' must be from %s to %s", value, value_show_duration(arena, least),
                              value_show_duration(arena, most));
    else
        *seconds = (int)read;
    return read >= least && read <= most;
}

bool value_read_number(int *number, struct arena *arena, const char *value, int least, int most,
                       const char **wrong)
{
    const char *at = value;
    int read = 0;
    if (!read_digits(&at, &read) || *at || read < least || read > most) {
        *wrong = arena_printf(arena, "'%s' must be a whole number from %d to %d", value, least, most);
        return false;
    }
    *number = read;
    return true;
}

bool value_read_choice(int *index, struct arena *arena, const char *value, const char *choices,
                       const char **wrong)
{
    size_t size = strlen(value);
    const char *at = choices;
    for (int i = 0; size; i++) {
        size_t length = strcspn(at, "|");
        if (length == size && memcmp(at, value, size) == 0) {
            *index = i;
            return true;
        }
        if (!at[length])
            break;
        at += length + 1;
    }
    struct text list = {0};
    for (at = choices; *at; at++)
        text_add(&list, *at == '|' ? ", " : (char[2]){*at, 0});
    *wrong = arena_printf(arena, "'%s' must be one of %s", value, text_string(&list));
    text_free(&list);
    return false;
}

bool value_read_bool(bool *yes, struct arena *arena, const char *value, const char **wrong)
{
    int index = 0;
    if (!value_read_choice(&index, arena, value, "no|yes", wrong))
        return false;
    *yes = index == 1;
    return true;
}

const char **value_split(struct arena *arena, const char *value, size_t *count)
{
    const char **pieces = arena_array(arena, strlen(value) / 2 + 2, sizeof *pieces);
    *count = 0;
    while (*(value += strspn(value, ", \t\r\n"))) {
        size_t size = strcspn(value, ", \t\r\n");
        pieces[(*count)++] = arena_dup_bytes(arena, value, size);
        value += size;
    }
    return pieces;
}

static bool say(struct arena *arena, const char **wrong, const char *value, const char *what)
{
    *wrong = arena_printf(arena, "'%s' %s", value, what);
    return false;
}

bool value_is_address(struct arena *arena, const char *value, const char **wrong)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, value, bytes) == 1 || inet_pton(AF_INET6, value, bytes) == 1 ||
           say(arena, wrong, value,
               "is no IP address: write one like 127.0.0.1 or ::1, not a name (nothing here waits for DNS)");
}

bool value_is_loopback(const char *address)
{
    unsigned char bytes[16];
    static const unsigned char loopback6[16] = {[15] = 1};
    if (inet_pton(AF_INET, address, bytes) == 1)
        return bytes[0] == 127;
    return inet_pton(AF_INET6, address, bytes) == 1 && memcmp(bytes, loopback6, sizeof bytes) == 0;
}

/* Labels of letters, digits and hyphens (RFC 1123 2.1), in ASCII form; no dot at the end. */
static bool is_domain(const char *value, size_t size)
{
    size_t label = 0;
    if (size == 0 || size > 253)
        return false;
    for (size_t i = 0; i <= size; i++) {
        if (i == size || value[i] == '.') {
            if (label == 0 || label > 63 || value[i - 1] == '-' || value[i - label] == '-')
                return false;
            label = 0;
        } else if (is_letter(value[i]) || is_digit(value[i]) || value[i] == '-') {
            label++;
        } else {
            return false;
        }
    }
    return true;
}

bool value_is_domain(struct arena *arena, const char *value, const char **wrong)
{
    return is_domain(value, strlen(value)) ||
           say(arena, wrong, value,
               "is no domain: write one like meet.example (an international one as xn--...)");
}

bool value_is_mail(struct arena *arena, const char *value, const char **wrong)
{
    return address_read_one(arena, value) ||
           say(arena, wrong, value, "is no mail address: write one like jmb@meet.example");
}

/* ':PORT' or nothing. */
static bool is_port(const char *at, size_t size)
{
    long port = 0;
    if (size == 0)
        return true;
    if (*at != ':' || size < 2 || size > 6)
        return false;
    for (size_t i = 1; i < size; i++) {
        if (!is_digit(at[i]))
            return false;
        port = port * 10 + (at[i] - '0');
    }
    return port > 0 && port <= 65535;
}

static bool is_host_and_port(const char *at, size_t size)
{
    char host[64] = "";
    unsigned char bytes[16];
    if (*at == '[') {
        size_t length = strcspn(at, "]");
        if (length >= size || length > sizeof host)
            return false;
        memcpy(host, at + 1, length - 1);
        return inet_pton(AF_INET6, host, bytes) == 1 && is_port(at + length + 1, size - length - 1);
    }
    const char *colon = memchr(at, ':', size);
    size_t length = colon ? (size_t)(colon - at) : size;
    return is_domain(at, length) && is_port(at + length, size - length);
}

bool value_is_url(struct arena *arena, const char *value, const char **wrong)
{
    const char *rest = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : NULL;
    bool right = rest && is_host_and_port(rest, strcspn(rest, "/"));
    for (const char *at = value; *at && right;
         at++) /* what RFC 3986 has no place for, and queries and fragments */
        right = *at > ' ' && *at < 127 && !strchr("\"<>\\^`{|}?#", *at);
    return right || say(arena, wrong, value, "is no address: write one like https://meet.example/booking");
}

bool value_is_page(struct arena *arena, const char *value, const char **wrong)
{
    const char *rest = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : NULL;
    bool right = rest && is_host_and_port(rest, strcspn(rest, "/?"));
    for (const char *at = value; *at && right; at++)
        right = *at > ' ' && *at < 127 && !strchr("\"'<>\\^`{|};,", *at);
    return right || say(arena, wrong, value, "is no address: write one like https://sso.example/logout");
}

bool value_is_network(struct arena *arena, const char *value, const char **wrong)
{
    unsigned char bytes[16];
    size_t size = strcspn(value, "/");
    const char *address = arena_dup_bytes(arena, value, size), *at = value + size + 1;
    bool four = inet_pton(AF_INET, address, bytes) == 1;
    int bits = 0;
    bool right = four || inet_pton(AF_INET6, address, bytes) == 1;
    if (right && value[size])
        right = read_digits(&at, &bits) && !*at && bits <= (four ? 32 : 128);
    return right || say(arena, wrong, value, "is no address: write one like 127.0.0.1, ::1 or 10.0.0.0/8");
}

bool value_is_token(struct arena *arena, const char *value, const char **wrong)
{
    bool right = *value && strlen(value) <= 64;
    for (const char *at = value; *at && right; at++)
        right = is_letter(*at) || is_digit(*at) || *at == '-' || *at == '_';
    return right || say(arena, wrong, value, "is no name of a header field: write one like X-JMB-Mail");
}

bool value_is_path(struct arena *arena, const char *value, const char **wrong)
{
    return value[0] == '/' || say(arena, wrong, value, "must be a whole path, beginning with /");
}

bool value_is_listen(struct arena *arena, const char *value, const char **wrong)
{
    unsigned char bytes[16];
    const char *colon = strrchr(value, ':');
    char host[64] = "";
    if (strncmp(value, "unix:/", 6) == 0)
        return true;
    if (colon && colon[1] && (is_port(colon, strlen(colon)) || strcmp(colon, ":0") == 0)) {
        bool bracket = value[0] == '[' && colon[-1] == ']';
        size_t size = (size_t)(colon - value) - (bracket ? 2 : 0);
        if (size < sizeof host)
            memcpy(host, value + bracket, size);
        if (inet_pton(bracket ? AF_INET6 : AF_INET, host, bytes) == 1)
            return true;
    }
    return say(arena, wrong, value,
               "is nothing to listen at: write 127.0.0.1:8080, [::1]:8080 or unix:/run/jmb/http.sock");
}

bool value_is_zone(struct arena *arena, const char *value, const char **wrong)
{
    bool named = is_letter(value[0]) && !strstr(value, "..") &&
                 !value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+-")];
    const char *path = arena_printf(arena, "/usr/share/zoneinfo/%s", value);
    return (named && access(path, R_OK) == 0) ||
           say(arena, wrong, value,
               "is no time zone of this machine: write one like Europe/Paris (package tzdata)");
}

bool value_is_colour(struct arena *arena, const char *value, const char **wrong)
{
    bool good = *value == '#' && strlen(value) == 7 && strspn(value + 1, "0123456789abcdefABCDEF") == 6;
    if (!good)
        *wrong = arena_printf(arena, "'%s' is no colour: write one like #1d5fa8", value);
    return good;
}

/* One that there is a catalogue for, by its first part: fr-CA is fr. English is the catalogues' own. */
bool value_is_language(struct arena *arena, const char *value, const char **wrong)
{
    size_t first = strcspn(value, "-");
    bool known = first == 2 && strncasecmp(value, "en", 2) == 0;
    const char *all = "en";
    for (const struct embedded *file = catalogue_files; file->name; file++) {
        size_t size = strcspn(file->name, ".");
        known = known || (size == first && strncasecmp(file->name, value, size) == 0);
        all = arena_printf(arena, "%s, %.*s", all, (int)size, file->name);
    }
    for (const char *at = value; *at && known; at++)
        known = is_letter(*at) || *at == '-' || (is_digit(*at) && at > value + first);
    if (!known)
        *wrong = arena_printf(arena, "'%s' is none of the languages that there are: %s", value, all);
    return known;
}

bool value_is_word(struct arena *arena, const char *value, const char **wrong)
{
    return !value[strcspn(value, " \t")] ||
           say(arena, wrong, value, "has white space in it; a comment behind a value begins with ';'");
}
