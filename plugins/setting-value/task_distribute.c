/* Distribution (SET-76 to SET-81), also of what devices had before an earlier one. */
#include <stdio.h>
#include <string.h>

#include "distribution.h"
#include "sweep.h"
#include "task.h"

#define UNDO_NAME "undo of run %lld"

/* ---- taking back ---- */

/* The data that a device gets back; of that very device. */
static platen_code open_undo(platen_tx *tx, int64_t run, int64_t device, aim *out,
                             platen_error *err)
{
    *out = (aim){.counts = {0}};
    (void)snprintf(out->info.name, sizeof(out->info.name), UNDO_NAME, (long long)run);
    return distribution_before(tx, run, device, &out->items, err);
}

static platen_code plan_undo(platen_plan *list, platen_tx *tx, int64_t run, int64_t device,
                             platen_error *err)
{
    const setting_value *f = &the_feature;
    platen_error why = PLATEN_ERROR_INIT;
    aim a;
    platen_code rc = open_undo(tx, run, device, &a, &why);
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = f->task->plan_skip(list, device, "nothing-to-do", why.text, err);
    } else if (rc == PLATEN_OK && a.items.count == 0) {
        rc = f->task->plan_skip(list, device, "nothing-to-do",
                                "the run changed nothing on the device", err);
    } else if (rc == PLATEN_OK) {
        rc = aim_plan(&a, list, tx, device, true, err);
    } else {
        rc = f->host->fail(err, rc, "%s", why.text);
    }
    aim_fini(&a);
    return rc;
}

/* ---- the task ---- */

static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    int64_t data = task_id(job->settings, "data");
    int64_t run = task_id(job->settings, "undo");
    platen_code rc = PLATEN_OK;
    aim a = {.counts = {0}};
    (void)user;
    if (data == 0 && run == 0) {
        return the_feature.host->fail(err, PLATEN_E_INVAL, "the task names no data");
    }
    if (data != 0) {
        rc = aim_open(tx, data, DATA_DISTRIBUTION, &a, err);
    }
    for (uint32_t i = 0; rc == PLATEN_OK && i < job->count; i++) {
        rc = data != 0 ? aim_plan(&a, list, tx, job->devices[i], true, err)
                       : plan_undo(list, tx, run, job->devices[i], err);
    }
    aim_fini(&a);
    return rc;
}

static platen_code put_data(platen_tx *tx, const platen_outcome *o, const reply *r, int64_t data,
                            platen_error *err)
{
    const aim *a = NULL;
    device_named named;
    platen_code rc = aim_keep(tx, data, DATA_DISTRIBUTION, &a, err);
    if (rc == PLATEN_E_NOT_FOUND) { /* deleted since: the run's own word stays */
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(known_name(tx, o->device, &named, err));
    return distribution_put(tx, o, r, &a->items, aim_relation(&a->info, &named), data, a->info.name,
                            err);
}

static platen_code put_undo(platen_tx *tx, const platen_outcome *o, const reply *r, int64_t run,
                            platen_error *err)
{
    aim a;
    platen_code rc = open_undo(tx, run, o->device, &a, err);
    if (rc == PLATEN_OK) {
        rc = distribution_put(tx, o, r, &a.items, AIM_SAME_DEVICE | AIM_SAME_MODEL, 0, a.info.name,
                              err);
    }
    aim_fini(&a);
    return rc;
}

/* What was planned away, or never came to the device, leaves the run's own word only. */
static platen_code done(platen_tx *tx, const platen_outcome *o, void *user, platen_error *err)
{
    int64_t data = task_id(o->settings, "data");
    int64_t run = task_id(o->settings, "undo");
    reply r;
    (void)user;
    if (o->data_length == 0 || (data == 0 && run == 0)) {
        return PLATEN_OK;
    }
    platen_code rc = reply_read(o, &r, err);
    if (rc == PLATEN_OK && r.count > 0) {
        rc = data != 0 ? put_data(tx, o, &r, data, err) : put_undo(tx, o, &r, run, err);
    }
    reply_fini(&r);
    return rc;
}

static void forget(void *user)
{
    (void)user;
    aim_forget();
}

platen_code task_distribute_load(platen_error *err)
{
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.flags = PLATEN_TASK_EACH | PLATEN_TASK_WRITES | PLATEN_TASK_VERIFY;
    kind.id = KIND_DISTRIBUTE;
    kind.title = "[Device Configuration] Distribute";
    kind.limit_s = 12 * 3600;
    kind.settings =
        "{\"type\":\"object\",\"properties\":{"
        "\"data\":{\"type\":\"string\",\"title\":\"setting-value.data\",\"x-page\":\"distribution-"
        "data\",\"minLength\":1,"
        "\"maxLength\":19,\"pattern\":\"^[0-9]+$\"},"
        "\"undo\":{\"type\":\"string\",\"title\":\"setting-value.undo-run\",\"minLength\":1,"
        "\"maxLength\":19,\"pattern\":\"^[0-9]+$\"}}}";
    kind.action = "settings.write";
    kind.plan = plan;
    kind.done = done;
    kind.ended = sweep_ended;
    kind.release = forget;
    return task_add(&kind, "distribute", err);
}
