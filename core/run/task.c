/* The task table, and starting a task's run. */
#include "core/run/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"
#include "run_sql.h"

typedef struct creation {
    const task_new *task;
    int64_t *id; /* set in the transaction: the audit log reads it there */
} creation;

static const thing_sql task_thing = {.read = &sql_task_regions,
                                     .insert = &sql_task_region_insert,
                                     .show = &sql_task_set_regions,
                                     .clear = &sql_task_regions_delete};

static platen_code create_task(store_conn *conn, void *user, platen_error *err)
{
    creation *c = user;
    int64_t now = clock_now();
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_insert, &st, err));
    store_bind_text(st, "kind", c->task->kind);
    store_bind_text(st, "name", c->task->name);
    store_bind_i64(st, "builtin", 0);
    store_bind_i64(st, "active", c->task->active ? 1 : 0);
    store_bind_i64(st, "minutes", c->task->minutes);
    store_bind_text(st, "targets", c->task->targets);
    store_bind_text(st, "settings", c->task->settings);
    store_bind_i64(st, "created", now);
    if (c->task->minutes > 0) {
        store_bind_i64(st, "next_at", now + c->task->minutes * 60000);
    } else {
        store_bind_null(st, "next_at");
    }
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *c->id = store_i64(st, 0);
    }
    store_reset(st);
    return rc != PLATEN_OK || c->task->regions == NULL
               ? rc
               : thing_put_regions(conn, &task_thing, *c->id, c->task->regions->ids,
                                   c->task->regions->count, err);
}

platen_code task_create(runs *r, const task_new *task, int64_t *id, platen_error *err)
{
    creation c = {.task = task, .id = id};
    if (kind_find(task->kind) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "there is no task kind '%s'", task->kind);
    }
    return store_write(r->store, create_task, &c, err);
}

typedef struct patch {
    int64_t id;
    const char *name;
    int active;
    int64_t minutes;
} patch;

static platen_code patch_task(store_conn *conn, void *user, platen_error *err)
{
    const patch *p = user;
    store_stmt *st = NULL;
    char name[256] = "";
    PLATEN_TRY(store_prepare(conn, &sql_task_by_id, &st, err));
    store_bind_i64(st, "id", p->id);
    platen_code rc = store_step(st, err);
    if (rc != PLATEN_OK) {
        store_reset(st);
        return rc == PLATEN_E_NOT_FOUND ? error_set(err, rc, "there is no task %" PRId64, p->id)
                                        : rc;
    }
    bool builtin = store_i64(st, 3) != 0;
    int64_t active = p->active >= 0 ? p->active : store_i64(st, 4);
    int64_t minutes = p->minutes >= 0 ? p->minutes : store_i64(st, 5);
    (void)snprintf(name, sizeof(name), "%s",
                   p->name != NULL && !builtin ? p->name : store_text(st, 2));
    store_reset(st);
    PLATEN_TRY(store_prepare(conn, &sql_task_patch, &st, err));
    store_bind_text(st, "name", name);
    store_bind_i64(st, "active", active);
    store_bind_i64(st, "minutes", minutes);
    if (minutes > 0) {
        store_bind_i64(st, "next_at", clock_now() + minutes * 60000);
    } else {
        store_bind_null(st, "next_at");
    }
    store_bind_i64(st, "id", p->id);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code task_patch(runs *r, int64_t id, const char *name, int active, int64_t minutes,
                       platen_error *err)
{
    patch p = {id, name, active, minutes};
    return store_write(r->store, patch_task, &p, err);
}

static platen_code remove_task(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    int64_t changes = 0;
    PLATEN_TRY(run_simple(conn, &sql_task_delete, "id", *id, &changes, err));
    if (changes == 0) { /* MON-01 */
        return error_set(err, PLATEN_E_NOT_FOUND,
                         "there is no task %" PRId64 " that can be deleted", *id);
    }
    return PLATEN_OK;
}

platen_code task_remove(runs *r, int64_t id, platen_error *err)
{
    return store_write(r->store, remove_task, &id, err);
}

platen_code task_may_operate(store_conn *conn, int64_t id, const region_set *user,
                             platen_error *err)
{
    region_list regions;
    PLATEN_TRY(thing_regions(conn, &task_thing, id, &regions, err));
    const region_set set = region_list_set(&regions);
    return region_may_operate(user, &set)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no task %" PRId64, id);
}

/* ---- starting ---- */

static platen_code ids_of(const cJSON *targets, const char *key, int64_t **ids, size_t *count,
                          platen_error *err)
{
    const cJSON *array = json_get_array(targets, key);
    int size = array != NULL ? cJSON_GetArraySize(array) : 0;
    *ids = NULL;
    *count = 0;
    if (size <= 0) {
        return PLATEN_OK;
    }
    int64_t *found = calloc((size_t)size, sizeof(*found));
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

typedef struct stored_task {
    char kind[64], name[256];
    bool builtin;
    cJSON *targets;
    char *settings;
    region_list regions;
} stored_task;

static platen_code read_task(runs *r, int64_t id, stored_task *t, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(r->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_task_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
        if (rc == PLATEN_E_NOT_FOUND) {
            error_set(err, rc, "there is no task %" PRId64, id);
        }
    }
    if (rc == PLATEN_OK) {
        const char *targets = store_text(st, 6);
        (void)snprintf(t->kind, sizeof(t->kind), "%s", store_text(st, 1));
        (void)snprintf(t->name, sizeof(t->name), "%s", store_text(st, 2));
        t->builtin = store_i64(st, 3) != 0;
        rc = json_parse(targets, strlen(targets), &t->targets, err);
        t->settings = strdup(store_text(st, 7));
    }
    store_reset(st);
    if (rc == PLATEN_OK) {
        rc = thing_regions(conn, &task_thing, id, &t->regions, err);
    }
    store_read_end(conn);
    return rc;
}

static platen_code start_task(runs *r, int64_t task, bool preview, int64_t *run, platen_error *err)
{
    stored_task t = {.targets = NULL};
    int64_t *agents = NULL;
    int64_t *devices = NULL;
    int64_t *groups = NULL;
    run_spec spec = {.task = task, .preview = preview};
    platen_code rc = read_task(r, task, &t, err);
    if (rc == PLATEN_OK) {
        rc = ids_of(t.targets, "agents", &agents, &spec.agent_count, err);
    }
    if (rc == PLATEN_OK) {
        rc = ids_of(t.targets, "devices", &devices, &spec.device_count, err);
    }
    if (rc == PLATEN_OK) {
        rc = ids_of(t.targets, "groups", &groups, &spec.group_count, err);
    }
    if (rc == PLATEN_OK) {
        spec.kind = t.kind;
        spec.name = t.name;
        spec.builtin = t.builtin;
        spec.settings = t.settings;
        spec.agents = agents;
        spec.devices = devices;
        spec.groups = groups;
        spec.regions = t.regions.ids;
        spec.region_count = t.regions.count;
        rc = runs_create(r, &spec, run, err);
    }
    free(agents);
    free(devices);
    free(groups);
    cJSON_Delete(t.targets);
    free(t.settings);
    return rc;
}

platen_code runs_start_task(runs *r, int64_t task, int64_t *run, platen_error *err)
{
    return start_task(r, task, false, run, err);
}

platen_code runs_preview_task(runs *r, int64_t task, int64_t *run, platen_error *err)
{
    return start_task(r, task, true, run, err);
}
