/* Ending what is left of a run: cancelled, overdue, or lost with its agent again and again. */
#include "core/run/tell.h"

#include <stdlib.h>
#include <string.h>

#include "run_sql.h"

typedef struct open_job {
    int64_t id, agent, wave;
    const task_kind *kind;
    bool step, preview;
    char *targets;
} open_job;

typedef struct open_jobs {
    open_job *list;
    size_t count;
} open_jobs;

static void open_jobs_fini(open_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        free(jobs->list[i].targets);
    }
    free(jobs->list);
}

static platen_code read_jobs(store_conn *conn, const store_sql *sql, const char *name,
                             int64_t value, open_jobs *out, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_i64(st, name, value);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        open_job *more = reallocarray(out->list, out->count + 1, sizeof(*more));
        char *targets = strdup(store_text(st, 2));
        if (more == NULL || targets == NULL) {
            out->list = more != NULL ? more : out->list;
            free(targets);
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the jobs of a run");
            break;
        }
        out->list = more;
        out->list[out->count++] = (open_job){.id = store_i64(st, 0),
                                             .agent = store_i64(st, 1),
                                             .wave = store_i64(st, 4),
                                             .kind = kind_find(store_text(st, 5)),
                                             .preview = strcmp(store_text(st, 6), "preview") == 0,
                                             .step = store_i64(st, 3) != 0,
                                             .targets = targets};
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code end_job(store_conn *conn, int64_t job, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_update, &st, err));
    store_bind_text(st, "targets", "[]");
    store_bind_i64(st, "count", 0);
    store_bind_text(st, "state", "done");
    store_bind_i64(st, "id", job);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* Results for targets of a job; `*closed` counts those that are the run's own. */
static platen_code put_results(store_conn *conn, const run_closing *c, const open_job *job,
                               const int64_t *ids, size_t count, int64_t *closed, platen_error *err)
{
    target_row row = {.run = c->run,
                      .job = job->id,
                      .agent = job->agent,
                      .wave = job->wave,
                      .state = c->state,
                      .code = c->code,
                      .text = c->text,
                      .ended = c->now};
    run_told told = {.kind = job->kind, .preview = job->preview};
    *closed += job->step ? 0 : count == 0 ? 1 : (int64_t)count;
    if (count == 0) { /* the agent is the target */
        return target_row_put(conn, &row, err);
    }
    PLATEN_TRY(run_tell_end(conn, &told, &row, ids, count, err));
    for (size_t i = 0; i < count; i++) {
        row.device = ids[i];
        PLATEN_TRY(job->step ? target_row_answer(conn, &row, err)
                             : target_row_put(conn, &row, err));
    }
    return PLATEN_OK;
}

static platen_code close_job(store_conn *conn, const run_closing *c, const open_job *job,
                             int64_t *closed, platen_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    PLATEN_TRY(targets_parse(job->targets, &ids, &count, err));
    platen_code rc = put_results(conn, c, job, ids, count, closed, err);
    free(ids);
    return rc == PLATEN_OK ? end_job(conn, job->id, err) : rc;
}

static platen_code count_closed(store_conn *conn, const run_closing *c, int64_t closed,
                                platen_error *err)
{
    run_counts counts = {.changed = 0};
    counts.of[run_state_index(c->state)] = closed;
    PLATEN_TRY(run_counts_add(conn, c->run, &counts, err));
    return run_settle(conn, c->owner, c->run, c->now, err);
}

static platen_code close_jobs(store_conn *conn, const run_closing *c, const open_jobs *jobs,
                              int64_t *closed, platen_error *err)
{
    for (size_t i = 0; i < jobs->count; i++) {
        PLATEN_TRY(close_job(conn, c, &jobs->list[i], closed, err));
    }
    return PLATEN_OK;
}

platen_code run_close_job(store_conn *conn, const run_closing *c, int64_t job, platen_error *err)
{
    open_jobs jobs = {.list = NULL};
    int64_t closed = 0;
    platen_code rc = read_jobs(conn, &sql_job_open, "id", job, &jobs, err);
    if (rc == PLATEN_OK) {
        rc = close_jobs(conn, c, &jobs, &closed, err);
    }
    open_jobs_fini(&jobs);
    return rc == PLATEN_OK ? count_closed(conn, c, closed, err) : rc;
}

