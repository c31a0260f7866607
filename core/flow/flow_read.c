/* What scripts read, answered on the writer: the answer stands in the journal with the call. */
#include "core/flow/flow_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/model/words.h"
#include "core/sched/civil.h"
#include "core/sched/zone_time.h"
#include "device_sql.h"
#include "flow_sql.h"

bool flow_may_reach(const flow_run *r, int64_t region)
{
    bool found = r->region_count == 0;
    for (size_t i = 0; i < r->region_count && !found; i++) {
        found = r->regions[i] == region;
    }
    return found;
}

/* ---- devices ---- */

static void write_region(store_stmt *st, json_writer *w)
{
    if (store_is_null(st, 22)) {
        json_null(w, "region");
        return;
    }
    json_object(w, "region");
    json_i64(w, "id", store_i64(st, 22));
    json_text(w, "name", store_text(st, 23));
    json_text(w, "zone", store_text(st, 24));
    json_object_end(w);
}

void flow_device_json(store_stmt *st, strbuf *out)
{
    static const char *const texts[] = {"name",     "address", "hostname", "manufacturer",
                                        "model",    "serial",  "mac",      "firmware",
                                        "location", "contact", "comment",  "asset"};
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    json_i64(&w, "id", store_i64(st, 1)); /* first: device_push() */
    for (int i = 0; i < 12; i++) {
        json_text(&w, texts[i], store_text(st, 2 + i));
    }
    json_bool(&w, "managed", store_i64(st, 14) != 0);
    if (store_is_null(st, 15)) {
        json_null(&w, "page_count");
    } else {
        json_i64(&w, "page_count", store_i64(st, 15));
    }
    if (store_is_null(st, 16)) {
        json_null(&w, "color");
    } else {
        json_bool(&w, "color", store_i64(st, 16) != 0);
    }
    json_text(&w, "power", device_power_word(store_i64(st, 17)));
    json_text(&w, "severity", device_severity_word(store_i64(st, 18)));
    json_text(&w, "alert", store_text(st, 19));
    json_i64(&w, "first_seen", store_i64(st, 20) / 1000);
    json_i64(&w, "last_seen", store_i64(st, 21) / 1000);
    write_region(st, &w);
    json_object_end(&w);
}

static void say(json_writer *w, const char *code, const char *text)
{
    json_object(w, NULL);
    json_text(w, "code", code);
    json_text(w, "text", text);
    json_object_end(w);
}

/* A device of other regions is, for the run, none. */
static platen_code read_device(store_conn *conn, const flow_run *r, int64_t id, bool zone_only,
                               json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_device, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK && (flow_may_reach(r, store_i64(st, 22)) || zone_only)) {
        const zone_time *zone = zone_time_utc();
        json_object(w, NULL);
        if (zone_only) {
            if (!store_is_null(st, 22)) {
                (void)zone_time_get(store_text(st, 24), &zone, NULL);
            }
            int64_t local = zone_time_local(zone, clock_now());
            civil c = civil_of_minutes(local);
            json_object(w, "value");
            json_i64(w, "year", c.year);
            json_i64(w, "month", c.month);
            json_i64(w, "day", c.day);
            json_i64(w, "hour", c.minute / 60);
            json_i64(w, "minute", c.minute % 60);
            json_i64(w, "weekday", civil_weekday(civil_day(c.year, c.month, c.day)) + 1);
            json_object_end(w);
        } else {
            strbuf device;
            strbuf_init(&device);
            flow_device_json(st, &device);
            json_raw(w, "value", device.data);
            strbuf_fini(&device);
        }
        json_object_end(w);
    } else if (rc == PLATEN_OK || rc == PLATEN_E_NOT_FOUND) {
        say(w, "not-found", "there is no such device");
        rc = PLATEN_OK;
    }
    store_reset(st);
    return rc;
}

