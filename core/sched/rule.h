/*
 * When a task runs (TSK-18 to TSK-31): a rule over local dates and times, and the function from
 * (rule, zone, moment) to the next time. Pure; any thread.
 */
#ifndef PLATEN_SCHED_RULE_H
#define PLATEN_SCHED_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/sched/civil.h"
#include "core/sched/zone_time.h"

#define SCHED_NEVER INT64_MAX
#define SCHED_STEP_MAX 999
#define SCHED_MINUTES_MAX 527040 /* a year of 366 days */
#define SCHED_ZONE 64
#define SCHED_ZONE_TARGETS "targets" /* the zone of each target's region (TSK-20) */

typedef enum sched_when {
    SCHED_NOW,     /* right after registration (TSK-18): never by itself afterwards */
    SCHED_ONCE,    /* at `first` (TSK-19) */
    SCHED_MINUTES, /* every `step` minutes from `first` on: built-in tasks */
    SCHED_DAYS,
    SCHED_WEEKS,  /* on `weekdays` of every `step`-th ISO week */
    SCHED_MONTHS, /* on `dates` or `nth` of every `step`-th month */
} sched_when;

typedef struct sched_rule {
    sched_when when;
    int step;          /* 1 to SCHED_STEP_MAX (minutes: SCHED_MINUTES_MAX) (TSK-22) */
    civil first;       /* ONCE: the time; else the date from which steps are counted */
    int minute;        /* of the day: "Start Time" (TSK-27) */
    unsigned weekdays; /* bit 0 Monday to bit 6 Sunday (TSK-23; of `nth` too) */
    uint32_t dates;    /* bit 1 to bit 31, bit 0: the last day (TSK-24, TSK-26) */
    unsigned nth;      /* bit 1 to bit 5: n-th weekday of the month, bit 0: the last */
    bool has_from, has_until;
    civil from, until;     /* the period, inclusive (TSK-29, TSK-30) */
    char zone[SCHED_ZONE]; /* a name of the zone data, or SCHED_ZONE_TARGETS (TSK-28) */
} sched_rule;

/* The first moment (ms since 1970) strictly after `after`, or SCHED_NEVER. */
int64_t sched_next(const sched_rule *rule, const zone_time *zone, int64_t after);

/* What becomes of a run that was due at `due` and is looked at at `now` (DECISIONS, Time). */
typedef enum sched_verdict { SCHED_WAIT, SCHED_RUN, SCHED_MISSED } sched_verdict;
sched_verdict sched_judge(int64_t due, int64_t now, int64_t grace_ms);

/* Where a fault lies: a JSON Pointer below the schedule and a code of rest/schema.h. */
typedef void (*sched_complain)(const char *pointer, const char *code, const char *text, void *user);

/*
 * From the schedule of the REST API: {"when":"now|once|every","at":"2026-11-21T08:00",
 * "unit":"minutes|day|week|month","step":1,"time":"08:00","weekdays":["mon"],"dates":[1,"last"],
 * "nth":[1,"last"],"start":...,"end":...,"since":...,"zone":"Europe/Berlin"|"targets"}. Steps are
 * counted from the start, else from `since`, else from `today`; `zone` is the preset.
 * PLATEN_E_INVAL after telling `complain`.
 */
platen_code sched_rule_read(const cJSON *schedule, const civil *today, const char *zone,
                            sched_complain complain, void *user, sched_rule *out,
                            platen_error *err);
void sched_rule_write(const sched_rule *rule, json_writer *w, const char *key);

#endif
