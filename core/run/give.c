/* Giving targets out: as jobs of the agents that own them, as work of the manager, or to a flow. */
#include "core/run/plan.h"

#include "run_sql.h"

#define HALT_TARGETS 25

static platen_code insert_job(store_conn *conn, const run_give *g, int64_t agent,
                              const int64_t *ids, size_t count, int64_t *job, platen_error *err)
{
    strbuf targets;
    store_stmt *st = NULL;
    strbuf_init(&targets);
    targets_write(&targets, ids, count);
    platen_code rc = targets.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a job")
                                    : store_prepare(conn, &sql_job_insert, &st, err);
    if (rc == PLATEN_OK) {
        bool step = g->settings != NULL;
        store_bind_i64(st, "run", g->run);
        store_bind_i64(st, "agent", agent);
        store_bind_text(st, "targets", targets.data);
        store_bind_i64(st, "count", (int64_t)count);
        store_bind_text(st, "kind", step ? g->kind->id : NULL);
        store_bind_text(st, "settings", g->settings);
        store_bind_i64(st, "step", step ? 1 : 0);
        store_bind_i64(st, "wave", g->wave);
        rc = store_step(st, err);
        *job = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    }
    store_reset(st);
    strbuf_fini(&targets);
    return rc;
}

static platen_code give_to_flow(store_conn *conn, const run_give *g, const run_target *list,
                                size_t count, platen_error *err)
{
    for (size_t i = 0; i < count; i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_flow_target_insert, &st, err));
        store_bind_i64(st, "run", g->run);
        store_bind_i64(st, "device", list[i].device);
        store_bind_i64(st, "agent", list[i].agent);
        store_bind_i64(st, "wave", g->wave);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

platen_code run_give_out(store_conn *conn, const run_give *g, const run_target *list, size_t count,
                         int64_t *jobs, platen_error *err)
{
    bool here = g->kind->where == KIND_ON_MANAGER;
    size_t most = g->most == 0 || g->most > JOB_TARGETS ? JOB_TARGETS : g->most;
    most = plan_is_wanted(g->kind) && most > PLAN_TARGETS ? PLAN_TARGETS : most;
    int64_t ids[JOB_TARGETS];
    size_t used = 0;
    if (g->kind->where == KIND_FLOW) {
        return give_to_flow(conn, g, list, count, err);
    }
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || (!here && list[i + 1].agent != list[i].agent);
        int64_t job = 0;
        ids[used++] = list[i].device;
        if (!last && used < most) {
            continue;
        }
        PLATEN_TRY(insert_job(conn, g, here ? 0 : list[i].agent, ids, used, &job, err));
        for (size_t k = 0; jobs != NULL && k < used; k++) {
            jobs[i - k] = job;
        }
        used = 0;
    }
    return PLATEN_OK;
}

size_t run_job_most(const task_kind *kind, const rollout *plan)
{
    size_t most = JOB_TARGETS;
    if (kind->parallel > 0 && kind->parallel < most) {
        most = kind->parallel;
    }
    if (rollout_share_is_set(&plan->halt) && !rollout_share_is_set(&plan->batch) &&
        most > HALT_TARGETS) { /* what an agent has cannot be held back */
        most = HALT_TARGETS;
    }
    return most;
}

platen_code run_give_agent(store_conn *conn, const run_give *g, int64_t agent, platen_error *err)
{
    int64_t job = 0;
    return insert_job(conn, g, agent, NULL, 0, &job, err);
}

void runs_flow_ready(runs *r, int64_t run)
{
    if (r->hooks.flow_ready != NULL) {
        r->hooks.flow_ready(run, r->hooks.user);
    }
}

void runs_notify_given(runs *r, int64_t run)
{
    int64_t agents[64];
    size_t count = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    if (store_read(r->store, &conn, NULL) != PLATEN_OK) {
        runs_notify_agent(r, 0); /* whoever it is */
        return;
    }
    if (store_prepare(conn, &sql_job_agents_waiting, &st, NULL) == PLATEN_OK) {
        store_bind_i64(st, "run", run);
        while (count < 64 && store_step(st, NULL) == PLATEN_OK) {
            agents[count++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    store_read_end(conn);
    for (size_t i = 0; i < count; i++) {
        runs_notify_agent(r, agents[i]);
    }
}