static platen_code read_parts(store_conn *conn, int64_t id, json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_device_parts, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    const char *supplies = rc == PLATEN_OK ? store_text(st, 0) : "";
    const char *counters = rc == PLATEN_OK ? store_text(st, 1) : "";
    json_object(w, NULL);
    json_raw(w, "supplies", supplies[0] != '\0' ? supplies : "[]");
    json_raw(w, "counters", counters[0] != '\0' ? counters : "{}");
    json_object_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- others ---- */

static platen_code read_group(store_conn *conn, const flow_run *r, int64_t id, json_writer *w,
                              platen_error *err)
{
    const flows_hooks *hooks = &r->owner->hooks;
    int64_t *devices = NULL;
    size_t count = 0;
    if (hooks->group_devices == NULL || r->region_count > 0) {
        say(w, "forbidden", "a run of single regions reads no groups");
        return PLATEN_OK;
    }
    platen_code rc = hooks->group_devices(conn, &id, 1, &devices, &count, hooks->user, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        say(w, "not-found", "there is no such group");
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    json_object(w, NULL);
    json_array(w, "value");
    for (size_t i = 0; i < count && i < 10000; i++) {
        json_i64(w, NULL, devices[i]);
    }
    json_array_end(w);
    json_object_end(w);
    free(devices);
    return PLATEN_OK;
}

static platen_code read_task(store_conn *conn, const char *name, json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_task_find, &st, err));
    store_bind_text(st, "name", name);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        json_object(w, NULL);
        json_object(w, "value");
        json_i64(w, "id", store_i64(st, 0));
        json_text(w, "kind", store_text(st, 1));
        json_text(w, "name", store_text(st, 2));
        json_bool(w, "active", store_i64(st, 3) != 0);
        json_object_end(w);
        json_object_end(w);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        say(w, "not-found", "there is no task of that name");
        rc = PLATEN_OK;
    }
    store_reset(st);
    return rc;
}

/* Managed devices by severity and power. */
static platen_code read_report(store_conn *conn, const flow_run *r, json_writer *w,
                               platen_error *err)
{
    int64_t by_severity[4] = {0};
    int64_t by_power[5] = {0};
    int64_t total = 0;
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    if (r->region_count > 0) {
        say(w, "forbidden", "a run of single regions reads no reports");
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_device_counts, &st, err));
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        by_severity[store_i64(st, 0) & 3] += store_i64(st, 2);
        by_power[store_i64(st, 1) % 5] += store_i64(st, 2);
        total += store_i64(st, 2);
    }
    store_reset(st);
    json_object(w, NULL);
    json_object(w, "value");
    json_i64(w, "total", total);
    json_object(w, "severity");
    for (int i = 0; i < 4; i++) {
        json_i64(w, device_severity_word(i), by_severity[i]);
    }
    json_object_end(w);
    json_object(w, "power");
    for (int i = 0; i < 5; i++) {
        json_i64(w, device_power_word(i), by_power[i]);
    }
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code flow_read_answer(store_conn *conn, const flow_run *r, const flow_ask *ask, char **out,
                             platen_error *err)
{
    strbuf text;
    json_writer w;
    platen_code rc = PLATEN_OK;
    strbuf_init(&text);
    json_init(&w, &text);
    if (strcmp(ask->kind, "now") == 0) {
        json_object(&w, NULL);
        json_i64(&w, "value", clock_now() / 1000);
        json_object_end(&w);
    } else if (strcmp(ask->kind, "parts") == 0) {
        rc = read_parts(conn, ask->device, &w, err);
    } else if (strcmp(ask->kind, "group") == 0) {
        rc = read_group(conn, r, ask->device, &w, err);
    } else if (strcmp(ask->kind, "task") == 0) {
        rc = read_task(conn, ask->text, &w, err);
    } else if (strcmp(ask->kind, "report") == 0) {
        rc = read_report(conn, r, &w, err);
    } else {
        rc = read_device(conn, r, ask->device, strcmp(ask->kind, "local") == 0, &w, err);
    }
    if (rc == PLATEN_OK) {
        *out = strbuf_take(&text);
        rc = *out != NULL ? rc : error_set(err, PLATEN_E_NOMEM, "no memory for an answer");
    }
    strbuf_fini(&text);
    return rc;
}
