/*
 * What follows from results: the end of a run, its halt, its next wave. Halting and going on by
 * hand.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

typedef struct progress {
    rollout plan;
    bool halted, scheduled;
    int64_t given, total, errors, results; /* errors and results since it was resumed last */
    int64_t all_results;
} progress;

static platen_code read_progress(store_conn *conn, int64_t run, progress *p, bool *open,
                                 platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_progress, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    *open = rc == PLATEN_OK;
    if (*open) {
        rollout_parse(store_text(st, 1), &p->plan);
        p->halted = !store_is_null(st, 2);
        p->given = store_i64(st, 3);
        p->total = store_i64(st, 4);
        p->scheduled = !store_is_null(st, 5);
        p->errors = store_i64(st, 8) - store_i64(st, 6);
        p->results = store_i64(st, 9) - store_i64(st, 7);
        p->all_results = store_i64(st, 9);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code halt(store_conn *conn, int64_t run, const char *code, const char *text,
                        int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_halt, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_text(st, "code", code);
    store_bind_text(st, "text", text);
    store_bind_i64(st, "id", run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code schedule_wave(store_conn *conn, runs *r, int64_t run, const progress *p,
                                 int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t at = now + p->plan.pause_s * 1000;
    PLATEN_TRY(store_prepare(conn, &sql_part_first, &st, err));
    store_bind_i64(st, "run", run);
    platen_code rc = store_step(st, err);
    at = rc == PLATEN_OK && store_i64(st, 0) > at ? store_i64(st, 0) : at;
    store_reset(st);
    if (rc != PLATEN_OK) {
        return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    }
    PLATEN_TRY(store_prepare(conn, &sql_run_wave_at, &st, err));
    store_bind_i64(st, "at", at);
    store_bind_i64(st, "id", run);
    rc = store_run(st, NULL, err);
    store_reset(st);
    if (at <= now) {
        atomic_store(&r->wave_due, true);
    }
    return rc;
}

platen_code run_settle(store_conn *conn, runs *r, int64_t run, int64_t now, platen_error *err)
{
    progress p = {.given = 0};
    bool ended = false;
    bool open = false;
    char text[120];
    PLATEN_TRY(run_finish(conn, run, now, &ended, err));
    if (ended) {
        PLATEN_TRY(run_after_registering(conn, run, err));
        return run_over(conn, r, run, err);
    }
    PLATEN_TRY(read_progress(conn, run, &p, &open, err));
    if (!open || p.halted) {
        return PLATEN_OK;
    }
    bool wave_over = p.all_results >= p.given;
    if (rollout_halts(&p.plan, p.errors, p.results, wave_over)) {
        (void)snprintf(text, sizeof(text), "halted: %" PRId64 " of %" PRId64 " results are errors",
                       p.errors, p.results);
        log_notice("run %" PRId64 " is %s", run, text);
        return halt(conn, run, "halted", text, now, err);
    }
    return wave_over && p.given < p.total && !p.scheduled && rollout_is_staged(&p.plan)
               ? schedule_wave(conn, r, run, &p, now, err)
               : PLATEN_OK;
}

void runs_settled(runs *r)
{
    if (atomic_exchange(&r->wave_due, false)) {
        pthread_mutex_lock(&r->lock);
        r->woken = true;
        pthread_cond_broadcast(&r->wake);
        pthread_mutex_unlock(&r->lock);
    }
}

/* ---- by hand ---- */

typedef struct hand {
    runs *owner;
    int64_t run;
} hand;

/* A run of a user that is not over. */
static platen_code check_open(store_conn *conn, int64_t run, bool *halted, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    const char *state = rc == PLATEN_OK ? store_text(st, 5) : "";
    bool open = strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0;
    bool cancelled = rc == PLATEN_OK && strcmp(store_text(st, 16), "cancelled") == 0;
    bool builtin = rc == PLATEN_OK && store_i64(st, 4) != 0;
    *halted = rc == PLATEN_OK && !store_is_null(st, 20);
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, rc, "there is no run %" PRId64, run);
    }
    PLATEN_TRY(rc);
    if (builtin) {
        return error_set(err, PLATEN_E_STATE, "runs of built-in tasks cannot be halted");
    }
    return open && !cancelled
               ? PLATEN_OK
               : error_set(err, PLATEN_E_STATE, "run %" PRId64 " is over or cancelled", run);
}

static platen_code halt_by_hand(store_conn *conn, void *user, platen_error *err)
{
    const hand *h = user;
    bool halted = false;
    PLATEN_TRY(check_open(conn, h->run, &halted, err));
    if (halted) {
        return error_set(err, PLATEN_E_STATE, "run %" PRId64 " is halted already", h->run);
    }
    return halt(conn, h->run, "halted", "halted by a user", clock_now(), err);
}

static platen_code resume(store_conn *conn, void *user, platen_error *err)
{
    const hand *h = user;
    bool halted = false;
    int64_t now = clock_now();
    store_stmt *st = NULL;
    PLATEN_TRY(check_open(conn, h->run, &halted, err));
    if (!halted) {
        return error_set(err, PLATEN_E_STATE, "run %" PRId64 " is not halted", h->run);
    }
    PLATEN_TRY(store_prepare(conn, &sql_run_resume, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", h->run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc == PLATEN_OK ? run_settle(conn, h->owner, h->run, now, err) : rc;
}

platen_code runs_halt(runs *r, int64_t run, platen_error *err)
{
    hand h = {r, run};
    PLATEN_TRY(store_write(r->store, halt_by_hand, &h, err));
    runs_notify_run(r, run);
    runs_flow_ready(r, run);
    return PLATEN_OK;
}

platen_code runs_resume(runs *r, int64_t run, platen_error *err)
{
    hand h = {r, run};
    PLATEN_TRY(store_write(r->store, resume, &h, err));
    runs_settled(r);
    runs_notify_run(r, run);
    runs_notify_given(r, run);
    runs_flow_ready(r, run);
    return PLATEN_OK;
}
