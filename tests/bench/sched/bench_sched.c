/*
 * How many next times a second (docs/performance.md): rules of every kind in a zone with summer
 * time, beside the C library's localtime_r() + mktime() in the same run, which is what a scheduler
 * would use without code of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/sched/rule.h"

#define ROUNDS 200000

static double rate_of_rules(const zone_time *zone)
{
    static const sched_rule rules[] = {
        {.when = SCHED_DAYS, .step = 3, .first = {2026, 1, 1, 0}, .minute = 150},
        {.when = SCHED_WEEKS, .step = 2, .first = {2026, 1, 1, 0}, .minute = 480, .weekdays = 21},
        {.when = SCHED_MONTHS, .step = 1, .first = {2026, 1, 1, 0}, .minute = 60, .dates = 1},
        {.when = SCHED_MONTHS, .step = 3, .first = {2026, 1, 1, 0}, .nth = 1, .weekdays = 2},
    };
    int64_t began = clock_mono_us();
    int64_t at = INT64_C(1800000000000);
    for (int i = 0; i < ROUNDS; i++) {
        at = sched_next(&rules[i % 4], zone, at);
    }
    return ROUNDS * 1e6 / (double)(clock_mono_us() - began) + (at == 0 ? 1 : 0);
}

static double rate_of_library(void)
{
    int64_t began = clock_mono_us();
    time_t at = 1800000000;
    for (int i = 0; i < ROUNDS; i++) {
        struct tm t;
        (void)localtime_r(&at, &t);
        t.tm_mday += 3;
        t.tm_hour = 2;
        t.tm_isdst = -1;
        at = mktime(&t);
    }
    return ROUNDS * 1e6 / (double)(clock_mono_us() - began);
}

int main(void)
{
    const zone_time *zone = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (setenv("TZ", "Europe/Berlin", 1) != 0 ||
        zone_time_get("Europe/Berlin", &zone, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "bench_sched: %s\n", err.text);
        return 1;
    }
    tzset();
    for (int round = 0; round < 3; round++) {
        double own = rate_of_rules(zone);
        double library = rate_of_library();
        printf("next times/s %.0f, C library %.0f, ratio %.2f\n", own, library, own / library);
    }
    return 0;
}
