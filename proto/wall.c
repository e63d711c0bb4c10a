/* Years, months and days to seconds and back: the calendar that zones and forms reckon with. */
#include "proto/zone_data.h"

enum { DAY = 86400 };

/* Beyond every year that an int can hold, so that nothing overflows on the way. */
static const int64_t SECONDS_MOST = INT64_C(60000000000000000);

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

bool wall_is_valid(const struct wall *wall)
{
    return wall->year >= 1970 && wall->year <= 9999 && wall->month >= 1 && wall->month <= 12 &&
           wall->day >= 1 && wall->day <= month_days(wall->year, wall->month) && wall->hour >= 0 &&
           wall->hour <= 23 && wall->minute >= 0 && wall->minute <= 59 && wall->second >= 0 &&
           wall->second <= 59;
}

static int64_t divide_down(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* Counts years from March, so that the odd day is the last one of a year: 400 of them are 146097 days, and
 * the days before month m of such a year are (153 m + 2) / 5. */
int64_t wall_days(int year, int month, int day)
{
    int64_t months = (int64_t)year * 12 + month - 3;
    int64_t y = divide_down(months, 12), m = months - y * 12;
    int64_t era = divide_down(y, 400), of_era = y - era * 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int64_t wall_seconds(const struct wall *wall)
{
    return wall_days(wall->year, wall->month, wall->day) * DAY + (int64_t)wall->hour * 3600 +
           (int64_t)wall->minute * 60 + wall->second;
}

struct wall wall_from_seconds(int64_t seconds)
{
    if (seconds > SECONDS_MOST)
        seconds = SECONDS_MOST;
    if (seconds < -SECONDS_MOST)
        seconds = -SECONDS_MOST;
    int64_t days = divide_down(seconds, DAY), second = seconds - days * DAY;
    int64_t since = days + 719468; /* 0000-03-01 */
    int64_t era = divide_down(since, 146097), of_era = since - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (y * 365 + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    return (struct wall){.year = (int)(era * 400 + y + (m >= 10)),
                         .month = (int)(m < 10 ? m + 3 : m - 9),
                         .day = (int)(of_year - (153 * m + 2) / 5 + 1),
                         .hour = (int)(second / 3600),
                         .minute = (int)(second / 60 % 60),
                         .second = (int)(second % 60),
                         .weekday = (int)(((days + 3) % 7 + 7) % 7)}; /* 1970-01-01 was a Thursday */
}
