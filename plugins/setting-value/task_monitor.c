/* Monitoring (SET-100 to SET-105): devices beside a standard; where it is asked for, the standard
 * is written to those that differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "task.h"

#define EVENT "setting-value.different"
#define EVENT_DEVICES 100 /* named in one event */

static bool overwrites(const char *settings)
{
    return task_is(settings, "on_difference", "overwrite");
}

/* ---- all associated devices (SET-101) ---- */

typedef struct association {
    int64_t device, group; /* one of them, the other 0 */
    char product[KNOWN_MODEL];
} association;

static platen_code choose_row(platen_choice *choice, const association *a, platen_error *err)
{
    const platen_task *task = the_feature.task;
    return a->device != 0 ? task->choose_devices(choice, &a->device, 1, err)
                          : task->choose_group(choice, a->group, a->product, err); /* SET-89 */
}

static platen_code read_association(platen_tx *tx, int64_t data, int64_t after, association *out,
                                    int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "association_after", &rows, err));
    store->bind_i64(rows, "data", data);
    store->bind_i64(rows, "after", after);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_OK) {
        *id = store->i64(rows, 0);
        out->device = store->i64(rows, 1);
        out->group = store->i64(rows, 2);
        (void)snprintf(out->product, sizeof(out->product), "%s", store->text(rows, 3));
    }
    store->reset(rows);
    return rc;
}

