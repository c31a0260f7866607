/* Runs: made, cancelled, finished, shown. */
#include "core/run/targets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
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
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &attributes);
    pthread_condattr_destroy(&attributes);
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

platen_code run_finish(store_conn *conn, int64_t run, int64_t now, bool *ended, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_run_finish, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", run);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    if (rc == PLATEN_OK) {
        *ended = changes > 0;
    }
    return rc;
}

/* ---- making a run ---- */

static const thing_sql run_thing = {
    .read = &sql_run_regions, .insert = &sql_run_region_insert, .show = &sql_run_set_regions};

typedef struct create {
    runs *owner;
    const run_spec *spec;
    const task_kind *kind;
    int64_t run;
    int64_t total;
    int64_t skipped;
    bool ended;
    int64_t *agents; /* that have work now, for the notification */
    size_t agent_count;
} create;

static platen_code insert_run(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_insert, &st, err));
    if (c->spec->task != 0) {
        store_bind_i64(st, "task", c->spec->task);
    } else {
        store_bind_null(st, "task");
    }
    store_bind_text(st, "kind", c->spec->kind);
    store_bind_text(st, "name", c->spec->name);
    store_bind_i64(st, "builtin", c->spec->builtin ? 1 : 0);
    store_bind_text(st, "settings", c->spec->settings != NULL ? c->spec->settings : "{}");
    store_bind_i64(st, "created", now);
    store_bind_i64(st, "total", 0);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        c->run = store_i64(st, 0);
    }
    store_reset(st);
    return rc;
}

static platen_code note_agent(create *c, int64_t agent, platen_error *err)
{
    for (size_t i = 0; i < c->agent_count; i++) {
        if (c->agents[i] == agent) {
            return PLATEN_OK;
        }
    }
    int64_t *more = realloc(c->agents, (c->agent_count + 1) * sizeof(*more));
    if (more == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a run");
    }
    more[c->agent_count++] = agent;
    c->agents = more;
    return PLATEN_OK;
}

static platen_code insert_job(store_conn *conn, create *c, int64_t agent, const int64_t *ids,
                              size_t count, platen_error *err)
{
    strbuf targets;
    store_stmt *st = NULL;
    strbuf_init(&targets);
    targets_write(&targets, ids, count);
    platen_code rc = store_prepare(conn, &sql_job_insert, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "run", c->run);
        store_bind_i64(st, "agent", agent);
        store_bind_text(st, "targets", targets.data);
        store_bind_i64(st, "count", (int64_t)count);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&targets);
    return rc == PLATEN_OK ? note_agent(c, agent, err) : rc;
}

static platen_code check_agent(store_conn *conn, int64_t agent, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_exists, &st, err));
    store_bind_i64(st, "id", agent);
    platen_code rc = store_step(st, err);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? error_set(err, rc, "there is no agent %" PRId64, agent) : rc;
}

static platen_code jobs_for_agents(store_conn *conn, create *c, platen_error *err)
{
    for (size_t i = 0; i < c->spec->agent_count; i++) {
        PLATEN_TRY(check_agent(conn, c->spec->agents[i], err));
        PLATEN_TRY(insert_job(conn, c, c->spec->agents[i], NULL, 0, err));
        c->total++;
    }
    if (c->spec->agent_count > 0) {
        return PLATEN_OK;
    }
    int64_t agents[64];
    size_t count = 0;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agents_active, &st, err));
    platen_code rc = PLATEN_OK;
    while (count < 64 && (rc = store_step(st, err)) == PLATEN_OK) {
        agents[count++] = store_i64(st, 0);
    }
    store_reset(st);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(insert_job(conn, c, agents[i], NULL, 0, err));
        c->total++;
    }
    return PLATEN_OK;
}

/* Chosen, but not of the run's regions any more. */
static platen_code skip_device(store_conn *conn, create *c, const run_target *t, int64_t now,
                               platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_target_put, &st, err));
    store_bind_i64(st, "run", c->run);
    store_bind_i64(st, "job", 0);
    store_bind_i64(st, "device", t->device);
    store_bind_i64(st, "agent", t->agent);
    store_bind_text(st, "state", "skipped");
    store_bind_text(st, "code", "not-in-region");
    store_bind_text(st, "text", "the device is not of the task's regions");
    store_bind_i64(st, "now", now);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    c->total++;
    c->skipped++;
    return rc;
}

static platen_code make_jobs(store_conn *conn, create *c, const run_targets *t, int64_t now,
                             platen_error *err)
{
    const region_set regions = {
        .all = c->spec->region_count == 0, .ids = c->spec->regions, .count = c->spec->region_count};
    int64_t ids[JOB_TARGETS];
    size_t used = 0;
    for (size_t i = 0; i < t->count; i++) {
        const run_target *one = &t->list[i];
        if (!region_may_hold(&regions, one->region)) {
            PLATEN_TRY(skip_device(conn, c, one, now, err));
        } else {
            ids[used++] = one->device;
            c->total++;
        }
        bool last = i + 1 == t->count || t->list[i + 1].agent != one->agent;
        if (used > 0 && (last || used == JOB_TARGETS)) {
            PLATEN_TRY(insert_job(conn, c, one->agent, ids, used, err));
            used = 0;
        }
    }
    return PLATEN_OK;
}

