/*
 * Statements: the cache of a connection, binding, stepping, columns. Both back ends stand below;
 * a connection and its statements belong to one thread at a time, so there is no lock.
 */
#include "core/store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/store/store_internal.h"

#define LOG_SOURCE "store"

platen_code store_conn_init(store_conn *conn, store *s, const store_engine *engine, bool writer)
{
    conn->store = s;
    conn->engine = engine;
    conn->writer = writer;
    conn->epoch = atomic_load(&s->epoch);
    conn->named = map_new();
    conn->texts = map_new();
    return conn->named != NULL && conn->texts != NULL ? PLATEN_OK : PLATEN_E_NOMEM;
}

static void stmt_finalize(store_stmt *stmt)
{
    free(stmt->text);
    free(stmt->label);
    stmt->text = NULL;
    stmt->label = NULL;
    stmt->conn->engine->finalize(stmt);
}

static void value_finalize(void *value)
{
    stmt_finalize(value);
}

void store_conn_fini(store_conn *conn)
{
    store_conn_settle(conn);
    map_free(conn->named, value_finalize);
    map_free(conn->texts, value_finalize);
    conn->named = NULL;
    conn->texts = NULL;
    conn->text_first = conn->text_last = NULL;
}

void store_conn_forget(store_conn *conn)
{
    map *named = map_new();
    map *texts = map_new();
    if (named == NULL || texts == NULL) {
        map_free(named, NULL);
        map_free(texts, NULL);
        return; /* SQLite prepares anew by itself; PostgreSQL says so and the connection goes */
    }
    store_conn_fini(conn);
    conn->named = named;
    conn->texts = texts;
}

void store_conn_settle(store_conn *conn)
{
    while (conn->out != NULL) {
        log_warning("statement '%s' was not reset", conn->out->label);
        store_reset(conn->out);
    }
}

platen_code store_conn_fail(store_conn *conn, platen_code code, const char *text)
{
    if (conn->failed == PLATEN_OK) {
        conn->failed = code;
        snprintf(conn->failed_text, sizeof conn->failed_text, "%s", text);
    }
    return code;
}

store_dialect store_conn_dialect(const store_conn *conn)
{
    return conn->engine->dialect;
}

/* ---- the cache ---- */

static void text_unlink(store_conn *conn, store_stmt *stmt)
{
    *(stmt->text_prev != NULL ? &stmt->text_prev->text_next : &conn->text_first) = stmt->text_next;
    *(stmt->text_next != NULL ? &stmt->text_next->text_prev : &conn->text_last) = stmt->text_prev;
    stmt->text_prev = stmt->text_next = NULL;
}

static void text_link_last(store_conn *conn, store_stmt *stmt)
{
    stmt->text_prev = conn->text_last;
    stmt->text_next = NULL;
    *(conn->text_last != NULL ? &conn->text_last->text_next : &conn->text_first) = stmt;
    conn->text_last = stmt;
}

/* Room for one more text: the one used longest ago goes, unless it is in somebody's hands. */
static void text_evict(store_conn *conn)
{
    store_stmt *stmt = conn->text_first;
    while (map_count(conn->texts) > STORE_TEXT_CACHE && stmt != NULL) {
        store_stmt *next = stmt->text_next;
        if (!stmt->out) {
            map_remove(conn->texts, stmt->text, strlen(stmt->text));
            text_unlink(conn, stmt);
            stmt_finalize(stmt);
        }
        stmt = next;
    }
}

static platen_code hand_out(store_conn *conn, store_stmt *stmt, store_stmt **out)
{
    stmt->out = true;
    stmt->out_prev = NULL;
    stmt->out_next = conn->out;
    if (conn->out != NULL) {
        conn->out->out_prev = stmt;
    }
    conn->out = stmt;
    *out = stmt;
    return PLATEN_OK;
}

