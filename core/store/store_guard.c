/* See store_guard.h. */
#include "core/store/store_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/store/store_internal.h"

struct store_guard {
    sqlite3 *db;
    char prefix[STORE_GUARD_PREFIX];
    bool making;      /* a migration runs: tables may be made and dropped */
    bool looking;     /* the guard's own questions */
    char denied[128]; /* the first that was */
};

/* ---- what may be touched ---- */

static bool own(const store_guard *g, const char *name)
{
    return name != NULL && text_begins(name, g->prefix) && name[strlen(g->prefix)] != '\0';
}

/* What SQLite does by itself to make a table or an index. It lets nobody else write there. */
static bool of_making(const store_guard *g, const char *name)
{
    static const char automatic[] = "sqlite_autoindex_";
    if (!g->making || name == NULL || !text_begins(name, "sqlite_")) {
        return false;
    }
    return !text_begins(name, automatic) || own(g, name + sizeof(automatic) - 1);
}

static bool may_read(const store_guard *g, const char *table)
{
    /* Rows of a JSON value, and what a query counts without a column. */
    return own(g, table) || of_making(g, table) ||
           (table != NULL && (strcmp(table, "json_each") == 0 || strcmp(table, "json_tree") == 0));
}

static bool allowed(const store_guard *g, int action, const char *first, const char *second)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return true;
    case SQLITE_FUNCTION:
        return second == NULL || strcmp(second, "load_extension") != 0;
    case SQLITE_READ:
        return may_read(g, first);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return own(g, first) || of_making(g, first);
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VIEW:
    case SQLITE_REINDEX:
        return g->making && (own(g, first) || of_making(g, first));
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX:
        return g->making && own(g, second) && (own(g, first) || of_making(g, first));
    case SQLITE_ALTER_TABLE:
        return g->making && own(g, second);
    default:
        return false; /* triggers, PRAGMA, ATTACH, transactions, temporary and virtual tables */
    }
}

static int authorize(void *user, int action, const char *first, const char *second,
                     const char *database, const char *inner)
{
    store_guard *g = user;
    (void)database;
    (void)inner;
    if (g->looking || allowed(g, action, first, second)) {
        return SQLITE_OK;
    }
    if (g->denied[0] == '\0') {
        const char *name = action == SQLITE_ALTER_TABLE ? second : first;
        (void)snprintf(g->denied, sizeof(g->denied), "%s", name != NULL ? name : "this");
    }
    return SQLITE_DENY;
}

static platen_code refused(const store_guard *g, platen_error *err)
{
    if (g->denied[0] != '\0') {
        return error_set(err, PLATEN_E_INVAL, "it touches '%s', and may touch only %s...",
                         g->denied, g->prefix);
    }
    return error_set(err, PLATEN_E_INVAL, "%s", sqlite3_errmsg(g->db));
}

/* ---- making and freeing ---- */

