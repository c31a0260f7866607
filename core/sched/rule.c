/*
 * The next time of a rule. Days are numbers since 1970; a rule first answers which *days* fit, then
 * the zone turns day and time of day into a moment.
 */
#include "core/sched/rule.h"

#include <stddef.h>

#define MONTHS_LOOKED 4800 /* 29 February on the fifth Monday comes sooner than in 400 years */
#define DAY_NEVER INT64_MAX

static int64_t day_of(const civil *c)
{
    return civil_day(c->year, c->month, c->day);
}

static int64_t monday_of(int64_t day)
{
    return day - civil_weekday(day);
}

/* The smallest number that is at least `value` and a whole number of `step`s from `base`. */
static int64_t step_up(int64_t value, int64_t base, int64_t step)
{
    if (value <= base) {
        return base;
    }
    return base + (value - base + step - 1) / step * step;
}

/* ---- which days ---- */

static int64_t next_of_weeks(const sched_rule *rule, int64_t day)
{
    int64_t first = day_of(&rule->first);
    int64_t from = day < first ? first : day;
    int64_t week = step_up(monday_of(from), monday_of(first), (int64_t)rule->step * 7);
    for (int round = 0; round < 2; round++, week += (int64_t)rule->step * 7) {
        for (int weekday = 0; weekday < 7; weekday++) {
            if ((rule->weekdays >> weekday & 1u) != 0 && week + weekday >= from) {
                return week + weekday;
            }
        }
    }
    return DAY_NEVER;
}

static bool date_fits(const sched_rule *rule, int day, int days)
{
    return (rule->dates >> day & 1u) != 0 || ((rule->dates & 1u) != 0 && day == days);
}

static bool nth_fits(const sched_rule *rule, int day, int days, int weekday)
{
    unsigned which = (unsigned)((day - 1) / 7 + 1);
    return (rule->weekdays >> weekday & 1u) != 0 &&
           ((rule->nth >> which & 1u) != 0 || ((rule->nth & 1u) != 0 && day + 7 > days));
}

static int64_t next_of_months(const sched_rule *rule, int64_t day)
{
    int64_t first = day_of(&rule->first);
    int64_t from = day < first ? first : day;
    civil at = civil_of_day(from);
    int64_t base = (int64_t)rule->first.year * 12 + rule->first.month - 1;
    int64_t month = step_up((int64_t)at.year * 12 + at.month - 1, base, rule->step);
    for (int64_t end = month + MONTHS_LOOKED; month < end; month += rule->step) {
        int year = (int)(month / 12);
        int number = (int)(month % 12) + 1;
        int days = civil_month_days(year, number);
        int64_t start = civil_day(year, number, 1);
        for (int d = 1; d <= days; d++) {
            if (start + d - 1 >= from && (date_fits(rule, d, days) ||
                                          nth_fits(rule, d, days, civil_weekday(start + d - 1)))) {
                return start + d - 1;
            }
        }
    }
    return DAY_NEVER;
}

/* The first day of the rule at or after `day`. */
static int64_t next_day(const sched_rule *rule, int64_t day)
{
    switch (rule->when) {
    case SCHED_DAYS:
        return step_up(day, day_of(&rule->first), rule->step);
    case SCHED_WEEKS:
        return next_of_weeks(rule, day);
    case SCHED_MONTHS:
        return next_of_months(rule, day);
    case SCHED_NOW:
    case SCHED_ONCE:
    case SCHED_MINUTES:
        break;
    }
    return DAY_NEVER;
}

/* ---- which moment ---- */

static int64_t moment(const zone_time *zone, const civil *c)
{
    return zone_time_moment(zone, civil_minutes(c));
}

static int64_t next_minutes(const sched_rule *rule, const zone_time *zone, int64_t after)
{
    int64_t first = moment(zone, &rule->first);
    return after < first ? first : step_up(after + 1, first, (int64_t)rule->step * 60000);
}

/* Days are looked at from the one before: a moment that was moved forward may lie on another. */
static int64_t next_of_days(const sched_rule *rule, const zone_time *zone, int64_t after)
{
    int64_t local = zone_time_local(zone, after);
    int64_t day = (local >= 0 ? local : local - (CIVIL_DAY_MINUTES - 1)) / CIVIL_DAY_MINUTES - 1;
    int64_t found = SCHED_NEVER;
    do {
        day = next_day(rule, day);
        if (day == DAY_NEVER) {
            return SCHED_NEVER;
        }
        found = zone_time_moment(zone, day * CIVIL_DAY_MINUTES + rule->minute);
        day++;
    } while (found <= after);
    return found;
}

int64_t sched_next(const sched_rule *rule, const zone_time *zone, int64_t after)
{
    int64_t from = rule->has_from ? moment(zone, &rule->from) : INT64_MIN;
    int64_t until = rule->has_until ? moment(zone, &rule->until) : INT64_MAX;
    int64_t next = SCHED_NEVER;
    if (rule->when == SCHED_NOW) {
        return SCHED_NEVER;
    }
    if (from != INT64_MIN && from - 1 > after) {
        after = from - 1;
    }
    if (rule->when == SCHED_ONCE) {
        int64_t at = moment(zone, &rule->first);
        next = at > after ? at : SCHED_NEVER;
    } else if (rule->when == SCHED_MINUTES) {
        next = next_minutes(rule, zone, after);
    } else {
        next = next_of_days(rule, zone, after);
    }
    return next > until ? SCHED_NEVER : next;
}

sched_verdict sched_judge(int64_t due, int64_t now, int64_t grace_ms)
{
    if (due > now) {
        return SCHED_WAIT;
    }
    return now - due <= grace_ms ? SCHED_RUN : SCHED_MISSED;
}
