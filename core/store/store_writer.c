/*
 * The writer: one thread, one connection, one transaction for all that waits (group commit). It
 * owns store.writer; `write_mutex` guards the queue and is never held across SQL or a function of
 * a caller.
 */
#include "core/store/store_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "store"

/* A group ends after this many functions or this much time: callers wait for its commit, and
 * the write-ahead log must not grow without bound. */
#define GROUP_FUNCTIONS 2000
#define GROUP_US 50000
#define QUEUE_LIMIT 10000

/* What goes along with this thread's writes. */
static _Thread_local store_follower *following;

static void job_init(write_job *job, store_write_fn fn, void *user)
{
    memset(job, 0, sizeof *job);
    job->fn = fn;
    job->user = user;
    job->error.size = (uint32_t)sizeof job->error;
    pthread_cond_init(&job->wake, NULL);
}

/* ---- the queue ---- */

/* Takes the next job, or NULL: when `wait` is not set and nothing is there, or when the store is
 * closing and all is done. A job for itself is only taken as the first of a group. */
static write_job *queue_take(store *s, bool wait)
{
    pthread_mutex_lock(&s->write_mutex);
    while (wait && s->queue_first == NULL && !s->closing) {
        pthread_cond_wait(&s->write_added, &s->write_mutex);
    }
    write_job *job = s->queue_first;
    if (job != NULL && job->alone && !wait) {
        job = NULL;
    }
    if (job != NULL) {
        s->queue_first = job->next;
        if (s->queue_first == NULL) {
            s->queue_last = NULL;
        }
        job->next = NULL;
        if (s->queued-- == QUEUE_LIMIT) {
            pthread_cond_broadcast(&s->write_room);
        }
    }
    pthread_mutex_unlock(&s->write_mutex);
    return job;
}

static void queue_add_locked(store *s, write_job *job)
{
    if (s->queue_last != NULL) {
        s->queue_last->next = job;
    } else {
        s->queue_first = job;
        pthread_cond_signal(&s->write_added);
    }
    s->queue_last = job;
    s->queued++;
}

/* ---- a group ---- */

static void job_fail(write_job *job, platen_code code, const platen_error *error)
{
    if (job->code == PLATEN_OK) {
        job->code = code;
        job->error = *error;
    }
}

/* Runs one function inside the open transaction. PLATEN_OK also when it failed and was taken
 * back, to its savepoint or with the whole transaction when it has none; anything else means that
 * the transaction is gone. */
static platen_code job_run(store_conn *conn, write_job *job, bool saved, platen_error *err)
{
    conn->failed = PLATEN_OK;
    job->code = job->fn(conn, job->user, &job->error);
    if (job->code == PLATEN_OK && conn->failed == PLATEN_OK && job->follower != NULL) {
        job->code = job->follower->fn(conn, job->follower->user, &job->error);
    }
    store_conn_settle(conn);
    if (job->code == PLATEN_OK && conn->failed != PLATEN_OK) {
        /* PostgreSQL takes nothing more after a failed statement; so it is the same on both. */
        job->code = error_set(&job->error, conn->failed, "%s", conn->failed_text);
    }
    if (job->code == PLATEN_OK) {
        return PLATEN_OK;
    }
    job->error.code = (uint32_t)job->code;
    if (!conn->engine->alive(conn) || !conn->engine->in_transaction(conn)) {
        /* A full disk or a lost connection ends the transaction of all. */
        return error_set(err, conn->failed != PLATEN_OK ? conn->failed : PLATEN_E_STORE, "%s",
                         conn->failed != PLATEN_OK ? conn->failed_text : "the transaction ended");
    }
    return conn->engine->command(conn, saved ? STORE_UNDO : STORE_ROLLBACK, err);
}

/* The writer's connection with a transaction; a lost connection is made anew once. */
static platen_code group_begin(store *s, store_command command, platen_error *err)
{
    if (s->writer != NULL) {
        platen_code code = s->engine->command(s->writer, command, err);
        if (code == PLATEN_OK || (s->engine->alive(s->writer) && !s->writer->broken)) {
            return code;
        }
        s->engine->disconnect(s->writer);
        s->writer = NULL;
    }
    PLATEN_TRY(s->engine->connect(s, true, &s->writer, err));
    return s->engine->command(s->writer, command, err);
}

