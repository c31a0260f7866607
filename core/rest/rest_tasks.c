/* /tasks, /built-in-tasks, /task-kinds (TSK-05, TSK-11 to TSK-44, MON-01 to MON-09). */
#include "core/rest/rest_tasks.h"

#include <inttypes.h>
#include <string.h>

#include "core/rest/rest_task_body.h"
#include "core/rest/rest_task_lua.h"
#include "core/rest/rest_task_row.h"
#include "core/rest/services.h"
#include "core/run/run.h"

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
    return rest_task_answer(r, id, 200, 0, err);
}

static platen_code get_task_lua(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_task(r, &id, err));
    return rest_task_lua(r, id, err);
}

static platen_code answer_run(rest_request *r, int64_t run)
{
    json_writer *w = rest_json(r, 202);
    json_object(w, NULL);
    json_id(w, "run", run);
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- making ---- */

/* An active task whose only time is over would never run. */
static platen_code check_time(rest_request *r, const task_body *b, bool active, platen_error *err)
{
    if (b->has_time || !active) {
        return PLATEN_OK;
    }
    const cJSON *schedule = json_get_object(rest_body(r), "schedule");
    bool once = strcmp(json_get_text(schedule, "when", ""), "once") == 0;
    rest_invalid(r, once ? "/schedule/at" : "/schedule/end", "past", "this time is over");
    return error_set(err, PLATEN_E_INVAL, "the task would never run");
}

static platen_code create(rest_request *r, const task_body *b, platen_error *err)
{
    runs *engine = rest_services(r)->runs;
    const cJSON *schedule = json_get_object(rest_body(r), "schedule");
    bool now = strcmp(json_get_text(schedule, "when", "now"), "now") == 0;
    int64_t id = 0;
    int64_t run = 0;
    PLATEN_TRY(check_time(r, b, b->fields.active != 0, err));
    rest_audit_made(r, &id);
    PLATEN_TRY(task_create(engine, &b->fields, &id, err));
    if (now && b->fields.active != 0) {
        PLATEN_TRY(runs_start_task(engine, id, &run, err));
    }
    return rest_task_answer(r, id, 201, run, err);
}

static platen_code post_task(rest_request *r, platen_error *err)
{
    const task_kind *kind = NULL;
    task_body b;
    PLATEN_TRY(rest_task_body_kind(r, &kind, err));
    platen_code rc = rest_task_body_take(r, kind, NULL, &b, err);
    if (rc == PLATEN_OK) {
        rc = create(r, &b, err);
    }
    rest_task_body_fini(&b);
    return rc;
}

static platen_code duplicate(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t copy = 0;
    PLATEN_TRY(own_task(r, &id, err));
    rest_audit_made(r, &copy);
    PLATEN_TRY(task_duplicate(rest_services(r)->runs, id, &copy, err));
    return rest_task_answer(r, copy, 201, 0, err);
}

/* ---- changing ---- */

static platen_code read_row(rest_request *r, int64_t id, task_row *row, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = task_row_read(conn, id, rest_arena(r), row, err);
    store_read_end(conn);
    return rc;
}

static platen_code change(rest_request *r, const task_row *old, const task_body *b,
                          platen_error *err)
{
    runs *engine = rest_services(r)->runs;
    bool active = b->fields.active < 0 ? old->active : b->fields.active != 0;
    bool starts = false;
    int64_t run = 0;
    if (b->fields.schedule != NULL && strcmp(b->fields.schedule, old->schedule) != 0) {
        PLATEN_TRY(check_time(r, b, active, err));
    }
    PLATEN_TRY(task_change(engine, old->id, &b->fields, &starts, err));
    if (starts) {
        PLATEN_TRY(runs_start_task(engine, old->id, &run, err));
    }
    return rest_task_answer(r, old->id, 200, run, err);
}

static platen_code patch(rest_request *r, int64_t id, bool builtin, platen_error *err)
{
    task_row old;
    task_body b;
    PLATEN_TRY(read_row(r, id, &old, err));
    const task_kind *kind = kind_find(old.kind);
    if (old.builtin != builtin) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no task %" PRId64, id);
    }
    if (kind == NULL) {
        return error_set(err, PLATEN_E_STATE, "there is no task kind '%s' any more", old.kind);
    }
    platen_code rc = rest_task_body_take(r, kind, &old, &b, err);
    if (rc == PLATEN_OK) {
        rc = change(r, &old, &b, err);
    }
    rest_task_body_fini(&b);
    return rc;
}

static platen_code patch_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_task(r, &id, err));
    return patch(r, id, false, err);
}

/* MON-09. One that only says "now" would never run again by itself. */
static platen_code patch_builtin(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    const cJSON *schedule = json_get_object(rest_body(r), "schedule");
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    if (schedule != NULL && strcmp(json_get_text(schedule, "when", ""), "every") != 0) {
        rest_invalid(r, "/schedule/when", "enum", "built-in tasks run periodically");
        return error_set(err, PLATEN_E_INVAL, "built-in tasks run periodically");
    }
    return patch(r, id, true, err);
}

