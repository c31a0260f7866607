/*
 * On the run thread: leases that ended, runs over their time, what is left of cancelled ones. Each
 * run is ended in a transaction of its own: what goes wrong with one does not stop the others.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define GONE_MS INT64_C(600000) /* a kind that is gone, as with its script, may come back */
#define JUMP_MS INT64_C(2000)
#define ENDS_MAX 100 /* in one round */

/* ---- leases ---- */

typedef struct release {
    int64_t released;
} release;

static platen_code release_expired(store_conn *conn, void *user, platen_error *err)
{
    release *l = user;
    return run_simple(conn, &sql_job_release_expired, "now", clock_now(), &l->released, err);
}

static void check_leases(runs *r)
{
    release l = {.released = 0};
    platen_error err = PLATEN_ERROR_INIT;
    if (store_write(r->store, release_expired, &l, &err) != PLATEN_OK) {
        log_error("cannot check leases: %s", err.text);
    } else if (l.released > 0) {
        log_warning("%" PRId64 " jobs were given back by silence of their agents", l.released);
        runs_notify_agent(r, 0);
    }
}

/* ---- runs to be ended ---- */

typedef struct ends {
    run_closing list[ENDS_MAX];
    size_t count;
} ends;

static void find_overdue(runs *r, store_conn *conn, ends *e, int64_t now)
{
    store_stmt *st = NULL;
    if (store_prepare(conn, &sql_runs_open, &st, NULL) != PLATEN_OK) {
        return;
    }
    while (e->count < ENDS_MAX && store_step(st, NULL) == PLATEN_OK) {
        const task_kind *kind = kind_find(store_text(st, 1));
        if (store_i64(st, 2) + (kind != NULL ? kind->limit_ms : GONE_MS) < now) {
            e->list[e->count++] =
                (run_closing){.owner = r,
                              .run = store_i64(st, 0),
                              .state = kind != NULL ? "timeout" : "error",
                              .code = kind != NULL ? "timeout" : "kind-gone",
                              .text = kind != NULL ? "not done within the time limit of the task"
                                                   : "the task kind is not there any more",
                              .now = now};
        }
    }
    store_reset(st);
}

/* Jobs of cancelled runs that came back from an agent that is gone: nobody gets them again. */
static void find_cancelled(runs *r, store_conn *conn, ends *e, int64_t now)
{
    store_stmt *st = NULL;
    if (store_prepare(conn, &sql_runs_cancelled_open, &st, NULL) != PLATEN_OK) {
        return;
    }
    while (e->count < ENDS_MAX && store_step(st, NULL) == PLATEN_OK) {
        bool halted = store_i64(st, 1) != 0;
        e->list[e->count++] =
            (run_closing){.owner = r,
                          .run = store_i64(st, 0),
                          .only_waiting = true,
                          .state = halted ? "skipped" : "cancelled",
                          .code = halted ? "halted" : "cancelled",
                          .text = halted ? "the run was halted" : "cancelled by a user",
                          .now = now};
    }
    store_reset(st);
}

static platen_code close_run(store_conn *conn, void *user, platen_error *err)
{
    return run_close(conn, user, err);
}

static void end_run(runs *r, run_closing *c)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (store_write(r->store, close_run, c, &err) != PLATEN_OK) {
        log_error("run %" PRId64 " cannot be ended: %s", c->run, err.text);
        return;
    }
    if (!c->only_waiting) {
        log_warning("run %" PRId64 " has ended: %s", c->run, c->text);
    }
    runs_settled(r);
    runs_notify_run(r, c->run);
    runs_flow_ready(r, c->run);
}

void runs_check_limits(runs *r)
{
    store_conn *conn = NULL;
    ends *e = calloc(1, sizeof(*e));
    int64_t now = clock_now();
    check_leases(r);
    if (e != NULL && store_read(r->store, &conn, NULL) == PLATEN_OK) {
        find_overdue(r, conn, e, now);
        find_cancelled(r, conn, e, now);
        store_read_end(conn);
    }
    for (size_t i = 0; e != NULL && i < e->count; i++) {
        end_run(r, &e->list[i]);
    }
    free(e);
}

/* ---- a clock that was set ---- */

static platen_code move_times(store_conn *conn, void *user, platen_error *err)
{
    static const store_sql *const steps[] = {&sql_leases_move, &sql_limits_move, &sql_pauses_move};
    const int64_t *by = user;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        PLATEN_TRY(run_simple(conn, steps[i], "by", *by, NULL, err));
    }
    return PLATEN_OK;
}

void runs_keep_durations(runs *r)
{
    int64_t ahead = clock_now() - clock_mono();
    int64_t by = ahead - r->durations_ahead;
    platen_error err = PLATEN_ERROR_INIT;
    if (!r->durations_known) {
        r->durations_known = true;
        r->durations_ahead = ahead;
        return;
    }
    if (by > -JUMP_MS && by < JUMP_MS) {
        return;
    }
    if (store_write(r->store, move_times, &by, &err) != PLATEN_OK) {
        log_error("leases cannot follow the clock: %s", err.text); /* tried again */
        return;
    }
    r->durations_ahead = ahead;
    log_notice("the clock was set by %" PRId64 " ms: leases, limits and pauses follow", by);
}
