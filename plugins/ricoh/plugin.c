/* The plugin "ricoh". load() runs on the main thread; what it stores is read-only afterwards. */
#include <platen/conf.h>

#include "driver.h"

#include <time.h>

#define RICOH_PORT 80u
#define RICOH_RANK 20u

static ricoh self;

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *const actions[] = {"settings.check", "settings.write", NULL};
static const char *const needs[] = {"driver/1", "fetch/0", "serve/0", "conf/1", NULL};

static platen_code read_conf(const platen_conf *conf, platen_ctx *ctx, platen_error *err)
{
    platen_conf_item wait = PLATEN_CONF_ITEM_INIT;
    platen_conf_item days = PLATEN_CONF_ITEM_INIT;
    wait.type = PLATEN_CONF_INTEGER;
    wait.key = "wait_seconds";
    wait.preset = "120";
    wait.maximum = 3600;
    wait.help = "How long a distribution waits for the device to fetch its settings.";
    days.type = PLATEN_CONF_INTEGER;
    days.key = "days";
    days.preset = "7";
    days.minimum = 1;
    days.maximum = PLATEN_SERVE_DAYS_MAX;
    days.help = "Days for which distributed settings stay there for the device to fetch.";
    PLATEN_TRY(conf->add(ctx, &wait, err));
    PLATEN_TRY(conf->add(ctx, &days, err));
    self.wait_s = conf->integer(ctx, wait.key);
    self.days = (uint32_t)conf->integer(ctx, days.key);
    return PLATEN_OK;
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    self.host = host;
    self.drivers = host->iface(ctx, "driver/1");
    self.fetch = host->iface(ctx, "fetch/0");
    self.serve = host->iface(ctx, "serve/0");
    self.now = now_ms;
    if (!PLATEN_HAS(self.drivers, data)) {
        return host->fail(err, PLATEN_E_VERSION, "ricoh needs a host that takes data()");
    }
    PLATEN_TRY(read_conf(host->iface(ctx, "conf/1"), ctx, err));
    driver.id = "ricoh";
    driver.flags = PLATEN_DRIVER_BLOCKING;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_TCP;
    driver.port = RICOH_PORT;
    driver.rank = RICOH_RANK;
    driver.actions = actions;
    driver.run = ricoh_run;
    driver.user = &self;
    return self.drivers->add(ctx, &driver, err);
}

PLATEN_PLUGIN("ricoh", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