static platen_code choose(const char *settings, platen_choice *choice, platen_tx *tx, void *user,
                          platen_error *err)
{
    int64_t data = task_id(settings, "standard");
    int64_t id = 0;
    association a;
    platen_code rc = PLATEN_OK;
    (void)user;
    if (!task_flag(settings, "all_associated")) {
        return PLATEN_OK;
    }
    PLATEN_TRY(the_feature.task->choose_devices(choice, NULL, 0, err));
    while ((rc = read_association(tx, data, id, &a, &id, err)) == PLATEN_OK) {
        PLATEN_TRY(choose_row(choice, &a, err));
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- plan and result ---- */

static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    bool write = overwrites(job->settings);
    aim a;
    (void)user;
    platen_code rc = aim_open(tx, task_id(job->settings, "standard"), DATA_MONITORING, &a, err);
    for (uint32_t i = 0; rc == PLATEN_OK && i < job->count; i++) {
        rc = aim_plan(&a, list, tx, job->devices[i], write, err);
    }
    aim_fini(&a);
    return rc;
}

static platen_code put(platen_tx *tx, const platen_outcome *o, const reply *r, platen_error *err)
{
    const aim *a = NULL;
    device_named named;
    bool write = overwrites(o->settings);
    platen_code rc = aim_keep(tx, task_id(o->settings, "standard"), DATA_MONITORING, &a, err);
    if (rc == PLATEN_E_NOT_FOUND) { /* deleted since */
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(known_name(tx, o->device, &named, err));
    uint32_t relation = aim_relation(&a->info, &named) | (write ? 0 : AIM_READ_ONLY);
    return drift_put(tx, o, r, a, relation, write, err);
}

static platen_code done(platen_tx *tx, const platen_outcome *o, void *user, platen_error *err)
{
    reply r;
    (void)user;
    if (o->data_length == 0) {
        return PLATEN_OK;
    }
    platen_code rc = reply_read(o, &r, err);
    if (rc == PLATEN_OK && r.count > 0) {
        rc = put(tx, o, &r, err);
    }
    reply_fini(&r);
    return rc;
}

/* ---- one event a run ---- */

typedef struct telling {
    int64_t run, data;
    drift_sum sum;
    char standard[DATA_NAME_MAX + 1];
    cJSON *devices;
} telling;

static platen_code read_devices(platen_tx *tx, telling *t, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    char id[24];
    PLATEN_TRY(store->prepare(tx, "log_different", &rows, err));
    store->bind_i64(rows, "run", t->run);
    while (cJSON_GetArraySize(t->devices) < EVENT_DEVICES &&
           (rc = store->step(rows, err)) == PLATEN_OK) {
        cJSON *device = cJSON_CreateObject();
        (void)snprintf(id, sizeof(id), "%lld", (long long)store->i64(rows, 0));
        (void)cJSON_AddStringToObject(device, "id", id);
        (void)cJSON_AddStringToObject(device, "state", store->text(rows, 1));
        (void)cJSON_AddNumberToObject(device, "count", (double)store->i64(rows, 2));
        (void)cJSON_AddItemToArray(t->devices, device);
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code read_run(platen_tx *tx, void *user, platen_error *err)
{
    telling *t = user;
    data_info info;
    PLATEN_TRY(drift_count(tx, t->run, &t->sum, err));
    if (data_find(tx, t->data, &info, NULL) == PLATEN_OK) {
        (void)snprintf(t->standard, sizeof(t->standard), "%s", info.name);
    }
    return read_devices(tx, t, err);
}

static cJSON *write_event(telling *t, const platen_job *run)
{
    cJSON *params = cJSON_CreateObject();
    char id[24];
    (void)snprintf(id, sizeof(id), "%lld", (long long)t->run);
    (void)cJSON_AddStringToObject(params, "run", id);
    (void)cJSON_AddStringToObject(params, "name", run->name);
    (void)cJSON_AddStringToObject(params, "standard", t->standard);
    (void)cJSON_AddNumberToObject(params, "compared", (double)t->sum.compared);
    (void)cJSON_AddNumberToObject(params, "different", (double)t->sum.different);
    (void)cJSON_AddNumberToObject(params, "overwritten", (double)t->sum.overwritten);
    (void)cJSON_AddNumberToObject(params, "incomplete", (double)t->sum.incomplete);
    (void)cJSON_AddItemToObject(params, "devices", t->devices);
    t->devices = NULL;
    return params;
}

static void ended(const platen_job *run, void *user)
{
    const setting_value *f = &the_feature;
    telling t = {.run = run->run,
                 .data = task_id(run->settings, "standard"),
                 .devices = cJSON_CreateArray()};
    (void)user;
    if (f->store->read(f->ctx, read_run, &t, NULL) == PLATEN_OK && t.sum.compared > t.sum.match) {
        cJSON *params = write_event(&t, run);
        char *text = cJSON_PrintUnformatted(params);
        cJSON_Delete(params);
        if (text != NULL) {
            (void)f->notify->event(f->ctx, EVENT, 0, text, NULL);
        }
        cJSON_free(text);
    }
    cJSON_Delete(t.devices);
}

/* ---- load ---- */

static platen_code add_event(platen_error *err)
{
    platen_event event = PLATEN_EVENT_INIT;
    event.type = EVENT;
    event.title = "setting-value.event-different";
    return the_feature.notify->event_add(the_feature.ctx, &event, err);
}

platen_code task_monitor_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"association_after",
         "SELECT id, coalesce(device_id, 0), coalesce(group_id, 0), product\n"
         "FROM setting_value_association WHERE data_id = :data AND id > :after\n"
         "ORDER BY id LIMIT 1"},
        {"log_different", "SELECT device_id, state, count FROM setting_value_log\n"
                          "WHERE run = :run AND state <> 'match' ORDER BY count DESC, device_id\n"
                          "LIMIT 100"},
    };
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(add_event(err));
    kind.flags = PLATEN_TASK_EACH | PLATEN_TASK_WRITES | PLATEN_TASK_VERIFY;
    kind.id = KIND_MONITOR;
    kind.title = "[Device Configuration] Monitor";
    kind.limit_s = 12 * 3600;
    kind.settings =
        "{\"type\":\"object\",\"required\":[\"standard\"],\"properties\":{"
        "\"standard\":{\"type\":\"string\",\"title\":\"setting-value.standard\",\"x-page\":"
        "\"monitoring-data\",\"minLength\":1,"
        "\"maxLength\":19,\"pattern\":\"^[0-9]+$\"},"
        "\"all_associated\":{\"type\":\"boolean\",\"title\":\"setting-value.all-associated\"},"
        "\"on_difference\":{\"type\":\"string\",\"title\":\"setting-value.on-difference\","
        "\"enum\":[\"record\",\"overwrite\"]}}}";
    kind.action = "settings.write";
    kind.plan = plan;
    kind.done = done;
    kind.choose = choose;
    kind.ended = ended;
    return task_add(&kind, "monitor", err);
}
