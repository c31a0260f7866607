/* store/1 and model/1 of the fake host, on SQLite in memory. */
#include "hostkit_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAM 64

struct platen_rows {
    platen_rows *next;
    hostkit *kit;
    sqlite3_stmt *st;
    bool writes;
    bool bad;  /* a bind that could not be */
    bool over; /* given back by reset() */
};

/* ---- the database ---- */

/* As the real one, as far as a feature may see it. */
static const char device_sql[] =
    "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');"
    "INSERT INTO device (id, name) VALUES (1, 'printer-1'), (2, 'printer-2'), (3, 'printer-3');"
    "CREATE TABLE host_secret (name TEXT PRIMARY KEY, data BLOB NOT NULL);";

static platen_code sql_error(const hostkit *kit, platen_error *err)
{
    int code = sqlite3_extended_errcode(kit->db);
    platen_code rc = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY
                         ? PLATEN_E_EXISTS
                     : code == SQLITE_CONSTRAINT_FOREIGNKEY ? PLATEN_E_STATE
                     : (code & 0xff) == SQLITE_CONSTRAINT   ? PLATEN_E_INVAL
                                                            : PLATEN_E_STORE;
    return hostkit_error(err, rc, "%s", sqlite3_errmsg(kit->db));
}

static platen_code execute(hostkit *kit, const char *sql, platen_error *err)
{
    return sqlite3_exec(kit->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PLATEN_OK
                                                                     : sql_error(kit, err);
}

static platen_code open_database(hostkit *kit, platen_error *err)
{
    if (kit->db != NULL) {
        return PLATEN_OK;
    }
    if (sqlite3_open(":memory:", &kit->db) != SQLITE_OK) {
        return hostkit_error(err, PLATEN_E_STORE, "cannot open a database in memory");
    }
    PLATEN_TRY(execute(kit, "PRAGMA foreign_keys=ON", err));
    return execute(kit, device_sql, err);
}

void hostkit_store_close(hostkit *kit)
{
    (void)sqlite3_close_v2(kit->db);
    kit->db = NULL;
}

/* Tables of others are refused, as store/1 does: by SQLite's own view of the statement. */
static int authorize(void *user, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    hostkit *kit = user;
    (void)b;
    (void)database;
    (void)trigger;
    bool tables = action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE ||
                  action == SQLITE_DELETE || action == SQLITE_CREATE_TABLE ||
                  action == SQLITE_CREATE_INDEX || action == SQLITE_CREATE_VIEW ||
                  action == SQLITE_DROP_TABLE || action == SQLITE_ALTER_TABLE;
    const char *name = action == SQLITE_ALTER_TABLE ? b : a;
    bool own = name == NULL || name[0] == '\0' ||
               strncmp(name, kit->prefix, strlen(kit->prefix)) == 0 ||
               strncmp(name, "sqlite_", 7) == 0;
    bool never = action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_PRAGMA ||
                 action == SQLITE_TRANSACTION || action == SQLITE_CREATE_TRIGGER;
    if (never || (tables && !own)) {
        hostkit_note(kit, "SQL that touches '%s', which is not its own",
                     name != NULL ? name : "the database");
        return SQLITE_DENY;
    }
    return SQLITE_OK;
}

/* ---- declarations ---- */

static platen_code add_migration(platen_ctx *ctx, const platen_migration *m, platen_error *err)
{
    hostkit *kit = ctx->kit;
    char id[16];
    uint32_t last = 0;
    PLATEN_TRY(hostkit_registering(ctx, m->size, sizeof(*m), err));
    for (size_t i = 0; i < kit->count; i++) {
        last = kit->entries[i].what == HOSTKIT_MIGRATION ? kit->entries[i].number : last;
    }
    if (m->number != last + 1 || m->name == NULL || m->sql == NULL ||
        strlen(m->sql) > PLATEN_SQL_MAX) {
        hostkit_note(kit, "migration %u follows %u, or has no name or text", (unsigned)m->number,
                     (unsigned)last);
        return hostkit_error(err, PLATEN_E_INVAL, "a migration that cannot be");
    }
    (void)snprintf(id, sizeof(id), "%u", (unsigned)m->number);
    entry *e = hostkit_keep(kit, HOSTKIT_MIGRATION, id, m->sql, m->name, err);
    if (e == NULL) {
        return PLATEN_E_EXISTS;
    }
    e->number = m->number;
    return PLATEN_OK;
}

static platen_code add_statement(platen_ctx *ctx, const platen_statement *s, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, s->size, sizeof(*s), err));
    if (s->flags != 0 || s->name == NULL || s->sql == NULL || strlen(s->sql) > PLATEN_SQL_MAX ||
        strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(s->name)) {
        hostkit_note(kit, "a statement that cannot be: %s", s->name != NULL ? s->name : "");
        return hostkit_error(err, PLATEN_E_INVAL, "a statement that cannot be");
    }
    return hostkit_keep(kit, HOSTKIT_STATEMENT, s->name, s->sql, s->pgsql, err) != NULL
               ? PLATEN_OK
               : PLATEN_E_EXISTS;
}

