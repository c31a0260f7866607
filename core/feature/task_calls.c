/* The engine of tasks calls, the plugin is called: complete structs, a transaction, clean texts. */
#include "core/feature/iface_task.h"

#include <stdlib.h>

#include "core/rest/group_list.h"
#include "core/run/plan.h"
#include "feature_device_sql.h"

struct platen_plan {
    kind_plan *plan;
};

platen_code task_calls_plan_set(platen_plan *plan, int64_t device, const char *json,
                                platen_error *err)
{
    return plan == NULL ? error_set(err, PLATEN_E_INVAL, "no plan")
                        : plan_set(plan->plan, device, json, err);
}

platen_code task_calls_plan_skip(platen_plan *plan, int64_t device, const char *code,
                                 const char *text, platen_error *err)
{
    return plan == NULL ? error_set(err, PLATEN_E_INVAL, "no plan")
                        : plan_skip(plan->plan, device, code, text, err);
}

platen_code task_calls_plan_fail(platen_plan *plan, int64_t device, const char *code,
                                 const char *text, platen_error *err)
{
    return plan == NULL ? error_set(err, PLATEN_E_INVAL, "no plan")
                        : plan_fail(plan->plan, device, code, text, err);
}

/* ---- choose() ---- */

struct platen_choice {
    kind_choice *choice;
    store_conn *conn;
};

platen_code task_calls_choose_devices(platen_choice *choice, const int64_t *ids, size_t count,
                                      platen_error *err)
{
    return choice == NULL || (ids == NULL && count > 0)
               ? error_set(err, PLATEN_E_INVAL, "choose_devices() without a choice or ids")
               : kind_choose(choice->choice, ids, count, err);
}

