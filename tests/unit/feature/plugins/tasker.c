/* For test_feature_task.c: task kinds of all sorts, and in load() everything that the host must
 * refuse: what it lets pass makes load() fail. */
#include <stdio.h>
#include <string.h>

#include <platen/plugin.h>
#include <platen/task.h>

static const platen_host *host;
static const platen_task *task;

/* Settings for odd devices, nothing to do for the others, no plan for a preview. */
static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    (void)user;
    if ((job->flags & PLATEN_JOB_PREVIEW) != 0) {
        memset(err->text, 0xff, sizeof(err->text)); /* as a plugin may */
        return PLATEN_E_NOT_FOUND;
    }
    if (tx == NULL || job->size != sizeof(*job) || job->region_count != 0) {
        return host->fail(err, PLATEN_E_INTERNAL, "the job is not as it is described");
    }
    for (uint32_t i = 0; i < job->count; i++) {
        char own[64];
        (void)snprintf(own, sizeof(own), "{\"device\":%d}", (int)job->devices[i]);
        platen_code rc = job->devices[i] % 2 == 1 ? task->plan_set(list, job->devices[i], own, err)
                         : job->devices[i] % 4 == 0
                             ? task->plan_fail(list, job->devices[i], "four", "it is four", err)
                             : task->plan_skip(list, job->devices[i], "even", "it is even", err);
        if (rc != PLATEN_OK) {
            return rc;
        }
    }
    return PLATEN_OK;
}

static platen_code done(platen_tx *tx, const platen_outcome *outcome, void *user, platen_error *err)
{
    (void)user;
    if (tx == NULL || outcome->size != sizeof(*outcome) ||
        outcome->data_length != strlen(outcome->data)) {
        return host->fail(err, PLATEN_E_INTERNAL, "the outcome is not as it is described");
    }
    return strcmp(outcome->data, "[]") == 0
               ? host->fail(err, PLATEN_E_MALFORMED, "device %d brings a list",
                            (int)outcome->device)
               : PLATEN_OK;
}

/* With "own" in the settings its own devices. */
static platen_code choose(const char *settings, platen_choice *choice, platen_tx *tx, void *user,
                          platen_error *err)
{
    static const int64_t ids[] = {7, 9};
    (void)user;
    if (tx == NULL || task->choose_devices(NULL, ids, 2, NULL) != PLATEN_E_INVAL ||
        task->choose_devices(choice, NULL, 1, NULL) != PLATEN_E_INVAL ||
        task->choose_group(NULL, 1, "", NULL) != PLATEN_E_INVAL) {
        return host->fail(err, PLATEN_E_INTERNAL, "the choice is not as it is described");
    }
    if (strstr(settings, "own") == NULL) {
        return PLATEN_OK;
    }
    return task->choose_devices(choice, ids, 2, err);
}

static void ended(const platen_job *run, void *user)
{
    if (run->size == sizeof(*run) && run->count == 0 && strcmp(run->name, "name") == 0) {
        *(int64_t *)user = run->run;
    }
}

static int64_t last_ended;

static platen_code prepare(const platen_job *job, void **work, void *user, platen_error *err)
{
    *work = user;
    return strstr(job->settings, "fail") != NULL ? host->fail(err, PLATEN_E_UNAVAILABLE, "not now")
                                                 : PLATEN_OK;
}

static platen_code commit(platen_tx *tx, void *work, void *user, platen_error *err)
{
    return tx != NULL && work == user ? PLATEN_OK : host->fail(err, PLATEN_E_INTERNAL, "no work");
}

static void finish(void *work, uint32_t committed, void *user)
{
    if (work == user && committed == 1) {
        ++*(int *)user;
    }
}

static int finished;

static platen_task_kind of_agents(const char *id)
{
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.flags =
        PLATEN_TASK_WRITES | PLATEN_TASK_VERIFY | PLATEN_TASK_EACH | PLATEN_TASK_AFTER_DISCOVERY;
    kind.id = id;
    kind.title = "[Hello] Collect";
    kind.action = "setting.read";
    kind.plan = plan;
    kind.done = done;
    kind.choose = choose;
    kind.ended = ended;
    kind.user = &last_ended;
    return kind;
}

static platen_task_kind of_manager(const char *id)
{
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.targets = PLATEN_TASK_NONE;
    kind.id = id;
    kind.title = "[Hello] Count";
    kind.prepare = prepare;
    kind.commit = commit;
    kind.finish = finish;
    kind.user = &finished;
    return kind;
}

