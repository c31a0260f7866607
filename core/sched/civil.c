/* Day numbers after H. Hinnant, "chrono-compatible low-level date algorithms" (the formulas). */
#include "core/sched/civil.h"

#include <stdio.h>
#include <string.h>

int64_t civil_day(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1; /* from 1 March */
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

civil civil_of_day(int64_t day)
{
    int64_t shifted = day + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    civil c = {.day = (int)(of_year - (153 * month + 2) / 5 + 1),
               .month = (int)(month < 10 ? month + 3 : month - 9)};
    c.year = (int)(year + era * 400 + (c.month <= 2 ? 1 : 0));
    return c;
}

int civil_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

int civil_weekday(int64_t day)
{
    int64_t rest = (day + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(rest < 0 ? rest + 7 : rest);
}

int64_t civil_minutes(const civil *c)
{
    return civil_day(c->year, c->month, c->day) * CIVIL_DAY_MINUTES + c->minute;
}

civil civil_of_minutes(int64_t minutes)
{
    int64_t day = minutes / CIVIL_DAY_MINUTES;
    if (day * CIVIL_DAY_MINUTES > minutes) {
        day--;
    }
    civil c = civil_of_day(day);
    c.minute = (int)(minutes - day * CIVIL_DAY_MINUTES);
    return c;
}

/* `count` digits at `text`, or -1. */
static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool civil_parse(const char *text, civil *out)
{
    size_t length = strlen(text);
    if ((length != 16 && length != 19) || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || (length == 19 && strcmp(text + 16, ":00") != 0)) {
        return false;
    }
    civil c = {digits(text, 4), digits(text + 5, 2), digits(text + 8, 2), 0};
    int hour = digits(text + 11, 2);
    int minute = digits(text + 14, 2);
    if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > civil_month_days(c.year, c.month) || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59) {
        return false;
    }
    c.minute = hour * 60 + minute;
    *out = c;
    return true;
}

const char *civil_format(const civil *c, char text[CIVIL_TEXT])
{
    (void)snprintf(text, CIVIL_TEXT, "%04d-%02d-%02dT%02d:%02d", c->year % 10000, c->month % 100,
                   c->day % 100, c->minute / 60 % 100, c->minute % 60);
    return text;
}