/* The targets that stay. */
static platen_code leave_others(store_conn *conn, const open_job *job, const int64_t *ids,
                                size_t count, platen_error *err)
{
    int64_t *all = NULL;
    size_t total = 0;
    size_t left = 0;
    strbuf targets;
    store_stmt *st = NULL;
    PLATEN_TRY(targets_parse(job->targets, &all, &total, err));
    for (size_t i = 0, gone = 0; i < total; i++) { /* both in the same order */
        bool is_gone = gone < count && all[i] == ids[gone];
        gone += is_gone;
        left += !is_gone;
        all[i] = is_gone ? -1 : all[i];
    }
    strbuf_init(&targets);
    targets_write(&targets, all, total);
    platen_code rc = targets.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a job")
                                    : store_prepare(conn, &sql_job_update, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "targets", targets.data);
        store_bind_i64(st, "count", (int64_t)left);
        store_bind_text(st, "state", left == 0 ? "done" : NULL);
        store_bind_i64(st, "id", job->id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&targets);
    free(all);
    return rc;
}

platen_code run_close_targets(store_conn *conn, const run_closing *c, int64_t job,
                              const int64_t *ids, size_t count, platen_error *err)
{
    open_jobs jobs = {.list = NULL};
    int64_t closed = 0;
    platen_code rc = read_jobs(conn, &sql_job_open, "id", job, &jobs, err);
    if (rc == PLATEN_OK && jobs.count == 1) {
        rc = put_results(conn, c, &jobs.list[0], ids, count, &closed, err);
        if (rc == PLATEN_OK) {
            rc = leave_others(conn, &jobs.list[0], ids, count, err);
        }
    }
    open_jobs_fini(&jobs);
    return rc == PLATEN_OK ? count_closed(conn, c, closed, err) : rc;
}

/* ---- waves that were not given out ---- */

/* Parts that are due, or with only_waiting all of them. */
static platen_code close_parts(store_conn *conn, const run_closing *c, int64_t *closed,
                               platen_error *err)
{
    run_part part = {.ids = NULL};
    store_stmt *st = NULL;
    run_told told = {.kind = NULL};
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(run_told_of(conn, c->run, &told, err));
    while ((rc = run_take_part(conn, c->run, c->only_waiting ? INT64_MAX : c->now, &part, err)) ==
           PLATEN_OK) {
        target_row row = {.run = c->run,
                          .wave = part.wave,
                          .state = c->state,
                          .code = c->code,
                          .text = c->text,
                          .ended = c->now};
        rc = run_tell_end(conn, &told, &row, part.ids, part.count, err);
        for (size_t i = 0; i < part.count && rc == PLATEN_OK; i++) {
            row.device = part.ids[i];
            rc = target_row_put(conn, &row, err);
        }
        *closed += (int64_t)part.count;
        free(part.ids);
        PLATEN_TRY(rc);
        PLATEN_TRY(store_prepare(conn, &sql_run_given_more, &st, err));
        store_bind_i64(st, "given", (int64_t)part.count);
        store_bind_i64(st, "id", c->run);
        rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- targets of flows ---- */

static platen_code read_flows(store_conn *conn, const run_closing *c, int64_t **ids, size_t *count,
                              platen_error *err)
{
    store_stmt *st = NULL;
    size_t room = 0;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_targets_of_run, &st, err));
    store_bind_i64(st, "run", c->run);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (c->only_waiting && !store_is_null(st, 1)) {
            continue;
        }
        if (*count == room) {
            room = room == 0 ? 256 : room * 2;
            int64_t *more = reallocarray(*ids, room, sizeof(*more));
            if (more == NULL) {
                rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu targets", room);
                break;
            }
            *ids = more;
        }
        (*ids)[(*count)++] = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code close_flows(store_conn *conn, const run_closing *c, int64_t *closed,
                               platen_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    platen_code rc = read_flows(conn, c, &ids, &count, err);
    for (size_t i = 0; i < count && rc == PLATEN_OK; i++) {
        target_row row = {.run = c->run,
                          .device = ids[i],
                          .state = c->state,
                          .code = c->code,
                          .text = c->text,
                          .ended = c->now};
        bool taken = false;
        rc = run_flow_take(conn, &row, &taken, err);
        *closed += taken;
    }
    free(ids);
    return rc;
}

platen_code run_close(store_conn *conn, const run_closing *c, platen_error *err)
{
    open_jobs jobs = {.list = NULL};
    int64_t closed = 0;
    platen_code rc =
        read_jobs(conn, c->only_waiting ? &sql_run_jobs_waiting : &sql_jobs_open_of_run, "run",
                  c->run, &jobs, err);
    if (rc == PLATEN_OK) {
        rc = close_jobs(conn, c, &jobs, &closed, err);
    }
    open_jobs_fini(&jobs);
    PLATEN_TRY(rc);
    PLATEN_TRY(close_parts(conn, c, &closed, err));
    PLATEN_TRY(close_flows(conn, c, &closed, err));
    return count_closed(conn, c, closed, err);
}
