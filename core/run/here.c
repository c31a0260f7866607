/* One mutex guards `news` and `stopping`; all else is the thread's own. */
#include "core/run/here.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/run/run_private.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define LOOK_S 30 /* without news */

struct here {
    store *store;
    runs *runs;
    const here_kind *kinds;
    size_t kind_count;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool news, stopping;
};

platen_code here_new(store *s, runs *r, const here_kind *kinds, size_t count, here **out,
                     platen_error *err)
{
    here *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for work of the manager");
    }
    h->store = s;
    h->runs = r;
    h->kinds = kinds;
    h->kind_count = count;
    pthread_mutex_init(&h->lock, NULL);
    cond_init(&h->wake);
    *out = h;
    return PLATEN_OK;
}

void here_wake(here *h)
{
    if (h != NULL) {
        pthread_mutex_lock(&h->lock);
        h->news = true;
        pthread_cond_signal(&h->wake);
        pthread_mutex_unlock(&h->lock);
    }
}

/* ---- a job ---- */

typedef struct doing {
    here *h;
    here_job job;
    const here_kind *kind;
    void *work;
    char *name, *settings, *word;
    int64_t *devices;
    bool begun, committed;
    platen_error failure; /* of it; code PLATEN_OK: it went well */
} doing;

static void doing_fini(doing *d)
{
    free(d->name);
    free(d->settings);
    free(d->word);
    free(d->devices);
}

static platen_code take_job(store_stmt *st, doing *d, platen_error *err)
{
    d->job.job = store_i64(st, 0);
    d->job.run = store_i64(st, 1);
    d->word = strdup(store_text(st, 2));
    d->name = strdup(store_text(st, 3));
    d->settings = strdup(store_text(st, 4));
    PLATEN_TRY(targets_parse(store_text(st, 5), &d->devices, &d->job.count, err));
    d->job.kind = d->word;
    d->job.name = d->name;
    d->job.settings = d->settings;
    d->job.devices = d->devices;
    return d->word != NULL && d->name != NULL && d->settings != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for a job");
}

/* The oldest that waits; PLATEN_E_NOT_FOUND: none does. */
static platen_code find(doing *d, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(d->h->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_job_here, &st, err);
    if (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        rc = take_job(st, d, err);
    }
    store_reset(st);
    if (rc == PLATEN_OK) {
        rc = thing_regions(conn, &run_thing, d->job.run, &d->job.regions, err);
    }
    store_read_end(conn);
    for (size_t i = 0; rc == PLATEN_OK && i < d->h->kind_count; i++) {
        if (strcmp(d->h->kinds[i].kind, d->word) == 0) {
            d->kind = &d->h->kinds[i];
        }
    }
    const task_kind *kind = rc == PLATEN_OK && d->kind == NULL ? kind_find(d->word) : NULL;
    if (kind != NULL && kind->hooks != NULL) { /* a feature's */
        d->kind = kind->hooks->here;
    }
    return rc;
}

static platen_code begin(store_conn *conn, void *user, platen_error *err)
{
    doing *d = user;
    return run_begin(conn, d->job.run, clock_now(), &d->begun, err);
}

/* Does it, unless it failed, and ends it, unless somebody else did meanwhile. */
static platen_code end(store_conn *conn, void *user, platen_error *err)
{
    doing *d = user;
    store_stmt *st = NULL;
    bool failed = d->failure.code != PLATEN_OK;
    const run_closing closing = {.owner = d->h->runs,
                                 .run = d->job.run,
                                 .state = failed ? "error" : "success",
                                 .code = failed ? error_word(d->failure.code) : "ok",
                                 .text = failed ? d->failure.text : "",
                                 .now = clock_now()};
    PLATEN_TRY(store_prepare(conn, &sql_job_open, &st, err));
    store_bind_i64(st, "id", d->job.job);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) { /* cancelled, or its time was over */
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    if (!failed) {
        PLATEN_TRY(d->kind->commit(conn, d->work, d->kind->user, err));
        d->committed = true;
    }
    return run_close_job(conn, &closing, d->job.job, err);
}

static void prepare(doing *d)
{
    if (d->kind == NULL) {
        error_set(&d->failure, PLATEN_E_UNSUPPORTED, "nobody here knows '%s'", d->word);
        return;
    }
    d->failure.code = d->kind->prepare(&d->job, &d->work, d->kind->user, &d->failure);
}

/* What cannot be committed for a reason of its own ends with it; a failing database leaves the job
 * as it is. False: nothing more is to be done now. */
static bool write_end(doing *d)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = store_write(d->h->store, end, d, &err);
    if (rc != PLATEN_OK && d->failure.code == PLATEN_OK) {
        d->committed = false;
        d->failure = err;
        d->failure.code = rc;
        rc = store_write(d->h->store, end, d, &err);
    }
    if (rc != PLATEN_OK) {
        log_error("run %" PRId64 " cannot be ended: %s", d->job.run, err.text);
    }
    return rc == PLATEN_OK;
}

static bool do_one(here *h)
{
    platen_error err = PLATEN_ERROR_INIT;
    doing d = {.h = h};
    platen_code rc = find(&d, &err);
    if (rc == PLATEN_OK) {
        rc = store_write(h->store, begin, &d, &err);
    }
    if (rc != PLATEN_OK) {
        if (rc != PLATEN_E_NOT_FOUND) {
            log_error("work of the manager: %s", err.text);
        }
        doing_fini(&d);
        return false;
    }
    runs_notify_run(h->runs, d.job.run);
    prepare(&d);
    bool done = write_end(&d);
    if (d.kind != NULL) {
        d.kind->finish(d.work, done && d.committed, d.kind->user);
    }
    runs_settled(h->runs);
    runs_notify_run(h->runs, d.job.run);
    runs_flow_ready(h->runs, d.job.run); /* it may be a step of one */
    doing_fini(&d);
    return done;
}

/* ---- the thread ---- */

static void *work(void *user)
{
    here *h = user;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping) {
        h->news = false;
        pthread_mutex_unlock(&h->lock);
        bool more = do_one(h);
        pthread_mutex_lock(&h->lock);
        if (!more && !h->stopping && !h->news) {
            struct timespec until;
            (void)clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += LOOK_S;
            (void)pthread_cond_timedwait(&h->wake, &h->lock, &until);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

platen_code here_start(here *h, platen_error *err)
{
    int failed = pthread_create(&h->thread, NULL, work, h);
    h->started = failed == 0;
    return failed == 0 ? PLATEN_OK
                       : error_sys(err, PLATEN_E_IO, failed,
                                   "cannot start the thread of the manager's own work");
}

void here_stop(here *h)
{
    if (h != NULL && h->started) {
        pthread_mutex_lock(&h->lock);
        h->stopping = true;
        pthread_cond_signal(&h->wake);
        pthread_mutex_unlock(&h->lock);
        pthread_join(h->thread, NULL);
        h->started = false;
    }
}

void here_free(here *h)
{
    if (h != NULL) {
        here_stop(h);
        pthread_cond_destroy(&h->wake);
        pthread_mutex_destroy(&h->lock);
        free(h);
    }
}
