/* A plugin of API 1.2, with the descriptor as it was then: both roles, and a need of one of them.
 * It must load in every host of major 1 from 1.2 on. */
#include <platen/plugin.h>

static int loads;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const void *teapot = host->iface(ctx, "teapot/1");
    if ((host->role == PLATEN_ROLE_MANAGER) != (teapot != NULL)) {
        return host->fail(err, PLATEN_E_INTERNAL, "the teapot is in the wrong house");
    }
    loads++;
    return PLATEN_OK;
}

static void unload(platen_ctx *ctx)
{
    (void)ctx;
    if (--loads != 0) {
        __builtin_trap();
    }
}

static const char *const needs[] = {"log/1", "manager:teapot/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10002u, 2, 3, "good-1-2", "1.2", needs, load, unload};
