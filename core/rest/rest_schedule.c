/* Taking schedules out of bodies; /schedules/next. */
#include "core/rest/rest_schedule.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/rest/services.h"
#include "core/run/schedule.h"

#define TIMES_MAX 100

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "/schedule%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "/schedule", code, text);
}

/* The date that steps count from when the schedule says nothing: today, where it runs. */
static civil today(const schedule_zones *zones, const cJSON *schedule)
{
    const zone_time *zone = NULL;
    const char *name = json_get_text(schedule, "zone", zones->name);
    bool known =
        strcmp(name, SCHED_ZONE_TARGETS) != 0 && zone_time_get(name, &zone, NULL) == PLATEN_OK;
    return civil_of_minutes(zone_time_local(known ? zone : zones->local, clock_now()));
}

static platen_code take(rest_request *r, const schedule_zones *zones, strbuf *out, int64_t *times,
                        size_t count, platen_error *err)
{
    const cJSON *schedule = json_get_object(rest_body(r), "schedule");
    const civil from = today(zones, schedule);
    json_writer w;
    sched_rule rule;
    PLATEN_TRY(sched_rule_read(schedule, &from, zones->name, complain, r, &rule, err));
    if (rule.when == SCHED_MINUTES && strcmp(rule.zone, SCHED_ZONE_TARGETS) == 0) {
        complain("/zone", "unsupported", "minutes are the same in every zone", r);
        return error_set(err, PLATEN_E_INVAL, "minutes are the same in every zone");
    }
    json_init(&w, out);
    sched_rule_write(&rule, &w, NULL);
    int64_t at = clock_now();
    for (size_t i = 0; i < count && at != SCHED_NEVER; i++) {
        at = schedule_next(zones, &rule, at);
        times[i] = at != SCHED_NEVER ? at : 0;
    }
    return PLATEN_OK;
}

platen_code rest_schedule_take(rest_request *r, strbuf *out, int64_t *times, size_t count,
                               platen_error *err)
{
    schedule_zones zones;
    store_conn *conn = NULL;
    memset(times, 0, count * sizeof(*times));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = schedule_zones_load(conn, &zones, err);
    store_read_end(conn);
    if (rc == PLATEN_OK) {
        rc = take(r, &zones, out, times, count, err);
    }
    schedule_zones_fini(&zones);
    return rc;
}

static platen_code post_next(rest_request *r, platen_error *err)
{
    int64_t times[TIMES_MAX];
    size_t count = (size_t)json_get_i64(rest_body(r), "count", 5);
    strbuf stored;
    strbuf_init(&stored);
    platen_code rc = rest_schedule_take(r, &stored, times, count, err);
    strbuf_fini(&stored);
    PLATEN_TRY(rc);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "times");
    for (size_t i = 0; i < count && times[i] != 0; i++) {
        json_time(w, NULL, times[i]);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static const char next_schema[] =
    "{\"type\":\"object\",\"required\":[\"schedule\"],\"properties\":{" REST_SCHEDULE_SCHEMA
    ",\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}}}";

static const rest_route routes[] = {
    {"POST", "/schedules/next", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, REST_NO_AUDIT,
     post_next, "The next times of a schedule that nobody has stored", next_schema, NULL},
};

platen_code rest_schedules_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
