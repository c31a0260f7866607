/* Made for plugin API 2.0. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)host;
    (void)ctx;
    (void)err;
    __builtin_trap(); /* must never be called */
}

const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x20000u, 1, 2, "wrong-major", "1.0", NULL, load, NULL};
