/* Zones against the C library, which reads the same files by other code; TZ rules by hand. */
#include "core/sched/zone_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/sched/zone_rule.h"

static const char *const zones[] = {
    "UTC",           "Europe/Berlin",       "America/New_York", "America/Sao_Paulo",
    "Asia/Kolkata",  "Australia/Lord_Howe", "Pacific/Apia",     "Africa/Casablanca",
    "Europe/Dublin", "America/Nuuk",        "Asia/Tehran",      "Pacific/Chatham",
    "Asia/Tokyo",    "America/St_Johns",    "Antarctica/Troll", "Africa/Monrovia",
};

#define ZONES (sizeof(zones) / sizeof(zones[0]))

static uint64_t seed = 20261121;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void use(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static const zone_time *get(const char *name)
{
    const zone_time *z = NULL;
    assert_int_equal(zone_time_get(name, &z, NULL), PLATEN_OK);
    return z;
}

// TSK-28: names from the system's zone data
static void test_zone__offsets_as_the_c_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const zone_time *z = get(zones[i]);
        use(zones[i]);
        for (int n = 0; n < 5000; n++) {
            time_t at = (time_t)(next_random() % INT64_C(4102444800)); /* to the end of 2099 */
            struct tm local;
            assert_non_null(localtime_r(&at, &local));
            if (zone_time_offset(z, at) != local.tm_gmtoff) {
                fail_msg("%s at %lld: %lld, the C library says %ld", zones[i], (long long)at,
                         (long long)zone_time_offset(z, at), local.tm_gmtoff);
            }
        }
    }
}

static int64_t minutes(const char *text)
{
    civil c;
    assert_true(civil_parse(text, &c));
    return civil_minutes(&c);
}

static int64_t utc(const char *text)
{
    return minutes(text) * 60000;
}

// TSK-28, DECISIONS Time: left out and doubled times
static void test_zone__summer_time(void **state)
{
    const zone_time *berlin = get("Europe/Berlin");
    (void)state;
    assert_int_equal(zone_time_moment(berlin, minutes("2026-03-29T01:59")),
                     utc("2026-03-29T00:59"));
    assert_int_equal(zone_time_moment(berlin, minutes("2026-03-29T02:00")),
                     utc("2026-03-29T01:00"));
    assert_int_equal(zone_time_moment(berlin, minutes("2026-03-29T02:59")),
                     utc("2026-03-29T01:00")); /* the next that exists: 03:00 */
    assert_int_equal(zone_time_moment(berlin, minutes("2026-03-29T03:00")),
                     utc("2026-03-29T01:00"));
    assert_int_equal(zone_time_moment(berlin, minutes("2026-10-25T02:30")),
                     utc("2026-10-25T00:30")); /* the first of two */
    assert_int_equal(zone_time_moment(berlin, minutes("2026-10-25T03:00")),
                     utc("2026-10-25T02:00"));
    /* Samoa left out a whole day. */
    assert_int_equal(zone_time_moment(get("Pacific/Apia"), minutes("2011-12-30T12:00")),
                     utc("2011-12-30T10:00"));
    /* Behind the last entry of the data the rule holds. */
    assert_int_equal(zone_time_moment(berlin, minutes("2080-07-01T12:00")),
                     utc("2080-07-01T10:00"));
}

static void test_zone__every_moment_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZONES; i++) {
        const zone_time *z = get(zones[i]);
        for (int n = 0; n < 2000; n++) {
            int64_t at = (int64_t)(next_random() % UINT64_C(68374080)) * 60000; /* to 2099 */
            int64_t local = zone_time_local(z, at);
            int64_t again = zone_time_moment(z, local);
            /* The first of two equal times may lie before; its local time is the same. */
            assert_true(again <= at);
            assert_int_equal(zone_time_local(z, again), local);
        }
    }
}

static void test_zone__refuses_what_is_no_zone(void **state)
{
    static const char *const wrong[] = {
        "",          "Europe/Nowhere",       "../../etc/passwd",    "/etc/passwd",
        "zone.tab",  "Europe/Berlin/../UTC", "posix/Europe/Berlin", "Europe",
        "tzdata.zi", "europe/berlin",        "Europe/Berlin ",
    };
    const zone_time *z = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(zone_time_get(wrong[i], &z, &err), PLATEN_E_INVAL);
        assert_true(strlen(err.text) > 0);
    }
}

static void test_zone__refuses_damaged_files(void **state)
{
    static const char head[] =
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
    char data[200];
    (void)state;
    assert_null(zone_time_parse("", 0));
    assert_null(zone_time_parse("TZif", 4));
    memset(data, 0xff, sizeof(data));
    memcpy(data, head, sizeof(head) - 1);
    for (size_t length = 0; length < sizeof(data); length++) {
        free(zone_time_parse(data, length));
    }
    memcpy(data, "TZif2", 5);
    assert_null(zone_time_parse(data, sizeof(data)));
}

static void test_zone__rules(void **state)
{
    static const char *const wrong[] = {
        "",
        "C",
        "CET",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-99",
        "<+3",
        "CET-1x",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.0/200,M10.5.0",
        "CET-1CEST,J0,J365",
    };
    zone_rule rule;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (zone_rule_parse(wrong[i], &rule)) {
            fail_msg("'%s' was taken", wrong[i]);
        }
    }
    assert_true(zone_rule_parse("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", &rule));
    assert_int_equal(rule.standard, -10800);
    assert_int_equal(rule.summer, -7200);
    assert_true(zone_rule_parse("EST5EDT4:30,J60/0,364/23:59:59", &rule));
    assert_int_equal(rule.summer, -16200);
    assert_int_equal(zone_rule_offset(&rule, utc("2040-02-29T12:00") / 1000), -18000);
    assert_int_equal(zone_rule_offset(&rule, utc("2040-03-01T12:00") / 1000), -16200); /* J60 */
    assert_true(zone_rule_parse("IST-1GMT0,M10.5.0,M3.5.0/1", &rule)); /* Dublin: winter "summer" */
    assert_int_equal(zone_rule_offset(&rule, utc("2050-01-10T12:00") / 1000), 0);
    assert_int_equal(zone_rule_offset(&rule, utc("2050-07-10T12:00") / 1000), 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone__offsets_as_the_c_library),
        cmocka_unit_test(test_zone__summer_time),
        cmocka_unit_test(test_zone__every_moment_comes_back),
        cmocka_unit_test(test_zone__refuses_what_is_no_zone),
        cmocka_unit_test(test_zone__refuses_damaged_files),
        cmocka_unit_test(test_zone__rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
