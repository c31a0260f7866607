/* store/1: migrations, statements, transactions of plugins. */
#include "core/feature/iface_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/store_guard.h"

/* ---- declaring ---- */

static void withdraw(platen_ctx *ctx, void *object)
{
    feature_tables *t = object;
    feature_plugin *p = feature_plugin_of(ctx);
    while (t->steps != NULL) {
        table_step *step = t->steps;
        t->steps = step->next;
        free(step);
    }
    map_free(t->statements, free);
    store_guard_free(t->guard);
    free(t);
    p->tables = NULL;
}

static platen_code tables_of(feature_plugin *p, feature_tables **out, platen_error *err)
{
    *out = p->tables;
    if (*out != NULL) {
        return PLATEN_OK;
    }
    feature_tables *t = calloc(1, sizeof(*t));
    if (t == NULL || (t->statements = map_new()) == NULL) {
        free(t);
        return error_set(err, PLATEN_E_NOMEM, "no memory for tables");
    }
    platen_code rc = store_guard_new(p->prefix, &t->guard, err);
    if (rc == PLATEN_OK) {
        rc = plug_own(p->ctx, withdraw, t, err);
    }
    if (rc != PLATEN_OK) {
        store_guard_free(t->guard);
        map_free(t->statements, NULL);
        free(t);
        return rc;
    }
    *out = p->tables = t;
    return PLATEN_OK;
}

static platen_code check_sql(const char *what, const char *name, const char *sql, platen_error *err)
{
    size_t length = sql != NULL ? strnlen(sql, PLATEN_SQL_MAX + 1) : 0;
    if (length == 0 || length > PLATEN_SQL_MAX || !text_is_utf8(sql, length)) {
        return error_set(err, PLATEN_E_INVAL, "%s '%.63s' is no text of 1 to %u bytes UTF-8", what,
                         name, PLATEN_SQL_MAX);
    }
    return PLATEN_OK;
}

static platen_code check_migration(const feature_tables *t, const platen_migration *m,
                                   platen_error *err)
{
    size_t length = m->name != NULL ? strnlen(m->name, TABLE_STEP_NAME + 1) : 0;
    if (length == 0 || length > TABLE_STEP_NAME || !text_is_utf8(m->name, length)) {
        return error_set(err, PLATEN_E_INVAL, "migration %" PRIu32 " has no name of 1 to %d bytes",
                         m->number, TABLE_STEP_NAME);
    }
    if (t->step_count == PLATEN_MIGRATIONS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "migration '%s' is one more than %u", m->name,
                         PLATEN_MIGRATIONS_MAX);
    }
    if (m->number != t->step_count + 1) {
        return error_set(err, PLATEN_E_INVAL,
                         "migration '%s' has the number %" PRIu32 ", the next is %zu", m->name,
                         m->number, t->step_count + 1);
    }
    return check_sql("migration", m->name, m->sql, err);
}

static platen_code keep_migration(feature_tables *t, const platen_migration *m, platen_error *err)
{
    size_t name = strlen(m->name) + 1;
    size_t sql = strlen(m->sql) + 1;
    table_step *step = malloc(sizeof(*step) + name + sql);
    if (step == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for migration '%s'", m->name);
    }
    step->next = NULL;
    step->step = (store_migration){.number = m->number,
                                   .name = memcpy(step->texts, m->name, name),
                                   .sql = memcpy(step->texts + name, m->sql, sql)};
    table_step **at = &t->steps;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = step;
    t->step_count++;
    return PLATEN_OK;
}

static platen_code migration(platen_ctx *ctx, const platen_migration *given, platen_error *err)
{
    feature_plugin *p = NULL;
    feature_tables *t = NULL;
    platen_migration m = PLATEN_MIGRATION_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "migrations", &p, err));
    PLATEN_TRY(feature_take_struct(&m, sizeof(m), sizeof(m), given, "migration", err));
    PLATEN_TRY(tables_of(p, &t, err));
    PLATEN_TRY(check_migration(t, &m, err));
    const store_migration step = {m.number, m.name, m.sql};
    platen_code rc = store_guard_migration(t->guard, &step, err);
    return rc == PLATEN_OK ? keep_migration(t, &m, err)
                           : error_note(err, rc, "migration '%s'", m.name);
}

static platen_code check_statement(const feature_tables *t, const platen_statement *s,
                                   platen_error *err)
{
    size_t length = s->name != NULL ? strnlen(s->name, TABLE_STATEMENT_NAME + 1) : 0;
    if (length == 0 || length > TABLE_STATEMENT_NAME ||
        strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length) {
        return error_set(err, PLATEN_E_INVAL,
                         "statement '%.63s' has no name of 1 to %d characters a-z, 0-9 and '_'",
                         s->name != NULL ? s->name : "", TABLE_STATEMENT_NAME);
    }
    if (s->flags != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "statement '%s' has flags 0x%" PRIx32 ", this host knows 0x0", s->name,
                         s->flags);
    }
    if (map_get(t->statements, s->name, length) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "statement '%s' is there already", s->name);
    }
    if (map_count(t->statements) == PLATEN_STATEMENTS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "statement '%s' is one more than %u", s->name,
                         PLATEN_STATEMENTS_MAX);
    }
    PLATEN_TRY(check_sql("statement", s->name, s->sql, err));
    return s->pgsql != NULL ? check_sql("statement", s->name, s->pgsql, err) : PLATEN_OK;
}

