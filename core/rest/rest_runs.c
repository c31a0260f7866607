/* /runs: what is going on and what came of it (TSK-45 to TSK-51). */
#include "core/rest/rest_runs.h"

#include <inttypes.h>

#include "core/model/region_row.h"
#include "core/rest/list.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "core/run/run.h"
#include "run_sql.h"

static const int bool_values[] = {0, 1};

static const list_field run_fields[] = {
    {"id", "r.id", LIST_ID, NULL, NULL, true, NULL},
    {"task", "r.task_id", LIST_ID, NULL, NULL, true, NULL},
    {"kind", "r.kind", LIST_TEXT, NULL, NULL, true, NULL},
    {"name", "r.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"builtin", "r.builtin", LIST_CHOICE, "false|true", bool_values, true, NULL},
    {"state", "r.state", LIST_CHOICE,
     "waiting|running|success|warning|error|timeout|cancelled|missed", NULL, true, NULL},
    {"created", "r.created", LIST_TIME, NULL, NULL, true, NULL},
    {"started", "r.started", LIST_TIME, NULL, NULL, true, NULL},
    {"ended", "r.ended", LIST_TIME, NULL, NULL, true, NULL},
    {"mode", "r.mode", LIST_CHOICE, "execute|preview", NULL, true, NULL},
    {"halted", "r.halted_at", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source run_source = {
    .fields = run_fields,
    .field_count = sizeof(run_fields) / sizeof(run_fields[0]),
    .columns = RUN_COLUMNS,
    .from = "run r",
    .key = "r.id",
    .sort = "-id",
};

static const list_field target_fields[] = {
    {"id", "t.id", LIST_ID, NULL, NULL, true, NULL},
    {"device", "t.device_id", LIST_ID, NULL, NULL, true, NULL},
    {"agent", "t.agent_id", LIST_ID, NULL, NULL, true, NULL},
    {"address", "t.address", LIST_TEXT, NULL, NULL, true, NULL},
    {"name", "t.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"state", "t.state", LIST_CHOICE, "success|warning|error|timeout|cancelled|skipped", NULL, true,
     NULL},
    {"code", "t.code", LIST_TEXT, NULL, NULL, true, NULL},
    {"started", "t.started", LIST_TIME, NULL, NULL, true, NULL},
    {"ended", "t.ended", LIST_TIME, NULL, NULL, true, NULL},
    {"wave", "t.wave", LIST_NUMBER, NULL, NULL, true, NULL},
};

static const list_source target_source = {
    .fields = target_fields,
    .field_count = sizeof(target_fields) / sizeof(target_fields[0]),
    .columns = "t.id, t.device_id, t.agent_id, t.address, t.name, t.state, t.code, t.text, "
               "t.ended, a.local, t.params, t.changes, t.started, t.wave",
    .from = "run_target t LEFT JOIN agent a ON a.id = t.agent_id",
    .key = "t.id",
    .sort = "id",
    .region = "t.device_id",
    .region_kind = LIST_REGION_OF_IF,
};

static platen_code run_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                           platen_error *err)
{
    (void)user;
    (void)err;
    runs_write(rest_services(r)->runs, st, w, NULL);
    return PLATEN_OK;
}

static platen_code get_runs(rest_request *r, platen_error *err)
{
    return list_answer(r, &run_source, NULL, run_row, NULL, err);
}

static platen_code answer_run(rest_request *r, int status, platen_error *err)
{
    int64_t id = 0;
    store_conn *conn = NULL;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc =
        runs_write_by_id(rest_services(r)->runs, conn, id, rest_json(r, status), NULL, err);
    store_read_end(conn);
    return rc;
}

/* The run of the path, when its regions are those of who asks: everybody sees it in the list, but
 * not what is in it (ACC-93, TSK-49). */
static platen_code own_run(rest_request *r, int64_t *id, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(rest_param_id(r, "id", id, err));
    if (rest_regions_of(r)->all) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = runs_may_operate(conn, *id, rest_regions_of(r), err);
    store_read_end(conn);
    return rc;
}

static platen_code get_run(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_run(r, &id, err));
    return answer_run(r, 200, err);
}

static platen_code act(rest_request *r, platen_code (*action)(runs *, int64_t, platen_error *),
                       platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_run(r, &id, err));
    PLATEN_TRY(action(rest_services(r)->runs, id, err));
    return answer_run(r, 202, err);
}