/* ---- migrations ---- */

/* {{id}} and its like, as SQLite writes them. */
static char *expand(const char *sql)
{
    static const char *const words[][2] = {{"{{id}}", "INTEGER PRIMARY KEY"},
                                           {"{{i64}}", "INTEGER"},
                                           {"{{blob}}", "BLOB"},
                                           {"{{fold}}", "TEXT COLLATE NOCASE"}};
    char *out = calloc(1, strlen(sql) * 4 + 1);
    size_t length = 0;
    while (out != NULL && *sql != '\0') {
        size_t i = 0;
        while (i < 4 && strncmp(sql, words[i][0], strlen(words[i][0])) != 0) {
            i++;
        }
        if (i == 4) {
            out[length++] = *sql++;
            continue;
        }
        memcpy(out + length, words[i][1], strlen(words[i][1]));
        length += strlen(words[i][1]);
        sql += strlen(words[i][0]);
    }
    return out;
}

/* A row with something in every column but the key; a CHECK that refuses it is fine. */
static void fill_table(hostkit *kit, const char *table)
{
    char *columns = sqlite3_mprintf("%s", "");
    char *values = sqlite3_mprintf("%s", "");
    char *ask = sqlite3_mprintf("PRAGMA table_info(\"%w\")", table);
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(kit->db, ask, -1, &st, NULL) == SQLITE_OK) {
        while (sqlite3_step(st) == SQLITE_ROW) {
            const char *type = (const char *)sqlite3_column_text(st, 2);
            bool blob = sqlite3_stricmp(type, "BLOB") == 0;
            bool text = sqlite3_strlike("%TEXT%", type, 0) == 0;
            if (sqlite3_column_int(st, 5) != 0 && !text) {
                continue; /* the key numbers itself */
            }
            columns = sqlite3_mprintf("%z%s\"%w\"", columns, columns[0] != '\0' ? "," : "",
                                      (const char *)sqlite3_column_text(st, 1));
            values = sqlite3_mprintf("%z%s%s", values, values[0] != '\0' ? "," : "",
                                     blob   ? "x'00'"
                                     : text ? "'a'"
                                            : "1");
        }
    }
    (void)sqlite3_finalize(st);
    char *insert =
        sqlite3_mprintf("INSERT OR IGNORE INTO \"%w\" (%s) VALUES (%s)", table, columns, values);
    (void)sqlite3_exec(kit->db, insert, NULL, NULL, NULL);
    sqlite3_free(insert);
    sqlite3_free(ask);
    sqlite3_free(columns);
    sqlite3_free(values);
}

static void fill_all(hostkit *kit)
{
    sqlite3_stmt *st = NULL;
    char table[128];
    if (sqlite3_prepare_v2(kit->db,
                           "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                           "name NOT LIKE 'sqlite_%' AND name NOT IN ('device', 'host_secret')",
                           -1, &st, NULL) != SQLITE_OK) {
        return;
    }
    while (sqlite3_step(st) == SQLITE_ROW) {
        (void)snprintf(table, sizeof(table), "%s", (const char *)sqlite3_column_text(st, 0));
        fill_table(kit, table);
    }
    (void)sqlite3_finalize(st);
}