static platen_code stmt_new(store_conn *conn, const char *label, const char *text, bool lasting,
                            store_stmt **out, platen_error *err)
{
    char *name = strdup(label);
    if (name == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    platen_code code = conn->engine->prepare(conn, text, lasting, out, label, err);
    if (code != PLATEN_OK) {
        free(name);
        return code;
    }
    (*out)->conn = conn;
    (*out)->label = name;
    (*out)->lasting = lasting;
    return PLATEN_OK;
}

platen_code store_prepare(store_conn *conn, const store_sql *sql, store_stmt **stmt,
                          platen_error *err)
{
    store_stmt *found = map_get(conn->named, &sql, sizeof sql);
    if (found != NULL && !found->out) {
        return hand_out(conn, found, stmt);
    }
    /* The same statement inside a walk over its own rows: one for the moment. */
    bool lasting = found == NULL;
    const char *text = conn->engine->dialect == STORE_SQLITE ? sql->sqlite : sql->pgsql;
    PLATEN_TRY(stmt_new(conn, sql->name, text, lasting, &found, err));
    if (lasting && !map_set(conn->named, &sql, sizeof sql, found, NULL)) {
        stmt_finalize(found);
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    return hand_out(conn, found, stmt);
}

platen_code store_prepare_text(store_conn *conn, const char *text, store_stmt **stmt,
                               platen_error *err)
{
    size_t length = strlen(text);
    store_stmt *found = map_get(conn->texts, text, length);
    if (found != NULL && !found->out) {
        text_unlink(conn, found);
        text_link_last(conn, found);
        return hand_out(conn, found, stmt);
    }
    bool lasting = found == NULL;
    PLATEN_TRY(stmt_new(conn, "a query", text, lasting, &found, err));
    if (lasting) {
        found->text = strdup(text);
        if (found->text == NULL || !map_set(conn->texts, text, length, found, NULL)) {
            stmt_finalize(found);
            return error_set(err, PLATEN_E_NOMEM, "no memory");
        }
        text_link_last(conn, found);
    }
    hand_out(conn, found, stmt);
    text_evict(conn);
    return PLATEN_OK;
}

void store_reset(store_stmt *stmt)
{
    if (stmt == NULL || !stmt->out) {
        return;
    }
    store_conn *conn = stmt->conn;
    if (stmt->state != STMT_FRESH) {
        conn->engine->rewind(stmt);
        stmt->state = STMT_FRESH;
    }
    conn->engine->unbind(stmt);
    stmt->bind_code = PLATEN_OK;
    *(stmt->out_prev != NULL ? &stmt->out_prev->out_next : &conn->out) = stmt->out_next;
    if (stmt->out_next != NULL) {
        stmt->out_next->out_prev = stmt->out_prev;
    }
    stmt->out = false;
    if (!stmt->lasting) {
        stmt_finalize(stmt);
    }
}

/* ---- binding ---- */

static void bind_fail(store_stmt *stmt, platen_code code, const char *name, const char *why)
{
    if (stmt->bind_code == PLATEN_OK) {
        stmt->bind_code = code;
        snprintf(stmt->bind_text, sizeof stmt->bind_text, "parameter '%s' %s", name, why);
    }
}

static void bind_value(store_stmt *stmt, const char *name, const store_value *value)
{
    if (stmt->state != STMT_FRESH) {
        stmt->conn->engine->rewind(stmt);
        stmt->state = STMT_FRESH;
    }
    platen_code code = stmt->conn->engine->bind(stmt, name, value);
    if (code == PLATEN_E_NOT_FOUND) {
        bind_fail(stmt, PLATEN_E_INTERNAL, name, "is not in the statement");
    } else if (code != PLATEN_OK) {
        bind_fail(stmt, code, name, "has no memory or is too large");
    }
}

void store_bind_i64(store_stmt *stmt, const char *name, int64_t value)
{
    bind_value(stmt, name, &(store_value){.kind = STORE_I64, .i64 = value});
}

void store_bind_double(store_stmt *stmt, const char *name, double value)
{
    bind_value(stmt, name, &(store_value){.kind = STORE_DOUBLE, .real = value});
}

void store_bind_text(store_stmt *stmt, const char *name, const char *value)
{
    if (value == NULL) {
        store_bind_null(stmt, name);
        return;
    }
    size_t length = strlen(value);
    /* PostgreSQL refuses it; SQLite would keep it and every reader would trip over it later. */
    if (!text_is_utf8(value, length)) {
        bind_fail(stmt, PLATEN_E_INVAL, name, "is not UTF-8");
        return;
    }
    bind_value(stmt, name, &(store_value){.kind = STORE_TEXT, .data = value, .length = length});
}

void store_bind_blob(store_stmt *stmt, const char *name, const void *data, size_t length)
{
    bind_value(stmt, name, &(store_value){.kind = STORE_BLOB, .data = data, .length = length});
}

void store_bind_null(store_stmt *stmt, const char *name)
{
    bind_value(stmt, name, &(store_value){.kind = STORE_NULL});
}

/* ---- running ---- */

static platen_code step(store_stmt *stmt, platen_error *err)
{
    if (stmt->bind_code != PLATEN_OK) {
        store_conn_fail(stmt->conn, stmt->bind_code, stmt->bind_text);
        return error_set(err, stmt->bind_code, "statement '%s': %s", stmt->label, stmt->bind_text);
    }
    if (stmt->state == STMT_DONE) {
        return PLATEN_E_NOT_FOUND;
    }
    store_conn *conn = stmt->conn;
    if (conn->writer && conn->failed != PLATEN_OK && !conn->engine->in_transaction(conn)) {
        /* A full disk has ended SQLite's transaction: this would be kept whatever comes. */
        return error_set(err, conn->failed, "%s", conn->failed_text);
    }
    platen_code code = stmt->conn->engine->step(stmt, err);
    stmt->state = code == PLATEN_OK ? STMT_ROW : STMT_DONE;
    return code;
}

platen_code store_step(store_stmt *stmt, platen_error *err)
{
    return step(stmt, err);
}

platen_code store_run(store_stmt *stmt, int64_t *changes, platen_error *err)
{
    if (stmt->state != STMT_FRESH) {
        stmt->conn->engine->rewind(stmt);
        stmt->state = STMT_FRESH;
    }
    platen_code code = step(stmt, err);
    while (code == PLATEN_OK) {
        code = step(stmt, err);
    }
    /* The rows' end; an error of this code would have come with the first step's text. */
    if (code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    if (changes != NULL) {
        *changes = stmt->conn->engine->changes(stmt);
    }
    return PLATEN_OK;
}

/* ---- columns ---- */

static store_value column_get(store_stmt *stmt, int column)
{
    store_value value = {.kind = STORE_NULL};
    if (stmt->state == STMT_ROW) {
        stmt->conn->engine->column(stmt, column, &value);
    }
    return value;
}

int64_t store_i64(store_stmt *stmt, int column)
{
    store_value value = column_get(stmt, column);
    return value.kind == STORE_I64 ? value.i64 : 0;
}

double store_double(store_stmt *stmt, int column)
{
    store_value value = column_get(stmt, column);
    if (value.kind == STORE_I64) {
        return (double)value.i64;
    }
    return value.kind == STORE_DOUBLE ? value.real : 0.0;
}

const char *store_text(store_stmt *stmt, int column)
{
    store_value value = column_get(stmt, column);
    return value.kind == STORE_TEXT && value.data != NULL ? value.data : "";
}

const void *store_blob(store_stmt *stmt, int column, size_t *length)
{
    store_value value = column_get(stmt, column);
    bool is_blob = value.kind == STORE_BLOB && value.data != NULL;
    *length = is_blob ? value.length : 0;
    return is_blob ? value.data : "";
}

bool store_is_null(store_stmt *stmt, int column)
{
    return column_get(stmt, column).kind == STORE_NULL;
}

int store_columns(store_stmt *stmt)
{
    return stmt->state == STMT_ROW ? stmt->conn->engine->columns(stmt) : 0;
}
