/* A plugin of API 1.1, with the structs as they were then: a driver with an action. It must load in
 * every host of major 1 from 1.1 on. */
#include <stddef.h>

#include <platen/driver.h>
#include <platen/plugin.h>

static const platen_drivers *drivers;

static void run(platen_work *work, void *user)
{
    (void)user;
    drivers->finish(work, PLATEN_OK, NULL);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const actions[] = {"good.wave", NULL};
    drivers = host->iface(ctx, "driver/1");
    platen_action action = {sizeof(platen_action),  1, 600, "good.wave", "[Good] Wave",
                            "{\"type\":\"object\"}"};
    action.size = offsetof(platen_action, settings) + sizeof(action.settings);
    PLATEN_TRY(drivers->action(ctx, &action, err));
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.size = offsetof(platen_driver, actions) + sizeof(driver.actions);
    driver.id = "good-1-1";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.actions = actions;
    driver.run = run;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10001u, 1, 2, "good-1-1", "1.1", needs, load, NULL};
