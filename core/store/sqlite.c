/*
 * The SQLite back end: a WAL file, synchronous commits (the group commit of the writer pays for
 * them), read connections that cannot write. A connection is used by one thread at a time, so
 * SQLite's own mutexes are off.
 */
#include "core/store/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "core/base/log.h"

#define LOG_SOURCE "store"

#define BUSY_MS 10000
#define PARAMETER_NAME 64

/* Page caches: the manager has 250 MB in all. The writer's holds the hot pages of 50,000 devices;
 * readers fetch from the operating system's cache cheaply. Mapped memory would count as ours. */
#define WRITER_CACHE_KIB 65536
#define READER_CACHE_KIB 4096
/* What a statement can undo is kept in memory up to so many bytes, and then in a file: with 64 KiB,
 * which SQLite takes by itself, each insertion of a device wrote to one. This is the most: SQLite
 * moves it to the file in one write, and writes at most 131,071 bytes at once (os_unix.c). What is
 * larger ends with "disk full". */
#define STATEMENT_JOURNAL 131071

enum { COMMANDS = STORE_ROLLBACK + 1 };

typedef struct sqlite_conn {
    store_conn base;
    sqlite3 *db;
    sqlite3_int64 changes; /* before a function that is alone */
    sqlite3_stmt *commands[COMMANDS][2];
} sqlite_conn;

typedef struct sqlite_statement {
    store_stmt base;
    sqlite3_stmt *handle;
} sqlite_statement;

/* What each command is; the second statement follows the first. */
static const char *const command_text[COMMANDS][2] = {
    [STORE_BEGIN_READ] = {"BEGIN", NULL},
    [STORE_END_READ] = {"COMMIT", NULL},
    [STORE_BEGIN_WRITE] = {"BEGIN IMMEDIATE", NULL},
    [STORE_BEGIN_ALONE] = {"BEGIN IMMEDIATE", NULL},
    [STORE_SAVE] = {"SAVEPOINT job", NULL},
    [STORE_NEXT] = {"RELEASE job", "SAVEPOINT job"},
    [STORE_UNDO] = {"ROLLBACK TO job", NULL},
    [STORE_APART] = {"SAVEPOINT apart", NULL},
    [STORE_APART_KEEP] = {"RELEASE apart", NULL},
    [STORE_APART_UNDO] = {"ROLLBACK TO apart", "RELEASE apart"},
    [STORE_COMMIT] = {"COMMIT", NULL},
    [STORE_COMMIT_ALONE] = {"COMMIT", NULL},
    [STORE_ROLLBACK] = {"ROLLBACK", NULL},
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_set_up(void)
{
    /* Counting every allocation takes one mutex for all threads. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, STATEMENT_JOURNAL);
    sqlite3_initialize();
}

void store_sqlite_begin(void)
{
    pthread_once(&library_once, library_set_up);
}

/* ---- errors ---- */

static platen_code code_of(int result)
{
    switch (result) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return PLATEN_E_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return PLATEN_E_STATE;
    default:
        break;
    }
    switch (result & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return PLATEN_E_INVAL;
    case SQLITE_TOOBIG:
        return PLATEN_E_TOO_LARGE;
    case SQLITE_NOMEM:
        return PLATEN_E_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return PLATEN_E_CORRUPT;
    default:
        return PLATEN_E_STORE;
    }
}

/* What a person can do about it; the text names the file before. */
static const char *remedy_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_FULL:
        return ": the disk is full, free some space there";
    case SQLITE_READONLY:
        return ": it can only be read, give the user that runs platend the right to write file and "
               "folder";
    case SQLITE_NOTADB:
        return ": move it away or restore a backup";
    case SQLITE_CORRUPT:
        return ": it is damaged, restore a backup";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ": another program holds it, end that program";
    case SQLITE_CANTOPEN:
        return ": check that its folder exists and can be written";
    default:
        return "";
    }
}

/* Is the trouble the file's and not the statement's? Then the text names the file. */
static bool is_file_trouble(int result)
{
    switch (result & 0xff) {
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return true;
    default:
        return false;
    }
}

