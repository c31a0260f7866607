/* The engine; runs finished and shown. */
#include "core/run/target_row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

platen_code runs_new(store *s, const runs_hooks *hooks, runs **out, platen_error *err)
{
    runs *r = calloc(1, sizeof(*r));
    if (r == NULL || (r->seen = seen_new()) == NULL || (r->regions = region_map_new()) == NULL) {
        seen_free(r != NULL ? r->seen : NULL);
        free(r);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the run engine");
    }
    r->store = s;
    r->hooks = *hooks;
    pthread_mutex_init(&r->lock, NULL);
    cond_init(&r->wake);
    *out = r;
    return PLATEN_OK;
}

platen_code runs_start(runs *r, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(runs_make_builtins(r, err));
    PLATEN_TRY(store_read(r->store, &conn, err));
    platen_code rc = seen_load(r->seen, conn, err);
    store_read_end(conn);
    PLATEN_TRY(rc);
    int failed = pthread_create(&r->thread, NULL, runs_thread, r);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the run thread");
    }
    r->started = true;
    return PLATEN_OK;
}

static platen_code flush_all(store_conn *conn, void *user, platen_error *err)
{
    runs *r = user;
    size_t written = 0;
    return seen_flush(r->seen, conn, SIZE_MAX, &written, err);
}

void runs_stop(runs *r)
{
    if (r == NULL || !r->started) {
        return;
    }
    atomic_store(&r->stopping, true);
    pthread_mutex_lock(&r->lock);
    pthread_cond_broadcast(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    r->started = false;
    platen_error err = PLATEN_ERROR_INIT;
    if (store_write(r->store, flush_all, r, &err) != PLATEN_OK) {
        log_warning("the times of last answers are not saved: %s", err.text);
    }
}

void runs_free(runs *r)
{
    if (r != NULL) {
        runs_stop(r);
        pthread_cond_destroy(&r->wake);
        pthread_mutex_destroy(&r->lock);
        seen_free(r->seen);
        region_map_free(r->regions);
        free(r->boots);
        free(r);
    }
}

void runs_notify_run(runs *r, int64_t run)
{
    if (r->hooks.run_changed != NULL) {
        r->hooks.run_changed(run, r->hooks.user);
    }
}

void runs_notify_agent(runs *r, int64_t agent)
{
    if (r->hooks.work_waiting != NULL) {
        r->hooks.work_waiting(agent, r->hooks.user);
    }
}

platen_code run_simple(store_conn *conn, const store_sql *sql, const char *name, int64_t value,
                       int64_t *changes, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_i64(st, name, value);
    platen_code rc = store_run(st, changes, err);
    store_reset(st);
    return rc;
}

platen_code run_begin(store_conn *conn, int64_t run, int64_t now, bool *changed, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_run_started, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", run);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    *changed = changes > 0;
    return rc;
}

platen_code run_finish(store_conn *conn, int64_t run, int64_t now, bool *ended, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_run_finish, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", run);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    *ended = rc == PLATEN_OK && changes > 0;
    /* Steps that nobody waits for any more. */
    return *ended ? run_simple(conn, &sql_jobs_end_of_run, "run", run, NULL, err) : rc;
}

const thing_sql run_thing = {
    .read = &sql_run_regions, .insert = &sql_run_region_insert, .show = &sql_run_set_regions};

platen_code runs_may_operate(store_conn *conn, int64_t run, const region_set *user,
                             platen_error *err)
{
    region_list regions;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, rc, "there is no run %" PRId64, run);
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(thing_regions(conn, &run_thing, run, &regions, err));
    const region_set set = region_list_set(&regions);
    return region_may_operate(user, &set)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_FORBIDDEN, "run %" PRId64 " is of other regions too", run);
}

/* ---- showing ---- */

void runs_set_progress(runs *r, int64_t run, int64_t done, int64_t total, int64_t found)
{
    pthread_mutex_lock(&r->lock);
    run_progress *slot = NULL;
    for (size_t i = 0; i < PROGRESS_SLOTS && slot == NULL; i++) {
        slot = r->progress[i].run == run ? &r->progress[i] : NULL;
    }
    if (slot == NULL) {
        slot = &r->progress[r->progress_next];
        r->progress_next = (r->progress_next + 1) % PROGRESS_SLOTS;
    }
    *slot = (run_progress){run, done, total, found};
    pthread_mutex_unlock(&r->lock);
}

