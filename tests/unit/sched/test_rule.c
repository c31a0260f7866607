/*
 * Schedules: the examples of the specification, and 100,000 random rules against a slow model that
 * walks the calendar day by day with the C library's own arithmetic.
 */
#include "core/sched/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DAY_S INT64_C(86400)
#define WALK_DAYS 3000

static uint64_t seed = 5005;

static unsigned pick(unsigned count)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % count);
}

/* ---- schedules as JSON ---- */

typedef struct faults {
    char text[512];
} faults;

static void note(const char *pointer, const char *code, const char *text, void *user)
{
    faults *f = user;
    size_t used = strlen(f->text);
    (void)text;
    (void)snprintf(f->text + used, sizeof(f->text) - used, "%s:%s ", pointer, code);
}

static platen_code read_rule(const char *text, sched_rule *out, faults *f)
{
    const civil today = {2026, 11, 21, 600};
    char copy[1024];
    cJSON *tree = NULL;
    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    assert_int_equal(json_parse(copy, strlen(copy), &tree, NULL), PLATEN_OK);
    platen_code code = sched_rule_read(tree, &today, "Europe/Berlin", note, f, out, NULL);
    cJSON_Delete(tree);
    return code;
}

static sched_rule rule_of(const char *text)
{
    sched_rule rule;
    faults f = {""};
    if (read_rule(text, &rule, &f) != PLATEN_OK) {
        fail_msg("%s: %s", text, f.text);
    }
    return rule;
}

/* The next time as local text of the rule's zone, after local text. */
static void assert_next(const char *schedule, const char *after, const char *wanted)
{
    sched_rule rule = rule_of(schedule);
    const zone_time *zone = NULL;
    civil c;
    char text[CIVIL_TEXT] = "never";
    assert_int_equal(zone_time_get(rule.zone, &zone, NULL), PLATEN_OK);
    assert_true(civil_parse(after, &c));
    int64_t next = sched_next(&rule, zone, zone_time_moment(zone, civil_minutes(&c)));
    if (next != SCHED_NEVER) {
        civil local = civil_of_minutes(zone_time_local(zone, next));
        (void)civil_format(&local, text);
    }
    if (strcmp(text, wanted) != 0) {
        fail_msg("%s after %s: %s instead of %s", schedule, after, text, wanted);
    }
}

static void test_rule__once_and_now(void **state)
{
    (void)state;
    assert_next("{'when':'now'}", "2026-11-21T10:00", "never"); // TSK-18
    // TSK-19
    assert_next("{'when':'once','at':'2026-12-24T18:00'}", "2026-11-21T10:00", "2026-12-24T18:00");
    assert_next("{'when':'once','at':'2026-12-24T18:00'}", "2026-12-24T18:00", "never");
}

static void test_rule__days_and_weeks(void **state)
{
    (void)state;
    // TSK-21, TSK-22, TSK-27
    assert_next("{'when':'every','unit':'day','time':'08:00'}", "2026-11-21T10:00",
                "2026-11-22T08:00");
    assert_next("{'when':'every','unit':'day','step':3,'time':'08:00'}", "2026-11-21T10:00",
                "2026-11-24T08:00");
    // TSK-23
    assert_next("{'when':'every','unit':'week','time':'22:15','weekdays':['mon','fri']}",
                "2026-11-21T10:00", "2026-11-23T22:15");
    assert_next("{'when':'every','unit':'week','time':'22:15','weekdays':['mon','fri']}",
                "2026-11-23T22:15", "2026-11-27T22:15");
    /* Every second ISO week from the week of 21 November, whose Monday is the 16th. */
    assert_next("{'when':'every','unit':'week','step':2,'time':'06:00','weekdays':['mon']}",
                "2026-11-21T10:00", "2026-11-30T06:00");
}

static void test_rule__months(void **state)
{
    (void)state;
    // TSK-24, TSK-25: a month without the 31st is left out
    assert_next("{'when':'every','unit':'month','time':'01:00','dates':[31]}", "2027-01-31T01:00",
                "2027-03-31T01:00");
    // TSK-26
    assert_next("{'when':'every','unit':'month','time':'01:00','dates':['last']}",
                "2027-01-31T01:00", "2027-02-28T01:00");
    assert_next("{'when':'every','unit':'month','time':'01:00','nth':['last'],'weekdays':['tue']}",
                "2026-11-21T10:00", "2026-11-24T01:00");
    assert_next("{'when':'every','unit':'month','time':'01:00','nth':[5],'weekdays':['mon']}",
                "2026-12-01T10:00", "2027-03-29T01:00");
    assert_next("{'when':'every','unit':'month','step':2,'time':'01:00','dates':[1,15]}",
                "2026-11-21T10:00", "2027-01-01T01:00");
    /* 29 February comes, the 30th never does. */
    assert_next("{'when':'every','unit':'month','step':12,'time':'01:00','dates':[29],"
                "'start':'2027-02-01T00:00'}",
                "2026-11-21T10:00", "2028-02-29T01:00");
    assert_next("{'when':'every','unit':'month','step':12,'time':'01:00','dates':[30],"
                "'start':'2027-02-01T00:00'}",
                "2026-11-21T10:00", "never");
}

