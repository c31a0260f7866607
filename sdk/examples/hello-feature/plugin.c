/* Load: asks for the interfaces and lets each file register its part. What one of them cannot
 * register ends the load, and the host withdraws the rest. */
#include "hello.h"

#include <stddef.h>

hello the_hello;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    hello *h = &the_hello;
    h->host = host;
    h->ctx = ctx;
    h->store = host->iface(ctx, "store/1");
    h->model = host->iface(ctx, "model/1");
    h->op = host->iface(ctx, "op/1");
    h->task = host->iface(ctx, "task/1");
    h->pages = host->iface(ctx, "page/1");
    h->reports = host->iface(ctx, "report/1");
    h->panels = host->iface(ctx, "panel/1");
    h->locales = host->iface(ctx, "locale/1");
    h->notify = host->iface(ctx, "notify/1");
    PLATEN_TRY(h->locales->add(ctx, err));
    PLATEN_TRY(h->task->function(ctx, "hello", "data", err)); /* before what names it */
    PLATEN_TRY(greeting_load(err));
    PLATEN_TRY(task_load(err));
    PLATEN_TRY(page_load(err));
    return report_load(err);
}

static const char *const needs[] = {"store/1",  "model/1", "op/1",     "task/1",   "page/1",
                                    "report/1", "panel/1", "locale/1", "notify/1", NULL};
PLATEN_PLUGIN("hello", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
