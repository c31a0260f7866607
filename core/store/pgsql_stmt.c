/*
 * PostgreSQL's statements: prepared on the server, rows one by one as they come, so that a list of
 * 50,000 needs the memory of one. When another statement wants the line meanwhile, the rows that
 * are still coming are kept in memory (parked).
 */
#include "core/store/pgsql.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Types as pg_type numbers them; these are fixed for ever. */
#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_INT2 21
#define OID_INT4 23
#define OID_OID 26
#define OID_FLOAT4 700
#define OID_FLOAT8 701
#define OID_NUMERIC 1700

#define NAME 24

typedef struct parameter {
    char *data; /* kept for the next value */
    size_t capacity;
    size_t length;
    bool is_set;
    bool is_binary;
} parameter;

/* A bytea of the row, as bytes; they stay until the row goes. */
typedef struct decoded {
    struct decoded *next;
    int column;
    size_t length;
    unsigned char *bytes; /* libpq's */
} decoded;

struct pgsql_stmt {
    store_stmt base;
    pgsql_text text;
    char name[NAME]; /* "" when it is not prepared */
    parameter *parameters;
    const char **values; /* three arrays as libpq takes them */
    int *lengths;
    int *formats;
    PGresult *result; /* the row it stands on, as it came from the line */
    PGresult *rest;   /* the parked rows behind it, NULL when none were parked */
    int rest_row;     /* of `rest`, from 1: the row it stands on; 0 is before the first */
    bool started;     /* sent since the last rewind */
    bool lost;        /* parking failed: there were more rows */
    int64_t changes;
    decoded *blobs; /* of this row */
};

/* ---- preparing ---- */

static platen_code server_prepare(pgsql_conn *conn, pgsql_stmt *stmt, const char *label,
                                  platen_error *err)
{
    PLATEN_TRY(pgsql_park(conn, err));
    char name[NAME];
    snprintf(name, sizeof name, "p%" PRIu64, ++conn->prepared);
    PGresult *result = PQprepare(conn->pq, name, stmt->text.text, 0, NULL);
    platen_code code = PLATEN_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        code = pgsql_fail(conn, result, label, err);
    } else {
        memcpy(stmt->name, name, sizeof name);
    }
    PQclear(result);
    return code;
}

platen_code pgsql_prepare(store_conn *base, const char *text, bool lasting, store_stmt **out,
                          const char *label, platen_error *err)
{
    pgsql_conn *conn = (pgsql_conn *)base;
    pgsql_stmt *stmt = calloc(1, sizeof *stmt);
    if (stmt == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    stmt->base.conn = base;
    platen_code code = pgsql_text_init(&stmt->text, text, err);
    if (code == PLATEN_OK) {
        size_t count = stmt->text.count + 1; /* never of no size */
        stmt->parameters = calloc(count, sizeof *stmt->parameters);
        stmt->values = calloc(count, sizeof *stmt->values);
        stmt->lengths = calloc(count, sizeof *stmt->lengths);
        stmt->formats = calloc(count, sizeof *stmt->formats);
        if (stmt->parameters == NULL || stmt->values == NULL || stmt->lengths == NULL ||
            stmt->formats == NULL) {
            code = error_set(err, PLATEN_E_NOMEM, "no memory");
        }
    }
    /* One for the moment is not prepared: taking it back would cost a round trip, and could not
     * be done in a transaction that has failed. */
    if (code == PLATEN_OK && lasting) {
        code = server_prepare(conn, stmt, label, err);
    }
    if (code != PLATEN_OK) {
        pgsql_finalize(&stmt->base);
        return code;
    }
    *out = &stmt->base;
    return PLATEN_OK;
}

void pgsql_finalize(store_stmt *base)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    pgsql_conn *conn = (pgsql_conn *)base->conn;
    pgsql_rewind(base);
    if (stmt->name[0] != '\0' && !base->conn->broken && pgsql_park(conn, NULL) == PLATEN_OK) {
        char text[NAME + 16];
        snprintf(text, sizeof text, "DEALLOCATE %s", stmt->name);
        PQclear(PQexec(conn->pq, text));
    }
    for (size_t i = 0; stmt->parameters != NULL && i < stmt->text.count; i++) {
        free(stmt->parameters[i].data);
    }
    free(stmt->parameters);
    free(stmt->values);
    free(stmt->lengths);
    free(stmt->formats);
    pgsql_text_fini(&stmt->text);
    free(stmt);
}

/* ---- binding ---- */

static bool parameter_set(parameter *p, const void *data, size_t length, bool is_binary)
{
    if (length > INT_MAX - 1) {
        return false;
    }
    if (length + 1 > p->capacity) {
        size_t capacity = length + 1 < 32 ? 32 : length + 1;
        char *grown = realloc(p->data, capacity);
        if (grown == NULL) {
            return false;
        }
        p->data = grown;
        p->capacity = capacity;
    }
    if (length > 0) {
        memcpy(p->data, data, length);
    }
    p->data[length] = '\0';
    p->length = length;
    p->is_set = true;
    p->is_binary = is_binary;
    return true;
}

