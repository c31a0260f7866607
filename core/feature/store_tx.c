/*
 * Transactions of plugins: store/1's read() and write(), and those that the host lends to a
 * callback. A statement's handle outlives its reset() within the transaction, so that a mistake of
 * the plugin meets an empty handle and not somebody else's statement.
 */
#include "core/feature/iface_store.h"

#include <string.h>

/* Of this thread: a second one would wait for itself. */
static _Thread_local const platen_tx *open_here;

store_conn *feature_tx_here(void)
{
    return open_here != NULL ? open_here->conn : NULL;
}

platen_code feature_refuse_in_tx(const char *what, platen_error *err)
{
    return open_here != NULL
               ? error_set(err, PLATEN_E_STATE, "%s cannot be called within a transaction", what)
               : PLATEN_OK;
}

platen_code feature_tx_run(const feature_plugin *p, store_conn *conn, bool writes, platen_tx_fn fn,
                           void *user, platen_error *err)
{
    platen_tx tx = {.plugin = p, .conn = conn, .writes = writes};
    platen_error why = PLATEN_ERROR_INIT;
    open_here = &tx;
    platen_code rc = fn(&tx, user, &why);
    open_here = NULL;
    for (size_t i = 0; i < PLATEN_ROWS_OPEN; i++) {
        store_reset(tx.rows[i].st);
    }
    return feature_result(p, rc, &why, err);
}

store_conn *feature_tx_conn(const platen_tx *tx)
{
    return tx->conn;
}

/* ---- read() and write() ---- */

typedef struct work {
    const feature_plugin *plugin;
    platen_tx_fn fn;
    void *user;
} work;

static platen_code begin(platen_ctx *ctx, const char *what, platen_tx_fn fn, work *w, void *user,
                         platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, what, &p, err));
    PLATEN_TRY(feature_refuse_in_tx(what, err));
    if (fn == NULL) {
        return error_set(err, PLATEN_E_INVAL, "%s without a function", what);
    }
    *w = (work){p, fn, user};
    return PLATEN_OK;
}

platen_code feature_tx_read(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err)
{
    work w;
    store_conn *conn = NULL;
    PLATEN_TRY(begin(ctx, "read()", fn, &w, user, err));
    PLATEN_TRY(store_read(w.plugin->owner->store, &conn, err));
    platen_code rc = feature_tx_run(w.plugin, conn, false, fn, user, err);
    store_read_end(conn);
    return rc;
}

static platen_code run_write(store_conn *conn, void *user, platen_error *err)
{
    const work *w = user;
    return feature_tx_run(w->plugin, conn, true, w->fn, w->user, err);
}

platen_code feature_tx_write(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err)
{
    work w;
    PLATEN_TRY(begin(ctx, "write()", fn, &w, user, err));
    return store_write(w.plugin->owner->store, run_write, &w, err);
}

/* ---- statements ---- */

platen_code feature_tx_prepare(platen_tx *tx, const char *name, platen_rows **rows,
                               platen_error *err)
{
    if (tx == NULL || name == NULL || rows == NULL) {
        return error_set(err, PLATEN_E_INVAL, "prepare() without a transaction, name or rows");
    }
    *rows = NULL;
    const feature_tables *t = tx->plugin->tables;
    const table_statement *s = t != NULL ? map_get(t->statements, name, strlen(name)) : NULL;
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "plugin '%s' has no statement '%.63s'",
                         tx->plugin->name, name);
    }
    if (s->writes && !tx->writes) {
        return error_set(err, PLATEN_E_STATE, "statement '%s' writes: it runs in write()",
                         s->sql.name);
    }
    for (size_t i = 0; i < PLATEN_ROWS_OPEN; i++) {
        if (tx->rows[i].st == NULL) {
            PLATEN_TRY(store_prepare(tx->conn, &s->sql, &tx->rows[i].st, err));
            tx->rows[i].tx = tx;
            *rows = &tx->rows[i];
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_TOO_LARGE, "statement '%s' is one more than %u in use",
                     s->sql.name, PLATEN_ROWS_OPEN);
}

static bool usable(const platen_rows *rows, const char *param)
{
    return rows != NULL && rows->st != NULL && param != NULL;
}

void feature_rows_bind_i64(platen_rows *rows, const char *param, int64_t value)
{
    if (usable(rows, param)) {
        store_bind_i64(rows->st, param, value);
    }
}

void feature_rows_bind_real(platen_rows *rows, const char *param, double value)
{
    if (usable(rows, param)) {
        store_bind_double(rows->st, param, value);
    }
}

void feature_rows_bind_text(platen_rows *rows, const char *param, const char *value)
{
    if (usable(rows, param)) {
        store_bind_text(rows->st, param, value);
    }
}

void feature_rows_bind_blob(platen_rows *rows, const char *param, const void *data, size_t length)
{
    if (usable(rows, param) && data != NULL) {
        store_bind_blob(rows->st, param, data, length);
    } else if (usable(rows, param)) {
        store_bind_null(rows->st, param);
    }
}

void feature_rows_bind_null(platen_rows *rows, const char *param)
{
    if (usable(rows, param)) {
        store_bind_null(rows->st, param);
    }
}

static platen_code check_rows(const platen_rows *rows, platen_error *err)
{
    return usable(rows, "") ? PLATEN_OK
                            : error_set(err, PLATEN_E_STATE, "the statement is not prepared");
}

platen_code feature_rows_run(platen_rows *rows, int64_t *changes, platen_error *err)
{
    PLATEN_TRY(check_rows(rows, err));
    return store_run(rows->st, changes, err);
}

platen_code feature_rows_step(platen_rows *rows, platen_error *err)
{
    PLATEN_TRY(check_rows(rows, err));
    return store_step(rows->st, err);
}

static bool has_column(const platen_rows *rows, uint32_t column)
{
    return usable(rows, "") && column < (uint32_t)store_columns(rows->st);
}

int64_t feature_rows_i64(platen_rows *rows, uint32_t column)
{
    return has_column(rows, column) ? store_i64(rows->st, (int)column) : 0;
}

double feature_rows_real(platen_rows *rows, uint32_t column)
{
    return has_column(rows, column) ? store_double(rows->st, (int)column) : 0.0;
}

const char *feature_rows_text(platen_rows *rows, uint32_t column)
{
    return has_column(rows, column) ? store_text(rows->st, (int)column) : "";
}

const void *feature_rows_blob(platen_rows *rows, uint32_t column, size_t *length)
{
    size_t got = 0;
    const void *data = has_column(rows, column) ? store_blob(rows->st, (int)column, &got) : "";
    if (length != NULL) {
        *length = got;
    }
    return data;
}

bool feature_rows_is_null(platen_rows *rows, uint32_t column)
{
    return !has_column(rows, column) || store_is_null(rows->st, (int)column);
}

void feature_rows_reset(platen_rows *rows)
{
    if (rows != NULL && rows->st != NULL) {
        store_reset(rows->st);
        rows->st = NULL;
    }
}
