/* /tasks, /built-in-tasks, /task-kinds (TSK-05, TSK-11 to TSK-44, MON-01 to MON-06). */
#include "core/rest/rest_tasks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/link/link_manager.h"
#include "core/rest/list.h"
#include "core/rest/rest_agents.h"
#include "core/rest/rest_task_targets.h"
#include "core/rest/schema.h"
#include "core/rest/services.h"
#include "core/run/kind.h"
#include "core/run/task.h"
#include "inventory_sql.h"
#include "run_sql.h"

static const int bool_values[] = {0, 1};

static const list_field task_fields[] = {
    {"id", "t.id", LIST_ID, NULL, NULL, true, NULL},
    {"kind", "t.kind", LIST_TEXT, NULL, NULL, true, NULL},
    {"name", "t.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"active", "t.active", LIST_CHOICE, "false|true", bool_values, true, NULL},
    {"next", "t.next_at", LIST_TIME, NULL, NULL, true, NULL},
};

#define TASK_COLUMNS                                                                               \
    "t.id, t.kind, t.name, t.builtin, t.active, t.minutes, t.targets, t.settings, t.created, "     \
    "t.next_at, t.regions, (SELECT max(r.id) FROM run r WHERE r.task_id = t.id)"

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

static void write_schedule(json_writer *w, int64_t minutes)
{
    json_object(w, "schedule");
    json_text(w, "when", minutes > 0 ? "every" : "now");
    if (minutes > 0) {
        json_i64(w, "minutes", minutes);
    }
    json_object_end(w);
}

static void write_last_run(json_writer *w, store_stmt *st, int column)
{
    if (store_is_null(st, column)) {
        json_null(w, "last_run");
    } else {
        json_id(w, "last_run", store_i64(st, column));
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
    write_schedule(w, store_i64(st, 5));
    write_targets(w, store_text(st, 6), local_agent(r));
    json_raw(w, "settings", store_text(st, 7));
    json_time(w, "created", store_i64(st, 8));
    json_time(w, "next", store_i64(st, 9));
    json_raw(w, "regions", store_text(st, 10));
}

static platen_code task_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                            platen_error *err)
{
    (void)user;
    (void)err;
    json_object(w, NULL);
    write_task(r, st, w);
    write_last_run(w, st, 11);
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
    json_i64(w, "minutes", store_i64(st, 5));
    json_time(w, "next", store_i64(st, 9));
    write_last_run(w, st, 11);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_tasks(rest_request *r, platen_error *err)
{
    return list_answer(r, &task_source, NULL, task_row, NULL, err);
}

static platen_code get_builtins(rest_request *r, platen_error *err)
{
    return list_answer(r, &builtin_source, NULL, builtin_row, NULL, err);
}

/* `run` 0: none was started by this request. */
static platen_code answer_task(rest_request *r, int64_t id, int status, int64_t run,
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

/* The task of the path; for who may not operate it there is none (ACC-86). */
static platen_code own_task(rest_request *r, int64_t *id, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(rest_param_id(r, "id", id, err));
    if (rest_regions_of(r)->all) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = task_may_operate(conn, *id, rest_regions_of(r), err);
    store_read_end(conn);
    return rc;
}

static platen_code get_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_task(r, &id, err));
    return answer_task(r, id, 200, 0, err);
}

/* ---- making ---- */

static void report_setting(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "/settings%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "/settings", code, text);
}

static platen_code check_settings(rest_request *r, const task_kind *kind, const cJSON *settings,
                                  platen_error *err)
{
    schema *rules = NULL;
    PLATEN_TRY(schema_new(kind->settings, &rules, err));
    bool valid = settings == NULL || schema_check(rules, settings, report_setting, r);
    schema_free(rules);
    return valid ? PLATEN_OK
                 : error_set(err, PLATEN_E_INVAL, "the settings do not fit '%s'", kind->id);
}

static platen_code post_task(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    const cJSON *schedule = json_get_object(body, "schedule");
    const cJSON *settings = json_get_object(body, "settings");
    const task_kind *kind = kind_find(json_get_text(body, "kind", ""));
    bool now = strcmp(json_get_text(schedule, "when", "now"), "now") == 0;
    runs *engine = rest_services(r)->runs;
    int64_t id = 0;
    int64_t run = 0;
    if (kind == NULL) {
        rest_invalid(r, "/kind", "not-found", "there is no such task kind");
        return error_set(err, PLATEN_E_INVAL, "there is no task kind '%s'",
                         json_get_text(body, "kind", ""));
    }
    if (!now && json_get_i64(schedule, "minutes", 0) < 1) {
        rest_invalid(r, "/schedule/minutes", "required", "every how many minutes?");
        return error_set(err, PLATEN_E_INVAL, "the schedule has no minutes");
    }
    PLATEN_TRY(check_settings(r, kind, settings, err));
    strbuf targets;
    region_list regions = {.count = 0};
    strbuf_init(&targets);
    platen_code rc = rest_task_take(r, kind, &regions, &targets, err);
    char *settings_text = settings != NULL ? cJSON_PrintUnformatted(settings) : NULL;
    bool active = json_get_bool(body, "active", true);
    if (rc == PLATEN_OK) {
        task_new task = {.kind = kind->id,
                         .name = json_get_text(body, "name", kind->title),
                         .active = active,
                         .minutes = now ? 0 : json_get_i64(schedule, "minutes", 0),
                         .targets = targets.data,
                         .regions = &regions,
                         .settings = settings_text != NULL ? settings_text : "{}"};
        rest_audit_made(r, &id);
        rc = task_create(engine, &task, &id, err);
    }
    strbuf_fini(&targets);
    cJSON_free(settings_text);
    if (rc == PLATEN_OK && now && active) {
        rc = runs_start_task(engine, id, &run, err);
    }
    return rc == PLATEN_OK ? answer_task(r, id, 201, run, err) : rc;
}

/* ---- changing ---- */

static platen_code patch(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    int64_t id = 0;
    int active = json_is_null_or_absent(body, "active") ? -1 : json_get_bool(body, "active", true);
    PLATEN_TRY(own_task(r, &id, err));
    PLATEN_TRY(task_patch(rest_services(r)->runs, id, json_get_text(body, "name", NULL), active,
                          json_get_i64(body, "minutes", -1), err));
    return answer_task(r, id, 200, 0, err);
}

static platen_code delete_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_task(r, &id, err));
    PLATEN_TRY(task_remove(rest_services(r)->runs, id, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

static platen_code run_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t run = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(runs_start_task(rest_services(r)->runs, id, &run, err));
    json_writer *w = rest_json(r, 202);
    json_object(w, NULL);
    json_id(w, "run", run);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_kinds(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    const task_kind *kind = NULL;
    json_object(w, NULL);
    json_array(w, "items");
    for (size_t i = 0; (kind = kind_at(i)) != NULL; i++) {
        json_object(w, NULL);
        json_text(w, "id", kind->id);
        json_text(w, "title", kind->title);
        json_text(w, "targets", kind->targets == KIND_AGENTS ? "agents" : "devices");
        json_raw(w, "settings", kind->settings);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"kind\",\"name\"],\"properties\":{"
    "\"kind\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63},"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"active\":{\"type\":\"boolean\"},"
    "\"schedule\":{\"type\":\"object\",\"required\":[\"when\"],\"properties\":{"
    "\"when\":{\"type\":\"string\",\"enum\":[\"now\",\"every\"]},"
    "\"minutes\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":527040}}}"
    "," REST_TASK_TARGETS_SCHEMA ","
    "\"settings\":{\"type\":\"object\",\"additionalProperties\":true}}}";

static const char patch_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"active\":{\"type\":\"boolean\"},"
    "\"minutes\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":527040}}}";

static const rest_route routes[] = {
    {"GET", "/tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_STREAM, get_tasks,
     "Tasks that users made", NULL, NULL},
    {"POST", "/tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, post_task,
     "Make a task; with schedule now it runs at once", post_schema, NULL},
    {"GET", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, get_task, "One task",
     NULL, NULL},
    {"PATCH", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, patch,
     "Change name, state or interval", patch_schema, NULL},
    {"DELETE", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, delete_task,
     "Delete a task", NULL, NULL},
    {"GET", "/built-in-tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, REST_STREAM,
     get_builtins, "Tasks that ship with Platen", NULL, NULL},
    {"PATCH", "/built-in-tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_ALL, 0, patch,
     "Change interval or state of a built-in task", patch_schema, NULL},
    {"POST", "/built-in-tasks/{id}/run", REST_DEVICE_MANAGER, "tasks", REST_REGION_ALL,
     REST_NO_BODY, run_task, "Execute now", NULL, NULL},
    {"GET", "/task-kinds", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, 0, get_kinds,
     "What tasks can do", NULL, NULL},
};

platen_code rest_tasks_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