static platen_code fail(sqlite_conn *conn, int result, const char *label, platen_error *err)
{
    platen_error local = PLATEN_ERROR_INIT;
    const char *message = conn->db != NULL ? sqlite3_errmsg(conn->db) : sqlite3_errstr(result);
    if (conn->db != NULL) {
        int extended = sqlite3_extended_errcode(conn->db);
        result = (extended & 0xff) == (result & 0xff) ? extended : result;
    }
    platen_code code = code_of(result);
    if (is_file_trouble(result)) {
        error_set(&local, code, "database '%s': %s%s", conn->base.store->shown,
                  sqlite3_errstr(result), remedy_of(result));
        int system = conn->db != NULL ? sqlite3_system_errno(conn->db) : 0;
        if ((result & 0xff) == SQLITE_IOERR && system != 0) {
            error_sys(&local, code, system, "database '%s': %s", conn->base.store->shown,
                      sqlite3_errstr(result));
        }
    } else if (label != NULL) {
        error_set(&local, code, "statement '%s': %s", label, message);
    } else {
        error_set(&local, code, "%s", message);
    }
    local.sys = local.sys != 0 ? local.sys : result;
    store_conn_fail(&conn->base, code, local.text);
    if (err != NULL) {
        local.size = err->size;
        *err = local;
    }
    return code;
}

/* ---- connections ---- */

static platen_code script(store_conn *base, const char *sql, platen_error *err)
{
    sqlite_conn *conn = (sqlite_conn *)base;
    int result = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? PLATEN_OK : fail(conn, result, NULL, err);
}

static platen_code scalar(sqlite_conn *conn, const char *sql, int64_t *value, platen_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int result = sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(stmt);
        if (result == SQLITE_ROW) {
            *value = sqlite3_column_int64(stmt, 0);
        }
    }
    platen_code code =
        result == SQLITE_ROW || result == SQLITE_DONE ? PLATEN_OK : fail(conn, result, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static void disconnect(store_conn *base)
{
    sqlite_conn *conn = (sqlite_conn *)base;
    if (conn == NULL) {
        return;
    }
    store_conn_fini(base);
    for (int i = 0; i < COMMANDS; i++) {
        sqlite3_finalize(conn->commands[i][0]);
        sqlite3_finalize(conn->commands[i][1]);
    }
    if (conn->db != NULL && sqlite3_close(conn->db) != SQLITE_OK) {
        log_error("database '%s' was closed with statements open", base->store->shown);
    }
    free(conn);
}

/* The file belongs to Platen's user alone; its -wal and -shm files inherit that from it. */
static platen_code file_create(const char *path, platen_error *err)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno != EEXIST) {
        return error_sys(err, PLATEN_E_STORE, errno,
                         "cannot make database '%s' (check that its folder exists and can be "
                         "written)",
                         path);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return PLATEN_OK;
}

/* What only the writer does once at the start: take the file as ours and prove that it can be
 * written, so that a read-only or full disk shows now and not with the first device. */
