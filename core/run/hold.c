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

platen_code runs_under_way(store *s, cJSON *list, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_run_under_way, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        char id[24];
        cJSON *run = cJSON_CreateObject();
        (void)snprintf(id, sizeof(id), "%" PRId64, store_i64(st, 0));
        bool made = cJSON_AddStringToObject(run, "id", id) != NULL &&
                    cJSON_AddStringToObject(run, "name", store_text(st, 1)) != NULL &&
                    cJSON_AddStringToObject(run, "kind", store_text(st, 2)) != NULL &&
                    cJSON_AddItemToArray(list, run);
        if (!made) {
            cJSON_Delete(run);
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for runs");
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}
