/* What an installation asks of runs: whether some are under way, and that nothing more begins. */
#include "core/run/run.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/run/run_private.h"
#include "run_sql.h"

void runs_hold(runs *r, bool hold)
{
    atomic_store(&r->held, hold);
}

/* A row of id, name and kind. */
static platen_code add(store_stmt *st, bool due, cJSON *list, platen_error *err)
{
    char id[24];
    cJSON *one = cJSON_CreateObject();
    (void)snprintf(id, sizeof(id), "%" PRId64, store_i64(st, 0));
    bool made = cJSON_AddStringToObject(one, "id", id) != NULL &&
                cJSON_AddStringToObject(one, "name", store_text(st, 1)) != NULL &&
                cJSON_AddStringToObject(one, "kind", store_text(st, 2)) != NULL &&
                (!due || cJSON_AddTrueToObject(one, "due") != NULL) &&
                cJSON_AddItemToArray(list, one);
    if (!made) {
        cJSON_Delete(one);
        return error_set(err, PLATEN_E_NOMEM, "no memory for runs");
    }
    return PLATEN_OK;
}

/* `until` 0: what is under way. */
static platen_code add_all(store *s, const store_sql *sql, int64_t until, cJSON *list,
                           platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, sql, &st, err);
    if (rc == PLATEN_OK && until > 0) {
        store_bind_i64(st, "until", until);
    }
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        rc = add(st, until > 0, list, err);
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code runs_under_way(store *s, cJSON *list, platen_error *err)
{
    return add_all(s, &sql_run_under_way, 0, list, err);
}

platen_code runs_due_until(store *s, int64_t until, cJSON *list, platen_error *err)
{
    return add_all(s, &sql_tasks_due_until, until, list, err);
}