static platen_code writer_check(sqlite_conn *conn, platen_error *err)
{
    const char *path = conn->base.store->shown;
    int64_t application = 0;
    int64_t tables = 0;
    PLATEN_TRY(scalar(conn, "PRAGMA application_id", &application, err));
    PLATEN_TRY(scalar(conn, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (tables > 0 && application != STORE_APPLICATION_ID) {
        return error_set(err, PLATEN_E_CORRUPT,
                         "database '%s' was made by another program: move it away or name another",
                         path);
    }
    if (sqlite3_db_readonly(conn->db, "main") == 1) {
        return error_set(err, PLATEN_E_STORE, "database '%s'%s", path, remedy_of(SQLITE_READONLY));
    }
    PLATEN_TRY(script(&conn->base, "PRAGMA journal_mode = WAL", err));
    char text[96];
    snprintf(text, sizeof text, "BEGIN IMMEDIATE; PRAGMA application_id = %d; COMMIT",
             STORE_APPLICATION_ID);
    return script(&conn->base, text, err);
}

/* PostgreSQL's function of the same name, but for the unit: where a text stands in another, counted
 * in bytes from 1; 0: nowhere. Several times as fast as LIKE, which compares letter by letter. */
static void strpos(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *word = (const char *)sqlite3_value_text(values[1]);
    if (text == NULL || word == NULL) {
        return; /* NULL */
    }
    const char *found = memmem(text, (size_t)sqlite3_value_bytes(values[0]), word,
                               (size_t)sqlite3_value_bytes(values[1]));
    sqlite3_result_int64(context, found != NULL ? found - text + 1 : 0);
}

int store_sqlite_functions(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "strpos", 2,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      strpos, NULL, NULL, NULL);
}

static platen_code set_up(sqlite_conn *conn, platen_error *err)
{
    char text[320];
    bool writer = conn->base.writer;
    sqlite3_extended_result_codes(conn->db, 1);
    sqlite3_busy_timeout(conn->db, BUSY_MS);
    /* Hostile content of a restored file must not run code; a column is never quoted with ". */
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    int result = store_sqlite_functions(conn->db);
    if (result != SQLITE_OK) {
        return fail(conn, result, NULL, err);
    }
    if (writer) {
        PLATEN_TRY(writer_check(conn, err));
    }
    /* A checkpoint each 16,000 pages (64 MB) instead of 1,000: fewer syncs when much is written. */
    snprintf(text, sizeof text,
             "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;"
             "PRAGMA journal_size_limit = 134217728; PRAGMA mmap_size = 0;"
             "PRAGMA cache_size = -%d; PRAGMA query_only = %d",
             writer ? WRITER_CACHE_KIB : READER_CACHE_KIB, writer ? 0 : 1);
    return script(&conn->base, text, err);
}

static platen_code connect_open(store *s, bool writer, store_conn **out, platen_error *err)
{
    store_sqlite_begin();
    if (writer) {
        PLATEN_TRY(file_create(s->target, err));
    }
    sqlite_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    platen_code code = store_conn_init(&conn->base, s, &store_engine_sqlite, writer);
    if (code != PLATEN_OK) {
        error_set(err, code, "no memory");
    } else {
        int result = sqlite3_open_v2(s->target, &conn->db,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        code = result == SQLITE_OK ? set_up(conn, err) : fail(conn, result, NULL, err);
    }
    if (code != PLATEN_OK) {
        disconnect(&conn->base);
        return code;
    }
    *out = &conn->base;
    return PLATEN_OK;
}

static bool alive(const store_conn *conn)
{
    (void)conn;
    return true;
}

static bool in_transaction(const store_conn *base)
{
    return sqlite3_get_autocommit(((const sqlite_conn *)base)->db) == 0;
}

static int command_part(sqlite_conn *conn, store_command command, int part)
{
    sqlite3_stmt **stmt = &conn->commands[command][part];
    if (*stmt == NULL) {
        int result = sqlite3_prepare_v3(conn->db, command_text[command][part], -1,
                                        SQLITE_PREPARE_PERSISTENT, stmt, NULL);
        if (result != SQLITE_OK) {
            return result;
        }
    }
    int result = sqlite3_step(*stmt);
    int reset = sqlite3_reset(*stmt);
    return result == SQLITE_DONE ? SQLITE_OK : reset != SQLITE_OK ? reset : result;
}

/* Foreign keys are off while tables are made anew (DROP TABLE would delete what refers to them);
 * before the commit everything is checked at once. That reads the whole database, so not when no
 * row was written, as at each start with nothing to migrate. */
static platen_code foreign_keys_check(sqlite_conn *conn, platen_error *err)
{
    int64_t broken = 0;
    if (sqlite3_total_changes64(conn->db) == conn->changes) {
        return PLATEN_OK;
    }
    PLATEN_TRY(scalar(conn, "SELECT count(*) FROM pragma_foreign_key_check", &broken, err));
    if (broken > 0) {
        return error_set(err, PLATEN_E_CORRUPT,
                         "the migration leaves %lld rows that refer to nothing", (long long)broken);
    }
    return PLATEN_OK;
}

static platen_code command(store_conn *base, store_command what, platen_error *err)
{
    sqlite_conn *conn = (sqlite_conn *)base;
    if (what == STORE_BEGIN_ALONE) {
        sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
        conn->changes = sqlite3_total_changes64(conn->db);
    } else if (what == STORE_COMMIT_ALONE) {
        PLATEN_TRY(foreign_keys_check(conn, err));
    }
    int result = SQLITE_OK;
    if (what != STORE_ROLLBACK || in_transaction(base)) {
        result = command_part(conn, what, 0);
        if (result == SQLITE_OK && command_text[what][1] != NULL) {
            result = command_part(conn, what, 1);
        }
    }
    /* The message is read before anything else touches the connection. */
    platen_code code = result == SQLITE_OK ? PLATEN_OK : fail(conn, result, NULL, err);
    if (what == STORE_COMMIT_ALONE || what == STORE_ROLLBACK || what == STORE_BEGIN_WRITE) {
        if (base->writer && !in_transaction(base)) {
            sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        }
    }
    return code;
}

/* ---- statements ---- */

static platen_code prepare(store_conn *base, const char *text, bool lasting, store_stmt **out,
                           const char *label, platen_error *err)
{
    sqlite_conn *conn = (sqlite_conn *)base;
    sqlite_statement *stmt = calloc(1, sizeof *stmt);
    if (stmt == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    const char *rest = NULL;
    int result = sqlite3_prepare_v3(conn->db, text, -1, lasting ? SQLITE_PREPARE_PERSISTENT : 0,
                                    &stmt->handle, &rest);
    if (result != SQLITE_OK) {
        free(stmt);
        return fail(conn, result, label, err);
    }
    if (stmt->handle == NULL || rest[strspn(rest, " \t\r\n;")] != '\0') {
        sqlite3_finalize(stmt->handle);
        free(stmt);
        store_conn_fail(base, PLATEN_E_INTERNAL, "not exactly one statement");
        return error_set(err, PLATEN_E_INTERNAL, "statement '%s' is not exactly one statement",
                         label);
    }
    *out = &stmt->base;
    return PLATEN_OK;
}

static void finalize(store_stmt *base)
{
    sqlite_statement *stmt = (sqlite_statement *)base;
    sqlite3_finalize(stmt->handle);
    free(stmt);
}

static platen_code bind(store_stmt *base, const char *name, const store_value *value)
{
    sqlite3_stmt *handle = ((sqlite_statement *)base)->handle;
    char parameter[PARAMETER_NAME];
    size_t length = strlen(name);
    if (length + 2 > sizeof parameter) {
        return PLATEN_E_NOT_FOUND;
    }
    parameter[0] = ':';
    memcpy(parameter + 1, name, length + 1);
    int index = sqlite3_bind_parameter_index(handle, parameter);
    if (index == 0) {
        return PLATEN_E_NOT_FOUND;
    }
    int result = SQLITE_OK;
    switch (value->kind) {
    case STORE_NULL:
        result = sqlite3_bind_null(handle, index);
        break;
    case STORE_I64:
        result = sqlite3_bind_int64(handle, index, value->i64);
        break;
    case STORE_DOUBLE:
        result = sqlite3_bind_double(handle, index, value->real);
        break;
    case STORE_TEXT:
        result = sqlite3_bind_text64(handle, index, value->data, value->length, SQLITE_TRANSIENT,
                                     SQLITE_UTF8);
        break;
    case STORE_BLOB:
        /* No bytes at no address would be NULL. */
        result = sqlite3_bind_blob64(handle, index, value->length > 0 ? value->data : "",
                                     value->length, SQLITE_TRANSIENT);
        break;
    }
    return result == SQLITE_OK ? PLATEN_OK : code_of(result);
}

static platen_code step(store_stmt *base, platen_error *err)
{
    sqlite_statement *stmt = (sqlite_statement *)base;
    int result = sqlite3_step(stmt->handle);
    if (result == SQLITE_ROW) {
        return PLATEN_OK;
    }
    if (result == SQLITE_DONE) {
        return PLATEN_E_NOT_FOUND;
    }
    return fail((sqlite_conn *)base->conn, result, base->label, err);
}

static void rewind_statement(store_stmt *base)
{
    sqlite3_reset(((sqlite_statement *)base)->handle);
}

static void unbind(store_stmt *base)
{
    sqlite_statement *stmt = (sqlite_statement *)base;
    sqlite3_reset(stmt->handle);
    sqlite3_clear_bindings(stmt->handle);
}

static int64_t changes(store_stmt *base)
{
    sqlite_statement *stmt = (sqlite_statement *)base;
    return sqlite3_stmt_readonly(stmt->handle) ? 0
                                               : sqlite3_changes64(sqlite3_db_handle(stmt->handle));
}

static int columns(store_stmt *base)
{
    return sqlite3_column_count(((sqlite_statement *)base)->handle);
}

static void column(store_stmt *base, int index, store_value *value)
{
    sqlite3_stmt *handle = ((sqlite_statement *)base)->handle;
    assert(index >= 0 && index < sqlite3_column_count(handle));
    switch (sqlite3_column_type(handle, index)) {
    case SQLITE_INTEGER:
        value->kind = STORE_I64;
        value->i64 = sqlite3_column_int64(handle, index);
        break;
    case SQLITE_FLOAT:
        value->kind = STORE_DOUBLE;
        value->real = sqlite3_column_double(handle, index);
        break;
    case SQLITE_TEXT:
        value->kind = STORE_TEXT;
        value->data = sqlite3_column_text(handle, index);
        value->length = (size_t)sqlite3_column_bytes(handle, index);
        break;
    case SQLITE_BLOB:
        value->kind = STORE_BLOB;
        value->data = sqlite3_column_blob(handle, index);
        value->length = (size_t)sqlite3_column_bytes(handle, index);
        break;
    default:
        value->kind = STORE_NULL;
        break;
    }
}

const store_engine store_engine_sqlite = {
    .dialect = STORE_SQLITE,
    .connect = connect_open,
    .disconnect = disconnect,
    .alive = alive,
    .in_transaction = in_transaction,
    .command = command,
    .script = script,
    .prepare = prepare,
    .finalize = finalize,
    .bind = bind,
    .step = step,
    .rewind = rewind_statement,
    .unbind = unbind,
    .changes = changes,
    .column = column,
    .columns = columns,
};
