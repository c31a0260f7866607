/* /dashboard: the counts of the header and the start page (DEV-162, DEV-163). */
#include "core/rest/rest_dashboard.h"

#include "core/link/link_manager.h"
#include "core/model/region_row.h"
#include "core/model/words.h"
#include "core/rest/dashboard.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "device_sql.h"
#include "inventory_sql.h"
#include "region_sql.h"

static platen_code prepare_counts(store_conn *conn, const region_set *regions, store_stmt **st,
                                  platen_error *err)
{
    strbuf ids;
    if (regions->all) {
        return store_prepare(conn, &sql_device_counts, st, err);
    }
    PLATEN_TRY(store_prepare(conn, &sql_region_device_counts, st, err));
    strbuf_init(&ids);
    region_set_write(regions, store_conn_dialect(conn), &ids);
    store_bind_text(*st, "regions", ids.data);
    strbuf_fini(&ids);
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
        int64_t severity = store_i64(st, 0);
        int64_t power = store_i64(st, 1);
        int64_t count = store_i64(st, 2);
        counts.devices += count;
        if (severity >= 0 && severity < DASHBOARD_SEVERITIES) {
            counts.severity[severity] += count;
        }
        if (power >= 0 && power < DASHBOARD_POWERS) {
            counts.power[power] += count;
        }
    }
    store_reset(st);
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    *out = counts;
    return PLATEN_OK;
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

static platen_code write_agents(rest_request *r, store_conn *conn, json_writer *w,
                                platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agents_all, &st, err));
    platen_code rc = PLATEN_OK;
    json_array(w, "agents");
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        int64_t id = store_i64(st, 0);
        json_object(w, NULL);
        rest_agent_id(w, "id", id, store_i64(st, 2) != 0);
        json_text(w, "name", store_text(st, 1));
        json_text(w, "status",
                  link_agent_status(rest_services(r)->link, id, store_i64(st, 3) != 0));
        json_object_end(w);
    }
    json_array_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_runs(store_conn *conn, json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_runs_running, &st, err));
    platen_code rc = store_step(st, err);
    json_object(w, "runs");
    json_i64(w, "running", rc == PLATEN_OK ? store_i64(st, 0) : 0);
    json_object_end(w);
    store_reset(st);
    return rc;
}

static platen_code get_dashboard(rest_request *r, platen_error *err)
{
    store_conn *conn = NULL;
    dashboard_counts counts;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = dashboard_count(conn, rest_regions_of(r), &counts, err);
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, 200);
        json_object(w, NULL);
        dashboard_write_counts(&counts, w);
        rc = write_agents(r, conn, w, err);
        if (rc == PLATEN_OK) {
            rc = write_runs(conn, w, err);
        }
        json_object_end(w);
    }
    store_read_end(conn);
    return rc;
}

static const rest_route routes[] = {
    {"GET", "/dashboard", REST_USER, NULL, REST_REGION_OWN, 0, get_dashboard,
     "Counts by severity and power state, agents, running runs", NULL, NULL},
};

platen_code rest_dashboard_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
