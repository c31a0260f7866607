/*
 * /runs/{id}/recovery: a task like the one of the run, for what failed or took too long, to be
 * edited and added.
 */
#include "core/rest/rest_recovery.h"

#include <inttypes.h>
#include <string.h>

#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "core/run/kind.h"
#include "core/run/run.h"
#include "run_sql.h"

/* Failed devices, or agents of kinds that have them: at most as many as a task may name. */
static platen_code write_targets(store_conn *conn, int64_t run, const task_kind *kind,
                                 json_writer *w, int64_t *count, platen_error *err)
{
    bool agents = kind->targets == KIND_AGENTS;
    store_stmt *st = NULL;
    *count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_run_failed, &st, err));
    store_bind_i64(st, "run", run);
    json_object(w, "targets");
    json_array(w, agents ? "agents" : "devices");
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        (*count)++;
        if (agents) {
            rest_agent_id(w, NULL, store_i64(st, 1), store_i64(st, 2) != 0);
        } else if (!store_is_null(st, 0)) {
            json_id(w, NULL, store_i64(st, 0));
        }
    }
    json_array_end(w);
    json_object_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* `st` stands on the run. */
static platen_code write_task(store_conn *conn, int64_t run, store_stmt *st, json_writer *w,
                              platen_error *err)
{
    const task_kind *kind = kind_find(store_text(st, 0));
    int64_t failed = 0;
    if (store_i64(st, 2) != 0 || kind == NULL) {
        return error_set(err, PLATEN_E_STATE, "run %" PRId64 " is of a built-in task", run);
    }
    if (store_is_null(st, 3)) {
        return error_set(err, PLATEN_E_STATE, "run %" PRId64 " is not over", run);
    }
    json_object(w, NULL);
    json_text(w, "kind", kind->id);
    json_text(w, "name", store_text(st, 1));
    json_bool(w, "active", true);
    json_raw(w, "schedule", "{\"when\":\"now\"}");
    json_raw(w, "settings", store_text(st, 4));
    json_raw(w, "mail", store_text(st, 5));
    json_raw(w, "rollout", store_text(st, 6));
    json_raw(w, "regions", store_text(st, 7));
    PLATEN_TRY(write_targets(conn, run, kind, w, &failed, err));
    json_object_end(w);
    return failed > 0 ? PLATEN_OK
                      : error_set(err, PLATEN_E_STATE, "nothing of run %" PRId64 " failed", run);
}

static platen_code answer(rest_request *r, store_conn *conn, int64_t run, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_recovery, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        rc = write_task(conn, run, st, rest_json(r, 200), err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no run %" PRId64, run);
    }
    store_reset(st);
    return rc;
}

static platen_code get_recovery(rest_request *r, platen_error *err)
{
    int64_t run = 0;
    store_conn *conn = NULL;
    const rest_regions *mine = rest_regions_of(r);
    PLATEN_TRY(rest_param_id(r, "id", &run, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = mine->all ? PLATEN_OK : runs_may_operate(conn, run, mine, err);
    if (rc == PLATEN_OK) {
        rc = answer(r, conn, run, err);
    }
    store_read_end(conn);
    return rc;
}

static const rest_route routes[] = {
    {"GET", "/runs/{id}/recovery", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, get_recovery,
     "A body for POST /tasks with what failed", NULL, NULL},
};

platen_code rest_recovery_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
