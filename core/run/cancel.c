/* Cancelling a run (TSK-51): what has not started is not done any more. */
#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"
#include "run_sql.h"

typedef struct cancel {
    runs *owner;
    int64_t run;
    int64_t agents[64];
    size_t agent_count;
} cancel;

static platen_code cancel_run(store_conn *conn, void *user, platen_error *err)
{
    cancel *c = user;
    store_stmt *st = NULL;
    int64_t now = clock_now();
    PLATEN_TRY(store_prepare(conn, &sql_run_by_id, &st, err));
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_step(st, err);
    bool open =
        rc == PLATEN_OK && !store_is_null(st, 5) &&
        (strcmp(store_text(st, 5), "waiting") == 0 || strcmp(store_text(st, 5), "running") == 0);
    bool builtin = rc == PLATEN_OK && store_i64(st, 4) != 0;
    bool halted = rc == PLATEN_OK && !store_is_null(st, 20);
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
    const run_closing closing = {.owner = c->owner,
                                 .run = c->run,
                                 .only_waiting = true,
                                 .state = halted ? "skipped" : "cancelled",
                                 .code = halted ? "halted" : "cancelled",
                                 .text = halted ? "the run was halted" : "cancelled by a user",
                                 .now = now};
    PLATEN_TRY(run_close(conn, &closing, err));
    PLATEN_TRY(store_prepare(conn, &sql_job_agents_of_run, &st, err));
    store_bind_i64(st, "run", c->run);
    while (c->agent_count < 64 && (rc = store_step(st, err)) == PLATEN_OK) {
        c->agents[c->agent_count++] = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code runs_cancel(runs *r, int64_t run, platen_error *err)
{
    cancel c = {.owner = r, .run = run};
    PLATEN_TRY(store_write(r->store, cancel_run, &c, err));
    runs_notify_run(r, run);
    for (size_t i = 0; i < c.agent_count; i++) {
        runs_notify_agent(r, c.agents[i]);
    }
    runs_flow_ready(r, run);
    return PLATEN_OK;
}