static platen_code keep_statement(feature_tables *t, const platen_statement *s, bool writes,
                                  platen_error *err)
{
    size_t name = strlen(s->name) + 1;
    size_t sql = strlen(s->sql) + 1;
    size_t pgsql = s->pgsql != NULL ? strlen(s->pgsql) + 1 : 0;
    table_statement *kept = malloc(sizeof(*kept) + name + sql + pgsql);
    if (kept != NULL) {
        kept->writes = writes;
        kept->sql.name = memcpy(kept->texts, s->name, name);
        kept->sql.sqlite = memcpy(kept->texts + name, s->sql, sql);
        kept->sql.pgsql = kept->sql.sqlite;
        if (pgsql > 0) {
            kept->sql.pgsql = memcpy(kept->texts + name + sql, s->pgsql, pgsql);
        }
    }
    if (kept == NULL || !map_set(t->statements, s->name, name - 1, kept, NULL)) {
        free(kept);
        return error_set(err, PLATEN_E_NOMEM, "no memory for statement '%s'", s->name);
    }
    return PLATEN_OK;
}

static platen_code statement(platen_ctx *ctx, const platen_statement *given, platen_error *err)
{
    bool writes = false;
    feature_plugin *p = NULL;
    feature_tables *t = NULL;
    platen_statement s = PLATEN_STATEMENT_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "statements", &p, err));
    PLATEN_TRY(feature_take_struct(&s, sizeof(s), sizeof(s), given, "statement", err));
    PLATEN_TRY(tables_of(p, &t, err));
    PLATEN_TRY(check_statement(t, &s, err));
    platen_code rc = store_guard_statement(t->guard, s.sql, &writes, err);
    if (rc == PLATEN_OK && s.pgsql != NULL) {
        rc = store_guard_pgsql(p->prefix, s.pgsql, err);
    }
    return rc == PLATEN_OK ? keep_statement(t, &s, writes, err)
                           : error_note(err, rc, "statement '%s'", s.name);
}

/* ---- bringing up ---- */

static platen_code migrate(const feature_plugin *p, platen_error *err)
{
    const feature_tables *t = p->tables;
    char component[80];
    store_migration *steps = calloc(t->step_count, sizeof(*steps));
    if (steps == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for migrations");
    }
    size_t count = 0;
    for (const table_step *step = t->steps; step != NULL; step = step->next) {
        steps[count++] = step->step;
    }
    (void)snprintf(component, sizeof(component), STORE_PLUGIN_COMPONENT "%s", p->name);
    platen_code rc = store_migrate(p->owner->store, component, steps, count, err);
    free(steps);
    return rc;
}

typedef struct preparing {
    store_conn *conn;
    platen_code rc;
    platen_error *err;
} preparing;

/* By their texts: the connection would know them by address, and the plugin may go. */
static bool prepare_one(const void *key, size_t length, void *value, void *user)
{
    preparing *w = user;
    const table_statement *s = value;
    store_stmt *st = NULL;
    (void)key;
    (void)length;
    bool pgsql = store_conn_dialect(w->conn) == STORE_PGSQL;
    w->rc = store_prepare_text(w->conn, pgsql ? s->sql.pgsql : s->sql.sqlite, &st, w->err);
    store_reset(st);
    if (w->rc != PLATEN_OK) {
        w->rc = error_note(w->err, PLATEN_E_INVAL, "statement '%s'", s->sql.name);
    }
    return w->rc == PLATEN_OK;
}

static platen_code prepare_all(const feature_plugin *p, platen_error *err)
{
    preparing w = {.err = err};
    PLATEN_TRY(store_read(p->owner->store, &w.conn, err));
    map_each(p->tables->statements, prepare_one, &w);
    store_read_end(w.conn);
    return w.rc;
}

static platen_code check(feature_plugin *p, platen_error *err)
{
    (void)err;
    if (p->tables != NULL) {
        store_guard_free(p->tables->guard); /* its work is done */
        p->tables->guard = NULL;
    }
    return PLATEN_OK;
}

static platen_code apply(feature_plugin *p, platen_error *err)
{
    if (p->tables == NULL) {
        return PLATEN_OK;
    }
    if (p->tables->step_count > 0) {
        PLATEN_TRY(migrate(p, err));
    }
    return prepare_all(p, err);
}

/* ---- what is told of them ---- */

void feature_write_migrations(const feature *f, const char *plugin, size_t most, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    for (const feature_plugin *p = f->plugins; p != NULL; p = p->next) {
        const table_step *step =
            strcmp(p->name, plugin) == 0 && p->tables != NULL ? p->tables->steps : NULL;
        for (; step != NULL && out->length < most; step = step->next) {
            json_object(&w, NULL);
            json_i64(&w, "number", step->step.number);
            json_text(&w, "name", step->step.name);
            json_object_end(&w);
        }
    }
    json_array_end(&w);
}

static const platen_store table = {
    .size = (uint32_t)sizeof(platen_store),
    .migration = migration,
    .statement = statement,
    .read = feature_tx_read,
    .write = feature_tx_write,
    .prepare = feature_tx_prepare,
    .bind_i64 = feature_rows_bind_i64,
    .bind_real = feature_rows_bind_real,
    .bind_text = feature_rows_bind_text,
    .bind_blob = feature_rows_bind_blob,
    .bind_null = feature_rows_bind_null,
    .run = feature_rows_run,
    .step = feature_rows_step,
    .i64 = feature_rows_i64,
    .real = feature_rows_real,
    .text = feature_rows_text,
    .blob = feature_rows_blob,
    .is_null = feature_rows_is_null,
    .reset = feature_rows_reset,
};

const feature_part feature_store = {
    .name = "store/1", .table = &table, .check = check, .apply = apply};
