/* Parsing and evaluating the TZ rule. */
#include "core/sched/zone_rule.h"

#include <ctype.h>
#include <string.h>

#include "core/sched/civil.h"

#define DAY_SECONDS INT64_C(86400)

static bool take(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_number(const char **at, int low, int high, int *out)
{
    int value = 0;
    int count = 0;
    while (isdigit((unsigned char)**at) && count < 4) {
        value = value * 10 + (**at - '0');
        (*at)++;
        count++;
    }
    *out = value;
    return count > 0 && value >= low && value <= high;
}

/* "CET" or "<+03>": at least three characters. */
static bool take_name(const char **at)
{
    bool quoted = take(at, '<');
    size_t length = 0;
    while (quoted ? **at != '>' && **at != '\0' : isalpha((unsigned char)**at)) {
        (*at)++;
        length++;
    }
    return length >= 3 && (!quoted || take(at, '>'));
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool take_time(const char **at, int hours, int64_t *seconds)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool negative = take(at, '-');
    if (!negative) {
        (void)take(at, '+');
    }
    if (!take_number(at, 0, hours, &hour) || (take(at, ':') && !take_number(at, 0, 59, &minute)) ||
        (take(at, ':') && !take_number(at, 0, 59, &second))) {
        return false;
    }
    *seconds = ((int64_t)hour * 60 + minute) * 60 + second;
    *seconds = negative ? -*seconds : *seconds;
    return true;
}

static bool take_day(const char **at, zone_day *day)
{
    bool good = false;
    if (take(at, 'M')) {
        day->kind = ZONE_DAY_MONTH;
        good = take_number(at, 1, 12, &day->month) && take(at, '.') &&
               take_number(at, 1, 5, &day->week) && take(at, '.') &&
               take_number(at, 0, 6, &day->weekday);
    } else if (take(at, 'J')) {
        day->kind = ZONE_DAY_JULIAN;
        good = take_number(at, 1, 365, &day->number);
    } else {
        day->kind = ZONE_DAY_ZERO;
        good = take_number(at, 0, 365, &day->number);
    }
    day->seconds = INT64_C(7200);
    return good && (!take(at, '/') || take_time(at, 167, &day->seconds));
}

bool zone_rule_parse(const char *text, zone_rule *out)
{
    zone_rule rule = {0};
    const char *at = text;
    if (!take_name(&at) || !take_time(&at, 24, &rule.standard)) {
        return false;
    }
    rule.standard = -rule.standard; /* POSIX counts west of Greenwich */
    if (*at == '\0') {
        *out = rule;
        return true;
    }
    rule.has_summer = true;
    rule.summer = rule.standard + 3600;
    if (!take_name(&at)) {
        return false;
    }
    if (*at != ',' && *at != '\0') {
        if (!take_time(&at, 24, &rule.summer)) {
            return false;
        }
        rule.summer = -rule.summer;
    }
    if (!take(&at, ',') || !take_day(&at, &rule.begins) || !take(&at, ',') ||
        !take_day(&at, &rule.ends) || *at != '\0') {
        return false;
    }
    *out = rule;
    return true;
}

/* Seconds of local time since 1970 at which the change of `day` happens in `year`. */
static int64_t change_in(const zone_day *day, int year)
{
    int64_t number = 0;
    if (day->kind == ZONE_DAY_MONTH) {
        int64_t first = civil_day(year, day->month, 1);
        int64_t weekday = (civil_weekday(first) + 1) % 7; /* 0 Sunday */
        int64_t ahead = (day->weekday - weekday + 7) % 7 + (int64_t)(day->week - 1) * 7;
        while (ahead >= civil_month_days(year, day->month)) { /* week 5: the last one */
            ahead -= 7;
        }
        number = first + ahead;
    } else if (day->kind == ZONE_DAY_JULIAN) { /* 29 February does not count */
        bool behind = day->number >= 60 && civil_month_days(year, 2) == 29;
        number = civil_day(year, 1, 1) + day->number - 1 + (behind ? 1 : 0);
    } else {
        number = civil_day(year, 1, 1) + day->number;
    }
    return number * DAY_SECONDS + day->seconds;
}

static int64_t floor_days(int64_t seconds)
{
    return (seconds >= 0 ? seconds : seconds - (DAY_SECONDS - 1)) / DAY_SECONDS;
}

int64_t zone_rule_offset(const zone_rule *rule, int64_t utc)
{
    if (!rule->has_summer) {
        return rule->standard;
    }
    int year = civil_of_day(floor_days(utc + rule->standard)).year;
    int64_t begins = change_in(&rule->begins, year) - rule->standard;
    int64_t ends = change_in(&rule->ends, year) - rule->summer;
    bool summer = begins < ends ? utc >= begins && utc < ends : utc >= begins || utc < ends;
    return summer ? rule->summer : rule->standard;
}
