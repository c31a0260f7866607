/* The run thread: due tasks (due.c), waves, leases and time limits (limits.c), retention. */
#include "core/run/run_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/model/audit.h"
#include "core/model/preference.h"
#include "board_sql.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define FLUSH_MS INT64_C(600000)
#define RETENTION_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)
#define MARK_MS INT64_C(60000)

/* ---- housekeeping ---- */

static platen_code flush_some(store_conn *conn, void *user, platen_error *err)
{
    runs *r = user;
    size_t written = 0;
    return seen_flush(r->seen, conn, 5000, &written, err);
}

typedef struct retention {
    int64_t status_days, counter_days, run_days, audit_days;
    int64_t deleted;
} retention;

static platen_code read_retention(store_conn *conn, retention *r, platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(preference_read(conn, &preference_retention, &tree, err));
    *r = (retention){.status_days = json_get_i64(tree, "status_days", 0),
                     .counter_days = json_get_i64(tree, "counter_days", 0),
                     .run_days = json_get_i64(tree, "run_days", 0),
                     .audit_days = json_get_i64(tree, "audit_days", 0)};
    cJSON_Delete(tree);
    return PLATEN_OK;
}

/* DEV-41, DEV-42, TSK-50: what is older than the preferences say goes, some each hour. */
static platen_code delete_old(store_conn *conn, void *user, platen_error *err)
{
    retention *keep = user;
    int64_t now = clock_now();
    PLATEN_TRY(read_retention(conn, keep, err));
    const struct {
        const store_sql *sql;
        int64_t before;
    } steps[] = {{&sql_runs_delete_old, now - keep->run_days * DAY_MS},
                 {&sql_runs_delete_old_builtin, now - DAY_MS}, /* watching makes many */
                 {&sql_alerts_delete_old, now - keep->status_days * DAY_MS},
                 {&sql_spells_delete_old, now - keep->status_days * DAY_MS},
                 {&sql_counters_delete_old, now - keep->counter_days * DAY_MS},
                 {&sql_page_volume_delete_old, now - keep->counter_days * DAY_MS}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t some = 0;
        PLATEN_TRY(run_simple(conn, steps[i].sql, "before", steps[i].before, &some, err));
        keep->deleted += some;
    }
    return PLATEN_OK;
}

void runs_clean_up(runs *r)
{
    retention keep = {.deleted = 0};
    int64_t entries = 0;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = store_write(r->store, delete_old, &keep, &err);
    if (code == PLATEN_OK) {
        code = audit_expire(audit_of(r->store), keep.audit_days, &entries, &err);
    }
    if (code != PLATEN_OK) {
        log_error("cannot delete what is old: %s", err.text);
    }
    if (keep.deleted + entries > 0) {
        log_info("%" PRId64 " old rows deleted", keep.deleted + entries);
    }
}

static void move_mark(runs *r)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (audit_look(audit_of(r->store), &err) != PLATEN_OK) {
        log_error("the mark of the audit log stays behind: %s", err.text);
    }
}

void *runs_thread(void *user)
{
    runs *r = user;
    int64_t next_limits = clock_mono();
    int64_t next_flush = clock_mono() + FLUSH_MS;
    int64_t next_clean = clock_mono() + 60000;
    int64_t next_mark = clock_mono() + MARK_MS;
    while (!atomic_load(&r->stopping)) {
        int64_t now = clock_mono();
        runs_keep_durations(r);
        runs_start_due(r);
        runs_give_waves(r);
        runs_tell_over(r);
        if (now >= next_limits) {
            next_limits = now + 10000;
            runs_watch_clock(r);
            runs_check_limits(r);
        }
        if (now >= next_flush) {
            next_flush = now + FLUSH_MS;
            (void)store_write(r->store, flush_some, r, NULL);
        }
        if (now >= next_clean) {
            next_clean = now + RETENTION_MS;
            runs_clean_up(r);
        }
        if (now >= next_mark) {
            next_mark = now + MARK_MS;
            move_mark(r);
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        pthread_mutex_lock(&r->lock);
        if (!atomic_load(&r->stopping) && !r->woken) {
            (void)pthread_cond_timedwait(&r->wake, &r->lock, &until);
        }
        r->woken = false;
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}