static platen_code delete_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(own_task(r, &id, err));
    PLATEN_TRY(task_remove(rest_services(r)->runs, id, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- running ---- */

static platen_code run_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t run = 0;
    PLATEN_TRY(own_task(r, &id, err));
    PLATEN_TRY(runs_start_task(rest_services(r)->runs, id, &run, err));
    return answer_run(r, run);
}

static platen_code preview_task(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t run = 0;
    PLATEN_TRY(own_task(r, &id, err));
    PLATEN_TRY(runs_preview_task(rest_services(r)->runs, id, &run, err));
    return answer_run(r, run);
}

/* Of a task that is not stored (yet). */
static platen_code preview_body(rest_request *r, platen_error *err)
{
    const task_kind *kind = NULL;
    task_body b;
    int64_t run = 0;
    PLATEN_TRY(rest_task_body_kind(r, &kind, err));
    if (!rest_task_kind_writes(kind)) {
        rest_invalid(r, "/kind", "unsupported", "this kind of task changes no devices");
        return error_set(err, PLATEN_E_INVAL, "'%s' changes no devices", kind->id);
    }
    platen_code rc = rest_task_body_take(r, kind, NULL, &b, err);
    if (rc == PLATEN_OK) {
        rest_audit_made(r, &run);
        rc = task_preview(rest_services(r)->runs, &b.fields, &run, err);
    }
    rest_task_body_fini(&b);
    return rc == PLATEN_OK ? answer_run(r, run) : rc;
}

static const char *const target_words[] = {"agents", "devices", "none"};

static void write_script(json_writer *w, int64_t script)
{
    if (script == 0) {
        json_null(w, "script");
    } else {
        json_id(w, "script", script);
    }
}

/* What stands in the square brackets of a title (TSK-10). */
static void write_group(json_writer *w, const char *title)
{
    size_t length = title[0] == '[' ? strcspn(title + 1, "]") : 0;
    json_text_n(w, "group", title + (length > 0 ? 1 : 0), length);
}

static platen_code get_kinds(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    const task_kind *kind = NULL;
    json_object(w, NULL);
    json_array(w, "items");
    for (size_t i = 0; (kind = kind_at(i)) != NULL; i++) {
        if ((kind->flags & KIND_HIDDEN) != 0) {
            continue;
        }
        json_object(w, NULL);
        json_text(w, "id", kind->id);
        json_text(w, "title", kind->title);
        write_group(w, kind->title);
        json_text(w, "targets", target_words[kind->targets]);
        json_raw(w, "settings", kind->settings);
        json_bool(w, "writes", (kind->flags & KIND_WRITES) != 0);
        json_bool(w, "verify", (kind->flags & KIND_VERIFY) != 0);
        json_bool(w, "flow", kind->where == KIND_FLOW);
        write_script(w, kind->script);
        json_bool(w, "batch", kind->targets == KIND_DEVICES && kind->where == KIND_ON_AGENT);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"kind\",\"name\"],\"properties\":{"
    "\"kind\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63}," REST_TASK_MEMBERS "}}";

static const char patch_schema[] = "{\"type\":\"object\",\"properties\":{" REST_TASK_MEMBERS "}}";

static const char builtin_schema[] = "{\"type\":\"object\",\"properties\":{" REST_SCHEDULE_SCHEMA
                                     ",\"active\":{\"type\":\"boolean\"}}}";

static const rest_route routes[] = {
    {"GET", "/tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_STREAM, rest_tasks_list,
     "Tasks that users made", NULL, NULL},
    {"POST", "/tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, post_task,
     "Make a task; with schedule now it runs at once", post_schema, NULL},
    {"GET", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, get_task, "One task",
     NULL, NULL},
    {"GET", "/tasks/{id}/lua", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_STREAM,
     get_task_lua, "A batch task as the text of a Lua flow", NULL, NULL},
    {"PATCH", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, patch_task,
     "Change all but the kind", patch_schema, NULL},
    {"DELETE", "/tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, delete_task,
     "Delete a task", NULL, NULL},
    {"POST", "/tasks/{id}/run", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     run_task, "Run it now", NULL, NULL},
    {"POST", "/tasks/preview", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, 0, preview_body,
     "What a task would change, without making it", post_schema, NULL},
    {"POST", "/tasks/{id}/preview", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     preview_task, "What the task would change", NULL, NULL},
    {"POST", "/tasks/{id}/duplicate", REST_DEVICE_MANAGER, "tasks", REST_REGION_OWN, REST_NO_BODY,
     duplicate, "The same once more, inactive", NULL, NULL},
    {"GET", "/built-in-tasks", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, REST_STREAM,
     rest_builtin_tasks_list, "Tasks that ship with Platen", NULL, NULL},
    {"PATCH", "/built-in-tasks/{id}", REST_DEVICE_MANAGER, "tasks", REST_REGION_ALL, 0,
     patch_builtin, "Change schedule or state of a built-in task", builtin_schema, NULL},
    {"POST", "/built-in-tasks/{id}/run", REST_DEVICE_MANAGER, "tasks", REST_REGION_ALL,
     REST_NO_BODY, run_task, "Execute now", NULL, NULL},
    {"GET", "/task-kinds", REST_DEVICE_MANAGER, "tasks", REST_REGION_NONE, 0, get_kinds,
     "What tasks can do", NULL, NULL},
};

platen_code rest_tasks_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