static platen_code jobs_for_devices(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    run_targets targets;
    PLATEN_TRY(run_targets_find(conn, c->owner, c->spec, &targets, err));
    platen_code rc = make_jobs(conn, c, &targets, now, err);
    run_targets_fini(&targets);
    return rc;
}

static platen_code count_skipped(store_conn *conn, const create *c, platen_error *err)
{
    static const char *const others[] = {"success", "warning", "error", "timeout", "cancelled"};
    store_stmt *st = NULL;
    if (c->skipped == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_run_counts, &st, err));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        store_bind_i64(st, others[i], 0);
    }
    store_bind_i64(st, "skipped", c->skipped);
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code create_run(store_conn *conn, void *user, platen_error *err)
{
    create *c = user;
    int64_t now = clock_now();
    PLATEN_TRY(insert_run(conn, c, now, err));
    PLATEN_TRY(
        thing_put_regions(conn, &run_thing, c->run, c->spec->regions, c->spec->region_count, err));
    PLATEN_TRY(c->kind->targets == KIND_AGENTS ? jobs_for_agents(conn, c, err)
                                               : jobs_for_devices(conn, c, now, err));
    PLATEN_TRY(count_skipped(conn, c, err));
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_total, &st, err));
    store_bind_i64(st, "total", c->total);
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc == PLATEN_OK && c->total == c->skipped ? run_finish(conn, c->run, now, &c->ended, err)
                                                     : rc;
}

platen_code runs_create(runs *r, const run_spec *spec, int64_t *run, platen_error *err)
{
    create c = {.owner = r, .spec = spec, .kind = kind_find(spec->kind)};
    if (c.kind == NULL) {
        return error_set(err, PLATEN_E_INVAL, "there is no task kind '%s'", spec->kind);
    }
    platen_code rc = store_write(r->store, create_run, &c, err);
    if (rc == PLATEN_OK) {
        *run = c.run;
        runs_notify_run(r, c.run);
        for (size_t i = 0; i < c.agent_count; i++) {
            runs_notify_agent(r, c.agents[i]);
        }
    }
    free(c.agents);
    return rc;
}

/* ---- cancelling ---- */

typedef struct cancel {
    int64_t run;
    int64_t agents[64];
    size_t agent_count;
} cancel;

static platen_code cancel_run(store_conn *conn, void *user, platen_error *err)
{
    cancel *c = user;
    store_stmt *st = NULL;
    int64_t now = clock_now();
    bool ended = false;
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_step(st, err);
    bool open =
        rc == PLATEN_OK && !store_is_null(st, 5) &&
        (strcmp(store_text(st, 5), "waiting") == 0 || strcmp(store_text(st, 5), "running") == 0);
    bool builtin = rc == PLATEN_OK && store_i64(st, 4) != 0;
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, rc, "there is no run %" PRId64, c->run);
    }
    PLATEN_TRY(rc);
    if (!open || builtin) { /* TSK-51 */
        return error_set(err, PLATEN_E_STATE,
                         builtin ? "runs of built-in tasks cannot be cancelled"
                                 : "run %" PRId64 " is over",
                         c->run);
    }
    PLATEN_TRY(run_simple(conn, &sql_run_cancel_text, "id", c->run, NULL, err));
    PLATEN_TRY(run_close_jobs(conn, c->run, true, "cancelled", "cancelled", "cancelled by a user",
                              now, err));
    PLATEN_TRY(store_prepare(conn, &sql_job_agents_of_run, &st, err));
    store_bind_i64(st, "run", c->run);
    while (c->agent_count < 64 && (rc = store_step(st, err)) == PLATEN_OK) {
        c->agents[c->agent_count++] = store_i64(st, 0);
    }
    store_reset(st);
    return run_finish(conn, c->run, now, &ended, err);
}

platen_code runs_cancel(runs *r, int64_t run, platen_error *err)
{
    cancel c = {.run = run};
    PLATEN_TRY(store_write(r->store, cancel_run, &c, err));
    runs_notify_run(r, run);
    for (size_t i = 0; i < c.agent_count; i++) {
        runs_notify_agent(r, c.agents[i]);
    }
    return PLATEN_OK;
}

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

void runs_write(runs *r, store_stmt *st, json_writer *w, const char *key)
{
    static const char *const names[] = {"success", "warning",   "error",
                                        "timeout", "cancelled", "skipped"};
    const char *state = store_text(st, 5);
    bool over = !store_is_null(st, 8);
    int64_t total = store_i64(st, 9);
    int64_t finished = 0;
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
    json_text(w, "state", state);
    json_time(w, "created", store_i64(st, 6));
    json_time(w, "started", store_i64(st, 7));
    json_time(w, "ended", store_i64(st, 8));
    json_object(w, "counts");
    json_i64(w, "total", total);
    for (int i = 0; i < 6; i++) {
        finished += store_i64(st, 10 + i);
        json_i64(w, names[i], store_i64(st, 10 + i));
    }
    int64_t left = over || total < finished ? 0 : total - finished;
    bool running = strcmp(state, "running") == 0;
    json_i64(w, "waiting", running ? 0 : left);
    json_i64(w, "running", running ? left : 0);
    json_object_end(w);
    write_progress(r, w, store_i64(st, 0), over, finished, total);
    json_text(w, "code", store_text(st, 16));
    json_text(w, "text", store_text(st, 17));
    json_raw(w, "regions", store_text(st, 18));
    json_object_end(w);
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