static void test_rule__period(void **state)
{
    (void)state;
    // TSK-29, TSK-30, TSK-31
    assert_next("{'when':'every','unit':'day','time':'08:00','start':'2026-12-01T09:00'}",
                "2026-11-21T10:00", "2026-12-02T08:00");
    assert_next("{'when':'every','unit':'day','time':'08:00','end':'2026-11-22T08:00'}",
                "2026-11-21T10:00", "2026-11-22T08:00");
    assert_next("{'when':'every','unit':'day','time':'08:00','end':'2026-11-22T07:59'}",
                "2026-11-21T10:00", "never");
}

static void test_rule__summer_time(void **state)
{
    (void)state;
    // TSK-28, DECISIONS Time: left out: the next minute that exists; doubled: once, the first time
    assert_next("{'when':'every','unit':'day','time':'02:30'}", "2027-03-27T10:00",
                "2027-03-28T03:00");
    assert_next("{'when':'every','unit':'day','time':'02:30'}", "2027-03-28T03:00",
                "2027-03-29T02:30");
    assert_next("{'when':'every','unit':'day','time':'02:30','zone':'UTC'}", "2027-03-27T10:00",
                "2027-03-28T02:30");
    sched_rule rule = rule_of("{'when':'every','unit':'day','time':'02:30'}");
    const zone_time *zone = NULL;
    assert_int_equal(zone_time_get("Europe/Berlin", &zone, NULL), PLATEN_OK);
    civil midnight = {2027, 10, 31, 0};
    int64_t first = sched_next(&rule, zone, zone_time_moment(zone, civil_minutes(&midnight)));
    int64_t second = sched_next(&rule, zone, first);
    assert_int_equal(second - first, 25 * INT64_C(3600000)); /* not an hour later */
}

static void test_rule__missed(void **state)
{
    (void)state;
    // DECISIONS Time: at most an hour late by preset, else missed
    assert_int_equal(sched_judge(1000, 999, 3600000), SCHED_WAIT);
    assert_int_equal(sched_judge(1000, 1000, 3600000), SCHED_RUN);
    assert_int_equal(sched_judge(1000, 3601000, 3600000), SCHED_RUN);
    assert_int_equal(sched_judge(1000, 3601001, 3600000), SCHED_MISSED);
    assert_int_equal(sched_judge(1000, 1001, 0), SCHED_MISSED);
}

