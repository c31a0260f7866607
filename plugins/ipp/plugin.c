/*
 * The plugin "ipp": reads printers over the Internet Printing Protocol. load() runs on the main
 * thread; what it stores is read-only afterwards.
 */
#include <platen/driver.h>

#include "driver.h"

#define IPP_PORT 631u
#define IPP_RANK 40u /* below the printer MIB's: SNMP names more, and more exactly */

static ipp_driver self;

static const char *const needs[] = {"driver/1", NULL};

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    self.host = host;
    self.drivers = host->iface(ctx, "driver/1");
    driver.id = "ipp";
    driver.flags = PLATEN_DRIVER_BLOCKING;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) |
                   PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS);
    driver.transport = PLATEN_TRANSPORT_TCP;
    driver.port = IPP_PORT;
    driver.rank = IPP_RANK;
    driver.run = driver_run;
    driver.user = &self;
    return self.drivers->add(ctx, &driver, err);
}

PLATEN_PLUGIN("ipp", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
