/* Results of targets: of the run itself, or of a step that a script waits for. */
#include "core/run/target_row.h"

#include <string.h>

#include "run_sql.h"

const char *const run_states[RUN_STATES] = {"success", "warning",   "error",
                                            "timeout", "cancelled", "skipped"};

size_t run_state_index(const char *state)
{
    for (size_t i = 0; i < RUN_STATES; i++) {
        if (strcmp(run_states[i], state) == 0) {
            return i;
        }
    }
    return 2;
}

static const char *or_else(const char *text, const char *fallback)
{
    return text != NULL ? text : fallback;
}

bool target_row_changed(const target_row *row)
{
    return row->changes != NULL && strcmp(row->changes, "[]") != 0;
}

platen_code target_row_put(store_conn *conn, const target_row *row, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, row->device != 0 ? &sql_run_target_put : &sql_run_target_agent,
                             &st, err));
    store_bind_i64(st, "run", row->run);
    store_bind_i64(st, "job", row->job);
    if (row->device != 0) {
        store_bind_i64(st, "device", row->device);
    }
    store_bind_i64(st, "agent", row->agent);
    store_bind_i64(st, "wave", row->wave);
    store_bind_text(st, "state", row->state);
    store_bind_text(st, "code", or_else(row->code, ""));
    store_bind_text(st, "text", or_else(row->text, ""));
    store_bind_text(st, "params", or_else(row->params, "{}"));
    store_bind_text(st, "changes", or_else(row->changes, "[]"));
    store_bind_text(st, "log", or_else(row->log, "[]"));
    if (row->started > 0) {
        store_bind_i64(st, "started", row->started);
    } else {
        store_bind_null(st, "started");
    }
    store_bind_i64(st, "now", row->ended);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code run_counts_add(store_conn *conn, int64_t run, const run_counts *counts,
                           platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_counts, &st, err));
    for (size_t i = 0; i < RUN_STATES; i++) {
        store_bind_i64(st, run_states[i], counts->of[i]);
    }
    store_bind_i64(st, "changed", counts->changed);
    store_bind_i64(st, "added", counts->added);
    store_bind_i64(st, "id", run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code target_row_answer(store_conn *conn, const target_row *row, platen_error *err)
{
    strbuf result;
    json_writer w;
    store_stmt *st = NULL;
    strbuf_init(&result);
    json_init(&w, &result);
    json_object(&w, NULL);
    json_text(&w, "state", row->state);
    json_text(&w, "code", or_else(row->code, ""));
    json_text(&w, "text", or_else(row->text, ""));
    json_raw(&w, "params", or_else(row->params, "{}"));
    json_raw(&w, "changes", or_else(row->changes, "[]"));
    json_object_end(&w);
    platen_code rc = result.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a result")
                                   : store_prepare(conn, &sql_flow_call_done, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "result", result.data);
        store_bind_i64(st, "job", row->job);
        store_bind_i64(st, "device", row->device);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&result);
    return rc;
}
