/* probe/1: what the plugins of these tests ask the test for. */
#ifndef PLATEN_TESTS_PROBE_H
#define PLATEN_TESTS_PROBE_H

#include <platen/plugin.h>

typedef struct probe {
    uint32_t size;
    platen_code (*load)(const char *name, const platen_host *host, platen_ctx *ctx,
                        platen_error *err);
    void (*unload)(const char *name, platen_ctx *ctx);
} probe;

#endif
