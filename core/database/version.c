/* Which steps of which component a database has. */
#include <stdio.h>
#include <string.h>

#include "catalog_sql.h"
#include "core/base/text.h"
#include "core/database/database.h"

static platen_code add(database_version *v, const char *name, size_t steps, platen_error *err)
{
    if (v->count == DATABASE_COMPONENTS || strlen(name) >= sizeof(v->of[0].name)) {
        return error_set(err, PLATEN_E_VERSION, "component '%.60s' is one too many", name);
    }
    (void)snprintf(v->of[v->count].name, sizeof(v->of[0].name), "%s", name);
    v->of[v->count++].steps = steps;
    return PLATEN_OK;
}

platen_code database_version_read(store_conn *conn, database_version *out, platen_error *err)
{
    store_stmt *st = NULL;
    *out = (database_version){0};
    PLATEN_TRY(store_prepare(conn, &sql_catalog_steps, &st, err));
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        rc = add(out, store_text(st, 0), (size_t)store_i64(st, 1), err);
        rc = rc == PLATEN_OK ? store_step(st, err) : rc;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

void database_version_own(database_version *out)
{
    *out = (database_version){0};
    for (size_t i = 0; i < database_component_count; i++) {
        (void)add(out, database_components[i].name, *database_components[i].count, NULL);
    }
}

size_t database_version_steps(const database_version *v, const char *component)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->of[i].name, component) == 0) {
            return v->of[i].steps;
        }
    }
    return 0;
}

platen_code database_version_check(const database_version *v, platen_error *err)
{
    database_version own;
    database_version_own(&own);
    for (size_t i = 0; i < v->count; i++) {
        size_t known = database_version_steps(&own, v->of[i].name);
        if (v->of[i].steps > known && !text_begins(v->of[i].name, STORE_PLUGIN_COMPONENT)) {
            return error_set(err, PLATEN_E_VERSION,
                             "the database has step %zu of '%s', this program knows up to %zu: it "
                             "is of a newer version",
                             v->of[i].steps, v->of[i].name, known);
        }
    }
    return PLATEN_OK;
}

platen_code database_migrate_to(store *s, const database_version *v, platen_error *err)
{
    for (size_t i = 0; i < database_component_count; i++) {
        const database_component *c = &database_components[i];
        size_t wanted = database_version_steps(v, c->name);
        size_t steps = wanted < *c->count ? wanted : *c->count;
        if (steps > 0) {
            PLATEN_TRY(store_migrate(s, c->name, c->steps, steps, err));
        }
    }
    return PLATEN_OK;
}
