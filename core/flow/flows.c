/* The flow thread: whose turn it is. */
#include "core/flow/flows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/flow/flow_private.h"
#include "flow_sql.h"

#define LOG_SOURCE "flow"
#include "core/base/log.h"

#define LOOK_MS INT64_C(30000) /* at all open runs, should a word have been missed */
#define PAUSE_MS 1000          /* after a failure */

platen_code flows_new(store *s, runs *r, const flows_hooks *hooks, flows **out, platen_error *err)
{
    flows *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for flows");
    }
    f->store = s;
    f->runs = r;
    f->hooks = *hooks;
    f->all_ready = true;
    pthread_mutex_init(&f->lock, NULL);
    cond_init(&f->wake);
    platen_code rc = flow_operator_new(f, &f->operations, err);
    if (rc != PLATEN_OK) {
        flows_free(f);
        return rc;
    }
    *out = f;
    return PLATEN_OK;
}

void flows_ready(flows *f, int64_t run)
{
    if (f == NULL) {
        return;
    }
    pthread_mutex_lock(&f->lock);
    bool known = f->ready_count > 0 && f->ready[f->ready_count - 1] == run;
    if (!known && f->ready_count == f->ready_room) {
        size_t room = f->ready_room == 0 ? 16 : f->ready_room * 2;
        int64_t *more = room <= 4096 ? reallocarray(f->ready, room, sizeof(*more)) : NULL;
        f->all_ready = f->all_ready || more == NULL;
        f->ready = more != NULL ? more : f->ready;
        f->ready_room = more != NULL ? room : f->ready_room;
    }
    if (!known && f->ready_count < f->ready_room) {
        f->ready[f->ready_count++] = run;
    }
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
}

/* ---- runs in memory ---- */

static flow_run *find_run(const flows *f, int64_t id)
{
    flow_run *r = f->first;
    while (r != NULL && r->id != id) {
        r = r->next;
    }
    return r;
}

static void forget(flows *f, flow_run *gone)
{
    flow_run **at = &f->first;
    while (*at != gone) {
        at = &(*at)->next;
    }
    *at = gone->next;
    flow_run_free(gone);
}

/* False when it failed and should be tried again. */
static bool mark(flows *f, int64_t id)
{
    platen_error err = PLATEN_ERROR_INIT;
    flow_run *r = find_run(f, id);
    if (r != NULL) {
        r->dirty = true;
        r->more = true;
        return true;
    }
    platen_code rc = flow_run_load(f, id, &r, &err);
    if (rc == PLATEN_OK) {
        r->next = f->first;
        f->first = r;
    } else if (rc != PLATEN_E_NOT_FOUND) {
        log_error("run %" PRId64 " cannot be loaded: %s", id, err.text);
        return false;
    }
    return true;
}

static bool mark_open(flows *f)
{
    int64_t ids[256];
    size_t count = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    if (store_read(f->store, &conn, NULL) != PLATEN_OK) {
        return false;
    }
    if (store_prepare(conn, &sql_flow_runs_open, &st, NULL) == PLATEN_OK) {
        while (count < 256 && store_step(st, NULL) == PLATEN_OK) {
            ids[count++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    store_read_end(conn);
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        fine = mark(f, ids[i]) && fine;
    }
    return fine;
}

/* ---- the thread ---- */

/* A turn of each run; true when there is more to do at once. */
static bool turn_all(flows *f, bool *failed)
{
    bool busy = false;
    for (flow_run *r = f->first; r != NULL && !atomic_load(&f->stopping);) {
        flow_run *next = r->next;
        platen_error err = PLATEN_ERROR_INIT;
        bool more = false;
        if (flow_run_turn(r, &more, &err) != PLATEN_OK || flow_run_operate(r, &err) != PLATEN_OK) {
            log_error("a turn of run %" PRId64 " failed, it is loaded anew: %s", r->id, err.text);
            *failed = true;
            forget(f, r);
        } else if (r->over || (r->items == NULL && !r->dirty && !r->more)) {
            forget(f, r); /* a new wave brings it back */
        } else {
            busy = busy || more;
        }
        r = next;
    }
    return busy;
}

static int64_t next_due(const flows *f)
{
    int64_t due = FLOW_NEVER;
    for (const flow_run *r = f->first; r != NULL; r = r->next) {
        int64_t one = flow_run_due(r);
        due = one < due ? one : due;
    }
    return due;
}

/* Waits at most `ms`; gives the runs that there is news of (malloc). */
static size_t wait_for_news(flows *f, int64_t ms, int64_t **ready, bool *all)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&f->lock);
    int waited = 0;
    while (ms > 0 && waited == 0 && f->ready_count == 0 && !f->all_ready &&
           !atomic_load(&f->stopping)) {
        waited = pthread_cond_timedwait(&f->wake, &f->lock, &until);
    }
    size_t count = f->ready_count;
    *ready = f->ready;
    *all = f->all_ready;
    f->ready = NULL;
    f->ready_count = 0;
    f->ready_room = 0;
    f->all_ready = false;
    pthread_mutex_unlock(&f->lock);
    return count;
}

static void *run_thread(void *user)
{
    flows *f = user;
    int64_t look = 0;
    bool busy = false;
    bool failed = false;
    (void)pthread_setname_np(pthread_self(), "flow");
    while (!atomic_load(&f->stopping)) {
        int64_t now = clock_now();
        int64_t due = next_due(f);
        int64_t wait = busy ? 0 : failed ? PAUSE_MS : LOOK_MS;
        wait = due < now ? 0 : due - now < wait ? due - now : wait;
        int64_t *ready = NULL;
        bool all = false;
        size_t count = wait_for_news(f, failed && wait == 0 ? PAUSE_MS : wait, &ready, &all);
        if (all || failed || clock_mono() >= look) {
            failed = !mark_open(f);
            look = clock_mono() + LOOK_MS;
        }
        for (size_t i = 0; i < count; i++) {
            failed = !mark(f, ready[i]) || failed;
        }
        free(ready);
        busy = turn_all(f, &failed);
    }
    return NULL;
}

platen_code flows_start(flows *f, platen_error *err)
{
    int failed = pthread_create(&f->thread, NULL, run_thread, f);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the flow thread");
    }
    f->started = true;
    return flow_operator_start(f->operations, err);
}

void flows_stop(flows *f)
{
    if (f == NULL || !f->started) {
        return;
    }
    pthread_mutex_lock(&f->lock);
    atomic_store(&f->stopping, true);
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->started = false;
    flow_operator_stop(f->operations);
}

void flows_free(flows *f)
{
    if (f == NULL) {
        return;
    }
    flows_stop(f);
    while (f->first != NULL) {
        forget(f, f->first);
    }
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    flow_operator_free(f->operations);
    free(f->ready);
    free(f);
}