/* Those of the ids that are of the model, to the front; `*count` is how many. */
static platen_code keep_model(store_conn *conn, const char *model, int64_t *ids, size_t *count,
                              platen_error *err)
{
    strbuf all;
    store_stmt *st = NULL;
    size_t kept = 0;
    strbuf_init(&all);
    for (size_t i = 0; i < *count; i++) {
        strbuf_append(&all, i == 0 ? "[" : ",");
        strbuf_append_i64(&all, ids[i]);
    }
    strbuf_append(&all, *count == 0 ? "[]" : "]");
    platen_code rc = all.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a group")
                                : store_prepare(conn, &sql_feature_devices_of_model, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "ids", all.data);
        store_bind_text(st, "model", model);
        while ((rc = store_step(st, err)) == PLATEN_OK && kept < *count) {
            ids[kept++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    strbuf_fini(&all);
    *count = kept;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code task_calls_choose_group(platen_choice *choice, int64_t group, const char *model,
                                    platen_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    if (choice == NULL) {
        return error_set(err, PLATEN_E_INVAL, "choose_group() without a choice");
    }
    PLATEN_TRY(group_devices(choice->conn, &group, 1, &ids, &count, NULL, err));
    platen_code rc = PLATEN_OK;
    if (model != NULL && model[0] != '\0') {
        rc = keep_model(choice->conn, model, ids, &count, err);
    }
    rc = rc == PLATEN_OK ? kind_choose(choice->choice, ids, count, err) : rc;
    free(ids);
    return rc;
}

/* What is called in a transaction. */
typedef struct call {
    const task_entry *entry;
    const char *settings;
    platen_choice *choice;
    const platen_job *job;
    platen_plan *plan;
    const platen_outcome *outcome;
    void *work;
} call;

static platen_code call_plan(platen_tx *tx, void *user, platen_error *err)
{
    const call *c = user;
    const platen_task_kind *k = &c->entry->kind;
    return k->plan(c->job, c->plan, tx, k->user, err);
}

static platen_code plan(store_conn *conn, const kind_job *job, kind_plan *list, void *user,
                        platen_error *err)
{
    const task_entry *e = user;
    platen_plan given = {list};
    const platen_job told = {.size = (uint32_t)sizeof(told),
                             .flags = job->preview ? PLATEN_JOB_PREVIEW : 0,
                             .run = job->run,
                             .job = job->job,
                             .kind = job->kind,
                             .name = "",
                             .settings = job->settings,
                             .devices = job->devices,
                             .count = (uint32_t)job->count};
    call c = {.entry = e, .job = &told, .plan = &given};
    return feature_tx_run(e->owner, conn, false, call_plan, &c, err);
}

static platen_code call_choose(platen_tx *tx, void *user, platen_error *err)
{
    const call *c = user;
    const platen_task_kind *k = &c->entry->kind;
    return k->choose(c->settings, c->choice, tx, k->user, err);
}

static platen_code choose(store_conn *conn, const char *settings, kind_choice *choice, void *user,
                          platen_error *err)
{
    const task_entry *e = user;
    platen_choice given = {choice, conn};
    call c = {.entry = e, .settings = settings, .choice = &given};
    return feature_tx_run(e->owner, conn, false, call_choose, &c, err);
}

static void ended(int64_t run, const char *name, const char *settings, void *user)
{
    const task_entry *e = user;
    const platen_job told = {.size = (uint32_t)sizeof(told),
                             .run = run,
                             .kind = e->kind.id,
                             .name = name,
                             .settings = settings};
    e->kind.ended(&told, e->kind.user);
}

static platen_code call_done(platen_tx *tx, void *user, platen_error *err)
{
    const call *c = user;
    return c->entry->kind.done(tx, c->outcome, c->entry->kind.user, err);
}

static platen_code done(store_conn *conn, const kind_outcome *o, void *user, platen_error *err)
{
    const task_entry *e = user;
    const platen_outcome told = {.size = (uint32_t)sizeof(told),
                                 .run = o->run,
                                 .job = o->job,
                                 .device = o->device,
                                 .started = o->started,
                                 .ended = o->ended,
                                 .kind = o->kind,
                                 .state = o->state,
                                 .code = o->code,
                                 .text = o->text,
                                 .params = o->params,
                                 .changes = o->changes,
                                 .data = o->data,
                                 .data_length = (uint32_t)o->data_length,
                                 .settings = o->settings};
    call c = {.entry = e, .outcome = &told};
    return feature_tx_run(e->owner, conn, true, call_done, &c, err);
}

static platen_code prepare(const here_job *job, void **work, void *user, platen_error *err)
{
    const task_entry *e = user;
    platen_error why = PLATEN_ERROR_INIT;
    const platen_job told = {.size = (uint32_t)sizeof(told),
                             .run = job->run,
                             .job = job->job,
                             .kind = job->kind,
                             .name = job->name,
                             .settings = job->settings,
                             .devices = job->devices,
                             .count = (uint32_t)job->count,
                             .region_count = (uint32_t)job->regions.count,
                             .regions = job->regions.ids};
    return feature_result(e->owner, e->kind.prepare(&told, work, e->kind.user, &why), &why, err);
}

static platen_code call_commit(platen_tx *tx, void *user, platen_error *err)
{
    const call *c = user;
    return c->entry->kind.commit(tx, c->work, c->entry->kind.user, err);
}

static platen_code commit(store_conn *conn, void *work, void *user, platen_error *err)
{
    const task_entry *e = user;
    call c = {.entry = e, .work = work};
    return feature_tx_run(e->owner, conn, true, call_commit, &c, err);
}

static void finish(void *work, bool committed, void *user)
{
    const task_entry *e = user;
    e->kind.finish(work, committed ? 1 : 0, e->kind.user);
}

void task_calls_init(task_entry *e)
{
    e->here = (here_kind){
        .kind = e->kind.id, .prepare = prepare, .commit = commit, .finish = finish, .user = e};
    e->hooks = (kind_hooks){.plan = e->kind.plan != NULL ? plan : NULL,
                            .done = e->kind.done != NULL ? done : NULL,
                            .choose = e->kind.choose != NULL ? choose : NULL,
                            .ended = e->kind.ended != NULL ? ended : NULL,
                            .here = e->kind.action == NULL ? &e->here : NULL,
                            .user = e};
}
