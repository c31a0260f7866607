/* A plugin of the first release, with the structs as they were then. It must load in every host of
 * major 1. What it does is told through its settings' texts and the host's log. */
#include <stddef.h>

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/log.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

static int loads;
static const platen_log *host_log;

static void run(platen_work *work, void *user)
{
    (void)work;
    (void)user;
}

static void release(void *user)
{
    int *count = user;
    (*count)--;
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    host_log = host->iface(ctx, "log/1");
    const platen_conf *settings = host->iface(ctx, "conf/1");
    const platen_drivers *drivers = host->iface(ctx, "driver/1");
    const platen_snmp *snmp = host->iface(ctx, "snmp/1");
    if (host->iface(ctx, "teapot/1") != NULL || host->iface(ctx, "log/2") != NULL) {
        return host->fail(err, PLATEN_E_INTERNAL, "the host has what it does not have");
    }
    platen_conf_item item = PLATEN_CONF_ITEM_INIT;
    item.type = PLATEN_CONF_INTEGER;
    item.key = "cups_a_day";
    item.preset = "3";
    item.minimum = 1;
    item.maximum = 9;
    item.help = "How much tea there is.";
    PLATEN_TRY(settings->add(ctx, &item, err));
    if (settings->integer(ctx, "cups_a_day") != 3 || settings->text(ctx, "sugar") != NULL ||
        settings->integer(ctx, "sugar") != 0) {
        return host->fail(err, PLATEN_E_INTERNAL, "settings are not what was declared");
    }
    platen_snmp_item one = PLATEN_SNMP_ITEM_INIT;
    platen_snmp_plan *plan = NULL;
    one.oid = "1.3.6.1.2.1.1.5.0";
    PLATEN_TRY(snmp->plan(ctx, &one, 1, &plan, err));
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.size = offsetof(platen_driver, actions); /* as it was then */
    driver.id = "good";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 10;
    driver.run = run;
    driver.user = &loads;
    driver.release = release;
    PLATEN_TRY(drivers->add(ctx, &driver, err));
    loads++;
    host_log->write(ctx, PLATEN_LOG_INFO, "good loads=%d", loads);
    return PLATEN_OK;
}

static void unload(platen_ctx *ctx)
{
    /* The registrations are withdrawn by now: release() has counted down. */
    host_log->write(ctx, PLATEN_LOG_INFO, "good unloads=%d", loads);
    if (loads != 0) {
        __builtin_trap();
    }
}

static const char *const needs[] = {"log/1", "conf/1", "driver/1", "snmp/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "good-1-0", "1.0", needs, load, unload};