platen_code store_guard_new(const char *prefix, store_guard **out, platen_error *err)
{
    store_sqlite_begin();
    store_guard *g = calloc(1, sizeof(*g));
    if (g == NULL || snprintf(g->prefix, sizeof(g->prefix), "%s", prefix) >= STORE_GUARD_PREFIX ||
        sqlite3_open_v2(":memory:", &g->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, NULL) !=
            SQLITE_OK) {
        store_guard_free(g);
        return error_set(err, PLATEN_E_NOMEM, "no memory for looking at tables");
    }
    sqlite3_db_config(g->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(g->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(g->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    store_sqlite_functions(g->db);
    /* What a mistake could make endless ends. */
    sqlite3_limit(g->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(g->db, authorize, g);
    *out = g;
    return PLATEN_OK;
}

void store_guard_free(store_guard *g)
{
    if (g != NULL) {
        sqlite3_close(g->db);
        free(g);
    }
}

/* ---- migrations ---- */

/* References that could hinder the core in deleting its rows, or lead nowhere. */
static const char foreign[] =
    "SELECT t.name, r.\"table\", r.\"to\", r.on_delete FROM sqlite_master AS t "
    "JOIN pragma_foreign_key_list(t.name) AS r WHERE t.type = 'table'";

static platen_code check_reference(const store_guard *g, sqlite3_stmt *st, platen_error *err)
{
    const char *table = (const char *)sqlite3_column_text(st, 1);
    const char *column = (const char *)sqlite3_column_text(st, 2);
    const char *rule = (const char *)sqlite3_column_text(st, 3);
    if (own(g, table)) {
        return PLATEN_OK;
    }
    bool device = table != NULL && strcmp(table, "device") == 0 &&
                  (column == NULL || strcmp(column, "id") == 0);
    bool lets_go = rule != NULL && (strcmp(rule, "CASCADE") == 0 || strcmp(rule, "SET NULL") == 0);
    if (device && lets_go) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_INVAL,
                     "'%s' refers to '%s', and may refer to its own tables, and to device(id) with "
                     "ON DELETE CASCADE or SET NULL",
                     (const char *)sqlite3_column_text(st, 0), table != NULL ? table : "");
}

/* A table that is renamed is asked for by its old name only. */
static const char names[] =
    "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'";

static platen_code check_names(store_guard *g, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    g->looking = true;
    if (sqlite3_prepare_v2(g->db, names, -1, &st, NULL) != SQLITE_OK) {
        rc = error_set(err, PLATEN_E_INTERNAL, "%s", sqlite3_errmsg(g->db));
    }
    while (rc == PLATEN_OK && sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        if (!own(g, name)) {
            rc = error_set(err, PLATEN_E_INVAL, "it makes '%s', and may make only %s...", name,
                           g->prefix);
        }
    }
    sqlite3_finalize(st);
    g->looking = false;
    return rc;
}

static platen_code check_references(store_guard *g, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    g->looking = true;
    platen_code rc = PLATEN_OK;
    if (sqlite3_prepare_v2(g->db, foreign, -1, &st, NULL) != SQLITE_OK) {
        rc = error_set(err, PLATEN_E_INTERNAL, "%s", sqlite3_errmsg(g->db));
    }
    while (rc == PLATEN_OK && sqlite3_step(st) == SQLITE_ROW) {
        rc = check_reference(g, st, err);
    }
    sqlite3_finalize(st);
    g->looking = false;
    return rc;
}

platen_code store_guard_migration(store_guard *g, const store_migration *step, platen_error *err)
{
    strbuf sql;
    strbuf_init(&sql);
    g->denied[0] = '\0';
    platen_code rc = store_expand(step, STORE_SQLITE, &sql, err);
    if (rc == PLATEN_OK) {
        g->making = true;
        if (sqlite3_exec(g->db, sql.data, NULL, NULL, NULL) != SQLITE_OK) {
            rc = refused(g, err);
        }
        g->making = false;
    }
    strbuf_fini(&sql);
    PLATEN_TRY(rc);
    PLATEN_TRY(check_names(g, err));
    return check_references(g, err);
}

/* ---- statements ---- */

platen_code store_guard_statement(store_guard *g, const char *sql, bool *writes, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    sqlite3_stmt *more = NULL;
    const char *tail = NULL;
    platen_code rc = PLATEN_OK;
    g->denied[0] = '\0';
    if (sqlite3_prepare_v2(g->db, sql, -1, &st, &tail) != SQLITE_OK) {
        rc = refused(g, err);
    } else if (st == NULL) {
        rc = error_set(err, PLATEN_E_INVAL, "it is empty");
    } else if (sqlite3_prepare_v2(g->db, tail, -1, &more, NULL) != SQLITE_OK || more != NULL) {
        rc = error_set(err, PLATEN_E_INVAL, "it is more than one statement");
    } else if (sqlite3_stmt_isexplain(st) != 0) {
        rc = error_set(err, PLATEN_E_INVAL, "it explains a statement");
    } else {
        *writes = sqlite3_stmt_readonly(st) == 0;
    }
    sqlite3_finalize(more);
    sqlite3_finalize(st);
    return rc;
}
