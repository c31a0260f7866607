/* Wants a role that there is not. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)host;
    (void)ctx;
    (void)err;
    __builtin_trap(); /* must never be called */
}

const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 4, "wrong-role", "1.0", NULL, load, NULL};
