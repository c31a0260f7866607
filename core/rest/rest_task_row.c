/* Tasks as they are shown, one and in lists. */
#include "core/rest/rest_task_row.h"

#include <inttypes.h>
#include <string.h>

#include "core/link/link_manager.h"
#include "core/rest/list.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "run_sql.h"

static const int bool_values[] = {0, 1};

static const list_field task_fields[] = {
    {"id", "t.id", LIST_ID, NULL, NULL, true, NULL},
    {"kind", "t.kind", LIST_TEXT, NULL, NULL, true, NULL},
    {"name", "t.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"active", "t.active", LIST_CHOICE, "false|true", bool_values, true, NULL},
    {"next", "t.next_at", LIST_TIME, NULL, NULL, true, NULL},
};

/* As sql_task_by_id has them. */
#define TASK_COLUMNS                                                                               \
    "t.id, t.kind, t.name, t.builtin, t.active, t.targets, t.settings, t.schedule, t.mail, "       \
    "t.rollout, t.created, t.next_at, t.regions, t.revision, "                                     \
    "(SELECT max(r.id) FROM run r WHERE r.task_id = t.id)"

static const list_source task_source = {
    .fields = task_fields,
    .field_count = sizeof(task_fields) / sizeof(task_fields[0]),
    .columns = TASK_COLUMNS,
    .from = "task t",
    .where = "t.builtin = 0",
    .key = "t.id",
    .sort = "-id",
    .region = "task_region x WHERE x.task_id = t.id",
    .region_kind = LIST_REGION_THING,
};

static const list_source builtin_source = {
    .fields = task_fields,
    .field_count = sizeof(task_fields) / sizeof(task_fields[0]),
    .columns = TASK_COLUMNS,
    .from = "task t",
    .where = "t.builtin = 1",
    .key = "t.id",
    .sort = "id",
};

static void write_targets(json_writer *w, const char *stored, int64_t local)
{
    cJSON *targets = NULL;
    const cJSON *item = NULL;
    json_object(w, "targets");
    if (json_parse(stored, strlen(stored), &targets, NULL) == PLATEN_OK) {
        json_array(w, "agents");
        cJSON_ArrayForEach(item, json_get_array(targets, "agents"))
        {
            int64_t id = (int64_t)cJSON_GetNumberValue(item);
            rest_agent_id(w, NULL, id, id == local);
        }
        json_array_end(w);
        json_array(w, "devices");
        cJSON_ArrayForEach(item, json_get_array(targets, "devices"))
        {
            json_id(w, NULL, (int64_t)cJSON_GetNumberValue(item));
        }
        json_array_end(w);
        json_array(w, "groups");
        cJSON_ArrayForEach(item, json_get_array(targets, "groups"))
        {
            json_id(w, NULL, (int64_t)cJSON_GetNumberValue(item));
        }
        json_array_end(w);
        cJSON_Delete(targets);
    }
    json_object_end(w);
}

static void write_last_run(json_writer *w, store_stmt *st)
{
    if (store_is_null(st, 14)) {
        json_null(w, "last_run");
    } else {
        json_id(w, "last_run", store_i64(st, 14));
    }
}

static int64_t local_agent(rest_request *r)
{
    int64_t local = 0;
    (void)link_agent_id(rest_services(r)->link, "local", &local, NULL);
    return local;
}

/* Columns as TASK_COLUMNS; the members without braces. */
static void write_task(rest_request *r, store_stmt *st, json_writer *w)
{
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "kind", store_text(st, 1));
    json_text(w, "name", store_text(st, 2));
    json_bool(w, "active", store_i64(st, 4) != 0);
    json_raw(w, "schedule", store_text(st, 7));
    write_targets(w, store_text(st, 5), local_agent(r));
    json_raw(w, "settings", store_text(st, 6));
    json_raw(w, "mail", store_text(st, 8));
    json_raw(w, "rollout", store_text(st, 9));
    json_time(w, "created", store_i64(st, 10));
    json_time(w, "next", store_i64(st, 11));
    json_raw(w, "regions", store_text(st, 12));
    json_i64(w, "revision", store_i64(st, 13));
    write_last_run(w, st);
}

static platen_code task_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                            platen_error *err)
{
    (void)user;
    (void)err;
    json_object(w, NULL);
    write_task(r, st, w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code builtin_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                               platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "kind", store_text(st, 1));
    json_text(w, "name", store_text(st, 2));
    json_bool(w, "active", store_i64(st, 4) != 0);
    json_raw(w, "schedule", store_text(st, 7));
    json_time(w, "next", store_i64(st, 11));
    write_last_run(w, st);
    json_object_end(w);
    return PLATEN_OK;
}

platen_code rest_tasks_list(rest_request *r, platen_error *err)
{
    return list_answer(r, &task_source, NULL, task_row, NULL, err);
}

platen_code rest_builtin_tasks_list(rest_request *r, platen_error *err)
{
    return list_answer(r, &builtin_source, NULL, builtin_row, NULL, err);
}

platen_code rest_task_answer(rest_request *r, int64_t id, int status, int64_t run,
                             platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_task_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, status);
        json_object(w, NULL);
        write_task(r, st, w);
        if (run != 0) {
            json_id(w, "run", run);
        } else {
            json_null(w, "run");
        }
        json_object_end(w);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no task %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}