static platen_code cancel_run(rest_request *r, platen_error *err)
{
    return act(r, runs_cancel, err);
}

static platen_code halt_run(rest_request *r, platen_error *err)
{
    return act(r, runs_halt, err);
}

static platen_code resume_run(rest_request *r, platen_error *err)
{
    return act(r, runs_resume, err);
}

static void bind_run(store_stmt *st, void *user)
{
    store_bind_i64(st, "run", *(const int64_t *)user);
}

static void write_target(store_stmt *st, json_writer *w)
{
    json_id(w, "id", store_i64(st, 0));
    if (store_is_null(st, 1)) {
        json_null(w, "device");
    } else {
        json_id(w, "device", store_i64(st, 1));
    }
    rest_agent_id(w, "agent", store_i64(st, 2), store_i64(st, 9) != 0);
    json_text(w, "address", store_text(st, 3));
    json_text(w, "name", store_text(st, 4));
    json_text(w, "state", store_text(st, 5));
    json_text(w, "code", store_text(st, 6));
    json_text(w, "text", store_text(st, 7));
    json_time(w, "started", store_i64(st, 12));
    json_time(w, "ended", store_i64(st, 8));
    json_i64(w, "wave", store_i64(st, 13));
    json_raw(w, "params", store_text(st, 10));
    json_raw(w, "changes", store_text(st, 11));
}

static platen_code target_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                              platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    write_target(st, w);
    json_object_end(w);
    return PLATEN_OK;
}

/* Whether the device of a result is of who asks, as the list has it; what is deleted is. */
static bool is_seen(rest_request *r, store_conn *conn, int64_t device)
{
    int64_t region = 0;
    return device == 0 || rest_regions_of(r)->all ||
           region_of_device(conn, device, &region, NULL) != PLATEN_OK ||
           region_may_hold(rest_regions_of(r), region);
}

static platen_code read_target(rest_request *r, store_conn *conn, int64_t run, int64_t target,
                               platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_target_by_id, &st, err));
    store_bind_i64(st, "run", run);
    store_bind_i64(st, "id", target);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_E_NOT_FOUND || (rc == PLATEN_OK && !is_seen(r, conn, store_i64(st, 1)))) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "run %" PRId64 " has no target %" PRId64, run,
                       target);
    }
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, 200);
        json_object(w, NULL);
        write_target(st, w);
        json_raw(w, "log", store_text(st, 14));
        json_object_end(w);
    }
    store_reset(st);
    return rc;
}

/* "Target Details" (TSK-47). */
static platen_code get_target(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t target = 0;
    store_conn *conn = NULL;
    PLATEN_TRY(own_run(r, &id, err));
    PLATEN_TRY(rest_param_id(r, "target", &target, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = read_target(r, conn, id, target, err);
    store_read_end(conn);
    return rc;
}

static platen_code get_targets(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_run(r, &id, err));
    list_scope scope = {.where = "t.run_id = :run", .bind = bind_run, .user = &id};
    return list_answer(r, &target_source, &scope, target_row, NULL, err);
}

static const rest_route routes[] = {
    {"GET", "/runs", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, REST_STREAM, get_runs,
     "Runs, newest first", NULL, NULL},
    {"GET", "/runs/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, get_run,
     "One run with its counts", NULL, NULL},
    {"POST", "/runs/{id}/cancel", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     cancel_run, "Stop what has not started", NULL, NULL},
    {"POST", "/runs/{id}/halt", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     halt_run, "Give nothing more out until somebody has looked", NULL, NULL},
    {"POST", "/runs/{id}/resume", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     resume_run, "Go on with a halted run", NULL, NULL},
    {"GET", "/runs/{id}/targets", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_STREAM,
     get_targets, "A result a target", NULL, NULL},
    {"GET", "/runs/{id}/targets/{target}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0,
     get_target, "One result with its steps", NULL, NULL},
};

platen_code rest_runs_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