/* What must be refused, and was not: its number, 0 when all was. */
static int wrong_kinds(platen_ctx *ctx)
{
    platen_task_kind agent = of_agents("hello.wrong");
    platen_task_kind kinds[18];
    for (size_t i = 0; i < 18; i++) {
        kinds[i] = agent;
    }
    kinds[0].size = 8;
    kinds[1].flags |= 0x80u;
    kinds[2].targets = PLATEN_TASK_NONE; /* with an action */
    kinds[3].targets = 7;
    kinds[4].limit_s = 0;
    kinds[5].limit_s = 86401;
    kinds[6].id = NULL;
    kinds[7].id = "device.wrong";
    kinds[8].id = "Hello Wrong";
    kinds[9].title = "";
    kinds[10].settings = "{\"type\":\"array\"}";
    kinds[11].settings = NULL;
    kinds[12].action = "Set It";
    kinds[13].prepare = prepare; /* with an action */
    kinds[14].action = NULL;     /* and nothing to do instead */
    kinds[15] = of_manager("hello.wrong");
    kinds[15].flags = PLATEN_TASK_EACH; /* no driver is there */
    kinds[16] = of_manager("hello.wrong");
    kinds[16].choose = choose; /* and no targets */
    kinds[17] = of_manager("hello.wrong");
    kinds[17].flags = PLATEN_TASK_AFTER_DISCOVERY; /* the same */
    for (int i = 0; i < 18; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        if (task->kind(ctx, &kinds[i], &err) != PLATEN_E_INVAL || err.text[0] == '\0') {
            return i + 1;
        }
    }
    if (task->kind(ctx, NULL, NULL) != PLATEN_E_INVAL ||
        task->kind(NULL, &agent, NULL) != PLATEN_E_INVAL) {
        return 30;
    }
    agent.id = "hello.collect";
    return task->kind(ctx, &agent, NULL) != PLATEN_E_EXISTS ? 19 : 0;
}

static int wrong_others(platen_ctx *ctx)
{
    platen_builtin none = PLATEN_BUILTIN_INIT;
    platen_builtin twice = PLATEN_BUILTIN_INIT;
    platen_builtin never = PLATEN_BUILTIN_INIT;
    none.kind = "hello.none";
    none.name = "None";
    twice.kind = "hello.collect";
    twice.name = "Twice";
    never.kind = "hello.count";
    never.name = "Never";
    never.minutes = 0;
    if (task->builtin(ctx, &none, NULL) != PLATEN_E_INVAL ||
        task->builtin(ctx, NULL, NULL) != PLATEN_E_INVAL ||
        task->builtin(ctx, &never, NULL) != PLATEN_E_INVAL) {
        return 20;
    }
    if (task->builtin(ctx, &twice, NULL) != PLATEN_E_EXISTS) {
        return 21;
    }
    if (task->function(ctx, "Hello", "data", NULL) != PLATEN_E_INVAL ||
        task->function(ctx, NULL, "data", NULL) != PLATEN_E_INVAL ||
        task->function(ctx, "hello-more", "system", NULL) != PLATEN_E_INVAL ||
        task->function(ctx, "hello-more", NULL, NULL) != PLATEN_E_INVAL) {
        return 22;
    }
    if (task->function(ctx, "hello", "data", NULL) != PLATEN_E_EXISTS ||
        task->function(ctx, "tasks", "data", NULL) != PLATEN_E_EXISTS) {
        return 23;
    }
    return task->plan_set(NULL, 1, "{}", NULL) != PLATEN_E_INVAL ||
                   task->plan_skip(NULL, 1, "no", "", NULL) != PLATEN_E_INVAL ||
                   task->plan_fail(NULL, 1, "no", "", NULL) != PLATEN_E_INVAL
               ? 24
               : 0;
}

static platen_code load(const platen_host *h, platen_ctx *ctx, platen_error *err)
{
    host = h;
    task = host->iface(ctx, "task/1");
    platen_task_kind agents = of_agents("hello.collect");
    platen_task_kind manager = of_manager("hello.count");
    platen_builtin daily = PLATEN_BUILTIN_INIT;
    daily.kind = "hello.collect";
    daily.name = "Collect";
    daily.minutes = 720;
    platen_code rc = task->kind(ctx, &agents, err);
    rc = rc == PLATEN_OK ? task->kind(ctx, &manager, err) : rc;
    rc = rc == PLATEN_OK ? task->builtin(ctx, &daily, err) : rc;
    rc = rc == PLATEN_OK ? task->function(ctx, "hello", "data", err) : rc;
    if (rc != PLATEN_OK) {
        return rc;
    }
    int wrong = wrong_kinds(ctx);
    wrong = wrong == 0 ? wrong_others(ctx) : wrong;
    return wrong == 0 ? PLATEN_OK : host->fail(err, PLATEN_E_INTERNAL, "number %d passes", wrong);
}

static const char *const needs[] = {"task/1", NULL};
PLATEN_PLUGIN("tasker", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
