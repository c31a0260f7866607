/* RFC 3339 without the C library's locale and zone: days are counted by arithmetic. */
#include "core/base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono(void)
{
    return clock_mono_us() / 1000;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. The year is taken
 * to begin in March, so that the leap day is its last. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t in_era = year - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t in_era = days - era * 146097;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153;
    *day = in_year - (153 * m + 2) / 5 + 1;
    *month = m + (m < 10 ? 3 : -9);
    *year = y + era * 400 + (*month <= 2);
}

const char *clock_format(int64_t ms, char text[CLOCK_TEXT])
{
    int64_t days = ms / 86400000;
    int64_t rest = ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    date_from_days(days, &year, &month, &day);
    (void)snprintf(text, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(year % 10000),
                   (int)month, (int)day, (int)(rest / 3600000), (int)(rest / 60000 % 60),
                   (int)(rest / 1000 % 60), (int)(rest % 1000));
    return text;
}

/* Exactly `count` digits at `*at`; moves on. */
static bool digits(const char **at, int count, int64_t *value)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        sum = sum * 10 + (**at - '0');
        (*at)++;
    }
    *value = sum;
    return true;
}

static bool expect(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool fraction(const char **at, int64_t *ms)
{
    *ms = 0;
    if (**at != '.') {
        return true;
    }
    (*at)++;
    int64_t weight = 100;
    int count = 0;
    while (isdigit((unsigned char)**at)) {
        *ms += (**at - '0') * weight;
        weight /= 10;
        count++;
        (*at)++;
    }
    return count >= 1 && count <= 9;
}

static bool offset(const char **at, int64_t *minutes)
{
    *minutes = 0;
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
        return true;
    }
    int64_t sign = **at == '-' ? -1 : 1;
    if (**at != '+' && **at != '-') {
        return false;
    }
    (*at)++;
    int64_t hour = 0;
    int64_t minute = 0;
    if (!digits(at, 2, &hour) || !expect(at, ':') || !digits(at, 2, &minute) || hour > 23 ||
        minute > 59) {
        return false;
    }
    *minutes = sign * (hour * 60 + minute);
    return true;
}

bool clock_parse(const char *text, int64_t *ms)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t milli = 0;
    int64_t shift = 0;
    const char *at = text;
    if (!digits(&at, 4, &year) || !expect(&at, '-') || !digits(&at, 2, &month) ||
        !expect(&at, '-') || !digits(&at, 2, &day) || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month)) {
        return false;
    }
    if (*at != 'T' && *at != 't' && *at != ' ') {
        return false;
    }
    at++;
    if (!digits(&at, 2, &hour) || !expect(&at, ':') || !digits(&at, 2, &minute) ||
        !expect(&at, ':') || !digits(&at, 2, &second) || hour > 23 || minute > 59 || second > 60 ||
        !fraction(&at, &milli) || !offset(&at, &shift) || *at != '\0') {
        return false;
    }
    int64_t days = days_from_date(year, month, day);
    *ms = ((days * 24 + hour) * 60 + minute - shift) * 60000 + second * 1000 + milli;
    return true;
}

bool clock_parse_duration(const char *text, int64_t *ms)
{
    const char *at = text;
    int64_t sum = 0;
    bool any = false;
    bool time_part = false;
    if (!expect(&at, 'P')) {
        return false;
    }
    while (*at != '\0') {
        if (*at == 'T' && !time_part) {
            time_part = true;
            at++;
            continue;
        }
        int64_t value = 0;
        int count = 0;
        while (isdigit((unsigned char)*at) && count < 9) {
            value = value * 10 + (*at - '0');
            at++;
            count++;
        }
        int64_t unit = !time_part && *at == 'D'  ? 86400000
                       : time_part && *at == 'H' ? 3600000
                       : time_part && *at == 'M' ? 60000
                       : time_part && *at == 'S' ? 1000
                                                 : 0;
        if (count == 0 || unit == 0) {
            return false;
        }
        at++;
        sum += value * unit;
        any = true;
    }
    if (any) {
        *ms = sum;
    }
    return any;
}
