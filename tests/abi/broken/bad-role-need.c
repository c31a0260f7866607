/* Needs an interface of a role that there is not. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)host;
    (void)ctx;
    (void)err;
    __builtin_trap(); /* must never be called */
}

static const char *const needs[] = {"manager:teapot/1", "operator:log/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10002u, 2, 2, "bad-role-need", "1.0", needs, load, NULL};
