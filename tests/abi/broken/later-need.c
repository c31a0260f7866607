/* Needs a later major of an interface that there is. */
#include <platen/plugin.h>

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    (void)host;
    (void)ctx;
    (void)err;
    __builtin_trap(); /* must never be called */
}

static const char *const needs[] = {"log/2", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "later-need", "1.0", needs, load, NULL};
