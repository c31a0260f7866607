/* Counting the managed devices, and adding up what was counted a region. */
#include "core/rest/dashboard.h"

#include <stdlib.h>

#include "core/model/region_row.h"
#include "core/model/words.h"
#include "device_sql.h"
#include "region_sql.h"

static void add(dashboard_counts *counts, int64_t severity, int64_t power, int64_t number)
{
    counts->devices += number;
    if (severity >= 0 && severity < DASHBOARD_SEVERITIES) {
        counts->severity[severity] += number;
    }
    if (power >= 0 && power < DASHBOARD_POWERS) {
        counts->power[power] += number;
    }
}

static platen_code prepare_counts(store_conn *conn, const region_set *regions, store_stmt **st,
                                  platen_error *err)
{
    if (regions->all) {
        return store_prepare(conn, &sql_device_counts, st, err);
    }
    PLATEN_TRY(store_prepare(conn, &sql_region_device_counts, st, err));
    region_set_bind(conn, *st, "regions", regions);
    return PLATEN_OK;
}

platen_code dashboard_count(store_conn *conn, const region_set *regions, dashboard_counts *out,
                            platen_error *err)
{
    store_stmt *st = NULL;
    dashboard_counts counts = {.devices = 0};
    PLATEN_TRY(prepare_counts(conn, regions, &st, err));
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        add(&counts, store_i64(st, 0), store_i64(st, 1), store_i64(st, 2));
    }
    store_reset(st);
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    *out = counts;
    return PLATEN_OK;
}

/* Rows come in groups of severity and power, each with its regions in the same order: the row of a
 * region mostly stands right behind that of the one before, which `at` remembers. */
static dashboard_row *row_of(dashboard_table *t, size_t *at, int64_t region)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t index = (*at + i) % t->count;
        if (t->rows[index].region == region) {
            *at = index + 1;
            return &t->rows[index];
        }
    }
    dashboard_row *more = realloc(t->rows, (t->count + 1) * sizeof(*more));
    if (more == NULL) {
        return NULL;
    }
    t->rows = more;
    t->rows[t->count] = (dashboard_row){.region = region};
    return &t->rows[t->count++];
}

platen_code dashboard_table_read(store_conn *conn, dashboard_table *out, platen_error *err)
{
    store_stmt *st = NULL;
    dashboard_table table = {.rows = NULL};
    size_t at = 0;
    PLATEN_TRY(store_prepare(conn, &sql_region_counts, &st, err));
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        dashboard_row *row = row_of(&table, &at, store_i64(st, 2));
        if (row == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the counts of regions");
            break;
        }
        add(&row->counts, store_i64(st, 0), store_i64(st, 1), store_i64(st, 3));
    }
    store_reset(st);
    if (rc != PLATEN_E_NOT_FOUND) {
        dashboard_table_fini(&table);
        return rc;
    }
    *out = table;
    return PLATEN_OK;
}

void dashboard_table_fini(dashboard_table *t)
{
    free(t->rows);
    *t = (dashboard_table){.rows = NULL};
}

void dashboard_sum(const dashboard_table *t, const region_set *regions, dashboard_counts *out)
{
    *out = (dashboard_counts){.devices = 0};
    for (size_t i = 0; i < t->count; i++) {
        const dashboard_counts *one = &t->rows[i].counts;
        if (!region_set_has(regions, t->rows[i].region)) {
            continue;
        }
        out->devices += one->devices;
        for (int j = 0; j < DASHBOARD_SEVERITIES; j++) {
            out->severity[j] += one->severity[j];
        }
        for (int j = 0; j < DASHBOARD_POWERS; j++) {
            out->power[j] += one->power[j];
        }
    }
}

void dashboard_write_counts(const dashboard_counts *counts, json_writer *w)
{
    json_i64(w, "devices", counts->devices);
    json_object(w, "severity");
    for (int i = DASHBOARD_SEVERITIES - 1; i >= 0; i--) {
        json_i64(w, device_severity_word(i), counts->severity[i]);
    }
    json_object_end(w);
    json_object(w, "power");
    for (int i = 0; i < DASHBOARD_POWERS; i++) {
        json_i64(w, device_power_word(i), counts->power[i]);
    }
    json_object_end(w);
}
