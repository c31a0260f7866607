/* Load: asks for the interfaces and lets each file register its part. What one of them cannot
 * register ends the load, and the host withdraws the rest. */
#include "setting_value.h"

#include <stddef.h>

#include "backup.h"
#include "caution.h"
#include "content.h"
#include "data.h"
#include "dictionary_private.h"
#include "distribution.h"
#include "drift.h"
#include "excluded.h"
#include "key.h"
#include "known.h"
#include "sweep.h"
#include "task.h"
#include "type.h"

setting_value the_feature;

platen_code statements_add(const char *const (*pairs)[2], size_t count, platen_error *err)
{
    const setting_value *f = &the_feature;
    for (size_t i = 0; i < count; i++) {
        platen_statement s = PLATEN_STATEMENT_INIT;
        s.name = pairs[i][0];
        s.sql = pairs[i][1];
        PLATEN_TRY(f->store->statement(f->ctx, &s, err));
    }
    return PLATEN_OK;
}

platen_code statement_run(platen_rows *rows, int64_t *changes, platen_error *err)
{
    platen_code rc = the_feature.store->run(rows, changes, err);
    the_feature.store->reset(rows);
    return rc;
}

static platen_code register_all(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    setting_value *f = &the_feature;
    f->host = host;
    f->ctx = ctx;
    f->store = host->iface(ctx, "store/1");
    f->model = host->iface(ctx, "model/1");
    f->op = host->iface(ctx, "op/1");
    f->task = host->iface(ctx, "task/1");
    f->pages = host->iface(ctx, "page/1");
    f->reports = host->iface(ctx, "report/1");
    f->panels = host->iface(ctx, "panel/1");
    f->locales = host->iface(ctx, "locale/1");
    f->notify = host->iface(ctx, "notify/1");
    f->secrets = host->iface(ctx, "secret/1");
    f->conf = host->iface(ctx, "conf/1");
    PLATEN_TRY(f->locales->add(ctx, err));
    PLATEN_TRY(f->task->function(ctx, FUNCTION, "data", err)); /* before what names it */
    PLATEN_TRY(tables_load(err));
    PLATEN_TRY(caution_load(err)); /* before kinds and pages */
    PLATEN_TRY(key_load(err));
    PLATEN_TRY(content_load(err));
    PLATEN_TRY(sweep_load(err));
    PLATEN_TRY(data_load(err));
    PLATEN_TRY(type_load(err));
    PLATEN_TRY(known_load(err));
    PLATEN_TRY(backup_load(err));
    PLATEN_TRY(distribution_load(err));
    PLATEN_TRY(drift_load(err));
    PLATEN_TRY(backup_operation_load(err));
    PLATEN_TRY(backup_export_load(err));
    PLATEN_TRY(drift_operation_load(err));
    PLATEN_TRY(task_check_load(err));
    PLATEN_TRY(task_back_up_load(err));
    PLATEN_TRY(task_distribute_load(err));
    PLATEN_TRY(task_monitor_load(err));
    PLATEN_TRY(excluded_load(err));
    PLATEN_TRY(dictionary_load(err));
    PLATEN_TRY(data_operation_load(err));
    PLATEN_TRY(data_edit_load(err));
    PLATEN_TRY(associate_load(err));
    PLATEN_TRY(device_load(err));
    PLATEN_TRY(drift_list_load(err));
    PLATEN_TRY(clone_load(err));
    PLATEN_TRY(page_load(err));
    return report_load(err);
}

static void unload(platen_ctx *ctx)
{
    (void)ctx;
    dictionary_unload();
    excluded_unload();
    caution_unload();
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_code rc = register_all(host, ctx, err);
    if (rc != PLATEN_OK) {
        unload(ctx);
    }
    return rc;
}

static const char *const needs[] = {"store/1",  "model/1",  "op/1",     "task/1",
                                    "page/1",   "report/1", "panel/1",  "locale/1",
                                    "notify/1", "conf/1",   "secret/1", NULL};
PLATEN_PLUGIN("setting-value", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load,
              unload);