static void test_rule__faults_are_named(void **state)
{
    static const struct {
        const char *schedule, *faults;
    } wrong[] = {
        {"{'when':'sometimes'}", "/when:enum "},
        {"{'when':'once'}", "/at:required "},
        {"{'when':'once','at':'2026-02-30T10:00'}", "/at:format "},
        {"{'when':'every','unit':'year','time':'08:00'}", "/unit:enum "},
        {"{'when':'every','unit':'day'}", "/time:required "},
        {"{'when':'every','unit':'day','time':'24:00'}", "/time:format "},
        {"{'when':'every','unit':'day','time':'08:00','step':0}", "/step:range "},
        {"{'when':'every','unit':'week','time':'08:00'}", "/weekdays:required "},
        {"{'when':'every','unit':'week','time':'08:00','weekdays':['sol']}",
         "/weekdays:enum /weekdays:required "},
        {"{'when':'every','unit':'month','time':'08:00','dates':[32]}",
         "/dates:range /dates:required "},
        {"{'when':'every','unit':'month','time':'08:00','dates':[1],'nth':[1],'weekdays':['mon']}",
         "/dates:required "},
        {"{'when':'every','unit':'month','time':'08:00','nth':[1]}", "/weekdays:required "},
        {"{'when':'now','zone':'Mars/Olympus'}", "/zone:zone "},
        {"{'when':'now','start':'2027-01-01T00:00','end':'2026-01-01T00:00'}", "/end:range "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        sched_rule rule;
        faults f = {""};
        assert_int_equal(read_rule(wrong[i].schedule, &rule, &f), PLATEN_E_INVAL);
        assert_string_equal(f.text, wrong[i].faults);
    }
}

static void test_rule__is_written_as_it_was_read(void **state)
{
    static const char *const schedules[] = {
        "{'when':'now','zone':'UTC'}",
        "{'when':'once','at':'2026-12-24T18:00','zone':'targets'}",
        "{'when':'every','unit':'minutes','step':5,'since':'2026-11-21T10:00','zone':'UTC'}",
        "{'when':'every','unit':'week','step':2,'time':'08:05','weekdays':['mon','sun'],"
        "'start':'2026-12-01T00:00','end':'2027-12-01T00:00','zone':'Europe/Berlin'}",
        "{'when':'every','unit':'month','step':1,'time':'08:05','dates':[1,31,'last'],"
        "'since':'2026-11-21T10:00','zone':'Asia/Tokyo'}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(schedules) / sizeof(schedules[0]); i++) {
        sched_rule rule = rule_of(schedules[i]);
        strbuf out;
        json_writer w;
        char wanted[512];
        strbuf_init(&out);
        json_init(&w, &out);
        sched_rule_write(&rule, &w, NULL);
        (void)snprintf(wanted, sizeof(wanted), "%s", schedules[i]);
        for (char *at = wanted; *at != '\0'; at++) {
            *at = *at == '\'' ? '"' : *at;
        }
        assert_string_equal(out.data, wanted);
        strbuf_fini(&out);
    }
}

/* ---- the slow model ---- */

static int64_t seconds_of(const civil *c)
{
    struct tm t = {
        .tm_year = c->year - 1900, .tm_mon = c->month - 1, .tm_mday = c->day, .tm_min = c->minute};
    return (int64_t)timegm(&t);
}

/* Monday of the ISO week, by walking back. */
static int64_t week_start(int64_t day_seconds)
{
    for (;; day_seconds -= DAY_S) {
        time_t at = (time_t)day_seconds;
        struct tm t;
        (void)gmtime_r(&at, &t);
        if (t.tm_wday == 1) {
            return day_seconds;
        }
    }
}

static int month_length(const struct tm *t)
{
    struct tm next = {.tm_year = t->tm_year, .tm_mon = t->tm_mon + 1, .tm_mday = 0};
    time_t at = timegm(&next);
    (void)gmtime_r(&at, &next);
    return next.tm_mday;
}

static bool model_month(const sched_rule *rule, const struct tm *t)
{
    int length = month_length(t);
    int weekday = (t->tm_wday + 6) % 7;
    int months = (t->tm_year + 1900 - rule->first.year) * 12 + t->tm_mon + 1 - rule->first.month;
    if (months % rule->step != 0) {
        return false;
    }
    if (rule->dates != 0) {
        return (rule->dates & 1u << t->tm_mday) != 0 ||
               ((rule->dates & 1u) != 0 && t->tm_mday == length);
    }
    int before = 0; /* days of this name so far, and whether there is one more */
    for (int day = t->tm_mday; day > 0; day -= 7) {
        before++;
    }
    return (rule->weekdays & 1u << weekday) != 0 &&
           ((rule->nth & 1u << before) != 0 || ((rule->nth & 1u) != 0 && t->tm_mday + 7 > length));
}

static bool model_fits(const sched_rule *rule, int64_t day_seconds)
{
    time_t at = (time_t)day_seconds;
    struct tm t;
    civil date = rule->first;
    date.minute = 0;
    int64_t first = seconds_of(&date);
    (void)gmtime_r(&at, &t);
    if (day_seconds < first) {
        return false;
    }
    if (rule->when == SCHED_DAYS) {
        return (day_seconds - first) / DAY_S % rule->step == 0;
    }
    if (rule->when == SCHED_WEEKS) {
        int64_t weeks = (week_start(day_seconds) - week_start(first)) / (7 * DAY_S);
        return weeks % rule->step == 0 && (rule->weekdays & 1u << (t.tm_wday + 6) % 7) != 0;
    }
    return model_month(rule, &t);
}

/* In UTC: the first day that fits whose time lies behind `after` and in the period. */
static int64_t model_next(const sched_rule *rule, int64_t after)
{
    int64_t day = after / 1000 / DAY_S * DAY_S;
    for (int i = 0; i < WALK_DAYS; i++, day += DAY_S) {
        int64_t at = (day + (int64_t)rule->minute * 60) * 1000;
        if (rule->has_until && at > seconds_of(&rule->until) * 1000) {
            return SCHED_NEVER;
        }
        if (at > after && (!rule->has_from || at >= seconds_of(&rule->from) * 1000) &&
            model_fits(rule, day)) {
            return at;
        }
    }
    return SCHED_NEVER;
}

static civil random_civil(int years)
{
    int64_t day = civil_day(2020, 1, 1) + pick((unsigned)years * 365);
    civil c = civil_of_day(day);
    c.minute = (int)pick(CIVIL_DAY_MINUTES);
    return c;
}

static sched_rule random_rule(void)
{
    sched_rule rule = {.when = (sched_when)(SCHED_DAYS + pick(3)),
                       .step = 1 + (int)pick(pick(4) == 0 ? 20 : 3),
                       .first = random_civil(4),
                       .minute = (int)pick(CIVIL_DAY_MINUTES),
                       .zone = "UTC"};
    if (rule.when == SCHED_WEEKS) {
        rule.weekdays = 1 + pick(127);
    } else if (rule.when == SCHED_MONTHS && pick(2) == 0) {
        rule.dates = pick(3) == 0 ? 1u : 1u << (1 + pick(31)) | pick(2);
    } else if (rule.when == SCHED_MONTHS) {
        rule.nth = 1 + pick(63);
        rule.weekdays = 1 + pick(127);
    }
    rule.has_from = pick(4) == 0;
    rule.from = random_civil(5);
    rule.first = rule.has_from ? rule.from : rule.first;
    rule.has_until = pick(4) == 0;
    rule.until = random_civil(8);
    return rule;
}

// TSK-21 to TSK-31
static void test_rule__a_hundred_thousand_random_rules(void **state)
{
    size_t never = 0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        sched_rule rule = random_rule();
        civil at = random_civil(6);
        int64_t after = seconds_of(&at) * 1000;
        int64_t slow = model_next(&rule, after);
        int64_t fast = sched_next(&rule, zone_time_utc(), after);
        /* The model ends after WALK_DAYS; what comes later it cannot know. */
        bool beyond = slow == SCHED_NEVER && fast != SCHED_NEVER &&
                      fast >= after + (WALK_DAYS - 1) * DAY_S * 1000;
        never += slow == SCHED_NEVER ? 1 : 0;
        if (fast != slow && !beyond) {
            fail_msg("rule %d (when %d step %d): %lld, the model says %lld", i, rule.when,
                     rule.step, (long long)fast, (long long)slow);
        }
    }
    assert_in_range(never, 1, 50000); /* the rules are not all trivial */
}

