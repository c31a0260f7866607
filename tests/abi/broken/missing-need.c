/* Needs an interface that no host has. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)host;
    (void)ctx;
    (void)err;
    __builtin_trap(); /* must never be called */
}

static const char *const needs[] = {"log/1", "teapot/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "missing-need", "1.0", needs, load, NULL};
