/* Steps of flows as jobs, and what comes of a flow's target. */
#include "core/run/step.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/run/target_row.h"
#include "core/run/targets.h"
#include "run_sql.h"

typedef struct job_of {
    int64_t device, job;
} job_of;

static int by_device(const void *a, const void *b)
{
    int64_t x = ((const job_of *)a)->device;
    int64_t y = ((const job_of *)b)->device;
    return x < y ? -1 : x > y;
}

/* From the order of agents to the order that was asked in. */
static platen_code hand_back(const run_step *step, const run_targets *t, const int64_t *made,
                             int64_t *jobs, platen_error *err)
{
    job_of *all = calloc(t->count + 1, sizeof(*all));
    if (all == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a step of %zu devices", t->count);
    }
    for (size_t i = 0; i < t->count; i++) {
        all[i] = (job_of){t->list[i].device, made[i]};
    }
    qsort(all, t->count, sizeof(*all), by_device);
    for (size_t i = 0; i < step->count; i++) {
        const job_of key = {step->devices[i], 0};
        const job_of *found = bsearch(&key, all, t->count, sizeof(*all), by_device);
        jobs[i] = found != NULL ? found->job : 0;
    }
    free(all);
    return PLATEN_OK;
}

platen_code run_step_jobs(store_conn *conn, runs *r, const run_step *step, int64_t *jobs,
                          platen_error *err)
{
    const run_give give = {.run = step->run,
                           .kind = kind_find(step->kind),
                           .settings = step->settings != NULL ? step->settings : "{}"};
    const run_spec spec = {.devices = step->devices, .device_count = step->count};
    run_targets targets;
    if (give.kind == NULL || give.kind->where == KIND_FLOW || give.kind->targets != KIND_DEVICES) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no task kind that a flow can use",
                         step->kind);
    }
    if (step->count == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(run_targets_find(conn, r, &spec, &targets, err));
    int64_t *made = calloc(targets.count + 1, sizeof(*made));
    platen_code rc = made == NULL
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for a step")
                         : run_give_out(conn, &give, targets.list, targets.count, made, err);
    if (rc == PLATEN_OK) {
        rc = hand_back(step, &targets, made, jobs, err);
    }
    free(made);
    run_targets_fini(&targets);
    return rc;
}

platen_code run_flow_take(store_conn *conn, target_row *row, bool *taken, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_target_take, &st, err));
    store_bind_i64(st, "run", row->run);
    store_bind_i64(st, "device", row->device);
    platen_code rc = store_step(st, err);
    *taken = rc == PLATEN_OK;
    if (*taken) {
        row->agent = store_i64(st, 0);
        row->wave = store_i64(st, 1);
    }
    store_reset(st);
    if (!*taken) { /* it has its result */
        return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    }
    PLATEN_TRY(target_row_put(conn, row, err));
    PLATEN_TRY(store_prepare(conn, &sql_flow_calls_delete, &st, err));
    store_bind_i64(st, "run", row->run);
    store_bind_i64(st, "device", row->device);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code run_flow_result(store_conn *conn, runs *r, const run_outcome *outcome, int64_t now,
                            platen_error *err)
{
    size_t state = run_state_index(outcome->state);
    target_row row = {.run = outcome->run,
                      .device = outcome->device,
                      .state = run_states[state],
                      .code = outcome->code,
                      .text = outcome->text,
                      .params = outcome->params,
                      .changes = outcome->changes,
                      .log = outcome->log,
                      .started = outcome->started,
                      .ended = now};
    bool taken = false;
    PLATEN_TRY(run_flow_take(conn, &row, &taken, err));
    if (!taken) {
        return PLATEN_OK;
    }
    run_counts counts = {.changed = target_row_changed(&row)};
    counts.of[state] = 1;
    PLATEN_TRY(run_counts_add(conn, row.run, &counts, err));
    return run_settle(conn, r, row.run, now, err);
}

void run_step_committed(runs *r, int64_t run)
{
    runs_settled(r);
    runs_notify_given(r, run);
    runs_notify_run(r, run);
}