bool runs_progress(runs *r, int64_t run, int64_t *done, int64_t *total, int64_t *found)
{
    bool known = false;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < PROGRESS_SLOTS && !known; i++) {
        if (r->progress[i].run == run) {
            *done = r->progress[i].done;
            *total = r->progress[i].total;
            *found = r->progress[i].found;
            known = true;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return known;
}

int64_t runs_last_seen(runs *r, int64_t device)
{
    return seen_at(r->seen, device);
}

static void write_progress(runs *r, json_writer *w, int64_t run, bool over, int64_t finished,
                           int64_t total)
{
    int64_t done = 0;
    int64_t of = 0;
    int64_t found = 0;
    if (over) {
        json_i64(w, "progress", 100);
    } else if (runs_progress(r, run, &done, &of, &found) && of > 0) {
        json_i64(w, "progress", done * 100 / of);
        json_object(w, "search");
        json_i64(w, "done", done);
        json_i64(w, "total", of);
        json_i64(w, "found", found);
        json_object_end(w);
    } else if (total > 0) {
        json_i64(w, "progress", finished * 100 / total);
    } else {
        json_null(w, "progress");
    }
}

/* Waves, halt and what the run was made from. */
static void write_plan(store_stmt *st, json_writer *w)
{
    bool builtin = store_i64(st, 4) != 0;
    json_text(w, "mode", store_text(st, 19));
    json_time(w, "halted", store_i64(st, 20));
    json_i64(w, "wave", store_i64(st, 21));
    json_i64(w, "waves", store_i64(st, 22));
    json_time(w, "next_wave_at", store_i64(st, 23));
    json_time(w, "due", store_i64(st, 24));
    json_i64(w, "changed", store_i64(st, 25));
    json_raw(w, "rollout", store_text(st, 26));
    if (store_is_null(st, 27)) {
        json_null(w, "script");
    } else {
        json_object(w, "script");
        json_id(w, "id", store_i64(st, 27));
        json_text(w, "name", store_text(st, 28));
        json_i64(w, "version", store_i64(st, 29));
        json_object_end(w);
    }
    json_text(w, "note", !builtin && store_i64(st, 30) > 0 ? "newer-definition" : NULL);
}

/* Writes the counts of the row; gives how many targets have results. */
static int64_t write_counts(store_stmt *st, json_writer *w, const char *key)
{
    int64_t total = store_i64(st, 9);
    int64_t finished = 0;
    json_object(w, key);
    json_i64(w, "total", total);
    for (int i = 0; i < RUN_STATES; i++) {
        finished += store_i64(st, 10 + i);
        json_i64(w, run_states[i], store_i64(st, 10 + i));
    }
    int64_t left = !store_is_null(st, 8) || total < finished ? 0 : total - finished;
    bool running = strcmp(store_text(st, 5), "running") == 0;
    json_i64(w, "waiting", running ? 0 : left);
    json_i64(w, "running", running ? left : 0);
    json_object_end(w);
    return finished;
}

void runs_write(runs *r, store_stmt *st, json_writer *w, const char *key)
{
    bool over = !store_is_null(st, 8);
    json_object(w, key);
    json_id(w, "id", store_i64(st, 0));
    if (store_is_null(st, 1)) {
        json_null(w, "task");
    } else {
        json_id(w, "task", store_i64(st, 1));
    }
    json_text(w, "kind", store_text(st, 2));
    json_text(w, "name", store_text(st, 3));
    json_bool(w, "builtin", store_i64(st, 4) != 0);
    json_text(w, "state", store_text(st, 5));
    json_time(w, "created", store_i64(st, 6));
    json_time(w, "started", store_i64(st, 7));
    json_time(w, "ended", store_i64(st, 8));
    int64_t finished = write_counts(st, w, "counts");
    write_progress(r, w, store_i64(st, 0), over, finished, store_i64(st, 9));
    json_text(w, "code", store_text(st, 16));
    json_text(w, "text", store_text(st, 17));
    json_raw(w, "regions", store_text(st, 18));
    write_plan(st, w);
    json_object_end(w);
}

platen_code runs_write_counts(store_conn *conn, int64_t run, json_writer *w, const char *key,
                              platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        (void)write_counts(st, w, key);
    }
    store_reset(st);
    return rc;
}

platen_code runs_write_by_id(runs *r, store_conn *conn, int64_t run, json_writer *w,
                             const char *key, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        runs_write(r, st, w, key);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no run %" PRId64, run);
    }
    store_reset(st);
    return rc;
}
