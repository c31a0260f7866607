/* For test_feature_task.c: a schema that only the manager can refuse. */
#include <platen/plugin.h>
#include <platen/task.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_task *task = host->iface(ctx, "task/1");
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.id = "late.kind";
    kind.title = "[Late] Kind";
    kind.action = "setting.read";
    kind.settings = "{\"type\":\"object\",\"if\":{}}";
    platen_code rc = task->function(ctx, "late", "tasks", err);
    return rc == PLATEN_OK ? task->kind(ctx, &kind, err) : rc;
}

static const char *const needs[] = {"task/1", NULL};
PLATEN_PLUGIN("tasker-late", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
