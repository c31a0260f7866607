/*
 * Tasks that are due besides their schedule: built-in ones that look at new devices, after a run
 * that has registered some. It stands in the task's row, written by the transaction that ends the
 * run and taken back by the one that makes the task's run, so a crash neither loses it nor does it
 * twice. While the task runs it waits: that run does not have the new devices.
 */
#include "core/run/run_private.h"
#include "run_sql.h"

static platen_code read_added(store_conn *conn, int64_t run, int64_t *added, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_added, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    *added = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

static platen_code make_due(store_conn *conn, const task_kind *kind, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_extra_due, &st, err));
    store_bind_text(st, "kind", kind->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code run_after_registering(store_conn *conn, int64_t run, platen_error *err)
{
    const task_kind *kind = NULL;
    int64_t added = 0;
    PLATEN_TRY(read_added(conn, run, &added, err));
    for (size_t i = 0; added > 0 && (kind = kind_at(i)) != NULL; i++) {
        if ((kind->flags & KIND_AFTER) != 0) {
            PLATEN_TRY(make_due(conn, kind, err));
        }
    }
    return PLATEN_OK;
}

platen_code task_extra_over(store_conn *conn, int64_t task, bool *was, platen_error *err)
{
    int64_t changes = 0;
    PLATEN_TRY(run_simple(conn, &sql_task_extra_over, "id", task, &changes, err));
    if (was != NULL) {
        *was = changes > 0;
    }
    return PLATEN_OK;
}
