/* Tables of plugins in another database: their steps are kept there as texts. */
#include <stdlib.h>
#include <string.h>

#include "catalog_sql.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/database/database.h"

#define STEPS_MAX 500 /* of one plugin: what store/1 allows */

typedef struct steps {
    arena *memory;
    store *to;
    char *component; /* NULL: none yet */
    store_migration list[STEPS_MAX];
    size_t count;
} steps;

static platen_code apply(steps *s, platen_error *err)
{
    platen_code rc = s->component != NULL
                         ? store_migrate(s->to, s->component, s->list, s->count, err)
                         : PLATEN_OK;
    s->component = NULL;
    s->count = 0;
    return rc;
}

static platen_code take(steps *s, store_stmt *st, platen_error *err)
{
    const char *component = store_text(st, 0);
    if (s->component != NULL && strcmp(s->component, component) != 0) {
        PLATEN_TRY(apply(s, err));
    }
    if (s->count == STEPS_MAX) {
        return error_set(err, PLATEN_E_CORRUPT, "'%.80s' has over %d steps", component, STEPS_MAX);
    }
    s->component = s->component != NULL ? s->component : arena_dup(s->memory, component);
    store_migration *step = &s->list[s->count++];
    *step = (store_migration){.number = (unsigned)store_i64(st, 1),
                              .name = arena_dup(s->memory, store_text(st, 2)),
                              .sql = arena_dup(s->memory, store_text(st, 3))};
    return s->component != NULL && step->name != NULL && step->sql != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for the steps of plugins");
}

static platen_code take_all(store_conn *from, steps *s, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(from, &sql_catalog_plugin_steps, &st, err));
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        rc = take(s, st, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? apply(s, err) : rc;
}

/* A database of an older version has no texts, and no plugins either. */
static platen_code has_plugins(store_conn *from, bool *has, platen_error *err)
{
    database_version v;
    *has = false;
    PLATEN_TRY(database_version_read(from, &v, err));
    for (size_t i = 0; i < v.count; i++) {
        *has = *has || text_begins(v.of[i].name, STORE_PLUGIN_COMPONENT);
    }
    return PLATEN_OK;
}

platen_code database_migrate_plugins(store_conn *from, store *to, platen_error *err)
{
    bool has = false;
    PLATEN_TRY(has_plugins(from, &has, err));
    if (!has) {
        return PLATEN_OK;
    }
    steps *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->memory = arena_new()) == NULL) {
        free(s);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the steps of plugins");
    }
    s->to = to;
    platen_code rc = take_all(from, s, err);
    arena_free(s->memory);
    free(s);
    return rc;
}
