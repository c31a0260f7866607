/*
 * Leases that an agent keeps, gets back or never received. An agent names the jobs that it holds
 * with each question for work; a job that this boot of it has under lease and does not name was in
 * an answer that got lost. Questions are numbered: one that a later one has overtaken waits here
 * for nobody, and what it says of jobs is old.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/run/run_private.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

/* The entry of the agent, made when there is none. */
static run_boot *boot_locked(runs *r, int64_t agent)
{
    for (size_t i = 0; i < r->boot_count; i++) {
        if (r->boots[i].agent == agent) {
            return &r->boots[i];
        }
    }
    run_boot *more = reallocarray(r->boots, r->boot_count + 1, sizeof(*more));
    if (more == NULL) {
        return NULL;
    }
    r->boots = more;
    more[r->boot_count] = (run_boot){.agent = agent};
    return &more[r->boot_count++];
}

platen_code runs_note_boot(runs *r, int64_t agent, const char *boot, platen_error *err)
{
    uint64_t hash = hash_bytes(boot, strlen(boot));
    pthread_mutex_lock(&r->lock);
    run_boot *b = boot_locked(r, agent);
    if (b != NULL && b->boot != hash) {
        *b = (run_boot){.agent = agent, .boot = hash};
    }
    pthread_mutex_unlock(&r->lock);
    return b != NULL ? PLATEN_OK
                     : error_set(err, PLATEN_E_NOMEM, "no memory for agent %" PRId64, agent);
}

void runs_asked(runs *r, int64_t agent, const char *boot, int64_t number)
{
    uint64_t hash = hash_bytes(boot, strlen(boot));
    pthread_mutex_lock(&r->lock);
    run_boot *b = boot_locked(r, agent);
    if (b != NULL && b->boot == 0) { /* as after a start of the manager */
        b->boot = hash;
    }
    if (b != NULL && b->boot == hash && b->asked < number) {
        b->asked = number;
    }
    pthread_mutex_unlock(&r->lock);
}

bool runs_ask_is_over(runs *r, const lease_ask *ask)
{
    uint64_t hash = hash_bytes(ask->boot, strlen(ask->boot));
    bool over = false;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->boot_count; i++) {
        const run_boot *b = &r->boots[i];
        over = over || (b->agent == ask->agent && b->boot != 0 &&
                        (b->boot != hash || (ask->number != 0 && b->asked > ask->number)));
    }
    pthread_mutex_unlock(&r->lock);
    return over;
}

/* ---- on the writer ---- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool has(const int64_t *sorted, size_t count, int64_t id)
{
    return count > 0 && bsearch(&id, sorted, count, sizeof(id), by_value) != NULL;
}

/* What it held all the time although its lease had ended, as after an hour without a manager. */
static platen_code take_back(store_conn *conn, const lease_ask *ask, int64_t now, platen_error *err)
{
    for (size_t i = 0; i < ask->held_count; i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_job_take_back, &st, err));
        store_bind_i64(st, "until", now + LEASE_MS);
        store_bind_i64(st, "id", ask->held[i]);
        store_bind_i64(st, "agent", ask->agent);
        store_bind_text(st, "boot", ask->boot);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static platen_code read_leased(store_conn *conn, const lease_ask *ask, int64_t **ids, size_t *count,
                               platen_error *err)
{
    store_stmt *st = NULL;
    size_t room = 0;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_jobs_leased, &st, err));
    store_bind_i64(st, "agent", ask->agent);
    store_bind_text(st, "boot", ask->boot);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (*count == room) {
            room = room == 0 ? 64 : room * 2;
            int64_t *more = reallocarray(*ids, room, sizeof(*more));
            if (more == NULL) {
                rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu leases", room);
                break;
            }
            *ids = more;
        }
        (*ids)[(*count)++] = store_i64(st, 0);
    }
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND && *count > 1) {
        qsort(*ids, *count, sizeof(**ids), by_value);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code compare(store_conn *conn, lease_ask *ask, const int64_t *leased, size_t count,
                           platen_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!has(ask->held, ask->held_count, leased[i])) {
            log_warning("job %" PRId64 " never reached agent %" PRId64 ": it is given out again",
                        leased[i], ask->agent);
            PLATEN_TRY(run_simple(conn, &sql_job_release, "id", leased[i], NULL, err));
        }
    }
    ask->over_count = 0;
    for (size_t i = 0; i < ask->held_count; i++) {
        if (!has(leased, count, ask->held[i])) {
            ask->over[ask->over_count++] = ask->held[i];
        }
    }
    return PLATEN_OK;
}

platen_code run_keep_leases(store_conn *conn, lease_ask *ask, int64_t now, platen_error *err)
{
    int64_t *leased = NULL;
    size_t count = 0;
    platen_code rc = PLATEN_OK;
    if (ask->held != NULL) {
        qsort(ask->held, ask->held_count, sizeof(ask->held[0]), by_value);
        rc = take_back(conn, ask, now, err);
        if (rc == PLATEN_OK) {
            rc = read_leased(conn, ask, &leased, &count, err);
        }
        if (rc == PLATEN_OK) {
            rc = compare(conn, ask, leased, count, err);
        }
        free(leased);
        PLATEN_TRY(rc);
    }
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_renew, &st, err));
    store_bind_i64(st, "until", now + LEASE_MS);
    store_bind_i64(st, "agent", ask->agent);
    store_bind_text(st, "boot", ask->boot);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}
