/* Registers a driver, then fails: the host withdraws it, calls release() and never unload(). */
#include <stdlib.h>

#include <platen/driver.h>
#include <platen/plugin.h>

static void run(platen_work *work, void *user)
{
    (void)work;
    (void)user;
}

static void release(void *user)
{
    free(user); /* a leak or a double free shows under the address sanitizer */
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_drivers *drivers = host->iface(ctx, "driver/1");
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.id = "withdrawn";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.run = run;
    driver.user = malloc(16);
    driver.release = release;
    platen_code rc = drivers->add(ctx, &driver, err);
    if (rc != PLATEN_OK) {
        free(driver.user);
        return rc;
    }
    return host->fail(err, PLATEN_E_UNAVAILABLE, "the moon is in the wrong house");
}

static void unload(platen_ctx *ctx)
{
    (void)ctx;
    __builtin_trap();
}

static const char *const needs[] = {"driver/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "failing-load", "1.0", needs, load, unload};
