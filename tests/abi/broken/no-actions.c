/* Registers a driver that acts and names no action. */
#include <platen/driver.h>
#include <platen/plugin.h>

static void run(platen_work *work, void *user)
{
    (void)work;
    (void)user;
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_drivers *drivers = host->iface(ctx, "driver/1");
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.id = "idle";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.run = run;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "no-actions", "1.0", needs, load, NULL};
