/*
 * With the zones of targets a rule is asked for its next local time as if it were UTC; each zone
 * then turns that local time into a moment of its own.
 */
#include "core/run/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/preference.h"
#include "run_sql.h"

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define ZONE_SPAN_HOURS 26 /* no zone is further from another */

static platen_code load_manager(store_conn *conn, schedule_zones *z, platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(preference_read(conn, &preference_tasks, &tree, err));
    const char *name = json_get_text(tree, "zone", "");
    z->missed_ms = json_get_i64(tree, "missed_hours", 1) * HOUR_MS;
    if (name[0] != '\0') {
        (void)snprintf(z->name, sizeof(z->name), "%s", name);
    } else {
        zone_time_here(z->name);
    }
    cJSON_Delete(tree);
    return zone_time_get(z->name, &z->local, err);
}

static platen_code load_region(schedule_zones *z, int64_t region, const char *name,
                               platen_error *err)
{
    const zone_time *zone = NULL;
    if (zone_time_get(name, &zone, NULL) != PLATEN_OK) {
        return PLATEN_OK; /* newer zone data has dropped it: the manager's holds */
    }
    if (z->count % 64 == 0) {
        struct schedule_zone *more = realloc(z->regions, (z->count + 64) * sizeof(*more));
        if (more == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for the zones of regions");
        }
        z->regions = more;
    }
    z->regions[z->count++] = (struct schedule_zone){region, zone};
    return PLATEN_OK;
}

platen_code schedule_zones_load(store_conn *conn, schedule_zones *out, platen_error *err)
{
    store_stmt *st = NULL;
    *out = (schedule_zones){.regions = NULL};
    PLATEN_TRY(load_manager(conn, out, err));
    PLATEN_TRY(store_prepare(conn, &sql_region_zones, &st, err));
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        rc = load_region(out, store_i64(st, 0), store_text(st, 1), err);
        if (rc != PLATEN_OK) {
            break;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

void schedule_zones_fini(schedule_zones *z)
{
    free(z->regions);
    z->regions = NULL;
    z->count = 0;
}

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    (void)code;
    error_set(user, PLATEN_E_INVAL, "%s: %s", pointer, text);
}

platen_code schedule_read(const schedule_zones *z, const char *stored, sched_rule *out,
                          platen_error *err)
{
    cJSON *tree = NULL;
    platen_error why = PLATEN_ERROR_INIT;
    const civil today = civil_of_minutes(zone_time_local(z->local, clock_now()));
    PLATEN_TRY(json_parse(stored, strlen(stored), &tree, err));
    platen_code rc = sched_rule_read(tree, &today, z->name, complain, &why, out, err);
    cJSON_Delete(tree);
    return rc == PLATEN_OK ? rc : error_set(err, rc, "the schedule is wrong: %s", why.text);
}

static bool of_targets(const sched_rule *rule)
{
    return strcmp(rule->zone, SCHED_ZONE_TARGETS) == 0;
}

/* The earliest and the latest moment at which clocks of the zones show a local time. */
static void span(const schedule_zones *z, int64_t local, int64_t *first, int64_t *last)
{
    *first = zone_time_moment(z->local, local);
    *last = *first;
    for (size_t i = 0; i < z->count; i++) {
        int64_t at = zone_time_moment(z->regions[i].zone, local);
        *first = at < *first ? at : *first;
        *last = at > *last ? at : *last;
    }
}

/* The first local time (minutes) whose earliest moment lies after `after`. */
static int64_t next_local(const schedule_zones *z, const sched_rule *rule, int64_t after)
{
    int64_t at = after - ZONE_SPAN_HOURS * HOUR_MS;
    int64_t first = 0;
    int64_t last = 0;
    do {
        at = sched_next(rule, zone_time_utc(), at);
        if (at == SCHED_NEVER) {
            return SCHED_NEVER;
        }
        span(z, at / MINUTE_MS, &first, &last);
    } while (first <= after);
    return at / MINUTE_MS;
}

int64_t schedule_next(const schedule_zones *z, const sched_rule *rule, int64_t after)
{
    const zone_time *zone = NULL;
    int64_t last = 0;
    int64_t first = SCHED_NEVER;
    if (!of_targets(rule)) {
        return zone_time_get(rule->zone, &zone, NULL) == PLATEN_OK ? sched_next(rule, zone, after)
                                                                   : SCHED_NEVER;
    }
    int64_t local = next_local(z, rule, after);
    if (local != SCHED_NEVER) {
        span(z, local, &first, &last);
    }
    return first;
}

platen_code schedule_due(const schedule_zones *z, const sched_rule *rule, int64_t start,
                         run_due **due, size_t *count, int64_t *latest, platen_error *err)
{
    int64_t first = start;
    *due = NULL;
    *count = 0;
    *latest = start;
    int64_t local = of_targets(rule) ? next_local(z, rule, start - 1) : SCHED_NEVER;
    if (local == SCHED_NEVER) {
        return PLATEN_OK;
    }
    *due = calloc(z->count + 1, sizeof(**due));
    if (*due == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the zones of a run");
    }
    span(z, local, &first, latest);
    (*due)[(*count)++] = (run_due){0, zone_time_moment(z->local, local)};
    for (size_t i = 0; i < z->count; i++) {
        (*due)[(*count)++] =
            (run_due){z->regions[i].region, zone_time_moment(z->regions[i].zone, local)};
    }
    return PLATEN_OK;
}