static const char *double_text(double value, char text[32])
{
    if (isnan(value)) {
        return "NaN";
    }
    if (isinf(value)) {
        return value > 0 ? "Infinity" : "-Infinity";
    }
    snprintf(text, 32, "%.17g", value);
    return text;
}

platen_code pgsql_bind(store_stmt *base, const char *name, const store_value *value)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    char text[32];
    const char *shown = NULL;
    size_t index = 0;
    while (index < stmt->text.count && strcmp(stmt->text.names[index], name) != 0) {
        index++;
    }
    if (index == stmt->text.count) {
        return PLATEN_E_NOT_FOUND;
    }
    parameter *p = &stmt->parameters[index];
    bool done = true;
    switch (value->kind) {
    case STORE_NULL:
        p->is_set = false;
        break;
    case STORE_I64:
        snprintf(text, sizeof text, "%" PRId64, value->i64);
        done = parameter_set(p, text, strlen(text), false);
        break;
    case STORE_DOUBLE:
        shown = double_text(value->real, text);
        done = parameter_set(p, shown, strlen(shown), false);
        break;
    case STORE_TEXT:
        done = parameter_set(p, value->data, value->length, false);
        break;
    case STORE_BLOB:
        done = parameter_set(p, value->data, value->length, true);
        break;
    }
    return done ? PLATEN_OK : PLATEN_E_NOMEM;
}

void pgsql_unbind(store_stmt *base)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    for (size_t i = 0; i < stmt->text.count; i++) {
        stmt->parameters[i].is_set = false;
    }
}

/* ---- running ---- */

static void blobs_forget(pgsql_stmt *stmt)
{
    while (stmt->blobs != NULL) {
        decoded *d = stmt->blobs;
        stmt->blobs = d->next;
        PQfreemem(d->bytes);
        free(d);
    }
}

static platen_code send(pgsql_conn *conn, pgsql_stmt *stmt, platen_error *err)
{
    PLATEN_TRY(pgsql_park(conn, err));
    int count = (int)stmt->text.count;
    for (int i = 0; i < count; i++) {
        const parameter *p = &stmt->parameters[i];
        stmt->values[i] = p->is_set ? p->data : NULL;
        stmt->lengths[i] = p->is_set ? (int)p->length : 0;
        stmt->formats[i] = p->is_set && p->is_binary ? 1 : 0;
    }
    int sent = stmt->name[0] != '\0'
                   ? PQsendQueryPrepared(conn->pq, stmt->name, count, stmt->values, stmt->lengths,
                                         stmt->formats, 0)
                   : PQsendQueryParams(conn->pq, stmt->text.text, count, NULL, stmt->values,
                                       stmt->lengths, stmt->formats, 0);
    if (sent == 0) {
        return pgsql_fail(conn, NULL, stmt->base.label, err);
    }
    PQsetSingleRowMode(conn->pq);
    stmt->started = true;
    stmt->changes = 0;
    conn->streaming = stmt;
    return PLATEN_OK;
}

/* Reads what is left behind the last result; the line is free then. */
static void line_free(pgsql_conn *conn)
{
    PGresult *rest = NULL;
    while ((rest = PQgetResult(conn->pq)) != NULL) {
        PQclear(rest);
    }
    conn->streaming = NULL;
}

/* The next result from the line: a row (PLATEN_OK), the end or an error. */
static platen_code receive(pgsql_conn *conn, pgsql_stmt *stmt, PGresult **row, platen_error *err)
{
    PGresult *result = PQgetResult(conn->pq);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_SINGLE_TUPLE) {
        *row = result;
        return PLATEN_OK;
    }
    platen_code code = PLATEN_E_NOT_FOUND;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        /* A SELECT counts its rows there, too; SQLite's says 0. */
        bool is_select = strncmp(PQcmdStatus(result), "SELECT", 6) == 0;
        stmt->changes = is_select ? 0 : strtoll(PQcmdTuples(result), NULL, 10);
    } else {
        code = pgsql_fail(conn, result, stmt->base.label, err);
    }
    PQclear(result);
    line_free(conn);
    return code;
}

/* Puts one received row behind those in `all`. */
static bool row_park(PGresult *all, const PGresult *row)
{
    int at = PQntuples(all);
    for (int i = 0; i < PQnfields(row); i++) {
        bool is_null = PQgetisnull(row, 0, i) == 1;
        if (PQsetvalue(all, at, i, is_null ? NULL : PQgetvalue(row, 0, i),
                       is_null ? -1 : PQgetlength(row, 0, i)) == 0) {
            return false;
        }
    }
    return true;
}

