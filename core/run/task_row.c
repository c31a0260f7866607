/* Reading tasks. */
#include "core/run/task_row.h"

#include <inttypes.h>
#include <string.h>

#include "run_sql.h"

const thing_sql task_thing = {.read = &sql_task_regions,
                              .insert = &sql_task_region_insert,
                              .show = &sql_task_set_regions,
                              .clear = &sql_task_regions_delete};

static platen_code take_row(store_stmt *st, arena *a, task_row *t, platen_error *err)
{
    const char **const texts[] = {&t->kind,     &t->name, &t->targets, &t->settings,
                                  &t->schedule, &t->mail, &t->rollout};
    static const int columns[] = {1, 2, 5, 6, 7, 8, 9};
    t->id = store_i64(st, 0);
    t->builtin = store_i64(st, 3) != 0;
    t->active = store_i64(st, 4) != 0;
    t->created = store_i64(st, 10);
    t->next_at = store_i64(st, 11);
    t->revision = store_i64(st, 13);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        *texts[i] = arena_dup(a, store_text(st, columns[i]));
        if (*texts[i] == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for task %" PRId64, t->id);
        }
    }
    return PLATEN_OK;
}

platen_code task_row_read(store_conn *conn, int64_t id, arena *a, task_row *out, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_by_id, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        rc = take_row(st, a, out, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no task %" PRId64, id);
    }
    store_reset(st);
    return rc == PLATEN_OK ? thing_regions(conn, &task_thing, id, &out->regions, err) : rc;
}

/* Numbers of an array; what is none is 0, which no row has. */
static platen_code ids_of(const cJSON *targets, const char *key, arena *a, const int64_t **ids,
                          size_t *count, platen_error *err)
{
    const cJSON *array = json_get_array(targets, key);
    int size = array != NULL ? cJSON_GetArraySize(array) : 0;
    *ids = NULL;
    *count = 0;
    if (size <= 0) {
        return PLATEN_OK;
    }
    int64_t *found = arena_alloc_array(a, (size_t)size, sizeof(*found));
    if (found == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d targets", size);
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array)
    {
        double id = cJSON_IsNumber(item) ? item->valuedouble : 0;
        found[(*count)++] = id >= 1 && id < 9e15 ? (int64_t)id : 0;
    }
    *ids = found;
    return PLATEN_OK;
}

platen_code task_row_spec(const task_row *t, arena *a, run_spec *spec, platen_error *err)
{
    cJSON *targets = NULL;
    *spec = (run_spec){.task = t->id,
                       .revision = t->revision,
                       .kind = t->kind,
                       .name = t->name,
                       .builtin = t->builtin,
                       .settings = t->settings,
                       .mail = t->mail,
                       .rollout = t->rollout,
                       .regions = t->regions.ids,
                       .region_count = t->regions.count};
    PLATEN_TRY(json_parse(t->targets, strlen(t->targets), &targets, err));
    platen_code rc = ids_of(targets, "agents", a, &spec->agents, &spec->agent_count, err);
    if (rc == PLATEN_OK) {
        rc = ids_of(targets, "devices", a, &spec->devices, &spec->device_count, err);
    }
    if (rc == PLATEN_OK) {
        rc = ids_of(targets, "groups", a, &spec->groups, &spec->group_count, err);
    }
    cJSON_Delete(targets);
    return rc;
}
