/*
 * The plugin "pjl": settings of printers by the Printer Job Language, over the raw port. load()
 * runs on the main thread; what it stores is read-only afterwards.
 */
#include <platen/conf.h>
#include <platen/driver.h>

#include "driver.h"

#define PJL_PORT 9100u
#define PJL_RANK 20u /* below SNMP and IPP, which say more of a device */

static pjl_driver self;

static const char *const needs[] = {"driver/1", "tcp/1", "conf/1", NULL};
static const char *const actions[] = {"settings.check", "settings.read", "settings.write", NULL};

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    platen_conf_item item = PLATEN_CONF_ITEM_INIT;
    const platen_conf *conf = host->iface(ctx, "conf/1");
    self.host = host;
    self.drivers = host->iface(ctx, "driver/1");
    self.tcp = host->iface(ctx, "tcp/1");
    if (!PLATEN_HAS(self.drivers, data)) {
        return host->fail(err, PLATEN_E_VERSION, "pjl needs a host with driver/1 of 1.2");
    }
    item.type = PLATEN_CONF_BOOLEAN;
    item.key = "ask_unknown";
    item.preset = "no";
    item.help = "Whether a search asks a raw port of which nothing else is known for its model.";
    PLATEN_TRY(conf->add(ctx, &item, err));
    self.ask_unknown = conf->boolean(ctx, "ask_unknown");
    driver.id = "pjl";
    driver.flags = PLATEN_DRIVER_BLOCKING | PLATEN_DRIVER_FALLBACK;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) |
                   PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS) |
                   PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_TCP;
    driver.port = PJL_PORT;
    driver.rank = PJL_RANK;
    driver.actions = actions;
    driver.run = driver_run;
    driver.user = &self;
    return self.drivers->add(ctx, &driver, err);
}

PLATEN_PLUGIN("pjl", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
