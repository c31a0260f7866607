/* See snapshot.h. */
#include "core/database/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/database/database.h"
#include "core/model/plugin_secret.h"
#include "snapshot_sql.h"

#define SQLITE "sqlite:"
#define STATEMENTS_MOST 20000

/* ---- SQLite ---- */

static platen_code copy_paths(const char *folder, char whole[FILE_PATH], char part[FILE_PATH],
                              platen_error *err)
{
    PLATEN_TRY(file_join(whole, folder, "platen.db", err));
    return file_join(part, folder, "platen.db.part", err);
}

static platen_code move(const char *from, const char *to, platen_error *err)
{
    return rename(from, to) == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot move '%s' to '%s'", from, to);
}

static platen_code make_file(const char *database, const char *folder, platen_error *err)
{
    char whole[FILE_PATH];
    char part[FILE_PATH];
    PLATEN_TRY(copy_paths(folder, whole, part, err));
    PLATEN_TRY(file_remove_tree(part, err));
    PLATEN_TRY(store_snapshot(database, part, err));
    PLATEN_TRY(move(part, whole, err));
    return file_sync_dir(folder, err);
}

static platen_code sync_beside(const char *database, platen_error *err)
{
    char folder[DATABASE_URL];
    (void)snprintf(folder, sizeof(folder), "%s", database);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder) {
        return PLATEN_OK;
    }
    *slash = '\0';
    return file_sync_dir(folder, err);
}

/* The log of the database that goes must not be read into the one that comes. */
static platen_code put_file_back(const char *database, const char *folder, platen_error *err)
{
    static const char *const belongs[] = {"-wal", "-shm"};
    char whole[FILE_PATH];
    char part[FILE_PATH];
    char fresh[DATABASE_URL + 16];
    PLATEN_TRY(copy_paths(folder, whole, part, err));
    if (!file_exists(whole)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "the copy '%s' is not there", whole);
    }
    (void)snprintf(fresh, sizeof(fresh), "%s.back", database);
    PLATEN_TRY(file_remove_tree(fresh, err));
    PLATEN_TRY(store_snapshot(whole, fresh, err));
    for (size_t i = 0; i < 2; i++) {
        char path[DATABASE_URL + 16];
        (void)snprintf(path, sizeof(path), "%s%s", database, belongs[i]);
        PLATEN_TRY(file_remove_tree(path, err));
    }
    PLATEN_TRY(move(fresh, database, err));
    return sync_beside(database, err);
}

static platen_code restore_file(const char *database, const char *folder, platen_error *err)
{
    int lock = -1;
    PLATEN_TRY(store_lock_take(database, &lock, err));
    platen_code rc = put_file_back(database, folder, err);
    store_lock_release(lock);
    return rc;
}

/* ---- PostgreSQL ---- */

static platen_code run_text(store_conn *conn, const char *sql, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare_text(conn, sql, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* Runs the statements that a query gives: all are read first, then `between` runs, if any. */
static platen_code run_steps(store_conn *conn, const store_sql *query, const char *between,
                             platen_error *err)
{
    store_stmt *st = NULL;
    arena *memory = arena_new();
    char **steps =
        memory != NULL ? arena_alloc_array(memory, STATEMENTS_MOST, sizeof(*steps)) : NULL;
    size_t count = 0;
    platen_code rc = steps != NULL ? store_prepare(conn, query, &st, err)
                                   : error_set(err, PLATEN_E_NOMEM, "no memory for the copy");
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        steps[count] = arena_dup(memory, store_text(st, 0));
        if (steps[count] == NULL || ++count == STATEMENTS_MOST) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the copy");
        }
    }
    store_reset(st);
    rc = rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    if (rc == PLATEN_OK && between != NULL) {
        rc = run_text(conn, between, err);
    }
    for (size_t i = 0; rc == PLATEN_OK && i < count; i++) {
        rc = run_text(conn, steps[i], err);
    }
    arena_free(memory);
    return rc;
}

