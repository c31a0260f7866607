/* See copy.h. */
#include "core/database/copy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "catalog_sql.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/database/catalog.h"
#include "core/database/database.h"

/* Rows that travel to PostgreSQL in one statement; SQLite takes them one by one as fast. */
#define BATCH_ROWS 500
#define BATCH_BYTES ((size_t)1024 * 1024)

/* Of rows in any order: the sum of their SHA-256, and how many. */
typedef struct digest {
    uint64_t lanes[4];
    int64_t rows;
} digest;

typedef struct copier {
    store_conn *from;
    store_conn *to;
    arena *memory;
    EVP_MD_CTX *hash;
    catalog tables;
    const catalog_table *table;
    strbuf batch; /* rows as JSON, for PostgreSQL */
    size_t batch_rows;
    database_copied *copied;
} copier;

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for copying");
}

/* ---- checksums ---- */

static bool hash_part(copier *c, char tag, const void *data, uint64_t length)
{
    return EVP_DigestUpdate(c->hash, &tag, 1) == 1 &&
           EVP_DigestUpdate(c->hash, &length, sizeof(length)) == 1 &&
           EVP_DigestUpdate(c->hash, data, (size_t)length) == 1;
}

static bool hash_value(copier *c, store_stmt *st, int at, catalog_kind kind)
{
    size_t length = 0;
    const void *data = NULL;
    int64_t whole = 0;
    double real = 0;
    if (store_is_null(st, at)) {
        return hash_part(c, 'n', "", 0);
    }
    switch (kind) {
    case CATALOG_I64:
        whole = store_i64(st, at);
        return hash_part(c, 'i', &whole, sizeof(whole));
    case CATALOG_DOUBLE:
        real = store_double(st, at);
        return hash_part(c, 'd', &real, sizeof(real));
    case CATALOG_TEXT:
        return hash_part(c, 't', store_text(st, at), strlen(store_text(st, at)));
    case CATALOG_BLOB:
        data = store_blob(st, at, &length);
        return hash_part(c, 'b', data, length);
    }
    return false;
}

static platen_code add_row(copier *c, store_stmt *st, digest *sum, platen_error *err)
{
    union {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        uint64_t lanes[4];
    } row = {{0}};
    bool done = EVP_DigestInit_ex(c->hash, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; done && i < c->table->count; i++) {
        done = hash_value(c, st, (int)i, c->table->columns[i].kind);
    }
    if (!done || EVP_DigestFinal_ex(c->hash, row.bytes, NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a checksum");
    }
    for (size_t i = 0; i < 4; i++) {
        sum->lanes[i] += row.lanes[i];
    }
    sum->rows++;
    return PLATEN_OK;
}

/* ---- statements; names come from the catalog of tables that this program made ---- */

static void append_names(strbuf *sql, const catalog_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        strbuf_appendf(sql, "%s\"%s\"", i > 0 ? ", " : "", t->columns[i].name);
    }
}

static platen_code prepare(store_conn *conn, strbuf *sql, store_stmt **st, platen_error *err)
{
    platen_code rc = sql->failed ? no_memory(err) : store_prepare_text(conn, sql->data, st, err);
    strbuf_fini(sql);
    return rc;
}

static platen_code prepare_select(store_conn *conn, const catalog_table *t, store_stmt **st,
                                  platen_error *err)
{
    strbuf sql;
    strbuf_init(&sql);
    strbuf_append(&sql, "SELECT ");
    append_names(&sql, t);
    strbuf_appendf(&sql, " FROM \"%s\"", t->name);
    return prepare(conn, &sql, st, err);
}

static const char *type_of(catalog_kind kind)
{
    switch (kind) {
    case CATALOG_I64:
        return "BIGINT";
    case CATALOG_DOUBLE:
        return "DOUBLE PRECISION";
    case CATALOG_BLOB:
        return "BYTEA";
    case CATALOG_TEXT:
        break;
    }
    return "TEXT";
}

