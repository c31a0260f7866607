/* Which tables and columns a database has, as its own catalog tells, in an order that is the same
 * for SQLite and PostgreSQL. */
#ifndef PLATEN_DATABASE_CATALOG_H
#define PLATEN_DATABASE_CATALOG_H

#include "core/base/arena.h"
#include "core/store/store.h"

typedef enum catalog_kind {
    CATALOG_I64,
    CATALOG_DOUBLE,
    CATALOG_TEXT,
    CATALOG_BLOB,
} catalog_kind;

typedef struct catalog_column {
    const char *name;
    catalog_kind kind;
} catalog_column;

typedef struct catalog_table {
    const char *name;
    const catalog_column *columns;
    size_t count;
} catalog_table;

typedef struct catalog {
    const catalog_table *tables;
    size_t count;
} catalog;

/* Tables by name, columns by name; without the record of migrations, views, virtual tables and
 * what belongs to those, and columns that the database computes. In `memory`. */
platen_code catalog_read(store_conn *conn, arena *memory, catalog *out, platen_error *err);

/* PLATEN_E_VERSION names the first table or column that only one of them has. */
platen_code catalog_same(const catalog *a, const catalog *b, platen_error *err);

#endif