static platen_code is_there(store_conn *conn, bool *there, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_snapshot_is_there, &st, err));
    platen_code rc = store_step(st, err);
    store_reset(st);
    *there = rc == PLATEN_OK;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* References are written as the catalog shows them: with the new schema first on the path they are
 * those among the copies. The definitions are read while it is not. */
static platen_code make_schema(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    PLATEN_TRY(run_text(conn, "DROP SCHEMA IF EXISTS platen_snapshot CASCADE", err));
    PLATEN_TRY(run_text(conn, "CREATE SCHEMA platen_snapshot", err));
    return run_steps(conn, &sql_snapshot_make,
                     "SELECT set_config('search_path', 'platen_snapshot,' || "
                     "current_setting('search_path'), true)",
                     err);
}

static platen_code put_schema_back(store_conn *conn, void *user, platen_error *err)
{
    bool there = false;
    (void)user;
    PLATEN_TRY(is_there(conn, &there, err));
    if (!there) {
        return PLATEN_OK;
    }
    PLATEN_TRY(run_steps(conn, &sql_snapshot_back, NULL, err));
    return run_text(conn, "DROP SCHEMA platen_snapshot", err);
}

static platen_code drop_schema(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    return run_text(conn, "DROP SCHEMA IF EXISTS platen_snapshot CASCADE", err);
}

/* ---- either ---- */

static platen_code open_alone(const char *url, store **s, platen_error *err)
{
    const store_options options = {.url = url, .readers = 1, .alone = true};
    return store_open(&options, s, err);
}

static platen_code with_store(const char *url, store_write_fn fn, void *user, platen_error *err)
{
    store *s = NULL;
    PLATEN_TRY(open_alone(url, &s, err));
    platen_code rc = store_write_alone(s, fn, user, err);
    store_close(s);
    return rc;
}

platen_code snapshot_make(const conf *c, const char *folder, platen_error *err)
{
    char url[DATABASE_URL];
    PLATEN_TRY(database_url(c, url, err));
    return text_begins(url, SQLITE) ? make_file(url + strlen(SQLITE), folder, err)
                                    : with_store(url, make_schema, NULL, err);
}

platen_code snapshot_restore(const conf *c, const char *folder, platen_error *err)
{
    char url[DATABASE_URL];
    PLATEN_TRY(database_url(c, url, err));
    return text_begins(url, SQLITE) ? restore_file(url + strlen(SQLITE), folder, err)
                                    : with_store(url, put_schema_back, NULL, err);
}

platen_code snapshot_drop(const conf *c, const char *folder, platen_error *err)
{
    char url[DATABASE_URL];
    PLATEN_TRY(database_url(c, url, err));
    if (!text_begins(url, SQLITE)) {
        PLATEN_TRY(with_store(url, drop_schema, NULL, err));
    }
    return file_remove_tree(folder, err);
}

/* ---- tables and secrets of a function that is removed ---- */

static bool is_table_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static platen_code drop_tables(store_conn *conn, void *user, platen_error *err)
{
    const snapshot_drop_list *list = user;
    store_stmt *st = NULL;
    for (size_t i = list->count; i-- > 0;) { /* made last, refers to those before */
        char sql[128];
        if (!is_table_name(list->tables[i])) {
            return error_set(err, PLATEN_E_INVAL, "'%.64s' is no name of a table", list->tables[i]);
        }
        (void)snprintf(sql, sizeof(sql), "DROP TABLE IF EXISTS \"%s\"%s", list->tables[i],
                       store_conn_dialect(conn) == STORE_PGSQL ? " CASCADE" : "");
        PLATEN_TRY(run_text(conn, sql, err));
    }
    PLATEN_TRY(store_prepare(conn, &sql_snapshot_forget, &st, err));
    store_bind_text(st, "component", list->component);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    return plugin_secret_forget(conn, list->component + strlen(STORE_PLUGIN_COMPONENT), err);
}

platen_code snapshot_drop_tables(const conf *c, const snapshot_drop_list *list, platen_error *err)
{
    char url[DATABASE_URL];
    snapshot_drop_list copy = *list;
    PLATEN_TRY(database_url(c, url, err));
    return with_store(url, drop_tables, &copy, err);
}