platen_code pgsql_park(pgsql_conn *conn, platen_error *err)
{
    pgsql_stmt *stmt = conn->streaming;
    if (stmt == NULL) {
        return PLATEN_OK;
    }
    PGresult *row = NULL;
    platen_code code = receive(conn, stmt, &row, err);
    while (code == PLATEN_OK) {
        if (stmt->rest == NULL) {
            stmt->rest = PQcopyResult(row, PG_COPYRES_ATTRS);
        }
        bool kept = stmt->rest != NULL && row_park(stmt->rest, row);
        PQclear(row);
        if (!kept) {
            line_free(conn);
            code =
                error_set(err, PLATEN_E_NOMEM, "no memory for the rows of '%s'", stmt->base.label);
            break;
        }
        code = receive(conn, stmt, &row, err);
    }
    stmt->lost = code != PLATEN_E_NOT_FOUND;
    return stmt->lost ? code : PLATEN_OK;
}

platen_code pgsql_step(store_stmt *base, platen_error *err)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    pgsql_conn *conn = (pgsql_conn *)base->conn;
    blobs_forget(stmt);
    PQclear(stmt->result);
    stmt->result = NULL;
    if (!stmt->started) {
        PLATEN_TRY(send(conn, stmt, err));
    }
    if (conn->streaming == stmt) {
        return receive(conn, stmt, &stmt->result, err);
    }
    if (stmt->rest != NULL && stmt->rest_row < PQntuples(stmt->rest)) {
        stmt->rest_row++;
        return PLATEN_OK;
    }
    if (stmt->lost) {
        store_conn_fail(base->conn, PLATEN_E_STORE, "rows were lost");
        return error_set(err, PLATEN_E_STORE, "statement '%s': its later rows were lost",
                         base->label);
    }
    return PLATEN_E_NOT_FOUND;
}

void pgsql_rewind(store_stmt *base)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    pgsql_conn *conn = (pgsql_conn *)base->conn;
    if (conn->streaming == stmt) {
        line_free(conn);
    }
    blobs_forget(stmt);
    PQclear(stmt->result);
    PQclear(stmt->rest);
    stmt->result = NULL;
    stmt->rest = NULL;
    stmt->rest_row = 0;
    stmt->started = false;
    stmt->lost = false;
}

int64_t pgsql_changes(store_stmt *base)
{
    return ((pgsql_stmt *)base)->changes;
}

/* ---- columns ---- */

static void number_read(const char *text, store_value *value)
{
    char *end = NULL;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0') {
        value->kind = STORE_I64;
        value->i64 = whole;
    } else {
        value->kind = STORE_DOUBLE;
        value->real = strtod(text, NULL);
    }
}

static const decoded *decode(pgsql_stmt *stmt, const char *text, int column)
{
    decoded *d = stmt->blobs;
    while (d != NULL && d->column != column) {
        d = d->next;
    }
    if (d == NULL && (d = calloc(1, sizeof(*d))) != NULL) {
        d->bytes = PQunescapeBytea((const unsigned char *)text, &d->length);
        d->column = column;
        d->next = stmt->blobs;
        stmt->blobs = d;
    }
    return d;
}

static void bytes_read(pgsql_stmt *stmt, const char *text, int column, store_value *value)
{
    const decoded *d = decode(stmt, text, column);
    value->kind = STORE_BLOB;
    value->data = d != NULL ? d->bytes : NULL;
    value->length = d != NULL && d->bytes != NULL ? d->length : 0;
}

int pgsql_columns(store_stmt *base)
{
    const pgsql_stmt *stmt = (const pgsql_stmt *)base;
    return PQnfields(stmt->result != NULL ? stmt->result : stmt->rest);
}

void pgsql_column(store_stmt *base, int column, store_value *value)
{
    pgsql_stmt *stmt = (pgsql_stmt *)base;
    const PGresult *result = stmt->result != NULL ? stmt->result : stmt->rest;
    int row = stmt->result != NULL ? 0 : stmt->rest_row - 1;
    assert(column >= 0 && column < PQnfields(result));
    if (PQgetisnull(result, row, column) == 1) {
        return;
    }
    const char *text = PQgetvalue(result, row, column);
    switch (PQftype(result, column)) {
    case OID_BOOL:
        value->kind = STORE_I64;
        value->i64 = text[0] == 't' ? 1 : 0;
        break;
    case OID_INT8:
    case OID_INT4:
    case OID_INT2:
    case OID_OID:
    case OID_NUMERIC: /* the sum of integers */
        number_read(text, value);
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        value->kind = STORE_DOUBLE;
        value->real = strtod(text, NULL);
        break;
    case OID_BYTEA:
        bytes_read(stmt, text, column, value);
        break;
    default:
        value->kind = STORE_TEXT;
        value->data = text;
        value->length = (size_t)PQgetlength(result, row, column);
        break;
    }
}
