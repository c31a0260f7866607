/*
 * The rule at the end of zone data for times behind its last entry (RFC 8536 section 3.3, the TZ
 * variable of POSIX.1-2017 with the extensions of RFC 8536): "CET-1CEST,M3.5.0,M10.5.0/3". Pure
 * functions over bytes of the system's files.
 */
#ifndef PLATEN_SCHED_ZONE_RULE_H
#define PLATEN_SCHED_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct zone_day {
    enum { ZONE_DAY_JULIAN, ZONE_DAY_ZERO, ZONE_DAY_MONTH } kind; /* Jn, n, Mm.w.d */
    int number;                                                   /* of the first two */
    int month, week, weekday; /* of the third; week 5 is the last, weekday 0 Sunday */
    int64_t seconds;          /* of local time, -167 to 167 hours */
} zone_day;

typedef struct zone_rule {
    int64_t standard; /* seconds east of UTC */
    bool has_summer;
    int64_t summer; /* seconds east of UTC */
    zone_day begins, ends;
} zone_rule;

/* False when it is no such rule, or one without a rule for summer time that names one. */
bool zone_rule_parse(const char *text, zone_rule *out);

/* Seconds east of UTC at `utc` (seconds since 1970). */
int64_t zone_rule_offset(const zone_rule *rule, int64_t utc);

#endif
