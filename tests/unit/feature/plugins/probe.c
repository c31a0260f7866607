/* A plugin whose load() is in the test: the test's host offers probe/1. PROBE_NAME is its name. */
#include "tests/unit/feature/plugins/probe.h"

static const probe *test;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    test = host->iface(ctx, "probe/1");
    return test->load(PROBE_NAME, host, ctx, err);
}

static void unload(platen_ctx *ctx)
{
    test->unload(PROBE_NAME, ctx);
}

static const char *const needs[] = {"probe/1", NULL};
PLATEN_PLUGIN(PROBE_NAME, "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, unload);
