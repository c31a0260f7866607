/* /dashboard: the counts of the header and the start page (DEV-162, DEV-163). */
#include "core/rest/rest_dashboard.h"

#include "core/link/link_manager.h"
#include "core/rest/dashboard.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "inventory_sql.h"

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
