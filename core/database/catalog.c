/* See catalog.h. */
#include "core/database/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "catalog_sql.h"

typedef struct found {
    struct found *next;
    const char *table;
    catalog_column column;
} found;

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for the catalog");
}

static platen_code kind_of(const char *table, const char *column, const char *type,
                           catalog_kind *kind, platen_error *err)
{
    if (strstr(type, "INT") != NULL) {
        *kind = CATALOG_I64;
    } else if (strcmp(type, "TEXT") == 0 || strcmp(type, "CHARACTER VARYING") == 0) {
        *kind = CATALOG_TEXT;
    } else if (strcmp(type, "BLOB") == 0 || strcmp(type, "BYTEA") == 0) {
        *kind = CATALOG_BLOB;
    } else if (strcmp(type, "REAL") == 0 || strstr(type, "DOUBLE") != NULL) {
        *kind = CATALOG_DOUBLE;
    } else {
        return error_set(err, PLATEN_E_VERSION, "column %s.%s has the unknown type '%s'", table,
                         column, type);
    }
    return PLATEN_OK;
}

static platen_code read_found(store_stmt *st, arena *memory, found **first, size_t *count,
                              platen_error *err)
{
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        found *f = arena_alloc(memory, sizeof(*f));
        if (f == NULL || (f->table = arena_dup(memory, store_text(st, 0))) == NULL ||
            (f->column.name = arena_dup(memory, store_text(st, 1))) == NULL) {
            return no_memory(err);
        }
        PLATEN_TRY(kind_of(f->table, f->column.name, store_text(st, 2), &f->column.kind, err));
        f->next = *first;
        *first = f;
        (*count)++;
        rc = store_step(st, err);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static int by_name(const void *a, const void *b)
{
    const found *const *x = a;
    const found *const *y = b;
    int order = strcmp((*x)->table, (*y)->table);
    return order != 0 ? order : strcmp((*x)->column.name, (*y)->column.name);
}

/* Sorted, then cut into tables. */
static platen_code gather(arena *memory, found *first, size_t count, catalog *out,
                          platen_error *err)
{
    found **all = arena_alloc_array(memory, count + 1, sizeof(*all));
    catalog_column *columns = arena_alloc_array(memory, count + 1, sizeof(*columns));
    catalog_table *tables = arena_alloc_array(memory, count + 1, sizeof(*tables));
    size_t at = 0;
    if (all == NULL || columns == NULL || tables == NULL) {
        return no_memory(err);
    }
    for (found *f = first; f != NULL; f = f->next) {
        all[at++] = f;
    }
    qsort(all, count, sizeof(found *), by_name);
    *out = (catalog){.tables = tables};
    for (size_t i = 0; i < count; i++) {
        columns[i] = all[i]->column;
        if (i == 0 || strcmp(all[i]->table, all[i - 1]->table) != 0) {
            tables[out->count++] = (catalog_table){all[i]->table, &columns[i], 0};
        }
        tables[out->count - 1].count++;
    }
    return PLATEN_OK;
}

platen_code catalog_read(store_conn *conn, arena *memory, catalog *out, platen_error *err)
{
    store_stmt *st = NULL;
    found *first = NULL;
    size_t count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_catalog_columns, &st, err));
    platen_code rc = read_found(st, memory, &first, &count, err);
    store_reset(st);
    return rc == PLATEN_OK ? gather(memory, first, count, out, err) : rc;
}

static platen_code lonely(const char *table, const char *column, platen_error *err)
{
    return error_set(err, PLATEN_E_VERSION,
                     "only one of the two databases has %s%s%s: they are of different versions",
                     table, column[0] != '\0' ? "." : "", column);
}

static platen_code same_columns(const catalog_table *a, const catalog_table *b, platen_error *err)
{
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        const char *x = i < a->count ? a->columns[i].name : NULL;
        const char *y = i < b->count ? b->columns[i].name : NULL;
        if (x == NULL || y == NULL || strcmp(x, y) != 0) {
            bool left = y == NULL || (x != NULL && strcmp(x, y) < 0);
            return lonely(a->name, left ? x : y, err);
        }
    }
    return PLATEN_OK;
}

platen_code catalog_same(const catalog *a, const catalog *b, platen_error *err)
{
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        const char *x = i < a->count ? a->tables[i].name : NULL;
        const char *y = i < b->count ? b->tables[i].name : NULL;
        if (x == NULL || y == NULL || strcmp(x, y) != 0) {
            bool left = y == NULL || (x != NULL && strcmp(x, y) < 0);
            return lonely(left ? x : y, "", err);
        }
        PLATEN_TRY(same_columns(&a->tables[i], &b->tables[i], err));
    }
    return PLATEN_OK;
}
