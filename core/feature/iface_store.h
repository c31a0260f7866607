/* The inside of store/1: what a plugin declared (iface_store.c), and transactions (store_tx.c). */
#ifndef PLATEN_FEATURE_IFACE_STORE_H
#define PLATEN_FEATURE_IFACE_STORE_H

#include <platen/store.h>

#include "core/base/map.h"
#include "core/feature/feature_private.h"
#include "core/store/store.h"

struct store_guard;

#define TABLE_STEP_NAME 100
#define TABLE_STATEMENT_NAME 63

typedef struct table_step table_step;
struct table_step {
    table_step *next;
    store_migration step;
    char texts[];
};

typedef struct table_statement {
    store_sql sql; /* the connections know it by its address */
    bool writes;
    char texts[];
} table_statement;

/* What one plugin declared. Constant after load(). */
typedef struct feature_tables {
    table_step *steps; /* in order */
    size_t step_count;
    map *statements;           /* name -> table_statement */
    struct store_guard *guard; /* in load() */
} feature_tables;

struct platen_rows {
    platen_tx *tx;
    store_stmt *st; /* NULL: not in hands */
};

struct platen_tx {
    const feature_plugin *plugin;
    store_conn *conn;
    bool writes;
    platen_rows rows[PLATEN_ROWS_OPEN];
};

/* store_tx.c: the slots of the table. */
platen_code feature_tx_read(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err);
platen_code feature_tx_write(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err);
platen_code feature_tx_prepare(platen_tx *tx, const char *name, platen_rows **rows,
                               platen_error *err);
void feature_rows_bind_i64(platen_rows *rows, const char *param, int64_t value);
void feature_rows_bind_real(platen_rows *rows, const char *param, double value);
void feature_rows_bind_text(platen_rows *rows, const char *param, const char *value);
void feature_rows_bind_blob(platen_rows *rows, const char *param, const void *data, size_t length);
void feature_rows_bind_null(platen_rows *rows, const char *param);
platen_code feature_rows_run(platen_rows *rows, int64_t *changes, platen_error *err);
platen_code feature_rows_step(platen_rows *rows, platen_error *err);
int64_t feature_rows_i64(platen_rows *rows, uint32_t column);
double feature_rows_real(platen_rows *rows, uint32_t column);
const char *feature_rows_text(platen_rows *rows, uint32_t column);
const void *feature_rows_blob(platen_rows *rows, uint32_t column, size_t *length);
bool feature_rows_is_null(platen_rows *rows, uint32_t column);
void feature_rows_reset(platen_rows *rows);

#endif
