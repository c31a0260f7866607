#include "core/rest/function_agents.h"

#include <string.h>

#include "inventory_sql.h"

static platen_code read_all(store_conn *conn, cJSON *told, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = store_prepare(conn, &sql_agents_functions, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        const char *text = store_text(st, 0);
        cJSON *functions = NULL;
        rc = json_parse(text, strlen(text), &functions, err);
        if (rc == PLATEN_OK && !cJSON_AddItemToArray(told, functions)) {
            cJSON_Delete(functions);
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for what agents told");
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code function_agents_read(store *s, cJSON **told, platen_error *err)
{
    store_conn *conn = NULL;
    *told = cJSON_CreateArray();
    if (*told == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for what agents told");
    }
    platen_code rc = store_read(s, &conn, err);
    if (rc == PLATEN_OK) {
        rc = read_all(conn, *told, err);
        store_read_end(conn);
    }
    if (rc != PLATEN_OK) {
        cJSON_Delete(*told);
        *told = NULL;
    }
    return rc;
}

static const cJSON *find(const cJSON *functions, const char *name)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, functions)
    {
        if (strcmp(json_get_text(each, "name", ""), name) == 0) {
            return each;
        }
    }
    return NULL;
}

/* It runs in a process of its own that is not kept from all that it should be kept from. */
static bool is_unconfined(const cJSON *f)
{
    return json_get_bool(f, "isolated", false) &&
           strcmp(json_get_text(f, "confined", "full"), "full") != 0;
}

void function_agents_write(json_writer *w, const char *key, const cJSON *told, const char *name,
                           const char *version, bool wanted)
{
    int64_t ok = 0;
    int64_t waiting = 0;
    int64_t failed = 0;
    int64_t unconfined = 0;
    const cJSON *functions = NULL;
    cJSON_ArrayForEach(functions, told)
    {
        const cJSON *f = find(functions, name);
        wanted = wanted || f != NULL;
        unconfined += is_unconfined(f) ? 1 : 0;
        if (json_get_text(f, "error", "")[0] != '\0' ||
            strcmp(json_get_text(f, "state", ""), "quarantined") == 0) {
            failed++;
        } else if (strcmp(json_get_text(f, "version", ""), version) == 0) {
            ok++;
        } else {
            waiting++;
        }
    }
    if (!wanted) {
        json_null(w, key);
        return;
    }
    json_object(w, key);
    json_i64(w, "ok", ok);
    json_i64(w, "waiting", waiting);
    json_i64(w, "failed", failed);
    json_i64(w, "unconfined", unconfined);
    json_object_end(w);
}
