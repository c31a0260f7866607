/* See tell.h: what a feature does with a result is done in the transaction that applies it. */
#include "core/run/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

typedef struct telling {
    const kind_hooks *hooks;
    kind_outcome outcome;
} telling;

static const char *or_else(const char *text, const char *fallback)
{
    return text != NULL ? text : fallback;
}

static platen_code tell(store_conn *conn, void *user, platen_error *err)
{
    const telling *t = user;
    return t->hooks->done(conn, &t->outcome, t->hooks->user, err);
}

static bool is_told(const run_told *told)
{
    return told->kind != NULL && told->kind->hooks != NULL && told->kind->hooks->done != NULL &&
           !told->preview;
}

static telling make(const run_told *told, const target_row *row)
{
    return (telling){.hooks = told->kind->hooks,
                     .outcome = {.run = row->run,
                                 .job = row->job,
                                 .device = row->device,
                                 .started = row->started,
                                 .ended = row->ended,
                                 .kind = told->kind->id,
                                 .state = row->state,
                                 .code = or_else(row->code, ""),
                                 .text = or_else(row->text, ""),
                                 .params = or_else(row->params, "{}"),
                                 .changes = or_else(row->changes, "[]"),
                                 .settings = or_else(told->settings, "{}"),
                                 .data = or_else(told->data, ""),
                                 .data_length = told->data != NULL ? told->data_length : 0}};
}

platen_code run_tell_kind(store_conn *conn, run_told *told, target_row *row, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    bool undone = false;
    if (!is_told(told)) {
        return PLATEN_OK;
    }
    telling t = make(told, row);
    platen_code rc = store_apart(conn, tell, &t, &undone, &why);
    if (rc == PLATEN_OK) {
        return PLATEN_OK;
    }
    if (!undone) {
        return error_set(err, rc, "%s", why.text);
    }
    log_warning("'%s' does not take the result of device %" PRId64 " in run %" PRId64 ": %s",
                told->kind->id, row->device, row->run, why.text);
    (void)snprintf(told->text, sizeof(told->text), "%s", why.text);
    row->state = run_states[run_state_index("error")];
    row->code = error_word(rc);
    row->text = told->text;
    return PLATEN_OK;
}

typedef struct telling_all {
    telling each;
    const int64_t *ids;
    size_t count;
} telling_all;

static platen_code tell_all(store_conn *conn, void *user, platen_error *err)
{
    telling_all *all = user;
    for (size_t i = 0; i < all->count; i++) {
        all->each.outcome.device = all->ids[i];
        PLATEN_TRY(tell(conn, &all->each, err));
    }
    return PLATEN_OK;
}

platen_code run_tell_end(store_conn *conn, run_told *told, const target_row *row,
                         const int64_t *ids, size_t count, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    bool undone = false;
    if (!is_told(told) || count == 0) {
        return PLATEN_OK;
    }
    telling_all all = {.each = make(told, row), .ids = ids, .count = count};
    platen_code rc = store_apart(conn, tell_all, &all, &undone, &why);
    if (rc != PLATEN_OK && !undone) {
        return error_set(err, rc, "%s", why.text);
    }
    for (size_t i = 0; rc != PLATEN_OK && i < count; i++) { /* each by itself, then */
        target_row shown = *row;
        shown.device = ids[i];
        PLATEN_TRY(run_tell_kind(conn, told, &shown, err));
    }
    return PLATEN_OK;
}

platen_code run_told_of(store_conn *conn, int64_t run, run_told *told, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_kind, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *told = (run_told){.kind = kind_find(store_text(st, 0)),
                           .preview = strcmp(store_text(st, 1), "preview") == 0};
    }
    store_reset(st);
    return rc;
}