static platen_code migrate_one(hostkit *kit, const entry *e, platen_error *err)
{
    char *sql = expand(e->text);
    (void)sqlite3_set_authorizer(kit->db, authorize, kit);
    int code = sql != NULL ? sqlite3_exec(kit->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    platen_code rc = code == SQLITE_OK
                         ? PLATEN_OK
                         : hostkit_error(err, PLATEN_E_STORE, "migration %u '%s': %s",
                                         (unsigned)e->number, e->extra, sqlite3_errmsg(kit->db));
    (void)sqlite3_set_authorizer(kit->db, NULL, NULL);
    free(sql);
    return rc;
}

static platen_code prepare_one(hostkit *kit, const entry *e, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    const char *rest = NULL;
    /* A foreign key reads its parent: that is the database's doing, not the statement's. */
    PLATEN_TRY(execute(kit, "PRAGMA foreign_keys=OFF", err));
    (void)sqlite3_set_authorizer(kit->db, authorize, kit);
    int code = sqlite3_prepare_v2(kit->db, e->text, -1, &st, &rest);
    (void)sqlite3_set_authorizer(kit->db, NULL, NULL);
    platen_code rc = PLATEN_OK;
    if (code != SQLITE_OK || st == NULL) {
        rc = hostkit_error(err, PLATEN_E_STORE, "statement '%s': %s", e->id,
                           sqlite3_errmsg(kit->db));
    } else if (rest[strspn(rest, " \t\r\n;")] != '\0') {
        rc = hostkit_error(err, PLATEN_E_INVAL, "statement '%s' is more than one", e->id);
    }
    (void)sqlite3_finalize(st);
    (void)execute(kit, "PRAGMA foreign_keys=ON", NULL);
    return rc;
}

platen_code hostkit_migrate(hostkit *kit, bool filled, platen_error *err)
{
    hostkit_store_close(kit);
    PLATEN_TRY(open_database(kit, err));
    for (size_t i = 0; i < kit->count; i++) {
        if (kit->entries[i].what == HOSTKIT_MIGRATION) {
            PLATEN_TRY(migrate_one(kit, &kit->entries[i], err));
            if (filled) {
                fill_all(kit);
            }
        }
    }
    for (size_t i = 0; i < kit->count; i++) {
        if (kit->entries[i].what == HOSTKIT_STATEMENT) {
            PLATEN_TRY(prepare_one(kit, &kit->entries[i], err));
        }
    }
    return PLATEN_OK;
}

platen_code hostkit_sql(hostkit *kit, const char *sql, char *out, size_t size, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    PLATEN_TRY(open_database(kit, err));
    if (sqlite3_prepare_v2(kit->db, sql, -1, &st, NULL) != SQLITE_OK) {
        return sql_error(kit, err);
    }
    int code = sqlite3_step(st);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "";
    if (out != NULL) {
        (void)snprintf(out, size, "%s", text != NULL ? text : "");
    }
    platen_code rc = code == SQLITE_ROW || code == SQLITE_DONE ? PLATEN_OK : sql_error(kit, err);
    (void)sqlite3_finalize(st);
    return rc;
}

/* ---- transactions ---- */

static void reset(platen_rows *rows)
{
    if (rows != NULL && !rows->over) {
        (void)sqlite3_reset(rows->st);
        (void)sqlite3_clear_bindings(rows->st);
        rows->over = true;
        rows->kit->rows_open--;
    }
}

platen_code hostkit_transaction(hostkit *kit, bool writing, platen_tx_fn fn, void *user,
                                platen_error *err)
{
    platen_tx tx = {kit, writing, NULL};
    if (kit->loading || kit->within) {
        hostkit_note(kit, "a transaction in load(), or within another one");
        return hostkit_error(err, PLATEN_E_STATE, "no transaction now");
    }
    if (hostkit_strikes(kit, err)) {
        return PLATEN_E_NOMEM;
    }
    PLATEN_TRY(open_database(kit, err));
    PLATEN_TRY(execute(kit, "BEGIN", err));
    kit->within = true;
    platen_code rc = fn(&tx, user, err);
    kit->within = false;
    while (tx.open != NULL) {
        platen_rows *rows = tx.open;
        tx.open = rows->next;
        reset(rows);
        (void)sqlite3_finalize(rows->st);
        free(rows);
    }
    platen_code end = execute(kit, rc == PLATEN_OK && writing ? "COMMIT" : "ROLLBACK", NULL);
    return rc != PLATEN_OK ? rc : end;
}

static platen_code store_read(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err)
{
    return hostkit_transaction(ctx->kit, false, fn, user, err);
}

static platen_code store_write(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err)
{
    return hostkit_transaction(ctx->kit, true, fn, user, err);
}

/* ---- statements ---- */

static platen_code prepare(platen_tx *tx, const char *name, platen_rows **out, platen_error *err)
{
    const entry *e = hostkit_find(tx->kit, HOSTKIT_STATEMENT, name);
    if (hostkit_strikes(tx->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    if (e == NULL) {
        hostkit_note(tx->kit, "statement '%s' was not declared", name);
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no statement '%s'", name);
    }
    if (tx->kit->rows_open == PLATEN_ROWS_OPEN) {
        hostkit_note(tx->kit, "statement '%s' is prepared while %u wait for their reset()", name,
                     PLATEN_ROWS_OPEN);
        return hostkit_error(err, PLATEN_E_TOO_LARGE, "statement '%s' is one more than %u in use",
                             name, PLATEN_ROWS_OPEN);
    }
    platen_rows *rows = calloc(1, sizeof(*rows));
    rows->kit = tx->kit;
    if (sqlite3_prepare_v2(tx->kit->db, e->text, -1, &rows->st, NULL) != SQLITE_OK) {
        free(rows);
        return sql_error(tx->kit, err);
    }
    rows->writes = sqlite3_stmt_readonly(rows->st) == 0;
    if (rows->writes && !tx->writing) {
        hostkit_note(tx->kit, "statement '%s' writes in read()", name);
    }
    rows->next = tx->open;
    tx->open = rows;
    tx->kit->rows_open++;
    *out = rows;
    return PLATEN_OK;
}

/* The number of a parameter; 0 and noted when there is none. */
static int param_of(platen_rows *rows, const char *param)
{
    char name[PARAM];
    (void)snprintf(name, sizeof(name), ":%s", param);
    if (sqlite3_stmt_busy(rows->st) != 0) {
        (void)sqlite3_reset(rows->st);
    }
    int index = sqlite3_bind_parameter_index(rows->st, name);
    if (index == 0) {
        rows->bad = true;
        hostkit_note(rows->kit, "a statement has no parameter '%s'", param);
    }
    return index;
}

static void bind_i64(platen_rows *rows, const char *param, int64_t value)
{
    (void)sqlite3_bind_int64(rows->st, param_of(rows, param), value);
}

static void bind_real(platen_rows *rows, const char *param, double value)
{
    (void)sqlite3_bind_double(rows->st, param_of(rows, param), value);
}

static void bind_text(platen_rows *rows, const char *param, const char *value)
{
    (void)sqlite3_bind_text(rows->st, param_of(rows, param), value, -1, SQLITE_TRANSIENT);
}

static void bind_blob(platen_rows *rows, const char *param, const void *data, size_t length)
{
    (void)sqlite3_bind_blob64(rows->st, param_of(rows, param), data, length, SQLITE_TRANSIENT);
}

static void bind_null(platen_rows *rows, const char *param)
{
    (void)sqlite3_bind_null(rows->st, param_of(rows, param));
}

static platen_code ready(platen_rows *rows, platen_error *err)
{
    if (hostkit_strikes(rows->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    if (rows->over) {
        hostkit_note(rows->kit, "a statement is used behind its reset()");
        return hostkit_error(err, PLATEN_E_STATE, "the statement was given back");
    }
    return rows->bad ? hostkit_error(err, PLATEN_E_INVAL, "a parameter that is none") : PLATEN_OK;
}

static platen_code run(platen_rows *rows, int64_t *changes, platen_error *err)
{
    int code = SQLITE_ROW;
    PLATEN_TRY(ready(rows, err));
    (void)sqlite3_reset(rows->st);
    while (code == SQLITE_ROW) {
        code = sqlite3_step(rows->st);
    }
    if (changes != NULL) {
        *changes = sqlite3_changes64(rows->kit->db);
    }
    platen_code rc = code == SQLITE_DONE ? PLATEN_OK : sql_error(rows->kit, err);
    (void)sqlite3_reset(rows->st);
    return rc;
}

static platen_code step(platen_rows *rows, platen_error *err)
{
    PLATEN_TRY(ready(rows, err));
    int code = sqlite3_step(rows->st);
    return code == SQLITE_ROW    ? PLATEN_OK
           : code == SQLITE_DONE ? PLATEN_E_NOT_FOUND
                                 : sql_error(rows->kit, err);
}

static int64_t get_i64(platen_rows *rows, uint32_t column)
{
    return sqlite3_column_int64(rows->st, (int)column);
}

static double get_real(platen_rows *rows, uint32_t column)
{
    return sqlite3_column_double(rows->st, (int)column);
}

static const char *get_text(platen_rows *rows, uint32_t column)
{
    const char *text = (const char *)sqlite3_column_text(rows->st, (int)column);
    return text != NULL ? text : "";
}

static const void *get_blob(platen_rows *rows, uint32_t column, size_t *length)
{
    const void *data = sqlite3_column_blob(rows->st, (int)column);
    *length = (size_t)sqlite3_column_bytes(rows->st, (int)column);
    return data != NULL ? data : "";
}

static bool get_is_null(platen_rows *rows, uint32_t column)
{
    return sqlite3_column_type(rows->st, (int)column) == SQLITE_NULL;
}

const platen_store hostkit_store = {(uint32_t)sizeof(platen_store),
                                    add_migration,
                                    add_statement,
                                    store_read,
                                    store_write,
                                    prepare,
                                    bind_i64,
                                    bind_real,
                                    bind_text,
                                    bind_blob,
                                    bind_null,
                                    run,
                                    step,
                                    get_i64,
                                    get_real,
                                    get_text,
                                    get_blob,
                                    get_is_null,
                                    reset};

/* ---- devices ---- */

/* 1 to 3, and what a test put into the table. */
static bool is_there(hostkit *kit, int64_t id)
{
    sqlite3_stmt *st = NULL;
    if (kit->db == NULL) {
        return id >= 1 && id <= 3;
    }
    bool there = sqlite3_prepare_v2(kit->db, "SELECT 1 FROM device WHERE id = ?", -1, &st, NULL) ==
                     SQLITE_OK &&
                 sqlite3_bind_int64(st, 1, id) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    return there;
}

static platen_code device_of(hostkit *kit, int64_t id, platen_device_fn fn, void *user,
                             platen_error *err)
{
    char name[32];
    char address[32];
    if (!is_there(kit, id)) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no device %lld", (long long)id);
    }
    (void)snprintf(name, sizeof(name), "printer-%d", (int)id);
    (void)snprintf(address, sizeof(address), "192.0.2.%d", (int)id);
    platen_device device = {.size = (uint32_t)sizeof(device),
                            .managed = 1,
                            .id = id,
                            .agent = 1,
                            .name = name,
                            .address = address,
                            .address6 = "",
                            .hostname = "",
                            .manufacturer = "Acme",
                            .model = "5000",
                            .serial = name,
                            .mac = "",
                            .firmware = "1.0",
                            .location = "",
                            .contact = "",
                            .comment = "",
                            .link = "",
                            .page_count = 1000 * id};
    return fn(&device, user, err);
}

static platen_code model_device(platen_ctx *ctx, platen_tx *tx, int64_t id, platen_device_fn fn,
                                void *user, platen_error *err)
{
    hostkit *kit = ctx->kit;
    if (kit->loading || (tx == NULL && kit->within)) {
        hostkit_note(kit, "model/1 in load(), or without the transaction that is open");
        return hostkit_error(err, PLATEN_E_STATE, "no device now");
    }
    return hostkit_strikes(kit, err) ? PLATEN_E_NOMEM : device_of(kit, id, fn, user, err);
}

static platen_code model_devices(platen_ctx *ctx, platen_tx *tx, const int64_t *ids, size_t count,
                                 platen_device_fn fn, void *user, platen_error *err)
{
    static const int64_t all[] = {1, 2, 3};
    hostkit *kit = ctx->kit;
    if (kit->loading || (tx == NULL && kit->within)) {
        hostkit_note(kit, "model/1 in load(), or without the transaction that is open");
        return hostkit_error(err, PLATEN_E_STATE, "no devices now");
    }
    if (hostkit_strikes(kit, err)) {
        return PLATEN_E_NOMEM;
    }
    if (ids == NULL) {
        ids = all;
        count = 3;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_there(kit, ids[i])) {
            PLATEN_TRY(device_of(kit, ids[i], fn, user, err));
        }
    }
    return PLATEN_OK;
}

const platen_model hostkit_model = {(uint32_t)sizeof(platen_model), model_device, model_devices};