static platen_code prepare_insert(copier *c, store_stmt **st, platen_error *err)
{
    const catalog_table *t = c->table;
    bool batches = store_conn_dialect(c->to) == STORE_PGSQL;
    strbuf sql;
    strbuf_init(&sql);
    strbuf_appendf(&sql, "INSERT INTO \"%s\" (", t->name);
    append_names(&sql, t);
    strbuf_append(&sql, batches ? ") SELECT " : ") VALUES (");
    if (batches) {
        append_names(&sql, t);
        strbuf_append(&sql, " FROM json_to_recordset(CAST(:rows AS json)) AS r (");
    }
    for (size_t i = 0; i < t->count; i++) {
        strbuf_append(&sql, i > 0 ? ", " : "");
        if (batches) {
            strbuf_appendf(&sql, "\"%s\" %s", t->columns[i].name, type_of(t->columns[i].kind));
        } else {
            strbuf_appendf(&sql, ":c%zu", i);
        }
    }
    strbuf_append(&sql, ")");
    return prepare(c->to, &sql, st, err);
}

static platen_code run_text(store_conn *conn, const char *sql, platen_error *err)
{
    store_stmt *st = NULL;
    if (sql == NULL) {
        return no_memory(err);
    }
    PLATEN_TRY(store_prepare_text(conn, sql, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* ---- one table ---- */

static void bind_row(copier *c, store_stmt *from, store_stmt *to)
{
    for (size_t i = 0; i < c->table->count; i++) {
        char name[24];
        size_t length = 0;
        int at = (int)i;
        (void)snprintf(name, sizeof(name), "c%zu", i);
        if (store_is_null(from, at)) {
            store_bind_null(to, name);
            continue;
        }
        switch (c->table->columns[i].kind) {
        case CATALOG_I64:
            store_bind_i64(to, name, store_i64(from, at));
            break;
        case CATALOG_DOUBLE:
            store_bind_double(to, name, store_double(from, at));
            break;
        case CATALOG_TEXT:
            store_bind_text(to, name, store_text(from, at));
            break;
        case CATALOG_BLOB: {
            const void *data = store_blob(from, at, &length);
            store_bind_blob(to, name, data, length);
            break;
        }
        }
    }
}

static platen_code json_blob(json_writer *w, const char *name, const void *data, size_t length,
                             platen_error *err)
{
    char *hex = malloc(2 * length + 3);
    if (hex == NULL) {
        return no_memory(err);
    }
    hex[0] = '\\';
    hex[1] = 'x';
    text_hex(hex + 2, data, length);
    json_text(w, name, hex);
    free(hex);
    return PLATEN_OK;
}

static platen_code json_row(copier *c, store_stmt *from, platen_error *err)
{
    json_writer w;
    strbuf_append(&c->batch, c->batch_rows > 0 ? "," : "[");
    json_init(&w, &c->batch);
    json_object(&w, NULL);
    for (size_t i = 0; i < c->table->count; i++) {
        const catalog_column *column = &c->table->columns[i];
        size_t length = 0;
        int at = (int)i;
        if (store_is_null(from, at)) {
            continue; /* absent is NULL */
        }
        switch (column->kind) {
        case CATALOG_I64:
            json_i64(&w, column->name, store_i64(from, at));
            break;
        case CATALOG_DOUBLE:
            json_double(&w, column->name, store_double(from, at));
            break;
        case CATALOG_TEXT:
            json_text(&w, column->name, store_text(from, at));
            break;
        case CATALOG_BLOB: {
            const void *data = store_blob(from, at, &length);
            PLATEN_TRY(json_blob(&w, column->name, data, length, err));
            break;
        }
        }
    }
    json_object_end(&w);
    c->batch_rows++;
    return PLATEN_OK;
}

static platen_code send_batch(copier *c, store_stmt *to, platen_error *err)
{
    if (c->batch_rows == 0) {
        return PLATEN_OK;
    }
    strbuf_append(&c->batch, "]");
    if (c->batch.failed) {
        return no_memory(err);
    }
    store_bind_text(to, "rows", c->batch.data);
    platen_code rc = store_run(to, NULL, err);
    strbuf_clear(&c->batch);
    c->batch_rows = 0;
    return rc;
}

static platen_code put_row(copier *c, store_stmt *from, store_stmt *to, platen_error *err)
{
    if (store_conn_dialect(c->to) == STORE_SQLITE) {
        bind_row(c, from, to);
        return store_run(to, NULL, err);
    }
    PLATEN_TRY(json_row(c, from, err));
    return c->batch_rows < BATCH_ROWS && c->batch.length < BATCH_BYTES ? PLATEN_OK
                                                                       : send_batch(c, to, err);
}

static platen_code copy_rows(copier *c, digest *sum, platen_error *err)
{
    store_stmt *from = NULL;
    store_stmt *to = NULL;
    PLATEN_TRY(prepare_select(c->from, c->table, &from, err));
    platen_code rc = prepare_insert(c, &to, err);
    if (rc == PLATEN_OK) {
        rc = store_step(from, err);
    }
    while (rc == PLATEN_OK) {
        rc = add_row(c, from, sum, err);
        if (rc == PLATEN_OK) {
            rc = put_row(c, from, to, err);
        }
        if (rc == PLATEN_OK) {
            rc = store_step(from, err);
        }
    }
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = send_batch(c, to, err);
    }
    store_reset(from);
    store_reset(to);
    return rc;
}

static platen_code read_digest(copier *c, digest *sum, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(prepare_select(c->to, c->table, &st, err));
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        rc = add_row(c, st, sum, err);
        if (rc == PLATEN_OK) {
            rc = store_step(st, err);
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code copy_table(copier *c, platen_error *err)
{
    digest left = {.rows = 0};
    digest arrived = {.rows = 0};
    PLATEN_TRY(copy_rows(c, &left, err));
    PLATEN_TRY(read_digest(c, &arrived, err));
    if (left.rows != arrived.rows || memcmp(left.lanes, arrived.lanes, sizeof(left.lanes)) != 0) {
        return error_set(err, PLATEN_E_CORRUPT, "%" PRId64 " rows left and %" PRId64 " arrived%s",
                         left.rows, arrived.rows,
                         left.rows == arrived.rows ? ", with other contents" : "");
    }
    c->copied->tables++;
    c->copied->rows += left.rows;
    return PLATEN_OK;
}

/* ---- all of them ---- */

typedef struct reference {
    struct reference *next;
    const char *table, *name, *text;
} reference;

/* PostgreSQL checks each row's references at once, in whatever order tables come; so it forgets
 * them for this transaction. SQLite's checks are off until the commit. */
static platen_code drop_references(copier *c, reference **first, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(c->to, &sql_catalog_references, &st, err));
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        reference *r = arena_alloc(c->memory, sizeof(*r));
        if (r == NULL) {
            rc = no_memory(err);
            break;
        }
        *r = (reference){*first, arena_dup(c->memory, store_text(st, 0)),
                         arena_dup(c->memory, store_text(st, 1)),
                         arena_dup(c->memory, store_text(st, 2))};
        *first = r;
        rc = store_step(st, err);
    }
    store_reset(st);
    for (const reference *r = *first; r != NULL && rc == PLATEN_E_NOT_FOUND; r = r->next) {
        platen_code dropped = run_text(
            c->to, arena_printf(c->memory, "ALTER TABLE %s DROP CONSTRAINT %s", r->table, r->name),
            err);
        rc = dropped == PLATEN_OK ? PLATEN_E_NOT_FOUND : dropped;
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code put_references(copier *c, const reference *first, platen_error *err)
{
    for (const reference *r = first; r != NULL; r = r->next) {
        PLATEN_TRY(run_text(c->to,
                            arena_printf(c->memory, "ALTER TABLE %s ADD CONSTRAINT %s %s", r->table,
                                         r->name, r->text),
                            err));
    }
    return PLATEN_OK;
}

static platen_code empty_tables(copier *c, platen_error *err)
{
    const char *verb = store_conn_dialect(c->to) == STORE_PGSQL ? "TRUNCATE" : "DELETE FROM";
    for (size_t i = 0; i < c->tables.count; i++) {
        PLATEN_TRY(run_text(
            c->to, arena_printf(c->memory, "%s \"%s\"", verb, c->tables.tables[i].name), err));
    }
    return PLATEN_OK;
}

static platen_code raise_sequence(copier *c, const store_sql *sql, const char *name, int64_t last,
                                  platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(c->to, sql, &st, err));
    store_bind_text(st, "name", name);
    store_bind_i64(st, "last", last);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* Ids are never given again, also those whose rows are gone by now. */
static platen_code copy_sequences(copier *c, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(c->from, &sql_catalog_sequences, &st, err));
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        const char *name = store_text(st, 0);
        int64_t last = store_i64(st, 1);
        if (last > 0) {
            rc = raise_sequence(c, &sql_catalog_sequence_add, name, last, err);
            rc = rc == PLATEN_OK ? raise_sequence(c, &sql_catalog_sequence_raise, name, last, err)
                                 : rc;
        }
        rc = rc == PLATEN_OK ? store_step(st, err) : rc;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code copy_all(copier *c, platen_error *err)
{
    catalog own;
    reference *references = NULL;
    PLATEN_TRY(catalog_read(c->from, c->memory, &c->tables, err));
    PLATEN_TRY(catalog_read(c->to, c->memory, &own, err));
    PLATEN_TRY(catalog_same(&c->tables, &own, err));
    PLATEN_TRY(drop_references(c, &references, err));
    PLATEN_TRY(empty_tables(c, err));
    for (size_t i = 0; i < c->tables.count; i++) {
        c->table = &c->tables.tables[i];
        platen_code rc = copy_table(c, err);
        if (rc != PLATEN_OK) {
            return error_note(err, rc, "table '%s'", c->table->name);
        }
    }
    PLATEN_TRY(put_references(c, references, err));
    return copy_sequences(c, err);
}

static platen_code copy_into(store_conn *conn, void *user, platen_error *err)
{
    copier *c = user;
    c->to = conn;
    *c->copied = (database_copied){0};
    return copy_all(c, err);
}

platen_code database_copy(store *from, store *to, database_copied *copied, platen_error *err)
{
    copier c = {.memory = arena_new(), .hash = EVP_MD_CTX_new(), .copied = copied};
    strbuf_init(&c.batch);
    platen_code rc =
        c.memory == NULL || c.hash == NULL ? no_memory(err) : store_read(from, &c.from, err);
    if (rc == PLATEN_OK) {
        rc = database_migrate_plugins(c.from, to, err);
        if (rc == PLATEN_OK) {
            rc = store_write_alone(to, copy_into, &c, err);
        }
        store_read_end(c.from);
    }
    strbuf_fini(&c.batch);
    EVP_MD_CTX_free(c.hash);
    arena_free(c.memory);
    return rc;
}

/* ---- counting ---- */

static platen_code count_tables(store_conn *conn, arena *memory, json_writer *w, platen_error *err)
{
    catalog tables;
    PLATEN_TRY(catalog_read(conn, memory, &tables, err));
    for (size_t i = 0; i < tables.count; i++) {
        store_stmt *st = NULL;
        const char *name = tables.tables[i].name;
        const char *sql = arena_printf(memory, "SELECT count(*) FROM \"%s\"", name);
        if (sql == NULL) {
            return no_memory(err);
        }
        PLATEN_TRY(store_prepare_text(conn, sql, &st, err));
        platen_code rc = store_step(st, err);
        if (rc == PLATEN_OK) {
            json_i64(w, name, store_i64(st, 0));
        }
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

platen_code database_count(store *s, strbuf *json, platen_error *err)
{
    json_writer w;
    store_conn *conn = NULL;
    arena *memory = arena_new();
    platen_code rc = memory == NULL ? no_memory(err) : store_read(s, &conn, err);
    if (rc == PLATEN_OK) {
        json_init(&w, json);
        json_object(&w, NULL);
        rc = count_tables(conn, memory, &w, err);
        json_object_end(&w);
        store_read_end(conn);
    }
    arena_free(memory);
    return rc;
}