/*
 * A transaction, or within it the savepoint, for the next function. While nothing is kept yet none
 * is needed: SQLite copies each page that changes behind a savepoint, which is half of what writing
 * a batch of devices costs.
 */
static platen_code job_begin(store *s, bool alone, unsigned kept, bool *saved, platen_error *err)
{
    if (kept == 0) {
        return group_begin(s, alone ? STORE_BEGIN_ALONE : STORE_BEGIN_WRITE, err);
    }
    platen_code code = s->engine->command(s->writer, *saved ? STORE_NEXT : STORE_SAVE, err);
    *saved = true;
    return code;
}

/* Tells everybody how it went. The list is the writer's own by now. */
static void group_finish(store *s, write_job *jobs)
{
    write_job *left = NULL;
    write_job **end = &left;
    pthread_mutex_lock(&s->write_mutex);
    while (jobs != NULL) {
        write_job *job = jobs;
        jobs = job->next;
        job->next = NULL;
        if (job->waited) {
            /* Its stack may be gone as soon as the mutex is. */
            job->finished = true;
            pthread_cond_signal(&job->wake);
        } else {
            *end = job;
            end = &job->next;
        }
    }
    pthread_mutex_unlock(&s->write_mutex);
    while (left != NULL) {
        write_job *job = left;
        left = job->next;
        if (job->done != NULL) {
            job->done(job->code, &job->error, job->user);
        } else if (job->code != PLATEN_OK) {
            log_error("a write that nobody waits for failed: %s", job->error.text);
        }
        pthread_cond_destroy(&job->wake);
        free(job);
    }
}

/* Runs `first` and what waits behind it in one transaction, then tells their callers. */
static void group_run(store *s, write_job *first)
{
    bool alone = first->alone;
    int64_t until = clock_mono_us() + GROUP_US;
    unsigned count = 0;
    unsigned kept = 0;
    write_job *last = first;
    platen_error error = PLATEN_ERROR_INIT;
    platen_code code = PLATEN_OK;
    bool saved = false;

    for (write_job *job = first; job != NULL && code == PLATEN_OK;) {
        code = job_begin(s, alone, kept, &saved, &error);
        code = code == PLATEN_OK ? job_run(s->writer, job, saved, &error) : code;
        kept += code == PLATEN_OK && job->code == PLATEN_OK ? 1 : 0;
        count++;
        job = NULL;
        if (code == PLATEN_OK && !alone && count < GROUP_FUNCTIONS && clock_mono_us() < until) {
            job = queue_take(s, false);
        }
        if (job != NULL) {
            last->next = job;
            last = job;
        }
    }
    if (code == PLATEN_OK && kept > 0) {
        code = s->engine->command(s->writer, alone ? STORE_COMMIT_ALONE : STORE_COMMIT, &error);
    }
    if (code == PLATEN_OK && kept > 0) {
        if (alone) {
            atomic_fetch_add(&s->epoch, 1);
        }
        atomic_fetch_add_explicit(&s->version, 1, memory_order_release);
    } else if (s->writer != NULL) {
        s->engine->command(s->writer, STORE_ROLLBACK, NULL);
    }
    for (write_job *job = first; job != NULL && code != PLATEN_OK; job = job->next) {
        job_fail(job, code, &error);
    }
    if (alone && s->writer != NULL) {
        store_conn_forget(s->writer);
    }
    group_finish(s, first);
}

static void *writer_main(void *argument)
{
    store *s = argument;
    pthread_setname_np(pthread_self(), "store-writer");
    for (write_job *job = queue_take(s, true); job != NULL; job = queue_take(s, true)) {
        group_run(s, job);
    }
    return NULL;
}

