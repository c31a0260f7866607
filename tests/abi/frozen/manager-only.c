/* For the manager alone: an agent leaves it alone and asks nothing of it. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)ctx;
    (void)err;
    return host->role == PLATEN_ROLE_MANAGER ? PLATEN_OK : PLATEN_E_INTERNAL;
}

static const char *const needs[] = {"log/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 2, 1, "manager-only", "1.0", needs, load, NULL};
