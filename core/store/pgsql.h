/* PostgreSQL's connection, shared by pgsql.c (connection, transactions) and pgsql_stmt.c. */
#ifndef PLATEN_STORE_PGSQL_H
#define PLATEN_STORE_PGSQL_H

#include <libpq-fe.h>

#include "core/store/store_internal.h"

typedef struct pgsql_stmt pgsql_stmt;

typedef struct pgsql_conn {
    store_conn base;
    PGconn *pq;
    pgsql_stmt *streaming; /* whose rows are still coming; the line is not free before */
    uint64_t prepared;     /* statements so far, for their names */
} pgsql_conn;

/* The code of an SQLSTATE, and an error that carries the server's message in one line. `result`
 * may be NULL: then the trouble is the connection's. */
platen_code pgsql_fail(pgsql_conn *conn, const PGresult *result, const char *label,
                       platen_error *err);

/* Frees the line: the rows that are still coming for some statement are kept in memory. */
platen_code pgsql_park(pgsql_conn *conn, platen_error *err);

platen_code pgsql_prepare(store_conn *base, const char *text, bool lasting, store_stmt **out,
                          const char *label, platen_error *err);
void pgsql_finalize(store_stmt *base);
platen_code pgsql_bind(store_stmt *base, const char *name, const store_value *value);
platen_code pgsql_step(store_stmt *base, platen_error *err);
void pgsql_rewind(store_stmt *base);
void pgsql_unbind(store_stmt *base);
int64_t pgsql_changes(store_stmt *base);
int pgsql_columns(store_stmt *base);
void pgsql_column(store_stmt *base, int column, store_value *value);

#endif