platen_code store_writer_start(store *s, platen_error *err)
{
    int failed = pthread_create(&s->thread, NULL, writer_main, s);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_NOMEM, failed, "cannot start the database's writer thread");
    }
    s->thread_started = true;
    return PLATEN_OK;
}

void store_writer_stop(store *s)
{
    if (!s->thread_started) {
        return;
    }
    pthread_mutex_lock(&s->write_mutex);
    s->closing = true;
    pthread_cond_broadcast(&s->write_added);
    pthread_cond_broadcast(&s->write_room);
    pthread_mutex_unlock(&s->write_mutex);
    pthread_join(s->thread, NULL);
    s->thread_started = false;
}

/* ---- within a function ---- */

platen_code store_apart(store_conn *conn, store_write_fn fn, void *user, bool *undone,
                        platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    *undone = false;
    if (conn->failed != PLATEN_OK) { /* all of it will be taken back */
        return error_set(err, conn->failed, "%s", conn->failed_text);
    }
    PLATEN_TRY(conn->engine->command(conn, STORE_APART, err));
    platen_code code = fn(conn, user, &why);
    if (code == PLATEN_OK && conn->failed != PLATEN_OK) {
        code = error_set(&why, conn->failed, "%s", conn->failed_text);
    }
    if (code == PLATEN_OK) {
        return conn->engine->command(conn, STORE_APART_KEEP, err);
    }
    if (conn->engine->alive(conn) && conn->engine->in_transaction(conn)) {
        PLATEN_TRY(conn->engine->command(conn, STORE_APART_UNDO, err));
        conn->failed = PLATEN_OK;
        *undone = true;
    }
    return error_set(err, code, "%s", why.text);
}

/* ---- callers ---- */

static platen_code write_wait(store *s, write_job *job, platen_error *err)
{
    assert(!pthread_equal(pthread_self(), s->thread));
    job->waited = true;
    pthread_mutex_lock(&s->write_mutex);
    if (s->closing) {
        pthread_mutex_unlock(&s->write_mutex);
        pthread_cond_destroy(&job->wake);
        return error_set(err, PLATEN_E_CANCELLED, "the database is being closed");
    }
    queue_add_locked(s, job);
    while (!job->finished) {
        pthread_cond_wait(&job->wake, &s->write_mutex);
    }
    pthread_mutex_unlock(&s->write_mutex);
    pthread_cond_destroy(&job->wake);
    if (job->code != PLATEN_OK && err != NULL) {
        *err = job->error;
    }
    return job->code;
}

platen_code store_write(store *s, store_write_fn fn, void *user, platen_error *err)
{
    write_job job;
    job_init(&job, fn, user);
    job.follower = following != NULL && !following->done ? following : NULL;
    platen_code code = write_wait(s, &job, err);
    if (code == PLATEN_OK && job.follower != NULL) {
        job.follower->done = true;
    }
    return code;
}

void store_follow(store_follower *follower)
{
    following = follower;
}

platen_code store_write_alone(store *s, store_write_fn fn, void *user, platen_error *err)
{
    write_job job;
    job_init(&job, fn, user);
    job.alone = true;
    return write_wait(s, &job, err);
}

platen_code store_write_later(store *s, store_write_fn fn, void *user,
                              void (*done)(platen_code code, const platen_error *err, void *user),
                              platen_error *err)
{
    write_job *job = malloc(sizeof *job);
    if (job == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    job_init(job, fn, user);
    job->done = done;
    pthread_mutex_lock(&s->write_mutex);
    /* The writer itself (from a done function) would wait for ever for the room it makes. */
    while (s->queued >= QUEUE_LIMIT && !s->closing && !pthread_equal(pthread_self(), s->thread)) {
        pthread_cond_wait(&s->write_room, &s->write_mutex);
    }
    if (s->closing) {
        pthread_mutex_unlock(&s->write_mutex);
        pthread_cond_destroy(&job->wake);
        free(job);
        return error_set(err, PLATEN_E_CANCELLED, "the database is being closed");
    }
    queue_add_locked(s, job);
    pthread_mutex_unlock(&s->write_mutex);
    return PLATEN_OK;
}
