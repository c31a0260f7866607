/*
 * When tasks are due: their stored schedules, the manager's time zone, and the zones of regions,
 * where a schedule goes by the zone of each target (TSK-20; DECISIONS, Time).
 */
#ifndef PLATEN_RUN_SCHEDULE_H
#define PLATEN_RUN_SCHEDULE_H

#include "core/run/run.h"
#include "core/sched/rule.h"
#include "core/store/store.h"

/* The zones as one transaction sees them. */
typedef struct schedule_zones {
    char name[SCHED_ZONE];  /* the manager's (preference "tasks") */
    const zone_time *local; /* the same */
    int64_t missed_ms;      /* how late a run may start */
    struct schedule_zone {
        int64_t region;
        const zone_time *zone;
    } * regions;
    size_t count;
} schedule_zones;

/* Any connection. schedule_zones_fini() also after an error. */
platen_code schedule_zones_load(store_conn *conn, schedule_zones *out, platen_error *err);
void schedule_zones_fini(schedule_zones *z);

/* A stored schedule. What is wrong with it is in `err`. */
platen_code schedule_read(const schedule_zones *z, const char *stored, sched_rule *out,
                          platen_error *err);

/* The first start (ms) after `after`, or SCHED_NEVER. With the zones of targets it is the earliest
 * of their moments. */
int64_t schedule_next(const schedule_zones *z, const sched_rule *rule, int64_t after);

/* Of the start at `start`, with the zones of targets: when devices of each region are due, region 0
 * for those of none (`*due`, malloc, the caller frees; else none). `*latest` is the last of them.
 */
platen_code schedule_due(const schedule_zones *z, const sched_rule *rule, int64_t start,
                         run_due **due, size_t *count, int64_t *latest, platen_error *err);

#endif