/* In zones: every result has the rule's local time unless that does not exist, and between two
 * results no day of the rule was left out. */
static void test_rule__random_rules_in_zones(void **state)
{
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                        "Asia/Kolkata", "America/Sao_Paulo"};
    (void)state;
    for (int i = 0; i < 5000; i++) {
        const zone_time *zone = NULL;
        sched_rule rule = random_rule();
        rule.has_until = false;
        assert_int_equal(zone_time_get(zones[pick(5)], &zone, NULL), PLATEN_OK);
        civil at = random_civil(6);
        int64_t when = zone_time_moment(zone, civil_minutes(&at));
        for (int n = 0; n < 5; n++) {
            int64_t next = sched_next(&rule, zone, when);
            /* The same in a world without zones, from the same local time. */
            int64_t local_after = zone_time_local(zone, when) * 60000;
            int64_t plain = sched_next(&rule, zone_time_utc(), local_after);
            if (plain == SCHED_NEVER) {
                assert_true(next == SCHED_NEVER);
                break;
            }
            int64_t wanted = zone_time_moment(zone, plain / 60000);
            if (wanted <= when) { /* the clock went back in between: the one after */
                wanted = zone_time_moment(zone, sched_next(&rule, zone_time_utc(), plain) / 60000);
            }
            assert_int_equal(next, wanted);
            when = next;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule__once_and_now),
        cmocka_unit_test(test_rule__days_and_weeks),
        cmocka_unit_test(test_rule__months),
        cmocka_unit_test(test_rule__period),
        cmocka_unit_test(test_rule__summer_time),
        cmocka_unit_test(test_rule__missed),
        cmocka_unit_test(test_rule__faults_are_named),
        cmocka_unit_test(test_rule__is_written_as_it_was_read),
        cmocka_unit_test(test_rule__a_hundred_thousand_random_rules),
        cmocka_unit_test(test_rule__random_rules_in_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
