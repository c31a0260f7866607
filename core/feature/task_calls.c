/* The engine of tasks calls, the plugin is called: complete structs, a transaction, clean texts. */
#include "core/feature/iface_task.h"

#include "core/run/plan.h"

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

/* What is called in a transaction. */
typedef struct call {
    const task_entry *entry;
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
                                 .data_length = (uint32_t)o->data_length};
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
                            .here = e->kind.action == NULL ? &e->here : NULL,
                            .user = e};
}
