#include "proto/http_date.h"

#include "proto/zone.h"

#include <string.h>

static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                   "Friday", "Saturday", "Sunday"};
static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void put_number(char *out, int number, int digits)
{
    for (int i = digits; i--; number /= 10)
        out[i] = (char)('0' + number % 10);
}

void http_date_add(struct text *text, int64_t at)
{
    struct wall wall = wall_from_seconds(at);
    char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    memcpy(date, days[wall.weekday], 3);
    put_number(date + 5, wall.day, 2);
    memcpy(date + 8, months[wall.month - 1], 3);
    put_number(date + 12, wall.year, 4);
    put_number(date + 17, wall.hour, 2);
    put_number(date + 20, wall.minute, 2);
    put_number(date + 23, wall.second, 2);
    text_add_bytes(text, date, sizeof date - 1);
}

/* Readers: each takes its piece from the front, or fails. */
static bool take(const char **at, const char *piece)
{
    size_t size = strlen(piece);
    if (strncmp(*at, piece, size) != 0)
        return false;
    *at += size;
    return true;
}

static bool take_number(const char **at, int digits, int *number)
{
    for (*number = 0; digits; digits--, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        *number = *number * 10 + (**at - '0');
    }
    return true;
}

static bool take_month(const char **at, int *month)
{
    for (*month = 1; *month <= 12; ++*month)
        if (take(at, months[*month - 1]))
            return true;
    return false;
}

static bool take_clock(const char **at, struct wall *wall)
{
    return take_number(at, 2, &wall->hour) && take(at, ":") && take_number(at, 2, &wall->minute) &&
           take(at, ":") && take_number(at, 2, &wall->second);
}

static bool read_fixdate(const char *at, struct wall *wall)
{
    return take(&at, ", ") && take_number(&at, 2, &wall->day) && take(&at, " ") &&
           take_month(&at, &wall->month) && take(&at, " ") && take_number(&at, 4, &wall->year) &&
           take(&at, " ") && take_clock(&at, wall) && take(&at, " GMT") && !*at;
}

/* Of RFC 850; its years are those that are not far in the future. */
static bool read_dashed(const char *at, struct wall *wall)
{
    if (!take(&at, ", ") || !take_number(&at, 2, &wall->day) || !take(&at, "-") ||
        !take_month(&at, &wall->month) || !take(&at, "-") || !take_number(&at, 2, &wall->year) ||
        !take(&at, " ") || !take_clock(&at, wall) || !take(&at, " GMT") || *at)
        return false;
    wall->year += wall->year < 70 ? 2000 : 1900;
    return true;
}

/* Of C's asctime. */
static bool read_asctime(const char *at, struct wall *wall)
{
    if (!take(&at, " ") || !take_month(&at, &wall->month) || !take(&at, " "))
        return false;
    int digits = take(&at, " ") ? 1 : 2;
    return take_number(&at, digits, &wall->day) && take(&at, " ") && take_clock(&at, wall) &&
           take(&at, " ") && take_number(&at, 4, &wall->year) && !*at;
}

bool http_date_read(const char *value, int64_t *at)
{
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct wall wall = {0};
        size_t whole = strlen(days[i]);
        bool read = strncmp(value, days[i], whole) == 0
                        ? read_dashed(value + whole, &wall)
                        : strncmp(value, days[i], 3) == 0 &&
                              (read_fixdate(value + 3, &wall) || read_asctime(value + 3, &wall));
        if (!read || !wall_is_valid(&wall))
            continue;
        *at = wall_seconds(&wall);
        return true;
    }
    return false;
}
